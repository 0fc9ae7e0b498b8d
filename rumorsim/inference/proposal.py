"""From where later rounds of a bank draw the numbers that steer them: a normal distribution on prior quantiles.

A number x with prior distribution function F has the coordinate z, the normal quantile (probit) of F(x): under the
prior all coordinates are independent and standard normal. A proposal is a normal distribution of the coordinates of a
few numbers, wider than what it was fitted to, mixed with a share of the prior; all other numbers come from the prior.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["INFLATION", "PRIOR_SHARE", "Proposal", "fitted"]

#: Factor on the standard deviations of what a proposal is fitted to.
INFLATION: Final = 1.25
#: Share of the draws that come from the prior.
PRIOR_SHARE: Final = 0.2
#: A fit to few effective runs is drawn toward the prior, as if by so many runs from it.
_PRIOR_RUNS: Final = 5.0
#: Quantiles of the prior nearer to its ends than this are not told apart.
_END: Final = 1e-12
#: A proposal is written down with so many decimals before it is used.
_DECIMALS: Final = 6


@dataclass(frozen=True)
class Proposal:
    """A normal distribution of the coordinates of some numbers, mixed with the prior.

    Attributes
    ----------
    names : catalog ids.
    mean : of the coordinates.
    factor : rows of the lower triangle whose product with its transpose is the covariance.

    Examples
    --------
    >>> proposal = Proposal(("spread.pass_on_rate",), (1.0,), ((0.5,),))
    >>> proposal.moved(np.array([0.5]), 0.9).round(4).tolist()  # the median, moved to a coordinate of 1
    [0.8413]
    >>> proposal.moved(np.array([0.5]), 0.1).tolist()  # one of the share from the prior
    [0.5]
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    factor: tuple[tuple[float, ...], ...]

    def moved(self, quantiles: NDArray[Any], chance: float) -> NDArray[np.float64]:
        """Return prior quantiles of a draw from the proposal, made of as many uniform numbers and one more.

        Parameters
        ----------
        quantiles : (n,) uniform numbers.
        chance : a uniform number that decides whether this is a draw from the prior.
        """
        if chance < PRIOR_SHARE:
            return np.asarray(quantiles, dtype=np.float64)
        normal = ndtri(quantiles).tolist()
        place = [
            center + math.fsum(weight * one for weight, one in zip(row, normal, strict=False))
            for center, row in zip(self.mean, self.factor, strict=True)
        ]
        return np.asarray(np.clip(ndtr(place), _END, 1.0 - _END))

    def density(self, coordinates: NDArray[Any]) -> NDArray[np.float64]:
        """Return the density relative to that of the prior, (n,), for coordinates (n, n_names)."""
        # Solved row by row, in this order: the same on every machine.
        solved: list[NDArray[np.float64]] = []
        log = np.zeros(len(coordinates))
        for number, (center, row) in enumerate(zip(self.mean, self.factor, strict=True)):
            rest = coordinates[:, number] - center
            for one, weight in zip(solved, row, strict=False):
                rest = rest - weight * one
            solved.append(rest / row[number])
            log += 0.5 * (coordinates[:, number] ** 2 - solved[-1] ** 2) - math.log(row[number])
        return PRIOR_SHARE + (1.0 - PRIOR_SHARE) * np.exp(log)

    def to_json(self) -> dict[str, Any]:
        """Return the proposal in the types of JSON."""
        return {"names": list(self.names), "mean": list(self.mean), "factor": [list(row) for row in self.factor]}

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Proposal:
        """Return a proposal from what `to_json` gave."""
        factor = tuple(tuple(map(float, row)) for row in held["factor"])
        return cls(tuple(map(str, held["names"])), tuple(map(float, held["mean"])), factor)


def fitted(names: Sequence[str], coordinates: NDArray[Any], weights: NDArray[Any]) -> Proposal:
    """Return the proposal fitted to weighted runs: their mean and covariance, made wider.

    Parameters
    ----------
    names : (n_names,)
    coordinates : (n, n_names), in the order of the runs.
    weights : (n,), 0 or more; their sum is above 0.
    """
    total = math.fsum(weights.tolist())
    effective = total * total / math.fsum((weights * weights).tolist())
    share = (weights / total).tolist()
    columns = [coordinates[:, number].tolist() for number in range(len(names))]
    mean = [math.fsum(w * z for w, z in zip(share, column, strict=True)) for column in columns]
    size = len(names)
    covariance = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            products = zip(share, columns[i], columns[j], strict=True)
            found = math.fsum(w * (one - mean[i]) * (two - mean[j]) for w, one, two in products)
            found = (effective * found + _PRIOR_RUNS * (i == j)) / (effective + _PRIOR_RUNS)
            covariance[i, j] = covariance[j, i] = INFLATION * INFLATION * found
    rounded = tuple(tuple(round(one, _DECIMALS) for one in row) for row in _triangle(covariance))
    return Proposal(tuple(names), tuple(round(one, _DECIMALS) for one in mean), rounded)


def _triangle(covariance: NDArray[Any]) -> list[list[float]]:
    """Return the lower triangle of Cholesky, row by row up to the diagonal; no library decides on the rounding."""
    rows: list[list[float]] = []
    for i in range(len(covariance)):
        row: list[float] = []
        for j in range(i + 1):
            left = float(covariance[i, j]) - math.fsum(row[k] * (rows[j] if j < i else row)[k] for k in range(j))
            row.append(math.sqrt(left) if i == j else left / rows[j][j])
        rows.append(row)
    return rows
