"""Elections, the hall and punishments, on five people whose draws are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    NEVER,
    Action,
    Contacts,
    Emboldening,
    Fright,
    GroupLayer,
    Hear,
    MakiThompson,
    Meeting,
    Simulation,
    Streams,
    Ticks,
    Traits,
)
from rumorsim.model.actions import ChilledMeeting, Election, Encouragement, HallSession, Known, Memory, Punishment

N = 6
CELLS = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)


def started(*actions: Action, seed: int = 5, replicates: int = 1, **options: Any) -> Simulation:
    """Return a simulation of six people in two cells, in which nobody talks by themselves."""
    none = (np.empty(0, np.int32), np.empty(0, np.int32), 1, np.ones(1))
    hall = GroupLayer("hall", *none, "hall", "rooms", 0.0, 1.0, np.empty(0, np.bool_))
    cell = GroupLayer.of("cell", CELLS, channel="cell_meeting", clock="rooms", rate=0.0)
    return Simulation(
        Contacts(N, [cell, hall]),
        [MakiThompson(1.0)],
        ticks=Ticks.of(np.ones(3)),
        actions=list(actions),
        channels=("cell_meeting", "hall"),
        occasions=("cell_meeting", "hall"),
        replicates=replicates,
        seed=seed,
        memory=Memory(),
        **options,
    )


def election(odds: float, seats: tuple[int, int] = (1, 1)) -> Election:
    return Election(
        tick=1,
        persons=np.arange(N),
        cell=CELLS,
        seats=np.array(seats),
        rumors=(0,),
        odds=odds,
        bar=0.5,
        boldness=np.array([0.9, 0.1, 0.1, 0.9, 0.1, 0.1]),
    )


KNOWN = Hear(rumor=0, persons=[0, 1, 3], channel="cell_meeting")


@pytest.mark.parametrize(("odds", "chosen"), [(1e9, {0, 3}), (0.0, {1, 2, 4, 5})])
def test_the_odds_of_an_election_favor_those_who_are_aware_and_bold(odds: float, chosen: set[int]) -> None:
    elected = set()
    for seed in range(8):
        sim = started(KNOWN, election(odds), seed=seed)
        sim.run()
        rows = sim.memory.delegates
        assert sorted(CELLS[rows].tolist()) == [0, 1]
        elected |= set(rows.tolist())
    assert elected == chosen


def test_where_boldness_is_learned_an_election_asks_who_would_speak_up() -> None:
    """Of two who are not bold by themselves one has been emboldened; of the bold ones one has taken fright."""
    boldness = Traits(boldness=np.array([0.1, 0.4, 0.4, 0.9, 0.9, 0.1]))
    known = Hear(rumor=0, persons=np.arange(N), channel="cell_meeting")
    acts = [known, Encouragement(persons=np.array([1]), amount=1.0), Fright(persons=np.array([3]), prob=1.0)]
    elected: dict[float, set[int]] = {}
    for gain in (0.0, 0.4):
        elected[gain] = set()
        for seed in range(8):
            sim = started(*acts, election(1e9), seed=seed, traits=boldness, emboldening=Emboldening(gain))
            sim.set_bar(0.5)
            sim.run()
            elected[gain] |= set(sim.memory.delegates.tolist())
    assert elected == {0.0: {0, 3}, 0.4: {1, 4}}


def test_what_emboldens_delegates_emboldens_those_elected_in_each_replicate() -> None:
    article = Encouragement(tick=2, amount=0.5)
    sim = started(KNOWN, election(3.0), article, replicates=20, emboldening=Emboldening(0.4))
    runs = sim.run()
    assert len(sim.memory.delegates) == 40
    assert np.array_equal(np.flatnonzero(sim.exposure), sim.memory.delegates)
    only = Encouragement(tick=2, amount=0.5, only=(4, 7))
    sim = started(KNOWN, election(3.0), only, replicates=20, emboldening=Emboldening(0.4))
    assert runs.replicates == sim.run().replicates
    assert set(np.flatnonzero(sim.exposure) // N) == {4, 7}


def test_odds_of_1_are_an_exponential_race_of_equals() -> None:
    sim = started(KNOWN, election(1.0, (2, 1)), replicates=2)
    sim.run()
    expected: list[int] = []
    for replicate in range(2):
        clock = Streams(5, replicate).exponential("delegate", np.arange(N))
        for cell, seats in ((0, 2), (1, 1)):
            members = np.flatnonzero(cell == CELLS)
            expected += (replicate * N + members[np.argsort(clock[members])[:seats]]).tolist()
    assert sim.memory.delegates.tolist() == sorted(expected)


def test_the_hall_is_the_delegates_and_nobody_else() -> None:
    session = HallSession(tick=2, told={0: 1.0}, voiced={}, hearing_prob=1.0)
    sim = started(KNOWN, election(1e9), session)
    runs = sim.run()
    assert set(np.flatnonzero(runs.heard_tick[0, 0] < 3)) == {0, 1, 3}
    others = started(Hear(rumor=0, persons=[1], channel="hall"), election(0.0), session)
    runs = others.run()
    delegates = set(others.memory.delegates.tolist())
    assert set(np.flatnonzero(runs.heard_tick[0, 0] < 3)) == {1} | delegates


def test_known_at_the_start_is_a_share_of_each_and_only_some_of_them_tell() -> None:
    sim = started(replicates=3000)
    sim.intervene(Known(rumor=0, prob=np.array([1.0, 0.0, 0.5, 0.5, 0.5, 0.5]), teller_share=0.25))
    runs = sim.run()
    aware = runs.heard_tick[:, 0] < 3
    assert aware[:, 0].all()
    assert not aware[:, 1].any()
    error = np.sqrt(0.25 / (4 * 3000))
    assert abs(aware[:, 2:].mean() - 0.5) < 4 * error
    told = runs.told[:, 0]
    assert not (told & ~aware).any()
    assert abs(told[aware].mean() - 0.25) < 4 * np.sqrt(0.1875 / aware.sum())


def test_the_most_noticed_are_punished_once_and_their_cell_takes_fright() -> None:
    """Everybody in a cell of three voices with certainty and is noticed; the others have nothing to voice."""
    spoken = HallSession(tick=1, told={}, voiced={0: 1.0}, hearing_prob=0.0, persons=np.array([0, 1]))
    first = Punishment(tick=2, count=1, penalty="expelled", fright={"cell": 1.0})
    second = Punishment(tick=2, count=5, penalty="penalized")
    traits = Traits(boldness=np.ones(N))
    sim = started(KNOWN, spoken, first, second, traits=traits, detect_prob={"hall": 1.0})
    runs = sim.run()
    expelled, penalized = sim.memory.punished_in(0, "expelled"), sim.memory.punished_in(0, "penalized")
    assert sorted([*expelled, *penalized]) == [0, 1]
    assert len(expelled) == len(penalized) == 1
    assert set(np.flatnonzero(runs.afraid_tick[0] < 3)) >= {1, 2} - set(expelled.tolist())
    assert not (runs.afraid_tick[0, 3:] < 3).any()


@pytest.mark.parametrize(("others", "punished"), [(False, 1), (True, 2)])
def test_delegates_fill_the_number_where_too_few_were_noticed(others: bool, punished: int) -> None:
    """One speaks and two are delegates, the speaker perhaps among them; of three wanted, the rest is only delegates."""
    spoken = HallSession(tick=1, told={}, voiced={0: 1.0}, hearing_prob=0.0, persons=np.array([0]))
    punishment = Punishment(tick=2, count=3, penalty="penalized", others=others)
    again = Punishment(tick=2, count=3, penalty="expelled", others=others)
    traits = Traits(boldness=np.ones(N))
    sim = started(
        KNOWN, election(0.0), spoken, punishment, again, traits=traits, detect_prob={"hall": 1.0}, replicates=40
    )
    sim.run()
    for replicate in range(40):
        mine = [sim.memory.punished_in(replicate, word) % N for word in ("penalized", "expelled")]
        delegates = sim.memory.delegates_of(sim, np.array([replicate])) % N
        wanted = {0} | (set(delegates.tolist()) if others else set())
        assert set(mine[0].tolist()) == wanted
        assert len(wanted) >= punished
        assert not len(mine[1])


# ------------------------------------------------------------------ the chill


def met(meeting: type[Meeting], afraid: tuple[int, ...], replicates: int = 1, **options: Any) -> Simulation:
    """Let both cells meet in the second tick; 0 and 3, one in each cell, know and would voice."""
    common: dict[str, Any] = {"layer": "cell", "groups": np.arange(2), "occasion": "cell_meeting"}
    sim = started(
        Hear(tick=0, rumor=0, persons=np.array([0, 3]), channel="hall", tells=False),
        Fright(tick=0, persons=np.array(afraid, dtype=np.int64), prob=1.0),
        meeting(tick=1, channel="cell_meeting", voiced={0: options.pop("prob", 1.0)}, **common, **options),
        replicates=replicates,
    )
    sim.step()
    sim.step()
    return sim


def test_one_frightened_fellow_chills_the_own_cell_only() -> None:
    sim = met(ChilledMeeting, (1,), chill_factor=0.0)
    assert sim.voicings["row"].tolist() == [3]
    assert (sim.heard_tick(0)[[1, 2]] == NEVER).all()
    assert (sim.heard_tick(0)[[4, 5]] == 1).all()
    assert sorted(met(ChilledMeeting, (), chill_factor=0.0).voicings["row"].tolist()) == [0, 3]


def test_the_chill_is_a_factor_on_the_chance_of_voicing() -> None:
    sim = met(ChilledMeeting, (1,), replicates=3000, prob=0.8, chill_factor=0.25)
    voiced = np.bincount(sim.voicings["row"] % N, minlength=N) / 3000
    for person, expected in ((0, 0.2), (3, 0.8)):
        assert voiced[person] == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 3000))
