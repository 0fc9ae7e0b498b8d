"""Experiments: description, run, page, and the comparison with what is committed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rumorsim.cli import main
from rumorsim.cli.experiment import script
from rumorsim.ensemble.work import Side, Work, World
from rumorsim.errors import RumorsimError, RunError, StoreError
from rumorsim.runs.journal import Row
from rumorsim.study import Experiment
from rumorsim.study.experiments.experiment import read_table, seal_experiment, table_text
from rumorsim.study.experiments.reproduce import accept, find_experiment, outcome, reproduce

DESCRIPTION = """
title = "How fast"
question = 1
asks = "Does a lower rate slow the rumor?"
evidence = ["F028"]
seed = 0

[full]
replicates = 3
scale = 1.0

[small]
replicates = 2
scale = 0.5
"""
SCRIPT = """
import os
from pathlib import Path

import rumorsim as rs
from rumorsim.cli.experiment import script
from rumorsim.study import Cell, Plan

BASE = rs.load_scenario("maki-thompson").replace({"population.size": 60, "stop": "1956-01-10"})


def cells(experiment, form):
    rates = {"fast": 1.0, "slow": float(os.environ.get("SLOW", "0.5"))}
    return {name: Cell(BASE.replace({"classic.transmission_rate": rate})) for name, rate in rates.items()}


def tables(experiment, form, runs):
    known = {name: run.share_aware("secret_speech", on="1956-01-08").mean() for name, run in runs.items()}
    return {"shares": [{"cell": name, "share": float(share)} for name, share in known.items()]}


def facts(results):
    return {"fast": f"{results['shares'][0]['share']:.4f}"}


def figures(results, folder):
    folder.mkdir(exist_ok=True)
    (folder / "bars.txt").write_text(str(results["shares"][0]["share"]))


PLAN = Plan(cells, tables, facts, figures)

if __name__ == "__main__":
    raise SystemExit(script(__file__, PLAN))
"""
PAGE = "# {{title}}\n\n{{asks}}\n\n<!-- results -->\nKnown: {{fast}}\n<!-- /results -->\nThe end.\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "experiments" / "how-fast"
    folder.mkdir(parents=True)
    (folder / "experiment.toml").write_text(DESCRIPTION)
    (folder / "run.py").write_text(SCRIPT)
    (folder / "README.template.md").write_text(PAGE)
    return folder


@pytest.fixture
def plan(home: Path) -> Any:
    names: dict[str, Any] = {"__name__": "script"}
    exec(SCRIPT, names)
    return names["PLAN"]


def test_a_page_without_results_says_so(home: Path, plan: Any) -> None:
    page = Experiment.read(home).readme(plan)
    assert "has not been run" in page
    assert "Known" not in page
    assert page.endswith("The end.\n")


def test_accepted_results_come_out_again(home: Path, plan: Any, tmp_path: Path) -> None:
    experiment = Experiment.read(home)
    out = tmp_path / "out"
    fingerprint = experiment.execute(plan, "full", out)
    assert outcome(home, "full", out).equal is False
    accept(home, "full", out)
    assert outcome(home, "full", out).equal
    share = read_table(home / "results" / "full" / "shares.csv")[0]["share"]
    assert f"Known: {share:.4f}\n" in (home / "README.md").read_text()
    assert (home / "README.md").read_text() == experiment.readme(plan)
    assert (home / "figures" / "bars.txt").is_file()
    # The small form stands beside it, and leaves page and figures alone.
    experiment.execute(plan, "small", tmp_path / "small")
    accept(home, "small", tmp_path / "small")
    held = json.loads((home / "provenance.json").read_text())
    assert list(held) == ["full", "small", "format", "seal"]
    assert held["full"]["fingerprint"] == fingerprint
    assert held["full"]["replicates"] == 6
    assert held["small"]["fingerprint"] != fingerprint
    assert not (tmp_path / "small" / "README.md").exists()


def test_another_state_of_the_code_is_no_difference(home: Path, plan: Any, tmp_path: Path) -> None:
    Experiment.read(home).execute(plan, "small", tmp_path / "out")
    accept(home, "small", tmp_path / "out")
    held = json.loads((home / "provenance.json").read_text())
    held["small"]["environment"]["code"] = "0" * 64
    seal_experiment(home, {"small": held["small"]})
    assert outcome(home, "small", tmp_path / "out").equal


def test_an_interrupted_run_goes_on(home: Path, plan: Any, tmp_path: Path) -> None:
    experiment = Experiment.read(home)
    wanted = experiment.execute(plan, "full", tmp_path / "whole")

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment.execute(plan, "full", tmp_path / "out", progress=stop)
    told: list[tuple[int, int]] = []
    assert experiment.execute(plan, "full", tmp_path / "out", progress=lambda *one: told.append(one)) == wanted
    assert told[0] == (3, 6)
    assert told[-1] == (6, 6)
    assert experiment.execute(plan, "full", tmp_path / "two", workers=2) == wanted


def test_what_failed_is_done_again_when_asked(
    home: Path, plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = Experiment.read(home)
    wanted = experiment.execute(plan, "full", tmp_path / "whole")
    tried: list[int] = []

    def broken(work: Work, side: Side, world: World, replicates: Sequence[int]) -> Iterator[Row]:
        tried.extend(replicates)
        if 1 in replicates:
            raise ValueError("of no luck")
        return rows(work, side, world, replicates)

    rows = Work._rows
    with monkeypatch.context() as breaking:
        breaking.setattr(Work, "_rows", broken)
        with pytest.raises(RunError, match=r"1 of 3 replicates failed, among them 1: ValueError: of no luck"):
            experiment.execute(plan, "full", tmp_path / "out")
        assert {0, 1, 2} == set(tried)
        tried.clear()
        with pytest.raises(RunError, match="retry_failed=True"):
            experiment.execute(plan, "full", tmp_path / "out")
        assert tried == []
    assert experiment.execute(plan, "full", tmp_path / "out", retry_failed=True) == wanted


def test_a_scheduler_that_is_none_is_told(home: Path, plan: Any, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(RunError, match="no Dask scheduler answers"):
        Experiment.read(home).execute(plan, "small", tmp_path / "out", dask="nowhere://at.all")


def test_options_reach_the_script(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def no_run(words: list[str], **rest: Any) -> Any:
        given.append(words)
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr("subprocess.run", no_run)
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "how-fast", "--small", "--dask", "local", "--retry-failed", "--workers", "2"]) == 1
    assert main(["reproduce", "how-fast", "--workers", "2"]) == 1
    assert given[0][5:] == ["2", "--dask", "local", "--small", "--retry-failed"]
    assert given[1][5:] == ["2"]


@pytest.mark.slow
def test_the_script_runs_on_dask(home: Path, plan: Any, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    wanted = Experiment.read(home).execute(plan, "small", tmp_path / "whole")
    assert reproduce(home, "small", tmp_path / "out", 2, dask="local", quiet=True).found == wanted


@pytest.mark.slow
def test_differences_are_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["reproduce", "how-fast", "--small", "--workers", "1", "--quiet"]
    assert main(words) == 1
    assert "nothing is committed" in capsys.readouterr().out
    assert not (home / "results").exists()
    assert main([*words, "--accept"]) == 0
    assert main(words) == 0
    assert capsys.readouterr().out.rstrip().endswith("equal")
    committed = (home / "provenance.json").read_text()
    monkeypatch.setenv("SLOW", "0.6")
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "cell slow: the scenario is another one" in printed
    assert "table shares: row 2, share:" in printed
    assert printed.rstrip().endswith("not equal")
    assert main([*words, "--json", "--out", str(tmp_path / "kept")]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert (tmp_path / "kept" / "results" / "small" / "shares.csv").is_file()
    assert (home / "provenance.json").read_text() == committed


def test_a_changed_table_or_cell_is_found(home: Path, plan: Any, tmp_path: Path) -> None:
    Experiment.read(home).execute(plan, "small", tmp_path / "out")
    accept(home, "small", tmp_path / "out")
    table = home / "results" / "small" / "shares.csv"
    text = table.read_text()
    table.write_text(re.sub(r"fast,0\.", "fast,0.1", text))
    altered, found = outcome(home, "small", tmp_path / "out").differences
    assert "shares.csv: altered since it was stored" in altered
    assert found.startswith("table shares: row 1, share:")
    table.write_text(text)
    held = json.loads((home / "provenance.json").read_text())
    held["small"]["cells"]["fast"]["fingerprint"] = "0" * 64
    (home / "provenance.json").write_text(json.dumps(held))
    altered, found = outcome(home, "small", tmp_path / "out").differences
    assert found.startswith("cell fast: fingerprint 000000000000 committed")


def test_the_script_fills_in_its_own_folder(home: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, str(home / "run.py"), "--workers", "1", "--quiet"], capture_output=True, text=True, check=True
    )
    assert "fingerprint" in done.stdout
    assert (home / "results" / "full" / "shares.csv").is_file()
    page = (home / "README.md").read_text()
    (home / "README.md").unlink()
    subprocess.run([sys.executable, str(home / "run.py"), "--readme"], check=True)
    assert (home / "README.md").read_text() == page


def test_a_script_that_fails_is_said(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (home / "run.py").write_text("raise SystemExit(3)")
    with pytest.raises(RunError, match="status 3"):
        reproduce(home, "small", tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("seed", "sed", "did you mean 'seed'"),
        ("F028", "F999", "unknown evidence id 'F999'"),
        ("replicates = 3", "replicates = 0", "full.replicates"),
        ("scale = 0.5", "size = 0.5", "unknown key 'size'"),
        ("seed = 0", "", "no seed"),
        ("question = 1", 'question = "1"', "is not a whole number"),
        ("seed = 0", "seed = ", "not valid TOML"),
    ],
)
def test_wrong_descriptions_are_refused(home: Path, old: str, new: str, text: str) -> None:
    (home / "experiment.toml").write_text(DESCRIPTION.replace(old, new, 1))
    with pytest.raises(RumorsimError, match=re.escape(text)) as caught:
        Experiment.read(home)
    assert "experiment.toml" in str(caught.value)


def test_a_hole_that_nothing_fills_is_refused(home: Path, plan: Any) -> None:
    (home / "README.template.md").write_text("{{titel}}")
    with pytest.raises(RumorsimError, match="did you mean 'title'"):
        Experiment.read(home).readme(plan)


def test_an_unknown_experiment_or_form_is_refused(home: Path, plan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parents[1])
    assert find_experiment("how-fast") == Path("experiments/how-fast")
    assert find_experiment(home) == home
    with pytest.raises(StoreError, match="did you mean 'how-fast'"):
        find_experiment("how-fst")
    with pytest.raises(RunError, match="small"):
        Experiment.read(home).execute(plan, "smal", home / "out")
    with pytest.raises(RunError, match="1 to 1024"):
        Experiment.read(home).execute(plan, "small", home / "out", workers=0)


def test_tables_keep_numbers_words_and_gaps(tmp_path: Path) -> None:
    rows = [{"cell": "a, b", "share": 0.1, "none": math.nan}, {"cell": "c", "share": math.inf, "none": 2.0}]
    (tmp_path / "one.csv").write_text(table_text(rows))
    found = read_table(tmp_path / "one.csv")
    assert found[0]["cell"] == "a, b"
    assert math.isnan(found[0]["none"])
    assert found[1] == rows[1]


def test_a_script_may_have_options_and_work_of_its_own(
    home: Path, plan: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it runs itself is kept as cells are: with tables, seal and fingerprint."""
    table = [{"cell": "own", "share": 0.25}]

    def execute(experiment: Experiment, form: str, out: Path, given: Any, progress: Any) -> str:
        cells = {"own": {"scenario": "", "parameters": "mode", "replicates": given.times, "fingerprint": "f" * 64}}
        return experiment.keep(plan, form, out, {"shares": table}, cells, "now")

    def options(parser: Any) -> None:
        parser.add_argument("--times", type=int, default=1)

    words = ["--small", "--quiet", "--times", "7", "--out", str(tmp_path / "out")]
    assert script(str(home / "run.py"), plan, words, options=options, execute=execute) == 0
    held = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert held["small"]["replicates"] == 7
    assert held["small"]["cells"]["own"]["fingerprint"] == "f" * 64
    assert held["small"]["fingerprint"] in capsys.readouterr().out
    assert read_table(tmp_path / "out" / "results" / "small" / "shares.csv") == table
    assert (tmp_path / "out" / "figures" / "bars.txt").read_text() == "0.25"
    assert outcome(home, "small", tmp_path / "out").differences == ("nothing is committed for this form",)
