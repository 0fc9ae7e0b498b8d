"""What distinguishes one person from another, apart from contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors, number, numbers
from rumorsim.errors import CoreError

__all__ = ["Fear", "Traits"]


@dataclass(frozen=True, eq=False)
class Traits:
    """Per-person traits; None means that everybody is alike.

    Attributes
    ----------
    talk : (n,) whole numbers 1 to 255, optional
        Talkativeness in sixteenths: a teller with 32 exposes contacts to twice the hazard of one with 16.
    receptivity : (n,) or (n_rumors, n) float, optional
        Factor on the hearing hazard; 0 never hears by contact or broadcast.
    tell_prob : float, (n,) or (n_rumors, n) float
        Chance of passing on what is heard; the others are silently aware.
    boldness : (n,) float 0 to 1, optional
        Compared with the bar of the person's zone when it comes to voicing.
    zone : (n,) integers from 0, optional
        Zones have climates and bars of their own.
    """

    talk: NDArray[Any] | None = None
    receptivity: NDArray[Any] | None = None
    tell_prob: Any = 1.0
    boldness: NDArray[Any] | None = None
    zone: NDArray[Any] | None = None

    def check(self, n: int, n_rumors: int) -> None:
        """Raise CoreError where a column has the wrong length or range."""
        one: tuple[tuple[int, ...], ...] = ((n,),)
        many: tuple[tuple[int, ...], ...] = ((n,), (n_rumors, n), ())
        if self.receptivity is not None:
            factors(self.receptivity, "receptivity", many)
        for name, shapes, low, high in (
            ("talk", one, 1, 255),
            ("boldness", one, 0, 1),
            ("zone", one, 0, 127),
            ("tell_prob", many, 0, 1),
        ):
            if getattr(self, name) is None:
                continue
            values = numbers(getattr(self, name), name, shapes, low, high)
            if name in {"talk", "zone"} and (values != np.floor(values)).any():
                bad = float(values[values != np.floor(values)][0])
                raise CoreError("not a whole number", path=name, given=bad, allowed=f"whole numbers, {low} to {high}")

    def by_rumor(self, name: str, rumor: int, n: int) -> NDArray[np.float64] | None:
        """Return a trait as an (n,) column for one rumor, or None where everybody has the neutral value 1."""
        values = getattr(self, name)
        if values is None:
            return None
        column = np.asarray(values, dtype=np.float64)
        if column.ndim == 0:
            return None if column == 1.0 else np.full(n, float(column))
        return np.asarray(column if column.ndim == 1 else column[rumor], dtype=np.float64)


@dataclass(frozen=True)
class Fear:
    """What fright does: it scales the chance of passing on, and how fast a teller falls silent.

    Attributes
    ----------
    tell_factor : float
        Factor on the chance that a frightened person passes on what is heard later, 0 to 1.
    stop_factor : float
        Factor on the stopping hazard of those who are telling when they take fright, 1 or more.
    """

    tell_factor: float = 0.0
    stop_factor: float = 1.0

    def check(self) -> None:
        """Raise CoreError where a factor is out of range."""
        number(self.tell_factor, "fear.tell_factor", 0, 1)
        number(self.stop_factor, "fear.stop_factor", 1)
