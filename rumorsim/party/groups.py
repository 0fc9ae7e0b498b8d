"""Groups in which people meet: workplaces, neighborhoods, hosts of travelers, hostels abroad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import cut
from rumorsim.party.geography import Geography
from rumorsim.party.people import People
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import GROUP, KINDS, ROLES

__all__ = ["Groups", "form_groups"]

Ints = NDArray[np.int64]

#: Steps of the sorting key within a group of people: fine enough that ties do not matter.
_STEP = np.float64(1 << 30)


@dataclass(frozen=True)
class Groups:
    """The four kinds of groups, each an array of `GROUP` records; people point to them by row."""

    workplaces: NDArray[Any]
    neighborhoods: NDArray[Any]
    hosts: NDArray[Any]
    hostels: NDArray[Any]


def form_groups(
    people: People, settings: Settings, geography: Geography, body: Apparatus, streams: PartyStreams
) -> Groups:
    """Put people into groups and return the groups.

    Workplaces cut the members of an institution in the order of their cells, blurred so that a workplace holds people
    of neighboring cells. Neighborhoods cut the people of a town at random, save that the leaders in Tirana live
    together (F015), and those of villages in the order of their cells. Hosts are the workplaces of central agencies
    and the staff of the city and district committees. Hostels hold the students and officers abroad.
    """
    table = people.table
    workplaces = _workplaces(people, settings, streams)
    neighborhoods = _neighborhoods(people, settings, geography, streams)
    hosts = _hosts(people, body, workplaces)
    away = (table["student_country"] >= 0) | (people.role("officer") & (table["district"] < 0))
    unit = np.where(away, table["place"].astype(np.int64), -1)
    hostel, place = cut(unit, streams.bits("hostel", table["id"]), settings.hostel_size)
    table["hostel"] = hostel
    hostels = _records(hostel, place, np.full(place.size, -1, dtype=np.int64))
    return Groups(workplaces, neighborhoods, hosts, hostels)


def _records(group: NDArray[np.int32], place: Ints, institution: Ints) -> NDArray[Any]:
    made = np.zeros(place.size, dtype=GROUP)
    made["id"] = np.arange(place.size)
    made["place"] = place
    made["institution"] = institution
    made["size"] = np.bincount(group[group >= 0], minlength=place.size)
    return made


def _workplaces(people: People, settings: Settings, streams: PartyStreams) -> NDArray[Any]:
    table = people.table
    institution = table["institution"].astype(np.int64)
    # Students of one city without an organization share a workplace (their university) as well.
    student = people.role("student_abroad")
    top = int(institution.max(initial=-1)) + 1
    unit = np.where(student, top + table["place"].astype(np.int64), institution)
    cell = np.maximum(table["cell"].astype(np.int64), 0)
    key = ((cell + 2.0 * streams.uniform("workplace", table["id"])) * _STEP).astype(np.uint64)
    key[student] = streams.bits("workplace", table["id"][student])
    inhabitants = people.role("inhabitant")
    if inhabitants.any():
        _spread_over_cells(people, inhabitants, key, streams)
    workplace, unit_of = cut(unit, key, settings.workplace_size)
    table["workplace"] = workplace
    first = np.full(unit_of.size, -1, dtype=np.int64)
    inside = np.flatnonzero(workplace >= 0)[::-1]
    first[workplace[inside]] = table["place"][inside]
    return _records(workplace, first, np.where(unit_of < top, unit_of, -1))


def _spread_over_cells(
    people: People, inhabitants: NDArray[np.bool_], key: NDArray[np.uint64], streams: PartyStreams
) -> None:
    """Give inhabitants a place among the cells of the institution they work in, by chance."""
    table = people.table
    members = np.flatnonzero(~inhabitants & (table["institution"] >= 0))
    count = int(table["institution"].max()) + 1
    low = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
    high = np.full(count, -1, dtype=np.int64)
    np.minimum.at(low, table["institution"][members], table["cell"][members].astype(np.int64))
    np.maximum.at(high, table["institution"][members], table["cell"][members].astype(np.int64))
    who = np.flatnonzero(inhabitants & (table["institution"] >= 0))
    of = table["institution"][who]
    width = (high - low + 2)[of]
    key[who] = ((low[of] + width * streams.uniform("workplace", who)) * _STEP).astype(np.uint64)


def _neighborhoods(people: People, settings: Settings, geography: Geography, streams: PartyStreams) -> NDArray[Any]:
    table = people.table
    at_home = table["district"] >= 0
    unit = np.where(at_home, table["place"].astype(np.int64), -1)
    key = streams.bits("neighborhood", table["id"])
    village = np.isin(table["place"], geography.village_area) & (table["cell"] >= 0)
    rows = np.flatnonzero(village)
    # Villages lie in the order of their cells; spread over the whole range, so that inhabitants fall in between.
    place, first, people_here = np.unique(table["place"][rows], return_index=True, return_counts=True)
    step = (np.uint64(0xFFFFFFFFFFFFFFFF) // people_here.astype(np.uint64)) if place.size else np.zeros(0, np.uint64)
    index = np.searchsorted(place, table["place"][rows])
    key[rows] = (np.arange(rows.size) - first[index]).astype(np.uint64) * step[index]
    leaders = people.role("leader") & (table["place"] == geography.tirana)
    key[leaders] = np.uint64(0)
    neighborhood, place_of = cut(unit, key, settings.neighborhood_size)
    table["neighborhood"] = neighborhood
    return _records(neighborhood, place_of, np.full(place_of.size, -1, dtype=np.int64))


def _hosts(people: People, body: Apparatus, workplaces: NDArray[Any]) -> NDArray[Any]:
    """Number the visit groups: sections of central agencies first, then the offices of committees at home."""
    table = people.table
    central = np.array(body.inst_central)
    office = np.array(body.inst_kind) == KINDS.index("committee")
    at_home = table["district"] >= 0
    inside = np.flatnonzero((table["institution"] >= 0) & at_home)
    institution = table["institution"][inside]
    receives = (
        (table["role"][inside] == ROLES.index("tirana_functionary"))
        | (table["role"][inside] == ROLES.index("leader"))
        | (table["role"][inside] == ROLES.index("officer"))
    )
    section = central[institution] & receives
    whole = office[institution] & ~central[institution]
    key = np.full(inside.size, -1, dtype=np.int64)
    key[section] = table["workplace"][inside[section]]
    key[whole] = workplaces.size + institution[whole]
    found = np.unique(key[key >= 0])
    number = np.where(key >= 0, np.searchsorted(found, np.maximum(key, 0)), -1)
    table["host"][inside] = number
    people.flag("HOST", inside[number >= 0])
    first = np.full(found.size, -1, dtype=np.int64)
    some = inside[number >= 0][::-1]
    first[number[number >= 0][::-1]] = some
    return _records(table["host"], table["place"][first].astype(np.int64), table["institution"][first].astype(np.int64))
