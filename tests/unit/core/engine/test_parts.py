"""The parts of a simulation by themselves, from arrays alone: no contacts are compiled but a path, nothing is run."""

from __future__ import annotations

from typing import Any

import numpy as np

from rumorsim.core import NEVER, Contacts, Fear, GroupLayer, Network, Rule, Ticks, Traits
from rumorsim.core.contacts.compiled import CompiledContacts, compile_contacts
from rumorsim.core.contacts.edge_sums import push_add_at
from rumorsim.core.engine.people import People
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.tellers import Tellers
from rumorsim.core.engine.tick import Tick
from rumorsim.core.engine.voicings import Voicings
from rumorsim.core.randomness.streams import BatchStreams

NOBODY = np.empty(0, dtype=np.int64)


class Scripted(Rule):
    """Who hears and who stops, tick by tick."""

    name, reference = "scripted", "none"

    def __init__(self, hear: dict[int, list[int]], stop: dict[int, list[int]] | None = None) -> None:
        self.script, self.stops = hear, stop or {}

    def start(self, state: RumorBlock) -> list[int]:
        return []

    def hear(self, state: RumorBlock, memory: Any) -> Any:
        memory.append(state.tick)
        return np.array(self.script.get(state.tick, []), dtype=np.int64)

    def stop(self, state: RumorBlock, memory: Any) -> Any:
        rows = np.array(self.stops.get(state.tick, []), dtype=np.int64)
        state.tellers.remove(rows)
        return rows


def path() -> CompiledContacts:
    """0 contacts 1, 1 contacts 2 with weights 1 and 2."""
    network = Network.from_edges(3, [0, 1], [1, 2], [1.0, 2.0])
    return compile_contacts(Contacts.of(network), np.arange(3), 1, 1, 5)


def block(rule: Rule, contacts: CompiledContacts | None = None, needs: str = "knowing", rumor: int = 0) -> RumorBlock:
    contacts = path() if contacts is None else contacts
    pressures = Pressures(contacts, contacts.memberships(), push_add_at, None, 3, frozenset({needs}))
    factor = np.ones((1, len(contacts.clocks), 5))
    streams = BatchStreams(0, [0], np.arange(3), (rumor,))
    return RumorBlock(rule, (rumor,), 3, Ticks.uniform(1.0, 5.0), factor, pressures, streams)


def people(fear: Fear | None = None, n_rumors: int = 1) -> People:
    return People(Traits(), fear or Fear(), 3, 1, n_rumors, 1)


def test_pressures_come_and_go_to_exactly_nothing() -> None:
    contacts = path()
    pressures = Pressures(contacts, None, push_add_at, None, 3, frozenset({"both"}))
    unit = contacts.clocks[0].unit
    pressures.switch(np.array([0, 1]), np.array([0, 1]), NOBODY)
    assert (pressures.of_tellers[0] * unit).tolist() == [0.0, 1.0, 2.0]
    assert (pressures.tellers_both[0] * unit).tolist() == [1.0, 1.0, 2.0]
    assert (pressures.knowers_both[0] * unit).tolist() == [1.0, 1.0, 2.0]
    pressures.switch(NOBODY, NOBODY, np.array([0, 1]))
    assert not pressures.flat.any()
    assert not pressures.tellers_both[0].any()


def test_pressures_follow_memberships() -> None:
    """0 and 1 share a group; 1 tells, then leaves, then comes back."""
    layer = GroupLayer.of("cell", [0, 0, 1], exponent=0.0)
    compiled = compile_contacts(Contacts(3, [layer]), np.arange(3), 1, 1, 5)
    groups = compiled.memberships()
    assert groups is not None
    pressures = Pressures(compiled, groups, push_add_at, None, 3)
    telling, heard = np.array([False, True, False]), np.array([NEVER, 0, NEVER])
    pressures.switch(np.array([1]), np.array([1]), NOBODY)
    unit = compiled.clocks[0].unit
    for present, expected in ((None, [1.0, 1.0, 0.0]), (False, [0.0, 0.0, 0.0]), (True, [1.0, 1.0, 0.0])):
        if present is not None:
            changes = groups.set_present(np.array([1]), np.array([present]))
            assert changes is not None
            pressures.carry_along(changes, telling, heard)
        assert (pressures.of_tellers[0] * unit).tolist() == expected
    assert groups.fellows("cell", np.array([0])).tolist() == [0, 1]


def test_tellers_close_up_and_keep_their_countdowns() -> None:
    tellers = Tellers(1000)
    tellers.add(np.arange(600), np.arange(600, dtype=np.float32))
    gone = tellers.spend(np.float32(400.0))
    assert gone.tolist() == list(range(401))
    assert len(tellers) == 199
    tellers.scale(np.array([599, 3]), 0.5)
    left = dict(zip(tellers.rows.tolist(), tellers.countdown.tolist(), strict=True))
    assert (left[599], left[598]) == (99.5, 198.0)
    other = tellers.copy()
    other.spend(1000.0)
    assert (len(other), len(tellers)) == (0, 199)


def test_the_three_verbs() -> None:
    one = block(Scripted({}))
    one.enter_hearing(np.array([1, 2]), -1)
    one.enter_switches(np.array([1, 2]), np.array([True, False]), NOBODY, 0)
    assert one.hazard_of_hearing(0.5).tolist() == [0.0, 0.0, 1.0]
    assert one.hazard_from_those_who_know(0.5).tolist() == [1.0]
    assert one.tellers.rows.tolist() == [1]
    assert one.count_down(np.float32(9.0)).tolist() == [], "without patience of the rule's own nobody stops"
    assert one.thresholds("stop", np.array([2])) == one.thresholds("stop")[2]


def test_a_rule_is_handed_what_it_returned() -> None:
    one = block(Scripted({}))
    one.spread(0)
    one.spread(3)
    assert one.memory == [0, 3]


def test_people_take_fright_once_and_silence_can_be_lifted() -> None:
    some = People(Traits(boldness=np.array([0.2, 0.9]), zone=np.array([0, 1])), Fear(), 2, 2, 1, 1)
    assert some.take_fright(np.array([3, 1, 1]), 4).tolist() == [1, 3]
    assert some.take_fright(np.array([1, 2]), 5).tolist() == [2]
    assert some.afraid_tick.tolist() == [NEVER, 4, 5, 4]
    bar = np.array([[0.1, 0.1], [0.1, 0.95]])
    some.silence(np.array([0]))
    assert some.willing(np.arange(4), bar).tolist() == [False, False, False, False]
    some.silence(np.array([0]), lift=True)
    assert some.willing(np.arange(4), bar).tolist() == [True, False, False, False]
    assert some.by_zone(bar, np.arange(4)).tolist() == [0.1, 0.1, 0.1, 0.95]


def test_fear_of_news_by_channel() -> None:
    some = People(Traits(), Fear(), 2, 2, 2, 2)
    some.set_fear_of_news(1, {None: 0.2, 1: 0.7}, np.array([1]))
    rows = np.array([0, 2, 2, 3])
    found = some.prob_of_fright(np.array([1, 0, 1, 1]), rows, np.array([1, 1, 1, -1], dtype=np.int8))
    assert found.tolist() == [0.0, 0.0, 0.7, 0.2]


def test_voicings_are_counted_where_they_happen() -> None:
    voicings = Voicings(("cell", "hall"), {"hall": 0.5}, 2, 2, 3)
    place = (np.array([0, 1]), np.array([2, 1]))
    voicings.record(7, np.array([0, 1]), np.array([4, 9]), np.array([1, 5]), "hall", place, np.array([0.4, 0.6]))
    assert voicings.all[["tick", "rumor", "row", "group", "occasion", "detected"]].tolist() == [
        (7, 0, 4, 1, 1, True),
        (7, 1, 9, 5, 1, False),
    ]
    assert np.argwhere(voicings.counts).tolist() == [[0, 0, 1, 2], [1, 1, 1, 1]]
    assert np.argwhere(voicings.detected_counts).tolist() == [[0, 0, 1, 2]]
    voicings.scale_climate(3.0, [1], "cell", (0,))
    voicings.set_bar(0.4, [0])
    assert voicings.climate[:, 0].tolist() == [[1, 1, 1], [3, 1, 1]]
    assert voicings.bar.tolist() == [[0.4] * 3, [0.0] * 3]


def test_fright_comes_before_telling_on_for_all_rumors() -> None:
    """1 hears two rumors in one tick; the second frightens, and so the first is not told on either."""
    for frightening in (0, 1):
        blocks = [block(Scripted({0: [1]}), rumor=k) for k in range(2)]
        some = people(Fear(tell_factor=0.0), 2)
        some.set_fear_of_news(frightening, {None: 1.0}, np.array([0]))
        Tick(blocks, some, {}, np.zeros(1, dtype=np.int8)).run(0)
        assert some.afraid_tick.tolist() == [NEVER, 0, NEVER]
        assert [one.telling.tolist() for one in blocks] == [[False] * 3] * 2
        assert [one.heard_tick[1] for one in blocks] == [0, 0]


def test_a_tick_enters_and_pushes_what_the_rule_says() -> None:
    one = block(Scripted({0: [1], 1: [2]}, {1: [0]}))
    order = Tick([one], people(), {}, np.array([3], dtype=np.int8))
    order.start(one, np.array([0]), True)
    unit = one.contacts.clocks[0].unit
    order.run(0)
    assert (one.pressures.of_tellers[0] * unit).tolist() == [0.0, 1.0, 2.0]
    order.run(1)
    assert (one.pressures.of_tellers[0] * unit).tolist() == [0.0, 0.0, 2.0]
    assert one.heard_tick.tolist() == [-1, 0, 1]
    assert one.stopped_tick.tolist() == [1, NEVER, NEVER]
    order.attribute()
    assert (one.channel.tolist(), one.teller.tolist()) == ([-1, 3, 3], [-1, 0, 1])
    order.silence(np.array([1, 2]), 2)
    assert not one.telling.any()
    assert not one.pressures.flat.any()
