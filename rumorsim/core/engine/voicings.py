"""Speaking up: the boldness it takes, the climate for it, who noticed, and how often it has happened."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["VOICING_DTYPE", "Voicings"]

#: One row a voicing: tick, rumor, row of the voicer, group of the layer that met, occasion, noticed by authority.
VOICING_DTYPE = np.dtype(
    [
        ("tick", np.int16),
        ("rumor", np.int8),
        ("row", np.int32),
        ("group", np.int32),
        ("occasion", np.int8),
        ("detected", np.bool_),
    ]
)


class Voicings:
    """All voicings of a batch, and what makes them more or less likely; the only writer of them.

    Attributes
    ----------
    occasions : tuple of str
    bar : (replicates, n_zones) float64
        Boldness needed to be willing to voice.
    climate : (replicates, n_occasions, n_zones) float64
        Factor on the chance of voicing.
    counts, detected_counts : (replicates, n_rumors, n_occasions, n_zones) int64
    """

    def __init__(
        self, occasions: Sequence[str], detect_prob: Mapping[str, float], replicates: int, n_rumors: int, n_zones: int
    ) -> None:
        self.occasions = tuple(occasions)
        n_occasions = max(len(self.occasions), 1)
        self.bar = np.zeros((replicates, n_zones))
        self.climate = np.ones((replicates, n_occasions, n_zones))
        self.counts = np.zeros((replicates, n_rumors, n_occasions, n_zones), dtype=np.int64)
        self.detected_counts = np.zeros_like(self.counts)
        self._detect = np.array([float(detect_prob.get(name, 0.0)) for name in self.occasions] or [0.0])
        self._records: list[NDArray[Any]] = []

    def copy(self) -> Voicings:
        """Return the same voicings to go on by themselves."""
        other = copy.copy(self)
        other.bar, other.climate = self.bar.copy(), self.climate.copy()
        other.counts, other.detected_counts = self.counts.copy(), self.detected_counts.copy()
        other._records = list(self._records)
        return other

    @property
    def all(self) -> NDArray[Any]:
        """All voicings so far, VOICING_DTYPE, in order of time."""
        return np.concatenate(self._records) if self._records else np.zeros(0, dtype=VOICING_DTYPE)

    def set_bar(self, bar: float, replicates: Any, zones: Any = None) -> None:
        """Set the boldness that people of some zones (None: of all) need."""
        zones = range(self.bar.shape[1]) if zones is None else zones
        self.bar[np.ix_(np.asarray(replicates), np.array(zones, np.intp))] = bar

    def scale_climate(self, factor: float, replicates: Any, occasion: str | None = None, zones: Any = None) -> None:
        """Multiply the chance of voicing on an occasion (None: on all) in some zones (None: in all)."""
        occasions = range(len(self.occasions)) if occasion is None else [self.occasions.index(occasion)]
        zones = range(self.bar.shape[1]) if zones is None else zones
        self.climate[np.ix_(np.asarray(replicates), np.array(occasions, np.intp), np.array(zones, np.intp))] *= factor

    def record(
        self,
        tick: int,
        rumors: NDArray[Any],
        rows: NDArray[Any],
        groups: NDArray[Any],
        occasion: str,
        place: tuple[NDArray[Any], NDArray[Any]],
        drawn: NDArray[np.float64],
    ) -> None:
        """Record that rows voiced rumors in groups of a layer, and who noticed.

        Parameters
        ----------
        place : replicate and zone of each row
        drawn : (m,) float64
            A number from 0 to 1 for each voicing, that decides whether it is noticed.
        """
        number = self.occasions.index(occasion)
        record = np.zeros(len(rows), dtype=VOICING_DTYPE)
        record["tick"], record["rumor"], record["row"], record["occasion"] = tick, rumors, rows, number
        record["group"] = groups
        record["detected"] = drawn < self._detect[number]
        self._records.append(record)
        replicates, n_rumors, _, n_zones = self.counts.shape
        cell = (place[0] * n_rumors + rumors) * n_zones + place[1]
        for counts, some in ((self.counts, cell), (self.detected_counts, cell[record["detected"]])):
            added = np.bincount(some, minlength=replicates * n_rumors * n_zones)
            counts[:, :, number] += added.reshape(replicates, n_rumors, n_zones)
