"""The figure of sensitivity draws the numbers of the table, and says what the reader must know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import rumorsim as rs
from rumorsim.errors import PlotError, QueryError
from rumorsim.plot import save, sensitivity_figure
from rumorsim.plot.sensitivity import parameter_text
from rumorsim.plot.style import SIMULATED, SMALLEST
from tests.unit.study.made_up import made_up
from tests.unit.study.sensitivity.test_indices import g_function, ishigami, linear


def bars(figure: Figure, color: str) -> list[float]:
    patches: list[Any] = [patch for patch in figure.axes[0].patches if to_hex(patch.get_facecolor()) == color.lower()]
    return [patch.get_width() for patch in patches]


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    return "\n".join([*found, *(text.get_text() for axes in figure.axes for text in axes.texts)])


def test_bars_are_the_indices_from_the_most_important_down() -> None:
    result = rs.sensitivity(made_up("saltelli", lambda x: ishigami(x[:, ::-1]), 3, 128, replicates=4, noise=1.0))
    figure = sensitivity_figure(result, "y")
    rows = result["y"].rows[result["y"].order]
    assert bars(figure, SIMULATED) == pytest.approx(rows["first"].tolist())
    clear = (rows["total"] - np.clip(rows["total_noise"], 0.0, None)).tolist()
    assert bars(figure, "#9cc8e6") == pytest.approx(clear)
    noisy = bars(figure, "#ececec")
    assert noisy[:-1] == pytest.approx(rows["total_noise"].tolist())
    assert noisy[-1] == pytest.approx(result["y"].noise.share_of_mean)
    written = texts(figure)
    for row in rows:
        assert f"{row['first']:.2f}".replace("-", "−") in written
        assert parameter_text(str(row["parameter"]), result.ranges[str(row["parameter"])])[1] in written


def test_one_replicate_has_no_bar_of_noise() -> None:
    result = rs.sensitivity(made_up("saltelli", ishigami, 3, 64))
    figure = sensitivity_figure(result, "y")
    assert sum(bars(figure, "#ececec")) == 0.0
    assert "not known from one replicate" in texts(figure)
    assert "One replicate: how much of this is noise is not known." in texts(figure)


def test_screening_draws_size_and_spread() -> None:
    result = rs.sensitivity(made_up("morris", linear, 4, 20, replicates=3, noise=0.2))
    figure = sensitivity_figure(result, "y")
    rows = result["y"].rows[result["y"].order]
    assert bars(figure, SIMULATED) == pytest.approx(rows["mu_star"].tolist())
    points = next(line for line in figure.axes[1].lines if line.get_marker() == "o")
    assert np.asarray(points.get_xdata()).tolist() == rows["mu_star"].tolist()
    assert np.asarray(points.get_ydata()).tolist() == rows["sigma"].tolist()
    assert bars(figure, "#ececec") == pytest.approx((rows["sigma_noise"] * np.sqrt(2 / np.pi)).tolist())
    assert "raises it" in texts(figure)
    assert "lowers it" in texts(figure)


def test_the_message_names_one_number_only_if_it_stands_out() -> None:
    alone = rs.sensitivity(made_up("saltelli", lambda x: 3.0 * x[:, 0] + x[:, 1], 2, 256))
    assert sensitivity_figure(alone, "y").texts[0].get_text().startswith("travel.duty_rate matters most for y: ")
    pair = rs.sensitivity(made_up("saltelli", lambda x: x[:, 0] + x[:, 1], 3, 256))
    message = sensitivity_figure(pair, "y").texts[0].get_text()
    assert sorted(message.removesuffix(" matter most for y").split(" and ")) == [
        "spread.pass_on_rate",
        "travel.duty_rate",
    ]
    three = rs.sensitivity(made_up("saltelli", lambda x: x[:, :3].sum(axis=1), 4, 64))
    assert sensitivity_figure(three, "y").texts[0].get_text() == "3 numbers matter most for y, and cannot be ranked"
    none = rs.sensitivity(made_up("saltelli", lambda x: x.sum(axis=1), 2, 64))
    assert sensitivity_figure(none, "y").texts[0].get_text() == "No number stands out for y"
    noise = rs.sensitivity(made_up("saltelli", lambda x: 0.1 * x[:, 0], 2, 64, replicates=2, noise=1.0))
    assert sensitivity_figure(noise, "y").texts[0].get_text().startswith("Noise between replicates moves y more")
    steep = rs.sensitivity(made_up("morris", lambda x: 3.0 * x[:, 0] - x[:, 1], 2, 20, unit="date"))
    figure = sensitivity_figure(steep, "y")
    assert figure.texts[0].get_text() == "travel.duty_rate moves y most: by 3 days over its range"
    assert figure.texts[1].get_text() == "Morris screening of y [days]"
    assert [axes.get_xlabel() for axes in figure.axes] == ["mean size of the effect, µ* [days]"] * 2


def test_what_was_left_out_and_replaced_is_in_the_caption() -> None:
    sweep = made_up("saltelli", ishigami, 3, 64, replicates=2, failed={3: "x"}, unit="date")
    sweep.values("y")[3] = np.nan
    sweep.values("y")[100] = np.inf
    caption = sensitivity_figure(rs.sensitivity(sweep), "y").texts[2].get_text()
    assert "63 base rows of 3 numbers, 2 replicates a point" in caption.replace("\n", " ")
    assert "1 of 64 base rows were left out" in caption
    assert "count as 61 days, the length of the run." in caption


@pytest.mark.parametrize("kind", ["saltelli", "morris"])
def test_many_numbers_have_room(kind: str) -> None:
    def function(x: Any) -> Any:
        return g_function(x[:, :4]) + 0.001 * x[:, 4:].sum(axis=1)

    result = rs.sensitivity(made_up(kind, function, 8, 64, replicates=2))
    figure = sensitivity_figure(result, "y")
    assert len(bars(figure, SIMULATED)) == 8
    sizes = [text.get_fontsize() for axes in figure.axes for text in axes.texts]
    assert min(sizes) >= SMALLEST


@pytest.mark.parametrize("kind", ["saltelli", "morris"])
@pytest.mark.parametrize("dimensions", [1, 5, 8])
def test_nothing_lies_outside_the_figure(kind: str, dimensions: int) -> None:
    def function(x: Any) -> Any:
        return x @ np.arange(1.0, dimensions + 1)

    sweep = made_up(kind, function, dimensions, 32, replicates=2, noise=0.3, failed={1: "x"}, unit="date")
    sweep.values("y")[1] = np.nan
    figure = sensitivity_figure(rs.sensitivity(sweep), "y")
    figure.canvas.draw()
    width, height = figure.get_size_inches() * figure.dpi
    for text in [*figure.texts, *(one for axes in figure.axes for one in axes.texts)]:
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y1 <= height, text.get_text()
    names = [text for text in figure.axes[0].texts if "." in text.get_text() and " to " in text.get_text()]
    assert len(names) >= dimensions
    assert max(text.get_window_extent().x1 for text in names) <= figure.axes[0].get_window_extent().x0


def test_the_same_result_gives_the_same_file(tmp_path: Any) -> None:
    result = rs.sensitivity(made_up("saltelli", ishigami, 3, 64, replicates=2))
    for name in ("a", "b"):
        save(sensitivity_figure(result, "y"), tmp_path, name, ["svg"])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_an_output_that_does_not_vary_and_an_unknown_one_are_refused() -> None:
    result = rs.sensitivity(made_up("saltelli", lambda x: 0.0 * x[:, 0], 2, 8))
    with pytest.raises(PlotError, match="the same at every point"):
        sensitivity_figure(result, "y")
    with pytest.raises(QueryError, match="unknown output 'z'"):
        sensitivity_figure(result, "z")


def test_numbers_without_a_catalog_entry_keep_their_name() -> None:
    assert parameter_text("events.letter.enabled", ("a", "b", "c", "d")) == (
        "events.letter.enabled",
        "4 different words",
    )
    assert parameter_text("run.x", (0, 3)) == ("run.x", "0 to 3")
