"""The calendar of memberships: which begin and end when, what changes together, and what follows from that alone.

Memberships go by entry here; whose an entry is, and in which group, is in `contacts.memberships`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import order_of

__all__ = ["Away", "Calendar", "Changes"]

#: Rows out of reach of the ties of a clock; those of them that are present in other groups of it, and these groups, one
#: array a slot.
Away = tuple[NDArray[np.int64], NDArray[np.int64], list[NDArray[np.int32]]]


@dataclass(frozen=True, eq=False)
class Changes:
    """Memberships of loud and quiet clocks that begin or end together, laid out for all copies.

    `positions` and `present` cover all of them; `rows`, `place`, `target` (in `Pressures.flat`), `sign` the loud ones
    only; `slots` (in the whole table) become `slot_values`. For each clock whose ties have a home, `crossings` holds
    the rows that leave, those that come back, and who is away then, and `ties` the ties of the second.
    """

    positions: NDArray[np.int64]
    present: NDArray[np.float32]
    rows: NDArray[np.int64]
    place: NDArray[np.int64]
    target: NDArray[np.int64]
    sign: NDArray[np.float32]
    slots: NDArray[np.int64]
    slot_values: NDArray[np.integer[Any]]
    crossings: dict[int, tuple[NDArray[Any], NDArray[Any], Away]] = field(default_factory=dict)
    ties: dict[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Calendar:
    """Changes of memberships in order of time, by entry: the order in which layers gave the memberships.

    A calendar never changes; other plans are another calendar. So what follows from one is worked out once and `kept`
    for all replicates that follow it.

    Attributes
    ----------
    first_present : (n_entries,) bool
    tick, entry : (s,) int32, ascending by tick
    begins : (s,) bool
    keeps_changes : bool
        Whether the changes of each tick are kept too: they take most of the memory.
    """

    first_present: NDArray[np.bool_]
    tick: NDArray[np.int32]
    entry: NDArray[np.int32]
    begins: NDArray[np.bool_]
    keeps_changes: bool = True
    kept: dict[Hashable, Any] = field(default_factory=dict)

    @cached_property
    def static(self) -> bool:
        """Whether all memberships are in force from the start and never change."""
        return bool(self.first_present.all()) and not len(self.tick)

    def keep(self, name: Hashable, work_out: Callable[[], Any]) -> Any:
        """Return what follows from the calendar, worked out once for all who follow it."""
        if name not in self.kept:
            self.kept[name] = work_out()
        return self.kept[name]

    def due(self, now: int) -> NDArray[np.int64]:
        """Return the rows that take effect at the start of a tick.

        Of a membership that begins and ends at one tick the last word counts.
        """
        bounds = self.keep("bounds", lambda: np.searchsorted(self.tick, np.arange(self.tick.max(initial=-1) + 2)))
        if not 0 <= now < len(bounds) - 1:
            return np.empty(0, dtype=np.int64)
        first, last = bounds[now : now + 2].tolist()
        ordered = np.sort(self.entry[first:last])
        if (ordered[1:] > ordered[:-1]).all():
            return np.arange(first, last)
        _, back = np.unique(self.entry[first:last][::-1], return_index=True)
        return np.asarray(np.sort(last - 1 - back))

    def without(self, rows: NDArray[Any]) -> Calendar:
        """Return the calendar with some rows struck."""
        stay = np.ones(len(self.tick), dtype=np.bool_)
        stay[rows] = False
        return replace(self, tick=self.tick[stay], entry=self.entry[stay], begins=self.begins[stay], kept={})

    def with_changes(
        self, entries: NDArray[Any], begins: NDArray[np.bool_], now: int, own: NDArray[Any] | None = None
    ) -> Calendar:
        """Return the calendar with changes at `now`, in place of all that was planned for the entries in `own`."""
        stay = np.ones(len(self.tick), np.bool_) if own is None else ~(np.isin(self.entry, own) & (self.tick >= now))
        tick = np.concatenate([self.tick[stay], np.full(len(entries), now, dtype=np.int32)])
        order = np.argsort(tick, kind="stable")
        entry = np.concatenate([self.entry[stay], entries.astype(np.int32)])[order]
        return replace(
            self, tick=tick[order], entry=entry, begins=np.concatenate([self.begins[stay], begins])[order], kept={}
        )

    def with_entry(self) -> Calendar:
        """Return the calendar of one more membership, which is not in force."""
        return replace(self, first_present=np.append(self.first_present, False), kept={})

    def lasting(self) -> NDArray[np.bool_]:
        """Return which entries are in force from the start and never change."""
        lasts = self.first_present.copy()
        lasts[self.entry] = False
        return lasts

    def in_force(self, entry: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which entries were in force during a tick."""
        result: NDArray[np.bool_] = self.first_present.take(entry)
        if not len(self.tick):
            return result
        span = int(self.tick[-1]) + 2
        moving, keys, order = self.keep("by entry", lambda: self._by_entry(span))
        some = moving.take(entry).nonzero()[0]
        entry, when = entry[some].astype(np.int64), np.minimum(np.asarray(tick, dtype=np.int64)[some], span - 1)
        latest = order[np.maximum(np.searchsorted(keys, entry * span + when, side="right") - 1, 0)]
        mine = (self.entry[latest] == entry) & (self.tick[latest] <= when)
        result[some[mine]] = self.begins[latest[mine]]
        return result

    def _by_entry(self, span: int) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """Return which entries ever change, and the changes in order of entry and tick: keys and rows."""
        moving = np.zeros(len(self.first_present), dtype=np.bool_)
        moving[self.entry] = True
        keys = self.entry.astype(np.int64) * span + self.tick
        order = order_of(keys)
        return moving, keys.take(order), order
