"""Folders of results: Parquet parts that are there in full or not at all.

A batch of replicates writes one part of every table. Each part is written into a hidden folder on the same file system
and then moved into place; the part of the ledger, ``runs``, comes last and names the others with their SHA-256. So a
batch counts if and only if its ``runs`` part is there and everything it names is intact, whenever the machine was
stopped. Which tables there are, and what identifies a row of the ledger, is said by a `Layout`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rumorsim.ensemble.files import AGAIN, replace_file, storing
from rumorsim.ensemble.tables import TABLES, Tables, stacked
from rumorsim.errors import StoreError

__all__ = [
    "RUN",
    "Layout",
    "Part",
    "clean",
    "foreign_parts",
    "intact_parts",
    "read_columns",
    "read_rows",
    "read_table",
    "remove_part",
    "work_folder",
    "write_json",
    "write_part",
    "write_table",
    "write_text",
]

_WORK: Final = ".parts"
_KEY: Final = b"rumorsim"
#: Longest name, in bytes, of a folder beside which there is room for another one with its name in it.
_LONG_NAME: Final = 240


@dataclass(frozen=True)
class Layout:
    """What a folder of results holds.

    Attributes
    ----------
    tables : name -> columns, the ledger among them; a ledger may have further columns in its rows.
    ledger : the table that is written last and names the others.
    order : columns that identify a row of the ledger, whole numbers; every table is kept in their order.
    beside : whether unfinished files lie in a hidden folder beside the folder of results, or in it.
    stamp : digest of what the parts are the results of, "" if it does not matter; parts with another one do not count.
    """

    tables: Mapping[str, np.dtype[Any]]
    ledger: str
    order: tuple[str, ...]
    beside: bool = False
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


#: The folder of a run of one scenario.
RUN: Final = Layout(TABLES, "runs", ("replicate",))


class Part:
    """One batch of replicates in a folder of results.

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

    @property
    def replicates(self) -> NDArray[np.int64]:
        """Numbers of the replicates, (n,) int64, in the folder of a run."""
        return self.keys


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


def work_folder(folder: Path, layout: Layout = RUN) -> Path:
    """Return the folder for unfinished work of a folder of results, made if it is not there."""
    work = _work_path(folder, layout)
    with storing(folder):
        work.mkdir(parents=True, exist_ok=True)
    return work


def _work_path(folder: Path, layout: Layout) -> Path:
    if layout.beside and len(os.fsencode(folder.name)) < _LONG_NAME:
        # A file is moved into place in one step only within a file system, and the folder above may not be ours.
        above = folder.absolute().parent
        if os.access(above, os.W_OK) and (not folder.exists() or above.stat().st_dev == folder.stat().st_dev):
            return above / f".{folder.name}{_WORK}"
    return folder / _WORK


def _part_name(layout: Layout, rows: NDArray[Any]) -> str:
    ends = (rows[0], rows[-1])
    return "part-" + "-".join(f"{abs(int(end[name])):07d}" for end in ends for name in layout.order) + ".parquet"


def write_part(
    folder: Path, tables: Tables, layout: Layout = RUN, kind: str = "", *, fresh: bool = False, quick: bool = False
) -> Part:
    """Write the tables of one batch, all of it or nothing.

    Parameters
    ----------
    folder : Path
        The folder of results.
    tables : name -> structured rows
        All of the layout; the ledger holds one row a replicate, and may have further columns.
    layout : Layout
    kind : str
        Put into the name of the part, to tell it from others of the same replicates.
    fresh : bool
        Whether a part of that name is left as it is, and another name taken.
    quick : bool
        Whether it is written in half the time and takes more room: for parts that will be put together with others.
    """
    ledger = layout.sorted(tables[layout.ledger])
    name = _part_name(layout, ledger).replace("part-", f"part-{kind}", 1)
    while fresh and (folder / layout.ledger / name).exists():
        name = name.replace("part-", "part-x", 1)
    work = work_folder(folder, layout)
    sums: dict[str, str] = {}
    for table in [*(name for name in layout.tables if name != layout.ledger), layout.ledger]:
        home = folder / table
        metadata = {}
        if table == layout.ledger:
            metadata[_KEY] = json.dumps({"sha256": sums, "stamp": layout.stamp}).encode()
        content = _bytes(tables[table], metadata, quick=quick)
        with storing(folder):
            home.mkdir(exist_ok=True)
            replace_file(home / name, work / f"{table}-{os.getpid()}-{name}", content)
        sums[table] = hashlib.sha256(content).hexdigest()
    return Part(name, np.sort(layout.keys(ledger)))


def _bytes(rows: NDArray[Any], metadata: Mapping[bytes, bytes], *, quick: bool = False) -> memoryview:
    """Return the content of a Parquet file."""
    table = _arrow(rows, metadata)
    # The bytes of decimals are compressed far better when set apart, first bytes together; words and numbers that
    # repeat are better off in a dictionary.
    split = [name for name in table.column_names if pa.types.is_float32(table.schema.field(name).type)]
    others = [name for name in table.column_names if name not in split]
    stream = pa.BufferOutputStream()
    pq.write_table(
        table,
        stream,
        compression="snappy" if quick else "zstd",
        use_dictionary=others,
        use_byte_stream_split=split or False,
        write_statistics=not quick,
    )
    return memoryview(stream.getvalue())


def _read_part(folder: Path, path: Path, layout: Layout, *, sealed: bool) -> Part | None:
    """Return a batch if its part of the ledger can be read and everything it names is intact."""
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


def foreign_parts(folder: Path, layout: Layout = RUN) -> bool:
    """Return whether a folder holds parts that can be read and are not results of what the layout is stamped with."""
    for path in (folder / layout.ledger).glob("part-*.parquet"):
        with contextlib.suppress(pa.ArrowException, OSError, KeyError, ValueError):
            if json.loads((_table(path).schema.metadata or {})[_KEY]).get("stamp", "") != layout.stamp:
                return True
    return False


def intact_parts(folder: Path, layout: Layout = RUN, *, sealed: bool = False) -> list[Part]:
    """Return the intact batches of a folder, in the order of their replicates; no replicate is in two of them.

    Where batches overlap the largest counts: it may have been put together from the others. In a folder whose seal has
    been checked the sums of the parts are right, and are not taken again.
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


def clean(folder: Path, parts: Sequence[Part], layout: Layout = RUN) -> None:
    """Remove unfinished work and every part that is not among the given ones."""
    shutil.rmtree(_work_path(folder, layout), ignore_errors=True)
    keep = {part.name for part in parts}
    with storing(folder):
        for table in layout.tables:
            for path in (folder / table).glob("part-*.parquet"):
                if path.name not in keep:
                    path.unlink()


def remove_part(folder: Path, part: Part, layout: Layout = RUN) -> None:
    """Remove a batch; its part of the ledger goes first, so that a batch that is half removed does not count."""
    with storing(folder):
        for table in [layout.ledger, *layout.tables]:
            (folder / table / part.name).unlink(missing_ok=True)


def _table(path: Path, columns: Sequence[str] | None = None) -> Any:
    # A part is one small file; the reader of whole data sets takes three times as long to open it.
    # It is given an open file: it would take a path for text in UTF-8.
    with path.open("rb") as stream, pq.ParquetFile(stream) as file:
        return file.read(columns=None if columns is None else list(columns), use_threads=False)


def _read(path: Path, columns: Sequence[str] | None = None) -> Any:
    try:
        return _table(path, columns)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise StoreError(f"damaged: the part cannot be read: {error}", file=path, allowed=AGAIN) from error


def read_rows(folder: Path, table: str, parts: Sequence[Part], layout: Layout = RUN) -> NDArray[Any]:
    """Return the rows of a table from the given parts, in the order of the replicates.

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
    folder: Path, table: str, names: Sequence[str], parts: Sequence[Part], layout: Layout = RUN
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


def write_table(path: Path, rows: NDArray[Any], layout: Layout = RUN) -> None:
    """Write a table that is not cut into parts, all of it or nothing."""
    temporary = work_folder(path.parent, layout) / f"{path.name}-{os.getpid()}"
    with storing(path.parent):
        replace_file(path, temporary, _bytes(rows, {}), safe=True)


def read_table(path: Path) -> NDArray[Any]:
    """Return the rows of a table written by `write_table`; StoreError if it cannot be read."""
    return _rows(_read(path), None)


def write_text(path: Path, text: str, layout: Layout = RUN) -> None:
    """Write a small file, all of it or nothing."""
    temporary = work_folder(path.parent, layout) / f"{path.name}-{os.getpid()}"
    with storing(path.parent):
        replace_file(path, temporary, text.encode(), safe=True)


def write_json(path: Path, value: Mapping[str, Any], layout: Layout = RUN) -> None:
    """Write a small file of JSON, all of it or nothing."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n", layout)
