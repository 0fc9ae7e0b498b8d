"""What is known about one rumor while it spreads: plain arrays, one row a person and replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.fabric import ClockFabric
from rumorsim.core.rates import Ticks
from rumorsim.core.streams import BatchStreams

__all__ = ["NEVER", "NOBODY", "Hits", "RumorState", "Tellers", "find"]

#: Tick number that stands for "never".
NEVER: Final = 32767
#: Teller or channel number that stands for "none".
NOBODY: Final = -1
_INF = np.float32(np.inf)


def find(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where a mostly false mask is true; its buffer must be a multiple of 8 bytes long.

    Looks at eight rows at once and then only into the words that hold a hit.

    Examples
    --------
    >>> mask = np.zeros(16, dtype=bool)
    >>> mask[[3, 9]] = True
    >>> find(mask).tolist()
    [3, 9]
    """
    words = np.flatnonzero(mask.view(np.int64))
    if not len(words):
        return words
    inside = mask.reshape(-1, 8)[words]
    which, byte = np.nonzero(inside)
    return words[which] * 8 + byte


class Tellers:
    """The people who are telling, in a compact list with their own countdown to falling silent.

    Those who stopped stay in the list with an infinite countdown until half of it is dead, then it is closed up.
    """

    __slots__ = ("_countdown", "_dead", "_rows", "_slot", "_used")

    def __init__(self, n_rows: int) -> None:
        self._rows = np.zeros(max(n_rows, 1), dtype=np.int32)
        self._countdown = np.zeros(max(n_rows, 1), dtype=np.float32)
        self._slot = np.full(n_rows, -1, dtype=np.int32)
        self._used = 0
        self._dead = 0

    @property
    def rows(self) -> NDArray[np.int32]:
        """Rows in the list, stopped ones included (their countdown is infinite)."""
        return self._rows[: self._used]

    @property
    def countdown(self) -> NDArray[np.float32]:
        """Remaining patience of each listed row; a view to subtract from."""
        return self._countdown[: self._used]

    def add(self, rows: NDArray[Any], countdown: NDArray[np.float32]) -> None:
        """Append rows with their countdowns."""
        if self._used + len(rows) > len(self._rows):
            self._close_up()
        end = self._used + len(rows)
        self._rows[self._used : end] = rows
        self._countdown[self._used : end] = countdown
        self._slot[rows] = np.arange(self._used, end, dtype=np.int32)
        self._used = end

    def take_out(self) -> NDArray[np.int32]:
        """Return the rows whose countdown is used up and take them out."""
        done = self._countdown[: self._used] <= 0
        if not done.any():
            return self._rows[:0]
        where = np.flatnonzero(done)
        rows = self._rows[where].copy()
        self._retire(where)
        return rows

    def remove(self, rows: NDArray[Any]) -> None:
        """Take rows out that are in the list."""
        self._retire(self._slot[rows])

    def scale(self, rows: NDArray[Any], factor: float) -> None:
        """Multiply what is left of the countdown of listed rows by a factor."""
        self._countdown[self._slot[rows]] *= np.float32(factor)

    def _retire(self, where: NDArray[Any]) -> None:
        self._countdown[where] = _INF
        self._slot[self._rows[where]] = -1
        self._dead += len(where)
        if self._dead > 64 and 2 * self._dead > self._used:
            self._close_up()

    def _close_up(self) -> None:
        rows = self._rows[: self._used]
        alive = np.flatnonzero(self._slot[rows] == np.arange(self._used, dtype=np.int32))
        kept = len(alive)
        self._rows[:kept] = rows[alive]
        self._countdown[:kept] = self._countdown[alive]
        self._slot[self._rows[:kept]] = np.arange(kept, dtype=np.int32)
        self._used = kept
        self._dead = 0


@dataclass
class Hits:
    """First hearings over contacts in one tick, kept until their channel and teller are asked for.

    `counts` holds, for every membership position of every row in turn, the talk of the tellers in that group.
    """

    tick: int
    rows: NDArray[Any]
    positions: list[NDArray[np.int32]]
    lengths: list[NDArray[np.int64]]
    counts: list[NDArray[np.float32]]


@dataclass(eq=False)
class RumorState:
    """One rumor in a batch of replicates; what a rule may read and change.

    Attributes
    ----------
    rumor : int
        Number of the rumor.
    n_rows : int
        People times replicates.
    ticks : Ticks
    tick : int
        The tick under way.
    clock_factor : (n_clocks, n_ticks) float64
        Calendar factor of each clock for this rumor.
    fabric : list of ClockFabric
    pressure : list of (n_rows,) float32
        Per clock, whole-number weight of those who tell toward each row; times ``fabric[c].unit`` it is a rate.
    knowing : list of (n_rows,) float32
        Per clock, weight of each row's contacts who know (only if the rule needs it).
    telling_both, knowing_both : list of (n_rows,) float32
        The same over half of both directions (only if the rule needs it).
    remaining : (padded rows,) float32
        Hazard left until the row hears; infinite for those who know.
    heard_tick, stopped_tick : (n_rows,) int16
        NEVER where it has not happened; -1 for what was so at the start.
    telling : (n_rows,) bool
    tellers : Tellers
    luck : BatchStreams
    """

    rumor: int
    n_rows: int
    ticks: Ticks
    clock_factor: NDArray[np.float64]
    fabric: list[ClockFabric]
    luck: BatchStreams
    tick: int = 0
    n_telling: int = 0
    pressure: list[NDArray[np.float32]] = field(default_factory=list)
    knowing: list[NDArray[np.float32]] = field(default_factory=list)
    telling_both: list[NDArray[np.float32]] = field(default_factory=list)
    knowing_both: list[NDArray[np.float32]] = field(default_factory=list)
    group_telling: list[NDArray[np.float32] | None] = field(default_factory=list)
    group_knowing: list[NDArray[np.float32] | None] = field(default_factory=list)
    hits: list[Hits] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.padded = -(-max(self.n_rows, 1) // 8) * 8
        self.remaining = np.full(self.padded, _INF, dtype=np.float32)
        self.scratch = np.empty(self.padded, dtype=np.float32)
        self.mask = np.zeros(self.padded, dtype=np.bool_)
        self.heard_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.stopped_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.telling = np.zeros(self.n_rows, dtype=np.bool_)
        self.ever_told = np.zeros(self.n_rows, dtype=np.bool_)
        self.channel = np.full(self.n_rows, NOBODY, dtype=np.int8)
        self.teller = np.full(self.n_rows, NOBODY, dtype=np.int32)
        self.tellers = Tellers(self.n_rows)
        self.all_rows = np.arange(self.n_rows, dtype=np.int64)
        self.pressure = [np.zeros(self.n_rows, dtype=np.float32) for _ in self.fabric]
        self.group_telling = [_counters(clock) for clock in self.fabric]

    def need(self, needs: frozenset[str]) -> None:
        """Allocate the further pressures a rule asks for."""
        if "knowing" in needs:
            self.knowing = [np.zeros(self.n_rows, dtype=np.float32) for _ in self.fabric]
        if "both" in needs:
            self.telling_both = [np.zeros(self.n_rows, dtype=np.float32) for _ in self.fabric]
            self.knowing_both = [np.zeros(self.n_rows, dtype=np.float32) for _ in self.fabric]
        if needs:
            self.group_knowing = [_counters(clock) for clock in self.fabric]


def _counters(clock: ClockFabric) -> NDArray[np.float32] | None:
    return None if clock.groups is None else np.zeros(clock.groups.n_groups, dtype=np.float32)
