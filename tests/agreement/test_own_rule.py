"""The rule of docs/own-rule.md does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from rumorsim.core import Contacts, GroupLayer, MakiThompson, Network, TieLayer, simulate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own-rule.md"


@pytest.fixture(scope="module")
def code() -> str:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


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
