"""Differences of paired replicates, with intervals, and what the pairing is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from rumorsim.core.randomness.streams import Streams

__all__ = ["RESAMPLES", "Paired", "Resampling", "mean_interval", "paired_mean"]

#: Bootstrap samples behind an interval of a median.
RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Paired:
    """The mean difference of paired values.

    Attributes
    ----------
    a, b : float
        Mean of either side.
    difference : float
        Mean of b - a.
    low, high : float
        Interval of the mean difference by Student's t; NaN for a single pair.
    variance_a, variance_b, variance_difference : float
        Sample variances (divisor n - 1) of a, b and b - a over the pairs; NaN for a single pair.
    pairs : int
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    variance_a: float
    variance_b: float
    variance_difference: float
    pairs: int


def mean_interval(values: NDArray[Any], level: float = 0.95) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return mean, low and high end of the interval of a mean by Student's t, over the first axis.

    Parameters
    ----------
    values : (n, ...) float64
    level : share of the intervals that cover the mean, 0 to 1.

    Returns
    -------
    three arrays (...) ; low and high are NaN where n is 1.

    Examples
    --------
    >>> [round(float(one), 3) for one in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, -0.484, 4.484]
    """
    n = len(values)
    mean = np.asarray(values.mean(axis=0))
    if n < 2:
        return mean, np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
    half = float(special.stdtrit(n - 1, 0.5 + level / 2.0)) * values.std(axis=0, ddof=1) / math.sqrt(n)
    return mean, np.asarray(mean - half), np.asarray(mean + half)


def paired_mean(a: ArrayLike, b: ArrayLike, level: float = 0.95) -> Paired:
    """Return the mean difference of paired values with its interval.

    Parameters
    ----------
    a, b : (n,) numbers, pair by pair.
    level : share of the intervals that cover the mean.

    Examples
    --------
    >>> pair = paired_mean([1.0, 2.0, 4.0], [2.0, 3.0, 5.0])
    >>> pair.difference, pair.low, pair.high, pair.variance_difference
    (1.0, 1.0, 1.0, 0.0)
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    mean, low, high = (float(one) for one in mean_interval(second - first, level))
    of_a, of_b, of_both = (
        float(one.var(ddof=1)) if len(one) > 1 else math.nan for one in (first, second, second - first)
    )
    return Paired(float(first.mean()), float(second.mean()), mean, low, high, of_a, of_b, of_both, len(first))


class Resampling:
    """Bootstrap over the replicates; every draw is addressed, so the interval depends on the seed and nothing else.

    Parameters
    ----------
    seed : int
    level : share of the intervals that should cover.

    Examples
    --------
    >>> low, high = Resampling(seed=0).median_interval(np.arange(101.0))
    >>> low < 50.0 < high
    True
    """

    def __init__(self, seed: int, level: float = 0.95) -> None:
        self._streams = Streams(seed)
        self._level = level
        self._counts: dict[int, NDArray[np.int64]] = {}

    def counts(self, n: int) -> NDArray[np.int64]:
        """Return how often each of n replicates is in each sample, (RESAMPLES, n) int64."""
        if n not in self._counts:
            drawn = self._streams.uniform("bootstrap", np.arange(RESAMPLES * n), occasion=n)
            picked = np.minimum(np.floor(drawn * n), n - 1).astype(np.int64).reshape(RESAMPLES, n)
            picked += np.arange(RESAMPLES)[:, None] * n
            self._counts[n] = np.bincount(picked.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n)
        return self._counts[n]

    def median_interval(self, values: NDArray[Any]) -> tuple[float, float]:
        """Return the percentile interval of the median, as an order statistic of the samples; NaN below two values.

        Parameters
        ----------
        values : (n,) float64, finite.
        """
        n = len(values)
        if n < 2:
            return math.nan, math.nan
        order = np.argsort(values, kind="stable")
        ordered = np.asarray(values, dtype=np.float64)[order]
        reached = np.cumsum(self.counts(n)[:, order], axis=1)
        # The median of an even number of values is the mean of the middle two, as of the replicates themselves.
        lower = ordered[(reached >= (n + 1) // 2).argmax(axis=1)]
        upper = ordered[(reached >= n // 2 + 1).argmax(axis=1)]
        medians = (lower + upper) / 2.0
        low, high = np.quantile(medians, [0.5 - self._level / 2.0, 0.5 + self._level / 2.0])
        return float(low), float(high)
