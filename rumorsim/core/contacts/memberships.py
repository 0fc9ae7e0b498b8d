"""Memberships: who is in which group now, by group and by person, who is away, and what is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import expand, in_order, order_of
from rumorsim.core.contacts.membership_calendar import Away, Calendar, Changes
from rumorsim.errors import CoreError

__all__ = ["Memberships"]


@dataclass(eq=False)
class Memberships:
    """Memberships of all group layers, for copies of the population laid side by side; the only one who writes them.

    Groups are numbered clock by clock (quiet ones last), then copy by copy, then layer by layer:
    ``bounds[c]:bounds[c + 1]`` are those of clock c, and the first `n_loud` have weight. A membership has a position
    (sorted by group, then by label) and, within one copy, an entry number (the order in which layers gave it).

    Attributes
    ----------
    weight : (n_loud + 1,) float32
        Whole-number weight of one ordinary teller in the groups of loud clocks; the last is a dummy of weight 0.
    pointer, person, group, present : by position; `present` is float32 0 or 1
    target : (n_positions,) int32
        Where the pressure of the position's clock on its person lies in `Pressures.flat`.
    slots : (n_rows, n_slots) int32
        Groups of loud clocks in which each row is present now; the dummy group `n_loud` where a slot is empty.
    entry_position : (copies, n_entries) int32
    position_entry : (n_positions,) int32
    calendar : Calendar
        By entry; all replicates share one until memberships are changed by hand.
    homes : clock -> group layer from which people must not be away to be in reach of the ties of the clock
    tied : clock -> (n_rows,) bool, who has such ties, where few do; only these are ever away
    away : clock -> (n_rows,) bool, who is out of reach of its ties now
    away_rows : clock -> who they are, as `Away`
    hushed : (n_groups,) bool or None
        Groups in whose meetings nobody speaks up any more; None as long as none has been hushed.
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
    calendar: Calendar
    first_group: dict[str, NDArray[np.int64]]
    layer_number: dict[str, int]
    entry_slot: NDArray[np.int16]
    homes: Mapping[int, str] = field(default_factory=dict)
    tied: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)
    away: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    away_rows: dict[int, Away] = field(default_factory=dict)
    hushed: NDArray[np.bool_] | None = None

    @property
    def copies(self) -> int:
        """Number of populations laid side by side."""
        return len(self.entry_position)

    @property
    def n(self) -> int:
        """People of one copy."""
        return len(self.slots) // self.copies

    def at_start(self, homes: Mapping[int, str], tied: Mapping[int, NDArray[np.bool_]]) -> Memberships:
        """Return memberships that can change by themselves, as they are at the start."""
        own = replace(self.copy(), homes=homes, tied=tied)
        for clock, layer in homes.items():
            away, rows = self.calendar.keep(("away", clock), partial(own._away_now, clock, layer))
            own.away[clock], own.away_rows[clock] = away.copy(), rows
        return own

    def copy(self) -> Memberships:
        """Return memberships that go on by themselves from here; the calendar is shared until one changes it."""
        return replace(
            self,
            present=self.present.copy(),
            slots=self.slots.copy(),
            away={clock: away.copy() for clock, away in self.away.items()},
            away_rows=dict(self.away_rows),
            hushed=None if self.hushed is None else self.hushed.copy(),
        )

    def clock_of(self, groups: NDArray[Any]) -> NDArray[np.int64]:
        """Return the clock of each group."""
        return np.asarray(np.searchsorted(self.bounds, groups, side="right") - 1)

    def slot_clock(self) -> NDArray[np.int64]:
        """Return the clock of each slot, (n_slots,)."""

        def work_out() -> NDArray[np.int64]:
            clocks = {number: self.clock_of(self.first_group[name])[0] for name, number in self.layer_number.items()}
            return np.array([clocks[number] for number in self.slot_layer.tolist()], dtype=np.int64)

        return np.asarray(self.calendar.keep("slot clock", work_out))

    def check_layer(self, layer: str) -> None:
        """Raise CoreError for an unknown group layer."""
        if layer not in self.first_group:
            raise CoreError("unknown group layer", path="layer", given=layer, allowed=sorted(self.first_group))

    def numbers(self, layer: str, groups: Any, copies: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of a layer's own groups in some copies, copy by copy."""
        self.check_layer(layer)
        first = self.first_group[layer][copies]
        return np.asarray((np.asarray(groups, dtype=np.int64)[None, :] + first[:, None]).ravel())

    def own_number(self, layer: str, numbers: NDArray[Any], copy: NDArray[Any]) -> NDArray[np.int64]:
        """Return the layer's own numbers of groups that lie in the given copies."""
        return np.asarray(np.asarray(numbers, dtype=np.int64) - self.first_group[layer][copy])

    def members(self, numbers: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return where the positions of groups start and end."""
        return self.pointer[numbers], self.pointer[numbers + 1]

    def changes(self, entries: NDArray[Any], begins: NDArray[np.bool_]) -> Changes:
        """Lay out memberships that begin or end together and are not yet so; what the first copy says holds for all."""
        first = self.entry_position[0].take(entries)
        new = ((self.present.take(first) > 0) != begins).nonzero()[0]
        entries, begins, first = entries.take(new), begins.take(new), first.take(new)
        loud = (self.group.take(first) < self.n_loud).nonzero()[0]
        person = self.person.take(first.take(loud)).astype(np.int64)
        slots = person * self.slots.shape[1] + self.entry_slot.take(entries.take(loud))
        # Those that have weight stand in the order of the rows they touch. Where one membership ends and another begins
        # in the same slot, the beginning is written last.
        order = order_of(2 * slots + begins.take(loud))
        loud, person, slots = loud.take(order), person.take(order), slots.take(order)
        first_loud, begins_loud = first.take(loud), begins.take(loud)
        positions = self.entry_position.take(entries, axis=1).astype(np.int64)
        places = self.group.take(positions.take(loud, axis=1)).astype(np.int64)
        return Changes(
            positions.ravel(),
            np.tile(begins.astype(np.float32), self.copies),
            self._in_copies(person),
            places.ravel(),
            self._in_copies(self.target.take(first_loud).astype(np.int64)),
            np.tile(np.where(begins_loud, np.float32(1), np.float32(-1)), self.copies),
            self._in_copies(slots, self.n * self.slots.shape[1]),
            np.where(begins_loud, places, self.n_loud).astype(self.slots.dtype).ravel(),
        )

    def _in_copies(self, numbers: NDArray[np.int64], width: int | None = None) -> NDArray[np.int64]:
        """Return numbers of the first copy, such as rows, as they are in every copy, one after the other."""
        steps = np.arange(self.copies, dtype=np.int64) * (self.n if width is None else width)
        return np.asarray((numbers + steps[:, None]).ravel())

    def advance(self, now: int) -> Changes | None:
        """Let what the calendar says for the start of a tick happen, and return it.

        Everybody who follows this calendar has come the same way to this tick, so the answer may be kept for all.
        """
        calendar = self.calendar
        if not len(calendar.tick):
            return None

        def work_out() -> Changes | None:
            rows = calendar.due(now)
            return self.changes(calendar.entry[rows], calendar.begins[rows]) if len(rows) else None

        found: Changes | None = calendar.keep(now, work_out) if calendar.keeps_changes else work_out()
        if found is not None:
            self._enter(found)
        return found

    def set_present(self, entries: NDArray[Any], present: NDArray[np.bool_]) -> Changes | None:
        """Begin or end memberships in every copy, and return what really changes."""
        if not len(entries):
            return None
        changes = self.changes(entries, present)
        self._enter(changes)
        return changes

    def _enter(self, changes: Changes) -> None:
        """Write memberships that begin or end, endings first, and who gets out of reach or comes back by them."""
        self.present[changes.positions] = changes.present
        self.slots.reshape(-1)[changes.slots] = changes.slot_values  # `put` takes twice as long
        known = len(changes.crossings) > 0
        moved = {} if known else {home: self._moved(home, changes) for home in set(self.homes.values())}
        for clock, home in self.homes.items():
            if not known:
                rows, after = moved[home]
                if clock in self.tied:
                    tied = self.tied[clock].take(rows)
                    rows, after = rows[tied], after[tied]
                before = self.away[clock].take(rows)
                leaving, coming = self._in_copies(rows[after & ~before]), self._in_copies(rows[before & ~after])
                self.away[clock][leaving] = True
                self.away[clock][coming] = False
                changes.crossings[clock] = (leaving, coming, self._listed(clock, self.away[clock]))
            leaving, coming, self.away_rows[clock] = changes.crossings[clock]
            self.away[clock][leaving] = True
            self.away[clock][coming] = False

    def _moved(self, layer: str, changes: Changes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return whose memberships of a layer change, in the first copy, and who of them is in no group of it now."""
        positions = changes.positions[: len(changes.positions) // self.copies]
        own = self.entry_layer.take(self.position_entry.take(positions)) == self.layer_number[layer]
        rows = in_order(self.person.take(positions[own])).astype(np.int64)
        return rows, self.nowhere(layer, rows)

    def _listed(self, clock: int, away: NDArray[np.bool_]) -> Away:
        rows = away[: self.n].nonzero()[0]
        columns = (self.slot_clock() == clock).nonzero()[0]
        among = rows[(self.slots[np.ix_(rows, columns)] != self.n_loud).any(axis=1)]
        rows, among = self._in_copies(rows), self._in_copies(among)
        return rows, among, [self.slots[among, column] for column in columns]

    def _away_now(self, clock: int, layer: str) -> tuple[NDArray[np.bool_], Away]:
        """Return who of those with ties of a clock are present in none of the groups of its home, masked and listed."""
        _, pointer = self.calendar.keep(("by person", layer), lambda: self._by_person(layer))
        rows = np.diff(pointer).nonzero()[0]
        rows = rows[self.tied[clock].take(rows)] if clock in self.tied else rows
        away = np.zeros(len(self.slots), dtype=np.bool_)
        away[self._in_copies(rows[self.nowhere(layer, rows)])] = True
        return away, self._listed(clock, away)

    def nowhere(self, layer: str, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which rows of the first copy, members of a layer, are present in none of its groups now."""
        entries, asked = self._entries_of(layer, rows)
        away = np.ones(len(rows), dtype=np.bool_)
        away[asked[self.present.take(self.entry_position[0].take(entries)) > 0]] = False
        return away

    def _entries_of(self, layer: str, persons: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the entries of persons in a layer, person after person, and the position in `persons` of each."""
        entries, pointer = self.calendar.keep(("by person", layer), lambda: self._by_person(layer))
        starts, ends = pointer.take(persons), pointer.take(persons + 1)
        return entries.take(expand(starts, ends)), np.repeat(np.arange(len(persons)), ends - starts)

    def _by_person(self, layer: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the entries of a layer ordered by person, and where those of each person start, (n + 1,)."""
        entries = self._entries(layer)
        owner = self.person[self.entry_position[0, entries]]
        order = np.argsort(owner, kind="stable")
        return entries[order], np.searchsorted(owner[order], np.arange(self.n + 1))

    def _restless(self, layer: str) -> NDArray[np.bool_]:
        """Return who ever comes to or goes from a layer, or starts out away, (n,) bool."""
        entries = self._entries(layer)
        restless = np.zeros(self.n, dtype=np.bool_)
        restless[self.person[self.entry_position[0, entries[~self.calendar.lasting()[entries]]]]] = True
        return restless

    def away_at(self, layer: str, persons: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which persons, members of a layer, were present in none of its groups during a tick."""
        restless = self.calendar.keep(("restless", layer), lambda: self._restless(layer))
        away = np.zeros(len(persons), dtype=np.bool_)
        # Only those whose memberships change at all, or who start out away, have to be looked up.
        some = restless.take(persons).nonzero()[0]
        entries, asked = self._entries_of(layer, np.asarray(persons)[some])
        here = self.calendar.in_force(entries, np.asarray(tick)[some][asked])
        away[some[asked]] = True
        away[some[asked[here]]] = False
        return away

    def lasting(self) -> NDArray[np.bool_]:
        """Return which positions hold memberships that are in force from the start and never change."""
        kept = self.calendar.keep("lasting", lambda: self.calendar.lasting().take(self.position_entry))
        return np.asarray(kept)

    def present_at(self, positions: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which memberships were in force during a tick, from the calendar."""
        return self.calendar.in_force(self.position_entry.take(positions), tick)

    # ------------------------------------------------------------------ asking by layer

    def members_present(self, numbers: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows present in groups, group after group, and the position in `numbers` of each row's group."""
        starts, ends = self.members(numbers)
        positions = expand(starts, ends)
        owner = np.repeat(np.arange(len(numbers)), ends - starts)
        here = self.present[positions] > 0
        return self.person[positions].astype(np.int64)[here], owner[here]

    def fellows(self, layer: str, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Return who is present now in the groups of a layer in which any of the rows is, ascending."""
        self.check_layer(layer)
        mine = np.flatnonzero(np.isin(self.person, rows) & (self.present > 0))
        own = self.entry_layer[self.position_entry[mine]] == self.layer_number[layer]
        fellows, _ = self.members_present(np.unique(self.group[mine[own]]))
        return np.unique(fellows)

    def _entries(self, layer: str) -> NDArray[np.int64]:
        self.check_layer(layer)
        return np.flatnonzero(self.entry_layer == self.layer_number[layer])

    def homes_of(self, layer: str, now: int) -> NDArray[np.int32]:
        """Return the group of a layer in which each person is present, or else will next be, (n,); -1 for none."""
        entries, first = self._entries(layer), int(self.first_group[layer][0])
        home = np.full(self.n, -1, dtype=np.int32)
        position, calendar = self.entry_position[0], self.calendar
        later = calendar.begins & (calendar.tick >= now) & np.isin(calendar.entry, entries)
        coming = position[calendar.entry[later]]
        # Changes are in order of time: the first one of a person counts.
        who, where = np.unique(self.person[coming], return_index=True)
        home[who] = self.group[coming[where]] - first
        here = position[entries]
        here = here[self.present[here] > 0]
        home[self.person[here]] = self.group[here] - first
        return home

    def groups_of(self, layer: str, person: int) -> NDArray[np.int64]:
        """Return the groups of a layer in which a person is present now, ascending."""
        position = self.entry_position[0, self._entries(layer)]
        here = position[(self.person[position] == person) & (self.present[position] > 0)]
        return np.unique(self.group[here] - self.first_group[layer][0])

    def planned(self, layer: str, person: int, group: int | None, tick: int, begins: bool) -> NDArray[np.int64]:
        """Return the rows of the calendar that begin (or end) memberships of a person in a layer at a tick."""
        entries = self._entries(layer)
        position = self.entry_position[0, entries]
        mine = self.person[position] == person
        if group is not None:
            mine &= self.group[position] == group + int(self.first_group[layer][0])
        found = (self.calendar.tick == tick) & (self.calendar.begins == begins)
        return np.flatnonzero(found & np.isin(self.calendar.entry, entries[mine]))

    # ------------------------------------------------------------------ changing plans

    def hush(self, numbers: NDArray[Any], *, lift: bool) -> None:
        """Let nobody speak up in the meetings of groups any more, or (`lift`) let them speak again."""
        if self.hushed is None:
            self.hushed = np.zeros(self.n_groups, dtype=np.bool_)
        self.hushed[numbers] = not lift

    def cancel(self, rows: NDArray[Any]) -> None:
        """Strike rows of the calendar of memberships."""
        self.calendar = self.calendar.without(rows)

    def bring_forward(self, rows: NDArray[Any], begins: bool, now: int) -> Changes | None:
        """Let rows of the calendar take place now instead, and return what really changes."""
        entries = self.calendar.entry[rows]
        present = np.full(len(entries), begins)
        self.calendar = self.calendar.without(rows).with_changes(entries, present, now)
        return self.set_present(entries, present)

    def move(self, person: int, layer: str, group: int, now: int) -> Changes | None:
        """End a person's memberships in a layer and begin one in a group of it (-1: none), from tick `now` on."""
        self.check_layer(layer)
        number = self.layer_number[layer]
        if group >= 0:
            target = self.first_group[layer][0] + group
            if target >= self.n_groups or self.layer_of_group[target] != number:
                raise CoreError("unknown group", path=layer, given=group, allowed="a group of that layer")
            first, last = self.pointer[target], self.pointer[target + 1]
            if person not in self.person[first:last]:
                self._add_entry(person, layer, group)
        own = self.entry_position[0]
        mine = np.flatnonzero((self.person[own] == person) & (self.entry_layer == number))
        home = self.group[own[mine]] - self.first_group[layer][0]
        here = self.present[own[mine]] > 0
        leave = mine[here & (home != group)]
        enter = mine[home == group][-1:] if group >= 0 and not (here & (home == group)).any() else mine[:0]
        entries = np.concatenate([leave, enter])
        present = np.concatenate([np.zeros(len(leave), np.bool_), np.ones(len(enter), np.bool_)])
        self.calendar = self.calendar.with_changes(entries, present, now, mine)
        return self.set_present(entries, present)

    def _add_entry(self, person: int, layer: str, group: int) -> None:
        """Add one more, absent, membership of a person in a layer's own group, in every copy."""
        copies, entries = np.arange(self.copies), self.entry_position.shape[1]
        target = self.numbers(layer, [group], copies)
        at = self.pointer[target + 1].astype(np.int64)
        pointer = self.pointer + np.searchsorted(target, np.arange(self.n_groups + 1), side="left").astype(np.int32)
        moved = self.entry_position + np.searchsorted(at, self.entry_position, side="right")
        rows = person + copies * self.n
        number = self.layer_number[layer]
        in_clock = self.clock_of(target) * len(self.slots)
        self.pointer = pointer.astype(np.int32)
        self.person = np.insert(self.person, at, rows).astype(np.int32)
        self.group = np.insert(self.group, at, target).astype(np.int32)
        self.target = np.insert(self.target, at, rows + in_clock).astype(np.int32)
        self.present = np.insert(self.present, at, 0).astype(np.float32)
        self.position_entry = np.insert(self.position_entry, at, entries).astype(np.int32)
        self.entry_position = np.column_stack([moved, at + copies]).astype(np.int32)
        self.entry_layer = np.append(self.entry_layer, number).astype(np.int8)
        self.calendar = self.calendar.with_entry()
        # A new membership gets a slot of its own.
        self.entry_slot = np.append(self.entry_slot, self.slots.shape[1]).astype(np.int16)
        self.slots = np.column_stack([self.slots, np.full(len(self.slots), self.n_loud, dtype=self.slots.dtype)])
        self.slot_layer = np.append(self.slot_layer, number).astype(np.int8)
