"""The designs that sensitivity analysis asks for, as SALib makes them: Saltelli's rows and Morris' trajectories.

Both are made in the unit cube, from a seed and nothing else: no global generator is read or touched, and 0 is a seed
like any other.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.errors import RumorsimError, RunError

__all__ = ["morris", "needs_salib", "saltelli"]

#: The sequence of Sobol' is tabled for so many dimensions, and Saltelli's rows use two for every parameter.
_MOST_DIMENSIONS: Final = 21201 // 2
_MOST_POINTS: Final = 2**30


@contextmanager
def needs_salib() -> Iterator[None]:
    """Import SALib within this block; where it is not installed, the error says how to install it.

    Raises
    ------
    RumorsimError
        When SALib is not installed.

    Examples
    --------
    >>> with needs_salib():
    ...     from SALib.test_functions import Ishigami
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "SALib":
            raise
        raise RumorsimError(
            "saltelli and morris designs, and their analysis, need SALib", allowed="pip install 'rumorsim[sensitivity]'"
        ) from None


def _check(seed: object, **given: tuple[object, int, int]) -> None:
    check_seed(seed, "design.seed", RunError)
    for name, (value, low, high) in given.items():
        whole(value, f"design.{name}", low, high, what=f"not a usable number of {name}", error=RunError)


def _problem(dimensions: int) -> dict[str, Any]:
    return {
        "num_vars": dimensions,
        "names": [f"x{k}" for k in range(dimensions)],
        "bounds": [[0.0, 1.0]] * dimensions,
    }


def saltelli(points: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the points of Saltelli's design, from which first and total Sobol' indices are computed.

    A scrambled Sobol' sequence of 2 * dimensions columns gives the base rows A (its first half) and B. For every base
    row come D + 2 points in succession: A, then A with its first coordinate taken from B, with its second, ..., then B
    (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; second-order indices are not computed).

    Parameters
    ----------
    points : int
        Number N of base rows. The sequence is balanced for powers of two.
    dimensions : int
        Number D of parameters.
    seed : int
        Of the scrambling, 0 to 2**64 - 1.

    Returns
    -------
    (points * (dimensions + 2), dimensions) float64, in [0, 1)

    Raises
    ------
    RunError
        For a number out of bounds.
    RumorsimError
        When SALib is not installed.

    Examples
    --------
    >>> rows = saltelli(4, 2, seed=0)
    >>> rows.shape
    (16, 2)
    >>> a, ab1, ab2, b = rows[:4]
    >>> ab1.tolist() == [b[0], a[1]] and ab2.tolist() == [a[0], b[1]]
    True
    """
    _check(points=(points, 1, _MOST_POINTS), dimensions=(dimensions, 1, _MOST_DIMENSIONS), seed=seed)
    with needs_salib():
        from SALib.sample import sobol
    with warnings.catch_warnings():
        # A base number that is no power of two is the user's choice; the result of the analysis says what it costs.
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        rows = sobol.sample(_problem(int(dimensions)), int(points), calc_second_order=False, seed=int(seed))
    return np.ascontiguousarray(rows, dtype=np.float64)


def morris(trajectories: int, dimensions: int, levels: int, seed: int) -> NDArray[np.float64]:
    """Return the points of Morris' design, from which elementary effects are computed.

    A trajectory starts at a random point of a grid and moves one coordinate after the other, in random order, by half
    the grid: levels / (2 * (levels - 1)) (Morris 1991, doi:10.1080/00401706.1991.10484804).

    Parameters
    ----------
    trajectories : int
        Number of trajectories.
    dimensions : int
        Number D of parameters.
    levels : int
        Values a coordinate may take; even, so that all are taken equally often.
    seed : int
        0 to 2**64 - 1.

    Returns
    -------
    (trajectories * (dimensions + 1), dimensions) float64, in [0, 1]
        Trajectory by trajectory, each coordinate exactly k / (levels - 1) for a whole k.

    Raises
    ------
    RunError
        For a number out of bounds, and for an odd number of levels.
    RumorsimError
        When SALib is not installed.

    Examples
    --------
    >>> rows = morris(3, 2, levels=4, seed=0)
    >>> rows.shape
    (9, 2)
    >>> steps = np.abs(np.diff(rows[:3], axis=0))
    >>> sorted(steps.sum(axis=0).round(3).tolist())
    [0.667, 0.667]
    """
    _check(
        trajectories=(trajectories, 1, _MOST_POINTS),
        dimensions=(dimensions, 1, _MOST_DIMENSIONS),
        levels=(levels, 2, 1000),
        seed=seed,
    )
    if levels % 2:
        raise RunError(
            "not a usable number of levels", path="design.levels", given=levels, allowed="an even number, 2 to 1000"
        )
    with needs_salib():
        from SALib.sample import morris as trajectory
    rows = trajectory.sample(_problem(int(dimensions)), int(trajectories), num_levels=int(levels), seed=int(seed))
    # Onto the grid exactly, so that equal values are equal to the last bit and none lies beyond 0 or 1.
    return np.asarray(np.rint(rows * (levels - 1)) / (levels - 1), dtype=np.float64)
