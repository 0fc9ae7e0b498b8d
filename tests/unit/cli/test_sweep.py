"""``rumorsim sweep``, ``new study``, ``check`` and ``plot`` on studies, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble.posterior import Posterior
from rumorsim.study import work as work_module
from tests.unit.cli.conftest import Call

STUDY = """
title = "How fast news is told"
scenario = "maki-thompson"
replicates = 3
[design]
kind = "grid"
[vary]
classic.stifling_rate = [0.5, 1.0, 2.0, 4.0]
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
"""


@pytest.fixture
def study(tmp_path: Path) -> str:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return "study.toml"


def test_a_sweep_says_what_it_will_do_and_what_came_of_it(call: Call, study: str) -> None:
    answer = call("sweep", study, "--out", "out", "--workers", "1")
    assert answer.status == 0
    said = answer.err.splitlines()
    assert said[0] == "preparing the sweep"
    assert said[1] == "grid of classic.stifling_rate in the scenario maki-thompson"
    assert said[2] == "4 points x 3 replicates = 12 runs, on 1 party"
    assert said[3].startswith("expected: about ")
    assert said[3].endswith("kB on disk")
    lines = answer.out.splitlines()
    assert lines[:2] == [
        "How fast news is told",
        "4 points x 3 replicates of maki-thompson, seed 1956",
    ]
    row = next(line.split() for line in lines if line.startswith("aware"))
    medians = sorted(rs.open_sweep("out").summary()["aware_50"].tolist())
    assert [float(one) for one in row[2:]] == pytest.approx([medians[0], medians[1], medians[3]], rel=1e-3)
    assert lines[-1] == f"fingerprint  {rs.open_sweep('out').fingerprint()}"


def test_quiet_says_nothing_and_json_is_json(call: Call, study: str) -> None:
    answer = call("sweep", study, "--quiet", "--json", "--workers", "2")
    assert (answer.status, answer.err) == (0, "")
    found = json.loads(answer.out)
    assert found["folder"] == "sweeps/study"
    assert found["failed"] == {}
    assert [row["classic.stifling_rate"] for row in found["summary"]] == [0.5, 1.0, 2.0, 4.0]
    assert found["fingerprint"] == rs.open_sweep("sweeps/study").fingerprint()
    again = call("sweep", study, "--json", "--workers", "1")
    assert json.loads(again.out) == found


def test_failed_points_are_told_with_status_1_and_retried(
    call: Call, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def broken(*arguments: object) -> None:
            raise ValueError("out of luck")

        patch.setattr(work_module, "records", broken)
        answer = call("sweep", study, "--out", "out", "--workers", "1", "--quiet")
    assert answer.status == 1
    assert answer.err.splitlines()[0] == "rumorsim: point 0 failed: ValueError: out of luck"
    assert answer.err.splitlines()[-1] == "rumorsim: 4 of 4 points failed. --retry-failed runs just those."
    assert call("sweep", study, "--out", "out", "--workers", "1", "--quiet").status == 1
    drawn = call("plot", "out")
    assert drawn.status == 2
    assert "every point of the sweep failed" in drawn.err
    retried = call("sweep", study, "--out", "out", "--workers", "1", "--quiet", "--retry-failed")
    assert (retried.status, retried.err) == (0, "")


def test_wrong_input_is_told_with_status_2(call: Call, study: str, tmp_path: Path) -> None:
    assert "no such file" in call("sweep", "nowhere.toml").err
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(STUDY.replace("stifling_rate", "stifling_rat"), encoding="utf-8")
    answer = call("sweep", "wrong.toml", "--out", "out")
    assert answer.status == 2
    assert answer.err.startswith("rumorsim: wrong.toml:8:1: vary.classic.stifling_rat: unknown key")
    assert not (tmp_path / "out").exists()
    assert call("sweep", study, "--out", "out", "--workers", "1", "--quiet").status == 0
    (tmp_path / study).write_text(STUDY.replace("4.0]", "5.0]"), encoding="utf-8")
    changed = call("sweep", study, "--out", "out")
    assert changed.status == 2
    assert "the folder holds another study: vary.classic.stifling_rate [0.5, 1.0, 2.0, 4.0] there" in changed.err


def test_a_sweep_is_drawn(call: Call, study: str) -> None:
    call("sweep", study, "--out", "out", "--workers", "1", "--quiet")
    answer = call("plot", "out")
    assert (answer.status, answer.out.split()) == (0, ["out/figures/points.png", "out/figures/points.svg"])


def test_a_new_study_is_right(call: Call, tmp_path: Path) -> None:
    for words in ((), ("--scenario", "tirana-conference")):
        answer = call("new", "study", *words)
        assert answer.status == 0
        (tmp_path / "new.toml").write_text(answer.out, encoding="utf-8")
        checked = call("check", "new.toml")
        assert (checked.status, checked.out) == (0, "1 file, all valid\n")
    assert call("new", "study", "--scenario", "nowhere").status == 2


@pytest.mark.fault("5.2")
@pytest.mark.parametrize("what", ["study", "scenario"])
def test_a_new_file_is_there_in_full_or_not_at_all(call: Call, tmp_path: Path, what: str) -> None:
    path = tmp_path / "mine.toml"
    basis = "--scenario" if what == "study" else "--extends"
    failed = call("new", what, basis, "nowhere", "--out", "mine.toml")
    assert failed.status == 2
    assert "nowhere" in failed.err
    assert not path.exists()

    assert call("new", what, "--out", "mine.toml").out == "wrote mine.toml\n"
    text = path.read_text(encoding="utf-8")
    assert text == call("new", what).out
    assert call("new", what, "--out", "mine.toml").out == "mine.toml already exists with the same content\n"
    path.write_text(text + "# mine\n", encoding="utf-8")
    refused = call("new", what, "--out", "mine.toml")
    assert (refused.status, refused.out) == (2, "")
    assert "--out: the file exists and was left unchanged (given: 'mine.toml')" in refused.err
    assert path.read_text(encoding="utf-8") == text + "# mine\n"
    nowhere = call("new", what, "--out", "no/folder.toml")
    assert nowhere.status == 2
    assert "--out: cannot be written: No such file or directory (given: 'no/folder.toml')" in nowhere.err
    assert call("new", what, "--out", ".").status == 2
    assert call("new", what, "--out", "").status == 2


def test_studies_are_checked_as_studies(call: Call, study: str, tmp_path: Path) -> None:
    assert call("check", study).out == "1 file, all valid\n"
    (tmp_path / study).write_text(STUDY.replace('kind = "grid"', 'kind = "gird"'), encoding="utf-8")
    answer = call("check", study)
    assert answer.status == 2
    assert "study.toml:6:1: design.kind: unknown kind of design 'gird'" in answer.err
    assert "did you mean 'grid'?" in answer.err


def test_dask_gets_the_tasks_and_the_work_without_a_party(
    call: Call, study: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys
    import types
    from collections.abc import Iterator
    from typing import Any

    asked: list[Any] = []

    def run_tasks_dask(
        work: Any, tasks: Any, address: str, workers: int | None = None, folder: Path | None = None
    ) -> Iterator[Any]:
        asked.append((address, workers, folder is not None and folder.is_dir()))
        assert work._party is None, "the party is built where it is needed, not sent"
        for task in tasks:
            yield task, work(task)

    stand_in = types.ModuleType("rumorsim.runs.dask_pool")
    stand_in.run_tasks_dask = run_tasks_dask  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rumorsim.runs.dask_pool", stand_in)
    assert call("sweep", study, "--out", "out", "--dask", "local", "--workers", "2", "--quiet").status == 0
    assert asked == [("local", 2, True)]
    assert call("sweep", study, "--out", "other", "--workers", "1", "--quiet").status == 0
    assert rs.open_sweep("out").fingerprint() == rs.open_sweep("other").fingerprint()


def test_the_command_that_is_printed_below_an_unlikely_row_runs(
    call: Call, no_figures: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a scenario of one's own that extends one with a fit; with two points instead of 24, and one run of each."""
    told = {"T05": {"travel.duty_rate": 0.5, "spread.visit_rate": 0.4}}
    path = tmp_path / "shipped.json"
    about = {"scenario": "classroom", "advice": {"rows": told}}
    Posterior(about, ["travel.duty_rate"], [(3, 0, 1, [0.0])]).write(path)
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"classroom": path}))
    rates = "".join(
        f'{name}_rate = {{ value = 0.0, reason = "assumed: nobody travels" }}\n'
        for name in ("duty", "officer", "correspondent", "inspection")
    )
    text = f'title = "Nobody travels on duty"\nextends = "classroom"\n[travel]\n{rates}'
    (tmp_path / "home.toml").write_text(text, encoding="utf-8")
    words = ("--replicates", "1", "--prior-replicates", "0", "--workers", "1", "--quiet", "--json")
    found = json.loads(call("run", "home.toml", *words).out)
    (row,) = [one for one in found["verdict"] if one["id"] == "T05"]
    assert row["verdict"] == "unlikely"
    assert row["moved_by"] == "travel.duty_rate (+), spread.visit_rate (+)"
    new, sweep = (one.split()[1:] for one in row["vary_with"].split("&&"))
    assert call(*new).status == 0
    study = (tmp_path / "T05.toml").read_text(encoding="utf-8")
    for large, small in (("points = 24", "points = 2"), ("replicates = 16", "replicates = 1")):
        assert large in study
        study = study.replace(large, small)
    (tmp_path / "T05.toml").write_text(study, encoding="utf-8")
    answer = call(*sweep, "--workers", "1", "--quiet", "--json")
    assert (answer.status, answer.err) == (0, "")
    done = json.loads(answer.out)
    assert list(done["study"]["vary"]) == list(told["T05"])
    assert len({one["travel.duty_rate"] for one in done["summary"]}) == 2
    (column,) = [one for one in done["summary"][0] if one.startswith("introductions") and one.endswith("_50")]
    assert all(0.0 <= one[column] <= 1.0 for one in done["summary"])
