"""The same party once more, as ordinary Mesa agents: one object a person, each with a step that can be read aloud.

For teaching, and as a witness: `ClassroomModel` obeys the law of the fast core in everything a party scenario can
ask for, but shares none of its machinery. There are no thresholds, no whole-number weights, no pushes along edges:
every person looks around every tick and draws. It takes the party, the calendar and the agenda as given (who belongs
where, who travels when, what is planned for which tick) and works out for itself what follows. Chance comes from
Mesa's ``model.random``, so single runs differ from those of the core; their distributions do not.

It is slow: about a minute for the classroom of 2,000 people, where the core takes a second.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import mesa

from rumorsim.abm.classroom_events import EFFECTS, happened
from rumorsim.abm.classroom_people import Group, Person, Tie
from rumorsim.core import Action, Emboldening, Streams
from rumorsim.ensemble.draws import at_mode
from rumorsim.errors import RunError
from rumorsim.model import assemble
from rumorsim.model.agenda import write_agenda
from rumorsim.model.contacts import clock_factors, reasons_to_call
from rumorsim.model.emboldening import emboldening_of
from rumorsim.model.far_ties import are_dated, post
from rumorsim.model.meetings import letter_meetings, ordinary_meetings
from rumorsim.party import Party, build_party
from rumorsim.party.far_ties import is_far
from rumorsim.party.vocabulary import TIE_KINDS
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["ClassroomModel"]

_Choice = TypeVar("_Choice")


class ClassroomModel(mesa.Model):  # type: ignore[misc]
    """The party of a scenario as ordinary Mesa agents.

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
        Any scenario of the party (not of one well-mixed group); small ones, for the sake of time.
    seed : int
        Drives Mesa's ``model.random``.
    party : Party, optional
        A party built before from the same structural values.

    Attributes
    ----------
    people : list of Person, by number
    cells : list of Group, by number
    tick : int
        The tick under way, or the coming one.
    voicings : list of (tick, rumor, Person, occasion, detected)

    Raises
    ------
    RunError
        For a scenario of one well-mixed group.

    Examples
    --------
    >>> model = ClassroomModel("classroom", seed=1)
    >>> model.step()
    >>> len(model.people), model.share_aware("secret_speech") < 0.01
    (2007, True)
    """

    def __init__(self, scenario: Scenario | str = "classroom", seed: int = 0, *, party: Party | None = None) -> None:
        super().__init__(rng=seed)
        chosen = at_mode(scenario if isinstance(scenario, Scenario) else load_scenario(scenario))
        if chosen.population != "party":
            raise RunError("population", path="population", given=chosen.population, allowed="party")
        self.names = chosen.rumors
        self.rumors = range(len(chosen.rumors))
        self.values = chosen.values
        self.party = build_party(chosen) if party is None else party
        self.assembly = assemble(chosen, self.party)
        self.calendar = self.assembly.calendar
        self.interest = {rumor: self._value(f"rumor.{name}.interest") for rumor, name in enumerate(chosen.rumors)}
        self.privileges = self.names.index("elite_privileges") if "elite_privileges" in self.names else None
        self.pass_on_rate = self._value("spread.pass_on_rate")
        self.stifling_rate = self._value("tell.stifling_rate")
        self.forgetting_rate = self._value("tell.forgetting_rate")
        self.fear_tell_factor = self._value("tell.fear_factor")
        self.fear_stop_factor = self._value("fear.stop_factor")
        self.detect_prob = self._value("control.detect_prob")
        self.couplings = self._couplings()
        self._days = self.calendar.ticks.lengths_days.tolist()
        reasons = reasons_to_call(chosen, self.values, self.calendar)
        factors = clock_factors(self.calendar, self.values, self.pass_on_rate, reasons)
        self._factors = {
            clock: [factor.tolist()] * len(self.names) if factor.ndim == 1 else factor.tolist()
            for clock, factor in factors.items()
        }
        self.tick, self.under_way = 0, False
        self.learning = emboldening_of(self.values, self.assembly.rumor) or Emboldening()
        self.bar: defaultdict[int, float] = defaultdict(lambda: self._value("voice.bar"))
        self.climate: defaultdict[tuple[str, int], float] = defaultdict(lambda: 1.0)
        self.fear_of_news: defaultdict[int, dict[str | None, float]] = defaultdict(dict)
        self.voicings: list[tuple[int, int, Person, str, bool]] = []
        self.delegates: list[Person] = []
        self.punished: list[Person] = []
        self.mail: defaultdict[int, list[tuple[int, Person, Person]]] = defaultdict(list)
        self.hearings: list[tuple[Person, int, str, Group | Person | None]] = []
        self.stops: list[tuple[Person, int]] = []
        self.fresh: list[tuple[Person, int, float]] = []
        self.encouraged: list[tuple[Person, float]] = []
        self.people = [Person(self, number) for number in range(len(self.party.people))]
        self._dated = are_dated(self.values)
        self.layers = self._groups()
        self.cells = self.layers["cell"]
        self._tie_people()
        self._plan(chosen, seed)
        self._settle()

    def _value(self, name: str) -> float:
        return float(self.values[name])

    # ---------------------------------------------------------------- time

    def step(self) -> None:
        """Run one tick: comings and goings, what is planned, then everybody; it all takes effect together."""
        self.under_way = True
        self.begin_tick()
        self._act()
        self.agents.do("step")
        for person, rumor, channel, source in self.hearings:
            teller = source
            if isinstance(source, Group):
                tellers = [one for one in source.present if rumor in one.telling and one.back_tick is None]
                teller = self.drawn(tellers, [one.talk for one in tellers])
                if channel == "travel" and self._dated and not (person.on_duty or teller.on_duty):
                    channel = "workplace"  # those who receive visitors, among themselves
            person.hear(rumor, channel, teller if isinstance(teller, Person) else None)
        by_talk = {(person, rumor) for person, rumor, _, _ in self.hearings}
        self._settle(by_talk)
        self.under_way = False
        self.tick += 1
        self.running = self.tick < len(self._days)

    def _settle(self, by_talk: Iterable[tuple[Person, int]] = ()) -> None:
        """Let what was heard and decided in this tick take effect, for everybody at once."""
        for person, rumor, _ in self.fresh:
            fears = self.fear_of_news[rumor]
            # Of what is heard in talk nobody asks through which channel it came.
            channel = None if (person, rumor) in by_talk else person.channel[rumor]
            if self.happens(fears.get(channel, fears.get(None, 0.0))):
                person.take_fright()
        for person, amount in self.encouraged:
            person.take_heart(amount)
        for person, rumor, _ in self.fresh:
            worth = self.learning.news.get(rumor, {})
            person.take_heart(worth.get(person.channel[rumor], worth.get(None, 0.0)))
        starting = []
        for person, rumor, prob in self.fresh:
            held_back = 0.0 if person.mute else self.fear_tell_factor if person.afraid else 1.0
            if self.happens(prob * held_back):
                starting.append((person, rumor))
        for person, rumor, _ in self.fresh:
            person.settled.add(rumor)
            for group in person.groups if person.back_tick is None else ():
                group.knowing[rumor] += 1
            for other, factor in self.couplings.get(rumor, {}).items():
                person.interest[other] *= factor
        for person, rumor in starting:
            person.start_telling(rumor)
        for person, rumor in self.stops:
            person.stop_telling(rumor)
        self.hearings, self.stops, self.fresh, self.encouraged = [], [], [], []

    @property
    def day(self) -> int:
        """Days that have passed since the start."""
        return int(self.calendar.ticks.edges_days[self.tick] + 1e-9)

    def begin_tick(self) -> None:
        """Look at the clock; let people come out of the hall, leave on trips, come back, and be transferred."""
        self.tick_days = self._days[self.tick]
        #: Clock -> its factor for each rumor in this tick.
        self.pace = {clock: [factor[self.tick] for factor in factors] for clock, factors in self._factors.items()}
        for person in [one for one in self.people if one.back_tick is not None and one.back_tick <= self.tick]:
            person.get_up()
        for person, host, stays in self._returns.get(self.tick, []):
            host.leave(person)
            person.on_duty = False
            if stays:
                person.go_home()
        for person, host in self._departures.get(self.tick, []):
            person.leave_home()
            person.on_duty = host.channel == "travel"
            host.enter(person)
        for person, home in self._transfers.get(self.tick, []):
            person.leave_home()
            person.home = home
            person.posted = self._dated
            person.go_home()

    def _act(self) -> None:
        """Let what is planned for this tick take place, and what was waiting for something to happen first."""
        for action in self._agenda.get(self.tick, []):
            if action.when is None:
                EFFECTS[type(action)](self, action)
            else:
                self._waiting.append([action, None])
        for waiting in list(self._waiting):
            action, met = waiting
            if met is None and action.when is not None and happened(self, action.when):
                met = waiting[1] = self.tick
            if met is not None and self.tick >= met + action.delay_ticks:
                EFFECTS[type(action)](self, action)
                self._waiting.remove(waiting)

    # ---------------------------------------------------------------- chance

    def happens(self, prob: float) -> bool:
        """Return true with a probability."""
        return prob > 0.0 and self.random.random() < prob

    def drawn(self, choices: Sequence[_Choice], weights: Sequence[float]) -> _Choice:
        """Return one of the choices, in proportion to the weights."""
        chosen: _Choice = self.random.choices(choices, weights)[0]
        return chosen

    # ---------------------------------------------------------------- the world as it is given

    def _couplings(self) -> dict[int, dict[int, float]]:
        found: dict[int, dict[int, float]] = {}
        for first, second, key in (
            ("missing_name", "secret_speech", "coupling.missing_name_to_speech"),
            ("secret_speech", "tirana_conference", "coupling.speech_to_conference"),
            ("tirana_conference", "unequal_punishment", "coupling.conference_to_punishment"),
            ("elite_privileges", "unequal_punishment", "coupling.privileges_to_punishment"),
            ("tirana_conference", "elite_privileges", "coupling.conference_to_privileges"),
        ):
            if first in self.names and second in self.names:
                found.setdefault(self.names.index(first), {})[self.names.index(second)] = self._value(key)
        return found

    def _share(self, name: str) -> float:
        names = ("workplace", "neighborhood", "friends", "kin")
        return self._value(f"spread.share_{name}") / sum(self._value(f"spread.share_{one}") for one in names)

    def _groups(self) -> dict[str, list[Group]]:
        """Bring people together: how often two of a group meet depends on its size."""
        exponent = self._value("spread.group_size_exponent")
        party, layers = self.party, {}
        for name, rows, column, rate, clock, channel in (
            ("workplace", party.workplaces, "workplace", self._share("workplace"), "work", "workplace"),
            ("neighborhood", party.neighborhoods, "neighborhood", self._share("neighborhood"), "free", "conversation"),
            ("hostel", party.hostels, "hostel", self._value("spread.hostel_rate"), "visit", "conversation"),
            ("travel", party.hosts, "host", self._value("spread.visit_rate"), "visit", "travel"),
            ("cell", party.cells, "cell", 0.0, "visit", "cell_meeting"),
        ):
            sizes = [int((party.people[column] == number).sum()) for number in range(len(rows))]
            usual = 1.0 if name == "travel" else exponent
            mean = sum(rows["size"].tolist()) / len(rows) if len(rows) else 1.0
            groups = [Group(rate * mean ** (usual - 1.0) / max(size, 1) ** usual, clock, channel) for size in sizes]
            for person, number in zip(self.people, party.people[column].tolist(), strict=True):
                if number >= 0:
                    groups[number].enter(person)
                    if name in ("workplace", "neighborhood", "cell") or (name == "travel" and self._dated):
                        person.home[name] = groups[number]
            layers[name] = groups
        return layers

    def _tie_people(self) -> None:
        ties, dated = self.party.ties, self._dated
        lines = "telephone" if "telephone" in self._factors else "visit"
        near = ~is_far(self.party) | (not dated)
        for kind, rate, clock, channel in (
            ("friend", self._share("friends"), "free", "conversation"),
            ("kin", self._share("kin"), "free", "kin"),
            ("telephone", self._value("spread.telephone_rate"), lines, "telephone"),
            ("letters_home", self._value("spread.letters_home_rate"), "visit", "kin"),
        ):
            if dated and kind == "letters_home":
                continue  # they go by the post
            rows = ties[ties["kind"] == TIE_KINDS.index(kind)]
            mean = float(rows["weight"].sum(dtype=float)) / len(self.people) if kind in ("friend", "kin") else 1.0
            rows = rows[near[ties["kind"] == TIE_KINDS.index(kind)]]
            for source, target, weight in zip(
                rows["source"].tolist(), rows["target"].tolist(), rows["weight"].tolist(), strict=True
            ):
                tie = Tie(self.people[source], self.people[target], weight * rate / mean, clock, channel)
                self.people[source].calls.append(tie)

    def _plan(self, scenario: Scenario, seed: int) -> None:
        """Take over what is planned: trips, transfers, outside sources, events and meetings."""
        party, values, calendar, number_of = self.party, self.values, self.calendar, self.assembly.rumor
        away = self.assembly.absences()
        gone = dict(zip(away.move_person.tolist(), away.move_tick.tolist(), strict=True))
        self._departures: defaultdict[int, list[tuple[Person, Group]]] = defaultdict(list)
        self._returns: defaultdict[int, list[tuple[Person, Group, bool]]] = defaultdict(list)
        self._transfers: defaultdict[int, list[tuple[Person, dict[str, Group]]]] = defaultdict(list)
        for number, host, leave, back in zip(
            away.person.tolist(), away.host.tolist(), away.leave.tolist(), away.back.tolist(), strict=True
        ):
            person, group = self.people[number], self.layers["travel"][host]
            self._departures[leave].append((person, group))
            self._returns[back].append((person, group, back < gone.get(number, math.inf)))
        welcome = {number: Group(self._value("visit.telling_rate"), "visit", "visit") for number in away.visited}
        for number, group in welcome.items():
            group.enter(self.people[number])
        for number, host, comes, goes in zip(
            away.guest.tolist(), away.visited.tolist(), away.arrives.tolist(), away.leaves.tolist(), strict=True
        ):
            self._departures[comes].append((self.people[number], welcome[host]))
            self._returns[goes].append((self.people[number], welcome[host], goes < gone.get(number, math.inf)))
        for row, tick in zip(away.move_rows.tolist(), away.move_tick.tolist(), strict=True):
            move = party.moves[row]
            home = {
                name: self.layers[name][move[name]] for name in ("workplace", "neighborhood", "cell") if move[name] >= 0
            }
            self._transfers[tick].append((self.people[move["person"]], home))
        agenda = write_agenda(scenario, party, values, calendar, self.assembly.zones, away)
        for broadcast in agenda.broadcasts:
            rates = (
                [float(broadcast.rate)] * len(self._days)
                if not hasattr(broadcast.rate, "tolist")
                else broadcast.rate.tolist()
            )
            for number, access in zip(broadcast.persons.tolist(), broadcast.access.tolist(), strict=True):
                self.people[number].sources[broadcast.rumor].append((broadcast.channel, access, rates))
        actions: list[Action] = [*agenda.actions, *post(party, values, calendar)]
        actions += ordinary_meetings(scenario, party, values, calendar, number_of)

        def value(given: Any) -> float:
            return float(scenario.number(given, values))

        for letter in agenda.letters:
            actions += letter_meetings(letter, party, values, calendar, number_of, Streams(seed), value)
        self._agenda: defaultdict[int, list[Action]] = defaultdict(list)
        for action in actions:
            self._agenda[action.tick].append(action)
        self._waiting: list[list[Any]] = []
        for action in agenda.initial:
            EFFECTS[type(action)](self, action)

    # ---------------------------------------------------------------- results

    def share_aware(self, rumor: str) -> float:
        """Return the share of people who know a rumor by now."""
        row = self.names.index(rumor)
        return sum(row in person.heard for person in self.people) / len(self.people)

    def count(self, answer: Callable[[Person], bool]) -> int:
        """Return of how many people something is true."""
        return sum(answer(person) for person in self.people)
