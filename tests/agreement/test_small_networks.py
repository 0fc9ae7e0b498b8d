"""Every connected graph of up to 5 people, and directed weighted ones, against the exact chain.

The tick engine must have the law of the synchronous chain with the same tick, no approximation allowed; the exact
engine the law of the master equation. All states of all people are compared at the end, and all hearing times.
"""

import numpy as np
import pytest

from rumorsim.core import Network, Ticks, simulate, simulate_exact
from tests.agreement import stats
from tests.agreement.worlds import RULES, Islands, connected_graphs, directed_networks, runs_of, state_counts
from tests.reference.master import Chain

RATES = {"transmission_rate": 1.0, "stifling_rate": 0.8, "forgetting_rate": 0.15}
TICK_DAYS, TICKS = 0.4, 5
REPLICATES = 4000


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("networks", [connected_graphs, directed_networks])
def test_tick_engine_has_the_law_of_the_synchronous_chain(rule: str, networks) -> None:  # type: ignore[no-untyped-def]
    islands = Islands(networks())
    runs = simulate(
        islands.network,
        RULES[rule](**RATES),
        initial_spreaders=islands.first,
        time_step_days=TICK_DAYS,
        stop_days=TICK_DAYS * TICKS,
        replicates=REPLICATES,
        seed=11,
    )
    p_values = {}
    for number, weights in enumerate(islands.weights):
        chain = Chain(weights, rule, **RATES)
        laws = chain.after_ticks([0], TICKS, TICK_DAYS)
        heard, stopped = runs_of(islands, runs, number)
        p_values[f"states of {number}"] = stats.chi_square(state_counts(heard, stopped), laws[-1])
        knowing = 1 - np.array([chain.ignorant_prob(law) for law in laws])
        for person in range(1, len(weights)):
            days = np.arange(TICKS + 1) * TICK_DAYS
            p_values[f"hearing of {person} in {number}"] = stats.ks_discrete(
                heard[:, person], days + 1e-9, knowing[:, person]
            )
    stats.assert_none_red(p_values)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("networks", [connected_graphs, directed_networks])
def test_exact_engine_has_the_law_of_the_master_equation(rule: str, networks) -> None:  # type: ignore[no-untyped-def]
    islands = Islands(networks())
    days = 2.0
    p_values = {}
    for number, weights in enumerate(islands.weights):
        source, target = np.nonzero(weights)
        runs = simulate_exact(
            Network.from_edges(len(weights), source, target, weights[source, target]),
            RULES[rule](**RATES),
            initial_spreaders=[0],
            stop_days=days,
            replicates=REPLICATES,
            seed=12,
        )
        chain = Chain(weights, rule, **RATES)
        p_values[f"states of {number}"] = stats.chi_square(
            state_counts(runs.time_heard, runs.time_stopped), chain.at([0], days)
        )
        moments = np.array([0.25, 0.75, 1.5, 2.0])
        knowing = 1 - np.array([chain.ignorant_prob(chain.at([0], moment)) for moment in moments])
        for person in range(1, len(weights)):
            p_values[f"hearing of {person} in {number}"] = stats.ks_discrete(
                runs.time_heard[:, person], moments, knowing[:, person]
            )
    stats.assert_none_red(p_values)


@pytest.mark.parametrize("engine", ["ticks", "exact"])
def test_final_sizes_of_three_four_and_five_people(engine: str) -> None:
    """The chains of Maki-Thompson and Daley-Kendall on complete graphs, and that each would notice the other."""
    p_values = {}
    tick = 0.25
    for people in (3, 4, 5):
        weights = np.ones((people, people)) - np.eye(people)
        for rule, other in (("maki_thompson", "daley_kendall"), ("daley_kendall", "maki_thompson")):
            options = {"initial_spreaders": [0], "stop_days": 60.0, "replicates": 10_000, "seed": 13}
            network = Network.complete(people)
            chain, wrong = Chain(weights, rule), Chain(weights, other)
            if engine == "ticks":
                runs = simulate(network, RULES[rule](1.0, 1.0), time_step_days=tick, **options)
                law = chain.left_ignorant(chain.after_ticks([0], 240, tick)[-1])
                false = wrong.left_ignorant(wrong.after_ticks([0], 240, tick)[-1])
            else:
                runs = simulate_exact(network, RULES[rule](1.0, 1.0), **options)
                law, false = chain.left_ignorant(chain.final([0])), wrong.left_ignorant(wrong.final([0]))
            counts = np.bincount(people - runs.n_aware, minlength=people + 1)
            p_values[f"{rule} of {people}"] = stats.chi_square(counts, law)
            assert stats.chi_square_power(law, false, 10_000) > 0.999
    stats.assert_none_red(p_values)


@pytest.mark.parametrize("engine", ["ticks", "exact"])
def test_one_edge_stops_the_caller_and_never_the_called(engine: str) -> None:
    network = Network.from_edges(2, [0], [1])
    rule = RULES["maki_thompson"](transmission_rate=1.0, stifling_rate=1.0)
    options = {"initial_spreaders": [0], "stop_days": 400.0, "replicates": 200, "seed": 14}
    runs = simulate(network, rule, **options) if engine == "ticks" else simulate_exact(network, rule, **options)
    assert np.isfinite(runs.time_heard).all()
    assert np.isfinite(runs.time_stopped[:, 0]).all()
    assert np.isinf(runs.time_stopped[:, 1]).all()
    assert (runs.time_stopped[:, 0] > runs.time_heard[:, 1]).all()
    backwards = {**options, "initial_spreaders": [1]}
    runs = simulate(network, rule, **backwards) if engine == "ticks" else simulate_exact(network, rule, **backwards)
    assert np.isinf(runs.time_heard[:, 0]).all()
    assert np.isinf(runs.time_stopped).all()


def test_rates_that_change_by_tick() -> None:
    """A rate of 0 in some ticks, different in others: both engines against the chains with the same calendar."""
    weights = connected_graphs()[8]
    people = len(weights)
    source, target = np.nonzero(weights)
    network = Network.from_edges(people, source, target)
    rates = [1.5, 0.0, 0.4, 0.0, 2.0, 1.0]
    rule = RULES["maki_thompson"](rates, 0.7, 0.1)
    options = {"initial_spreaders": [0], "time_step_days": 0.5, "stop_days": 3.0, "replicates": 6000, "seed": 15}
    chain = Chain(weights, "maki_thompson", 1.0, 0.7, 0.1)
    ticks = simulate(network, rule, **options)
    exact = simulate_exact(network, rule, **options)
    laws = chain.after_ticks([0], 6, 0.5, rates)
    steps = [(0.5 * (k + 1), rate) for k, rate in enumerate(rates)]
    stats.assert_none_red(
        {
            "ticks": stats.chi_square(state_counts(ticks.time_heard, ticks.time_stopped), laws[-1]),
            "exact": stats.chi_square(state_counts(exact.time_heard, exact.time_stopped), chain.at([0], 3.0, steps)),
        }
    )
    assert not ((exact.time_heard > 0.5) & (exact.time_heard <= 1.0)).any()
    averaged = chain.at([0], 3.0, [(9.0, float(np.mean(rates)))])
    assert stats.chi_square(state_counts(exact.time_heard, exact.time_stopped), averaged) < 1e-6


def test_different_lengths_of_ticks() -> None:
    """A tick of 1 day and ticks of 1/4 day in one run."""
    weights = directed_networks()[3]
    source, target = np.nonzero(weights)
    network = Network.from_edges(len(weights), source, target, weights[source, target])
    lengths = [1.0, 0.25, 0.25, 0.5]
    runs = simulate(
        network,
        RULES["daley_kendall"](**RATES),
        initial_spreaders=[0],
        ticks=Ticks.of(lengths),
        replicates=6000,
        seed=16,
    )
    chain = Chain(weights, "daley_kendall", **RATES)
    law = chain.start([0])
    for length in lengths:
        after = np.zeros_like(law)
        for k in np.flatnonzero(law):
            for target_state, prob in chain.tick(chain.states[k], length):
                after[chain.number[target_state]] += law[k] * prob
        law = after
    assert stats.chi_square(state_counts(runs.time_heard, runs.time_stopped), law) > 1e-3
