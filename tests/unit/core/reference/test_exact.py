"""The exact engine's door, and what it hands back."""

import numpy as np
import pytest

from rumorsim.core import (
    NEVER,
    Broadcast,
    Contacts,
    GroupLayer,
    IndependentCascade,
    MakiThompson,
    Network,
    Streams,
    Ticks,
    TieLayer,
    Traits,
    simulate,
    simulate_exact,
)
from rumorsim.errors import CoreError

PATH = Network.from_edges(4, [0, 1, 2], [1, 2, 3])


def test_three_people_by_hand() -> None:
    """0 tells 1, 1 tells 2; days are the thresholds of the persons divided by the rate."""
    runs = simulate_exact(PATH, MakiThompson(2.0), initial_spreaders=[0], stop_days=1e3, seed=5)
    drawn = Streams(5, 0).exponential("hear", np.arange(4)).astype(float)
    np.testing.assert_allclose(runs.time_heard[0], np.cumsum([0.0, *drawn[1:] / 2.0]), rtol=1e-12)
    assert runs.teller[0, 0].tolist() == [-1, 0, 1, 2]
    assert np.isinf(runs.time_stopped).all()


def test_rates_by_tick_use_up_thresholds_without_a_gap() -> None:
    """The day of hearing is where the summed hazard reaches the person's threshold, to the last digit."""
    rates, days = np.array([0.3, 0.0, 1.2, 0.1, 2.0]), np.arange(6) * 0.7
    runs = simulate_exact(
        Network.from_edges(2, [0], [1]),
        MakiThompson(rates),
        initial_spreaders=[0],
        time_step_days=0.7,
        stop_days=3.5,
        replicates=200,
        seed=6,
    )
    spent = np.concatenate([[0.0], np.cumsum(rates * 0.7)])
    drawn = np.array([float(Streams(6, k).exponential("hear", [1])[0]) for k in range(200)])
    expected = np.where(drawn < spent[-1], np.interp(drawn, spent + np.arange(6) * 1e-13, days), np.inf)
    assert 100 < np.isfinite(expected).sum() < 200
    np.testing.assert_allclose(runs.time_heard[:, 1], expected, rtol=1e-9)


def test_the_same_kind_of_result_as_simulate() -> None:
    options = {"initial_spreaders": [0], "time_step_days": 0.5, "stop_days": 4.0, "replicates": 5, "seed": 0}
    exact, ticks = (engine(PATH, MakiThompson(0.5, 0.3), **options) for engine in (simulate_exact, simulate))
    for name in ("heard_tick", "stopped_tick", "told", "afraid_tick", "channel_number", "teller", "time_heard"):
        mine, other = getattr(exact, name), getattr(ticks, name)
        assert (mine.shape, mine.dtype) == (other.shape, other.dtype), name
    assert exact.channels == ticks.channels
    assert exact.fingerprint() == simulate_exact(PATH, MakiThompson(0.5, 0.3), **options).fingerprint()
    assert exact.fingerprint() != ticks.fingerprint()
    heard = exact.heard_tick[:, 0]
    later = (heard >= 0) & (heard < NEVER)
    assert (exact.time_heard[later] > exact.edges_days[heard[later]]).all()
    assert (exact.time_heard[later] <= exact.edges_days[heard[later] + 1]).all()
    assert (heard[:, 0] == -1).all()


def test_who_knows_silently_counts_as_knowing() -> None:
    """1 knows and never tells: 0 finds out and stops, 2 never hears."""
    runs = simulate_exact(
        PATH, MakiThompson(5.0, 5.0), initial_spreaders=[0], initial_aware=[1], stop_days=100.0, replicates=20, seed=0
    )
    assert np.isfinite(runs.time_stopped[:, 0]).all()
    assert np.isinf(runs.time_heard[:, 2]).all()
    silent = simulate_exact(
        PATH, MakiThompson(5.0), initial_spreaders=[0], traits=Traits(tell_prob=0.0), stop_days=100.0, seed=0
    )
    assert np.isfinite(silent.time_heard[0]).tolist() == [True, True, False, False]
    assert not silent.told[0, 0, 1]


def test_rate_zero_and_nobody() -> None:
    assert simulate_exact(PATH, MakiThompson(0.0), initial_spreaders=[0], stop_days=9.0).n_aware.tolist() == [1]
    assert simulate_exact(PATH, MakiThompson(1.0), stop_days=9.0).n_aware.tolist() == [0]
    lonely = Contacts(2, [])
    assert simulate_exact(lonely, MakiThompson(1.0), initial_spreaders=[0], stop_days=9.0).n_aware.tolist() == [1]


def test_a_broadcast_alone_has_an_exponential_law() -> None:
    radio = Broadcast(0, "foreign_radio", np.array([1, 2]), np.array([1.0, 0.5]), 0.8)
    runs = simulate_exact(
        Network.from_edges(3, [0], [1]), MakiThompson(0.0), broadcasts=[radio], stop_days=50.0, replicates=4000, seed=3
    )
    for person, rate in ((1, 0.8), (2, 0.4)):
        days = runs.time_heard[:, person]
        assert abs(days.mean() - 1 / rate) < 4 / rate / np.sqrt(4000)
    assert np.isinf(runs.time_heard[:, 0]).all()
    assert {runs.channels[k] for k in runs.channel_number[:, 0, 1]} == {"foreign_radio"}
    assert (runs.teller == -1).all()


def test_a_crowd_too_large_to_write_out() -> None:
    contacts = Contacts(9000, [GroupLayer.of("all", np.zeros(9000, dtype=int))])
    with pytest.raises(CoreError, match="pairs in groups"):
        simulate_exact(contacts, MakiThompson(1.0), initial_spreaders=[0], stop_days=1.0)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"replicates": 0}, "replicates"),
        ({"stop_days": None}, "stop_days"),
        ({"stop_days": -1.0}, "stop_days"),
        ({"initial_spreaders": [4]}, "initial_spreaders"),
        ({"initial_aware": [-1]}, "initial_aware"),
        ({"clock_factors": {"noon": [1.0]}}, "noon"),
        ({"clock_factors": {"always": [1.0, 2.0]}}, "always"),
        ({"traits": Traits(talk=np.ones(3))}, "talk"),
        ({"labels": [0, 0, 1, 2]}, "labels"),
        ({"broadcasts": [Broadcast(0, "press", np.array([0]), np.array([1.0, 1.0]), 1.0)]}, "press"),
    ],
)
def test_wrong_input_is_named(changes: dict, word: str) -> None:
    options = {"initial_spreaders": [0], "stop_days": 1.0, **changes}
    with pytest.raises(CoreError, match=word):
        simulate_exact(PATH, MakiThompson(1.0), **options)


def test_rules_without_rates_are_refused() -> None:
    with pytest.raises(CoreError, match="MakiThompson, DaleyKendall"):
        simulate_exact(PATH, IndependentCascade(0.5), initial_spreaders=[0], stop_days=1.0)
    with pytest.raises(CoreError, match="transmission_rate"):
        simulate_exact(PATH, MakiThompson([1.0, 2.0]), initial_spreaders=[0], stop_days=1.0)


def test_ticks_of_different_lengths_and_a_clock() -> None:
    ties = TieLayer("ties", PATH, clock="work")
    runs = simulate_exact(
        Contacts(4, [ties]),
        MakiThompson(50.0),
        initial_spreaders=[0],
        ticks=Ticks.of([1.0, 0.5, 2.0]),
        clock_factors={"work": [0.0, 1.0, 0.0]},
        replicates=50,
        seed=1,
    )
    heard = runs.time_heard[:, 1:][np.isfinite(runs.time_heard[:, 1:])]
    assert len(heard) > 100
    assert ((heard > 1.0) & (heard <= 1.5)).all()
