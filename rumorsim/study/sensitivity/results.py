"""What an analysis of sensitivity gives, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import QueryError, unknown
from rumorsim.study.sensitivity.indices import MORRIS_COLUMNS, SOBOL_COLUMNS
from rumorsim.study.sensitivity.noise import Noise
from rumorsim.text import csv_text

__all__ = ["DESIGNS", "OutputSensitivity", "Sensitivity"]

#: Designs the analysis can use, and what it gives for each.
DESIGNS: Final = {"saltelli": "Sobol' indices", "morris": "screening"}


@dataclass(frozen=True, eq=False)
class OutputSensitivity:
    """How one output depends on the numbers that were varied.

    Attributes
    ----------
    output, unit : str
    rows : (D,) structured
        One row a parameter, in the order of the study: ``parameter`` and the columns of
        `rumorsim.study.sensitivity.indices.SOBOL_COLUMNS` or ``MORRIS_COLUMNS``.
    noise : Noise
        The luck of replicates, apart from the effect of the parameters.
    kept, dropped : int
        Base rows (saltelli) or trajectories (morris) that were used, and that were left out because a point failed.
    never : int
        Values "never", in the rows used, that were replaced by the length of the run.
    notes : tuple of str
        What a reader must know.
    """

    output: str
    unit: str
    rows: NDArray[np.void]
    noise: Noise
    kept: int
    dropped: int
    never: int
    notes: tuple[str, ...]

    @property
    def constant(self) -> bool:
        """Whether the output is the same at all points, so that there are no indices."""
        return bool(np.isnan(self.rows[self._leading]).all())

    @property
    def order(self) -> NDArray[np.intp]:
        """Positions of the parameters from the most to the least important, by ``total`` or ``mu_star``."""
        return np.argsort(-self.rows[self._leading], kind="stable")

    @property
    def _leading(self) -> str:
        return "total" if "total" in (self.rows.dtype.names or ()) else "mu_star"


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How the outputs of a sweep depend on the numbers that were varied.

    Made by `rumorsim.sensitivity`. ``result["output name"]`` is the part about one output.

    Attributes
    ----------
    kind : str
        "saltelli" or "morris".
    scenario : str
        As the study gives it.
    names : tuple of catalog ids, in the order of the study
    ranges : name -> (lowest, highest) value in the sweep, or the words chosen from
    points : int
        Base rows or trajectories of the design, failed ones included.
    replicates : int
    confidence : float
    resamples, seed : int
        Of the intervals.
    outputs : tuple of OutputSensitivity
    """

    kind: str
    scenario: str
    names: tuple[str, ...]
    ranges: Mapping[str, tuple[Any, ...]]
    points: int
    replicates: int
    confidence: float
    resamples: int
    seed: int
    outputs: tuple[OutputSensitivity, ...]

    def __getitem__(self, output: str) -> OutputSensitivity:
        for one in self.outputs:
            if one.output == output:
                return one
        raise unknown("output", output, [one.output for one in self.outputs], error=QueryError)

    def __iter__(self) -> Iterator[OutputSensitivity]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __repr__(self) -> str:
        what = DESIGNS[self.kind]
        return f"<Sensitivity: {what} of {len(self.outputs)} outputs, {len(self.names)} parameters, {self.scenario}>"

    @property
    def noise(self) -> dict[str, Noise]:
        """The luck of replicates in each output."""
        return {one.output: one.noise for one in self.outputs}

    @property
    def dropped(self) -> dict[str, int]:
        """Number of base rows or trajectories left out of each output, because a point of them failed."""
        return {one.output: one.dropped for one in self.outputs}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know, each with the name of its output."""
        return tuple(f"{one.output}: {note}" for one in self.outputs for note in one.notes)

    def table(self) -> NDArray[np.void]:
        """Return one row an output and parameter.

        Returns
        -------
        structured array
            ``output``, ``parameter``, and for saltelli ``first``, ``first_low``, ``first_high``, ``first_noise``,
            ``total``, ``total_low``, ``total_high``, ``total_noise``, as shares of the variance; for morris ``mu``,
            ``mu_star`` and ``sigma`` with intervals, and ``sigma_noise``, in units of the output.
        """
        columns = SOBOL_COLUMNS if self.kind == "saltelli" else MORRIS_COLUMNS
        width = max(len(one.output) for one in self.outputs)
        wide = max(len(name) for name in self.names)
        layout = [("output", f"<U{width}"), ("parameter", f"<U{wide}"), *((name, "<f8") for name in columns)]
        rows = np.empty(len(self.outputs) * len(self.names), dtype=layout)
        rows["output"] = np.repeat([one.output for one in self.outputs], len(self.names))
        for name in ("parameter", *columns):
            rows[name] = np.concatenate([one.rows[name] for one in self.outputs])
        return rows

    def to_csv(self) -> str:
        """Return the table as text, with units, ranges, luck and counts; an empty field is not known."""
        table = self.table()
        measures = (table.dtype.names or ())[2:]
        head = ["output", "unit", "parameter", "range_low", "range_high", *measures]
        head += ["noise_share", "noise_share_of_mean", "replicates", "kept", "dropped", "never"]
        rows: list[list[Any]] = []
        for row in table:
            one = self[str(row["output"])]
            span = self.ranges[str(row["parameter"])]
            numbers = [*(float(row[name]) for name in measures), one.noise.share, one.noise.share_of_mean]
            cells = ["" if np.isnan(number) else repr(number) for number in numbers]
            counts = [self.replicates, one.kept, one.dropped, one.never]
            rows.append([one.output, one.unit, row["parameter"], str(span[0]), str(span[-1]), *cells, *counts])
        return csv_text([head, *rows])
