"""The page on calibration says what the catalog chooses, and every number on it is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.posterior import RUN_FACTS, Posterior
from rumorsim.ensemble.work import decoded
from rumorsim.inference import bank, calibration, learning, likelihood, nulls, predictive, proposal, work
from rumorsim.inference.draws import BankDraws
from rumorsim.inference.record import bank_layout
from rumorsim.runs.machine import Task

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
FIT = ROOT / "experiments" / "calibration" / "posterior.json"


@pytest.mark.parametrize("name", catalog.calibration())
def test_every_choice_stands_on_the_page(name: str) -> None:
    assert name in TEXT


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{work.SETS} sets of numbers" in TEXT
    assert f"{proposal.INFLATION} times as wide" in TEXT
    assert (proposal.PRIOR_SHARE, bank._FROM_PRIOR) == (0.2, 0.25)
    assert f"{calibration.KEPT:,} draws" in TEXT
    assert f"Below {learning.FEWEST:.0f} effective runs" in TEXT
    assert (learning._NARROWER, learning._MOVED) == ((0.8, 0.9), (0.6, 0.3))
    assert f"one run for {nulls._MODEL_RUNS} of the model's, at least {nulls._FEWEST}" in TEXT
    assert f"fewer than {nulls._FEWEST_RUNS} runs" in TEXT
    assert f"fewer than {nulls._FEWEST_EFFECTIVE:.0f} effective ones" in TEXT
    assert (nulls._UNDECIDED, nulls._ERRORS) == (1.0, 2.0)
    assert f"up to {predictive._PRIOR_RUNS} runs of the bank" in TEXT
    assert set(likelihood.STATEMENTS) == {"C2", "C3", "C4", "T05"}


def test_the_example_of_predictions_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, with a fit of two draws, a small party and few replicates."""
    section = TEXT.partition("## Predictions for a place and date of your own")[2]
    (example,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    path = tmp_path / "posterior.json"
    draws = [(3, 0, 2, [0.05]), (4, 0, 1, [0.1])]
    Posterior({"scenario": "tirana-conference"}, ["travel.duty_rate"], draws).write(path)
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"tirana-conference": path}))
    run, asked = rs.run, {}

    def small(scenario: str, replicates: int, **named: Any) -> Ensemble:
        asked.update(named, scenario=scenario)
        named["workers"] = 1
        return run(rs.load_scenario(scenario).replace({"party.scale": 0.06}), replicates=12, **named)

    monkeypatch.setattr(rs, "run", small)
    names: dict[str, Any] = {}
    exec(example, names)
    assert asked["parameters"] == "posterior"
    assert set(names["run"].values("travel.duty_rate")) == {0.05, 0.1}
    assert names["place"] not in {one.place for one in catalog.targets().values()}
    assert 0.0 < names["aware"].mean() < 1.0
    assert names["aware"].shape == names["reports"].shape == names["voiced"].shape == (12,)
    assert 0.0 <= names["by_then"].mean() <= 1.0
    assert np.isfinite(names["run"].standard_error("share_aware", names["rumor"], on=names["day"]))


@pytest.mark.slow
def test_the_fit_is_one_of_the_model_as_it_is() -> None:
    """Its first run from the priors, made again at whole scale, does what is stored: a new model needs a new fit."""
    held = rs.posterior(FIT)
    assert held.predictive is not None
    scenario = rs.load_scenario("tirana-conference")
    assert held.about["scenario_fingerprint"] == scenario.fingerprint()
    first = int(held.predictive["prior_runs"][0])
    draws = BankDraws(scenario, int(held.about["seed"]))
    (row,) = work.BankWork(scenario, draws)(Task(((0, (first,)),))).rows
    assert row.error is None
    (run,) = decoded([row.content], bank_layout(draws.drawn))["runs"]
    stored = dict(zip(held.predictive["columns"], held.predictive["prior"][0], strict=True))
    assert {name: float(f"{float(run[name]):.6g}") for name in RUN_FACTS} == {name: stored[name] for name in RUN_FACTS}
    assert 0.0 < run["known"] < 1.0


def test_the_readme_says_what_the_fit_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = " ".join(readme.partition("## What was fitted")[2].partition("\n## ")[0].split())
    held = rs.posterior(FIT)
    told = {
        "how often members pass the news on": "spread.pass_on_rate",
        "how much travelers tell": "spread.visit_rate",
        "how often officials travel": "travel.duty_rate",
        "raised at ordinary meetings": "voice.meeting_prob",
        "and at letter meetings": "voice.letter_question_rate",
        "writes a report": "archive.district_propensity",
    }
    assert all(text in section for text in told)
    numbers = {name for name in held.about["learned"] if name in held.names}
    assert numbers == set(told.values())
    assert "fitted to nine things" in section
    assert sum(one.use == "fitted" for one in catalog.calibration().values()) == 9
    assert 95 <= len(held.names) <= 105, "of the hundred numbers"
    assert set(held.about["learned"]) - numbers == set(learning.COMBINATIONS), "eight in the figure"
    model = held.evidence["party"]
    assert all(abs(model["all"] - held.evidence[name]["all"]) < 1.0 for name in ("gravity", "random_order"))
    assert abs(model["dates"] - held.evidence["instantaneous"]["dates"]) < 1.0
    assert model["all"] - held.evidence["instantaneous"]["all"] > 2.0
