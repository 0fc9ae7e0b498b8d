"""The tick engine against the slow one that tosses a coin for everything, with ties and groups together."""

import random

import networkx as nx
import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, IndependentCascade, Network, ThresholdMemory, TieLayer, Traits, simulate
from tests.agreement import stats
from tests.agreement.worlds import RULES
from tests.reference import slow

PEOPLE = 12
CELL = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, -1, -1, -1])
CIRCLE = np.array([0, -1, 0, -1, 0, -1, 1, -1, 1, 1, 2, 2])
SLOW_RUNS, RUNS = 1500, 6000


def both_worlds() -> tuple[Contacts, slow.World]:
    graph = nx.gnp_random_graph(PEOPLE, 0.15, seed=2, directed=True)
    ties = {(i, j): 0.5 + (i + 2 * j) % 4 / 4 for i, j in graph.edges}
    source, target = (np.array(column) for column in zip(*ties, strict=True))
    contacts = Contacts(
        PEOPLE,
        [
            TieLayer("ties", Network.from_edges(PEOPLE, source, target, list(ties.values()))),
            GroupLayer.of("cell", CELL, rate=0.9, exponent=1.0),
            GroupLayer.of("circle", CIRCLE, rate=0.4, exponent=0.5, clock="evening"),
        ],
    )

    def groups(group_of: np.ndarray) -> list[list[int]]:
        return [np.flatnonzero(group_of == k).tolist() for k in range(group_of.max() + 1)]

    return contacts, slow.World(
        PEOPLE, ties, [slow.Layer(groups(CELL), 0.9, 1.0), slow.Layer(groups(CIRCLE), 0.4, 0.5)]
    )


def compare(heard: np.ndarray, stopped: np.ndarray, teller: np.ndarray, told: list[slow.Outcome]) -> None:
    """Compare the number who hear, and each person's day of hearing, of stopping, and teller."""
    other = {name: np.array([getattr(outcome, name) for outcome in told]) for name in ("heard", "stopped", "teller")}
    most = PEOPLE + 1
    sizes = [np.bincount(np.isfinite(h).sum(axis=1), minlength=most) for h in (heard, other["heard"])]
    p_values = {"number who hear": stats.two_samples(*sizes)}
    for name, mine in (("heard", heard), ("stopped", stopped), ("teller", teller.astype(float))):
        for person in range(PEOPLE):
            kinds = np.unique(np.concatenate([mine[:, person], other[name][:, person]]).round(6))
            counts = [
                np.bincount(np.searchsorted(kinds, column[:, person].round(6)), minlength=len(kinds))
                for column in (mine, other[name])
            ]
            p_values[f"{name} of {person}"] = stats.two_samples(*counts)
    stats.assert_none_red(p_values)


@pytest.mark.parametrize("rule", RULES)
def test_rumors_with_ties_groups_and_unequal_people(rule: str) -> None:
    contacts, world = both_worlds()
    receptivity = [1.0, 0.5, 2.0, 1.0, 1.0, 3.0, 0.25, 1.0, 1.0, 1.0, 1.0, 2.0]
    rates = [0.9, 0.3, 0.6, 1.2, 0.0, 0.9]
    runs = simulate(
        contacts,
        RULES[rule](rates, 0.5, 0.15),
        initial_spreaders=[0],
        traits=Traits(receptivity=np.array(receptivity)),
        time_step_days=0.5,
        stop_days=3.0,
        replicates=RUNS,
        seed=61,
    )
    tell = {"maki_thompson": slow.maki_thompson, "daley_kendall": slow.daley_kendall}[rule]
    told = [tell(world, [0], 6, 0.5, random.Random(k), rates, 0.5, 0.15, receptivity) for k in range(SLOW_RUNS)]
    compare(runs.time_heard, runs.time_stopped, runs.teller[:, 0], told)


def test_independent_cascade() -> None:
    contacts, world = both_worlds()
    runs = simulate(
        contacts, IndependentCascade(0.4), initial_spreaders=[0, 10], stop_days=15.0, replicates=RUNS, seed=62
    )
    told = [slow.independent_cascade(world, [0, 10], 15, 1.0, random.Random(k), 0.4) for k in range(SLOW_RUNS)]
    # The engine names one of those who succeed by weight; the slow one the first in order: compare days only.
    nobody = np.full_like(runs.teller[:, 0], -1)
    for outcome in told:
        outcome.teller = [-1] * PEOPLE
    compare(runs.time_heard, runs.time_stopped, nobody, told)


@pytest.mark.parametrize("memory_ticks", [1, 2, 5])
def test_thresholds_with_memory(memory_ticks: int) -> None:
    """Nothing is random here: the same day for everybody, in many worlds."""
    heard = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        graph = nx.gnp_random_graph(PEOPLE, 0.3, seed=seed, directed=True)
        thresholds = rng.integers(1, 7, PEOPLE) / 2.0
        network = Network.from_networkx(graph)
        runs = simulate(network, ThresholdMemory(thresholds, memory_ticks), initial_spreaders=[0, 1, 2], stop_days=12.0)
        world = slow.World(PEOPLE, {(int(i), int(j)): 1.0 for i, j in graph.edges})
        told = slow.linear_threshold(world, [0, 1, 2], 12, 1.0, thresholds.tolist(), memory_ticks)
        assert runs.time_heard[0].tolist() == told.heard
        heard += PEOPLE - told.left_ignorant()
    assert 60 * 4 < heard < 60 * PEOPLE
