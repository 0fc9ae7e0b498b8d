"""Designs: which points a study asks about, as numbers between 0 and 1, one column for each thing that varies.

What the numbers mean (an item of a list, a place in a range, a quantile of a prior) is said in
`rumorsim.study.vary`. Chance comes from addressed streams, so a design has the same bytes with every version of the
libraries, and the first points of a larger random design are those of a smaller one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams, in_random_order

__all__ = ["KINDS", "MOST_POINTS", "POWER_OF_TWO", "SAMPLED", "Design", "grid_points", "sampled_points"]

#: Kinds of designs.
KINDS: Final = ("grid", "random", "latin_hypercube", "sobol", "saltelli", "morris", "table")
#: Those that draw points, and need to know how many.
SAMPLED: Final = ("random", "latin_hypercube", "sobol", "saltelli", "morris")
#: Those whose number of points is a power of two: a Sobol' sequence is balanced only then.
POWER_OF_TWO: Final = ("sobol", "saltelli")
#: More than this is a mistake.
MOST_POINTS: Final = 1_000_000

#: A Sobol' sequence is built from so many bits.
_SOBOL_BITS: Final = 30
_JITTER: Final = 1
_ORDER: Final = 2
_SHIFT: Final = 3


@dataclass(frozen=True)
class Design:
    """Which points a study has.

    Attributes
    ----------
    kind : a word of `KINDS`.
    points : base number of points: rows for saltelli (each gives D + 2 points), trajectories for morris (each gives
        D + 1), and the number of points itself for the others.
    seed : of designs that draw.
    levels : of morris, a number of steps of each thing that varies.
    file : of table, as given in the study.
    """

    kind: str
    points: int
    seed: int = 1956
    levels: int = 4
    file: str | None = None

    def number_of_points(self, dimensions: int) -> int:
        """Return how many points the design has when so many things vary.

        Examples
        --------
        >>> Design("saltelli", 8).number_of_points(3), Design("morris", 8).number_of_points(3)
        (40, 32)
        """
        return self.points * {"saltelli": dimensions + 2, "morris": dimensions + 1}.get(self.kind, 1)


def grid_points(steps: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return every combination of the steps of each thing that varies, the last one changing fastest.

    Parameters
    ----------
    steps : for each thing that varies, (n,) float64 in [0, 1].

    Returns
    -------
    (n_points, len(steps)) float64

    Examples
    --------
    >>> grid_points([np.array([0.0, 1.0]), np.array([0.5])]).tolist()
    [[0.0, 0.5], [1.0, 0.5]]
    """
    return np.array(list(product(*(one.tolist() for one in steps))), dtype=np.float64).reshape(-1, len(steps))


def sampled_points(design: Design, dimensions: int) -> NDArray[np.float64]:
    """Return the points of a design that draws.

    Parameters
    ----------
    design : of a kind in `SAMPLED`.
    dimensions : number of things that vary.

    Returns
    -------
    (n_points, dimensions) float64 in [0, 1]

    Raises
    ------
    RumorsimError
        When the library of a saltelli or morris design is not installed.

    Examples
    --------
    >>> points = sampled_points(Design("latin_hypercube", 4, seed=0), 2)
    >>> (np.sort(points, axis=0) * 4).astype(int).tolist()
    [[0, 0], [1, 1], [2, 2], [3, 3]]
    """
    if design.kind == "saltelli":
        from rumorsim.study.salib_designs import saltelli

        return np.asarray(saltelli(design.points, dimensions, design.seed), dtype=np.float64)
    if design.kind == "morris":
        from rumorsim.study.salib_designs import morris

        return np.asarray(morris(design.points, dimensions, design.levels, design.seed), dtype=np.float64)
    streams = Streams(design.seed)
    make = {"random": _random, "latin_hypercube": _latin_hypercube, "sobol": _sobol}[design.kind]
    return make(streams, design.points, dimensions)


def _random(streams: Streams, points: int, dimensions: int) -> NDArray[np.float64]:
    number = np.arange(points)
    return np.stack([streams.uniform("design", number, rumor=k, occasion=_JITTER) for k in range(dimensions)], axis=1)


def _latin_hypercube(streams: Streams, points: int, dimensions: int) -> NDArray[np.float64]:
    """Return one point in each of n equal slices of every column (McKay, Beckman, Conover 1979)."""
    number = np.arange(points)
    slices = np.stack(
        [in_random_order(streams.bits("design", number, rumor=k, occasion=_ORDER)) for k in range(dimensions)], axis=1
    )
    return np.minimum((slices + _random(streams, points, dimensions)) / points, np.nextafter(1.0, 0.0))


def _sobol(streams: Streams, points: int, dimensions: int) -> NDArray[np.float64]:
    """Return a Sobol' sequence with a random digital shift (Owen 1998, section 3): balanced, and away from 0 and 1."""
    from scipy.stats import qmc

    # The plain sequence is the same with every version of SciPy; the scrambled one is not promised to be.
    plain = qmc.Sobol(dimensions, scramble=False, bits=_SOBOL_BITS).random(points)
    words = np.rint(plain * 2.0**_SOBOL_BITS).astype(np.uint64)
    columns = np.arange(dimensions)
    shift = streams.bits("design", columns, occasion=_SHIFT) >> np.uint64(64 - _SOBOL_BITS)
    return np.asarray(((words ^ shift).astype(np.float64) + 0.5) / 2.0**_SOBOL_BITS, dtype=np.float64)
