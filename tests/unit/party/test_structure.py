"""Laws that hold in every party, whatever its size."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.errors import PartyError
from rumorsim.party import FLAGS, KINDS, LEVELS, ROLES, Party
from rumorsim.party.agencies import AGENCIES, UNIT_KINDS
from rumorsim.party.settings import Settings


def test_ids_are_rows(any_party: Party) -> None:
    for array in (any_party.people, any_party.cells, any_party.committees, any_party.institutions):
        assert (array["id"] == np.arange(array.size)).all()


def test_every_member_is_in_one_cell(any_party: Party) -> None:
    people, cells = any_party.people, any_party.cells
    inside = people["cell"] >= 0
    assert (np.bincount(people["cell"][inside], minlength=cells.size) == cells["size"]).all()
    assert cells["size"].sum() == inside.sum()
    assert (people["standing"][inside] > 0).all()
    # Members without a cell are students in the two countries that had no organization.
    rest = people[~inside & (people["standing"] > 0)]
    countries = {any_party.geography.country[row] for row in rest["place"]}
    assert countries == {"Hungary", "Czechoslovakia"}
    assert (rest["role"] == ROLES.index("student_abroad")).all()


def test_members_of_a_cell_follow_each_other(any_party: Party) -> None:
    start = any_party.cell_start
    for cell in (0, 7, any_party.cells.size - 1):
        assert (any_party.people["cell"][start[cell] : start[cell + 1]] == cell).all()
    assert start[-1] == any_party.cells["size"].sum()


def test_cells_and_their_people_share_place_and_institution(any_party: Party) -> None:
    people, cells = any_party.people, any_party.cells
    inside = people["cell"] >= 0
    for name in ("place", "district", "institution"):
        assert (people[name][inside] == cells[name][people["cell"][inside]]).all()
    assert (cells["kind"] == any_party.institutions["kind"][cells["institution"]]).all()
    belongs = people["institution"][inside]
    assert (np.bincount(belongs, minlength=any_party.institutions.size) == any_party.institutions["size"]).all()


def test_the_secretary_belongs_to_the_cell(any_party: Party) -> None:
    secretary = any_party.cells["secretary"]
    assert (any_party.people["cell"][secretary] == any_party.cells["id"]).all()
    assert (np.flatnonzero(any_party.has_flag("SECRETARY")) == np.sort(secretary)).all()
    assert (any_party.people["standing"][secretary] == 2).all()


def test_committees(any_party: Party) -> None:
    people, committees = any_party.people, any_party.committees
    staff = people["committee"]
    assert (np.bincount(staff[staff >= 0], minlength=committees.size) == committees["staff"]).all()
    assert (committees["staff"] > 0).all()
    assert (any_party.has_flag("COMMITTEE_STAFF") == (staff >= 0)).all()
    levels = np.bincount(committees["level"], minlength=len(LEVELS)).tolist()
    assert levels == [1, 1, 26, 0, 1, 8]
    # Officials work where their committee sits; district committee d is number 2 + d.
    assert (people["place"][staff >= 0] == committees["place"][staff[staff >= 0]]).all()
    assert committees["district"][2:28].tolist() == list(range(26))


def test_cells_report_to_the_right_committee(any_party: Party) -> None:
    cells, committees = any_party.cells, any_party.committees
    level = committees["level"][cells["committee"]]
    kind = cells["kind"]
    army = (kind == KINDS.index("army_unit")) & (cells["district"] >= 0)
    assert (level[army] == LEVELS.index("army")).all()
    assert (level[cells["district"] < 0] == LEVELS.index("embassy")).all()
    civil = (kind != KINDS.index("army_unit")) & (kind != KINDS.index("committee")) & (cells["district"] >= 0)
    in_tirana = cells["place"] == any_party.geography.tirana
    assert (level[civil & in_tirana] == LEVELS.index("city")).all()
    outside = civil & ~in_tirana
    assert (level[outside] == LEVELS.index("district")).all()
    assert (committees["district"][cells["committee"][outside]] == cells["district"][outside]).all()


def test_kinds_live_where_they_can(any_party: Party) -> None:
    cells = any_party.cells
    place_kind = np.array(any_party.geography.kinds)[cells["place"]]
    village = cells["kind"] == KINDS.index("village")
    assert (place_kind[village] == "village_area").all()
    assert (place_kind[~village & (cells["district"] >= 0)] == "town").all()
    ministry = cells["kind"] == KINDS.index("ministry")
    assert (cells["place"][ministry] == any_party.geography.tirana).all()


def test_roles_follow_place(any_party: Party) -> None:
    people = any_party.people
    in_tirana = people["place"] == any_party.geography.tirana
    assert in_tirana[any_party.has_role("tirana_member")].all()
    assert not in_tirana[any_party.has_role("provincial_member")].any()
    assert (people["district"][any_party.has_role("provincial_member")] >= 0).all()
    assert ((people["student_country"] >= 0) == any_party.has_role("student_abroad")).all()
    away = any_party.has_role("tirana_functionary") & ~in_tirana
    assert (any_party.committees["level"][people["committee"][away]] == LEVELS.index("embassy")).all()


@pytest.mark.parametrize("layer", ["workplace", "neighborhood", "host", "hostel"])
def test_groups_count_their_people(any_party: Party, layer: str) -> None:
    groups = getattr(any_party, layer + "s")
    column = any_party.people[layer]
    assert column.max() == groups.size - 1
    assert (np.bincount(column[column >= 0], minlength=groups.size) == groups["size"]).all()
    assert (groups["size"] > 0).all()
    # A group is at one place.
    inside = column >= 0
    assert (groups["place"][column[inside]] == any_party.people["place"][inside]).all()


def test_who_is_in_which_group(any_party: Party) -> None:
    people = any_party.people
    at_home = people["district"] >= 0
    assert ((people["neighborhood"] >= 0) == at_home).all()
    assert (people["workplace"] >= 0).all()
    assert ((people["host"] >= 0) == any_party.has_flag("HOST")).all()
    student_or_officer = any_party.has_role("student_abroad") | (any_party.has_role("officer") & ~at_home)
    assert ((people["hostel"] >= 0) == student_or_officer).all()
    inside = people["institution"] >= 0
    of_work = any_party.workplaces["institution"][people["workplace"][inside]]
    student = any_party.has_role("student_abroad")[inside]
    assert (of_work[~student] == people["institution"][inside][~student]).all()


def test_visitors_are_received_by_functionaries(any_party: Party) -> None:
    hosts = any_party.people[any_party.has_flag("HOST")]
    assert (hosts["district"] >= 0).all()
    staff = hosts["committee"] >= 0
    able = [ROLES.index(role) for role in ("leader", "tirana_functionary", "officer")]
    assert np.isin(hosts["role"][~staff], able).all()
    assert any_party.institutions["central"][hosts["institution"][~staff]].all()
    # Every central agency and every committee at home receives visitors.
    receiving = set(any_party.hosts["institution"].tolist())
    assert set(np.flatnonzero(any_party.institutions["central"]).tolist()) <= receiving
    offices = (any_party.institutions["kind"] == KINDS.index("committee")) & (
        any_party.geography.district[any_party.institutions["place"]] >= 0
    )
    assert set(np.flatnonzero(offices).tolist()) <= receiving


def test_workplaces_mix_neighboring_cells(party: Party) -> None:
    # Cells and workplaces must not be the same partition, else a rumor could not leave a cell at work.
    inside = (party.people["cell"] >= 0) & party.has_kind("ministry")
    pairs = np.unique(party.people[["cell", "workplace"]][inside])
    assert pairs.size > 1.5 * np.unique(pairs["cell"]).size


def test_leaders_live_together(party: Party) -> None:
    leaders = party.has_role("leader") & (party.people["place"] == party.geography.tirana)
    assert np.unique(party.people["neighborhood"][leaders]).size <= 2


def test_traits_are_in_bounds(any_party: Party) -> None:
    people = any_party.people
    assert people["talk"].min() >= 1
    assert people["talk"].max() <= 64
    assert abs(people["talk"].mean() - 16.0) < 16.0 * 4 * 0.6 / np.sqrt(people.size) + 0.1
    for name in ("boldness", "access", "visibility"):
        assert people[name].min() >= 0.0
        assert people[name].max() <= 1.0
    assert abs(people["receptivity"].mean() - 1.0) < 4 * 0.3 / np.sqrt(3 * people.size)
    assert ((people["access"] > 0) == any_party.has_flag("LISTENER")).all()
    in_tirana = people["place"] == any_party.geography.tirana
    assert (people["visibility"][in_tirana] == 1.0).all()
    assert (people["visibility"][~in_tirana] < 1.0).all()


def test_access_and_training_concentrate_in_central_agencies(party: Party) -> None:
    functionary = party.has_role("tirana_functionary")
    others = party.has_role("provincial_member")
    trained, listener = party.has_flag("FOREIGN_TRAINED"), party.has_flag("LISTENER")
    assert trained[functionary].mean() > 3 * trained[others].mean()
    assert listener[functionary].mean() > 3 * listener[others].mean()
    foreign = np.zeros(len(party), dtype=bool)
    inside = party.people["institution"] >= 0
    foreign[inside] = party.institutions["foreign"][party.people["institution"][inside]]
    assert trained[functionary & foreign].mean() > 1.3 * trained[functionary & ~foreign].mean()
    # Training abroad and listening go together (F060).
    assert listener[functionary & trained].mean() > 1.2 * listener[functionary & ~trained].mean()
    assert party.people["boldness"][trained & functionary].mean() > party.people["boldness"][others].mean() + 0.1


def test_every_agency_and_unit_exists(any_party: Party) -> None:
    names = {any_party.name_of(row): row for row in any_party.institutions}
    for agency in AGENCIES:
        row = names[agency.name]
        assert row["size"] > 0
        assert row["central"]
        assert row["place"] == any_party.geography.tirana
        assert KINDS[row["kind"]] == agency.kind
    for unit, kind in UNIT_KINDS.items():
        assert KINDS[names[unit]["kind"]] == kind
        assert any_party.place_members(unit).sum() == names[unit]["size"]


def test_every_role_and_kind_exists(any_party: Party) -> None:
    for role in set(ROLES) - {"inhabitant"}:
        assert any_party.has_role(role).any(), role
    for kind in KINDS:
        assert (any_party.cells["kind"] == KINDS.index(kind)).any(), kind
    for flag in FLAGS:
        assert any_party.has_flag(flag).any(), flag
    for district in range(26):
        assert ((any_party.people["district"] == district) & any_party.has_flag("COMMITTEE_STAFF")).any()


def test_places_contain_each_other(any_party: Party) -> None:
    inside = any_party.place_members
    town, district, region, country = (inside(word) for word in ("fier-town", "Fier", "vlore-region", "Albania"))
    assert (district | ~town).all()
    assert (region | ~district).all()
    assert (country | ~region).all()
    assert (town | inside("Villages of Fier") | inside("Patos") | inside("Ballsh") == district).all()
    assert town.sum() < district.sum() < region.sum() < country.sum()
    assert (country == (any_party.people["district"] >= 0)).all()
    assert (inside("Tirana") == inside("Tiranë")).all()
    assert inside(None).all()
    assert (inside("Moscow") | inside("Leningrad") == inside("Soviet Union")).all()
    by_place = sum(int(inside(place).sum()) for place in catalog.places() if catalog.place(place).kind == "district")
    assert by_place == country.sum()


def test_cells_of_a_place(any_party: Party) -> None:
    for word in ("Fier", "Kinostudio", "Tirana", "Moscow"):
        cells = np.flatnonzero(any_party.place_cells(word))
        people = any_party.people[any_party.place_members(word)]
        assert (np.unique(people["cell"][people["cell"] >= 0]) == cells).all()


def test_an_unknown_place_names_the_nearest(any_party: Party) -> None:
    with pytest.raises(PartyError, match=r"did you mean 'Lushnjë'\?"):
        any_party.place_members("Lushnjo")
    with pytest.raises(PartyError, match="nobody in the party belongs to"):
        any_party.place_members("The Worker Cinema")
    with pytest.raises(PartyError, match="unknown role"):
        any_party.has_role("peasant")
    with pytest.raises(PartyError, match="unknown flag"):
        any_party.has_flag("host")
    with pytest.raises(PartyError, match="did you mean 'village'"):
        any_party.has_kind("villag")


def test_electable_members_are_those_of_the_tirana_organization(any_party: Party) -> None:
    electable = any_party.electable
    assert electable.start[-1] == electable.members.size
    for k in (0, electable.cells.size // 2, electable.cells.size - 1):
        members = electable.members[electable.start[k] : electable.start[k + 1]]
        assert (any_party.people["cell"][members] == electable.cells[k]).all()
    assert np.unique(electable.members).size == electable.members.size
    kinds = any_party.cells["kind"][electable.cells]
    assert not np.isin(kinds, [KINDS.index("army_unit"), KINDS.index("police_unit")]).any()
    assert (any_party.cells["place"][electable.cells] == any_party.geography.tirana).all()


def test_meeting_days(party: Party) -> None:
    assert set(party.cells["weekday"].tolist()) == set(range(6))
    interval = Settings.key("meeting_interval_days")
    phase = party.cells["phase_days"] / party.values[interval]
    assert phase.min() >= 0.0
    assert phase.max() < 1.0
    assert abs(phase.mean() - 0.5) < 4 / np.sqrt(12 * phase.size)
