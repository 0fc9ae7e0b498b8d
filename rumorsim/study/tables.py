"""What the folder of a sweep holds: wide tables, a row a run, with a column for each thing that varies and each output.

scalars
    A row a run: point, replicate, what varied, and each output that is one number; dates as days since the start of
    the run, infinite for never.
curves
    A row a run and day: each output that is a curve.
arrivals
    A row a run and date: output and moment, empty for never.
runs
    The ledger: the digest of each run, or what made a point fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.runs.journal import Row
from rumorsim.runs.store import Layout, Tables

if TYPE_CHECKING:
    from rumorsim.study.study import Study

__all__ = ["FAILED", "IDS", "LEDGER", "decoded", "encoded", "failed_messages", "failed_rows", "layout_of", "record_of"]

#: What stands in place of the digest of a run that failed.
FAILED: Final = "failed"
#: Columns that every table begins with, and the table that says what is there.
IDS: Final = [("point", "<i4"), ("replicate", "<i4")]
LEDGER: Final = np.dtype([*IDS, ("digest", "<U64"), ("message", "<U1")])
_FAILED_LEDGER: Final = np.dtype([*IDS, ("digest", "<U64"), ("message", "<U500")])


def layout_of(study: Study) -> Layout:
    """Return the tables of a study; it has no curves or arrivals if none of its outputs is one."""
    scalars = [one.name for one in study.outputs if not one.is_curve]
    curves = [one.name for one in study.outputs if one.is_curve]
    dates = [one.name for one in study.outputs if one.is_date]
    varied = [(one.name, column.dtype) for one, column in zip(study.vary, study.columns, strict=True)]
    tables: dict[str, np.dtype[Any]] = {"scalars": np.dtype([*IDS, *varied, *((name, "<f8") for name in scalars)])}
    if curves:
        tables["curves"] = np.dtype([*IDS, ("day", "<M8[ms]"), *((name, "<f4") for name in curves)])
    if dates:
        width = max(map(len, dates))
        tables["arrivals"] = np.dtype([*IDS, ("output", f"<U{width}"), ("when", "<M8[ms]")])
    return Layout({**tables, "runs": LEDGER}, "runs", ("point", "replicate"))


def record_of(study: Study) -> np.dtype[Any]:
    """Return how a run is kept in the journal: its digest, and the outputs in the order of the study."""
    curves = sum(one.is_curve for one in study.outputs)
    days = (study.base.stop - study.base.start).days + 1
    return np.dtype(
        [("digest", "u1", (32,)), ("numbers", "<f8", (len(study.outputs) - curves,)), ("curves", "<f4", (curves, days))]
    )


def encoded(
    record: np.dtype[Any],
    point: int,
    replicates: Sequence[int],
    numbers: Sequence[NDArray[np.float64]],
    digests: Sequence[str],
) -> list[Row]:
    """Return the rows of the journal for some replicates of a point.

    Parameters
    ----------
    record : what `record_of` gives.
    point, replicates : their numbers.
    numbers : of every output, (replicates,) or (replicates, n_days) float64
    digests : of the replicates.
    """
    runs = np.empty(len(replicates), dtype=record)
    runs["digest"] = np.frombuffer(bytes.fromhex("".join(digests)), dtype=np.uint8).reshape(-1, 32)
    for name, several in (("numbers", [one for one in numbers if one.ndim == 1]), ("curves", numbers)):
        for column, values in enumerate(one for one in several if name == "numbers" or one.ndim == 2):
            runs[name][:, column] = values
    size, content = record.itemsize, runs.tobytes()
    return [Row(point, k, None, content[row * size : (row + 1) * size]) for row, k in enumerate(replicates)]


def decoded(study: Study, layout: Layout, rows: Sequence[Row]) -> Tables:
    """Return the tables of some runs, in their order."""
    runs = np.frombuffer(b"".join(row.content for row in rows), dtype=record_of(study))
    ids = {"point": np.array([row.point for row in rows]), "replicate": np.array([row.replicate for row in rows])}
    start = np.datetime64(study.base.start.isoformat(), "D")
    scalars = np.empty(len(rows), dtype=layout.tables["scalars"])
    for name, column in zip(study.names, study.columns, strict=True):
        scalars[name] = column[ids["point"]]
    plain = [one for one in study.outputs if not one.is_curve]
    for name, values in [*ids.items(), *((one.name, runs["numbers"][:, k]) for k, one in enumerate(plain))]:
        scalars[name] = values
    tables: Tables = {"scalars": scalars}
    if "curves" in layout.tables:
        kept = runs["curves"]
        curves = np.empty((len(rows), kept.shape[2]), dtype=layout.tables["curves"])
        curves["day"] = start + np.arange(kept.shape[2])
        for name, values in ids.items():
            curves[name] = values[:, None]
        for k, one in enumerate(one for one in study.outputs if one.is_curve):
            curves[one.name] = kept[:, k]
        tables["curves"] = curves.ravel()
    if "arrivals" in layout.tables:
        dates = [(k, one.name) for k, one in enumerate(plain) if one.is_date]
        arrivals = np.empty((len(rows), len(dates)), dtype=layout.tables["arrivals"])
        arrivals["output"] = [name for _, name in dates]
        for name, values in ids.items():
            arrivals[name] = values[:, None]
        days = runs["numbers"][:, [k for k, _ in dates]]
        known = np.isfinite(days)
        seconds = np.rint(np.where(known, days, 0.0) * 86400.0).astype("m8[s]")
        arrivals["when"] = np.where(known, start.astype("M8[s]") + seconds, np.datetime64("NaT", "s"))
        tables["arrivals"] = arrivals.ravel()
    ledger = np.zeros(len(rows), dtype=LEDGER)
    ledger["point"], ledger["replicate"] = ids["point"], ids["replicate"]
    ledger["digest"] = [one.tobytes().hex() for one in runs["digest"]]
    return tables | {"runs": ledger}


def failed_rows(layout: Layout, failed: Mapping[tuple[int, int], str]) -> Tables:
    """Return the rows of points that failed: one of the ledger for each, with its message.

    Parameters
    ----------
    layout : Layout
    failed : (point, first of the replicates that were tried) -> message. In place of a replicate a row has a negative
        number, -1 for those tried from the first one on.
    """
    tables: Tables = {name: np.empty(0, dtype=dtype) for name, dtype in layout.tables.items()}
    ledger = np.zeros(len(failed), dtype=_FAILED_LEDGER)
    ledger["point"] = [point for point, _ in failed]
    ledger["replicate"] = [-1 - first for _, first in failed]
    ledger["digest"] = FAILED
    ledger["message"] = list(failed.values())
    return tables | {"runs": ledger}


def failed_messages(ledger: NDArray[Any]) -> dict[int, str]:
    """Return the points that failed with their messages, in order; of several, the one of the first replicates."""
    failed = ledger[ledger["replicate"] < 0]
    failed = failed[np.argsort(-failed["replicate"], kind="stable")]
    found: dict[int, str] = {}
    for point, message in zip(failed["point"].tolist(), failed["message"].tolist(), strict=True):
        found.setdefault(point, message)
    return dict(sorted(found.items()))
