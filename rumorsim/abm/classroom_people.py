"""The people of the classroom: ordinary agents, each with a step that can be read aloud."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import mesa

from rumorsim.party.vocabulary import ROLES

if TYPE_CHECKING:
    from rumorsim.abm.classroom import ClassroomModel

__all__ = ["Group", "Person", "Tie"]

_TELL = {
    "leader": "tell.prob_leader",
    "tirana_functionary": "tell.prob_functionary",
    "officer": "tell.prob_officer",
    "student_abroad": "tell.prob_student",
}


class Group:
    """People who meet: a workplace, a neighborhood, a cell, travelers and their hosts, a hostel.

    Whoever sits in the hall is still one of them, but neither counted nor met until the session is over.

    Attributes
    ----------
    weight : float
        Contacts a day between two of its members, before the calendar.
    clock, channel : str
    present : list of Person
    talk, knowing : dict rumor -> number
        Talkativeness of those present who tell, and how many of those present know.
    """

    def __init__(self, weight: float, clock: str, channel: str) -> None:
        self.weight, self.clock, self.channel = weight, clock, channel
        self.present: list[Person] = []
        self.talk: defaultdict[int, float] = defaultdict(float)
        self.knowing: defaultdict[int, int] = defaultdict(int)

    def enter(self, person: Person) -> None:
        """Let a person come in."""
        self.present.append(person)
        person.groups.append(self)
        if person.back_tick is None:
            self.count(person, 1)

    def count(self, person: Person, sign: int) -> None:
        """Count what a person knows and tells, or (sign -1) count it no more."""
        for rumor in person.settled:
            self.knowing[rumor] += sign
        for rumor in person.telling:
            self.talk[rumor] += sign * person.talk

    def leave(self, person: Person) -> None:
        """Let a person go; nothing happens if the person is not there."""
        if self not in person.groups:
            return
        self.present.remove(person)
        person.groups.remove(self)
        if person.back_tick is None:
            self.count(person, -1)


class Tie:
    """One person contacts another: kin, a friend, by telephone, by letter."""

    def __init__(self, source: Person, target: Person, weight: float, clock: str, channel: str) -> None:
        self.source, self.target, self.weight, self.clock, self.channel = source, target, weight, clock, channel
        #: Friends and kin meet at home, and lines end at a desk, if at all; letters reach people wherever they are.
        self.home = {"free": "neighborhood", "telephone": "workplace"}.get(clock)

    def out_of_reach(self) -> bool:
        """Return whether one of the two sits in the hall, or is on a journey while they would have to be at home."""
        if self.source.back_tick is not None or self.target.back_tick is not None:
            return True
        return self.source.is_away_from(self.home) or self.target.is_away_from(self.home)


class Person(mesa.Agent):  # type: ignore[misc]
    """Somebody who listens, tells, grows tired of it, takes fright, and may speak up.

    Attributes
    ----------
    number : int
        Row in the party's table of people.
    talk : float
        Talkativeness; 1 for an ordinary person.
    interest, tell_prob : dict rumor -> float
    heard : dict rumor -> tick of hearing (-1 for before the start)
    channel : dict rumor -> channel of that hearing
    teller : dict rumor -> Person
    telling : dict rumor -> factor on the rate of falling silent
    settled : set of rumors that were known before the present tick
    back_tick : int or None
        Until before which tick the person sits in the hall, out of reach of everybody elsewhere.
    exposure, exposure_day : float, int
        What others have dared, in voices, and the day from which it fades.
    """

    model: ClassroomModel

    def __init__(self, model: ClassroomModel, number: int) -> None:
        super().__init__(model)
        row = model.party.people[number]
        self.number = number
        self.talk = float(row["talk"]) / 16.0
        self.boldness = min(max(float(row["boldness"]), 0.0), 1.0)
        self.zone = int(model.assembly.zones.of[number])
        tell = float(model.values[_TELL.get(ROLES[int(row["role"])], "tell.prob_member")])
        self.tell_prob = dict.fromkeys(model.rumors, tell)
        self.interest = {rumor: float(row["receptivity"]) * model.interest[rumor] for rumor in model.rumors}
        if model.privileges is not None:
            self.interest[model.privileges] *= float(row["visibility"])
        self.groups: list[Group] = []
        self.home: dict[str, Group] = {}
        self.calls: list[Tie] = []
        self.callers: defaultdict[int, list[Tie]] = defaultdict(list)
        self.sources: defaultdict[int, list[tuple[str, float, Sequence[float]]]] = defaultdict(list)
        self.heard: dict[int, int] = {}
        self.channel: dict[int, str | None] = {}
        self.teller: dict[int, Person] = {}
        self.telling: dict[int, float] = {}
        self.settled: set[int] = set()
        self.exposure, self.exposure_day = 0.0, 0
        self.afraid = False
        self.mute = False
        self.away = self.on_duty = self.posted = False
        self.back_tick: int | None = None

    # ---------------------------------------------------------------- every tick

    def step(self) -> None:
        """Listen for what is still unknown, and think about what is being told."""
        for rumor in self.model.rumors:
            if rumor not in self.heard:
                self.listen(rumor)
        for rumor in self.telling:
            self.consider_falling_silent(rumor)

    def listen(self, rumor: int) -> None:
        """Hear a rumor with the chance that those who tell it, and outside sources, give this tick."""
        ways = self.ways_of_hearing(rumor)
        if not ways:
            return
        rates = [rate for rate, _, _ in ways]
        hazard = self.interest[rumor] * sum(rates)
        if self.model.happens(1.0 - math.exp(-hazard * self.model.tick_days)):
            _, channel, source = self.model.drawn(ways, rates)
            self.model.hearings.append((self, rumor, channel, source))

    def ways_of_hearing(self, rumor: int) -> list[tuple[float, str, Group | Person | None]]:
        """Return (rate a day, channel, where or from whom) for everything that could tell this person a rumor now."""
        model = self.model
        ways: list[tuple[float, str, Group | Person | None]] = []
        if self.back_tick is not None:  # in the hall nobody hears what is told elsewhere
            return ways
        for group in self.groups:
            if group.talk[rumor]:
                rate = model.pass_on_rate * model.pace[group.clock][rumor] * group.weight * group.talk[rumor]
                ways.append((rate, group.channel, group))
        for tie in self.callers[rumor]:
            if tie.out_of_reach():
                continue
            rate = model.pass_on_rate * model.pace[tie.clock][rumor] * tie.weight * tie.source.talk
            ways.append((rate, tie.channel, tie.source))
        for channel, access, rates in self.sources[rumor]:
            if rates[model.tick]:
                ways.append((access * rates[model.tick], channel, None))
        return ways

    def consider_falling_silent(self, rumor: int) -> None:
        """Stop telling with the chance that tiredness, company and fear give this tick."""
        hazard = self.rate_of_stopping(rumor) * self.telling[rumor]
        if self.model.happens(1.0 - math.exp(-hazard * self.model.tick_days)):
            self.model.stops.append((self, rumor))

    def rate_of_stopping(self, rumor: int) -> float:
        """Return the rate a day of forgetting, and of calling on somebody who knows already; in the hall it is 0."""
        model, met = self.model, 0.0
        if self.back_tick is not None:
            return 0.0
        for group in self.groups:
            met += model.pace[group.clock][rumor] * group.weight * (group.knowing[rumor] - 1)
        for tie in self.calls:
            if rumor in tie.target.settled and tie.target.back_tick is None and not self.is_away_from(tie.home):
                met += model.pace[tie.clock][rumor] * tie.weight
        return model.forgetting_rate + model.stifling_rate * met

    # ---------------------------------------------------------------- what happens to a person

    def hear(self, rumor: int, channel: str | None, teller: Person | None = None, prob: float | None = None) -> None:
        """Know from now on; whether to tell is settled at the end of the tick, by `chance` or the person's own."""
        if rumor in self.heard:
            return
        self.heard[rumor] = self.model.tick if self.model.under_way else -1
        self.channel[rumor] = channel
        if teller is not None:
            self.teller[rumor] = teller
        self.model.fresh.append((self, rumor, self.tell_prob[rumor] if prob is None else prob))

    def start_telling(self, rumor: int) -> None:
        """Begin to pass a rumor on."""
        self.telling[rumor] = 1.0
        for group in self.groups if self.back_tick is None else ():
            group.talk[rumor] += self.talk
        for tie in self.calls:
            tie.target.callers[rumor].append(tie)

    def stop_telling(self, rumor: int) -> None:
        """Pass a rumor on no longer."""
        if self.telling.pop(rumor, None) is None:
            return
        for group in self.groups if self.back_tick is None else ():
            group.talk[rumor] -= self.talk
        for tie in self.calls:
            tie.target.callers[rumor].remove(tie)

    def take_fright(self) -> None:
        """Be unwilling to voice, tell less of what is heard later, and fall silent sooner about the rest."""
        if not self.afraid:
            self.afraid = True
            for rumor in self.telling:
                self.telling[rumor] *= self.model.fear_stop_factor

    def fall_silent(self) -> None:
        """Stop telling, and neither tell nor voice again."""
        self.mute = True
        for rumor in list(self.telling):
            self.stop_telling(rumor)

    def would_voice(self) -> bool:
        """Return whether the person would speak up; what others have dared lowers the bar."""
        seen = self.exposure_left()
        needed = self.model.bar[self.zone] - self.model.learning.gain * seen / (1.0 + seen)
        return self.boldness >= needed and not self.mute and not self.afraid

    def exposure_left(self) -> float:
        """Return what is left of the exposure to what others have dared."""
        return self.exposure * float(0.5 ** ((self.model.day - self.exposure_day) / self.model.learning.half_life_days))

    def take_heart(self, amount: float) -> None:
        """Be emboldened by an amount, 1 for another who has spoken up."""
        self.exposure = self.exposure_left() + amount
        self.exposure_day = self.model.day

    def knew_before(self, rumor: int) -> bool:
        """Return whether the person knew a rumor before the tick under way."""
        return self.heard.get(rumor, self.model.tick) < self.model.tick

    # ---------------------------------------------------------------- coming and going

    def is_away_from(self, name: str | None) -> bool:
        """Return whether the person belongs to a home, or to a workplace, and is on a journey or posted elsewhere."""
        return name is not None and (self.posted or (self.away and name in self.home))

    def sit_down(self, back_tick: int) -> None:
        """Sit in the hall until a tick: nobody elsewhere hears this person, or finds that this person knows."""
        if self.back_tick is None:
            for group in self.groups:
                group.count(self, -1)
        self.back_tick = max(back_tick, self.back_tick or 0)

    def get_up(self) -> None:
        """Be among the others again."""
        self.back_tick = None
        for group in self.groups:
            group.count(self, 1)

    def go_home(self) -> None:
        """Be present again in the groups of one's own."""
        self.away = False
        for group in self.home.values():
            if group not in self.groups:
                group.enter(self)

    def leave_home(self) -> None:
        """Be absent from the groups of one's own, and out of reach of friends and kin."""
        self.away = True
        for group in self.home.values():
            group.leave(self)
