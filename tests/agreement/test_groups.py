"""A group is the same model as all its pairs written out, with its hours and its guests."""

import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, MembershipChange, Network, TieLayer, Traits, simulate, simulate_exact
from tests.agreement import stats
from tests.agreement.worlds import RULES, state_counts
from tests.reference.master import Chain

GROUP_OF = np.repeat(np.arange(16), 4)


def pairs(groups: list[list[int]], weight: float) -> tuple[list[int], list[int], list[float]]:
    edges = [(i, j) for group in groups for i in group for j in group if i != j]
    return [i for i, _ in edges], [j for _, j in edges], [weight] * len(edges)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("engine", ["ticks", "exact"])
def test_same_seed_same_days_as_written_out(rule: str, engine: str) -> None:
    """Groups of 4 and weights that are powers of two: not one day may differ, beside a few ties between groups."""
    people = len(GROUP_OF)
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, people, (2, 40))
    first, second = first[first != second], second[first != second]
    ties = Network.from_edges(people, np.append(first, second), np.append(second, first), [0.25] * 2 * len(first))
    groups = [np.flatnonzero(k == GROUP_OF).tolist() for k in range(16)]
    written = Network.from_edges(people, *pairs(groups, 0.5))
    in_groups = Contacts(people, [TieLayer("ties", ties), GroupLayer.of("cell", GROUP_OF, rate=2.0, exponent=1.0)])
    in_pairs = Contacts(people, [TieLayer("ties", ties), TieLayer("cell", written)])
    options = {"initial_spreaders": [0, 17], "stop_days": 10.0, "replicates": 40, "seed": 31}
    if engine == "ticks":
        a, b = (simulate(c, RULES[rule](0.7, 0.4, 0.1), time_step_days=0.25, **options) for c in (in_groups, in_pairs))
    else:
        a, b = (simulate_exact(c, RULES[rule](0.7, 0.4, 0.1), **options) for c in (in_groups, in_pairs))
    if rule == "maki_thompson" and engine == "ticks":
        np.testing.assert_array_equal(a.time_heard, b.time_heard)
        np.testing.assert_array_equal(a.time_stopped, b.time_stopped)
    elif rule == "maki_thompson":
        np.testing.assert_allclose(a.time_heard, b.time_heard, rtol=1e-9)
        np.testing.assert_allclose(a.time_stopped, b.time_stopped, rtol=1e-9)
    else:
        # The partner in a meeting is drawn from lists in another order, so only the laws can agree.
        least, most = 0, people + 1
        counts = [np.bincount(runs.n_aware, minlength=most)[least:most] for runs in (a, b)]
        assert stats.two_samples(*counts) > 1e-3
    assert 0.1 < a.n_aware.mean() / people < 0.95


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_overlapping_groups_and_one_way_ties_against_the_chain(rule: str, exponent: float) -> None:
    """Sizes 3 and 4 in two layers of one clock, beside directed ties: the chain of the sum of all weights."""
    first, second = [0, 0, 0, 1, 1], [0, 1, 0, 1, 0]
    weights = np.zeros((5, 5))
    weights[0, 4], weights[4, 2] = 0.75, 1.5
    source, target = np.nonzero(weights)
    layers = [TieLayer("ties", Network.from_edges(5, source, target, weights[source, target]))]
    for name, group_of, rate in (("cell", first, 0.8), ("quarter", second, 0.5)):
        layers.append(GroupLayer.of(name, group_of, rate=rate, exponent=exponent))  # type: ignore[arg-type]
        groups = np.array(group_of)
        sizes = np.bincount(groups)
        weights += np.where(groups[:, None] == groups, rate / sizes[groups][:, None] ** exponent, 0.0)
    np.fill_diagonal(weights, 0.0)
    rates = (1.0, 0.9, 0.2)
    contacts = Contacts(5, layers)
    chain = Chain(weights, rule, *rates)
    options = {"initial_spreaders": [0], "stop_days": 2.0, "replicates": 12_000}
    ticks = simulate(contacts, RULES[rule](*rates), time_step_days=0.4, seed=32, **options)
    exact = simulate_exact(contacts, RULES[rule](*rates), seed=33, **options)
    stats.assert_none_red(
        {
            "ticks": stats.chi_square(
                state_counts(ticks.time_heard, ticks.time_stopped), chain.after_ticks([0], 5, 0.4)[-1]
            ),
            "exact": stats.chi_square(state_counts(exact.time_heard, exact.time_stopped), chain.at([0], 2.0)),
        }
    )


def test_a_large_group_keeps_its_small_weight() -> None:
    """With 60,000 in one group each pair has the weight 1/60,000, which must not be rounded away."""
    contacts = Contacts(60_000, [GroupLayer.of("all", np.zeros(60_000, dtype=int), rate=1.0, exponent=1.0)])
    rule = RULES["maki_thompson"](1.0, 1.0)
    runs = simulate(contacts, rule, initial_spreaders=range(60), time_step_days=0.25, stop_days=50.0, seed=34)
    assert 0.7 < runs.n_aware[0] / 60_000 < 0.9


def test_guests_count_from_the_day_they_come_to_the_day_they_leave() -> None:
    """A traveler hears in the visited group and tells at home; the tick engine nears the exact one person by person."""
    group_of = np.repeat([0, 1], 5)
    person = np.append(np.arange(10), 0).astype(np.int32)
    group = np.append(group_of, 1).astype(np.int32)
    present = np.append(np.ones(10, dtype=bool), False)

    def contacts(per_day: int) -> Contacts:
        changes = MembershipChange(
            np.array([1, 1, 3, 3], dtype=np.int32) * per_day,
            np.array([10, 0, 10, 0], dtype=np.int32),
            np.array([True, False, False, True]),
        )
        size = np.array([5.0, 5.0])
        return Contacts(10, [GroupLayer("cell", person, group, 2, size, rate=1.0, present=present, changes=changes)])

    options = {"initial_spreaders": [7], "stop_days": 8.0, "replicates": 400, "seed": 35}
    rule = RULES["maki_thompson"](0.9, 0.3, 0.1)
    exact = simulate_exact(contacts(1), rule, time_step_days=1.0, **options)
    at_home = np.arange(1, 5)
    heard_first = exact.time_heard[:, 0]
    assert (heard_first > 1.0).all()
    assert (heard_first[np.isfinite(heard_first)] <= 3.0).all()
    assert (exact.time_heard[:, at_home] > 3.0).all()
    off = []
    for per_day in (4, 16, 64):
        runs = simulate(contacts(per_day), rule, time_step_days=1.0 / per_day, **options)
        assert (runs.time_heard[:, 0] > 1.0).all()
        assert (runs.time_heard[:, at_home] > 3.0).all()
        off.append(np.mean(np.isfinite(runs.time_heard) != np.isfinite(exact.time_heard)))
    assert off[0] > off[1] > off[2]
    assert off[2] < 0.01


def test_daley_kendall_meets_guests_too() -> None:
    """A guest joins a group of three for a while; in both engines the number who hear has the law of fine ticks."""

    def contacts(per_day: int) -> Contacts:
        person = np.array([0, 1, 2, 3, 4, 5, 0], dtype=np.int32)
        group = np.array([0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
        present = np.array([True] * 6 + [False])
        changes = MembershipChange(
            np.array([1, 2], dtype=np.int32) * per_day, np.array([6, 6], dtype=np.int32), np.array([True, False])
        )
        return Contacts(
            6, [GroupLayer("cell", person, group, 2, np.full(2, 3.0), rate=1.5, present=present, changes=changes)]
        )

    rule = RULES["daley_kendall"](1.2, 1.0, 0.1)
    options = {"initial_spreaders": [0], "stop_days": 5.0, "replicates": 4000}
    exact = simulate_exact(contacts(1), rule, time_step_days=1.0, seed=38, **options)
    ticks = simulate(contacts(25), rule, time_step_days=0.04, seed=39, **options)
    alone = simulate_exact(contacts(9), rule, time_step_days=1.0, seed=38, **options)
    assert (alone.n_aware <= 3).all()
    counts = [np.bincount(runs.n_aware, minlength=7) for runs in (exact, ticks)]
    assert (counts[0][4:] > 20).all()
    assert stats.two_samples(*counts) > 1e-3
    days = [np.histogram(runs.time_stopped[:, 0], [0, 0.5, 1, 1.5, 2, 3, 4, 5.1])[0] for runs in (exact, ticks)]
    assert stats.two_samples(*days) > 1e-3


def test_the_exact_engine_counts_talk_and_receptivity() -> None:
    """Talkativeness 32 is a weight twice as large on all that a person says, receptivity a factor on all heard."""
    weights = np.ones((3, 3)) - np.eye(3)
    traits = Traits(talk=np.array([32, 16, 8]), receptivity=np.array([1.0, 0.5, 2.0]))
    runs = simulate_exact(
        Network.complete(3),
        RULES["maki_thompson"](0.5),
        initial_spreaders=[0],
        stop_days=1.0,
        traits=traits,
        replicates=8000,
        seed=36,
    )
    weights *= np.array([2.0, 1.0, 0.5])[:, None] * np.array([1.0, 0.5, 2.0])[None, :]
    law = Chain(weights, "maki_thompson", 0.5, 0.0).at([0], 1.0)
    assert stats.chi_square(state_counts(runs.time_heard, runs.time_stopped), law) > 1e-3
    ticks = simulate(
        Network.complete(3),
        RULES["maki_thompson"](0.5),
        initial_spreaders=[0],
        time_step_days=0.25,
        stop_days=1.0,
        traits=traits,
        replicates=8000,
        seed=37,
    )
    law = Chain(weights, "maki_thompson", 0.5, 0.0).after_ticks([0], 4, 0.25)[-1]
    assert stats.chi_square(state_counts(ticks.time_heard, ticks.time_stopped), law) > 1e-3
