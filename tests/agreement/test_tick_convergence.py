"""As the tick shrinks, the tick engine tells the story of the exact engine, person by person and seed by seed."""

import itertools

import networkx as nx
import numpy as np
import pytest

from rumorsim.core import Broadcast, Contacts, GroupLayer, Network, TieLayer, Traits, simulate, simulate_exact
from tests.agreement.worlds import RULES


def town() -> tuple[Contacts, Traits, list[Broadcast]]:
    """Return 120 people in cells and ties with two clocks, unequal talk and receptivity, and a radio."""
    people = 120
    rng = np.random.default_rng(4)
    graph = nx.gnp_random_graph(people, 0.03, seed=4, directed=True)
    ties = Network.from_networkx(graph)
    contacts = Contacts(
        people,
        [
            TieLayer("ties", ties, "kin", "evening", rate=0.4),
            GroupLayer.of("cell", np.arange(people) // 8, channel="workplace", clock="work", rate=1.0),
        ],
    )
    traits = Traits(
        talk=rng.integers(8, 33, people),
        receptivity=rng.choice([0.5, 1.0, 2.0], people),
        tell_prob=np.full(people, 0.8),
    )
    return contacts, traits, [Broadcast(0, "foreign_radio", np.arange(0, people, 9), np.full(14, 1.0), 0.01)]


def test_person_by_person() -> None:
    contacts, traits, broadcasts = town()
    rule = RULES["maki_thompson"](0.4, 0.2, 0.1)

    def factors(per_day: int) -> dict[str, np.ndarray]:
        quarter = (np.arange(20 * per_day) * 4) // per_day % 4
        return {"work": np.array([0.0, 1.0, 0.3, 0.0])[quarter], "evening": np.array([0.1, 0.2, 1.0, 1.5])[quarter]}

    options = {"initial_spreaders": [0, 50], "stop_days": 20.0, "traits": traits, "broadcasts": broadcasts}
    options |= {"replicates": 40, "seed": 41}
    exact = simulate_exact(contacts, rule, time_step_days=0.25, clock_factors=factors(4), **options)
    assert 0.3 < np.isfinite(exact.time_heard).mean() < 0.95
    differs, late = [], []
    for per_day in (4, 16, 64, 256):
        runs = simulate(contacts, rule, time_step_days=1.0 / per_day, clock_factors=factors(per_day), **options)
        both = np.isfinite(runs.time_heard) & np.isfinite(exact.time_heard)
        differs.append(np.mean(np.isfinite(runs.time_heard) != np.isfinite(exact.time_heard)))
        late.append(np.abs(runs.time_heard[both] - exact.time_heard[both]).mean())
    assert all(after < 0.5 * before for before, after in itertools.pairwise(late)), late
    assert differs[-1] < 0.01 < differs[0], differs
    assert late[-1] < 0.06, late


@pytest.mark.parametrize("rule", RULES)
def test_the_share_who_hear_converges_at_first_order(rule: str) -> None:
    """The mean number who hear, error against the exact engine in standard errors of a paired difference."""
    graph = nx.random_regular_graph(6, 60, seed=5)
    network = Network.from_networkx(graph)
    options = {"initial_spreaders": [0], "stop_days": 40.0, "replicates": 1000, "seed": 42}
    law = RULES[rule](0.5, 0.5, 0.1)
    exact = simulate_exact(network, law, **options).n_aware
    errors = []
    for tick_days in (0.4, 0.1, 0.025):
        difference = simulate(network, law, time_step_days=tick_days, **options).n_aware - exact
        errors.append((difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))))
    assert errors[0][0] > 5 * errors[0][1], "a coarse tick should be seen to bias"
    assert errors[0][0] > 2 * errors[1][0] > 0, errors
    # Extrapolated from the two finer ticks to a tick of 0, nothing is left.
    extrapolated = errors[2][0] - (errors[1][0] - errors[2][0]) / 3
    assert abs(extrapolated) < 4 * (4 * errors[2][1] + errors[1][1]) / 3, errors
    assert abs(errors[1][0]) > 4 * (4 * errors[2][1] + errors[1][1]) / 3, "no power to see an error left over"
