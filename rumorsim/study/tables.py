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

from rumorsim.ensemble.store import Layout
from rumorsim.ensemble.tables import Tables, stacked

if TYPE_CHECKING:
    from rumorsim.study.outputs import Output
    from rumorsim.study.study import Study

__all__ = ["FAILED", "failed_messages", "failed_rows", "joined", "layout_of", "run_rows"]

#: What stands in place of the digest of a run that failed.
FAILED: Final = "failed"
_IDS: Final = [("point", "<i4"), ("replicate", "<i4")]
_LEDGER: Final = np.dtype([*_IDS, ("digest", "<U64"), ("message", "<U500")])


def layout_of(study: Study) -> Layout:
    """Return the tables of a study; it has no curves or arrivals if none of its outputs is one."""
    scalars = [one.name for one in study.outputs if not one.is_curve]
    curves = [one.name for one in study.outputs if one.is_curve]
    dates = [one.name for one in study.outputs if one.is_date]
    varied = [(one.name, column.dtype) for one, column in zip(study.vary, study.columns, strict=True)]
    tables: dict[str, np.dtype[Any]] = {"scalars": np.dtype([*_IDS, *varied, *((name, "<f8") for name in scalars)])}
    if curves:
        tables["curves"] = np.dtype([*_IDS, ("day", "<M8[ms]"), *((name, "<f4") for name in curves)])
    if dates:
        width = max(map(len, dates))
        tables["arrivals"] = np.dtype([*_IDS, ("output", f"<U{width}"), ("when", "<M8[ms]")])
    return Layout({**tables, "runs": _LEDGER}, "runs", ("point", "replicate"), beside=True)


def run_rows(
    layout: Layout,
    outputs: Sequence[Output],
    ids: tuple[int, Sequence[int]],
    varied: Mapping[str, Any],
    numbers: Mapping[str, NDArray[np.float64]],
    days: NDArray[np.datetime64],
    digests: Sequence[str],
) -> Tables:
    """Return the rows of some replicates of a point.

    Parameters
    ----------
    layout : Layout
    outputs : of the study.
    ids : number of the point, and of the replicates.
    varied : value of each thing that varies.
    numbers : name of an output -> (replicates,) or (replicates, n_days) float64
    days : (n_days,) datetime64[D]
    digests : of the replicates.
    """
    point, replicates = ids[0], np.asarray(ids[1], dtype=np.int32)
    scalars = np.empty(len(replicates), dtype=layout.tables["scalars"])
    plain = {one.name: numbers[one.name] for one in outputs if not one.is_curve}
    for name, value in {"point": point, "replicate": replicates, **varied, **plain}.items():
        scalars[name] = value
    tables: Tables = {"scalars": scalars}
    if "curves" in layout.tables:
        curves = np.empty((len(replicates), len(days)), dtype=layout.tables["curves"])
        curves["point"], curves["replicate"], curves["day"] = point, replicates[:, None], days
        for one in outputs:
            if one.is_curve:
                curves[one.name] = numbers[one.name]
        tables["curves"] = curves.ravel()
    if "arrivals" in layout.tables:
        names = [one.name for one in outputs if one.is_date]
        rows = np.empty((len(replicates), len(names)), dtype=layout.tables["arrivals"])
        rows["point"], rows["replicate"], rows["output"] = point, replicates[:, None], names
        for column, name in enumerate(names):
            known = np.isfinite(numbers[name])
            seconds = np.rint(np.where(known, numbers[name], 0.0) * 86400.0).astype("m8[s]")
            when = np.where(known, days[0].astype("M8[s]") + seconds, np.datetime64("NaT", "s"))
            rows["when"][:, column] = when
        tables["arrivals"] = rows.ravel()
    ledger = np.zeros(len(replicates), dtype=_LEDGER)
    ledger["point"], ledger["replicate"], ledger["digest"] = point, replicates, digests
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
    ledger = np.zeros(len(failed), dtype=_LEDGER)
    ledger["point"] = [point for point, _ in failed]
    ledger["replicate"] = [-1 - first for _, first in failed]
    ledger["digest"] = FAILED
    ledger["message"] = list(failed.values())
    return tables | {"runs": ledger}


def joined(layout: Layout, parts: Sequence[Tables]) -> Tables:
    """Return tables put together, in the order of points and replicates.

    Examples
    --------
    >>> joined(Layout({"runs": _LEDGER}, "runs", ("point", "replicate")), [{"runs": np.zeros(2, _LEDGER)}])["runs"].size
    2
    """
    return {name: layout.sorted(stacked([part[name] for part in parts])) for name in layout.tables}


def failed_messages(ledger: NDArray[Any]) -> dict[int, str]:
    """Return the points that failed with their messages, in order; of several, the one of the first replicates."""
    failed = ledger[ledger["replicate"] < 0]
    failed = failed[np.argsort(-failed["replicate"], kind="stable")]
    found: dict[int, str] = {}
    for point, message in zip(failed["point"].tolist(), failed["message"].tolist(), strict=True):
        found.setdefault(point, message)
    return dict(sorted(found.items()))
