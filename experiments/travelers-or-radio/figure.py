"""The figure of the experiment, from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from rumorsim.plot.style import GRAY, LIGHT, SIMULATED, SMALLEST, new_figure, style

#: Color of the speech and of the conference: Okabe-Ito.
COLORS = {"speech": "#009E73", "conference": SIMULATED}


def lag_figure(results: Mapping[str, list[dict[str, Any]]], cells: Mapping[str, str]) -> Figure:
    """Draw the lag of the median district in every cell, beside the lags of all districts."""
    rows = {row["cell"]: row for row in results["cells"]}
    ratio = next(
        row
        for row in results["ratios"]
        if row["case"] == "neither has a channel from abroad" and row["lag"] == "earnest"
    )
    replicates = f"{rows['speech-base']['replicates']:.0f}"
    caption = [
        f"Simulated: {replicates} replicates of every cell, the same people with the same draws. Large point: mean "
        "over the replicates of the median district's lag, with its 95% interval; small points: each district outside "
        "the capital, median of the replicates. Days count from 25 February (first two rows), from the hour of the "
        "plenum, 2 March (next three), and from the opening on 14 April (conference).",
        "The numbers of the model are assumed values. Nothing here is archive.",
    ]
    with style():
        figure = new_figure(
            f"By word of mouth alone, the conference needs {ratio['ratio']:.2g} times the days of the speech",
            "Days until the news reaches the median district outside the capital, 1956",
            caption,
        )
        for panel, (kind, title) in enumerate(
            (("first", "until the first person there knows"), ("earnest", "until 5% of the members there know"))
        ):
            axes = figure.add_axes((0.33 + 0.335 * panel, 0.205, 0.3, 0.61))
            widest = max(row[kind] for row in results["districts"] if row["cell"] in cells)
            for y, name in enumerate(cells):
                color = COLORS[name.split("-")[0]]
                lags = [row[kind] for row in results["districts"] if row["cell"] == name]
                axes.plot(lags, [y] * len(lags), "o", color=color, markersize=4.0, markeredgewidth=0, alpha=0.3)
                row = rows[name]
                axes.plot([row[f"{kind}_low"], row[f"{kind}_high"]], [y, y], color=color, linewidth=3.0)
                axes.plot([row[kind]], [y], "o", color=color, markersize=9.0, markeredgecolor="white")
                axes.annotate(
                    f"{row[kind]:.1f}",
                    (row[kind], y),
                    xytext=(0, 8),
                    textcoords="offset points",
                    ha="center",
                    fontsize=SMALLEST + 0.5,
                    color=color,
                )
                axes.axhline(y, color="#ececec", linewidth=0.8, zorder=0.5)
            axes.axhline(4.5, color=LIGHT, linewidth=1.0, zorder=0.6)
            axes.set_ylim(len(cells) - 0.4, -0.7)
            axes.set_xlim(0, 1.05 * widest)
            axes.set_yticks(range(len(cells)), list(cells.values()) if panel == 0 else [])
            axes.tick_params(axis="y", length=0, labelsize=10.5)
            axes.spines["left"].set_visible(False)
            axes.set_title(title, fontweight="bold", fontsize=12, pad=8)
            axes.set_xlabel("days", color=GRAY)
    return figure
