"""Dates worth marking: what happened, and what the archive dates; and where their labels go without overlapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes

from rumorsim import catalog
from rumorsim.errors import PlotError, unknown
from rumorsim.plot.style import ARCHIVE, GRAY, INK, PALE, SMALLEST, day_number, day_text
from rumorsim.scenario import events as kinds

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.scenario import Scenario

__all__ = ["Mark", "draw_marks", "event_marks", "leading_rumors", "report_marks", "rows_of_labels", "span_text"]

#: Kind of a dated target -> what is said of it on a figure.
_SAID: Final = {
    "district_report": "{place} reports",
    "letter_meeting_question": "question asked, {place}",
    "letter_report": "report on the letter, {place}",
    "embassy_report": "{place} embassy",
}
#: Width of a letter in ems, on the safe side.
_LETTER_WIDTH: Final = 0.57


@dataclass(frozen=True)
class Mark:
    """A day or some days to mark.

    Attributes
    ----------
    first, last : datetime64[D], equal for one day.
    text : label, with the date.
    archive : True for a dated document, False for an event of the scenario.
    place : id in the gazetteer, "" where national.
    """

    first: np.datetime64
    last: np.datetime64
    text: str
    archive: bool = False
    place: str = ""

    @property
    def middle(self) -> float:
        """Noon of the day, or the middle of the days, on the x axis."""
        return float(day_number(self.first) + day_number(self.last) + 1.0) / 2.0


def span_text(first: np.datetime64, last: np.datetime64) -> str:
    """Return a stretch of days.

    Examples
    --------
    >>> span_text(np.datetime64("1956-04-14"), np.datetime64("1956-04-16"))
    '14–16 April'
    >>> span_text(np.datetime64("1956-04-30"), np.datetime64("1956-05-02"))
    '30 April – 2 May'
    """
    if first == last:
        return day_text(first)
    if first.astype("M8[M]") == last.astype("M8[M]"):
        return f"{day_text(first).split()[0]}–{day_text(last)}"
    return f"{day_text(first)} – {day_text(last)}"


def leading_rumors(scenario: Scenario) -> tuple[str, ...]:
    """Return the rumors whose news breaks in a run: told in a closed meeting, a hall or a letter, not known before.

    Where there is none, the first rumor of the scenario.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> leading_rumors(load_scenario("tirana-conference"))
    ('tirana_conference',)
    """
    told = {
        rumor
        for event in scenario.events
        if isinstance(event, (kinds.Briefing, kinds.Hall, kinds.Letter))
        for rumor in event.rumors
    }
    known = {rumor for event in scenario.events if isinstance(event, kinds.Endemic) for rumor in event.rumors}
    return tuple(rumor for rumor in scenario.rumors if rumor in told - known) or scenario.rumors[:1]


def event_marks(scenario: Scenario, rumor: str) -> list[Mark]:
    """Return the events at which many people hear of a rumor at once, in the order of their dates.

    Days in a row on which the conference sits are one mark.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> [mark.text for mark in event_marks(load_scenario("tirana-conference"), "tirana_conference")]
    ['conference, 14–16 April', 'letter to all members, 21 April']
    """
    marks: list[Mark] = []
    halls: list[np.datetime64] = []
    for event in scenario.events:
        day = np.datetime64(event.begin.date(), "D")
        if isinstance(event, kinds.Hall) and rumor in event.rumors:
            halls.append(day)
        elif isinstance(event, (kinds.Briefing, kinds.Letter)) and rumor in event.rumors:
            marks.append(Mark(day, day, f"{event.label or event.id}, {day_text(day)}"))
        elif isinstance(event, kinds.Broadcast) and event.channel == "foreign_radio" and rumor in event.rumors:
            marks.append(Mark(day, day, f"foreign radio, from {day_text(day)}"))
        elif isinstance(event, kinds.Silence):
            marks.append(Mark(day, day, f"{event.label or event.id}, {day_text(day)}"))
    while halls:
        length = 1
        while length < len(halls) and halls[length] - halls[length - 1] <= np.timedelta64(1, "D"):
            length += 1
        first, last = halls[0], halls[length - 1]
        marks.append(Mark(first, last, f"conference, {span_text(first, last)}"))
        halls = halls[length:]
    return sorted(marks, key=lambda mark: (mark.first, mark.text))


def _date_of(target: Target) -> np.datetime64 | None:
    if target.term not in ("report_date", "requested_by") or target.kind not in _SAID:
        return None
    return np.datetime64(str(target.value), "D")


def report_marks(rumor: str, start: Any, stop: Any) -> list[Mark]:
    """Return the dated documents of the archive on a rumor between two days, in the order of their dates.

    Raises
    ------
    PlotError
        If there is no such rumor.

    Examples
    --------
    >>> for mark in report_marks("tirana_conference", "1956-04-01", "1956-04-30"):
    ...     print(mark.first, mark.text)
    1956-04-18 Berat reports, 18 April
    1956-04-20 Fier reports, 20 April
    """
    if rumor not in catalog.RUMORS:
        raise unknown("rumor", rumor, catalog.RUMORS, error=PlotError)
    first, last = np.datetime64(start, "D"), np.datetime64(stop, "D")
    marks = []
    for target in catalog.targets().values():
        day = _date_of(target)
        if target.rumor == rumor and day is not None and first <= day <= last:
            said = _SAID[target.kind].format(place=target.place)
            marks.append(Mark(day, day, f"{said}, {day_text(day)}", True, target.place_id))
    return sorted(marks, key=lambda mark: (mark.first, mark.text))


def rows_of_labels(
    starts: Sequence[float], widths: Sequence[float], left: float = -float("inf"), right: float = float("inf")
) -> tuple[list[int], list[bool]]:
    """Return the row of each label, 0 the lowest, and whether it runs to the left; nothing crosses.

    A label begins at its date and runs to the right; the line of a later one ends below the earlier label it would
    cross. A label that would run beyond the right edge runs to the left instead, above the lines it crosses.

    Parameters
    ----------
    starts : dates of the labels, ascending.
    widths : how long they are, in the same unit.
    left, right : where the axes begin and end; a label that fits on neither side runs to the right.

    Examples
    --------
    >>> rows_of_labels([0.0, 1.0, 5.0], [3.0, 3.0, 3.0])
    ([1, 0, 0], [False, False, False])
    >>> rows_of_labels([0.0, 5.0], [3.0, 3.0], right=6.0)
    ([0, 1], [False, True])
    """
    ends = [start + width for start, width in zip(starts, widths, strict=True)]
    turned = [end > right and start - width >= left for start, width, end in zip(starts, widths, ends, strict=True)]
    spans = [
        (start - width, start) if back else (start, end)
        for start, width, end, back in zip(starts, widths, ends, turned, strict=True)
    ]
    rows: dict[int, int] = {}
    order = sorted(range(len(starts)), key=lambda one: (turned[one], -starts[one], -one))
    for one in order:
        low, high = spans[one]
        under = [row for other, row in rows.items() if low < starts[other] < high or starts[other] == starts[one]]
        taken = {row for other, row in rows.items() if spans[other][0] < high and low < spans[other][1]}
        row = max(under, default=-1) + 1
        while row in taken:
            row += 1
        rows[one] = row
    return [rows[one] for one in range(len(starts))], turned


def draw_marks(
    axes: Axes, marks: Sequence[Mark], *, top: float, step: float, size: float = SMALLEST, overflow: float = 0.0
) -> float:
    """Draw marks into axes whose data end at ``top``: a line each, with its label in rows above; days in a row shaded.

    Parameters
    ----------
    axes : with its x limits set.
    marks : in the order of their dates.
    top : where the data end on the y axis.
    step : height of a row of labels, in units of the y axis.
    size : of the type, in points.
    overflow : how far labels may run beyond the right end, as a share of the width of the axes.

    Returns
    -------
    float
        Upper end of the labels: the y limit to set.
    """
    marks = sorted(marks, key=lambda mark: (mark.first, mark.archive, mark.text))
    left, right = axes.get_xlim()
    figure: Any = axes.get_figure()
    inches = axes.get_position().width * figure.get_figwidth()
    unit = (right - left) / (inches * 72.0)
    starts = [mark.middle if mark.first == mark.last else float(day_number(mark.first)) for mark in marks]
    widths = [(len(mark.text) + 1) * _LETTER_WIDTH * size * unit for mark in marks]
    rows, turned = rows_of_labels(starts, widths, left, right + overflow * (right - left))
    for mark, start, row, beyond in zip(marks, starts, rows, turned, strict=True):
        color = ARCHIVE if mark.archive else GRAY
        base = top + step * (row + 0.3)
        if mark.first != mark.last:
            end = float(day_number(mark.last)) + 1.0
            axes.axvspan(start, end, ymax=1.0, facecolor=PALE, edgecolor="none", zorder=0.5)
        axes.plot([start, start], [0.0, base + 0.6 * step], color=color, linewidth=1.1, zorder=2.5, clip_on=False)
        axes.text(
            start + (-3.0 if beyond else 3.0) * unit,
            base,
            mark.text,
            fontsize=size,
            color=color if mark.archive else INK,
            ha="right" if beyond else "left",
            va="bottom",
            zorder=4,
        )
    return top + step * (max(rows, default=-1) + 1.6)
