"""What every rule has without saying so, and the law of hearing by integrated hazard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rumorsim.core import DaleyKendall, HazardRule, MakiThompson, Network, simulate
from rumorsim.errors import CoreError
from tests.unit.core.engine.parts import Scripted, block, start

ROWS = 3000


def test_a_rule_that_says_nothing_else_never_stops_anybody() -> None:
    one = block(Scripted({}))
    rule = one.rule
    assert super(Scripted, rule).start(one) is None
    assert super(Scripted, rule).stop(one, None).tolist() == []
    assert rule.patience(one, None, np.arange(2)).tolist() == [np.inf, np.inf]
    one.clock_factor[0, 0, 3] = 0.25
    unit = one.contacts.clocks[0].unit
    assert [rule.marginal(one, None, tick).tolist() for tick in (2, 3)] == [[[unit]], [[unit / 4]]]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (MakiThompson(0.5, 0.1), MakiThompson(0.5, 0.1), True),
        (MakiThompson(0.5, 0.1), MakiThompson(0.5, 0.2), False),
        (MakiThompson(0.5, 0.1), DaleyKendall(0.5, 0.1), False),
        (MakiThompson([0.5, 0.2]), MakiThompson(np.array([0.5, 0.2])), True),
        (MakiThompson([0.5, 0.2]), MakiThompson([0.5, 0.3]), False),
        (MakiThompson([0.5, 0.2]), MakiThompson(0.5), False),
    ],
)
def test_equal_is_the_same_class_with_the_same_numbers(one: Any, other: Any, equal: bool) -> None:
    assert one.equals(other) is other.equals(one) is equal


def test_hearing_uses_up_one_threshold() -> None:
    """Hazard 0.3 a tick over a weight of 1: by hand, tick by tick, and with the law of the exponential."""
    one = block(HazardRule(0.3), replicates=ROWS)
    start(one, 3 * np.arange(ROWS))
    thresholds = one.thresholds("hear").astype(float)[1::3]
    for tick in range(3):
        heard, stopped = one.spread(tick)
        assert heard.tolist() == (3 * np.flatnonzero(thresholds <= 0.3 * (tick + 1)) + 1).tolist()
        assert len(stopped) == 0
        share = 1 - math.exp(-0.3 * (tick + 1))
        assert abs(len(heard) / ROWS - share) < 4 * math.sqrt(share * (1 - share) / ROWS)
    assert one.rule.marginal(one, one.memory, 2).tolist() == [[np.float32(0.3 * one.contacts.clocks[0].unit)]]


def test_rates_by_tick_open_a_clock_only_when_something_can_be_heard() -> None:
    one = block(HazardRule([0.0, 1e6, 0.0, 0.0, 1.0]))
    start(one, [0])
    assert one.memory.open_clocks == [[], [0], [], [], [0]]
    assert [one.spread(tick)[0].tolist() for tick in range(2)] == [[], [1]]


def test_rates_that_no_engine_can_use_are_refused() -> None:
    with pytest.raises(CoreError, match="transmission_rate"):
        HazardRule(-1.0)
    two = Network.from_edges(2, [0], [1])
    with pytest.raises(CoreError, match="transmission_rate times calendar factor"):
        simulate(two, MakiThompson(1e25), stop_days=1.0, clock_factors={"always": [1e25]})
