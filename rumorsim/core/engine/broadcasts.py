"""Sources outside the network that reach people by themselves: as they are given, and laid out over rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.engine.rates import Ticks, per_tick

__all__ = ["Broadcast", "BroadcastRows"]


@dataclass(frozen=True, eq=False)
class Broadcast:
    """A source outside the network that reaches people by itself.

    Attributes
    ----------
    rumor : int
    channel : str
    persons : (m,) integers
    access : (m,) float
        Share of the broadcast that each of them gets, 0 or more.
    rate : float or (n_ticks,) floats
        Hazard a day at access 1; 0 where the source is silent.
    """

    rumor: int
    channel: str
    persons: NDArray[Any]
    access: NDArray[Any]
    rate: Any


@dataclass(frozen=True, eq=False)
class BroadcastRows:
    """A broadcast as the engine keeps it: rows reached and their access, both also laid out over all rows.

    `span` are the rows of its rumor; `many` says that so many are reached that working on all of them is faster;
    `factor` is the hazard of each tick at access 1.
    """

    rows: NDArray[np.int32]
    access: NDArray[np.float32]
    dense: NDArray[np.float32]
    span: slice
    many: bool
    factor: NDArray[np.float32]
    channel: int

    @classmethod
    def of(
        cls, one: Broadcast, rumors: tuple[int, ...], n: int, replicates: int, ticks: Ticks, channel: int
    ) -> BroadcastRows:
        """Lay a broadcast out over rumors and replicates of n people, side by side."""
        n_rows = n * replicates
        first = rumors.index(one.rumor) * n_rows
        persons = np.asarray(one.persons, dtype=np.int64)
        rows = (persons[None, :] + (np.arange(replicates) * n)[:, None]).ravel() + first
        access = np.tile(np.asarray(one.access, dtype=np.float32), replicates)
        dense = np.zeros(n_rows * len(rumors), dtype=np.float32)
        dense[rows] = access
        factor = per_tick(one.rate, ticks, one.channel).astype(np.float32)
        many = 20 * len(rows) > n_rows
        return cls(rows.astype(np.int32), access, dense, slice(first, first + n_rows), many, factor, channel)
