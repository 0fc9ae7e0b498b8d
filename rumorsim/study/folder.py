"""The folder of a sweep: what it holds the sweep of, and which of its runs are there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import recfunctions
from numpy.typing import NDArray

from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.folder import flat_items, listed_differences, scenario_differences
from rumorsim.errors import StoreError
from rumorsim.runs.files import read_text, write_text
from rumorsim.runs.folder import Form, stamp_of
from rumorsim.runs.provenance import code_digest
from rumorsim.runs.seal import Altered, undone
from rumorsim.runs.store import read_table, write_table
from rumorsim.runs.verify import SCENARIO, restore_scenario
from rumorsim.study.points import Plan
from rumorsim.study.tables import FAILED, decoded, failed_messages, failed_rows, layout_of

if TYPE_CHECKING:
    from rumorsim.study.study import Study

__all__ = ["DESIGN", "FAILURES", "POINTS", "STUDY", "Ledger", "failures_csv", "fingerprint_of", "form_of", "points_of"]

STUDY: Final = "study.resolved.json"
POINTS: Final = "points.parquet"
DESIGN: Final = "design.parquet"
FAILURES: Final = "failures.csv"
#: What the folder of a sweep may hold beside its tables and its provenance.
_OWN: Final = (STUDY, SCENARIO, POINTS, DESIGN, FAILURES, "fingerprint", "figures", "sensitivity.csv")
#: The module that makes the results of a sweep.
_CODE: Final = "rumorsim.study.work"
#: Keys of a study that are for people; they may change.
_FOR_PEOPLE: Final = ("title", "scenario", "design.file")


class Ledger:
    """Which runs are there, and which points have failed.

    Parameters
    ----------
    rows : structured, all rows of the ledger.
    points, replicates : numbers of the study.
    """

    def __init__(self, rows: NDArray[Any], points: int, replicates: int) -> None:
        ran = rows[rows["replicate"] >= 0]
        self.failed = failed_messages(rows)
        self.there = np.zeros((points, replicates), dtype=np.bool_)
        self.there[ran["point"], ran["replicate"]] = True
        self.digests = np.full((points, replicates), "", dtype="<U64")
        self.digests[ran["point"], ran["replicate"]] = ran["digest"]
        self.is_failed = np.isin(np.arange(points), list(self.failed))

    @property
    def runs_done(self) -> int:
        """Number of runs that need no more work, those of points that failed among them."""
        return int((self.there | self.is_failed[:, None]).sum())


def fingerprint_of(ledger: Ledger, points: Iterable[int] | None = None) -> str:
    """Return the fingerprint of a sweep: over its points in order, the digests of the replicates of each.

    A point that failed enters as the word "failed", whatever some of its replicates gave before. That of a shard is
    over its own points.
    """
    words: list[str] = []
    for point in range(len(ledger.digests)) if points is None else sorted(points):
        digests = ledger.digests[point].tolist()
        words += [FAILED] if ledger.is_failed[point] else digests
    return combined(words)


def _identity(study: Study) -> dict[str, Any]:
    points = hashlib.sha256()
    for column in (study.unit_points, *study.columns):
        points.update(f"{column.dtype.str}{column.shape};".encode())
        points.update(np.ascontiguousarray(column).tobytes())
    return {"scenario": study.base.fingerprint(), "points": points.hexdigest(), "code": code_digest(_CODE)}


def points_of(study: Study, shard: tuple[int, int] | None) -> list[int]:
    """Return the points of a study in the order in which they are run, or those of a shard, counted from 1.

    A shard holds successive points: those that share a party stay together.
    """
    order = Plan(study).ordered()
    if shard is None:
        return order
    which, of = shard
    return order[(which - 1) * len(order) // of : which * len(order) // of]


def form_of(study: Study, shard: tuple[int, int] | None = None) -> Form:
    """Return what the folder of a sweep, or of one shard of it, is to hold."""
    identity = _identity(study) | ({} if shard is None else {"shard": "{}/{}".format(*shard)})
    points = range(len(study.points)) if shard is None else points_of(study, shard)
    form = {key: value for key, value in flat_items(study.resolved()) if key not in _FOR_PEOPLE}
    layout = replace(layout_of(study), stamp=stamp_of({"identity": identity, "form": form}))
    return Form(
        kind="sweep",
        about="study",
        identity=identity,
        layout=layout,
        wanted={point: range(study.replicates) for point in points},
        decode=lambda rows: decoded(study, layout, rows),
        own=(*_OWN, *layout.tables),
        files=(STUDY, SCENARIO, POINTS, DESIGN, FAILURES),
        restore=lambda folder: _restore(folder, study),
        differences=lambda folder, held: _differences(folder, study, held["study"], identity.get("shard")),
        fail=lambda failed: failed_rows(layout, failed),
        code=_CODE,
    )


def failures_csv(ledger: Ledger) -> str | None:
    """Return the points that failed with their messages, None if there are none."""
    if not ledger.failed:
        return None
    lines = [f'{point},"{message.replace(chr(34), chr(34) * 2)}"' for point, message in ledger.failed.items()]
    return "\n".join(["point,message", *lines]) + "\n"


def _restore(folder: Path, study: Study) -> None:
    """Write what tells the study of a folder, as far as it is not there; `Altered` if something else is."""
    if _stored_form(folder) is None:  # first: it is what tells the folder of a sweep from others
        write_text(folder / STUDY, study.to_json())
    restore_scenario(folder, study.base.fingerprint(), study.base.to_json())
    for name, rows in ((POINTS, study.points), (DESIGN, _design_rows(study))):
        path = folder / name
        try:
            there = read_table(path)
        except StoreError:
            write_table(path, rows)
            continue
        # Days come back as moments.
        layout = [
            (word, "<M8[s]" if rows.dtype[word].kind == "M" else rows.dtype[word]) for word in rows.dtype.names or ()
        ]
        if there.tolist() != rows.astype(layout).tolist():
            raise Altered("altered: these are not the points of the study", file=path, allowed=undone(path))


def _stored_form(folder: Path) -> dict[str, Any] | None:
    """Return the study of a folder as `Study.resolved` gives it, or None if its file is damaged."""
    try:
        form = json.loads((folder / STUDY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return form if isinstance(form, dict) else None


def _design_rows(study: Study) -> NDArray[Any]:
    layout = np.dtype([("point", "<i4"), *((name, "<f8") for name in study.names)])
    return recfunctions.unstructured_to_structured(
        np.column_stack([np.arange(len(study.unit_points)), study.unit_points]), layout
    )


def _shard_text(shard: Any) -> str:
    return "the whole" if shard is None else f"shard {shard}"


def _differences(folder: Path, study: Study, held: Mapping[str, Any], shard: str | None) -> Iterator[str]:
    new = dict(flat_items(study.resolved()))
    old = dict(flat_items(_stored_form(folder) or study.resolved()))
    different = list(listed_differences(old, new, _FOR_PEOPLE, "study", _short))
    yield from different
    identity = _identity(study)
    if held.get("scenario") != identity["scenario"]:
        yield from scenario_differences(read_text(folder / SCENARIO), study.base.to_json())
    if held.get("points") != identity["points"] and not different:
        yield "the design gives other points (a table that was changed, or another version of a library)"
    if held.get("shard") != shard:
        yield f"{_shard_text(held.get('shard'))} there, {_shard_text(shard)} here"
    if held.get("code") != identity["code"]:
        yield "it was made by a different state of the code"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
