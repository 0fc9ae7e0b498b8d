"""What is known about one rumor while it spreads: plain arrays, one row a person and replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.fabric import Fabric
from rumorsim.core.groups import Groups
from rumorsim.core.rates import Ticks
from rumorsim.core.streams import BatchStreams

__all__ = ["NEVER", "NOBODY", "Hits", "RumorState", "Tellers"]

#: Tick number that stands for "never".
NEVER: Final = 32767
#: Teller or channel number that stands for "none".
NOBODY: Final = -1
_INF = np.float32(np.inf)
#: Places in a new list of tellers; it grows when more people tell.
_FEW: Final = 256


class Tellers:
    """The people who are telling, in a compact list with their own countdown to falling silent.

    Those who stopped stay in the list with an infinite countdown until half of it is dead, then it is closed up.
    """

    __slots__ = ("_countdown", "_dead", "_rows", "_slot", "_used")

    def __init__(self, n_rows: int) -> None:
        self._rows = np.zeros(_FEW, dtype=np.int64)
        self._countdown = np.zeros(_FEW, dtype=np.float32)
        self._slot = np.full(n_rows, -1, dtype=np.int32)
        self._used = 0
        self._dead = 0

    def __len__(self) -> int:
        return self._used - self._dead

    @property
    def rows(self) -> NDArray[np.int64]:
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
            while self._used + len(rows) > len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
                self._countdown = np.concatenate([self._countdown, np.zeros_like(self._countdown)])
        end = self._used + len(rows)
        self._rows[self._used : end] = rows
        self._countdown[self._used : end] = countdown
        self._slot[rows] = np.arange(self._used, end, dtype=np.int32)
        self._used = end

    def take_out(self) -> NDArray[np.int64]:
        """Return the rows whose countdown is used up and take them out."""
        where = (self._countdown[: self._used] <= 0).nonzero()[0]
        rows = self._rows[where]
        if len(where):
            self._retire(where)
        return rows

    def remove(self, rows: NDArray[Any]) -> None:
        """Take rows out that are in the list."""
        self._retire(self._slot[rows])

    def scale(self, rows: NDArray[Any], factor: float) -> None:
        """Multiply what is left of the countdown of listed rows by a factor."""
        slots = self._slot.take(rows)
        # A row that has just been taken out has no slot any more.
        self._countdown[slots[slots >= 0]] *= np.float32(factor)

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

    `groups` (m, n_slots) holds the groups of each row at that moment, `counts` the talk of the tellers in them, and
    `pressure` (n_clocks, m) the pressure on the row, where there is more than one source to choose from.
    """

    tick: int
    rows: NDArray[Any]
    groups: NDArray[np.int32] | None = None
    counts: NDArray[np.float32] | None = None
    pressure: NDArray[np.float32] | None = None


@dataclass(eq=False)
class RumorState:
    """One rumor in a batch of replicates, or several that obey one rule: what a rule may read and change.

    Rows count person by person, replicate by replicate, rumor by rumor.

    Attributes
    ----------
    rumors : tuple of int
        Numbers of the rumors whose rows lie here side by side.
    block : int
        Rows of one rumor: people times replicates.
    ticks : Ticks
    tick : int
        The tick under way.
    clock_factor : (n_rumors here, n_clocks, n_ticks) float64
        Calendar factor of each clock.
    fabric : Fabric
        Compiled contacts; ``fabric.clocks[c].unit`` times ``pressure[c]`` is a rate a day.
    pressure : list of (n_rows,) float32
        Per clock, whole-number weight of those who tell toward each row, by ties and in groups; stretches of the one
        array `pressures`, clock by clock.
    knowing : list of (n_rows,) float32
        Per clock, weight of each row's outgoing ties to people who know (only if the rule needs it).
    telling_both, knowing_both : list of (n_rows,) float32
        The same over both directions of ties (only if the rule needs it).
    group_telling, group_knowing, group_heads : (n_loud + 1,) float32
        Talk of the tellers, heads of those who know, heads of the tellers in each group.
    remaining : (n_rows,) float32
        Hazard left until the row hears; infinite for those who know.
    heard_tick, stopped_tick : (n_rows,) int16
        NEVER where it has not happened; -1 for what was so at the start.
    telling : (n_rows,) bool
    tellers : Tellers
    luck : BatchStreams
    away : dict clock -> (n_rows,) bool
        Rows out of reach of the ties of a clock now.
    """

    rumors: tuple[int, ...]
    block: int
    ticks: Ticks
    clock_factor: NDArray[np.float64]
    fabric: Fabric
    luck: BatchStreams
    tick: int = 0
    pressure: list[NDArray[np.float32]] = field(default_factory=list)
    knowing: list[NDArray[np.float32]] = field(default_factory=list)
    telling_both: list[NDArray[np.float32]] = field(default_factory=list)
    knowing_both: list[NDArray[np.float32]] = field(default_factory=list)
    hits: list[Hits] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    away: dict[int, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.n_rows = self.block * len(self.rumors)
        self.remaining = np.full(self.n_rows, _INF, dtype=np.float32)
        self.scratch = np.empty(self.n_rows, dtype=np.float32)
        self.mask = np.zeros(self.n_rows, dtype=np.bool_)
        self.heard_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.stopped_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.telling = np.zeros(self.n_rows, dtype=np.bool_)
        self.ever_told = np.zeros(self.n_rows, dtype=np.bool_)
        self.channel = np.full(self.n_rows, NOBODY, dtype=np.int8)
        self.teller = np.full(self.n_rows, NOBODY, dtype=np.int32)
        self.tellers = Tellers(self.n_rows)
        self.pressures = np.zeros(self.n_rows * len(self.fabric.clocks), dtype=np.float32)
        self.pressure = list(self.pressures.reshape(-1, self.n_rows))
        self.first_of_clock = self.n_rows * np.arange(len(self.pressure))[:, None]
        self.alike = bool((self.clock_factor == self.clock_factor[:1]).all())
        counters = 0 if self.fabric.groups is None else self.fabric.groups.n_loud + 1
        self.group_telling = np.zeros(counters, dtype=np.float32)
        self.group_knowing = np.zeros(0, dtype=np.float32)
        self.group_heads = np.zeros(0, dtype=np.float32)

    @property
    def rumor(self) -> int:
        """Number of the first rumor here."""
        return self.rumors[0]

    def talked_of(self) -> list[slice]:
        """Return the stretches of rows whose rumors somebody tells now."""
        if len(self.rumors) == 1:
            return [slice(0, self.n_rows)] if len(self.tellers) else []
        stretches: list[slice] = []
        for position in range(len(self.rumors)):
            first, last = position * self.block, (position + 1) * self.block
            if not self.telling[first:last].any():
                continue
            if stretches and stretches[-1].stop == first:
                first = stretches.pop().start
            stretches.append(slice(first, last))
        return stretches

    @property
    def all_rows(self) -> NDArray[np.int64]:
        """Every row, made anew each time it is asked for."""
        return np.arange(self.n_rows, dtype=np.int64)

    @property
    def groups(self) -> Groups | None:
        """Compiled memberships, None where there are none."""
        return self.fabric.groups

    def need(self, needs: frozenset[str]) -> None:
        """Allocate the further pressures a rule asks for."""
        kinds = []
        if "knowing" in needs:
            kinds.append(self.knowing)
        if "both" in needs:
            kinds += [self.telling_both, self.knowing_both]
            self.group_heads = np.zeros_like(self.group_telling)
        if needs:
            self.group_knowing = np.zeros_like(self.group_telling)
        for pressures in kinds:
            pressures += [np.zeros(self.n_rows, dtype=np.float32) for _ in self.fabric.clocks]

    def spread_factor(self, factor: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
        """Return a factor a rumor laid out over `rows` values that lie rumor by rumor."""
        return np.repeat(factor, rows // len(factor))

    def in_groups(
        self, rows: NDArray[Any], heads: NDArray[np.float32], factors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return, for rows counted in `heads`, the weighted number of others in their groups, (m,) float32.

        `heads` (n_loud + 1,) counts people by group, the rows themselves among them; `factors` (n_rumors here,
        n_clocks) weighs the clocks.
        """
        groups = self.fabric.groups
        total = np.zeros(len(rows), dtype=np.float32)
        if groups is None or not len(rows):
            return total
        others = (heads - np.float32(1)) * groups.weight
        others[-1] = 0
        for clock, (first, last) in enumerate(zip(groups.bounds[:-1], groups.bounds[1:], strict=True)):
            if first >= groups.n_loud:
                break
            if self.alike:
                others[first:last] *= factors[0, clock]
            elif last > first:
                others[first:last] *= self.spread_factor(factors[:, clock], last - first)
        found = others.take(groups.slots.take(rows, axis=0))
        # Column by column: an empty slot adds an exact 0, so the sum does not depend on how many slots there are.
        for column in range(found.shape[1]):
            total += found[:, column]
        return total
