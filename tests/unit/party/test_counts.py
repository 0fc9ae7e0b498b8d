"""The party against the catalog: every number that is known is met."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.party import COUNTRIES, KINDS, ROLES, STRUCTURAL_KEYS, Party
from rumorsim.party.table import VERDICTS


def _value(key: str) -> float:
    value = catalog.parameter(key).value
    assert isinstance(value, int | float)
    return value


def test_members_and_candidates_are_exact(party: Party) -> None:
    standing = np.bincount(party.people["standing"])
    assert standing[2] == _value("party.members_full") == 41372
    assert standing[1] == _value("party.candidates") == 7272
    assert standing[1] + standing[2] == 48644
    # Half of the students abroad are not in the party; they are the only ones.
    outside = party.people[party.people["standing"] == 0]
    assert (outside["role"] == ROLES.index("student_abroad")).all()
    assert outside.size == 330
    assert len(party) == 48644 + 330


@pytest.mark.parametrize("country", COUNTRIES)
def test_students_by_country(party: Party, country: str) -> None:
    people = party.people[party.people["student_country"] == list(COUNTRIES).index(country)]
    assert people.size == _value(f"party.students_{country}")
    capital = party.geography.find(COUNTRIES[country])
    assert {party.geography.country[row] for row in people["place"]} == {party.geography.country[capital]}


@pytest.mark.parametrize(
    ("flag", "key"),
    [
        ("POLITBURO", "party.politburo"),
        ("CENTRAL_COMMITTEE", "party.central_committee"),
        ("PLENUM", "party.plenum_participants"),
    ],
)
def test_leaders(party: Party, flag: str, key: str) -> None:
    assert party.has_flag(flag).sum() == _value(key)


def test_leaders_are_nested(any_party: Party) -> None:
    politburo, council, plenum = (any_party.has_flag(f) for f in ("POLITBURO", "CENTRAL_COMMITTEE", "PLENUM"))
    assert (council | ~politburo).all()
    assert (plenum | ~council).all()
    assert (any_party.has_role("leader") == council).all()
    assert (any_party.people["place"][politburo] == any_party.geography.tirana).all()


def test_district_secretaries_go_home(party: Party) -> None:
    council = party.people[party.has_flag("CENTRAL_COMMITTEE")]
    provincial = council[council["place"] != party.geography.tirana]
    assert provincial.size == round(_value("party.district_secretaries_in_cc") * council.size)
    # One in a district each: its first secretary, in the office of its committee.
    assert np.unique(provincial["district"]).size == provincial.size
    assert (party.cells["secretary"][provincial["cell"]] == provincial["id"]).all()
    assert (party.committees["district"][provincial["committee"]] == provincial["district"]).all()


def test_organizations_abroad(party: Party) -> None:
    cells = party.cells[party.cells["district"] < 0]
    student = cells[cells["kind"] == KINDS.index("student_organization")]
    country = np.array([party.geography.country[row] for row in student["place"]])
    assert (country == "Soviet Union").sum() == _value("party.student_organizations_ussr") == 17
    assert not np.isin(country, ["Hungary", "Czechoslovakia"]).any()
    assert (cells["kind"] == KINDS.index("army_unit")).sum() == _value("party.officer_organizations_ussr") == 28
    level = party.committees["level"][cells["committee"]]
    assert (level == party.LEVELS.index("embassy")).all()


def test_shares_of_kinds(party: Party) -> None:
    people = party.people
    staff = people["committee"] > 0
    at_home = (people["district"] >= 0) & (people["standing"] > 0) & ~staff
    for word, kinds in (
        ("village", ["village"]),
        ("enterprise", ["enterprise"]),
        ("army", ["army_unit"]),
        ("police", ["police_unit"]),
        ("school", ["school"]),
        ("ministry", ["ministry", "committee"]),
    ):
        count = sum(int((party.has_kind(kind) & at_home).sum()) for kind in kinds)
        assert abs(count - _value(f"party.share_{word}") * int(at_home.sum())) < 1.0, word


@pytest.mark.parametrize("kind", ["enterprise", "village", "army_unit", "police_unit", "school", "ministry"])
def test_mean_cell_sizes(party: Party, kind: str) -> None:
    here = (party.cells["kind"] == KINDS.index(kind)) & (party.cells["district"] >= 0)
    # Small towns have fewer members than one usual cell of a kind, which lowers the mean a little.
    assert party.cells["size"][here].mean() == pytest.approx(_value(f"party.cell_size_{kind}"), rel=0.1)


def test_functionaries_and_officers(party: Party) -> None:
    people = party.people
    inside = people["institution"] >= 0
    central = np.zeros(people.size, dtype=bool)
    central[inside] = party.institutions["central"][people["institution"][inside]]
    armed = party.has_kind("army_unit") | party.has_kind("police_unit")
    functionary = central & ~armed & (party.has_role("tirana_functionary") | party.has_role("leader"))
    assert functionary.sum() == _value("party.central_functionaries")
    officer = party.has_role("officer") | (party.has_role("leader") & armed)
    officer &= people["district"] >= 0
    assert officer.sum() == _value("party.officers")
    in_tirana = people["place"] == party.geography.tirana
    assert (officer & in_tirana).sum() == _value("party.officers_tirana_share") * _value("party.officers")


def test_members_by_district_follow_the_catalog(party: Party) -> None:
    people = party.people
    home = people["district"][(people["district"] >= 0) & (people["standing"] > 0)]
    count = np.bincount(home, minlength=len(party.districts))
    outside = home.size - count[party.geography.tirana_district]
    for number, name in enumerate(party.districts):
        share = catalog.districts()[name].member_share
        if share:
            assert abs(count[number] - share * outside) <= 3, name


def test_tirana_organization(party: Party) -> None:
    people = party.people
    home = int(((people["district"] >= 0) & (people["standing"] > 0)).sum())
    army = party.committees["level"][np.maximum(people["committee"], 0)] == party.LEVELS.index("army")
    city = party.place_members("tirane-town") & ~party.has_kind("army_unit") & ~party.has_kind("police_unit")
    assert (city & ~army).sum() == round(_value("party.tirana_share") * home)


def test_related_leaders(party: Party) -> None:
    council = party.has_flag("CENTRAL_COMMITTEE")
    ties = party.ties[party.ties["kind"] == party.TIE_KINDS.index("kin")]
    inner = ties[council[ties["source"]] & council[ties["target"]]]
    assert np.unique(inner["source"]).size == _value("party.central_committee_related") == 18


def test_no_row_of_the_table_disagrees(any_party: Party) -> None:
    rows = any_party.table()
    assert len(rows) > 70
    assert {row.verdict for row in rows} <= set(VERDICTS) - {"differs", "changed"}
    for row in rows:
        assert (row.parameter == "") or row.parameter in catalog.parameters()
        assert row.value or row.verdict == "no evidence"
        assert row.sources or row.verdict == "no evidence", row


def test_the_whole_party_meets_what_is_stated(party: Party) -> None:
    rows = {row.what: row for row in party.table()}
    assert not [row for row in rows.values() if row.verdict == "small party"]
    stated = [row for row in rows.values() if row.status in ("stated", "inferred")]
    assert {row.verdict for row in stated} == {"equal", "within"}
    assert rows["students abroad"].count == 660
    assert rows["students abroad"].verdict == "equal"
    assert rows["candidates"].verdict == "assumed"


def test_a_changed_number_is_called_changed(build: Callable[..., Party]) -> None:
    rows = {row.what: row for row in build({"party.students_hungary": 30}).table()}
    assert rows["students: hungary"].verdict == "changed"
    assert rows["full members"].verdict == "assumed"
    assert "differs" not in {row.verdict for row in rows.values()}


def test_a_wrong_count_would_be_noticed(party: Party) -> None:
    people = party.people.copy()
    people["student_country"][np.flatnonzero(people["student_country"] == 1)[:3]] = 0
    forged = dataclasses.replace(party, people=people)
    verdicts = {row.what: row.verdict for row in forged.table()}
    assert verdicts["students: hungary"] == verdicts["students: ussr"] == "differs"


def test_structural_keys_are_those_the_catalog_names() -> None:
    structural = {key for key, entry in catalog.parameters().items() if entry.structural}
    assert structural - {"population.size"} == set(STRUCTURAL_KEYS)
