"""Compiled memberships: who is in which group now, by group and by person."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.push import expand
from rumorsim.errors import CoreError

__all__ = ["Changes", "Groups"]


@dataclass(frozen=True, eq=False)
class Changes:
    """Memberships of loud and quiet clocks that begin or end together, laid out for all copies.

    `positions` and `present` cover all of them; `rows`, `place`, `target` (in `RumorState.pressures`), `sign` the loud
    ones only, and `slots` (counted through the whole table), `slot_values` say what becomes of their slots. `kept`
    holds what else was worked out about them.
    """

    positions: NDArray[np.int64]
    present: NDArray[np.float32]
    rows: NDArray[np.int64]
    place: NDArray[np.int64]
    target: NDArray[np.int64]
    sign: NDArray[np.float32]
    slots: NDArray[np.int64]
    slot_values: NDArray[np.int32]
    kept: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Groups:
    """Memberships of all group layers, for copies of the population laid side by side.

    Groups are numbered clock by clock (quiet ones last), then copy by copy, then layer by layer:
    ``bounds[c]:bounds[c + 1]`` are those of clock c, and the first `n_loud` have weight. A membership has a position
    (sorted by group, then by label) and, within one copy, an entry number (the order in which layers gave it).

    Attributes
    ----------
    weight : (n_loud + 1,) float32
        Whole-number weight of one ordinary teller in the groups of loud clocks; the last is a dummy of weight 0.
    pointer, person, group, present : by position; `present` is float32 0 or 1
    target : (n_positions,) int32
        Where the pressure of the position's clock on its person lies in `RumorState.pressures`.
    slots : (n_rows, n_slots) int32
        Groups of loud clocks in which each row is present now; the dummy group `n_loud` where a slot is empty.
    entry_position : (copies, n_entries) int32
    position_entry : (n_positions,) int32
    first_present : (n_entries,) bool
    change_tick, change_entry, change_present : the calendar of memberships, by tick
    kept : what has been worked out from the calendar; all replicates that follow one calendar share it
    """

    n_groups: int
    n_loud: int
    bounds: NDArray[np.int64]
    weight: NDArray[np.float32]
    layer_of_group: NDArray[np.int8]
    pointer: NDArray[np.int32]
    person: NDArray[np.int32]
    group: NDArray[np.int32]
    target: NDArray[np.int32]
    present: NDArray[np.float32]
    slots: NDArray[np.int32]
    slot_layer: NDArray[np.int8]
    entry_position: NDArray[np.int32]
    position_entry: NDArray[np.int32]
    entry_layer: NDArray[np.int8]
    first_present: NDArray[np.bool_]
    change_tick: NDArray[np.int32]
    change_entry: NDArray[np.int32]
    change_present: NDArray[np.bool_]
    first_group: dict[str, NDArray[np.int64]]
    layer_number: dict[str, int]
    static: bool
    entry_slot: NDArray[np.int16]
    kept: dict[Hashable, Any]

    @property
    def copies(self) -> int:
        """Number of populations laid side by side."""
        return len(self.entry_position)

    def fresh(self) -> Groups:
        """Return a copy whose memberships can change by themselves."""
        return replace(self, present=self.present.copy(), slots=self.slots.copy())

    def clock_of(self, groups: NDArray[Any]) -> NDArray[np.int64]:
        """Return the clock of each group."""
        return np.asarray(np.searchsorted(self.bounds, groups, side="right") - 1)

    def slot_clock(self) -> NDArray[np.int64]:
        """Return the clock of each slot, (n_slots,)."""

        def work_out() -> NDArray[np.int64]:
            clocks = {number: self.clock_of(self.first_group[name])[0] for name, number in self.layer_number.items()}
            return np.array([clocks[number] for number in self.slot_layer.tolist()], dtype=np.int64)

        found: NDArray[np.int64] = self.keep("slot clock", work_out)
        return found

    def numbers(self, layer: str, groups: Any, copies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of a layer's own groups in some copies, copy by copy."""
        if layer not in self.first_group:
            raise CoreError("unknown group layer", given=layer, allowed=sorted(self.first_group))
        first = self.first_group[layer][copies]
        return np.asarray((np.asarray(groups, dtype=np.int64)[None, :] + first[:, None]).ravel())

    def own_number(self, layer: str, numbers: NDArray[Any], copy: NDArray[Any]) -> NDArray[np.int64]:
        """Return the layer's own numbers of groups that lie in the given copies."""
        return np.asarray(np.asarray(numbers, dtype=np.int64) - self.first_group[layer][copy])

    def members(self, numbers: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return where the positions of groups start and end."""
        return self.pointer[numbers], self.pointer[numbers + 1]

    def changes(self, entries: NDArray[Any], present: NDArray[np.bool_]) -> Changes:
        """Lay out memberships that begin or end together, in every copy."""
        return self._laid_out(self.entry_position[:, entries].ravel(), np.tile(present, self.copies))

    def _laid_out(self, positions: NDArray[Any], begins: NDArray[np.bool_]) -> Changes:
        positions = positions.astype(np.int64)
        place = self.group[positions].astype(np.int64)
        loud = (place < self.n_loud).nonzero()[0]
        place, begins_loud = place[loud], begins[loud]
        rows, columns = self.person[positions[loud]], self.entry_slot[self.position_entry[positions[loud]]]
        rows = rows.astype(np.int64)
        values = np.where(begins_loud, place, self.n_loud).astype(np.int32)
        # Where one membership ends and another begins in the same slot, the beginning is written last.
        order = np.argsort(begins_loud, kind="stable")
        return Changes(
            positions,
            begins.astype(np.float32),
            rows,
            place,
            self.target[positions[loud]].astype(np.int64),
            np.where(begins_loud, np.float32(1), np.float32(-1)),
            (rows * self.slots.shape[1] + columns)[order],
            values[order],
        )

    def real(self, changes: Changes) -> Changes:
        """Return the changes without those that find a membership already as they want it."""
        already = self.present[changes.positions] == changes.present
        if not already.any():
            return changes
        return self._laid_out(changes.positions[~already], changes.present[~already] > 0)

    def planned(self, now: int) -> Changes | None:
        """Return what the calendar really changes at a tick.

        Everybody who follows this calendar has come the same way to this tick, so the answer is kept for all.
        """
        if not len(self.change_tick):
            return None
        if now not in self.kept:
            first, last = np.searchsorted(self.change_tick, [now, now + 1])
            # Of a membership that begins and ends at one tick the last word counts.
            _, back = np.unique(self.change_entry[first:last][::-1], return_index=True)
            rows = np.sort(last - 1 - back)
            changes = self.changes(self.change_entry[rows], self.change_present[rows])
            self.kept[now] = self.real(changes) if last > first else None
        found: Changes | None = self.kept[now]
        return found

    def keep(self, name: Hashable, work_out: Callable[[], Any]) -> Any:
        """Return what follows from the calendar, worked out once for all who follow it."""
        if name not in self.kept:
            self.kept[name] = work_out()
        return self.kept[name]

    def enter(self, changes: Changes) -> None:
        """Write memberships that begin or end into `present` and `slots`, endings first."""
        self.present[changes.positions] = changes.present
        self.slots.put(changes.slots, changes.slot_values)

    def away(self, layer: str, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which rows, members of a layer, are present in none of its groups now."""
        columns = np.flatnonzero(self.slot_layer == self.layer_number[layer])
        away = np.ones(len(rows), dtype=np.bool_)
        if not len(columns):  # the layer has no weight, so its memberships hold no slots
            positions = self.entry_position[:, self.entry_layer == self.layer_number[layer]].ravel()
            away = np.isin(rows, self.person[positions[self.present[positions] > 0]], invert=True)
        for column in columns:
            away &= self.slots[rows, column] == self.n_loud
        return away

    def members_of(self, layer: str) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the entries of a layer ordered by person, and the person of each (first copy)."""
        entries = np.flatnonzero(self.entry_layer == self.layer_number[layer])
        person = self.person[self.entry_position[0, entries]]
        order = np.argsort(person, kind="stable")
        return entries[order], person[order]

    def _restless(self, layer: str) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
        """Return `members_of` a layer, and who ever comes or goes or starts out away, (n,) bool."""
        entries, owner = self.members_of(layer)
        restless = np.zeros(int(self.person.max()) + 1, dtype=np.bool_)
        changing = self.entry_layer[self.change_entry] == self.layer_number[layer]
        restless[self.person[self.entry_position[0, self.change_entry[changing]]]] = True
        restless[owner[~self.first_present[entries]]] = True
        return entries, owner, restless

    def away_at(self, layer: str, persons: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which persons, members of a layer, were present in none of its groups during a tick."""
        entries, owner, restless = self.keep(("restless", layer), lambda: self._restless(layer))
        away = np.zeros(len(persons), dtype=np.bool_)
        # Only those whose memberships change at all, or who start out away, have to be looked up.
        some = (restless.take(persons, mode="clip") & (persons < len(restless))).nonzero()[0]
        who = np.asarray(persons)[some]
        first, last = np.searchsorted(owner, who, side="left"), np.searchsorted(owner, who, side="right")
        asked = np.repeat(np.arange(len(who)), last - first)
        here = self.present_at(self.entry_position[0, entries[expand(first, last)]], np.asarray(tick)[some][asked])
        found = np.zeros(len(who), dtype=np.bool_)
        found[asked[here]] = True
        away[some] = (last > first) & ~found
        return away

    def lasting(self) -> NDArray[np.bool_]:
        """Return which positions hold memberships that are in force from the start and never change."""

        def work_out() -> NDArray[np.bool_]:
            lasts = self.first_present.copy()
            lasts[self.change_entry] = False
            return lasts.take(self.position_entry)

        found: NDArray[np.bool_] = self.keep("lasting", work_out)
        return found

    def _by_entry(self) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """Return which entries ever change, and the changes in order of entry and tick: keys and positions."""
        moving = np.zeros(self.entry_position.shape[1], dtype=np.bool_)
        moving[self.change_entry] = True
        keys = self.change_entry.astype(np.int64) * (int(self.change_tick[-1]) + 2) + self.change_tick
        order = np.argsort(keys, kind="stable")
        return moving, keys[order], order

    def present_at(self, positions: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which memberships were in force during a tick, from the calendar."""
        entry = self.position_entry.take(positions)
        result: NDArray[np.bool_] = self.first_present.take(entry)
        if not len(self.change_tick):
            return result
        moving, keys, order = self.keep("by entry", self._by_entry)
        some = moving.take(entry).nonzero()[0]
        entry, when = entry[some].astype(np.int64), np.asarray(tick, dtype=np.int64)[some]
        span = int(self.change_tick[-1]) + 2
        latest = order[
            np.maximum(np.searchsorted(keys, entry * span + np.minimum(when, span - 1), side="right") - 1, 0)
        ]
        mine = (self.change_entry[latest] == entry) & (self.change_tick[latest] <= when)
        result[some[mine]] = self.change_present[latest[mine]]
        return result

    def with_entry(self, person: int, n: int, layer: str, group: int) -> Groups:
        """Return the groups with one more, absent, membership of a person in a layer's own group, in every copy."""
        copies = np.arange(self.copies)
        target = self.numbers(layer, [group], copies)
        at = self.pointer[target + 1].astype(np.int64)
        pointer = self.pointer + np.searchsorted(target, np.arange(self.n_groups + 1), side="left").astype(np.int32)
        entries = self.entry_position.shape[1]
        moved = self.entry_position + np.searchsorted(at, self.entry_position, side="right")
        rows = person + copies * n
        # A new membership gets a slot of its own.
        slots = np.column_stack([self.slots, np.full(len(self.slots), self.n_loud, dtype=self.slots.dtype)])
        number = self.layer_number[layer]
        return replace(
            self,
            pointer=pointer.astype(np.int32),
            person=np.insert(self.person, at, rows).astype(np.int32),
            group=np.insert(self.group, at, target).astype(np.int32),
            target=np.insert(self.target, at, rows + self.clock_of(target) * len(self.slots)).astype(np.int32),
            present=np.insert(self.present, at, 0).astype(np.float32),
            position_entry=np.insert(self.position_entry, at, entries).astype(np.int32),
            entry_position=np.column_stack([moved, at + copies]).astype(np.int32),
            entry_layer=np.append(self.entry_layer, number).astype(np.int8),
            first_present=np.append(self.first_present, False),
            slots=slots,
            slot_layer=np.append(self.slot_layer, number).astype(np.int8),
            entry_slot=np.append(self.entry_slot, self.slots.shape[1]).astype(np.int16),
            kept={},
            static=False,
        )

    def cancel(self, rows: NDArray[Any]) -> None:
        """Strike rows of the calendar of memberships."""
        stay = np.ones(len(self.change_tick), dtype=np.bool_)
        stay[rows] = False
        self.change_tick, self.change_entry = self.change_tick[stay], self.change_entry[stay]
        self.change_present = self.change_present[stay]
        self.kept = {}

    def write_changes(self, entries: NDArray[Any], present: NDArray[np.bool_], now: int, own: NDArray[Any]) -> None:
        """Enter unplanned changes, in place of what was planned for the entries in `own` from now on."""
        stay = ~(np.isin(self.change_entry, own) & (self.change_tick >= now))
        tick = np.concatenate([self.change_tick[stay], np.full(len(entries), now, dtype=np.int32)])
        entry = np.concatenate([self.change_entry[stay], entries.astype(np.int32)])
        begins = np.concatenate([self.change_present[stay], present])
        order = np.argsort(tick, kind="stable")
        self.change_tick, self.change_entry, self.change_present = tick[order], entry[order], begins[order]
        self.static = False
        self.kept = {}
