"""Sweeps made by hand: what the analysis of sensitivity reads, without a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams
from rumorsim.errors import QueryError, unknown
from rumorsim.study.salib_designs import morris, saltelli

#: Ids of the catalog, for parameters x1, x2, ...
IDS = (
    "travel.duty_rate",
    "spread.pass_on_rate",
    "party.kin_ties",
    "fear.by_letter_prob",
    "archive.lag_mean_days",
    "party.cell_size_village",
    "travel.mean_stay_days",
    "archive.district_propensity",
)
START, STOP = dt.date(1956, 4, 1), dt.date(1956, 5, 31)


class MadeUpSweep:
    """Has the attributes of a sweep that are needed here; a curve is refused as a sweep refuses it."""

    def __init__(
        self,
        unit_points: NDArray[np.float64],
        values: Mapping[str, NDArray[np.float64]],
        units: Mapping[str, str],
        design: SimpleNamespace,
        *,
        bounds: Sequence[tuple[float, float]] | None = None,
        failed: Mapping[int, str] | None = None,
        scenario: Any = None,
    ) -> None:
        dimensions = unit_points.shape[1]
        low, high = np.array(bounds or [(0.0, 1.0)] * dimensions).T
        names = IDS[:dimensions]
        self.unit_points = unit_points
        self.points = np.rec.fromarrays(
            [np.arange(len(unit_points)), *(low + unit_points * (high - low)).T], names=["point", *names]
        )
        self._values = dict(values)
        self.units = dict(units)
        self.failed = dict(failed or {})
        self.scenario = scenario or SimpleNamespace(name="classroom", start=START, stop=STOP)
        replicates = next(iter(values.values())).shape[1]
        self.study = SimpleNamespace(
            scenario="classroom", design=design, names=names, replicates=replicates, outputs=tuple(units)
        )

    def values(self, name: str) -> NDArray[np.float64]:
        """Return the values of an output, (n_points, replicates)."""
        if name not in self.units:
            raise unknown("output", name, self.units, error=QueryError)
        if name not in self._values:
            raise QueryError("a curve is not a single number", path=name, allowed=tuple(self._values))
        return self._values[name]

    def fingerprint(self) -> str:
        """Return 64 zeros."""
        return "0" * 64


Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def design(kind: str, points: int, dimensions: int, seed: int, levels: int = 4) -> NDArray[np.float64]:
    if kind == "morris":
        return morris(points, dimensions, levels, seed)
    return saltelli(points, dimensions, seed)


def normal(shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Return nearly normal numbers with mean 0 and variance 1."""
    return Streams(seed).normal("test", np.arange(int(np.prod(shape)))).reshape(shape)


def made_up(
    kind: str,
    function: Function,
    dimensions: int,
    points: int,
    *,
    seed: int = 0,
    replicates: int = 1,
    noise: float = 0.0,
    common: float = 0.0,
    unit: str = "count",
    levels: int = 4,
    **further: Any,
) -> MadeUpSweep:
    """Return a sweep of one output "y": a function of the unit cube, with luck of given standard deviations."""
    x = design(kind, points, dimensions, seed, levels)
    values = np.repeat(function(x)[:, None], replicates, axis=1)
    values = values + noise * normal(values.shape, seed + 1000) + common * normal((1, replicates), seed + 2000)
    how = SimpleNamespace(kind=kind, points=points, seed=seed, levels=levels)
    return MadeUpSweep(x, {"y": values}, {"y": unit}, how, **further)
