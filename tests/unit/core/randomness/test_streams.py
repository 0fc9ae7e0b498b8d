"""Addressed random numbers: published values, laws, and that only the address decides."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from rumorsim.core import Streams
from rumorsim.core.randomness.streams import PURPOSES, BatchStreams, _mix, _mix_int, in_random_order
from rumorsim.errors import CoreError

MANY = np.arange(20_000)
FROZEN = [371257445535299629, 15293370580409354397]


def test_mixing_is_that_of_splitmix64() -> None:
    """The first numbers of Vigna's splitmix64.c for the seeds 0 and 1234567."""
    assert _mix_int(0) == 0xE220A8397B1DCDAF
    golden, seed = 0x9E3779B97F4A7C15, 1234567
    states = [(seed + k * golden) % 2**64 for k in range(3)]
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [_mix_int(state) for state in states] == known
    assert _mix(np.array(states, dtype=np.uint64)).tolist() == known


def test_frozen_numbers() -> None:
    """Every stored run hangs on these: they change only with all fingerprints."""
    assert Streams(1956, 3).bits("hear", [0, 7], 1, 5).tolist() == FROZEN
    assert Streams(0).uniform("stop", [0])[0] == (int(Streams(0).bits("stop", [0])[0]) // 2**11 + 0.5) / 2**53


def test_laws_of_draws() -> None:
    """Mean, variance and tails, within four standard errors of 20,000 draws."""
    error = 4 / np.sqrt(len(MANY))
    for seed in (0, 2**64 - 1):
        streams = Streams(seed)
        uniform, normal = streams.uniform("hear", MANY), streams.normal("trait", MANY)
        waiting = streams.exponential("stop", MANY).astype(float)
        assert ((uniform > 0) & (uniform < 1)).all()
        assert np.abs(np.histogram(uniform, 10, (0, 1))[0] / 2000 - 1).max() < 4 * np.sqrt(0.9 / 2000)
        assert abs(waiting.mean() - 1) < error
        assert abs((waiting > 3).mean() - np.exp(-3)) < error * np.sqrt(np.exp(-3))
        assert abs(normal.mean()) < error
        assert abs(normal.var() - 1) < error * np.sqrt(2)
        assert abs((normal < -1).mean() - 0.1587) < error * 0.37
        assert np.abs(normal).max() < 6


@pytest.mark.parametrize("other", [{"seed": 8}, {"replicate": 1}, {"purpose": "stop"}, {"rumor": 1}, {"occasion": 1}])
def test_every_part_of_the_address_gives_other_numbers(other: dict[str, Any]) -> None:
    def draw(seed: int = 7, replicate: int = 0, purpose: str = "hear", rumor: int = 0, occasion: int = 0) -> np.ndarray:
        return Streams(seed, replicate).uniform(purpose, MANY, rumor, occasion)

    assert abs(np.corrcoef(draw(), draw(**other))[0, 1]) < 4 / np.sqrt(len(MANY))


def test_a_number_does_not_depend_on_who_else_is_asked() -> None:
    streams = Streams(3, 4)
    some = np.array([9, 2, 2, 2**40])
    assert streams.bits("tell", some)[:3].tolist() == streams.bits("tell", MANY)[[9, 2, 2]].tolist()
    assert streams.bits("tell", 2**40).tolist() == streams.bits("tell", some)[3:].tolist()
    assert some.tolist() == [9, 2, 2, 2**40], "what is given stays as it is"


@pytest.mark.parametrize("draw", ["bits", "uniform", "exponential", "normal"])
def test_occasions_one_by_one_or_together(draw: str) -> None:
    streams, occasions = Streams(1), np.array([0, 1, 5, 0])
    together = getattr(streams, draw)("meeting", np.arange(4), 2, occasions)
    one_by_one = [getattr(streams, draw)("meeting", [k], 2, int(o))[0] for k, o in enumerate(occasions)]
    assert together.tolist() == one_by_one


def test_a_batch_draws_what_its_replicates_draw() -> None:
    """Rumor by rumor, replicate by replicate, person by person, each person under a label."""
    labels, replicates = np.array([5, 0, 9]), [4, 7]
    for count, given in itertools.product((1, 2), (None, [2, 0])):
        batch = BatchStreams(6, replicates[:count], labels, given)
        rumors = [1] if given is None else given
        expected = np.concatenate(
            [Streams(6, r).bits("hear", labels, rumor, 3) for rumor in rumors for r in replicates[:count]]
        )
        rows = np.arange(len(expected))[::-1]
        assert batch.bits("hear", rows, 1, 3).tolist() == expected[rows].tolist()
        assert batch.uniform("hear", rows, 1, 3).tolist() == [
            (int(word) // 2**11 + 0.5) / 2**53 for word in expected[rows].tolist()
        ]
        assert batch.exponential("hear", rows, 1, 3).dtype == np.float32


@pytest.mark.parametrize("count", [1, 2])
def test_a_batch_asked_about_several_rumors_at_once(count: int) -> None:
    batch = BatchStreams(6, range(count), np.arange(3))
    rows, rumor = np.array([0, 2, 2, 1]), np.array([1, 0, 3, 0])
    one_by_one = [batch.bits("voice", rows[k : k + 1], int(rumor[k]), 8)[0] for k in range(4)]
    assert batch.bits("voice", rows, rumor, 8).tolist() == one_by_one
    assert batch.for_rumors([3, 1]).bits("voice", rows).tolist() == batch.bits("voice", rows, 3).tolist()


def test_thresholds_are_never_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Streams, "uniform", lambda *given: np.array([1.0]))
    assert Streams(0).exponential("hear", [0]).tolist() == [np.float32(1e-30)]


def test_a_shuffle_keeps_equal_keys_in_order() -> None:
    assert in_random_order(np.array([5, 1, 5, 0], dtype=np.uint64)).tolist() == [3, 1, 0, 2]


def test_purposes_have_numbers_of_their_own() -> None:
    assert len(set(PURPOSES.values())) == len(PURPOSES)
    with pytest.raises(KeyError):
        Streams(0).bits("luck", [0])


@pytest.mark.parametrize(
    ("given", "word"), [((-1,), "seed"), ((2**64,), "seed"), ((1.0,), "seed"), ((0, -1), "replicate")]
)
def test_what_is_refused(given: tuple[Any, ...], word: str) -> None:
    with pytest.raises(CoreError, match=word):
        Streams(*given)
