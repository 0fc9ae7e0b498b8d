"""``rumorsim calibrate`` as it is typed, and ``rumorsim run`` with numbers drawn from a fit."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest

import rumorsim as rs
from rumorsim import catalog
from tests.unit.cli.conftest import Call

SMALL = (
    *("--set", "party.scale=0.041", "--set", "archive.letter_report_prob=1", "--set", "punishment.seed_count=120"),
    *("--draws", "10", "--seed", "3", "--workers", "1", "--no-null-worlds"),
)


def test_a_fit_says_what_it_will_do_and_what_came_of_it(
    call: Call, monkeypatch: pytest.MonkeyPatch, no_figures: None
) -> None:
    answer = call("calibrate", *SMALL)
    assert answer.status == 0
    said = answer.err.splitlines()
    assert said[:2] == [
        "preparing the calibration",
        "10 runs, the first 2 from the priors; 2 already done",
    ]
    assert said[2].startswith("expected: about ")
    folder = Path("calibrations/tirana-conference")
    assert answer.out.startswith((folder / "report.txt").read_text(encoding="utf-8"))
    assert f"posterior  {folder / 'posterior.json'}" in answer.out
    assert sorted(path.name for path in (folder / "figures").iterdir()) == ["archive.png", "archive.svg"]
    checked = call("calibrate", *SMALL, "--quiet", "--check")
    assert checked.out.count("truths from the p") == 2
    assert (folder / "checks.txt").read_text(encoding="utf-8") in checked.out
    again = call("calibrate", *SMALL, "--json", "--quiet")
    assert (again.status, again.err) == (0, "")
    found = json.loads(again.out)
    assert found["runs"] == found["planned"] == 10
    assert [one["part"] for one in found["places"]] == ["documents", "questions", "C2", "C3", "C4", "T05", "all"]
    # What was fitted can be shipped, and runs draw from it.
    shipped = MappingProxyType({"tirana-conference": (folder / "posterior.json").absolute()})
    monkeypatch.setattr(catalog, "posteriors", lambda: shipped)
    run = call(
        *("run", "tirana-conference", "--parameters", "posterior", "--replicates", "2", "--prior-replicates", "0"),
        *("--set", "party.scale=0.041", "--workers", "1", "--quiet", "--out", "run"),
    )
    assert run.status == 0, run.err
    assert "2 replicates, seed 1956, numbers: posterior" in run.out
    values = rs.open_run("run").values("spread.pass_on_rate")
    assert set(values) <= set(rs.posterior(folder)["spread.pass_on_rate"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("calibrate", "tirana-conferense"), "did you mean 'tirana-conference'"),
        (("calibrate", "--budget", "soon"), "budget: not a budget (given: 'soon'); allowed: a time such as 90m"),
        (("calibrate", "--draws", "3"), "draws: not a usable number of draws"),
        (("calibrate", "maki-thompson"), "the scenario has no spread.pass_on_rate, which steers the fit"),
        (("calibrate", "--set", "travel.duty_rate=0.02"), "the scenario sets travel.duty_rate, which steers the fit"),
        (("calibrate", "secret-speech", "--workers", "1"), "cannot be fitted: it says nothing to T"),
        (("run", "tirana-conference", "--parameters", "posterior"), "no posterior is shipped for tirana-conference"),
    ],
)
def test_wrong_input_is_answered_in_one_line(call: Call, words: tuple[str, ...], message: str) -> None:
    answer = call(*words)
    assert answer.status == 2
    assert answer.out == ""
    assert message in answer.err.splitlines()[-1]
