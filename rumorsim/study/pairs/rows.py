"""One difference of a paired comparison, and what became of people's hearing."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

__all__ = ["QUANTITIES", "Hearing", "Row"]

#: Quantities of a comparison, with their units.
QUANTITIES: Final = {
    "share_aware": "share",
    "first_aware": "days",
    "first_report": "days",
    "report_exists": "probability",
    "reports": "count",
}


@dataclass(frozen=True, eq=False)
class Row:
    """One difference, b - a.

    Attributes
    ----------
    quantity : a word of `QUANTITIES`.
    rumor : "" for all rumors together.
    place : id of the gazetteer, "" for everybody.
    date : end of this day, ISO; "" for first dates.
    unit : str
    a, b : float
        Mean of either side; for first dates the mean day, counted from the start of the comparison, over the pairs
        in which it happened on both sides.
    difference : float
        Mean of b - a; for first dates the median difference in days over those pairs.
    low, high : float
        Its interval: Student's t over the pairs for means, bootstrap for medians.
    pairs : int
        Pairs that the difference rests on.
    only_a, only_b : float
        Share of all pairs in which the first date exists on one side alone; NaN for other quantities.
    variance_a, variance_b, variance_difference : float
        Over the same pairs.
    """

    quantity: str
    rumor: str
    place: str
    date: str
    unit: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    pairs: int
    only_a: float
    only_b: float
    variance_a: float
    variance_b: float
    variance_difference: float

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Row) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        """Return the values with None for NaN, which is unequal to itself: whether it is one object is up to Python."""
        values = (getattr(self, one.name) for one in fields(self))
        return tuple(None if value != value else value for value in values)

    @property
    def variance_saved(self) -> float:
        """1 - var(b - a) / (var(a) + var(b)), as measured; negative where pairing costs, NaN where nothing varies."""
        independent = self.variance_a + self.variance_b
        return 1.0 - self.variance_difference / independent if independent > 0 else math.nan


@dataclass(frozen=True)
class Hearing:
    """What became of people's hearing of one rumor: shares of all people, means over the replicates run again.

    Attributes
    ----------
    rumor : str
    shares : dict word of ``rumorsim.study.pairs.divergence.HEARING`` -> share
    low, high : dict, interval of each by Student's t.
    """

    rumor: str
    shares: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
