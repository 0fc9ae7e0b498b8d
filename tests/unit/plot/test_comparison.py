"""The figure of a comparison says what the numbers say."""

from __future__ import annotations

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.plot import comparison_figure
from rumorsim.plot.comparison import points
from rumorsim.study import Comparison


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    base = rs.load_scenario("classroom").replace({"start": "1956-04-09", "stop": "1956-05-02"})
    return rs.compare(base, base.replace({"events.letter.date": "1956-04-26"}), replicates=4, replays=1)


def test_lines_bands_and_districts_are_the_numbers(comparison: Comparison) -> None:
    figure = comparison_figure(comparison)
    curves, districts, last = figure.axes
    line = next(one for one in curves.lines if one.get_label() == "the Tirana conference")
    mean, low, high = comparison.curve("tirana_conference")
    assert line.get_ydata() == pytest.approx(100 * mean[-len(line.get_ydata()) :])
    names = [label.get_text() for label in districts.get_yticklabels()]
    assert len(names) == 26
    assert "Gjirokastër" in names
    peak = int(np.abs(mean).argmax())
    values = [float(one.get_xdata()[0]) for one in districts.lines if one.get_marker() == "o"]
    wanted = sorted(100 * float(comparison.curve("tirana_conference", place)[0][peak]) for place in comparison.places)
    assert values == pytest.approx(wanted)
    assert last.get_title(loc="left") == "2 May"
    assert curves.get_ylim()[0] < 100 * low.min()
    assert high.max() * 100 < curves.get_ylim()[1] + 1e-9


def test_the_message_is_made_from_the_numbers(comparison: Comparison) -> None:
    title = comparison_figure(comparison).texts[0].get_text()
    mean = comparison.curve("tirana_conference")[0]
    assert f"up to {100 * abs(mean.min()):.0f} in 100 fewer" in title
    same = rs.compare(comparison.a, comparison.a, replays=0)
    assert "do not differ" in comparison_figure(same).texts[0].get_text()


def test_a_run_without_places_has_one_panel() -> None:
    base = rs.load_scenario("maki-thompson").replace({"population.size": 60, "stop": "1956-01-20"})
    comparison = rs.compare(base, base.replace({"classic.stifling_rate": 0.5}), replicates=3, replays=0)
    figure = comparison_figure(comparison)
    assert len(figure.axes) == 1
    assert "more know" in figure.texts[0].get_text()


def test_points_have_signs() -> None:
    assert [points(one) for one in (-0.104, 0.031, 0.00001)] == ["−10.4", "+3.1", "0"]
