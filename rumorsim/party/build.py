"""Building the party of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.apparatus import Apparatus
from rumorsim.party.geography import Geography, read_geography
from rumorsim.party.groups import form_groups
from rumorsim.party.inhabitants import add_inhabitants
from rumorsim.party.organizations import build_apparatus
from rumorsim.party.party import Party
from rumorsim.party.people import People, place_people
from rumorsim.party.plan import plan_members
from rumorsim.party.settings import Settings, read_settings
from rumorsim.party.streams import PartyStreams
from rumorsim.party.ties import tie_people
from rumorsim.party.traits import give_traits
from rumorsim.party.travel import candidate_moves, candidate_trips, choose_travelers
from rumorsim.party.vocabulary import CELL, COMMITTEE, GROUP, INSTITUTION, MOVE, PERSON, ROLES, TIE, TRIP

__all__ = ["ScenarioLike", "build_party"]

_WEEKDAYS: Final = 6


class ScenarioLike(Protocol):
    """What is needed of a scenario: its values and its kind of population."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Catalog id -> value."""

    @property
    def population(self) -> str:
        """ "party" or "complete"."""


def build_party(scenario: ScenarioLike) -> Party:
    """Build the party of a scenario; the same seed and structural values give the same bytes everywhere.

    Parameters
    ----------
    scenario : from `rumorsim.load_scenario`.

    Raises
    ------
    PartyError
        If the values contradict each other.

    Examples
    --------
    >>> import rumorsim as rs
    >>> party = rs.build_party(rs.load_scenario("classroom"))
    >>> int((party.people["standing"] > 0).sum())
    1994
    """
    if scenario.population == "complete":
        return _complete(scenario)
    settings = read_settings(scenario.values)
    geography = read_geography()
    streams = PartyStreams(settings.seed)
    plan = plan_members(settings, geography)
    body = build_apparatus(settings, geography, plan, streams)
    people = place_people(settings, geography, plan, body, streams)
    if settings.scope == "country":
        people = add_inhabitants(people, settings, geography, body, streams)
    give_traits(people, settings, geography, streams)
    choose_travelers(people, settings, geography, streams)
    groups = form_groups(people, settings, geography, body, streams)
    ties = tie_people(people, settings, geography, body, streams)
    trips = candidate_trips(people, settings, geography, body, groups.hosts, streams)
    moves = candidate_moves(people, geography, streams)
    return Party(
        population="party",
        values=MappingProxyType(settings.as_dict()),
        names=tuple(body.names),
        people=people.table,
        cells=_cells(body, people, settings, geography, streams),
        committees=_committees(body, people, geography),
        institutions=_institutions(body, people),
        workplaces=groups.workplaces,
        neighborhoods=groups.neighborhoods,
        hosts=groups.hosts,
        hostels=groups.hostels,
        ties=ties,
        trips=trips,
        moves=moves,
    )


def _cells(
    body: Apparatus, people: People, settings: Settings, geography: Geography, streams: PartyStreams
) -> NDArray[Any]:
    size = body.cell_size
    cells = np.zeros(size.size, dtype=CELL)
    number = np.arange(size.size)
    institution = np.array(body.cell_inst)
    cells["id"] = number
    cells["institution"] = institution
    cells["kind"] = np.array(body.inst_kind)[institution]
    cells["place"] = np.array(body.inst_place)[institution]
    cells["district"] = geography.district[cells["place"]]
    cells["committee"] = body.cell_committee
    cells["secretary"] = people.secretary
    cells["size"] = size
    cells["weekday"] = (_WEEKDAYS * streams.uniform("meeting_weekday", number)).astype(np.int8)
    cells["phase_days"] = settings.meeting_interval_days * streams.uniform("meeting_phase", number)
    cells["name_id"] = body.cell_name
    return cells


def _committees(body: Apparatus, people: People, geography: Geography) -> NDArray[Any]:
    committees = np.zeros(len(body.comm_level), dtype=COMMITTEE)
    committees["id"] = np.arange(committees.size)
    committees["level"] = body.comm_level
    committees["place"] = body.comm_place
    committees["district"] = geography.district[committees["place"]]
    staff = people.table["committee"]
    committees["staff"] = np.bincount(staff[staff >= 0], minlength=committees.size)
    committees["name_id"] = body.comm_name
    return committees


def _institutions(body: Apparatus, people: People) -> NDArray[Any]:
    institutions = np.zeros(len(body.inst_kind), dtype=INSTITUTION)
    institutions["id"] = np.arange(institutions.size)
    institutions["kind"] = body.inst_kind
    institutions["place"] = body.inst_place
    institutions["unit"] = body.inst_unit
    institutions["committee"] = body.inst_committee
    institutions["central"] = body.inst_central
    institutions["foreign"] = body.inst_foreign
    belongs = people.table["institution"][people.table["cell"] >= 0]
    institutions["size"] = np.bincount(belongs, minlength=institutions.size)
    institutions["name_id"] = body.inst_name
    return institutions


def _complete(scenario: ScenarioLike) -> Party:
    """Return people who all share one workplace: the population of the classic rumor models."""
    size = int(scenario.values["population.size"])
    geography = read_geography()
    people = np.zeros(size, dtype=PERSON)
    people["id"] = np.arange(size)
    people["place"] = geography.tirana
    people["district"] = geography.tirana_district
    people["region"] = geography.region[geography.tirana]
    people["role"] = ROLES.index("tirana_member")
    people["standing"] = 2
    for name in ("cell", "committee", "institution", "neighborhood", "host", "hostel", "student_country"):
        people[name] = -1
    people["talk"] = 16
    people["receptivity"] = 1.0
    workplaces = np.zeros(1, dtype=GROUP)
    workplaces["place"] = geography.tirana
    workplaces["institution"] = -1
    workplaces["size"] = size

    def empty(layout: np.dtype[Any]) -> NDArray[Any]:
        return np.zeros(0, dtype=layout)

    return Party(
        population="complete",
        values=MappingProxyType({"population.size": size}),
        names=(),
        people=people,
        cells=empty(CELL),
        committees=empty(COMMITTEE),
        institutions=empty(INSTITUTION),
        workplaces=workplaces,
        neighborhoods=empty(GROUP),
        hosts=empty(GROUP),
        hostels=empty(GROUP),
        ties=empty(TIE),
        trips=empty(TRIP),
        moves=empty(MOVE),
    )
