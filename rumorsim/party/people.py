"""Who the people are: role, standing, office and the traits that decide what they hear, tell and dare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import apportion, rounded, smallest
from rumorsim.party.geography import Geography
from rumorsim.party.organizations import FIRST_DISTRICT, UNORGANIZED, abroad_cities
from rumorsim.party.plan import Plan
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import COUNTRIES, FLAGS, KINDS, PERSON, ROLES

__all__ = ["People", "place_people"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass
class People:
    """People while they are being described.

    Attributes
    ----------
    table : (n,) records of `PERSON`.
    kind : (n,) int64, kind of the person's cell or institution, -1 for students outside organizations.
    central : (n,) bool, works in a central agency.
    foreign : (n,) bool, works in a central agency that deals with abroad.
    secretary : (n_cells,) int64, person.
    """

    table: NDArray[Any]
    kind: Ints
    central: Flags
    foreign: Flags
    secretary: Ints

    def role(self, name: str) -> Flags:
        """Return who has a role."""
        return np.asarray(self.table["role"] == ROLES.index(name))

    def flag(self, name: str, who: Ints | Flags) -> None:
        """Set a flag of some people."""
        self.table["flags"][who] |= np.uint16(FLAGS[name])

    def has(self, name: str) -> Flags:
        """Return who has a flag."""
        return np.asarray((self.table["flags"] & np.uint16(FLAGS[name])) != 0)


def place_people(
    settings: Settings, geography: Geography, plan: Plan, body: Apparatus, streams: PartyStreams
) -> People:
    """Make one record for everybody in the apparatus and the students abroad, and give roles and offices.

    People are numbered cell by cell; students outside party organizations come last.
    """
    size = body.cell_size
    of_cell = np.repeat(np.arange(size.size), size)
    loose_place, loose_country, loose_standing = _loose_students(geography, plan)
    members = of_cell.size
    n = members + loose_place.size
    table = np.zeros(n, dtype=PERSON)
    table["id"] = np.arange(n)
    institution = np.array(body.cell_inst, dtype=np.int64)
    place = np.array(body.inst_place, dtype=np.int64)[institution]
    table["cell"] = -1
    table["cell"][:members] = of_cell
    table["place"][:members] = place[of_cell]
    table["place"][members:] = loose_place
    table["district"] = geography.district[table["place"]]
    table["region"] = geography.region[table["place"]]
    table["committee"] = -1
    table["committee"][:members] = np.array(body.cell_staff_of)[of_cell]
    table["institution"] = -1
    table["institution"][:members] = institution[of_cell]
    table["student_country"] = -1
    table["student_country"][members:] = loose_country
    for name in ("workplace", "neighborhood", "host", "hostel"):
        table[name] = -1
    kind = np.full(n, -1, dtype=np.int64)
    kind[:members] = np.array(body.inst_kind)[institution[of_cell]]
    student = kind == KINDS.index("student_organization")
    table["student_country"][:members] = np.where(student[:members], np.array(body.cell_country)[of_cell], -1)
    central = np.zeros(n, dtype=np.bool_)
    central[:members] = np.array(body.inst_central)[institution[of_cell]]
    foreign = np.zeros(n, dtype=np.bool_)
    foreign[:members] = np.array(body.inst_foreign)[institution[of_cell]]
    people = People(table, kind, central, foreign, np.zeros(size.size, dtype=np.int64))
    _give_roles(people, settings, geography, streams)
    people.secretary = _choose_secretaries(people, size.size, members, streams)
    _give_offices(people, settings, geography, body, streams)
    _give_standing(people, plan, members, loose_standing, streams)
    return people


def _loose_students(geography: Geography, plan: Plan) -> tuple[Ints, Ints, Ints]:
    """Return place, country and standing of students who are in no party organization, by country.

    Students who are not members are spread over the cities of their country evenly, the capital first; members have
    no organization in Hungary and Czechoslovakia.
    """
    place: list[int] = []
    country: list[int] = []
    standing: list[int] = []
    for number, (name, capital) in enumerate(COUNTRIES.items()):
        cities = abroad_cities(geography, geography.find(capital))
        inside = int(plan.student_members[number])
        outside = int(plan.students[number]) - inside
        unorganized = inside if name in UNORGANIZED else 0
        for count, value in ((unorganized, 2), (outside, 0)):
            parts = apportion(count, np.ones(len(cities), dtype=np.int64))
            for city, share in zip(cities, parts.tolist(), strict=True):
                place += [city] * share
                country += [number] * share
                standing += [value] * share
    return np.array(place, dtype=np.int64), np.array(country, dtype=np.int64), np.array(standing, dtype=np.int64)


def _give_roles(people: People, settings: Settings, geography: Geography, streams: PartyStreams) -> None:
    """Give everybody but the leaders a role; counts of officers and functionaries are exact."""
    table, kind = people.table, people.kind
    abroad = table["district"] < 0
    army = (kind == KINDS.index("army_unit")) | (kind == KINDS.index("police_unit"))
    in_tirana = table["place"] == geography.tirana
    table["role"] = np.where(in_tirana, ROLES.index("tirana_member"), ROLES.index("provincial_member"))
    table["role"][(table["student_country"] >= 0)] = ROLES.index("student_abroad")
    officer = army & abroad
    directorate = np.isin(table["committee"], _army_committees(geography))
    officer |= directorate
    total = settings.scaled("officers")
    capital = rounded(settings.officers_tirana_share * total)
    for share, where in ((capital - int(directorate.sum()), in_tirana), (total - capital, ~in_tirana & ~abroad)):
        who = np.flatnonzero(army & where)
        keys = streams.bits("officer", who)
        officer[who[smallest(keys, share, people.central[who])]] = True
    table["role"][officer] = ROLES.index("officer")
    civil = np.flatnonzero(people.central & ~army)
    keys = streams.bits("functionary", civil)
    chosen = civil[smallest(keys, settings.scaled("central_functionaries", 1))]
    table["role"][chosen] = ROLES.index("tirana_functionary")
    staff = (table["committee"] > 0) & ~directorate & (in_tirana | abroad)
    table["role"][staff] = ROLES.index("tirana_functionary")


def _army_committees(geography: Geography) -> list[int]:
    return [FIRST_DISTRICT + len(geography.districts)]


def _choose_secretaries(people: People, cells: int, members: int, streams: PartyStreams) -> Ints:
    """Choose the secretary of every cell by chance, from its officers or functionaries if it has any."""
    table = people.table[:members]
    plain = ~(people.role("officer") | people.role("tirana_functionary"))[:members]
    keys = streams.bits("secretary", table["id"])
    order = np.lexsort((keys, plain, table["cell"]))
    first = np.searchsorted(table["cell"][order], np.arange(cells))
    secretary = order[first]
    people.flag("SECRETARY", secretary)
    return np.asarray(secretary, dtype=np.int64)


def _give_offices(
    people: People, settings: Settings, geography: Geography, body: Apparatus, streams: PartyStreams
) -> None:
    """Choose the leaders, committee staff, telephone duty and correspondents."""
    table = people.table
    people.flag("COMMITTEE_STAFF", table["committee"] >= 0)
    seats = settings.circle("central_committee", 3)
    provincial = _district_secretaries(people, rounded(settings.district_secretaries_in_cc * seats), geography, streams)
    capital = _seats_in_tirana(people, seats - provincial.size, body, streams)
    council = np.concatenate([capital, provincial])
    people.flag("CENTRAL_COMMITTEE", council)
    people.flag("POLITBURO", capital[: settings.circle("politburo", 1)])
    table["role"][council] = ROLES.index("leader")
    invited = np.flatnonzero(people.role("tirana_functionary") & people.central)
    guests = settings.circle("plenum_participants", 3) - council.size
    keys = streams.bits("invited", invited)
    leading = people.has("SECRETARY")[invited]
    people.flag("PLENUM", council)
    people.flag("PLENUM", invited[smallest(keys, guests, leading)])
    _duty(people, settings, body)
    reporters = np.flatnonzero(
        (people.kind == KINDS.index("enterprise"))
        & (table["district"] >= 0)
        & (table["district"] != geography.tirana_district)
    )
    keys = streams.bits("correspondent", reporters)
    chosen = _first_of_each(table["district"][reporters], keys, settings.scaled("correspondents_per_district", 1))
    people.flag("CORRESPONDENT", reporters[chosen])


def _first_of_each(group: NDArray[Any], keys: NDArray[np.uint64], count: int) -> Ints:
    """Return the positions of the `count` smallest keys in every group."""
    order = np.lexsort((keys, group))
    ordered = group[order]
    start = np.searchsorted(ordered, ordered)
    return np.sort(order[np.arange(order.size) - start < count])


def _district_secretaries(people: People, seats: int, geography: Geography, streams: PartyStreams) -> Ints:
    """Return the district secretaries in the Central Committee: first secretaries before other officials."""
    table = people.table
    last = FIRST_DISTRICT + len(geography.districts)
    own = FIRST_DISTRICT + geography.tirana_district
    staff = np.flatnonzero(
        (table["committee"] >= FIRST_DISTRICT) & (table["committee"] < last) & (table["committee"] != own)
    )
    committee = table["committee"][staff].astype(np.int64)
    first = people.has("SECRETARY")[staff]
    order = np.lexsort((staff, ~first, committee))
    rank = np.empty(staff.size, dtype=np.int64)
    rank[order] = np.arange(staff.size) - np.searchsorted(committee[order], committee[order])
    lot = streams.bits("district_secretary", committee)
    return np.asarray(staff[np.lexsort((staff, lot, rank))[:seats]], dtype=np.int64)


def _seats_in_tirana(people: People, seats: int, body: Apparatus, streams: PartyStreams) -> Ints:
    """Return the Central Committee members in Tirana, in order of rank.

    Alternately the head of a central agency, in the order of the agencies, and an official of the Central Committee's
    staff; when the agencies are used up, the rest are officials of the staff.
    """
    table = people.table
    able = people.role("tirana_functionary") | people.role("officer")
    own = np.flatnonzero(able & people.central & (table["committee"] == 0))
    own = own[np.argsort(streams.bits("leader", own), kind="stable")]
    others = np.flatnonzero(able & people.central & (table["committee"] != 0))
    inst = table["institution"][others]
    heads = others[_first_of_each(inst, streams.bits("leader", others), 1)]
    heads = heads[np.argsort(table["institution"][heads], kind="stable")]
    city = np.flatnonzero((table["committee"] == 1) & people.has("SECRETARY"))[:1]
    heads = np.concatenate([heads[:1], city, heads[1:]])
    both = min(heads.size, own.size)
    mixed = np.empty(2 * both, dtype=np.int64)
    mixed[0::2], mixed[1::2] = own[:both], heads[:both]
    return np.concatenate([mixed, own[both:], heads[both:]])[:seats]


def _duty(people: People, settings: Settings, body: Apparatus) -> None:
    """Put people on telephone duty: in every committee, central agency and army or police unit, and correspondents."""
    table = people.table
    large = np.isin(np.array(body.inst_kind), [KINDS.index("army_unit"), KINDS.index("police_unit")])
    large |= np.array(body.inst_central) | (np.array(body.inst_kind) == KINDS.index("committee"))
    inside = np.flatnonzero(table["institution"] >= 0)
    inside = inside[large[table["institution"][inside]] & (table["role"][inside] != ROLES.index("leader"))]
    first = people.has("SECRETARY")[inside]
    keys = inside.astype(np.uint64)
    keys[first] += np.uint64(1 << 40)
    people.flag("DUTY", inside[_first_of_each(table["institution"][inside], keys, settings.duty_officers)])


def _give_standing(people: People, plan: Plan, members: int, loose_standing: Ints, streams: PartyStreams) -> None:
    """Say who is a candidate: exactly the given number, never a secretary, official or officer on duty."""
    table = people.table
    table["standing"][:members] = 2
    table["standing"][members:] = loose_standing
    office = people.has("SECRETARY") | people.has("COMMITTEE_STAFF") | people.has("PLENUM") | people.has("DUTY")
    able = np.flatnonzero((table["standing"] == 2) & ~office)
    keys = streams.bits("candidate", able)
    table["standing"][able[smallest(keys, plan.candidates)]] = 1
