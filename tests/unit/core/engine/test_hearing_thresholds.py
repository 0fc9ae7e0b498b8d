"""Thresholds of hearing by themselves: what is used up, by whom, and what scaling leaves."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import Broadcast, Ticks
from rumorsim.core.engine import hearing_thresholds
from rumorsim.core.engine.broadcasts import BroadcastRows
from rumorsim.core.engine.hearing_thresholds import HearingThresholds

EVERYTHING = [slice(0, 6)]


def left(*values: float, n_rumors: int = 2) -> HearingThresholds:
    thresholds = HearingThresholds(len(values) // n_rumors, n_rumors)
    thresholds.set(np.array(values, dtype=np.float32))
    return thresholds


def test_nobody_crosses_before_anything_is_set_or_after_it_is_closed() -> None:
    one = HearingThresholds(3, 1)
    one.spend(np.full(3, 1e30, np.float32), np.ones(1, np.float32), None, [slice(0, 3)])
    assert one.crossed().tolist() == []
    one.set(np.array([1.0, 2.0, 3.0], np.float32))
    one.close(np.array([1]))
    one.spend(np.full(3, 9.0, np.float32), np.ones(1, np.float32), None, [slice(0, 3)])
    assert one.crossed().tolist() == [0, 2]


def test_a_threshold_is_crossed_when_nothing_is_left() -> None:
    one = left(1.0, 1.0, 1.0, n_rumors=1)
    one.spend(np.array([2, 1, 0], np.float32), np.array([0.5], np.float32), None, [slice(0, 3)])
    assert (one.remaining.tolist(), one.crossed().tolist()) == ([0.0, 0.5, 1.0], [0])


@pytest.mark.parametrize("factor", [[0.5], [0.5, 2.0]])
def test_what_is_spent_is_pressure_times_the_factor_of_the_rumor(factor: list[float]) -> None:
    """By all rows, by the stretches that somebody tells, and by the rows that have any pressure at all."""
    pressure = np.array([0, 4, 0, 2, 0, 8], np.float32)
    each = np.repeat(factor * (3 - len(factor)), 3)
    expected = 100.0 - pressure * each
    for support, stretches in ((None, EVERYTHING), (np.array([1, 3, 4, 5]), []), (None, [slice(0, 3), slice(3, 6)])):
        one = left(*[100.0] * 6)
        if support is not None and len(factor) == 2:
            support = np.array([1, 2, 4, 5])  # a support lists the same people for every rumor
            expected = 100.0 - np.where(np.arange(6) == 3, 0, pressure * each)
        one.spend(pressure, np.array(factor, np.float32), support, stretches)
        assert one.remaining.tolist() == expected.tolist()
        expected = 100.0 - pressure * each
    one = left(*[100.0] * 6)
    one.spend(pressure, np.array(factor, np.float32), None, [slice(3, 6)])
    assert one.remaining[:3].tolist() == [100.0] * 3, "nobody tells the first rumor"


def test_clocks_in_turn_spend_as_one_by_one_in_any_stretches() -> None:
    """Every row goes by the clocks in order, whatever comes between them; subtraction in float32 is not associative."""
    drawn = np.random.default_rng(3)
    pressures = [drawn.integers(0, 50, 80).astype(np.float32) for _ in range(4)]
    support = np.concatenate([np.arange(5, 35), np.arange(45, 75)]).astype(np.int32)
    pressures[1][np.setdiff1d(np.arange(80), support)] = 0
    factors = [np.array(each, np.float32) for each in ([0.9], [0.37, 0.0], [0.3, 1e-3], [0.7])]
    clocks = list(zip(pressures, factors, (None, support, None, None), strict=True))
    one, by_stretch = left(*[70.0] * 80), left(*[70.0] * 80)
    for clock in clocks:
        one.spend(*clock, [slice(0, 80)])
    by_stretch.spend_in_turn(clocks, [slice(0, 40), slice(40, 80)])
    assert by_stretch.remaining.tolist() == one.remaining.tolist()


def test_what_nobody_tells_is_left_out_and_short_neighbors_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    one, tells = HearingThresholds(2, 4), np.array([0, 1, 1, 0, 0, 0, 0, 1], dtype=np.bool_)
    assert one.talked_of(tells) == [slice(0, 4), slice(6, 8)]
    monkeypatch.setattr(hearing_thresholds, "_AT_ONCE", 3)
    assert one.talked_of(tells) == [slice(0, 2), slice(2, 4), slice(6, 8)]


def test_scaling_leaves_a_little_unless_nothing_was_left() -> None:
    one = left(1.0, 1e-20, 0.0, 5.0, np.inf, 2.0)
    one.scale(slice(0, 3), slice(None), np.float32(1e-30))
    assert one.remaining[:3].tolist() == [np.float32(1e-30), np.float32(1e-30), 0.0]
    one.scale(slice(3, 6), np.array([0, 1]), np.float32(2.0))
    assert one.remaining[3:].tolist() == [10.0, np.inf, 2.0]
    one.scale(slice(3, 6), np.array([0, 0, 2]), np.float32(np.inf))
    assert one.remaining[3:].tolist() == [np.inf, np.inf, np.inf], "receptivity 0 never hears"
    quick = left(1.0, 1e-20, n_rumors=1)
    quick.scale(slice(0, 2), slice(None), np.float32(1e-30), floor=False)
    assert quick.remaining.tolist() == [np.float32(1e-30), 0.0]


@pytest.mark.parametrize(("spared", "left_of_2"), [([], 0.875), ([5], 1.0)])
def test_a_broadcast_to_many_and_to_few_spends_the_same(spared: list[int], left_of_2: float) -> None:
    found, absent = [], np.array(spared, dtype=np.int64)
    for many in (True, False):
        one = left(*[1.0] * 6)
        broadcast = Broadcast(1, "radio", np.array([2, 0]), np.array([0.5, 2.0]), [0.0, 0.25])
        rows = BroadcastRows.of(broadcast, (0, 1), 3, 1, Ticks.uniform(1.0, 2.0), 0)
        object.__setattr__(rows, "many", many)
        one.spend_on_broadcast(rows, 0, absent)
        assert one.remaining.tolist() == [1.0] * 6, "silent in the first tick"
        one.spend_on_broadcast(rows, 1, absent)
        found.append(one.remaining.tolist())
    assert found == [[1.0, 1.0, 1.0, 0.5, 1.0, left_of_2]] * 2


def test_a_copy_goes_its_own_way() -> None:
    one = left(1.0, 2.0, n_rumors=1)
    other = one.copy()
    other.spend(np.ones(2, np.float32), np.ones(1, np.float32), None, [slice(0, 2)])
    assert (one.remaining.tolist(), other.remaining.tolist()) == ([1.0, 2.0], [0.0, 1.0])
    assert (one.crossed().tolist(), other.crossed().tolist()) == ([], [0])
