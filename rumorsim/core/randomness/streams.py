"""Addressed random numbers: every draw is a pure function of where it belongs.

A draw is addressed by (seed, replicate, purpose, rumor, person, occasion). Nothing is consumed in sequence, so
the value a person gets depends neither on the order of work, nor on the batch, nor on how many workers share it,
and two scenarios share random numbers wherever they ask the same question (common random numbers). The mixing
function is the finalizer of SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195), applied once an
address word. Only integer arithmetic modulo 2**64 and + - * / on doubles are used, so the values are the same on
every IEEE machine and with every NumPy release.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core import checks
from rumorsim.core.randomness.elementary import minus_log

__all__ = ["PURPOSES", "BatchStreams", "Streams", "in_random_order"]

#: Named purposes of draws. A new kind of draw gets a new number; a number is never used twice or changed.
PURPOSES: Final[dict[str, int]] = {
    "hear": 1,
    "stop": 2,
    "tell": 3,
    "attribute": 4,
    "expose": 5,
    "voice": 6,
    "detect": 7,
    "fear": 8,
    "partner": 9,
    "meeting": 10,
    "initial": 11,
    "delegate": 12,
    "trip": 13,
    "move": 14,
    "punish": 15,
    "attend": 16,
    "party": 32,
    "trait": 33,
    "tie": 34,
    "archive": 48,
    "prior": 64,
    "design": 65,
    "bootstrap": 66,
    "null": 67,
    "posterior": 68,
    "test": 96,
}

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF
_TWO_53 = 1.0 / 9007199254740992.0


def _mix_int(word: int) -> int:
    word = (word + _GOLDEN) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix an array of words in place and return it."""
    words += np.uint64(_GOLDEN)
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


def _in_unit_interval(words: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return the upper 53 bits of words, which are overwritten, as numbers in the open interval (0, 1)."""
    words >>= np.uint64(11)
    numbers: NDArray[np.float64] = words.astype(np.float64)
    numbers += 0.5
    numbers *= _TWO_53
    return numbers


def in_random_order(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return a permutation that sorts random keys: a shuffle that does not depend on NumPy's generators.

    Parameters
    ----------
    keys : (n,) uint64
        Raw random words, one an item, for example from `Streams.bits`.

    Returns
    -------
    (n,) int64
        Positions in random order; equal keys keep their order.

    Examples
    --------
    >>> in_random_order(np.array([3, 1, 2], dtype=np.uint64)).tolist()
    [1, 2, 0]
    """
    return np.argsort(keys, kind="stable").astype(np.int64)


class Streams:
    """The random numbers of one replicate, or of one party, addressed by purpose, rumor, person and occasion.

    Parameters
    ----------
    seed : int
        Any integer from 0 to 2**64 - 1; 0 is an ordinary seed.
    replicate : int
        Number of the replicate, from 0.

    Raises
    ------
    CoreError
        When seed or replicate is no whole number, negative or above 2**64 - 1.

    Examples
    --------
    >>> streams = Streams(seed=0, replicate=3)
    >>> u = streams.uniform("hear", persons=np.arange(4), rumor=1)
    >>> bool((u == Streams(0, 3).uniform("hear", persons=np.arange(4), rumor=1)).all())
    True
    """

    __slots__ = ("_key", "replicate", "seed")

    def __init__(self, seed: int, replicate: int = 0) -> None:
        self.seed = checks.seed(seed)
        self.replicate = checks.whole(replicate, "replicate", 0, _MASK)
        self._key = _mix_int(_mix_int(self.seed) ^ self.replicate)

    def bits(
        self, purpose: str, persons: ArrayLike, rumor: int = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.uint64]:
        """Return 64 random bits for every person.

        Parameters
        ----------
        purpose : str
            A name in `PURPOSES`.
        persons : (n,) integers
            Numbers that identify who or what is asked about.
        rumor : int
            Index of the rumor, 0 where none is meant.
        occasion : int or (n,) integers
            Tells repeated questions apart, such as the tick of a meeting.

        Returns
        -------
        (n,) uint64
        """
        key = _mix_int(self._key ^ (PURPOSES[purpose] << 32) ^ rumor)
        words = np.array(persons, dtype=np.uint64, ndmin=1, copy=True)
        if isinstance(occasion, (int, np.integer)):
            if occasion:
                key = _mix_int(key ^ int(occasion))
            words ^= np.uint64(key)
        else:
            # A scalar occasion and an array of the same occasion must agree, zero included.
            steps = np.asarray(occasion, dtype=np.uint64)
            keys = np.where(steps == 0, np.uint64(key), _mix(steps ^ np.uint64(key)))
            words ^= keys
        return _mix(words)

    def uniform(
        self, purpose: str, persons: ArrayLike, rumor: int = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.float64]:
        """Return one number in the open interval (0, 1) for every person; arguments as in `bits`."""
        return _in_unit_interval(self.bits(purpose, persons, rumor, occasion))

    def exponential(
        self, purpose: str, persons: ArrayLike, rumor: int = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.float32]:
        """Return one Exp(1) threshold for every person, float32 and at least 1e-30; arguments as in `bits`."""
        drawn = minus_log(self.uniform(purpose, persons, rumor, occasion)).astype(np.float32)
        return np.maximum(drawn, np.float32(1e-30))

    def normal(
        self, purpose: str, persons: ArrayLike, rumor: int = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.float64]:
        """Return one nearly normal number for every person: twelve uniform sixteenths of 64-bit words, centered.

        The sum of twelve uniforms (Irwin-Hall) has mean 0, variance 1 and no tail beyond 6; it needs no
        transcendental function. Arguments as in `bits`.
        """
        total = np.zeros(np.size(np.asarray(persons)), dtype=np.float64)
        for part in range(3):
            extra = (
                occasion * 3 + part
                if isinstance(occasion, (int, np.integer))
                else np.asarray(occasion, dtype=np.uint64) * np.uint64(3) + np.uint64(part)
            )
            words = self.bits(purpose, persons, rumor, extra)
            for shift in (0, 16, 32, 48):
                piece = (words >> np.uint64(shift)) & np.uint64(0xFFFF)
                total += (piece.astype(np.float64) + 0.5) / 65536.0
        return total - 6.0


class BatchStreams:
    """The random numbers of several replicates, and of several rumors, laid side by side.

    Rows count person by person, replicate by replicate, and rumor by rumor if `rumors` is given:
    ``row = (rumor_position * n_replicates + replicate_position) * n_people + person``. Every row draws what
    `Streams(seed, replicate)` gives that person, so a batch and its replicates one by one see the same numbers.

    Parameters
    ----------
    seed : int
        As in `Streams`.
    replicates : sequence of int
        Numbers of the replicates in the batch.
    labels : (n_people,) integers
        The address of each person; relabeling people moves their numbers along.
    rumors : sequence of int, optional
        Numbers of the rumors that are laid side by side; None where rows hold one rumor, named in each call.

    Examples
    --------
    >>> batch = BatchStreams(1956, [4, 5], np.arange(3))
    >>> one = Streams(1956, 5).uniform("hear", np.arange(3))
    >>> bool((batch.uniform("hear", np.array([3, 4, 5])) == one).all())
    True
    """

    __slots__ = ("_labels", "_n", "by_replicate", "rumors")

    def __init__(self, seed: int, replicates: Any, labels: NDArray[Any], rumors: Any = None) -> None:
        self.by_replicate = tuple(Streams(seed, r) for r in replicates)
        self.rumors = None if rumors is None else tuple(int(rumor) for rumor in rumors)
        self._labels = np.asarray(labels, dtype=np.int64).view(np.uint64)  # the same bits, and no copy
        self._n = len(self._labels)

    def for_rumors(self, rumors: Sequence[int]) -> BatchStreams:
        """Return the random numbers of the same batch where rows hold these rumors side by side."""
        other = copy.copy(self)
        other.rumors = tuple(rumors)
        return other

    def bits(
        self, purpose: str, rows: NDArray[Any], rumor: int | NDArray[Any] = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.uint64]:
        """Return 64 random bits a row; arguments as in `Streams.bits`, rows (m,), the others (m,) or one integer."""
        rumors: Sequence[int]
        if isinstance(rumor, np.ndarray):
            rumors, person, place = range(int(rumor.max(initial=0)) + 1), np.asarray(rows), rumor
            if len(self.by_replicate) > 1:
                block = person // self._n
                person, place = person - block * self._n, rumor * len(self.by_replicate) + block
        elif self.rumors is not None:
            block, rumors = np.asarray(rows) // self._n, self.rumors
            person, place = rows - block * self._n, block
        elif len(self.by_replicate) > 1:
            block, rumors = np.asarray(rows) // self._n, (rumor,)
            person, place = rows - block * self._n, block
        else:
            return self.by_replicate[0].bits(purpose, self._labels.take(rows), rumor, occasion)
        several = isinstance(occasion, np.ndarray)
        keys = []
        for number in rumors:
            for streams in self.by_replicate:
                key = _mix_int(streams._key ^ (PURPOSES[purpose] << 32) ^ int(number))
                keys.append(key if several or not occasion else _mix_int(key ^ int(occasion)))
        words = self._labels.take(person)
        of_row = np.array(keys, dtype=np.uint64).take(place)
        if several:
            steps = occasion.astype(np.uint64)  # type: ignore[union-attr]
            of_row = np.where(steps == 0, of_row, _mix(steps ^ of_row))
        words ^= of_row
        return _mix(words)

    def uniform(
        self, purpose: str, rows: NDArray[Any], rumor: int | NDArray[Any] = 0, occasion: int | NDArray[Any] = 0
    ) -> NDArray[np.float64]:
        """Return one number in the open interval (0, 1) a row."""
        return _in_unit_interval(self.bits(purpose, rows, rumor, occasion))

    def exponential(self, purpose: str, rows: NDArray[Any], rumor: int = 0, occasion: int = 0) -> NDArray[np.float32]:
        """Return one Exp(1) threshold a row, float32 and at least 1e-30."""
        drawn = minus_log(self.uniform(purpose, rows, rumor, occasion)).astype(np.float32)
        return np.maximum(drawn, np.float32(1e-30))
