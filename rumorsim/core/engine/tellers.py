"""Who tells, and for how long still; and the numbers that stand for "never" and "nobody"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEVER", "NOBODY", "Tellers"]

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

    __slots__ = ("_countdown", "_dead", "_frozen", "_rows", "_slot", "_used")

    def __init__(self, n_rows: int) -> None:
        self._rows = np.zeros(_FEW, dtype=np.int64)
        self._countdown = np.zeros(_FEW, dtype=np.float32)
        self._slot = np.full(n_rows, -1, dtype=np.int32)
        self._used = 0
        self._dead = 0
        #: What is left to rows that are out of the list for a time, nan for all others; made when somebody is.
        self._frozen: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return self._used - self._dead

    @property
    def rows(self) -> NDArray[np.int64]:
        """Rows in the list, stopped ones included (their countdown is infinite)."""
        return self._rows[: self._used]

    @property
    def countdown(self) -> NDArray[np.float32]:
        """Remaining patience of each listed row; `spend` uses it up."""
        return self._countdown[: self._used]

    def spend(self, hazard: Any) -> NDArray[np.int64]:
        """Use up countdowns by a hazard for each listed row, and take out and return the rows that have none left."""
        left = self._countdown[: self._used]
        left -= hazard
        where = (left <= 0).nonzero()[0]
        rows = self._rows[where]
        if len(where):
            self._retire(where)
        return rows

    def copy(self) -> Tellers:
        """Return the same list to go on by itself."""
        other = Tellers(0)
        other._rows, other._countdown, other._slot = self._rows.copy(), self._countdown.copy(), self._slot.copy()
        other._used, other._dead = self._used, self._dead
        other._frozen = None if self._frozen is None else self._frozen.copy()
        return other

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

    def remove(self, rows: NDArray[Any]) -> None:
        """Take rows out that are in the list, or are frozen."""
        if self._frozen is not None:
            self._frozen[rows] = np.nan
        slots = self._slot[rows]
        self._retire(slots[slots >= 0])

    def freeze(self, rows: NDArray[Any]) -> None:
        """Take rows out of the list for a time: nothing is used up of their countdowns."""
        if self._frozen is None:
            self._frozen = np.full(len(self._slot), np.nan, dtype=np.float32)
        slots = self._slot[rows]
        self._frozen[rows] = self._countdown[slots]
        self._retire(slots)

    def thaw(self, rows: NDArray[Any]) -> None:
        """Put those of the rows back that were frozen, with what was left to them."""
        if self._frozen is None:
            return
        rows = rows[~np.isnan(self._frozen[rows])]
        left = self._frozen[rows]
        self._frozen[rows] = np.nan
        self.add(rows, left)

    def scale(self, rows: NDArray[Any], factor: float) -> None:
        """Multiply what is left of the countdown of listed or frozen rows by a factor."""
        if self._frozen is not None:
            self._frozen[rows] *= np.float32(factor)
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
