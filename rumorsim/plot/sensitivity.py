"""Which numbers matter: Sobol' indices or Morris' effects of one output, with intervals and the noise of replicates."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rumorsim import catalog
from rumorsim.errors import PlotError
from rumorsim.plot.style import GRAY, INK, LIGHT, PALE, SIMULATED, SMALLEST, new_figure, percent, style

if TYPE_CHECKING:
    from rumorsim.study import OutputSensitivity, Sensitivity

__all__ = ["parameter_text", "sensitivity_figure"]

#: Paler blue: what a number does together with others.
_TOGETHER: Final = "#9cc8e6"
#: Most numbers that are drawn; the rest matter less and are counted.
_MOST: Final = 16
#: Fewer rows than this do not fill the figure.
_FEWEST: Final = 5
#: With more rows than this a number has one line.
_ROOMY: Final = 8
#: Indices beyond this are cut off in the drawing; their numbers stand beside it.
_LARGEST: Final = 1.4
#: Points with a name in the plane of size and spread.
_NAMED: Final = 6
#: Shares below this are too small to be hatched.
_VISIBLE: Final = 0.003
_HATCH: Final = "/////"


def parameter_text(name: str, span: Sequence[Any]) -> tuple[str, str]:
    """Return how a number is called, and between which values it was varied.

    Parameters
    ----------
    name : its id.
    span : (lowest, highest), or the words chosen from.

    Examples
    --------
    >>> parameter_text("travel.mean_stay_days", (1.5, 4.0))
    ('mean length of a stay in Tirana', 'travel.mean_stay_days, 1.5 to 4 days')
    >>> parameter_text("events.letter.enabled", ("False", "True"))
    ('events.letter.enabled', 'False or True')
    """
    known: Mapping[str, Any] = catalog.parameters()
    unit = f" {known[name].unit}" if name in known else ""
    if isinstance(span[0], (int, float)) and not isinstance(span[0], bool):
        values = f"{span[0]:.3g} to {span[-1]:.3g}{unit}"
    else:
        values = " or ".join(str(word) for word in span) if len(span) < 4 else f"{len(span)} different words"
    return (known[name].meaning, f"{name}, {values}") if name in known else (name, values)


def sensitivity_figure(result: Sensitivity, output: str) -> Figure:
    """Draw how one output depends on the numbers that were varied, the most important on top.

    Raises
    ------
    PlotError
        If the output does not vary.
    QueryError
        For an unknown output.
    """
    one = result[output]
    if one.constant:
        raise PlotError("the output is the same at every point, so nothing can be drawn", given=output)
    with style():
        return _sobol(result, one) if result.kind == "saltelli" else _morris(result, one)


def _caption(result: Sensitivity, one: OutputSensitivity, how: str) -> list[str]:
    times = "1 replicate" if result.replicates == 1 else f"{result.replicates:,} replicates"
    groups = "base rows" if result.kind == "saltelli" else "trajectories"
    lines = [
        f'Simulated: scenario "{result.scenario}", {one.kept:,} {groups} of {len(result.names)} numbers, {times} a '
        f"point. Lines: {result.confidence:.0%} intervals, {result.resamples:,} bootstrap resamples of {groups}. {how}"
    ]
    lines += [f"{note[0].upper()}{note[1:]}." for note in one.notes]
    return lines


def _name(output: str) -> str:
    return output.replace("_", " ")


def _shown(result: Sensitivity, one: OutputSensitivity) -> tuple[Any, int]:
    order = one.order[: _MOST if len(one.order) > _MOST else len(one.order)]
    return order, len(result.names) - len(order)


def _label(axes: Axes, y: float, name: str, span: Sequence[Any], rows: int) -> None:
    """Write what a number is, its id and its range; only id and range where there is not room for three lines."""
    side: Any = {"transform": axes.get_yaxis_transform(), "ha": "right"}
    text, below = parameter_text(name, span)
    if rows > _ROOMY:
        axes.text(-0.02, y, below if text != name else f"{name}, {below}", fontsize=10, va="center", **side)
        return
    lines = textwrap.wrap(text, 42, max_lines=2, placeholder=" ...")
    y -= 0.11 * (len(lines) - 1)
    axes.text(-0.02, y, "\n".join(lines), fontsize=11, va="bottom", linespacing=1.1, **side)
    axes.text(-0.02, y - 0.04, below, fontsize=SMALLEST, color=GRAY, va="top", **side)


def _bottom(caption: Sequence[str]) -> float:
    """Return where axes end, so that the caption has room under them."""
    lines = sum(len(textwrap.wrap(line, 185)) for line in caption)
    return max(0.185, 0.13 + 0.0235 * lines)


def _heights(bottom: float, rows: int, width: float) -> tuple[float, float, float]:
    """Return bottom, width and height of axes, no higher than their rows need."""
    height = (0.8 - bottom) * min(1.0, rows / _FEWEST)
    return 0.8 - height, width, height


def _unit(one: OutputSensitivity) -> str:
    return "days" if one.unit == "date" else one.unit


def _frame(axes: Axes, rows: int) -> None:
    axes.set_ylim(-rows + 0.4, 0.6)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color="#e3e3e3", linewidth=0.7)


def _interval(axes: Axes, low: float, high: float, y: float) -> None:
    if np.isfinite(low):
        axes.plot([low, high], [y, y], color=INK, linewidth=1.4, solid_capstyle="butt", zorder=4)
        for end in (low, high):
            axes.plot([end, end], [y - 0.06, y + 0.06], color=INK, linewidth=1.4, zorder=4)


def _sobol(result: Sensitivity, one: OutputSensitivity) -> Figure:
    order, left_out = _shown(result, one)
    blur = one.noise.share_of_mean
    rows = len(order) + 1
    how = "Alone: first-order index. With others: total index, which counts every interaction."
    if left_out:
        how += f" {left_out} numbers that matter less are not drawn."
    caption = _caption(result, one, how)
    alone = percent(min(max(float(one.rows["first"][one.order[0]]), 0.0), 1.0))
    leads = f"matters most for {_name(one.output)}: {alone} of its variance alone"
    figure = new_figure(_message(one, "total", leads), _subtitle(result, one, "Sobol' indices"), caption)
    bottom = _bottom(caption)
    axes = figure.add_axes((0.37, *_heights(bottom, rows, 0.44)))
    _frame(axes, rows)
    shown = one.rows[order]
    highest = np.nanmax([*shown["total_high"], *shown["first_high"], *shown["total"], 0.0 if np.isnan(blur) else blur])
    axes.set_xlim(min(0.0, float(np.nanmin(shown["first_low"])) - 0.01), min(max(1.0, float(highest) * 1.02), _LARGEST))
    axes.axvline(0.0, color=GRAY, linewidth=0.9, zorder=2)
    axes.set_xlabel(f"share of the variance of {_name(one.output)}", fontsize=11)
    for place, row in enumerate(shown):
        y = -float(place)
        _label(axes, y, str(row["parameter"]), result.ranges[str(row["parameter"])], rows)
        upper, lower = y + 0.19, y - 0.19
        axes.barh(upper, row["first"], 0.32, color=SIMULATED, zorder=3)
        noise = 0.0 if np.isnan(row["total_noise"]) else min(max(float(row["total_noise"]), 0.0), float(row["total"]))
        axes.barh(lower, row["total"] - noise, 0.32, color=_TOGETHER, zorder=3)
        if noise > _VISIBLE:
            axes.barh(lower, noise, 0.32, left=row["total"] - noise, **_NOISE)
        _interval(axes, row["first_low"], row["first_high"], upper)
        _interval(axes, row["total_low"], row["total_high"], lower)
        side: Any = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 10.5, "ha": "right"}
        axes.text(1.10, y, _two(row["first"]), color=SIMULATED, **side)
        axes.text(1.22, y, _two(row["total"]), color=INK, **side)
        axes.text(1.34, y, "?" if np.isnan(row["total_noise"]) else _two(noise), color=GRAY, **side)
    _noise_row(axes, one, -float(len(order)))
    _sobol_head(figure, axes, noise=not np.isnan(blur))
    return figure


#: How noise looks wherever it is drawn.
_NOISE: Final[dict[str, Any]] = {
    "facecolor": PALE,
    "edgecolor": GRAY,
    "hatch": _HATCH,
    "linewidth": 0.0,
    "zorder": 3,
}


def _two(number: float) -> str:
    text = f"{number:.2f}" if abs(number) < 10.0 else f"{number:.0f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def _noise_row(axes: Axes, one: OutputSensitivity, y: float) -> None:
    """Draw how much of what the indices divide up is noise."""
    side: Any = {"transform": axes.get_yaxis_transform(), "ha": "right"}
    axes.plot([-0.82, 1.36], [y + 0.5] * 2, color=LIGHT, linewidth=0.8, clip_on=False, transform=side["transform"])
    noise = one.noise
    axes.text(-0.02, y + 0.05, "noise between replicates", fontsize=11.5, va="bottom", color=GRAY, **side)
    if np.isnan(noise.share_of_mean):
        axes.text(-0.02, y - 0.05, "not known from one replicate", fontsize=SMALLEST, color=GRAY, va="top", **side)
        return
    text = f"{percent(noise.share)} of the variance of a single run"
    axes.text(-0.02, y - 0.05, text, fontsize=SMALLEST, color=GRAY, va="top", **side)
    if noise.share_of_mean > _VISIBLE:
        axes.barh(y, noise.share_of_mean, 0.32, **_NOISE)
    axes.text(1.34, y, _two(noise.share_of_mean), color=GRAY, va="center", fontsize=10.5, **side)


def _sobol_head(figure: Figure, axes: Axes, *, noise: bool) -> None:
    side: Any = {"transform": axes.transAxes, "va": "bottom", "ha": "right", "fontsize": SMALLEST + 0.5}
    axes.text(1.10, 1.0, "alone", color=SIMULATED, **side)
    axes.text(1.22, 1.0, "with\nothers", color=INK, linespacing=1.1, **side)
    axes.text(1.34, 1.0, "of it\nnoise", color=GRAY, linespacing=1.1, **side)
    marks = [Patch(color=SIMULATED, label="alone"), Patch(color=_TOGETHER, label="with others")]
    _legend(figure, 0.36, marks, "noise in it" if noise else "")


def _legend(figure: Figure, left: float, marks: list[Any], noise: str) -> None:
    if noise:
        marks.append(Patch(label=noise, **_NOISE))
    marks.append(Line2D([], [], color=INK, linewidth=1.4, label="interval"))
    figure.legend(handles=marks, loc="lower left", bbox_to_anchor=(left, 0.80), ncols=4, frameon=False, fontsize=10)


def _subtitle(result: Sensitivity, one: OutputSensitivity, what: str) -> str:
    times = "" if result.replicates == 1 else f", mean of {result.replicates} replicates"
    return f"{what} of {_name(one.output)} [{_unit(one)}{times}]"


def _leading(one: OutputSensitivity, column: str) -> list[str]:
    """Return the most important number, with those whose interval reaches as far as its index."""
    shown = one.rows[one.order]
    reach = shown[f"{column}_high"] >= shown[column][0]
    reach[0] = True
    return [str(name) for name in shown["parameter"][reach]]


def _message(one: OutputSensitivity, column: str, leads: str) -> str:
    """Return the sentence of the figure: which number leads and by how much, or why none can be named."""
    output = _name(one.output)
    if one.noise.share_of_mean > 0.5:
        return f"Noise between replicates moves {output} more than all numbers do"
    first, *equal = _leading(one, column)
    if not equal:
        return f"{first} {leads}"
    if 1 + len(equal) == len(one.rows):
        return f"No number stands out for {output}"
    if len(equal) > 1:
        return f"{1 + len(equal)} numbers matter most for {output}, and cannot be ranked"
    return f"{first} and {equal[0]} matter most for {output}"


def _direction(row: Any) -> str:
    """Return whether more of a number raises or lowers the output: always, mostly, or neither."""
    if row["mu_star"] <= 0.0:
        return "no effect"
    ratio = row["mu"] / row["mu_star"]
    if abs(ratio) < 0.5:
        return "either way"
    word = "raises it" if ratio > 0 else "lowers it"
    return word if abs(ratio) > 0.95 else f"mostly {word}"


def _morris(result: Sensitivity, one: OutputSensitivity) -> Figure:
    order, left_out = _shown(result, one)
    rows = len(order)
    how = (
        "Effect: change of the output when the number moves over its whole range, taken from steps of a grid. Above "
        "the upper slanted line (spread = effect) it changes sign or depends much on the other numbers."
    )
    if left_out:
        how += f" {left_out} numbers that matter less are not drawn."
    caption = _caption(result, one, how)
    amount = f"{one.rows['mu_star'][one.order[0]]:.2g}" + (" days" if one.unit == "date" else "")
    leads = f"moves {_name(one.output)} most: by {amount} over its range"
    figure = new_figure(_message(one, "mu_star", leads), _subtitle(result, one, "Morris screening"), caption)
    bottom = _bottom(caption)
    axes = figure.add_axes((0.32, *_heights(bottom, rows, 0.27)))
    _frame(axes, rows)
    shown = one.rows[order]
    highest = float(np.nanmax([shown["mu_star"].max(), np.nanmax(shown["mu_star_high"])]))
    axes.set_xlim(0.0, highest * 1.04)
    axes.set_xlabel(f"mean size of the effect, µ* [{_unit(one)}]", fontsize=11)
    for place, row in enumerate(shown):
        y = -float(place)
        _label(axes, y, str(row["parameter"]), result.ranges[str(row["parameter"])], rows)
        # The mean absolute effect of a number that does nothing, when noise is nearly normal.
        alone = float(row["sigma_noise"]) * float(np.sqrt(2.0 / np.pi))
        if np.isfinite(alone):
            axes.barh(y, alone, 0.56, **{**_NOISE, "zorder": 2.5})
        axes.barh(y, row["mu_star"], 0.34, color=SIMULATED, zorder=3)
        _interval(axes, row["mu_star_low"], row["mu_star_high"], y)
        axes.text(1.03, y, _direction(row), fontsize=10, color=GRAY, va="center", transform=axes.get_yaxis_transform())
    noisy = bool(np.isfinite(shown["sigma_noise"]).any())
    _legend(figure, 0.31, [Patch(color=SIMULATED, label="effect")], "what noise alone would give" if noisy else "")
    _plane(figure, one, order, bottom)
    return figure


def _plane(figure: Figure, one: OutputSensitivity, order: Any, bottom: float) -> None:
    """Draw the spread of the effects beside their size."""
    axes = figure.add_axes((0.725, bottom, 0.245, 0.8 - bottom))
    shown = one.rows[order]
    right = float(np.nanmax(shown["mu_star"])) * 1.12
    top = max(float(np.nanmax(shown["sigma"])) * 1.2, right * 0.12)
    for slope, text in ((1.0, "spread = effect"), (0.1, "a tenth of it")):
        x = min(right, top / slope)
        axes.plot([0.0, x], [0.0, slope * x], color=LIGHT, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            text,
            (x, slope * x),
            fontsize=SMALLEST,
            color=GRAY,
            ha="right",
            va="bottom",
            xytext=(-2, 2),
            textcoords="offset points",
        )
    axes.plot(shown["mu_star"], shown["sigma"], "o", color=SIMULATED, markersize=7, markeredgecolor="white", zorder=3)
    worth_a_name = shown[:_NAMED][shown["mu_star"][:_NAMED] > 0.03 * right]
    for place, row in enumerate(worth_a_name):
        axes.annotate(
            str(row["parameter"]).rpartition(".")[2],
            (row["mu_star"], row["sigma"]),
            xytext=(
                -7 if row["mu_star"] > 0.6 * right else 7,
                -11 if row["sigma"] > 0.1 * top and place % 2 == 0 else 5,
            ),
            textcoords="offset points",
            ha="right" if row["mu_star"] > 0.6 * right else "left",
            fontsize=SMALLEST,
        )
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, top)
    axes.grid(color="#e3e3e3", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"mean size of the effect, µ* [{_unit(one)}]", fontsize=11)
    axes.set_ylabel(f"spread of the effect, σ [{_unit(one)}]", fontsize=11)
