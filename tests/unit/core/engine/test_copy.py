"""A copy of a simulation goes the same way, and neither notices what the other does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import build_party, load_scenario
from rumorsim.core import Absence, Condition, DaleyKendall, Fright, MakiThompson, Move, Rule, Silence, Simulation
from rumorsim.model import assemble
from tests.agreement import test_same_bytes as bytes_world
from tests.agreement.test_memberships import TICKS, world

KINDS = ("maki_thompson", "daley_kendall", "independent_cascade", "threshold_memory")


def everything(kind: str, **more: Any) -> Simulation:
    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    return Simulation(contacts, bytes_world.rules(kind), replicates=2, **options, **more)


def stepped(sim: Simulation, ticks: int) -> Simulation:
    for _ in range(ticks):
        sim.step()
    return sim


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tick", [0, 17, 60])
def test_a_copy_ends_as_the_original(kind: str, tick: int) -> None:
    """From the start, with actions that wait for their condition, and late."""
    sim = stepped(everything(kind), tick)
    other = sim.copy()
    assert other.run().fingerprint() == sim.run().fingerprint() == everything(kind).run().fingerprint()
    assert other.fired == sim.fired


@pytest.mark.parametrize("kind", KINDS)
def test_the_other_does_not_notice(kind: str) -> None:
    """One steps on with interventions of every kind; the other still ends as if it had been alone."""
    sim = stepped(everything(kind), 20)
    copies = [sim.copy() for _ in range(2)]
    for acting in (copies[0], copies[0].copy()):
        acting.intervene(Silence(persons=np.arange(60)))
        acting.intervene(Fright(persons=np.arange(40, 140), prob=0.5))
        acting.intervene(Absence(persons=np.arange(100, 180), back_tick=40))
        acting.set_bar(2.0)
        acting.scale_climate(0.0)
        acting.scale_interest(0, np.arange(100), 5.0)
        acting.hush("cells", np.arange(20), np.arange(2))
        acting.set_fear_of_news(0, {None: 1.0}, np.arange(2))
        acting.run()
    plain = everything(kind).run().fingerprint()
    assert copies[1].run().fingerprint() == plain
    assert sim.run().fingerprint() == plain
    assert copies[0].results().fingerprint() != plain


@pytest.mark.parametrize("number", [0, 1])
def test_moves_and_canceled_journeys_stay_with_one(number: int) -> None:
    """Moves give people new groups and slots; the calendar, which copies share, is changed for one alone."""

    def start() -> Simulation:
        rules: list[Rule] = [MakiThompson(1.0, 0.1, 0.02), MakiThompson(1.0, 0.1, 0.02)]
        spreaders = {0: [0, 1], 1: [5]}
        return Simulation(world(number), rules, stop_days=float(TICKS), initial_spreaders=spreaders, seed=7)

    plain = start().run().fingerprint()
    sim = stepped(start(), 10)
    moved = sim.copy()
    for person in range(20, 60):
        moved.intervene(Move(person=person, layer="work", group=3))
    stepped(moved, 5)
    again = moved.copy()
    assert again.run().fingerprint() == moved.run().fingerprint() != plain
    assert sim.run().fingerprint() == plain


def test_what_waits_for_a_condition_waits_in_both() -> None:
    waiting = Silence(tick=2, when=Condition(rumor=0, at_least=1), delay_ticks=3, persons=np.arange(5), label="order")
    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    options["actions"] = [*options["actions"], waiting]

    def start() -> Simulation:
        return Simulation(contacts, bytes_world.rules("maki_thompson"), **options)

    sim = start()
    while not len(sim.voicings):
        sim.step()
    assert "order" not in {label for label, _, _ in sim.fired}
    other = sim.copy()
    other.run()
    assert "order" in {label for label, _, _ in other.fired}
    assert "order" not in {label for label, _, _ in sim.fired}
    sim.run()
    assert sim.fired == other.fired


def test_hearings_that_are_still_open_are_worked_out_in_each() -> None:
    sim = stepped(everything("maki_thompson"), 40)
    other = sim.copy()
    expected = everything("maki_thompson")
    stepped(expected, 40)
    assert (other.teller(0) == expected.teller(0)).all()
    assert (sim.teller(0) == expected.teller(0)).all()


def test_no_array_that_changes_is_shared() -> None:
    sim = stepped(everything("daley_kendall"), 30)
    other = sim.copy()
    pairs = [(sim.people, other.people), (sim._voicings, other._voicings), (sim.memberships, other.memberships)]
    pairs += [
        (a, b)
        for one, two in zip(sim.blocks, other.blocks, strict=True)
        for a, b in ((one, two), (one.pressures, two.pressures), (one.tellers, two.tellers))
    ]
    changing = {
        "remaining", "heard_tick", "stopped_tick", "telling", "ever_told", "channel", "teller", "flat", "of_tellers",
        "of_knowers", "tellers_both", "knowers_both", "group_talk", "group_knowers", "group_tellers", "_rows",
        "_countdown", "_slot", "mute", "afraid_tick", "_fear_of_news", "bar", "climate", "counts", "detected_counts",
        "present", "slots",
    }  # fmt: skip
    seen = set()
    for one, two in pairs:
        for name in changing:
            mine, theirs = getattr(one, name, None), getattr(two, name, None)
            if mine is None:
                continue
            seen.add(name)
            for a, b in zip(mine, theirs, strict=True) if isinstance(mine, list) else [(mine, theirs)]:
                assert np.array_equal(a, b), name
                assert not np.shares_memory(a, b), name
    assert seen == changing
    assert sim.blocks[0].contacts is other.blocks[0].contacts


def test_what_actions_remember_is_copied() -> None:
    scenario = load_scenario("classroom").replace({"start": "1956-04-08", "stop": "1956-04-25"})
    assembly = assemble(scenario, build_party(scenario))
    sim = assembly.start(3)
    while not len(sim.memory.delegates):
        sim.step()
    other = sim.copy()
    sim.run()
    records = [assembly.records(one)[0] for one in (sim, other)]
    assert len(records[0].delegates) == len(records[1].delegates) > 0
    other.run()
    for name in ("heard_tick", "teller", "channel", "voicings", "meetings", "expelled", "penalized", "afraid_tick"):
        assert np.array_equal(getattr(records[0], name), getattr(assembly.records(other)[0], name)), name


def test_a_rule_that_remembers_by_itself_is_copied() -> None:
    class Counting(DaleyKendall):
        def start(self, state: Any) -> Any:
            self.asked = [0]
            return super().start(state)

        def hear(self, state: Any, memory: Any) -> Any:
            self.asked[0] += 1
            return super().hear(state, memory)

    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    sim = Simulation(contacts, [Counting(1.0, 0.4) for _ in range(3)], stacked=False, **options)
    stepped(sim, 3)
    other = sim.copy()
    stepped(other, 4)
    assert [rule.asked for rule in sim.rules] == [[3]] * 3  # type: ignore[attr-defined]
    assert [rule.asked for rule in other.rules] == [[7]] * 3  # type: ignore[attr-defined]
