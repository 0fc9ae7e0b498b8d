"""Figures of a calibration: what was learned, the fitted runs beside the archive, and the model beside null worlds."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble.score import bounds
from rumorsim.errors import PlotError
from rumorsim.inference.nulls import compared
from rumorsim.inference.report import GROUPS_WORDS, WORLDS
from rumorsim.plot.awareness import draw_ribbon, percent_axis
from rumorsim.plot.save import checked_formats, save
from rumorsim.plot.style import (
    ARCHIVE,
    GRAY,
    INK,
    LIGHT,
    SIMULATED,
    SMALLEST,
    archive_text,
    bands,
    date_axis,
    day_number,
    new_figure,
    style,
)
from rumorsim.text import number

if TYPE_CHECKING:
    from rumorsim.inference import Calibration
    from rumorsim.inference.nulls import Nats

__all__ = ["archive_figure", "draw_calibration", "learned_figure", "null_figure"]

_ROWS, _COLUMNS = 2, 4
_BINS: Final = 20
_TICKS: Final = (0.05, 0.5, 0.95)
_CONFERENCE: Final = "tirana_conference"
_MANY: Final = 15
#: Standard errors that are drawn.
_ERRORS: Final = 2.0


def learned_figure(found: Calibration) -> Figure:
    """Draw the posterior of the numbers of which most was learned, over quantiles of their priors.

    Raises
    ------
    PlotError
        Where too few runs make the archive, so that intervals are refused, or where nothing was learned.
    """
    told = [one for one in found.numbers if one.word in ("learned", "hardly learned") and not one.unused]
    if not told:
        raise PlotError(
            "nothing was learned that could be drawn", given=f"{found.weights.effective:.0f} effective runs"
        )
    told.sort(key=lambda one: one.narrower)
    with style():
        figure = new_figure(
            f"The archive says something of {len(told)} of {len(found.numbers)} numbers",
            "Posterior over quantiles of the prior, values written below; flat where nothing was learned",
            [_run_text(found), "Gray line: the prior, the same everywhere on this scale. " + archive_text()],
        )
        for place, one in enumerate(told[: _ROWS * _COLUMNS]):
            row, column = divmod(place, _COLUMNS)
            axes = figure.add_axes((0.05 + 0.24 * column, 0.53 - 0.4 * row, 0.19, 0.24))
            _panel(axes, one.name, *found.quantiles(one.name))
            axes.set_title(_called(one.name), fontsize=10.0)
            axes.text(
                1.0, 0.98, f"sd {one.narrower:.2f}", transform=axes.transAxes, ha="right", va="top", fontsize=SMALLEST
            )
    return figure


def _panel(axes: Axes, name: str, quantiles: NDArray[Any], labels: Sequence[float]) -> None:
    share, edges = np.histogram(quantiles, np.linspace(0.0, 1.0, _BINS + 1))
    axes.bar(edges[:-1], share * _BINS / len(quantiles), 1.0 / _BINS, align="edge", color=SIMULATED, alpha=0.6)
    axes.axhline(1.0, color=GRAY, linewidth=1.5)
    axes.set_xlim(0.0, 1.0)
    axes.xaxis.set_major_locator(FixedLocator(list(_TICKS)))
    axes.xaxis.set_major_formatter(FixedFormatter([number(value, 2) for value in labels]))
    axes.yaxis.set_major_locator(NullLocator())
    axes.spines["left"].set_visible(False)


def _called(name: str) -> str:
    known = catalog.parameters()
    unit = f" ({known[name].unit})" if name in known else ""
    text = known[name].meaning if name in known else name
    return "\n".join(textwrap.wrap(text + unit, 34)[:3])


def archive_figure(found: Calibration) -> Figure:
    """Draw who knew of the conference, and how many districts reported before the letter, of fitted runs.

    Raises
    ------
    PlotError
        Where no run makes the archive.
    """
    rows = found.fitted_rows
    if not len(rows):
        raise PlotError("no run makes the archive", given=len(found.bank), allowed="more draws")
    prior = np.flatnonzero(found.bank.from_prior)
    aware = found.aware(_CONFERENCE)
    start = found.frame.start
    x = day_number(start + (np.arange(found.frame.n_days) + 1).astype("m8[D]"))
    with style():
        figure = new_figure(
            "What the archive leaves possible: who knew of the Tirana conference",
            "Left: share of people aware, day by day. Right: districts that reported before the letter",
            [_run_text(found), "Gray: runs from the priors alone. Vermilion: the archive. " + archive_text()],
        )
        left = figure.add_axes((0.06, 0.15, 0.52, 0.66))
        percent_axis(left, (0.0, 0.25, 0.5, 0.75, 1.0))
        for which, color in ((prior, LIGHT), (rows, SIMULATED)):
            draw_ribbon(left, x, bands(aware[which]), color)
        targets = catalog.targets()
        for name in ("T01", "T02"):
            left.axvline(float(day_number(np.datetime64(str(targets[name].value)))) + 0.5, color=ARCHIVE, linewidth=1.2)
        date_axis(left, "1956-04-12", str(found.frame.stop))
        left.legend(
            handles=[
                Line2D([], [], color=SIMULATED, linewidth=2, label="fitted runs: half of them, nine of ten"),
                Line2D([], [], color=LIGHT, linewidth=2, label="runs from the priors"),
                Line2D([], [], color=ARCHIVE, linewidth=1.2, label="two documents of districts"),
            ],
            loc="lower right",
            frameon=False,
            fontsize=SMALLEST + 1,
        )
        _documents(figure.add_axes((0.66, 0.15, 0.31, 0.66)), found)
    return figure


def _documents(axes: Axes, found: Calibration) -> None:
    low, high = bounds((catalog.targets()["T01"], catalog.targets()["T02"]))
    axes.axvspan(low - 0.5, (_MANY if high is None else high) + 0.5, color=ARCHIVE, alpha=0.12, linewidth=0)
    at, top = np.arange(_MANY + 1), 0.0
    for fitted, color, shift in ((False, LIGHT, -0.2), (True, SIMULATED, 0.2)):
        chances = found.documents(fitted=fitted)
        share = np.append(chances[:_MANY], chances[_MANY:].sum())
        axes.bar(at + shift, share, 0.4, color=color)
        top = max(top, float(share.max()))
    percent_axis(axes, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8))
    axes.set_ylim(0.0, 1.2 * top)
    axes.spines["left"].set_bounds(0.0, 1.2 * top)
    axes.xaxis.set_major_locator(FixedLocator([0, 2, 5, 9, _MANY]))
    axes.xaxis.set_major_formatter(FixedFormatter(["0", "2", "5", "9", f"{_MANY}+"]))
    axes.set_xlabel("documents, if the archive were written again", color=INK)
    axes.legend(
        handles=[Patch(color=ARCHIVE, alpha=0.12, label="compatible with the archive")],
        frameon=False,
        loc="upper right",
    )


def null_figure(found: Calibration) -> Figure:
    """Draw how much more or less likely than the model the null worlds make the archive.

    Raises
    ------
    PlotError
        Where no null world has a run, or no run of the model makes the archive.
    """
    evidence = dict(found.evidence)
    model = evidence.pop("party")
    if not evidence or not all(math.isfinite(one.log) for one in model.values()):
        raise PlotError("no null world to be compared with", given=len(evidence), allowed="a fit with null worlds")
    runs = sorted({nats["all"].runs for nats in evidence.values()})
    counted = f"{runs[0]:,}" if len(runs) == 1 else f"{runs[0]:,} to {runs[-1]:,}"
    ends = [
        end
        for nats in evidence.values()
        for name, one in model.items()
        if math.isfinite(nats[name].log)
        for end in _interval(one, nats[name])
    ]
    reach = 1.15 * min(-2.0, *ends), 1.15 * max(2.0, *ends)
    with style():
        figure = new_figure(
            "Does the archive tell the model from null worlds?",
            "Log evidence of each null world less that of the model, in nats, with two standard errors",
            [_run_text(found), f"Null worlds: {counted} runs from the priors each. Gray: undecided. " + archive_text()],
        )
        for place, (name, text) in enumerate(GROUPS_WORDS.items()):
            axes = figure.add_axes((0.22 + 0.26 * place, 0.17, 0.23, 0.6))
            _compared(axes, model[name], {world: nats[name] for world, nats in evidence.items()}, reach)
            axes.set_title(f"{text[0].upper()}{text[1:]}", fontsize=11.0)
            if place:
                axes.tick_params(axis="y", labelleft=False)
    return figure


def _interval(model: Nats, null: Nats) -> tuple[float, float]:
    error = _ERRORS * math.hypot(model.error, null.error)
    return null.log - model.log - error, null.log - model.log + error


def _compared(axes: Axes, model: Nats, nulls: Mapping[str, Nats], reach: tuple[float, float]) -> None:
    axes.axvspan(-1.0, 1.0, color=LIGHT, alpha=0.5, linewidth=0)
    axes.axvline(0.0, color=INK, linewidth=1.0)
    for row, one in enumerate(nulls.values()):
        if math.isfinite(one.log):
            axes.plot(_interval(model, one), [row, row], color=SIMULATED, linewidth=1.5)
            axes.plot([one.log - model.log], [row], marker="o", markersize=6, color=SIMULATED)
        else:
            axes.plot([reach[0]], [row], marker="<", markersize=7, color=ARCHIVE, clip_on=False)
        axes.text(reach[0], row - 0.15, compared(model, one), fontsize=SMALLEST, va="bottom")
    axes.set_xlim(*reach)
    axes.set_ylim(len(nulls) - 0.5, -0.6)
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(nulls)))))
    axes.yaxis.set_major_formatter(FixedFormatter([WORLDS[world] for world in nulls]))
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, pad=12)
    axes.set_xlabel("nats: null world less model", color=INK)


def _run_text(found: Calibration) -> str:
    size, effective = len(found.bank), found.weights.effective
    return (
        f'Simulated: scenario "{found.bank.scenario.name}", {size:,} runs with numbers drawn, seed {found.bank.seed}, '
        f"weighted by how likely they make the archive: as good as {effective:.0f} runs"
    )


def draw_calibration(
    found: Calibration, folder: str | os.PathLike[str], formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Draw the figures of a calibration into a folder and return the files; those that cannot be drawn are left out.

    Parameters
    ----------
    found : Calibration
    folder : path
        Made if needed; files of the same name are replaced.
    formats : "png", "svg", "pdf"
    """
    wanted = checked_formats(formats)
    paths: list[Path] = []
    for name, draw in (("learned", learned_figure), ("archive", archive_figure), ("null-worlds", null_figure)):
        try:
            figure = draw(found)
        except PlotError:  # too few runs make the archive; the report says so
            continue
        paths += save(figure, folder, name, wanted)
    return paths
