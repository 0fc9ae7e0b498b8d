"""Adding along the edges of a few rows: ``out[target] += value * weight`` without copying an edge.

The fast path hands SciPy's compiled CSC product an interleaved (start, end) index pointer, rows descending: the odd
"columns" run from an end back to an earlier start and are empty, so only the edges of the wanted rows are touched.
That routine is private to SciPy, so two back ends with the same results stand behind it. Weights and values are
whole numbers below 2**24 in float32: sums are exact and do not depend on the order of addition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = [
    "BACK_ENDS",
    "Push",
    "default_back_end",
    "expand",
    "in_joint_order",
    "in_order",
    "order_of",
    "push_add_at",
    "push_csc_array",
    "push_matvec",
    "where_both",
]

Ints: TypeAlias = NDArray[Any]
Int32s: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]
Push = Callable[[Ints, Ints, Int32s, Floats, Floats, Floats], None]

try:
    from scipy.sparse._sparsetools import csc_matvec as _csc_matvec
except ImportError:  # the routine is private and may move
    _csc_matvec = None


def push_matvec(starts: Ints, ends: Ints, targets: Int32s, weights: Floats, values: Floats, out: Floats) -> None:
    """Add ``values[k] * weights[e]`` to ``out[targets[e]]`` for every edge e in ``starts[k]:ends[k]``.

    Parameters
    ----------
    starts, ends : (m,) integers
        Edge ranges of m different rows of one CSR structure, in ascending order (ranges do not overlap).
    targets : (n_edges,) int32
    weights : (n_edges,) float32, whole numbers
    values : (m,) float32, whole numbers
    out : (n,) float32, changed in place
    """
    if not len(starts):
        return
    pointer = np.empty((len(starts), 2), dtype=np.int32)
    pointer[:, 0], pointer[:, 1] = starts[::-1], ends[::-1]
    column = np.zeros((len(starts), 2), dtype=np.float32)
    column[:, 0] = values[::-1]
    _csc_matvec(len(out), column.size - 1, pointer.ravel(), targets, weights, column.ravel()[:-1], out)


def push_csc_array(starts: Ints, ends: Ints, targets: Int32s, weights: Floats, values: Floats, out: Floats) -> None:
    """Do what `push_matvec` does through SciPy's public sparse product with an index pointer of its own."""
    edges = expand(starts, ends)
    pointer = np.zeros(len(starts) + 1, dtype=np.int32)
    np.cumsum(np.asarray(ends) - np.asarray(starts), out=pointer[1:])
    matrix = sparse.csc_array((weights[edges], targets[edges], pointer), shape=(len(out), len(starts)))
    out += matrix @ np.asarray(values, dtype=np.float32)


def push_add_at(starts: Ints, ends: Ints, targets: Int32s, weights: Floats, values: Floats, out: Floats) -> None:
    """Do what `push_matvec` does by a gather and ``np.add.at``, with NumPy alone."""
    edges = expand(starts, ends)
    lengths = np.asarray(ends) - np.asarray(starts)
    np.add.at(out, targets[edges], weights[edges] * np.repeat(np.asarray(values, dtype=np.float32), lengths))


def expand(starts: NDArray[Any], ends: NDArray[Any]) -> NDArray[np.int64]:
    """Return all positions in the given ranges, range after range.

    Parameters
    ----------
    starts, ends : (m,) integers

    Returns
    -------
    (sum of lengths,) int64

    Examples
    --------
    >>> expand(np.array([5, 0]), np.array([8, 2])).tolist()
    [5, 6, 7, 0, 1]
    """
    starts = np.asarray(starts, dtype=np.int64)
    lengths = np.asarray(ends, dtype=np.int64) - starts
    total = int(lengths.sum())
    if not total:
        return np.empty(0, dtype=np.int64)
    offsets = np.cumsum(lengths) - lengths
    positions = np.repeat(starts - offsets, lengths)
    positions += np.arange(total, dtype=np.int64)
    return positions


def in_joint_order(
    first: NDArray[Any], second: NDArray[Any], flag: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return three columns ordered by the first, then the second, then the flag.

    The three go into one whole number each, which sorts several times faster than columns do.

    Parameters
    ----------
    first, second : (m,) integers, 0 or more
    flag : (m,) bool

    Examples
    --------
    >>> columns = in_joint_order(np.array([2, 1, 1]), np.array([0, 5, 5]), np.array([True, True, False]))
    >>> [column.tolist() for column in columns]
    [[1, 1, 2], [5, 5, 0], [False, True, True]]
    """
    bits = int(second.max(initial=0)).bit_length()
    keys = (first.astype(np.int64) << bits) + second << 1
    keys += flag
    keys.sort()
    return keys >> bits + 1, keys >> 1 & (1 << bits) - 1, (keys & 1).astype(np.bool_)


def order_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what ``np.argsort(keys, kind="stable")`` does, several times faster where keys are not very large.

    Parameters
    ----------
    keys : (m,) int64, 0 or more

    Examples
    --------
    >>> order_of(np.array([7, 0, 7])).tolist()
    [1, 0, 2]
    """
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)).bit_length() + bits > 63:
        return keys.argsort(kind="stable")
    # Key and place go into one whole number, which sorts much faster than it is looked up.
    packed = keys << bits
    packed += np.arange(len(keys))
    packed.sort()
    return np.asarray(packed & (1 << bits) - 1)


def where_both(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what ``mask.nonzero()`` does for two dimensions, in which NumPy takes eight times as long.

    Examples
    --------
    >>> [where.tolist() for where in where_both(np.array([[False, True], [True, False]]))]
    [[0, 1], [1, 0]]
    """
    found = mask.ravel().nonzero()[0]
    row = found // max(mask.shape[1], 1)
    return row, found - row * mask.shape[1]


def in_order(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the different values of an array, ascending; much faster than NumPy's unique on few of them.

    Examples
    --------
    >>> in_order(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    if len(rows) < 2:
        return rows
    ordered = np.sort(rows)
    first = np.empty(len(ordered), dtype=np.bool_)
    first[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered if first.all() else ordered[first]


BACK_ENDS: Final[dict[str, Push]] = {"csc_array": push_csc_array, "add_at": push_add_at}


def _matvec_works() -> bool:
    if _csc_matvec is None:
        return False
    out = np.zeros(3, dtype=np.float32)
    try:
        starts, ends, targets = np.array([0, 2]), np.array([2, 3]), np.arange(3, dtype=np.int32)
        weights, values = np.array([1, 2, 3], dtype=np.float32), np.array([5, 7], dtype=np.float32)
        push_matvec(starts, ends, targets, weights, values, out)
    except (TypeError, ValueError):
        return False
    return out.tolist() == [5.0, 10.0, 21.0]


if _matvec_works():
    BACK_ENDS["matvec"] = push_matvec


def default_back_end() -> str:
    """Return the name of the fastest back end that works with the installed SciPy.

    Examples
    --------
    >>> default_back_end() in BACK_ENDS
    True
    """
    return "matvec" if "matvec" in BACK_ENDS else "csc_array"
