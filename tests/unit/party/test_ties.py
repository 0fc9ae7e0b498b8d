"""Ties: symmetric, without loops, in the wanted number, near and far as wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.party import LEVELS, TIE_KINDS, Party


def _of_kind(party: Party, kind: str) -> NDArray[Any]:
    ties: NDArray[Any] = party.ties[party.ties["kind"] == TIE_KINDS.index(kind)]
    return ties


def _value(key: str) -> float:
    value = catalog.parameter(key).value
    assert isinstance(value, int | float)
    return float(value)


def test_ties_are_sorted_and_unique(any_party: Party) -> None:
    ties, n = any_party.ties, len(any_party)
    code = (ties["kind"].astype(np.int64) * n + ties["source"]) * n + ties["target"]
    assert (np.diff(code) > 0).all()


def test_no_tie_to_oneself(any_party: Party) -> None:
    assert (any_party.ties["source"] != any_party.ties["target"]).all()
    assert any_party.ties["source"].min() >= 0
    assert any_party.ties["target"].max() < len(any_party)


@pytest.mark.parametrize("kind", TIE_KINDS)
def test_both_directions_with_the_same_weight(any_party: Party, kind: str) -> None:
    ties, n = _of_kind(any_party, kind), len(any_party)
    assert ties.size > 0
    forth = ties["source"].astype(np.int64) * n + ties["target"]
    back = ties["target"].astype(np.int64) * n + ties["source"]
    order = np.argsort(back)
    assert (back[order] == forth).all()
    assert (ties["weight"][order] == ties["weight"]).all()


def test_weights_are_sixteenths_around_one(any_party: Party) -> None:
    weight = any_party.ties["weight"].astype(np.float64)
    assert (weight * 16 == np.floor(weight * 16)).all()
    assert weight.min() == 0.5
    assert weight.max() == 1.5
    # A pair has one weight, so the number of pairs counts.
    assert abs(weight.mean() - 1.0) < 4 * np.sqrt(24.0 / 256.0 / (weight.size / 2))


@pytest.mark.parametrize(("kind", "key"), [("kin", "party.kin_ties"), ("friend", "party.friend_ties")])
def test_mean_number_of_ties(party: Party, kind: str, key: str) -> None:
    at_home = int((party.people["district"] >= 0).sum())
    # Double pairs and empty pools cost a few percent at most.
    assert _of_kind(party, kind).size / at_home == pytest.approx(_value(key), rel=0.03)


@pytest.mark.parametrize(("kind", "key"), [("kin", "party.kin_town_share"), ("friend", "party.long_tie_share")])
def test_share_between_districts(party: Party, kind: str, key: str) -> None:
    ties, district = _of_kind(party, kind), party.people["district"]
    far = (district[ties["source"]] != district[ties["target"]]).mean()
    share = _value(key)
    assert abs(far - share) < 4 * np.sqrt(share / (ties.size / 2)) + 0.003


def test_long_ties_decay_with_distance(build: Callable[..., Party]) -> None:
    def mean_km(exponent: float) -> float:
        party = build({"party.distance_exponent": exponent, "party.south_tilt": 1.0})
        ties, district = party.ties[party.ties["kind"] < 2], party.people["district"]
        a, b = district[ties["source"]], district[ties["target"]]
        return float(party.geography.km[a[a != b], b[a != b]].mean())

    assert mean_km(0.0) > mean_km(1.0) > mean_km(2.0)


def test_kin_of_tirana_lean_to_the_south(build: Callable[..., Party]) -> None:
    def southern(tilt: float) -> float:
        party = build({"party.south_tilt": tilt})
        ties, district = _of_kind(party, "kin"), party.people["district"]
        capital = party.geography.tirana_district
        far = ties[(district[ties["source"]] == capital) & (district[ties["target"]] != capital)]
        return float(party.geography.south[district[far["target"]]].mean())

    assert southern(3.0) > southern(1.5) + 0.03 > southern(1.0) + 0.05


def test_kin_live_near_and_friends_are_alike(party: Party) -> None:
    people = party.people
    kin, friend = _of_kind(party, "kin"), _of_kind(party, "friend")
    same_quarter = people["neighborhood"][kin["source"]] == people["neighborhood"][kin["target"]]
    wanted = (1 - _value("party.kin_town_share")) * _value("party.kin_neighborhood_share")
    assert same_quarter.mean() == pytest.approx(wanted, abs=0.03)
    functionary = party.has_role("tirana_functionary")
    of_functionaries = friend[functionary[friend["source"]]]
    assert functionary[of_functionaries["target"]].mean() > _value("party.friend_same_role_share")


def test_letters_join_people_abroad_and_members_at_home(any_party: Party) -> None:
    ties, people = _of_kind(any_party, "letters_home"), any_party.people
    abroad = people["hostel"] >= 0
    assert (abroad[ties["source"]] != abroad[ties["target"]]).all()
    home = np.where(abroad[ties["source"]], ties["target"], ties["source"])
    assert (people["district"][home] >= 0).all()
    assert (people["standing"][home] > 0).all()


def test_number_of_letter_writers_and_high_families(party: Party) -> None:
    ties, people = _of_kind(party, "letters_home"), party.people
    abroad = people["hostel"] >= 0
    assert ties.size / 2 / abroad.sum() == pytest.approx(_value("party.student_family_ties"), rel=0.1)
    family = ties["target"][abroad[ties["source"]]]
    high = party.has_role("leader") | party.has_role("tirana_functionary") | party.has_flag("COMMITTEE_STAFF")
    share = _value("party.student_family_functionary_share")
    assert abs(high[family].mean() - share) < 4 * np.sqrt(share * (1 - share) / family.size)


def test_telephones_join_people_on_duty_and_reach_every_district(any_party: Party) -> None:
    ties, people = _of_kind(any_party, "telephone"), any_party.people
    able = any_party.has_flag("DUTY") | any_party.has_flag("CORRESPONDENT")
    assert able[ties["source"]].all()
    staff = people["committee"] >= 0
    level = any_party.committees["level"][np.maximum(people["committee"], 0)]
    center = staff & (level == LEVELS.index("central"))
    called = ties["target"][center[ties["source"]]]
    reached = np.unique(people["committee"][called])
    assert set(range(1, any_party.committees.size)) <= set(reached.tolist())


def test_no_lines_without_people_on_duty(build: Callable[..., Party]) -> None:
    party = build({"party.scale": 0.041, "party.duty_officers": 0, "party.correspondents_per_district": 0})
    assert _of_kind(party, "telephone").size == 0


@pytest.mark.parametrize("kind", ["kin", "friend"])
def test_no_ties_when_the_mean_is_zero(build: Callable[..., Party], kind: str) -> None:
    party = build({"party.scale": 0.041, f"party.{kind}_ties": 0, "party.central_committee_related": 0})
    assert _of_kind(party, kind).size == 0
