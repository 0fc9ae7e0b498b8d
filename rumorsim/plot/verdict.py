"""The run beside the archive: when documents were written in the replicates, and the date on the document."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.compare import WORDS, word_on_date, word_on_share
from rumorsim.ensemble.documents import exchangeable
from rumorsim.ensemble.measures import MEASURES, holds, is_dated, not_covered
from rumorsim.ensemble.score import RESOLVED
from rumorsim.ensemble.verdict_text import joint_text
from rumorsim.errors import PlotError
from rumorsim.plot.style import (
    ARCHIVE,
    GRAY,
    INK,
    LIGHT,
    PALE,
    SIMULATED,
    SMALLEST,
    archive_text,
    bands,
    date_axis,
    day_number,
    day_text,
    figure_of,
    percent,
    run_text,
    style,
)

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble import Ensemble

__all__ = ["DatedRow", "dated_rows", "verdict_figure"]

_DATE_TERMS: Final = ("report_date", "requested_by", "exact", "by", "not_before")
_SAID: Final = {
    "district_report": "{place} district reports",
    "letter_meeting_question": "Letter meeting",
    "letter_report": "Army reports on the letter",
    "embassy_report": "Embassy in {place} reports",
    "alarm": "Alarm at the top",
}
#: The same for documents that are drawn, by their place in the order of dates.
_DRAWN: Final = {
    "district_report": ("Two district reports, earlier", "Two district reports, later"),
    "letter_meeting_question": ("Two letter meetings, earlier", "Two letter meetings, later"),
    "organization_report": ("Report of an organization",),
}
_ABOUT: Final = {
    "secret_speech": "secret speech",
    "tirana_conference": "Tirana conference",
    "elite_privileges": "privileges",
    "unequal_punishment": "unequal punishment",
    "yugoslav_rapprochement": "Yugoslavia",
    "reform_hopes": "hopes of reform",
    "hungary_poland": "Hungary and Poland",
    "missing_name": "missing name",
    "precedent": "precedent",
}
#: Tallest stack of dots, in rows of the figure.
_HIGHEST: Final = 0.62
#: Rows that share the whole height; fewer keep the height they have then.
_FEWEST: Final = 6


@dataclass(frozen=True, eq=False)
class DatedRow:
    """A dated target with what the run says to it.

    Attributes
    ----------
    target : of the catalog.
    text : what is dated.
    day : datetime64[D], the date in the archive; for "not before", the first possible day.
    dates : (replicates,) datetime64[s], NaT for never.
    prior : the same for draws of the priors, or None.
    verdict : a word of ``rumorsim.archive.compare.WORDS``.
    """

    target: Target
    text: str
    day: np.datetime64
    dates: NDArray[np.datetime64]
    prior: NDArray[np.datetime64] | None
    verdict: str


def dated_rows(ensemble: Ensemble) -> list[DatedRow]:
    """Return the dated targets the run says something to and the scenario does not set, in the order of their dates.

    Targets that ask the same question of the same event are one row.
    """
    rows: list[DatedRow] = []
    seen: set[tuple[Any, ...]] = set()
    for target in catalog.targets().values():
        measure = MEASURES[target.kind]
        key = (target.kind, target.value, target.place, target.rumor if target.place else "")
        if target.term not in _DATE_TERMS or key in seen or not_covered(ensemble, target):
            continue
        if measure.given(ensemble, target):
            continue
        dates = measure.function(ensemble, target)
        if dates.dtype.kind != "M":
            continue
        seen.add(key)
        day = np.datetime64(str(target.value), "D")
        prior = None if ensemble.prior is None else measure.function(ensemble.prior, target)
        dated = is_dated(target)
        word = word_on_date(dates, day) if dated else word_on_share(float(holds(ensemble, target, dates).mean()))
        rows.append(DatedRow(target, _said(target), day, dates, prior, word))
    return sorted(rows, key=lambda row: (row.day, row.target.id))


def _said(target: Target) -> str:
    together = [one.id for one in exchangeable(target)]
    if together:
        return f"{_DRAWN[target.kind][together.index(target.id)]}: {_ABOUT[target.rumor]}"
    said = _SAID.get(target.kind, target.kind.replace("_", " ").capitalize()).format(place=target.place)
    return said if target.kind in ("alarm", "letter_report") else f"{said}: {_ABOUT[target.rumor]}"


def verdict_figure(ensemble: Ensemble) -> Figure:
    """Draw the simulated date of every dated document as dots, one a replicate, with the date in the archive.

    Beneath, paler, the same for replicates whose numbers were drawn from the priors alone, where the run has them.

    Raises
    ------
    PlotError
        If the run says nothing to any dated document.
    """
    rows = dated_rows(ensemble)
    if not rows:
        raise PlotError("no dated document of the archive falls into the run", given=ensemble.scenario.name)
    first, last = _shown(ensemble, rows)
    caption = [
        run_text(ensemble) + ".",
        f"{archive_text()} Line: 5% to 95% of the replicates, never counting as latest; white point: median. "
        "Places in brackets are not judged.",
        "Expected: the date lies in the middle half (half of the dates would, were the model right). Possible: between "
        "5% and 95%.",
    ]
    if ensemble.score.factors:
        others = f"random dates {ensemble.score.random:.2f}"
        if ensemble.prior is not None:
            others += f"; priors {joint_text(ensemble.prior.score)}"
        caption[-1] += f" All drawn documents together, log score: {joint_text(ensemble.score)} nats ({others})."
    if ensemble.prior is not None:
        caption[0] += f" Pale: {ensemble.prior.replicates:,} with numbers from the priors."
    with style():
        drawn = "Simulated dates beside dates of the archive, 1956"
        figure = figure_of(ensemble, _message(ensemble, rows), drawn, caption)
        # A few rows take only the room they need, so that the dates stand right below them.
        low, top = -len(rows) + 0.35, 0.75
        height = 0.645 * min((top - low) / (top + _FEWEST - 0.35), 1.0)
        axes = figure.add_axes((0.33, 0.815 - height, 0.45, height))
        date_axis(axes, first, last, most=6)
        axes.set_ylim(low, top)
        for place, row in enumerate(rows):
            _draw_row(axes, row, -float(place), first, last, prior=ensemble.prior is not None)
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        axes.set_axisbelow(True)
        axes.grid(axis="x", color="#e3e3e3", linewidth=0.7)
        _head(figure, axes, prior=ensemble.prior is not None)
    return figure


def _shown(ensemble: Ensemble, rows: Sequence[DatedRow]) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day of the axis: those of the run, without empty weeks at its begin."""
    known = [row.dates[~np.isnat(row.dates)].astype("M8[D]") for row in rows]
    days = np.concatenate([*known, [row.day for row in rows]])
    margin = np.timedelta64(3, "D")
    return max(days.min() - margin, ensemble.frame.start), min(days.max() + margin, ensemble.frame.stop)


def _stack(days: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for every date its noon on the axis, and how many of the same day lie below it."""
    found, counts = np.unique(days[~np.isnat(days)].astype("M8[D]"), return_counts=True)
    x = np.repeat(np.asarray(day_number(found)) + 0.5, counts)
    below = np.concatenate([np.arange(count) for count in counts]) if len(counts) else np.empty(0, np.int64)
    return x, below.astype(np.int64)


def _draw_row(axes: Axes, row: DatedRow, y: float, first: np.datetime64, last: np.datetime64, *, prior: bool) -> None:
    base = y + 0.05
    axes.plot([0, 1], [base, base], transform=axes.get_yaxis_transform(), color=PALE, linewidth=1.0, zorder=0.8)
    x, below = _stack(row.dates)
    step = min(0.07, _HIGHEST / max(int(below.max(initial=0)) + 1, 1))
    axes.plot(
        x, base + 0.06 + below * step, "o", color=SIMULATED, markersize=3.6, markeredgewidth=0, alpha=0.75, zorder=3
    )
    _interval(axes, row.dates, base, SIMULATED, last, 2.4)
    if prior and row.prior is not None:
        _interval(axes, row.prior, base - 0.17, LIGHT, last, 4.5)
    noon = float(day_number(row.day)) + 0.5
    if row.target.term == "not_before":
        noon -= 0.5
        axes.annotate(
            "", (noon + 2.2, base + 0.3), (noon, base + 0.3), arrowprops={"arrowstyle": "->", "color": ARCHIVE}
        )
    axes.plot([noon, noon], [base - 0.22, base + 0.68], color=ARCHIVE, linewidth=2.0, zorder=4)
    side: Any = {"transform": axes.get_yaxis_transform(), "va": "center_baseline"}
    axes.text(-0.02, base + 0.25, row.text, fontsize=11, ha="right", **side)
    before = (
        "not before "
        if row.target.term == "not_before"
        else ("by " if row.target.term in ("by", "requested_by") else "")
    )
    place = f" ({row.target.place})" if exchangeable(row.target) else ""
    axes.text(-0.02, base - 0.09, f"{before}{day_text(row.day)}{place}", fontsize=10, color=ARCHIVE, ha="right", **side)
    never = float(np.isnat(row.dates).mean())
    axes.text(1.03, base + 0.12, percent(never), fontsize=11, color=SIMULATED if never else LIGHT, **side)
    if prior and row.prior is not None:
        axes.text(1.15, base + 0.12, percent(float(np.isnat(row.prior).mean())), fontsize=11, color=GRAY, **side)
    weight = "bold" if row.verdict == WORDS[2] else "normal"
    if row.target.term == "not_before":
        axes.text(1.27, base + 0.12, row.verdict, fontsize=11, fontweight=weight, **side)
        return
    axes.text(1.27, base + 0.22, row.verdict, fontsize=11, fontweight=weight, **side)
    by_then = float((row.dates.astype("M8[D]") <= row.day).mean())
    axes.text(1.27, base - 0.09, f"{percent(by_then)} by then", fontsize=SMALLEST, color=GRAY, **side)


def _interval(axes: Axes, dates: NDArray[Any], y: float, color: str, last: np.datetime64, width: float) -> None:
    low, middle, high = bands(dates, (0.05, 0.5, 0.95))
    end = float(day_number(last)) + 1.0
    left = end if np.isnat(low) else float(day_number(low.astype("M8[D]"))) + 0.5
    right = end if np.isnat(high) else float(day_number(high.astype("M8[D]"))) + 0.5
    if left < end:
        axes.plot([left, right], [y, y], color=color, linewidth=width, solid_capstyle="butt", zorder=2.5)
    if not np.isnat(middle):
        noon = float(day_number(middle.astype("M8[D]"))) + 0.5
        axes.plot(
            [noon], [y], "o", color="white", markeredgecolor=color, markeredgewidth=1.5, markersize=5.5, zorder=3.5
        )


def _head(figure: Figure, axes: Axes, *, prior: bool) -> None:
    """Name the columns on the right, and the marks."""
    side: Any = {"transform": axes.transAxes, "va": "bottom", "fontsize": SMALLEST + 0.5, "linespacing": 1.1}
    axes.text(1.03, 1.0, "never" if not prior else "never in\nthe run", color=SIMULATED, **side)
    if prior:
        axes.text(1.15, 1.0, "never in\nthe priors", color=GRAY, **side)
    axes.text(1.27, 1.0, "simulated\nagainst archive", color=INK, **side)
    marks = [
        Line2D([], [], color=ARCHIVE, linewidth=2.0, label="archive"),
        Line2D([], [], color=SIMULATED, marker="o", markersize=4, linestyle="none", label="one replicate"),
        Line2D(
            [], [], color=SIMULATED, linewidth=2.4, marker="o", markerfacecolor="white", label="run, 90% and median"
        ),
    ]
    if prior:
        marks.append(
            Line2D([], [], color=LIGHT, linewidth=4.5, marker="o", markerfacecolor="white", label="priors alone")
        )
    figure.legend(
        handles=marks,
        loc="center left",
        bbox_to_anchor=(0.32, 0.848),
        ncols=4,
        frameon=False,
        fontsize=10,
        columnspacing=1.6,
    )


def _message(ensemble: Ensemble, rows: Sequence[DatedRow]) -> str:
    """Say how many dates are what, and how likely all drawn documents together are, against random dates."""
    counts = {word: sum(row.verdict == word for row in rows) for word in WORDS}
    plural = "dates" if len(rows) > 1 else "date"
    said = f"{counts[WORDS[0]]} of {len(rows)} {plural} expected, " + ", ".join(
        f"{counts[word]} {word}" for word in WORDS[1:]
    )
    if not ensemble.score.factors:
        return said
    joint, error = ensemble.score.joint
    if not joint > -math.inf:
        return f"{said}; together: never"
    if error > RESOLVED or not ensemble.score.random > -math.inf:
        return f"{said}; together: not resolved by {ensemble.replicates} replicates"
    ratio = math.exp(joint - ensemble.score.random)
    if ratio >= 1.0:
        return f"{said}; together {_times(ratio)} better than random dates"
    return f"{said}; together {_times(1.0 / ratio)} worse than random dates"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 9.5 else f"{ratio:.1f} times"
