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

from rumorsim.core.choice import choose
from rumorsim.core.push import expand
from rumorsim.core.state import NOBODY, Hits, RumorState

__all__ = ["BroadcastRows", "Moment", "attribute", "telling_at"]

#: About how many hearings are looked at together; it bounds the memory for their possible causes.
_AT_ONCE = 250_000


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


def telling_at(state: RumorState, rows: NDArray[Any], tick: NDArray[Any]) -> NDArray[np.bool_]:
    """Return who of the rows was telling during a tick: from the tick after hearing up to the one of stopping."""
    telling = state.heard_tick.take(rows) < tick
    telling &= state.stopped_tick.take(rows) >= tick
    telling &= state.ever_told.take(rows)
    return telling


@dataclass
class _Candidates:
    """Possible causes of hearings, one row each."""

    owner: NDArray[np.int64]
    share: NDArray[np.float64]
    layer: NDArray[np.int64]
    teller: NDArray[np.int64]
    group: NDArray[np.int64]


def attribute(moment: Moment) -> None:
    """Fill in channel and teller of all hearings that are still open, and close them."""
    hits, moment.state.hits = moment.state.hits, []
    part: list[Hits] = []
    size = 0
    for hit in hits:
        part.append(hit)
        size += len(hit.rows)
        if size >= _AT_ONCE:
            _attribute(moment, part)
            part, size = [], 0
    if part:
        _attribute(moment, part)


def _attribute(moment: Moment, hits: list[Hits]) -> None:
    state = moment.state
    rows = np.concatenate([hit.rows for hit in hits]).astype(np.int64)
    tick = np.repeat([hit.tick for hit in hits], [len(hit.rows) for hit in hits])
    parts = [_by_ties(moment, number, rows, tick) for number in range(len(state.fabric.clocks))]
    if state.groups is not None:
        groups = np.concatenate([hit.groups for hit in hits if hit.groups is not None])
        counts = np.concatenate([hit.counts for hit in hits if hit.counts is not None])
        parts.append(_in_groups(moment, groups, counts, rows, tick))
    parts += [_by_broadcast(moment, index, broadcast, rows, tick) for index, broadcast in enumerate(moment.broadcasts)]
    owner = np.concatenate([part.owner for part in parts])
    order = np.argsort(owner, kind="stable")
    share = np.concatenate([part.share for part in parts]).take(order)
    chosen = choose(owner.take(order), share, len(rows), state.luck.uniform("attribute", rows, state.rumor))
    known = np.flatnonzero(chosen >= 0)
    pick = order[chosen[known]]
    layer = np.concatenate([part.layer for part in parts])[pick]
    group = np.concatenate([part.group for part in parts])[pick]
    teller = np.concatenate([part.teller for part in parts])[pick]
    channels = np.concatenate(
        [moment.channel_of_layer, np.array([b.channel for b in moment.broadcasts], dtype=np.int8)]
    )
    state.channel[rows[known]] = channels[layer]
    inside = np.flatnonzero(group >= 0)
    if len(inside):
        teller[inside] = _tellers_in_groups(moment, group[inside], rows[known][inside], tick[known][inside])
    state.teller[rows[known]] = teller


def _weighed(moment: Moment, clock: Any, rows: NDArray[np.int64], tick: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what a whole number of pressure of a clock weighed for rows in a tick."""
    place = clock * moment.factor.shape[2] + tick
    if not moment.state.alike:
        place = place + rows // moment.state.block * moment.factor[0].size
    weighed: NDArray[np.float64] = moment.factor.take(place)
    return weighed


def _by_ties(moment: Moment, number: int, rows: NDArray[np.int64], tick: NDArray[np.int64]) -> _Candidates:
    state, edges = moment.state, moment.state.fabric.clocks[number].incoming
    if edges is None:
        nothing = np.empty(0, np.int64)
        return _Candidates(nothing, np.empty(0), nothing, nothing, nothing)
    factor = _weighed(moment, number, rows, tick)
    live = factor.nonzero()[0]
    starts, ends = edges.pointer.take(rows[live]), edges.pointer[1:].take(rows[live])
    edge = expand(starts, ends)
    owner = np.repeat(live, ends - starts)
    # Most contacts never told: they are left out before anything else is asked about them.
    told = state.ever_told.take(edges.other.take(edge)).nonzero()[0]
    owner, edge = owner.take(told), edge.take(told)
    source = edges.other.take(edge).astype(np.int64)
    here = telling_at(state, source, tick.take(owner)).nonzero()[0]
    owner, edge, source = owner.take(here), edge.take(here), source.take(here)
    if number in state.away and state.groups is not None:
        home = str(state.fabric.clocks[number].home)
        when = tick.take(owner)
        gone = state.groups.away_at(home, source % moment.n, when)
        gone |= state.groups.away_at(home, rows.take(owner) % moment.n, when)
        owner, edge, source = owner[~gone], edge[~gone], source[~gone]
    weight = edges.weight.take(edge).astype(np.float64)
    if moment.talk is not None:
        weight *= moment.talk.take(source)
    layer = edges.layer.take(edge).astype(np.int64)
    return _Candidates(owner, weight * factor.take(owner), layer, source, np.full(len(owner), NOBODY, dtype=np.int64))


def _in_groups(
    moment: Moment,
    groups: NDArray[np.int32],
    counts: NDArray[np.float32],
    rows: NDArray[np.int64],
    tick: NDArray[np.int64],
) -> _Candidates:
    compiled = moment.state.groups
    found = (counts.ravel() != 0).nonzero()[0]
    owner, group = found // counts.shape[1], groups.ravel()[found].astype(np.int64)
    if compiled is None:
        return _Candidates(owner, np.empty(0), group, group, group)
    # By group, since which slot holds a membership depends on the order in which memberships are listed.
    order = np.argsort(owner * compiled.n_groups + group, kind="stable")
    owner, group = owner.take(order), group.take(order)
    share = counts.ravel().take(found.take(order)).astype(np.float64) * compiled.weight.take(group)
    share *= _weighed(moment, compiled.clock_of(group), rows.take(owner), tick.take(owner))
    layer = compiled.layer_of_group.take(group).astype(np.int64)
    return _Candidates(owner, share, layer, np.full(len(owner), NOBODY, dtype=np.int64), group)


def _by_broadcast(
    moment: Moment, index: int, broadcast: BroadcastRows, rows: NDArray[np.int64], tick: NDArray[np.int64]
) -> _Candidates:
    factor = broadcast.factor.take(tick)
    owner = factor.nonzero()[0]
    share = broadcast.dense.take(rows[owner]).astype(np.float64) * factor[owner]
    some = share.nonzero()[0]
    owner, share = owner[some], share[some]
    nobody = np.full(len(owner), NOBODY, dtype=np.int64)
    layer = np.full(len(owner), len(moment.channel_of_layer) + index, dtype=np.int64)
    return _Candidates(owner, share, layer, nobody, nobody)


def _tellers_in_groups(
    moment: Moment, group: NDArray[np.int64], rows: NDArray[np.int64], tick: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Choose among the members of the chosen group who were there and telling, by talkativeness."""
    state, groups = moment.state, moment.state.groups
    result = np.full(len(group), NOBODY, dtype=np.int64)
    if groups is None:
        return result
    # Most members never told: groups shrink to those who did before they are looked at.
    told = state.ever_told.take(groups.person)
    useful = told.nonzero()[0]
    pointer = np.concatenate([[0], np.cumsum(told)]).take(groups.pointer)
    starts, ends = pointer.take(group), pointer[1:].take(group)
    position = useful.take(expand(starts, ends))
    owner = np.repeat(np.arange(len(group)), ends - starts)
    person = groups.person.take(position)
    here = telling_at(state, person, tick.take(owner)).nonzero()[0]
    owner, position, person = owner.take(here), position.take(here), person.take(here)
    if not groups.static:
        there = groups.present_at(position, tick.take(owner)).nonzero()[0]
        owner, person = owner.take(there), person.take(there)
    weight = np.ones(len(person)) if moment.talk is None else moment.talk.take(person).astype(np.float64)
    chosen = choose(owner, weight, len(group), state.luck.uniform("attribute", rows, state.rumor, 1))
    found = np.flatnonzero(chosen >= 0)
    result[found] = person[chosen[found]]
    return result
