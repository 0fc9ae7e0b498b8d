"""Laws of the counterfactual pair: the same random numbers on both sides, so that a difference is an effect."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rumorsim.core import (
    Contacts,
    Hear,
    IndependentCascade,
    MakiThompson,
    Network,
    Silence,
    TieLayer,
    Traits,
    simulate,
    simulate_exact,
)
from tests.agreement.worlds import RULES

NETWORK = Network.from_networkx(nx.gnp_random_graph(80, 0.06, seed=9, directed=True))


def nested(more: np.ndarray, less: np.ndarray) -> bool:
    """Say whether everybody hears at least as early in `more`."""
    return bool((more <= less).all())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    low=st.floats(0.01, 1.0),
    factor=st.floats(1.0, 3.0),
    tick=st.sampled_from([1.0, 0.3]),
)
def test_a_higher_rate_only_adds_in_si(seed: int, low: float, factor: float, tick: float) -> None:
    options = {"initial_spreaders": [0], "stop_days": 6.0, "seed": seed, "replicates": 3}
    less = simulate(NETWORK, MakiThompson(low), time_step_days=tick, **options)
    more = simulate(NETWORK, MakiThompson(low * factor), time_step_days=tick, **options)
    assert nested(more.time_heard, less.time_heard)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), low=st.floats(0.01, 1.0), factor=st.floats(1.0, 3.0))
def test_a_higher_rate_only_adds_in_exact_si(seed: int, low: float, factor: float) -> None:
    options = {"initial_spreaders": [0], "stop_days": 6.0, "seed": seed, "replicates": 2}
    less = simulate_exact(NETWORK, MakiThompson(low), **options)
    more = simulate_exact(NETWORK, MakiThompson(low * factor), **options)
    assert (more.time_heard <= less.time_heard * (1 + 1e-9)).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**64 - 1), low=st.floats(0.0, 0.9), high=st.floats(0.0, 0.99))
def test_a_higher_chance_only_adds_to_a_cascade(seed: int, low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    options = {"initial_spreaders": [0, 5], "stop_days": 30.0, "seed": seed, "replicates": 3}
    less = simulate(NETWORK, IndependentCascade(low), **options)
    more = simulate(NETWORK, IndependentCascade(high), **options)
    assert nested(np.isinf(more.time_heard), np.isinf(less.time_heard))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1), person=st.integers(1, 79), edge=st.tuples(st.integers(0, 79), st.integers(0, 79))
)
def test_one_more_spreader_or_tie_only_adds(seed: int, person: int, edge: tuple[int, int]) -> None:
    options = {"stop_days": 5.0, "seed": seed, "replicates": 2}
    rule = MakiThompson(0.3)
    less = simulate(NETWORK, rule, initial_spreaders=[0], **options)
    assert nested(simulate(NETWORK, rule, initial_spreaders=[0, person], **options).time_heard, less.time_heard)
    if edge[0] != edge[1]:
        source, target = np.append(NETWORK.source, edge[0]), np.append(NETWORK.target, edge[1])
        richer = Network.from_edges(80, source, target)
        assert nested(simulate(richer, rule, initial_spreaders=[0], **options).time_heard, less.time_heard)


@pytest.mark.parametrize("rule", RULES)
def test_worlds_that_part_at_a_tick_are_one_before(rule: str) -> None:
    law = RULES[rule](0.3, 0.2, 0.1)
    options = {"initial_spreaders": [0], "time_step_days": 0.5, "stop_days": 20.0, "replicates": 60, "seed": 51}
    base = simulate(NETWORK, law, **options)
    event = 8
    hush = simulate(NETWORK, law, actions=[Silence(tick=event, persons=np.arange(40))], **options)
    shout = simulate(NETWORK, law, actions=[Hear(tick=event, rumor=0, persons=np.array([70, 71]))], **options)
    for other in (hush, shout):
        for name in ("heard_tick", "stopped_tick"):
            a, b = (getattr(runs, name)[:, 0] for runs in (base, other))
            before = (a < event) | (b < event)
            if name == "stopped_tick":
                before = (a < event - 1) | (b < event - 1)
            assert (a[before] == b[before]).all()
        assert (other.heard_tick != base.heard_tick).any()
        earlier = base.heard_tick[:, 0] < event
        assert (base.teller[:, 0][earlier] == other.teller[:, 0][earlier]).all()


def test_a_change_without_effect_changes_nothing_for_ever() -> None:
    law = MakiThompson(0.3, 0.2, 0.1)
    options = {"initial_spreaders": [0], "time_step_days": 0.5, "stop_days": 20.0, "replicates": 60, "seed": 52}
    base = simulate(NETWORK, law, **options)
    idle = TieLayer("idle", Network.from_edges(80, [1], [2]), "telephone", "never", rate=1.0)
    changes = {
        "an action on nobody": simulate(NETWORK, law, actions=[Silence(tick=3, persons=np.empty(0, int))], **options),
        "telling those who know": simulate(
            NETWORK, law, actions=[Hear(tick=0, rumor=0, persons=np.array([0]), channel="network")], **options
        ),
        "receptivity 1": simulate(NETWORK, law, traits=Traits(receptivity=np.ones(80)), **options),
        "talk 16": simulate(NETWORK, law, traits=Traits(talk=np.full(80, 16)), **options),
        "a layer at rest": simulate(
            Contacts(80, [TieLayer("network", NETWORK), idle]), law, clock_factors={"never": np.zeros(40)}, **options
        ),
    }
    for name, runs in changes.items():
        np.testing.assert_array_equal(runs.heard_tick, base.heard_tick, err_msg=name)
        np.testing.assert_array_equal(runs.stopped_tick, base.stopped_tick, err_msg=name)
        np.testing.assert_array_equal(runs.teller, base.teller, err_msg=name)


def test_one_more_person_apart_changes_nobody() -> None:
    wider = Network.from_edges(81, NETWORK.source, NETWORK.target)
    options = {"initial_spreaders": [0], "stop_days": 20.0, "replicates": 20, "seed": 53}
    for law in (MakiThompson(0.3, 0.2, 0.1), RULES["daley_kendall"](0.3, 0.2, 0.1)):
        for engine in (simulate, simulate_exact):
            narrow, wide = engine(NETWORK, law, **options), engine(wider, law, **options)
            np.testing.assert_array_equal(narrow.time_heard, wide.time_heard[:, :80])
            np.testing.assert_array_equal(narrow.teller[:, 0], wide.teller[:, 0, :80])


def test_the_exact_engine_does_not_depend_on_the_batch() -> None:
    options = {"initial_spreaders": [0], "stop_days": 20.0, "seed": 54}
    law = RULES["daley_kendall"](0.3, 0.2, 0.1)
    together = simulate_exact(NETWORK, law, replicates=6, **options)
    alone = simulate_exact(NETWORK, law, replicates=1, first_replicate=4, **options)
    np.testing.assert_array_equal(together.time_heard[4], alone.time_heard[0])
    np.testing.assert_array_equal(together.time_stopped[4], alone.time_stopped[0])
    np.testing.assert_array_equal(together.teller[4], alone.teller[0])
