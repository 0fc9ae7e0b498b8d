"""Who told whom: channel and teller of every first hearing, from the hazards of the crossing tick.

For competing risks the cause goes by the hazards at the moment, not by what has piled up: shares of the accumulated
hazard would overstate early channels. Shares are compared as whole numbers, so the choice does not depend on the
order of addition, and candidates are kept in the order of their labels, so it does not depend on the numbering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.fabric import ClockFabric, Groups
from rumorsim.core.push import expand
from rumorsim.core.state import NOBODY, Hits, RumorState

__all__ = ["BroadcastRows", "Moment", "attribute", "choose", "present_at", "telling_at"]

_SHARE_STEPS = float(2**30)


@dataclass(frozen=True, eq=False)
class BroadcastRows:
    """A broadcast as the engine keeps it: access (n_rows,) float32, factor (n_ticks,) float32, its channel number."""

    rows: NDArray[np.int32]
    access: NDArray[np.float32]
    dense: NDArray[np.float32]
    factor: NDArray[np.float32]
    channel: int


@dataclass(frozen=True, eq=False)
class Moment:
    """What is needed to look back: the state, talkativeness, channel of each layer, broadcasts of the rumor."""

    state: RumorState
    talk: NDArray[np.float32] | None
    channel_of_layer: NDArray[np.int8]
    broadcasts: Sequence[BroadcastRows]
    factor: NDArray[np.float64]


def choose(
    owner: NDArray[Any], share: NDArray[np.float64], n_owners: int, luck: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Choose one candidate an owner with chances in proportion to its shares.

    Parameters
    ----------
    owner : (m,) integers, ascending
        Owner of each candidate.
    share : (m,) float64, 0 or more
    n_owners : int
    luck : (n_owners,) float64 in (0, 1)

    Returns
    -------
    (n_owners,) int64
        Position of the chosen candidate, -1 where an owner has no candidate with a share above 0.

    Examples
    --------
    >>> choose(np.array([0, 0, 1]), np.array([1.0, 3.0, 2.0]), 3, np.array([0.3, 0.5, 0.5])).tolist()
    [1, 2, -1]
    """
    if not len(owner):
        return np.full(n_owners, -1, dtype=np.int64)
    begins = np.searchsorted(owner, np.arange(n_owners), side="left")
    ends = np.searchsorted(owner, np.arange(n_owners), side="right")
    filled = np.flatnonzero(ends > begins)
    most = np.zeros(n_owners)
    most[filled] = np.maximum.reduceat(share, begins[filled])
    scale = np.where(most > 0, most, 1.0)
    steps = np.rint(share / scale[owner] * _SHARE_STEPS).astype(np.int64)
    ladder = np.cumsum(steps)
    base = np.where(begins > 0, ladder[np.maximum(begins, 1) - 1], 0)
    total = np.where(ends > begins, ladder[np.maximum(ends, 1) - 1] - base, 0)
    target = base + np.minimum(np.floor(luck * total).astype(np.int64), np.maximum(total - 1, 0))
    chosen = np.searchsorted(ladder, target, side="right")
    return np.where(total > 0, chosen, -1).astype(np.int64)


def telling_at(state: RumorState, rows: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
    """Return who of the rows was telling during a tick: from the tick after hearing up to the one of stopping."""
    return np.asarray(state.ever_told[rows] & (state.heard_tick[rows] < tick) & (state.stopped_tick[rows] >= tick))


def present_at(groups: Groups, positions: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which memberships (positions in one replicate or more) were in force during a tick."""
    if groups.static:
        return np.ones(len(positions), dtype=np.bool_)
    single = positions % (len(groups.person) // groups.copies)
    result: NDArray[np.bool_] = np.array(groups.first_present[single], dtype=np.bool_)
    if not len(groups.change_tick):
        return result
    span = int(groups.change_tick[-1]) + 2
    keys = groups.change_position.astype(np.int64) * span + groups.change_tick
    order = np.argsort(keys, kind="stable")
    asked = single.astype(np.int64) * span + np.minimum(np.asarray(tick, dtype=np.int64), span - 1)
    latest = order[np.maximum(np.searchsorted(keys[order], asked, side="right") - 1, 0)]
    mine = (groups.change_position[latest] == single) & (groups.change_tick[latest] <= tick)
    result[mine] = groups.change_present[latest[mine]]
    return result


def attribute(moment: Moment) -> None:
    """Fill in channel and teller of all hearings that are still open, and close them."""
    state = moment.state
    hits, state.hits = state.hits, []
    if not hits:
        return
    rows = np.concatenate([hit.rows for hit in hits]).astype(np.int64)
    tick = np.concatenate([np.full(len(hit.rows), hit.tick, dtype=np.int64) for hit in hits])
    owners, shares, layers, tellers, groups = [], [], [], [], []
    for number, clock in enumerate(state.fabric):
        factor = moment.factor[number][tick]
        if clock.incoming is not None:
            owner, edge = _told_by_ties(clock, rows)
            source = clock.incoming.other[edge].astype(np.int64)
            here = np.flatnonzero(telling_at(state, source, tick[owner]))
            owner, edge, source = owner[here], edge[here], source[here]
            weight = clock.incoming.weight[edge].astype(np.float64)
            if moment.talk is not None:
                weight = weight * moment.talk[source]
            owners.append(owner)
            shares.append(weight * factor[owner])
            layers.append(clock.incoming.layer[edge])
            tellers.append(source)
            groups.append(np.full(len(owner), -1, dtype=np.int64))
        if clock.groups is not None:
            owner, group, count = _told_in_groups(clock.groups, hits, number)
            owners.append(owner)
            shares.append(count.astype(np.float64) * clock.groups.weight[group] * factor[owner])
            layers.append(clock.groups.layer_of_group[group])
            tellers.append(np.full(len(owner), NOBODY, dtype=np.int64))
            groups.append(group)
    for index, broadcast in enumerate(moment.broadcasts):
        everyone = np.arange(len(rows))
        owners.append(everyone)
        shares.append(broadcast.dense[rows].astype(np.float64) * broadcast.factor[tick])
        layers.append(np.full(len(rows), -1 - index, dtype=np.int8))
        tellers.append(np.full(len(rows), NOBODY, dtype=np.int64))
        groups.append(np.full(len(rows), -1, dtype=np.int64))
    owner = np.concatenate(owners)
    share = np.concatenate(shares)
    order = np.argsort(owner, kind="stable")
    chosen = choose(owner[order], share[order], len(rows), state.luck.uniform("attribute", rows, state.rumor))
    known = np.flatnonzero(chosen >= 0)
    pick = order[chosen[known]]
    layer = np.concatenate(layers)[pick]
    group = np.concatenate(groups)[pick]
    teller = np.concatenate(tellers)[pick]
    channel = np.full(len(known), NOBODY, dtype=np.int8)
    by_contact = layer >= 0
    channel[by_contact] = moment.channel_of_layer[layer[by_contact]]
    for index, broadcast in enumerate(moment.broadcasts):
        channel[layer == -1 - index] = broadcast.channel
    state.channel[rows[known]] = channel
    in_group = np.flatnonzero(group >= 0)
    if len(in_group):
        teller[in_group] = _tellers_in_groups(
            moment, layer[in_group], group[in_group], rows[known][in_group], tick[known][in_group]
        )
    state.teller[rows[known]] = teller


def _told_by_ties(clock: ClockFabric, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    incoming = clock.incoming
    if incoming is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts, ends = incoming.pointer[rows], incoming.pointer[rows + 1]
    return np.repeat(np.arange(len(rows)), ends - starts), expand(starts, ends)


def _told_in_groups(
    groups: Groups, hits: Sequence[Hits], number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    lengths = np.concatenate([hit.lengths[number] for hit in hits])
    positions = np.concatenate([hit.positions[number] for hit in hits])
    counts = np.concatenate([hit.counts[number] for hit in hits])
    owner = np.repeat(np.arange(len(lengths)), lengths)
    some = np.flatnonzero(counts > 0)
    return owner[some], groups.group[positions[some]].astype(np.int64), counts[some]


def _tellers_in_groups(
    moment: Moment, layer: NDArray[Any], group: NDArray[np.int64], rows: NDArray[np.int64], tick: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Choose among the members of the chosen group who were there and telling, by talkativeness."""
    state = moment.state
    result = np.full(len(group), NOBODY, dtype=np.int64)
    clock_of_layer = {
        int(k): clock
        for clock in state.fabric
        if clock.groups is not None
        for k in np.unique(clock.groups.layer_of_group)
    }
    luck = state.luck.uniform("attribute", rows, state.rumor, 1)
    for fabric in state.fabric:
        mine = np.flatnonzero([clock_of_layer[int(k)] is fabric for k in np.unique(layer)])
        if not len(mine) or fabric.groups is None:
            continue
        where = np.flatnonzero(np.isin(layer, np.unique(layer)[mine]))
        groups = fabric.groups
        starts, ends = groups.pointer[group[where]], groups.pointer[group[where] + 1]
        owner = np.repeat(np.arange(len(where)), ends - starts)
        position = expand(starts, ends)
        person = groups.person[position].astype(np.int64)
        at = tick[where][owner]
        telling = np.flatnonzero(telling_at(state, person, at))
        owner, position, person, at = owner[telling], position[telling], person[telling], at[telling]
        if not groups.static:
            here = np.flatnonzero(present_at(groups, position, at))
            owner, person = owner[here], person[here]
        weight = np.ones(len(person)) if moment.talk is None else moment.talk[person].astype(np.float64)
        chosen = choose(owner, weight, len(where), luck[where])
        found = np.flatnonzero(chosen >= 0)
        result[where[found]] = person[chosen[found]]
    return result
