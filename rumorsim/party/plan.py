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
        If the party is too small for its committees, or the shares contradict each other.
    """
    full, candidates = settings.scaled("members_full"), settings.scaled("candidates")
    total = full + candidates
    countries = len(COUNTRIES)
    students = apportion(settings.scaled("students_abroad", countries), settings.students(), floor=1)
    student_members = apportion(rounded(settings.students_member_share * int(students.sum())), students)
    officers_abroad = settings.scaled("officers_abroad", 1)
    embassy = settings.scaled("embassy_staff", 1)
    district_staff = settings.scaled("committee_staff", _SMALLEST_STAFF)
    city_staff = settings.scaled("committee_staff_tirana", _SMALLEST_STAFF)
    home = total - int(student_members.sum()) - officers_abroad - countries * embassy
    staff = (len(geography.districts) + 1) * district_staff + city_staff
    if home - staff < total // 2:
        raise PartyError(
            "too small a party for its committees", path="party.scale", given=settings.scale, allowed="0.03 to 1"
        )
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
    weight = _town_weights(geography)
    towns = {
        "enterprise": apportion(enterprise - tirana["enterprise"], weight),
        "school": apportion(school - tirana["school"], weight),
        "army_unit": apportion(army - tirana["army_unit"], weight),
        "police_unit": apportion(police - tirana["police_unit"], weight),
    }
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
        villages=apportion(village, geography.rural),
    )


def _town_weights(geography: Geography) -> Ints:
    """Return (n_places,) weights of towns other than Tiranë: the urban people of a district, shared by its towns."""
    weight = np.zeros(len(geography.ids), dtype=np.int64)
    towns = np.array(geography.rows("town"))
    for district, urban in enumerate(geography.urban):
        here = towns[geography.district[towns] == district]
        people = np.maximum(geography.population[here], 1)
        if district == geography.tirana_district:
            weight[here] = people
        else:
            weight[here] = apportion(int(urban), people)
    weight[geography.tirana] = 0
    return weight
