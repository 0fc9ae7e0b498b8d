"""The figure of the experiment, from its tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from rumorsim.plot.style import GRAY, SIMULATED, SMALLEST, new_figure, style

#: Discretion -> color and dashes: Okabe-Ito, from light to dark.
LOOKS = {
    0.0: ("#999999", (0, (1, 1.2))),
    0.25: ("#56B4E9", (0, (3, 1.2))),
    0.5: (SIMULATED, "-"),
    0.75: ("#332288", (0, (5, 1, 1, 1))),
    1.0: ("#882255", (0, (6, 1.5))),
}

#: How far the upper panels go: where the lines cross zero.
ZOOM = {"all": 1.5, "plenum": 1.5}


def gain_figure(results: Mapping[str, list[dict[str, Any]]], sources: Mapping[str, str]) -> Figure:
    """Draw how the share on 7 March differs from a world without the order, against the curiosity gain."""
    cells = results["cells"]
    shown = [source for source in sources if any(row["source"] == source for row in cells)]
    replicates = f"{cells[0]['replicates']:.0f}"
    caption = [
        f"Simulated: {replicates} replicates of every cell, the same people with the same draws; bars: 95% interval of "
        "the mean difference. Diamond: where the line for that discretion crosses zero, the gain from which secrecy "
        "feeds the spread. Upper row: the lowest gains; lower row: all. The vertical line marks the assumed base, 1.5.",
        "Discretion and gain are assumed numbers. Nothing here is archive.",
    ]
    with style():
        figure = new_figure(
            message(results),
            "Share who know of the speech on 7 March, difference from no order of secrecy, percentage points",
            caption,
        )
        width = 0.4
        for column, source in enumerate(shown):
            for row, widest in enumerate((ZOOM[source], 3.0)):
                axes = figure.add_axes((0.075 + 0.49 * column, 0.545 - 0.37 * row, width, 0.25))
                draw(axes, results, source, widest)
                if row == 0:
                    axes.set_title(sources[source], fontweight="bold", fontsize=12, pad=6)
                    if column == 0:
                        axes.legend(
                            title="discretion",
                            loc="upper left",
                            frameon=False,
                            fontsize=SMALLEST + 0.5,
                            title_fontsize=SMALLEST + 0.5,
                            handlelength=3.4,
                            ncols=3,
                        )
                else:
                    axes.axvline(1.5, color=GRAY, linewidth=0.8, linestyle=(0, (2, 2)))
                    axes.set_xlabel("curiosity gain (factor on everybody's receptivity)", color=GRAY)
    return figure


def draw(axes: Any, results: Mapping[str, list[dict[str, Any]]], source: str, widest: float) -> None:
    """Draw one panel up to a gain."""
    rows = [row for row in results["cells"] if row["source"] == source and row["gain"] <= widest]
    axes.axhline(0.0, color=GRAY, linewidth=1.0, zorder=1.5)
    axes.grid(axis="y", color="#e3e3e3", linewidth=0.7)
    axes.set_axisbelow(True)
    for rank, discretion in enumerate(sorted({row["discretion"] for row in rows})):
        aside = 0.004 * (rank - 2.0) * (widest - 1.0)  # so that bars do not hide each other
        color, dashes = LOOKS[discretion]
        own = [row for row in rows if row["discretion"] == discretion]
        x = [row["gain"] for row in own]
        axes.plot(
            x,
            [100 * row["early_difference"] for row in own],
            color=color,
            linestyle=dashes,
            linewidth=2.0,
            label=f"{discretion:g}",
            zorder=2.5,
        )
        for row in own:
            axes.plot(
                [row["gain"] + aside] * 2, [100 * row["early_low"], 100 * row["early_high"]], color=color, linewidth=1.4
            )
        found = [
            row["gain"]
            for row in results["crossings"]
            if row["source"] == source and row["discretion"] == discretion and row["outcome"] == "early"
        ]
        if found and math.isfinite(found[0]) and found[0] <= widest and widest < 2.0:
            axes.plot([found[0]], [0.0], "D", color=color, markersize=8, markeredgecolor="white", zorder=4)
    axes.set_xlim(1.0 - 0.02 * (widest - 1.0), 1.0 + 1.02 * (widest - 1.0))


def message(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the finding in a sentence, from the crossings."""
    gain = next(
        row["gain"]
        for row in results["crossings"]
        if row["outcome"] == "early" and row["source"] == "all" and row["discretion"] == 0.5
    )
    if math.isfinite(gain):
        return f"In the model, an order half kept feeds the spread once people are {100 * (gain - 1):.1f}% more curious"
    return "In the model, no curiosity tried here makes an order half kept feed the spread"
