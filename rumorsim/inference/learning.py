"""What was learned of each number, and of what several numbers do together: the posterior beside the prior."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble.posterior import Posterior
from rumorsim.inference.bank import Bank

__all__ = ["COMBINATIONS", "FEWEST", "WORDS", "Learned", "combined_value", "learned", "quantiles_of"]

#: Below this effective number of runs intervals are refused: they would be those of a few runs.
FEWEST: Final = 100.0
#: How much is known of a number after the fit.
WORDS: Final = ("learned", "hardly learned", "not learned", "refused")
#: A number is learned if its standard deviation is below this share of the prior's, or its mean moves by so many of the
#: prior's standard deviations; and hardly learned.
_NARROWER: Final = (0.8, 0.9)
_MOVED: Final = (0.6, 0.3)
_ENDS: Final = (0.05, 0.5, 0.95)
#: Standard deviation of a quantile of the prior under the prior.
_UNIFORM_SD: Final = math.sqrt(1.0 / 12.0)
#: What several numbers do together -> (factors, divided by the sum of these). How often a listener of the conference
#: becomes a teller who passes it on before falling silent, and how often an official's trip carries it.
COMBINATIONS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "hearings from one hearing": (
        (
            "spread.pass_on_rate",
            "tell.prob_member",
            "rumor.tirana_conference.interest",
            "coupling.speech_to_conference",
        ),
        ("tell.forgetting_rate", "tell.stifling_rate"),
    ),
    "hearings from one trip": (("travel.duty_rate", "spread.visit_rate", "tell.prob_functionary"), ()),
}


@dataclass(frozen=True)
class Learned:
    """What was learned of a number or a combination.

    Attributes
    ----------
    name : catalog id, or a key of `COMBINATIONS`.
    word : of `WORDS`.
    prior, posterior : 5, 50 and 95 % points; the posterior's are None where intervals are refused.
    narrower : standard deviation over that of the prior, both of prior quantiles (of logarithms, for a combination).
    moved : how far the mean lies from that of the prior, in standard deviations of the prior.
    unused : whether no run can use it, so that something learned is a false alarm.
    """

    name: str
    word: str
    prior: tuple[float, ...]
    posterior: tuple[float, ...] | None
    narrower: float
    moved: float
    unused: bool = False

    @property
    def false_alarm(self) -> bool:
        """Whether an unused number seems to have been learned: its spread outside .9 to 1.1 of the prior's."""
        return self.unused and not 0.9 <= self.narrower <= 1.1


def _word(narrower: float, moved: float, effective: float) -> str:
    if effective < FEWEST:
        return WORDS[3]
    for word, narrow, far in zip(WORDS, _NARROWER, _MOVED, strict=False):
        if narrower < narrow or abs(moved) > far:
            return word
    return WORDS[2]


def combined_value(name: str, column: Any) -> NDArray[np.float64]:
    """Return the value of a combination, from a function of a catalog id that returns values.

    Examples
    --------
    >>> combined_value("hearings from one trip", lambda name: np.array([2.0])).tolist()
    [8.0]
    """
    factors, divided = COMBINATIONS[name]
    found = np.asarray(math.prod([column(one) for one in factors], start=1.0))
    return found / sum(column(one) for one in divided) if divided else found


def learned(bank: Bank, posterior: Posterior, effective: float) -> list[Learned]:
    """Return what was learned of every number drawn and of every combination.

    Parameters
    ----------
    bank, posterior
    effective : effective number of distinct runs.
    """
    known, choices = catalog.parameters(), catalog.calibration()
    weights = posterior.weights
    quantiles = quantiles_of(bank, posterior)
    found = []
    for column, name in enumerate(posterior.names):
        mean, sd = _moments(quantiles[:, column], weights)
        narrower, moved = sd / _UNIFORM_SD, (mean - 0.5) / _UNIFORM_SD
        prior = tuple(float(known[name].at(u)) for u in _ENDS)  # type: ignore[arg-type]
        unused = name in choices and choices[name].use == "unused"
        after = _points(posterior[name], posterior.times) if effective >= FEWEST else None
        found.append(Learned(name, _word(narrower, moved, effective), prior, after, narrower, moved, unused))
    for name, (factors, divided) in COMBINATIONS.items():
        if not {*factors, *divided} <= set(posterior.names):
            continue
        before = combined_value(name, lambda one: np.asarray(bank.runs[one][bank.from_prior]))
        values = combined_value(name, posterior.__getitem__)
        equal = np.ones(len(before), dtype=np.int64)
        center, spread = _moments(np.log(before), equal / len(equal))
        mean, sd = _moments(np.log(values), weights)
        narrower, moved = sd / spread, (mean - center) / spread
        after = _points(values, posterior.times) if effective >= FEWEST else None
        word = _word(narrower, moved, effective)
        found.append(Learned(name, word, _points(before, equal), after, narrower, moved))
    return found


def quantiles_of(bank: Bank, posterior: Posterior) -> NDArray[np.float64]:
    """Return the prior quantiles of the draws of a posterior, (n, n_names)."""
    place = np.searchsorted(bank.ids, posterior.runs)
    found = bank.quantiles[place].copy()
    own = [name.startswith("archive.") for name in posterior.names]
    for row, (run, number) in enumerate(zip(posterior.runs.tolist(), posterior.sets.tolist(), strict=True)):
        found[row, own] = bank.prior.prior.uniforms(run, number)[own]
    return found


def _moments(values: NDArray[Any], weights: NDArray[Any]) -> tuple[float, float]:
    mean = math.fsum((weights * values).tolist())
    return mean, math.sqrt(max(math.fsum((weights * (values - mean) ** 2).tolist()), 0.0))


def _points(values: NDArray[Any], times: NDArray[Any]) -> tuple[float, ...]:
    """Return the 5, 50 and 95 % points of values that count several times."""
    ordered = np.sort(np.repeat(values, times))
    return tuple(float(ordered[min(int(share * len(ordered)), len(ordered) - 1)]) for share in _ENDS)
