"""Designs of SALib: their structure, and that seed and nothing else decides them."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rumorsim.errors import RumorsimError
from rumorsim.study.salib_designs import morris, saltelli


def digest(rows: NDArray[np.float64]) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, dtype="<f8").tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_saltelli_rows_mix_two_base_rows(dimensions: int) -> None:
    rows = saltelli(32, dimensions, 0).reshape(32, dimensions + 2, dimensions)
    a, b = rows[:, 0], rows[:, -1]
    for k in range(dimensions):
        expected = a.copy()
        expected[:, k] = b[:, k]
        assert (rows[:, k + 1] == expected).all()
    # A Sobol' sequence: one point in each of 32 strips, in every column of A and of B.
    for column in (*a.T, *b.T):
        assert sorted((column * 32).astype(int).tolist()) == list(range(32))
    assert not (a == b).any()


@pytest.mark.parametrize("levels", [2, 4, 6, 8, 14])
def test_morris_moves_one_coordinate_after_the_other_by_half_the_grid(levels: int) -> None:
    rows = morris(40, 3, levels, 0)
    assert rows.min() == 0.0
    assert rows.max() == 1.0
    assert set(np.unique(rows).tolist()) == {k / (levels - 1) for k in range(levels)}
    steps = np.diff(rows.reshape(40, 4, 3), axis=1)
    delta = levels / (2.0 * (levels - 1))
    assert (np.count_nonzero(steps, axis=2) == 1).all()
    assert np.allclose(np.abs(steps).sum(axis=1), delta)
    first = np.abs(steps[:, 0]).argmax(axis=1)
    assert set(first.tolist()) == {0, 1, 2}, "the order is drawn anew for each trajectory"
    assert {-1.0, 1.0} == set(np.sign(steps[steps != 0]).tolist())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (lambda: saltelli(16, 3, 0), "b5e6f44827e0fd23"),
        (lambda: saltelli(100, 7, 2**64 - 1), "90943f194ced1d19"),
        (lambda: morris(10, 3, 4, 0), "23abb3df23d5fb34"),
        (lambda: morris(20, 9, 6, 1956), "4ebe00ece59e1376"),
    ],
)
def test_a_seed_gives_the_same_bytes_everywhere(rows: Any, expected: str) -> None:
    """Frozen: Python 3.11 to 3.13 with SALib 1.6, SciPy 1.13 to 1.18, NumPy 2.0 to 2.5."""
    assert digest(rows()) == expected


@pytest.mark.parametrize("make", [lambda seed: saltelli(8, 2, seed), lambda seed: morris(8, 2, 4, seed)])
def test_seeds_differ_and_the_global_generator_is_left_alone(make: Any) -> None:
    generator: Any = np.random
    before = generator.get_state()
    assert (make(0) == make(0)).all()
    assert not (make(0) == make(1)).all()
    generator.seed(5)
    assert (make(0) == make(np.int64(0))).all()
    generator.set_state(before)
    make(3)
    after = generator.get_state()
    assert (before[1] == after[1]).all()
    assert before[2:] == after[2:]


def test_a_base_number_that_is_no_power_of_two_warns_nobody() -> None:
    assert saltelli(12, 2, 0).shape == (48, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: saltelli(0, 2, 0), "design.points: not a usable number of points"),
        (lambda: saltelli(4, 0, 0), "design.dimensions"),
        (lambda: saltelli(4, 2, -1), "design.seed"),
        (lambda: saltelli(4, 2, 2**64), "design.seed"),
        (lambda: saltelli(4.5, 2, 0), "design.points"),  # type: ignore[arg-type]
        (lambda: saltelli(True, 2, 0), "design.points"),
        (lambda: morris(0, 2, 4, 0), "design.trajectories"),
        (
            lambda: morris(4, 2, 5, 0),
            r"design.levels: not a usable number of levels \(given: 5\); allowed: an even number",
        ),
        (lambda: morris(4, 2, 0, 0), "design.levels"),
    ],
)
def test_numbers_out_of_bounds_are_refused(make: Any, message: str) -> None:
    with pytest.raises(RumorsimError, match=message):
        make()


@pytest.mark.parametrize("make", [lambda: saltelli(2, 2, 0), lambda: morris(2, 2, 4, 0)])
def test_without_salib_the_extra_is_named(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SALib", "SALib.sample", "SALib.sample.sobol", "SALib.sample.morris"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(RumorsimError, match=r"need SALib; allowed: pip install 'rumorsim\[sensitivity\]'"):
        make()
