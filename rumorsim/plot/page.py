"""What the classroom page shows, as a slide: the map of each world on a date, and the curves up to it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from rumorsim.model import History
from rumorsim.plot.geometry import district_cells, outline_path, seats
from rumorsim.plot.map import draw_shares
from rumorsim.plot.style import (
    GRAY,
    INK,
    LIGHT,
    date_axis,
    day_number,
    day_text,
    new_figure,
    percent,
    style,
)

__all__ = ["WORLD_COLORS", "Way", "page_figure"]

#: The first world and the other one: blue, and a purple that is told apart from it without color vision by its
#: broken line.
WORLD_COLORS: Final = ("#0072B2", "#882255")


_WAY: Final = "#B34A00"
#: Where a name stands beside its seat: offset in points, and how it is aligned.
_SIDES: Final = (
    (6, 0, "left", "center"),
    (-6, 0, "right", "center"),
    (0, 7, "center", "bottom"),
    (0, -7, "center", "top"),
)
#: Lines there is room for below the question of a chain.
_LINES: Final = 10
_TICKS: Final = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Way:
    """A chain to be drawn: into which place, in which world, step by step.

    Attributes
    ----------
    world : row of the world.
    group : row of the place in its groups.
    title : the question it answers.
    steps : who, told how and when; a line each.
    seats : rows of the districts on the way, in order; places abroad are left out.
    """

    world: int
    group: int
    title: str
    steps: Sequence[str]
    seats: Sequence[int]


def page_figure(
    worlds: Sequence[History], names: Sequence[str], rumor: str, tick: int, about: str, way: Way | None = None
) -> Figure:
    """Draw one world or two on a date.

    Parameters
    ----------
    worlds : one or two histories of equal length.
    names : what the worlds are called.
    rumor : what the news is called in a sentence.
    tick : the date, as a row of the histories.
    about : what was simulated, for the caption.
    way : the chain shown on the page, if there is one.
    """
    norm = PowerNorm(0.5, 0.0, 1.0)
    with style():
        figure = new_figure(
            _message(worlds, rumor, tick),
            "Share who know by district (left), and in the whole party over time: who knows (line), who tells (thin)",
            [about + " One pair of runs is an anecdote. Districts are schematic."],
        )
        width = 0.42 / len(worlds)
        for number, (past, name) in enumerate(zip(worlds, names, strict=True)):
            # A map for each world: who knows now, district by district, with the share where many live.
            axes = figure.add_axes((0.03 + number * width, 0.15, width - 0.01, 0.63))
            title = "\n".join(textwrap.wrap(name, 36 if len(worlds) > 1 else 60)[:3])
            axes.set_title(title, fontsize=11, color=WORLD_COLORS[number], fontweight="bold")
            _draw_world(axes, past, tick, norm, way if way is not None and way.world == number else None)
        _draw_scale(figure, norm)
        # Both curves up to now on one plane, above the chain where there is one.
        bottom = 0.16 if way is None else 0.44
        _draw_curves(figure.add_axes((0.52, bottom, 0.44, 0.71 - bottom)), worlds, names, tick)
        if way is not None:
            _write_chain(figure, way)
    return figure


def _message(worlds: Sequence[History], rumor: str, tick: int) -> str:
    shares = [float(past.aware[tick].sum() / past.people.sum()) for past in worlds]
    known = rumor if rumor.startswith("that ") else f"of {rumor}"
    said = f"{day_text(worlds[0].moments[tick])} 1956: {percent(shares[0])} know {known}"
    if len(worlds) == 1:
        return said.replace(" know ", " of the people know ", 1)
    points = f"{100.0 * (shares[1] - shares[0]):+.1f}".replace("-", "\u2212")
    points = "\u00b10.0" if points[1:] == "0.0" else points
    return f"{said}, {percent(shares[1])} in the other world ({points} points)"


def _draw_world(axes: Axes, past: History, tick: int, norm: PowerNorm, way: Way | None) -> None:
    number, points = len(seats()), np.asarray(seats(), dtype=float)
    share = past.aware[tick] / np.maximum(past.people, 1)
    draw_shares(axes, share[:number], norm)
    many = [row for row in np.argsort(-past.people[:number]) if past.people[row] > 0.03 * past.people.sum()]
    rows = [int(row) for row in many]
    if way is not None and way.group < number:
        rows = [way.group, *(row for row in rows if row != way.group)]
        chosen = PolyCollection([district_cells()[way.group]], facecolor="none", edgecolor=INK, linewidth=2.5, zorder=4)
        axes.add_collection(chosen)
        chosen.set_clip_path(outline_path(), axes.transData)
    axes.plot(points[:, 0], points[:, 1], "o", markersize=3, color=INK, markeredgecolor="white", zorder=5)
    if way is not None and len(way.seats):
        line = points[list(way.seats)]
        axes.plot(
            line[:, 0], line[:, 1], "-o", color=_WAY, linewidth=2.5, markersize=7, markeredgecolor="white", zorder=6
        )
    axes.apply_aspect()
    taken: list[Bbox] = []
    for row in rows:
        _name(axes, points[row], f"{past.groups[row]} {percent(float(share[row]))}", taken)


def _name(axes: Axes, at: NDArray[np.float64], text: str, taken: list[Bbox]) -> None:
    """Write a name beside, above or below its seat, where it covers no other name; else leave it out."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}
    for dx, dy, ha, va in _SIDES:
        written = axes.annotate(
            text,
            (at[0], at[1]),
            (dx, dy),
            textcoords="offset points",
            fontsize=9,
            zorder=7,
            ha=ha,
            va=va,
            color=INK,
            bbox=box,
        )
        here = written.get_window_extent()
        inside = axes.bbox.x0 <= here.x0 and here.x1 <= axes.bbox.x1
        if inside and not any(here.overlaps(other) for other in taken):
            taken.append(here)
            return
        written.remove()


def _draw_scale(figure: Figure, norm: PowerNorm) -> None:
    bar = figure.add_axes((0.11, 0.11, 0.3, 0.018))
    scale = figure.colorbar(ScalarMappable(norm, "YlGnBu"), cax=bar, orientation="horizontal", ticks=list(_TICKS))
    bar.set_xticks(list(_TICKS), [percent(tick) for tick in _TICKS], fontsize=10)
    bar.minorticks_off()
    scale.outline.set_visible(False)
    figure.text(0.1, 0.119, "who know", fontsize=10, ha="right", va="center")


def _draw_curves(axes: Axes, worlds: Sequence[History], names: Sequence[str], tick: int) -> None:
    first = worlds[0]
    for number, past in enumerate(worlds):
        days, total = day_number(past.moments[: tick + 1]), past.people.sum()
        color, dashes = WORLD_COLORS[number], ("-", "--")[number]
        label = textwrap.shorten(names[number], 70, placeholder=" \u2026")
        axes.plot(days, past.aware[: tick + 1].sum(axis=1) / total, dashes, color=color, linewidth=2.6, label=label)
        axes.plot(days, past.telling[: tick + 1].sum(axis=1) / total, dashes, color=color, linewidth=1.2)
    last = (first.moments[-1] - np.timedelta64(1, "s")).astype("M8[D]")
    date_axis(axes, first.moments[0].astype("M8[D]"), last)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(axis="y", color=LIGHT, linewidth=0.5)
    axes.axvline(float(day_number(first.moments[tick])), color=GRAY, linewidth=1.0)
    # Above the plane, where no line runs through the names.
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.01), frameon=False, fontsize=10, borderaxespad=0.0)


def _write_chain(figure: Figure, way: Way) -> None:
    figure.text(0.5, 0.36, way.title, fontsize=13, fontweight="bold", color=WORLD_COLORS[way.world], va="top")
    # Of a long chain the end is kept, which stands in the place that was asked about.
    steps = [textwrap.wrap(step, 91, subsequent_indent="    ") for step in way.steps]
    left_out = 0
    while len(steps) > 2 and sum(map(len, steps)) + bool(left_out) > _LINES:
        del steps[-2]
        left_out += 1
    if left_out:
        steps.insert(-1, [f"\u2026 {left_out} more"])
    lines = [line for step in steps for line in step]
    lines.append("The persons are invented by the model; no such chain is known from the archive.")
    for row, line in enumerate(lines):
        color = INK if row < len(lines) - 1 else GRAY
        figure.text(0.5, 0.32 - 0.0245 * row, line, fontsize=10, color=color, va="top")
