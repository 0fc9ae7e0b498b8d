"""The engine's pressures equal a fresh sparse product, to the last unit, after every tick of several worlds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    Absence,
    Action,
    Briefing,
    DaleyKendall,
    IndependentCascade,
    MakiThompson,
    Move,
    Simulation,
    Traits,
)
from rumorsim.core.engine.rumor_block import RumorBlock
from tests.agreement import test_same_bytes as bytes_world
from tests.agreement.test_memberships import TICKS, N, world
from tests.reference.pressures import expected_pressures


def differences(block: RumorBlock) -> list[str]:
    """Return the names of pressures that are not what the product says."""
    block.pressures.keep_away()
    wrong = []
    for name, expected in expected_pressures(block).items():
        kept = getattr(block.pressures, name)
        kept = [kept] if name.startswith("group") else kept
        if len(kept) and len(kept[0]):
            wrong += [name for a, b in zip(kept, expected, strict=True) if not np.array_equal(a, b)]
    return wrong


def judge(sim: Simulation, moves: bool = False) -> float:
    """Step to the end, comparing after every tick; return the largest pressure there was."""
    most = 0.0
    while not sim.finished:
        if moves and sim.tick in {7, 20}:
            sim.intervene(Move(person=int(sim.tick), layer="work", group=3))
        sim.step()
        for block in sim.blocks:
            assert differences(block) == [], f"tick {sim.tick}"
            most = max(most, float(block.pressures.flat.max()))
    return most


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", [MakiThompson, DaleyKendall])
def test_travelers_guests_and_moves(seed: int, rule: type[MakiThompson]) -> None:
    traits = Traits(talk=np.random.default_rng(seed).integers(1, 64, N), tell_prob=0.7)
    spreaders = {0: [0, 1], 1: [5]}
    rules = [rule(1.0, 0.3, 0.05) for _ in range(2)]
    options: dict[str, Any] = {"initial_spreaders": spreaders, "traits": traits, "seed": seed, "stacked": seed % 2 == 0}
    assert judge(Simulation(world(seed), rules, stop_days=float(TICKS), **options), moves=True) > 0


@pytest.mark.parametrize("rule", [MakiThompson, DaleyKendall])
def test_who_is_told_and_moved_at_one_moment_counts_once(rule: type[MakiThompson]) -> None:
    actions: list[Action] = []
    for tick in (3, 7, 20):
        told = np.arange(40 + tick, 44 + tick)
        actions.append(Briefing(tick=tick, rumor=0, persons=told, prob=1.0, channel="kin"))
        actions.append(Move(tick=tick, person=int(told[0]), layer="work", group=3))
    options: dict[str, Any] = {"initial_spreaders": [0, 1], "actions": actions, "stop_days": float(TICKS)}
    assert judge(Simulation(world(1), rule(0.1, 0.3, 0.05), **options)) > 0


@pytest.mark.parametrize("kind", ["maki_thompson", "daley_kendall", "independent_cascade", "threshold_memory"])
def test_everything_at_once(kind: str) -> None:
    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    assert judge(Simulation(contacts, bytes_world.rules(kind), replicates=2, **options)) > 0


def absences(seed: int, n: int, ticks: int, replicates: int = 1) -> list[Absence]:
    """Return absences by chance: some overlap, some begin when others end, some concern one replicate only."""
    rng = np.random.default_rng(seed)
    only = [None if replicates == 1 or k % 2 else (k % replicates,) for k in range(40)]
    return [
        Absence(persons=rng.integers(0, n, n // 4), tick=tick, back_tick=tick + int(rng.integers(1, 9)), only=one)
        for tick, one in zip(rng.integers(0, ticks, 40).tolist(), only, strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", [MakiThompson, DaleyKendall])
def test_people_are_absent_while_they_travel_and_move(seed: int, rule: type[MakiThompson]) -> None:
    traits = Traits(talk=np.random.default_rng(seed).integers(1, 64, N), tell_prob=0.7)
    rules = [rule(1.0, 0.3, 0.05) for _ in range(2)]
    options: dict[str, Any] = {"traits": traits, "seed": seed, "stacked": seed % 2 == 0}
    options["actions"] = absences(seed, N, TICKS)
    sim = Simulation(world(seed), rules, stop_days=float(TICKS), initial_spreaders={0: [0, 1], 1: [5]}, **options)
    assert judge(sim, moves=True) > 0


@pytest.mark.parametrize("kind", ["maki_thompson", "daley_kendall", "independent_cascade", "threshold_memory"])
def test_people_are_absent_from_everything_at_once(kind: str) -> None:
    contacts, options = bytes_world.world(np.arange(bytes_world.N))
    options["actions"] = [*options["actions"], *absences(3, bytes_world.N, bytes_world.TICKS, 2)]
    assert judge(Simulation(contacts, bytes_world.rules(kind), replicates=2, **options)) > 0


def test_the_judge_sees_one_unit() -> None:
    sim = Simulation(world(1), IndependentCascade(0.3), stop_days=float(TICKS), initial_spreaders=[0, 1], seed=1)
    for _ in range(5):
        sim.step()
    assert differences(sim.blocks[0]) == []
    sim.blocks[0].pressures.flat[3] += 1
    assert differences(sim.blocks[0]) == ["of_tellers"]
