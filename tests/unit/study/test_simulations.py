"""A sweep over a rule and a network of your own: the same machine, the same promises."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.core import MakiThompson, Network, simulate
from rumorsim.errors import QueryError, RumorsimError, RunError, StoreError, StudyError
from rumorsim.study import Simulations, SimulationStudy


def ring(rate: float, people: int) -> dict[str, Any]:
    if rate > 5.0:
        raise ValueError("nobody talks so much")
    near = np.arange(people)
    network = Network.from_edges(people, near, (near + 1) % people)
    rule = MakiThompson(transmission_rate=rate, stifling_rate=0.1)
    return {
        "contacts": network, "rule": rule, "initial_spreaders": [0], "time_step_days": 1.0, "stop_days": 40.0
    }  # fmt: skip


def reached(runs: Any) -> Any:
    return np.isfinite(runs.time_heard).mean(axis=1)


def last(runs: Any) -> Any:
    heard = np.where(np.isfinite(runs.time_heard), runs.time_heard, -1.0)
    return heard.max(axis=1)


def study(**changes: Any) -> SimulationStudy:
    given: dict[str, Any] = {
        "setup": ring,
        "points": SimulationStudy.grid(rate=[0.5, 1.0, 2.0], people=[20, 30]),
        "outputs": {"reached": reached, "last": last},
        "replicates": 4,
        "seed": 0,
    }
    return SimulationStudy(**{**given, **changes})


def test_values_are_those_of_simulate(tmp_path: Path) -> None:
    sweep = rs.sweep(study(), tmp_path / "out")
    assert isinstance(sweep, Simulations)
    assert sweep.points.dtype.names == ("point", "rate", "people")
    assert sweep.values("reached").shape == (6, 4)
    for point in (0, 5):
        own = ring(sweep.points["rate"][point].item(), sweep.points["people"][point].item())
        runs = simulate(**own, replicates=4, seed=0)
        assert sweep.values("reached")[point].tolist() == reached(runs).tolist()
        assert sweep.values("last")[point].tolist() == last(runs).tolist()
    table = sweep.table()
    assert table["rate"].tolist() == np.repeat(sweep.points["rate"], 4).tolist()
    opened = rs.open_sweep(tmp_path / "out")
    assert isinstance(opened, Simulations)
    assert opened.table().tobytes() == table.tobytes()
    assert opened.fingerprint() == sweep.fingerprint()
    with pytest.raises(QueryError, match="did you mean 'reached'"):
        sweep.values("reachd")


def test_workers_and_interruptions_change_nothing(tmp_path: Path) -> None:
    expected = rs.sweep(study(), tmp_path / "whole")

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rs.sweep(study(), tmp_path / "out", progress=stop)
    with pytest.raises(StoreError, match=r"the simulations is unfinished|unfinished; .*3 of 6 runs are there"):
        rs.open_sweep(tmp_path / "out")
    told: list[tuple[int, int]] = []
    again = rs.sweep(study(), tmp_path / "out", workers=2, progress=lambda *one: told.append(one))
    assert told[0] == (3, 6)
    assert again.fingerprint() == expected.fingerprint()
    assert again.table().tobytes() == expected.table().tobytes()
    rs.sweep(study(), tmp_path / "out", progress=lambda *one: told.append(one))
    assert told[-1] == (6, 6)


def test_a_point_that_fails_is_told_and_stops_nothing(tmp_path: Path) -> None:
    failing = study(points=SimulationStudy.grid(rate=[0.5, 9.0], people=[20]))
    sweep = rs.sweep(failing, tmp_path / "out")
    assert sweep.failed == {1: "ValueError: nobody talks so much"}
    assert np.isnan(sweep.values("reached")[1]).all()
    assert not np.isnan(sweep.values("reached")[0]).any()
    assert rs.sweep(failing, tmp_path / "out", retry_failed=True).failed == sweep.failed


def test_another_study_is_refused(tmp_path: Path) -> None:
    rs.sweep(study(), tmp_path / "out")
    changes: list[dict[str, Any]] = [
        {"seed": 1}, {"replicates": 5}, {"points": SimulationStudy.grid(rate=[0.5], people=[20])},
        {"outputs": {"reached": last, "last": last}},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(StoreError, match="the folder holds another study"):
            rs.sweep(study(**change), tmp_path / "out")
    with pytest.raises(StoreError, match="holds a sweep of simulations, not a run folder"):
        rs.open_run(tmp_path / "out")
    rs.run("maki-thompson", 1, out=tmp_path / "run")
    with pytest.raises(StoreError, match="the folder holds a run"):
        rs.sweep(study(), tmp_path / "run")


def test_what_was_altered_is_told(tmp_path: Path) -> None:
    rs.sweep(study(), tmp_path / "out")
    for name in ("simulations.json", "fingerprint"):
        copy = Path(shutil.copytree(tmp_path / "out", tmp_path / name.partition(".")[0]))
        (copy / name).write_text("{}" if name.endswith("json") else "0" * 64)
        with pytest.raises(StoreError, match="altered since it was stored"):
            rs.open_sweep(copy)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"setup": 3}, "not a function"),
        ({"points": []}, "no points"),
        ({"points": [{"rate": 1.0}, {"people": 3}]}, "other names"),
        ({"points": [{"point": 1.0}]}, "not a name"),
        ({"outputs": {}}, "no outputs"),
        ({"outputs": {"rate": reached}}, "no outputs with their own names"),
        ({"replicates": 0}, "replicates"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_is_no_study_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(StudyError, match=told):
        study(**change)


def test_functions_of_a_script_stay_in_their_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "__module__", "__main__")
    with pytest.raises(RunError, match="cannot be handed to other processes"):
        rs.sweep(study(), tmp_path / "out", workers=2)
    assert rs.sweep(study(), tmp_path / "out").failed == {}
    with pytest.raises(RumorsimError, match="no shards"):
        rs.sweep(study(), tmp_path / "other", shard=(1, 2))  # type: ignore[call-overload]


def test_an_output_of_another_shape_fails_its_points(tmp_path: Path) -> None:
    sweep = rs.sweep(study(outputs={"reached": lambda runs: 0.5}), tmp_path / "out")
    assert len(sweep.failed) == 6
    assert "reached: not one number for each replicate" in sweep.failed[0]


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = Path(__file__).resolve().parents[3] / "docs" / "sweeps.md"
    code = page.read_text(encoding="utf-8").split("## A rule or a network of your own")[1].split("```python\n")[1]
    names: dict[str, Any] = {"__name__": "page"}
    exec(code.split("```")[0].replace("replicates=64", "replicates=2"), names)
    assert names["sweep"].failed == {}
    assert names["sweep"].values("reached").shape == (6, 2)
