"""Figures of a sweep: each output against each thing that varies, and curves as a fan of the points."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.errors import PlotError
from rumorsim.plot.save import checked_formats, save
from rumorsim.plot.style import (
    GRAY,
    INK,
    LIGHT,
    SIMULATED,
    SMALLEST,
    bands,
    date_axis,
    day_number,
    day_text,
    new_figure,
    style,
)

if TYPE_CHECKING:
    from rumorsim.study import Sweep

__all__ = ["curves_figure", "draw_sweep", "label_lines", "points_figure", "sweep_figures"]

#: As many panels as can be read on a slide, down and across.
_MOST_ROWS: Final = 3
_MOST_COLUMNS: Final = 4
_MOST_CURVES: Final = 3
#: Values of something that varies beyond which the median line runs over groups of neighboring points.
_MOST_GROUPS: Final = 8
#: A rank correlation from which on an output is said to depend on something.
_DEPENDS: Final = 0.3
#: Ends in the ratio of which an axis is logarithmic.
_WIDE: Final = 8.0
#: Letters that fit below all axes of a row together.
_WRAP: Final = 140
#: From pale to deep blue; the palest end is still seen on white.
_FAN: Final = LinearSegmentedColormap.from_list("fan", ["#c9dcec", "#56a0d3", "#0072B2", "#00304d"])


def sweep_figures(sweep: Sweep) -> Iterator[tuple[str, Figure]]:
    """Yield the figures of a sweep with their file names: its points, and its curves if it has any.

    Raises
    ------
    PlotError
        When every point has failed.
    """
    if len(sweep.failed) == len(sweep.points):
        raise PlotError("every point of the sweep failed", file=sweep.folder, allowed="points that have runs")
    if sweep.scalars:
        yield "points", points_figure(sweep)
    if sweep.curves:
        yield "curves", curves_figure(sweep)


def draw_sweep(sweep: Sweep, folder: str | os.PathLike[str], formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Draw every figure of a sweep into a folder and return the files.

    Parameters
    ----------
    sweep : Sweep
    folder : path
        Made if needed; files of the same name are replaced.
    formats : "png", "svg", "pdf"

    Raises
    ------
    PlotError
        For an unknown format, when every point has failed, and when a file cannot be written.
    """
    wanted = checked_formats(formats)
    return [path for name, figure in sweep_figures(sweep) for path in save(figure, folder, name, wanted)]


def points_figure(sweep: Sweep) -> Figure:
    """Return each output that is one number against each thing that varies.

    A dot is the median of a point's replicates, the line through it their noise, from the 5% to the 95% value; the
    bold line is the median of the dots, by value or over neighboring points.
    """
    outputs, names = sweep.scalars[:_MOST_ROWS], sweep.study.names[:_MOST_COLUMNS]
    with style():
        figure = new_figure(_message(sweep, outputs), _points_subtitle(sweep, outputs, names), _caption(sweep))
        grid = figure.add_gridspec(
            len(outputs), len(names), left=0.11, right=0.975, top=0.85, bottom=0.175, hspace=0.18, wspace=0.1
        )
        for row, output in enumerate(outputs):
            values = sweep.values(output)
            low, middle, high = bands(values.T, (0.05, 0.5, 0.95))
            known = ~np.isnan(middle)
            first: Axes | None = None
            for column, name in enumerate(names):
                axes = figure.add_subplot(grid[row, column], sharey=first)
                first = first or axes
                place, labels = _places(sweep.points[name])
                _draw_points(axes, place[known], low[known], middle[known], high[known])
                _x_axis(axes, place, labels, name, min(_WRAP // len(names), 46), last=row == len(outputs) - 1)
                _y_axis(axes, sweep, output, np.stack([low[known], middle[known], high[known]]), labeled=column == 0)
    return figure


def _draw_points(
    axes: Axes, x: NDArray[np.float64], low: NDArray[Any], middle: NDArray[Any], high: NDArray[Any]
) -> None:
    finite = middle[np.isfinite(middle)]
    top = _never(middle, high)
    cap = np.where(np.isfinite(high), high, top)
    bottom, center = np.where(np.isfinite(low), low, top), np.where(np.isfinite(middle), middle, top)
    faint = 0.9 if len(x) <= 60 else max(0.15, 0.9 * 60 / len(x))
    axes.vlines(x, bottom, cap, color=LIGHT, linewidth=1.0, alpha=faint, zorder=1)
    axes.plot(
        x, center, "o", color=SIMULATED, markersize=4.5 if len(x) <= 200 else 2.5, alpha=max(faint, 0.4), zorder=2
    )
    at, line = _median_line(x, center)
    if len(finite) and len(at) > 1:
        axes.plot(at, line, color=INK, linewidth=2.2, zorder=3, solid_capstyle="round")


def _never(*values: NDArray[Any]) -> float:
    """Return where "never" is drawn: a little above everything that happens."""
    finite = np.concatenate([one[np.isfinite(one)] for one in values])
    if not len(finite):
        return 1.0
    return float(finite.max() + 0.12 * max(finite.max() - finite.min(), 1e-9 * abs(finite.max()), 1e-12))


def _median_line(x: NDArray[np.float64], y: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return the median of y at each x, or over groups of neighboring points where nearly every x is another one."""
    different = np.unique(x)
    if len(different) <= _MOST_GROUPS:
        return different, np.array([bands(y[x == one], (0.5,))[0] for one in different])
    order = np.argsort(x, kind="stable")
    groups = np.array_split(order, min(_MOST_GROUPS, max(len(order) // 6, 2)))
    return (
        np.array([bands(x[group], (0.5,))[0] for group in groups]),
        np.array([bands(y[group], (0.5,))[0] for group in groups]),
    )


def _places(column: NDArray[Any]) -> tuple[NDArray[np.float64], list[str] | None]:
    """Return where the values of something that varies lie on an axis; words and truth values get labels."""
    if column.dtype.kind in "Ub":
        words, number = np.unique(column, return_inverse=True)
        return number.astype(np.float64), [str(word).lower() if column.dtype.kind == "b" else word for word in words]
    if column.dtype.kind == "M":
        return np.asarray(day_number(column), dtype=np.float64), None
    return column.astype(np.float64), None


def _is_wide(place: NDArray[np.float64]) -> bool:
    """Return whether ratios count: the ends are far apart, and the middle value lies nearer the middle of ratios."""
    low, middle, high = float(place.min()), float(np.median(place)), float(place.max())
    if low <= 0 or high / low < _WIDE:
        return False
    by_ratio = np.log(middle / low) / np.log(high / low)
    return bool(abs(by_ratio - 0.5) < abs((middle - low) / (high - low) - 0.5))


def _x_axis(
    axes: Axes, place: NDArray[np.float64], labels: list[str] | None, name: str, width: int, *, last: bool
) -> None:
    if labels is not None:
        axes.set_xticks(range(len(labels)), labels)
        axes.set_xlim(-0.5, len(labels) - 0.5)
    elif _is_wide(place):
        axes.set_xscale("log")
        _few_ticks_of_ratios(axes, place)
    else:
        low, high = float(place.min()), float(place.max())
        ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
        is_date = high > 25 and name.startswith("events.")
        new_year = np.datetime64("1956-01-01", "D")
        axes.set_xticks(ticks, [day_text(new_year + int(tick)) if is_date else f"{tick:g}" for tick in ticks])
    axes.tick_params(labelbottom=last)
    if last:
        axes.set_xlabel(_named(name, width), fontsize=10.0, labelpad=5)


def _few_ticks_of_ratios(axes: Axes, place: NDArray[np.float64]) -> None:
    low, high = place.min(), place.max()
    steps = (1.0, 2.0, 3.0, 5.0, 7.0) if high / low < 30 else (1.0, 2.0, 5.0) if high / low < 200 else (1.0,)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())


def _named(name: str, width: int) -> str:
    entry = catalog.parameters().get(name)
    if entry is None:
        return name
    meaning = textwrap.wrap(f"{entry.meaning} ({entry.unit})", width)
    return "\n".join([name, *meaning[:3]])


def _y_axis(axes: Axes, sweep: Sweep, output: str, drawn: NDArray[Any], *, labeled: bool) -> None:
    one = sweep.study.output(output)
    axes.tick_params(labelleft=labeled)
    axes.grid(axis="y", color="#ececec", linewidth=0.8)
    axes.set_axisbelow(True)
    if one.is_date:
        ticks, labels = _date_ticks(np.datetime64(sweep.scenario.start.isoformat(), "D"), drawn)
        axes.set_yticks(ticks, labels)
    elif one.unit == "share":
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:.4g}%"))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    if labeled:
        axes.set_ylabel("\n".join(textwrap.wrap(output.replace("_", " "), 26)), fontsize=11)


def _date_ticks(start: np.datetime64, drawn: NDArray[Any]) -> tuple[list[float], list[str]]:
    """Return ticks at the start of days, and one for "never" where something never came.

    Parameters
    ----------
    start : first day of the run.
    drawn : days since then, infinite for never.
    """
    finite = drawn[np.isfinite(drawn)]
    ticks: list[float] = []
    if len(finite):
        low, high = float(finite.min()), float(finite.max())
        wanted = MaxNLocator(4, integer=True).tick_values(low, max(high, low + 1.0))
        ticks = [float(tick) for tick in wanted if np.floor(low) <= tick <= np.ceil(high)]
    labels = [day_text(start + np.timedelta64(int(tick), "D")) for tick in ticks]
    if np.isinf(drawn).any():
        top = _never(drawn[1], drawn[2])
        pairs = [(tick, label) for tick, label in zip(ticks, labels, strict=True) if tick < top]
        return [*(tick for tick, _ in pairs), top], [*(label for _, label in pairs), "never"]
    return ticks, labels


def _rank_correlation(x: NDArray[np.float64], y: NDArray[Any]) -> float:
    """Return Spearman's rank correlation, 0 where one of the two does not vary."""
    from scipy.stats import rankdata

    ranks = rankdata(x), rankdata(np.where(np.isfinite(y), y, np.finfo(np.float64).max))
    if min(np.ptp(rank) for rank in ranks) == 0:
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _strengths(sweep: Sweep, values: NDArray[Any]) -> dict[str, float]:
    """Return how strongly values, one a point, go with each thing that varies; points without a value do not count."""
    known = ~np.isnan(values)
    return {name: _rank_correlation(_places(sweep.points[name])[0][known], values[known]) for name in sweep.study.names}


def _message(sweep: Sweep, outputs: Sequence[str]) -> str:
    """Return what the first output depends on most, by rank correlation over the points."""
    output = outputs[0]
    middle = bands(sweep.values(output).T, (0.5,))[0]
    known = ~np.isnan(middle)
    strength = _strengths(sweep, middle)
    name = max(strength, key=lambda one: abs(strength[one]))
    said = output.replace("_", " ")
    if known.sum() < 3 or abs(strength[name]) < _DEPENDS:
        return f'"{said}" does not rise or fall clearly with anything that varies'
    among = " most" if len(strength) > 1 else ""
    return f'"{said}" {"rises" if strength[name] > 0 else "falls"}{among} with {name}'


def _points_subtitle(sweep: Sweep, outputs: Sequence[str], names: Sequence[str]) -> str:
    left = []
    if len(sweep.scalars) > len(outputs):
        left.append(f"{len(outputs)} of {len(sweep.scalars)} outputs")
    if len(sweep.study.names) > len(names):
        left.append(f"{len(names)} of {len(sweep.study.names)} things that vary")
    noise = "dots: medians of the replicates of a point; gray: nine of ten replicates; black: median of the dots"
    return noise + (f" ({', '.join(left)} shown)" if left else "")


def _caption(sweep: Sweep) -> list[str]:
    study = sweep.study
    draws = "the same draws at every point" if study.common_random_numbers else "independent draws at every point"
    lines = [
        f'Simulated: study "{study.title}", scenario "{sweep.scenario.name}", {study.design.kind} of '
        f"{len(sweep.points):,} points x {study.replicates:,} replicates, seed {study.seed}, {draws}"
    ]
    if sweep.failed:
        number = "1 point" if len(sweep.failed) == 1 else f"{len(sweep.failed):,} points"
        lines.append(f"{number} failed and left out.")
    if any(study.output(name).is_date and np.isinf(sweep.values(name)).any() for name in sweep.scalars):
        lines.append("Dates that never came within the run are drawn above all others.")
    return lines


def curves_figure(sweep: Sweep) -> Figure:
    """Return each curve as a fan: the median of the replicates of every point, colored by what matters most.

    That is what the curve's mean over the days depends on most, by rank correlation over the points.
    """
    names = sweep.curves[:_MOST_CURVES]
    right = ~np.isin(sweep.points["point"], list(sweep.failed))
    height = np.full(len(right), np.nan)
    height[right] = np.nanmedian(sweep.curve(names[0])[right], axis=1).mean(axis=1)
    strength = _strengths(sweep, height)
    colored = max(strength, key=lambda one: abs(strength[one]))
    place, labels = _places(sweep.points[colored])
    norm = (
        LogNorm(place.min(), place.max()) if labels is None and _is_wide(place) else Normalize(place.min(), place.max())
    )
    days = np.asarray(day_number(sweep.days + np.timedelta64(1, "D")), dtype=np.float64)
    with style():
        said = " and ".join(name.replace("_", " ") for name in names)
        figure = new_figure(
            f'How "{said}" runs its course at {len(sweep.points) - len(sweep.failed):,} points',
            f"medians of the replicates of each point, colored by {colored}",
            _caption(sweep),
        )
        grid = figure.add_gridspec(1, len(names), left=0.065, right=0.865, top=0.83, bottom=0.15, wspace=0.12)
        for column, name in enumerate(names):
            axes = figure.add_subplot(grid[0, column])
            middle = np.nanmedian(sweep.curve(name)[right], axis=1)
            for one, where in zip(middle, place[right], strict=True):
                axes.plot(days, one, color=_FAN(norm(where)), linewidth=1.3, alpha=0.85)
            axes.set_ylim(0.0, min(1.0, 1.08 * float(middle.max()) + 1e-9))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100.0 * share:.4g}%"))
            axes.grid(axis="y", color="#ececec", linewidth=0.8)
            axes.set_title(name.replace("_", " "), fontweight="bold")
            date_axis(axes, sweep.scenario.start, sweep.scenario.stop, most=6 if len(names) == 1 else 4)
        bar = figure.add_axes((0.885, 0.22, 0.016, 0.53))
        scale = figure.colorbar(ScalarMappable(norm, _FAN), cax=bar)
        if labels is not None:
            scale.set_ticks(list(range(len(labels))), labels=labels)
        elif isinstance(norm, LogNorm):
            ticks = [10.0**k * step for k in range(-6, 7) for step in (1.0, 2.0, 5.0)]
            ticks = [tick for tick in ticks if place.min() <= tick <= place.max()]
            scale.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
            scale.ax.yaxis.set_minor_formatter(NullFormatter())
        unit = catalog.parameter(colored).unit if colored in catalog.parameters() else ""
        bar.set_title("\n".join([*label_lines(colored, 18), *([f"({unit})"] if unit else [])]), fontsize=10, color=GRAY)
        bar.tick_params(labelsize=SMALLEST + 1)
    return figure


def label_lines(name: str, columns: int) -> list[str]:
    """Return a name in lines that end after a word, a dot or an underscore, and never inside a word.

    Examples
    --------
    >>> label_lines("spread.pass_on_rate", 18), label_lines("events.letter.enabled", 18)
    (['spread.pass_on_', 'rate'], ['events.letter.', 'enabled'])
    """
    lines = [""]
    for part in re.findall(r"[^._\s]+[._\s]*|[._\s]+", name):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > columns:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]
