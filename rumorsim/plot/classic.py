"""The classic models among people who all meet each other: how many hear, beside the limit for many people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from rumorsim.errors import PlotError
from rumorsim.plot.awareness import draw_ribbon, percent_axis, ribbon, ribbon_key
from rumorsim.plot.style import GRAY, count_text, day_number, new_figure, percent, run_text, style

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble

__all__ = ["classic_figure", "limit_share"]

_RULES = {"maki_thompson": "Maki–Thompson", "daley_kendall": "Daley–Kendall"}


def limit_share(ensemble: Ensemble) -> float:
    """Return the share of people who hear in the end, in the limit of many people and few who know at first."""
    from rumorsim.core.reference.theory import final_ignorant_share  # no other figure needs SciPy's integrators

    scenario = ensemble.scenario
    rates = (float(scenario.number(f"classic.{name}_rate")) for name in ("transmission", "stifling"))
    return 1.0 - final_ignorant_share(*rates)


def classic_figure(ensemble: Ensemble) -> Figure:
    """Draw the share of people who have heard, day by day, with the limit for many people.

    Raises
    ------
    PlotError
        For a run of the party.
    """
    if ensemble.scenario.population != "complete":
        raise PlotError("needs a run of a classic model", given=ensemble.scenario.population, allowed=("complete",))
    x, shares = ribbon(ensemble, ensemble.rumors[0])
    x = x - float(day_number(ensemble.frame.start))
    limit = limit_share(ensemble)
    settled = int(np.argmax(shares[0] >= shares[0][-1] - 0.002))
    rule = _RULES.get(str(ensemble.scenario.rule), "Classic")
    with style():
        figure = new_figure(
            f"{rule} rumor: in the end {percent(float(shares[2][-1]))} have heard it",
            "Simulated share of people who have heard the rumor, by days since it began",
            [f"{run_text(ensemble)}. Dashed: the limit for many people, few of whom know at first."],
        )
        ribbon_key(figure, 0.535, 0.897, reported=False)
        axes = figure.add_axes((0.065, 0.13, 0.85, 0.69))
        percent_axis(axes, (0.0, 0.25, 0.5, 0.75, 1.0))
        draw_ribbon(axes, x, shares)
        axes.set_xlim(0.0, min(float(x[-1]), settled * 1.15 + 2.0))
        axes.xaxis.set_major_locator(FixedLocator(list(MaxNLocator(8, integer=True).tick_values(*axes.get_xlim()))))
        axes.set_xlim(0.0, min(float(x[-1]), settled * 1.15 + 2.0))
        axes.set_xlabel("days")
        axes.axhline(limit, color=GRAY, linewidth=1.4, linestyle=(0, (5, 4)), zorder=2)
        said = f"limit\n{100.0 * limit:.1f}%"
        axes.annotate(
            said,
            (1.0, limit),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=11,
            color=GRAY,
        )
        axes.set_title(f"{count_text(int(ensemble.frame.class_sizes.sum()))} people who all meet", fontweight="bold")
    return figure
