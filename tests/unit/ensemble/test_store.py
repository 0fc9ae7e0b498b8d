"""Parts are there in full or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from rumorsim.ensemble.files import locked, read_text
from rumorsim.ensemble.store import clean, intact_parts, read_rows, write_part, write_text
from rumorsim.ensemble.tables import TABLES, Tables, concatenated, empty_tables, filled
from rumorsim.errors import StoreError


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


def names(folder: Path) -> list[str]:
    return [part.name for part in intact_parts(folder)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    first, second = tables(0, 1), tables(2)
    write_part(tmp_path, second)
    write_part(tmp_path, first)
    parts = intact_parts(tmp_path)
    assert [part.replicates.tolist() for part in parts] == [[0, 1], [2]]
    both = concatenated([first, second])
    for name in TABLES:
        read = read_rows(tmp_path, name, parts)
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
    assert [part.replicates.tolist() for part in intact_parts(tmp_path)] == [[0, 1]]


def test_cleaning_removes_what_does_not_count(tmp_path: Path) -> None:
    write_part(tmp_path, tables(0, 1))
    write_part(tmp_path, tables(1, 2))
    (tmp_path / "awareness" / "part-0000007-0000008.parquet").write_bytes(b"torn")
    (tmp_path / "notes.txt").write_text("mine")
    clean(tmp_path, intact_parts(tmp_path))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == sorted([*(f"{table}/part-0000000-0000001.parquet" for table in TABLES), "notes.txt"])
    assert not (tmp_path / ".parts").exists()


def test_the_part_of_runs_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever writing stops, the batch is not there, because its part of runs is not."""
    write = pq.write_table
    for stop_at in range(len(TABLES)):
        folder, count = tmp_path / str(stop_at), 0

        def stops(*arguments: Any, last: int = stop_at, **options: Any) -> None:
            nonlocal count
            if count == last:
                raise KeyboardInterrupt
            count += 1
            write(*arguments, **options)

        monkeypatch.setattr(pq, "write_table", stops)
        with pytest.raises(KeyboardInterrupt):
            write_part(folder, tables(0))
        assert names(folder) == []


def test_reading_a_part_that_vanished_is_an_error(tmp_path: Path) -> None:
    part = write_part(tmp_path, tables(0))
    (tmp_path / "channels" / part.name).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        read_rows(tmp_path, "channels", [part])


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path / "run"), pytest.raises(StoreError, match="another run is writing"), locked(tmp_path / "run"):
        pass
    with locked(tmp_path / "run"):
        pass


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
