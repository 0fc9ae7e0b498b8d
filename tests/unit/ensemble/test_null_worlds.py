"""Runs of null worlds: one archive, one score, one machinery; which world it is stands wherever the run is told of."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.documents import drawn
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.measures import reports_before_letter
from rumorsim.ensemble.run import RunPlan, execute
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.work import World
from rumorsim.errors import RunError, StoreError
from rumorsim.model import MODELS
from rumorsim.party import build_party
from rumorsim.scenario import Scenario, load_scenario

NULLS = MODELS[1:]
SEED = 3


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The classroom around the conference, with a center to which every district reports what it hears."""
    changes = {"start": "1956-04-01", "stop": "1956-04-30", "archive.district_propensity": 1.0}
    return load_scenario("classroom").replace(changes | {"archive.overheard_rate": 0.5})


@pytest.fixture(scope="module")
def runs(scenario: Scenario) -> dict[str, Ensemble]:
    return {word: rs.run(scenario, replicates=4, seed=SEED, model=word) for word in MODELS}


def test_the_score_tells_the_worlds_apart(runs: dict[str, Ensemble]) -> None:
    scores = {word: run.log_score() for word, run in runs.items()}
    before_letter = [one.id for one in catalog.targets().values() if one.kind == "district_report" and one.rumor]
    asked = [one for one in before_letter if one in scores["party"] and "T01" <= one <= "T02"]
    assert asked == ["T01", "T02"]
    for one in asked:
        assert math.isfinite(scores["party"][one])
        assert scores["letter_only"][one] == -math.inf, "nobody can report before the letter"
        assert math.isfinite(scores["letter_only_spurious"][one])
        assert math.isfinite(scores["instantaneous"][one])
    assert scores["letter_only"]["joint"] == -math.inf
    assert all(set(found) == set(scores["party"]) for found in scores.values())
    assert not any(math.isnan(one) for found in scores.values() for one in found.values())
    assert (runs["letter_only"].reports("1956-04-20", rumor="tirana_conference") == 0).all()


def test_each_world_is_itself(runs: dict[str, Ensemble]) -> None:
    assert len({run.fingerprint() for run in runs.values()}) == len(MODELS)
    assert len({combined(["ab"], word) for word in MODELS}) == len(MODELS), "whatever the replicates are"
    for word, run in runs.items():
        assert run.model == word
        for text in (repr(run), run._repr_html_()):
            assert ("null world" in text) == (word != "party")
            assert word == "party" or word in text
    everybody = runs["instantaneous"].share_aware("tirana_conference", on="1956-04-14")
    assert (everybody == 1.0).all()
    assert (runs["party"].share_aware("tirana_conference", on="1956-04-14") < 0.1).all()


@pytest.mark.parametrize(
    ("word", "name"), [("gravity", "null.order_exponent"), ("letter_only_spurious", "null.spurious_rate")]
)
def test_each_replicate_draws_the_number_of_its_world(runs: dict[str, Ensemble], word: str, name: str) -> None:
    prior = catalog.nulls()[name].prior
    assert prior is not None
    low, high = prior.support
    found = runs[word].values(name)
    assert ((found > low) & (found < high)).all()
    assert len(np.unique(found)) == 4
    assert name not in (runs["party"].table("runs").dtype.names or ())
    assert Draws(runs[word].scenario, "prior", SEED, word).values(2)[name] == found[2], "whatever else is drawn"


def test_without_spurious_reports_it_is_letter_only_to_the_byte(scenario: Scenario) -> None:
    party = build_party(scenario)
    plain, spurious = (World.of(scenario, party, word) for word in ("letter_only", "letter_only_spurious"))

    def tables(world: World, **more: float) -> dict[str, bytes]:
        values = {**scenario.values, **{f"null.{name}": one for name, one in more.items()}}
        record = world.assembly.simulate(SEED, 0, values)
        made = world.reducer(record, 0, values, Streams(SEED, 0))
        return {name: made[name].tobytes() for name in TABLES}

    assert tables(spurious, spurious_rate=0.0) == tables(plain)
    changed = tables(spurious, spurious_rate=5.0)
    assert {name for name in TABLES if changed[name] != tables(plain)[name]} == {"exposures", "reports", "runs"}


@pytest.mark.parametrize("word", ["letter_only_spurious", "instantaneous", "gravity"])
def test_same_bytes_however_it_is_run(scenario: Scenario, runs: dict[str, Ensemble], word: str, tmp_path: Path) -> None:
    """Stored by two workers, taken up again, opened, in two pieces that are merged; and with its own companion."""
    arguments = {"seed": SEED, "model": word}
    rs.run(scenario, 2, workers=2, out=tmp_path / "run", **arguments)
    stored = rs.run(scenario, 4, workers=2, out=tmp_path / "run", prior_replicates=1, **arguments)
    again = rs.open_run(tmp_path / "run")
    assert again.fingerprint() == stored.fingerprint() == runs[word].fingerprint()
    assert (tmp_path / "run" / "fingerprint").read_text(encoding="utf-8").strip() == runs[word].fingerprint()
    assert all(again.table(name).tobytes() == runs[word].table(name).tobytes() for name in TABLES)
    assert again.model == word
    assert again.prior is not None
    assert again.prior.model == word
    record = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))
    assert record["run"]["model"] == word
    assert f"Null world {word}: " in (tmp_path / "run" / "verdict.txt").read_text(encoding="utf-8").splitlines()[0]
    for name, numbers in {"a": range(2), "b": range(2, 4)}.items():
        rs.run(scenario, numbers, out=tmp_path / name, **arguments)
    whole = rs.merge([tmp_path / "a", tmp_path / "b"], tmp_path / "whole")
    assert whole.fingerprint() == runs[word].fingerprint()


@pytest.mark.parametrize("word", NULLS)
def test_a_replicate_comes_back_in_its_world(runs: dict[str, Ensemble], word: str) -> None:
    run, news = runs[word], runs[word].scenario.rumors.index("tirana_conference")
    record = run.replay(2)
    aware = (record.heard_tick[news] < len(record.tick_start) - 1).mean()
    assert aware == run.share_aware("tirana_conference", on="1956-04-30")[2]
    assert (run.redraw_archive(SEED).table("reports") == run.table("reports")).all()
    other = run.redraw_archive(SEED + 1)
    assert (other.model, other.fingerprint()) == (word, run.fingerprint())
    if word == "letter_only_spurious":
        dates = [np.sort(one.first_report("tirana_conference", ways=["spurious"])) for one in (run, other)]
        assert (dates[0] != dates[1]).all()


def test_spurious_reports_count_as_documents_before_the_letter(runs: dict[str, Ensemble]) -> None:
    run = runs["letter_only_spurious"]
    found = run.reports("1956-04-20", rumor="tirana_conference", ways=["spurious"])
    assert found.sum() > 0
    assert (reports_before_letter(run) == found).all()
    first = catalog.targets()["T01"]
    assert (np.isnat(drawn(run, first)) == (found < 2)).all()


def test_a_worker_that_builds_for_itself_builds_the_world(scenario: Scenario, runs: dict[str, Ensemble]) -> None:
    plan = RunPlan(scenario, range(4), SEED, model="instantaneous")
    assert execute([plan], None, 1, build=False)[0].fingerprint() == runs["instantaneous"].fingerprint()


def test_a_folder_holds_one_world(scenario: Scenario, tmp_path: Path) -> None:
    rs.run(scenario, 1, seed=SEED, out=tmp_path, model="letter_only")
    with pytest.raises(StoreError, match="model letter_only there, letter_only_spurious here"):
        rs.run(scenario, 1, seed=SEED, out=tmp_path, model="letter_only_spurious")
    with pytest.raises(RunError, match=r"the run of a null world .*letter_only"):
        rs.compare(tmp_path, scenario, replicates=1)


def test_the_world_is_checked_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("rumorsim.ensemble.run"), "build_party", None)
    with pytest.raises(RunError, match="does not follow tirana_conference"):
        rs.run("maki-thompson", model="gravity")
