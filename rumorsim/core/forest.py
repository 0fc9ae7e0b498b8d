"""Who told whom: channel and teller of every first hearing, from the hazards of the crossing tick.

For competing risks the cause goes by the hazards at the moment, not by what has piled up: shares of the accumulated
hazard would overstate early channels. A cause is chosen in two steps, which is the same law as choosing among all
tellers at once: first the source, which is the ties of a clock, one of the groups or a broadcast, by their hazards;
then the edge or the fellow member within it. Only the edges of those who heard over ties are ever looked at. Shares
are compared as whole numbers, so the choice does not depend on the order of addition, and candidates are kept in the
order of their labels, so it does not depend on the numbering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.choice import choose, choose_row
from rumorsim.core.groups import Groups
from rumorsim.core.push import expand
from rumorsim.core.state import NOBODY, Hits, RumorState

__all__ = ["BroadcastRows", "Moment", "attribute", "sources"]

#: About how many hearings are looked at together; it bounds the memory for their possible causes.
_AT_ONCE = 100_000


@dataclass(frozen=True, eq=False)
class BroadcastRows:
    """A broadcast as the engine keeps it: rows reached and their access, both also laid out over all rows.

    `span` are the rows of its rumor; `many` says that so many are reached that working on all of them is faster.
    """

    rows: NDArray[np.int32]
    access: NDArray[np.float32]
    dense: NDArray[np.float32]
    span: slice
    many: bool
    factor: NDArray[np.float32]
    channel: int


@dataclass(frozen=True, eq=False)
class _Told:
    """The memberships, in groups that have weight, of those who ever told: few of all, and all that can be chosen.

    `pointer` leads from a group to its stretch; then by membership its position, row, tick of hearing and of stopping,
    and whether it lasts through the whole run.
    """

    groups: Groups
    pointer: NDArray[np.int64]
    position: NDArray[np.int64]
    row: NDArray[np.int64]
    heard: NDArray[np.int16]
    stopped: NDArray[np.int16]
    lasts: NDArray[np.bool_]

    @classmethod
    def of(cls, state: RumorState, groups: Groups) -> _Told:
        pointer = groups.pointer[: groups.n_loud + 1]
        told = state.ever_told.take(groups.person[: pointer[-1]])
        position = told.nonzero()[0]
        row = groups.person.take(position).astype(np.int64)
        before = np.concatenate([[0], np.cumsum(told)])
        heard, stopped = state.heard_tick.take(row), state.stopped_tick.take(row)
        return cls(groups, before.take(pointer), position, row, heard, stopped, groups.lasting().take(position))


@dataclass(frozen=True, eq=False)
class Moment:
    """What is needed to look back: the state, talk of each row, channel of each layer, broadcasts, factors.

    `factor` is (n_rumors here, n_clocks, n_ticks) float64: what a whole number of pressure weighed in a tick.
    """

    state: RumorState
    talk: NDArray[np.float32] | None
    channel_of_layer: NDArray[np.int8]
    broadcasts: Sequence[BroadcastRows]
    factor: NDArray[np.float64]
    n: int


def _telling_at(
    heard: NDArray[np.int16], stopped: NDArray[np.int16], who: NDArray[Any], tick: NDArray[np.int16]
) -> NDArray[np.int64]:
    """Return which of those who ever told did so during a tick: from the one after hearing up to that of stopping."""
    telling = heard.take(who) < tick
    telling &= stopped.take(who) >= tick
    return telling.nonzero()[0]


def sources(state: RumorState, n_broadcasts: int) -> int:
    """Return among how many sources the cause of a hearing is chosen; with one there is nothing to choose."""
    return len(state.fabric.tied) + n_broadcasts + (0 if state.groups is None else state.groups.slots.shape[1])


def attribute(moment: Moment) -> None:
    """Fill in channel and teller of all hearings that are still open, and close them."""
    state, hits, moment.state.hits = moment.state, moment.state.hits, []
    told = None if state.groups is None else _Told.of(state, state.groups)
    part: list[Hits] = []
    size = 0
    for hit in hits:
        part.append(hit)
        size += len(hit.rows)
        if size >= _AT_ONCE:
            _attribute(moment, part, told)
            part, size = [], 0
    if part:
        _attribute(moment, part, told)


def _attribute(moment: Moment, hits: list[Hits], told: _Told | None) -> None:
    state = moment.state
    rows = np.concatenate([hit.rows for hit in hits]).astype(np.int64)
    tick = np.repeat(np.array([hit.tick for hit in hits], dtype=np.int16), [len(hit.rows) for hit in hits])
    # One row of `shares` a source: the ties of the clocks that have any, the slots, the broadcasts.
    tied = state.fabric.tied
    slots = None if told is None else _slots_in_order(told.groups, hits)
    first_slot = len(tied)
    first_broadcast = first_slot + (0 if slots is None else len(slots[0]))
    if sources(state, len(moment.broadcasts)) > 1:
        shares = np.empty((first_broadcast + len(moment.broadcasts), len(rows)))
        _weigh_contacts(moment, hits, tied, slots, rows, tick, shares)
        for index, broadcast in enumerate(moment.broadcasts):
            factor = broadcast.factor.take(tick).astype(np.float64)
            np.multiply(broadcast.dense.take(rows), factor, out=shares[first_broadcast + index])
        source = choose_row(shares, state.luck.uniform("attribute", rows, state.rumor))
    else:
        source = np.zeros(len(rows), dtype=np.int64)
    luck = state.luck.uniform("attribute", rows, state.rumor, 1)
    for place, number in enumerate(tied):
        mine = (source == place).nonzero()[0]
        _told_over_ties(moment, number, rows[mine], tick[mine], luck[mine])
    if told is not None and slots is not None:
        inside = ((source >= first_slot) & (source < first_broadcast)).nonzero()[0]
        group = slots[0][source[inside] - first_slot, inside].astype(np.int64)
        layer = told.groups.layer_of_group.take(group)
        state.channel[rows[inside]] = moment.channel_of_layer.take(layer)
        state.teller[rows[inside]] = _tellers_in_groups(moment, told, group, tick[inside], luck[inside])
    for index, broadcast in enumerate(moment.broadcasts):
        state.channel[rows[source == first_broadcast + index]] = broadcast.channel


def _slots_in_order(groups: Groups, hits: list[Hits]) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return groups and counts of the slots of all hearings, (n_slots, m) each.

    Which slot of a layer holds a membership depends on the order in which memberships are listed, so the slots of a
    layer are put in the order of their groups.
    """
    place = np.concatenate([hit.groups for hit in hits if hit.groups is not None]).T.copy()
    counts = np.concatenate([hit.counts for hit in hits if hit.counts is not None]).T.copy()
    for layer in np.unique(groups.slot_layer):
        columns = (groups.slot_layer == layer).nonzero()[0]
        if len(columns) > 1:
            order = np.argsort(place[columns], axis=0, kind="stable")
            place[columns] = np.take_along_axis(place[columns], order, axis=0)
            counts[columns] = np.take_along_axis(counts[columns], order, axis=0)
    return place, counts


def _weigh_contacts(
    moment: Moment,
    hits: list[Hits],
    tied: Sequence[int],
    slots: tuple[NDArray[Any], NDArray[np.float32]] | None,
    rows: NDArray[np.int64],
    tick: NDArray[np.int16],
    shares: NDArray[np.float64],
) -> None:
    """Fill in the hazards of ties and groups.

    What ties weigh together is what is left of the pressure of their clock without its groups: whole numbers, so
    nothing is lost.
    """
    pressure = np.concatenate([hit.pressure for hit in hits if hit.pressure is not None], axis=1)
    for place, number in enumerate(tied):
        shares[place] = pressure[number]
    groups = moment.state.groups
    clock_of_slot = [] if groups is None else groups.slot_clock().tolist()
    weighed = {number: _weighed(moment, number, rows, tick) for number in {*tied, *clock_of_slot}}
    if groups is not None and slots is not None:
        for column, (number, place, counts) in enumerate(zip(clock_of_slot, *slots, strict=True)):
            share = shares[len(tied) + column]
            np.multiply(groups.weight.take(place), counts, out=share)
            if number in tied:
                shares[tied.index(number)] -= share
            share *= weighed[number]
    for place, number in enumerate(tied):
        shares[place] *= weighed[number]


def _weighed(moment: Moment, clock: int, rows: NDArray[np.int64], tick: NDArray[np.int16]) -> NDArray[np.float64]:
    """Return what a whole number of pressure of a clock weighed for rows in a tick."""
    place = clock * moment.factor.shape[2] + tick.astype(np.int64)
    if not moment.state.alike:
        place = place + rows // moment.state.block * moment.factor[0].size
    weighed: NDArray[np.float64] = moment.factor.take(place)
    return weighed


def _told_over_ties(
    moment: Moment, number: int, rows: NDArray[np.int64], tick: NDArray[np.int16], luck: NDArray[np.float64]
) -> None:
    """Choose, for rows that heard over the ties of a clock, the edge, by weight and talkativeness."""
    state, edges = moment.state, moment.state.fabric.clocks[number].incoming
    if edges is None or not len(rows):
        return
    starts, ends = edges.pointer.take(rows), edges.pointer[1:].take(rows)
    edge = expand(starts, ends)
    owner = np.repeat(np.arange(len(rows)), ends - starts)
    # Most contacts never told: they are left out before anything else is asked about them.
    told = state.ever_told.take(edges.other.take(edge)).nonzero()[0]
    owner, edge = owner.take(told), edge.take(told)
    source = edges.other.take(edge).astype(np.int64)
    here = _telling_at(state.heard_tick, state.stopped_tick, source, tick.take(owner))
    owner, edge, source = owner.take(here), edge.take(here), source.take(here)
    if number in state.away and state.groups is not None:
        home = str(state.fabric.clocks[number].home)
        gone = state.groups.away_at(home, source % moment.n, tick.take(owner))
        owner, edge, source = owner[~gone], edge[~gone], source[~gone]
    weight = edges.weight.take(edge)
    if moment.talk is not None:
        weight *= moment.talk.take(source)
    chosen = choose(owner, weight, len(rows), luck, whole=True)
    found = (chosen >= 0).nonzero()[0]
    pick = chosen[found]
    state.channel[rows[found]] = moment.channel_of_layer.take(edges.layer.take(edge[pick]))
    state.teller[rows[found]] = source[pick]


def _tellers_in_groups(
    moment: Moment, told: _Told, group: NDArray[np.int64], tick: NDArray[np.int16], luck: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Choose among the members of the chosen group who were there and telling, by talkativeness."""
    groups = told.groups
    result = np.full(len(group), NOBODY, dtype=np.int64)
    starts, ends = told.pointer.take(group), told.pointer[1:].take(group)
    member = expand(starts, ends)
    here = _telling_at(told.heard, told.stopped, member, np.repeat(tick, ends - starts))
    member, owner = member.take(here), np.repeat(np.arange(len(group)), ends - starts).take(here)
    if not groups.static:
        present = told.lasts.take(member)
        asked = (~present).nonzero()[0]
        present[asked] = groups.present_at(told.position.take(member[asked]), tick.take(owner[asked]))
        there = present.nonzero()[0]
        owner, member = owner.take(there), member.take(there)
    row = told.row.take(member)
    weight = np.ones(len(row)) if moment.talk is None else moment.talk.take(row)
    chosen = choose(owner, weight, len(group), luck, whole=True)
    found = (chosen >= 0).nonzero()[0]
    result[found] = row[chosen[found]]
    return result
