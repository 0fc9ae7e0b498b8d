"""Memberships with a time: what is pushed along must equal what a fresh count of everybody gives."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import (
    Contacts,
    GroupLayer,
    MakiThompson,
    MembershipChange,
    Move,
    Network,
    Simulation,
    TieLayer,
    Traits,
)
from rumorsim.core.state import NEVER

N, TICKS = 120, 60


def world(seed: int) -> Contacts:
    """Workplaces with absences, guests who come and go (some of them twice at once), and a few ties."""
    rng = np.random.default_rng(seed)
    home = rng.integers(0, 8, N)
    guests = rng.choice(N, 30, replace=False)
    leave = rng.integers(0, TICKS - 10, 30)
    back = leave + rng.integers(0, 9, 30)
    person = np.concatenate([np.arange(N), guests, guests[:10]]).astype(np.int32)
    group = np.concatenate([home, rng.integers(0, 8, 30), rng.integers(0, 8, 10)]).astype(np.int32)
    present = np.concatenate([np.ones(N, bool), np.zeros(40, bool)])
    visit = np.arange(N, N + 30)
    tick = np.concatenate([leave, back, leave, back, leave[:10] + 1, back[:10] + 3])
    entry = np.concatenate([guests, guests, visit, visit, np.arange(N + 30, N + 40), np.arange(N + 30, N + 40)])
    begins = np.concatenate([np.zeros(30), np.ones(30), np.ones(30), np.zeros(30), np.ones(10), np.zeros(10)]).astype(
        bool
    )
    order = np.argsort(tick, kind="stable")
    changes = MembershipChange(tick[order].astype(np.int32), entry[order].astype(np.int32), begins[order])
    size = np.full(8, 15.0)
    work = GroupLayer("work", person, group, 8, size, "workplace", "day", 2.0, 1.0, present, changes)
    source, target = rng.integers(0, N, 200), rng.integers(0, N, 200)
    keep = source != target
    ties = TieLayer("kin", Network.from_edges(N, source[keep], target[keep]), "kin", "night", 0.1)
    rooms = GroupLayer.of("rooms", home, clock="rooms", rate=0.0)
    return Contacts(N, [rooms, work, ties])


def recount(sim: Simulation) -> None:
    """Compare pressures, counters and slots with a count from the memberships in force."""
    groups = sim._crowd.fabric.groups
    assert groups is not None
    talk = sim._crowd.talk
    for state in sim.states:
        here = groups.present > 0
        loud = groups.group < groups.n_loud
        member, place = groups.person[here & loud], groups.group[here & loud]
        telling = np.zeros(groups.n_loud + 1)
        np.add.at(telling, place, state.telling[member] * (talk[member] if talk is not None else 1.0))
        knowing = np.zeros(groups.n_loud + 1)
        np.add.at(knowing, place, state.heard_tick[member] != NEVER)
        assert (state.group_telling == telling).all()
        assert (state.group_knowing == knowing).all()
        slots = np.sort(groups.slots, axis=1)
        expected = np.full_like(slots, groups.n_loud)
        order = np.lexsort((place, member))
        rank = np.arange(len(order)) - np.searchsorted(member[order], member[order], side="left")
        expected[member[order], rank] = place[order]
        assert (slots == np.sort(expected, axis=1)).all()
        for number, clock in enumerate(state.fabric.clocks):
            pressure = np.zeros(state.n_rows)
            inside = (place >= groups.bounds[number]) & (place < groups.bounds[number + 1])
            if not clock.quiet:
                np.add.at(pressure, member[inside], (telling[:-1] * groups.weight[:-1])[place[inside]])
            if clock.outgoing is not None:
                source = np.repeat(np.arange(state.n_rows), np.diff(clock.outgoing.pointer))
                voice = state.telling[source] * (talk[source] if talk is not None else 1.0)
                np.add.at(pressure, clock.outgoing.other, clock.outgoing.weight * voice)
            assert (state.pressure[number] == pressure).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("stacked", [True, False])
def test_pushed_pressures_equal_a_fresh_count(seed: int, stacked: bool) -> None:
    rules = [MakiThompson(1.0, 0.3, 0.05) for _ in range(3)]
    traits = Traits(talk=np.random.default_rng(seed).integers(1, 64, N), tell_prob=0.7)
    spreaders = {0: [0, 1], 1: [5], 2: [9, 10]}
    sim = Simulation(
        world(seed),
        rules,
        stop_days=float(TICKS),
        initial_spreaders=spreaders,
        traits=traits,
        seed=seed,
        stacked=stacked,
    )
    while not sim.finished:
        if sim.tick in {7, 20}:
            sim.intervene(Move(person=int(sim.tick), layer="work", group=3))
        sim.step()
        recount(sim)


def test_layout_of_rumors_changes_no_result() -> None:
    prints = set()
    for stacked in (True, False):
        rules = [MakiThompson(1.0, 0.3, 0.05) for _ in range(3)]
        couplings = np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 0.5], [3.0, 1.0, 1.0]])
        sim = Simulation(
            world(1),
            rules,
            stop_days=float(TICKS),
            initial_spreaders={0: [0], 1: [5], 2: [9]},
            couplings=couplings,
            replicates=3,
            seed=4,
            stacked=stacked,
        )
        prints.add(sim.run().fingerprint())
    assert len(prints) == 1
