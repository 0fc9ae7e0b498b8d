"""Where a fit is shipped, the commands use it and say so."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

from rumorsim import catalog
from rumorsim.ensemble.posterior import Posterior
from tests.unit.cli.conftest import Answer, Call


def told(answer: Answer) -> str:
    """What was printed, in one line."""
    assert answer.status == 0, answer.err
    return " ".join(answer.out.split())


@pytest.fixture(autouse=True)
def shipped(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posterior for the classroom, and a file of a user's own that extends it and is soon over."""
    names = ["spread.pass_on_rate", "archive.lag_mean_days", "travel.duty_rate"]
    rows = [(3, 0, 7, [1.5, 0.8, 0.011]), (9, 5, 3, [4.25, 2.5, 0.012])]
    Posterior({"scenario": "classroom", "learned": {names[0]: "hardly learned"}}, names, rows).write(
        tmp_path / "fit.json"
    )
    monkeypatch.setattr(catalog, "posteriors", lambda: MappingProxyType({"classroom": tmp_path / "fit.json"}))
    Path("mine.toml").write_text(
        'title = "mine"\nextends = "classroom"\nstop = 1956-02-26\n[archive]\nlag_mean_days = 1.25\n', encoding="utf-8"
    )


def test_run_says_whose_fit_it_draws_from(call: Call, no_figures: None) -> None:
    short = ("run", "mine.toml", "--replicates", "2", "--prior-replicates", "0", "--workers", "1")
    drawn = (
        "2 replicates, seed 1956, numbers: posterior Numbers that are not set: from the fit of classroom, a draw for"
    )
    assert drawn in told(call(*short))
    mode = told(call(*short, "--parameters", "mode", "--out", "mode"))
    assert "numbers: mode Numbers that are not set: from the fit of classroom, the draw that represents it." in mode
    held = json.loads(Path("mode/scenario.resolved.json").read_text(encoding="utf-8"))
    assert held["posterior"] == "classroom"
    assert held["values"]["spread.pass_on_rate"] == 1.5
    assert "spread.pass_on_rate" not in held["overrides"]
    prior = told(call(*short, "--parameters", "prior", "--out", "prior"))
    assert "numbers: prior" in prior
    assert "fit of" not in prior


def test_compare_says_that_it_uses_the_draw_that_represents_the_fit(call: Call) -> None:
    found = call("compare", "mine.toml", "--vary", "travel.duty_rate=0,0.02", "--replicates", "2", "--workers", "1")
    assert told(found).count("from the fit of classroom, the draw that represents it.") == 1


def test_explain_lists_what_was_learned_as_calibrated(call: Call) -> None:
    found = json.loads(call("explain", "mine.toml", "spread", "archive", "travel", "--json").out)
    rows = {row["key"]: row for row in found["numbers"]}
    fitted = rows["spread.pass_on_rate"]
    assert (fitted["value"], fitted["status"]) == (1.5, "calibrated")
    represented = "of the draw that represents the fit of classroom; the fit "
    assert fitted["reason"].startswith(f"{represented}has hardly learned something of it; before: ")
    assert rows["travel.duty_rate"]["reason"].startswith(f"{represented}learned nothing of it; before: ")
    assert rows["archive.lag_mean_days"]["status"] == "set"
    assert rows["archive.lag_mean_days"]["value"] == 1.25
    assert rows["travel.officer_rate"]["status"] != "calibrated"
    assert "calibrated" in call("explain", "mine.toml").out.splitlines()[1]
