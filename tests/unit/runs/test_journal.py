"""The journal: what was put is there; what was torn, altered or swapped is not; what cannot be read is set aside."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rumorsim.errors import StoreError
from rumorsim.runs import journal
from rumorsim.runs.journal import Journal, Row, State, state_of

ROOT = Path(__file__).resolve().parents[3]


def row(point: int, replicate: int, error: str | None = None) -> Row:
    return Row(point, replicate, error, b"" if error else hashlib.sha256(f"{point}/{replicate}".encode()).digest())


ROWS = [row(point, k) for point in (1, 0) for k in (2, 0, 1)]


@contextlib.contextmanager
def opened(folder: Path, stamp: str = "s") -> Iterator[Journal]:
    with contextlib.closing(Journal(folder, stamp)) as made:
        yield made


def filled(folder: Path, rows: list[Row] = ROWS) -> None:
    with opened(folder) as made:
        made.put(rows)


def changed(folder: Path, statement: str, *values: Any) -> None:
    with contextlib.closing(sqlite3.connect(folder / ".work" / "journal.sqlite")) as base, base:
        base.execute(statement, values)


def held(folder: Path) -> list[Row]:
    with opened(folder) as made:
        return [one for chunk in made.chunks() for one in chunk]


def test_what_was_put_is_there_in_order(tmp_path: Path) -> None:
    filled(tmp_path, [*ROWS, row(2, 0, "out of luck")])
    assert held(tmp_path) == sorted(ROWS)
    with opened(tmp_path) as again:
        assert again.keys == {(one.point, one.replicate) for one in ROWS}
        assert again.failed == {(2, 0): "out of luck"}
        again.forget_failures()
        assert again.failed == {}
    with opened(tmp_path) as again:
        assert again.failed == {}


def test_rows_come_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_ROWS", 4)
    filled(tmp_path)
    with opened(tmp_path) as made:
        assert [len(chunk) for chunk in made.chunks()] == [4, 2]


def change(what: str, *values: Any, where: str = "point = 0 and replicate = 1") -> Callable[[Path], None]:
    return lambda folder: changed(folder, f"update runs set {what} where {where}", *values)


CHANGES = {
    "altered": change("content = ?", b"x"),
    "torn": change("content = substr(content, 1, 20)"),
    "an error taken away": change("error = null", where="point = 2"),
    "an error added": change("error = 'x'"),
    "a number": change("content = 5"),
    "another replicate": change("replicate = 7"),
    "another point": change("point = 7"),
    "a digest": change("digest = ?", b"x" * 32),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_row_that_was_changed_is_done_again(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path, [*ROWS, row(2, 0, "out of luck")])
    CHANGES[name](tmp_path)
    with caplog.at_level(logging.WARNING, "rumorsim"), opened(tmp_path) as made:
        gone = {(2, 0)} if name == "an error taken away" else {(0, 1)}
        expected = {(one.point, one.replicate) for one in ROWS} | {(2, 0)}
        assert made.keys | set(made.failed) == expected - gone
    assert "1 rows are not what was written" in caplog.text


def test_rows_that_were_swapped_are_done_again(tmp_path: Path) -> None:
    filled(tmp_path)
    # Content and digest go together: each row is as it was written, at another place.
    changed(tmp_path, "update runs set replicate = 99 where point = 0 and replicate = 1")
    changed(tmp_path, "update runs set replicate = 1 where point = 0 and replicate = 2")
    changed(tmp_path, "update runs set replicate = 2 where point = 0 and replicate = 99")
    with opened(tmp_path) as made:
        assert made.keys == {(0, 0), (1, 0), (1, 1), (1, 2)}


def test_rows_of_something_else_do_not_count(tmp_path: Path) -> None:
    filled(tmp_path)
    with opened(tmp_path, "another stamp") as made:
        assert made.keys == set()


def test_a_row_changed_while_it_was_held_is_noticed_at_the_seal(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        made.put(ROWS)
        made.commit()
        CHANGES["altered"](tmp_path)
        with pytest.raises(StoreError, match="1 rows of the journal are not what was written; the same command"):
            list(made.chunks())
        assert made.keys == {(one.point, one.replicate) for one in ROWS} - {(0, 1)}


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 300, None])
def test_a_journal_that_cannot_be_read_is_set_aside_and_named(
    damage: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    filled(tmp_path)
    path = tmp_path / ".work" / "journal.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096) if damage is None else damage)
    with caplog.at_level(logging.WARNING, "rumorsim"), opened(tmp_path) as made:
        assert made.keys == set()
        made.put(ROWS)
    aside = tmp_path / "journal.unreadable"
    assert aside.exists() == (damage != b""), "an empty file is a new journal"
    if damage != b"":
        assert str(aside) in caplog.text
    assert len(held(tmp_path)) == len(ROWS)


def test_one_commit_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, commits = [100.0], []
    monkeypatch.setattr(journal.time, "monotonic", lambda: clock[0])
    with opened(tmp_path) as made:
        made._base.set_trace_callback(lambda text: commits.append(clock[0]) if text == "commit" else None)
        for step in range(100):
            clock[0] = 100.0 + 0.05 * step
            made.put([row(0, step)])
        assert len(commits) == 5
    assert len(held(tmp_path)) == 100


def test_the_mode_is_asked_for_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path / "here") as made:
        assert made.mode == ("wal" if journal._is_local(tmp_path) else "delete")
    monkeypatch.setattr(journal, "_is_local", lambda folder: False)
    with opened(tmp_path / "there") as made:
        assert made.mode == "delete"
        made.put(ROWS)
        made.commit()
        assert state_of(tmp_path / "there") is not None


def test_a_network_disk_is_no_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = "disk / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\nserver:/y /data/fast xfs rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: mounts)
    assert journal._is_local(Path("/home/me/run"))
    assert not journal._is_local(Path("/data/run"))
    assert journal._is_local(Path("/data/fast/run"))
    assert journal._is_local(Path("/database/run"))


def test_others_may_look_while_it_is_written(tmp_path: Path) -> None:
    assert state_of(tmp_path) is None
    with opened(tmp_path) as made:
        made.expect(20, 4)
        made.put([*ROWS, row(2, 0, "out of luck")])
        made.commit()
        seen = state_of(tmp_path)
        assert seen is not None
        assert (seen.done, seen.total, seen.failed) == (10, 20, 1)
        assert seen.seconds_left is not None
        made.put([row(3, 0)])
        assert state_of(tmp_path) == seen, "what is not safe does not count"
    assert str(State(10, 20, 1, 41.7)) == "10 of 20 runs are there, 1 failed, about 42 s of work left"


def test_a_full_disk_is_named_and_what_was_safe_stays(tmp_path: Path) -> None:
    made = Journal(tmp_path, "s")
    made.put(ROWS)
    made.commit()
    (pages,) = made._base.execute("pragma page_count").fetchone()
    made._base.execute(f"pragma max_page_count = {pages + 2}")
    many = [Row(5, k, None, bytes(3000)) for k in range(100)]
    with pytest.raises(StoreError, match="no space left to write") as caught:
        made.put(many)
    assert f"what is finished is kept in {tmp_path}" in str(caught.value)
    with contextlib.suppress(StoreError):
        made.close()
    assert [one for one in held(tmp_path) if one.point < 5] == sorted(ROWS)


def test_a_folder_that_vanishes_is_named(tmp_path: Path) -> None:
    home = tmp_path / "run"
    made = Journal(home, "s")
    made.put(ROWS)
    made.commit()
    os.rename(home, tmp_path / "elsewhere")
    made.put([row(4, 4)])
    with pytest.raises(StoreError, match="the folder disappeared while it was being written to"):
        made.commit()
    made._base.close()


KILLED = """
import sys
from pathlib import Path
from tests.unit.runs.test_journal import Journal, row
made = Journal(Path(sys.argv[1]), "s")
for k in range(1_000_000):
    made.put([row(0, k)])
"""


def test_a_kill_takes_a_second_at_most(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    deadline, found = time.monotonic() + 60, None
    while time.monotonic() < deadline and (found is None or found.done < 100):
        time.sleep(0.05)
        found = state_of(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert found is not None
    with opened(tmp_path) as made:
        assert len(made.keys) >= found.done >= 100
        assert made.keys == {(0, k) for k in range(len(made.keys))}
