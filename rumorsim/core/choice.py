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
    begins = np.searchsorted(owner, np.arange(n_owners), side="left")
    ends = np.searchsorted(owner, np.arange(n_owners), side="right")
    filled = np.flatnonzero(ends > begins)
    most = np.zeros(n_owners)
    most[filled] = np.maximum.reduceat(share, begins[filled])
    scale = np.where(most > 0, most, 1.0)
    steps = np.rint(share / scale[owner] * _SHARE_STEPS).astype(np.int64)
    ladder = np.cumsum(steps)
    base = np.where(begins > 0, ladder[np.maximum(begins, 1) - 1], 0)
    total = np.where(ends > begins, ladder[np.maximum(ends, 1) - 1] - base, 0)
    target = base + np.minimum(np.floor(luck * total).astype(np.int64), np.maximum(total - 1, 0))
    chosen = np.searchsorted(ladder, target, side="right")
    return np.where(total > 0, chosen, -1).astype(np.int64)
