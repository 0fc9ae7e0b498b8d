"""Who told whom, on blocks made from arrays: each cause against the number that was drawn for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rumorsim.core import Broadcast, GroupLayer, MembershipChange, Network, Ticks, TieLayer
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.engine import attribution
from rumorsim.core.engine.broadcasts import BroadcastRows
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.tick import Tick
from tests.unit.core.engine.parts import Scripted, block, compiled, people, start

REPLICATES = 400
THIRD = 3 * np.arange(REPLICATES) + 2
TICKS = Ticks.uniform(1.0, 5.0)
TIES = Network.from_edges(3, [0, 1], [2, 2], [1.0, 3.0])


def told(
    contacts: Network | Contacts,
    tellers: Sequence[int],
    tick: int = 0,
    rates: Sequence[float] = (),
    stops: dict[int, list[int]] | None = None,
) -> tuple[RumorBlock, np.ndarray, np.ndarray]:
    """Let the third person hear in a tick; return the block, and channel and teller (0 to 2, -1 for nobody)."""
    radio = Broadcast(0, "radio", np.array([2]), np.ones(1), list(rates))
    outside = [BroadcastRows.of(radio, (0,), 3, REPLICATES, TICKS, 9)] if rates else []
    stop = {now: [3 * k + who for k in range(REPLICATES) for who in some] for now, some in (stops or {}).items()}
    rule = Scripted({tick: THIRD.tolist()}, stop)
    one = block(rule, compiled(contacts, REPLICATES), replicates=REPLICATES, broadcasts=outside)
    start(one, np.concatenate([3 * np.arange(REPLICATES) + who for who in tellers]))
    order = Tick([one], people(), {}, np.array([4, 5, 6], dtype=np.int8))
    for now in range(tick + 1):
        changes = None if one.memberships is None else one.memberships.advance(now)
        if changes is not None:
            one.carry_along(changes)
        order.run(now)
    some, hearings = THIRD[::2], list(one.open_hearings)
    early = attribution.channels(one, some, order.channel_of_layer)
    assert one.open_hearings == hearings
    order.attribute()
    assert one.open_hearings == []
    assert early.tolist() == one.channel[some].tolist(), "the same for some of them, before and after"
    assert attribution.channels(one, some, order.channel_of_layer).tolist() == early.tolist()
    teller = one.teller[THIRD]
    assert ((teller < 0) | (teller // 3 == THIRD // 3)).all(), "a teller of the same replicate"
    return one, one.channel[THIRD], np.where(teller < 0, -1, teller % 3)


def drawn(one: RumorBlock, number: int) -> np.ndarray:
    return one.streams.uniform("attribute", THIRD, 0, number)


def test_a_teller_is_drawn_by_weight() -> None:
    one, channel, teller = told(TIES, [0, 1])
    assert teller.tolist() == np.where(drawn(one, 1) < 0.25, 0, 1).tolist()
    assert set(channel.tolist()) == {4}
    assert one.channel[THIRD - 2].tolist() == [-1] * REPLICATES, "who knew before has no cause"


def test_in_parts_the_choice_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearings of two ticks, each looked at by itself: 0 tells 1, and 1 tells 2."""
    monkeypatch.setattr(attribution, "_AT_ONCE", 1)
    one = block(Scripted({0: [1], 1: [2]}))
    start(one, [0])
    order = Tick([one], people(), {}, np.array([4], dtype=np.int8))
    for now in range(3):
        order.run(now)
    order.attribute()
    assert (one.channel.tolist(), one.teller.tolist()) == ([-1, 4, 4], [-1, 0, 1])


def test_the_channel_of_some_is_not_that_of_others_who_heard_in_the_same_tick() -> None:
    """1 hears from 0; 2 is told by an action that names no channel."""
    one = block(Scripted({0: [1]}))
    start(one, [0])
    order = Tick([one], people(), {}, np.array([4], dtype=np.int8))
    one.hear_outside(0, np.array([2]), 0, -1, np.array(-1), None, 1.0)
    order.run(0)
    assert attribution.channels(one, np.arange(3), order.channel_of_layer).tolist() == [-1, 4, -1]


def test_only_those_count_who_tell_in_that_tick() -> None:
    """0 tells up to tick 1: a hearing of tick 1 may be from 0, one of tick 2 is from 1."""
    assert set(told(TIES, [1])[2].tolist()) == {1}
    assert set(told(TIES, [0, 1], 1, stops={1: [0]})[2].tolist()) == {0, 1}
    assert set(told(TIES, [0, 1], 2, stops={1: [0]})[2].tolist()) == {1}


def test_a_broadcast_competes_by_the_hazard_of_the_moment() -> None:
    """Ties come to 4 a day, the broadcast to nothing in the first tick and to 12 in the second."""
    assert set(told(TIES, [0, 1], 0, [0.0, 12.0, 0.0, 0.0, 0.0])[1].tolist()) == {4}
    one, channel, teller = told(TIES, [0, 1], 1, [0.0, 12.0, 0.0, 0.0, 0.0])
    outside = drawn(one, 0) >= 0.25
    assert channel.tolist() == np.where(outside, 9, 4).tolist()
    assert teller.tolist() == np.where(outside, -1, np.where(drawn(one, 1) < 0.25, 0, 1)).tolist()


def test_layers_of_one_clock_give_their_channels() -> None:
    layers = [
        TieLayer("kin", Network.from_edges(3, [0], [2])),
        TieLayer("friends", Network.from_edges(3, [1], [2]), rate=3.0),
    ]
    _, channel, teller = told(Contacts(3, layers), [0, 1])
    assert channel.tolist() == (teller + 4).tolist()
    assert set(channel.tolist()) == {4, 5}


@pytest.mark.parametrize("clock", ["always", "night"])
def test_ties_and_groups_compete_and_a_fellow_is_drawn_evenly(clock: str) -> None:
    """Ties of 1 alone, a group of both tellers with 0.5 each: source by halves, then either fellow by halves."""
    layers = [
        GroupLayer.of("cell", [0, 0, 0], rate=1.5),
        TieLayer("kin", Network.from_edges(3, [1], [2]), clock=clock),
    ]
    one, channel, teller = told(Contacts(3, layers), [0, 1])
    over_ties = drawn(one, 0) < 0.5
    assert channel.tolist() == np.where(over_ties, 5, 4).tolist()
    assert teller.tolist() == np.where(over_ties, 1, np.where(drawn(one, 1) < 0.5, 0, 1)).tolist()


def test_whoever_has_left_the_group_told_nobody_there() -> None:
    """1 leaves at tick 1, before the third person hears."""
    changes = MembershipChange(np.array([1]), np.array([1]), np.array([False]))
    columns = np.arange(3), np.zeros(3, np.int64), 1, np.ones(1)
    cell = GroupLayer("cell", *columns, present=np.ones(3, bool), changes=changes)
    assert set(told(Contacts(3, [cell]), [0, 1])[2].tolist()) == {0, 1}
    assert set(told(Contacts(3, [cell]), [0, 1], 1)[2].tolist()) == {0}
