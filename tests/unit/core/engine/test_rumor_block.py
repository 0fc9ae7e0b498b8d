"""A rumor block by itself: what a rule sees of it, and its rows."""

from __future__ import annotations

import numpy as np

from rumorsim.core import NEVER, Ticks
from rumorsim.core.contacts.edge_sums import push_add_at
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.randomness.streams import BatchStreams
from tests.unit.core.engine.parts import NOBODY, Scripted, block, path, start


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


def two_rumors() -> RumorBlock:
    """Rumors 4 and 7 side by side: three people each, the second with twice the calendar factor."""
    contacts = path(2)
    pressures = Pressures(contacts, None, push_add_at, None, 6, frozenset({"knowing"}))
    factor = np.broadcast_to([[[1.0]], [[2.0]]], (2, 1, 5))
    streams = BatchStreams(0, [0], np.arange(3), (4, 7))
    return RumorBlock(Scripted({}), (4, 7), 3, Ticks.uniform(1.0, 5.0), factor, pressures, streams)


def test_rows_of_rumors_laid_side_by_side() -> None:
    one = two_rumors()
    assert (one.rumor, one.span(4), one.span(7)) == (4, slice(0, 3), slice(3, 6))
    assert [(rumor, rows.tolist()) for rumor, rows in one.by_rumor(np.array([0, 2, 4]))] == [(4, [0, 2]), (7, [1])]
    assert [rumor for rumor, _ in one.by_rumor(np.array([5]))] == [7]
    assert one.of_all_rumors(np.array([0, 2])).tolist() == [0, 2, 3, 5]
    start(one, [0, 3])
    assert one.hazard_of_hearing(0.5).tolist() == [0.0, 0.5, 0.0, 0.0, 1.0, 0.0]
    one.enter_hearing(np.array([1, 4]), -1)
    one.enter_switches(np.array([1, 4]), np.array([False, False]), NOBODY, 0)
    assert one.hazard_from_those_who_know(0.5).tolist() == [0.5, 1.0]
    assert one.thresholds("hear")[3:].tolist() == one.streams.for_rumors([7]).exponential("hear", np.arange(3)).tolist()


def test_whoever_is_listed_twice_hears_from_the_first_and_only_once() -> None:
    one = two_rumors()
    one.hear_outside(7, np.array([2, 0, 2]), 1, 5, np.array([10, 11, 12]), None, 0.5)
    one.hear_outside(7, np.array([2, 1]), 2, 6, np.array(-1), True, 1.0)
    assert one.heard_tick[3:].tolist() == [1, 2, 1]
    assert (one.channel[3:].tolist(), one.teller[3:].tolist()) == ([5, 6, 5], [11, -1, 10])
    settled = [(rows.tolist(), prob.tolist()) for rows, prob in one.take_heard_now() if prob is not None]
    assert settled == [([3, 5], [0.5, 0.5]), ([4], [1.0])]
    assert one.take_heard_now() == []
    assert np.isinf(one.remaining[3:]).all()
    assert one.heard_tick[:3].tolist() == [NEVER] * 3
