"""When cells meet: by their own monthly rhythm, more often when the party is mobilized, and once on the letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Meeting, Streams
from rumorsim.core.randomness.elementary import minus_log
from rumorsim.model.actions import ChilledMeeting, LetterMeeting
from rumorsim.model.calendar import EPOCH, Calendar
from rumorsim.model.emboldening import PRECEDENT
from rumorsim.party import Party
from rumorsim.party.vocabulary import KINDS
from rumorsim.scenario import Scenario
from rumorsim.scenario import events as kinds

__all__ = ["letter_days", "letter_meetings", "ordinary_meetings"]

_DAY: Final = 1440


def ordinary_meetings(
    scenario: Scenario,
    party: Party,
    values: Mapping[str, Any],
    calendar: Calendar,
    rumors: Mapping[str, int],
) -> list[Meeting]:
    """Return the ordinary meetings of all cells, one action a day.

    A cell meets when its clock, which runs once around in `meeting.interval_days` and faster during a mobilization,
    passes the cell's own phase. Counting starts on 1 January, so a run that starts later finds every cell in the
    same rhythm. With a `fear.chill_factor` below 1 less is voiced where somebody present is afraid.
    """
    interval = float(values["meeting.interval_days"])
    first = (calendar.first_minute) // _DAY
    days = first + calendar.n_days
    pace = np.full(days, 1.0 / interval)
    for event in scenario.events_of("mobilization"):
        if not isinstance(event, kinds.Mobilization) or not event.enabled:
            continue
        factor = float(scenario.number(event.factor, values))
        begin = max((event.begin - EPOCH).days, 0)
        end = days if event.end is None else (event.end - EPOCH).days
        pace[begin:end] *= factor
    around = np.concatenate([[0.0], np.cumsum(pace)])
    phase = party.cells["phase_days"].astype(np.float64) / float(party.values["meeting.interval_days"])
    turns = np.floor(around[first:, None] + phase[None, :])
    meets = turns[1:] > turns[:-1]
    prob = float(values["voice.meeting_prob"])
    voiced = _raised(rumors, prob)
    chill = float(values["fear.chill_factor"])
    kind: Callable[..., Meeting] = Meeting if chill == 1.0 else partial(ChilledMeeting, chill_factor=chill)
    meetings = []
    for day in range(calendar.n_days):
        groups = np.flatnonzero(meets[day])
        if len(groups):
            meetings.append(
                kind(
                    tick=calendar.tick_within(day, float(values["meeting.hour"])),
                    label="cell_meeting",
                    layer="cell",
                    groups=groups,
                    occasion="cell_meeting",
                    channel="cell_meeting",
                    voiced=voiced,
                    precedent=rumors.get(PRECEDENT),
                    hearing_prob=float(values["meeting.hearing_prob"]),
                    attendance=float(values["meeting.attendance"]),
                )
            )
    return meetings


def _raised(rumors: Mapping[str, int], prob: float) -> dict[int, float]:
    """Return with what probability each rumor is raised; that somebody spoke up elsewhere is talked of, not raised."""
    return {row: prob for name, row in rumors.items() if name != PRECEDENT}


def letter_days(
    event: kinds.Letter,
    party: Party,
    streams: Streams,
    number: Callable[[Any], float],
    army_delay_days: float,
) -> NDArray[np.float64]:
    """Return after how many days each cell meets on a letter, (n_cells,), inf for cells abroad.

    Delays are `first` plus an exponential time cut off at `last`, with the given mean before the cut; units of army
    and police follow an order of their own and meet within about `army_delay_days` after the first day.
    """
    first, mean, last = number(event.first_delay), number(event.mean_delay), number(event.last_delay)
    cells = party.cells
    kind = cells["kind"]
    in_uniform = (kind == KINDS.index("army_unit")) | (kind == KINDS.index("police_unit"))
    wait = np.where(in_uniform, army_delay_days, max(mean - first, 0.0))
    u = streams.uniform("meeting", cells["id"])
    span = max(last - first, 0.0)
    with np.errstate(divide="ignore", over="ignore"):
        cut = np.where(wait > 0, np.exp(-span / np.where(wait > 0, wait, 1.0)), 0.0)
    # Rounding to 2**-30 keeps the draw the same where exp differs in its last bit.
    cut = np.rint(cut * 2.0**30) / 2.0**30
    delay = first + wait * minus_log(1.0 - u * (1.0 - cut))
    return np.where(cells["district"] >= 0, np.minimum(delay, last), np.inf)


def letter_meetings(
    event: kinds.Letter,
    party: Party,
    values: Mapping[str, Any],
    calendar: Calendar,
    rumors: Mapping[str, int],
    streams: Streams,
    number: Callable[[Any], float],
) -> list[LetterMeeting]:
    """Return the meetings on a letter and the later ones at which absentees hear it, one action a day each."""
    delay = letter_days(event, party, streams, number, float(values["letter.army_delay_days"]))
    start = (event.begin - dt.datetime.combine(EPOCH.date(), dt.time())).days - calendar.first_minute // _DAY
    told = {rumors[name]: number(event.hearing_prob) for name in event.rumors if name in rumors}
    voiced = _raised(rumors, number(event.question_rate))
    common: dict[str, Any] = {
        "layer": "cell",
        "hearing_prob": float(values["meeting.hearing_prob"]),
        "told": told,
        "attendance": float(values["meeting.attendance"]),
        "precedent": rumors.get(PRECEDENT),
        "only": (streams.replicate,),
    }
    meetings = []
    catch_up = float(values["letter.catch_up_days"])
    hour = float(values["meeting.hour"])
    planted = float(values["letter.planted_prob"])
    for label, extra, spoken, ordered in (
        (event.id, 0.0, voiced, planted),
        (event.id + "/absentees", catch_up, {}, 0.0),
    ):
        day = np.floor(start + delay + extra)
        for value in np.unique(day[np.isfinite(day)]):
            if 0 <= value < calendar.n_days:
                groups = np.flatnonzero(day == value)
                tick = calendar.tick_within(int(value), hour)
                common |= {"planted_prob": ordered, "voiced": spoken}
                meetings.append(LetterMeeting(tick=tick, label=label, groups=groups, **common))
    return meetings
