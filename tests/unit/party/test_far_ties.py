"""Ties across districts as dated occasions: the same dates whatever is asked, nobody in two places, no empty house."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rumorsim.party import Party, build_party
from rumorsim.party.far_ties import VisitDraws, candidate_letters, candidate_visits, is_far
from rumorsim.party.vocabulary import TIE_KINDS
from rumorsim.scenario import load_scenario

DAY = 1440
#: Monday 2 April to Sunday 27 May 1956, in minutes from 1 January.
SPRING = (92 * DAY, 148 * DAY)
HOURS: dict[str, Any] = {"weekend_share": 0.8, "start_hour": 15.0, "end_hour": 20.0}


@pytest.fixture(scope="module")
def small() -> Party:
    return build_party(load_scenario("classroom").replace({"party.long_tie_share": 0.1}))


@pytest.fixture(scope="module")
def visits(small: Party) -> NDArray[Any]:
    return candidate_visits(small, *SPRING, **HOURS)


def test_guests_visit_kin_and_friends_who_live_in_another_district(small: Party, visits: NDArray[Any]) -> None:
    far = small.ties[is_far(small)]
    pairs = set(zip(far["source"].tolist(), far["target"].tolist(), strict=True))
    made = set(zip(visits["person"].tolist(), visits["visited"].tolist(), strict=True))
    assert made <= pairs
    assert len(made) > 0.8 * len(pairs), "in eight weeks whoever has few ties could have been nearly everywhere"


def test_most_visits_last_from_saturday_to_sunday(small: Party, visits: NDArray[Any]) -> None:
    first, hour = np.divmod(visits["start_minute"], DAY)
    # 14 April 1956, day 104, was a Saturday.
    weekday = (first - 104) % 7
    assert set(weekday.tolist()) == {0, 2, 3, 4, 5}
    # Of the many candidates more are given up on weekends; at a rate that is likely, hardly any are.
    likely = weekday[visits["mark"] < 0.07]
    assert (likely == 0).mean() == pytest.approx(0.8, abs=0.02 + 3 * np.sqrt(0.16 / len(likely)))
    assert set(hour.tolist()) == {15 * 60}
    assert (visits["end_minute"] == (first + 1) * DAY + 20 * 60).all()
    whole = candidate_visits(small, *SPRING, **{**HOURS, "weekend_share": 1.0})
    assert ((whole["start_minute"] // DAY - 104) % 7 == 0).all()


def test_nobody_is_in_two_places_and_no_guest_finds_the_house_empty(visits: NDArray[Any]) -> None:
    away: dict[int, list[tuple[int, int]]] = {}
    for row in visits:
        away.setdefault(int(row["person"]), []).append((int(row["start_minute"]), int(row["end_minute"])))
    for times in away.values():
        ordered = sorted(times)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(ordered))
    for row in visits:
        for begin, end in away.get(int(row["visited"]), []):
            assert end <= row["start_minute"] or row["end_minute"] <= begin


def test_a_candidate_has_the_same_date_and_mark_whatever_weeks_are_asked_for(small: Party) -> None:
    long, short = (candidate_visits(small, *time, **HOURS) for time in (SPRING, (99 * DAY, 106 * DAY)))
    inside = long[(long["start_minute"] >= 99 * DAY) & (long["start_minute"] < 106 * DAY)]
    assert len(short)
    assert inside.tolist() == short.tolist()
    mail, few = candidate_letters(small, *SPRING), candidate_letters(small, 99 * DAY, 106 * DAY)
    assert mail[(mail["posted_day"] >= 99) & (mail["posted_day"] < 106)].tolist() == few.tolist()


def test_one_letter_a_week_goes_each_way_over_every_far_tie(small: Party) -> None:
    mail = candidate_letters(small, *SPRING)
    abroad = small.ties["kind"] == TIE_KINDS.index("letters_home")
    assert len(mail) == 8 * (int(is_far(small).sum()) + int(abroad.sum()))
    assert mail["home"].sum() == 8 * int(abroad.sum())
    week = (mail["posted_day"] - 1) // 7
    sent = set(zip(mail["writer"].tolist(), mail["reader"].tolist(), week.tolist(), mail["home"].tolist(), strict=True))
    assert {(reader, writer, when, home) for writer, reader, when, home in sent} == sent
    assert set(np.unique((mail["posted_day"] - 1) % 7).tolist()) == set(range(7))
    assert mail["wait"].min() > 0.5
    assert mail["wait"].max() < 1.5
    assert mail["wait"].mean() == pytest.approx(1.0, abs=0.02)


def test_a_party_without_far_ties_has_no_occasions() -> None:
    lonely = build_party(
        load_scenario("classroom").replace(
            {"party.long_tie_share": 0.0, "party.kin_town_share": 0.0, "party.central_committee_related": 0}
        )
    )
    assert not is_far(lonely).any()
    assert len(candidate_visits(lonely, *SPRING, **HOURS)) == 0
    assert not (~candidate_letters(lonely, *SPRING)["home"]).any()


def test_few_visits_are_those_of_all_with_the_lowest_marks(small: Party, visits: NDArray[Any]) -> None:
    draws = VisitDraws.of(small, *SPRING)
    for below in (0.05, 0.5):
        few = candidate_visits(small, *SPRING, **HOURS, below=below, draws=draws)
        assert 0 < len(few) < len(visits)
        assert few.tolist() == visits[visits["mark"] < below].tolist()
