"""Who told whom: channel and teller of first hearings by contact, from the hazards of the crossing tick.

Who hears by an action (`Simulation.hear`) has channel and teller from that.

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

from rumorsim.core.contacts.edge_sums import expand
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.core.engine.absentees import Absentees
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.tellers import NOBODY
from rumorsim.core.engine.unattributed import Hearings
from rumorsim.core.randomness.choice import choose, choose_row

__all__ = ["attribute", "channels", "reached_by_broadcasts"]

#: About how many hearings are looked at together; it bounds the memory for their possible causes.
_AT_ONCE = 100_000


@dataclass(frozen=True, eq=False)
class _Told:
    """The memberships, in groups that have weight, of those who ever told: few of all, and all that can be chosen.

    `pointer` leads from a group to its stretch; then by membership its position, row, tick of hearing and of stopping,
    and whether it lasts through the whole run.
    """

    memberships: Memberships
    pointer: NDArray[np.int64]
    position: NDArray[np.int64]
    row: NDArray[np.int64]
    heard: NDArray[np.int16]
    stopped: NDArray[np.int16]
    lasts: NDArray[np.bool_]

    @classmethod
    def of(cls, block: RumorBlock, groups: Memberships) -> _Told:
        pointer = groups.pointer[: groups.n_loud + 1]
        told = block.ever_told.take(groups.person[: pointer[-1]])
        position = told.nonzero()[0]
        row = groups.person.take(position).astype(np.int64)
        before = np.concatenate([[0], np.cumsum(told)])
        heard, stopped = block.heard_tick.take(row), block.stopped_tick.take(row)
        return cls(groups, before.take(pointer), position, row, heard, stopped, groups.lasting().take(position))


def _telling_at(
    heard: NDArray[np.int16], stopped: NDArray[np.int16], who: NDArray[Any], tick: NDArray[np.int16]
) -> NDArray[np.int64]:
    """Return which of those who ever told did so during a tick: from the one after hearing up to that of stopping."""
    telling = heard.take(who) < tick
    telling &= stopped.take(who) >= tick
    return telling.nonzero()[0]


def attribute(block: RumorBlock, channel_of_layer: NDArray[np.int8], absentees: Absentees | None = None) -> None:
    """Work out channel and teller of all hearings of a block that are still open, and close them.

    Parameters
    ----------
    block : RumorBlock
    channel_of_layer : (n_layers,) int8
        Number of the channel of each contact layer.
    absentees : Absentees, optional
        Who was absent when, and so told nobody.
    """
    hearings = block.take_open_hearings()
    if not hearings:
        return
    told = None if block.memberships is None else _Told.of(block, block.memberships)
    factor = _weights(block, hearings)
    part: list[Hearings] = []
    size = 0
    for hearing in hearings:
        part.append(hearing)
        size += len(hearing.rows)
        if size >= _AT_ONCE:
            block.enter_causes(*_causes(block, part, told, factor, channel_of_layer, absentees))
            part, size = [], 0
    if part:
        block.enter_causes(*_causes(block, part, told, factor, channel_of_layer, absentees))


def channels(
    block: RumorBlock, rows: NDArray[np.int64], channel_of_layer: NDArray[np.int8], absentees: Absentees | None = None
) -> NDArray[np.int8]:
    """Return through which channel rows (ascending) of a block have heard, (m,) int8; -1 for none.

    It is what `attribute` will find, which for few rows costs much less here: hearings that are open stay so, and from
    whom somebody has heard in a group is not asked.
    """
    found = block.channel.take(rows)
    hearings = _open_hearings_of(block, rows[found == NOBODY])
    if hearings:
        who, channel, _ = _causes(block, hearings, None, _weights(block, hearings), channel_of_layer, absentees)
        found[rows.searchsorted(who)] = channel
    return found


def reached_by_broadcasts(block: RumorBlock, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows of a block, all of whom have heard, a broadcast reached in the tick in which they did."""
    reached, tick = np.zeros(len(rows), dtype=np.bool_), block.heard_tick.take(rows)
    for broadcast in block.broadcasts:
        reached |= (broadcast.dense.take(rows) > 0) & (broadcast.factor.take(tick) > 0)
    return reached


def _open_hearings_of(block: RumorBlock, rows: NDArray[np.int64]) -> list[Hearings]:
    """Return those hearings of rows (ascending) whose causes are still open."""
    found, ticks = [], block.heard_tick.take(rows)
    for hearing in block.open_hearings if len(rows) else ():
        mine = rows[ticks == hearing.tick]
        if len(mine):
            place = hearing.rows.searchsorted(mine)
            place = place[np.append(hearing.rows, -1).take(place) == mine]  # the others have heard by an action
            found.append(hearing.of(place))
    return found


def _weights(block: RumorBlock, hearings: list[Hearings]) -> NDArray[np.float64]:
    """Return what a whole number of pressure weighed in the ticks of hearings, (n_rumors here, n_clocks, n_ticks)."""
    factor = np.zeros((len(block.rumors), len(block.contacts.clocks), block.ticks.n_ticks))
    for tick in sorted({hearing.tick for hearing in hearings}):
        factor[:, :, tick] = block.rule.marginal(block, block.memory, tick)
    return factor


def _causes(
    block: RumorBlock,
    hearings: list[Hearings],
    told: _Told | None,
    factor: NDArray[np.float64],
    channel_of_layer: NDArray[np.int8],
    absentees: Absentees | None,
) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.int32]]:
    """Return rows, channels and tellers of some hearings; tellers in groups only with `told`."""
    rows = np.concatenate([hearing.rows for hearing in hearings]).astype(np.int64)
    tick = np.repeat(np.array([one.tick for one in hearings], dtype=np.int16), [len(one.rows) for one in hearings])
    channel, teller = block.channel.take(rows), block.teller.take(rows)
    # One row of `shares` a source: the ties of the clocks that have any, the slots, the broadcasts.
    tied = block.contacts.tied
    groups = block.memberships
    slots = None if groups is None else _slots_in_order(groups, hearings)
    first_slot = len(tied)
    first_broadcast = first_slot + (0 if slots is None else len(slots[0]))
    if block.n_sources() > 1:
        shares = np.empty((first_broadcast + len(block.broadcasts), len(rows)))
        _weigh_contacts(block, factor, hearings, tied, slots, rows, tick, shares)
        for index, broadcast in enumerate(block.broadcasts):
            weighed = broadcast.factor.take(tick).astype(np.float64)
            np.multiply(broadcast.dense.take(rows), weighed, out=shares[first_broadcast + index])
        source = choose_row(shares, block.streams.uniform("attribute", rows, block.rumor))
    else:
        source = np.zeros(len(rows), dtype=np.int64)
    drawn = block.streams.uniform("attribute", rows, block.rumor, 1)
    for place, number in enumerate(tied):
        mine = (source == place).nonzero()[0]
        found, layer, who = _told_over_ties(block, number, rows[mine], tick[mine], drawn[mine], absentees)
        channel[mine[found]], teller[mine[found]] = channel_of_layer.take(layer), who
    if groups is not None and slots is not None:
        inside = ((source >= first_slot) & (source < first_broadcast)).nonzero()[0]
        group = slots[0][source[inside] - first_slot, inside].astype(np.int64)
        channel[inside] = channel_of_layer.take(groups.layer_of_group.take(group))
        if told is not None:
            teller[inside] = _tellers_in_groups(block, told, group, tick[inside], drawn[inside], absentees)
    for index, broadcast in enumerate(block.broadcasts):
        channel[source == first_broadcast + index] = broadcast.channel
    return rows, channel, teller


def _slots_in_order(groups: Memberships, hearings: list[Hearings]) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return groups and counts of the slots of all hearings, (n_slots, m) each.

    Which slot of a layer holds a membership depends on the order in which memberships are listed, so the slots of a
    layer are put in the order of their groups.
    """
    place = np.concatenate([one.groups for one in hearings if one.groups is not None]).T.copy()
    counts = np.concatenate([one.talk for one in hearings if one.talk is not None]).T.copy()
    for layer in np.unique(groups.slot_layer):
        columns = (groups.slot_layer == layer).nonzero()[0]
        if len(columns) > 1:
            order = np.argsort(place[columns], axis=0, kind="stable")
            place[columns] = np.take_along_axis(place[columns], order, axis=0)
            counts[columns] = np.take_along_axis(counts[columns], order, axis=0)
    return place, counts


def _weigh_contacts(
    block: RumorBlock,
    factor: NDArray[np.float64],
    hearings: list[Hearings],
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
    pressure = np.concatenate([one.pressure for one in hearings if one.pressure is not None], axis=1)
    for place, number in enumerate(tied):
        shares[place] = pressure[number]
    groups = block.memberships
    clock_of_slot = [] if groups is None else groups.slot_clock().tolist()
    weighed = {number: _weighed(block, factor, number, rows, tick) for number in {*tied, *clock_of_slot}}
    if groups is not None and slots is not None:
        for column, (number, place, counts) in enumerate(zip(clock_of_slot, *slots, strict=True)):
            share = shares[len(tied) + column]
            np.multiply(groups.weight.take(place), counts, out=share)
            if number in tied:
                shares[tied.index(number)] -= share
            share *= weighed[number]
    for place, number in enumerate(tied):
        shares[place] *= weighed[number]


def _weighed(
    block: RumorBlock, factor: NDArray[np.float64], clock: int, rows: NDArray[np.int64], tick: NDArray[np.int16]
) -> NDArray[np.float64]:
    """Return what a whole number of pressure of a clock weighed for rows in a tick."""
    place = clock * factor.shape[2] + tick.astype(np.int64)
    if not block.alike[clock]:
        place = place + rows // block.n_rows_each * factor[0].size
    weighed: NDArray[np.float64] = factor.take(place)
    return weighed


def _told_over_ties(
    block: RumorBlock,
    number: int,
    rows: NDArray[np.int64],
    tick: NDArray[np.int16],
    drawn: NDArray[np.float64],
    absentees: Absentees | None,
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[np.int64]]:
    """Choose, for rows that heard over the ties of a clock, the edge, by weight and talkativeness.

    Returns the positions of the rows for which there is one, and the layer and the source of each edge.
    """
    edges = block.contacts.clocks[number].incoming
    if edges is None or not len(rows):
        return rows[:0], rows[:0], rows[:0]
    starts, ends = edges.pointer.take(rows), edges.pointer[1:].take(rows)
    edge = expand(starts, ends)
    owner = np.repeat(np.arange(len(rows)), ends - starts)
    # Most contacts never told: they are left out before anything else is asked about them.
    told = block.ever_told.take(edges.other.take(edge)).nonzero()[0]
    owner, edge = owner.take(told), edge.take(told)
    source = edges.other.take(edge).astype(np.int64)
    here = _telling_at(block.heard_tick, block.stopped_tick, source, tick.take(owner))
    owner, edge, source = owner.take(here), edge.take(here), source.take(here)
    if number in block.pressures.away and block.memberships is not None:
        home = str(block.contacts.clocks[number].home)
        gone = block.memberships.away_at(home, source % block.memberships.n, tick.take(owner))
        owner, edge, source = owner[~gone], edge[~gone], source[~gone]
    if absentees is not None:
        there = (~absentees.at(source % block.n_rows_each, tick.take(owner))).nonzero()[0]
        owner, edge, source = owner.take(there), edge.take(there), source.take(there)
    weight = edges.weight.take(edge)
    if block.pressures.talk is not None:
        weight *= block.pressures.talk.take(source)
    chosen = choose(owner, weight, len(rows), drawn, whole=True)
    found = (chosen >= 0).nonzero()[0]
    pick = chosen[found]
    return found, edges.layer.take(edge[pick]), source[pick]


def _tellers_in_groups(
    block: RumorBlock,
    told: _Told,
    group: NDArray[np.int64],
    tick: NDArray[np.int16],
    drawn: NDArray[np.float64],
    absentees: Absentees | None,
) -> NDArray[np.int64]:
    """Choose among the members of the chosen group who were there and telling, by talkativeness."""
    groups = told.memberships
    result = np.full(len(group), NOBODY, dtype=np.int64)
    starts, ends = told.pointer.take(group), told.pointer[1:].take(group)
    member = expand(starts, ends)
    here = _telling_at(told.heard, told.stopped, member, np.repeat(tick, ends - starts))
    member, owner = member.take(here), np.repeat(np.arange(len(group)), ends - starts).take(here)
    if not groups.calendar.static:
        present = told.lasts.take(member)
        asked = (~present).nonzero()[0]
        present[asked] = groups.present_at(told.position.take(member[asked]), tick.take(owner[asked]))
        there = present.nonzero()[0]
        owner, member = owner.take(there), member.take(there)
    if absentees is not None:
        there = (~absentees.at(told.row.take(member) % block.n_rows_each, tick.take(owner))).nonzero()[0]
        owner, member = owner.take(there), member.take(there)
    row = told.row.take(member)
    weight = np.ones(len(row)) if block.pressures.talk is None else block.pressures.talk.take(row)
    chosen = choose(owner, weight, len(group), drawn, whole=True)
    found = (chosen >= 0).nonzero()[0]
    result[found] = row[chosen[found]]
    return result
