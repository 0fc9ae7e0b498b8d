"""From a sweep to a table: designs, failed points, dates that never came, luck, notes; and a quantity of the engine."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rumorsim as rs
from rumorsim.core import MakiThompson, Network, simulate
from rumorsim.errors import QueryError, RumorsimError
from rumorsim.study.sensitivity.indices import elementary_effects, sobol_indices
from tests.unit.study.made_up import IDS, MadeUpSweep, design, made_up
from tests.unit.study.sensitivity.test_indices import KNOWN, Z95, ishigami, linear


def test_a_saltelli_sweep_gives_the_known_indices_of_each_parameter() -> None:
    _, first, total = KNOWN["ishigami"]
    result = rs.sensitivity(made_up("saltelli", ishigami, 3, 512))
    table = result.table()
    assert table.dtype.names == (
        *("output", "parameter", "first", "first_low", "first_high", "first_noise"),
        *("total", "total_low", "total_high", "total_noise"),
    )
    assert table["output"].tolist() == ["y"] * 3
    assert table["parameter"].tolist() == list(IDS[:3])
    for column, truth in (("first", first), ("total", total)):
        error = (table[f"{column}_high"] - table[f"{column}_low"]) / (2.0 * Z95)
        assert (np.abs(table[column] - truth) < 3.0 * error).all()
    assert result["y"].order.tolist() == [0, 1, 2]
    assert (result.kind, result.points, result.replicates) == ("saltelli", 512, 1)
    assert result.dropped == {"y": 0}


def test_a_morris_sweep_gives_effects_of_each_parameter() -> None:
    result = rs.sensitivity(made_up("morris", linear, 4, 30, replicates=3))
    table = result.table()
    assert table["mu"][:2].tolist() == pytest.approx([3.0, -2.0])
    assert table["mu_star"][1] == pytest.approx(2.0)
    assert table["sigma_noise"].tolist() == pytest.approx([0.0] * 4, abs=1e-9)
    assert result.notes == ()
    assert result.noise["y"].share == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("levels", [4, 6])
def test_the_levels_of_the_design_are_used(levels: int) -> None:
    result = rs.sensitivity(made_up("morris", linear, 4, 20, levels=levels))
    assert result.table()["mu"][0] == pytest.approx(3.0)


@pytest.mark.parametrize("kind", ["grid", "random", "latin_hypercube", "sobol", "table"])
def test_other_designs_are_refused_and_the_right_ones_named(kind: str) -> None:
    sweep = made_up("saltelli", ishigami, 3, 8)
    sweep.study.design.kind = kind
    with pytest.raises(QueryError, match=f"a {kind} design.*allowed: saltelli .Sobol' indices., morris .screening."):
        rs.sensitivity(sweep)


def test_rows_with_a_failed_point_are_left_out_as_a_whole() -> None:
    sweep = made_up("saltelli", ishigami, 3, 64, failed={7: "boom"})
    values = sweep.values("y")
    values[[7, 8, 64]] = np.nan  # base rows 1 (points 5 to 9) and 12 (points 60 to 64)
    result = rs.sensitivity(sweep, resamples=50, seed=0)
    kept = np.delete(values.reshape(64, 5, 1), [1, 12], axis=0)
    assert np.isfinite(kept).all()
    expected = sobol_indices(kept, resamples=50, seed=0)
    for column in expected.dtype.names or ():
        assert np.array_equal(result.table()[column], expected[column], equal_nan=True)
    assert (result["y"].kept, result["y"].dropped) == (62, 2)
    assert any("2 of 64 base rows were left out because a point of them failed" in note for note in result.notes)


def test_trajectories_with_a_failed_point_are_left_out_as_a_whole() -> None:
    sweep = made_up("morris", linear, 4, 20)
    values = sweep.values("y")
    values[11] = np.nan  # trajectory 2
    result = rs.sensitivity(sweep, resamples=50, seed=0)
    points = np.delete(sweep.unit_points.reshape(20, 5, 4), 2, axis=0)
    expected = elementary_effects(np.delete(values.reshape(20, 5, 1), 2, axis=0), points, 4, resamples=50, seed=0)
    assert np.array_equal(result.table()["sigma_low"], expected["sigma_low"])
    assert result.dropped == {"y": 1}


@pytest.mark.parametrize(("kind", "group"), [("saltelli", "base rows"), ("morris", "trajectories")])
def test_a_sweep_of_which_nothing_is_left_is_an_error(kind: str, group: str) -> None:
    sweep = made_up(kind, linear, 4, 4, failed={3: "no such place"})
    sweep.values("y")[5:] = np.nan
    sweep.values("y")[0] = np.nan
    message = rf"4 of 4 {group} have a failed point, and fewer than two are left \(given: 'point 3: no such place'\)"
    with pytest.raises(QueryError, match=message):
        rs.sensitivity(sweep)


def test_never_counts_as_the_length_of_the_run() -> None:
    sweep = made_up("saltelli", lambda x: 10.0 + 40.0 * x[:, 0] + x[:, 1], 2, 64, replicates=2, unit="date")
    values = sweep.values("y")
    late = values > 45.0
    expected = sobol_indices(np.where(late, 61.0, values).reshape(64, 4, 2), resamples=20)
    values[late] = np.inf
    result = rs.sensitivity(sweep, resamples=20)
    assert np.array_equal(result.table()["total_high"], expected["total_high"])
    assert result["y"].never == late.sum() > 0
    assert late.mean() == 0.125, "12 or 13 percent"
    assert "y: 12% of the values are 'never' and count as 61 days, the length of the run" in result.notes


def test_never_is_refused_where_the_end_is_not_known() -> None:
    sweep = made_up("saltelli", ishigami, 3, 8, scenario=SimpleNamespace(start=dt.date(1956, 4, 1)))
    assert rs.sensitivity(sweep, resamples=2).dropped == {"y": 0}
    sweep.values("y")[3] = np.inf
    with pytest.raises(QueryError, match=r"has no last day \(given: '1 of 40 values'\)"):
        rs.sensitivity(sweep)
    sweep.values("y")[3] = -np.inf
    with pytest.raises(QueryError, match="minus infinity"):
        rs.sensitivity(sweep)


@pytest.mark.parametrize("kind", ["saltelli", "morris"])
def test_a_constant_output_is_said_to_be_one(kind: str) -> None:
    result = rs.sensitivity(made_up(kind, lambda x: np.full(len(x), 0.3), 3, 8, replicates=3, common=1.0))
    assert result["y"].constant
    assert np.isnan(result.table()["total" if kind == "saltelli" else "mu_star"]).all()
    assert result.notes == ("y: it does not vary: none of these numbers changes it, and there are no indices",)
    assert result["y"].noise.common > 0.0


def test_one_replicate_says_nothing_about_luck() -> None:
    result = rs.sensitivity(made_up("saltelli", ishigami, 3, 16))
    assert math.isnan(result.noise["y"].share)
    assert np.isnan(result.table()["total_noise"]).all()
    assert np.isfinite(result.table()["total"]).all()
    assert result.notes == ("y: one replicate: how much of this is noise is not known",)


def test_luck_of_a_known_share_is_found_and_told() -> None:
    """One number of variance 1/12; luck of variance 0.09 of its own and 0.04 shared."""
    share = (0.09 + 0.04) / (1 / 12 + 0.09 + 0.04)
    of_mean = 0.09 / 5 / (1 / 12 + 0.09 / 5)
    found = []
    for seed in range(40):
        sweep = made_up("saltelli", lambda x: x[:, 0], 2, 64, seed=seed, replicates=5, noise=0.3, common=0.2)
        result = rs.sensitivity(sweep, resamples=2)
        found.append((result["y"].noise.share, result["y"].noise.share_of_mean))
    means, errors = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(40)
    assert errors.max() < 0.02
    assert (np.abs(means - [share, of_mean]) < 4.0 * errors).all(), (means, share, of_mean)


def test_much_luck_is_noted_with_the_replicates_it_would_take() -> None:
    """0.25 / 2 of luck beside 1/12: 60%; 57 replicates would leave 5%."""
    result = rs.sensitivity(made_up("saltelli", lambda x: x[:, 0], 1, 4096, replicates=2, noise=0.5), resamples=2)
    (note,) = result.notes
    assert "60% of the variance between points is noise that 2 replicates do not average out" in note
    assert re.search("about 5[5-9] replicates would bring that to 5%", note)
    pure = rs.sensitivity(made_up("saltelli", lambda x: 0.0 * x[:, 0], 1, 64, seed=4, replicates=2, noise=0.5))
    assert pure.noise["y"].between < 0.0
    assert "the effect of the parameters cannot be told from it" in pure.notes[0]


def test_a_base_number_that_is_no_power_of_two_is_noted() -> None:
    result = rs.sensitivity(made_up("saltelli", ishigami, 3, 12, replicates=2), resamples=2)
    assert result.notes == ("y: 12 base rows are not a power of two: the Sobol' sequence is not balanced",)


def test_seed_zero_gives_one_fixed_interval() -> None:
    sweep = made_up("saltelli", ishigami, 3, 32)
    tables = [rs.sensitivity(sweep, resamples=30, seed=seed).table() for seed in (0, 0, 1)]
    assert tables[0].tobytes() == tables[1].tobytes() != tables[2].tobytes()


def several() -> MadeUpSweep:
    x = design("saltelli", 512, 2, 0)
    values = {"share": x[:, :1], "day": 10.0 * x[:, 1:]}
    units = {"share": "share", "curve": "share", "day": "date"}
    return MadeUpSweep(x, values, units, SimpleNamespace(kind="saltelli", points=512, seed=0, levels=4))


def test_all_single_numbers_are_analyzed_and_curves_left_out() -> None:
    result = rs.sensitivity(several(), resamples=2)
    assert [one.output for one in result] == ["share", "day"]
    table = result.table()
    assert table["output"].tolist() == ["share", "share", "day", "day"]
    assert table["total"].round(1).tolist() == [1.0, 0.0, 0.0, 1.0]
    assert result["day"].unit == "date"
    assert len(result) == 2
    assert "2 outputs, 2 parameters, classroom" in repr(result)


def test_outputs_can_be_named() -> None:
    sweep = several()
    assert [one.output for one in rs.sensitivity(sweep, "day", resamples=2)] == ["day"]
    assert [one.output for one in rs.sensitivity(sweep, ["day", "share"], resamples=2)] == ["day", "share"]
    with pytest.raises(QueryError, match=r"unknown output 'shares'.*did you mean 'share'"):
        rs.sensitivity(sweep, "shares")
    with pytest.raises(QueryError, match="curve: a curve is not a single number; allowed: share, day"):
        rs.sensitivity(sweep, "curve")
    sweep.units = {"curve": "share"}
    with pytest.raises(QueryError, match="a curve is not a single number"):
        rs.sensitivity(sweep)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"confidence": 1.0}, r"confidence: not a coverage \(given: 1.0\)"),
        ({"confidence": 0.0}, "confidence"),
        ({"confidence": math.nan}, "confidence"),
        (
            {"resamples": 0},
            r"resamples: not a usable number of resamples \(given: 0\); allowed: a whole number, 1 to 1000000",
        ),
        ({"resamples": 10.5}, "resamples"),
        ({"seed": -1}, "seed: not a usable seed"),
        ({"seed": 2**64}, "seed"),
        ({"seed": True}, "seed"),
    ],
)
def test_arguments_out_of_bounds_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        rs.sensitivity(made_up("saltelli", ishigami, 3, 8), **arguments)


def test_a_sweep_that_misses_points_is_refused() -> None:
    sweep = made_up("saltelli", ishigami, 3, 8)
    sweep.study.design.points = 9
    with pytest.raises(QueryError, match=r"does not hold the whole design \(given: 'values of shape \(40, 1\)'"):
        rs.sensitivity(sweep)


def test_without_salib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("saltelli", "morris"):
        sweep = made_up(kind, ishigami, 3, 8)
        with monkeypatch.context() as patch:
            for name in ("SALib", "SALib.analyze", "SALib.analyze.sobol", "SALib.analyze.morris"):
                patch.setitem(sys.modules, name, None)
            with pytest.raises(RumorsimError, match=r"pip install 'rumorsim\[sensitivity\]'"):
                rs.sensitivity(sweep)


@pytest.mark.parametrize("kind", ["saltelli", "morris"])
def test_the_csv_has_every_number_of_the_table(kind: str) -> None:
    result = rs.sensitivity(made_up(kind, ishigami, 3, 16, bounds=[(0.0, 0.1), (1.0, 5.0), (2.0, 3.0)]), resamples=9)
    rows = list(csv.DictReader(result.to_csv().splitlines()))
    table = result.table()
    for name in (table.dtype.names or ())[2:]:
        written = [float(row[name] or "nan") for row in rows]
        assert np.array_equal(written, table[name], equal_nan=True)
    assert [row["parameter"] for row in rows] == list(IDS[:3])
    assert 1.0 <= float(rows[1]["range_low"]) < 2.0 < float(rows[1]["range_high"]) <= 5.0
    assert (rows[0]["unit"], rows[0]["kept"], rows[0]["noise_share"]) == ("count", "16", "")


PAIRS, DAYS = 150, 2.0
RATE, WEIGHT = (0.05, 1.0), (0.2, 2.0)


def share_told(rate: Any, weight: Any) -> Any:
    return 1.0 - np.exp(-rate * weight * DAYS)


def engine(rate: float, weight: float, seed: int) -> NDArray[np.float64]:
    """Run pairs of a spreader who never stops and somebody who listens; return the share of listeners who heard."""
    speakers = np.arange(PAIRS)
    net = Network.from_edges(2 * PAIRS, speakers, speakers + PAIRS, np.full(PAIRS, weight))
    rule = MakiThompson(transmission_rate=rate, stifling_rate=0.0, forgetting_rate=0.0)
    runs = simulate(net, rule, initial_spreaders=speakers, time_step_days=0.5, stop_days=DAYS, replicates=4, seed=seed)
    return np.asarray(np.isfinite(runs.time_heard[:, PAIRS:]).mean(axis=1))


def engine_sweep(*, same_luck: bool) -> MadeUpSweep:
    base, bounds = 128, [RATE, WEIGHT]
    x = design("saltelli", base, 2, 0)
    low, high = np.array(bounds).T
    points = (low + x * (high - low)).tolist()
    values = np.array([engine(*point, 0 if same_luck else k) for k, point in enumerate(points)])
    how = SimpleNamespace(kind="saltelli", points=base, seed=0, levels=4)
    return MadeUpSweep(x, {"heard": values}, {"heard": "share"}, how, bounds=bounds)


def test_indices_of_the_engine_are_those_of_its_closed_form() -> None:
    """In pairs with a rate and a weight, 1 - exp(-rate * weight * days) of the listeners hear, binomially."""
    node, mass = np.polynomial.legendre.leggauss(60)
    mass = mass / 2.0
    rates = RATE[0] + (node + 1.0) / 2.0 * (RATE[1] - RATE[0])
    weights = WEIGHT[0] + (node + 1.0) / 2.0 * (WEIGHT[1] - WEIGHT[0])
    p = share_told(rates[:, None], weights[None, :])
    mean = mass @ p @ mass
    variance = mass @ (p**2) @ mass - mean**2
    first = [mass @ (p @ mass) ** 2 - mean**2, mass @ (mass @ p) ** 2 - mean**2] / variance
    total = 1.0 - first[::-1]
    drawn = mass @ (p * (1.0 - p)) @ mass / PAIRS

    shared, apart = (rs.sensitivity(engine_sweep(same_luck=same), seed=0) for same in (True, False))
    for result in (shared, apart):
        table = result.table()
        for column, truth in (("first", first), ("total", total)):
            error = (table[f"{column}_high"] - table[f"{column}_low"]) / (2.0 * Z95)
            assert (error < 0.1).all()
            assert (np.abs(table[column] - truth) < 3.0 * error).all(), (column, table[column], truth)
        assert result["heard"].noise.between == pytest.approx(variance, rel=0.1)
    # 256 points of 4 replicates: the variance of luck has a relative error of sqrt(2 / 3 / 256), 5 %.
    noise = apart["heard"].noise
    assert noise.own == pytest.approx(drawn, rel=0.2)
    assert noise.common == pytest.approx(0.0, abs=0.1 * drawn)
    assert noise.share == pytest.approx(drawn / (drawn + variance), rel=0.25)
    # With the same luck at every point part of it moves all points together, and leaves the differences alone.
    assert shared["heard"].noise.common > 0.1 * drawn
    assert (shared.table()["total_noise"] < apart.table()["total_noise"]).all()
