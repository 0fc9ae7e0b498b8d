"""The rules of docs/own-rule.md do what the page says, with few names of the engine."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from rumorsim.core import Contacts, GroupLayer, MakiThompson, Network, TieLayer, simulate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-rule.md"


def blocks() -> list[str]:
    found = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 2
    return [str(block) for block in found]


@pytest.fixture(scope="module")
def code() -> str:
    return blocks()[1]


def internals(source: str) -> set[str]:
    """Return the names of the engine that a rule uses: what it asks of its state, and what it asks of that."""
    asked = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)]
    return {node.attr for node in asked if ast.unparse(node).startswith("state.")}


def test_a_beginner_needs_little() -> None:
    code = blocks()[0]
    space: dict[str, Any] = {}
    exec(compile(code.split("\nprint(")[0], str(PAGE), "exec"), space)
    runs = simulate(space["ring"], space["SecondHearing"](), initial_spreaders=[0, 1], stop_days=5.0)
    assert runs.time_heard.tolist() == [[0.0, 0.0, 1.0, 2.0]]
    assert internals(code) == {"hazard_of_hearing", "heard_tick", "tick"}


def test_a_rule_uses_at_most_half_of_what_it_once_took(code: str) -> None:
    """Nine names of the machinery, stood in this rule before."""
    assert len(internals(code)) <= 4


@pytest.fixture(scope="module")
def mongering(code: str) -> Any:
    space: dict[str, Any] = {}
    exec(compile(code.split("\nnetwork = ")[0], str(PAGE), "exec"), space)
    return space["Mongering"]


def test_the_code_is_short_and_runs_as_printed(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(code.splitlines()) < 60
    exec(compile(code, str(PAGE), "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    shares = [float(line.split()[1]) for line in lines]
    for calls, share in enumerate(shares, start=1):
        limit = brentq(lambda s, n=calls: s - np.exp(-(n + 1) * (1 - s)), 1e-9, 0.5)
        assert f"{limit:.3f}" in PAGE.read_text(encoding="utf-8")
        assert share == pytest.approx(limit, abs=0.03 if calls == 1 else 0.015)
    assert shares[0] > 2 * shares[1] > 4 * shares[2]


def test_one_fruitless_call_is_maki_and_thompson(mongering: Any) -> None:
    """With ties of two clocks and groups; and two calls are not."""
    rng = np.random.default_rng(3)
    source, target = rng.integers(0, 200, 900), rng.integers(0, 200, 900)
    apart = source != target
    network = Network.from_edges(200, source[apart], target[apart], rng.random(apart.sum()))
    layers = [
        TieLayer("day", network, clock="day", rate=0.2),
        TieLayer("night", network, "kin", clock="night", rate=0.1),
        GroupLayer.of("cells", rng.integers(0, 20, 200), clock="day", rate=0.5),
    ]
    hours = np.arange(80) % 4
    options: dict[str, Any] = {
        "initial_spreaders": [0, 1, 2],
        "time_step_days": 0.25,
        "stop_days": 20.0,
        "clock_factors": {"day": np.array([0.1, 1.0, 1.0, 0.3])[hours], "night": np.array([1.0, 0.0, 0.2, 2.0])[hours]},
        "replicates": 5,
        "seed": 9,
    }
    contacts = Contacts(200, layers)
    theirs = simulate(contacts, MakiThompson(0.7, 0.7), **options)
    assert 0.2 < theirs.n_aware.mean() / 200 < 0.95
    assert simulate(contacts, mongering(0.7, 1), **options).fingerprint() == theirs.fingerprint()
    assert simulate(contacts, mongering(0.7, 2), **options).n_aware.mean() > 1.05 * theirs.n_aware.mean()
