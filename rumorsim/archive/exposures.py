"""What the offices were exposed to in one replicate: all that is needed to write its archive again.

The dynamics end here. `expose` boils a run record down to two small tables without drawing anything; from them
`rumorsim.archive.reports.write_reports` can draw the archive as often as one likes, with other numbers or other luck,
and never needs the record again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.offices import Listening
from rumorsim.core import NEVER
from rumorsim.scenario.words import RUMORS

__all__ = [
    "EXPOSURE",
    "EXPOSURE_KINDS",
    "NEVER",
    "VOICED",
    "VOICING_KINDS",
    "Exposures",
    "Record",
    "Request",
    "expose",
    "heard_at",
    "rumor_numbers",
]

#: Where a rumor was voiced.
VOICING_KINDS: Final = ("cell_meeting", "letter_meeting", "hall")
#: What an office can be exposed to, apart from voicing.
EXPOSURE_KINDS: Final = ("overheard", "returned", "official_aware", "letter_met", "requested", "spurious")

#: One row of exposure. `when`: start of the day (overheard), return, first awareness, the time when half of the
#: basic organizations had met on the letter, the request, the time from which on an office writes for no reason.
#: `amount`: teller-minutes of that day, the person who returned, the number of organizations, the number of the
#: request, a rate; 1 for awareness.
EXPOSURE: Final = np.dtype(
    [("what", "i1"), ("rumor", "i1"), ("committee", "<i2"), ("when", "<M8[s]"), ("amount", "<i4")]
)
#: One row of voicing: one meeting of one basic organization (cell -1: the hall) and one rumor.
VOICED: Final = np.dtype(
    [
        ("rumor", "i1"),
        ("kind", "i1"),
        ("cell", "<i4"),
        ("committee", "<i2"),
        ("place", "<i2"),
        ("when", "<M8[s]"),
        ("voiced", "<i2"),
        ("detected", "<i2"),
    ]
)

_OVERHEARD, _RETURNED, _AWARE, _MET, _REQUESTED = range(len(EXPOSURE_KINDS) - 1)
_LETTER: Final = VOICING_KINDS.index("letter_meeting")
_DAY: Final = np.timedelta64(1, "D")


class Record(Protocol):
    """The part of a run record the archive reads; see ``rumorsim.model.RunRecord``."""

    @property
    def rumors(self) -> tuple[str, ...]:
        """Names of the rumors, in the order of the rows below."""

    @property
    def tick_start(self) -> NDArray[Any]:
        """(n_ticks + 1,) datetime64[s]."""

    @property
    def heard_tick(self) -> NDArray[Any]:
        """(n_rumors, n_people) int16; -1 knew at the start, `NEVER` never."""

    @property
    def stopped_tick(self) -> NDArray[Any]:
        """(n_rumors, n_people) int16: last tick of telling, `NEVER` if it outlasts the run."""

    @property
    def tells(self) -> NDArray[Any]:
        """(n_rumors, n_people) bool."""

    @property
    def voicings(self) -> NDArray[Any]:
        """Structured (tick, rumor, person, cell, kind, detected)."""

    @property
    def trips_taken(self) -> NDArray[Any]:
        """Rows of the party's trips."""

    @property
    def meetings(self) -> NDArray[Any]:
        """Structured (tick, cell, kind)."""

    @property
    def fired(self) -> tuple[tuple[str, int], ...]:
        """(event id, tick) of the events with a condition that took place."""


@dataclass(frozen=True, eq=False)
class Request:
    """The center asks committees for reports on some rumors.

    Attributes
    ----------
    when : datetime64[s]
    rumors : names
    offices : (n,) integers or None
        The offices that are asked, None for all.
    """

    when: np.datetime64
    rumors: tuple[str, ...]
    offices: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class Exposures:
    """What the offices were exposed to in one replicate.

    Attributes
    ----------
    table : (n,) structured `EXPOSURE`
    voiced : (m,) structured `VOICED`
    """

    table: NDArray[Any]
    voiced: NDArray[Any]


def rumor_numbers(rumors: Iterable[str]) -> NDArray[np.int8]:
    """Return the numbers of rumors in the vocabulary of the package, whatever the scenario's own order.

    Examples
    --------
    >>> rumor_numbers(["elite_privileges", "secret_speech"]).tolist()
    [2, 0]
    """
    return np.array([RUMORS.index(rumor) for rumor in rumors], dtype=np.int8)


def heard_at(record: Record, row: int, persons: NDArray[Any] | slice = slice(None)) -> NDArray[np.datetime64]:
    """Return when people heard the rumor of a row, datetime64[s]: the end of the tick; NaT if never."""
    ticks = np.asarray(record.heard_tick[row][persons]).astype(np.int64)
    starts = np.append(record.tick_start.astype("M8[s]"), np.datetime64("NaT", "s"))
    return np.asarray(starts[np.where(ticks == NEVER, len(starts) - 1, ticks + 1)])


def _table(what: int, rumor: Any, committee: Any, when: Any, amount: Any) -> NDArray[Any]:
    rows = np.empty(len(when), dtype=EXPOSURE)
    rows["what"], rows["rumor"], rows["committee"], rows["when"], rows["amount"] = what, rumor, committee, when, amount
    return rows


def _overheard(record: Record, listening: Listening, heard: NDArray[np.intp]) -> Iterable[NDArray[Any]]:
    """Yield the teller-minutes a day within the hearing of each office; heard: the people talking near an office."""
    starts = record.tick_start.astype("M8[s]")
    n_ticks, n_offices = len(starts) - 1, len(listening.offices)
    days = starts[:-1].astype("M8[D]")
    firsts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    minutes = (np.diff(starts).astype(np.int64)) // 60
    office = listening.hearing[heard].astype(np.int64) * (n_ticks + 1)
    for row, rumor in enumerate(rumor_numbers(record.rumors)):
        begin = record.heard_tick[row][heard].astype(np.int64) + 1
        end = np.minimum(record.stopped_tick[row][heard].astype(np.int64) + 1, n_ticks)
        telling = record.tells[row][heard] & (end > begin)
        size = n_offices * (n_ticks + 1)
        change = np.bincount(office[telling] + begin[telling], minlength=size)
        change -= np.bincount(office[telling] + end[telling], minlength=size)
        tellers = np.cumsum(change.reshape(n_offices, n_ticks + 1)[:, :-1], axis=1)
        amounts = np.add.reduceat(tellers * minutes, firsts, axis=1)
        committee, day = np.nonzero(amounts)
        yield _table(_OVERHEARD, rumor, committee, days[firsts][day], amounts[committee, day])


def _returns(record: Record, listening: Listening, n_trips: int) -> Iterable[NDArray[Any]]:
    """Yield the returns of officials who heard a rumor while they were away."""
    taken = np.zeros(n_trips, dtype=bool)
    taken[record.trips_taken] = True
    rows = taken[listening.staff_trips] & (listening.staff_trip_end < record.tick_start[-1])
    person = listening.staff_trip_person[rows]
    start, end = listening.staff_trip_start[rows], listening.staff_trip_end[rows]
    for row, rumor in enumerate(rumor_numbers(record.rumors)):
        when = heard_at(record, row, person)
        news = (when > start) & (when <= end) & (record.heard_tick[row][person] >= 0)
        yield _table(_RETURNED, rumor, listening.staff[person[news]], end[news], person[news])


def _officials_aware(record: Record, listening: Listening) -> Iterable[NDArray[Any]]:
    """Yield when the first official of each office knew."""
    officials = np.flatnonzero(listening.staff >= 0)
    office = listening.staff[officials]
    for row, rumor in enumerate(rumor_numbers(record.rumors)):
        ticks = record.heard_tick[row][officials]
        knows = ticks != NEVER
        order = np.lexsort((ticks[knows], office[knows]))
        committee, first = np.unique(office[knows][order], return_index=True)
        when = heard_at(record, row, officials[knows][order][first])
        yield _table(_AWARE, rumor, committee, when, 1)


def _letter_met(record: Record, listening: Listening, letter_rumors: Iterable[str]) -> Iterable[NDArray[Any]]:
    """Yield when half of the basic organizations of an office had met on the letter."""
    held = record.meetings[record.meetings["kind"] == _LETTER]
    office = listening.cell_office[held["cell"]]
    order = np.lexsort((held["tick"], office))
    committee, first, count = np.unique(office[order], return_index=True, return_counts=True)
    half = order[first + (count - 1) // 2]
    inside = committee >= 0
    for rumor in rumor_numbers(letter_rumors):
        when = record.tick_start[held["tick"][half]][inside]
        yield _table(_MET, rumor, committee[inside], when, count[inside])


def _voiced(record: Record, listening: Listening, place_of_person: NDArray[Any]) -> NDArray[Any]:
    """Return the voicings counted by meeting and rumor."""
    voicings = record.voicings
    tick, cell = voicings["tick"].astype(np.int64), voicings["cell"].astype(np.int64)
    n_cells = len(listening.cell_office) + 1
    hall = cell < 0
    place = np.where(hall, place_of_person[voicings["person"]], np.append(listening.cell_place, -1)[cell])
    n_places = int(place.max(initial=0)) + 1
    key = (tick * len(VOICING_KINDS) + voicings["kind"]) * len(RUMORS) + rumor_numbers(record.rumors)[voicings["rumor"]]
    key = (key * n_cells + cell + 1) * n_places + np.where(hall, place.astype(np.int64), 0)
    keys, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rows = np.empty(len(keys), dtype=VOICED)
    rows["rumor"] = rumor_numbers(record.rumors)[voicings["rumor"][first]]
    rows["kind"], rows["cell"] = voicings["kind"][first], voicings["cell"][first]
    rows["committee"] = np.append(listening.cell_office, -1)[cell[first]]
    rows["place"] = place[first]
    rows["when"] = record.tick_start[tick[first]]
    rows["voiced"] = np.bincount(inverse, minlength=len(keys))
    rows["detected"] = np.bincount(inverse[voicings["detected"]], minlength=len(keys))
    return rows


def expose(
    record: Record,
    party: Any,
    listening: Listening,
    *,
    letter_rumors: Iterable[str] = (),
    requests: Iterable[Request] = (),
) -> Exposures:
    """Return what the offices were exposed to in one replicate; nothing is drawn.

    Parameters
    ----------
    record : Record
        One replicate.
    party : Party
        The party it ran in.
    listening : Listening
        Made once with `Listening.of`.
    letter_rumors : names
        What the internal letter tells, if there is one.
    requests : Request
        When the center asked for reports.

    Returns
    -------
    Exposures
        Sorted by kind, rumor, committee and time; voicing by time.
    """
    near = np.flatnonzero(listening.hearing >= 0)
    parts = [
        *_overheard(record, listening, near),
        *_returns(record, listening, len(party.trips)),
        *_officials_aware(record, listening),
        *_letter_met(record, listening, letter_rumors),
    ]
    for number, request in enumerate(requests):
        asked = np.array([-1]) if request.offices is None else np.asarray(request.offices)
        for rumor in rumor_numbers(request.rumors):
            parts.append(_table(_REQUESTED, rumor, asked, np.full(len(asked), request.when, dtype="M8[s]"), number))
    table = np.concatenate(parts) if parts else np.empty(0, dtype=EXPOSURE)
    order = np.lexsort((table["amount"], table["when"], table["committee"], table["rumor"], table["what"]))
    return Exposures(table[order], _voiced(record, listening, party.people["place"]))
