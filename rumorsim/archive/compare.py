"""A target beside the simulated replicates: order statistics, a likelihood, a verdict in words.

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
    "VERDICTS",
    "date_likelihood",
    "order_statistics",
    "satisfies",
    "verdict_by_date",
    "verdict_on_date",
    "verdict_on_number",
]

#: The order statistics of a table of verdicts.
SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
#: What a verdict can say. ``early`` and ``late`` are about dates, ``low`` and ``high`` about numbers; ``rarely``: the
#: event is absent from nearly all replicates.
VERDICTS: Final = ("met", "early", "late", "low", "high", "rarely", "not in this run")

#: A verdict other than "met" needs all but this share of the replicates on one side.
_TAIL: Final = SHARES[0]


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


def verdict_on_date(dates: NDArray[Any], day: Any) -> str:
    """Return whether a date lies within the simulated dates: met, early, late (said of the run) or rarely.

    The run is early if all but 5 % of the replicates come before the date, late if all but 5 % come after it, and the
    event is there rarely if all but 5 % of the replicates lack it.

    Examples
    --------
    >>> verdict_on_date(np.array(["1956-04-17", "1956-04-20"], dtype="M8[s]"), "1956-04-18")
    'met'
    >>> verdict_on_date(np.array(["NaT", "NaT"], dtype="M8[s]"), "1956-04-18")
    'rarely'
    """
    days, target = dates.astype("M8[D]"), np.datetime64(day, "D")
    if (~np.isnat(days)).mean() < _TAIL:
        return "rarely"
    if (days < target).mean() > 1.0 - _TAIL:
        return "early"
    return "late" if (days <= target).mean() < _TAIL else "met"


def verdict_by_date(dates: NDArray[Any], day: Any) -> str:
    """Return whether something happens by a date in at least half of the replicates: met, late or rarely.

    Examples
    --------
    >>> verdict_by_date(np.array(["1956-04-17", "1956-04-20"], dtype="M8[s]"), "1956-04-18")
    'met'
    """
    days, target = dates.astype("M8[D]"), np.datetime64(day, "D")
    if (days <= target).mean() >= 0.5:
        return "met"
    return "late" if (~np.isnat(days)).mean() >= 0.5 else "rarely"


#: Term of a target -> whether each simulated number satisfies it.
NUMBER_TERMS: Final[Mapping[str, Callable[[NDArray[Any], Any], NDArray[Any]]]] = {
    "share_above": lambda values, wanted: values > wanted,
    "share_below": lambda values, wanted: values < wanted,
    "share_between": lambda values, wanted: (values >= wanted[0]) & (values <= wanted[1]),
    "count": lambda values, wanted: values == wanted,
    "count_at_least": lambda values, wanted: values >= wanted,
    "count_at_most": lambda values, wanted: values <= wanted,
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


def verdict_on_number(values: NDArray[Any], term: str, wanted: Any) -> str:
    """Return whether at least half of the replicates satisfy a target: met, or on which side they lie.

    Examples
    --------
    >>> verdict_on_number(np.array([0.6, 0.7, 0.4]), "share_above", 0.5)
    'met'
    >>> verdict_on_number(np.array([9, 12]), "count_at_most", 7)
    'high'
    """
    if satisfies(values, term, wanted).mean() >= 0.5:
        return "met"
    low = wanted[0] if isinstance(wanted, tuple) else wanted
    return "low" if np.median(values) <= low else "high"
