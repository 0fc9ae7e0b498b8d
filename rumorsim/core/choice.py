"""Choosing one of several candidates by their shares, the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["choose"]

_SHARE_STEPS = float(2**30)


def choose(
    owner: NDArray[Any], share: NDArray[np.float64], n_owners: int, luck: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Choose one candidate an owner with chances in proportion to its shares.

    Parameters
    ----------
    owner : (m,) integers, ascending
        Owner of each candidate.
    share : (m,) float64, 0 or more
    n_owners : int
    luck : (n_owners,) float64 in (0, 1)

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
    filled = counts.nonzero()[0]
    most = np.zeros(n_owners)
    most[filled] = np.maximum.reduceat(share, begins[filled])
    steps = share / np.repeat(np.where(most > 0, most, 1.0), counts)
    steps *= _SHARE_STEPS
    ladder = np.zeros(len(owner) + 1, dtype=np.int64)
    np.cumsum(np.rint(steps, out=steps).astype(np.int64), out=ladder[1:])
    base = ladder[begins]
    total = ladder[ends] - base
    target = base + np.minimum(np.floor(luck * total).astype(np.int64), np.maximum(total - 1, 0))
    chosen = np.searchsorted(ladder[1:], target, side="right")
    return np.where(total > 0, chosen, -1)
