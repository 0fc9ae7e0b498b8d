"""Sharing whole numbers out exactly, drawing partners from pools, and cutting people into groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.errors import PartyError

__all__ = ["Pool", "apportion", "apportion_within", "cut", "rounded", "smallest"]

Ints = NDArray[np.int64]


def rounded(number: float) -> int:
    """Return the nearest whole number, halves upward.

    Examples
    --------
    >>> rounded(2.5), rounded(0.4), rounded(48644 * 0.041)
    (3, 0, 1994)
    """
    return int(number + 0.5)


def apportion(total: int, weights: ArrayLike, least: int = 0) -> Ints:
    """Share a total out in proportion to weights by largest remainders; the parts add up exactly.

    Parameters
    ----------
    total : what is shared out.
    weights : (n,) whole numbers, not negative.
    least : every item with a weight gets at least so much; only those that would get less take from the others.

    Returns
    -------
    (n,) int64

    Raises
    ------
    PartyError
        If the total is too small for that, or all weights are zero.

    Examples
    --------
    >>> apportion(10, [1, 1, 1]).tolist(), apportion(10, [98, 1, 1], least=1).tolist()
    ([4, 3, 3], [8, 1, 1])
    """
    whole = np.asarray(weights, dtype=np.int64)
    short = np.zeros(whole.size, dtype=np.bool_)
    while True:
        given = np.where(short, least, 0)
        free = np.where(short, 0, whole)
        group = np.zeros(whole.size, dtype=np.int64)
        parts = given + apportion_within([total - int(given.sum())], group, free, [0])
        found = short | ((whole > 0) & (parts < least))
        if (found == short).all():
            return np.asarray(parts, dtype=np.int64)
        short = found


def apportion_within(totals: ArrayLike, group: ArrayLike, weights: ArrayLike, floor: ArrayLike) -> Ints:
    """Share several totals out at once, each among the items of its own group, by largest remainders.

    Parameters
    ----------
    totals : (n_groups,) what each group shares out.
    group : (n,) group of each item.
    weights : (n,) whole numbers, not negative.
    floor : (n_groups,) least that an item of the group gets.

    Returns
    -------
    (n,) int64
        Parts; within a group they add up to its total. Equal remainders go to the item that comes first.

    Raises
    ------
    PartyError
        If a group cannot give every item its floor, or has something to share and no weight.

    Examples
    --------
    >>> apportion_within([5, 2], [0, 0, 1], [1, 3, 7], [1, 0]).tolist()
    [2, 3, 2]
    """
    of = np.asarray(group, dtype=np.int64)
    whole = np.asarray(weights, dtype=np.int64)
    least = np.asarray(floor, dtype=np.int64)
    groups = np.asarray(totals, dtype=np.int64).size
    items = np.bincount(of, minlength=groups)
    free = np.asarray(totals, dtype=np.int64) - items * least
    weight = np.bincount(of, weights=whole, minlength=groups).astype(np.int64)
    if (free < 0).any():
        bad = int(np.argmax(free < 0))
        raise PartyError(
            "too few people to share out",
            given=int(np.asarray(totals)[bad]),
            allowed=f"at least {int(items[bad] * least[bad])}",
        )
    if ((free > 0) & (weight <= 0)).any():
        raise PartyError("people are to be shared out, and no place has any weight")
    numerator = free[of] * whole
    divisor = np.maximum(weight, 1)[of]
    base = numerator // divisor
    remainder = numerator - base * divisor
    short = free - np.bincount(of, weights=base, minlength=groups).astype(np.int64)
    order = np.lexsort((-remainder, of))
    first = np.cumsum(items) - items
    rank = np.empty(of.size, dtype=np.int64)
    rank[order] = np.arange(of.size) - first[of[order]]
    return np.asarray(base + (rank < short[of]) + least[of], dtype=np.int64)


def smallest(keys: NDArray[np.uint64], count: int, first: NDArray[np.bool_] | None = None) -> Ints:
    """Return the positions of the items with the smallest random keys: a draw without replacement.

    Parameters
    ----------
    keys : (n,) uint64 random words.
    count : how many are drawn; all if it is n or more.
    first : (n,) bool, items to be taken before the others.

    Returns
    -------
    (count,) int64, ascending

    Examples
    --------
    >>> smallest(np.array([5, 1, 9, 3], dtype=np.uint64), 2).tolist()
    [1, 3]
    """
    order = np.argsort(keys, kind="stable") if first is None else np.lexsort((keys, ~first))
    return np.sort(order[: max(count, 0)]).astype(np.int64)


def cut(unit: Ints, key: NDArray[np.uint64], size: int) -> tuple[NDArray[np.int32], Ints]:
    """Cut the people of each unit, in the order of a key, into groups of nearly equal size.

    Parameters
    ----------
    unit : (n,) unit of each person, -1 for people who are in no group.
    key : (n,) uint64, order within the unit.
    size : wanted mean size of a group, persons.

    Returns
    -------
    group : (n,) int32, from 0, in the order of units; -1 for none.
    unit_of_group : (n_groups,) int64.

    Examples
    --------
    >>> group, unit_of_group = cut(np.array([0, 0, 0, 0, 1]), np.array([4, 3, 2, 1, 0], dtype=np.uint64), 2)
    >>> group.tolist(), unit_of_group.tolist()
    ([1, 1, 0, 0, 2], [0, 0, 1])
    """
    group = np.full(unit.size, -1, dtype=np.int32)
    inside = np.flatnonzero(unit >= 0)
    if not inside.size:
        return group, np.zeros(0, dtype=np.int64)
    order = inside[np.lexsort((key[inside], unit[inside]))]
    units, start, people = np.unique(unit[order], return_index=True, return_counts=True)
    pieces = np.maximum(1, (2 * people + size) // (2 * size))
    first = np.cumsum(pieces) - pieces
    row = np.repeat(np.arange(units.size), people)
    position = np.arange(order.size) - start[row]
    group[order] = first[row] + position * pieces[row] // people[row]
    return group, np.repeat(units, pieces)


class Pool:
    """People sorted by a key, from which partners with a given key are drawn in one step.

    Parameters
    ----------
    keys : (n,) integers, key of each person; a negative key leaves the person out.

    Examples
    --------
    >>> pool = Pool(np.array([1, 0, 1, -1]))
    >>> pool.draw(np.array([1, 1, 0, 7]), np.array([.1, .9, .5, .5])).tolist()
    [0, 2, 1, -1]
    """

    __slots__ = ("count", "order", "start")

    def __init__(self, keys: ArrayLike) -> None:
        key = np.asarray(keys, dtype=np.int64)
        inside = np.flatnonzero(key >= 0)
        self.order: Ints = inside[np.argsort(key[inside], kind="stable")]
        self.count: Ints = np.bincount(key[inside], minlength=1)
        self.start: Ints = np.cumsum(self.count) - self.count

    def draw(self, key: ArrayLike, u: NDArray[np.float64]) -> Ints:
        """Return for each request the person at share u of those with that key, -1 where there is nobody."""
        asked = np.asarray(key, dtype=np.int64)
        known = np.where((asked >= 0) & (asked < self.count.size), asked, 0)
        count = np.where((asked >= 0) & (asked < self.count.size), self.count[known], 0)
        position = np.minimum((u * count).astype(np.int64), np.maximum(count - 1, 0))
        drawn = np.full(asked.size, -1, dtype=np.int64)
        some = count > 0
        drawn[some] = self.order[self.start[known[some]] + position[some]]
        return drawn
