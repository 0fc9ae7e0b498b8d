"""The results of a study, read from its folder when they are asked for."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import recfunctions
from numpy.typing import NDArray

from rumorsim.archive.compare import order_statistics
from rumorsim.errors import QueryError, RunError, unknown
from rumorsim.runs.files import AGAIN, folder_path, read_text
from rumorsim.runs.notebook import table_html
from rumorsim.runs.seal import Altered, Damaged
from rumorsim.runs.store import Part, read_columns, read_rows, read_table
from rumorsim.runs.verify import kind_of, verify
from rumorsim.scenario import Scenario
from rumorsim.study.folder import DESIGN, POINTS, STUDY, Ledger, fingerprint_of, points_of
from rumorsim.study.simulations import Simulations
from rumorsim.study.study import Study
from rumorsim.study.tables import layout_of

if TYPE_CHECKING:
    import xarray

__all__ = ["Sweep", "is_sweep", "open_sweep", "shard_of"]

#: What `Sweep.summary` tells of each output: how many of a hundred replicates are at or below it.
_SHARES: Final = (0.05, 0.5, 0.95)


class Sweep:
    """The results of a study.

    Made by `rumorsim.sweep` and `rumorsim.open_sweep`. Nothing is read before it is asked for.

    Attributes
    ----------
    folder : Path
    study : Study
    shard : (which, of how many) or None
        Part of the points that is there, counted from 1, if it is not all of them; the others have NaN.
    """

    def __init__(self, folder: Path, study: Study, shard: tuple[int, int] | None = None) -> None:
        self.folder = folder
        self.study = study
        self.shard = shard
        self._layout = layout_of(study)

    def __repr__(self) -> str:
        part = "" if self.shard is None else "shard {} of {} of ".format(*self.shard)
        what = f"{part}{len(self.points)} points x {self.study.replicates} replicates"
        return f"<Sweep: {self.study.name}, {what} of {self.study.scenario}, in {self.folder}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {
            "points": len(self.points_there),
            "replicates": self.study.replicates,
            "varied": ", ".join(self.study.names),
            "outputs": ", ".join(self.units),
            "failed points": len(self.failed),
            "folder": self.folder,
        }
        return table_html(f"{self.study.name}: {self.study.title}", facts)

    @property
    def scenario(self) -> Scenario:
        """The scenario all points start from."""
        return self.study.base

    @property
    def points(self) -> NDArray[Any]:
        """Structured (n_points,): ``point`` (int), and a column for each thing that varies, by its catalog id."""
        return self.study.points

    @property
    def unit_points(self) -> NDArray[np.float64]:
        """(n_points, n_varied) float64 in [0, 1]: the design before it was given values."""
        return self.study.unit_points

    @property
    def units(self) -> dict[str, str]:
        """Name of an output -> its unit; dates are in days since the start of the run."""
        return {one.name: one.unit for one in self.study.outputs}

    @property
    def scalars(self) -> tuple[str, ...]:
        """Names of the outputs that are one number a run."""
        return tuple(one.name for one in self.study.outputs if not one.is_curve)

    @property
    def curves(self) -> tuple[str, ...]:
        """Names of the outputs that have a value for every day."""
        return tuple(one.name for one in self.study.outputs if one.is_curve)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """(n_days,) datetime64[D]: the days of the run."""
        start, stop = (np.datetime64(day.isoformat(), "D") for day in (self.scenario.start, self.scenario.stop))
        return np.arange(start, stop + np.timedelta64(1, "D"))

    @property
    def failed(self) -> dict[int, str]:
        """Number of a point that failed -> why."""
        return dict(self._ledger.failed)

    def values(self, name: str) -> NDArray[np.float64]:
        """Return an output at every point, (n_points, replicates) float64.

        Points that failed have NaN. Dates are days since the start of the run, infinite for never.

        Raises
        ------
        QueryError
            For an unknown output, and for one that is a curve.
        """
        if name in self.curves:
            raise QueryError(f"the output {name!r} is a curve; use curve()", given=name, allowed=self.scalars)
        if name not in self.scalars:
            raise unknown("output", name, self.scalars, error=QueryError)
        return self._filled("scalars", name, np.float64, 1)[..., 0]

    def curve(self, name: str) -> NDArray[np.float32]:
        """Return a curve at every point, (n_points, replicates, n_days) float32; NaN at points that failed.

        Raises
        ------
        QueryError
            For an unknown curve.
        """
        if name not in self.curves:
            raise unknown("curve", name, self.curves, error=QueryError)
        return self._filled("curves", name, np.float32, len(self.days))

    def _filled(self, table: str, name: str, dtype: Any, width: int) -> NDArray[Any]:
        """Return a column laid out by point and replicate, each with so many rows in succession."""
        shape = self._ledger.there.shape
        found = read_columns(self.folder, table, ("point", "replicate", name), self._parts, self._layout)
        filled = np.full((*shape, width), np.nan, dtype=dtype)
        ids = found["point"][::width], found["replicate"][::width]
        filled[ids] = found[name].reshape(-1, width)
        return filled

    def table(self) -> NDArray[Any]:
        """Return all outputs that are one number: structured, a row a run, as ``scalars/`` holds them."""
        return read_rows(self.folder, "scalars", self._parts, self._layout)

    def summary(self) -> NDArray[Any]:
        """Return what the replicates of each point give: structured, a row a point.

        Columns are those of `points`, ``failed``, and for each output that is one number ``<name>_mean`` (infinite if
        a date never comes in one of them), ``<name>_5``, ``<name>_50`` and ``<name>_95``, the values that so many of
        a hundred replicates do not exceed.
        """
        columns: dict[str, NDArray[Any]] = {"failed": np.isin(self.points["point"], list(self.failed))}
        for name in self.scalars:
            values = self.values(name)
            columns[f"{name}_mean"] = values.mean(axis=1)
            statistics = np.array([order_statistics(row, _SHARES) for row in values])
            for share, column in zip(_SHARES, statistics.T, strict=True):
                columns[f"{name}_{100 * share:.0f}"] = column
        wider = recfunctions.append_fields(self.points, list(columns), list(columns.values()), usemask=False)
        return np.asarray(wider)

    def to_xarray(self) -> xarray.Dataset:
        """Return all outputs as an xarray Dataset with dimensions point, replicate and day.

        What varies is a coordinate of the points; each output has its unit in ``attrs["units"]``.

        Raises
        ------
        QueryError
            When xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise QueryError("to_xarray needs xarray: pip install 'rumorsim[export]'") from None
        units = self.units
        variables: dict[str, Any] = {
            name: (("point", "replicate"), self.values(name), {"units": units[name]}) for name in self.scalars
        }
        for name in self.curves:
            variables[name] = (("point", "replicate", "day"), self.curve(name), {"units": units[name]})
        coordinates: dict[str, Any] = {
            "point": self.points["point"],
            "replicate": np.arange(self.study.replicates),
            **{name: ("point", self.points[name]) for name in self.study.names},
        }
        if self.curves:
            coordinates["day"] = self.days.astype("M8[s]")
        attributes = {"title": self.study.title, "scenario": self.study.scenario, "fingerprint": self.fingerprint()}
        return xr.Dataset(variables, coords=coordinates, attrs=attributes)

    def fingerprint(self) -> str:
        """Return the SHA-256 over all points in order, 64 hexadecimal digits: of the digest of every replicate."""
        return fingerprint_of(self._ledger, self.points_there)

    @cached_property
    def _parts(self) -> list[Part]:
        names = sorted(path.name for path in (self.folder / self._layout.ledger).glob("part-*.parquet"))
        return [Part(name, np.empty(0, dtype=np.int64)) for name in names]

    @cached_property
    def points_there(self) -> list[int]:
        """Numbers of the points that are there: all of them, or those of the shard."""
        return list(range(len(self.points))) if self.shard is None else points_of(self.study, self.shard)

    @cached_property
    def _ledger(self) -> Ledger:
        rows = read_rows(self.folder, self._layout.ledger, self._parts, self._layout)
        ledger = Ledger(rows, len(self.points), self.study.replicates)
        wanted = len(self.points_there) * self.study.replicates
        if ledger.runs_done < wanted:
            raise Damaged(
                f"damaged: {ledger.runs_done} of {wanted} runs are there",
                file=self.folder,
                allowed="a finished sweep; the command that began it completes it",
            )
        if fingerprint_of(ledger, self.points_there) != read_text(self.folder / "fingerprint").strip():
            raise Altered("altered: the fingerprint does not belong to the runs", file=self.folder / "fingerprint")
        return ledger


def open_sweep(folder: str | os.PathLike[str]) -> Sweep:
    """Open the results of a study.

    Parameters
    ----------
    folder : path
        Folder given to `rumorsim.sweep` as ``out``.

    Returns
    -------
    Sweep, or `rumorsim.study.Simulations` where the study was a `SimulationStudy`

    Raises
    ------
    StoreError
        When it is no folder of a sweep, is unfinished, altered, damaged, or of a format this version cannot read.

    Examples
    --------
    >>> import rumorsim as rs
    >>> rs.open_sweep("nowhere")
    Traceback (most recent call last):
    rumorsim.errors.StoreError: nowhere: not the folder of a sweep; allowed: a folder made by `rumorsim sweep --out`
    """
    home = folder_path(folder, "folder")
    if kind_of(home) == "simulations":
        return Simulations(home)  # type: ignore[return-value]
    held = verify(home, "sweep")
    points, design = read_table(home / POINTS), read_table(home / DESIGN)
    try:
        study = Study.of_form(json.loads(read_text(home / STUDY)), held.scenario, home.name, points, design)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"damaged: {error}", file=home / STUDY, allowed=AGAIN) from error
    which = held.provenance["study"].get("shard")
    opened = Sweep(home, study, None if which is None else shard_of(which))
    if held.older is not None:  # there is no seal that says what the runs were
        opened.fingerprint()
    return opened


def shard_of(text: str) -> tuple[int, int]:
    """Return a shard from how it is written, "2/8".

    Raises
    ------
    RunError
        When it is not written so.

    Examples
    --------
    >>> shard_of("2/8")
    (2, 8)
    """
    which, sign, of = text.partition("/")
    if not (sign and which.isdecimal() and of.isdecimal() and 1 <= int(which) <= int(of)):
        raise RunError("not a shard", path="shard", given=text, allowed="WHICH/OF, counted from 1, such as 2/8")
    return int(which), int(of)


def is_sweep(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder is one of a sweep, finished or not."""
    return kind_of(Path(folder)) == "sweep"
