"""Ticks and rates: whatever time is cut into, its pieces add up, and a rate becomes a hazard in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rumorsim.core import Ticks
from rumorsim.core.engine.rates import per_tick
from rumorsim.errors import CoreError


@given(step=st.floats(0.01, 5.0), stop=st.floats(0.01, 50.0))
def test_equal_ticks_end_at_the_end(step: float, stop: float) -> None:
    ticks = Ticks.uniform(step, stop)
    assert ticks.edges_days[0] == 0.0
    assert ticks.edges_days[-1] == pytest.approx(stop, rel=2e-9)
    assert np.allclose(ticks.lengths_days[:-1], step, rtol=1e-9, atol=0)
    assert 0 < ticks.lengths_days[-1] <= step * (1 + 1e-9)
    assert ticks.n_ticks == len(ticks.lengths_days) == len(ticks.edges_days) - 1


def test_a_step_that_does_not_divide_the_time_leaves_a_shorter_tick() -> None:
    assert Ticks.uniform(0.4, 1.0).lengths_days == pytest.approx([0.4, 0.4, 0.2])
    whole = Ticks.uniform(0.1, 0.3)
    assert whole.edges_days.tolist() == [0.0, 0.1, 0.2, 3 * 0.1], "0.3 / 0.1 is a little below 3, and still no rest"
    assert Ticks.uniform(9.0, 1.0).edges_days.tolist() == [0.0, 1.0]
    assert Ticks.uniform(1.0, 32_000.0).n_ticks == Ticks.uniform(1.0, 31_999.5).n_ticks == 32_000, (
        "the most there may be"
    )


def test_ticks_of_any_length() -> None:
    ticks = Ticks.of([1, 0.5, 2.0])
    assert (ticks.edges_days.tolist(), ticks.n_ticks) == ([0.0, 1.0, 1.5, 3.5], 3)


def test_a_rate_times_the_length_is_the_hazard_of_a_tick() -> None:
    ticks = Ticks.of([1.0, 0.5, 2.0])
    assert per_tick(3, ticks).tolist() == [3.0, 1.5, 6.0]
    assert per_tick([1.0, 0.0, 4.0], ticks).tolist() == [1.0, 0.0, 8.0]
    finer = Ticks.uniform(0.25, 3.5)
    assert per_tick(3, finer).sum() == per_tick(3, ticks).sum() == 10.5


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Ticks.of([]), "lengths_days"),
        (lambda: Ticks.of([1.0, 0.0]), "above 0"),
        (lambda: Ticks.of([[1.0]]), "lengths_days"),
        (lambda: Ticks.of(np.ones(32_001)), "at most 32000"),
        (lambda: Ticks.uniform(0.0, 1.0), "time step"),
        (lambda: Ticks.uniform(1.0, 0.0), "end of the run"),
        (lambda: Ticks.uniform(1e-9, 1.0), "at most 32000"),
        (lambda: Ticks.uniform(1.0, 32_000.5), "at most 32000"),
        (lambda: per_tick([1.0, 1.0], Ticks.of([1.0])), "rate.*one number or 1 numbers"),
        (lambda: per_tick(-1.0, Ticks.of([1.0]), "forgetting_rate"), "forgetting_rate"),
        (lambda: per_tick(1e30, Ticks.of([2.0]), "rate"), "rate times the length of a tick"),
    ],
)
def test_what_is_refused(make: Any, word: str) -> None:
    with pytest.raises(CoreError, match=word):
        make()
