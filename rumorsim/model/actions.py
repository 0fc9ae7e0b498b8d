"""Actions of 1956 that need what the run itself has brought about: elections, sessions in the hall, punishment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Action, Meeting, Simulation
from rumorsim.core.push import expand

__all__ = ["DELEGATES", "Election", "HallSession", "Known", "LetterMeeting", "Punishment"]

#: Name under which a simulation remembers the rows of the delegates.
DELEGATES = "delegates"


@dataclass(frozen=True, kw_only=True, eq=False)
class Known(Action):
    """A rumor that is known when the run starts: each person with a probability, a share of them still telling."""

    rumor: int
    prob: NDArray[np.float64]
    teller_share: float

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Let them know."""
        rows = sim.rows(np.arange(sim.n), replicates)
        chance = np.tile(self.prob, len(replicates))
        rows = rows[sim.luck.uniform("initial", rows, self.rumor, 1) < chance]
        tells = sim.luck.uniform("initial", rows, self.rumor, 2) < self.teller_share
        sim.hear(self.rumor, rows[tells], None, tells=True)
        sim.hear(self.rumor, rows[~tells], None, tells=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Election(Action):
    """Cells choose delegates: as many as their size gives, the aware and bold with higher odds.

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
            favored = aware & (self.boldness >= self.bar)
            clock = sim.luck.exponential("delegate", rows).astype(np.float64)
            clock = np.where(favored, clock / self.odds if self.odds > 0 else np.inf, clock)
            order = np.lexsort((clock, self.cell))
            rank = np.empty(len(order), dtype=np.int64)
            rank[order] = np.arange(len(order))
            chosen.append(rows[rank - start < seats])
        sim.memory[DELEGATES] = np.sort(np.concatenate([sim.memory.get(DELEGATES, rows[:0]), *chosen]))


@dataclass(frozen=True, kw_only=True, eq=False)
class HallSession(Meeting):
    """A stretch of a session in the hall: everybody present hears everything that is said."""

    layer: str = "hall"
    groups: NDArray[Any] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    occasion: str = "hall"
    channel: str = "hall"
    persons: NDArray[Any] | None = None

    def attendants(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the delegates who were not silenced; the hall is one meeting a replicate."""
        if self.persons is None:
            rows = np.asarray(sim.memory.get(DELEGATES, np.empty(0, dtype=np.int64)))
            rows = rows[np.isin(rows // sim.n, replicates)]
        else:
            rows = sim.rows(self.persons, replicates)
        _, place = sim.meeting_groups("hall", self.groups, replicates)
        return rows, np.searchsorted(replicates, rows // sim.n), place


@dataclass(frozen=True, kw_only=True, eq=False)
class LetterMeeting(Meeting):
    """A cell meets on the letter, and the meeting is written down."""

    occasion: str = "letter_meeting"
    channel: str = "letter_meeting"

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Hold the meetings and remember them."""
        sim.memory.setdefault("letter_meetings", []).append((sim.tick, np.asarray(self.groups), replicates))
        super().apply(sim, replicates)


@dataclass(frozen=True, kw_only=True, eq=False)
class Punishment(Action):
    """Some of those whose voicing was noticed are punished: they fall silent, and those around them take fright.

    `count` people, those with the most noticed voicings first and by chance among equals; `fright` maps the name of a
    group layer to the chance that a fellow member takes fright.
    """

    count: int
    penalty: str
    fright: Mapping[str, float] = field(default_factory=dict)

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Punish."""
        voiced = sim.voicings
        noticed = voiced[voiced["detected"]]
        for replicate in replicates:
            mine = noticed["row"][noticed["row"] // sim.n == replicate].astype(np.int64)
            rows, times = np.unique(mine, return_counts=True)
            already = np.concatenate([np.empty(0, np.int64), *sim.memory.get("punished", {}).get(int(replicate), [])])
            free = ~np.isin(rows, already)
            rows, times = rows[free], times[free]
            luck = sim.luck.bits("punish", rows)
            chosen = np.sort(rows[np.lexsort((luck, -times))[: self.count]])
            sim.memory.setdefault("punished", {}).setdefault(int(replicate), []).append(chosen)
            sim.memory.setdefault(self.penalty, {}).setdefault(int(replicate), []).append(chosen)
            sim.silence(chosen)
            for layer, prob in self.fright.items():
                self._frighten(sim, chosen, layer, prob)

    def _frighten(self, sim: Simulation, rows: NDArray[np.int64], layer: str, prob: float) -> None:
        groups, _ = sim.meeting_groups(layer, [0], np.arange(sim.replicates))
        mine = np.flatnonzero(np.isin(groups.person, rows) & (groups.present > 0))
        own = groups.entry_layer[groups.position_entry[mine]] == groups.layer_number[layer]
        starts, ends = groups.members(np.unique(groups.group[mine[own]]))
        positions = expand(starts, ends)
        fellows = np.unique(groups.person[positions[groups.present[positions] > 0]]).astype(np.int64)
        fellows = fellows[fellows < sim.n_rows]
        luck = sim.luck.uniform("fear", fellows, 0, sim.occasion_number(self))
        sim.scare(fellows[luck < prob])
