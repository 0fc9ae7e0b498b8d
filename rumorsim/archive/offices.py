"""Who can write to the center, and who talks within their hearing.

An office is a party committee that writes reports: a district or city committee, a committee of the army, an embassy.
`Offices` holds what a report needs to know of them and is small enough to be kept with a run. `Listening` adds, once a
party, who is heard by whom: a person talks within the hearing of an office if an official of it sits in the same
workplace, neighborhood or basic organization, and every student abroad within the hearing of the embassy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import RunError
from rumorsim.party.vocabulary import LEVELS

__all__ = ["ABROAD", "Listening", "Offices", "moment"]

#: Number of the district and region of a place abroad.
ABROAD: Final = -1

_EPOCH: Final = np.datetime64("1956-01-01T00:00", "s")
_CENTRAL: Final = LEVELS.index("central")
_EMBASSY: Final = LEVELS.index("embassy")


@dataclass(frozen=True, eq=False)
class Offices:
    """The committees of a party, as far as the archive needs them.

    Attributes
    ----------
    level : (n_committees,) int8
        Row in ``rumorsim.party.vocabulary.LEVELS``.
    place, district, region : (n_committees,) int16
        Row in the party's places, number of the district and of the region; -1 abroad.

    Examples
    --------
    >>> offices = Offices.from_rows([("district", 3, 0, 1), ("embassy", 7, -1, -1)])
    >>> len(offices), offices.writes.tolist()
    (2, [True, True])
    """

    level: NDArray[np.int8]
    place: NDArray[np.int16]
    district: NDArray[np.int16]
    region: NDArray[np.int16]

    @classmethod
    def from_rows(cls, rows: list[tuple[str, int, int, int]]) -> Offices:
        """Build from (level, place, district, region) rows; RunError for an unknown level."""
        for level, *_ in rows:
            if level not in LEVELS:
                raise RunError("unknown level of a committee", given=level, allowed=LEVELS)
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
        return cls(
            np.array([LEVELS.index(level) for level in columns[0]], dtype=np.int8),
            *(np.array(column, dtype=np.int16) for column in columns[1:]),
        )

    def rows(self) -> list[tuple[str, int, int, int]]:
        """Return plain (level, place, district, region) rows, the inverse of `from_rows`."""
        names = [LEVELS[code] for code in self.level.tolist()]
        return list(zip(names, self.place.tolist(), self.district.tolist(), self.region.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.level)

    @property
    def writes(self) -> NDArray[np.bool_]:
        """(n_committees,) bool: every office but the center, which does not write to itself."""
        return np.asarray(self.level != _CENTRAL)

    @property
    def is_embassy(self) -> NDArray[np.bool_]:
        """(n_committees,) bool."""
        return np.asarray(self.level == _EMBASSY)

    def at_levels(self, *levels: str) -> NDArray[np.bool_]:
        """(n_committees,) bool: the offices of the named levels."""
        return np.isin(self.level, [LEVELS.index(level) for level in levels])


def _office_of_group(group: NDArray[Any], staff_group: NDArray[Any], staff_office: NDArray[Any]) -> NDArray[np.int16]:
    """Return for every person the office of an official in the same group, -1 for none; the lowest number wins."""
    # One row more than there are groups: people of no group (-1) read the last one.
    office = np.full(int(group.max(initial=-1)) + 2, -1, dtype=np.int16)
    order = np.argsort(-staff_office, kind="stable")
    office[staff_group[order]] = staff_office[order]
    return np.asarray(office[group])


@dataclass(frozen=True, eq=False)
class Listening:
    """What is heard by whom, worked out once for a party.

    Attributes
    ----------
    offices : Offices
    hearing : (n_people,) int16
        Office within whose hearing a person talks, -1 for none.
    staff : (n_people,) int16
        Office a person is an official of, -1 for none; the center's own officials do not count.
    cell_office, cell_place : (n_cells,) int16
        Office to which a basic organization reports; row of its place.
    staff_trips : (n_staff_trips,) int64
        Rows of the party's trips that officials make.
    staff_trip_person : (n_staff_trips,) int32
    staff_trip_start, staff_trip_end : (n_staff_trips,) datetime64[s]
    """

    offices: Offices
    hearing: NDArray[np.int16]
    staff: NDArray[np.int16]
    cell_office: NDArray[np.int16]
    cell_place: NDArray[np.int16]
    staff_trips: NDArray[np.int64]
    staff_trip_person: NDArray[np.int32]
    staff_trip_start: NDArray[np.datetime64]
    staff_trip_end: NDArray[np.datetime64]

    @classmethod
    def of(cls, party: Any) -> Listening:
        """Work it out from the arrays of a party."""
        people, committees = party.people, party.committees
        district_region = _regions(people)
        district = np.asarray(committees["district"], dtype=np.int16)
        region = np.where(district >= 0, district_region[district], ABROAD).astype(np.int16)
        offices = Offices(
            np.asarray(committees["level"], dtype=np.int8),
            np.asarray(committees["place"], dtype=np.int16),
            district,
            region,
        )
        staff = np.asarray(people["committee"], dtype=np.int16).copy()
        staff[~np.append(offices.writes, False)[staff]] = -1
        officials = np.flatnonzero(staff >= 0)
        hearing = np.full(len(people), -1, dtype=np.int16)
        for group in ("cell", "neighborhood", "workplace"):  # the workplace has the last word
            rows = officials[people[group][officials] >= 0]
            office = _office_of_group(people[group], people[group][rows], staff[rows])
            hearing = np.where(office >= 0, office, hearing)
        hearing = np.where(staff >= 0, staff, hearing).astype(np.int16)
        _students_talk_at_the_embassy(party, offices, hearing)
        trips = np.flatnonzero(staff[party.trips["person"]] >= 0)
        return cls(
            offices,
            hearing,
            staff,
            cell_office=np.asarray(party.cells["committee"], dtype=np.int16),
            cell_place=np.asarray(party.cells["place"], dtype=np.int16),
            staff_trips=trips,
            staff_trip_person=np.ascontiguousarray(party.trips["person"][trips]),
            staff_trip_start=moment(party.trips["start_minute"][trips]),
            staff_trip_end=moment(party.trips["end_minute"][trips]),
        )


def moment(minute: NDArray[Any]) -> NDArray[np.datetime64]:
    """Return the time of a minute as trips count them, from 1956-01-01 00:00, datetime64[s].

    Examples
    --------
    >>> str(moment(np.array([1440]))[0])
    '1956-01-02T00:00:00'
    """
    return np.asarray(_EPOCH + minute.astype("m8[m]"), dtype="M8[s]")


def _regions(people: Any) -> NDArray[np.int16]:
    """Return the region of every district, from the people who live there."""
    district = np.asarray(people["district"], dtype=np.int64)
    regions = np.full(int(district.max(initial=-1)) + 2, ABROAD, dtype=np.int16)
    inside = district >= 0
    regions[district[inside]] = people["region"][inside]
    return regions


def _students_talk_at_the_embassy(party: Any, offices: Offices, hearing: NDArray[np.int16]) -> None:
    """Put every student into the hearing of the embassy of the country, in place."""
    people = party.people
    embassies = np.flatnonzero(offices.is_embassy)
    if not len(embassies):
        return
    countries = party.geography.country
    country = {name: row for row, name in enumerate(dict.fromkeys(countries))}
    of_place = np.array([country[name] for name in countries], dtype=np.int16)
    embassy = np.full(len(country) + 1, -1, dtype=np.int16)
    embassy[of_place[offices.place[embassies]]] = embassies
    students = np.flatnonzero(people["student_country"] >= 0)
    hearing[students] = embassy[of_place[people["place"][students]]]
