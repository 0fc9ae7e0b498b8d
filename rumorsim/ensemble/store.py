"""Run folders: Parquet parts that are there in full or not at all.

A batch of replicates writes one part of every table. Each part is written into ``.parts`` beside the tables and then
moved into place; the part of ``runs`` comes last and names the others with their SHA-256. So a batch counts if and
only if its ``runs`` part is there and everything it names is intact, whenever the machine was stopped.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rumorsim.ensemble.tables import TABLES, Tables
from rumorsim.errors import StoreError

__all__ = [
    "Part",
    "clean",
    "intact_parts",
    "locked",
    "read_rows",
    "read_text",
    "work_folder",
    "write_part",
    "write_text",
]

_WORK: Final = ".parts"
_KEY: Final = b"rumorsim"
_LAST: Final = "runs"
_NAME: Final = "part-{first:07d}-{last:07d}.parquet"


class Part:
    """One batch of replicates in a run folder.

    Attributes
    ----------
    name : str
        File name, the same in every table.
    replicates : (n,) int64
    """

    def __init__(self, name: str, replicates: NDArray[np.int64]) -> None:
        self.name = name
        self.replicates = replicates


def _arrow(rows: NDArray[Any], metadata: Mapping[bytes, bytes]) -> Any:
    columns = {}
    for name in rows.dtype.names or ():
        column = np.ascontiguousarray(rows[name])
        columns[name] = pa.array(column.tolist(), pa.string()) if column.dtype.kind == "U" else pa.array(column)
    return pa.table(columns).replace_schema_metadata(metadata)


def _rows(table: Any, dtype: np.dtype[Any] | None) -> NDArray[Any]:
    names = dtype.names if dtype is not None else None
    columns: list[tuple[str, NDArray[Any]]] = []
    for name in names or table.column_names:
        column = table.column(name)
        if pa.types.is_string(column.type):
            columns.append((name, np.array(column.to_pylist(), dtype="<U64")))
        else:
            values = column.to_numpy()
            columns.append((name, values.astype("<M8[s]") if values.dtype.kind == "M" else values))
    layout = dtype if dtype is not None else np.dtype([(name, values.dtype) for name, values in columns])
    rows = np.empty(table.num_rows, dtype=layout)
    for name, values in columns:
        rows[name] = values
    return rows


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def work_folder(folder: Path) -> Path:
    """Return the folder for unfinished work beside the tables of a run folder, made if it is not there."""
    work = folder / _WORK
    work.mkdir(parents=True, exist_ok=True)
    return work


def write_part(folder: Path, tables: Tables) -> Part:
    """Write the tables of one batch, all of it or nothing.

    Parameters
    ----------
    folder : Path
        The run folder.
    tables : name -> structured rows
        All of `TABLES`; ``runs`` holds one row a replicate, and may have further columns.
    """
    replicates = np.sort(tables[_LAST]["replicate"].astype(np.int64))
    name = _NAME.format(first=replicates[0], last=replicates[-1])
    work = work_folder(folder)
    sums: dict[str, str] = {}
    for table in [*(name for name in TABLES if name != _LAST), _LAST]:
        home = folder / table
        home.mkdir(exist_ok=True)
        temporary = work / f"{table}-{os.getpid()}-{name}"
        metadata = {_KEY: json.dumps({"sha256": sums}).encode()} if table == _LAST else {}
        pq.write_table(_arrow(tables[table], metadata), temporary, compression="zstd")
        sums[table] = _sha256(temporary)
        os.replace(temporary, home / name)
    return Part(name, replicates)


def _read_part(folder: Path, path: Path) -> Part | None:
    """Return a batch if its part of ``runs`` can be read and everything it names is intact."""
    try:
        table = pq.read_table(path)
        sums = json.loads((table.schema.metadata or {})[_KEY])["sha256"]
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return None
    for name, expected in sums.items():
        other = folder / name / path.name
        if not other.is_file() or _sha256(other) != expected:
            return None
    if set(sums) != set(TABLES) - {_LAST}:
        return None
    return Part(path.name, np.asarray(table.column("replicate").to_numpy(), dtype=np.int64))


def intact_parts(folder: Path) -> list[Part]:
    """Return the intact batches of a folder, in the order of their replicates; no replicate is in two of them."""
    found: list[Part] = []
    seen: set[int] = set()
    for path in sorted((folder / _LAST).glob("part-*.parquet")):
        part = _read_part(folder, path)
        if part is not None and seen.isdisjoint(part.replicates.tolist()):
            found.append(part)
            seen.update(part.replicates.tolist())
    return found


def clean(folder: Path, parts: Sequence[Part]) -> None:
    """Remove unfinished work and every part that is not among the given ones."""
    shutil.rmtree(folder / _WORK, ignore_errors=True)
    keep = {part.name for part in parts}
    for table in TABLES:
        for path in (folder / table).glob("part-*.parquet"):
            if path.name not in keep:
                path.unlink()


def read_rows(folder: Path, table: str, parts: Sequence[Part]) -> NDArray[Any]:
    """Return the rows of a table from the given parts, in the order of the replicates.

    Raises
    ------
    StoreError
        When a part is missing or damaged.
    """
    dtype = None if table == _LAST else TABLES[table]
    read = []
    for part in parts:
        path = folder / table / part.name
        try:
            read.append(_rows(pq.read_table(path), dtype))
        except (pa.ArrowException, OSError, KeyError) as error:
            raise StoreError(f"the part cannot be read: {error}", file=path) from error
    if not read:
        return np.empty(0, dtype=TABLES[table])
    rows = np.concatenate(read)
    return np.asarray(rows[np.argsort(rows["replicate"], kind="stable")])


def write_text(path: Path, text: str) -> None:
    """Write a small file, all of it or nothing."""
    work = work_folder(path.parent)
    temporary = work / f"{path.name}-{os.getpid()}"
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def read_text(path: Path) -> str:
    """Return the text of a file of a run folder; StoreError if it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise StoreError(
            "not a run folder", file=path.parent, allowed=f"a folder with {path.name}, made by `rumorsim run --out`"
        ) from None
    except OSError as error:
        raise StoreError(f"cannot be read: {error.strerror}", file=path) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder for writing; a second writer is refused, and the hold ends with the process.

    Raises
    ------
    StoreError
        When another process is writing there, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, FileExistsError) as error:
        raise StoreError(f"the run folder cannot be made: {error.strerror}", file=folder) from error
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError("another run is writing this folder", file=folder) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP):  # a file system without locks
                raise
        yield
    finally:
        os.close(handle)
