"""The journal of unfinished work: one SQLite file, in which every run that is done is a row.

Only the parent process writes, and commits at most once a second: a lost commit costs time, not truth. Every row
carries a SHA-256 over what the journal is of, point, replicate, error and content, so that a row that was torn, altered
or swapped with another is found and done again. Where the folder lies on a local disk, the journal is written ahead
(WAL), and others may look while it grows; elsewhere it is kept as SQLite keeps files by default.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from rumorsim.errors import StoreError
from rumorsim.runs.files import storing, work_folder

__all__ = ["Journal", "Row", "State", "journal_of", "state_of"]

_NAME: Final = "journal.sqlite"
_ASIDE: Final = "journal.unreadable"
_SCHEMA: Final = """
create table if not exists about (name text primary key, value) without rowid;
create table if not exists runs (
    point integer not null, replicate integer not null, error text, content blob not null, digest blob not null,
    primary key (point, replicate)
);
"""
_COMMIT_SECONDS: Final = 1.0
#: Rows handed over together, by number and by size.
_ROWS: Final = 5000
_BYTES: Final = 32_000_000
#: File systems of one machine, on which processes can share memory as write-ahead logs need it.
_LOCAL: Final = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs", "overlay", "apfs"})
_log: Final = logging.getLogger("rumorsim")


class Row(NamedTuple):
    """What came of a run: its content, or what went wrong."""

    point: int
    replicate: int
    error: str | None
    content: bytes


@dataclass(frozen=True)
class State:
    """How far unfinished work is.

    Attributes
    ----------
    done, total : numbers of runs; those that failed are not among the first.
    failed : number of failures.
    seconds_left : expected at the speed of the last session, None if nothing can be said.
    """

    done: int
    total: int
    failed: int
    seconds_left: float | None

    def __str__(self) -> str:
        left = "" if self.seconds_left is None else f", about {self.seconds_left:.0f} s of work left"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {self.total} runs are there{failed}{left}"


def _is_local(folder: Path) -> bool:
    """Return whether a folder lies on a disk of this machine; no if that cannot be told."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return False
    home, best = os.path.realpath(folder), ("", "")
    for place, kind in mounts:
        inside = home == place or home.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1] in _LOCAL


def _digest(stamp: str, row: Row) -> bytes:
    error = "-" if row.error is None else f"+{row.error}"
    head = f"{stamp}:{row.point}:{row.replicate}:{len(error)}:{error}:"
    return hashlib.sha256(head.encode("utf-8", "surrogatepass") + row.content).digest()


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turn what SQLite says when it cannot write into one error that names the file and what is safe."""
    try:
        yield
    except sqlite3.OperationalError as error:
        folder = path.parent.parent
        if "full" in str(error):
            raise StoreError(
                f"no space left to write ({error}); what is finished is kept in {folder}, and the same command "
                "resumes it once there is space",
                file=path,
            ) from error
        raise StoreError(
            f"cannot be written: {error}; what was finished a second or more ago is kept",
            file=path,
            allowed="a folder that can be written to",
        ) from error


class Journal:
    """The journal of a folder of results, made if there is none; one that cannot be read is set aside and named.

    Parameters
    ----------
    folder : Path
        The folder of results.
    stamp : str
        Digest of what the rows are the results of; rows of anything else do not count.

    Attributes
    ----------
    keys : set of (point, replicate) of the runs that are there.
    failed : (point, replicate) -> message
    """

    def __init__(self, folder: Path, stamp: str) -> None:
        self.path = journal_of(folder)
        work_folder(folder)
        self.stamp = stamp
        self.keys: set[tuple[int, int]] = set()
        self.failed: dict[tuple[int, int], str] = {}
        self._last = 0.0
        try:
            with _naming(self.path):
                self._open()
                bad = [key for key, row in self._checked() if row is None]
        except (sqlite3.DatabaseError, TypeError, ValueError, OverflowError):
            self._set_aside(folder)
            self._open()
            bad = []
        if bad:
            _log.warning("rumorsim: %s: %d rows are not what was written; they are done again", self.path, len(bad))
            self._remove(bad)

    def _open(self) -> None:
        with storing(self.path.parent):
            self.path.touch()
        self._base = sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
        wanted = "wal" if _is_local(self.path.parent) else "delete"
        (mode,) = self._base.execute(f"pragma journal_mode={wanted}").fetchone()
        if mode != wanted:  # a file system that refuses what it should be able to do
            (mode,) = self._base.execute("pragma journal_mode=delete").fetchone()
        if mode not in ("wal", "delete"):
            allowed = "wal, delete"
            raise StoreError("the journal cannot be kept safely here", file=self.path, given=mode, allowed=allowed)
        self.mode = mode
        self._base.execute("pragma synchronous=normal")
        self._base.executescript(_SCHEMA)

    def _set_aside(self, folder: Path) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._base.close()
        aside, number = folder / _ASIDE, 1
        while aside.exists():
            number += 1
            aside = folder / f"{_ASIDE}-{number}"
        with storing(folder):
            os.replace(self.path, aside)
            for end in ("-wal", "-shm", "-journal"):
                self.path.with_name(_NAME + end).unlink(missing_ok=True)
        self.keys, self.failed = set(), {}
        _log.warning("rumorsim: the journal cannot be read and was set aside as %s; its runs are done again", aside)

    def _checked(self) -> Iterator[tuple[tuple[Any, Any], Row | None]]:
        """Yield what is in the journal, None in place of a row that is not what was written, and note it."""
        self.keys, self.failed = set(), {}
        for *found, digest in self._base.execute(
            "select point, replicate, error, content, digest from runs order by point, replicate"
        ):
            row = Row(*found)
            key = (row.point, row.replicate)
            if not isinstance(row.content, bytes) or digest != _digest(self.stamp, row):
                yield key, None
                continue
            if row.error is None:
                self.keys.add(key)
            else:
                self.failed[key] = row.error
            yield key, row

    def _remove(self, keys: Iterable[tuple[int, int]]) -> None:
        with _naming(self.path):
            self.commit()
            self._base.executemany("delete from runs where point = ? and replicate = ?", list(keys))

    def forget_failures(self) -> None:
        """Forget what failed, so that it is done again."""
        self._remove(self.failed)
        self.failed = {}

    def expect(self, total: int, sealed: int) -> None:
        """Note how many runs there are to be, and how many of them are sealed, for those who look."""
        with _naming(self.path):
            about = {"total": total, "sealed": sealed, "begun": time.time(), "kept": len(self.keys)}
            self._base.executemany("insert or replace into about values (?, ?)", list(about.items()))

    def put(self, rows: Iterable[Row]) -> None:
        """Keep rows; they are safe a second later, or after `commit`."""
        with _naming(self.path):
            if not self._base.in_transaction:
                self._base.execute("begin")
            for row in rows:
                held = (*row, _digest(self.stamp, row))
                self._base.execute("insert or replace into runs values (?, ?, ?, ?, ?)", held)
                if row.error is None:
                    self.keys.add((row.point, row.replicate))
                else:
                    self.failed[row.point, row.replicate] = row.error
        if time.monotonic() - self._last >= _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Make what was put safe."""
        if self._base.in_transaction:
            if not self.path.exists():
                raise StoreError("the folder disappeared while it was being written to", file=self.path.parent.parent)
            with _naming(self.path):
                self._base.execute("insert or replace into about values ('updated', ?)", (time.time(),))
                self._base.execute("commit")
        self._last = time.monotonic()

    def chunks(self) -> Iterator[list[Row]]:
        """Yield all rows that hold results, in order, some megabytes at a time.

        Raises
        ------
        StoreError
            When a row is not what was written; it is removed, so that the same command does it again.
        """
        self.commit()
        held: list[Row] = []
        size, bad = 0, []
        with _naming(self.path):
            for key, row in self._checked():
                if row is None:
                    bad.append(key)
                elif row.error is None:
                    held.append(row)
                    size += len(row.content)
                if len(held) >= _ROWS or size >= _BYTES:
                    yield held
                    held, size = [], 0
        if bad:
            self._remove(bad)
            raise StoreError(
                f"{len(bad)} rows of the journal are not what was written; the same command does them again",
                file=self.path,
            )
        if held:
            yield held

    def close(self) -> None:
        """Make everything safe and let go of the file."""
        try:
            self.commit()
        finally:
            self._base.close()


def journal_of(folder: Path) -> Path:
    """Return where the journal of a folder is, or would be."""
    return work_folder(folder, make=False) / _NAME


def state_of(folder: Path) -> State | None:
    """Return how far the unfinished work of a folder is, without changing anything; None if there is no journal."""
    path = journal_of(folder)
    if not path.is_file():
        return None
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5.0)) as base:
            about = dict(base.execute("select name, value from about").fetchall())
            ((done, failed),) = base.execute("select count(*) - count(error), count(error) from runs").fetchall()
    except sqlite3.Error:
        return None
    done += int(about.get("sealed", 0))
    total = int(about.get("total", done))
    fresh = done - int(about.get("sealed", 0)) - int(about.get("kept", 0))
    spent = float(about.get("updated", 0.0)) - float(about.get("begun", 0.0))
    left = spent / fresh * (total - done) if fresh > 0 and spent > 0 else None
    return State(done, total, failed, left)
