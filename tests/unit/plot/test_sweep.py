"""Figures of a sweep: what is drawn is what was run, and it can be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import rumorsim as rs
from rumorsim.errors import PlotError
from rumorsim.plot import curves_figure, draw_sweep, points_figure, sweep_figures
from rumorsim.plot.style import SMALLEST, style
from rumorsim.study import Output, Study, Sweep

STUDY = """
title = "How fast news is told, and how many people there are"
scenario = "maki-thompson"
replicates = 6
[design]
kind = "{kind}"
{points}
[vary]
{vary}
[[outputs]]
name = "aware_in_the_end"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
[[outputs]]
name = "first"
observable = "first_aware"
rumor = "secret_speech"
[[outputs]]
name = "share"
observable = "curve"
rumor = "secret_speech"
"""
RATES = 'classic.stifling_rate = { low = 0.2, high = 4.0, scale = "log" }\npopulation.size = [100, 200]'


def study_of(vary: str = RATES, kind: str = "random", points: str = "points = 10") -> Study:
    """Return a study with a date that never comes, which a study file would not be given."""
    study = Study.loads(STUDY.format(vary=vary, kind=kind, points=points))
    return replace(study, outputs=(*study.outputs[:2], Output("never", "alarm", ()), *study.outputs[2:]))


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return rs.sweep(study_of(), tmp_path_factory.mktemp("sweep") / "out")


@pytest.fixture(scope="module")
def drawn(sweep: Sweep) -> dict[str, Figure]:
    return dict(sweep_figures(sweep))


def texts_of(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_a_sweep_has_a_figure_of_its_points_and_one_of_its_curves(drawn: dict[str, Figure]) -> None:
    assert list(drawn) == ["points", "curves"]


@pytest.mark.parametrize("name", ["points", "curves"])
def test_text_can_be_read_and_is_not_cut_off(drawn: dict[str, Figure], name: str) -> None:
    figure = drawn[name]
    with style():
        figure.draw_without_rendering()
    assert (figure.get_size_inches() * figure.dpi).round().tolist() == [1920.0, 1080.0]
    for text in texts_of(figure):
        assert text.get_fontsize() >= SMALLEST
        if text.axes is not None and text in text.axes.get_xticklabels():
            continue  # those outside the axes are not drawn
        box = text.get_window_extent()
        if box.width:
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= 1920, text.get_text()
            assert box.y0 >= 0, text.get_text()


def test_dots_are_the_medians_and_lines_nine_of_ten_replicates(sweep: Sweep, drawn: dict[str, Figure]) -> None:
    axes = drawn["points"].axes[0]
    values = np.sort(sweep.values("aware_in_the_end"), axis=1)
    dots = next(line for line in axes.lines if line.get_marker() == "o")
    assert dots.get_xdata().tolist() == sweep.points["classic.stifling_rate"].tolist()
    assert dots.get_ydata().tolist() == values[:, 2].tolist()
    lines = axes.collections[0].get_segments()
    assert [segment[:, 1].tolist() for segment in lines] == [[row[0], row[5]] for row in values]
    assert axes.get_xscale() == "log"


def test_the_message_names_what_the_output_depends_on(sweep: Sweep) -> None:
    figure = points_figure(sweep)
    assert figure.texts[0].get_text() == '"aware in the end" falls most with classic.stifling_rate'
    assert 'scenario "maki-thompson", random of 10 points x 6 replicates, seed 1956' in figure.texts[2].get_text()
    assert "never came" in figure.texts[2].get_text()


def test_a_curve_is_the_median_of_its_point_at_the_end_of_each_day(sweep: Sweep, drawn: dict[str, Figure]) -> None:
    axes = drawn["curves"].axes[0]
    assert len(axes.lines) == len(sweep.points)
    for line, curve in zip(axes.lines, sweep.curve("share"), strict=True):
        assert np.allclose(line.get_ydata(), np.median(curve, axis=0))
        assert line.get_xdata()[:2].tolist() == [1.0, 2.0]  # it starts at New Year
    colors = {line.get_color() for line in axes.lines}
    assert len(colors) == len(sweep.points)


@pytest.mark.parametrize(
    ("vary", "kind", "points"),
    [
        ("classic.stifling_rate = [0.5, 2.0]", "grid", ""),
        ("population.size = [100, 101]", "grid", ""),
        (RATES + "\nclassic.transmission_rate = [0.5, 1.0]\nclassic.initial_spreaders = [1, 2]", "grid", None),
    ],
)
def test_other_designs_are_drawn(tmp_path: Path, vary: str, kind: str, points: str | None) -> None:
    if points is None:
        vary = vary.replace('scale = "log" }', 'scale = "log", points = 2 }')
    sweep = rs.sweep(study_of(vary, kind, points or ""), tmp_path / "out")
    paths = draw_sweep(sweep, tmp_path / "figures", formats=["png"])
    assert [path.name for path in paths] == ["points.png", "curves.png"]
    again = draw_sweep(sweep, tmp_path / "again", formats=["png"])
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]


@pytest.mark.fault("5.14")
def test_the_color_bar_is_not_labeled_in_pieces_of_words(sweep: Sweep) -> None:
    lines = curves_figure(sweep).axes[-1].get_title(loc="left").split("\n")
    assert [line.strip("._") for line in lines][:2] == ["classic.stifling", "rate"]


def test_failed_points_are_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rumorsim.study import work

    monkeypatch.setattr(work, "_MOST_REPLICATES", 2)
    real = work.records

    def records(assembly, seed, replicates, values):  # type: ignore[no-untyped-def]
        if values["population.size"] in broken:
            raise ValueError("broken")
        return real(assembly, seed, replicates, values)

    monkeypatch.setattr(work, "records", records)
    broken = {100}
    sweep = rs.sweep(study_of("population.size = [100, 200, 300]", "grid", ""), tmp_path / "out")
    assert "1 point failed and left out." in points_figure(sweep).texts[2].get_text()
    assert len(curves_figure(sweep).axes[0].lines) == 2
    broken = {100, 200, 300}
    every = rs.sweep(study_of("population.size = [100, 200, 300]", "grid", ""), tmp_path / "every")
    with pytest.raises(PlotError, match="every point of the sweep failed"):
        list(sweep_figures(every))
