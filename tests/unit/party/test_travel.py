"""Candidate trips and transfers: law of time, hosts, marks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.errors import PartyError
from rumorsim.party import KINDS, PURPOSES, TRIP_MAX_RATE, Party

_DAY = 1440


def test_trips_of_a_person_never_overlap(any_party: Party) -> None:
    trips = any_party.trips
    assert (trips["end_minute"] > trips["start_minute"]).all()
    order = np.lexsort((trips["start_minute"], trips["person"]))
    ordered = trips[order]
    same = ordered["person"][1:] == ordered["person"][:-1]
    assert (ordered["start_minute"][1:][same] >= ordered["end_minute"][:-1][same]).all()


def test_trips_are_sorted_and_inside_the_year(any_party: Party) -> None:
    trips = any_party.trips
    assert (np.diff(trips["start_minute"]) >= 0).all()
    assert trips["start_minute"].min() >= 31 * _DAY
    assert trips["end_minute"].max() <= 367 * _DAY
    hour = catalog.parameter("travel.departure_hour").value
    assert (trips["start_minute"] % _DAY == int(str(hour)) * 60).all()


def test_marks_are_uniform(party: Party) -> None:
    mark = party.trips["mark"].astype(np.float64)
    assert mark.min() > 0.0
    assert mark.max() < 1.0
    counts = np.bincount((mark * 20).astype(int), minlength=20)
    expected = mark.size / 20
    # Chi-squared with 19 degrees of freedom: 60 is beyond one in a million.
    assert ((counts - expected) ** 2 / expected).sum() < 60
    # Neither do they depend on who travels or when.
    for column in ("person", "start_minute"):
        assert abs(np.corrcoef(party.trips[column], mark)[0, 1]) < 4 / np.sqrt(mark.size)


def test_thinning_gives_the_wanted_rate(party: Party) -> None:
    rate = catalog.parameter("travel.duty_rate").value
    assert isinstance(rate, float)
    duty = party.trips[party.trips["purpose"] == PURPOSES.index("duty")]
    travelers = np.unique(duty["person"]).size
    taken = int((duty["mark"] < rate / TRIP_MAX_RATE["duty"]).sum())
    days = 366 - 31 - 7  # candidates thin out over the first and last days of the calendar
    expected = rate * travelers * days
    assert abs(taken - expected) < 4 * np.sqrt(expected) + 0.02 * expected


def test_mean_stay(party: Party) -> None:
    stay = (party.trips["end_minute"] - party.trips["start_minute"]) / _DAY
    assert stay.mean() == pytest.approx(catalog.parameter("travel.mean_stay_days").value, rel=0.01)
    assert set(np.unique(stay).tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}


@pytest.mark.parametrize("mean", [1.0, 2.0, 4.0])
def test_other_stays(build: Callable[..., Party], mean: float) -> None:
    trips = build({"party.scale": 0.041, "travel.mean_stay_days": mean}).trips
    stay = (trips["end_minute"] - trips["start_minute"]) / _DAY
    assert stay.mean() == pytest.approx(mean, rel=0.03)
    assert stay.max() <= 7


def test_every_traveler_has_one_purpose(any_party: Party) -> None:
    pairs = np.unique(any_party.trips[["person", "purpose"]])
    assert pairs.size == np.unique(pairs["person"]).size
    assert (np.unique(pairs["person"]) == np.flatnonzero(any_party.has_flag("TRAVELER"))).all()
    people = any_party.people[pairs["person"]]
    officer = people["role"] == any_party.ROLES.index("officer")
    assert ((pairs["purpose"] == PURPOSES.index("officer")) == officer).all()
    correspondent = (people["flags"] & any_party.FLAGS["CORRESPONDENT"]) != 0
    assert ((pairs["purpose"] == PURPOSES.index("correspondent")) == correspondent).all()
    inspector = people["place"] == any_party.geography.tirana
    assert ((pairs["purpose"] == PURPOSES.index("inspection")) == inspector).all()


def test_hosts_of_duty_trips_sit_in_tirana(any_party: Party) -> None:
    trips, hosts = any_party.trips, any_party.hosts
    assert trips["host"].min() >= 0
    inspection = trips["purpose"] == PURPOSES.index("inspection")
    tirana = any_party.geography.tirana
    assert (hosts["place"][trips["host"][~inspection]] == tirana).all()
    assert (hosts["place"][trips["host"][inspection]] != tirana).all()
    # Nobody visits the district he lives in.
    district = any_party.geography.district[hosts["place"]]
    away = district[trips["host"]] != any_party.people["district"][trips["person"]]
    villagers = any_party.people["district"][trips["person"]] == any_party.geography.tirana_district
    assert (away | villagers).all()


def test_services_visit_their_ministry(any_party: Party) -> None:
    trips = any_party.trips
    names = np.array([any_party.name_of(row) for row in any_party.institutions])
    visited = names[any_party.hosts["institution"][trips["host"]]]
    kind = any_party.institutions["kind"][any_party.people["institution"][trips["person"]]]
    officers = trips["purpose"] == PURPOSES.index("officer")
    army = officers & (kind == KINDS.index("army_unit"))
    assert set(visited[army]) == {"Ministry of People's Defense"}
    assert set(visited[officers & ~army]) == {"Ministry of the Interior"}
    assert set(visited[trips["purpose"] == PURPOSES.index("correspondent")]) == {"Zëri i Popullit"}
    duty = trips["purpose"] == PURPOSES.index("duty")
    central = any_party.institutions["central"][any_party.hosts["institution"][trips["host"][duty]]]
    assert central.all()


def test_inspections_reach_every_district_committee(party: Party) -> None:
    trips = party.trips[party.trips["purpose"] == PURPOSES.index("inspection")]
    institutions = party.hosts["institution"][trips["host"]]
    assert (party.institutions["kind"][institutions] == KINDS.index("committee")).all()
    assert np.unique(party.institutions["committee"][institutions]).size == 25


def test_travelers_are_the_wanted_share_and_officials_first(party: Party) -> None:
    provincial = party.has_role("provincial_member")
    traveler = party.has_flag("TRAVELER") & ~party.has_flag("CORRESPONDENT")
    leaders = party.has_role("leader") & (party.people["place"] != party.geography.tirana)
    group = provincial | leaders
    share = catalog.parameter("travel.travelers_share").value
    assert isinstance(share, float)
    assert abs((traveler & group).sum() - share * group.sum()) <= 1
    staff = party.has_flag("COMMITTEE_STAFF") & group
    assert traveler[staff].all()


def test_moves_send_officers_to_their_service_elsewhere(any_party: Party) -> None:
    moves, people, cells = any_party.moves, any_party.people, any_party.cells
    assert np.unique(moves["person"]).size == moves.size
    assert any_party.has_role("officer")[moves["person"]].all()
    assert (moves["district"] != people["district"][moves["person"]]).all()
    assert (moves["district"] >= 0).all()
    for name in ("place", "district"):
        assert (cells[name][moves["cell"]] == moves[name]).all()
    police = any_party.has_kind("police_unit")[moves["person"]]
    assert ((cells["kind"][moves["cell"]] == KINDS.index("police_unit")) == police).all()
    for name, groups in (("workplace", any_party.workplaces), ("neighborhood", any_party.neighborhoods)):
        assert (groups["place"][moves[name]] == moves["place"]).all()
    assert moves["mark"].min() > 0.0
    assert moves["when"].max() < 1.0


def test_enough_officers_can_be_moved(party: Party) -> None:
    moved = catalog.parameter("control.officers_moved").value
    assert isinstance(moved, int)
    assert party.moves.size > 4 * moved
    assert np.unique(party.moves["district"]).size == 26


@pytest.mark.parametrize("rate", ["duty", "officer", "correspondent", "inspection"])
def test_every_allowed_rate_can_be_reached_by_thinning(rate: str) -> None:
    entry = catalog.parameter(f"travel.{rate}_rate")
    assert entry.high is not None
    assert entry.high <= TRIP_MAX_RATE[rate]


def test_a_stay_longer_than_a_week_is_refused(party: Party) -> None:
    from rumorsim.party.settings import read_settings

    with pytest.raises(PartyError, match=r"travel.mean_stay_days: a duty trip must fit into its week \(given: 5.0\)"):
        read_settings({**party.values, "travel.mean_stay_days": 5.0})
