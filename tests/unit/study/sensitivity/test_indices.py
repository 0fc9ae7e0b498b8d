"""Indices against functions whose indices are known, and against SALib's own analysis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from SALib.test_functions import Ishigami, Sobol_G

from rumorsim.core.randomness.streams import Streams
from rumorsim.study.salib_designs import morris, saltelli
from rumorsim.study.sensitivity.indices import _resamples, elementary_effects, sobol_indices
from tests.unit.study.made_up import normal

G = np.array([0.0, 1.0, 4.5, 9.0])
Z95 = 1.959964


def ishigami(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(Ishigami.evaluate(np.pi * (2.0 * x - 1.0)))


def g_function(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(Sobol_G.evaluate(x, a=G))


#: Ishigami and Homma 1990, with A = 7 and B = 0.1: variances in closed form.
_V1, _V2, _V13 = 0.5 * (1.0 + 0.1 * np.pi**4 / 5.0) ** 2, 49.0 / 8.0, 0.01 * np.pi**8 * 8.0 / 225.0
_V = _V1 + _V2 + _V13
KNOWN: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "ishigami": (ishigami, np.array([_V1, _V2, 0.0]) / _V, np.array([_V1 + _V13, _V2, _V13]) / _V),
    "g": (g_function, Sobol_G.sensitivity_index(G), Sobol_G.total_sensitivity_index(G)),
}


def blocks(
    function: Callable[[Any], Any], dimensions: int, base: int, seed: int, replicates: int = 1
) -> NDArray[np.float64]:
    values = function(saltelli(base, dimensions, seed)).reshape(base, dimensions + 2, 1)
    return np.repeat(values, replicates, axis=2)


def test_the_closed_form_is_the_published_one() -> None:
    assert KNOWN["ishigami"][1].round(4).tolist() == [0.3139, 0.4424, 0.0]
    assert KNOWN["g"][1][0] == pytest.approx((1 / 3) / (np.prod(1 + 1 / (3 * (1 + G) ** 2)) - 1), rel=1e-9)


@pytest.mark.parametrize("name", KNOWN)
def test_known_indices_lie_within_three_standard_errors(name: str) -> None:
    function, first, total = KNOWN[name]
    rows = sobol_indices(blocks(function, len(first), 1024, 0), seed=0)
    for column, truth in (("first", first), ("total", total)):
        error = (rows[f"{column}_high"] - rows[f"{column}_low"]) / (2.0 * Z95)
        assert (error > 0.0).all()
        assert (error < 0.06).all(), "an error so large would let anything pass"
        assert (np.abs(rows[column] - truth) < 3.0 * error).all(), (column, rows[column], truth, error)


@pytest.mark.parametrize("name", KNOWN)
def test_intervals_cover_the_known_indices(name: str) -> None:
    """Rows of a Sobol' sequence scatter less than independent ones, so 95 % intervals cover at least as often."""
    function, first, total = KNOWN[name]
    covered = []
    for seed in range(40):
        rows = sobol_indices(blocks(function, len(first), 128, seed), resamples=200, seed=seed)
        for column, truth in (("first", first), ("total", total)):
            covered.append((rows[f"{column}_low"] <= truth) & (truth <= rows[f"{column}_high"]))
    assert np.mean(covered) > 0.93


@pytest.mark.parametrize("confidence", [0.5, 0.9])
def test_intervals_of_independent_rows_cover_as_often_as_they_say(confidence: float) -> None:
    covered, repeats = [], 300
    for seed in range(repeats):
        x = normal((200, 2, 2), seed)  # A and B; the output is x1 + x2, with indices 0.5 each
        a, b = x[:, 0], x[:, 1]
        values = np.stack([a.sum(1), b[:, 0] + a[:, 1], a[:, 0] + b[:, 1], b.sum(1)], axis=1)[..., None]
        rows = sobol_indices(values, confidence, resamples=200, seed=seed)
        covered.append(
            [rows["first_low"][0] <= 0.5 <= rows["first_high"][0], rows["total_low"][1] <= 0.5 <= rows["total_high"][1]]
        )
    shares = np.mean(covered, axis=0)
    error = np.sqrt(confidence * (1 - confidence) / repeats)
    assert (np.abs(shares - confidence) < 4.0 * error).all(), shares


def test_estimates_are_those_of_salib() -> None:
    values = blocks(ishigami, 3, 256, 5)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    theirs = salib_sobol.analyze(problem, values.ravel(), calc_second_order=False, seed=1)
    rows = sobol_indices(values, resamples=2)
    assert rows["first"].tolist() == pytest.approx(theirs["S1"].tolist(), rel=1e-12)
    assert rows["total"].tolist() == pytest.approx(theirs["ST"].tolist(), rel=1e-12)

    x = morris(30, 3, 4, 5)
    theirs = salib_morris.analyze({**problem, "groups": None}, x, ishigami(x), num_levels=4, seed=1)
    effects = elementary_effects(ishigami(x).reshape(30, 4, 1), x.reshape(30, 4, 3), 4, resamples=2)
    for column in ("mu", "mu_star", "sigma"):
        assert effects[column].tolist() == pytest.approx(list(theirs[column]), rel=1e-12)


def test_indices_do_not_depend_on_origin_and_unit() -> None:
    values = blocks(ishigami, 3, 64, 1)
    plain, moved = sobol_indices(values, resamples=20), sobol_indices(1e-9 * values + 5e-6, resamples=20)
    for column in plain.dtype.names or ():
        assert moved[column].tolist() == pytest.approx(plain[column].tolist(), rel=1e-6, nan_ok=True)


def test_seed_zero_gives_one_interval_and_no_generator_is_touched() -> None:
    values = blocks(ishigami, 3, 64, 0)
    generator: Any = np.random
    before = generator.get_state()
    one, two, other = (sobol_indices(values, resamples=50, seed=seed) for seed in (0, 0, 1))
    after = generator.get_state()
    assert one.tobytes() == two.tobytes()
    assert not (one["first_low"] == other["first_low"]).any()
    assert (one["first"] == other["first"]).all()
    assert (before[1] == after[1]).all()
    assert before[2:] == after[2:]


def test_rows_are_drawn_from_the_stream_of_the_seed_evenly() -> None:
    for seed in (0, 1956):
        drawn = np.concatenate([*_resamples(7, 2000, seed)], axis=1)
        assert drawn.shape == (7, 2000)
        uniform = Streams(seed).uniform("bootstrap", np.arange(14_000))
        assert (drawn.T.ravel() == np.floor(7.0 * uniform)).all()
        counts = np.bincount(drawn.ravel(), minlength=7)
        assert (np.abs(counts - 2000) < 4.0 * np.sqrt(2000 * 6 / 7)).all()


def test_resamples_do_not_depend_on_how_many_are_drawn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from rumorsim.study.sensitivity import indices as module

    values = blocks(ishigami, 3, 32, 0)
    whole = sobol_indices(values, resamples=37, seed=3)
    monkeypatch.setattr(module, "_AT_A_TIME", 100)
    assert sobol_indices(values, resamples=37, seed=3).tobytes() == whole.tobytes()


def test_independent_luck_is_in_the_total_index_and_is_told() -> None:
    """Y = x1 + luck: of the variance of the mean, 1/12 is x1's, and the rest is luck, in both total indices."""
    spread, replicates, repeats = 0.6, 4, 60
    share = spread**2 / replicates / (1.0 / 12.0 + spread**2 / replicates)
    found = []
    for seed in range(repeats):
        values = blocks(lambda x: x[:, 0], 2, 128, seed, replicates)
        rows = sobol_indices(values + spread * normal(values.shape, seed), resamples=2)
        found.append([rows[column] for column in ("first", "total", "total_noise", "first_noise")])
    means, errors = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(repeats)
    expected = [[1 - share, 0.0], [1.0, share], [share, share], [0.0, 0.0]]
    assert (np.abs(means - expected) < 4.0 * errors + 0.01).all(), (means, errors)  # 0.01: a ratio of estimates


def test_luck_that_points_share_leaves_a_number_without_effect_at_zero() -> None:
    """With common random numbers a point that differs in nothing that matters gives the same values."""
    phase = normal((1, 5), 3)

    def function(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sin(30.0 * x[:, :1] + 9.0 * phase) + x[:, 1:2]

    x = saltelli(128, 3, 0)
    rows = sobol_indices(function(x).reshape(128, 5, 5), resamples=10)
    assert rows["total"][2] == rows["total_noise"][2] == 0.0
    assert rows["total_noise"][0] > 0.3
    assert rows["total_noise"][1] == pytest.approx(0.0, abs=1e-12)


def test_an_output_that_does_not_vary_has_no_indices_and_warns_nobody() -> None:
    values = np.full((16, 4, 3), 0.1) + np.array([0.0, 0.2, 0.1])
    rows = sobol_indices(values)
    assert all(np.isnan(rows[column]).all() for column in rows.dtype.names or ())
    x = morris(5, 2, 4, 0).reshape(5, 3, 2)
    effects = elementary_effects(np.full((5, 3, 2), 7.0), x, 4)
    assert all(np.isnan(effects[column]).all() for column in effects.dtype.names or ())


def test_resamples_without_variance_are_left_out() -> None:
    values = np.zeros((4, 4, 1))
    values[0] = [[1.0], [0.0], [1.0], [1.0]]  # only one base row differs from the others: most resamples lack it
    rows = sobol_indices(values, resamples=400, seed=0)
    assert np.isfinite(rows["total_low"]).all()
    assert rows["total"][0] > 0.0
    assert rows["total_low"][0] > 0.0, "a resample of equal values is no index of zero"
    only = sobol_indices(values, resamples=1, seed=2)
    assert np.isfinite(only["total"]).all()


def linear(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 3.0 * x[..., 0] - 2.0 * x[..., 1] + 4.0 * x[..., 2] * x[..., 3]


def test_elementary_effects_of_a_plane_and_a_product() -> None:
    x = morris(60, 4, 4, 0).reshape(60, 5, 4)
    rows = elementary_effects(linear(x)[..., None], x, 4, seed=0)
    assert rows["mu"][:2].tolist() == pytest.approx([3.0, -2.0])
    assert rows["mu_star"][:2].tolist() == pytest.approx([3.0, 2.0])
    assert rows["sigma"][:2].tolist() == [0.0, 0.0], "not what rounding leaves"
    # The other factor of the product is 0, 1/3, 2/3 or 1, so its effect has mean 2 and variance 16 * 5/36.
    error = (rows["mu_high"] - rows["mu_low"])[2:] / (2.0 * Z95)
    assert (np.abs(rows["mu"][2:] - 2.0) < 3.0 * error).all()
    assert error.tolist() == pytest.approx([np.sqrt(16.0 * 5.0 / 36.0 / 60.0)] * 2, rel=0.25)
    assert rows["sigma"][2:].tolist() == pytest.approx([np.sqrt(16.0 * 5.0 / 36.0)] * 2, rel=0.25)
    assert ((rows["sigma_low"] <= rows["sigma"]) & (rows["sigma"] <= rows["sigma_high"])).all()


@pytest.mark.parametrize("levels", [4, 8])
def test_the_luck_in_an_elementary_effect_is_told(levels: int) -> None:
    spread, replicates = 0.5, 6
    x = morris(400, 2, levels, 0).reshape(400, 3, 2)
    values = x[..., :1] + spread * normal((400, 3, replicates), 1)
    rows = elementary_effects(values, x, levels, resamples=2)
    delta = levels / (2.0 * (levels - 1))
    expected = spread * np.sqrt(2.0 / replicates) / delta
    assert rows["sigma_noise"].tolist() == pytest.approx([expected] * 2, rel=4.0 / np.sqrt(2 * 400 * 5))
    assert rows["sigma"].tolist() == pytest.approx([expected] * 2, rel=4.0 / np.sqrt(2 * 400))
    assert np.isnan(elementary_effects(values[..., :1], x, levels, resamples=2)["sigma_noise"]).all()
