"""The numbers the party is built from, read from a scenario and checked before any work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from rumorsim.errors import PartyError
from rumorsim.party.vocabulary import COUNTRIES

__all__ = ["STRUCTURAL_KEYS", "Settings", "read_settings"]

_OUTSIDE: Final[dict[str, str]] = {
    "travelers_share": "travel.travelers_share",
    "mean_stay_days": "travel.mean_stay_days",
    "departure_hour": "travel.departure_hour",
    "attentive_share": "inference.attentive_share",
    "meeting_interval_days": "meeting.interval_days",
}


@dataclass(frozen=True)
class Settings:
    """Values of the structural keys; a field ``x`` is the catalog entry ``party.x`` unless `key` says otherwise.

    Examples
    --------
    >>> Settings.key("tirana_share"), Settings.key("mean_stay_days")
    ('party.tirana_share', 'travel.mean_stay_days')
    """

    seed: int
    scale: float
    scope: str
    members_full: int
    candidates: int
    tirana_share: float
    share_village: float
    share_enterprise: float
    share_army: float
    share_police: float
    share_school: float
    share_ministry: float
    cell_size_ministry: float
    cell_size_enterprise: float
    cell_size_village: float
    cell_size_army_unit: float
    cell_size_police_unit: float
    cell_size_school: float
    cell_size_student_organization: float
    cells_per_institution: int
    central_functionaries: int
    officers: int
    officers_tirana_share: float
    central_committee: int
    politburo: int
    plenum_participants: int
    district_secretaries_in_cc: float
    committee_staff: int
    committee_staff_tirana: int
    duty_officers: int
    embassy_staff: int
    correspondents_per_district: int
    students_abroad: int
    students_ussr: int
    students_hungary: int
    students_bulgaria: int
    students_czechoslovakia: int
    students_poland: int
    students_gdr: int
    students_romania: int
    students_china: int
    students_member_share: float
    officers_abroad: int
    student_organizations_ussr: int
    officer_organizations_ussr: int
    hostel_size: int
    foreign_trained_tirana: float
    foreign_trained_elsewhere: float
    foreign_agency_factor: float
    radio_town: float
    radio_village: float
    radio_functionary: float
    listening_share: float
    listening_foreign_trained: float
    kin_ties: float
    kin_town_share: float
    kin_neighborhood_share: float
    friend_ties: float
    long_tie_share: float
    friend_same_role_share: float
    distance_exponent: float
    south_tilt: float
    neighborhood_size: int
    workplace_size: int
    student_family_ties: float
    student_family_functionary_share: float
    talk_spread: float
    boldness_foreign_trained: float
    boldness_functionary: float
    receptivity_spread: float
    visibility_distance_km: float
    travelers_share: float
    mean_stay_days: float
    departure_hour: int
    attentive_share: float
    meeting_interval_days: float
    central_committee_related: int
    least_count: int

    @staticmethod
    def key(name: str) -> str:
        """Return the catalog id of a field."""
        return _OUTSIDE.get(name, f"party.{name}")

    def students(self) -> list[int]:
        """Return the stated or assumed number of students by country, in the order of `COUNTRIES`, at full scale."""
        return [int(getattr(self, f"students_{country}")) for country in COUNTRIES]

    def scaled(self, name: str, least: int = 0) -> int:
        """Return a count times ``party.scale``, rounded, at least `least`; 0 stays 0."""
        value = getattr(self, name)
        return max(least, int(value * self.scale + 0.5)) if value else 0

    def circle(self, name: str, least: int) -> int:
        """Return a count of people with whom something begins, `scaled`, and at least `least_count` of them."""
        return self.scaled(name, max(least, min(self.least_count, int(getattr(self, name)))))

    def as_dict(self) -> dict[str, Any]:
        """Return the values by catalog id."""
        return {self.key(field.name): getattr(self, field.name) for field in fields(self)}


#: Catalog ids that change the party. Every other id leaves it as it is, byte for byte.
STRUCTURAL_KEYS: Final[tuple[str, ...]] = tuple(Settings.key(field.name) for field in fields(Settings))


def read_settings(values: Mapping[str, Any]) -> Settings:
    """Read the structural values of a scenario.

    Parameters
    ----------
    values : catalog id -> value, as in ``Scenario.values``.

    Raises
    ------
    PartyError
        If a value is missing, of the wrong type, or the values contradict each other.
    """
    read: dict[str, Any] = {}
    for field in fields(Settings):
        key = Settings.key(field.name)
        if key not in values:
            raise PartyError("the scenario has no value", path=key)
        read[field.name] = _typed(key, values[key], str(field.type))
    settings = Settings(**read)
    _check(settings)
    return settings


def _typed(key: str, value: Any, kind: str) -> Any:
    if kind == "str":
        return str(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PartyError("not a number", path=key, given=value, allowed="a number")
    if not 0 <= value < float("inf"):
        raise PartyError("out of bounds", path=key, given=value, allowed="a number that is not negative")
    if kind == "int":
        # A value drawn from a prior need not be whole: the count is the nearest one.
        return int(value) if isinstance(value, int) else int(value + 0.5)
    return float(value)


def _check(settings: Settings) -> None:
    def refuse(what: str, name: str, allowed: str) -> None:
        raise PartyError(what, path=Settings.key(name), given=getattr(settings, name), allowed=allowed)

    if settings.scope not in ("party", "country"):
        refuse("unknown scope", "scope", "party, country")
    if not 0.0 < settings.scale <= 1.0:
        refuse("out of bounds", "scale", "above 0, at most 1")
    for field in fields(settings):
        if "share" in field.name and float(getattr(settings, field.name)) > 1.0:
            refuse("a share above 1", field.name, "0 to 1")
        if field.name.startswith("cell_size_") and float(getattr(settings, field.name)) < 3.0:
            refuse("cells too small", field.name, "3 or more")
    for name in ("neighborhood_size", "workplace_size", "hostel_size", "cells_per_institution"):
        if getattr(settings, name) < 1:
            refuse("groups too small", name, "1 or more")
    if settings.politburo > settings.central_committee:
        refuse("larger than the Central Committee", "politburo", f"at most {settings.central_committee}")
    if settings.central_committee > settings.plenum_participants:
        refuse("fewer than the Central Committee", "plenum_participants", f"at least {settings.central_committee}")
    if not 1.0 <= settings.mean_stay_days <= 4.0:
        refuse("a duty trip must fit into its week", "mean_stay_days", "1 to 4")
    if settings.departure_hour > 23:
        refuse("not an hour of the day", "departure_hour", "0 to 23")
