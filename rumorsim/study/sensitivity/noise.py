"""How much of what varies in a sweep is luck: the variance of an output, split by parameters and replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Noise", "percent_text", "replicates_text", "split_variance"]

_NAN: Final = float("nan")
#: What is smaller than this part of the values is rounding, not luck.
_ROUNDING: Final = 1e-12


#: More replicates than anybody runs.
_MOST: Final = 10_000_000


def percent_text(share: float) -> str:
    """Return a share in percent: whole above 10, two digits below, and nothing rounded to none or to all.

    Examples
    --------
    >>> percent_text(0.0), percent_text(0.0421), percent_text(0.384), percent_text(0.9996), percent_text(1.0)
    ('0%', '4.2%', '38%', 'more than 99.9%', '100%')
    """
    if 0.0 < share < 0.0005:
        return "less than 0.1%"
    if 0.9995 <= share < 1.0:
        return "more than 99.9%"
    return f"{100.0 * share:.2g}%" if share < 0.0995 else f"{100.0 * share:.0f}%"


def replicates_text(enough: float, share: float) -> str:
    """Return what so many replicates would do to the share of noise, or that no number that can be run would.

    Examples
    --------
    >>> replicates_text(2345.0, 0.05)
    'about 2,300 replicates would bring that to 5%'
    >>> replicates_text(2.6e17, 0.05)
    'more replicates than can be run would be needed to tell the effect of the parameters from it'
    """
    if not np.isfinite(enough):
        return "the effect of the parameters cannot be told from it"
    if enough > _MOST:
        return "more replicates than can be run would be needed to tell the effect of the parameters from it"
    return f"about {float(f'{enough:.2g}'):,.0f} replicates would bring that to {percent_text(share)}"


@dataclass(frozen=True)
class Noise:
    """The variance of an output over points and replicates, and the part of it that is luck.

    A value is taken to be y(x, k) = f(x) + g(k) + h(x, k): what the parameters x make of it, the luck of replicate k
    that all points share, and luck of its own. The three variances are estimated without bias from the mean squares
    of the two-way layout. With common random numbers, which sweeps use by default, replicate k meets the same luck at
    every point; g is then real. It shifts all points alike, so it is noise of a single run, but not of a comparison
    between points, and it does not enter sensitivity indices. With independent luck its variance is about zero, and
    the same formulas hold. An estimate may fall below zero when the true variance is near it; shares count it as zero.
    Shared luck is drawn once a replicate however many points there are: from few replicates its size is known roughly.

    Attributes
    ----------
    replicates : int
    between : float
        Variance of f, in squared units of the output.
    common : float
        Variance of g.
    own : float
        Variance of h, in a single replicate.

    Examples
    --------
    >>> noise = Noise(replicates=10, between=4.0, common=1.0, own=5.0)
    >>> noise.share, round(noise.share_of_mean, 3)
    (0.6, 0.111)
    """

    replicates: int
    between: float
    common: float
    own: float

    @property
    def share(self) -> float:
        """Share of the variance of single replicates, at random points, that is luck; NaN if unknown."""
        between, common, own = self._clipped()
        total = between + common + own
        return (common + own) / total if total > 0.0 else _NAN

    @property
    def share_of_mean(self) -> float:
        """Share of the variance, between points, of the mean over replicates that is luck; NaN if unknown.

        This is what the indices divide up.
        """
        between, _, own = self._clipped()
        blur = own / self.replicates
        return blur / (between + blur) if between + blur > 0.0 else _NAN

    def replicates_for(self, share_of_mean: float) -> float:
        """Return how many replicates would bring `share_of_mean` down to a value; infinity if none would.

        Examples
        --------
        >>> round(Noise(replicates=10, between=4.0, common=1.0, own=5.0).replicates_for(0.05))
        24
        """
        between, _, own = self._clipped()
        if between > 0.0:
            return own / between * (1.0 - share_of_mean) / share_of_mean
        return float("inf") if own > 0.0 else _NAN

    def _clipped(self) -> tuple[float, float, float]:
        if np.isnan(self.own):
            return _NAN, _NAN, _NAN
        return max(self.between, 0.0), max(self.common, 0.0), max(self.own, 0.0)


def split_variance(values: NDArray[np.float64]) -> Noise:
    """Split the variance of an output over independent points.

    Parameters
    ----------
    values : (n_points, replicates) float64, finite

    Returns
    -------
    Noise
        With NaN for what cannot be known: everything from one replicate, or one point.

    References
    ----------
    Searle, Casella, McCulloch 1992, Variance Components, chapter 4 (two-way crossed, one value a cell).

    Examples
    --------
    >>> split_variance(np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]]))  # the replicates differ by the same everywhere
    Noise(replicates=2, between=1.0, common=2.0, own=0.0)
    """
    points, replicates = values.shape
    if replicates < 2 or points < 2:
        return Noise(replicates, _NAN, _NAN, _NAN)
    of_point = values.mean(axis=1, keepdims=True)
    of_replicate = values.mean(axis=0, keepdims=True)
    rest = values - of_point - of_replicate + values.mean()
    rest[np.abs(rest) <= _ROUNDING * np.abs(values).max()] = 0.0
    own = float((rest**2).sum() / ((points - 1) * (replicates - 1)))
    between = float(of_point.var(ddof=1)) - own / replicates
    common = float(of_replicate.var(ddof=1)) - own / points
    return Noise(replicates, between, common, own)
