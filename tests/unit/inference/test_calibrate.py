"""Calibration: the same bytes however it is cut, interrupted or spread over workers; and what it refuses."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.errors import RunError, StoreError
from rumorsim.inference import Calibration, calibrate
from rumorsim.inference.bank import Bank, rounds_of
from rumorsim.inference.calibrate import prior_calibration
from rumorsim.inference.draws import BankDraws, steered
from rumorsim.inference.learning import quantiles_of
from rumorsim.inference.proposal import fitted
from rumorsim.inference.stored import is_calibration, stored_calibration
from rumorsim.inference.weights import weights_of
from rumorsim.runs.files import locked
from rumorsim.scenario import Scenario

DRAWS, SEED = 10, 3
MODULE = importlib.import_module("rumorsim.inference.calibrate")
FILES = ("posterior.json", "report.txt", "numbers.csv", "calibration.json", "frame.json")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """A twenty-fifth of the party, with so many questions that some of few runs make the archive."""
    many = {"archive.letter_report_prob": 1.0, "punishment.seed_count": 120}
    return rs.load_scenario("tirana-conference").replace({"party.scale": 0.041, **many})


def fit(scenario: Scenario, out: Path, **arguments: Any) -> Calibration:
    return calibrate(scenario, out, DRAWS, SEED, null_worlds=False, **arguments)


@pytest.fixture(scope="module")
def done(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Calibration, list[Any]]:
    """A calibration in one go."""
    out = tmp_path_factory.mktemp("fits") / "whole"
    told: list[Any] = []
    return out, fit(scenario, out, announce=told.append), told


def content(out: Path) -> dict[str, bytes]:
    rounds = sorted((out / "bank").glob("round-*/fingerprint"))
    return {str(path.relative_to(out)): path.read_bytes() for path in [*(out / name for name in FILES), *rounds]}


def test_rounds_hold_every_run_once() -> None:
    for draws in (10, 13, 600, 4500, 10_001):
        rounds = rounds_of(draws)
        assert [k for one in rounds for k in one.ids] == list(range(draws))
        assert [one.number for one in rounds] == list(range(len(rounds)))
        assert rounds[0].from_prior
        assert [one.from_prior for one in rounds] == sorted((one.from_prior for one in rounds), reverse=True)
        assert sum(not one.from_prior for one in rounds) >= 2
        assert max(len(one.ids) for one in rounds) <= 250


def test_interrupted_and_with_other_workers_the_bytes_are_the_same(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    """Interrupted in every round, once with two workers; what is there is not run again."""
    out = tmp_path / "pieces"
    for stop, workers in ((1, 1), (3, 1), (5, 2), (8, 1)):

        def interrupt(finished: int, total: int, stop: int = stop) -> None:
            assert total == DRAWS
            if finished >= stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit(scenario, out, workers=workers, progress=interrupt)
    seen: list[int] = []
    found = fit(scenario, out, progress=lambda finished, total: seen.append(finished))
    assert content(out) == content(done[0])
    assert found.posterior.digest == done[1].posterior.digest
    assert (min(seen), max(seen)) == (8, DRAWS), "what was there is told at once: step by step it would count as speed"
    stored = json.loads((out / "bank" / "round-000" / "provenance.json").read_text())["stretches"]
    assert sum(one["runs_done"] for one in stored) <= len(rounds_of(DRAWS)[0].ids)


def test_a_finished_calibration_is_only_weighed_again(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(done[0])
    monkeypatch.setattr(MODULE, "build_party", None)
    fit(scenario, done[0])
    assert content(done[0]) == before


def test_the_budget_ends_it_with_the_rounds_that_are_complete(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spent in the first round, nothing can be said; spent with its last run, it is sealed and weighed."""
    out, clock = tmp_path / "budget", [0.0]
    first = len(rounds_of(DRAWS)[0].ids)

    def spend(finished: int, total: int) -> None:
        clock[0] = 1e9 if finished > limit else 0.0

    with monkeypatch.context() as patch:
        patch.setattr(MODULE.time, "monotonic", lambda: clock[0])
        limit = 0
        with pytest.raises(RunError, match=r"before the first round was complete.*same command goes on"):
            fit(scenario, out, budget="10m", progress=spend)
        limit, clock[0] = first - 1, 0.0
        part = fit(scenario, out, budget="10m", progress=spend)
    assert (len(part.bank), part.planned) == (first, DRAWS)
    assert "The budget ended before all runs were done" in (out / "report.txt").read_text()
    assert part.posterior.about["runs"] == first
    names = ["bank/round-000/fingerprint", "calibration.json", "frame.json"]
    assert all((out / name).read_bytes() == (done[0] / name).read_bytes() for name in names)


def test_it_says_beforehand_how_long_it_takes(done: tuple[Path, Calibration, list[Any]]) -> None:
    """Once, after the runs of a trial that count like all others."""
    (outlook,) = done[2]
    assert (outlook.draws, outlook.done, outlook.workers, outlook.budget) == (DRAWS, 2, 1, None)
    assert 0.0 < outlook.seconds < 600.0


def test_runs_of_the_first_round_are_replicates_from_the_prior(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]]
) -> None:
    run = rs.run(scenario, replicates=2, parameters="prior", seed=SEED)
    bank = done[1].bank
    assert bank.runs["digest"][:2].tolist() == run.table("runs")["digest"].tolist()
    assert bank.from_prior.tolist() == [True] * 2 + [False] * 8


def test_a_later_round_draws_from_the_fit_to_those_before(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]]
) -> None:
    bank = done[1].bank
    assert bank.proposals[0] is None
    before = Bank(scenario, SEED, bank.folders[:2])
    proposal = fitted(steered(), before.coordinates, weights_of(before).runs)
    assert bank.proposals[2] == proposal
    assert bank.proposals[1] not in (None, proposal)
    row = len(before)
    values = BankDraws(scenario, SEED, proposal).values(row)
    assert bank.runs["spread.pass_on_rate"][row] == values["spread.pass_on_rate"]
    expected = 0.2 + 0.4 * sum(one.density(bank.coordinates) for one in bank.proposals[1:] if one is not None)
    assert 1.0 / bank.importance == pytest.approx(expected)


def test_draws_of_the_posterior_are_runs_and_sets(done: tuple[Path, Calibration, list[Any]]) -> None:
    bank, posterior = done[1].bank, done[1].posterior
    assert posterior.size == 1000
    for number in (0, 500, 999):
        values = posterior.draw(number)
        row = int(np.repeat(np.arange(len(posterior)), posterior.times)[number])
        run, chosen = int(posterior.runs[row]), int(posterior.sets[row])
        assert values["spread.pass_on_rate"] == bank.runs["spread.pass_on_rate"][run]
        assert values["archive.lag_mean_days"] == bank.prior.archive(run, chosen)["archive.lag_mean_days"]
    known = catalog.parameters()
    for row, quantiles in zip(posterior.table[:50], quantiles_of(bank, posterior)[:50].tolist(), strict=True):
        assert row.tolist() == [float(known[name].at(u)) for name, u in zip(posterior.names, quantiles, strict=True)]  # type: ignore[arg-type]
    shares = np.bincount(posterior.runs, weights=posterior.weights, minlength=DRAWS)
    assert shares == pytest.approx(done[1].weights.runs / done[1].weights.runs.sum(), abs=0.001 * 64)


def test_another_calibration_is_refused(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    out = done[0]
    with pytest.raises(StoreError, match="another calibration: seed 3 there, 7 here"):
        calibrate(scenario, out, DRAWS, 7)
    with pytest.raises(StoreError, match="another calibration: another scenario; draws 10 there, 20 here"):
        calibrate("tirana-conference", out, 20, SEED)
    with pytest.raises(StoreError, match="holds a calibration, not a run folder"):
        rs.open_run(out)
    plan = (out / "calibration.json").read_text()
    (out / "calibration.json").write_text(plan[:20])
    try:
        with pytest.raises(StoreError, match=r"calibration\.json: damaged.*delete it"):
            fit(scenario, out)
    finally:
        (out / "calibration.json").write_text(plan)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    with pytest.raises(StoreError, match=r"not empty and holds no calibration.*thesis\.tex"):
        fit(scenario, tmp_path / "full")
    with locked(out), pytest.raises(StoreError, match="another run is writing this folder"):
        fit(scenario, out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 3}, "draws: not a usable number of draws"),
        ({"workers": 0}, "workers: not a usable number of workers"),
        ({"budget": "90 minutes"}, "budget: not a budget.*90m"),
        ({"budget": "-1h"}, "budget: not a budget"),
    ],
)
def test_wrong_arguments_cost_no_time(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        rs.calibrate("tirana-conference", tmp_path / "no", **arguments)
    assert not (tmp_path / "no").exists()


def test_few_runs_have_no_intervals(done: tuple[Path, Calibration, list[Any]]) -> None:
    found = done[1]
    assert found.weights.effective < 100
    assert {one.word for one in found.numbers} == {"refused"}
    assert all(one.posterior is None for one in found.numbers)
    text = (done[0] / "report.txt").read_text()
    assert "Intervals are refused" in text
    assert text.index("Can the model make this archive?") < text.index("How good is the fit?")


def test_what_fitted_runs_do_is_counted(done: tuple[Path, Calibration, list[Any]]) -> None:
    found = done[1]
    shares = {one.text: (one.prior, one.fitted) for one in found.predictive}
    weights = np.bincount(found.posterior.runs, weights=found.posterior.weights, minlength=DRAWS)
    runs = found.bank.runs
    rare = next(value for text, value in shares.items() if "(C4)" in text)
    assert rare == pytest.approx(((runs["critical"][:2] <= 0.01).mean(), weights[runs["critical"] <= 0.01].sum()))
    documents = found.documents(fitted=True)
    assert documents.sum() == pytest.approx(1.0)
    more, right = list(shares.values())[:2]
    assert more[1] == pytest.approx(1.0 - documents[0] - documents[1])
    assert right[1] == pytest.approx(documents[2:10].sum())
    assert right[1] > right[0], "the fit is to runs that write two to nine"
    assert "What fitted runs do" in (done[0] / "report.txt").read_text()


@pytest.mark.slow
def test_with_dask_the_bytes_are_the_same(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    fit(scenario, tmp_path / "dask", dask="local", workers=2)
    assert content(tmp_path / "dask") == content(done[0])


SCRIPT = """
import sys
import rumorsim as rs
from rumorsim.runs import journal

journal._COMMIT_SECONDS = 0.05
scenario = rs.load_scenario(sys.argv[1])
rs.calibrate(scenario, sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), workers=2, null_worlds=False)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills a process")
def test_killed_in_every_round_the_bytes_are_the_same(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    """Killed with two workers once there is something of the first, second and third round; ended with one."""
    out, script = tmp_path / "killed", tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    resolved = done[0] / "scenario.resolved.json"
    for one in rounds_of(DRAWS):
        begun = out / "bank" / one.name / "provenance.json"
        words = [sys.executable, str(script), str(resolved), str(out), str(DRAWS), str(SEED)]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not begun.exists() and process.poll() is None:
                time.sleep(0.01)
            time.sleep(0.3)
        finally:
            process.kill()
            process.wait()
    fit(scenario, out)
    assert content(out) == content(done[0])


def test_a_stored_calibration_is_read_as_it_is(done: tuple[Path, Calibration, list[Any]], tmp_path: Path) -> None:
    out, found, _ = done
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    again = stored_calibration(out)
    assert again.report() == found.report()
    assert again.posterior.to_json() == found.posterior.to_json()
    assert again.planned == DRAWS
    assert not again.unfinished
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*")}, "something was written"
    assert is_calibration(out)
    assert not is_calibration(tmp_path)
    with pytest.raises(StoreError, match="holds no calibration"):
        stored_calibration(tmp_path)


def test_rounds_before_an_unfinished_one_are_read(done: tuple[Path, Calibration, list[Any]], tmp_path: Path) -> None:
    home = tmp_path / "part"
    shutil.copytree(done[0], home)
    rounds = sorted((home / "bank").iterdir())
    (rounds[1] / "fingerprint").unlink()
    found = stored_calibration(home)
    assert found.bank.sizes == done[1].bank.sizes[:1]
    assert found.unfinished
    (rounds[0] / "fingerprint").unlink()
    with pytest.raises(StoreError, match="no round of the calibration is complete"):
        stored_calibration(home)


def test_runs_from_the_prior_are_those_of_the_calibration(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    """The same numbers and the same party give the same runs; another party other ones, with the same numbers."""
    first = done[1].bank.runs[done[1].bank.from_prior]
    same = prior_calibration(scenario, tmp_path / "same", 10, SEED)
    assert same.bank.from_prior.all()
    assert (same.bank.importance == 1.0).all()
    assert same.bank.runs["digest"][: len(first)].tolist() == first["digest"].tolist()
    other = prior_calibration(scenario.replace({"party.seed": 7}), tmp_path / "other", 10, SEED)
    assert (other.bank.runs["spread.pass_on_rate"] == same.bank.runs["spread.pass_on_rate"]).all()
    assert not set(other.bank.runs["digest"]) & set(same.bank.runs["digest"])
