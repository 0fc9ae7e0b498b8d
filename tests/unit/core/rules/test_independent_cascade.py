"""The independent cascade: one attempt, the chance of an edge and of several together, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from rumorsim.core import IndependentCascade, Network, Simulation, simulate
from rumorsim.errors import CoreError
from tests.unit.core.engine.parts import block, start

PATH = Network.from_edges(3, [0, 1], [1, 2])
ROWS = 4000


@pytest.mark.parametrize("prob", [0.2, 0.7])
def test_an_attempt_over_a_weight(prob: float) -> None:
    """0 tries 1 over a weight of 1, 1 tries 2 over a weight of 2; all fall silent in the tick of their attempt."""
    one = block(IndependentCascade(prob), replicates=ROWS)
    start(one, 3 * np.arange(ROWS))
    other = block(IndependentCascade(prob), replicates=ROWS)
    start(other, 3 * np.arange(ROWS) + 1)
    for state, person, chance in ((one, 1, prob), (other, 2, 1 - (1 - prob) ** 2)):
        heard, stopped = state.spread(0)
        assert (heard % 3 == person).all()
        assert abs(len(heard) / ROWS - chance) < 4 * math.sqrt(chance * (1 - chance) / ROWS)
        assert len(stopped) == ROWS
        assert len(state.tellers) == 0


def test_the_length_of_a_tick_does_not_matter_and_nobody_tries_twice() -> None:
    found = [
        simulate(
            PATH, IndependentCascade(0.4), initial_spreaders=[0], time_step_days=days, stop_days=9.0, replicates=50
        )
        for days in (0.5, 3.0)
    ]
    assert (found[0].heard_tick == found[1].heard_tick).all()
    assert set(found[0].heard_tick[:, 0, 1].tolist()) == {0, 32767}
    assert (found[0].stopped_tick[:, 0, 0] == 0).all()


def test_a_chance_of_nothing_reaches_nobody() -> None:
    assert simulate(PATH, IndependentCascade(0.0), initial_spreaders=[0], stop_days=9.0).n_aware.tolist() == [1]


@pytest.mark.parametrize("prob", [1.0, -0.1, 1.1, math.nan, "0.5", True])
def test_what_is_refused(prob: Any) -> None:
    with pytest.raises(CoreError, match="success_prob"):
        IndependentCascade(prob)


def test_a_cascade_keeps_nothing_of_a_run() -> None:
    rule = IndependentCascade(0.5)
    before = dict(rule.__dict__)
    simulate(PATH, rule, initial_spreaders=[0], stop_days=3.0, time_step_days=0.5)
    Simulation(PATH, rule, initial_spreaders=[0], stop_days=3.0).run()
    assert rule.__dict__ == before == {"success_prob": 0.5}
