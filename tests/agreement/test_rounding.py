"""How many hearings the rounding of thresholds moves to another tick: what docs/core.md says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rumorsim.core import Broadcast, MakiThompson, Network, simulate, simulate_exact

PAGE = Path(__file__).resolve().parents[2] / "docs" / "core.md"
PEOPLE = 3000


def shifts(hazard: float, ticks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return in which tick people hear, and by how many ticks the engine is off, at one steady hazard a tick."""
    net = Network.from_edges(PEOPLE, [0], [1], [0.0])
    radio = Broadcast(0, "radio", np.arange(PEOPLE), np.ones(PEOPLE), hazard)
    options = {"broadcasts": [radio], "stop_days": float(ticks), "seed": 3}
    heard = simulate(net, MakiThompson(1.0), **options).time_heard[0]
    exact = np.ceil(simulate_exact(net, MakiThompson(1.0), **options).time_heard[0])
    both = np.isfinite(heard) & np.isfinite(exact)
    return exact[both], heard[both] - exact[both]


@pytest.mark.fault("1.38")
def test_rounding_moves_as_many_hearings_as_the_page_says() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert "up to about K² × 3e-8 ticks" in text
    assert "it moves more than one in three, by up to 9 ticks" in text
    assert "once in a million" not in text
    tick, off = shifts(1e-4, 30_000)
    assert 1 / 3 < (off != 0).mean() < 0.40
    assert 3 <= np.abs(off).max() <= 9
    assert (np.abs(off) <= np.ceil(tick**2 * 3e-8)).all()
    tick, off = shifts(0.02, 100)
    assert (off != 0).mean() < 1e-3
