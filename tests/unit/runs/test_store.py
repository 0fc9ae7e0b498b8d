"""Parts of Parquet are there in full or not at all; small files too; one process writes."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from rumorsim.ensemble.tables import RUN, TABLES, empty_tables, filled
from rumorsim.errors import StoreError
from rumorsim.runs import store
from rumorsim.runs.files import locked, read_text, remove_work, write_text
from rumorsim.runs.store import Tables


def concatenated(parts: list[Tables]) -> Tables:
    """Return tables put together in the order of the replicates."""
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: rows[np.argsort(rows["replicate"], kind="stable")] for name, rows in whole.items()}


def tables(*replicates: int) -> Tables:
    made = empty_tables()
    for name in made:
        rows = np.zeros(2 * len(replicates) if name != "runs" else len(replicates), dtype=TABLES[name])
        rows["replicate"] = np.tile(replicates, 1 if name == "runs" else 2)
        made[name] = rows
    made["runs"]["digest"] = [f"{replicate:064x}" for replicate in replicates]
    made["runs"]["alarm"] = np.datetime64("NaT", "s")
    made["reports"]["signed"] = np.datetime64("1956-04-18T07:31")
    return concatenated([made])


def write_part(folder: Path, *chunks: Tables) -> Any:
    return store.write_part(folder, chunks, RUN)


def intact_parts(folder: Path) -> list[store.Part]:
    return store.intact_parts(folder, RUN)


def names(folder: Path) -> list[str]:
    return [part.name for part in intact_parts(folder)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    first, second = tables(0, 1), tables(2)
    write_part(tmp_path, second)
    write_part(tmp_path, first)
    parts = intact_parts(tmp_path)
    assert [part.keys.tolist() for part in parts] == [[0, 1], [2]]
    both = concatenated([first, second])
    for name in TABLES:
        read = store.read_rows(tmp_path, name, parts, RUN)
        assert read.dtype == TABLES[name]
        assert read.tobytes() == both[name].tobytes()


def test_pandas_reads_a_table_in_one_line(tmp_path: Path) -> None:
    write_part(tmp_path, tables(0, 1))
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(tmp_path / "reports")
    assert list(frame.columns) == list(TABLES["reports"].names or ())
    assert str(frame["signed"].iloc[0]) == "1956-04-18 07:31:00"


@pytest.mark.parametrize("table", list(TABLES))
def test_a_damaged_part_does_not_count(tmp_path: Path, table: str) -> None:
    write_part(tmp_path, tables(0, 1))
    write_part(tmp_path, tables(2))
    path = tmp_path / table / "part-0000000-0000001.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data) if table != "runs" else bytes(data)[: len(data) // 2])
    assert names(tmp_path) == ["part-0000002-0000002.parquet"]


@pytest.mark.parametrize("table", list(TABLES))
def test_a_missing_part_does_not_count(tmp_path: Path, table: str) -> None:
    write_part(tmp_path, tables(0, 1))
    (tmp_path / table / "part-0000000-0000001.parquet").unlink()
    assert names(tmp_path) == []


def test_no_replicate_counts_twice(tmp_path: Path) -> None:
    write_part(tmp_path, tables(0, 1))
    write_part(tmp_path, tables(1, 2))
    assert [part.keys.tolist() for part in intact_parts(tmp_path)] == [[0, 1]]


def test_cleaning_removes_what_does_not_count(tmp_path: Path) -> None:
    write_part(tmp_path, tables(0, 1))
    write_part(tmp_path, tables(1, 2))
    (tmp_path / "awareness" / "part-0000007-0000008.parquet").write_bytes(b"torn")
    (tmp_path / "notes.txt").write_text("mine")
    store.clean(tmp_path, intact_parts(tmp_path), RUN)
    remove_work(tmp_path)
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == sorted([*(f"{table}/part-0000000-0000001.parquet" for table in TABLES), "notes.txt"])


def test_chunks_are_row_groups_of_one_file(tmp_path: Path) -> None:
    part = write_part(tmp_path, tables(0, 1), tables(2))
    assert part.name == "part-0000000-0000002.parquet"
    whole = concatenated([tables(0, 1), tables(2)])
    for name in TABLES:
        with pq.ParquetFile(tmp_path / name / part.name) as file:
            assert file.num_row_groups == (1 if name == "runs" else 2)
        assert store.read_rows(tmp_path, name, [part], RUN).tobytes() == whole[name].tobytes()
    assert write_part(tmp_path) is None


def test_a_file_is_never_rewritten(tmp_path: Path) -> None:
    first = write_part(tmp_path, tables(0))
    before = (tmp_path / "runs" / first.name).read_bytes()
    assert write_part(tmp_path, tables(0)).name == "part-0000000-0000000-2.parquet"
    assert (tmp_path / "runs" / first.name).read_bytes() == before


def test_parts_of_something_else_do_not_count(tmp_path: Path) -> None:
    stamped, other = (store.Layout(RUN.tables, RUN.ledger, RUN.order, stamp) for stamp in "ab")
    store.write_part(tmp_path, [tables(0)], stamped)
    assert len(store.intact_parts(tmp_path, stamped)) == 1
    assert store.intact_parts(tmp_path, other) == []
    assert store.foreign_parts(tmp_path, other)
    assert not store.foreign_parts(tmp_path, stamped)


@pytest.mark.parametrize("stop_at", range(len(TABLES)))
def test_the_file_of_runs_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int) -> None:
    """Whenever writing stops, the part is not there, because its file of runs is not."""
    replace, left = os.replace, [stop_at]

    def stops(*paths: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(*paths)

    monkeypatch.setattr(os, "replace", stops)
    with pytest.raises(KeyboardInterrupt):
        write_part(tmp_path, tables(0))
    assert names(tmp_path) == []
    assert [path.name for path in (tmp_path / ".work").iterdir()] == []


def test_no_other_thread_reads_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of Arrow that still holds one of Python's files while Python ends aborts the whole process."""
    part = write_part(tmp_path, tables(0, 1))
    threads: set[int] = set()

    class Noting(io.FileIO):
        def readinto(self, buffer: Any) -> int | None:
            threads.add(threading.get_ident())
            return super().readinto(buffer)

        def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
            threads.add(threading.get_ident())
            return super().read(size)

    monkeypatch.setattr(Path, "open", lambda path, mode: Noting(path, mode))
    store.read_rows(tmp_path, "channels", [part], RUN)
    assert threads == {threading.get_ident()}


def test_reading_a_part_that_vanished_is_an_error(tmp_path: Path) -> None:
    part = write_part(tmp_path, tables(0))
    (tmp_path / "channels" / part.name).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        store.read_rows(tmp_path, "channels", [part], RUN)


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    told = f"another run is writing this folder: process {os.getpid()} on "
    with locked(tmp_path / "run"), pytest.raises(StoreError, match=told), locked(tmp_path / "run"):
        pass
    with locked(tmp_path / "run"):
        pass
    assert list((tmp_path / "run").iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("text")
    with pytest.raises(StoreError, match="cannot be made"), locked(tmp_path / "run"):
        pass


def test_small_files(tmp_path: Path) -> None:
    write_text(tmp_path / "fingerprint", "ë\n")
    assert read_text(tmp_path / "fingerprint") == "ë\n"
    with pytest.raises(StoreError, match="damaged: No such file"):
        read_text(tmp_path / "nothing")


def test_filled_repeats_scalars_and_can_be_empty() -> None:
    empty = filled("channels", replicate=0, rumor=np.array([], dtype=int), place=[], channel=[], count=[])
    assert len(empty) == 0
    assert filled("channels", replicate=3, rumor=1, place=[1, 2], channel=0, count=4)["replicate"].tolist() == [3, 3]
