"""Null worlds judged like the model: their banks are cut and spread as they please, and the words say what is open."""

from __future__ import annotations

import importlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.archive.exposures import EXPOSURE_KINDS, Exposures
from rumorsim.ensemble.work import decoded
from rumorsim.inference import Calibration, calibrate
from rumorsim.inference.draws import BankDraws
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.nulls import NULL_WORLDS, WITHOUT_INTRODUCTIONS, Nats, compared, evidence_of
from rumorsim.inference.record import bank_layout
from rumorsim.inference.weights import weights_of
from rumorsim.inference.work import BankWork
from rumorsim.model import MODELS
from rumorsim.runs.machine import Task
from rumorsim.scenario import Scenario

DRAWS, SEED, EACH = 10, 3, 2
MODULE = importlib.import_module("rumorsim.inference.calibrate")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """A twenty-fifth of the party, with so many questions that some of few runs make the archive."""
    many = {"archive.letter_report_prob": 1.0, "punishment.seed_count": 120}
    return rs.load_scenario("tirana-conference").replace({"party.scale": 0.041, **many})


@pytest.fixture(scope="module")
def done(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Calibration, list[Any]]:
    out = tmp_path_factory.mktemp("fits") / "whole"
    told: list[Any] = []
    return out, calibrate(scenario, out, DRAWS, SEED, announce=told.append), told


def content(out: Path) -> dict[str, bytes]:
    small = [out / "posterior.json", out / "report.txt", *sorted(out.glob("nulls/*/round-*/fingerprint"))]
    return {str(path.relative_to(out)): path.read_bytes() for path in small}


def test_interrupted_among_null_worlds_and_with_two_workers_the_bytes_are_the_same(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path
) -> None:
    out, total = tmp_path / "pieces", DRAWS + len(NULL_WORLDS) * EACH
    for stop, workers in ((DRAWS + 1, 2), (DRAWS + 5, 1)):

        def interrupt(finished: int, of: int, stop: int = stop) -> None:
            assert of == total
            if finished >= stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            calibrate(scenario, out, DRAWS, SEED, workers=workers, progress=interrupt)
    seen: list[int] = []
    calibrate(scenario, out, DRAWS, SEED, workers=2, progress=lambda finished, of: seen.append(finished))
    assert seen == sorted(seen)
    assert seen[-1] == total
    assert content(out) == content(done[0])


def test_the_outlook_counts_them(done: tuple[Path, Calibration, list[Any]]) -> None:
    (outlook,) = done[2]
    assert (outlook.draws, outlook.nulls) == (DRAWS, len(NULL_WORLDS) * EACH)


def test_their_runs_are_those_of_the_model_option(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]]
) -> None:
    """And all that their likelihood depends on is kept: the exposures of the whole run give the same chances."""
    found = done[1]
    assert tuple(found.nulls) == NULL_WORLDS
    evidence = Evidence.of(scenario, found.frame)
    spurious = EXPOSURE_KINDS.index("spurious")
    for model in ("letter_only_spurious", "gravity"):
        run = rs.run(scenario, replicates=EACH, parameters="prior", seed=SEED, model=model)
        bank = found.nulls[model]
        assert bank.runs["digest"].tolist() == run.table("runs")["digest"].tolist()
        tables = [run.table(name) for name in ("exposures", "voicings")]
        assert (tables[0]["what"] == spurious).any() == (model == "letter_only_spurious")
        for row in range(EACH):
            whole = Exposures(*(table[table["replicate"] == row] for table in tables))
            sets = [bank.prior.archive(row, number) for number in range(64)]
            for name, chances in evidence.likelihoods(whole, sets).items():
                assert bank.terms[name][row] == pytest.approx(chances), name
                assert name == "questions" or (chances > 0.0).all()


def test_the_evidence_is_the_mean_likelihood_and_its_error(done: tuple[Path, Calibration, list[Any]]) -> None:
    found = done[1]
    for model, bank in {"party": found.bank, **found.nulls}.items():
        terms = ["documents", "C2", "C3", "C4", *([] if model in WITHOUT_INTRODUCTIONS else ["T05"])]
        likelihood = weights_of(bank, terms).runs
        nats = evidence_of(bank)["constraints"]
        if model == "letter_only":
            assert (likelihood == 0.0).all(), "no district can report before the letter"
            assert (nats.log, nats.effective) == (-math.inf, 0.0)
            assert math.isnan(nats.error)
            continue
        assert nats.log == pytest.approx(math.log(likelihood.mean()))
        assert nats.error == pytest.approx(np.std(likelihood) / likelihood.mean() / math.sqrt(len(bank)))
    told = found.nulls["instantaneous"].terms["T05"]
    assert (told < 0.01).all(), "travelers brought nothing: a definition, which would decide"


def test_the_posterior_holds_it_in_nats(done: tuple[Path, Calibration, list[Any]]) -> None:
    posterior = rs.posterior(done[0])
    assert tuple(posterior.evidence) == MODELS
    for model, found in posterior.evidence.items():
        assert list(found) == ["dates", "constraints", "all"]
        for name, log in found.items():
            nats = done[1].evidence[model][name]
            assert log == pytest.approx(nats.log, abs=1e-5)
            assert posterior.evidence_errors[model][name] == pytest.approx(nats.error, abs=1e-5, nan_ok=True)
    assert posterior.evidence["letter_only"]["all"] == -math.inf
    assert posterior.about["null_runs"] == dict.fromkeys(NULL_WORLDS, EACH)


def test_the_first_table_says_where_nothing_is_decided(done: tuple[Path, Calibration, list[Any]]) -> None:
    """From evidence as a whole fit might find it."""
    logs = {
        "party": (-3.8, -5.5, -17.0),
        "letter_only": (-math.inf,) * 3,
        "letter_only_spurious": (-3.5, -13.5, -math.inf),
        "instantaneous": (-4.3, -8.9, -22.8),
        "gravity": (-3.9, -5.4, -17.5),
        "random_order": (-5.1, -5.5, -14.0),
    }
    found = Calibration(done[1].bank, DRAWS, done[1].frame)
    found.evidence = {  # type: ignore[misc]
        model: {
            name: Nats(log, 0.15, 50.0, 300) if math.isfinite(log) else Nats(log, math.nan, 0.0, 300)
            for name, log in zip(("dates", "constraints", "all"), several, strict=True)
        }
        for model, several in logs.items()
    }
    text = " ".join(found.report().split())
    assert text.index("Does the archive tell the model from null worlds?") < text.index("Can the model make this")
    everybody = "everybody told at once"
    assert (
        "Dates and count: undecided between the model and letter and random reports, everybody told at once, order of "
        "districts by gravity; not resolved for random order of districts; the model is more likely than letter only."
    ) in text
    assert f"the model is more likely than letter only, letter and random reports, {everybody}." in text
    assert (
        f"the model is more likely than letter only, letter and random reports, {everybody}; the model is less" in text
    )
    assert f"(letter only, letter and random reports, {everybody}) T05 would be a definition, not a test" in text


def test_left_out_they_cost_nothing(scenario: Scenario, tmp_path: Path) -> None:
    told: list[Any] = []
    found = calibrate(scenario, tmp_path / "fit", DRAWS, SEED, null_worlds=False, announce=told.append)
    assert told[0].nulls == 0
    assert not (tmp_path / "fit" / "nulls").exists()
    assert list(found.posterior.evidence) == ["party"]
    text = (tmp_path / "fit" / "report.txt").read_text()
    assert "No run of a null world is there" in text
    assert "The budget ended" not in text


def test_a_budget_that_ends_among_them_is_told(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, out = [0.0], tmp_path / "budget"

    def spend(finished: int, total: int) -> None:
        clock[0] = 1e9 if finished > DRAWS + EACH else 0.0

    with monkeypatch.context() as patch:
        patch.setattr(MODULE.time, "monotonic", lambda: clock[0])
        part = calibrate(scenario, out, DRAWS, SEED, budget="10m", progress=spend)
    assert tuple(part.nulls) == NULL_WORLDS[:1]
    assert "The budget ended before all runs were done" in (out / "report.txt").read_text()
    calibrate(scenario, out, DRAWS, SEED)
    assert content(out) == content(done[0])


def test_few_runs_decide_nothing() -> None:
    model = Nats(-4.0, 0.1, 500.0, 4500)
    assert compared(model, Nats(-math.inf, math.nan, 0.0, 20)) == "not resolved"
    assert compared(Nats(-math.inf, math.nan, 0.0, 4500), model) == "not resolved"
    assert compared(model, Nats(-5.1, 0.1, 90.0, 300)) == "not resolved"
    assert compared(model, Nats(-5.4, 0.1, 90.0, 300)) == "model by 1.4"


def test_a_worker_far_away_builds_the_null_world_itself(
    scenario: Scenario, done: tuple[Path, Calibration, list[Any]]
) -> None:
    draws = BankDraws(scenario, SEED, model="instantaneous")
    (row,) = BankWork(scenario, draws).alone()(Task(((0, (1,)),))).rows
    made = decoded([row.content], bank_layout(draws.drawn))["runs"]
    assert made["digest"].tolist() == done[1].nulls["instantaneous"].runs["digest"][1:].tolist()
