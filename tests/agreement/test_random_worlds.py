"""Random small worlds: one fingerprint however they are computed, and both engines in one law.

The first test asks for equal bytes from every batch, back end, layout and split. The second compares the tick engine at
a short step with the exact engine; its tolerance is `stats.ALPHA` over all comparisons together by
Holm's correction, which is never wider than Bonferroni's: with some 200 comparisons about 5 standard errors each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rumorsim.core import (
    Absence,
    Boldness,
    Briefing,
    Broadcast,
    Climate,
    Condition,
    Contacts,
    DaleyKendall,
    Emboldening,
    Encourage,
    Fear,
    FearOfNews,
    Fright,
    GroupLayer,
    Hear,
    Hush,
    IndependentCascade,
    Interest,
    MakiThompson,
    Meeting,
    MembershipChange,
    Network,
    Outbreak,
    Runs,
    Silence,
    ThresholdMemory,
    TieLayer,
    Traits,
    simulate,
    simulate_exact,
)
from rumorsim.core.contacts.edge_sums import BACK_ENDS
from tests.agreement import stats

GROUPS = 3


def tie_layer(draw: Any, n: int, name: np.ndarray, home: str | None) -> TieLayer:
    person = st.integers(0, n - 1)
    edge = st.tuples(person, person, st.sampled_from([0.0, 0.25, 1.0, 3.5])).filter(lambda e: e[0] != e[1])
    edges = draw(st.lists(edge, max_size=16)) if n > 1 else []
    ends = np.array([e[:2] for e in edges], dtype=np.int64).reshape(-1, 2)
    net = Network.from_edges(n, name[ends[:, 0]], name[ends[:, 1]], np.array([e[2] for e in edges], dtype=float))
    return TieLayer("kin", net, "kin", "night", 0.7, home)


def group_layer(draw: Any, n: int, ticks: int, layer: str, clock: str, rate: float, name: np.ndarray) -> GroupLayer:
    """Return groups whose memberships, each of another person and group, begin and end at some ticks."""
    cell = st.tuples(st.integers(0, n - 1), st.integers(0, GROUPS - 1))
    members = draw(st.lists(cell, unique=True, max_size=10))
    toggles = st.lists(st.integers(0, ticks - 1), unique=True, max_size=3).map(sorted)
    switches = []
    present = []
    for entry in range(len(members)):
        here = draw(st.booleans())
        present.append(here)
        for tick in draw(toggles):
            here = not here
            switches.append((tick, entry, here))
    columns = np.array(sorted(switches), dtype=np.int32).reshape(-1, 3)
    changes = MembershipChange(columns[:, 0], columns[:, 1], columns[:, 2].astype(bool))
    person, group = np.array(members, dtype=np.int32).reshape(-1, 2).T
    size = np.maximum(np.bincount(group, minlength=GROUPS), 1).astype(float)
    who = name[person].astype(np.int32)
    return GroupLayer(
        layer, who, group.astype(np.int32), GROUPS, size, layer, clock, rate, 1.0, np.array(present, bool), changes
    )


def action(draw: Any, n: int, n_rumors: int, ticks: int, replicates: int, name: np.ndarray) -> Any:
    persons = name[draw(st.lists(st.integers(0, n - 1), unique=True, max_size=4))] if n else name[:0]
    rumor, prob = draw(st.integers(0, n_rumors - 1)), draw(st.sampled_from([0.0, 0.4, 1.0]))
    groups = np.array(draw(st.lists(st.integers(0, GROUPS - 1), unique=True, min_size=1)))
    only = st.lists(st.integers(0, replicates - 1), unique=True, min_size=1).map(tuple)
    told, voiced = {rumor: prob}, dict.fromkeys(range(n_rumors), 0.8)
    when = Condition(at_least=1, detected=draw(st.booleans()))
    common: dict[str, Any] = {
        "tick": draw(st.integers(0, ticks - 1)),
        "only": draw(st.none() | only),
        "when": draw(st.none() | st.just(when)),
        "delay_ticks": draw(st.integers(0, 2)),
        "label": draw(st.sampled_from(["", "a", "b"])),
    }
    if common["when"] is None:
        common["delay_ticks"] = 0
    meeting = {"layer": "work", "groups": groups, "occasion": "cell", "channel": "cell"}
    makers = [
        lambda: Hear(rumor=rumor, persons=persons, channel="hall", tells=draw(st.sampled_from([None, True])), **common),
        lambda: Briefing(rumor=rumor, persons=persons, prob=prob, tell_factor=0.8, **common),
        lambda: Outbreak(rumor=rumor, persons=persons, count=1, **common) if len(persons) else None,
        lambda: Silence(persons=persons, lift=draw(st.booleans()), **common),
        lambda: Absence(persons=persons, back_tick=common["tick"] + draw(st.integers(1, 4)), **common),
        lambda: Hush(layer="work", groups=groups, lift=draw(st.booleans()), **common),
        lambda: Fright(persons=persons, prob=prob, **common),
        lambda: FearOfNews(rumor=rumor, prob={None: prob, "kin": 0.5}, **common),
        lambda: Encourage(persons=persons, amount=0.7, **common),
        lambda: Climate(factor=0.5, **common),
        lambda: Boldness(bar=prob, **common),
        lambda: Interest(rumor=rumor, persons=persons, factor=2.0, **common),
        lambda: Meeting(told=told, voiced=voiced, hearing_prob=0.7, attendance=0.8, **meeting, **common),
        lambda: Meeting(voiced=voiced, **meeting, **common),
        lambda: Meeting(voiced={0: 0.8}, precedent=n_rumors - 1 or None, hearing_prob=0.7, **meeting, **common),
    ]
    return draw(st.sampled_from(makers))()


@st.composite
def worlds(draw: Any) -> tuple[Contacts, list[Any], dict[str, Any], int]:
    """Draw contacts, rules, options and a number of replicates; people go by the numbers of a permutation."""
    n, ticks, replicates = draw(st.integers(1, 7)), draw(st.integers(3, 9)), draw(st.integers(2, 4))
    n_rumors = draw(st.integers(1, 3))
    name = np.array(draw(st.permutations(range(n))))
    layers: list[Any] = [tie_layer(draw, n, name, draw(st.sampled_from([None, "work"])))]
    layers.append(group_layer(draw, n, ticks, "work", "day", draw(st.sampled_from([0.0, 1.5])), name))
    if draw(st.booleans()):
        layers.append(group_layer(draw, n, ticks, "quarter", "night", 0.8, name))
    makers = [
        lambda: MakiThompson(1.0, 0.4, 0.05),
        lambda: DaleyKendall(1.0, 0.4, 0.05),
        lambda: IndependentCascade(0.5),
        lambda: ThresholdMemory(0.3, memory_ticks=2),
    ]
    maker = draw(st.sampled_from(makers))
    column = lambda some: np.array(draw(st.lists(some, min_size=n, max_size=n)))  # noqa: E731
    people = st.lists(st.integers(0, n - 1), max_size=2, unique=True)
    traits = Traits(
        talk=draw(st.just(None) | st.just(1 + np.arange(n) * 7)),
        receptivity=column(st.sampled_from([0.0, 0.5, 1.0, 3.0])),
        tell_prob=column(st.sampled_from([0.5, 1.0])),
        boldness=column(st.sampled_from([0.2, 0.9])),
        zone=column(st.integers(0, 2)),
    )
    options: dict[str, Any] = {
        "time_step_days": 0.5,
        "stop_days": ticks * 0.5,
        "initial_spreaders": {k: name[np.array(draw(people), dtype=int)] for k in range(n_rumors)},
        "initial_aware": {0: name[np.array(draw(people), dtype=int)]},
        "clock_factors": {"day": np.arange(ticks) % 3},
        "traits": traits,
        "fear": Fear(0.3, 2.0),
        "emboldening": Emboldening(0.4, 1.3, {0: {"kin": 0.3, "cell": 0.2}, n_rumors - 1: {None: 0.9, "radio": 0.0}}),
        "couplings": draw(st.just(None) | st.just(np.full((n_rumors, n_rumors), 1.5))),
        "channels": ("kin", "work", "quarter", "cell", "hall", "briefing", "radio"),
        "occasions": ("cell",),
        "detect_prob": {"cell": 0.6},
        "labels": np.argsort(name),
        "seed": draw(st.integers(0, 99)),
    }
    if draw(st.booleans()):
        reached = np.unique(np.array(draw(people), dtype=int))
        options["broadcasts"] = [Broadcast(n_rumors - 1, "radio", reached, np.ones(len(reached)), 0.4)]
    acts = [action(draw, n, n_rumors, ticks, replicates, name) for _ in range(draw(st.integers(0, 4)))]
    options["actions"] = [one for one in acts if one is not None]
    return Contacts(n, layers), [maker() for _ in range(n_rumors)], options, replicates


def seen(runs: Runs) -> tuple[str, list[Any]]:
    return runs.fingerprint(), sorted(runs.fired)


@pytest.mark.slow
@pytest.mark.fault("1.11", "1.16")
@settings(derandomize=True, max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_one_fingerprint_however_a_world_is_computed(world: Any) -> None:
    contacts, rules, options, replicates = world

    def ran(**more: Any) -> Runs:
        return simulate(contacts, rules, **{"replicates": replicates, **options, **more})

    first = seen(ran(batch=1))
    ways = [{"batch": k} for k in range(2, replicates + 1)]
    ways += [{"back_end": name} for name in BACK_ENDS]
    ways += [{"stacked": stacked, "batch": 2} for stacked in (True, False)]
    for way in ways:
        assert seen(ran(**way)) == first, way
    cut = replicates // 2
    parts = [ran(replicates=cut), ran(first_replicate=cut, replicates=replicates - cut)]
    assert seen(Runs.joined(parts)) == first


def law_world(seed: int, fine: int) -> tuple[Contacts, Any, dict[str, Any]]:
    """Return a small world by chance, every piece of half a day cut into `fine` ticks."""
    rng = np.random.default_rng(seed)
    n, pieces = int(rng.integers(4, 7)), 6
    weights = rng.integers(1, 9, (n, n)) / 8.0 * (rng.random((n, n)) < 0.4)
    np.fill_diagonal(weights, 0.0)
    source, target = np.nonzero(weights)
    kin = TieLayer("kin", Network.from_edges(n, source, target, weights[source, target]), "kin", "night", 0.8)
    person, group = np.arange(n, dtype=np.int32), rng.integers(0, 2, n).astype(np.int32)
    away = rng.permutation(n)[:2].astype(np.int32)
    tick = (np.array([1, 2, 3, 4]) * fine).astype(np.int32)
    changes = MembershipChange(tick, np.repeat(away, 2)[[0, 2, 1, 3]], np.array([False, False, True, True]))
    size = np.maximum(np.bincount(group, minlength=2), 1).astype(float)
    work = GroupLayer("work", person, group, 2, size, "work", "day", 1.2, 1.0, np.ones(n, bool), changes)
    rule = (MakiThompson, DaleyKendall)[seed % 2](np.repeat(rng.uniform(0.3, 1.5, pieces), fine), 0.7, 0.1)
    traits = Traits(
        talk=rng.integers(8, 25, n), receptivity=rng.uniform(0.3, 2.0, n), tell_prob=rng.uniform(0.6, 1.0, n)
    )
    radio = Broadcast(0, "radio", np.array([n - 1]), np.array([0.5]), np.repeat(rng.uniform(0, 0.4, pieces), fine))
    options = {
        "time_step_days": 0.5 / fine,
        "stop_days": 0.5 * pieces,
        "initial_spreaders": [0],
        "initial_aware": [1],
        "clock_factors": {"day": np.repeat(rng.integers(0, 3, pieces), fine).astype(float)},
        "traits": traits,
        "broadcasts": [radio],
    }
    if seed % 3 == 0:  # the first spreader and somebody else are absent for a time
        spans = [(int(first * fine), int(last * fine)) for first, last in ((1, 3), (2, 5))]
        options["actions"] = [
            Absence(persons=[person], tick=first, back_tick=last)
            for person, (first, last) in zip((0, n - 1), spans, strict=True)
        ]
    return Contacts(n, [kin, work]), rule, options


def law_p_values(seeds: range, fine: int, replicates: int) -> dict[str, float]:
    found = {}
    for seed in seeds:
        contacts, rule, options = law_world(seed, fine)
        ticks = simulate(contacts, rule, replicates=replicates, seed=100 + seed, **options)
        exact = simulate_exact(contacts, rule, replicates=replicates, seed=500 + seed, **options)
        sizes = [np.bincount(runs.n_aware, minlength=contacts.n + 1) for runs in (ticks, exact)]
        found[f"final size of {seed}"] = stats.two_samples(*sizes)
        for name in ("time_heard", "time_stopped"):
            done = [np.isfinite(getattr(runs, name)).sum(axis=0) for runs in (ticks, exact)]
            for k, counts in enumerate(zip(*done, strict=True)):
                found[f"{name} of {k} in {seed}"] = stats.two_samples(*[[c, replicates - c] for c in counts])
    return found


@pytest.mark.slow
def test_both_engines_have_one_law_in_worlds_by_chance() -> None:
    stats.assert_none_red(law_p_values(range(12), 40, 1500))


def test_a_coarse_tick_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="comparisons disagree"):
        stats.assert_none_red(law_p_values(range(4), 1, 2000))
