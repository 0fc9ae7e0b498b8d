"""The compiled form of contacts: whole-number weights, ready to be pushed, for copies of the population.

Weights are whole multiples of a power of two, held in float32, such that no sum over a person's contacts can reach
2**24: every pressure is a whole number that float32 holds exactly, whatever the order of addition, and what is
switched on and off cancels to exactly 0. Copies (replicates, or rumors that obey one rule) lie side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.compile_groups import compile_groups, in_units, strongest_in_groups
from rumorsim.core.contacts.layers import Contacts, GroupLayer, TieLayer
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.errors import CoreError

__all__ = ["TALK_UNIT", "CompiledClock", "CompiledContacts", "EdgeRows", "compile_contacts"]

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


@dataclass(frozen=True, eq=False)
class CompiledClock:
    """The ties of one clock, and its units.

    `unit` is the hazard a day of one whole number of `pressure` (which counts tellers by their talkativeness),
    `head_unit` that of one whole number of those who know (which counts heads): hazard = number * unit * clock
    factor. `support` lists the rows that have any contact, where they are few; `quiet` clocks have no weight at all
    and only lend their groups to meetings. Whoever is away from all groups of the layer `home` is out of reach of ties.
    """

    name: str
    unit: float
    head_unit: float
    outgoing: EdgeRows | None
    incoming: EdgeRows | None
    symmetric: bool
    support: NDArray[np.int32] | None
    quiet: bool
    home: str | None = None


@dataclass(frozen=True, eq=False)
class CompiledContacts:
    """Everything compiled: one `CompiledClock` a clock, and the memberships in groups of all clocks at the start."""

    clocks: tuple[CompiledClock, ...]
    groups: Memberships | None
    copies: int

    @cached_property
    def tied(self) -> list[int]:
        """Numbers of the clocks over whose ties something can be heard."""
        return [number for number, clock in enumerate(self.clocks) if clock.incoming is not None and not clock.quiet]

    def memberships(self) -> Memberships | None:
        """Return memberships that can change by themselves, as they are at the start; None without groups."""
        if self.groups is None:
            return None
        homes = {k: clock.home for k, clock in enumerate(self.clocks) if clock.home is not None}
        return self.groups.at_start(homes, self._few_tied)

    @cached_property
    def _few_tied(self) -> dict[int, NDArray[np.bool_]]:
        """Return who has ties, by clock, for the clocks whose ties have a home and that reach few people."""
        tied = {}
        for number, clock in enumerate(self.clocks):
            if clock.home is not None and clock.support is not None and self.groups is not None:
                tied[number] = np.zeros(len(self.groups.slots), dtype=np.bool_)
                tied[number][clock.support] = True
        return tied

    def __deepcopy__(self, memo: Any) -> CompiledContacts:
        """Return the same object: nothing in it ever changes."""
        return self


def _unit(strength: float, talk: int) -> float:
    """Return the finest power of two in which a total strength stays below 2**24."""
    for power in range(_FINEST, _COARSEST - 1, -1):
        if strength * 2.0**power * talk < _EXACT:
            return 2.0**-power
    raise CoreError("sum of contact weights at one person", given=strength, allowed="less")


def _joint_order(
    layers: list[tuple[int, TieLayer]], n: int, labels: NDArray[Any], outward: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return pointer and order of the edges of several networks by one end; the first network may keep them."""
    networks = [layer.network for _, layer in layers]

    def work_out() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        row = np.concatenate([net.source if outward else net.target for net in networks])
        other = np.concatenate([net.target if outward else net.source for net in networks])
        number = np.concatenate([np.full(net.n_edges, k, dtype=np.int8) for k, net in enumerate(networks)])
        pointer = np.zeros(n + 1, dtype=np.int32)
        np.cumsum(np.bincount(row, minlength=n), out=pointer[1:])
        return pointer, np.lexsort((number, labels[other], row)).astype(np.int32)

    if not all(net.keeps_order for net in networks):
        return work_out()
    key = (tuple(id(net) for net in networks), id(labels) if (labels[1:] < labels[:-1]).any() else 0, outward)
    kept = networks[0].__dict__.setdefault("_orders", {})
    if key not in kept:
        # The networks and labels are kept too, so that their ids cannot be given to others.
        kept[key] = (*work_out(), networks[1:], labels)
    return kept[key][0], kept[key][1]


def _tiled(
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
    starts = (pointer[:-1][None, :] + (np.arange(copies, dtype=np.int64) * edges)[:, None]).ravel()
    return EdgeRows(
        np.append(starts, edges * copies).astype(np.int32),
        (other.astype(np.int32)[None, :] + (np.arange(copies, dtype=np.int32) * n)[:, None]).ravel(),
        np.tile(weight, copies),
        np.tile(layer, copies) if layer.strides[0] or not edges else np.broadcast_to(layer[0], edges * copies),
    )


def _compile_ties(
    layers: list[tuple[int, TieLayer]], n: int, unit: float, labels: NDArray[Any], copies: int
) -> tuple[EdgeRows, EdgeRows, bool]:
    source = np.concatenate([layer.network.source for _, layer in layers])
    target = np.concatenate([layer.network.target for _, layer in layers])
    weight = np.concatenate([in_units(layer, layer.rate * layer.network.weight, unit) for _, layer in layers])
    number = np.concatenate([np.full(layer.network.n_edges, k, dtype=np.int8) for k, layer in layers])
    alike = len(layers) == 1
    if alike and len(number):  # one value stands for all edges
        number = np.broadcast_to(number[0].copy(), len(number))
    whole = weight.astype(np.float32)
    out_pointer, out = _joint_order(layers, n, labels, True)
    in_pointer, into = _joint_order(layers, n, labels, False)
    symmetric = (
        np.array_equal(out_pointer, in_pointer)
        and np.array_equal(target[out], source[into])
        and np.array_equal(whole[out], whole[into])
        and (alike or np.array_equal(number[out], number[into]))
    )
    outgoing = _tiled(out_pointer, target[out], whole[out], number if alike else number[out], n, copies)
    incoming = outgoing
    if not symmetric:
        incoming = _tiled(in_pointer, source[into], whole[into], number if alike else number[into], n, copies)
    return outgoing, incoming, symmetric


def compile_contacts(
    contacts: Contacts, labels: NDArray[Any], talk_most: int, copies: int, n_ticks: int
) -> CompiledContacts:
    """Compile contacts for `copies` populations laid side by side; a result is kept with the contacts.

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
    """
    kept = contacts.__dict__.setdefault("_compiled", {})
    ends = n_ticks if any(isinstance(layer, GroupLayer) for layer in contacts.layers) else 0
    key = (labels.tobytes() if (labels[1:] < labels[:-1]).any() else b"", talk_most, copies, ends)
    if key not in kept:
        kept.clear()
        kept[key] = _compile(contacts, labels, talk_most, copies, n_ticks)
    compiled: CompiledContacts = kept[key]
    return compiled


def _compile(contacts: Contacts, labels: NDArray[Any], talk_most: int, copies: int, n_ticks: int) -> CompiledContacts:
    clocks = []
    grouped: list[list[tuple[int, GroupLayer, float]]] = []
    numbered = list(enumerate(contacts.layers))
    for name in contacts.clocks:
        ties = [(k, layer) for k, layer in numbered if isinstance(layer, TieLayer) and layer.clock == name]
        group_layers = [(k, layer) for k, layer in numbered if isinstance(layer, GroupLayer) and layer.clock == name]
        inward = np.zeros(contacts.n)
        outward = np.zeros(contacts.n)
        for _, tie in ties:
            inward += tie.rate * np.bincount(tie.network.target, tie.network.weight, minlength=contacts.n)
            outward += tie.rate * np.bincount(tie.network.source, tie.network.weight, minlength=contacts.n)
        for _, group_layer in group_layers:
            through = strongest_in_groups(group_layer, contacts.n)
            inward += through
            outward += through
        strongest = float(max(inward.max(), outward.max()))
        unit = _unit(2.0 * strongest + 1e-12, talk_most) if strongest > 0 else 1.0
        tied = _compile_ties(ties, contacts.n, unit, labels, copies) if ties else None
        grouped.append([(k, layer, unit) for k, layer in group_layers])
        touched = np.flatnonzero(inward + outward > 0)
        support = None
        if len(touched) < contacts.n // 50:
            support = (touched[None, :] + (np.arange(copies) * contacts.n)[:, None]).ravel().astype(np.int32)
        clocks.append(
            CompiledClock(
                name,
                unit / (TALK_UNIT if talk_most > 1 else 1),
                unit,
                tied[0] if tied else None,
                tied[1] if tied else None,
                tied[2] if tied else True,
                support,
                strongest == 0,
                next((tie.home for _, tie in ties), None),
            )
        )
    # Quiet clocks come last, so that nothing that is computed every tick runs over their groups.
    order = sorted(range(len(clocks)), key=lambda k: clocks[k].quiet)
    clocks = [clocks[k] for k in order]
    grouped = [grouped[k] for k in order]
    quiet = [clock.quiet for clock in clocks]
    groups = compile_groups(grouped, quiet, contacts.n, labels, copies, n_ticks) if any(grouped) else None
    if groups is not None and not contacts.keeps_changes:
        groups = replace(groups, calendar=replace(groups.calendar, keeps_changes=False))
    return CompiledContacts(tuple(clocks), groups, copies)
