"""The whole machine on plain callables: any order, any interruption, one result; nothing done twice, failures kept."""

from __future__ import annotations

import ast
import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rumorsim.errors import RunError, StoreError
from rumorsim.runs.files import locked, write_text
from rumorsim.runs.folder import Folder, Form, stamp_of
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Done, Memory, Task, message, perform, tasks_of
from rumorsim.runs.provenance import _file_of, _named, code_digest, imported
from rumorsim.runs.store import Layout, Part, Tables, read_rows
from rumorsim.runs.verify import Unfinished, provenance_of

IDS = [("point", "<i4"), ("replicate", "<i4")]
LEDGER = np.dtype([*IDS, ("digest", "<U64"), ("message", "<U64")])
LAYOUT = Layout({"scalars": np.dtype([*IDS, ("value", "<f8")]), "runs": LEDGER}, "runs", ("point", "replicate"))


class Squares:
    """A run gives a number; some points fail at some replicate."""

    def __init__(self, fails: Mapping[int, int] | None = None) -> None:
        self.fails = dict(fails or {})
        self.ran: Counter[tuple[int, int]] = Counter()

    def alone(self) -> Squares:
        return self

    def __call__(self, task: Task) -> Done:
        rows = []
        for point, replicates in task.slices:
            try:
                rows += [Row(point, k, None, self.run(point, k)) for k in replicates]
            except ValueError as error:
                rows.append(Row(point, replicates[0], message(error), b""))
        return Done(tuple(rows), 0.0)

    def run(self, point: int, replicate: int) -> bytes:
        if replicate >= self.fails.get(point, replicate + 1):
            raise ValueError(f"replicate {replicate} is out of luck")
        self.ran[point, replicate] += 1
        return np.float64(100 * point + replicate).tobytes()


def decode(rows: Sequence[Row]) -> Tables:
    scalars, ledger = np.empty(len(rows), LAYOUT.tables["scalars"]), np.zeros(len(rows), LEDGER)
    for table in (scalars, ledger):
        table["point"], table["replicate"] = [row.point for row in rows], [row.replicate for row in rows]
    scalars["value"] = [np.frombuffer(row.content)[0] for row in rows]
    ledger["digest"] = [row.content.hex() for row in rows]
    return {"scalars": scalars, "runs": ledger}


def fail(failed: Mapping[tuple[int, int], str]) -> Tables:
    ledger = np.zeros(len(failed), LEDGER)
    ledger["point"], ledger["replicate"] = [p for p, _ in failed], [-1 - k for _, k in failed]
    ledger["message"] = list(failed.values())
    return {"scalars": np.empty(0, LAYOUT.tables["scalars"]), "runs": ledger}


def form(points: int = 4, replicates: int = 5, *, by_run: bool = False) -> Form:
    identity = {"points": points}
    return Form(
        kind="comparison",
        about="comparison",
        identity=identity,
        layout=replace(LAYOUT, stamp=stamp_of(identity)),
        wanted={point: range(replicates) for point in range(points)},
        decode=decode,
        own=("note.txt",),
        files=("note.txt",),
        restore=lambda folder: write_text(folder / "note.txt", "mine"),
        differences=lambda folder, held: [] if held["comparison"] == identity else ["points"],
        fail=None if by_run else fail,
    )


def do(
    path: Path, work: Squares, chosen: Form | None = None, *, retry: bool = False, **arguments: Any
) -> Tables | None:
    """Run the machine once and return the tables, None if there was nothing to do."""
    with locked(path), contextlib.ExitStack() as stack:
        folder = Folder(path, chosen or form())
        stack.callback(folder.close)
        todo = folder.open(complete=folder.claim(), retry_failed=retry)
        if todo is None:
            return None
        perform(work, tasks_of(todo.items(), 3), [folder], **arguments)
        kept: list[Tables] = []

        def finish(parts: list[Part]) -> dict[str, str | None]:
            kept.append({name: read_rows(path, name, parts, LAYOUT) for name in LAYOUT.tables})
            return {"fingerprint": "".join(kept[0]["runs"]["digest"].tolist())}

        folder.seal({}, finish, retried=retry)
    return kept[0]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


ALL = Counter({(point, k): 1 for point in range(4) for k in range(5)})


def test_all_is_done_once_and_sealed(tmp_path: Path) -> None:
    work, told = Squares(), []
    found = do(tmp_path / "one", work, total=20, progress=lambda done, total: told.append((done, total)))
    assert found is not None
    assert work.ran == ALL
    assert found["scalars"]["value"].tolist() == [100 * point + k for point in range(4) for k in range(5)]
    assert told[0] == (0, 20)
    assert told[-1] == (20, 20)
    assert files(tmp_path / "one") == [
        "fingerprint", "note.txt", "provenance.json",
        "runs/part-0000000-0000000-0000003-0000004.parquet", "scalars/part-0000000-0000000-0000003-0000004.parquet",
    ]  # fmt: skip
    assert do(tmp_path / "one", work) is None
    assert work.ran == ALL


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_files(workers: int, tmp_path: Path) -> None:
    do(tmp_path / "one", Squares())
    do(tmp_path / "other", Squares(), workers=workers)
    for name in files(tmp_path / "one"):
        if name.endswith("parquet"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_memory_keeps_the_same_rows_in_order() -> None:
    memory = Memory()
    perform(Squares(), tasks_of([(1, range(3)), (0, range(3))], 2), [memory])
    assert [row[:2] for row in memory.ordered()] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize("stop_at", range(1, 7))
def test_stopped_while_running_nothing_is_lost_or_done_twice(stop_at: int, tmp_path: Path) -> None:
    work = Squares()

    def stop(done: int, total: int) -> None:
        if done >= 3 * stop_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(tmp_path, work, total=20, progress=stop)
    before = sum(work.ran.values())
    with pytest.raises(Unfinished, match=f"{before} of 20 runs are there"):
        raise_unfinished(tmp_path)
    do(tmp_path, work)
    assert work.ran == ALL


def raise_unfinished(folder: Path) -> None:
    from rumorsim.runs.verify import verify

    verify(folder, "comparison")


class Stopping:
    """Raises at the n-th of the calls by which files are moved, removed or synced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for home, name in ((os, "replace"), (os, "fsync"), (Path, "unlink"), (shutil, "rmtree")):
            monkeypatch.setattr(home, name, self.counted(getattr(home, name)))

    def counted(self, function: Any) -> Any:
        def call(*arguments: Any, **words: Any) -> Any:
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            return function(*arguments, **words)

        return call


def test_sealing_may_be_stopped_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = do(tmp_path / "expected", Squares({2: 3}))
    stopping, real, stopped = Stopping(monkeypatch), Folder.seal, []

    for step in range(60):
        home = tmp_path / str(step)

        def seal(folder: Folder, *arguments: Any, at: int = step, **words: Any) -> str:
            stopping.left = at
            return real(folder, *arguments, **words)

        work = Squares({2: 3})
        with monkeypatch.context() as patch:
            patch.setattr(Folder, "seal", seal)
            try:
                do(home, work)
                stopped.append(False)
            except KeyboardInterrupt:
                stopped.append(True)
        stopping.left = -1
        do(home, work)
        assert max(work.ran.values()) == 1 or set(work.ran) >= {(2, 0)}, "only what failed may have been begun twice"
        assert files(home) == files(tmp_path / "expected")
        assert (home / "fingerprint").read_text() == (tmp_path / "expected" / "fingerprint").read_text()
        if not stopped[-1]:
            break
    assert expected is not None
    assert sum(stopped) > 15, "there are many steps"
    assert not stopped[-1], "the last one ran through"


@pytest.mark.parametrize("there", [[], ["journal.sqlite-wal"], ["journal.sqlite"]])
def test_what_an_end_after_the_seal_leaves_is_removed(there: list[str], tmp_path: Path) -> None:
    """Removing the unfinished work may stop at any of its files: in a folder that is sealed the next call goes on."""
    do(tmp_path, Squares())
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "writer").write_text("process 1 on a machine that lost power")
    for name in there:
        (tmp_path / ".work" / name).touch()
    assert do(tmp_path, Squares()) is None
    assert not (tmp_path / ".work").exists()


def test_a_point_that_fails_is_told_and_done_again_when_asked(tmp_path: Path) -> None:
    work = Squares({1: 3, 2: 0})
    broken = do(tmp_path, work)
    assert broken is not None
    failed = broken["runs"][broken["runs"]["replicate"] < 0]
    told = dict(zip(failed["point"].tolist(), failed["message"].tolist(), strict=True))
    assert told == {1: "ValueError: replicate 3 is out of luck", 2: "ValueError: replicate 0 is out of luck"}
    assert sorted(set(broken["scalars"]["point"].tolist())) == [0, 3]
    assert provenance_of(tmp_path, "comparison").provenance["failed_points"] == 2
    assert do(tmp_path, work) is None
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path) if "failed" not in name}
    work.fails, work.ran = {1: 4}, Counter()
    again = do(tmp_path, work, retry=True)
    assert again is not None
    assert again["runs"][again["runs"]["replicate"] < 0]["point"].tolist() == [1]
    work.fails, work.ran = {}, Counter()
    whole = do(tmp_path, work, retry=True)
    assert whole is not None
    assert work.ran == Counter({(1, k): 1 for k in range(5)})
    assert len(whole["scalars"]) == 20
    for name, content in before.items():
        if name.endswith("parquet"):
            assert (tmp_path / name).read_bytes() == content, "files are added, never rewritten"


def test_a_run_that_fails_keeps_the_others_and_the_folder_open(tmp_path: Path) -> None:
    class One(Squares):
        def __call__(self, task: Task) -> Done:
            rows = [super(One, self).__call__(Task(((p, (k,)),))).rows[0] for p, ks in task.slices for k in ks]
            return Done(tuple(rows), 0.0)

    work = One({1: 3})
    for _ in range(2):
        with pytest.raises(RunError, match=r"2 of 20 replicates failed, among them 3: ValueError: .*--retry-failed"):
            do(tmp_path, work, form(by_run=True))
    assert work.ran == ALL - Counter({(1, 3): 1, (1, 4): 1})
    work.fails = {}
    assert do(tmp_path, work, form(by_run=True), retry=True) is not None
    assert work.ran == ALL


def test_more_replicates_add_files(tmp_path: Path) -> None:
    work = Squares()
    do(tmp_path, work, form(replicates=3))
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path) if name.endswith("parquet")}
    more = replace(form(replicates=5), summary={"replicates": 5})
    found = do(tmp_path, work, more)
    assert found is not None
    assert work.ran == ALL
    assert found["scalars"]["value"].tolist() == [100 * point + k for point in range(4) for k in range(5)]
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_the_old_seal_holds_until_the_new_one(tmp_path: Path) -> None:
    do(tmp_path, Squares(), form(replicates=3))

    def stop(done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    more = replace(form(replicates=5), summary={"replicates": 5})
    with pytest.raises(KeyboardInterrupt):
        do(tmp_path, Squares(), more, progress=stop)
    raise_unfinished(tmp_path)  # does not raise: what was finished is


def test_another_design_is_refused(tmp_path: Path) -> None:
    do(tmp_path, Squares())
    with pytest.raises(StoreError, match="the folder holds another comparison: points"):
        do(tmp_path, Squares(), form(points=3))


def test_the_digest_of_the_code_follows_imports() -> None:
    work = imported("rumorsim.ensemble.work")
    assert {"rumorsim.ensemble.reduce", "rumorsim.core.engine.simulation", "rumorsim.archive.reports"} <= set(work)
    assert "rumorsim.ensemble.verdict" not in work
    assert not any(name.startswith(("rumorsim.cli", "rumorsim.plot", "rumorsim.study")) for name in work)
    study = imported("rumorsim.study.work")
    assert {"rumorsim.study.outputs", "rumorsim.study.points", "rumorsim.ensemble.work"} <= set(study)
    assert len({code_digest(), code_digest("rumorsim.ensemble.work"), code_digest("rumorsim.study.work")}) == 3


def test_the_imports_read_are_those_that_are_parsed() -> None:
    root = Path(imported.__wrapped__.__code__.co_filename).parents[1]
    for name in imported("rumorsim.study.work"):
        path = root.joinpath(*name.split(".")[1:])
        tree = ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_bytes())
        skipped = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
        found = set()
        for node in (inner for top in tree.body if top not in skipped for inner in ast.walk(top)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rumorsim."):
                found.add(node.module)
        read = {one if one in found else one.rpartition(".")[0] for one in _named(_file_of(name) or path)}
        assert found <= read | set(_named(_file_of(name) or path)), name


def changing(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[str]:
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: real(path) + (b"\n#" if path.name == name else b""))
    yield name


@pytest.mark.parametrize(("name", "counts"), [("tick.py", True), ("parameters.csv", True), ("verdict_text.py", False)])
def test_what_a_run_needs_counts_and_nothing_else(name: str, counts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    code_digest.cache_clear()
    before = code_digest("rumorsim.ensemble.work")
    code_digest.cache_clear()
    for _ in changing(monkeypatch, name):
        assert (code_digest("rumorsim.ensemble.work") != before) == counts
    monkeypatch.undo()
    code_digest.cache_clear()
