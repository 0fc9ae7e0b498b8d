"""The folder of a sweep: who made it from what, which of its runs are there, and putting its parts together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib import recfunctions
from numpy.typing import NDArray

from rumorsim.ensemble.files import AGAIN, check_tables, read_text, storing
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.folder import flat_items, scenario_differences
from rumorsim.ensemble.provenance import STUDY_CODE, code_digest, environment, now
from rumorsim.ensemble.seal import FORMAT, PROVENANCE, Altered, Damaged, part_files, sealed, unsealed
from rumorsim.ensemble.store import (
    Layout,
    Part,
    clean,
    foreign_parts,
    intact_parts,
    read_rows,
    read_table,
    remove_part,
    write_json,
    write_part,
    write_table,
    write_text,
)
from rumorsim.ensemble.verify import SCENARIO, claimable, intact, provenance_of, restore_scenario
from rumorsim.errors import StoreError
from rumorsim.study.tables import FAILED, failed_messages, layout_of
from rumorsim.study.work import DRAFT_PART, FAILED_PART

if TYPE_CHECKING:
    from rumorsim.study.study import Study

__all__ = [
    "DESIGN",
    "POINTS",
    "STUDY",
    "Ledger",
    "claim",
    "compact",
    "drop_failed",
    "fingerprint_of",
    "seal",
    "stamped",
    "unseal",
]

STUDY: Final = "study.resolved.json"
POINTS: Final = "points.parquet"
DESIGN: Final = "design.parquet"
_FAILURES: Final = "failures.csv"
#: What the folder of a sweep may hold beside its tables and its provenance.
_OWN: Final = (STUDY, SCENARIO, POINTS, DESIGN, _FAILURES, "fingerprint", "figures", "sensitivity.csv")
#: Keys of a study that are for people; they may change.
_FOR_PEOPLE: Final = ("title", "scenario", "design.file")
#: How many differences a message lists.
_LISTED: Final = 5
#: Parts are put together up to so many runs or bytes.
_RUNS_A_PART: Final = 5000
_BYTES_A_PART: Final = 64_000_000


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

    def missing(self, point: int) -> tuple[int, ...]:
        """Return the replicates of a point that are still to be run; none if it has failed."""
        return () if self.is_failed[point] else tuple(np.flatnonzero(~self.there[point]).tolist())

    @property
    def runs_done(self) -> int:
        """Number of runs that need no more work, those of points that failed among them."""
        return int((self.there | self.is_failed[:, None]).sum())


def fingerprint_of(ledger: Ledger) -> str:
    """Return the fingerprint of a sweep: over its points in order, the digests of the replicates of each.

    A point that failed enters as the word "failed", whatever some of its replicates gave before.
    """
    words: list[str] = []
    for point, digests in enumerate(ledger.digests.tolist()):
        words += [FAILED] if ledger.is_failed[point] else digests
    return combined(words)


def _identity(study: Study) -> dict[str, Any]:
    points = hashlib.sha256()
    for column in (study.unit_points, *study.columns):
        points.update(f"{column.dtype.str}{column.shape};".encode())
        points.update(np.ascontiguousarray(column).tobytes())
    return {"scenario": study.base.fingerprint(), "points": points.hexdigest(), "code": code_digest(STUDY_CODE)}


def stamped(study: Study) -> Layout:
    """Return the tables of a study, with a digest of all that the parts of its sweep depend on."""
    form = {key: value for key, value in flat_items(study.resolved()) if key not in _FOR_PEOPLE}
    content = json.dumps([_identity(study), form], sort_keys=True)
    return replace(layout_of(study), stamp=hashlib.sha256(content.encode()).hexdigest())


def claim(folder: Path, study: Study, layout: Layout) -> bool:
    """Make a folder the one of this study, or check that it is; return whether it is complete and as it was stored.

    What is damaged and can be made again is no hindrance: it counts as not complete.

    Raises
    ------
    StoreError
        When it holds something else, with the difference; `Altered` and `OtherFormat` of
        `rumorsim.ensemble.verify`; and `Damaged`, when nothing says which study the parts in it are of.
    """
    kind = claimable(folder, "sweep", [*_OWN, *layout.tables])
    check_tables(folder, layout.tables)
    if kind is None:
        _begin(folder, study, layout)
        return False
    try:
        found = provenance_of(folder, "sweep")
    except Damaged:
        if foreign_parts(folder, layout):
            raise
        _begin(folder, study, layout)
        return False
    found.refuse_older("going on")
    complete = intact(folder, "sweep")
    differences = list(_differences(folder, study, found.provenance["study"]))
    if differences:
        raise StoreError(
            "the folder holds another study: " + "; ".join(differences),
            file=folder,
            allowed="another folder, or the study as it was",
        )
    return complete


def _begin(folder: Path, study: Study, layout: Layout) -> None:
    _restore(folder, study, layout)
    _write_provenance(folder, {"study": _identity(study), "started": now(), "stretches": []}, layout)


def unseal(folder: Path, study: Study, layout: Layout) -> None:
    """Say that a sweep is no longer complete; what tells its study is put back if it was damaged."""
    _restore(folder, study, layout)
    _write_provenance(folder, unsealed(provenance_of(folder, "sweep").provenance), layout)
    with storing(folder):
        (folder / "fingerprint").unlink(missing_ok=True)


def _restore(folder: Path, study: Study, layout: Layout) -> None:
    """Write what tells the study of a folder, as far as it is not there; `Altered` if something else is."""
    if _stored_form(folder) is None:  # first: it is what tells the folder of a sweep from others
        write_text(folder / STUDY, study.to_json(), layout)
    restore_scenario(folder, study.base.fingerprint(), study.base.to_json(), layout)
    for name, rows in ((POINTS, study.points), (DESIGN, _design_rows(study))):
        path = folder / name
        try:
            there = read_table(path)
        except StoreError:
            write_table(path, rows, layout)
            continue
        if there.tolist() != rows.tolist():
            raise Altered(
                "altered: these are not the points of the study", file=path, allowed=f"delete it, and {AGAIN}"
            )


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


def _differences(folder: Path, study: Study, held: Mapping[str, Any]) -> Iterator[str]:
    new = dict(flat_items(study.resolved()))
    old = dict(flat_items(_stored_form(folder) or study.resolved()))
    different = [
        f"{key} {_short(old.get(key))} there, {_short(new.get(key))} here"
        for key in [*old, *(key for key in new if key not in old)]
        if old.get(key) != new.get(key) and key not in _FOR_PEOPLE
    ]
    yield from different[:_LISTED]
    if len(different) > _LISTED:
        yield f"and {len(different) - _LISTED} more differences of the study"
    identity = _identity(study)
    if held.get("scenario") != identity["scenario"]:
        yield from scenario_differences(read_text(folder / SCENARIO), study.base.to_json())
    if held.get("points") != identity["points"] and not different:
        yield "the design gives other points (a table that was changed, or another version of a library)"
    if held.get("code") != identity["code"]:
        yield "it was made by a different state of the code"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _write_provenance(folder: Path, held: Mapping[str, Any], layout: Layout) -> None:
    write_json(folder / PROVENANCE, {**held, "format": FORMAT, "environment": environment()}, layout)


def drop_failed(folder: Path, parts: Sequence[Part], layout: Layout) -> list[Part]:
    """Forget the points that failed, so that they are run again, and return the other parts."""
    kept = []
    for part in parts:
        if FAILED_PART in part.name:
            remove_part(folder, part, layout)
        else:
            kept.append(part)
    return kept


def compact(folder: Path, layout: Layout) -> list[Part]:
    """Put small parts together, so that readers open few files, and leave out what points that failed had given.

    It may be interrupted anywhere: a part is removed only when all of it is in a larger one.

    Returns
    -------
    list of Part
        The parts there are now.
    """
    parts = intact_parts(folder, layout)
    failed = failed_messages(read_rows(folder, layout.ledger, parts, layout))
    group: list[Part] = []
    runs, size = 0, 0
    for part in [part for part in parts if FAILED_PART not in part.name]:
        own = sum((folder / table / part.name).stat().st_size for table in layout.tables)
        if group and (runs + len(part.keys) > _RUNS_A_PART or size + own > _BYTES_A_PART):
            _put_together(folder, group, failed, layout)
            group, runs, size = [], 0, 0
        group.append(part)
        runs, size = runs + len(part.keys), size + own
    if group:
        _put_together(folder, group, failed, layout)
    parts = intact_parts(folder, layout)
    clean(folder, parts, layout)
    return parts


def _put_together(folder: Path, group: Sequence[Part], failed: Mapping[int, str], layout: Layout) -> None:
    tables = {table: read_rows(folder, table, group, layout) for table in layout.tables}
    kept = {table: rows[~np.isin(rows["point"], list(failed))] for table, rows in tables.items()}
    whole = len(kept[layout.ledger]) == len(tables[layout.ledger])
    if len(group) == 1 and whole and DRAFT_PART not in group[0].name:
        return
    if len(kept[layout.ledger]):
        write_part(folder, kept, layout, fresh=True)
    for part in group:
        remove_part(folder, part, layout)


def seal(folder: Path, ledger: Ledger, stretch: Mapping[str, Any], layout: Layout) -> None:
    """Write that the sweep is complete: its fingerprint, the points that failed, and how it came about."""
    fingerprint = fingerprint_of(ledger)
    if ledger.failed:
        lines = ["point,message"]
        lines += [f'{point},"{message.replace(chr(34), chr(34) * 2)}"' for point, message in ledger.failed.items()]
        write_text(folder / _FAILURES, "\n".join(lines) + "\n", layout)
    else:
        (folder / _FAILURES).unlink(missing_ok=True)
    held = provenance_of(folder, "sweep").provenance
    held["stretches"] = [*held.get("stretches", []), dict(stretch)]
    held |= {"finished": now(), "failed_points": len(ledger.failed), "fingerprint": fingerprint}
    write_text(folder / "fingerprint", fingerprint + "\n", layout)
    held["environment"] = environment()
    files = [STUDY, SCENARIO, POINTS, DESIGN, _FAILURES, "fingerprint", *part_files(folder, layout.tables)]
    write_json(folder / PROVENANCE, sealed(folder, held, files), layout)
