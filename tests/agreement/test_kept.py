"""What is worked out once and kept: later runs on the same contacts must not notice, whatever earlier ones did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import build_party, load_scenario
from rumorsim.core import Contacts, GroupLayer, MakiThompson, Meeting, Move, Simulation
from rumorsim.model import assemble
from tests.agreement.test_memberships import TICKS, recount, world


def simulation(contacts: Contacts, seed: int, replicates: int = 1) -> Simulation:
    rules = [MakiThompson(1.0, 0.1, 0.02) for _ in range(2)]
    options: dict[str, Any] = {"initial_spreaders": {0: [0, 1], 1: [5]}, "seed": seed, "replicates": replicates}
    return Simulation(contacts, rules, stop_days=float(TICKS), **options)


@pytest.mark.parametrize("number", [0, 1])
def test_a_second_run_on_the_same_contacts_counts_right(number: int) -> None:
    contacts = world(number)
    prints = []
    for _ in range(3):
        sim = simulation(contacts, seed=7)
        while not sim.finished:
            sim.step()
            recount(sim)
        prints.append(sim.results().fingerprint())
    assert prints == [simulation(world(number), seed=7).run().fingerprint()] * 3


def presence(layer: GroupLayer) -> np.ndarray:
    """Return which memberships are in force in each tick, (n_ticks, m), change by change."""
    here = np.tile(layer.present, (TICKS, 1))
    for tick, entry, begins in zip(layer.changes.tick, layer.changes.entry, layer.changes.present, strict=True):
        here[tick:, entry] = begins
    return here


@pytest.mark.parametrize(("name", "worlds"), [("work", 1), ("guest", 25)])
def test_who_told_in_a_group_was_there_then(name: str, worlds: int) -> None:
    looked = restless = 0
    for seed in range(worlds):
        contacts = world(seed)
        layer = contacts.layer(name)
        here = presence(layer)
        for again in range(2):
            runs = simulation(contacts, seed=again, replicates=8).run()
            heard = np.argwhere(runs.channel_number == runs.channels.index(layer.channel))
            for replicate, rumor, person in heard.tolist():
                tick, teller = (column[replicate, rumor, person] for column in (runs.heard_tick, runs.teller))
                groups = [set(layer.group[here[tick] & (layer.person == who)].tolist()) for who in (person, teller)]
                assert groups[0] & groups[1], (seed, replicate, rumor, person, teller, tick)
                looked += 1
                restless += bool(np.isin(layer.person[layer.changes.entry], [person, teller]).any())
    assert looked >= restless > 15


def test_a_journey_that_is_canceled_is_not_made_though_others_made_it() -> None:
    contacts = world(1)
    simulation(contacts, seed=1).run()
    changes = contacts.layer("work").changes
    first = int(np.flatnonzero(~changes.present & (changes.tick > 5))[0])
    tick, person = int(changes.tick[first]), int(contacts.layer("work").person[changes.entry[first]])
    for canceled in (False, True):
        sim = simulation(contacts, seed=1)
        if canceled:
            assert sim.replan(person, "work", tick, False) == 1
        while sim.tick <= tick:
            sim.step()
            recount(sim)
        assert (len(sim.present_groups("work", person)) == 1) == canceled


@pytest.mark.parametrize("number", range(4))
def test_who_attends_a_meeting_is_asked_anew_once_plans_have_changed(number: int) -> None:
    """The same meeting, by plan and also by hand just before, with and without moves, on shared and fresh contacts."""

    def meeting() -> Meeting:
        return Meeting(
            tick=25,
            layer="work",
            groups=np.arange(8),
            occasion="meeting",
            channel="workplace",
            told={0: 0.5},
            voiced={0: 0.5, 1: 0.5},
        )

    def run(contacts: Contacts, held: Meeting, moved: bool, by_hand: bool) -> str:
        rules = [MakiThompson(1.0, 0.1, 0.02) for _ in range(2)]
        options = {
            "initial_spreaders": {0: [0, 1], 1: [5]},
            "occasions": ["meeting"],
            "actions": [held],
            "seed": number,
        }
        sim = Simulation(contacts, rules, stop_days=float(TICKS), **options)  # type: ignore[arg-type]
        while not sim.finished:
            if sim.tick == 20 and moved:  # some leave, in one case some also come to another group
                for person in range(20, 40):
                    sim.intervene(Move(person=person, layer="work", group=3 if number == 3 and person < 25 else -1))
            if sim.tick == 25 and by_hand:
                sim.intervene(held)
            sim.step()
        return sim.results().fingerprint()

    shared, held = world(number), meeting()
    cases = [(moved, by_hand) for moved in (False, True) for by_hand in (True, False, True)]
    expected = [run(world(number), meeting(), *case) for case in cases]
    assert [run(shared, held, *case) for case in cases] == expected
    assert len(set(expected)) == 4


def test_nothing_is_kept_for_a_single_replicate() -> None:
    """Meetings on a letter belong to one replicate: what is kept for all does not grow with them."""
    scenario = load_scenario("classroom")
    assembly = assemble(scenario, build_party(scenario))
    sizes = []
    for replicate in range(3):
        sim = assembly.start(1956, [replicate])
        while not sim.finished:
            sim.step()
        groups = sim.memberships
        assert groups is not None
        sizes.append(len(groups.calendar.kept))
    assert sizes[0] == sizes[1] == sizes[2]
