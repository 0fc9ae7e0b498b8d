"""What each piece of the evidence does: the same runs, weighed without it.

Nothing is run again. Without a term the likelihood is the product of the others. That an earlier, uncited document is
rare or common is asked of the sets of numbers of the archive in which its probability is low or high.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.inference.bank import Bank
from rumorsim.inference.learning import COMBINATIONS, FEWEST, combined_value
from rumorsim.inference.weights import GROUPS, Weights, effective, weights_of

__all__ = ["LEFT_OUT", "Variant", "variants_of", "weighed", "weighted_points"]

#: Term that is left out -> in words.
LEFT_OUT: Final = {
    "documents": "without the documents before the letter",
    "questions": "without the questions at letter meetings",
    "C2": "without C2, eruptions elsewhere",
    "C3": "without C3, who knew before the letter",
    "C4": "without C4, criticism after the collapse",
    "T05": "without T05, what travelers brought",
}
_UNCITED: Final = "archive.earlier_uncited"
#: Quantiles of its prior between which an earlier, uncited document is rare, and common.
_ENDS: Final = {
    "an earlier, uncited document is rare": (0.0, 0.2),
    "an earlier, uncited document is common": (0.8, 1.0),
}
_SHARES: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Variant:
    """A fit with other evidence.

    Attributes
    ----------
    name : in words.
    effective : effective number of distinct runs.
    log : log probability of the evidence, in nats.
    aware : 5, 50 and 95 % points of the share aware on the eve of the letter; None where intervals are refused.
    hearings : the same of the first of the combinations of numbers.
    """

    name: str
    effective: float
    log: float
    aware: tuple[float, ...] | None
    hearings: tuple[float, ...] | None


def weighted_points(values: NDArray[Any], weights: NDArray[Any]) -> tuple[float, ...]:
    """Return the 5, 50 and 95 % points of weighted values.

    Examples
    --------
    >>> weighted_points(np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 97.0]))
    (2.0, 2.0, 2.0)
    """
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    places = np.searchsorted(total, np.array(_SHARES) * total[-1])
    return tuple(values[order][np.minimum(places, len(values) - 1)].tolist())


def variants_of(bank: Bank, aware: NDArray[Any]) -> list[Variant]:
    """Return the fit as it is, and with other evidence.

    Parameters
    ----------
    bank : Bank
    aware : (n,) share aware on the eve of the letter in every run.
    """
    hearings = combined_value(next(iter(COMBINATIONS)), lambda name: np.asarray(bank.runs[name]))
    found = []
    for name, weights in weighed(bank):
        known = effective(weights)
        enough = known >= FEWEST
        total = math.fsum(weights.tolist()) / len(weights)
        found.append(
            Variant(
                name,
                known,
                math.log(total) if total > 0.0 else -math.inf,
                weighted_points(aware, weights) if enough else None,
                weighted_points(hearings, weights) if enough else None,
            )
        )
    return found


def weighed(bank: Bank) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the name of each variant and the weights of the runs in it, (n,), the fit as it is first."""
    whole = weights_of(bank)
    yield "as fitted", whole.runs
    for term, name in LEFT_OUT.items():
        yield name, weights_of(bank, [one for one in GROUPS["all"] if one != term]).runs
    if _UNCITED in bank.prior.drawn:
        column = bank.prior.drawn.index(_UNCITED)
        sets = range(whole.sets.shape[1])
        u = np.array([[bank.prior.prior.uniforms(run, k)[column] for k in sets] for run in bank.ids.tolist()])
        for name, (low, high) in _ENDS.items():
            yield name, _within(whole, (u >= low) & (u < high))


def _within(whole: Weights, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return weights of the runs by some of their sets only, as if these were all."""
    number = inside.sum(axis=1)
    sums = np.array([math.fsum(row) for row in np.where(inside, whole.sets, 0.0).tolist()])
    return np.where(number > 0, sums * inside.shape[1] / np.maximum(number, 1), 0.0)
