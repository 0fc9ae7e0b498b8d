"""Whether a posterior means what it says: calibration by simulation, with the runs of the bank used again.

A run of the bank is taken for the truth. It makes an archive, all other runs are weighed by it, and the posterior is
asked at which share of its weight the true value lies. If posteriors mean what they say, these ranks are uniform: half
of all true values lie in the inner half of their posterior, and nine of ten in the inner nine tenths.

Truths come from the prior, or from the posterior; then the real archive weighs as well, because such a truth is known
to have been drawn by it. A check that never rejects anything says nothing. So two posteriors that are wrong are checked
with the same truths, one too narrow and one displaced, and must be rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import kstest

from rumorsim.inference.archives import Judged, made_archive, real_archive
from rumorsim.inference.bank import Bank
from rumorsim.inference.draws import steered
from rumorsim.inference.learning import COMBINATIONS, combined_value
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.variants import weighted_points
from rumorsim.inference.weights import effective, resampled, weights_of

__all__ = ["CONTROLS", "FEW", "SET_NUMBERS", "Quantity", "Ranks", "quantity", "ranks_of", "rejected"]

#: Numbers of the archive that are checked; the other quantities belong to a run.
SET_NUMBERS: Final = (
    "archive.district_propensity",
    "archive.overheard_rate",
    "archive.letter_report_prob",
    "archive.letter_report_delay_days",
)
#: Wrong posteriors that must be rejected -> (standard deviations over the right ones, displacement in them).
CONTROLS: Final = {"20 % too narrow": (0.8, 0.0), "displaced by half a standard deviation": (1.0, 0.5)}
#: Sets of numbers of the archive of each run.
_SETS: Final = 8
#: Truths with a smaller effective number of runs say little, and are counted.
FEW: Final = 20.0


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where true values lie in their posteriors.

    Attributes
    ----------
    names : of the quantities.
    ranks : (truths, quantities) from 0 to 1; NaN where no other run makes the archive of a truth.
    effective : (truths,) effective number of runs of each posterior.
    wrong : name of a control -> ranks in the wrong posterior.
    true : (truths, quantities) true values, in the coordinates of `ranks_of`.
    points : (truths, quantities, 3) 5, 50 and 95 % points of the posterior; NaN where there is none.
    """

    names: tuple[str, ...]
    ranks: NDArray[np.float64]
    effective: NDArray[np.float64]
    wrong: dict[str, NDArray[np.float64]]
    true: NDArray[np.float64]
    points: NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """The check of one quantity.

    Attributes
    ----------
    name
    p : of the test of Kolmogorov and Smirnov that the ranks are uniform.
    half, nine_tenths : share of the true values in the inner half, and in the inner nine tenths.
    """

    name: str
    p: float
    half: float
    nine_tenths: float

    def fails(self, quantities: int) -> bool:
        """Return whether it is off: among so many quantities, one in twenty checks may be by chance."""
        covers = 0.43 <= self.half <= 0.57 and 0.85 <= self.nine_tenths <= 0.95
        return not covers or self.p <= 0.05 / quantities


def ranks_of(
    bank: Bank,
    evidence: Evidence,
    truths: int = 200,
    *,
    posterior: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Ranks:
    """Return where the true values of some runs lie in the posteriors by the archives that these runs make.

    Numbers have as coordinates the normal quantiles of their prior quantiles, combinations of numbers their logarithms.

    Parameters
    ----------
    bank, evidence
    truths : number of truths.
    posterior : whether they come from the posterior; by default from the prior.
    progress : callable (done, in all), over the runs that judge.
    """
    if posterior:
        chosen = resampled(weights_of(bank).sets, truths)
        pairs = [divmod(int(one), bank.terms["documents"].shape[1]) for one in chosen]
    else:
        prior = np.flatnonzero(bank.from_prior)
        pairs = [(int(prior[k * len(prior) // truths]), 0) for k in range(min(truths, len(prior)))]
    real, made = real_archive(evidence), [made_archive(bank, evidence, row, number) for row, number in pairs]
    judged = Judged(bank, evidence, range(len(bank)), _SETS, [real, *made], progress)
    names, values, true = _values(bank, pairs)
    observed = _product(judged.parts(real)) if posterior else np.ones((1, 1))
    ranks = {name: np.full((len(pairs), len(names)), np.nan) for name in ("right", *CONTROLS)}
    known, points = np.zeros(len(pairs)), np.full((len(pairs), len(names), 3), np.nan)
    for place, ((row, _), archive) in enumerate(zip(pairs, made, strict=True)):
        weights = bank.importance[:, None] * _product(judged.parts(archive)) * observed
        weights = np.broadcast_to(weights, (len(bank), _SETS)).copy()
        weights[row] = 0.0  # the truth itself, by its own luck, would always fit
        known[place] = effective(weights.sum(axis=1))
        if known[place] > 0.0:
            points[place] = [weighted_points(*_paired(of, weights)) for of in values]
            for which, changed in {"right": (1.0, 0.0), **CONTROLS}.items():
                for column, of in enumerate(values):
                    ranks[which][place, column] = _rank(of, weights, true[place, column], *changed)
    return Ranks(names, ranks.pop("right"), known, ranks, true, points)


def _product(parts: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    found = np.ones((1, 1))
    for one in parts.values():
        found = found * one
    return found


def _paired(values: NDArray[Any], weights: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return values and their weights, flat: those of runs, or those of sets of numbers of the archive."""
    return values.ravel(), (weights if values.shape[1] > 1 else weights.sum(axis=1)).ravel()


def _rank(values: NDArray[Any], weights: NDArray[Any], true: float, narrower: float, moved: float) -> float:
    """Return the share of the weight below a true value, in a posterior that may be changed."""
    values, weight = _paired(values, weights)
    total = weight.sum()
    if (narrower, moved) != (1.0, 0.0):
        mean = (weight * values).sum() / total
        sd = np.sqrt((weight * (values - mean) ** 2).sum() / total)
        values = mean + narrower * (values - mean) + moved * sd
    return float((weight * ((values < true) + 0.5 * (values == true))).sum() / total)


def _values(
    bank: Bank, pairs: list[tuple[int, int]]
) -> tuple[tuple[str, ...], list[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the quantities: names, values (n, 1) or, of the archive, (n, sets), and true values (truths, quantities).

    Numbers as coordinates: normal quantiles of their prior quantiles, so that nothing is at an end.
    """
    rows = [row for row, _ in pairs]
    own = (*steered(), "letter.mean_delay_days")
    found: dict[str, NDArray[np.float64]] = {
        name: ndtri(bank.quantiles[:, bank.prior.drawn.index(name)])[:, None] for name in own
    }
    for name in COMBINATIONS:
        found[name] = np.log(combined_value(name, lambda key: bank.runs[key]))[:, None]
    found["known before the letter"] = np.asarray(bank.runs["known"], dtype=np.float64)[:, None]
    true = [values[rows, 0] for values in found.values()]
    columns = [bank.prior.drawn.index(name) for name in SET_NUMBERS if name in bank.prior.drawn]
    sets = np.array([[bank.prior.prior.uniforms(int(run), k)[columns] for k in range(_SETS)] for run in bank.ids])
    of_truths = np.array([bank.prior.prior.uniforms(int(bank.ids[row]), k)[columns] for row, k in pairs])
    for place, column in enumerate(columns):
        found[bank.prior.drawn[column]] = ndtri(sets[:, :, place])
        true.append(ndtri(of_truths[:, place]))
    return tuple(found), list(found.values()), np.array(true).T


def quantity(name: str, ranks: NDArray[Any]) -> Quantity:
    """Return the check of a quantity from its ranks; a truth without a posterior lies in no interval.

    Examples
    --------
    >>> even = (np.arange(100) + 0.5) / 100
    >>> quantity("even", even)
    Quantity(name='even', p=1.0, half=0.5, nine_tenths=0.9)
    >>> quantity("in the middle", 0.25 + even / 2).fails(1)
    True
    """
    there = ranks[np.isfinite(ranks)]
    p = float(kstest(there, "uniform").pvalue) if len(there) else 0.0
    inner = np.abs(np.where(np.isfinite(ranks), ranks, 2.0) - 0.5)
    return Quantity(name, p, float((inner < 0.25).mean()), float((inner < 0.45).mean()))


def rejected(found: Ranks) -> Iterator[tuple[str, float]]:
    """Yield each control and the p of the test that its ranks are uniform, all quantities together: it must be small.

    Whether a posterior is too narrow shows in how far from the middle the true values lie.
    """
    for name, (narrower, _) in CONTROLS.items():
        ranks = found.wrong[name].ravel()
        ranks = ranks[np.isfinite(ranks)]
        asked = np.abs(2.0 * ranks - 1.0) if narrower != 1.0 else ranks
        yield name, float(kstest(asked, "uniform").pvalue) if len(asked) else 1.0
