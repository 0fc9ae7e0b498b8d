"""Lags have the right law, and the same minutes on every machine."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import stats

from rumorsim.archive.lag import delay_minutes, exponential_minutes
from rumorsim.errors import RunError

QUANTILES = (np.arange(999) + 1) / 1000
FROZEN = [69, 1850, 9363]
FROZEN_DIGEST = "7590fc46f550cff7"


@pytest.mark.parametrize(("mean", "sd"), [(1.5, 1.0), (10.0, 10.0), (7.0, 2.0), (0.3, 0.5), (2.0, 0.1)])
def test_gamma_quantiles_match_scipy(mean: float, sd: float) -> None:
    expected = stats.gamma((mean / sd) ** 2, scale=sd * sd / mean).ppf(QUANTILES)
    # A lag is right to a cell of the table, and minutes are whole.
    tolerance = (mean + 6 * sd + 16 * sd * sd / mean) / 4096 + 1 / 1440
    assert (np.abs(delay_minutes(QUANTILES, mean, sd) / 1440 - expected) <= tolerance).all()


def test_exponential_quantiles_match_scipy() -> None:
    expected = stats.expon(scale=3.0).ppf(QUANTILES)
    # exponential_minutes falls with u: minus the logarithm.
    assert np.abs(exponential_minutes(1 - QUANTILES, 3.0) / 1440 - expected).max() <= 1 / 1440


def test_lag_rises_with_the_random_number() -> None:
    assert (np.diff(delay_minutes(QUANTILES, 1.5, 1.0)) >= 0).all()


def test_zero_is_a_value() -> None:
    assert delay_minutes(QUANTILES, 0.0, 1.0).tolist() == [0] * 999
    assert delay_minutes([0.1, 0.9], 2.0, 0.0).tolist() == [2880, 2880]
    assert exponential_minutes([0.1, 0.9], 0.0).tolist() == [0, 0]


@pytest.mark.parametrize(("mean", "sd"), [(-1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_bad_delays_are_refused(mean: float, sd: float) -> None:
    with pytest.raises(RunError, match=r"delay out of range \(given"):
        delay_minutes([0.5], mean, sd)


def test_minutes_are_frozen() -> None:
    """The bytes of lags are part of every fingerprint: a change here changes every stored run."""
    minutes = delay_minutes(QUANTILES, 1.5, 1.0).astype("<i8")
    assert minutes[[0, 499, 998]].tolist() == FROZEN
    assert hashlib.sha256(minutes.tobytes()).hexdigest()[:16] == FROZEN_DIGEST
