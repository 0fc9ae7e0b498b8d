"""The figures of the experiment, from its tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from scipy.stats import binom

from rumorsim.plot.style import ARCHIVE, GRAY, LIGHT, PALE, SIMULATED, SMALLEST, new_figure, style

COLUMNS = 5
#: Share of bars that lie in the gray band by chance.
BAND = 0.99


def called(name: str) -> str:
    return "\n".join(textwrap.wrap(name, 33)[:2])


def ranks_figure(results: Mapping[str, list[dict[str, Any]]]) -> Figure:
    """Draw where true values lie in their posteriors, a panel a quantity: flat if posteriors mean what they say."""
    own = [row for row in results["ranks"] if row["where"] == "prior"]
    names = list(dict.fromkeys(row["quantity"] for row in own))
    truths = next(row["truths"] for row in results["truths"] if row["where"] == "prior")
    off = {row["quantity"] for row in results["checks"] if row["where"] == "prior" and row["verdict"] == "FAILS"}
    bars = int(max(row["bin"] for row in own)) + 1
    low, high = binom.interval(BAND, int(truths), 1.0 / bars)
    title = (
        "True values lie anywhere in their posteriors, as they should"
        if not off
        else f"Of {len(names)} quantities {len(off)} lie elsewhere in their posteriors than they should"
    )
    rows = -(-len(names) // COLUMNS)
    height = 0.72 / rows
    with style():
        figure = new_figure(
            title,
            "Rank of the true value in the posterior by its own archive, from 0 to 1",
            [
                f"Simulated: {truths:.0f} runs from the prior are taken for the truth in turn; each makes an archive, "
                f"and all other runs are weighed by it. Gray band: {BAND:.0%} of bars lie in it if ranks are uniform. "
                "Vermilion: fails by the rule. Nothing here is archive.",
            ],
        )
        for place, name in enumerate(names):
            row, column = divmod(place, COLUMNS)
            axes = figure.add_axes((0.04 + 0.193 * column, 0.84 - height * (row + 1) + 0.07, 0.165, height - 0.1))
            axes.axhspan(low, high, color=PALE)
            axes.axhline(truths / bars, color=GRAY, linewidth=1.0)
            heights = [one["truths"] for one in own if one["quantity"] == name]
            color = ARCHIVE if name in off else SIMULATED
            axes.bar([k / bars for k in range(bars)], heights, 1.0 / bars, align="edge", color=color, alpha=0.75)
            axes.set_xlim(0.0, 1.0)
            axes.xaxis.set_major_locator(FixedLocator([0.0, 0.5, 1.0]))
            axes.yaxis.set_major_locator(NullLocator())
            axes.spines["left"].set_visible(False)
            axes.set_title(called(name), fontsize=SMALLEST + 0.5, pad=4)
    return figure


def recovery_figure(results: Mapping[str, list[dict[str, Any]]]) -> Figure:
    """Draw posterior medians and 90 % intervals against the truth, a panel a quantity."""
    rows = results["recovery"]
    best = min(rows, key=lambda row: row["rmse"])
    columns = -(-len(rows) // 2)
    with style():
        figure = new_figure(
            f"What so few dates recover: at best {best['quantity']}, to {best['rmse']:.2f} of the prior's spread",
            "Posterior median and 90% interval over the true value, in standard deviations of the prior",
            [
                f"Simulated: {rows[0]['truths']:.0f} runs from the prior; of each only as many dates and statements "
                "are kept as the archive has. On the diagonal the median is the truth; in a flat cloud nothing is "
                "recovered. Vermilion: the interval does not hold the truth. Nothing here is archive.",
            ],
        )
        for place, row in enumerate(rows):
            line, column = divmod(place, columns)
            axes = figure.add_axes((0.05 + 0.95 / columns * column, 0.53 - 0.41 * line, 0.95 / columns - 0.05, 0.28))
            points = [one for one in results["recovered"] if one["quantity"] == row["quantity"]]
            axes.plot([-3.0, 3.0], [-3.0, 3.0], color=LIGHT, linewidth=1.0)
            for one in points:
                color = SIMULATED if one["low"] <= one["truth"] <= one["high"] else ARCHIVE
                axes.plot([one["truth"]] * 2, [one["low"], one["high"]], color=color, linewidth=0.7, alpha=0.35)
                axes.plot(one["truth"], one["median"], ".", color=color, markersize=4)
            axes.set_xlim(-3.0, 3.0)
            axes.set_ylim(-3.0, 3.0)
            told = f"r {row['correlation']:.2f}, rmse {row['rmse']:.2f}"
            axes.set_title(f"{called(row['quantity'])}\n{told}", fontsize=SMALLEST + 0.5, pad=4)
    return figure
