"""Tables of results as Parquet: parts that are there in full or not at all.

A part is one file of every table, written when a folder is sealed. The file of the ledger, ``runs``, comes last and
names the others with their SHA-256, and what they are the results of. So a part counts if and only if its ledger is
there and everything it names is intact, whenever the machine was stopped. Parts are added and removed, never rewritten.
Which tables there are, and what identifies a row of the ledger, is said by a `Layout`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rumorsim.errors import StoreError
from rumorsim.runs.files import AGAIN, replace_file, storing, sync, work_folder

__all__ = [
    "Layout",
    "Part",
    "Tables",
    "clean",
    "foreign_parts",
    "intact_parts",
    "read_columns",
    "read_rows",
    "read_table",
    "remove_part",
    "stacked",
    "write_part",
    "write_table",
]

Tables: TypeAlias = dict[str, NDArray[Any]]

_KEY: Final = b"rumorsim"


@dataclass(frozen=True)
class Layout:
    """What a folder of results holds.

    Attributes
    ----------
    tables : name -> columns, the ledger among them.
    ledger : the table that is written last and names the others.
    order : columns that identify a row of the ledger, whole numbers; every table is kept in their order.
    stamp : digest of what the parts are the results of, "" if it does not matter; parts with another one do not count.
    """

    tables: Mapping[str, np.dtype[Any]]
    ledger: str
    order: tuple[str, ...]
    stamp: str = ""

    def keys(self, columns: Mapping[str, Any] | NDArray[Any]) -> NDArray[np.int64]:
        """Return one whole number for every row of the ledger, (n,) int64: 32 bits for each column of `order`."""
        found = np.asarray(columns[self.order[0]], dtype=np.int64)
        for column in self.order[1:]:
            found = (found << 32) | (np.asarray(columns[column], dtype=np.int64) & 0xFFFFFFFF)
        return found

    def sorted(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return rows of a table in the order of the folder, rows of equal rank as they were."""
        order = np.lexsort([rows[name] for name in reversed(self.order)])
        return rows if (order == np.arange(len(order))).all() else np.asarray(rows[order])


class Part:
    """Some runs in a folder of results: a file in every table.

    Attributes
    ----------
    name : str
        File name, the same in every table.
    keys : (n,) int64
        What `Layout.keys` gives for its rows of the ledger; in the folder of a run these are the replicates.
    ledger : structured, or None
        Its rows of the ledger, if they have been read.
    """

    def __init__(self, name: str, keys: NDArray[np.int64], ledger: NDArray[Any] | None = None) -> None:
        self.name = name
        self.keys = keys
        self.ledger = ledger


def stacked(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return structured rows of one layout put together, byte by byte: column by column takes twenty times as long.

    Examples
    --------
    >>> part = np.array([(1, 2.0)], dtype=[("replicate", "<i4"), ("share", "<f8")])
    >>> stacked([part, part])["share"].tolist()
    [2.0, 2.0]
    """
    if any(part.dtype != parts[0].dtype for part in parts):
        raise StoreError("rows of different layouts", given=sorted({str(part.dtype) for part in parts})[:2])
    return np.frombuffer(bytearray().join(part.tobytes() for part in parts), dtype=parts[0].dtype)


def _arrow(rows: NDArray[Any]) -> Any:
    columns = {}
    for name in rows.dtype.names or ():
        column = np.ascontiguousarray(rows[name])
        columns[name] = pa.array(column.tolist(), pa.string()) if column.dtype.kind == "U" else pa.array(column)
    return pa.table(columns)


def _rows(table: Any, dtype: np.dtype[Any] | None) -> NDArray[Any]:
    names = dtype.names if dtype is not None else None
    columns: list[tuple[str, NDArray[Any]]] = []
    for name in names or table.column_names:
        column = table.column(name)
        if pa.types.is_string(column.type):
            words = np.array(column.to_pylist(), dtype=np.str_)
            columns.append((name, words.astype("<U64") if words.dtype.itemsize < 64 * 4 else words))
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


class _Stream:
    """A Parquet file that grows by row groups."""

    def __init__(self, path: Path, table: Any) -> None:
        # The bytes of decimals are compressed far better when set apart, first bytes together; words and numbers that
        # repeat are better off in a dictionary.
        split = [name for name in table.column_names if pa.types.is_float32(table.schema.field(name).type)]
        others = [name for name in table.column_names if name not in split]
        self.path = path
        self._file = path.open("wb")  # given open: a path would be taken for text in UTF-8
        self._writer = pq.ParquetWriter(
            self._file, table.schema, compression="zstd", use_dictionary=others, use_byte_stream_split=split or False
        )

    def write(self, table: Any) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file and wait until a power cut cannot take it back."""
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        with contextlib.suppress(pa.ArrowException, OSError, ValueError):
            self._writer.close()
        with contextlib.suppress(OSError):
            self._file.close()


def _part_name(folder: Path, layout: Layout, ledger: NDArray[Any], kind: str) -> str:
    ends = (ledger[0], ledger[-1])
    name = f"part-{kind}" + "-".join(f"{abs(int(end[name])):07d}" for end in ends for name in layout.order)
    again = 1
    while (folder / layout.ledger / f"{name}{'' if again == 1 else f'-{again}'}.parquet").exists():
        again += 1
    return f"{name}{'' if again == 1 else f'-{again}'}.parquet"


def write_part(folder: Path, chunks: Iterable[Tables], layout: Layout, kind: str = "") -> Part | None:
    """Write a part, all of it or nothing, row group by row group; None if there is nothing to write.

    Parameters
    ----------
    folder : Path
        The folder of results.
    chunks : name -> structured rows
        Of all tables of the layout, in its order, chunk after chunk; each becomes a row group.
    layout : Layout
    kind : str
        Put into the name of the part, to tell it from others.
    """
    work, streams, ledgers = work_folder(folder), {}, []
    with storing(folder):
        try:
            for tables in chunks:
                for name in layout.tables:
                    if name == layout.ledger:
                        ledgers.append(tables[name])
                        continue
                    table = _arrow(tables[name])
                    if name not in streams:
                        streams[name] = _Stream(work / f"{name}.parquet", table)
                    streams[name].write(table)
            if not ledgers:
                return None
            sums = {}
            for name, stream in streams.items():
                stream.close()
                sums[name] = _sha256(stream.path)
            ledger = stacked(ledgers)
            held = {_KEY: json.dumps({"sha256": sums, "stamp": layout.stamp}).encode()}
            table = _arrow(ledger).replace_schema_metadata(held)
            streams[layout.ledger] = _Stream(work / f"{layout.ledger}.parquet", table)
            streams[layout.ledger].write(table)
            streams[layout.ledger].close()
            name = _part_name(folder, layout, ledger, kind)
            for table_name, stream in streams.items():  # the ledger is the last of them
                home = folder / table_name
                home.mkdir(exist_ok=True)
                os.replace(stream.path, home / name)
                sync(home)
        except BaseException:
            for stream in streams.values():
                stream.abandon()
            for stream in streams.values():
                with contextlib.suppress(OSError):
                    stream.path.unlink(missing_ok=True)
            raise
    return Part(name, np.sort(layout.keys(ledger)), ledger)


def _bytes(rows: NDArray[Any]) -> memoryview:
    """Return the content of a Parquet file."""
    table = _arrow(rows)
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    return memoryview(stream.getvalue())


def _read_part(folder: Path, path: Path, layout: Layout, *, sealed: bool) -> Part | None:
    """Return a part if its file of the ledger can be read and everything it names is intact."""
    try:
        table = _table(path)
        held = json.loads((table.schema.metadata or {})[_KEY])
        sums = held["sha256"]
        rows = _rows(table, None)
        keys = layout.keys(rows)
    except (pa.ArrowException, OSError, KeyError, ValueError):  # a ValueError also where a column is not there
        return None
    if layout.stamp and held.get("stamp") != layout.stamp:
        return None
    for name, expected in sums.items():
        other = folder / name / path.name
        if not sealed and (not other.is_file() or _sha256(other) != expected):
            return None
    if set(sums) != set(layout.tables) - {layout.ledger}:
        return None
    return Part(path.name, keys, rows)


def foreign_parts(folder: Path, layout: Layout) -> bool:
    """Return whether a folder holds parts that can be read and are not results of what the layout is stamped with."""
    for path in (folder / layout.ledger).glob("part-*.parquet"):
        with contextlib.suppress(pa.ArrowException, OSError, KeyError, ValueError):
            if json.loads((_table(path).schema.metadata or {})[_KEY]).get("stamp", "") != layout.stamp:
                return True
    return False


def intact_parts(folder: Path, layout: Layout, *, sealed: bool = False) -> list[Part]:
    """Return the intact parts of a folder, in the order of their names; no run is in two of them.

    In a folder whose seal has been checked the sums of the parts are right, and are not taken again.
    """
    paths = sorted((folder / layout.ledger).glob("part-*.parquet"))
    read = [part for part in (_read_part(folder, path, layout, sealed=sealed) for path in paths) if part is not None]
    found: list[Part] = []
    seen: set[int] = set()
    for part in sorted(read, key=lambda part: (-len(part.keys), part.name)):
        if seen.isdisjoint(part.keys.tolist()):
            found.append(part)
            seen.update(part.keys.tolist())
    return sorted(found, key=lambda part: part.name)


def clean(folder: Path, parts: Sequence[Part], layout: Layout) -> None:
    """Remove every part that is not among the given ones."""
    keep = {part.name for part in parts}
    with storing(folder):
        for table in [layout.ledger, *layout.tables]:
            for path in (folder / table).glob("part-*.parquet"):
                if path.name not in keep:
                    path.unlink()


def remove_part(folder: Path, part: Part, layout: Layout) -> None:
    """Remove a part; its file of the ledger goes first, so that a part that is half removed does not count."""
    with storing(folder):
        for table in [layout.ledger, *layout.tables]:
            (folder / table / part.name).unlink(missing_ok=True)


def _table(path: Path, columns: Sequence[str] | None = None) -> Any:
    # The reader of whole data sets takes three times as long to open a small file.
    # It is given an open file: it would take a path for text in UTF-8. And it reads in this thread: one of Arrow's own
    # that still holds the file while Python ends takes the whole process down.
    with path.open("rb") as stream, pq.ParquetFile(stream, pre_buffer=False) as file:
        return file.read(columns=None if columns is None else list(columns), use_threads=False)


def _read(path: Path, columns: Sequence[str] | None = None) -> Any:
    try:
        return _table(path, columns)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise StoreError(f"damaged: the part cannot be read: {error}", file=path, allowed=AGAIN) from error


def read_rows(folder: Path, table: str, parts: Sequence[Part], layout: Layout) -> NDArray[Any]:
    """Return the rows of a table from the given parts, in the order of the folder.

    Raises
    ------
    StoreError
        When a part is missing or damaged.
    """
    dtype = None if table == layout.ledger else layout.tables[table]
    read = []
    for part in parts:
        path = folder / table / part.name
        if table == layout.ledger and part.ledger is not None:
            read.append(part.ledger)
            continue
        try:
            read.append(_rows(_read(path), dtype))
        except KeyError as error:
            raise StoreError(f"damaged: the part cannot be read: {error}", file=path, allowed=AGAIN) from error
    if not read:
        return np.empty(0, dtype=layout.tables[table])
    return layout.sorted(np.concatenate(read) if dtype is None else stacked(read))


def read_columns(
    folder: Path, table: str, names: Sequence[str], parts: Sequence[Part], layout: Layout
) -> dict[str, NDArray[Any]]:
    """Return some columns of a table from the given parts, one part after the other, without reading the others.

    Raises
    ------
    StoreError
        When a part is missing or damaged.
    """
    layouts = {name: layout.tables[table][name] for name in names}
    read = [_read(folder / table / part.name, names) for part in parts]
    if not read:
        return {name: np.empty(0, dtype=dtype) for name, dtype in layouts.items()}
    joined = pa.concat_tables(read)
    return {name: joined.column(name).to_numpy().astype(dtype, copy=False) for name, dtype in layouts.items()}


def write_table(path: Path, rows: NDArray[Any]) -> None:
    """Write a table that is not cut into parts, all of it or nothing."""
    temporary = work_folder(path.parent) / f"{path.name}-{os.getpid()}"
    with storing(path.parent):
        replace_file(path, _bytes(rows), temporary, safe=True)


def read_table(path: Path) -> NDArray[Any]:
    """Return the rows of a table written by `write_table`; StoreError if it cannot be read."""
    return _rows(_read(path), None)
