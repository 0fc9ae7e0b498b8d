"""The apparatus: from how many members belong where to committees, institutions and cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import PartyError
from rumorsim.party.agencies import AGENCIES, APPARATUS, OFFICES, UNIT_KINDS
from rumorsim.party.apparatus import Apparatus
from rumorsim.party.apportion import apportion, rounded
from rumorsim.party.geography import Geography
from rumorsim.party.plan import Plan
from rumorsim.party.settings import Settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import COUNTRIES, KINDS

__all__ = ["CITY", "FIRST_DISTRICT", "UNORGANIZED", "abroad_cities", "build_apparatus"]

Ints = NDArray[np.int64]

#: Numbers of committees: 0 is the Central Committee, then the city, then the districts in their order.
CITY = 1
FIRST_DISTRICT = 2

#: Countries whose students had no party organization (F187).
UNORGANIZED = ("hungary", "czechoslovakia")

_LABELS = {
    "enterprise": "Enterprise",
    "school": "School",
    "army_unit": "Army unit",
    "police_unit": "Police unit",
    "village": "Village group",
}


def abroad_cities(geography: Geography, capital: int) -> list[int]:
    """Return the places abroad in the country of a capital, the capital first."""
    same = [row for row in geography.rows("capital_abroad") if geography.country[row] == geography.country[capital]]
    return [capital, *(row for row in same if row != capital)]


def build_apparatus(settings: Settings, geography: Geography, plan: Plan, streams: PartyStreams) -> Apparatus:
    """Turn the plan into committees, institutions and cells.

    Committee 0 is the Central Committee, 1 Tirana city, then the districts in their order, the army, the embassies.

    Raises
    ------
    PartyError
        If there are too few members for every central agency.
    """
    return _Builder(settings, geography, plan).build(streams)


class _Builder:
    def __init__(self, settings: Settings, geography: Geography, plan: Plan) -> None:
        self.settings = settings
        self.geography = geography
        self.plan = plan
        self.body = Apparatus()
        self.size = {
            kind: float(getattr(settings, f"cell_size_{'ministry' if kind == 'committee' else kind}")) for kind in KINDS
        }
        self.units = {geography.names[row]: row for row in geography.rows("unit")}
        self.capitals = [geography.find(capital) for capital in COUNTRIES.values()]

    def build(self, streams: PartyStreams) -> Apparatus:
        body, geography, plan, tirana = self.body, self.geography, self.plan, self.geography.tirana
        body.committee("central", tirana, "Central Committee")
        body.committee("city", tirana, "Tirana city committee")
        for d, name in enumerate(geography.districts):
            body.committee("district", int(geography.seat[d]), f"{name} district committee")
        self.army = body.committee("army", tirana, "Political Directorate of the Army")
        self.embassies = [body.committee("embassy", row, f"Embassy in {geography.names[row]}") for row in self.capitals]
        left = self._agencies()
        for committee, level in enumerate(body.comm_level):
            staff = (0, plan.city_staff, plan.district_staff, 0, plan.army_staff, plan.embassy_staff)[level]
            if staff:
                self._office(committee, staff)
        for place in geography.rows("town"):
            for kind in ("enterprise", "school", "army_unit", "police_unit"):
                members = left[kind] if place == tirana else int(plan.towns[kind][place])
                self._institutions(kind, place, members)
        for d, count in enumerate(plan.villages):
            self._institutions("village", int(geography.village_area[d]), int(count))
        self._abroad()
        body.share_out(streams)
        return body

    def _above(self, kind: str, place: int) -> int:
        """Return the committee above the cells of a kind at a place."""
        if kind == "army_unit":
            return self.army
        return CITY if place == self.geography.tirana else FIRST_DISTRICT + int(self.geography.district[place])

    def _cell_count(self, kind: str, members: int) -> int:
        return max(1, rounded(members / self.size[kind]))

    def _agencies(self) -> dict[str, int]:
        """Set up the central agencies; return kind -> members left in Tirana for other institutions."""
        left = dict(self.plan.tirana)
        own = [agency for agency in AGENCIES if agency.kind in ("ministry", "committee")]
        if left["ministry"] < 3 * len(own):
            raise PartyError(
                "too few members for the central agencies",
                given=left["ministry"],
                allowed=f"at least {3 * len(own)}: raise party.scale or party.share_ministry",
            )
        parts = iter(apportion(left.pop("ministry"), np.ones(len(own), dtype=np.int64)).tolist())
        mean = self.plan.tirana["ministry"] // len(own)
        for agency in AGENCIES:
            if agency in own:
                members = next(parts)
            else:
                few = agency.kind in ("enterprise", "school")
                usual = rounded(self.settings.cells_per_institution * self.size[agency.kind]) if few else mean
                members = min(usual, mean, left[agency.kind] // 2)
                left[agency.kind] -= members
            committee = 0 if agency.name == APPARATUS else self._above(agency.kind, self.geography.tirana)
            institution = self.body.institution(
                agency.kind, self.geography.tirana, committee, agency.name, self.units.get(agency.name, -1), agency
            )
            block = self.body.block(members)
            count = self._cell_count(agency.kind, members)
            staff_of = 0 if agency.name == APPARATUS else -1
            if members:
                self.body.cells(institution, count, block, committee, staff_of)
        return left

    def _office(self, committee: int, staff: int) -> None:
        """Set up the office of a committee, whose staff form cells of their own."""
        body = self.body
        text = body.names[body.comm_name[committee]]
        institution = body.institution(
            "committee", body.comm_place[committee], committee, text, self.units.get(OFFICES.get(text, text), -1)
        )
        body.cells(institution, self._cell_count("committee", staff), body.block(staff), committee, committee)

    def _institutions(self, kind: str, place: int, members: int) -> None:
        """Set up the ordinary institutions of one kind at one place."""
        if not members:
            return
        geography, body = self.geography, self.body
        district = int(geography.district[place])
        where = geography.districts[district] if kind == "village" else geography.names[place]
        named = [
            (name, row)
            for name, row in self.units.items()
            if UNIT_KINDS.get(name) == kind
            and geography.district[row] == district
            and place == geography.seat[district]
        ]
        cells = max(self._cell_count(kind, members), min(len(named), members))
        count = max(rounded(cells / self.settings.cells_per_institution), min(len(named), members), 1)
        committee = self._above(kind, place)
        block = body.block(members)
        for number, share in enumerate(apportion(cells, np.ones(count, dtype=np.int64)).tolist()):
            name, unit = named[number] if number < len(named) else (f"{_LABELS[kind]} {number + 1} of {where}", -1)
            body.cells(body.institution(kind, place, committee, name, unit), share, block, committee)

    def _abroad(self) -> None:
        """Set up the organizations of students and of officers in training abroad."""
        plan, geography = self.plan, self.geography
        for country, (name, capital) in enumerate(zip(COUNTRIES, self.capitals, strict=True)):
            members = int(plan.student_members[country])
            cities = abroad_cities(geography, capital)
            if name == "ussr":
                scaled = rounded(self.settings.student_organizations_ussr * self.settings.scale)
                self._organizations("student_organization", country, cities, members, max(1, scaled), "Students in")
                scaled = rounded(self.settings.officer_organizations_ussr * self.settings.scale)
                self._organizations(
                    "army_unit", country, cities, plan.officers_abroad, max(1, scaled), "Officers in training in"
                )
            elif name not in UNORGANIZED:
                count = self._cell_count("student_organization", members)
                self._organizations("student_organization", country, cities, members, count, "Students in")

    def _organizations(self, kind: str, country: int, cities: list[int], members: int, count: int, label: str) -> None:
        """Set up the organizations of one kind in one country, shared evenly by its cities, the capital first."""
        if not members:
            return
        committee = self.embassies[country]
        block = self.body.block(members)
        count = min(count, members)
        for city, share in zip(cities, apportion(count, np.ones(len(cities), dtype=np.int64)).tolist(), strict=True):
            if share:
                text = f"{label} {self.geography.names[city]}"
                institution = self.body.institution(kind, city, committee, text)
                self.body.cells(institution, share, block, committee, country=country)
