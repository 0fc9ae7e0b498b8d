"""Time, in days, and the only place that turns rates into what happens within a tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.checks import number, numbers
from rumorsim.errors import CoreError

__all__ = ["Ticks", "per_tick"]

#: Ticks are stored as int16; the largest number means "never".
_MOST_TICKS = 32_000


@dataclass(frozen=True, eq=False)
class Ticks:
    """A division of time into ticks whose length may change by calendar.

    Attributes
    ----------
    lengths_days : (n_ticks,) float64
    edges_days : (n_ticks + 1,) float64
        Start of each tick and the end of the last one, in days from the start.

    Examples
    --------
    >>> Ticks.uniform(0.25, 1.0).lengths_days.tolist()
    [0.25, 0.25, 0.25, 0.25]
    >>> Ticks.of([1.0, 0.5]).edges_days.tolist()
    [0.0, 1.0, 1.5]
    """

    lengths_days: NDArray[np.float64]
    edges_days: NDArray[np.float64]

    @classmethod
    def of(cls, lengths_days: ArrayLike) -> Ticks:
        """Build from tick lengths; CoreError when one is not above 0 or there are more than 32,000."""
        lengths = numbers(lengths_days, "lengths_days", None)
        if lengths.ndim != 1 or not len(lengths) or (lengths <= 0).any():
            raise CoreError("tick lengths", path="lengths_days", given=lengths_days, allowed="a list of days above 0")
        if len(lengths) > _MOST_TICKS:
            raise CoreError("number of ticks", given=len(lengths), allowed=f"at most {_MOST_TICKS}")
        return cls(lengths, np.concatenate([[0.0], np.cumsum(lengths)]))

    @classmethod
    def uniform(cls, time_step_days: float, stop_days: float) -> Ticks:
        """Build equal ticks up to stop_days; the last one is shorter where the step does not divide the time."""
        stop_days, time_step_days = number(stop_days, "stop_days"), number(time_step_days, "time_step_days")
        if not stop_days > 0:
            raise CoreError("end of the run", path="stop_days", given=stop_days, allowed="days above 0")
        if not time_step_days > 0:
            raise CoreError("time step", path="time_step_days", given=time_step_days, allowed="days above 0")
        if stop_days / time_step_days > _MOST_TICKS:
            given = stop_days / time_step_days
            raise CoreError("number of ticks", path="time_step_days", given=given, allowed=f"at most {_MOST_TICKS}")
        whole = int(np.floor(stop_days / time_step_days + 1e-9))
        rest = stop_days - whole * time_step_days
        edges = np.arange(whole + 1) * time_step_days
        if rest > 1e-9 * stop_days:
            edges = np.append(edges, stop_days)
        return cls(np.asarray(np.diff(edges), dtype=np.float64), np.asarray(edges, dtype=np.float64))

    @property
    def n_ticks(self) -> int:
        """Number of ticks."""
        return len(self.lengths_days)


def per_tick(rate: ArrayLike, ticks: Ticks, name: str = "rate") -> NDArray[np.float64]:
    """Return rate times length for every tick, (n_ticks,) float64, from one rate a day or one per tick.

    Raises
    ------
    CoreError
        When a rate is negative or not finite, or their number is not the number of ticks.

    Examples
    --------
    >>> per_tick(0.5, Ticks.uniform(0.5, 1.0)).tolist()
    [0.25, 0.25]
    """
    hazard = numbers(rate, name, ((), (ticks.n_ticks,))) * ticks.lengths_days
    return numbers(hazard, f"{name} times the length of a tick", None)
