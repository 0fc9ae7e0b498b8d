"""A simulation step by step, and what it offers for interventions: hushed meetings, homes, and changes of plans."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import (
    Contacts,
    GroupLayer,
    Hear,
    Hush,
    MakiThompson,
    Meeting,
    MembershipChange,
    Move,
    Network,
    Simulation,
    Ticks,
    Traits,
)
from rumorsim.errors import CoreError


def room(changes: list[tuple[int, int, bool]], **options: object) -> Simulation:
    """Six people in two cells of three; person 0 has a further, absent, membership (entry 6) in cell 1."""
    person = np.array([0, 1, 2, 3, 4, 5, 0], dtype=np.int32)
    group = np.array([0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    tick, entry, begins = (np.array(column) for column in zip(*changes, strict=True)) if changes else ([], [], [])
    layer = GroupLayer(
        "cell",
        person,
        group,
        2,
        np.array([3.0, 3.0]),
        rate=1.0,
        present=np.array([True] * 6 + [False]),
        changes=MembershipChange(
            np.asarray(tick, dtype=np.int32), np.asarray(entry, dtype=np.int32), np.asarray(begins, dtype=np.bool_)
        ),
    )
    return Simulation(Contacts(6, [layer]), [MakiThompson(0.0001)], stop_days=10.0, seed=1, **options)  # type: ignore[arg-type]


#: Person 0 leaves cell 0 for cell 1 at tick 2 and is back at tick 5.
TRIP = [(2, 0, False), (2, 6, True), (5, 0, True), (5, 6, False)]


def present(sim: Simulation) -> list[int]:
    return sim.present_groups("cell", 0).tolist()


def steps(sim: Simulation, number: int) -> None:
    for _ in range(number):
        sim.step()


def test_people_on_a_trip_belong_where_they_return() -> None:
    sim = room(TRIP)
    assert sim.home_groups("cell").tolist() == [0, 0, 0, 1, 1, 1]
    steps(sim, 3)
    assert present(sim) == [1]
    assert sim.home_groups("cell")[1:].tolist() == [0, 0, 1, 1, 1]
    away = room([(2, 0, False), (5, 0, True)])
    steps(away, 3)
    assert present(away) == []
    assert away.home_groups("cell")[0] == 0
    gone = room([(2, 0, False)])
    steps(gone, 3)
    assert gone.home_groups("cell")[0] == -1


def test_a_canceled_trip_does_not_take_place() -> None:
    sim = room(TRIP)
    sim.step()
    assert sim.is_planned(0, "cell", 2, True, 1)
    assert not sim.is_planned(0, "cell", 2, True, 0)
    counts = [sim.replan(0, "cell", 2, False, 0), sim.replan(0, "cell", 2, True, 1), sim.replan(0, "cell", 2, True, 1)]
    assert counts == [1, 1, 0]
    steps(sim, 3)
    assert present(sim) == [0]


def test_a_trip_cut_short_ends_now_and_pressures_follow() -> None:
    sim = room(TRIP, initial_spreaders=[0])
    steps(sim, 3)
    assert present(sim) == [1]
    assert sim.blocks[0].pressures.of_tellers[0][3] > 0
    assert sim.replan(0, "cell", 5, False, 1, now=True) == 1
    assert sim.replan(0, "cell", 5, True, 0, now=True) == 1
    assert present(sim) == [0]
    pressure = sim.blocks[0].pressures.of_tellers[0]
    assert pressure[3] == 0
    assert pressure[1] > 0
    steps(sim, 4)
    assert present(sim) == [0]


def test_other_simulations_of_the_same_contacts_keep_their_plans() -> None:
    sim = room(TRIP)
    other = Simulation(sim.contacts, [MakiThompson(0.0001)], stop_days=10.0, seed=1)
    sim.replan(0, "cell", 2, False)
    later = Simulation(sim.contacts, [MakiThompson(0.0001)], stop_days=10.0, seed=1)
    for one in (other, later):
        assert one.is_planned(0, "cell", 2, False, 0)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((0, "cell", 0, True), "planned change"), ((0, "cel", 5, True), "unknown group layer")],
)
def test_wrong_plans_are_refused(arguments: tuple[int, str, int, bool], word: str) -> None:
    sim = room(TRIP)
    sim.step()
    with pytest.raises(CoreError, match=word):
        sim.replan(*arguments)


def test_plans_of_a_batch_are_refused() -> None:
    with pytest.raises(CoreError, match="1 replicate"):
        room(TRIP, replicates=2).replan(0, "cell", 2, True)


def meeting(tick: int) -> Meeting:
    """Everybody who knows voices, everybody present hears."""
    return Meeting(
        tick=tick, layer="cell", groups=np.array([0, 1]), occasion="meeting", channel="conversation", voiced={0: 1.0}
    )


@pytest.mark.parametrize("replicates", [1, 3])
def test_nobody_speaks_up_in_a_hushed_group(replicates: int) -> None:
    layer = GroupLayer.of("cell", [0, 0, 0, 1, 1, 1], rate=0.0)
    sim = Simulation(
        Contacts(6, [layer]),
        [MakiThompson(1.0)],
        stop_days=9.0,
        actions=[meeting(1), meeting(4)],
        occasions=["meeting"],
        traits=Traits(boldness=np.ones(6)),
        replicates=replicates,
    )
    for cell in (0, 1):
        sim.intervene(Hear(rumor=0, persons=np.array([3 * cell]), tells=False))
    sim.intervene(Hush(layer="cell", groups=np.array([1])))
    steps(sim, 3)
    knows = (sim.heard_tick(0) < 32767).reshape(replicates, 6)
    assert knows.tolist() == [[True] * 4 + [False, False]] * replicates
    assert set(sim.voicings["group"].tolist()) == {0}
    assert sim.willing(np.array([3])).tolist() == [True]
    sim.intervene(Hush(layer="cell", groups=np.array([1]), lift=True))
    steps(sim, 3)
    assert (sim.heard_tick(0) < 32767).all()


PATH = Network.from_edges(3, [0, 1], [1, 2])


def test_three_people_step_by_step() -> None:
    """A rate that leaves no doubt: one person a tick; whoever hears tells from the next tick on."""
    sim = Simulation(PATH, MakiThompson(1e6), initial_spreaders=[0], ticks=Ticks.of([1.0, 0.5, 2.0]))
    seen = []
    while not sim.finished:
        seen.append((sim.tick, sim.time, sim.knows(0, np.arange(3)).tolist(), sim.telling(0).tolist()))
        sim.step()
    assert seen == [
        (0, 0.0, [True, False, False], [True, False, False]),
        (1, 1.0, [True, True, False], [True, True, False]),
        (2, 1.5, [True, True, True], [True, True, True]),
    ]
    assert sim.heard_tick(0).tolist() == sim.when_heard([0], np.arange(3))[0].tolist() == [-1, 0, 1]
    assert (sim.teller(0).tolist(), sim.channel_number(0).tolist()) == ([-1, 0, 1], [-1, 0, 0])
    assert sim.results().time_heard.tolist() == [[0.0, 1.0, 1.5]]
    with pytest.raises(CoreError, match=r"no tick left .given: 3"):
        sim.step()


def test_rows_count_replicate_by_replicate() -> None:
    sim = Simulation(PATH, MakiThompson(0.0), initial_aware=[1], stop_days=2.0, replicates=3)
    assert sim.rows([2, 0]).tolist() == [2, 0, 5, 3, 8, 6]
    assert sim.rows([2, 0], np.array([1])).tolist() == [5, 3]
    assert sim.knows(0, np.arange(9)).tolist() == [False, True, False] * 3
    assert not sim.telling(0).any()


@pytest.mark.parametrize("stacked", [True, False])
def test_rumors_are_asked_for_by_number_wherever_they_lie(stacked: bool) -> None:
    rules = [MakiThompson(1e6), MakiThompson(1e6)]
    sim = Simulation(PATH, rules, initial_spreaders={1: [1]}, stop_days=2.0, replicates=2, stacked=stacked)
    sim.step()
    never = [32767] * 3
    assert [sim.heard_tick(rumor).tolist() for rumor in range(2)] == [never * 2, [32767, -1, 0] * 2]
    assert sim.when_heard([1, 0], np.array([4, 5])).tolist() == [[-1, 0], [32767, 32767]]
    assert sim.teller(1).tolist() == [-1, -1, 1, -1, -1, 4]
    with pytest.raises(CoreError, match="rumor"):
        sim.heard_tick(2)


RULE = MakiThompson(1.0)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"rules": [RULE, RULE]}, "one rule object for each rumor"),
        ({"rules": []}, "rules"),
        ({"stop_days": None}, "no end"),
        ({"replicates": 2, "actions": [Move(person=0, layer="cell", group=0)]}, r"actions .Move.*simulate"),
        ({"occasions": ["tea", "tea"]}, "words repeat"),
        ({"channels": ["letter"]}, "conversation"),
        ({"detect_prob": {"tea": 0.5}}, "occasion"),
        ({"initial_spreaders": {1: [0]}}, "rumor"),
    ],
)
def test_what_a_simulation_refuses(given: dict[str, object], word: str) -> None:
    with pytest.raises(CoreError, match=word):
        Simulation(PATH, **{"rules": RULE, "stop_days": 3.0, **given})  # type: ignore[arg-type]


def test_what_is_asked_of_groups_that_are_not_there() -> None:
    sim = Simulation(PATH, RULE, stop_days=3.0)
    for ask in (lambda: sim.home_groups("cell"), lambda: sim.move(0, "cell", 0), lambda: sim.fellows("cell", [0])):
        with pytest.raises(CoreError, match="there are no groups"):
            ask()
    assert sim.hushed(np.arange(2)).tolist() == [False, False]
