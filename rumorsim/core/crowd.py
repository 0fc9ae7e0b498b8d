"""Keeping pressures true: every switch of a teller, a knower or a membership is pushed along its own edges only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.fabric import ClockFabric, Groups
from rumorsim.core.push import Push
from rumorsim.core.state import NEVER, RumorState
from rumorsim.errors import CoreError

__all__ = ["Crowd"]


class Crowd:
    """The fabric of a batch with the means to push along it.

    Parameters
    ----------
    fabric : list of ClockFabric
    push : Push
        A back end of `rumorsim.core.push`.
    talk : (n_rows,) float32 or None
        Talkativeness in sixteenths; None where pressures count heads.

    Attributes
    ----------
    quiet : list of bool
        Clocks whose contacts all have weight 0: their groups only lend themselves to meetings.
    """

    def __init__(self, fabric: list[ClockFabric], push: Push, talk: NDArray[np.float32] | None) -> None:
        self.fabric = fabric
        self.talk = talk
        self._push = push
        self.quiet = [_quiet(clock) for clock in fabric]

    def switch(self, state: RumorState, heard: NDArray[Any], starting: NDArray[Any], stopped: NDArray[Any]) -> None:
        """Push who now knows, who starts telling and who stops."""
        switching = np.concatenate([starting, stopped]) if len(stopped) else starting
        if len(switching):
            values = np.ones(len(switching), dtype=np.float32) if self.talk is None else self.talk[switching]
            if len(stopped):
                values[len(starting) :] *= np.float32(-1)
        for number, clock in enumerate(self.fabric):
            if self.quiet[number]:
                continue
            if len(switching):
                self._along_ties(clock, True, switching, values, state.pressure[number])
                self._to_groups(clock, state.group_telling[number], switching, values, [state.pressure[number]])
                if state.telling_both:
                    heads = np.sign(values)
                    self._both(clock, switching, heads, state.telling_both[number])
                    # Groups are counted by heads here, which `group_telling` is not when people differ in talk.
                    self._heads_to_groups(clock, switching, heads, state.telling_both[number])
            if len(heard) and (state.knowing or state.knowing_both):
                ones = np.ones(len(heard), dtype=np.float32)
                counters = state.group_knowing[number]
                if state.knowing:
                    self._along_ties(clock, False, heard, ones, state.knowing[number])
                    self._to_groups(clock, counters, heard, ones, [state.knowing[number]])
                    self._less_oneself(clock, heard, state.knowing[number])
                if state.knowing_both:
                    self._both(clock, heard, ones, state.knowing_both[number])
                    self._heads_to_groups(clock, heard, ones, state.knowing_both[number], counters)

    def _along_ties(
        self,
        clock: ClockFabric,
        forward: bool,
        rows: NDArray[Any],
        values: NDArray[np.float32],
        out: NDArray[np.float32],
    ) -> None:
        edges = clock.outgoing if forward else clock.incoming
        if edges is not None:
            self._push(edges.pointer[rows], edges.pointer[rows + 1], edges.other, edges.weight, values, out)

    def _both(
        self, clock: ClockFabric, rows: NDArray[Any], values: NDArray[np.float32], out: NDArray[np.float32]
    ) -> None:
        self._along_ties(clock, True, rows, values, out)
        if not clock.symmetric:
            self._along_ties(clock, False, rows, values, out)

    def _group_change(
        self, groups: Groups, rows: NDArray[Any], values: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the groups whose sum changes and by how much (a whole number)."""
        positions, lengths = groups.positions(rows)
        share = np.repeat(values, lengths)
        if not groups.static:
            share = share * groups.present[positions]
        delta = np.bincount(groups.group[positions], share, minlength=groups.n_groups)
        changed = np.flatnonzero(delta)
        return changed, delta[changed].astype(np.float32)

    def _to_groups(
        self,
        clock: ClockFabric,
        counters: NDArray[np.float32] | None,
        rows: NDArray[Any],
        values: NDArray[np.float32],
        outs: Sequence[NDArray[np.float32]],
        times: float = 1.0,
    ) -> None:
        groups = clock.groups
        if groups is None:
            return
        changed, delta = self._group_change(groups, rows, values)
        if counters is not None:
            counters[changed] += delta
        weight = delta * groups.weight[changed] * np.float32(times)
        for out in outs:
            self._push(groups.pointer[changed], groups.pointer[changed + 1], groups.person, groups.present, weight, out)

    def _heads_to_groups(
        self,
        clock: ClockFabric,
        rows: NDArray[Any],
        values: NDArray[np.float32],
        out: NDArray[np.float32],
        counters: NDArray[np.float32] | None = None,
    ) -> None:
        """Push heads through groups, twice where ties are pushed in both directions, and not to oneself."""
        if clock.groups is None:
            return
        times = 1.0 if clock.symmetric else 2.0
        self._to_groups(clock, counters, rows, values, [out], times)
        self._less_oneself(clock, rows, out, values * np.float32(times))

    def _less_oneself(
        self,
        clock: ClockFabric,
        rows: NDArray[Any],
        out: NDArray[np.float32],
        values: NDArray[np.float32] | None = None,
    ) -> None:
        groups = clock.groups
        if groups is None:
            return
        positions, lengths = groups.positions(rows)
        own = groups.weight[groups.group[positions]] * groups.present[positions]
        if values is not None:
            own = own * np.repeat(values, lengths)
        np.subtract.at(out, groups.person[positions], own)

    # ------------------------------------------------------------------ memberships

    def change_memberships(self, states: Sequence[RumorState], number: int, now: int) -> None:
        """Let the memberships of a clock that begin or end at the start of a tick do so."""
        groups = self.fabric[number].groups
        if groups is None or not len(groups.change_tick):
            return
        first, last = np.searchsorted(groups.change_tick, [now, now + 1])
        if first == last:
            return
        single = len(groups.person) // groups.copies
        shift = np.arange(groups.copies, dtype=np.int64)[:, None] * single
        positions = (groups.change_position[first:last][None, :] + shift).ravel()
        present = np.tile(groups.change_present[first:last], groups.copies)
        self.set_present(states, number, positions, present)

    def set_present(
        self, states: Sequence[RumorState], number: int, positions: NDArray[Any], present: NDArray[np.bool_]
    ) -> None:
        """Begin or end memberships (positions in the compiled arrays) and carry everybody's pressures along."""
        groups = self.fabric[number].groups
        if groups is None:
            return
        new = (groups.present[positions] > 0) != present
        positions, present = positions[new], present[new]
        groups.present[positions] = present
        if self.quiet[number]:
            return
        rows, place = groups.person[positions], groups.group[positions]
        sign = np.where(present, np.float32(1), np.float32(-1))
        for state in states:
            if state.telling_both or state.knowing_both:
                raise CoreError("memberships with a time", given="Daley-Kendall meetings", allowed="fixed groups")
            telling = state.group_telling[number]
            if telling is None:
                continue
            np.add.at(state.pressure[number], rows, sign * telling[place] * groups.weight[place])
            talk = np.ones(len(rows), dtype=np.float32) if self.talk is None else self.talk[rows]
            self._carry(groups, telling, place, sign * talk * state.telling[rows], state.pressure[number])
            if state.knowing:
                knowing = state.group_knowing[number]
                if knowing is None:
                    continue
                np.add.at(state.knowing[number], rows, sign * knowing[place] * groups.weight[place])
                aware = sign * (state.heard_tick[rows] != NEVER)
                self._carry(groups, knowing, place, aware, state.knowing[number])
                # One's own head is in the counter: it was added once too often on entry, taken once too often on exit.
                np.subtract.at(state.knowing[number], rows, aware * groups.weight[place])

    def _carry(
        self,
        groups: Groups,
        counters: NDArray[np.float32],
        place: NDArray[Any],
        values: NDArray[np.float32],
        out: NDArray[np.float32],
    ) -> None:
        delta = np.bincount(place, values, minlength=groups.n_groups)
        changed = np.flatnonzero(delta)
        counters[changed] += delta[changed].astype(np.float32)
        weight = delta[changed].astype(np.float32) * groups.weight[changed]
        self._push(groups.pointer[changed], groups.pointer[changed + 1], groups.person, groups.present, weight, out)

    def move(self, states: Sequence[RumorState], row: int, layer: str, group: int, now: int) -> None:
        """End the row's memberships in a layer and begin one in a group of it (-1: none), from tick `now` on."""
        for number, clock in enumerate(self.fabric):
            groups = clock.groups
            if groups is None or layer not in groups.group_offset:
                continue
            offset = groups.group_offset[layer]
            own = groups.layer_of_group[groups.group] == groups.layer_of_group[offset]
            if group >= 0 and not (
                offset + group < groups.n_groups
                and groups.layer_of_group[offset + group] == groups.layer_of_group[offset]
            ):
                raise CoreError("unknown group", path=layer, given=group, allowed="a group of that layer")
            target = offset + group
            here = np.flatnonzero(own & (groups.person == row))
            leave = here[(groups.present[here] > 0) & (groups.group[here] != target)]
            enter = here[groups.group[here] == target][:1]
            if group >= 0 and not len(enter):
                groups = _with_position(groups, row, target)
                clock.groups = groups
                own = groups.layer_of_group[groups.group] == groups.layer_of_group[offset]
                here = np.flatnonzero(own & (groups.person == row))
                leave = here[(groups.present[here] > 0) & (groups.group[here] != target)]
                enter = here[groups.group[here] == target][:1]
            positions = np.concatenate([leave, enter]) if group >= 0 else leave
            present = np.zeros(len(positions), dtype=np.bool_)
            present[len(leave) :] = True
            self.set_present(states, number, positions, present)
            _write_changes(groups, positions, present, now, here)
            return
        raise CoreError("unknown group layer", given=layer)


def _quiet(clock: ClockFabric) -> bool:
    tied = clock.outgoing is not None and bool(clock.outgoing.weight.any())
    grouped = clock.groups is not None and bool(clock.groups.weight.any())
    return not (tied or grouped)


def _with_position(groups: Groups, row: int, group: int) -> Groups:
    """Return the groups with one more, absent, membership."""
    at = int(groups.pointer[group + 1])
    person = np.insert(groups.person, at, row).astype(np.int32)
    pointer = groups.pointer.copy()
    pointer[group + 1 :] += 1
    person_pointer = groups.person_pointer.copy()
    person_pointer[row + 1 :] += 1

    def shifted(positions: NDArray[Any]) -> NDArray[np.int32]:
        return np.where(positions >= at, positions + 1, positions).astype(np.int32)

    return replace(
        groups,
        pointer=pointer,
        person=person,
        group=np.insert(groups.group, at, group).astype(np.int32),
        present=np.insert(groups.present, at, 0).astype(np.float32),
        first_present=np.insert(groups.first_present, at, False),
        person_pointer=person_pointer,
        of_person=np.argsort(person, kind="stable").astype(np.int32),
        change_position=shifted(groups.change_position),
        position_of_entry={name: shifted(where) for name, where in groups.position_of_entry.items()},
        static=False,
    )


def _write_changes(
    groups: Groups, positions: NDArray[Any], present: NDArray[np.bool_], now: int, own: NDArray[Any]
) -> None:
    """Enter unplanned changes in the calendar, in place of what was planned for the same memberships later on."""
    stay = ~(np.isin(groups.change_position, own) & (groups.change_tick >= now))
    tick = np.concatenate([groups.change_tick[stay], np.full(len(positions), now, dtype=np.int32)])
    place = np.concatenate([groups.change_position[stay], positions.astype(np.int32)])
    begins = np.concatenate([groups.change_present[stay], present])
    order = np.argsort(tick, kind="stable")
    groups.change_tick, groups.change_position, groups.change_present = tick[order], place[order], begins[order]
    groups.static = False
