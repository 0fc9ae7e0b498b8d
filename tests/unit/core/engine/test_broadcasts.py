"""Broadcasts laid out over people, replicates and rumors."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import Broadcast, Ticks
from rumorsim.core.engine.broadcasts import BroadcastRows
from rumorsim.errors import CoreError

TICKS = Ticks.of([1.0, 0.5])


def test_rows_of_two_replicates_under_the_second_rumor() -> None:
    one = Broadcast(4, "radio", np.array([2, 0]), np.array([0.5, 1.0]), 3.0)
    rows = BroadcastRows.of(one, (1, 4), 3, 2, TICKS, 7)
    assert rows.rows.tolist() == [8, 6, 11, 9]
    assert rows.access.tolist() == [0.5, 1.0, 0.5, 1.0]
    assert rows.dense.tolist() == [0.0] * 6 + [1.0, 0.0, 0.5] * 2
    assert (rows.span, rows.channel) == (slice(6, 12), 7)
    assert rows.factor.tolist() == [3.0, 1.5], "a rate a day times the length of the tick"


@pytest.mark.parametrize(("people", "many"), [(20, False), (19, True)])
def test_many_are_more_than_one_in_twenty(people: int, many: bool) -> None:
    one = Broadcast(0, "radio", np.array([3]), np.ones(1), 1.0)
    assert BroadcastRows.of(one, (0,), people, 3, TICKS, 0).many is many


def test_rates_by_tick_and_what_is_refused() -> None:
    one = Broadcast(0, "radio", np.array([0]), np.ones(1), [0.0, 4.0])
    assert BroadcastRows.of(one, (0,), 3, 1, TICKS, 0).factor.tolist() == [0.0, 2.0]
    with pytest.raises(CoreError, match="radio"):
        BroadcastRows.of(Broadcast(0, "radio", np.array([0]), np.ones(1), [1.0] * 3), (0,), 3, 1, TICKS, 0)
