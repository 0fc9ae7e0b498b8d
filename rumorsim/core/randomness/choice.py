"""Choosing one of several candidates by their shares, the same on every machine."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose", "choose_row"]

_SHARE_STEPS = float(2**30)


def choose(
    owner: NDArray[Any], share: NDArray[Any], n_owners: int, drawn: NDArray[np.float64], *, whole: bool = False
) -> NDArray[np.int64]:
    """Choose one candidate an owner with chances in proportion to its shares.

    Parameters
    ----------
    owner : (m,) integers, ascending
        Owner of each candidate.
    share : (m,) floats, 0 or more
    n_owners : int
    drawn : (n_owners,) float64 in (0, 1)
    whole : bool
        Whether shares are whole numbers already; otherwise those of an owner are rounded to 2**-30 of the largest.

    Returns
    -------
    (n_owners,) int64
        Position of the chosen candidate, -1 where an owner has no candidate with a share above 0.

    Examples
    --------
    >>> choose(np.array([0, 0, 1]), np.array([1.0, 3.0, 2.0]), 3, np.array([0.3, 0.5, 0.5])).tolist()
    [1, 2, -1]
    """
    if not len(owner):
        return np.full(n_owners, -1, dtype=np.int64)
    counts = np.bincount(owner, minlength=n_owners)
    ends = np.cumsum(counts)
    begins = ends - counts
    steps = share if whole else _in_steps(share, counts, begins)
    ladder = np.zeros(len(owner) + 1, dtype=np.int64)
    np.cumsum(steps, out=ladder[1:], dtype=np.int64)
    base = ladder[begins]
    total = ladder[ends] - base
    target = base + np.minimum(np.floor(drawn * total).astype(np.int64), np.maximum(total - 1, 0))
    chosen = np.searchsorted(ladder[1:], target, side="right")
    return np.where(total > 0, chosen, -1)


def _in_steps(share: NDArray[Any], counts: NDArray[np.int64], begins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return shares as whole numbers, the largest of each owner being 2**30."""
    filled = counts.nonzero()[0]
    most = np.zeros(len(counts))
    most[filled] = np.maximum.reduceat(share, begins[filled])
    steps = share / np.repeat(np.where(most > 0, most, 1.0), counts)
    steps *= _SHARE_STEPS
    whole: NDArray[np.float64] = np.rint(steps, out=steps)
    return whole


def choose_row(shares: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose one row for each column of a table, with chances in proportion to the shares in it.

    The same choice as `choose` makes where every owner has the same candidates in the same order.

    Parameters
    ----------
    shares : (k, m) float64, 0 or more; overwritten
    drawn : (m,) float64 in (0, 1)

    Returns
    -------
    (m,) int64
        Row of each column; -1 where all shares are 0.

    Examples
    --------
    >>> choose_row(np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]]), np.array([0.3, 0.5, 0.5])).tolist()
    [1, 0, -1]
    """
    most = shares.max(axis=0)
    most[most <= 0] = 1.0
    shares /= most
    shares *= _SHARE_STEPS
    # Whole numbers, far below 2**53: sums are exact in float64 too.
    np.rint(shares, out=shares)
    for below, steps in pairwise(shares):
        steps += below
    total = shares[-1]
    target = np.minimum(np.floor(drawn * total), total - 1.0)
    chosen = np.zeros(len(drawn), dtype=np.int64)
    for steps in shares[:-1]:
        chosen += steps <= target
    chosen[total <= 0] = -1
    return chosen
