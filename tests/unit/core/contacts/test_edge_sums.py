"""Sums along edges: every back end against the sum written out, and the small helpers against Python's own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rumorsim.core.contacts import edge_sums
from rumorsim.core.contacts.edge_sums import BACK_ENDS, default_back_end, expand, in_joint_order, in_order, order_of


@pytest.mark.parametrize("name", BACK_ENDS)
@pytest.mark.parametrize("seed", range(5))
def test_back_ends_against_the_sum_written_out(name: str, seed: int) -> None:
    """Some rows of a structure of 30 rows, some of them empty; what was there before stays."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 4, 30)
    ends = np.cumsum(lengths)
    targets = rng.integers(0, 12, ends[-1]).astype(np.int32)
    weights = rng.integers(0, 100, ends[-1]).astype(np.float32)
    rows = np.flatnonzero(rng.random(30) < 0.5)
    values = rng.integers(-5, 6, len(rows)).astype(np.float32)
    out = rng.integers(0, 9, 12).astype(np.float32)
    expected = out.copy()
    for row, value in zip(rows, values, strict=True):
        for edge in range(ends[row] - lengths[row], ends[row]):
            expected[targets[edge]] += value * weights[edge]
    BACK_ENDS[name](ends[rows] - lengths[rows], ends[rows], targets, weights, values, out)
    assert out.tolist() == expected.tolist()
    BACK_ENDS[name](rows[:0], rows[:0], targets, weights, values[:0], out)
    assert out.tolist() == expected.tolist(), "no row, no change"


def test_the_fast_back_end_is_the_first_choice_and_can_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"csc_array", "add_at"} <= set(BACK_ENDS)
    assert ("matvec" in BACK_ENDS) == (edge_sums._csc_matvec is not None), "it is there and gives wrong sums"
    assert default_back_end() == ("matvec" if "matvec" in BACK_ENDS else "csc_array")
    monkeypatch.delitem(edge_sums.BACK_ENDS, "matvec", raising=False)
    assert default_back_end() == "csc_array"


@pytest.mark.parametrize("routine", [None, lambda *given: None, lambda: None])
def test_a_private_routine_that_is_gone_or_has_changed_is_not_used(
    routine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_sums, "_csc_matvec", routine)
    assert not edge_sums._matvec_works()


@pytest.mark.parametrize("seed", range(5))
def test_expand_lists_range_after_range(seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, 50, 8)
    ends = starts + rng.integers(0, 4, 8)
    listed = [k for a, b in zip(starts, ends, strict=True) for k in range(a, b)]
    assert expand(starts, ends).tolist() == listed
    assert expand(starts, starts).tolist() == []


def test_order_of_three_columns_is_that_of_tuples() -> None:
    rng = np.random.default_rng(1)
    for first, second in itertools.product((1, 3, 2**20), (1, 8, 2**30)):
        columns = rng.integers(0, first, 60), rng.integers(0, second, 60), rng.random(60) < 0.5
        ordered = in_joint_order(*columns)
        assert [column.dtype for column in ordered] == [np.int64, np.int64, np.bool_]
        assert list(zip(*ordered, strict=True)) == sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("values", [[], [4], [4, 4], [9, 2, 2, 7, 9], [3, 1, 2]])
def test_in_order_is_unique(values: list[int]) -> None:
    rows = np.array(values, dtype=np.int64)
    assert in_order(rows).tolist() == sorted(set(values))
    assert rows.tolist() == values, "what is given stays as it is"


@pytest.mark.parametrize("most", [1, 1000, 2**62])
def test_order_of_keys_is_the_stable_one_also_where_keys_are_too_large_to_be_packed(most: int) -> None:
    keys = np.array([most, 0, most - 1, most, 0, most], dtype=np.int64)
    assert order_of(keys).tolist() == np.argsort(keys, kind="stable").tolist()
    assert order_of(keys[:0]).tolist() == []
