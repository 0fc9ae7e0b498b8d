"""``rumorsim run`` and ``plot``: the folder, the tables, the JSON, settings, and taking a run up again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.cli import progress
from rumorsim.ensemble import verdict_rows

Call = Callable[..., Any]
SHORT = ["--set", "stop=1956-04-22", "--replicates", "2", "--workers", "1"]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the classroom, with two replicates from the priors; made once."""
    folder = tmp_path_factory.mktemp("finished") / "classroom"
    scenario = rs.load_scenario("classroom").replace({"stop": "1956-04-22"})
    rs.run(scenario, replicates=2, seed=1956, prior_replicates=2, out=folder)
    return folder


@pytest.fixture
def folder(finished: Path, call: Call, no_figures: None, tmp_path: Path) -> Path:
    """A copy of that run where ``rumorsim run classroom`` looks for it."""
    return Path(shutil.copytree(finished, tmp_path / "runs" / "classroom"))


def test_run_writes_the_folder(call: Call, no_figures: None, tmp_path: Path) -> None:
    assert call("run", "classroom", *SHORT, "--quiet").status == 0
    folder = tmp_path / "runs" / "classroom"
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "scenario.resolved.json",
        "provenance.json",
        "fingerprint",
        "awareness",
        "arrivals",
        "reports",
        "channels",
        "verdict.csv",
        "figures",
    }
    assert rs.open_run(folder).replicates == 2


def test_run_prints_the_archive_beside_the_run(call: Call, folder: Path) -> None:
    answer = call("run", "classroom", *SHORT, "--quiet")
    assert answer.status == 0
    assert answer.err == ""
    ensemble = rs.open_run(folder)
    assert ensemble.prior is not None
    row = next(row for row in verdict_rows(ensemble) if row.id == "T01")
    pattern = rf"^  \(Berat\) +tirana_conference +18 Apr .* {row.verdict} +{row.prior_verdict}$"
    assert re.search(pattern, answer.out, re.M)
    assert f"fingerprint  {ensemble.fingerprint()}" in answer.out
    assert "run folder   runs/classroom" in answer.out
    assert re.search(r"^C1 .*no alarm at the top", answer.out, re.M)
    assert re.search(r"^neighbors and friends +\d", answer.out, re.M)
    assert "2 replicates, seed 1956, numbers: mode" in answer.out


@pytest.mark.parametrize("columns", [80, 120])
def test_tables_of_a_run_fit_the_columns(call: Call, folder: Path, columns: int) -> None:
    out = call("run", "classroom", *SHORT, columns=columns).out
    assert [line for line in out.splitlines() if len(line) > columns] == []
    assert "…" not in out
    assert "Vlorë" in out


def test_json_is_all_there_is_on_standard_output(call: Call, folder: Path) -> None:
    answer = call("run", "classroom", *SHORT, "--json")
    found = json.loads(answer.out)
    ensemble = rs.open_run(folder)
    assert found["fingerprint"] == ensemble.fingerprint()
    assert found["replicates"] == found["prior_replicates"] == 2
    assert {row["id"] for row in found["verdict"]} == set(rs_targets())
    assert {name: float(one) for name, one in found["log_score"].items()} == ensemble.log_score()
    assert {"T01", "joint", "joint_error"} <= set(found["log_score"])
    assert found["channel_shares"]["tirana_conference"] == ensemble.channel_shares("tirana_conference")
    assert found["folder"] == "runs/classroom"
    assert found["figures"] == ["runs/classroom/figures/nothing.png"]


def rs_targets() -> list[str]:
    from rumorsim import catalog

    return list(catalog.targets())


def test_same_fingerprint_through_python(call: Call, folder: Path) -> None:
    scenario = rs.load_scenario("classroom").replace({"stop": "1956-04-22"})
    ensemble = rs.run(scenario, replicates=2, seed=1956)
    assert (folder / "fingerprint").read_text().strip() == ensemble.fingerprint()


def test_another_run_is_not_written_over(call: Call, folder: Path) -> None:
    answer = call("run", "classroom", *SHORT, "--seed", "7", "--quiet")
    assert answer.status == 2
    assert "holds another run" in answer.err
    assert "seed 1956 there, 7 here" in answer.err


def test_several_settings_after_one_set(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ["--replicates", "1", "--workers", "1", "--prior-replicates", "0", "--out", "a", "-q"]
    answer = call("run", "classroom", *words, "--set", "stop=1956-04-18", "travel.duty_rate=0")
    assert answer.status == 0, answer.err
    scenario = rs.load_scenario(tmp_path / "a" / "scenario.resolved.json")
    assert str(scenario.stop) == "1956-04-18"
    assert scenario.value("travel.duty_rate") == 0
    assert "The priors alone were not run." in answer.out


def test_seed_zero_is_a_seed(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ["--replicates", "1", "--workers", "1", "--prior-replicates", "0", "-q", "--set", "stop=1956-04-18"]
    assert call("run", "classroom", *words, "--seed", "0", "--out", "zero").status == 0
    assert rs.open_run(tmp_path / "zero").seed == 0


def test_classic_model_prints_who_knows(call: Call, no_figures: None) -> None:
    answer = call("run", "maki-thompson", "--replicates", "20", "--workers", "1", "--quiet")
    assert answer.status == 0, answer.err
    assert "The archive beside the run" not in answer.out
    share = re.search(r"^secret_speech +([\d.]+) +([\d.]+) +([\d.]+)$", answer.out, re.M)
    assert share is not None
    assert 0.74 < float(share[2]) < 0.85


def test_run_of_draws_from_the_priors(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ["--replicates", "1", "--workers", "1", "-q", "--set", "stop=1956-04-19", "--parameters", "prior"]
    answer = call("run", "classroom", *words, "--json")
    assert answer.status == 0, answer.err
    found = json.loads(answer.out)
    assert (found["parameters"], found["prior_replicates"]) == ("prior", 0)


def test_number_of_replicates_comes_from_the_scenario(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ["--workers", "1", "-q", "--set", "run.replicates=2", "stop=1956-04-18", "--prior-replicates", "0"]
    assert call("run", "classroom", *words).status == 0
    assert rs.open_run(tmp_path / "runs" / "classroom").replicates == 2


def test_figure_that_fails_takes_no_results_away(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import rumorsim.plot
    from rumorsim.errors import PlotError

    def broken(ensemble: Any, folder: Path) -> list[Path]:
        raise PlotError("cannot be drawn")

    monkeypatch.setattr(rumorsim.plot, "draw_all", broken, raising=False)
    answer = call("run", "classroom", *SHORT, "--quiet")
    assert answer.status == 2
    assert "fingerprint" in answer.out
    assert "cannot be drawn" in answer.err


def test_progress_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with progress.Lines(clock=lambda: now[0]) as report:
        report.stage("preparing the run")
        for done in range(20, 101):
            report(done, 100)
            now[0] += 1.0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "preparing the run"
    assert lines[1] == "20 of 100 replicates are already done"
    assert lines[2] == "30 of 100 replicates, about 70 s left".replace("70 s", "1 min")
    assert len(lines) == 9


def test_progress_bar_shows_the_remaining_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TERM": "xterm", "FORCE_COLOR": "1", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    now = [0.0]
    with progress.Bar(clock=lambda: now[0]) as report:
        report.stage("preparing the run")
        report(10, 100)
        now[0] = 20.0
        report(30, 100)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "30 of 100 replicates, about 1 min left" in printed.err


def test_silence_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(quiet=True) as report:
        report.stage("preparing the run")
        report(1, 2)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_plot_draws_again(call: Call, folder: Path) -> None:
    answer = call("plot", str(folder))
    assert answer.status == 0
    assert answer.out.splitlines() == [str(folder / "figures" / "nothing.png")]


@pytest.mark.fault("5.5")
@pytest.mark.fault("5.6")
def test_rows_of_numbers_show_date_and_threshold(call: Call, folder: Path) -> None:
    head = (folder / "verdict.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert head[-4:] == ["date", "threshold", "moved_by", "vary_with"]
    from rumorsim.ensemble import open_run, verdict_rows
    from rumorsim.ensemble.verdict_text import short_date, verdict_text

    ensemble = open_run(folder)
    rows = verdict_rows(ensemble)
    text = " ".join(verdict_text(ensemble, rows).split())
    numbers = [row for row in rows if row.satisfied and row.kind != "constraint" and "-" not in row.p50 != "never"]
    assert numbers
    for row in numbers:
        assert row.date
        assert row.threshold
        assert short_date(f"{row.threshold} {row.date}") in text
    assert "before 14 Apr" in text
    assert "<= 0.01 from 17 Apr" in text
    assert "2-9 by 20 Apr" in text
    assert "4-60 14 Apr to 15 Apr" in text


@pytest.mark.fault("5.8")
@pytest.mark.fault("5.9")
def test_the_table_is_kept_and_the_replicates_add_up(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ("run", "classroom", "--replicates", "2", "--prior-replicates", "1", "--out", "kept", "--workers", "1")
    answer = call(*words, columns=100)
    kept = (tmp_path / "kept" / "verdict.txt").read_text(encoding="utf-8")
    assert kept in answer.out
    assert "Share who know" in kept
    assert max(map(len, kept.splitlines())) <= 100
    assert "and 1 further replicate with numbers drawn from the priors" in answer.out
    (tmp_path / "kept" / "verdict.txt").unlink()
    call(*words, columns=80)
    assert (tmp_path / "kept" / "verdict.txt").read_text(encoding="utf-8") == kept


def test_a_null_world_is_named_wherever_its_run_is_told_of(call: Call, no_figures: None, tmp_path: Path) -> None:
    words = ("run", "classroom", *SHORT, "--model", "letter_only", "--prior-replicates", "0")
    answer = call(*words, "--quiet")
    assert answer.status == 0
    folder = tmp_path / "runs" / "classroom-letter_only"
    said = "Null world letter_only: nobody passes the news on, and the districts learn by"
    assert said in answer.out
    assert answer.out.index(said) < answer.out.index("Share who know at the end")
    assert said in (folder / "verdict.txt").read_text(encoding="utf-8")
    assert rs.open_run(folder).model == "letter_only"
    found = json.loads(call(*words, "--json").out)
    assert (found["model"], found["log_score"]["T01"]) == ("letter_only", "-inf")


def test_the_models_of_the_command_are_those_that_can_be_run(call: Call) -> None:
    from rumorsim.cli.run import _MODELS
    from rumorsim.model import MODELS

    assert _MODELS == MODELS
    answer = call("run", "classroom", "--model", "gravty")
    assert (answer.status, answer.out) == (2, "")
    assert "--model: unknown model 'gravty'; allowed: party, letter_only" in answer.err
    assert "did you mean 'gravity'" in answer.err
    answer = call("run", "secret-speech", "--model", "gravity")
    assert (answer.status, answer.out) == (2, "")
    assert "it does not follow tirana_conference" in answer.err
