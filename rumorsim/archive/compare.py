"""A target beside the simulated replicates: order statistics, a likelihood, a word.

A dated report is an exact value of the *report* date, unless an earlier one existed that is not cited, which has
probability pi: the likelihood of the date D is (1 - pi) P(R = D) + pi P(R <= D). With "<= D" alone, faster would always
be better. A replicate without the event counts as later than every date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import QueryError, unknown

__all__ = [
    "NUMBER_TERMS",
    "SHARES",
    "WORDS",
    "date_likelihood",
    "order_statistics",
    "satisfies",
    "word_on_date",
    "word_on_share",
]

#: The order statistics of a table of verdicts.
SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
#: What a run makes of the archive.
WORDS: Final = ("expected", "possible", "unlikely")


def order_statistics(values: NDArray[Any], shares: tuple[float, ...] = SHARES) -> list[Any]:
    """Return the smallest value with at least the given share of the values at or below it; NaT and NaN come last.

    Examples
    --------
    >>> order_statistics(np.array([3.0, 1.0, np.nan, 2.0]), shares=(0.25, 0.5, 1.0))
    [1.0, 2.0, nan]
    """
    if not len(values):
        raise QueryError("order statistics of no values", allowed="at least one replicate")
    ordered = np.sort(values)
    rows = [max(int(np.ceil(share * len(values) - 1e-9)), 1) - 1 for share in shares]
    picked = ordered[rows]
    return list(picked) if picked.dtype.kind == "M" else list(picked.tolist())


def date_likelihood(dates: NDArray[Any], day: Any, earlier_uncited: float) -> float:
    """Return (1 - pi) P(R = D) + pi P(R <= D).

    Parameters
    ----------
    dates : (replicates,) datetime64
        Simulated dates R, NaT where there is none.
    day : date
        The date D on the document.
    earlier_uncited : float
        The probability pi that an earlier document existed.

    Examples
    --------
    >>> dates = np.array(["1956-04-17", "1956-04-18", "1956-04-19", "NaT"], dtype="M8[s]")
    >>> date_likelihood(dates, "1956-04-18", 0.25)
    0.3125
    """
    days, target = dates.astype("M8[D]"), np.datetime64(day, "D")
    return float((1.0 - earlier_uncited) * (days == target).mean() + earlier_uncited * (days <= target).mean())


def word_on_date(dates: NDArray[Any], day: Any) -> str:
    """Return what a run makes of a date: expected, possible or unlikely.

    With u = P(R < D) + P(R = D) / 2, never last: expected where the date lies in the middle half of the simulated ones,
    1/4 <= u <= 3/4, and the event is there in at least half of the replicates; possible where .05 <= u <= .95. Of a
    model that is right, u is uniform: half of its dates are expected by chance.

    Examples
    --------
    >>> word_on_date(np.array(["1956-04-17", "1956-04-20"], dtype="M8[s]"), "1956-04-18")
    'expected'
    >>> word_on_date(np.array(["NaT", "NaT"], dtype="M8[s]"), "1956-04-18")
    'unlikely'
    """
    days, target = dates.astype("M8[D]"), np.datetime64(day, "D")
    before, on = int((days < target).sum()), int((days == target).sum())
    u = (2 * before + on) / (2 * len(days))
    if 0.25 <= u <= 0.75 and int(np.isnat(days).sum()) * 2 <= len(days):
        return "expected"
    return "possible" if 0.05 <= u <= 0.95 else "unlikely"


def word_on_share(share: float) -> str:
    """Return what a run makes of a statement that so large a share of its replicates satisfies.

    Examples
    --------
    >>> [word_on_share(share) for share in (0.5, 0.05, 0.04)]
    ['expected', 'possible', 'unlikely']
    """
    if share >= 0.5:
        return "expected"
    return "possible" if share >= 0.05 else "unlikely"


#: Term of a target -> whether each simulated number satisfies it.
NUMBER_TERMS: Final[Mapping[str, Callable[[NDArray[Any], Any], NDArray[Any]]]] = {
    "share_above": lambda values, wanted: values > wanted,
    "share_below": lambda values, wanted: values < wanted,
    "share_between": lambda values, wanted: (values >= wanted[0]) & (values <= wanted[1]),
    "count": lambda values, wanted: values == wanted,
    "count_at_least": lambda values, wanted: values >= wanted,
    "count_at_most": lambda values, wanted: values <= wanted,
    "count_between": lambda values, wanted: (values >= wanted[0]) & (values <= wanted[1]),
}


def satisfies(values: NDArray[Any], term: str, wanted: Any) -> NDArray[np.bool_]:
    """Return which simulated numbers satisfy a target.

    Raises
    ------
    QueryError
        For a term that is not about numbers.

    Examples
    --------
    >>> satisfies(np.array([3, 8]), "count_at_most", 7).tolist()
    [True, False]
    """
    if term not in NUMBER_TERMS:
        raise unknown("term of a target", term, NUMBER_TERMS, error=QueryError)
    return np.asarray(NUMBER_TERMS[term](values, wanted), dtype=np.bool_)
