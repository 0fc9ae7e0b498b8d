"""The sessions of a conference: when the hall sits, when anything is said there, and who is absent elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.model.absences import Absences
from rumorsim.model.actions import HallSession
from rumorsim.model.calendar import Calendar
from rumorsim.scenario import events as kinds

__all__ = ["sessions"]

_DAY = dt.timedelta(days=1)
Span = tuple[dt.datetime, dt.datetime]


def sessions(
    event: kinds.Hall,
    number: Callable[[Any], float],
    values: Mapping[str, Any],
    calendar: Calendar,
    persons: NDArray[np.int64] | None,
    told: Sequence[int],
    voiced: Sequence[int],
    absences: Absences | None = None,
) -> list[HallSession]:
    """Return one action for every tick in which a hall sits.

    The rate of voicing of a day is shared out over its sessions. On the first day nothing is told or voiced while the
    routine report is read. With `conference.delegates_absent` there is a break, whoever sits in the hall is absent from
    all other contacts until the break or the evening, and whoever is on a journey that day does not come, and so is not
    absent. A tick in which the hall sits at all counts as a whole, so the ticks should be short on these days.

    Parameters
    ----------
    event : Hall
    number : function
        The value of a number of the event.
    values : mapping catalog id -> value
    calendar : Calendar
    persons : (m,) integers or None
        Who sits in the hall; None for the delegates.
    told, voiced : sequences of rumors, by row
    absences : Absences, optional
        Who is on a journey when; nobody where it is left out.
    """
    prob, rate = number(event.hearing_prob), number(event.voice_rate)
    absent = float(values["conference.delegates_absent"]) > 0
    found = []
    day = opening = event.begin.replace(hour=0, minute=0)
    stop = day + _DAY if event.end is None else event.end
    while day < stop:
        # When the hall sits, and the part of it in which anything but the report is said.
        sits = _sits(day, number, event, values, absent)
        report_over = sits[0][0] + dt.timedelta(hours=number(event.report_hours) if day == opening else 0.0)
        speaks = [(max(begin, report_over), end) for begin, end in sits if end > report_over]
        length = sum((end - begin).total_seconds() / 86_400.0 for begin, end in sits)
        sitting, speaking = _overlap(calendar, sits), _overlap(calendar, speaks)
        ticks = np.flatnonzero(sitting)
        # Each tick with the end of its stretch: the first tick after it in which the hall does not sit.
        ends = ticks[np.append(np.diff(ticks) > 1, True)[: len(ticks)]] + 1
        away = None
        if absent and absences is not None:
            away = absences.on_a_journey(*_ticks_of(calendar, sits[0][0], day + _DAY))
        for tick in ticks.tolist():
            open_now = bool(speaking[tick])
            share = float(speaking[tick] / length)
            found.append(
                HallSession(
                    tick=tick,
                    label=event.id,
                    persons=persons,
                    told=dict.fromkeys(told, prob) if open_now else {},
                    voiced=dict.fromkeys(voiced, float(-np.expm1(-rate * share))) if open_now else {},
                    hearing_prob=prob,
                    stays_away=away,
                    back_tick=int(ends[np.searchsorted(ends, tick, side="right")]) if absent else 0,
                )
            )
        day += _DAY
    return found


def _sits(
    day: dt.datetime, number: Callable[[Any], float], event: kinds.Hall, values: Mapping[str, Any], with_break: bool
) -> list[Span]:
    """Return when the hall sits on a day, before and after the break."""
    first, last = (day + dt.timedelta(hours=number(hour)) for hour in (event.session_start, event.session_end))
    pause = day + dt.timedelta(hours=float(values["conference.break_start"]))
    resume = pause + dt.timedelta(hours=float(values["conference.break_hours"]))
    if not with_break or resume == pause:
        return [(first, last)]
    spans = [(first, min(pause, last)), (max(resume, first), last)]
    # A break over the whole session would leave none: then there is no break.
    return [span for span in spans if span[1] > span[0]] or [(first, last)]


def _overlap(calendar: Calendar, spans: Sequence[Span]) -> NDArray[np.float64]:
    """Return how much of each tick lies within some spans, in days."""
    return np.asarray(sum((calendar.overlap_days(*span) for span in spans), np.zeros(calendar.n_ticks)))


def _ticks_of(calendar: Calendar, begin: dt.datetime, end: dt.datetime) -> tuple[int, int]:
    """Return the first tick that reaches beyond a moment, and the first that starts at or after another."""
    first = np.searchsorted(calendar.edge_minutes[1:], calendar.minute(begin), side="right")
    return int(first), calendar.tick_at(end)
