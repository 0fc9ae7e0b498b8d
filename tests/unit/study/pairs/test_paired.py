"""Statistics of pairs on cases whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from rumorsim.core.randomness.streams import Streams
from rumorsim.study.pairs.paired import RESAMPLES, Resampling, mean_interval, paired_mean


def draws(n: int, purpose: int) -> np.ndarray:
    return Streams(0).uniform("test", np.arange(n), occasion=purpose)


def test_the_interval_is_students() -> None:
    a, b = draws(12, 1), draws(12, 2)
    pair = paired_mean(a, b, level=0.9)
    wanted = stats.ttest_rel(b, a).confidence_interval(0.9)
    assert pair.low == pytest.approx(wanted.low, rel=1e-12)
    assert pair.high == pytest.approx(wanted.high, rel=1e-12)
    assert pair.difference == pytest.approx((b - a).mean(), rel=1e-12)


def test_variances_are_those_of_these_pairs() -> None:
    a = draws(50, 1)
    pair = paired_mean(a, 2.0 * a)
    assert pair.variance_difference == pytest.approx(a.var(ddof=1), rel=1e-12)
    assert pair.variance_b == pytest.approx(4.0 * a.var(ddof=1), rel=1e-12)


def test_a_constant_shift_has_no_width() -> None:
    pair = paired_mean(np.arange(5.0), np.arange(5.0) + 0.5)
    assert (pair.difference, pair.low, pair.high, pair.variance_difference) == (0.5, 0.5, 0.5, 0.0)


def test_one_pair_has_no_interval() -> None:
    pair = paired_mean([1.0], [3.0])
    assert pair.difference == 2.0
    assert math.isnan(pair.low)
    assert math.isnan(pair.variance_a)


def test_the_interval_of_a_curve_is_that_of_each_day() -> None:
    curves = draws(40, 3).reshape(8, 5)
    _, low, _ = mean_interval(curves)
    assert low[2] == pytest.approx(paired_mean(np.zeros(8), curves[:, 2]).low, rel=1e-12)


def test_intervals_cover_the_mean_as_often_as_they_say() -> None:
    values = draws(20 * 2000, 4).reshape(20, 2000)
    _, low, high = mean_interval(values)
    covered = ((low <= 0.5) & (high >= 0.5)).mean()
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000) + 0.005  # uniform, not normal


def test_bootstrap_intervals_cover_the_median() -> None:
    values = draws(31 * 400, 5).reshape(400, 31)
    resampling = Resampling(seed=3)
    ends = np.array([resampling.median_interval(row) for row in values])
    covered = ((ends[:, 0] <= 0.5) & (ends[:, 1] >= 0.5)).mean()
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 400)


@pytest.mark.parametrize("n", [7, 8])
def test_samples_have_medians_as_numpy_has_them(n: int) -> None:
    values = draws(n, 6)
    resampling = Resampling(seed=0)
    counts = resampling.counts(n)
    assert counts.shape == (RESAMPLES, n)
    assert (counts.sum(axis=1) == n).all()
    medians = [float(np.median(np.repeat(values, row))) for row in counts]
    assert resampling.median_interval(values) == pytest.approx(tuple(np.quantile(medians, [0.025, 0.975])), rel=1e-12)


def test_the_seed_is_honored_zero_too() -> None:
    values = draws(9, 7)
    assert Resampling(seed=0).median_interval(values) == Resampling(seed=0).median_interval(values)
    assert not np.array_equal(Resampling(seed=0).counts(9), Resampling(seed=1).counts(9))


def test_a_median_of_one_has_no_interval() -> None:
    assert all(math.isnan(end) for end in Resampling(seed=0).median_interval(np.array([1.0])))
