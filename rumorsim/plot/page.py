"""What the classroom page shows, as a slide: the map of each world on a date, and the curves up to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from rumorsim.model import History
from rumorsim.plot.geometry import seats
from rumorsim.plot.map import draw_shares
from rumorsim.plot.style import (
    GRAY,
    INK,
    LIGHT,
    archive_text,
    date_axis,
    day_number,
    day_text,
    new_figure,
    percent,
    style,
)

__all__ = ["WORLD_COLORS", "page_figure"]

#: The first world and the other one: blue, and a purple that is told apart from it without color vision by its
#: broken line.
WORLD_COLORS: Final = ("#0072B2", "#882255")


def page_figure(worlds: Sequence[History], names: Sequence[str], rumor: str, tick: int, about: str) -> Figure:
    """Draw one world or two on a date.

    Parameters
    ----------
    worlds : one or two histories of equal length.
    names : what the worlds are called.
    rumor : what the news is called in a sentence.
    tick : the date, as a row of the histories.
    about : what was simulated, for the caption.
    """
    first = worlds[0]
    now = first.moments[tick]
    shares = [past.aware[tick].sum() / past.people.sum() for past in worlds]
    said = " and ".join(percent(float(share)) for share in shares)
    with style():
        figure = new_figure(
            f"{day_text(now)} 1956: {said} of the people know of {rumor}",
            "Share who know by district (left), and in the whole party over time: who knows (line), who tells (thin)",
            [about + " One pair of runs is an anecdote.", archive_text()],
        )
        norm = PowerNorm(0.5, 0.0, 1.0)
        width = 0.42 / len(worlds)
        for number, (past, name) in enumerate(zip(worlds, names, strict=True)):
            axes = figure.add_axes((0.03 + number * width, 0.12, width - 0.01, 0.66))
            # A map for each world: who knows now, district by district, with the share where many live.
            share = past.aware[tick] / np.maximum(past.people, 1)
            draw_shares(axes, share[: len(seats())], norm)
            title = name if len(name) <= 46 else name[:45] + "…"
            axes.set_title(title, fontsize=11, color=WORLD_COLORS[number], fontweight="bold")
            for row, group in enumerate(past.groups[: len(seats())]):
                if past.people[row] > 0.03 * past.people.sum():
                    text = f"{group} {percent(float(share[row]))}"
                    axes.annotate(
                        text,
                        seats()[row],
                        fontsize=9,
                        zorder=5,
                        ha="center",
                        color=INK,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
                    )
        # Both curves up to now on one plane.
        axes = figure.add_axes((0.52, 0.16, 0.44, 0.6))
        for number, past in enumerate(worlds):
            days, total = day_number(past.moments[: tick + 1]), past.people.sum()
            color, dashes = WORLD_COLORS[number], ("-", "--")[number]
            axes.plot(
                days,
                past.aware[: tick + 1].sum(axis=1) / total,
                dashes,
                color=color,
                linewidth=2.6,
                label=names[number],
            )
            axes.plot(days, past.telling[: tick + 1].sum(axis=1) / total, dashes, color=color, linewidth=1.2)
        last = (first.moments[-1] - np.timedelta64(1, "s")).astype("M8[D]")
        date_axis(axes, first.moments[0].astype("M8[D]"), last)
        axes.set_ylim(0.0, 1.0)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0], ["0%", "25%", "50%", "75%", "100%"])
        axes.grid(axis="y", color=LIGHT, linewidth=0.5)
        axes.axvline(float(day_number(now)), color=GRAY, linewidth=1.0)
        axes.legend(loc="upper left", frameon=False, fontsize=10)
    return figure
