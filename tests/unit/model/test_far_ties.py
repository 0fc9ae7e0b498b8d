"""Ties across districts in a run: who hears over them, when nobody can, and what a letter carries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import NEVER, Contacts, GroupLayer, Hear, MakiThompson, Silence, Simulation, Ticks
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, Assembly, RunRecord, assemble
from rumorsim.model.actions import Memory
from rumorsim.model.far_ties import LettersArrive, LettersPosted, post
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario

#: Every way out of the district of Tirana, shut. The letter of 21 April is not: the runs end on the eve of it.
SHUT = {
    "travel.duty_rate": 0.0,
    "travel.officer_rate": 0.0,
    "travel.correspondent_rate": 0.0,
    "travel.inspection_rate": 0.0,
    "visit.rate": 0.0,
    "post.letter_rate": 0.0,
    "post.students_letter_rate": 0.0,
    "spread.telephone_rate": 0.0,
    "events.officers-moved.enabled": False,
}


@pytest.fixture(scope="module")
def dated() -> Scenario:
    changes = {"start": "1956-04-01", "stop": "1956-04-20", "ties.across_districts": "dated"}
    return load_scenario("classroom").replace({**changes, "tell.prob_member": 0.6, "party.long_tie_share": 0.08})


@pytest.fixture(scope="module")
def tied(dated: Scenario) -> Party:
    return build_party(dated)


def outside(record: RunRecord, tied: Party) -> int:
    """Return how many people outside the district of Tirana heard of the conference."""
    heard = record.heard_tick[record.rumors.index("tirana_conference")] != NEVER
    return int((heard & (tied.people["district"] != tied.geography.tirana_district)).sum())


def test_with_every_way_shut_nobody_outside_the_district_of_tirana_hears(dated: Scenario, tied: Party) -> None:
    shut = assemble(dated.replace(SHUT), tied)
    for replicate in range(4):
        record = shut.simulate(5, replicate)
        assert outside(record, tied) == 0
        assert (record.channel[record.rumors.index("tirana_conference")] >= 0).sum() > 30, "though it is told at home"


@pytest.mark.parametrize("way", ["travel.duty_rate", "visit.rate", "post.letter_rate", "spread.telephone_rate"])
def test_each_way_alone_carries_the_news(dated: Scenario, tied: Party, way: str) -> None:
    opened = {"travel.duty_rate": 0.14, "visit.rate": 0.14, "post.letter_rate": 0.14, "spread.telephone_rate": 1.0}
    world = {**SHUT, way: opened[way], "post.mention_prob": 1.0, "post.delay_days": 1.0}
    assembly = assemble(dated.replace(world), tied)
    assert max(outside(assembly.simulate(5, replicate), tied) for replicate in range(6)) > 0


def test_daily_ties_leak_where_every_way_is_shut(dated: Scenario, tied: Party) -> None:
    """What the switch is for: face to face with kin a day's journey off, every evening."""
    leaky = assemble(dated.replace({**SHUT, "ties.across_districts": "daily"}), tied)
    assert sum(outside(leaky.simulate(5, replicate), tied) for replicate in range(4)) > 0


def test_a_guest_and_the_host_are_together_while_they_talk(dated: Scenario, tied: Party) -> None:
    assembly = assemble(dated.replace({"visit.rate": 0.14, "visit.telling_rate": 20.0}), tied)
    away = assembly.absences()
    together: set[tuple[int, int, int]] = set()
    # Guests of one host meet each other, too.
    for host in set(away.visited.tolist()):
        mine = away.visited == host
        stays = list(
            zip(away.guest[mine].tolist(), away.arrives[mine].tolist(), away.leaves[mine].tolist(), strict=True)
        )
        for tick in {t for _, comes, goes in stays for t in range(comes, goes)}:
            here = [host, *(guest for guest, comes, goes in stays if comes <= tick < goes)]
            together |= {(tick, one, other) for one in here for other in here if one != other}
    record = assembly.simulate(2, 0)
    told = record.channel == CHANNELS.index("visit")
    assert told.sum() > 20
    for row, person in zip(*told.nonzero(), strict=True):
        when = int(record.heard_tick[row, person])
        assert (when, int(record.teller[row, person]), int(person)) in together


@pytest.mark.parametrize("rate", [0.02, 0.14])
def test_no_visit_meets_a_duty_trip_or_a_transfer_of_guest_or_host(dated: Scenario, tied: Party, rate: float) -> None:
    away = assemble(dated.replace({"visit.rate": 0.14, "travel.duty_rate": rate, "travel.officer_rate": rate}), tied)
    found = away.absences()
    assert len(found.guest) > 300
    for who in (found.guest, found.visited):
        for person, comes, goes in zip(who.tolist(), found.arrives.tolist(), found.leaves.tolist(), strict=True):
            mine = found.person == person
            assert not ((found.leave[mine] < goes) & (found.back[mine] > comes)).any()
            moved = found.move_tick[found.move_person == person]
            assert not (moved < goes).any()
    wished = len(assemble(dated.replace({**SHUT, "visit.rate": 0.14}), tied).absences().guest)
    assert len(found.guest) < wished, "some visits are given up for a trip"


def test_a_lower_rate_keeps_a_subset_of_the_visits(dated: Scenario, tied: Party) -> None:
    made = []
    for rate in (0.0, 0.05, 0.14):
        away = assemble(dated.replace({**SHUT, "visit.rate": rate}), tied).absences()
        made.append(set(zip(away.guest.tolist(), away.visited.tolist(), away.arrives.tolist(), strict=True)))
    assert made[0] == set()
    assert made[1] < made[2]


def test_rates_beyond_the_candidates_are_refused(dated: Scenario, tied: Party) -> None:
    values = {**dated.values, "visit.rate": 0.2}
    with pytest.raises(RunError, match=r"visit\.rate.*allowed: 0 to 0\.1429 a day"):
        assemble(dated, tied).simulate(1, 0, values)


def digest(record: RunRecord) -> bytes:
    return b"".join(
        array.tobytes() for array in (record.heard_tick, record.channel, record.teller, record.stopped_tick)
    )


def test_where_ties_act_daily_neither_visits_nor_post_exist(assembly: Assembly) -> None:
    rates = {"visit.rate": 0.14, "post.letter_rate": 0.14, "post.mention_prob": 1.0, "visit.telling_rate": 50.0}
    daily = {**assembly.scenario.values, "ties.across_districts": "daily"}
    usual = assembly.simulate(3, 0, daily)
    assert digest(assembly.simulate(3, 0, {**daily, **rates})) == digest(usual)
    dated = {**daily, **rates, "ties.across_districts": "dated"}
    assert digest(assembly.simulate(3, 0, dated)) != digest(usual)
    assert digest(assembly.simulate(3, 0, daily)) == digest(usual), "and the networks of one do not stay for the other"


# ------------------------------------------------------------------ letters, by hand


def mailed(mention_prob: float, *more: Any, replicates: int = 1, second: bool = False) -> Simulation:
    """Run eight ticks: 0 knows and tells; it posts a letter to 2 in tick 1, which arrives in tick 5."""
    alone = GroupLayer.of("house", np.arange(3), channel="kin")
    letter: dict[str, Any] = {
        "writer": np.array([0]),
        "reader": np.array([2]),
        "arrives": np.array([5]),
        "mention_prob": mention_prob,
    }
    posted = [LettersPosted(tick=1, **letter)]
    if second:
        posted.append(LettersPosted(tick=2, **letter))
    sim = Simulation(
        Contacts(3, [alone]),
        [MakiThompson(1e-9, 0.0, 0.0)],
        ticks=Ticks.uniform(1.0, 8.0),
        initial_spreaders=np.array([0]),
        actions=[*posted, LettersArrive(tick=5), *more],
        channels=CHANNELS,
        replicates=replicates,
        seed=11,
        memory=Memory(),
    )
    while not sim.finished:
        sim.step()
    return sim


def test_a_letter_tells_on_arrival_what_was_told_when_it_was_posted() -> None:
    for more in ([], [Silence(tick=2, persons=np.array([0]))]):
        sim = mailed(1.0, *more)
        assert sim.heard_tick(0).tolist() == [-1, NEVER, 5]
        assert sim.channel_number(0)[2] == CHANNELS.index("post")
        assert sim.teller(0)[2] == 0


def test_a_letter_of_somebody_who_tells_no_longer_says_nothing() -> None:
    assert mailed(1.0, Silence(tick=0, persons=np.array([0]))).heard_tick(0)[2] == NEVER
    assert mailed(0.0).heard_tick(0)[2] == NEVER


def test_who_knows_already_is_told_nothing_new() -> None:
    for tick in (0, 3):  # before the letter is posted, and while it is on its way
        sim = mailed(1.0, Hear(tick=tick, rumor=0, persons=np.array([2]), channel="kin", tells=False))
        assert sim.heard_tick(0)[2] == tick


def test_letters_tell_with_their_probability_each_on_its_own() -> None:
    for second, expected in ((False, 0.3), (True, 1 - 0.7**2)):
        sim = mailed(0.3, replicates=2000, second=second)
        heard = (sim.heard_tick(0)[2::3] == 5).mean()
        assert heard == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 2000))


def test_a_run_too_short_for_any_letter_has_no_post(dated: Scenario, tied: Party) -> None:
    brief = dated.replace({"stop": "1956-04-01"})
    assert post(tied, brief.values, assemble(brief, tied).calendar) == []
