"""The folder of a result, from its first run to its seal: whose it is, what is there, and what is still to be done."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from rumorsim.errors import RunError, StoreError
from rumorsim.runs.files import check_tables, locked, remove_work, storing, sync, work_folder, write_json, write_text
from rumorsim.runs.journal import Journal, Row, journal_of
from rumorsim.runs.machine import Task, Work, perform
from rumorsim.runs.provenance import environment, now
from rumorsim.runs.seal import FORMAT, PROVENANCE, Damaged, part_files, sealed, unsealed
from rumorsim.runs.store import (
    Layout,
    Part,
    Tables,
    clean,
    foreign_parts,
    intact_parts,
    read_rows,
    remove_part,
    write_part,
)
from rumorsim.runs.verify import claimable, intact, provenance_of

__all__ = ["Folder", "Form", "opened", "stamp_of"]

#: Put into the names of parts that hold what failed.
FAILED_PART: Final = "failed-"


#: Point -> replicates that are still to be done.
Missing = dict[int, list[int]]
#: From all parts of a folder to the small files made from them: name -> text, None to have none.
Finish = Callable[[list[Part]], Mapping[str, str | None]]


def stamp_of(identity: Mapping[str, Any]) -> str:
    """Return the digest of all that a result depends on: parts and rows carry it.

    Examples
    --------
    >>> stamp_of({"seed": 1, "model": "party"}) == stamp_of({"model": "party", "seed": 1})
    True
    """
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Form:
    """What a folder is to hold.

    Attributes
    ----------
    kind : a word of `rumorsim.runs.verify`, such as "run" or "sweep"
    about : key of the identity in the provenance.
    identity : what the results depend on; two results share a folder only if all of it is equal.
    layout : Layout, with its stamp
    wanted : point -> replicates
    decode : rows of some runs, in order -> their tables
    own : names that the folder may hold beside its tables and its provenance.
    files : small files the seal stands on, as far as they are there.
    restore : writes what tells whose the folder is, as far as it is not there; `Altered` if something else is.
    differences : what differs from what the provenance tells, in words.
    fail : (point, first replicate) -> message, to tables; None if nothing that failed can be sealed
    summary : further keys of the provenance.
    code : dotted name of the module the results depend on.
    """

    kind: str
    about: str
    identity: Mapping[str, Any]
    layout: Layout
    wanted: Mapping[int, Sequence[int]]
    decode: Callable[[Sequence[Row]], Tables]
    own: Iterable[str]
    files: Sequence[str]
    restore: Callable[[Path], None]
    differences: Callable[[Path, Mapping[str, Any]], Iterable[str]]
    fail: Callable[[Mapping[tuple[int, int], str]], Tables] | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None

    @property
    def total(self) -> int:
        """Number of runs."""
        return sum(map(len, self.wanted.values()))


class Folder:
    """A folder of results that is held for writing (`rumorsim.runs.files.locked`).

    Attributes
    ----------
    path : Path
    form : Form
    parts : sealed parts, those with failures apart.
    """

    def __init__(self, path: Path, form: Form) -> None:
        self.path = path
        self.form = form
        self.parts: list[Part] = []
        self._failures: list[Part] = []
        self._begun = (now(), time.perf_counter())

    def claim(self) -> bool:
        """Make a folder the one of this result, or check that it is; return whether it is complete and as stored.

        What is damaged and can be made again is no hindrance: it counts as not complete.

        Raises
        ------
        StoreError
            When it holds something else, with the difference; `Altered` and `OtherFormat` of
            `rumorsim.runs.verify`; and `Damaged`, when nothing says what the parts in it are of.
        """
        form = self.form
        kind = claimable(self.path, form.kind, form.own)
        check_tables(self.path, form.layout.tables)
        if kind is None:
            self._begin()
            return False
        try:
            found = provenance_of(self.path, form.kind)
        except Damaged:
            if foreign_parts(self.path, form.layout):
                raise
            self._begin()
            return False
        found.refuse_older("going on")
        complete = intact(self.path, form.kind)
        differences = list(form.differences(self.path, found.provenance))
        if differences:
            what = {"sweep": "study", "simulations": "study"}.get(form.kind, form.kind)
            raise StoreError(
                f"the folder holds another {what}: " + "; ".join(differences),
                file=self.path,
                allowed="another folder, or the "
                + ("study as it was" if what == "study" else f"same {what} with at least as many replicates"),
            )
        return complete and all(found.provenance.get(key) == value for key, value in form.summary.items())

    def _begin(self) -> None:
        with storing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        self.form.restore(self.path)
        self._write({"started": now(), "stretches": []})

    def _write(self, held: Mapping[str, Any]) -> None:
        write_json(self.path / PROVENANCE, self._record(held))

    def _record(self, held: Mapping[str, Any]) -> dict[str, Any]:
        form = self.form
        own = {form.about: dict(form.identity), **form.summary, "environment": environment(form.code)}
        return {**held, "format": FORMAT, **own}

    @cached_property
    def journal(self) -> Journal:
        """The journal, opened when it is first needed."""
        return Journal(self.path, self.form.layout.stamp)

    def open(self, *, complete: bool, retry_failed: bool) -> Missing | None:
        """Return the runs that are still to be done, by point; None if the folder is sealed and stays so.

        Parameters
        ----------
        complete : what `claim` has said.
        retry_failed : whether what failed before is done again.
        """
        layout = self.form.layout
        parts = intact_parts(self.path, layout, sealed=complete)
        self.parts = [part for part in parts if FAILED_PART not in part.name]
        self._failures = [part for part in parts if FAILED_PART in part.name]
        if complete and not (retry_failed and self._failures):
            self._drop_spent_work()
            return None
        if not complete:
            self.form.restore(self.path)
        if retry_failed:
            self.journal.forget_failures()
        missing = self.missing(retry_failed=retry_failed)
        there = sum(len(part.keys) for part in self.parts)
        self.journal.expect(self.form.total, there)
        return missing

    def _drop_spent_work(self) -> None:
        """Remove unfinished work if all of it is sealed: the process ended between the seal and this."""
        if not journal_of(self.path).exists():  # the end came after that, or there never was one
            remove_work(self.path)
            return
        there = {key for part in self.parts for key in self._keys(part)}
        failed = {point for part in self._failures for point, _ in self._keys(part)}
        spent = all(key in there or key[0] in failed for key in [*self.journal.keys, *self.journal.failed])
        self.close()
        if spent:
            remove_work(self.path)

    def missing(self, *, retry_failed: bool = False) -> Missing:
        """Return the runs that are neither sealed nor in the journal, by point; points that failed miss none."""
        there = {key for part in self.parts for key in self._keys(part)} | self.journal.keys | set(self.journal.failed)
        failed = set()
        if self.form.fail is not None:  # points fail as a whole
            sealed_failures = [] if retry_failed else self._failures
            failed = {point for part in sealed_failures for point, _ in self._keys(part)}
            failed |= {point for point, _ in self.journal.failed}
        found = {
            point: [k for k in replicates if (point, k) not in there]
            for point, replicates in self.form.wanted.items()
            if point not in failed
        }
        return {point: replicates for point, replicates in found.items() if replicates}

    def _keys(self, part: Part) -> Iterator[tuple[int, int]]:
        if part.ledger is None:
            return
        names = part.ledger.dtype.names or ()
        points = part.ledger["point"].tolist() if "point" in names else [0] * len(part.ledger)
        yield from zip(points, part.ledger["replicate"].tolist(), strict=True)

    def adopt(self, parts: Iterable[tuple[Path, Part]], layout: Layout) -> None:
        """Take over parts of other folders of the same results, those that are not there yet."""
        there = {int(key) for part in [*self.parts, *self._failures] for key in part.keys}
        for folder, part in parts:
            if not there.isdisjoint(part.keys.tolist()):
                continue
            tables = {name: read_rows(folder, name, [part], layout) for name in layout.tables}
            failed = FAILED_PART in part.name
            made = write_part(self.path, [tables], self.form.layout, FAILED_PART if failed else "")
            if made is not None:
                (self._failures if failed else self.parts).append(made)

    def put(self, rows: Sequence[Row], files: Mapping[str, str]) -> None:
        """Keep what came of a task."""
        for name, text in files.items():
            if not (self.path / name).exists():
                write_text(self.path / name, text)
        self.journal.put(rows)

    def close(self) -> None:
        """Make everything safe and let go of the journal."""
        if "journal" in self.__dict__:
            self.journal.close()
            del self.__dict__["journal"]

    def complete(self, work: Work, tasks: Sequence[Task], finish: Finish, *, retried: bool, **how: Any) -> None:
        """Have the tasks done that are still needed, as `rumorsim.runs.machine.perform` does, and seal the folder."""
        total = self.form.total
        done = total - sum(task.runs for task in tasks)
        stretch = perform(work, tasks, [self], folder=work_folder(self.path), done=done, total=total, **how)
        self.seal(stretch, finish, retried=retried)

    def seal(self, stretch: Mapping[str, Any], finish: Finish, *, retried: bool) -> str:
        """Put everything into Parquet, write what is made from it, and seal the folder; return the fingerprint.

        Files are added and the seal comes last: whenever the machine stops, the same command goes on from the journal.

        Parameters
        ----------
        stretch : how this session went.
        finish : called with all parts; name -> text of small files, ``fingerprint`` among them, None to have none.
        retried : whether failures that were sealed have been done again.

        Raises
        ------
        RunError
            When something failed that cannot be sealed, or some runs are not there.
        """
        form, journal = self.form, self.journal
        failed = dict(journal.failed)
        if failed and form.fail is None:
            (_, replicate), told = min(failed.items())
            raise RunError(
                f"{len(failed)} of {form.total} replicates failed, among them {replicate}: {told}. The others are "
                "kept; the same command with --retry-failed (retry_failed=True) runs just those",
                file=self.path,
            )
        missing = sum(map(len, self.missing(retry_failed=retried).values()))
        if missing:
            given = f"{form.total - missing} of {form.total}"
            raise RunError("some runs were not stored; the same command does them", file=self.path, given=given)
        held = provenance_of(self.path, form.kind).provenance
        self._write(unsealed(held))
        if retried:
            for part in self._failures:
                remove_part(self.path, part, form.layout)
            self._failures = []
        clean(self.path, [*self.parts, *self._failures], form.layout)
        there = {key for part in self._failures for key in self._keys(part)}  # the replicate is a negative number
        points = {point for point, _ in [*failed, *there]}
        write_part(self.path, self._chunks(points), form.layout)
        fresh = {(point, k): told for (point, k), told in failed.items() if (point, -1 - k) not in there}
        if fresh and form.fail is not None:
            write_part(self.path, [form.fail(fresh)], form.layout, FAILED_PART)
        parts = intact_parts(self.path, form.layout)
        texts = finish(parts)
        for name, text in texts.items():
            if text is None:
                (self.path / name).unlink(missing_ok=True)
            else:
                write_text(self.path / name, text)
        # The record and its seal, last of all.
        begun, clock = self._begun
        stretch = {"started": begun, "finished": now(), **stretch, "seconds": round(time.perf_counter() - clock, 3)}
        fingerprint = str(texts["fingerprint"]).strip()
        record = unsealed(held) | {
            "finished": now(),
            "stretches": [*held.get("stretches", []), stretch],
            "fingerprint": fingerprint,
        }
        if form.fail is not None:
            record["failed_points"] = len(points)
        files = [*form.files, *texts, *part_files(self.path, form.layout.tables)]
        write_json(self.path / PROVENANCE, sealed(self.path, self._record(record), files))
        sync(self.path)
        self.close()
        remove_work(self.path)
        return fingerprint

    def _chunks(self, failed: set[int]) -> Iterator[Tables]:
        """Yield the tables of what is in the journal and not sealed, without points that failed."""
        there = {key for part in self.parts for key in self._keys(part)}
        for rows in self.journal.chunks():
            kept = [row for row in rows if row.point not in failed and (row.point, row.replicate) not in there]
            if kept:
                yield self.form.decode(kept)


@contextlib.contextmanager
def opened(path: Path, form: Form, *, retry_failed: bool = False) -> Iterator[tuple[Folder, Missing | None]]:
    """Hold a folder for writing, so that nobody else does; yield it with what is still to be done in it."""
    with locked(path):
        folder = Folder(path, form)
        try:
            yield folder, folder.open(complete=folder.claim(), retry_failed=retry_failed)
        finally:
            folder.close()
