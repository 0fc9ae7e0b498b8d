"""Who is absent from all contacts, until when, and who was so in the past; on journeys see `TieLayer.home`."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import in_order
from rumorsim.core.engine.tellers import NEVER

__all__ = ["Absentees"]


class Absentees:
    """People who are out of reach of everybody for a time, a row each; the only writer of who is absent when.

    Parameters
    ----------
    n_rows : int
        People times replicates.

    Attributes
    ----------
    now : (n_rows,) bool
        Who is absent now.

    Examples
    --------
    >>> some = Absentees(3)
    >>> some.leave(np.array([2, 0]), now=4, back_tick=6).tolist()
    [0, 2]
    >>> some.come_back(5).tolist(), some.come_back(6).tolist()
    ([], [0, 2])
    >>> some.at(np.array([0, 0, 0, 1]), np.array([3, 4, 6, 5])).tolist()
    [False, True, False, False]
    """

    def __init__(self, n_rows: int) -> None:
        self.now = np.zeros(n_rows, dtype=np.bool_)
        self._back = np.zeros(n_rows, dtype=np.int64)
        #: Nobody comes back before this tick, so that nobody has to be looked for.
        self._next_back = NEVER
        #: Tick, rows, and whether they left (or came back), in order of time.
        self._past: list[tuple[int, NDArray[np.int64], bool]] = []
        #: The past in order, once somebody asks: keys, who left, span of a row, and (n_rows,) who has ever been absent.
        self._in_order: tuple[NDArray[np.int64], NDArray[np.bool_], int, NDArray[np.bool_]] | None = None

    def copy(self) -> Absentees:
        """Return the same to go on by themselves."""
        other = copy.copy(self)
        other.now, other._back, other._past = self.now.copy(), self._back.copy(), list(self._past)
        return other

    def leave(self, rows: NDArray[Any], now: int, back_tick: int) -> NDArray[np.int64]:
        """Let rows be absent until a tick, or longer if they are so already; return who was not, ascending."""
        rows = in_order(np.asarray(rows, dtype=np.int64))
        self._back[rows] = np.maximum(self._back[rows], back_tick)
        self._next_back = min(self._next_back, back_tick)
        rows = rows[~self.now[rows]]
        self.now[rows] = True
        self._note(now, rows, True)
        return rows

    def come_back(self, now: int) -> NDArray[np.int64]:
        """Let those come back whose time is over, and return them, ascending."""
        if now < self._next_back:
            return np.empty(0, dtype=np.int64)
        absent = self.now.nonzero()[0]
        back = self._back[absent]
        rows = absent[back <= now]
        self._next_back = int(back[back > now].min(initial=NEVER))
        self.now[rows] = False
        self._note(now, rows, False)
        return rows

    def _note(self, now: int, rows: NDArray[np.int64], left: bool) -> None:
        if len(rows):
            self._past.append((now, rows, left))
            self._in_order = None

    def at(self, rows: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which rows were absent during a tick, (m,) each."""
        if not self._past:
            return np.zeros(len(rows), dtype=np.bool_)
        if self._in_order is None:
            span = self._past[-1][0] + 2
            keys = np.concatenate([who * span + when for when, who, _ in self._past])
            left = np.concatenate([np.full(len(who), leaves) for _, who, leaves in self._past])
            order = np.argsort(keys, kind="stable")  # who comes back and leaves again in one tick is absent
            ever = np.zeros(len(self.now), dtype=np.bool_)
            for _, who, _ in self._past:
                ever[who] = True
            self._in_order = keys[order], left[order], span, ever
        keys, left, span, ever = self._in_order
        absent = ever.take(rows)
        some = absent.nonzero()[0]  # few of all that is asked
        asked = np.asarray(rows, dtype=np.int64)[some]
        key = asked * span + np.minimum(np.asarray(tick, dtype=np.int64)[some], span - 1)
        last = np.searchsorted(keys, key, side="right") - 1
        absent[some] = (last >= 0) & left[last] & (keys[last] // span == asked)
        return absent
