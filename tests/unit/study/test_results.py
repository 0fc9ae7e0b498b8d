"""What comes of a sweep: arrays, tables and files say the same, in every library the documentation names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.errors import QueryError, StoreError
from rumorsim.study import Study, Sweep, is_sweep, looks_like_a_study

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "sweeps.md"
VARY = "travel.duty_rate = [0.01, 0.1]\nevents.crackdown.enabled = [true, false]\nparty.scope = ['party', 'country']"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, short: Path) -> Path:
    """A sweep of eight points at `sweeps/first` in an empty folder."""
    from tests.unit.study.conftest import STUDY

    home = tmp_path_factory.mktemp("results")
    text = STUDY.format(scenario=short, vary=VARY, design='kind = "grid"', replicates=3, top="", outputs="")
    (home / "study.toml").write_text(text, encoding="utf-8")
    rs.sweep(home / "study.toml", home / "sweeps" / "first")
    return home


@pytest.fixture(scope="module")
def sweep(folder: Path) -> Sweep:
    return rs.open_sweep(folder / "sweeps" / "first")


def test_an_opened_sweep_has_the_study_as_it_was_written(folder: Path, sweep: Sweep) -> None:
    study = Study.load(folder / "study.toml")
    assert sweep.study.names == study.names == ("travel.duty_rate", "events.crackdown.enabled", "party.scope")
    assert sweep.points.tolist() == study.points.tolist()
    assert sweep.unit_points.tolist() == study.unit_points.tolist()
    assert sweep.study.resolved() == study.resolved()
    assert (sweep.study.design, sweep.study.vary) == (study.design, study.vary)
    assert sweep.scenario == study.base
    assert sweep.units == {"aware": "share", "arrival": "days", "voiced": "days", "share": "share"}
    assert sweep.failed == {}
    assert is_sweep(sweep.folder)
    assert not is_sweep(folder)
    assert "8 points x 3 replicates" in repr(sweep)


def test_values_are_laid_out_by_point_and_replicate(sweep: Sweep) -> None:
    table = sweep.table()
    assert table["point"].tolist() == [point for point in range(8) for _ in range(3)]
    assert table["replicate"].tolist() == [0, 1, 2] * 8
    assert sweep.values("aware").ravel().tolist() == table["aware"].tolist()
    assert table["travel.duty_rate"].tolist() == np.repeat(sweep.points["travel.duty_rate"], 3).tolist()
    curve = sweep.curve("share")
    assert curve.shape == (8, 3, 23)
    on = (np.datetime64("1956-04-20") - sweep.days[0]).astype(int)
    assert np.allclose(curve[:, :, on], sweep.values("aware"))
    assert (np.diff(curve, axis=2) >= 0).all()


def test_questions_that_have_no_answer_name_those_that_have(sweep: Sweep) -> None:
    with pytest.raises(QueryError, match=r"'share' is a curve; use curve\(\).*allowed: aware, arrival, voiced"):
        sweep.values("share")
    with pytest.raises(QueryError, match=r"unknown output 'awre'; allowed: aware, .* did you mean 'aware'"):
        sweep.values("awre")
    with pytest.raises(QueryError, match="unknown curve 'aware'; allowed: share"):
        sweep.curve("aware")


def test_summary_has_a_row_a_point(sweep: Sweep) -> None:
    summary = sweep.summary()
    values = sweep.values("aware")
    assert summary["aware_mean"].tolist() == values.mean(axis=1).tolist()
    assert summary["aware_50"].tolist() == np.median(values, axis=1).tolist()
    assert summary["aware_95"].tolist() == values.max(axis=1).tolist()
    assert summary["party.scope"].tolist() == ["party", "country"] * 4


def test_dates_are_days_from_the_start_and_moments_in_arrivals(sweep: Sweep) -> None:
    import pandas as pd

    rows = pd.read_parquet(sweep.folder / "arrivals")
    assert len(rows) == 8 * 3 * 2
    for name in ("arrival", "voiced"):
        when = rows[rows["output"] == name].sort_values(["point", "replicate"])["when"]
        days = (when - pd.Timestamp("1956-04-01")).dt.total_seconds() / 86400
        expected = sweep.values(name).ravel()
        assert np.allclose(days.fillna(np.inf), expected)
        assert np.isinf(expected).any() == when.isna().any()
    assert np.isinf(sweep.values("voiced")).any(), "some never came, or the test says nothing of them"


def test_xarray_has_everything_with_units(sweep: Sweep) -> None:
    data = sweep.to_xarray()
    assert dict(data.sizes) == {"point": 8, "replicate": 3, "day": 23}
    assert data["aware"].values.tolist() == sweep.values("aware").tolist()
    assert data["share"].attrs["units"] == "share"
    assert data["arrival"].attrs["units"] == "days"
    assert data["party.scope"].values.tolist() == ["party", "country"] * 4
    assert data.attrs["fingerprint"] == sweep.fingerprint()


def reading_lines() -> list[str]:
    text = GUIDE.read_text(encoding="utf-8").split("<!-- reading -->")[1]
    return [line for line in text.split("```")[1].splitlines()[1:] if line]


def test_every_documented_line_reads_the_results(folder: Path, sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    lines = reading_lines()
    assert [re.split(r"[.(]", line)[0] for line in lines[1:]] == ["pd", "pl", "duckdb", "pd", "rs"]
    names: dict[str, Any] = {}
    exec(lines[0], names)
    pandas, polars, duckdb, xarray, own = (eval(line, names) for line in lines[1:])
    aware = sweep.values("aware").mean(axis=1)
    assert np.allclose(pandas.sort_index(), aware)
    assert np.allclose(own, aware)
    assert polars.shape == (8 * 23, 3)
    last = polars.filter(polars["day"] == polars["day"].max()).sort("point")
    assert np.allclose(last["share"], np.median(sweep.curve("share")[:, :, -1], axis=1))
    happened = np.isfinite(sweep.values("arrival")).sum(axis=1) + np.isfinite(sweep.values("voiced")).sum(axis=1)
    assert duckdb.sort_values("point").iloc[:, 1].tolist() == happened.tolist()
    assert xarray.dims == ("point", "day")
    assert np.allclose(xarray, sweep.curve("share").mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("table", ["scalars", "curves", "arrivals", "runs"])
def test_readers_meet_nothing_but_whole_parts(folder: Path, table: str) -> None:
    assert [path.name for path in (folder / "sweeps" / "first" / table).iterdir()] == [
        "part-0000000-0000000-0000007-0000002.parquet"
    ]


def test_the_study_of_the_guide_is_right(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    assert looks_like_a_study(path)
    assert Study.load(path).names == ("travel.duty_rate", "spread.pass_on_rate", "events.letter.enabled")
    assert set(tomllib.loads(text)) == {
        "title", "scenario", "replicates", "seed", "common_random_numbers", "design", "vary", "outputs"
    }  # fmt: skip


def test_the_cluster_script_of_the_guide_is_python_and_marked() -> None:
    text = GUIDE.read_text(encoding="utf-8").split("## Many machines")[1]
    assert "We have not run this script" in text
    compile(text.split("```python\n")[1].split("```")[0], "guide", "exec")


def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder / "sweeps" / "first", tmp_path / "copy"))


def test_a_sweep_may_be_moved(folder: Path, sweep: Sweep, tmp_path: Path) -> None:
    moved = rs.open_sweep(copied(folder, tmp_path))
    assert moved.fingerprint() == sweep.fingerprint()
    assert moved.values("aware").tolist() == sweep.values("aware").tolist()


def test_damage_is_told(folder: Path, tmp_path: Path) -> None:
    copy = copied(folder, tmp_path)
    (copy / "fingerprint").write_text("0" * 64 + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match="fingerprint: altered since it was stored"):
        rs.open_sweep(copy)
    shutil.copy(folder / "sweeps" / "first" / "fingerprint", copy / "fingerprint")
    for table in ("scalars", "runs"):
        path = copy / table / "part-0000000-0000000-0000007-0000002.parquet"
        path.unlink()
        with pytest.raises(StoreError, match="damaged: No such file") as caught:
            rs.open_sweep(copy)
        assert path.name in str(caught.value.file)
        shutil.copy(folder / "sweeps" / "first" / table / path.name, path)
    rs.open_sweep(copy)
    (copy / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"provenance\.json: damaged: it is not valid JSON"):
        rs.open_sweep(copy)


def test_a_table_design_is_opened_without_its_file(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("classic.stifling_rate\n0.5\n2.0\n", encoding="utf-8")
    path = write("", 'kind = "table"\nfile = "points.csv"', classic=True)
    made = rs.sweep(path, tmp_path / "out")
    (tmp_path / "points.csv").unlink()
    opened = rs.open_sweep(tmp_path / "out")
    assert opened.points.tolist() == made.points.tolist() == [(0, 0.5), (1, 2.0)]
    assert opened.study.design.kind == "table"


def test_help_and_import_load_nothing_heavy() -> None:
    code = (
        "import sys; import rumorsim.study; "
        "print([name for name in ('SALib', 'dask', 'xarray', 'pandas', 'matplotlib') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def test_the_line_of_the_readme_reads_the_results(folder: Path, sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- sweep-python -->")[1]
    *first, last = [line for line in text.split("```")[1].splitlines()[1:] if line]
    names: dict[str, Any] = {}
    monkeypatch.chdir(folder)
    exec("\n".join(first), names)
    means = eval(last, names)
    rate = sweep.points["travel.duty_rate"]
    expected = [sweep.values("aware")[rate == one].mean() for one in (0.01, 0.1)]
    assert np.allclose(means, expected), "one bin for each of the two rates"
