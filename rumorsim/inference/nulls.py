"""How likely the model and the null worlds make the archive, from runs whose numbers are drawn from their priors.

The null worlds are judged by the same likelihood, with fewer runs than the model: nothing is fitted to them. Their runs
are those of their own simulations. The records of the model cannot be used again: where the order of the districts is
replaced, the news grows in each district from another day on, and everything after that is another run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from rumorsim.inference.bank import Bank
from rumorsim.inference.weights import GROUPS, log_mean, weights_of
from rumorsim.model import MODELS

__all__ = ["NULL_WORLDS", "WITHOUT_INTRODUCTIONS", "Nats", "compared", "evidence_of", "null_runs"]

NULL_WORLDS: Final = MODELS[1:]
#: Worlds in which no traveler can bring the news: what they say to T05 is a definition, so they are not asked.
WITHOUT_INTRODUCTIONS: Final = ("letter_only", "letter_only_spurious", "instantaneous")
#: One run of a null world for so many of the model: nothing is steered by them, and a tenth of a nat is enough.
_MODEL_RUNS: Final = 15
_FEWEST: Final = 2
#: Differences in nats below this are not decisive, and those of fewer effective runs, or of fewer runs, not known.
_UNDECIDED, _FEWEST_EFFECTIVE, _FEWEST_RUNS = 1.0, 10.0, 100
#: So many standard errors may still be chance.
_ERRORS: Final = 2.0


@dataclass(frozen=True)
class Nats:
    """Log probability that a world makes some of the archive, numbers drawn from their priors.

    Attributes
    ----------
    log : in nats; -inf where no run makes it.
    error : standard error, in nats; NaN where no run makes it.
    effective : effective number of distinct runs.
    runs : their number.
    """

    log: float
    error: float
    effective: float
    runs: int


def null_runs(draws: int) -> int:
    """Return how many runs each null world has beside so many of the model.

    Examples
    --------
    >>> null_runs(4500), null_runs(10)
    (300, 2)
    """
    return max(draws // _MODEL_RUNS, _FEWEST)


def evidence_of(bank: Bank) -> dict[str, Nats]:
    """Return the log probability of the archive in a world, by how much of it is used (`GROUPS`)."""
    unasked = ("T05",) if bank.model in WITHOUT_INTRODUCTIONS else ()
    found = {}
    for name, terms in GROUPS.items():
        weights = weights_of(bank, [one for one in terms if one not in unasked])
        log, effective = log_mean(weights.runs), weights.effective
        # The variance of the mean over its square.
        error = math.sqrt(max(1.0 / effective - 1.0 / len(bank), 0.0)) if effective else math.nan
        found[name] = Nats(log, error, effective, len(bank))
    return found


def compared(model: Nats, null: Nats) -> str:
    """Return in words what the difference of the model and a null world says.

    Examples
    --------
    >>> model = Nats(-4.0, 0.1, 500.0, 4500)
    >>> compared(model, Nats(-4.8, 0.1, 80.0, 300)), compared(model, Nats(-8.0, 0.1, 80.0, 300))
    ('undecided', 'model by 4.0')
    >>> compared(model, Nats(-8.0, 0.5, 4.0, 300)), compared(model, Nats(-2.5, 0.3, 11.0, 300))
    ('not resolved', 'not resolved')
    >>> compared(model, Nats(-1.5, 0.1, 80.0, 300)), compared(model, Nats(-math.inf, math.nan, 0.0, 300))
    ('null by 2.5', 'no run makes it')
    """
    if min(model.runs, null.runs) < _FEWEST_RUNS or not math.isfinite(model.log):
        return "not resolved"
    if not math.isfinite(null.log):
        return "no run makes it"
    if min(model.effective, null.effective) < _FEWEST_EFFECTIVE:
        return "not resolved"
    difference = model.log - null.log
    if abs(difference) < _UNDECIDED:
        return "undecided"
    if abs(difference) - _ERRORS * math.hypot(model.error, null.error) < _UNDECIDED:
        return "not resolved"
    return f"model by {difference:.1f}" if difference > 0.0 else f"null by {-difference:.1f}"
