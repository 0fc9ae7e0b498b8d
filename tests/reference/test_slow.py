"""The slow judge agrees with the exact chain of the same ticks, and with cases computed on paper."""

import random

import numpy as np
import pytest

from tests.agreement import stats
from tests.reference import slow
from tests.reference.master import Chain

RULES = {"maki_thompson": slow.maki_thompson, "daley_kendall": slow.daley_kendall}
WEIGHTS = np.array([[0.0, 1.0, 0.5, 0.0], [1.0, 0.0, 2.0, 0.0], [0.0, 1.0, 0.0, 1.5], [0.7, 0.0, 0.0, 0.0]])


def ties(weights: np.ndarray) -> dict[tuple[int, int], float]:
    return {(int(i), int(j)): float(weights[i, j]) for i, j in np.argwhere(weights)}


@pytest.mark.parametrize("rule", RULES)
def test_every_state_as_often_as_the_exact_ticks_say(rule: str) -> None:
    chain = Chain(WEIGHTS, rule, 1.0, 0.8, 0.2)
    law = chain.after_ticks([0], 5, 0.4)[-1]
    counts = np.zeros(len(law))
    for seed in range(4000):
        told = RULES[rule](slow.World(4, ties(WEIGHTS)), [0], 5, 0.4, random.Random(seed), 1.0, 0.8, 0.2)
        stages = tuple(
            0 if h == slow.NEVER else 1 if s == slow.NEVER else 2 for h, s in zip(told.heard, told.stopped, strict=True)
        )
        counts[chain.number[stages]] += 1
    p_value = stats.chi_square(counts, law)
    assert p_value > 1e-3
    other = Chain(WEIGHTS, "daley_kendall" if rule == "maki_thompson" else "maki_thompson", 1.0, 0.8, 0.2)
    wrong = other.after_ticks([0], 5, 0.4)[-1]
    assert stats.chi_square(counts, wrong) < 1e-6, "the comparison could not tell the two rules apart"


def test_a_group_is_the_same_as_its_ties() -> None:
    group = slow.World(3, {}, [slow.Layer([[0, 1, 2]], rate=2.0, exponent=1.0)])
    written = slow.World(3, {(i, j): 2.0 / 3.0 for i in range(3) for j in range(3) if i != j})
    for seed in range(50):
        assert slow.daley_kendall(group, [0], 8, 0.5, random.Random(seed)) == slow.daley_kendall(
            written, [0], 8, 0.5, random.Random(seed)
        )


def test_a_sure_cascade_is_breadth_first() -> None:
    path = slow.World(4, {(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0})
    told = slow.independent_cascade(path, [0], 5, 1.0, random.Random(0), prob=1.0)
    assert told.heard == [0.0, 1.0, 2.0, 3.0]
    assert told.stopped == [1.0, 2.0, 3.0, 4.0]
    assert told.teller == [-1, 0, 1, 2]
    assert slow.independent_cascade(path, [0], 5, 1.0, random.Random(0), prob=0.0).left_ignorant() == 3


def test_one_try_each_and_no_more() -> None:
    pair = slow.World(2, {(0, 1): 1.0})
    heard = sum(
        slow.independent_cascade(pair, [0], 9, 1.0, random.Random(s), prob=0.3).heard[1] == 1.0 for s in range(4000)
    )
    assert abs(stats.binomial_z(heard, 4000, 0.3)) < 4


def test_thresholds_and_memory() -> None:
    """Person 2 needs both neighbors at once, unless doses of earlier ticks are remembered."""
    world = slow.World(3, {(0, 2): 0.5, (1, 2): 0.5, (0, 1): 1.0})
    forgetful = slow.linear_threshold(world, [0], 6, 1.0, thresholds=[9, 1.0, 1.0], memory_ticks=1)
    assert forgetful.heard == [0.0, 1.0, 2.0]
    remembering = slow.linear_threshold(slow.World(3, {(0, 2): 0.5}), [0], 6, 1.0, [9, 9, 1.0], memory_ticks=2)
    assert remembering.heard[2] == 2.0
    short = slow.linear_threshold(slow.World(3, {(0, 2): 0.5}), [0], 6, 1.0, [9, 9, 1.0], memory_ticks=1)
    assert short.heard[2] == slow.NEVER
