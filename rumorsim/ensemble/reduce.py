"""From the record of one replicate to the rows that are kept of it.

A record of the whole party holds about two million numbers; the rows kept of it some ten thousand. What does not
depend on the replicate (who lives where, who is heard by whom) is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import NEVER, VOICING_KINDS, expose, heard_at, rumor_numbers
from rumorsim.archive.offices import Listening
from rumorsim.archive.orders import alarm_of, letter_rumors, requests_of
from rumorsim.archive.reports import write_reports
from rumorsim.archive.spurious import with_spurious
from rumorsim.core.randomness.streams import Streams, in_random_order
from rumorsim.ensemble.fingerprint import digest
from rumorsim.ensemble.frame import Frame, sites
from rumorsim.ensemble.tables import filled, with_replicate
from rumorsim.party import Party
from rumorsim.party.vocabulary import ROLES
from rumorsim.runs.store import Tables
from rumorsim.scenario import Scenario
from rumorsim.scenario.words import CHANNELS

__all__ = ["Reducer", "day_of"]

_TRAVEL: Final = CHANNELS.index("travel")
_LETTER, _HALL = VOICING_KINDS.index("letter_meeting"), VOICING_KINDS.index("hall")
_EPOCH: Final = np.datetime64("1956-01-01T00:00", "s")
#: Occasion of the draw that orders people within a place.
_TIES: Final = 1_000_000


def day_of(when: NDArray[Any], start: np.datetime64) -> NDArray[np.int64]:
    """Return the number of the day for times: day 0 is the first; midnight ends a day, so it belongs to the day before.

    Examples
    --------
    >>> when = np.array(["1956-04-01", "1956-04-01T06:00", "1956-04-02"], dtype="M8[s]")
    >>> day_of(when, np.datetime64("1956-04-01")).tolist()
    [-1, 0, 0]
    """
    seconds = (when - start.astype("M8[s]")).astype(np.int64)
    return np.asarray(-(-seconds // 86400) - 1)


def _critics(record: Any) -> dict[str, Any]:
    hall = record.voicings[record.voicings["kind"] == _HALL]
    tick, person = np.unique(np.stack([hall["tick"], hall["person"]]).astype(np.int64), axis=1)
    return {"person": person, "when": record.tick_start[tick]}


class _Trips:
    """Look up where somebody was on a trip at a time; the trips of one person never overlap."""

    def __init__(self, trips: NDArray[Any], hosts: NDArray[Any]) -> None:
        key = trips["person"].astype(np.int64) << 32 | trips["start_minute"].astype(np.int64)
        self._row = np.argsort(key, kind="stable")
        self._key = key[self._row]
        self._person, self._end = trips["person"][self._row], trips["end_minute"][self._row]
        self._place = hosts["place"][trips["host"]][self._row]

    def taken(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which candidate trips are taken, in the order of the look-up."""
        taken = np.zeros(len(self._row), dtype=np.bool_)
        taken[rows] = True
        return taken[self._row]

    def place_of(self, taken: NDArray[np.bool_], person: NDArray[Any], when: NDArray[Any]) -> NDArray[np.int64]:
        """Return the place visited by each person at a time, (n,) int64; -1 for those at home and for nobody."""
        if not len(self._key):
            return np.full(len(person), -1)
        known = (person >= 0) & ~np.isnat(when)
        minute = np.where(known, (when - _EPOCH).astype(np.int64) // 60, 0)
        # Who hears at the end of a tick heard during it: a trip that begins at that minute is too late.
        row = np.searchsorted(self._key, (person.astype(np.int64) << 32) | np.maximum(minute - 1, 0), side="right") - 1
        found = known & (row >= 0)
        row = np.maximum(row, 0)
        found &= taken[row] & (self._person[row] == person) & (self._end[row] >= minute)
        return np.where(found, self._place[row], -1)


class Reducer:
    """Everything needed to turn records into rows, for one scenario and party; it can be pickled.

    Parameters
    ----------
    scenario : Scenario
    party : Party
    """

    def __init__(self, scenario: Scenario, party: Party) -> None:
        self.scenario = scenario
        self.party = party
        self.listening = Listening.of(party)
        self.frame = Frame.of(scenario, party, self.listening.offices)
        people = party.people
        self._trips = _Trips(party.trips, party.hosts)
        self._site = sites(people, party.institutions)
        self._class = self._site.astype(np.int32) * len(ROLES) + people["role"]
        # People by place; within a place in an order by chance, so that ties of a tick are broken fairly.
        bits = Streams(0).bits("archive", np.arange(len(people)), occasion=_TIES)
        shuffled = in_random_order(bits)
        self._by_site = shuffled[np.argsort(self._site[shuffled], kind="stable")]
        ordered = self._site[self._by_site]
        self._starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        self._places = ordered[self._starts]
        self._sizes = np.diff(np.append(self._starts, len(ordered)))

    def __call__(self, record: Any, replicate: int, values: Mapping[str, Any], streams: Streams) -> Tables:
        """Return the rows of every table for one replicate."""
        exposures = expose(
            record,
            self.party,
            self.listening,
            letter_rumors=letter_rumors(self.scenario),
            requests=requests_of(self.scenario, record, self.party),
        )
        exposures = with_spurious(exposures, self.scenario, values, self.listening.offices)
        rumors = rumor_numbers(record.rumors)
        reports = write_reports(
            exposures, self.listening.offices, values, streams, rumors=rumors.tolist(), stop=record.tick_start[-1]
        )
        # Rumor by rumor, in the order of the record.
        tables = {
            name: np.concatenate(
                [filled(name, replicate=replicate, rumor=rumor, **of(record, row)) for row, rumor in enumerate(rumors)]
            )
            for name, of in (
                ("awareness", self._awareness),
                ("arrivals", self._arrivals),
                ("channels", self._channels),
            )
        }
        return tables | {
            "reports": with_replicate("reports", replicate, reports),
            "exposures": with_replicate("exposures", replicate, exposures.table),
            "voicings": with_replicate("voicings", replicate, exposures.voiced),
            "critics": filled("critics", replicate=replicate, **_critics(record)),
            "runs": self._run(record, replicate, values, exposures.voiced, digest(record, reports)),
        }

    def _awareness(self, record: Any, row: int) -> dict[str, Any]:
        days = day_of(record.tick_start.astype("M8[s]"), self.frame.start) + 1
        n_days = self.frame.n_days + 1
        ticks = record.heard_tick[row]
        aware = np.flatnonzero(ticks != NEVER)
        day = days[ticks[aware].astype(np.int64) + 1]
        counts = np.bincount(self._class[aware].astype(np.int64) * n_days + day)
        key = np.flatnonzero(counts)
        place_role, day = np.divmod(key, n_days)
        place, role = np.divmod(place_role, len(ROLES))
        return {"place": place, "role": role, "day": day - 1, "count": counts[key]}

    def _arrivals(self, record: Any, row: int) -> dict[str, Any]:
        taken = self._trips.taken(record.trips_taken)
        home = self.party.people["district"]
        district_of_place = np.append(self.party.geography.district, -1)
        ticks = record.heard_tick[row][self._by_site]
        first = np.minimum.reduceat(ticks, self._starts)
        is_first = np.flatnonzero((ticks == np.repeat(first, self._sizes)) & (ticks != NEVER))
        place, at = np.unique(self._site[self._by_site[is_first]], return_index=True)
        person = self._by_site[is_first[at]]
        when = heard_at(record, row, person)
        channel, teller = record.channel[row][person], record.teller[row][person]
        heard_away = self._trips.place_of(taken, person, when) >= 0
        visited = self._trips.place_of(taken, teller, when)
        visitor = (visited >= 0) & (district_of_place[visited] == home[person])
        later = record.heard_tick[row][person] >= 0
        found = {"place": place, "first_aware": when, "person": person, "channel": np.where(later, channel, -1)}
        return found | {"by_traveler": later & (heard_away | visitor | (channel == _TRAVEL))}

    def _channels(self, record: Any, row: int) -> dict[str, Any]:
        channel = record.channel[row]
        heard = np.flatnonzero(channel >= 0)
        counts = np.bincount(self._site[heard].astype(np.int64) * len(CHANNELS) + channel[heard])
        key = np.flatnonzero(counts)
        place, through = np.divmod(key, len(CHANNELS))
        return {"place": place, "channel": through, "count": counts[key]}

    def _run(
        self, record: Any, replicate: int, values: Mapping[str, Any], voiced: NDArray[Any], fingerprint: str
    ) -> NDArray[Any]:
        return filled(
            "runs",
            replicate=[replicate],
            digest=fingerprint,
            alarm=alarm_of(self.scenario, values, voiced),
            letter_meetings=int((record.meetings["kind"] == _LETTER).sum()),
            expelled=len(record.expelled),
            penalized=len(record.penalized),
        )
