"""Two runs side by side: how the share aware differs day by day, and in which districts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.plot.style import (
    GRAY,
    LIGHT,
    RUMOR_NAMES,
    SIMULATED,
    SMALLEST,
    count_text,
    date_axis,
    day_number,
    day_text,
    new_figure,
    style,
)

if TYPE_CHECKING:
    from rumorsim.study import Comparison

__all__ = ["comparison_figure", "points"]

#: Color and dashes of each rumor, the most changed first: Okabe-Ito and Tol, without the color of the archive.
_LOOKS: Final = (
    (SIMULATED, "-"),
    ("#CC79A7", (0, (6, 1.5))),
    ("#009E73", (0, (3, 1.2))),
    ("#E69F00", (0, (1, 1))),
    ("#332288", (0, (5, 1, 1, 1))),
    ("#999933", (0, (2, 2))),
    ("#56B4E9", (0, (8, 2))),
)
_GRID: Final = "#e3e3e3"
#: Differences below half a tenth of a point are drawn as none.
_NOTHING: Final = 0.0005
#: Days shown before the two runs part.
_BEFORE: Final = np.timedelta64(10, "D")


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> points(-0.104), points(0.031), points(0.0)
    ('−10.4', '+3.1', '0')
    """
    number = round(100.0 * share, 1)
    if number == 0:
        return "0"
    return f"{'+' if number > 0 else '−'}{abs(number):g}"


def comparison_figure(comparison: Comparison, rumor: str | None = None, dates: Sequence[Any] | None = None) -> Figure:
    """Draw the difference of the share aware over time, by rumor, and by district on one or two days.

    Parameters
    ----------
    comparison : Comparison
    rumor : str
        Shown by district; the one that differs most by default.
    dates : up to two days
        Of the panels by district; by default the day of the largest difference, and the last.

    Raises
    ------
    QueryError
        For a rumor that is not compared.
    """
    curves = {name: comparison.curve(name) for name in comparison.rumors}
    order = sorted(curves, key=lambda name: -float(np.abs(curves[name][0]).max()))
    chosen = order[0] if rumor is None else comparison.select("share_aware", rumor)[0].rumor
    mean = curves[chosen][0]
    peak = comparison.days[int(np.abs(mean).argmax())]
    shown = [peak, comparison.days[-1]] if dates is None else [np.datetime64(str(day), "D") for day in dates[:2]]
    shown = list(dict.fromkeys(shown))
    districts = bool(comparison.places)
    a, b = comparison.labels
    with style():
        figure = new_figure(
            _message(comparison, chosen, mean),
            f"A: {a}    B: {b}",
            _caption(comparison),
        )
        room = {"left": 0.075, "right": 0.52 if districts else 0.965, "bottom": 0.15, "top": 0.8}
        axes = figure.add_subplot(figure.add_gridspec(1, 1, **room)[0])
        _draw_curves(axes, comparison, curves, order)
        if districts:
            side = figure.add_gridspec(1, len(shown), left=0.655, right=0.975, bottom=0.15, top=0.8, wspace=0.09)
            panels = [figure.add_subplot(side[k]) for k in range(len(shown))]
            _draw_districts(panels, comparison, chosen, shown)
    return figure


def _draw_curves(
    axes: Axes, comparison: Comparison, curves: Mapping[str, tuple[NDArray[Any], ...]], order: Sequence[str]
) -> None:
    days = comparison.days
    x = np.asarray(day_number(days)) + 1.0
    parted = comparison.first_differences
    parted = parted[~np.isnat(parted)]
    first = days[0]
    if len(parted):
        first = max(first, parted.min().astype("M8[D]") - _BEFORE)
    inside = days >= first
    x, days = x[inside], days[inside]
    date_axis(axes, days[0], days[-1], most=5)
    axes.grid(axis="y", color=_GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.axhline(0.0, color=GRAY, linewidth=1.0, zorder=1.5)
    for rank, name in reversed(list(enumerate(order))):
        color, dashes = _LOOKS[rank % len(_LOOKS)]
        mean, low, high = (100.0 * one[inside] for one in curves[name])
        axes.fill_between(x, low, high, color=color, alpha=0.22, linewidth=0, zorder=2)
        axes.plot(x, mean, color=color, linestyle=dashes, linewidth=2.2, zorder=3, label=RUMOR_NAMES[name])
    _point_axis(axes)
    axes.set_ylabel("share of people who know, B − A, percentage points", fontsize=10.5)
    bottom, top = axes.get_ylim()
    if top - bottom < 2.0:
        axes.set_ylim(min(bottom, -1.0), max(top, 1.0))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=2,
        frameon=False,
        fontsize=10.5,
        handlelength=3.2,
        columnspacing=1.6,
        borderaxespad=0.1,
    )
    if len(parted) and parted.min() > days[0]:
        at = float(day_number(parted.min()))
        axes.axvline(at, color=LIGHT, linewidth=1.2, zorder=1)
        left, right = axes.get_xlim()
        late = at > left + 0.6 * (right - left)
        axes.annotate(
            f"equal until {day_text(parted.min())}",
            (at, 0.015),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if late else 5, 0),
            textcoords="offset points",
            ha="right" if late else "left",
            va="bottom",
            fontsize=SMALLEST + 0.5,
            color=GRAY,
        )


def _draw_districts(panels: Sequence[Axes], comparison: Comparison, rumor: str, shown: Sequence[np.datetime64]) -> None:
    found = {place: comparison.curve(rumor, place) for place in comparison.places}
    at = [int((day - comparison.start).astype(np.int64)) for day in shown]
    names = catalog.places()
    order = sorted(found, key=lambda place: (found[place][0][at[0]], names[place].name))
    size = float(min(10.0, max(SMALLEST, 250.0 / max(len(order), 1))))
    color = _LOOKS[0][0]
    for panel, (axes, day, k) in enumerate(zip(panels, shown, at, strict=True)):
        for y, place in enumerate(order):
            mean, low, high = (100.0 * float(one[k]) for one in found[place])
            axes.plot([low, high], [y, y], color=color, linewidth=1.6, alpha=0.55, zorder=2)
            axes.plot([mean], [y], "o", color=color, markersize=4.6, markeredgewidth=0, zorder=3)
        axes.axvline(0.0, color=GRAY, linewidth=1.0, zorder=1.5)
        whole = 100.0 * float(comparison.curve(rumor)[0][k])
        axes.axvline(whole, color=color, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1.4)
        axes.grid(axis="y", color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.set_yticks(range(len(order)), [names[place].name for place in order], fontsize=size)
        axes.tick_params(axis="y", length=0, labelleft=panel == 0)
        axes.spines["left"].set_visible(False)
        axes.set_title(day_text(day), fontweight="bold", fontsize=11.5, pad=6)
        _point_axis(axes, across=True)
    low = min(axes.get_xlim()[0] for axes in panels)
    high = max(axes.get_xlim()[1] for axes in panels)
    for axes in panels:
        axes.set_xlim(min(low, -1.0), max(high, 1.0))
    figure: Any = panels[0].get_figure()
    figure.text(
        0.655, 0.845, f"By district: {RUMOR_NAMES[rumor]}, B − A", fontsize=12.5, fontweight="bold", va="bottom"
    )


def _point_axis(axes: Axes, *, across: bool = False) -> None:
    axis: Any = axes.xaxis if across else axes.yaxis
    axis.set_major_locator(MaxNLocator(4 if across else 7, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: points(value / 100.0)))


def _message(comparison: Comparison, rumor: str, mean: NDArray[Any]) -> str:
    at = int(np.abs(mean).argmax())
    difference = float(mean[at])
    if abs(difference) < _NOTHING:
        return "In the model, the two scenarios do not differ in who knows when"
    word = "fewer" if difference < 0 else "more"
    size = f"{100.0 * abs(difference):.{0 if abs(difference) >= 0.095 else 1}f}"
    return (
        f"In the model, up to {size} in 100 {word} know of {RUMOR_NAMES[rumor]} in B ({day_text(comparison.days[at])})"
    )


def _caption(comparison: Comparison) -> list[str]:
    people = count_text(int(comparison.a.frame.class_sizes.sum()))
    level = f"{100 * comparison.level:g}%"
    dashed = " Dashed by district: the whole party." if comparison.places else ""
    lines = [
        f"Simulated: {comparison.replicates:,} pairs of replicates, seed {comparison.a.seed}, {people} people; both "
        f"sides have the same draws. Line and point: mean difference; band and bar: its {level} interval.{dashed} "
        "Nothing here is archive."
    ]
    changes = "; ".join(comparison.changes[:3])
    if changes:
        more = len(comparison.changes) - 3
        changes = changes.replace(" -> ", " → ").replace("'", "")
        lines.append(f"A → B: {changes}{f'; and {more} more differences' if more > 0 else ''}.")
    if not comparison.same_people:
        lines.append("The two parties differ in structure: the people of A are not the people of B.")
    return lines
