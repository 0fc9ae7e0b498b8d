"""Letters, sizes, colors and dates: what makes figures readable for everybody, on every machine."""

from __future__ import annotations

from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, get_font

from rumorsim.archive.compare import order_statistics
from rumorsim.plot.channels import GROUPS
from rumorsim.plot.style import (
    BAND_SHARES,
    FONT,
    bands,
    date_axis,
    day_number,
    day_text,
    new_figure,
    percent,
    style,
)
from rumorsim.scenario.words import CHANNELS

#: What somebody without one kind of cone sees of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def lab(color: str, blindness: str) -> np.ndarray:
    """Return a color in CIE L*a*b* as seen with a kind of color blindness."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(BLINDNESS[blindness] @ linear, 0.0, 1.0)
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(matrix) @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("letter", "ëËçÇ–·")
def test_the_font_has_albanian_letters(letter: str) -> None:
    with style():
        path = findfont(FONT, fallback_to_default=False)
    assert get_font(path).get_char_index(ord(letter)) != 0


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_neighboring_channels_differ_in_color(blindness: str) -> None:
    colors = [color for _, color, _ in GROUPS.values()]
    for one, other in pairwise(colors):
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 20.0, (one, other)


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_all_channels_differ_in_color(blindness: str) -> None:
    for one, other in combinations([color for _, color, _ in GROUPS.values()], 2):
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 5.0, (one, other)


def test_red_and_green_would_be_refused() -> None:
    assert np.linalg.norm(lab("#c03a2b", "deuteranopia") - lab("#7c7000", "deuteranopia")) < 20.0


def test_every_channel_is_in_one_group() -> None:
    named = [channel for channels, _, _ in GROUPS.values() for channel in channels]
    assert sorted(named) == sorted(CHANNELS)
    assert len(GROUPS) <= 10


@pytest.mark.parametrize("replicates", [1, 2, 7, 20, 100])
def test_bands_are_the_order_statistics_of_the_archive(replicates: int) -> None:
    values = np.sin(np.arange(3 * replicates, dtype=np.float64)).reshape(replicates, 3)
    found = bands(values)
    for column in range(3):
        assert found[:, column].tolist() == order_statistics(values[:, column], BAND_SHARES)


def test_bands_put_what_never_happens_last() -> None:
    dates = np.array(["NaT", "1956-04-18", "NaT", "1956-04-20"], dtype="M8[s]")
    assert bands(dates, (0.25, 0.5, 0.75)).astype(str).tolist() == ["1956-04-18T00:00:00", "1956-04-20T00:00:00", "NaT"]


def test_never_has_no_place_on_the_axis() -> None:
    assert np.isnan(day_number(np.array(["NaT"], dtype="M8[s]"))).all()


def test_dates_do_not_depend_on_the_locale() -> None:
    assert day_text("1956-02-29") == "29 February"


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.004, "less than 1%"), (0.5, "50%"), (0.997, "more than 99%")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize("stop", ["1956-04-02", "1956-04-10", "1956-05-01", "1956-06-30", "1956-12-31", "1957-12-31"])
def test_date_axes_have_some_labels_but_not_too_many(stop: str) -> None:
    with style():
        axes = new_figure("", "", []).add_subplot()
        date_axis(axes, "1956-04-01", stop, most=6)
    ticks = axes.get_xticks()
    assert 1 <= len(ticks) <= 6
    assert axes.get_xlim() == (91.0, float(day_number(np.datetime64(stop))) + 1.0)


def test_style_ends_with_its_block() -> None:
    before = dict(mpl.rcParams)
    with style():
        assert mpl.rcParams["svg.hashsalt"] == "rumorsim"
    assert dict(mpl.rcParams) == before


def test_style_does_not_depend_on_the_users_settings() -> None:
    with mpl.rc_context({"axes.grid": True, "font.size": 30.0, "lines.linewidth": 9.0}), style():
        assert mpl.rcParams["axes.grid"] is False
        assert mpl.rcParams["lines.linewidth"] == 1.5


def test_long_messages_are_broken_not_cut() -> None:
    with style():
        figure = new_figure("word " * 30, "what is drawn", ["caption " * 60])
        figure.draw_without_rendering()
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("length", range(60, 93))
def test_a_message_that_is_set_smaller_to_fit_is_not_broken(length: int) -> None:
    title = ("word " * 20)[: length - 1] + "s"
    with style():
        figure = new_figure(title, "what is drawn", ["simulated"])
    assert len(title) == length
    assert "\n" not in figure.texts[0].get_text()
