"""Sobol' indices and elementary effects from arrays, with intervals and with the part that luck has in them.

The estimators are SALib's. Intervals are percentiles over resamples of whole base rows, or whole trajectories; their
numbers come from `rumorsim.core.randomness.streams`, because several of SALib's own intervals differ from call to call
when the seed is 0.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams
from rumorsim.study.salib_designs import needs_salib

__all__ = ["MORRIS_COLUMNS", "SOBOL_COLUMNS", "constant", "elementary_effects", "sobol_indices"]

SOBOL_COLUMNS: Final = (
    "first",
    "first_low",
    "first_high",
    "first_noise",
    "total",
    "total_low",
    "total_high",
    "total_noise",
)
MORRIS_COLUMNS: Final = (
    "mu",
    "mu_low",
    "mu_high",
    "mu_star",
    "mu_star_low",
    "mu_star_high",
    "sigma",
    "sigma_low",
    "sigma_high",
    "sigma_noise",
)
#: Means that differ by less than this part of their size are equal but for rounding.
_ROUNDING: Final = 1e-12
#: So many numbers are resampled at a time.
_AT_A_TIME: Final = 2_000_000


def constant(values: NDArray[np.float64]) -> bool:
    """Return whether values are the same but for rounding.

    Examples
    --------
    >>> constant(np.array([0.1 + 0.2, 0.3])), constant(np.array([0.1, 0.3]))
    (True, False)
    """
    return bool(np.ptp(values) <= _ROUNDING * np.abs(values).max(initial=0.0))


def _empty(columns: tuple[str, ...], parameters: int) -> NDArray[np.void]:
    rows = np.empty(parameters, dtype=[(name, np.float64) for name in columns])
    for name in columns:
        rows[name] = np.nan
    return rows


def _resamples(number: int, resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield (number, some) indices of drawn rows, with replacement, until there are so many resamples."""
    streams = Streams(seed)
    step = max(1, _AT_A_TIME // number)
    for begin in range(0, resamples, step):
        end = min(begin + step, resamples)
        uniform = streams.uniform("bootstrap", np.arange(begin * number, end * number))
        drawn = np.minimum((uniform * number).astype(np.int64), number - 1)
        yield drawn.reshape(end - begin, number).T


def _interval(drawn: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.5 - confidence / 2.0, 0.5 + confidence / 2.0])
    return float(low), float(high)


def sobol_indices(
    values: NDArray[np.float64], confidence: float = 0.95, resamples: int = 1000, seed: int = 1956
) -> NDArray[np.void]:
    """Return first and total Sobol' indices of the mean over replicates.

    Parameters
    ----------
    values : (base_rows, D + 2, replicates) float64, finite
        Outputs in the order of `rumorsim.study.salib_designs.saltelli`: A, AB_1, ..., AB_D, B.
    confidence : float
        Coverage of the intervals, between 0 and 1.
    resamples : int
    seed : int

    Returns
    -------
    (D,) structured, `SOBOL_COLUMNS`
        ``first`` and ``total``, with intervals. ``first_noise`` and ``total_noise`` are the parts of them that come
        from luck and would vanish with many replicates, estimated without bias from the differences between
        replicates; NaN for one replicate. Everything is NaN for an output that is the same at all points.

    References
    ----------
    Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018, table 2, estimators (b) and (f).

    Examples
    --------
    >>> from rumorsim.study.salib_designs import saltelli
    >>> x = saltelli(256, 2, seed=0)
    >>> rows = sobol_indices((2.0 * x[:, 0] + x[:, 1]).reshape(256, 4, 1), resamples=100)
    >>> [round(float(one), 1) for one in rows["first"]]
    [0.8, 0.2]
    """
    base, width, replicates = values.shape
    rows = _empty(SOBOL_COLUMNS, width - 2)
    means = values.mean(axis=2)
    if constant(means[:, [0, -1]]):
        return rows
    with needs_salib():
        from SALib.analyze.sobol import first_order, total_order

    # SALib's estimators call a variance below 2e-16 zero, and are less exact far from zero.
    center, scale = means.mean(), means.std()
    scaled = (values - center) / scale
    means = (means - center) / scale
    a, ab, b = means[:, 0], means[:, 1:-1], means[:, -1]
    variance = np.var(np.r_[a, b])
    for j in range(width - 2):
        rows["first"][j] = first_order(a, ab[:, j], b)
        rows["total"][j] = total_order(a, ab[:, j], b)
        if replicates > 1:
            step = scaled[:, j + 1] - scaled[:, 0]
            rows["first_noise"][j] = _mean_covariance(scaled[:, -1], step) / replicates / variance
            rows["total_noise"][j] = 0.5 * _mean_covariance(step, step) / replicates / variance
    # The interval: the same estimates from rows drawn with replacement.
    drawn = {name: np.empty((resamples, width - 2)) for name in ("first", "total")}
    done = 0
    for r in _resamples(base, resamples, seed):
        some = slice(done, done + r.shape[1])
        done = some.stop
        varies = np.ptp(np.r_[a[r], b[r]], axis=0) > 0.0
        for j in range(width - 2):
            for name, estimator in (("first", first_order), ("total", total_order)):
                drawn[name][some, j] = np.where(varies, _quietly(estimator, a[r], ab[r, j], b[r]), np.nan)
    for name, found in drawn.items():
        for j in range(width - 2):
            rows[f"{name}_low"][j], rows[f"{name}_high"][j] = _interval(found[:, j], confidence)
    return rows


def _without_rounding(spread: Any, size: Any) -> Any:
    return np.where(spread <= _ROUNDING * size, 0.0, spread)


def _mean_covariance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the covariance over replicates, the second axis, on average over rows."""
    deviations = one - one.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
    return float((deviations[0] * deviations[1]).sum() / (one.shape[1] - 1) / len(one))


def _quietly(
    estimator: Callable[..., NDArray[np.float64]],
    a: NDArray[np.float64],
    ab: NDArray[np.float64],
    b: NDArray[np.float64],
) -> NDArray[np.float64]:
    with warnings.catch_warnings():  # about resamples without variance, which are left out
        warnings.filterwarnings("ignore", message="Constant values encountered")
        return estimator(a, ab, b)


def elementary_effects(
    values: NDArray[np.float64],
    unit_points: NDArray[np.float64],
    levels: int,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 1956,
) -> NDArray[np.void]:
    """Return Morris' measures of the mean over replicates, in units of the output for the whole range of a parameter.

    Parameters
    ----------
    values : (trajectories, D + 1, replicates) float64, finite
    unit_points : (trajectories, D + 1, D) float64
        The points of `rumorsim.study.salib_designs.morris`.
    levels : int
        Of the grid.
    confidence : float
        Coverage of the intervals, between 0 and 1.
    resamples : int
    seed : int

    Returns
    -------
    (D,) structured, `MORRIS_COLUMNS`
        ``mu`` is the mean elementary effect, ``mu_star`` the mean of its absolute value, ``sigma`` its standard
        deviation over trajectories. ``sigma_noise`` is the standard deviation that luck alone gives an elementary
        effect; NaN for one replicate. Everything is NaN for an output that is the same at all points.

    References
    ----------
    Morris 1991, doi:10.1080/00401706.1991.10484804; Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004.

    Examples
    --------
    >>> from rumorsim.study.salib_designs import morris
    >>> x = morris(8, 2, levels=4, seed=0).reshape(8, 3, 2)
    >>> rows = elementary_effects((3.0 * x[..., 0] - x[..., 1])[..., None], x, 4, resamples=50)
    >>> rows["mu"].round(6).tolist(), rows["mu_star"].round(6).tolist(), rows["sigma"].round(6).tolist()
    ([3.0, -1.0], [3.0, 1.0], [0.0, 0.0])
    """
    trajectories, length, replicates = values.shape
    rows = _empty(MORRIS_COLUMNS, length - 1)
    if constant(values.mean(axis=2)):
        return rows
    with needs_salib():
        from SALib.analyze.morris import _compute_elementary_effects

    points, delta = unit_points.reshape(trajectories * length, length - 1), levels / (2.0 * (levels - 1))
    effects = np.stack(
        [_compute_elementary_effects(points, values[:, :, k].ravel(), length, delta) for k in range(replicates)],
        axis=2,
    )  # (D, trajectories, replicates)
    # An effect is measured on the mean over replicates; what is left of their scatter in it stands beside.
    mean = effects.mean(axis=2)
    measures: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
        "mu": lambda effect: effect.mean(axis=0),
        "mu_star": lambda effect: np.abs(effect).mean(axis=0),
        "sigma": lambda effect: _without_rounding(effect.std(axis=0, ddof=1), np.abs(effect).max(axis=0)),
    }
    for name, measure in measures.items():
        rows[name] = measure(mean.T)
    if replicates > 1:
        for j in range(length - 1):
            spread = np.sqrt(_mean_covariance(effects[j], effects[j]) / replicates)
            rows["sigma_noise"][j] = _without_rounding(spread, np.abs(effects[j]).max())
    drawn: dict[str, list[NDArray[np.float64]]] = {name: [] for name in measures}
    for r in _resamples(trajectories, resamples, seed):
        for name, measure in measures.items():
            drawn[name].append(np.stack([measure(mean[j][r]) for j in range(length - 1)], axis=1))
    for name, found in drawn.items():
        whole = np.concatenate(found)
        for j in range(length - 1):
            rows[f"{name}_low"][j], rows[f"{name}_high"][j] = _interval(whole[:, j], confidence)
    return rows
