"""A rumor block by itself: what a rule sees of it."""

from __future__ import annotations

import numpy as np

from tests.unit.core.engine.parts import NOBODY, Scripted, block


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
