"""Which numbers move a row of the table of verdicts, from the runs of a bank that come from the priors.

For each row that a bank can answer and for each number drawn, Spearman's rank correlation is worked out, in whole
numbers. Numbers that no run can use have such correlations too, by chance: only what lies above the largest of theirs
is named. There are several times as many numbers as these, so the level is at least four standard errors.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from rumorsim import catalog
from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import DATED, Dated, Evidence

__all__ = ["NAMED", "advice_of", "rank_correlation"]

#: Numbers named for a row, at most.
NAMED: Final = 3
#: Standard errors of the correlation of two independent numbers that are never enough.
_ERRORS: Final = 4.0
#: Rows whose quantity is a column of the ledger of a bank. C2 is not among them: its column leaves out the meetings on
#: the letter, which the verdict counts.
_COLUMNS: Final = {
    "T05": "introductions",
    "T09": "critics",
    "T29": "critics_after",
    "C3": "known",
    "C4": "critical",
}
#: Rows that ask how many documents of districts there are before the letter.
_COUNTED: Final = ("T15", "C8")


def rank_correlation(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Return Spearman's rank correlation; 0 where one of the two is always the same.

    Examples
    --------
    >>> x = np.array([0.1, 0.2, 0.3, 0.4])
    >>> rank_correlation(x, x**3), rank_correlation(x, -x), rank_correlation(x, np.ones(4))
    (1.0, -1.0, 0.0)
    """
    # Twice the distance from the middle rank is a whole number, so the sums are the same in any order.
    a, b = ((2.0 * rankdata(one)).astype(np.int64) - (len(one) + 1) for one in (x, y))
    size = math.sqrt(int(a @ a) * int(b @ b))
    return int(a @ b) / size if size else 0.0


def advice_of(bank: Bank, evidence: Evidence) -> dict[str, Any]:
    """Return which numbers move each row of the table of verdicts most, in the types of JSON.

    Parameters
    ----------
    bank : its runs from the prior are used, each with its own numbers of the archive.
    evidence : Evidence

    Returns
    -------
    dict
        ``runs``: their number. ``level``: of a correlation that may be chance. ``rows``: id of a target or constraint
        -> {catalog id: correlation}, the strongest first, at most three; none where nothing lies above the level. With
        a positive one a larger number makes the quantity of the row larger, or the date later.
    """
    rows = np.flatnonzero(bank.from_prior)
    columns = {name: bank.runs[name][rows] for name in bank.prior.drawn}
    unused = {name for name, one in catalog.calibration().items() if one.use == "unused"}
    found = {
        row: {name: rank_correlation(column, quantity) for name, column in columns.items()}
        for row, quantity in _quantities(bank, evidence, rows).items()
    }
    by_chance = [abs(value) for of_row in found.values() for name, value in of_row.items() if name in unused]
    level = max([_ERRORS / math.sqrt(max(len(rows) - 1, 1)), *by_chance])
    named = {}
    for row, of_row in found.items():
        strongest = sorted(of_row.items(), key=lambda one: -abs(one[1]))
        above = [(name, value) for name, value in strongest if abs(value) > level]
        named[row] = {name: round(value, 2) for name, value in above[:NAMED]}
    return {"runs": len(rows), "level": round(level, 3), "rows": named}


def _quantities(bank: Bank, evidence: Evidence, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return what each row of the table asks of some runs, id -> (n,)."""
    found: dict[str, NDArray[np.float64]] = {}
    for term, dated in evidence.dated.items():
        number, day = _documents(bank, dated, rows)
        found |= dict.fromkeys(DATED[term], day)
        if dated.unasked:
            found |= dict.fromkeys(_COUNTED, number)
    return found | {row: bank.runs[column][rows].astype(np.float64) for row, column in _COLUMNS.items()}


def _documents(bank: Bank, dated: Dated, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many documents each run is expected to bring, and their mean day; the day after the last for none."""
    number, day = np.zeros(len(rows)), np.full(len(rows), float(len(dated.days)))
    for place, (run, exposures) in enumerate(zip(bank.ids[rows].tolist(), bank.exposures(rows.tolist()), strict=True)):
        numbers = bank.prior.archive(run, 0)
        (chances,) = dated.chances(exposures, [numbers])
        if dated.unasked:
            open_prob = numbers["archive.district_propensity"]
            chances = (1.0 - open_prob) * chances[0] + open_prob * chances[1]
        on_day = chances.sum(axis=0)
        number[place] = on_day.sum()
        if number[place] > 0.0:
            day[place] = on_day @ np.arange(len(on_day)) / number[place]
    # Equal up to rounding is equal.
    return number.round(9), day.round(9)
