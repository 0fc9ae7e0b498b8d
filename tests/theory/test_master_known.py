"""The judges judged: master equation against hand-computed chains, recursion and discrete ticks against it."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from rumorsim.core import theory
from tests.reference.master import IGNORANT, SPREADER, STIFLER, Chain


def complete(n: int) -> np.ndarray:
    return np.ones((n, n)) - np.eye(n)


# Number left ignorant on the complete graph, one initial spreader, equal rates, computed by hand as fractions.
KNOWN = {
    ("maki_thompson", 3): ["3/4", "1/4", "0", "0"],
    ("daley_kendall", 3): ["2/3", "1/3", "0", "0"],
    ("maki_thompson", 4): ["16/27", "8/27", "1/9", "0", "0"],
    ("daley_kendall", 4): ["8/15", "4/15", "1/5", "0", "0"],
}


@pytest.mark.parametrize(("rule", "n"), KNOWN)
def test_small_chains_by_hand(rule: str, n: int) -> None:
    expected = np.array([float(Fraction(value)) for value in KNOWN[rule, n]])
    chain = Chain(complete(n), rule)
    np.testing.assert_allclose(chain.left_ignorant(chain.final([0])), expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(theory.complete_graph_final_ignorants(n, rule), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("rule", ["maki_thompson", "daley_kendall"])
@pytest.mark.parametrize("n", [2, 5, 6])
def test_recursion_agrees_with_the_full_chain(rule: str, n: int) -> None:
    for rates in [(1.0, 1.0, 0.0), (2.0, 0.3, 0.7), (1.0, 0.0, 0.5)]:
        chain = Chain(complete(n), rule, *rates)
        for initial in (1, 2):
            law = chain.left_ignorant(chain.final(range(initial)))
            known = theory.complete_graph_final_ignorants(n, rule, *rates, initial_spreaders=initial)
            np.testing.assert_allclose(law, known, rtol=1e-11, atol=1e-15)


def test_one_directed_edge() -> None:
    """0 tells 1 and then stops, since it goes on calling one who knows; 1 calls nobody and never stops."""
    weights = np.zeros((2, 2))
    weights[0, 1] = 1.0
    chain = Chain(weights, "maki_thompson", 2.0, 3.0)
    final = chain.final([0])
    assert final[chain.number[STIFLER, SPREADER]] == 1.0
    backwards = chain.final([1])
    assert backwards[chain.number[IGNORANT, SPREADER]] == 1.0
    # P(T_1 <= t) is the exponential law.
    np.testing.assert_allclose(chain.heard_by([0], 1, [0.1, 1.0]), 1 - np.exp([-0.2, -2.0]), rtol=1e-12)
    # Daley-Kendall: the pair meets at half the weight and both stop.
    both = Chain(weights, "daley_kendall", 2.0, 3.0)
    assert both.final([0])[both.number[STIFLER, STIFLER]] == 1.0
    law = both.at([0, 1], 0.5)
    assert law[both.number[SPREADER, SPREADER]] == pytest.approx(math.exp(-0.75), rel=1e-12)


def test_long_time_is_the_final_law() -> None:
    rng = np.random.default_rng(5)
    weights = rng.integers(0, 3, (4, 4)) * 0.5
    np.fill_diagonal(weights, 0.0)
    for rule in ("maki_thompson", "daley_kendall"):
        chain = Chain(weights, rule, 1.0, 0.7, 0.4)
        np.testing.assert_allclose(chain.at([0], 200.0), chain.final([0]), atol=1e-10)


def test_piecewise_rates_equal_constant_rates() -> None:
    chain = Chain(complete(3), "maki_thompson", 0.8, 0.5, 0.1)
    np.testing.assert_allclose(chain.at([0], 1.7, [(0.3, 0.8), (1.1, 0.8), (9.0, 0.8)]), chain.at([0], 1.7), atol=1e-12)
    paused = chain.at([0], 1.7, [(1.0, 0.0), (9.0, 0.8)])
    assert chain.ignorant_prob(paused)[1] > chain.ignorant_prob(chain.at([0], 1.7))[1]


@pytest.mark.parametrize("rule", ["maki_thompson", "daley_kendall"])
def test_ticks_converge_to_continuous_time_at_first_order(rule: str) -> None:
    weights = complete(4)
    weights[0, 1] = 2.5
    weights[3, 0] = 0.0
    chain = Chain(weights, rule, 1.0, 0.8, 0.2)
    exact = chain.at([0], 1.0)
    errors = [np.abs(chain.after_ticks([0], n, 1.0 / n)[-1] - exact).sum() for n in (8, 16, 32, 64)]
    assert all(0.4 < after / before < 0.6 for before, after in itertools.pairwise(errors)), errors


def test_every_tick_law_adds_up() -> None:
    for rule in ("maki_thompson", "daley_kendall"):
        chain = Chain(complete(4), rule, 1.0, 1.0, 0.3)
        for law in chain.after_ticks([0, 1], 5, 0.5):
            assert law.sum() == pytest.approx(1.0, abs=1e-12)
            assert law.min() >= 0.0


def test_a_tick_by_hand() -> None:
    """Two spreaders and one ignorant, weights 1: both rules written out on paper for one tick of a day."""
    state = (SPREADER, SPREADER, IGNORANT)
    hears, keeps = 1 - math.exp(-2.0), math.exp(-1.0)
    law = dict(Chain(complete(3), "maki_thompson").tick(state, 1.0))
    assert law[SPREADER, STIFLER, SPREADER] == pytest.approx(hears * keeps * (1 - keeps), rel=1e-12)
    assert law[STIFLER, STIFLER, IGNORANT] == pytest.approx((1 - hears) * (1 - keeps) ** 2, rel=1e-12)
    # Daley-Kendall: each crosses half of the one meeting; either crossing stops both; one alone never stops.
    law = dict(Chain(complete(3), "daley_kendall").tick(state, 1.0))
    assert law[STIFLER, STIFLER, IGNORANT] == pytest.approx((1 - hears) * (1 - math.exp(-1.0)), rel=1e-12)
    assert (SPREADER, STIFLER, IGNORANT) not in law


def test_daley_kendall_is_not_maki_thompson_with_the_same_hazard() -> None:
    """The limit 0.2032 cannot tell the two rules apart; three people can."""
    maki, daley = Chain(complete(3), "maki_thompson"), Chain(complete(3), "daley_kendall")
    assert abs(maki.left_ignorant(maki.final([0]))[1] - daley.left_ignorant(daley.final([0]))[1]) > 0.08
