"""The experiment on the calibration: its rules by hand, and its page from tables."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.ensemble.posterior import Posterior
from rumorsim.study.experiments.experiment import read_tables

HOME = Path(__file__).resolve().parents[2] / "experiments" / "calibration"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, Any]]:
    """The files of the experiment, which find each other as when its script is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HOME))
        for name in ("run", "measure", "kept_out"):
            patch.delitem(importlib.sys.modules, name, raising=False)  # type: ignore[attr-defined]
        yield {name: importlib.import_module(name) for name in ("run", "measure", "kept_out")}
        for name in ("run", "measure", "kept_out"):
            importlib.sys.modules.pop(name, None)  # type: ignore[attr-defined]


def test_what_is_recovered_by_hand(modules: dict[str, Any]) -> None:
    """A truth without a posterior lies in no interval; a median that is always right has no error."""
    found = np.array([-1.0, 0.0, 1.0, np.nan])
    row = modules["measure"].recovered_row(np.array([-1.0, 0.0, 1.0, 0.0]), found - 1, found, found + 1)
    assert (row["truths"], row["correlation"], row["rmse"], row["inside"]) == (4, 1.0, 0.0, 0.75)
    assert row["width"] == pytest.approx(1 / 1.645, rel=1e-3)
    assert row["verdict"] == "FAILS"
    wrong = modules["measure"].recovered_row(np.zeros(20), np.full(20, -9.0), np.full(20, 2.0), np.full(20, 9.0))
    assert (wrong["rmse"], wrong["inside"], wrong["verdict"]) == (2.0, 1.0, "FAILS")
    assert math.isnan(wrong["correlation"])


def test_a_date_left_out_against_chance(modules: dict[str, Any]) -> None:
    told = modules["measure"].against_chance
    assert told(0.5, 0.1, 200.0) == "better than chance"
    assert told(0.1, 0.1, 200.0) == told(-0.1, 0.1, 200.0) == "as chance"
    assert told(-0.5, 0.1, 200.0) == told(-math.inf, math.nan, 200.0) == "WORSE THAN CHANCE"
    assert told(-9.0, 0.1, 4.0) == "not resolved"


def test_another_party_beside_this_one(modules: dict[str, Any]) -> None:
    one = {"effective": 50.0, "log": -9.0, "error": 0.1, "mean": 0.4, "mean_error": 0.02}
    told = modules["measure"].beside
    assert told(one, one | {"log": -9.2}) == "as this party"
    assert told(one, one | {"log": -9.5}) == told(one, one | {"mean": 0.5}) == "DIFFERS"
    assert told(one, one | {"effective": 3.0, "mean": 0.9}) == "not resolved"


def test_weighted_runs_in_a_row_by_hand(modules: dict[str, Any]) -> None:
    measure = modules["measure"]
    row = measure.summary("any", np.array([3.0, 1.0, 0.0, 0.0]), np.array([0.2, 0.6, 0.9, 0.9]))
    assert (row["runs"], row["aware_half"], row["aware_high"]) == (4, 0.2, 0.6)
    assert (row["effective"], row["mean"]) == (pytest.approx(1.6), pytest.approx(0.3))
    assert row["log"] == pytest.approx(0.0)
    assert row["error"] == pytest.approx(math.sqrt(1 / 1.6 - 1 / 4))
    assert row["mean_error"] == pytest.approx(math.hypot(0.75 * 0.1, 0.25 * 0.3))
    none = measure.summary("none", np.zeros(3), np.ones(3))
    assert (none["effective"], none["log"]) == (0.0, -math.inf)
    assert measure.inner(np.ones(100), np.arange(100.0)) == (24.0, 74.0)


def test_other_scenarios_take_the_draws_of_a_fit(modules: dict[str, Any]) -> None:
    """What the fit knows comes from it, what the scenario sets stays, the rest is drawn from the prior."""
    small = {"party.scale": 0.041, "stop": "1956-02-27", "spread.visit_rate": 0.3}
    scenario = rs.load_scenario("secret-speech").replace(small)
    names = ["spread.pass_on_rate", "spread.visit_rate"]
    posterior = Posterior({}, names, [(0, 0, 1, [0.11, 0.9]), (1, 0, 1, [0.22, 0.9])])
    fitted, prior = modules["kept_out"].drawn_runs(scenario, posterior, 2, 5, 1, lambda done, total: None)
    assert [float(one.values("spread.pass_on_rate")[0]) for one in fitted] == [0.11, 0.22]
    assert [float(one.values("spread.visit_rate")[0]) for one in fitted] == [0.3, 0.3]
    assert [list(one.numbers) for one in fitted] == [[0], [1]]
    for name in ("travel.duty_rate", "tell.prob_member"):
        assert [float(one.values(name)[0]) for one in fitted] == prior.values(name).tolist()
    assert not set(prior.values("spread.pass_on_rate").tolist()) & {0.11, 0.22}


def test_the_page_is_filled_from_tables_and_failures_are_told(modules: dict[str, Any]) -> None:
    run = modules["run"]
    tables = read_tables(HOME / "results" / "small")
    facts = run.facts(tables)
    holes = set(re.findall(r"\{\{ *([a-z0-9_]+) *\}\}", (HOME / "README.template.md").read_text(encoding="utf-8")))
    own = {"title", "asks", "evidence", "name", "seed", "full_replicates"}
    assert holes - own == set(facts)
    failed = [row for rows in tables.values() for row in rows if str(row.get("verdict")).isupper()]
    assert facts["failures"].count("**") == 2 * len(failed) > 0
    assert "**FAILS**" in facts["fit_table"], "so few runs cannot pass"
    for rows in tables.values():
        for row in rows:
            if "verdict" in row:
                row["verdict"] = "fine"
    assert run.facts(tables)["failures"] == "Nothing failed by the rules above."


def test_what_null_worlds_say_in_a_sentence(modules: dict[str, Any]) -> None:
    words = {
        "the model": "the model",
        "a": "model by 4.0",
        "b": "undecided",
        "c": "no run makes it",
        "d": "null by 2.0",
    }
    rows = [{"world": world, "group": "all", "word": word} for world, word in words.items()]
    told = modules["run"].against_worlds(rows)
    assert told.startswith("Of 4 null worlds are 2 less likely than the model and 1 more likely (all); the others")
    assert modules["run"].against_worlds(rows[:1]) == "No null world was run."
