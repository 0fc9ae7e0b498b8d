"""What happens at a date rather than by talk: briefings, outbreaks, silence, fear, climate, moves; and conditions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors, number, truth, whole, wholes
from rumorsim.core.engine.traits import MOST_EXPOSURE
from rumorsim.errors import CoreError

if TYPE_CHECKING:
    from rumorsim.core.engine.door import Door
    from rumorsim.core.engine.simulation import Simulation

__all__ = [
    "Absence",
    "Action",
    "Boldness",
    "Briefing",
    "Climate",
    "Condition",
    "Encourage",
    "FearOfNews",
    "Fright",
    "Hear",
    "Hush",
    "Interest",
    "Move",
    "Outbreak",
    "Silence",
]

_MOST_REPLICATE = 2**63 - 1

#: Fields that mean the same in every condition and action, one of your own too, and how each is checked.
_FIELDS: Final[dict[str, Callable[[Any, Any, str], Any]]] = {
    "rumor": lambda door, given, path: door.rumor(given, path),
    "channel": lambda door, given, path: door.channel(given, path),
    "occasion": lambda door, given, path: door.occasion(given, path),
    "zones": lambda door, given, path: door.zones(given, path),
    "person": lambda door, given, path: door.person(given, path),
    "persons": lambda door, given, path: door.people(given, path, once=False),
}


def _checked_fields(thing: Any, door: Door, path: str) -> dict[str, Any]:
    """Return people as their numbers by field; CoreError for what the simulation does not have."""
    found = {}
    for name, look in _FIELDS.items():
        given = getattr(thing, name, None)
        # None means everybody or everything only where it is the default.
        if given is None and (not hasattr(thing, name) or getattr(type(thing), name, False) is None):
            continue
        value = look(door, given, f"{path}.{name}")
        if name in ("person", "persons") and value is not given:
            found[name] = value
    return found


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Something that must have happened in a replicate before an action acts there.

    Attributes
    ----------
    rumor : int or None
        Rumor that must have been voiced; None for any.
    occasion : str or None
        Occasion of the voicing; None for any.
    zones : tuple of int or None
        Zones of the voicers; None for any.
    detected : bool
        Count only voicings that somebody in authority noticed.
    at_least : int
        How many.
    """

    rumor: int | None = None
    occasion: str | None = None
    zones: tuple[int, ...] | None = None
    detected: bool = False
    at_least: int = 1

    def check(self, door: Door, path: str) -> None:
        """Raise CoreError for a rumor, occasion or zone that the simulation does not have."""
        _checked_fields(self, door, path)
        truth(self.detected, f"{path}.detected")
        whole(self.at_least, f"{path}.at_least", 0)

    def met(self, sim: Simulation) -> NDArray[np.bool_]:
        """Return in which replicates of the batch it has happened, (replicates,) bool."""
        counts = sim.detected_counts if self.detected else sim.voiced_counts
        if self.rumor is not None:
            counts = counts[:, self.rumor : self.rumor + 1]
        if self.occasion is not None:
            number = sim.occasions.index(self.occasion)
            counts = counts[:, :, number : number + 1]
        if self.zones is not None:
            counts = counts[..., list(self.zones)]
        return np.asarray(counts.sum(axis=(1, 2, 3)) >= self.at_least)


@dataclass(frozen=True, kw_only=True, eq=False)
class Action(ABC):
    """Something that acts at the start of a tick, or at the first tick boundary after its condition is met.

    Attributes
    ----------
    tick : int
        Earliest tick at whose start it acts.
    when : Condition or None
    delay_ticks : int
        Ticks to wait after the condition has been met.
    label : str
        Name under which `Simulation.fired` records it.
    only : tuple of int or None
        Numbers of the replicates in which it acts; None for all of them.
    """

    tick: int = 0
    when: Condition | None = None
    delay_ticks: int = 0
    label: str = ""
    only: tuple[int, ...] | None = None

    #: Whether it can act only in a batch of one replicate, because the replicates of a batch share what it changes.
    alone: ClassVar[bool] = False
    #: Name of the class under which its draws are addressed: a variant of an action draws what the action draws.
    drawn_as: ClassVar[str] = ""

    def checked(self, door: Door, path: str, n_ticks: int) -> Self:
        """Return the action with people as their numbers; CoreError for what the simulation does not have.

        Parameters
        ----------
        door : Door
            The people, rumors, ticks and words of the simulation.
        path : str
            What the message calls the action.
        n_ticks : int
            Ticks in which it can act.
        """
        whole(self.tick, f"{path}.tick", 0, n_ticks - 1)
        if whole(self.delay_ticks, f"{path}.delay_ticks", 0) and self.when is None:
            allowed = "0, or a condition in when: the delay counts from when it is met"
            raise CoreError("no condition", path=f"{path}.delay_ticks", given=self.delay_ticks, allowed=allowed)
        if not isinstance(self.label, str):
            raise CoreError("label", path=f"{path}.label", given=self.label, allowed="a word")
        if self.only is not None and not len(wholes(self.only, f"{path}.only", 0, _MOST_REPLICATE)):
            allowed = "numbers of replicates, or None for all of them"
            raise CoreError("an action that never acts", path=f"{path}.only", given="nowhere", allowed=allowed)
        if self.when is not None:
            if not isinstance(self.when, Condition):
                raise CoreError("condition", path=f"{path}.when", given=self.when, allowed="a Condition")
            self.when.check(door, f"{path}.when")
        self.check(door, path)
        found = _checked_fields(self, door, path)
        return replace(self, **found) if found else self

    def check(self, door: Door, path: str) -> None:  # noqa: B027
        """Raise CoreError where a field is wrong that no other kind of action has; yours may leave it out."""

    @abstractmethod
    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Act in the given replicates of the batch."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Briefing(Action):
    """Listed persons who do not know hear with probability `prob` (a briefing, a plenum, a reading).

    `tell_factor` scales the chance that a hearer passes it on; `teller` is the speaker, -1 for none.
    """

    rumor: int
    persons: NDArray[Any]
    prob: float
    channel: str = "briefing"
    tell_factor: float = 1.0
    teller: int = -1

    def check(self, door: Door, path: str) -> None:
        number(self.prob, f"{path}.prob", 0, 1)
        number(self.tell_factor, f"{path}.tell_factor")
        whole(self.teller, f"{path}.teller", -1, door.contacts.n - 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        rows = sim.rows(self.persons, replicates)
        rows = rows[sim.streams.uniform("expose", rows, self.rumor, sim.occasion_number(self)) < self.prob]
        sim.hear(self.rumor, rows, self.channel, teller=self.teller, tell_factor=self.tell_factor)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hear(Action):
    """The listed persons hear for certain, and tell if `tells` says so (None: by their own chance)."""

    rumor: int
    persons: NDArray[Any]
    channel: str = "conversation"
    teller: int = -1
    tells: bool | None = None

    def check(self, door: Door, path: str) -> None:
        whole(self.teller, f"{path}.teller", -1, door.contacts.n - 1)
        if self.tells is not None:
            truth(self.tells, f"{path}.tells")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.hear(self.rumor, sim.rows(self.persons, replicates), self.channel, teller=self.teller, tells=self.tells)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outbreak(Action):
    """A rumor is born: `count` of the listed persons, drawn by chance, know it and tell."""

    rumor: int
    persons: NDArray[Any]
    count: int
    channel: str = "briefing"

    def check(self, door: Door, path: str) -> None:
        among = len(door.people(self.persons, f"{path}.persons"))
        whole(self.count, f"{path}.count", 1, among, what="number of people among those listed")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        for replicate in replicates:
            rows = np.unique(sim.rows(self.persons, np.array([replicate])))  # nobody is drawn twice
            keys = sim.streams.bits("initial", rows, self.rumor, sim.occasion_number(self))
            chosen = np.sort(rows[np.argsort(keys, kind="stable")[: self.count]])
            sim.hear(self.rumor, chosen, self.channel, tells=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Silence(Action):
    """The listed persons stop telling, and neither tell nor voice again (unless `lift` ends an earlier silence)."""

    persons: NDArray[Any]
    lift: bool = False

    def check(self, door: Door, path: str) -> None:
        truth(self.lift, f"{path}.lift")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.silence(sim.rows(self.persons, replicates), lift=self.lift)


@dataclass(frozen=True, kw_only=True, eq=False)
class Absence(Action):
    """The listed persons are absent from all contacts until a tick: they sit in a hall, or are cut off otherwise.

    Until then nothing passes over ties, in groups, by broadcasts or in meetings of groups, only by actions; nobody
    finds that they know, and their patience is kept: who was telling tells again at the start of `back_tick`.

    Examples
    --------
    >>> from rumorsim.core import MakiThompson, Network, Simulation
    >>> away = Absence(persons=[0], tick=0, back_tick=2)
    >>> pair = Network.from_edges(2, [0], [1])
    >>> Simulation(pair, MakiThompson(1e6), initial_spreaders=[0], stop_days=4.0, actions=[away]).run().time_heard
    array([[0., 3.]])
    """

    persons: NDArray[Any]
    back_tick: int

    def check(self, door: Door, path: str) -> None:
        whole(self.back_tick, f"{path}.back_tick", self.tick + 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.leave(sim.rows(self.persons, replicates), self.back_tick)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hush(Action):
    """Nobody speaks up in the meetings of some groups any more (unless `lift` ends an earlier hush).

    The members go on telling in private; see `Silence` for people.
    """

    layer: str
    groups: NDArray[Any]
    lift: bool = False

    def check(self, door: Door, path: str) -> None:
        door.groups(self.layer, self.groups, path)
        truth(self.lift, f"{path}.lift")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.hush(self.layer, self.groups, replicates, lift=self.lift)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fright(Action):
    """Each listed person takes fright with probability `prob`."""

    persons: NDArray[Any]
    prob: float

    def check(self, door: Door, path: str) -> None:
        number(self.prob, f"{path}.prob", 0, 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        rows = sim.rows(self.persons, replicates)
        sim.scare(rows[sim.streams.uniform("fear", rows, 0, sim.occasion_number(self)) < self.prob])


@dataclass(frozen=True, kw_only=True, eq=False)
class FearOfNews(Action):
    """From now on hearing a rumor frightens with a probability, by channel (the default under None)."""

    rumor: int
    prob: Mapping[str | None, float] = field(default_factory=dict)

    def check(self, door: Door, path: str) -> None:
        if not isinstance(self.prob, Mapping):
            raise CoreError("chances", path=f"{path}.prob", given=self.prob, allowed="a mapping channel -> probability")
        for name, prob in self.prob.items():
            if name is not None:
                door.channel(name, f"{path}.prob")
            number(prob, f"{path}.prob[{name!r}]", 0, 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.set_fear_of_news(self.rumor, self.prob, replicates)


@dataclass(frozen=True, kw_only=True, eq=False)
class Climate(Action):
    """Multiply the chance of voicing on an occasion (None: on all) in some zones (None: in all)."""

    factor: float
    occasion: str | None = None
    zones: tuple[int, ...] | None = None

    def check(self, door: Door, path: str) -> None:
        number(self.factor, f"{path}.factor")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.scale_climate(self.factor, replicates, self.occasion, self.zones)


@dataclass(frozen=True, kw_only=True, eq=False)
class Boldness(Action):
    """Set the boldness that people of some zones (None: of all) need in order to be willing to voice."""

    bar: float
    zones: tuple[int, ...] | None = None

    def check(self, door: Door, path: str) -> None:
        number(self.bar, f"{path}.bar")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.set_bar(self.bar, replicates, self.zones)


@dataclass(frozen=True, kw_only=True, eq=False)
class Encourage(Action):
    """Something emboldens the listed persons: their exposure grows, where willingness learns (`Emboldening`)."""

    persons: NDArray[Any]
    amount: float

    def check(self, door: Door, path: str) -> None:
        number(self.amount, f"{path}.amount", 0, MOST_EXPOSURE)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.encourage(np.unique(sim.rows(self.persons, replicates)), self.amount)  # nobody reads it twice


@dataclass(frozen=True, kw_only=True, eq=False)
class Interest(Action):
    """Multiply the receptivity of the listed persons for a rumor."""

    rumor: int
    persons: NDArray[Any]
    factor: float

    def check(self, door: Door, path: str) -> None:
        factors(self.factor, f"{path}.factor")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        sim.scale_interest(self.rumor, sim.rows(self.persons, replicates), self.factor)


@dataclass(frozen=True, kw_only=True, eq=False)
class Move(Action):
    """Move a person within a group layer: all present memberships there end, one in `group` (-1: none) begins."""

    person: int
    layer: str
    group: int

    alone: ClassVar[bool] = True

    def check(self, door: Door, path: str) -> None:
        door.groups(self.layer, [self.group] if self.group != -1 else [], path)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        for replicate in replicates:
            sim.move(int(sim.rows(np.array([self.person]), np.array([replicate]))[0]), self.layer, self.group)
