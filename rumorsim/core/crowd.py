"""Keeping pressures true: every switch of a teller, a knower or a membership is pushed along its own edges only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.fabric import EdgeRows, Fabric
from rumorsim.core.groups import Changes
from rumorsim.core.push import Push, expand, in_order
from rumorsim.core.state import NEVER, RumorState
from rumorsim.errors import CoreError

__all__ = ["Crowd"]


class Crowd:
    """A fabric with the means to push along it.

    Parameters
    ----------
    fabric : Fabric
    push : Push
        A back end of `rumorsim.core.push`.
    talk : (rows,) float32 or None
        Talkativeness in sixteenths; None where pressures count heads.
    n : int
        People of one copy.
    """

    def __init__(self, fabric: Fabric, push: Push, talk: NDArray[np.float32] | None, n: int) -> None:
        self.fabric = fabric
        self.talk = talk
        self._push = push
        self._n = n
        #: Rows out of reach of ties, by clock, for the clocks whose ties have a home.
        self.away: dict[int, NDArray[np.bool_]] = {}
        self._away_rows: dict[int, NDArray[np.int64]] = {}
        for number, clock in enumerate(fabric.clocks):
            if clock.home is not None and fabric.groups is not None:
                away, rows = fabric.groups.keep(("away", number), partial(self._away_at_first, number))
                self.away[number], self._away_rows[number] = away.copy(), rows
        #: Clocks whose ties have a home and that hold other groups too, which reach people wherever they are.
        self._also_in_groups = {number for number in self.away if self._holds_other_groups(number)}

    def _holds_other_groups(self, number: int) -> bool:
        groups = self.fabric.groups
        if groups is None:
            return False
        home = groups.layer_number[str(self.fabric.clocks[number].home)]
        return bool(((groups.slot_clock() == number) & (groups.slot_layer != home)).any())

    def switch(self, state: RumorState, heard: NDArray[Any], starting: NDArray[Any], stopped: NDArray[Any]) -> None:
        """Push who now knows (ascending), who starts telling and who stops."""
        switching = np.concatenate([starting, stopped]) if len(stopped) else starting
        if len(switching):
            signs = np.ones(len(switching), dtype=np.float32)
            signs[len(starting) :] = -1
            order = switching.argsort(kind="stable")
            self._tell(state, switching.take(order), signs.take(order))
        if len(heard) and (state.knowing or state.knowing_both):
            self._know(state, heard)

    def _tell(self, state: RumorState, rows: NDArray[Any], signs: NDArray[np.float32]) -> None:
        """Push rows (ascending) that start to tell (sign 1) or stop (sign -1)."""
        values = signs if self.talk is None else signs * self.talk.take(rows)
        for number, clock in enumerate(self.fabric.clocks):
            if clock.outgoing is None or clock.quiet:
                continue
            near = values
            if number in self.away:
                near = values * ~self.away[number].take(rows)
            self._along(clock.outgoing, rows, near, state.pressure[number])
            if state.telling_both and clock.incoming is not None:
                self._along(clock.outgoing, rows, signs, state.telling_both[number])
                if not clock.symmetric:
                    self._along(clock.incoming, rows, signs, state.telling_both[number])
        groups = self.fabric.groups
        if groups is not None and groups.slots.shape[1]:
            slots = groups.slots.take(rows, axis=0).ravel()
            self._through_groups(state, *_summed(slots, np.repeat(values, groups.slots.shape[1]), groups.n_loud))
            if len(state.group_heads):
                np.add.at(state.group_heads, slots, np.repeat(signs, groups.slots.shape[1]))
                state.group_heads[-1] = 0

    def _know(self, state: RumorState, rows: NDArray[Any]) -> None:
        """Push rows (ascending) that now know."""
        ones = np.ones(len(rows), dtype=np.float32)
        for number, clock in enumerate(self.fabric.clocks):
            if clock.outgoing is None or clock.incoming is None or clock.quiet:
                continue
            if state.knowing:
                self._along(clock.incoming, rows, ones, state.knowing[number])
            if state.knowing_both:
                self._along(clock.outgoing, rows, ones, state.knowing_both[number])
                if not clock.symmetric:
                    self._along(clock.incoming, rows, ones, state.knowing_both[number])
        groups = self.fabric.groups
        if groups is not None and groups.slots.shape[1]:
            np.add.at(state.group_knowing, groups.slots.take(rows, axis=0).ravel(), np.float32(1))
            state.group_knowing[-1] = 0

    def _along(
        self, edges: EdgeRows, rows: NDArray[Any], values: NDArray[np.float32], out: NDArray[np.float32]
    ) -> None:
        """Push values of rows (ascending) along their edges."""
        starts, ends = edges.pointer.take(rows), edges.pointer[1:].take(rows)
        if 2 * len(edges.other) < len(edges.pointer):  # few have any edge at all
            some = (ends > starts).nonzero()[0]
            if not len(some):
                return
            starts, ends, values = starts[some], ends[some], values[some]
        self._push(starts, ends, edges.other, edges.weight, values, out)

    def _through_groups(self, state: RumorState, changed: NDArray[Any], change: NDArray[np.float32]) -> None:
        """Add changes of talk in some groups to the counters and to the pressure of everybody present."""
        groups = self.fabric.groups
        if groups is None or not len(changed):
            return
        state.group_telling[changed] += change
        change = change * groups.weight.take(changed)
        starts, ends = groups.members(changed)
        self._push(starts, ends, groups.target, groups.present, change, state.pressures)

    # ------------------------------------------------------------------ memberships

    def change_memberships(self, states: Sequence[RumorState], now: int) -> None:
        """Let the memberships that begin or end at the start of a tick do so."""
        groups = self.fabric.groups
        planned = None if groups is None else groups.planned(now)
        if planned is not None:
            self._carry_along(states, planned)

    def set_present(self, states: Sequence[RumorState], entries: NDArray[Any], present: NDArray[np.bool_]) -> None:
        """Begin or end memberships in every copy and carry everybody's pressures along."""
        groups = self.fabric.groups
        if groups is not None and len(entries):
            self._carry_along(states, groups.real(groups.changes(entries, present)))

    def _carry_along(self, states: Sequence[RumorState], changes: Changes) -> None:
        """Enter changes, none of which finds a membership already as it wants it."""
        groups = self.fabric.groups
        if groups is None:
            return
        groups.enter(changes)
        rows, place, sign = changes.rows, changes.place, changes.sign
        for state in states:
            gained = state.group_telling.take(place)
            some = gained.nonzero()[0]
            if len(some):
                spot = place[some]
                gained = gained[some] * groups.weight.take(spot) * sign[some]
                np.add.at(state.pressures, changes.target[some], gained)
            telling = state.telling.take(rows).nonzero()[0]
            if len(telling):
                heads = sign[telling]
                talk = heads if self.talk is None else heads * self.talk.take(rows[telling])
                self._through_groups(state, *_summed(place[telling], talk.astype(np.float32), groups.n_loud))
                if len(state.group_heads):
                    np.add.at(state.group_heads, place[telling], heads)
            if len(state.group_knowing):
                aware = (state.heard_tick.take(rows) != NEVER).nonzero()[0]
                np.add.at(state.group_knowing, place[aware], sign[aware])
        for number in self.away:
            self._come_and_go(states, number, changes)

    # ------------------------------------------------------------------ out of reach

    def _away_at_first(self, number: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return who is out of reach of the ties of a clock at the start, as a mask over all rows and listed."""
        groups, home = self.fabric.groups, self.fabric.clocks[number].home
        away = np.zeros(self.fabric.copies * self._n, dtype=np.bool_)
        if groups is not None and home is not None:
            _, persons = groups.members_of(home)
            members = in_order(persons)
            rows = (members + self._n * np.arange(self.fabric.copies)[:, None]).ravel()
            away[rows] = groups.away(home, rows)
        return away, away.nonzero()[0]

    def _come_and_go(self, states: Sequence[RumorState], number: int, changes: Changes) -> None:
        """Cut off those who leave from the ties of a clock, and join those who come back."""
        clock, groups = self.fabric.clocks[number], self.fabric.groups
        if groups is None:
            return
        if number not in changes.kept:
            layer = groups.layer_number[str(clock.home)]
            moved = groups.entry_layer[groups.position_entry[changes.positions]] == layer
            rows = in_order(groups.person[changes.positions[moved]])
            before, after = self.away[number][rows], groups.away(str(clock.home), rows)
            leaving, coming = rows[after & ~before], rows[before & ~after]
            self.away[number][rows] = after
            changes.kept[number] = (leaving, coming, self.away[number].nonzero()[0])
        leaving, coming, self._away_rows[number] = changes.kept[number]
        self.away[number][leaving] = True
        self.away[number][coming] = False
        for state in states:
            for who, sign in ((leaving, -1), (coming, 1)):
                tellers = who[state.telling.take(who)]
                if len(tellers) and clock.outgoing is not None:
                    talk = np.ones(len(tellers), np.float32) if self.talk is None else self.talk[tellers]
                    self._along(clock.outgoing, tellers, talk * np.float32(sign), state.pressure[number])
            if len(coming):
                state.pressure[number][coming] = self._recounted(state, number, coming)

    def _recounted(self, state: RumorState, number: int, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return the pressure of a clock on rows, counted from everybody who tells now."""
        clock = self.fabric.clocks[number]
        total = self._pressure_in_groups(state, number, rows)
        if clock.incoming is not None:
            starts, ends = clock.incoming.pointer.take(rows), clock.incoming.pointer[1:].take(rows)
            edges = expand(starts, ends)
            other = clock.incoming.other.take(edges)
            loud = state.telling.take(other).nonzero()[0]
            other, edges = other[loud], edges[loud]
            owner = np.repeat(np.arange(len(rows)), ends - starts)[loud]
            weight = clock.incoming.weight.take(edges) * ~self.away[number].take(other)
            if self.talk is not None:
                weight = weight * self.talk.take(other)
            np.add.at(total, owner, weight)
        return total

    def _pressure_in_groups(self, state: RumorState, number: int, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return what the groups of a clock put on rows that do not tell."""
        groups = self.fabric.groups
        total = np.zeros(len(rows), dtype=np.float32)
        if groups is not None:
            for column in (groups.slot_clock() == number).nonzero()[0]:
                place = groups.slots[rows, column]
                total += state.group_telling.take(place) * groups.weight.take(place)
        return total

    def keep_away(self, state: RumorState) -> None:
        """Let nothing that was pushed along ties reach those who are away; they count anew when they come back."""
        for number, rows in self._away_rows.items():
            if len(rows):
                state.pressure[number][rows] = (
                    self._pressure_in_groups(state, number, rows) if number in self._also_in_groups else 0
                )

    def move(self, states: Sequence[RumorState], person: int, layer: str, group: int, now: int) -> None:
        """End a person's memberships in a layer and begin one in a group of it (-1: none), from tick `now` on."""
        groups = self.fabric.groups
        if groups is None or layer not in groups.first_group:
            known = () if groups is None else sorted(groups.first_group)
            raise CoreError("unknown group layer", path="layer", given=layer, allowed=known)
        number = groups.layer_number[layer]
        if group >= 0:
            target = groups.first_group[layer][0] + group
            if target >= groups.n_groups or groups.layer_of_group[target] != number:
                raise CoreError("unknown group", path=layer, given=group, allowed="a group of that layer")
            first, last = groups.pointer[target], groups.pointer[target + 1]
            if person not in groups.person[first:last]:
                self.fabric = replace(self.fabric, groups=groups.with_entry(person, self._n, layer, group))
                for state in states:
                    state.fabric = self.fabric
                groups = self.fabric.groups
                if groups is None:
                    return
        own = groups.entry_position[0]
        mine = np.flatnonzero((groups.person[own] == person) & (groups.entry_layer == number))
        home = groups.group[own[mine]] - groups.first_group[layer][0]
        here = groups.present[own[mine]] > 0
        leave = mine[here & (home != group)]
        enter = mine[home == group][-1:] if group >= 0 and not (here & (home == group)).any() else mine[:0]
        entries = np.concatenate([leave, enter])
        present = np.concatenate([np.zeros(len(leave), np.bool_), np.ones(len(enter), np.bool_)])
        groups.write_changes(entries, present, now, mine)
        self.set_present(states, entries, present)


def _summed(
    groups: NDArray[Any], values: NDArray[np.float32], n_loud: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the groups below n_loud whose values do not sum to 0, ascending, and the sums (whole numbers)."""
    if n_loud < 50 * len(groups):
        total = np.zeros(n_loud + 1, dtype=np.float32)
        np.add.at(total, groups, values)
        changed = (total[:-1] != 0).nonzero()[0]
        return changed, total[changed]
    different = in_order(groups)
    total = np.zeros(len(different), dtype=np.float32)
    np.add.at(total, np.searchsorted(different, groups), values)
    keep = ((total != 0) & (different < n_loud)).nonzero()[0]
    return different[keep].astype(np.int64), total[keep]
