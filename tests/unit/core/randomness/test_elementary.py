"""Logarithm and exponential of one's own: accurate, exact where they must be, and the same for few and for many."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core.randomness.elementary import exponential, minus_log, natural_exponential
from rumorsim.errors import CoreError


def test_exponential_agrees_with_the_library() -> None:
    x = np.linspace(-30.0, 30.0, 60_001)
    assert np.abs(exponential(x) / np.exp(x) - 1.0).max() < 1e-13


def test_own_exponential_is_accurate() -> None:
    x = np.linspace(-700.0, 700.0, 5001)
    assert np.abs(natural_exponential(x) / np.exp(x) - 1.0).max() < 5e-16
    with pytest.raises(CoreError, match="power of e"):
        natural_exponential(701.0)


def test_logarithms_of_many_are_those_of_few() -> None:
    u = (np.arange(40_000).reshape(2, -1) + 0.5) / 40_000
    pieces = np.concatenate([minus_log(part) for part in np.split(u.ravel(), 40)])
    assert (minus_log(u) == pieces.reshape(u.shape)).all()
    assert np.allclose(pieces, -np.log(u.ravel()), rtol=1e-14)


def test_logarithms_at_the_ends() -> None:
    """Powers of two need only the exponent, 1 gives exactly 0, and near 1 the relative error stays small."""
    powers = np.arange(60.0)
    assert (minus_log(0.5**powers) == powers * 0.6931471805599453).all()
    least = np.array([np.finfo(np.float64).tiny, 2.0**-54])
    assert minus_log(least) == pytest.approx(-np.log(least), rel=4e-15)
    near = 1.0 - 2.0 ** -np.arange(1.0, 53.0)
    assert minus_log(near) == pytest.approx(-np.log1p(near - 1.0), rel=4e-15)
