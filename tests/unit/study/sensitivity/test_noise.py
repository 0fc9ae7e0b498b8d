"""Luck is told apart from parameters, whether points share it or not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rumorsim.study.sensitivity.noise import Noise, split_variance
from tests.unit.study.made_up import normal


@pytest.mark.parametrize(("own", "common"), [(0.3, 0.0), (0.3, 0.5), (0.0, 0.4), (2.0, 0.0)])
def test_the_three_variances_are_unbiased(own: float, common: float) -> None:
    points, replicates, repeats = 40, 5, 300
    found = []
    for seed in range(repeats):
        values = 0.7 * normal((points, 1), seed) + common * normal((1, replicates), seed + 10_000)
        values = values + own * normal((points, replicates), seed + 20_000)
        noise = split_variance(values)
        found.append((noise.between, noise.common, noise.own))
    means, errors = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / math.sqrt(repeats)
    assert (np.abs(means - [0.7**2, common**2, own**2]) < 4.0 * errors + 1e-12).all(), (means, errors)


def test_shares() -> None:
    noise = Noise(replicates=4, between=2.0, common=1.0, own=1.0)
    assert noise.share == 0.5
    assert noise.share_of_mean == pytest.approx(0.25 / 2.25)
    assert noise.replicates_for(0.2) == pytest.approx(2.0)
    enough = Noise(replicates=2, between=2.0, common=1.0, own=1.0)
    assert enough.share_of_mean == pytest.approx(0.2)


def test_estimates_below_zero_count_as_none() -> None:
    noise = Noise(replicates=2, between=-0.1, common=-0.2, own=0.5)
    assert noise.share == 1.0
    assert noise.share_of_mean == 1.0
    assert noise.replicates_for(0.05) == math.inf


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_what_cannot_be_known_is_not_a_number(shape: tuple[int, int]) -> None:
    noise = split_variance(np.ones(shape))
    assert math.isnan(noise.own)
    assert math.isnan(noise.share)
    assert math.isnan(noise.share_of_mean)
    assert math.isnan(noise.replicates_for(0.05))


def test_rounding_is_not_noise() -> None:
    noise = split_variance(normal((40, 1), 0) + normal((1, 7), 1))
    assert noise.own == 0.0
    assert noise.share_of_mean == 0.0
    assert 0.0 < noise.share < 1.0


def test_no_variance_at_all_has_no_share() -> None:
    noise = split_variance(np.full((6, 3), 0.25))
    assert noise.own == 0.0
    assert math.isnan(noise.share)
