"""How long a document takes: delays in whole minutes that are the same on every machine.

A delay is the inverse of its distribution function at a random number, looked up in a table. The table is made with
+ - * / alone (own logarithm and exponential) and summed in a fixed order, so that a lag never depends on the C
library, and it is read in whole minutes, which is finer than any date in an archive.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.randomness.elementary import minus_log, natural_exponential
from rumorsim.errors import RunError

__all__ = ["MINUTES_A_DAY", "delay_minutes", "exponential_minutes", "share_below", "share_below_exponential"]

MINUTES_A_DAY: Final = 1440
#: Cells of the table; a lag with a mean of days is resolved to a few minutes.
_CELLS: Final = 4096
#: The table ends so many standard deviations and scales (sd**2 / mean) above the mean: less than 1e-8 lies beyond.
_DEVIATIONS: Final = 6.0
_SCALES: Final = 16.0


@lru_cache(maxsize=512)
def _gamma_table(mean_days: float, sd_days: float) -> tuple[float, NDArray[np.float64]]:
    """Return the width of a cell in days and the distribution function at the upper edges of the cells."""
    shape = (mean_days / sd_days) * (mean_days / sd_days)
    scale = sd_days * sd_days / mean_days
    width = (mean_days + _DEVIATIONS * sd_days + _SCALES * scale) / _CELLS
    middle = (np.arange(_CELLS) + 0.5) * (width / scale)
    # Mass of a cell, up to a common factor; the largest exponent is taken out so that no power overflows.
    power = -(shape - 1.0) * minus_log(middle) - middle
    mass = natural_exponential(power - power.max())
    if shape < 1.0:
        # The density has a pole at 0: the first cell is integrated exactly but for its exponential.
        first = width / scale
        mass[0] = natural_exponential(-(shape - 1.0) * minus_log(first) - 0.5 * first - power.max()) / shape
    total = np.cumsum(mass)
    table = total / total[-1]
    table.setflags(write=False)
    return width, table


def delay_minutes(u: ArrayLike, mean_days: float, sd_days: float) -> NDArray[np.int64]:
    """Return gamma distributed delays in whole minutes, one for every random number.

    Parameters
    ----------
    u : (n,) float64
        Numbers in (0, 1).
    mean_days, sd_days : float
        Mean and standard deviation; sd 0 gives the mean every time, mean 0 gives no delay.

    Returns
    -------
    (n,) int64
        Minutes, rising with u.

    Raises
    ------
    RunError
        When the mean or the standard deviation is negative or not finite.

    Examples
    --------
    >>> delay_minutes([0.5], mean_days=2.0, sd_days=0.0).tolist()
    [2880]
    >>> lags = delay_minutes((np.arange(1000) + 0.5) / 1000, mean_days=1.5, sd_days=1.0) / 1440
    >>> round(float(lags.mean()), 2), round(float(lags.std()), 2)
    (1.5, 1.0)
    """
    for name, value in (("mean_days", mean_days), ("sd_days", sd_days)):
        if not (np.isfinite(value) and value >= 0.0):
            raise RunError("delay out of range", path=name, given=value, allowed="0 or more days")
    numbers = np.atleast_1d(np.asarray(u, dtype=np.float64))
    if mean_days == 0.0 or sd_days == 0.0:
        return np.full(numbers.shape, round(mean_days * MINUTES_A_DAY), dtype=np.int64)
    width, table = _gamma_table(float(mean_days), float(sd_days))
    cell = np.minimum(np.searchsorted(table, numbers, side="left"), _CELLS - 1)
    below = np.where(cell > 0, table[np.maximum(cell - 1, 0)], 0.0)
    share = (numbers - below) / np.maximum(table[cell] - below, 1e-300)
    days = (cell + np.clip(share, 0.0, 1.0)) * width
    return np.floor(days * MINUTES_A_DAY + 0.5).astype(np.int64)


def exponential_minutes(u: ArrayLike, mean_days: float) -> NDArray[np.int64]:
    """Return exponentially distributed delays in whole minutes; arguments as in `delay_minutes`.

    Examples
    --------
    >>> exponential_minutes([0.36787944117144233], mean_days=2.0).tolist()
    [2880]
    >>> exponential_minutes([0.5], mean_days=0.0).tolist()
    [0]
    """
    if not (np.isfinite(mean_days) and mean_days >= 0.0):
        raise RunError("delay out of range", path="mean_days", given=mean_days, allowed="0 or more days")
    numbers = np.atleast_1d(np.asarray(u, dtype=np.float64))
    return np.floor(minus_log(numbers) * (mean_days * MINUTES_A_DAY) + 0.5).astype(np.int64)


def share_below(minutes: ArrayLike, mean_days: float, sd_days: float) -> NDArray[np.float64]:
    """Return the share of gamma distributed delays shorter than so many minutes; the law of `delay_minutes`.

    Examples
    --------
    >>> share_below([2880.0, 2881.0], mean_days=2.0, sd_days=0.0).tolist()
    [0.0, 1.0]
    >>> lags = delay_minutes((np.arange(1000) + 0.5) / 1000, mean_days=1.5, sd_days=1.0)
    >>> bool(abs(share_below(2000.0, mean_days=1.5, sd_days=1.0) - (lags < 2000).mean()) < 0.002)
    True
    """
    asked = np.asarray(minutes, dtype=np.float64)
    if mean_days == 0.0 or sd_days == 0.0:
        return np.asarray(asked > round(mean_days * MINUTES_A_DAY), dtype=np.float64)
    width, table = _gamma_table(float(mean_days), float(sd_days))
    edges = np.arange(_CELLS + 1) * (width * MINUTES_A_DAY)
    # Delays are rounded to whole minutes: shorter than m means below m - 1/2.
    return np.asarray(np.interp(asked - 0.5, edges, np.append(0.0, table)))


def share_below_exponential(minutes: ArrayLike, mean_days: float) -> NDArray[np.float64]:
    """Return the share of exponential delays shorter than so many minutes; the law of `exponential_minutes`.

    Examples
    --------
    >>> share_below_exponential([0.0, 2880.5], mean_days=2.0).round(4).tolist()
    [0.0, 0.6321]
    """
    asked = np.asarray(minutes, dtype=np.float64)
    if mean_days == 0.0:
        return np.asarray(asked > 0.0, dtype=np.float64)
    return 1.0 - natural_exponential(-np.maximum(asked - 0.5, 0.0) / (mean_days * MINUTES_A_DAY))
