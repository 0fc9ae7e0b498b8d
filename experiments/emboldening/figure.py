"""The figure of the experiment, from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from rumorsim.plot.style import GRAY, SIMULATED, SMALLEST, new_figure, style

PANELS = (
    ("hall", "persons who criticize in the hall"),
    ("elsewhere", "eruptions outside Tirana by 31 May"),
)
#: How a cell was made active -> color, marker, words.
LOOKS = {
    "learned": (SIMULATED, "o", "people learn from others who dare"),
    "talk": ("#D55E00", "s", "the willing speak more often"),
}


def hall_figure(results: Mapping[str, list[dict[str, Any]]]) -> Figure:
    """Draw what two ways of having as many active organizations do to the conference and elsewhere."""
    cells = [row for row in results["cells"] if row["odds"] == 3.0]
    lines = {
        "learned": [row for row in cells if row["talk"] == 1.0],
        "talk": [row for row in cells if row["gain"] == 0.0],
    }
    caption = [
        f"Simulated: {cells[0]['replicates']:.0f} replicates of every cell, the same people with the same random "
        "draws; bars: 95% interval of the mean difference from the cell in which nothing is learned, which both "
        "lines share. Numbers at the dots: the gain, or the factor on how often the willing speak at meetings.",
        "Gain, bar and frequency of talk are assumed numbers, and the archive hardly tells them apart. Nothing here is "
        "archive.",
    ]
    with style():
        figure = new_figure(
            message(results),
            "Two ways to as many organizations in Tirana that raise the speech before 14 April, and what else they do",
            caption,
        )
        for column, (outcome, words) in enumerate(PANELS):
            axes = figure.add_axes((0.075 + 0.49 * column, 0.27, 0.4, 0.5))
            axes.grid(axis="y", color="#e3e3e3", linewidth=0.7)
            axes.set_axisbelow(True)
            for name, rows in lines.items():
                color, marker, label = LOOKS[name]
                x, y = [row["active"] for row in rows], [row[outcome] for row in rows]
                axes.plot(x, y, color=color, marker=marker, markersize=7, linewidth=1.8, label=label)
                for row in rows[1:]:
                    start = row[outcome] - row[f"{outcome}_difference"]
                    ends = [start + row[f"{outcome}_low"], start + row[f"{outcome}_high"]]
                    axes.plot([row["active"]] * 2, ends, color=color, linewidth=1.2)
                    told = f"{row['gain']:g}" if name == "learned" else f"x{row['talk']:g}"
                    axes.annotate(
                        told,
                        (row["active"], row[outcome]),
                        xytext=(6, 5),
                        textcoords="offset points",
                        fontsize=SMALLEST,
                    )
            if max(row[outcome] for row in cells) < 1.0:
                axes.set_ylim(-0.02, 1.0)
            axes.set_title(words, fontweight="bold", fontsize=12, pad=6)
            axes.set_xlabel("active organizations in Tirana", color=GRAY)
            if column == 0:
                axes.legend(loc="center right", frameon=False, fontsize=SMALLEST + 0.5)
    return figure


def message(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return the finding in a sentence, from the tables."""
    row = next(row for row in results["cells"] if row["gain"] == 0.2 and row["odds"] == 3.0 and row["talk"] == 1.0)
    if row["active_low"] > 0:
        return "In the model, voices that breed voices make more organizations active before the conference"
    return "In the model, voices that breed voices hardly make more organizations active before the conference"
