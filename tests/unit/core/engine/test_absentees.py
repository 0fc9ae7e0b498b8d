"""Absence from all contacts, by hand on three people: nothing is told or heard, and nothing is lost by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    Absence,
    Action,
    Broadcast,
    Condition,
    Contacts,
    DaleyKendall,
    Fright,
    GroupLayer,
    Hear,
    IndependentCascade,
    MakiThompson,
    Meeting,
    MembershipChange,
    Network,
    Rule,
    Runs,
    Silence,
    Simulation,
    Traits,
    simulate,
    simulate_exact,
)
from rumorsim.core.engine.absentees import Absentees
from rumorsim.core.engine.tellers import Tellers
from rumorsim.errors import CoreError

#: 0 contacts 1, 1 contacts 2.
PATH = Network.from_edges(3, [0, 1], [1, 2])
ROOM = Contacts(3, [GroupLayer.of("room", [0, 0, 0], channel="room", exponent=0.0)])
NEVER = float("inf")
#: So certain that a contact tells in the first tick.
SURE = 1e6


def run(contacts: Any, actions: list[Action], rule: Rule | None = None, **options: Any) -> Runs:
    given: dict[str, Any] = {"initial_spreaders": [0], "stop_days": 9.0, "actions": actions, **options}
    return simulate(contacts, MakiThompson(SURE) if rule is None else rule, **given)


@pytest.mark.parametrize("contacts", [PATH, ROOM])
@pytest.mark.parametrize(("who", "expected"), [(0, [0, 5, 6]), (1, [0, 5, 6]), (2, [0, 1, 5])])
def test_the_absent_neither_tell_nor_hear_until_they_are_back(contacts: Any, who: int, expected: list[int]) -> None:
    """Over the path; in one room, where all contact all, whoever is there hears from whoever is there."""
    runs = run(contacts, [Absence(persons=[who], tick=0, back_tick=4)])
    in_one_room = {0: [0, 5, 5], 1: [0, 5, 1], 2: [0, 1, 5]}
    assert runs.time_heard.tolist() == [in_one_room[who] if contacts is ROOM else expected]
    assert (runs.teller[0, 0, [1, 2]] >= 0).all()


@pytest.mark.parametrize("contacts", [ROOM, Network.from_edges(3, [0, 1], [2, 2])])
def test_nobody_is_told_by_the_absent(contacts: Any) -> None:
    """0 and 1 tell; 0 is absent in the tick in which 2 hears, so it can only have been 1, in a room and over ties."""
    for seed in range(20):
        runs = run(contacts, [Absence(persons=[0], back_tick=1)], initial_spreaders=[0, 1], seed=seed)
        assert runs.teller[0, 0].tolist() == [-1, -1, 1]
    both = {int(run(contacts, [], initial_spreaders=[0, 1], seed=seed).teller[0, 0, 2]) for seed in range(20)}
    assert both == {0, 1}


def test_a_broadcast_does_not_reach_the_absent() -> None:
    radio = Broadcast(0, "radio", np.arange(3), np.ones(3), SURE)
    runs = run(PATH, [Absence(persons=[1], back_tick=3)], initial_spreaders=[], broadcasts=[radio])
    assert runs.time_heard.tolist() == [[1, 4, 1]]


def test_the_absent_do_not_meet_and_are_not_found_to_know() -> None:
    """A cell meets while its bold member is absent, and again late, when the member is back and speaks."""
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 1], clock="rooms", rate=0.0)])
    meetings = [
        Meeting(tick=t, layer="cell", groups=np.arange(2), occasion="cell", channel="cell", voiced={0: 1.0})
        for t in (2, 5)
    ]
    options: dict[str, Any] = {"occasions": ("cell",), "channels": ("conversation", "cell")}
    for back, day in ((1, 3), (4, 6), (9, NEVER)):
        runs = run(cell, [*meetings, Absence(persons=[0], tick=0, back_tick=back)], **options)
        assert runs.time_heard[0].tolist() == [0, day, NEVER]
    absent_hearer = run(cell, [*meetings, Absence(persons=[1], tick=1, back_tick=4)], **options)
    assert absent_hearer.time_heard[0].tolist() == [0, 6, NEVER]


def test_who_hears_by_an_action_while_absent_tells_once_back() -> None:
    actions = [Absence(persons=[1], tick=1, back_tick=6), Hear(rumor=0, persons=[1], tick=3, tells=True)]
    assert run(PATH, actions, initial_spreaders=[]).time_heard.tolist() == [[NEVER, 4, 7]]


def test_who_hears_and_leaves_at_one_tick_is_counted_once() -> None:
    """Entered only after the actions of the tick: neither withdrawn before being pushed, nor pushed while absent."""
    actions = [Hear(rumor=0, persons=[0], tick=1, tells=True), Absence(persons=[0], tick=1, back_tick=4)]
    sim = Simulation(ROOM, MakiThompson(SURE, 1e-6), initial_spreaders=[], stop_days=9.0, actions=actions)
    knowers = []
    for _ in range(6):
        sim.step()
        knowers.append(float(sim.blocks[0].pressures.group_knowers[0]))
    assert knowers == [0, 0, 0, 0, 3, 3]
    assert sim.heard_tick(0).tolist() == [1, 4, 4]


@pytest.mark.parametrize("rule", [MakiThompson(0.0, 0.0, 0.3), DaleyKendall(0.0, 0.0, 0.3)])
def test_patience_stands_still(rule: MakiThompson) -> None:
    """Forgetting at .3 a day: an absence of 4 days before the last of it is used up ends the telling 4 days later."""
    plain = simulate(PATH, rule, initial_spreaders=[0], stop_days=60.0, replicates=30)
    away = Absence(persons=[0], tick=0, back_tick=4)
    later = simulate(PATH, rule, initial_spreaders=[0], stop_days=60.0, replicates=30, actions=[away])
    assert np.isfinite(plain.time_stopped[:, 0]).all()
    assert (later.time_stopped[:, 0] == plain.time_stopped[:, 0] + 4).all()


def test_patience_of_who_hears_while_absent_begins_with_the_return() -> None:
    rule, options = MakiThompson(0.0, 0.0, 0.3), {"initial_spreaders": [], "stop_days": 60.0, "replicates": 30}
    hears = Hear(rumor=0, persons=[0], tick=1, tells=True)
    plain = simulate(PATH, rule, actions=[hears], **options)  # tells from tick 2 on
    later = simulate(PATH, rule, actions=[hears, Absence(persons=[0], tick=0, back_tick=5)], **options)
    assert (later.time_stopped[:, 0] == plain.time_stopped[:, 0] + 3).all()


@pytest.mark.parametrize("in_room", [False, True])
def test_no_spreader_stops_by_a_meeting_with_the_absent(in_room: bool) -> None:
    """0 and 1 tell and contact each other, 2 knows: whoever 0 meets while 1 is absent, it is 2."""
    ties = Network.from_edges(3, [0, 1, 0, 2], [1, 0, 2, 0], [9.0, 9.0, 0.1, 0.1])
    options: dict[str, Any] = {"initial_spreaders": [0, 1], "initial_aware": [2], "stop_days": 5.0, "replicates": 60}
    away = Absence(persons=[1], tick=0, back_tick=5)
    runs = simulate(ROOM if in_room else ties, DaleyKendall(1.0, 2.0), actions=[away], **options)
    assert np.isinf(runs.time_stopped[:, 1]).all()
    assert np.isfinite(runs.time_stopped[:, 0]).sum() > 20
    together = simulate(ROOM if in_room else ties, DaleyKendall(1.0, 2.0), **options)
    assert np.isfinite(together.time_stopped[:, 1]).sum() > 20


def test_a_cascades_one_attempt_waits() -> None:
    runs = run(PATH, [Absence(persons=[0], tick=0, back_tick=4)], IndependentCascade(0.999999))
    assert runs.time_heard.tolist() == [[0, 5, 6]]
    assert runs.time_stopped.tolist() == [[5, 6, 7]]


def test_fright_and_silence_reach_the_absent() -> None:
    """Who takes fright falls silent sooner once back; who is silenced tells no more, and stopped at that date."""
    away = Absence(persons=[0], tick=1, back_tick=6)
    runs = run(PATH, [away, Silence(persons=[0], tick=3)], MakiThompson(1e-9), initial_spreaders=[0])
    assert runs.time_stopped[0, 0] == 3.0
    tellers = Tellers(3)
    tellers.add(np.array([0, 1]), np.array([8.0, 4.0], dtype=np.float32))
    tellers.freeze(np.array([0]))
    assert tellers.spend(np.float32(1.0)).tolist() == []
    tellers.scale(np.array([0, 1]), 0.5)
    other = tellers.copy()
    tellers.thaw(np.array([0]))
    left = dict(zip(tellers.rows.tolist(), tellers.countdown.tolist(), strict=True))
    assert len(tellers) == 2
    assert (left[0], left[1]) == (4.0, 1.5) or (tellers.countdown[-1], tellers.countdown[1]) == (4.0, 1.5)
    other.remove(np.array([0]))
    other.thaw(np.array([0]))
    assert len(other) == 1
    assert run(PATH, [away, Fright(persons=[0], prob=1.0, tick=3)]).time_heard[0].tolist() == [0, 1, 2]


def test_a_longer_absence_wins_and_replicates_differ() -> None:
    actions = [
        Absence(persons=[0], tick=0, back_tick=6),
        Absence(persons=[0], tick=2, back_tick=4),
        Absence(persons=[0], tick=5, back_tick=7, only=(1,)),
    ]
    runs = run(PATH, actions, replicates=3)
    assert runs.time_heard[:, 1].tolist() == [7, 8, 7]


def test_back_and_gone_again_at_one_tick() -> None:
    actions = [Absence(persons=[0], tick=0, back_tick=3), Absence(persons=[0], tick=3, back_tick=5)]
    assert run(PATH, actions).time_heard.tolist() == [[0, 6, 7]]
    some = Absentees(1)
    for now, back in ((0, 3), (3, 5)):
        some.come_back(now)
        some.leave(np.array([0]), now, back)
    some.come_back(5)
    assert some.at(np.zeros(7, np.int64), np.arange(7)).tolist() == [True] * 5 + [False] * 2


def test_between_ticks_those_are_back_whose_time_is_over() -> None:
    sim = Simulation(ROOM, MakiThompson(SURE), initial_spreaders=[0], stop_days=9.0)
    sim.intervene(Absence(persons=[0], back_tick=2))
    assert sim.absent(np.arange(3)).tolist() == [True, False, False]
    other = sim.copy()
    sim.step()
    sim.step()
    assert sim.knows(0, np.arange(3)).tolist() == [True, False, False]
    sim.intervene(Hear(rumor=0, persons=[2], channel="room"))
    assert sim.absent(np.arange(3)).tolist() == [False] * 3
    assert other.absent(np.arange(3)).tolist() == [True, False, False]
    assert other.run().time_heard.tolist() == [[0, 3, 3]]


def test_a_condition_that_is_met_too_late_sends_nobody_away() -> None:
    away = Absence(persons=[0], back_tick=3, when=Condition(at_least=0), delay_ticks=3)
    assert run(PATH, [away]).time_heard.tolist() == [[0, 1, 2]]


def test_without_absence_nothing_is_laid_out() -> None:
    sim = Simulation(ROOM, MakiThompson(1.0), initial_spreaders=[0], stop_days=9.0)
    sim.run()
    assert sim._order.absentees is None
    assert sim.blocks[0].pressures.absent is None
    assert sim.blocks[0].tellers._frozen is None


@pytest.mark.parametrize(("wrong", "path"), [({"back_tick": 2}, "back_tick"), ({"persons": [7]}, "persons")])
def test_what_is_refused(wrong: dict[str, Any], path: str) -> None:
    fine: dict[str, Any] = {"persons": [0], "tick": 2, "back_tick": 4}
    with pytest.raises(CoreError, match=rf"actions\[0\] \(Absence\).{path}"):
        run(PATH, [Absence(**{**fine, **wrong})])


def test_the_exact_engine_knows_absence_and_refuses_the_rest() -> None:
    """What is left of a threshold is used up after the absence: every hearing is later by exactly its length."""
    away = [Absence(persons=[0], tick=0, back_tick=2)]
    options: dict[str, Any] = {"initial_spreaders": [0], "time_step_days": 1.0, "stop_days": 99.0, "replicates": 20}
    plain, later = (simulate_exact(PATH, MakiThompson(0.5, 0.0, 0.1), actions=a, **options) for a in ([], away))
    both = np.isfinite(plain.time_heard[:, 1]) & np.isfinite(later.time_heard[:, 1])
    assert both.sum() > 10
    np.testing.assert_allclose(later.time_heard[both, 1], plain.time_heard[both, 1] + 2)
    np.testing.assert_allclose(later.time_stopped[:, 0], plain.time_stopped[:, 0] + 2)
    radio = Broadcast(0, "radio", np.arange(3), np.ones(3), 0.5)
    alone: dict[str, Any] = {**options, "initial_spreaders": [], "broadcasts": [radio]}
    plain, later = (simulate_exact(PATH, MakiThompson(0.0), actions=a, **alone) for a in ([], away))
    np.testing.assert_allclose(later.time_heard[:, 0], plain.time_heard[:, 0] + 2)
    for other in (
        Silence(persons=[0]),
        Absence(persons=[0], back_tick=2, only=(0,)),
        Absence(persons=[0], back_tick=2, when=Condition()),
    ):
        with pytest.raises(CoreError, match=r"actions\[0\].*exact engine"):
            simulate_exact(PATH, MakiThompson(0.5), actions=[other], **options)


def test_absent_from_groups_is_being_in_none() -> None:
    """With contact in groups only and no forgetting, absence has the bytes of memberships that end and begin again."""
    n, ticks = 40, 30
    rng = np.random.default_rng(2)
    who = rng.permutation(n)[:15]
    first = rng.integers(0, 15, 15)
    last = first + rng.integers(1, 12, 15)
    order = np.argsort(np.concatenate([first, last]), kind="stable")
    tick = np.concatenate([first, last])[order].astype(np.int32)
    entry = np.concatenate([who, who])[order].astype(np.int32)
    begins = np.repeat([False, True], 15)[order]
    whole = GroupLayer.of("work", rng.integers(0, 4, n), rate=1.0)
    columns = (whole.name, whole.person, whole.group, whole.n_groups, whole.size, whole.channel, whole.clock)
    moving = GroupLayer(*columns, whole.rate, whole.exponent, whole.present, MembershipChange(tick, entry, begins))
    options: dict[str, Any] = {
        "initial_spreaders": range(5),
        "stop_days": float(ticks),
        "replicates": 4,
        "traits": Traits(talk=rng.integers(1, 40, n)),
    }
    away = [Absence(persons=[p], tick=int(a), back_tick=int(b)) for p, a, b in zip(who, first, last, strict=True)]
    for rule in (MakiThompson(0.5, 0.4), DaleyKendall(0.5, 0.4)):
        absent = simulate(Contacts(n, [whole]), rule, actions=away, **options)
        gone = simulate(Contacts(n, [moving]), rule, **options)
        assert absent.fingerprint() == gone.fingerprint()
        assert absent.fingerprint() != simulate(Contacts(n, [whole]), rule, **options).fingerprint()
