"""Designs: known numbers, laws that hold for each kind, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import sys
import types

import numpy as np
import pytest

from rumorsim.study.design import Design, grid_points, sampled_points


def sha(points: np.ndarray) -> str:
    return hashlib.sha256(points.astype("<f8").tobytes()).hexdigest()[:16]


def test_grid_has_every_combination_the_last_fastest() -> None:
    points = grid_points([np.array([0.0, 1.0]), np.array([0.25, 0.75]), np.array([0.5])])
    assert points.tolist() == [[0.0, 0.25, 0.5], [0.0, 0.75, 0.5], [1.0, 0.25, 0.5], [1.0, 0.75, 0.5]]


@pytest.mark.parametrize("kind", ["random", "latin_hypercube", "sobol"])
@pytest.mark.parametrize("dimensions", [1, 2, 7])
def test_points_lie_inside_and_go_by_their_seed(kind: str, dimensions: int) -> None:
    points = sampled_points(Design(kind, 64, seed=0), dimensions)
    assert points.shape == (64, dimensions)
    assert (points > 0.0).all()
    assert (points < 1.0).all()
    assert len(np.unique(points[:, 0])) == 64
    assert points.tolist() == sampled_points(Design(kind, 64, seed=0), dimensions).tolist()
    assert points.tolist() != sampled_points(Design(kind, 64, seed=1), dimensions).tolist()
    if dimensions > 1:
        assert points[:, 0].tolist() != points[:, 1].tolist()


@pytest.mark.parametrize("seed", [0, 1956, 2**64 - 1])
def test_latin_hypercube_has_one_point_in_each_slice(seed: int) -> None:
    points = sampled_points(Design("latin_hypercube", 50, seed=seed), 3)
    for column in points.T:
        assert sorted((column * 50).astype(int).tolist()) == list(range(50))
    # the columns are shuffled apart: correlation of 50 pairs has a standard error of 1 / 7
    assert abs(np.corrcoef(points.T)[0, 1]) < 4 / 7


@pytest.mark.parametrize("seed", [0, 3, 1956])
def test_sobol_is_balanced(seed: int) -> None:
    points = sampled_points(Design("sobol", 256, seed=seed), 4)
    for column in points.T:
        assert (np.bincount((column * 256).astype(int), minlength=256) == 1).all()
    for first, second in ((0, 1), (1, 2), (0, 3)):
        cells = (points[:, first] * 4).astype(int) * 4 + (points[:, second] * 4).astype(int)
        assert np.bincount(cells, minlength=16).tolist() == [16] * 16


def test_random_points_are_spread_evenly() -> None:
    points = sampled_points(Design("random", 4000, seed=5), 2)
    # mean of 4000 uniform numbers: standard error 0.0046
    assert np.abs(points.mean(axis=0) - 0.5).max() < 4 * 0.0046
    assert abs(np.corrcoef(points.T)[0, 1]) < 4 / np.sqrt(4000)


def test_a_larger_random_design_begins_with_the_smaller_one() -> None:
    small, large = (sampled_points(Design("random", n, seed=5), 3) for n in (10, 30))
    assert large[:10].tolist() == small.tolist()


def test_bytes_do_not_change_with_versions_of_libraries() -> None:
    found = {
        kind: sha(sampled_points(Design(kind, 32, seed=1956), 5)) for kind in ("random", "latin_hypercube", "sobol")
    }
    assert found == {"random": "5d8021e50828cc5d", "latin_hypercube": "8c911792cbc5aafe", "sobol": "9774166bf3e39182"}


@pytest.mark.parametrize(("kind", "rows"), [("saltelli", 8 * 5), ("morris", 8 * 4)])
def test_designs_of_salib_are_made_by_their_own_module(kind: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = types.ModuleType("rumorsim.study.salib_designs")
    asked = []

    def saltelli(points: int, dimensions: int, seed: int) -> np.ndarray:
        asked.append(("saltelli", points, dimensions, seed))
        return np.full((points * (dimensions + 2), dimensions), 0.5)

    def morris(trajectories: int, dimensions: int, levels: int, seed: int) -> np.ndarray:
        asked.append(("morris", trajectories, dimensions, seed, levels))
        return np.full((trajectories * (dimensions + 1), dimensions), 0.5)

    stand_in.saltelli, stand_in.morris = saltelli, morris  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rumorsim.study.salib_designs", stand_in)
    design = Design(kind, 8, seed=0, levels=6)
    assert sampled_points(design, 3).shape == (rows, 3)
    assert design.number_of_points(3) == rows
    assert asked == [(kind, 8, 3, 0) if kind == "saltelli" else (kind, 8, 3, 0, 6)]


@pytest.mark.fault("4.5")
def test_the_outermost_levels_of_a_prior_are_stated_quantiles() -> None:
    """A prior without upper end has no value at quantile 1: the bound of the catalog would stand for it."""
    from rumorsim import catalog
    from rumorsim.study import Study, new_study

    text = new_study().replace("latin_hypercube", "morris")
    study = Study.loads(text)
    entry = catalog.parameter("travel.duty_rate")
    assert set(study.points["travel.duty_rate"].tolist()) == {entry.at(0.01 + 0.98 * k / 3) for k in range(4)}
    assert set(study.points["spread.pass_on_rate"].tolist()) >= {0.5, 5.0}, "a range keeps its ends"
