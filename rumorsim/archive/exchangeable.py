"""How likely the archive's documents are if any of those that were written could have been the ones that are cited.

A place named because it reported cannot be predicted beyond the share of places that reported. So the documents of one
kind are exchangeable: of the m that were written, those cited are a draw by chance. With n_d of them dated on day d,
two draws carry the days d and e with probability n_d n_e / C(m, 2), and one draw carries day d with probability
n_d / m. Given what the offices were exposed to, each office writes with a known chance, so these averages over all
archives that could have been written are sums, and nothing is drawn.

The sums run over the number of documents. `marked` keeps, for every number n, the chance of n documents, and the same
weighted with the documents that carry the first date, the second date, and both. That is a polynomial in which the two
marks count at most once; the polynomial of two groups of offices that do not depend on each other is the product.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LETTER_REACH", "cited", "in_regions", "marked", "one_drawn", "pairs", "random_dates", "two_drawn"]

#: Marks of a document: none, the first date, the second, both (on two documents).
_NONE, _FIRST, _SECOND, _BOTH = range(4)
#: Days after an uncited document within which the cited one of the letter phase may follow.
LETTER_REACH: Final = 14


def cited(n_days: int, day: int, earlier_uncited: float, reach: int | None = None) -> NDArray[np.float64]:
    """Return the chance that the document cited is dated on a day, for every day of the first one, (n_days,).

    With probability pi an earlier, uncited document existed: the one cited then follows it on any of the days left, or
    within ``reach`` days.

    Parameters
    ----------
    n_days : days of the window.
    day : date of the document, counted from 0.
    earlier_uncited : pi, from 0 to 1.
    reach : None shares pi among all days from the first document to the end of the window.

    Examples
    --------
    >>> cited(4, 2, 0.0).tolist()
    [0.0, 0.0, 1.0, 0.0]
    >>> cited(4, 2, 0.24).round(2).tolist()
    [0.06, 0.08, 0.88, 0.0]
    """
    first = np.arange(n_days)
    if reach is None:
        later = np.where(first <= day, 1.0 / (n_days - first), 0.0)
    else:
        later = np.where((first <= day) & (day - first < reach), 1.0 / reach, 0.0)
    return np.asarray((1.0 - earlier_uncited) * (first == day) + earlier_uncited * later)


def _product(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Return the polynomial of two independent groups of offices, (..., 4, n + m + 1)."""
    found = np.zeros((*x.shape[:-1], x.shape[-1] + y.shape[-1] - 1))
    pairs = (
        (_NONE, _NONE, _NONE),
        (_FIRST, _FIRST, _NONE),
        (_FIRST, _NONE, _FIRST),
        (_SECOND, _SECOND, _NONE),
        (_SECOND, _NONE, _SECOND),
        (_BOTH, _BOTH, _NONE),
        (_BOTH, _NONE, _BOTH),
        (_BOTH, _FIRST, _SECOND),
        (_BOTH, _SECOND, _FIRST),
    )
    for mark, of_x, of_y in pairs:
        for n in range(y.shape[-1]):
            factor = y[..., of_y, n : n + 1]
            if factor.any():
                found[..., mark, n : n + x.shape[-1]] += x[..., of_x, :] * factor
    return found


def _nothing(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the polynomial of no offices, (..., 4, 1)."""
    found = np.zeros((*shape, 4, 1))
    found[..., _NONE, 0] = 1.0
    return found


def marked(written: NDArray[Any], first: NDArray[Any], second: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Return the counts of documents of independent offices, with and without marks, (..., 4, n_offices + 1).

    Parameters
    ----------
    written : (..., n_offices) chance that an office writes within the window.
    first, second : (..., n_offices) chance that it writes and its document would be cited with the first, second date.

    Examples
    --------
    >>> counts = marked(np.array([0.5, 0.5]), np.array([0.5, 0.0]), np.array([0.0, 0.5]))
    >>> counts[0].tolist()
    [0.25, 0.5, 0.25]
    >>> float(two_drawn(counts))
    0.25
    """
    second = np.zeros_like(first) if second is None else second
    found = _nothing(written.shape[:-1])
    for number in range(written.shape[-1]):
        chance = written[..., number]
        if chance.any():
            office = np.zeros((*chance.shape, 4, 2))
            office[..., _NONE, 0], office[..., _NONE, 1] = 1.0 - chance, chance
            office[..., _FIRST, 1], office[..., _SECOND, 1] = first[..., number], second[..., number]
            found = _product(found, office)
    padded = np.zeros((*found.shape[:-1], written.shape[-1] + 1))
    padded[..., : found.shape[-1]] = found
    return padded


def in_regions(
    written: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    region: NDArray[Any],
    open_prob: float | NDArray[Any],
) -> NDArray[np.float64]:
    """Return the counts of documents where the offices of a region fall silent together, (..., 4, n_offices + 1).

    Parameters
    ----------
    written, first, second : (..., 2, n_offices)
        As in `marked`, if the region of an office is silent, and if it is not.
    region : (n_offices,) number of the region.
    open_prob : chance that a region is not silent, one or (...).
    """
    found = _nothing(written.shape[:-2])
    speaks = np.asarray(open_prob, dtype=np.float64)[..., None, None]
    for number in np.unique(region).tolist():
        own = region == number
        silent, speaking = (marked(written[..., k, own], first[..., k, own], second[..., k, own]) for k in (0, 1))
        found = _product(found, (1.0 - speaks) * silent + speaks * speaking)
    return found


def _inside(counts: NDArray[Any], least: int, most: int | None) -> NDArray[np.int64]:
    n = np.arange(counts.shape[-1])
    return n[(n >= least) & (n <= (len(n) if most is None else most))]


def two_drawn(counts: NDArray[Any], least: int = 2, most: int | None = None) -> NDArray[np.float64]:
    """Return the chance that two documents drawn carry the two dates and that there are least to most, (...)."""
    n = _inside(counts, max(least, 2), most)
    return np.asarray((counts[..., _BOTH, :][..., n] * 2.0 / (n * (n - 1.0))).sum(axis=-1))


def one_drawn(counts: NDArray[Any], least: int = 1, most: int | None = None) -> tuple[Any, Any]:
    """Return the chances that a document drawn carries the first, the second date; least to most as in `two_drawn`.

    Examples
    --------
    >>> [float(one) for one in one_drawn(marked(np.array([1.0, 1.0]), np.array([1.0, 0.5])))]
    [0.75, 0.0]
    """
    n = _inside(counts, max(least, 1), most)
    return tuple((counts[..., mark, :][..., n] / n).sum(axis=-1) for mark in (_FIRST, _SECOND))


def pairs(counts: NDArray[Any]) -> float:
    """Return the mean number of pairs of documents that carry the two dates."""
    return float(counts[_BOTH].sum())


def random_dates(chances: NDArray[Any], days: slice) -> NDArray[Any]:
    """Return the chances of a world that writes as many documents, on random days, each of some days as likely."""
    found = np.zeros_like(chances)
    width = len(range(*days.indices(chances.shape[-1])))
    found[..., days] = chances.sum(axis=-1, keepdims=True) / width
    return found
