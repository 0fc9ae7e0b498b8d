"""Compiled memberships: who is in which group now, by group and by person."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts import GroupLayer
from rumorsim.core.push import expand
from rumorsim.errors import CoreError

__all__ = ["Changes", "Groups", "strongest_in_groups", "weave_groups"]


@dataclass(frozen=True, eq=False)
class Changes:
    """Memberships of loud and quiet clocks that begin or end together, laid out for all copies.

    `positions` and `present` cover all of them; `rows`, `place`, `clock`, `sign` the loud ones only, and `slot_rows`,
    `slot_columns`, `slot_values` say what becomes of their slots. `kept` holds what else was worked out about them.
    """

    positions: NDArray[np.int32]
    present: NDArray[np.float32]
    rows: NDArray[np.int32]
    place: NDArray[np.int32]
    clock: NDArray[np.int64]
    sign: NDArray[np.float32]
    slot_rows: NDArray[np.int32]
    slot_columns: NDArray[np.int16]
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

    def _laid_out(self, positions: NDArray[np.int32], begins: NDArray[np.bool_]) -> Changes:
        place = self.group[positions]
        loud = (place < self.n_loud).nonzero()[0]
        place, begins_loud = place[loud], begins[loud]
        rows, columns = self.person[positions[loud]], self.entry_slot[self.position_entry[positions[loud]]]
        values = np.where(begins_loud, place, self.n_loud).astype(np.int32)
        # Where one membership ends and another begins in the same slot, the beginning is written last.
        order = np.argsort(begins_loud, kind="stable")
        return Changes(
            positions,
            begins.astype(np.float32),
            rows,
            place,
            self.clock_of(place),
            np.where(begins_loud, np.float32(1), np.float32(-1)),
            rows[order],
            columns[order],
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
            changes = self.changes(self.change_entry[first:last], self.change_present[first:last])
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
        self.slots[changes.slot_rows, changes.slot_columns] = changes.slot_values

    def away(self, layer: str, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which rows, members of a loud layer, are present in none of its groups now."""
        columns = np.flatnonzero(self.slot_layer == self.layer_number[layer])
        away = np.ones(len(rows), dtype=np.bool_)
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
        slots = np.column_stack([self.slots, np.full(len(self.slots), self.n_loud, dtype=np.int32)])
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


def _slots_of_entries(
    person: NDArray[Any], present: NDArray[np.bool_], entry: NDArray[Any], tick: NDArray[Any], begins: NDArray[np.bool_]
) -> tuple[NDArray[np.int16], int]:
    """Give every membership of a layer a slot that no other membership of the person holds at the same time.

    Returns the slot of each entry and how many slots are needed. People who never hold two memberships at once, nearly
    everybody, use the first slot; the few others are gone through one by one.
    """
    slot = np.zeros(len(person), dtype=np.int16)
    held = np.bincount(person[present], minlength=int(person.max()) + 1 if len(person) else 1)
    starts = np.bincount(person[entry[begins]], minlength=len(held)) if len(entry) else np.zeros(len(held), np.int64)
    # Everybody with more than one entry is looked at who starts with several or ever begins a new one.
    entries = np.bincount(person, minlength=len(held))
    several = (entries > 1) & ((held > 1) | (starts > 0))
    if not several.any():
        return slot, int(len(person) > 0)
    mine = np.flatnonzero(several[person])
    events: dict[int, list[tuple[int, int, int]]] = {}
    for number in mine[present[mine]]:
        events.setdefault(int(person[number]), []).append((-1, 1, int(number)))
    for when, number, begin in zip(tick.tolist(), entry.tolist(), begins.tolist(), strict=True):
        if several[person[number]]:
            events.setdefault(int(person[number]), []).append((when, int(begin), number))
    most = 1
    for history in events.values():
        history.sort()
        used: dict[int, int] = {}
        for _, begin, number in history:
            if not begin:
                used.pop(number, None)
                continue
            taken = set(used.values())
            free = next(k for k in range(len(taken) + 1) if k not in taken)
            used[number] = free
            slot[number] = free
            most = max(most, free + 1)
    return slot, most


def _most_at_once(key: NDArray[Any], n_keys: int, layer: GroupLayer) -> NDArray[np.int64]:
    """Return, for each key (a column beside the layer's memberships), the most memberships in force at one time."""
    here = np.flatnonzero(layer.present)
    entry = np.concatenate([here, layer.changes.entry])
    tick = np.concatenate([np.full(len(here), -1), layer.changes.tick])
    step = np.concatenate([np.ones(len(here), np.int64), np.where(layer.changes.present, 1, -1)])
    who = key[entry]
    order = np.lexsort((step, tick, who))
    who, running = who[order], np.cumsum(step[order])
    first = np.searchsorted(who, np.arange(n_keys), side="left")
    filled = np.flatnonzero(np.searchsorted(who, np.arange(n_keys), side="right") > first)
    most = np.zeros(n_keys, dtype=np.int64)
    before = np.where(first[filled] > 0, running[np.maximum(first[filled], 1) - 1], 0)
    if len(filled):
        most[filled] = np.maximum.reduceat(running, first[filled]) - before
    return np.maximum(most, 0)


def strongest_in_groups(layer: GroupLayer, n: int) -> NDArray[np.float64]:
    """Return a bound on the weight that can reach each of n persons through a layer at any one time.

    It counts the largest crowd that a group ever holds and the most groups that a person is ever in, not everybody who
    ever passes through: a coarser bound would make the unit of all weights of the clock coarser than need be.
    """
    crowd = layer.hazard * np.maximum(_most_at_once(layer.group, layer.n_groups, layer), 1)
    strongest = np.zeros(n)
    np.maximum.at(strongest, layer.person, crowd[layer.group])
    return strongest * np.maximum(_most_at_once(layer.person, n, layer), 1)


def weave_groups(
    grouped: list[list[tuple[int, GroupLayer, float]]],
    quiet: list[bool],
    n: int,
    labels: NDArray[Any],
    copies: int,
    n_ticks: int,
) -> Groups:
    """Compile the group layers of all clocks: per clock a list of (layer number, layer, unit of weight)."""
    bounds = [0]
    weight, layer_of_group = [], []
    person, group, entry_of_position, present = [], [], [], []
    entry_position: list[NDArray[Any]] = []
    first_group: dict[str, NDArray[np.int64]] = {}
    layer_number: dict[str, int] = {}
    entry_layer, first_present = [], []
    slot_layer: list[int] = []
    ticks, entries, begins = [], [], []
    entry_slot: list[NDArray[Any]] = []
    n_entries = n_positions = 0
    steps = np.arange(copies, dtype=np.int64)
    for members, is_quiet in zip(grouped, quiet, strict=True):
        width = sum(layer.n_groups for _, layer, _ in members)
        offset, start = 0, bounds[-1]
        clock_person, clock_group, clock_present = [], [], []
        for number, layer, unit in members:
            first_group[layer.name] = start + offset + steps * width
            layer_number[layer.name] = number
            weight.append(np.rint(layer.hazard / unit))
            layer_of_group.append(np.full(layer.n_groups, number, dtype=np.int8))
            clock_person.append(layer.person)
            clock_group.append(layer.group.astype(np.int64) + offset)
            clock_present.append(layer.present)
            entry_layer.append(np.full(len(layer.person), number, dtype=np.int8))
            kept = layer.changes.tick < n_ticks
            tick, entry = layer.changes.tick[kept], layer.changes.entry[kept]
            begin = layer.changes.present[kept]
            ticks.append(tick)
            entries.append(entry.astype(np.int64) + n_entries + sum(len(p) for p in clock_person[:-1]))
            begins.append(begin)
            if not is_quiet:
                slot, most = _slots_of_entries(layer.person, layer.present, entry, tick, begin)
                entry_slot.append(slot + len(slot_layer))
                slot_layer += [number] * most
            else:
                entry_slot.append(np.zeros(len(layer.person), dtype=np.int16))
            offset += layer.n_groups
        if not members:
            bounds.append(start)
            continue
        own_person, own_group = np.concatenate(clock_person), np.concatenate(clock_group)
        own_present = np.concatenate(clock_present)
        order = np.lexsort((labels[own_person], own_group))
        size = len(order)
        where = np.empty(size, dtype=np.int64)
        where[order] = np.arange(size)
        person.append((own_person[order][None, :] + (steps * n)[:, None]).ravel())
        group.append((own_group[order][None, :] + (start + steps * width)[:, None]).ravel())
        entry_of_position.append(np.tile(order + n_entries, copies))
        present.append(np.tile(own_present[order], copies))
        entry_position.append(where[None, :] + n_positions + (steps * size)[:, None])
        first_present.append(own_present)
        # Weights and layers of groups repeat copy by copy within a clock.
        weight[-len(members) :] = [np.tile(np.concatenate(weight[-len(members) :]), copies)]
        layer_of_group[-len(members) :] = [np.tile(np.concatenate(layer_of_group[-len(members) :]), copies)]
        n_entries += size
        n_positions += size * copies
        bounds.append(start + width * copies)
    n_groups = bounds[-1]
    n_loud = bounds[quiet.count(False)]
    all_group = np.concatenate(group)
    pointer = np.zeros(n_groups + 1, dtype=np.int32)
    np.cumsum(np.bincount(all_group, minlength=n_groups), out=pointer[1:])
    all_ticks = np.concatenate(ticks)
    by_tick = np.argsort(all_ticks, kind="stable")
    all_present = np.concatenate(present)
    all_person = np.concatenate(person).astype(np.int32)
    clock_of_position = np.repeat(np.arange(len(quiet)), np.diff(pointer[bounds]))
    groups = Groups(
        n_groups=n_groups,
        n_loud=n_loud,
        bounds=np.array(bounds, dtype=np.int64),
        weight=np.append(np.concatenate(weight)[:n_loud], 0.0).astype(np.float32),
        layer_of_group=np.concatenate(layer_of_group),
        pointer=pointer,
        person=all_person,
        group=all_group.astype(np.int32),
        target=(all_person + clock_of_position * (n * copies)).astype(np.int32),
        present=all_present.astype(np.float32),
        slots=np.full((n * copies, len(slot_layer)), n_loud, dtype=np.int32),
        slot_layer=np.array(slot_layer, dtype=np.int8),
        entry_position=np.concatenate(entry_position, axis=1).astype(np.int32),
        position_entry=np.concatenate(entry_of_position).astype(np.int32),
        entry_layer=np.concatenate(entry_layer),
        first_present=np.concatenate(first_present),
        change_tick=all_ticks[by_tick].astype(np.int32),
        change_entry=np.concatenate(entries)[by_tick].astype(np.int32),
        change_present=np.concatenate(begins).astype(np.bool_)[by_tick],
        first_group=first_group,
        layer_number=layer_number,
        static=bool(all_present.all()) and not len(all_ticks),
        entry_slot=np.concatenate(entry_slot).astype(np.int16),
        kept={},
    )
    here = np.flatnonzero((groups.present > 0) & (groups.group < n_loud))
    groups.slots[groups.person[here], groups.entry_slot[groups.position_entry[here]]] = groups.group[here]
    return groups
