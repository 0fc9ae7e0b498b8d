"""The figures of a calibration draw what was learned, and nothing where too few runs make the archive."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from rumorsim.errors import PlotError
from rumorsim.inference.learning import Learned
from rumorsim.inference.nulls import Nats
from rumorsim.plot import archive_figure, draw_calibration, learned_figure, null_figure
from rumorsim.plot.style import LIGHT, SIMULATED

NAMES = {"spread.pass_on_rate": 0.5, "travel.duty_rate": 0.85, "hearings from one trip": 0.7}
EVIDENCE = {
    "party": dict.fromkeys(("dates", "constraints", "all"), Nats(-4.0, 0.1, 500.0, 4500)),
    "letter_only": dict.fromkeys(("dates", "constraints", "all"), Nats(-math.inf, math.nan, 0.0, 300)),
    "gravity": {
        "dates": Nats(-4.5, 0.1, 50.0, 300),
        "constraints": Nats(-9.0, 0.1, 50.0, 300),
        "all": Nats(-1.0, 0.1, 50.0, 300),
    },
}


def calibration(effective: float) -> Any:
    """Forty runs, the first twenty from the prior; the fitted ones know of the conference and write four documents."""
    words = ("learned", "hardly learned", "learned") if effective >= 100 else ("refused",) * 3
    numbers = [
        Learned(name, word, (1.0, 2.0, 3.0), None, ratio, 0.1)
        for (name, ratio), word in zip(NAMES.items(), words, strict=True)
    ]
    numbers.append(Learned("fear.stop_factor", "not learned", (1.0, 2.0, 3.0), None, 1.0, 0.0))
    scenario = SimpleNamespace(name="tirana-conference")
    aware = np.linspace(0.0, 1.0, 61)[None, :] * np.where(np.arange(40) >= 30, 1.0, 0.1)[:, None]

    class Bank(SimpleNamespace):
        def __len__(self) -> int:
            return 40

    return SimpleNamespace(
        numbers=numbers,
        evidence=EVIDENCE if effective else {"party": EVIDENCE["party"]},
        weights=SimpleNamespace(effective=effective),
        bank=Bank(from_prior=np.arange(40) < 20, scenario=scenario, seed=1),
        fitted_rows=np.repeat(np.arange(30, 40), 100) if effective else np.empty(0, dtype=int),
        documents=lambda fitted: np.eye(26)[4 if fitted else 0],
        aware=lambda rumor: aware,
        quantiles=lambda name: (np.linspace(0.0, NAMES[name], 1000, endpoint=False), (1.0, 2.0, 3.0)),
        frame=SimpleNamespace(start=np.datetime64("1956-04-01"), stop=np.datetime64("1956-05-31"), n_days=61),
    )


def test_what_was_learned_is_drawn_the_most_first() -> None:
    figure = learned_figure(calibration(500.0))
    assert len(figure.axes) == 3
    assert [axes.get_title(loc="left") != "" for axes in figure.axes] == [True] * 3
    assert figure.axes[1].get_title(loc="left") == "hearings from one trip"
    heights = [patch.get_height() for patch in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert heights == pytest.approx([2.0] * 10 + [0.0] * 10, abs=0.03)
    assert "3 of 4 numbers" in figure.texts[0].get_text()


def test_the_archive_stands_beside_the_fitted_runs() -> None:
    figure = archive_figure(calibration(500.0))
    bars = {
        color: [p.get_height() for p in figure.axes[1].patches if to_hex(p.get_facecolor()) == color.lower()][:16]  # type: ignore[attr-defined]
        for color in (SIMULATED, LIGHT)
    }
    assert bars[SIMULATED][4] == 1.0
    assert bars[LIGHT][0] == 1.0
    medians = {
        to_hex(line.get_color()): line.get_ydata()[-1] for line in figure.axes[0].lines if len(line.get_xdata()) > 2
    }
    assert medians == {SIMULATED.lower(): 1.0, LIGHT.lower(): 0.1}


def test_null_worlds_stand_beside_the_model() -> None:
    figure = null_figure(calibration(500.0))
    dates, constraints, everything = figure.axes
    assert [text.get_text() for text in dates.texts] == ["no run makes it", "undecided"]
    assert [axes.texts[1].get_text() for axes in (constraints, everything)] == ["model by 5.0", "null by 3.0"]
    at = {line.get_marker(): float(np.asarray(line.get_xdata())[0]) for line in constraints.lines}
    assert at["o"] == pytest.approx(-5.0)
    assert at["<"] == constraints.get_xlim()[0] < -5.0
    ends = next(
        line.get_xdata() for line in constraints.lines if len(np.unique(line.get_ydata())) == 1 < len(line.get_xdata())
    )
    assert np.asarray(ends) == pytest.approx([-5.0 - 2 * math.hypot(0.1, 0.1), -5.0 + 2 * math.hypot(0.1, 0.1)])
    assert [label.get_text() for label in dates.get_yticklabels()] == ["letter only", "order of districts by gravity"]


def test_too_few_runs_are_not_drawn(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="nothing was learned"):
        learned_figure(calibration(40.0))
    with pytest.raises(PlotError, match="no run makes the archive"):
        archive_figure(calibration(0.0))
    with pytest.raises(PlotError, match="no null world to be compared with"):
        null_figure(calibration(0.0))
    found = draw_calibration(calibration(40.0), tmp_path, ["svg"])
    assert [path.name for path in found] == ["archive.svg", "null-worlds.svg"]
    assert draw_calibration(calibration(0.0), tmp_path / "none", ["svg"]) == []
    with pytest.raises(PlotError, match="format"):
        draw_calibration(calibration(40.0), tmp_path, ["gif"])
