"""The compiled form of contacts: whole-number weights, ready to be pushed, for a batch of replicates.

Weights are whole multiples of a power of two, held in float32, such that no sum over a person's contacts can reach
2**24: every pressure is a whole number that float32 holds exactly, whatever the order of addition, and what is
switched on and off cancels to exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts import Contacts, GroupLayer, TieLayer
from rumorsim.core.push import expand
from rumorsim.errors import CoreError

__all__ = ["TALK_UNIT", "ClockFabric", "EdgeRows", "Groups", "weave"]

#: Talkativeness is a whole number of sixteenths; an ordinary person has 16.
TALK_UNIT = 16
_EXACT = float(2**24)
#: Finest and coarsest unit of weight, as negative powers of two.
_FINEST, _COARSEST = 60, -20


@dataclass(frozen=True, eq=False)
class EdgeRows:
    """Edges of a clock by one end: pointer (rows + 1,), other and layer (e,) integers, weight (e,) whole float32."""

    pointer: NDArray[np.int32]
    other: NDArray[np.int32]
    weight: NDArray[np.float32]
    layer: NDArray[np.int8]


@dataclass(eq=False)
class Groups:
    """Memberships of all group layers of a clock, by group and by person.

    `weight` (groups,) is the whole-number weight of one ordinary teller in the group. Positions are sorted by group;
    `of_person` lists positions by person. `present` (float32 0 or 1) changes as memberships begin and end.
    """

    n_groups: int
    weight: NDArray[np.float32]
    layer_of_group: NDArray[np.int8]
    pointer: NDArray[np.int32]
    person: NDArray[np.int32]
    group: NDArray[np.int32]
    present: NDArray[np.float32]
    person_pointer: NDArray[np.int32]
    of_person: NDArray[np.int32]
    change_tick: NDArray[np.int32]
    change_position: NDArray[np.int32]
    change_present: NDArray[np.bool_]
    group_offset: dict[str, int]
    position_of_entry: dict[str, NDArray[np.int32]]
    groups_a_replicate: int
    first_present: NDArray[np.bool_]
    static: bool

    @property
    def copies(self) -> int:
        """Number of replicates laid side by side."""
        return self.n_groups // self.groups_a_replicate

    def positions(self, rows: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return all membership positions of the rows, and how many each row has."""
        starts, ends = self.person_pointer[rows], self.person_pointer[rows + 1]
        return self.of_person[expand(starts, ends)], (ends - starts).astype(np.int64)


@dataclass(eq=False)
class ClockFabric:
    """Everything that follows one clock.

    `unit` is the hazard a day of one whole number of `pressure` (which counts tellers by their talkativeness),
    `head_unit` that of one whole number of `knowing` (which counts heads): hazard = number * unit * clock factor.
    """

    name: str
    unit: float
    head_unit: float
    outgoing: EdgeRows | None
    incoming: EdgeRows | None
    symmetric: bool
    groups: Groups | None
    support: NDArray[np.int32] | None


def _unit(strength: float, talk: int) -> float:
    """Return the finest power of two in which a total strength stays below 2**24."""
    for power in range(_FINEST, _COARSEST - 1, -1):
        if strength * 2.0**power * talk < _EXACT:
            return 2.0**-power
    raise CoreError("sum of contact weights at one person", given=strength, allowed="less")


def _tiled_edges(
    pointer: NDArray[np.int32],
    other: NDArray[Any],
    weight: NDArray[np.float32],
    layer: NDArray[np.int8],
    n: int,
    copies: int,
) -> EdgeRows:
    if copies == 1:
        return EdgeRows(pointer, other.astype(np.int32), weight, layer)
    edges = len(other)
    if edges * copies >= 2**31:
        raise CoreError("edges in a batch", given=edges * copies, allowed="fewer than 2**31: a smaller batch")
    shift = np.repeat(np.arange(copies, dtype=np.int32) * n, edges)
    starts = (pointer[:-1][None, :] + (np.arange(copies, dtype=np.int64) * edges)[:, None]).ravel()
    return EdgeRows(
        np.append(starts, edges * copies).astype(np.int32),
        np.tile(other.astype(np.int32), copies) + shift,
        np.tile(weight, copies),
        np.tile(layer, copies),
    )


def _edges_by(
    n: int,
    row: NDArray[Any],
    other: NDArray[Any],
    weight: NDArray[np.float32],
    layer: NDArray[np.int8],
    labels: NDArray[Any],
) -> tuple[NDArray[np.int32], NDArray[Any], NDArray[np.float32], NDArray[np.int8]]:
    order = np.lexsort((layer, labels[other], row))
    pointer = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=n), out=pointer[1:])
    return pointer, other[order], weight[order], layer[order]


def _weave_ties(
    layers: list[tuple[int, TieLayer]], n: int, unit: float, labels: NDArray[Any], copies: int
) -> tuple[EdgeRows, EdgeRows, bool]:
    source = np.concatenate([layer.network.source for _, layer in layers])
    target = np.concatenate([layer.network.target for _, layer in layers])
    weight = np.concatenate([np.rint(layer.rate * layer.network.weight / unit) for _, layer in layers])
    number = np.concatenate([np.full(layer.network.n_edges, k, dtype=np.int8) for k, layer in layers])
    whole = weight.astype(np.float32)
    out = _edges_by(n, source, target, whole, number, labels)
    into = _edges_by(n, target, source, whole, number, labels)
    symmetric = all(np.array_equal(a, b) for a, b in zip(out, into, strict=True))
    outgoing = _tiled_edges(*out, n, copies)
    incoming = outgoing if symmetric else _tiled_edges(*into, n, copies)
    return outgoing, incoming, symmetric


def _weave_groups(
    layers: list[tuple[int, GroupLayer]], n: int, unit: float, labels: NDArray[Any], copies: int, n_ticks: int
) -> Groups:
    offset: dict[str, int] = {}
    person, group, present, weights, number = [], [], [], [], []
    ticks, entries, begins = [], [], []
    total, rows = 0, 0
    for k, layer in layers:
        offset[layer.name] = total
        person.append(layer.person)
        group.append(layer.group.astype(np.int64) + total)
        present.append(layer.present)
        weights.append(np.rint(layer.hazard / unit))
        number.append(np.full(layer.n_groups, k, dtype=np.int8))
        ticks.append(layer.changes.tick)
        entries.append(layer.changes.entry.astype(np.int64) + rows)
        begins.append(layer.changes.present)
        total += layer.n_groups
        rows += len(layer.person)
    all_person = np.concatenate(person)
    all_group = np.concatenate(group)
    order = np.lexsort((labels[all_person], all_group))
    where = np.empty(rows, dtype=np.int64)
    where[order] = np.arange(rows)
    shift = np.arange(copies, dtype=np.int64)
    group_tiled = (all_group[order][None, :] + (shift * total)[:, None]).ravel().astype(np.int32)
    person_tiled = (all_person[order][None, :] + (shift * n)[:, None]).ravel().astype(np.int32)
    pointer = np.zeros(total * copies + 1, dtype=np.int32)
    np.cumsum(np.bincount(group_tiled, minlength=total * copies), out=pointer[1:])
    by_person = np.argsort(person_tiled, kind="stable").astype(np.int32)
    person_pointer = np.zeros(n * copies + 1, dtype=np.int32)
    np.cumsum(np.bincount(person_tiled, minlength=n * copies), out=person_pointer[1:])
    tick = np.concatenate(ticks)
    by_tick = np.argsort(tick, kind="stable")
    by_tick = by_tick[tick[by_tick] < n_ticks]
    first = 0
    position: dict[str, NDArray[np.int32]] = {}
    for _, layer in layers:
        position[layer.name] = where[first : first + len(layer.person)].astype(np.int32)
        first += len(layer.person)
    return Groups(
        n_groups=total * copies,
        weight=np.tile(np.concatenate(weights).astype(np.float32), copies),
        layer_of_group=np.tile(np.concatenate(number), copies),
        pointer=pointer,
        person=person_tiled,
        group=group_tiled,
        present=np.tile(np.concatenate(present)[order].astype(np.float32), copies),
        person_pointer=person_pointer,
        of_person=by_person,
        change_tick=tick[by_tick].astype(np.int32),
        change_position=where[np.concatenate(entries)[by_tick]].astype(np.int32),
        change_present=np.concatenate(begins)[by_tick],
        group_offset=offset,
        position_of_entry=position,
        groups_a_replicate=total,
        first_present=np.concatenate(present)[order],
        static=bool(np.concatenate(present).all()) and not len(tick),
    )


def weave(contacts: Contacts, labels: NDArray[Any], talk_most: int, copies: int, n_ticks: int) -> list[ClockFabric]:
    """Compile contacts for a batch of `copies` replicates laid side by side.

    Parameters
    ----------
    contacts : Contacts
    labels : (n,) integers
        Addresses of people; members and neighbors are kept in their order, so that choices among them do not
        depend on the numbering.
    talk_most : int
        Largest talkativeness in sixteenths; 1 when everybody is ordinary and pressures count heads.
    copies : int
    n_ticks : int
        Membership changes at or after the last tick are dropped.

    Returns
    -------
    list of ClockFabric, one a clock, in the order of `contacts.clocks`
    """
    woven = []
    for clock in contacts.clocks:
        ties = [
            (k, layer)
            for k, layer in enumerate(contacts.layers)
            if isinstance(layer, TieLayer) and layer.clock == clock
        ]
        crowds = [
            (k, layer)
            for k, layer in enumerate(contacts.layers)
            if isinstance(layer, GroupLayer) and layer.clock == clock
        ]
        strength_in = np.zeros(contacts.n)
        strength_out = np.zeros(contacts.n)
        for _, tie in ties:
            strength_in += tie.rate * np.bincount(tie.network.target, tie.network.weight, minlength=contacts.n)
            strength_out += tie.rate * np.bincount(tie.network.source, tie.network.weight, minlength=contacts.n)
        for _, crowd in crowds:
            heads = np.bincount(crowd.group, minlength=crowd.n_groups)
            inside = (crowd.hazard * np.maximum(heads, 1))[crowd.group]
            through = np.bincount(crowd.person, inside, minlength=contacts.n)
            strength_in += through
            strength_out += through
        unit = _unit(2.0 * float(max(strength_in.max(), strength_out.max())) + 1e-3, talk_most)
        tied = _weave_ties(ties, contacts.n, unit, labels, copies) if ties else None
        groups = _weave_groups(crowds, contacts.n, unit, labels, copies, n_ticks) if crowds else None
        touched = np.flatnonzero(strength_in + strength_out > 0)
        support = None
        if len(touched) < contacts.n // 4:
            support = (touched[None, :] + (np.arange(copies) * contacts.n)[:, None]).ravel().astype(np.int32)
        woven.append(
            ClockFabric(
                clock,
                unit / (TALK_UNIT if talk_most > 1 else 1),
                unit,
                tied[0] if tied else None,
                tied[1] if tied else None,
                tied[2] if tied else True,
                groups,
                support,
            )
        )
    return woven
