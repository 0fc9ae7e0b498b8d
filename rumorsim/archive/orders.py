"""What the center orders and watches, read from a scenario: reports on the letter, answers to requests, the hall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import Record, Request
from rumorsim.archive.inbox import alarm_at
from rumorsim.party import Party
from rumorsim.scenario import Scenario, events

__all__ = ["alarm_of", "letter_rumors", "requests_of"]

_EVENING: Final = "conference.session_end"


def letter_rumors(scenario: Scenario) -> tuple[str, ...]:
    """Return the rumors that the internal letter tells, in the order of the scenario.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> letter_rumors(load_scenario("tirana-conference"))
    ('tirana_conference',)
    """
    told = {rumor for event in scenario.events_of(events.Letter) for rumor in event.rumors}
    return tuple(rumor for rumor in scenario.rumors if rumor in told)


def requests_of(scenario: Scenario, record: Record, party: Party) -> list[Request]:
    """Return the requests of the center that take place in a replicate, each on its date."""
    found = []
    for event in scenario.events_of(events.Request):
        when = np.datetime64(event.begin, "s")
        offices = None
        if event.audience.place is not None:
            inside = party.geography.inside(party.geography.find(event.audience.place))
            offices = np.flatnonzero(inside[party.committees["place"]])
        if record.tick_start[0] <= when < record.tick_start[-1]:
            found.append(Request(when, tuple(event.rumors), offices))
    return found


def alarm_of(scenario: Scenario, values: Mapping[str, Any], voiced: NDArray[Any]) -> np.datetime64:
    """Return when the top is alarmed in a replicate, datetime64[s]; NaT for never, and if nobody watches the hall.

    What is said in the hall on the day the event begins counts in full, but no alarm is raised before the event begins
    or after it ends.

    Parameters
    ----------
    scenario : Scenario
        Its first event of kind alarm says from when on, and how many voicings alarm.
    values : mapping
        Values of the replicate, by catalog id.
    voiced : structured ``rumorsim.archive.exposures.VOICED``
    """
    watches = scenario.events_of(events.Alarm)
    if not watches:
        return np.datetime64("NaT", "s")
    begin, end = watches[0].begin, watches[0].end
    watched = voiced[voiced["when"] >= np.datetime64(begin.date().isoformat(), "s")]
    alarm = alarm_at(watched, int(scenario.number(watches[0].at_least, values)), float(values[_EVENING]))
    if np.isnat(alarm) or (end is not None and alarm >= np.datetime64(end, "s")):
        return np.datetime64("NaT", "s")
    return max(alarm, np.datetime64(begin, "s"))
