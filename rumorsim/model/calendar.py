"""The calendar of a run: ticks that are fine where chains of talk form within a day, and the hours of each clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Ticks
from rumorsim.errors import RunError
from rumorsim.scenario import Scenario

__all__ = ["EPOCH", "Calendar", "calendar_of", "hours_of_week", "people_at_scale"]

#: Minutes of trips and ticks count from here.
EPOCH: Final = dt.datetime(1956, 1, 1)
_DAY: Final = 1440
_SUNDAY: Final = 6


@dataclass(frozen=True, eq=False)
class Calendar:
    """Ticks with their dates.

    Attributes
    ----------
    edge_minutes : (n_ticks + 1,) int64
        Minutes from 1956-01-01 00:00 to the start of each tick, and to the end of the last.

    Examples
    --------
    >>> day = Calendar(np.array([0, 360, 720]))
    >>> day.tick_at(dt.datetime(1956, 1, 1, 6)), str(day.tick_start[1])
    (1, '1956-01-01T06:00:00')
    """

    edge_minutes: NDArray[np.int64]

    @property
    def n_ticks(self) -> int:
        """Number of ticks."""
        return len(self.edge_minutes) - 1

    @property
    def ticks(self) -> Ticks:
        """The ticks as the engine takes them."""
        return Ticks.of(np.diff(self.edge_minutes) / _DAY)

    @property
    def tick_start(self) -> NDArray[np.datetime64]:
        """Start of each tick and end of the last one, (n_ticks + 1,) datetime64[s]."""
        first = np.datetime64(EPOCH, "s")
        return np.asarray(first + self.edge_minutes.astype("timedelta64[m]").astype("timedelta64[s]"))

    @property
    def first_minute(self) -> int:
        """Minute at which the run starts."""
        return int(self.edge_minutes[0])

    @property
    def last_minute(self) -> int:
        """Minute at which the run ends."""
        return int(self.edge_minutes[-1])

    @property
    def n_days(self) -> int:
        """Number of whole days."""
        return (self.last_minute - self.first_minute) // _DAY

    def minute(self, moment: dt.datetime) -> int:
        """Return a moment in minutes."""
        return int((moment - EPOCH).total_seconds() // 60)

    def tick_at(self, moment: dt.datetime) -> int:
        """Return the first tick that starts at or after a moment; n_ticks after the end, 0 before the start."""
        return int(np.searchsorted(self.edge_minutes[:-1], self.minute(moment), side="left"))

    def tick_of_minutes(self, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return, for each minute, the first tick that starts at or after it (n_ticks after the end)."""
        return np.searchsorted(self.edge_minutes[:-1], minutes, side="left").astype(np.int64)

    def tick_within(self, day: int, hour: float) -> int:
        """Return the tick that contains an hour of a day counted from the first."""
        minute = self.first_minute + day * _DAY + round(hour * 60)
        return int(np.searchsorted(self.edge_minutes, minute, side="right")) - 1

    def overlap_days(self, begin: dt.datetime, end: dt.datetime) -> NDArray[np.float64]:
        """Return how much of each tick lies between two moments, in days, (n_ticks,)."""
        first, last = self.minute(begin), self.minute(end)
        low = np.maximum(self.edge_minutes[:-1], first)
        high = np.minimum(self.edge_minutes[1:], last)
        return np.asarray(np.maximum(high - low, 0) / _DAY, dtype=np.float64)

    def profile(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over each tick of a factor given for the hours of a week (7, 24), Monday first."""
        weekly = np.concatenate([[0.0], np.cumsum(hours.ravel())])
        # Minutes since a Monday midnight: 1956-01-01 was a Sunday.
        since = self.edge_minutes + _SUNDAY * _DAY
        week, rest = np.divmod(since, 7 * _DAY)
        hour, minute = np.divmod(rest, 60)
        flat = hours.ravel()
        total = week * weekly[-1] + weekly[hour] + flat[hour] * (minute / 60.0)
        return np.asarray(np.diff(total) / (np.diff(self.edge_minutes) / 60.0), dtype=np.float64)


def calendar_of(scenario: Scenario, values: Mapping[str, Any]) -> Calendar:
    """Return the calendar of a scenario: coarse ticks, fine ones in its windows, or the equal ones of the classics.

    No tick ends by night, after midnight and before `time.night_until_hour`: the night belongs to the first tick of
    the morning. Hardly anybody talks then, so that this tick holds no more talk than others, and no chain forms in it.

    Raises
    ------
    RunError
        When a tick length does not divide a day into whole minutes.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("tirana-conference")
    >>> calendar_of(scenario, scenario.values).n_days
    61
    """
    begin = dt.datetime.combine(scenario.start, dt.time())
    days = (scenario.stop - scenario.start).days + 1
    first = int((begin - EPOCH).total_seconds() // 60)
    if scenario.population == "complete":
        step = round(float(values["classic.tick_days"]) * _DAY)
        edges = np.append(np.arange(first, first + days * _DAY, max(step, 1)), first + days * _DAY)
        return Calendar(np.unique(edges).astype(np.int64))
    coarse = _minutes(values["time.tick_hours"], "time.tick_hours")
    fine = _minutes(values["time.fine_tick_hours"], "time.fine_tick_hours")
    morning = float(values["time.night_until_hour"]) * 60
    by_day, within = ([0, *(edge for edge in range(step, _DAY, step) if edge >= morning)] for step in (coarse, fine))
    edges_list: list[int] = []
    for day in range(days):
        date = scenario.start + dt.timedelta(days=day)
        is_fine = any(window.first <= date <= window.until for window in scenario.fine)
        start = first + day * _DAY
        edges_list += [start + edge for edge in (within if is_fine else by_day)]
    return Calendar(np.array([*edges_list, first + days * _DAY], dtype=np.int64))


def _minutes(hours: float, name: str) -> int:
    minutes = round(float(hours) * 60)
    if minutes < 1 or _DAY % minutes:
        raise RunError("length of a tick", path=name, given=hours, allowed="hours that divide a day, such as 0.5, 1, 6")
    return minutes


def hours_of_week(values: Mapping[str, Any], kind: str) -> NDArray[np.float64]:
    """Return the hourly factors (7, 24) of a clock, Monday first, with mean 1 over the week.

    `kind` is "work" (office hours, six days), "free" (evenings, and the whole Sunday), "visit" (both together),
    "evening" (evenings only, for the radio) or "telephone" (office hours, and the rest of the day and the Sunday as far
    as somebody sits at the line).
    """
    night = float(values["clock.night_factor"])
    hours = np.full((7, 24), float(values["telephone.duty_factor"]) if kind == "telephone" else night)
    work = np.arange(24)
    at_work = (work >= float(values["clock.work_start"])) & (work < float(values["clock.work_end"]))
    free = (work >= float(values["clock.free_start"])) & (work < float(values["clock.free_end"]))
    if kind == "telephone":
        hours[:_SUNDAY, at_work] = 1.0
    if kind in {"work", "visit"}:
        hours[:, at_work] = 1.0
        hours[_SUNDAY, at_work] = float(values["clock.sunday_work_factor"]) if kind == "work" else 1.0
    if kind in {"free", "evening", "visit"}:
        hours[:, free] = 1.0
    if kind == "free":
        hours[_SUNDAY, at_work] = 1.0
    mean = hours.mean()
    return np.asarray(hours / mean if mean > 0 else hours, dtype=np.float64)


def people_at_scale(count: float, values: Mapping[str, Any]) -> int:
    """Return a number of people of 1956 at the scale of the party.

    It is at least `party.least_count`, or the number itself where that is less: a rumor that begins with one person
    instead of 25 dies with that person, and what the whole shows is gone at a small scale.

    Examples
    --------
    >>> people_at_scale(25, {"party.scale": 0.041, "party.least_count": 5})
    5
    >>> people_at_scale(993, {"party.scale": 0.041, "party.least_count": 5})
    41
    """
    return max(round(count * float(values["party.scale"])), min(int(values["party.least_count"]), int(count)))
