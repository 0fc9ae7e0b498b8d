"""The command that tells which numbers matter: its table, its files, its refusals."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.cli.sensitivity import figure_names
from rumorsim.errors import StoreError
from tests.unit.cli.conftest import Call
from tests.unit.study.made_up import IDS, MadeUpSweep, design, made_up
from tests.unit.study.sensitivity.test_indices import ishigami, linear


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Path]:
    """Lay a sweep made by hand into a folder."""

    def lay(sweep: Any) -> Path:
        home = tmp_path / "sweep"
        home.mkdir(exist_ok=True)

        def open_sweep(path: Any) -> Any:
            if Path(path) != home:
                raise StoreError("not a sweep folder", file=path, allowed="a folder made by `rumorsim sweep`")
            return sweep

        # The package gives the function of that name, not the module.
        monkeypatch.setattr(importlib.import_module("rumorsim.study.sensitivity.analysis"), "open_sweep", open_sweep)
        return home

    return lay


def two_outputs() -> MadeUpSweep:
    x = design("saltelli", 64, 2, 0)
    values = {"heard in Vlorë": np.repeat(x[:, :1], 2, axis=1), "flat": np.ones((256, 2)), "day": x[:, 1:] + x[:, :1]}
    values["day"] = np.concatenate([values["day"], values["day"] + 0.1], axis=1)
    units = {"heard in Vlorë": "share", "flat": "count", "day": "date"}
    how = SimpleNamespace(kind="saltelli", points=64, seed=0, levels=4)
    return MadeUpSweep(x, values, units, how, bounds=[(0.0, 0.1), (1.0, 9.0)])


def rows_of(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines() if line.startswith(tuple(IDS))]


def test_a_table_is_printed_and_written_with_figures(call: Call, folder: Any) -> None:
    sweep = made_up("saltelli", ishigami, 3, 64, replicates=3, noise=0.2)
    home = folder(sweep)
    answer = call("sensitivity", str(home))
    assert (answer.status, answer.err) == (0, "")
    result = rs.sensitivity(sweep)
    rows = rows_of(answer.out)
    assert [row[0] for row in rows] == [IDS[k] for k in result["y"].order]
    top = result["y"].rows[result["y"].order[0]]
    assert rows[0][1] == f"{top['first']:.2f}"
    assert rows[0][2:5] == [f"{top['first_low']:.2f}", "to", f"{top['first_high']:.2f}"]
    assert rows[0][5] == f"{top['total']:.2f}"
    assert set(rows[0][-1]) == {"#", "+"}
    assert "Noise between replicates: " in answer.out
    assert (home / "sensitivity.csv").read_text() == result.to_csv()
    assert sorted(path.name for path in home.rglob("*") if path.is_file()) == [
        "sensitivity-y.png",
        "sensitivity-y.svg",
        "sensitivity.csv",
    ]
    assert max(len(line) for line in answer.out.splitlines() if str(home) not in line) <= 80


def test_screening_is_printed(call: Call, folder: Any) -> None:
    answer = call("sensitivity", str(folder(made_up("morris", linear, 4, 10))), columns=110)
    assert answer.status == 0
    assert "Morris screening from 10 trajectories of 4 numbers, 1 replicate a point" in answer.out
    rows = {row[0]: row for row in rows_of(answer.out)}
    assert rows[IDS[1]][1:7] == ["2", "2", "to", "2", "-2", "0"]
    assert "one replicate: how much of this is noise is not known" in answer.out


def test_a_folder_that_is_no_sweep_is_status_2(call: Call, folder: Any) -> None:
    folder(two_outputs())
    answer = call("sensitivity", "elsewhere")
    assert answer.status == 2
    assert "elsewhere: not a sweep folder; allowed: a folder made by `rumorsim sweep`" in answer.err


def test_json_has_the_same_numbers(call: Call, folder: Any) -> None:
    home = folder(two_outputs())
    answer = call("sensitivity", str(home), "--json", "--seed", "0", "--resamples", "50", "--confidence", "0.8")
    found = json.loads(answer.out)
    result = rs.sensitivity(two_outputs(), seed=0, resamples=50, confidence=0.8)
    assert (found["seed"], found["resamples"], found["confidence"]) == (0, 50, 0.8)
    first = found["outputs"][0]
    assert first["output"] == "heard in Vlorë"
    assert [row["total_low"] for row in first["parameters"]] == result["heard in Vlorë"].rows["total_low"].tolist()
    flat = found["outputs"][1]
    assert flat["parameters"][0]["total"] is None
    assert "does not vary" in flat["notes"][0]
    assert [Path(name).name for name in found["figures"]] == [
        *("sensitivity-heard-in-vlore.png", "sensitivity-heard-in-vlore.svg"),
        *("sensitivity-day.png", "sensitivity-day.svg"),
    ]
    assert [row["output"] for row in csv.DictReader(Path(found["table"]).read_text().splitlines())][::2] == list(
        two_outputs().units
    )


def test_an_output_that_does_not_vary_is_told(call: Call, folder: Any) -> None:
    answer = call("sensitivity", str(folder(two_outputs())), "--output", "flat")
    assert answer.status == 0
    assert "flat [count]" in answer.out
    assert "* it does not vary" in answer.out
    assert "figures" not in answer.out


def test_one_output_can_be_chosen(call: Call, folder: Any) -> None:
    answer = call("sensitivity", str(folder(two_outputs())), "--output", "day")
    assert "day [days]" in answer.out
    assert "heard in" not in answer.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--output", "dya"], "unknown output 'dya'; allowed: heard in Vlorë, flat, day - did you mean 'day'?"),
        (["--confidence", "95"], "confidence: not a coverage (given: 95.0); allowed: a number between 0 and 1"),
        (["--resamples", "0"], "resamples: not a usable number of resamples (given: 0)"),
        (["--seed", "-1"], "seed: not a usable seed (given: -1)"),
    ],
)
def test_wrong_words_are_status_2(call: Call, folder: Any, words: list[str], message: str) -> None:
    answer = call("sensitivity", str(folder(two_outputs())), *words)
    assert answer.status == 2
    assert message in answer.err
    assert answer.out == ""


def test_another_design_is_status_2(call: Call, folder: Any) -> None:
    sweep = two_outputs()
    sweep.study.design.kind = "grid"
    answer = call("sensitivity", str(folder(sweep)))
    assert answer.status == 2
    assert "a grid design does not show how much each number matters" in answer.err
    assert "saltelli (Sobol' indices), morris (screening)" in answer.err


def test_figure_names_are_safe_and_different() -> None:
    names = figure_names(["a/b", "a b", "../x", "Ë", "ok_1", "日"])
    assert list(names.values()) == [
        "sensitivity-a-b",
        "sensitivity-a-b-2",
        "sensitivity-x",
        "sensitivity-e",
        "sensitivity-ok_1",
        "sensitivity-output",
    ]
