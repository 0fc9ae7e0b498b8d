"""Actions of 1956 that need what the run itself has brought about: elections, sessions in the hall, punishment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import NEVER, Action, Encourage, Meeting, Simulation
from rumorsim.core.checks import number, numbers, whole

if TYPE_CHECKING:
    from rumorsim.core.engine.door import Door

__all__ = [
    "ChilledMeeting",
    "Election",
    "Encouragement",
    "HallSession",
    "Known",
    "LetterMeeting",
    "Memory",
    "Punishment",
]


@dataclass(eq=False)
class Memory:
    """What the actions of a run remember for each other and for its record; `Simulation.memory` of the model's runs.

    Attributes
    ----------
    delegates : (m,) int64
        Rows of those elected.
    letter_meetings : list of (tick, groups, replicates)
    punished : list of (penalty, replicate, rows)
    mail : dict tick -> list of (rumor, row of the reader, row of the writer)
        Letters on their way that tell a rumor, by the tick in which they arrive.
    """

    delegates: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    letter_meetings: list[tuple[int, NDArray[Any], NDArray[np.int64]]] = field(default_factory=list)
    punished: list[tuple[str, int, NDArray[np.int64]]] = field(default_factory=list)
    mail: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)

    def punished_in(self, replicate: int, penalty: str | None = None) -> NDArray[np.int64]:
        """Return the rows punished in a replicate (by one penalty), in order of time."""
        rows = [who for what, where, who in self.punished if where == replicate and penalty in (None, what)]
        return np.concatenate([np.empty(0, dtype=np.int64), *rows])

    def delegates_of(self, sim: Simulation, replicates: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the delegates in some replicates, ascending."""
        return self.delegates[np.isin(self.delegates // sim.n, replicates)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Known(Action):
    """A rumor that is known when the run starts: each person with a probability, a share of them still telling."""

    rumor: int
    prob: NDArray[np.float64]
    teller_share: float

    def check(self, door: Door, path: str) -> None:
        """Check the chances."""
        numbers(self.prob, f"{path}.prob", ((door.contacts.n,),), 0, 1)
        number(self.teller_share, f"{path}.teller_share", 0, 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Let them know."""
        rows = sim.rows(np.arange(sim.n), replicates)
        prob = np.tile(self.prob, len(replicates))
        rows = rows[sim.streams.uniform("initial", rows, self.rumor, 1) < prob]
        tells = sim.streams.uniform("initial", rows, self.rumor, 2) < self.teller_share
        sim.hear(self.rumor, rows[tells], None, tells=True)
        sim.hear(self.rumor, rows[~tells], None, tells=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Election(Action):
    """Cells choose delegates: as many as their size gives, the aware and bold with higher odds.

    Where willingness is learned, whoever would speak up counts as bold.

    Attributes
    ----------
    persons : (m,) integers
        Members who can be elected, cell by cell.
    cell : (m,) integers, ascending
    seats : (n_cells,) integers
        Delegates of each cell, by its rank among the cells of `cell`.
    rumors : tuple of int
        Knowing one of these makes aware.
    odds : float
    bar : float
        Boldness that counts as bold.
    """

    persons: NDArray[Any]
    cell: NDArray[Any]
    seats: NDArray[Any]
    rumors: tuple[int, ...]
    odds: float
    bar: float
    boldness: NDArray[Any]

    def check(self, door: Door, path: str) -> None:
        """Check rumors and numbers."""
        for rumor in self.rumors:
            door.rumor(rumor, f"{path}.rumors")
        number(self.odds, f"{path}.odds")
        number(self.bar, f"{path}.bar")

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Elect; in order of an exponential clock that runs faster for those with higher odds."""
        chosen = []
        start = np.searchsorted(self.cell, self.cell, side="left")
        seats = self.seats[np.searchsorted(np.unique(self.cell), self.cell)]
        for replicate in replicates:
            rows = sim.rows(self.persons, np.array([replicate]))
            aware = np.zeros(len(rows), dtype=np.bool_)
            for rumor in self.rumors:
                aware |= sim.knows(rumor, rows)
            favored = aware & (sim.willing(rows) if sim.people.learns else self.boldness >= self.bar)
            clock = sim.streams.exponential("delegate", rows).astype(np.float64)
            clock = np.where(favored, clock / self.odds if self.odds > 0 else np.inf, clock)
            order = np.lexsort((clock, self.cell))
            rank = np.empty(len(order), dtype=np.int64)
            rank[order] = np.arange(len(order))
            chosen.append(rows[rank - start < seats])
        sim.memory.delegates = np.sort(np.concatenate([sim.memory.delegates, *chosen]))


@dataclass(frozen=True, kw_only=True, eq=False)
class HallSession(Meeting):
    """A stretch of a session in the hall: everybody present hears everything that is said.

    Attributes
    ----------
    persons : (m,) integers or None
        Who sits in the hall; None for the delegates.
    stays_away : (n,) bool or None
        Who is on a journey that day and does not come.
    back_tick : int
        Those present are absent from all other contacts until this tick, the end of the stretch; 0 lets them go on
        talking elsewhere while they sit.
    """

    layer: str = "hall"
    groups: NDArray[Any] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    occasion: str = "hall"
    channel: str = "hall"
    persons: NDArray[Any] | None = None
    stays_away: NDArray[np.bool_] | None = None
    back_tick: int = 0

    def attendants(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the delegates who were not silenced; the hall is one meeting a replicate."""
        rows = sim.memory.delegates_of(sim, replicates)
        if self.persons is not None:
            rows = sim.rows(self.persons, replicates)
        if self.stays_away is not None:
            rows = rows[~self.stays_away[rows % sim.n]]
        place = sim.meeting_groups("hall", self.groups, replicates)
        return rows, np.searchsorted(replicates, rows // sim.n), place

    def present(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return those who attend, and let them be absent elsewhere."""
        found = super().present(sim, replicates)
        if self.back_tick:
            sim.leave(found[0], self.back_tick)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Encouragement(Encourage):
    """Something emboldens the listed people, or (None) those who are delegates by then."""

    persons: NDArray[Any] | None = None  # type: ignore[assignment]

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Let their exposure grow."""
        if self.persons is not None:
            super().apply(sim, replicates)
        else:
            sim.encourage(sim.memory.delegates_of(sim, replicates), self.amount)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChilledMeeting(Meeting):
    """A meeting at which less is voiced where somebody present is afraid: fear arrives with people, not by order.

    Attributes
    ----------
    chill_factor : float
        Factor on everybody's chance of voicing there.
    """

    chill_factor: float = 1.0
    drawn_as = "Meeting"  # where nobody is afraid it is any meeting, to the byte

    def _voice(self, sim: Simulation, rows: NDArray[np.int64], owner: NDArray[Any], place: NDArray[Any]) -> None:
        """Let the groups with nobody afraid voice as usual, then the others; no group minds another."""
        afraid = (sim.afraid_tick.take(rows) != NEVER).nonzero()[0]
        if not len(afraid):
            super()._voice(sim, rows, owner, place)
            return
        chilled = np.zeros(len(place), dtype=np.bool_)
        chilled[owner[afraid]] = True
        colder = {rumor: prob * self.chill_factor for rumor, prob in self.voiced.items()}
        for cold, voiced in ((False, self.voiced), (True, colder)):
            here = chilled[owner] == cold
            if here.any():
                super(ChilledMeeting, replace(self, voiced=voiced))._voice(sim, rows[here], owner[here], place)


@dataclass(frozen=True, kw_only=True, eq=False)
class LetterMeeting(Meeting):
    """A cell meets on the letter, and the meeting is written down.

    Attributes
    ----------
    planted_prob : float
        Probability that in one meeting somebody asks about what is told because it was ordered, not out of doubt.
    """

    occasion: str = "letter_meeting"
    channel: str = "letter_meeting"
    planted_prob: float = 0.0

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Hold the meetings and remember them."""
        sim.memory.letter_meetings.append((sim.tick, np.asarray(self.groups), replicates))
        super().apply(sim, replicates)

    def hold(self, sim: Simulation, rows: NDArray[np.int64], owner: NDArray[Any], place: NDArray[Any]) -> None:
        """Let those present hear and voice; then somebody may have been ordered to ask."""
        super().hold(sim, rows, owner, place)
        if self.planted_prob > 0 and self.told and len(rows):
            self._plant(sim, rows, owner, place)

    def _plant(self, sim: Simulation, rows: NDArray[np.int64], owner: NDArray[Any], place: NDArray[Any]) -> None:
        """Let one of those present ask, in some of the meetings; everybody there was just told, so nobody hears."""
        # Of each meeting the one with the lowest number is ordered to.
        drawn = sim.streams.bits("voice", rows, 0, sim.occasion_number(self, 5))
        starts = np.append(True, owner[1:] != owner[:-1]).nonzero()[0]
        lowest = np.repeat(np.minimum.reduceat(drawn, starts), np.diff(np.append(starts, len(rows))))
        first = (drawn == lowest).nonzero()[0]
        first = first[np.append(True, owner[first[1:]] != owner[first[:-1]])]  # no two of a meeting
        rows, owner = rows[first], owner[first]
        asks = sim.streams.uniform("voice", rows, 0, sim.occasion_number(self, 6)) < self.planted_prob
        for rumor in self.told:
            what = np.full(int(asks.sum()), rumor)
            sim.record_voicings(what, rows[asks], place[owner[asks]], self.layer, self.occasion)


@dataclass(frozen=True, kw_only=True, eq=False)
class Punishment(Action):
    """Some of those whose voicing was noticed are punished: they fall silent, and those around them take fright.

    `count` people, those with the most noticed voicings first and by chance among equals; with `others`, delegates who
    were not noticed fill the number, by chance. `fright` maps the name of a group layer to the chance that a fellow
    member takes fright.
    """

    count: int
    penalty: str
    others: bool = False
    fright: Mapping[str, float] = field(default_factory=dict)

    def check(self, door: Door, path: str) -> None:
        """Check how many, and whom it frightens with what probability."""
        whole(self.count, f"{path}.count")
        for layer, prob in self.fright.items():
            door.groups(layer, [], f"{path}.fright")
            number(prob, f"{path}.fright[{layer!r}]", 0, 1)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Punish."""
        voiced = sim.voicings
        noticed = voiced[voiced["detected"]]
        for replicate in replicates:
            mine = noticed["row"][noticed["row"] // sim.n == replicate].astype(np.int64)
            rows, times = np.unique(mine, return_counts=True)
            free = ~np.isin(rows, sim.memory.punished_in(int(replicate)))
            rows, times = rows[free], times[free]
            drawn = sim.streams.bits("punish", rows)
            chosen = rows[np.lexsort((drawn, -times))[: self.count]]
            if self.others and len(chosen) < self.count:
                rest = sim.memory.delegates_of(sim, np.array([replicate]))
                rest = rest[~np.isin(rest, [*chosen, *sim.memory.punished_in(int(replicate))])]
                by_chance = np.argsort(sim.streams.bits("punish", rest), kind="stable")
                chosen = np.concatenate([chosen, rest[by_chance[: self.count - len(chosen)]]])
            chosen = np.sort(chosen)
            sim.memory.punished.append((self.penalty, int(replicate), chosen))
            sim.silence(chosen)
            for layer, prob in self.fright.items():
                self._frighten(sim, chosen, layer, prob)

    def _frighten(self, sim: Simulation, rows: NDArray[np.int64], layer: str, prob: float) -> None:
        fellows = sim.fellows(layer, rows)
        drawn = sim.streams.uniform("fear", fellows, 0, sim.occasion_number(self))
        sim.scare(fellows[drawn < prob])
