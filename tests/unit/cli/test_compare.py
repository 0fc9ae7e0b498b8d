"""``rumorsim compare``: both forms, what is printed, the folder, and wrong words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs

Call = Callable[..., Any]
SHORT = ["--set", "start=1956-04-09", "--set", "stop=1956-04-28", "--replicates", "3", "--workers", "1", "--quiet"]
VARY = ["--vary", "events.letter.date=1956-04-21,1956-04-25"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("compared") / "pair"
    base = rs.load_scenario("classroom").replace({"start": "1956-04-09", "stop": "1956-04-28"})
    rs.compare(base, base.replace({"events.letter.date": "1956-04-25"}), replicates=3, out=home, replays=1)
    return home


def test_vary_prints_differences_and_variance(call: Call) -> None:
    answer = call("compare", "classroom", *VARY, *SHORT, "--replays", "1")
    assert answer.status == 0
    assert answer.err == ""
    assert "events.letter.date: '1956-04-21' -> '1956-04-25'" in answer.out
    assert "The first difference can take effect on 21 April, 00:00." in answer.out
    assert "var(A) + var(B)" in answer.out
    assert "Gjirokastër" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 100


def test_stored_runs_as_json(call: Call, folder: Path) -> None:
    answer = call("compare", str(folder / "a"), str(folder / "b"), "--replays", "0", "--quiet", "--json")
    assert answer.status == 0
    found = json.loads(answer.out)
    assert found["fingerprint"] == (folder / "fingerprint").read_text().strip()
    assert found["earliest_effect"] == "1956-04-21T00:00:00"
    assert {row["quantity"] for row in found["rows"]} == {
        "share_aware",
        "first_aware",
        "first_report",
        "report_exists",
        "reports",
    }


def test_out_makes_the_folder_with_the_figure(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["compare", "maki-thompson", "--vary", "classic.stifling_rate=1,0.5", "--replicates", "3", "--quiet"]
    assert call(*words, "--set", "population.size=60", "--workers", "1", "--out", "pair").status == 0
    names = {path.name for path in (tmp_path / "pair").iterdir() if path.name[0] != "."}
    assert names == {"a", "b", "comparison.csv", "provenance.json", "fingerprint", "figures"}
    assert (tmp_path / "pair" / "figures" / "comparison.png").stat().st_size > 10_000


def test_equal_scenarios_say_so_and_no_more(call: Call) -> None:
    answer = call("compare", "classroom", "classroom", *SHORT, "--replays", "1")
    assert "3 of 3 pairs" in answer.out
    assert "nobody's state ever differs" in answer.out
    assert "Share who know" not in answer.out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["classroom"], "two sides are needed"),
        (["classroom", "classroom", *VARY], "two sides are needed"),
        (["classroom", "--vary", "travel.duty_rate=0.1"], "two values are needed"),
        (["classroom", "--vary", "travel.duty_rat=0,0.1"], "did you mean 'travel.duty_rate'"),
        (["classroom", "secret-spech"], "did you mean 'secret-speech'"),
        (["classroom", "no/such/folder"], "no/such/folder"),
        (["classroom", *VARY, *SHORT, "--rumor", "secretspeech"], "secret_speech"),
    ],
    ids=str,
)
def test_wrong_words_are_explained(call: Call, words: list[str], text: str) -> None:
    answer = call("compare", *words)
    assert answer.status == 2
    assert text in answer.err
    assert "Traceback" not in answer.err


def test_help_has_examples(call: Call) -> None:
    answer = call("compare", "--help")
    assert "tirana-conference-no-travelers" in answer.out
    assert "--vary" in answer.out
