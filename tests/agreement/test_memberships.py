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
from rumorsim.core.engine.tellers import NEVER

N, TICKS = 120, 60


def world(seed: int) -> Contacts:
    """Workplaces with absences, guests who come and go (some of them twice at once), a few ties, clubs by night."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, 8, N)
    guests = rng.choice(N, 30, replace=False)
    leave = rng.integers(0, TICKS - 10, 30)
    back = leave + rng.integers(0, 9, 30)
    absences = np.concatenate([np.zeros(30), np.ones(30)]).astype(bool)
    person = np.concatenate([guests, guests[:10]]).astype(np.int32)
    group = rng.integers(0, 8, 40).astype(np.int32)
    visit = np.concatenate([np.arange(30), np.arange(30), np.arange(30, 40), np.arange(30, 40)])
    visit_tick = np.concatenate([leave, back, leave[:10] + 1, back[:10] + 3])
    visit_begins = np.concatenate([np.ones(30), np.zeros(30), np.ones(10), np.zeros(10)]).astype(bool)

    def changes(tick: np.ndarray, entry: np.ndarray, begins: np.ndarray) -> MembershipChange:
        order = np.argsort(tick, kind="stable")
        return MembershipChange(tick[order].astype(np.int32), entry[order].astype(np.int32), begins[order])

    size = np.full(8, 15.0)
    here, gone = np.ones(N, bool), np.zeros(40, bool)
    away = changes(np.concatenate([leave, back]), np.concatenate([guests, guests]), absences)
    everybody = np.arange(N, dtype=np.int32)
    work = GroupLayer("work", everybody, cell.astype(np.int32), 8, size, "workplace", "day", 2.0, 1.0, here, away)
    stays = changes(visit_tick, visit, visit_begins)
    # In every third world guests also meet at night, when the ties of those who are away from work do not reach them.
    hours = "night" if seed % 3 == 0 else "day"
    guest = GroupLayer("guest", person, group, 8, size, "travel", hours, 1.0, 1.0, gone, stays)
    source, target = rng.integers(0, N, 200), rng.integers(0, N, 200)
    keep = source != target
    home = "work" if seed % 2 else None
    ties = TieLayer("kin", Network.from_edges(N, source[keep], target[keep]), "kin", "night", 0.1, home)
    rooms = GroupLayer.of("rooms", cell, clock="rooms", rate=0.0)
    club = GroupLayer.of("club", rng.integers(-1, 5, N), channel="club", clock="evening", rate=1.5)
    return Contacts(N, [rooms, work, guest, ties, club])


def recount(sim: Simulation) -> None:
    """Compare pressures, counters and slots with a count from the memberships in force."""
    groups = sim.memberships
    assert groups is not None
    for state in sim.blocks:
        sums, talk = state.pressures, state.pressures.talk
        here = groups.present > 0
        loud = groups.group < groups.n_loud
        member, place = groups.person[here & loud], groups.group[here & loud]
        telling = np.zeros(groups.n_loud + 1)
        np.add.at(telling, place, state.telling[member] * (talk[member] if talk is not None else 1.0))
        knowing = np.zeros(groups.n_loud + 1)
        np.add.at(knowing, place, state.heard_tick[member] != NEVER)
        assert (sums.group_talk == telling).all()
        assert (sums.group_knowers == knowing).all()
        slots = np.sort(groups.slots, axis=1)
        expected = np.full_like(slots, groups.n_loud)
        order = np.lexsort((place, member))
        rank = np.arange(len(order)) - np.searchsorted(member[order], member[order], side="left")
        expected[member[order], rank] = place[order]
        assert (slots == np.sort(expected, axis=1)).all()
        for number, clock in enumerate(state.contacts.clocks):
            pressure = np.zeros(state.n_rows)
            inside = (place >= groups.bounds[number]) & (place < groups.bounds[number + 1])
            if not clock.quiet:
                np.add.at(pressure, member[inside], (telling[:-1] * groups.weight[:-1])[place[inside]])
            if clock.outgoing is not None:
                source = np.repeat(np.arange(state.n_rows), np.diff(clock.outgoing.pointer))
                voice = state.telling[source] * (talk[source] if talk is not None else 1.0)
                away = np.zeros(state.n_rows, dtype=bool)
                if clock.home is not None:
                    here_rows = np.unique(groups.person[here & (groups.layer_of_group[groups.group] == 1)])
                    away[:] = True
                    away[here_rows] = False
                    assert (sums.away[number] == away).all()
                    assert not away.all()
                reached = ~away[source] & ~away[clock.outgoing.other]
                np.add.at(pressure, clock.outgoing.other, clock.outgoing.weight * voice * reached)
                sums.keep_away()
            assert (sums.of_tellers[number] == pressure).all()


# In the world of seed 37 a guest comes and goes at one tick.
@pytest.mark.parametrize("seed", [*range(6), 37])
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


def test_travelers_tell_their_kin_only_after_they_have_come_home() -> None:
    """0 leaves, hears from the host 2 on the way, and can tell the kin 1 only once back."""

    def layer(
        name: str, person: list[int], group: list[int], clock: str, here: list[bool], *when: object
    ) -> GroupLayer:
        changes = MembershipChange(*(np.array(column) for column in when))  # type: ignore[arg-type]
        size = np.ones(max(group) + 1)
        columns = np.array(person, np.int32), np.array(group, np.int32)
        return GroupLayer(name, *columns, len(size), size, "travel", clock, 1e6, 1.0, np.array(here), changes)

    home = layer("home", [0, 1], [0, 1], "home", [True, True], [2, 8], [0, 0], [False, True])
    visit = layer("visit", [2, 0], [0, 0], "visit", [True, False], [2, 8], [1, 1], [True, False])
    for reach, expected in (("home", 9.0), (None, 4.0)):
        ties = TieLayer("kin", Network.from_edges(3, [0], [1]), "kin", "free", 1e6, reach)
        sim = Simulation(Contacts(3, [home, visit, ties]), [MakiThompson(1.0)], stop_days=12.0, initial_spreaders=[2])
        runs = sim.run()
        assert runs.time_heard.tolist() == [[3.0, expected, 0.0]]
        assert runs.teller.tolist() == [[[2, 0, -1]]]
