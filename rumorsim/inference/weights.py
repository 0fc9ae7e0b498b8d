"""The weights of the runs of a bank, what is lost in them, and the draws taken by them.

A run that was drawn from the mixture of all rounds stands for the prior with weight prior / mixture; times the
likelihood it stands for the posterior. The likelihood of a run is the mean over its sets of numbers of the archive.
All sums go in the order of the runs and are rounded once (`math.fsum`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import DATED, STATEMENTS

__all__ = ["GROUPS", "Weights", "effective", "halves", "log_mean", "pareto_k", "resampled", "weights_of"]

#: How much of the evidence is used -> its terms: dates and count of the documents, with the statements, and everything.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "dates": ("documents",),
    "constraints": ("documents", *STATEMENTS),
    "all": (*DATED, *STATEMENTS),
}
#: The draw taken first lies in the middle of its share.
_OFFSET: Final = 0.5


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of the runs of a bank.

    Attributes
    ----------
    runs : (n,) of the runs; not normalized.
    sets : (n, sets) of the sets of numbers of the archive; a run's add up to its own.
    """

    runs: NDArray[np.float64]
    sets: NDArray[np.float64]

    @property
    def effective(self) -> float:
        """Effective number of distinct runs."""
        return effective(self.runs)

    @property
    def largest(self) -> float:
        """Share of the largest weight."""
        total = math.fsum(self.runs.tolist())
        return float(self.runs.max() / total) if total else math.nan

    @property
    def pareto_k(self) -> float:
        """Shape of the tail of the weights; below .5 their variance is finite, above .7 they are of no use."""
        return pareto_k(self.runs)


def weights_of(bank: Bank, terms: Sequence[str] = GROUPS["all"]) -> Weights:
    """Return the weights of the runs of a bank by some terms of the likelihood."""
    joint = np.ones((len(bank), 1))
    for name in terms:
        joint = joint * bank.terms[name]
    sets = bank.importance[:, None] * joint / joint.shape[1]
    return Weights(np.array([math.fsum(row) for row in sets.tolist()]), sets)


def effective(weights: NDArray[Any]) -> float:
    """Return the effective number of weighted runs, 0 if all weights are.

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 0.0])), effective(np.array([3.0, 1.0]))
    (2.0, 1.6)
    """
    square = math.fsum((weights * weights).tolist())
    return math.fsum(weights.tolist()) ** 2 / square if square else 0.0


def halves(weights: NDArray[Any]) -> tuple[float, float]:
    """Return the log evidence of the runs of even and of odd places, in nats."""
    return log_mean(weights[::2]), log_mean(weights[1::2])


def log_mean(weights: NDArray[Any]) -> float:
    """Return the log of the mean weight: the log evidence, in nats, where the runs were weighed by a likelihood."""
    total = math.fsum(weights.tolist())
    return math.log(total / len(weights)) if total > 0.0 else -math.inf


def pareto_k(weights: NDArray[Any]) -> float:
    """Return the shape of the generalized Pareto distribution of the largest weights; inf where too few are above 0.

    The largest 3 sqrt(n) weights, at most a fifth of all, are fitted by the method of Zhang and Stephens (2009), with
    the weak prior of Vehtari, Simpson, Gelman, Yao and Gabry (2024).

    Examples
    --------
    >>> u = (np.arange(20_000) + 0.5) / 20_000
    >>> round(pareto_k(u**-0.4), 1), round(pareto_k(u**-0.9), 1)
    (0.4, 0.9)
    """
    size = min(len(weights) // 5, math.ceil(3.0 * math.sqrt(len(weights))))
    order = np.sort(weights)
    if size < 5 or order[-size - 1] <= 0.0:
        return math.inf
    tail = order[-size:] - order[-size - 1]
    if tail[-1] <= 0.0:
        return -math.inf
    tail = np.maximum(tail, tail[-1] * 1e-12)
    points = 30 + int(math.sqrt(size))
    quarter = tail[int(size / 4 + 0.5) - 1]
    theta = 1.0 / tail[-1] + (1.0 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3.0 * quarter)
    shape = np.log1p(-theta[:, None] * tail).mean(axis=1)
    fit = size * (np.log(-theta / shape) - shape - 1.0)
    share = 1.0 / np.exp(fit[None, :] - fit[:, None]).sum(axis=1)
    best = float((theta * share).sum())
    k = float(np.log1p(-best * tail).mean())
    return (size * k + 10 * 0.5) / (size + 10)


def resampled(weights: NDArray[Any], draws: int) -> NDArray[np.int64]:
    """Return the positions of draws by systematic resampling with a fixed offset, (draws,), in order.

    Examples
    --------
    >>> resampled(np.array([0.2, 0.0, 0.8]), 5).tolist()
    [0, 2, 2, 2, 2]
    """
    total = list(itertools.accumulate(weights.ravel().tolist()))
    places = [(number + _OFFSET) / draws * total[-1] for number in range(draws)]
    return np.minimum(np.searchsorted(total, places, side="right"), len(total) - 1)
