"""How many members which kind of organization has where: the whole-number skeleton of the party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import PartyError
from rumorsim.party.apportion import apportion, rounded
from rumorsim.party.geography import Geography
from rumorsim.party.settings import Settings
from rumorsim.party.vocabulary import COUNTRIES

__all__ = ["Plan", "plan_members"]

Ints = NDArray[np.int64]

#: Fewest officials of a committee, so that a scaled-down committee can still receive and report.
_SMALLEST_STAFF: Final = 2
#: Steps of proportional fitting: the table of 25 districts by two columns no longer changes after about 20.
_FITTING_STEPS: Final = 40


@dataclass(frozen=True)
class Plan:
    """How many people belong where, before anybody is placed: the whole-number skeleton of the party.

    Attributes
    ----------
    full, candidates : members and candidates.
    students, student_members : (n_countries,) students abroad, and those of them who are in the party.
    officers_abroad, embassy_staff, district_staff, city_staff, army_staff : persons (staff: each committee).
    tirana : kind -> members in Tirana's town, committees aside.
    towns : kind -> (n_places,) members in the other towns.
    villages : (n_districts,) members in villages.
    """

    full: int
    candidates: int
    students: Ints
    student_members: Ints
    officers_abroad: int
    embassy_staff: int
    district_staff: int
    city_staff: int
    army_staff: int
    tirana: dict[str, int]
    towns: dict[str, Ints]
    villages: Ints


def plan_members(settings: Settings, geography: Geography) -> Plan:
    """Share all members out among kinds of organizations and places; all totals are exact.

    Raises
    ------
    PartyError
        If the shares contradict each other.
    """
    # Who is abroad: students in eight countries, officers at schools, the staff of embassies.
    full, candidates = settings.scaled("members_full"), settings.scaled("candidates")
    total = full + candidates
    countries = len(COUNTRIES)
    abroad = settings.scaled("students_abroad", countries)
    students = apportion(abroad, settings.students(), least=min(abroad, 1))
    student_members = apportion(rounded(settings.students_member_share * int(students.sum())), students)
    officers_abroad = settings.scaled("officers_abroad", 1)
    embassy = settings.scaled("embassy_staff", 1)
    district_staff = settings.scaled("committee_staff", _SMALLEST_STAFF)
    city_staff = settings.scaled("committee_staff_tirana", _SMALLEST_STAFF)
    home = total - int(student_members.sum()) - officers_abroad - countries * embassy
    staff = (len(geography.districts) + 1) * district_staff + city_staff
    # Everybody else at home, by kind of organization; the staff of committees stands apart.
    words = ("ministry", "enterprise", "village", "army", "police", "school")
    parts = apportion(home - staff, [rounded(1e6 * float(getattr(settings, f"share_{word}"))) for word in words])
    ministry, enterprise, village, army, police, school = (int(part) for part in parts)

    # The Tirana organization: central agencies, city and district committee, enterprises and schools of the town.
    rest = rounded(settings.tirana_share * home) - ministry - city_staff - district_staff
    if not 0 <= rest <= enterprise + school:
        low = (ministry + city_staff + district_staff) / home
        raise PartyError(
            "the Tirana organization cannot hold its central agencies, or holds more than there are members in towns",
            path="party.tirana_share",
            given=settings.tirana_share,
            allowed=f"{low:.3f} to {low + (enterprise + school) / home:.3f} with the other shares as they are",
        )
    tirana_enterprise, tirana_school = (int(part) for part in apportion(rest, [enterprise, school]))
    tirana = {
        "ministry": ministry,
        "enterprise": tirana_enterprise,
        "school": tirana_school,
        "army_unit": rounded(settings.officers_tirana_share * army),
        "police_unit": rounded(settings.officers_tirana_share * police),
    }
    # What is left goes to the districts: villages by their number, towns by the weight of their people.
    outside = {
        "enterprise": enterprise - tirana["enterprise"],
        "school": school - tirana["school"],
        "army_unit": army - tirana["army_unit"],
        "police_unit": police - tirana["police_unit"],
    }
    villages, districts = _fit_districts(geography, village, sum(outside.values()), district_staff)
    weight = _town_weights(geography, districts)
    towns = {kind: apportion(members, weight) for kind, members in outside.items()}
    return Plan(
        full=full,
        candidates=candidates,
        students=students,
        student_members=student_members,
        officers_abroad=officers_abroad,
        embassy_staff=embassy,
        district_staff=district_staff,
        city_staff=city_staff,
        army_staff=district_staff,
        tirana=tirana,
        towns=towns,
        villages=villages,
    )


def _fit_districts(geography: Geography, villagers: int, townspeople: int, staff: int) -> tuple[Ints, Ints]:
    """Share members in villages and in towns out over the districts.

    Members in villages follow village inhabitants, members in towns follow town inhabitants, and both together follow
    the members a district is thought to have (``catalog.districts()``, ``member_share``): iterative proportional
    fitting of a table with two columns. The district of Tiranë has no such share: its villages get their part by
    inhabitants, its town is the Tirana organization.

    Returns
    -------
    villages : (n_districts,) int64, adds up to `villagers`.
    towns : (n_districts,) int64, adds up to `townspeople`, 0 for Tiranë.
    """
    capital = geography.tirana_district
    near = int(apportion(villagers, geography.rural)[capital])
    rows = [d for d in range(len(geography.districts)) if d != capital]
    village = [float(geography.rural[d]) for d in rows]
    town = [float(geography.urban[d]) for d in rows]
    total = villagers - near + townspeople + staff * len(rows)
    shares = [float(geography.member_share[d]) for d in rows]
    # Officials of the committee are among the members of a district; a tenth is left where they are nearly all.
    wanted = [max(share * total - staff, 0.1 * share * total) for share in shares]
    for _ in range(_FITTING_STEPS):
        village = _scaled_to(village, villagers - near)
        town = _scaled_to(town, townspeople)
        for row, members in enumerate(wanted):
            factor = members / (village[row] + town[row])
            village[row] *= factor
            town[row] *= factor
    villages = np.zeros(len(geography.districts), dtype=np.int64)
    towns = np.zeros(len(geography.districts), dtype=np.int64)
    villages[rows] = apportion(villagers - near, [rounded(1000.0 * members) for members in village])
    villages[capital] = near
    towns[rows] = apportion(townspeople, [rounded(1000.0 * members) for members in town])
    return villages, towns


def _scaled_to(column: list[float], total: int) -> list[float]:
    """Return the numbers of a column times one factor, so that they add up to a total; plain sums, in order."""
    added = 0.0
    for number in column:
        added += number
    return [number * (total / added) for number in column]


def _town_weights(geography: Geography, districts: Ints) -> Ints:
    """Return (n_places,) members in towns by place: those of a district, shared by its towns; 0 for Tiranë."""
    weight = np.zeros(len(geography.ids), dtype=np.int64)
    towns = np.array(geography.rows("town"))
    for district, members in enumerate(districts.tolist()):
        here = towns[geography.district[towns] == district]
        weight[here] = apportion(1000 * members, np.maximum(geography.population[here], 1))
    return weight
