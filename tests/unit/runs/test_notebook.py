"""Notebooks: progress is shown there and nowhere else, a run can be interrupted and go on, results have a table."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.runs import notebook
from rumorsim.runs.notebook import shown

STUDY = """
title = "A <test>"
scenario = "maki-thompson"
replicates = 2
[design]
kind = "grid"
[vary]
classic.transmission_rate = [0.5, 2.0]
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
"""


class ZMQInteractiveShell:
    """Has the name of the shell of a notebook."""


class Display:
    """Keeps what a notebook shows."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, what: Any, display_id: bool = False) -> Display:
        assert display_id
        self.update(what)
        return self

    def update(self, what: Any) -> None:
        assert "<progress" in what._repr_html_()
        self.lines.append(repr(what))


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Display:
    found, home, inner = Display(), types.ModuleType("IPython"), types.ModuleType("IPython.display")
    home.get_ipython = ZMQInteractiveShell  # type: ignore[attr-defined]
    inner.display = found  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", home)
    monkeypatch.setitem(sys.modules, "IPython.display", inner)
    monkeypatch.setattr(notebook, "_SECONDS", 0.0)
    return found


def test_nothing_is_shown_outside_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(None, "runs") is None
    terminal = types.ModuleType("IPython")
    terminal.get_ipython = lambda: object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", terminal)
    assert shown(None, "runs") is None


def test_what_was_given_is_told(display: Display) -> None:
    told: list[tuple[int, int]] = []
    progress = shown(lambda done, total: told.append((done, total)), "runs")
    assert progress is not None
    progress(1, 2)
    assert told == [(1, 2)]
    assert display.lines == []


def test_a_run_and_a_sweep_are_shown(display: Display, tmp_path: Path) -> None:
    scenario = rs.load_scenario("maki-thompson").replace({"population.size": 50})
    run = rs.run(scenario, 3, seed=0)
    assert display.lines[0] == "0 of 3 replicates"
    assert display.lines[-1] == "3 of 3 replicates"
    assert any("s left" in line for line in display.lines)
    assert "<th>replicates</th><td>0 to 2</td>" in run._repr_html_()
    display.lines.clear()
    sweep = rs.sweep(rs.Study.loads(STUDY), tmp_path / "out")
    assert display.lines[-1] == "4 of 4 runs"
    assert "out: A &lt;test&gt;" in sweep._repr_html_()
    assert "<th>points</th><td>2</td>" in sweep._repr_html_()


def test_an_interrupted_cell_goes_on(display: Display, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = rs.load_scenario("maki-thompson").replace({"population.size": 50})
    update = Display.update

    def interrupt(self: Display, what: Any) -> None:
        update(self, what)
        if len(self.lines) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Display, "update", interrupt)
        with pytest.raises(KeyboardInterrupt):
            rs.run(scenario, 8, seed=0, out=tmp_path / "run")
    display.lines.clear()
    again = rs.run(scenario, 8, seed=0, out=tmp_path / "run")
    assert display.lines[0] == "3 of 8 replicates"
    assert again.fingerprint() == rs.run(scenario, 8, seed=0).fingerprint()
