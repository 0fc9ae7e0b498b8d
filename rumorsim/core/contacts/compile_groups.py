"""Compiling group layers: who starts where, what the calendar changes, and in which slot of a person a group goes."""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import in_joint_order, order_of
from rumorsim.core.contacts.layers import GroupLayer, TieLayer
from rumorsim.core.contacts.membership_calendar import Calendar
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.errors import CoreError

__all__ = ["compile_groups", "in_units", "strongest_in_groups"]


def _slots_of_entries(
    person: NDArray[Any], present: NDArray[np.bool_], entry: NDArray[Any], tick: NDArray[Any], begins: NDArray[np.bool_]
) -> tuple[NDArray[np.int16], int]:
    """Give every membership of a layer a slot that no other membership of the person holds at the same time.

    Returns the slot of each entry, one for all the times it begins, and how many slots are needed. People who never
    hold two memberships at once, nearly everybody, use the first slot; the few others are gone through one by one.
    """
    slot = np.zeros(len(person), dtype=np.int16)
    several = _ever_in_several(person, present, entry, tick, begins)
    if not several.any():
        return slot, int(len(person) > 0)
    mine, changing = np.flatnonzero(several[person] & present), np.flatnonzero(several[person[entry]])
    numbers = np.concatenate([mine, entry[changing]])
    when = np.concatenate([np.full(len(mine), -1), tick[changing]])
    begin_at = np.concatenate([np.ones(len(mine), dtype=np.bool_), begins[changing]])
    order = np.lexsort((numbers, begin_at, when, person[numbers]))  # endings of a tick come first
    columns = (person[numbers][order].tolist(), begin_at[order].tolist(), numbers[order].tolist())
    for _, history in groupby(zip(*columns, strict=True), itemgetter(0)):
        held: set[int] = set()
        beside: dict[int, set[int]] = {}
        for _, begin, number in history:
            if not begin:
                held.discard(number)
                continue
            beside.setdefault(number, set()).update(held)
            for other in held:
                beside[other].add(number)
            held.add(number)
        given: dict[int, int] = {}
        for number, others in beside.items():
            taken = {given[other] for other in others - {number} if other in given}
            given[number] = next(k for k in range(len(taken) + 1) if k not in taken)
            slot[number] = given[number]
    return slot, int(slot.max()) + 1


def _ever_in_several(
    person: NDArray[Any], present: NDArray[np.bool_], entry: NDArray[Any], tick: NDArray[Any], begins: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return who may hold two memberships of a layer at once, by person: whoever does, or whose changes are odd."""
    n = int(person.max()) + 1 if len(person) else 1
    several = np.bincount(person[present], minlength=n) > 1
    # Only those with two entries or more can.
    some = (np.bincount(person, minlength=n) > 1)[person]
    changing = some[entry].nonzero()[0]
    if not len(changing):
        return several
    entry, tick, begins = entry[changing], tick[changing], begins[changing]
    # A membership that begins while it lasts, or ends while it does not, cannot be counted: its person is odd.
    whose, _, begin = in_joint_order(entry, tick, begins)  # endings of a tick come first
    before = np.append(False, begin[:-1])
    first = np.append(True, whose[1:] != whose[:-1])
    before[first] = present[whose[first]]
    several[person[whose[before == begin]]] = True
    most = _running_most(person[entry], tick, begins, np.bincount(person[present], minlength=n))
    return np.asarray(several | (most > 1))


def _running_most(
    who: NDArray[Any], tick: NDArray[Any], begins: NDArray[np.bool_], at_first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the most memberships in force at one time, given those at first and what begins and ends later."""
    most = at_first.copy()
    if not len(who):
        return most
    who, _, begin = in_joint_order(who, tick, begins)
    step = np.where(begin, 1, -1)
    running = np.cumsum(step)
    first = np.append(True, who[1:] != who[:-1]).nonzero()[0]
    # Totals run on from one to the next, so what had run up before is taken off again.
    highest = np.maximum.reduceat(running, first) - (running[first] - step[first])
    most[who[first]] += np.maximum(highest, 0)
    return most


def _most_at_once(key: NDArray[Any], n_keys: int, layer: GroupLayer) -> NDArray[np.int64]:
    """Return, for each key (a column beside the layer's memberships), the most memberships in force at one time."""
    changes = layer.changes
    at_first = np.bincount(key[layer.present], minlength=n_keys)
    return _running_most(key[changes.entry], changes.tick, changes.present, at_first)


def strongest_in_groups(layer: GroupLayer, n: int) -> NDArray[np.float64]:
    """Return a bound on the weight that can reach each of n persons through a layer at any one time.

    It counts the most members that a group ever holds and the most groups that a person is ever in, not everybody who
    ever passes through: a coarser bound would make the unit of all weights of the clock coarser than need be.
    """
    strongest = np.zeros(n)
    if not layer.hazard.any():  # groups that only meet
        return strongest
    largest = layer.hazard * np.maximum(_most_at_once(layer.group, layer.n_groups, layer), 1)
    np.maximum.at(strongest, layer.person, largest[layer.group])
    return strongest * np.maximum(_most_at_once(layer.person, n, layer), 1)


def in_units(layer: TieLayer | GroupLayer, weight: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Return weights as whole numbers of a unit; CoreError where that changes one by more than the layer allows."""
    exact = weight / unit
    if isinstance(layer, GroupLayer) and len(exact):
        # The unit knows nothing of groups that never have a member; nothing is ever heard in them.
        exact = np.where(np.bincount(layer.group, minlength=len(exact)) > 0, exact, np.rint(exact))
    rounded: NDArray[np.float64] = np.rint(exact)
    # Half a unit is all that rounding can change: large weights need no second look.
    if len(exact) and exact.min() * layer.rounding < 0.5:
        change = np.abs(rounded - exact)
        wrong = (change > layer.rounding * exact).nonzero()[0]
        if len(wrong):
            worst = wrong[change[wrong].argmax()] if rounded[wrong].all() else wrong[(rounded[wrong] == 0).argmax()]
            least = 0.5 / layer.rounding * unit if layer.rounding else np.inf
            raise CoreError(
                f"weight that rounding would change to {rounded[worst] * unit:.6g}",
                path=f"{layer.name}, rate times weight [{int(worst)}]",
                given=float(weight[worst]),
                allowed=f"0, or {least:.6g} and more beside the largest sum of weights of this clock: leave the weak "
                "contact out, give it a clock of its own, or use simulate_exact, which does not round",
            )
    return rounded


def _in_order_of_groups(group: NDArray[np.int64], label: NDArray[Any]) -> NDArray[np.int64]:
    """Return the order of memberships by group, then by the label of the person."""
    bits = int(label.max(initial=0)).bit_length()
    if label.min(initial=0) < 0 or int(group.max(initial=0)).bit_length() + bits > 63:
        return np.lexsort((label, group))
    return order_of((group << bits) + label.astype(np.int64))


def compile_groups(
    grouped: list[list[tuple[int, GroupLayer, float]]],
    quiet: list[bool],
    n: int,
    labels: NDArray[Any],
    copies: int,
    n_ticks: int,
) -> Memberships:
    """Compile the group layers of all clocks: per clock a list of (layer number, layer, unit of weight)."""
    # One copy first: groups and memberships are numbered clock by clock, then layer by layer.
    columns: list[tuple[NDArray[Any], ...]] = []
    changes: list[tuple[NDArray[Any], ...]] = []
    by_group: list[tuple[NDArray[Any], NDArray[Any]]] = []
    first_group: dict[str, NDArray[np.int64]] = {}
    layer_number: dict[str, int] = {}
    slot_layer: list[int] = []
    steps = np.arange(copies, dtype=np.int64)
    starts, n_entries = [0], 0
    for members, is_quiet in zip(grouped, quiet, strict=True):
        first, width = starts[-1], sum(layer.n_groups for _, layer, _ in members)
        begin = first
        for number, layer, unit in members:
            m = len(layer.person)
            kept = layer.changes.tick < n_ticks
            tick, entry, begins = layer.changes.tick[kept], layer.changes.entry[kept], layer.changes.present[kept]
            slot, most = np.zeros(m, dtype=np.int16), 0
            if not is_quiet:
                slot, most = _slots_of_entries(layer.person, layer.present, entry, tick, begins)
            numbers = np.full(m, number, dtype=np.int8)
            group = layer.group.astype(np.int64) + begin
            columns.append((layer.person, group, layer.present, numbers, slot + len(slot_layer)))
            changes.append((tick, entry.astype(np.int64) + n_entries, begins))
            by_group.append((in_units(layer, layer.hazard, unit), np.full(layer.n_groups, number, dtype=np.int8)))
            # The groups of a clock lie copy by copy, so those of the clocks before it come `copies` times.
            first_group[layer.name] = begin + (copies - 1) * first + steps * width
            layer_number[layer.name] = number
            slot_layer += [number] * most
            begin += layer.n_groups
            n_entries += m
        starts.append(begin)
    person, group, present, entry_layer, entry_slot = (np.concatenate(column) for column in zip(*columns, strict=True))
    ticks, entries, begin_at = (np.concatenate(column) for column in zip(*changes, strict=True))
    weight, layer_of_group = (np.concatenate(column) for column in zip(*by_group, strict=True))

    # Then all copies, clock by clock and copy by copy; the members of a group stand in the order of their labels.
    bounds = copies * np.array(starts, dtype=np.int64)
    own = np.concatenate([np.tile(np.arange(first, end), copies) for first, end in pairwise(starts)])
    in_order = _in_order_of_groups(group, labels.take(person))
    cuts = np.searchsorted(group.take(in_order), starts).tolist()
    entry_position = np.empty((copies, n_entries), dtype=np.int32)
    all_person, all_group, target, position_entry = np.empty((4, copies * n_entries), dtype=np.int32)
    here = np.empty(copies * n_entries, dtype=np.float32)
    n_loud = int(bounds[quiet.count(False)])
    slots = np.full((n * copies, len(slot_layer)), n_loud, dtype=np.int16 if n_loud < 2**15 else np.int32)
    copy = steps.astype(np.int32)[:, None]
    for clock, ((first, end), (begin, stop)) in enumerate(zip(pairwise(starts), pairwise(cuts), strict=True)):
        mine, span = in_order[begin:stop], slice(copies * begin, copies * stop)

        def in_copies(column: NDArray[Any], span: slice = span) -> NDArray[Any]:
            return column[span].reshape(copies, -1)

        rows = np.add(person.take(mine), copy * n, out=in_copies(all_person))
        groups = in_copies(all_group)
        groups[:] = group.take(mine) + ((copies - 1) * first + copy * (end - first))
        np.add(rows, clock * (n * copies), out=in_copies(target))
        in_copies(position_entry)[:] = mine
        in_copies(here)[:] = present.take(mine)
        entry_position[:, mine] = copies * begin + copy * (stop - begin) + np.arange(stop - begin)
        # Slots as they are at the start; only groups of loud clocks have any.
        if not quiet[clock]:
            seated = present.take(mine).nonzero()[0]
            places = rows.take(seated, axis=1).astype(np.int64) * len(slot_layer) + entry_slot.take(mine.take(seated))
            slots.put(places, groups.take(seated, axis=1))
    pointer = np.zeros(len(own) + 1, dtype=np.int32)
    np.cumsum(np.bincount(group, minlength=starts[-1])[own], out=pointer[1:])
    # Changes of one tick stand in the order of their positions: what they touch is gone through in one direction.
    by_tick = order_of(ticks.astype(np.int64) * len(position_entry) + entry_position[0].take(entries))
    return Memberships(
        n_groups=len(own),
        n_loud=n_loud,
        bounds=bounds,
        weight=np.append(weight[own[:n_loud]], 0.0).astype(np.float32),
        layer_of_group=layer_of_group[own],
        pointer=pointer,
        person=all_person,
        group=all_group,
        target=target,
        present=here,
        slots=slots,
        slot_layer=np.array(slot_layer, dtype=np.int8),
        entry_position=entry_position,
        position_entry=position_entry,
        entry_layer=entry_layer,
        calendar=Calendar(
            present.astype(np.bool_),
            ticks[by_tick].astype(np.int32),
            entries[by_tick].astype(np.int32),
            begin_at[by_tick].astype(np.bool_),
        ),
        first_group=first_group,
        layer_number=layer_number,
        entry_slot=entry_slot.astype(np.int16),
    )
