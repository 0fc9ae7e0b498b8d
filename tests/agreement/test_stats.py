"""The measuring instruments: green for a right law, red for a wrong one, as often as they say."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tests.agreement import stats

RIGHT = [16 / 27, 8 / 27, 1 / 9, 0.0]
WRONG = [8 / 15, 4 / 15, 1 / 5, 0.0]


def test_a_wrong_law_is_red_and_the_right_one_green() -> None:
    rng = np.random.default_rng(1)
    assert stats.chi_square(rng.multinomial(2000, RIGHT), RIGHT) > 0.001
    assert stats.chi_square(rng.multinomial(2000, WRONG), RIGHT) < 1e-12
    with pytest.raises(AssertionError, match="wrong: p ="):
        stats.assert_none_red(
            {
                "right": stats.chi_square(rng.multinomial(2000, RIGHT), RIGHT),
                "wrong": stats.chi_square(rng.multinomial(2000, WRONG), RIGHT),
            }
        )


def test_one_impossible_outcome_is_enough() -> None:
    assert stats.chi_square([593, 296, 110, 1], RIGHT) == 0.0
    assert stats.multinomial_exact([3, 0, 0, 1], RIGHT) == 0.0
    assert stats.chi_square_power(RIGHT, [0.5, 0.3, 0.1, 0.1], 10) == 1.0


def test_p_values_are_uniform_for_the_right_law() -> None:
    rng = np.random.default_rng(2)
    p_values = [stats.chi_square(rng.multinomial(3000, RIGHT), RIGHT) for _ in range(2000)]
    assert scipy_stats.kstest(p_values, "uniform").pvalue > 0.001


def test_the_stated_power_is_the_real_one() -> None:
    rng = np.random.default_rng(3)
    draws = 250
    red = np.mean([stats.chi_square(rng.multinomial(draws, WRONG), RIGHT) <= 0.01 for _ in range(2000)])
    power = stats.chi_square_power(RIGHT, WRONG, draws, 0.01)
    assert 0.6 < power < 0.99
    assert red == pytest.approx(power, abs=0.05)


def test_rare_cells_are_pooled_not_dropped() -> None:
    law = np.array([0.9, 0.097, 0.001, 0.001, 0.001])
    assert stats.chi_square([3600, 388, 4, 4, 4], law) > 0.5
    assert stats.chi_square([3580, 375, 15, 15, 15], law) < 1e-6


def test_the_exact_test_by_hand() -> None:
    """Three tosses of a fair coin: tables 3-0 and 0-3 are the least likely, 1/8 each."""
    assert stats.multinomial_exact([3, 0], [0.5, 0.5]) == pytest.approx(0.25)
    assert stats.multinomial_exact([2, 1], [0.5, 0.5]) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="too many"):
        stats.multinomial_exact([500] * 8, [1 / 8] * 8)


def test_standard_errors() -> None:
    assert stats.binomial_z(60, 100, 0.5) == pytest.approx(2.0)
    assert stats.binomial_z(1, 100, 0.0) == math.inf
    assert stats.mean_z([1.0, 1.0], 1.0) == 0.0
    assert abs(stats.mean_z(np.random.default_rng(4).normal(size=10_000), 0.0)) < 4
    assert stats.mean_z(np.random.default_rng(4).normal(0.1, size=10_000), 0.0) > 6


def test_kolmogorov_smirnov_on_ticks_with_people_who_never_hear() -> None:
    rng = np.random.default_rng(5)
    ticks = np.arange(1, 11)
    cdf = 1 - 0.8**ticks
    heard = rng.geometric(0.2, 4000).astype(float)
    heard[heard > 10] = np.inf
    assert stats.ks_discrete(heard, ticks, cdf) > 0.01
    assert stats.ks_discrete(heard, ticks, 1 - 0.77**ticks) < 1e-4
    assert stats.ks_discrete(heard + 1, ticks, cdf) < 1e-12


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(stats.holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    assert stats.holm([0.9, 0.8]).max() == 1.0
    with pytest.raises(ValueError, match="no case"):
        stats.assert_none_red({})


def test_two_samples_of_one_law_and_of_two() -> None:
    rng = np.random.default_rng(6)
    first, second, other = (rng.multinomial(4000, law) for law in (RIGHT, RIGHT, WRONG))
    assert stats.two_samples(first, second) > 0.001
    assert stats.two_samples(first, other) < 1e-12
    p_values = [stats.two_samples(*rng.multinomial(2000, RIGHT, 2)) for _ in range(1000)]
    assert scipy_stats.kstest(p_values, "uniform").pvalue > 0.001
