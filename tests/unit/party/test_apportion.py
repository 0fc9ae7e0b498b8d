"""Sharing out, drawing from pools and cutting into groups."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rumorsim.errors import PartyError
from rumorsim.party.apportion import Pool, apportion, apportion_within, cut, rounded, smallest

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(lambda w: sum(w) > 0)


@given(total=st.integers(0, 10**6), weight=weights)
def test_parts_add_up_and_stay_within_one_of_the_quota(total: int, weight: list[int]) -> None:
    parts = apportion(total, weight).tolist()
    assert sum(parts) == total
    for part, w in zip(parts, weight, strict=True):
        quota = Fraction(total * w, sum(weight))
        assert abs(part - quota) < 1


def test_largest_remainders_by_hand() -> None:
    # Quotas 2.5, 1.5, 1.0: the two halves compete for one seat and the first gets it.
    assert apportion(5, [5, 3, 2]).tolist() == [3, 1, 1]
    assert apportion(7, [1, 0, 1]).tolist() == [4, 0, 3]


@given(total=st.integers(30, 10**5), weight=weights, least=st.integers(0, 1))
def test_everybody_with_a_weight_gets_the_least(total: int, weight: list[int], least: int) -> None:
    parts = apportion(total, weight, least).tolist()
    assert sum(parts) == total
    assert all(part >= least for part, w in zip(parts, weight, strict=True) if w)
    assert all(part == 0 for part, w in zip(parts, weight, strict=True) if not w)


def test_a_floor_comes_before_the_weights() -> None:
    parts = apportion_within([10, 4], [0, 0, 1, 1], [1, 0, 1, 1], [3, 2])
    assert parts.tolist() == [7, 3, 2, 2]


def test_too_little_to_share_is_an_error_that_says_what_would_do() -> None:
    with pytest.raises(PartyError, match=r"too few people to share out \(given: 5\); allowed: at least 6"):
        apportion_within([5], [0, 0], [1, 1], [3])
    with pytest.raises(PartyError, match="no place has any weight"):
        apportion(5, [0, 0])


def test_smallest_takes_the_preferred_first() -> None:
    keys = np.array([9, 1, 5, 2], dtype=np.uint64)
    assert smallest(keys, 2).tolist() == [1, 3]
    assert smallest(keys, 2, first=np.array([True, False, False, False])).tolist() == [0, 1]
    assert smallest(keys, 0).size == 0
    assert smallest(keys, 99).tolist() == [0, 1, 2, 3]


@given(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=8), size=st.integers(1, 20))
def test_cut_makes_even_groups_inside_units(sizes: list[int], size: int) -> None:
    unit = np.repeat(np.arange(len(sizes)), sizes)
    key = np.arange(unit.size, dtype=np.uint64)[::-1].copy()
    group, unit_of = cut(unit, key, size)
    for u, people in enumerate(sizes):
        inside = group[unit == u]
        if not people:
            continue
        counts = np.bincount(inside - inside.min())
        assert counts.max() - counts.min() <= 1
        assert counts.size == max(1, (2 * people + size) // (2 * size))
        assert (unit_of[np.unique(inside)] == u).all()
    assert unit_of.size == (group.max() + 1 if group.size else 0)


def test_cut_leaves_people_without_a_unit_out() -> None:
    group, unit_of = cut(np.array([-1, 3, -1]), np.zeros(3, dtype=np.uint64), 5)
    assert group.tolist() == [-1, 0, -1]
    assert unit_of.tolist() == [3]


def test_pool_reaches_everybody_with_the_key_and_nobody_else() -> None:
    keys = np.array([2, 0, 2, -1, 2])
    pool = Pool(keys)
    u = (np.arange(300) + 0.5) / 300
    drawn = pool.draw(np.full(300, 2), u)
    assert np.bincount(drawn, minlength=5).tolist() == [100, 0, 100, 0, 100]
    assert pool.draw(np.array([1, -1, 99]), np.full(3, 0.5)).tolist() == [-1, -1, -1]


def test_rounding_goes_up_at_a_half() -> None:
    assert [rounded(x) for x in (0.0, 0.49, 0.5, 1.5, 2.5)] == [0, 0, 1, 2, 3]
