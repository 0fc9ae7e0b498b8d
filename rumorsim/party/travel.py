"""Duty trips and transfers of officers, as candidates: the model decides which of them happen."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.agencies import DAILY, DEFENSE, INTERIOR
from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import Pool, rounded
from rumorsim.party.geography import Geography
from rumorsim.party.organizations import FIRST_DISTRICT
from rumorsim.party.people import People
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import KINDS, MOVE, PURPOSES, TRIP

__all__ = ["candidate_moves", "candidate_trips", "choose_travelers"]

Ints = NDArray[np.int64]

_DAY: Final = 1440
_WEEK_DAYS: Final = 7
#: First and last day of travel, counted from 1956-01-01: 1 February and 31 December.
_FIRST_DAY: Final = 31
_LAST_DAY: Final = 366


def choose_travelers(people: People, settings: Settings, geography: Geography, streams: PartyStreams) -> None:
    """Flag the functionaries who travel on duty: an exact share of the provincial members and of Tirana functionaries.

    Officials of committees come first, then secretaries of town organizations, other members in towns, villagers.
    """
    table = people.table
    village = np.isin(table["place"], geography.village_area)
    staff = people.has("COMMITTEE_STAFF")
    secretary = people.has("SECRETARY")
    turn = np.where(staff, 0, np.where(village, np.where(secretary, 3, 4), np.where(secretary, 1, 2)))
    at_home = table["district"] >= 0
    leader = people.role("leader") & (table["place"] != geography.tirana)
    for group in ((people.role("provincial_member") | leader) & at_home, people.role("tirana_functionary") & at_home):
        who = np.flatnonzero(group & ~people.has("CORRESPONDENT"))
        order = np.lexsort((streams.bits("traveler", who), turn[who]))
        people.flag("TRAVELER", who[order[: rounded(settings.travelers_share * int(group.sum()))]])
    people.flag("TRAVELER", np.flatnonzero(people.has("CORRESPONDENT")))
    officers = people.role("officer") & at_home & (table["place"] != geography.tirana)
    people.flag("TRAVELER", np.flatnonzero(officers))


def candidate_trips(
    people: People,
    settings: Settings,
    geography: Geography,
    body: Apparatus,
    hosts: NDArray[Any],
    streams: PartyStreams,
) -> NDArray[Any]:
    """Return one candidate trip a traveler and week, sorted by start and person; trips of a person never overlap.

    The week of a traveler begins on a day of his own. A stay lasts whole days, from one to twice the mean less one,
    all equally likely, and fits into its week. A candidate happens if its mark is below the rate over
    ``TRIP_MAX_RATE``; so trips at a lower rate are a subset of those at a higher one.
    """
    table = people.table
    who = np.flatnonzero(people.has("TRAVELER"))
    capital = table["place"][who] == geography.tirana
    purpose = np.full(who.size, PURPOSES.index("duty"))
    purpose[people.role("officer")[who]] = PURPOSES.index("officer")
    purpose[people.has("CORRESPONDENT")[who]] = PURPOSES.index("correspondent")
    purpose[capital] = PURPOSES.index("inspection")
    home_agency = _agencies_visited(people, body, who, purpose, streams)

    weeks = (_LAST_DAY - _FIRST_DAY + _WEEK_DAYS - 1) // _WEEK_DAYS + 1
    person = np.repeat(who, weeks)
    row = np.repeat(np.arange(who.size), weeks)
    week = np.tile(np.arange(weeks), who.size)
    phase = (_WEEK_DAYS * streams.uniform("trip_phase", who)).astype(np.int64)
    choices = 2.0 * settings.mean_stay_days - 1.0
    stay = 1 + (choices * streams.uniform("trip_stay", person, week)).astype(np.int64)
    stay = np.minimum(stay, _WEEK_DAYS)
    slack = _WEEK_DAYS - stay
    shift = ((slack + 1) * streams.uniform("trip_day", person, week)).astype(np.int64)
    start = _FIRST_DAY + (week - 1) * _WEEK_DAYS + phase[row] + shift
    inside = (start >= _FIRST_DAY) & (start + stay <= _LAST_DAY)
    person, row, week, start, stay = person[inside], row[inside], week[inside], start[inside], stay[inside]

    trips = np.zeros(person.size, dtype=TRIP)
    trips["person"] = person
    trips["start_minute"] = start * _DAY + settings.departure_hour * 60
    trips["end_minute"] = trips["start_minute"] + stay * _DAY
    trips["purpose"] = purpose[row]
    trips["mark"] = streams.uniform("trip_mark", person, week)
    u = streams.uniform("trip_host", person, week)
    sections = Pool(hosts["institution"])
    trips["host"] = sections.draw(home_agency[row], u)
    visits = trips["purpose"] == PURPOSES.index("inspection")
    trips["host"][visits] = _offices_visited(people, geography, hosts, body, u[visits])
    trips = trips[trips["host"] >= 0]
    return np.asarray(trips[np.lexsort((trips["person"], trips["start_minute"]))])


def _agencies_visited(people: People, body: Apparatus, who: Ints, purpose: Ints, streams: PartyStreams) -> Ints:
    """Return the central agency each traveler reports to: by service, or any other one, always the same."""
    named = {body.names[name]: row for row, name in enumerate(body.inst_name)}
    kinds = np.array(body.inst_kind)
    civil = np.flatnonzero(
        np.array(body.inst_central) & (kinds != KINDS.index("army_unit")) & (kinds != KINDS.index("police_unit"))
    )
    agency = civil[(civil.size * streams.uniform("trip_agency", who)).astype(np.int64)]
    agency[people.has("COMMITTEE_STAFF")[who]] = 0
    army = (purpose == PURPOSES.index("officer")) & (people.kind[who] == KINDS.index("army_unit"))
    police = (purpose == PURPOSES.index("officer")) & (people.kind[who] == KINDS.index("police_unit"))
    agency[army] = named[DEFENSE]
    agency[police] = named[INTERIOR]
    agency[purpose == PURPOSES.index("correspondent")] = named[DAILY]
    return np.asarray(agency, dtype=np.int64)


def _offices_visited(
    people: People, geography: Geography, hosts: NDArray[Any], body: Apparatus, u: NDArray[np.float64]
) -> Ints:
    """Return district committees visited on inspection, in proportion to the members of the district."""
    home = people.table["district"][(people.table["district"] >= 0) & (people.table["cell"] >= 0)]
    members = np.bincount(home, minlength=len(geography.districts)).astype(np.int64)
    members[geography.tirana_district] = 0
    committee = np.array(body.inst_committee)[hosts["institution"]]
    office = np.array(body.inst_kind)[hosts["institution"]] == KINDS.index("committee")
    host_of = np.full(len(geography.districts), -1, dtype=np.int64)
    for d in range(len(geography.districts)):
        found = np.flatnonzero(office & (committee == FIRST_DISTRICT + d))
        if found.size:
            host_of[d] = found[0]
    cumulated = np.cumsum(members)
    chosen = np.searchsorted(cumulated, u * cumulated[-1], side="right")
    return np.asarray(host_of[np.minimum(chosen, host_of.size - 1)], dtype=np.int64)


def candidate_moves(people: People, geography: Geography, streams: PartyStreams) -> NDArray[Any]:
    """Return one candidate transfer for every officer at home: to a cell of his service in another district.

    The district is drawn in proportion to the officers' service there, the place in it by chance. The transfers that
    happen are those with the lowest marks.
    """
    table = people.table
    officers = np.flatnonzero(people.role("officer") & (table["district"] >= 0) & (people.kind >= 0))
    service = np.where(people.kind == KINDS.index("police_unit"), KINDS.index("police_unit"), KINDS.index("army_unit"))
    serves = (people.kind == service) & (table["district"] >= 0)
    own = table["district"][officers].astype(np.int64)
    target = np.full(officers.size, -1, dtype=np.int64)
    for kind in (KINDS.index("army_unit"), KINDS.index("police_unit")):
        pool = np.flatnonzero(serves & (people.kind == kind))
        pool = pool[np.argsort(table["district"][pool], kind="stable")]
        mine = np.flatnonzero(service[officers] == kind)
        if not pool.size or not mine.size:
            continue
        count = np.bincount(table["district"][pool], minlength=len(geography.districts))
        start = np.cumsum(count) - count
        away = pool.size - count[own[mine]]
        # A position among the people of all other districts: skip the own block.
        position = (streams.uniform("move_place", officers[mine]) * away).astype(np.int64)
        position += np.where(position >= start[own[mine]], count[own[mine]], 0)
        target[mine] = np.where(away > 0, pool[np.minimum(position, pool.size - 1)], -1)
    officers, target = officers[target >= 0], target[target >= 0]
    moves = np.zeros(officers.size, dtype=MOVE)
    moves["person"] = officers
    for name in ("place", "district", "cell", "workplace", "neighborhood"):
        moves[name] = table[name][target]
    moves["when"] = streams.uniform("move_when", officers)
    moves["mark"] = streams.uniform("move_mark", officers)
    return moves
