"""Files: the same bytes twice, all of a file or nothing, and every figure readable on a slide."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from rumorsim.ensemble import Ensemble, run
from rumorsim.errors import PlotError
from rumorsim.party import Party
from rumorsim.plot import awareness_figure, classic_figure, draw_all, figures, map_figure, save, verdict_figure
from rumorsim.plot.style import SMALLEST, style
from rumorsim.scenario import load_scenario

CONFERENCE = "tirana_conference"
NAMES = [f"{what}-{CONFERENCE}" for what in ("awareness", "map", "channels", "path")]


@pytest.fixture(scope="module")
def drawn(real: Ensemble) -> dict[str, Figure]:
    return dict(figures(real))


def texts_of(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_a_run_of_the_party_has_five_figures(drawn: dict[str, Figure]) -> None:
    assert list(drawn) == [*NAMES, "verdict"]


@pytest.mark.parametrize("name", [*NAMES, "verdict"])
def test_text_is_large_enough_for_a_projector(drawn: dict[str, Figure], name: str) -> None:
    figure = drawn[name]
    assert (figure.get_size_inches() * figure.dpi).round().tolist() == [1920.0, 1080.0]
    assert min(text.get_fontsize() for text in texts_of(figure)) >= SMALLEST >= 9.0
    assert {text.get_fontname() for text in texts_of(figure)} == {"DejaVu Sans"}


@pytest.mark.parametrize("name", [*NAMES, "verdict"])
def test_no_text_is_cut_off_and_none_lies_on_another(drawn: dict[str, Figure], name: str) -> None:
    figure = drawn[name]
    with style():
        figure.draw_without_rendering()
    boxes = []
    for text in texts_of(figure):
        if text.axes is not None and not text.axes.axison and text in (*text.axes.get_xticklabels(),):
            continue
        box = text.get_window_extent()
        if box.width == 0.0:
            continue
        assert box.x0 >= 0.0, text.get_text()
        assert box.x1 <= figure.bbox.x1, text.get_text()
        assert box.y0 >= 0.0, text.get_text()
        assert box.y1 <= figure.bbox.y1, text.get_text()
        boxes.append((box, text.get_text()))
    for number, (one, said) in enumerate(boxes):
        for other, says in boxes[:number]:
            wide = min(one.x1, other.x1) - max(one.x0, other.x0)
            high = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert wide <= 2.0 or high <= 0.3 * min(one.height, other.height), (said, says)


def test_the_same_figure_gives_the_same_bytes(ensemble: Any, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        save(verdict_figure(ensemble), tmp_path / folder, "verdict", ("png", "svg", "pdf"))
    for ending in ("png", "svg", "pdf"):
        one, two = ((tmp_path / folder / f"verdict.{ending}").read_bytes() for folder in ("one", "two"))
        assert one == two


def test_clipped_maps_give_the_same_bytes(ensemble: Any, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        save(map_figure(ensemble, CONFERENCE, ["1956-04-20"]), tmp_path / folder, "map", ["svg"])
    assert (tmp_path / "one" / "map.svg").read_bytes() == (tmp_path / "two" / "map.svg").read_bytes()


def test_the_users_settings_change_nothing(ensemble: Any, tmp_path: Path) -> None:
    save(awareness_figure(ensemble, CONFERENCE), tmp_path, "plain", ["svg"])
    with mpl.rc_context({"axes.grid": True, "font.family": "monospace", "savefig.bbox": "tight", "svg.hashsalt": None}):
        save(awareness_figure(ensemble, CONFERENCE), tmp_path, "set", ["svg"])
    assert (tmp_path / "plain.svg").read_bytes() == (tmp_path / "set.svg").read_bytes()


def test_files_hold_no_dates(ensemble: Any, tmp_path: Path) -> None:
    svg, png = save(verdict_figure(ensemble), tmp_path, "verdict", ["svg", "png"])
    assert "dc:date" not in svg.read_text(encoding="utf-8")
    assert b"Software" not in png.read_bytes()


def test_no_half_file_is_left(ensemble: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "verdict.svg"
    path.write_text("old")

    def refuse(source: Any, target: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PlotError, match="No space left"):
        save(verdict_figure(ensemble), tmp_path, "verdict", ["svg"])
    assert path.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [path]


def test_old_files_are_replaced_and_nothing_else_is_left(ensemble: Any, tmp_path: Path) -> None:
    (tmp_path / "verdict.svg").write_text("old")
    (path,) = save(verdict_figure(ensemble), tmp_path, "verdict", ["svg"])
    assert path.read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert [one.name for one in tmp_path.iterdir()] == ["verdict.svg"]


def test_a_folder_that_is_a_file_is_refused(ensemble: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlotError, match="cannot be written"):
        save(verdict_figure(ensemble), tmp_path / "file", "verdict", ["svg"])


@pytest.mark.parametrize("formats", [["gif"], [], "png", ["png", "jpg"]])
def test_unknown_formats_are_refused_before_anything_is_drawn(tmp_path: Path, formats: Any) -> None:
    with pytest.raises(PlotError, match="format"):
        draw_all(None, tmp_path / "figures", formats)  # type: ignore[arg-type]
    assert not (tmp_path / "figures").exists()


def test_draw_all_returns_the_files(ensemble: Any, tmp_path: Path) -> None:
    paths = draw_all(ensemble, tmp_path / "new" / "figures", ["svg"])
    assert [path.name for path in paths] == [f"{name}.svg" for name in (*NAMES, "verdict")]
    assert all(path.stat().st_size > 10_000 for path in paths)


def test_classic_models_have_one_figure(party: Party, ensemble: Any, tmp_path: Path) -> None:
    classic = run(load_scenario("maki-thompson").replace({"population.size": 60}), replicates=3)
    assert [path.name for path in draw_all(classic, tmp_path, ["png"])] == ["awareness.png"]
    figure = classic_figure(classic)
    limit = next(line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    assert float(limit.get_ydata()[0]) == pytest.approx(0.7968, abs=1e-4)
    with pytest.raises(PlotError, match="party"):
        awareness_figure(classic, "secret_speech")
    with pytest.raises(PlotError, match="party"):
        map_figure(classic, "secret_speech")
    with pytest.raises(PlotError, match="complete"):
        classic_figure(ensemble)


def test_pyplot_is_never_loaded() -> None:
    code = "import sys, rumorsim.plot; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_figure_of_a_null_world_says_of_which(real: Ensemble, drawn: dict[str, Figure]) -> None:
    world = run(real.scenario, replicates=2, seed=0, model="random_order")
    for name, figure in figures(world):
        title, subtitle = (text.get_text() for text in figure.texts[:2])
        assert "the model" not in title, name
        assert subtitle.startswith("Null world random_order. "), name
    assert not any("Null world" in text.get_text() for figure in drawn.values() for text in texts_of(figure))
