"""Who told whom, and through what: shares by the hazards of the moment, not by what has piled up."""

import math

import numpy as np
import pytest

from rumorsim.core import (
    Broadcast,
    Contacts,
    GroupLayer,
    MakiThompson,
    MembershipChange,
    Network,
    Runs,
    TieLayer,
    Traits,
    simulate,
    simulate_exact,
)
from rumorsim.core.reference.theory import channel_shares
from tests.agreement import stats
from tests.agreement.worlds import RULES, directed_networks
from tests.reference.master import Chain

REPLICATES = 8000


def run(engine: str, *arguments, **options) -> Runs:  # type: ignore[no-untyped-def]
    return (simulate if engine == "ticks" else simulate_exact)(*arguments, **options)


@pytest.mark.parametrize("engine", ["ticks", "exact"])
def test_two_channels_one_after_the_other(engine: str) -> None:
    """73 in 100 hear through the channel of the first day; shares of accumulated hazards would say 91."""
    late = Network.from_edges(3, [2], [1])
    contacts = Contacts(
        3,
        [
            TieLayer("first", Network.from_edges(3, [0], [1]), "briefing", "first day", rate=-math.log(0.27)),
            TieLayer("later", late, "conversation", "later", rate=1.0),
        ],
    )
    ticks = 60
    factors = {"first day": np.arange(ticks) < 4, "later": np.arange(ticks) >= 4}
    runs = run(
        engine,
        contacts,
        MakiThompson(1.0),
        initial_spreaders=[0, 2],
        time_step_days=0.25,
        stop_days=15.0,
        clock_factors=factors,
        replicates=REPLICATES,
        seed=21,
    )
    heard = np.isfinite(runs.time_heard[:, 1])
    first = (runs.channel_number[:, 0, 1] == runs.channels.index("briefing")).sum()
    expected = channel_shares([[-math.log(0.27), 0.0], [0.0, 1.0]], [1.0, 14.0])
    assert expected[0] == pytest.approx(0.73)
    assert abs(stats.binomial_z(first, REPLICATES, expected[0])) < 4
    assert abs(stats.binomial_z(int((~heard).sum()), REPLICATES, expected[2])) < 4
    accumulated = 0.73 + 0.27 * 0.65
    assert abs(stats.binomial_z(first, REPLICATES, accumulated)) > 20
    by_hand = np.where(runs.time_heard[:, 1] <= 1.0, 0, 2)
    assert (runs.teller[:, 0, 1][heard] == by_hand[heard]).all()


@pytest.mark.parametrize("engine", ["ticks", "exact"])
@pytest.mark.parametrize("rule", RULES)
def test_tellers_as_often_as_the_chain_says(engine: str, rule: str) -> None:
    p_values = {}
    for number, weights in enumerate(directed_networks(8, seed=3)):
        people = len(weights)
        source, target = np.nonzero(weights)
        network = Network.from_edges(people, source, target, weights[source, target])
        chain = Chain(weights, rule, 1.0, 0.8, 0.3)
        if engine == "ticks":
            runs = simulate(
                network,
                RULES[rule](1.0, 0.8, 0.3),
                initial_spreaders=[0],
                time_step_days=0.5,
                stop_days=3.0,
                replicates=REPLICATES,
                seed=22,
            )
            told = chain.tellers_in_ticks([0], 6, 0.5)
        else:
            runs = simulate_exact(
                network,
                RULES[rule](1.0, 0.8, 0.3),
                initial_spreaders=[0],
                stop_days=200.0,
                replicates=REPLICATES,
                seed=22,
            )
            told = chain.tellers([0])
        for person in range(1, people):
            law = np.append(told[:, person], 1 - told[:, person].sum())
            counts = np.bincount(np.where(runs.teller[:, 0, person] < 0, people, runs.teller[:, 0, person]))
            p_values[f"{person} in {number}"] = stats.chi_square(np.pad(counts, (0, people + 1 - len(counts))), law)
    stats.assert_none_red(p_values)


def mixed_world() -> tuple[Contacts, list[Broadcast]]:
    """Return ties, two group layers and a broadcast among seven people, each with a channel of its own."""
    contacts = Contacts(
        7,
        [
            TieLayer("kin", Network.from_edges(7, [0, 1, 5, 2], [5, 2, 6, 0], [1.0, 0.5, 2.0, 1.0]), "kin", rate=0.8),
            GroupLayer.of("cell", [0, 0, 0, 1, 1, 1, 1], channel="workplace", rate=1.5, exponent=1.0),
            GroupLayer.of("quarter", [0, 1, 0, 1, -1, 0, 1], channel="conversation", rate=0.5, exponent=0.0),
        ],
    )
    return contacts, [Broadcast(0, "foreign_radio", np.array([3, 4]), np.array([1.0, 0.5]), 0.3)]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_channels_and_tellers_of_both_engines_agree(rule: str) -> None:
    """Ties, groups and a broadcast together; the tick is short, so that both engines have nearly one law."""
    contacts, broadcasts = mixed_world()
    options = {"initial_spreaders": [0], "stop_days": 4.0, "broadcasts": broadcasts, "replicates": 4000}
    ticks = simulate(contacts, RULES[rule](0.6, 0.5, 0.2), time_step_days=0.025, seed=23, **options)
    exact = simulate_exact(contacts, RULES[rule](0.6, 0.5, 0.2), seed=24, **options)
    assert ticks.channels == exact.channels
    p_values = {}
    for person in range(1, 7):
        for name in ("teller", "channel_number"):
            counts = [np.bincount(getattr(runs, name)[:, 0, person] + 1, minlength=8) for runs in (ticks, exact)]
            p_values[f"{name} of {person}"] = stats.two_samples(*counts)
    stats.assert_none_red(p_values)
    seen = {ticks.channels[k] for k in np.unique(ticks.channel_number) if k >= 0}
    assert seen == {"kin", "workplace", "conversation", "foreign_radio"}


def test_every_teller_was_telling_and_in_contact() -> None:
    contacts, broadcasts = mixed_world()
    cell = [0, 0, 0, 1, 1, 1, 1]
    for engine in ("ticks", "exact"):
        runs = run(
            engine,
            contacts,
            MakiThompson(0.6, 0.5, 0.2),
            initial_spreaders=[0],
            time_step_days=0.1,
            stop_days=4.0,
            broadcasts=broadcasts,
            replicates=2000,
            seed=25,
        )
        replicate, person = np.nonzero(runs.teller[:, 0] >= 0)
        teller = runs.teller[:, 0][replicate, person]
        heard = runs.time_heard[replicate, person]
        assert (runs.time_heard[replicate, teller] < heard).all()
        assert (runs.time_stopped[replicate, teller] >= heard).all()
        work = runs.channel_number[:, 0][replicate, person] == runs.channels.index("workplace")
        assert (np.array(cell)[person[work]] == np.array(cell)[teller[work]]).all()
        unknown = np.isinf(runs.time_heard)
        assert (runs.teller[:, 0][unknown] == -1).all()
        assert (runs.channel_number[:, 0][unknown] == -1).all()


@pytest.mark.parametrize("over", ["groups", "ties"])
@pytest.mark.parametrize("engine", ["ticks", "exact"])
def test_tellers_go_by_talk(engine: str, over: str) -> None:
    """Unequal talkers, everybody telling on: the chain of all weights with talk as factor.

    They meet in two groups that overlap, or the same weights lie on ties.
    """
    cell, circle = np.array([0, 0, 0, 0, 0]), np.array([0, 1, 0, 1, 1])
    talk = np.array([16, 48, 8, 32, 16])
    alike = np.where(circle[:, None] == circle, 0.3, 0.0) + 0.2
    np.fill_diagonal(alike, 0.0)
    weights = alike * talk[:, None] / 16
    contacts = Contacts(
        5, [GroupLayer.of("cell", cell, rate=1.0), GroupLayer.of("circle", circle, rate=0.3, exponent=0.0)]
    )
    if over == "ties":
        source, target = np.nonzero(alike)
        contacts = Contacts(5, [TieLayer("kin", Network.from_edges(5, source, target, alike[source, target]))])
    chain = Chain(weights, "maki_thompson", 1.0, 0.0, 0.2)
    options = {"initial_spreaders": [0], "traits": Traits(talk=talk), "replicates": 20_000, "seed": 26}
    rule = MakiThompson(1.0, 0.0, 0.2)
    if engine == "ticks":
        runs = simulate(contacts, rule, time_step_days=0.4, stop_days=4.0, **options)
        told = chain.tellers_in_ticks([0], 10, 0.4)
    else:
        runs = simulate_exact(contacts, rule, stop_days=100.0, **options)
        told = chain.tellers([0])
    p_values = {}
    for person in range(1, 5):
        counts = np.bincount(np.where(runs.teller[:, 0, person] < 0, 5, runs.teller[:, 0, person]), minlength=6)
        p_values[f"teller of {person}"] = stats.chi_square(
            counts, np.append(told[:, person], 1 - told[:, person].sum())
        )
        flat = Chain(alike, "maki_thompson", 1.0, 0.0, 0.2).tellers([0])[:, person]
        assert stats.chi_square_power(told[:, person] / told[:, person].sum(), flat / flat.sum(), 20_000) > 0.999
    stats.assert_none_red(p_values)


def test_nobody_hears_from_kin_who_are_away() -> None:
    """0 tells and stays, 1 tells and goes on a journey: 2, who hears over ties later, was told by 0."""
    away = MembershipChange(np.array([3], np.int32), np.array([1], np.int32), np.array([False]))
    columns = np.arange(3, dtype=np.int32), np.zeros(3, np.int32)
    home = GroupLayer("home", *columns, 1, np.ones(1), clock="rooms", rate=0.0, present=np.ones(3, bool), changes=away)
    ties = TieLayer("kin", Network.from_edges(3, [0, 1], [2, 2]), "kin", "free", 0.1, "home")
    contacts = Contacts(3, [home, ties])
    runs = simulate(contacts, MakiThompson(1.0), initial_spreaders=[0, 1], stop_days=20.0, replicates=900)
    teller, heard = runs.teller[:, 0, 2], runs.time_heard[:, 2]
    before, after = teller[heard <= 3.0], teller[(heard > 3.0) & np.isfinite(heard)]
    assert len(before) > 300
    assert len(after) > 200
    assert set(after.tolist()) == {0}
    assert set(before.tolist()) == {0, 1}
