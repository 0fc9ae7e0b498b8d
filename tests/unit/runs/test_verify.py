"""What is stored is checked when it is opened; altered, damaged, unfinished and another format are told apart."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rumorsim as rs
from rumorsim.errors import RumorsimError, StoreError
from rumorsim.runs import files, seal, verify
from tests.unit.ensemble.conftest import RUN

DATA = Path(__file__).resolve().parents[2] / "data"
STUDY = """
title = "A test"
scenario = "maki-thompson"
replicates = 2
[design]
kind = "grid"
[vary]
classic.transmission_rate = [0.5, 2.0]
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
"""
Again = Callable[[Path], Any]


def scenario() -> rs.Scenario:
    return rs.load_scenario("maki-thompson").replace({"population.size": 50})


def run_again(folder: Path, **arguments: Any) -> Any:
    return rs.run(scenario(), out=folder, **{"replicates": 2, "seed": 7, **arguments})


def sweep_again(folder: Path) -> Any:
    study = rs.Study.loads(STUDY)
    return rs.sweep(study, folder)


def compare_again(folder: Path) -> Any:
    other = scenario().replace({"classic.transmission_rate": 0.5})
    return rs.compare(scenario(), other, replicates=2, replays=0, out=folder)


MAKE: dict[str, Again] = {"run": run_again, "sweep": sweep_again, "comparison": compare_again}
OPEN: dict[str, Again] = {
    "run": rs.open_run,
    "sweep": rs.open_sweep,
    "comparison": lambda folder: verify.verify(folder, "comparison"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    for kind, make in MAKE.items():
        make(home / kind)
    return home


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: Path(shutil.copytree(made / kind, tmp_path / kind))


def change_json(name: str, *keys: str, to: Any) -> Again:
    def change(folder: Path) -> None:
        held = json.loads((folder / name).read_text())
        inner = held
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = to
        (folder / name).write_text(json.dumps(held, indent=2))

    return change


def change_table(name: str, column: str) -> Again:
    def change(folder: Path) -> None:
        path = folder / name if name.endswith(".parquet") else sorted((folder / name).glob("*.parquet"))[0]
        table = pq.read_table(path)
        values = table.column(column).to_numpy() + 1
        index = table.column_names.index(column)
        changed = table.set_column(index, column, pa.array(values)).replace_schema_metadata(table.schema.metadata)
        pq.write_table(changed, path)

    return change


def change_text(name: str, old: str, new: str) -> Again:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return change


def add_part(folder: Path) -> None:
    path = sorted((folder / "scalars").glob("*.parquet"))[0]
    shutil.copy(path, path.with_name("part-9999999-0000000-9999999-0000000.parquet"))


one = pytest.mark.fault("3.1")
two = pytest.mark.fault("3.2")
ALTERED = [
    pytest.param(
        "run",
        change_json("scenario.resolved.json", "values", "classic.transmission_rate", to=0.1),
        "scenario.resolved.json",
        marks=one,
    ),
    pytest.param("run", change_json("scenario.resolved.json", "title", to="Another"), "scenario.resolved", marks=one),
    *(
        pytest.param("run", change_json("provenance.json", "run", key, to=value), "provenance.json", marks=two)
        for key, value in {"seed": 8, "parameters": "prior", "code": "0" * 64, "model": "x", "scenario": "0"}.items()
    ),
    pytest.param("run", change_json("provenance.json", "replicates", to=1), "provenance.json", marks=two),
    pytest.param("run", change_json("provenance.json", "format", to=1), "provenance.json", marks=two),
    ("run", change_table("awareness", "count"), "awareness"),
    ("run", change_table("runs", "expelled"), "runs"),
    ("run", change_json("frame.json", "office_names", to=["x"]), "frame.json"),
    ("run", lambda folder: (folder / "fingerprint").write_text("0" * 64), "fingerprint"),
    ("run", change_text("verdict.csv", "\n", "\nx"), "verdict.csv"),
    ("sweep", change_json("study.resolved.json", "seed", to=3), "study.resolved.json"),
    ("sweep", change_json("scenario.resolved.json", "values", "population.size", to=3), "scenario.resolved.json"),
    ("sweep", change_json("provenance.json", "study", "points", to="0"), "provenance.json"),
    ("sweep", change_table("points.parquet", "classic.transmission_rate"), "points.parquet"),
    ("sweep", change_table("design.parquet", "classic.transmission_rate"), "design.parquet"),
    ("sweep", change_table("scalars", "aware"), "scalars"),
    ("sweep", add_part, "part-9999999"),
    ("comparison", change_text("comparison.csv", "share_aware", "share_bware"), "comparison.csv"),
    ("comparison", change_json("provenance.json", "comparison", "seed", to=8), "provenance.json"),
    ("comparison", change_json("a/provenance.json", "run", "seed", to=8), "a/provenance.json"),
]


@pytest.mark.parametrize(("kind", "change", "file"), ALTERED)
def test_what_was_altered_is_refused_and_left(kind: str, change: Again, file: str, copy: Callable[[str], Path]) -> None:
    folder = copy(kind)
    change(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for door in (OPEN[kind], MAKE[kind]):
        with pytest.raises(seal.Altered, match="altered") as caught:
            door(folder)
        assert file in str(caught.value.file)
        assert caught.value.allowed
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


four, five, six = pytest.mark.fault("3.4"), pytest.mark.fault("3.5"), pytest.mark.fault("3.6")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("run", "provenance.json", marks=four),
        pytest.param("run", "frame.json", marks=five),
        ("run", "scenario.resolved.json"),
        ("run", "fingerprint"),
        ("run", "verdict.csv"),
        ("run", "awareness"),
        ("run", "runs"),
        pytest.param("sweep", "provenance.json", marks=four),
        ("sweep", "scenario.resolved.json"),
        pytest.param("sweep", "study.resolved.json", marks=five),
        ("sweep", "points.parquet"),
        ("sweep", "design.parquet"),
        ("sweep", "fingerprint"),
        ("sweep", "scalars"),
        ("sweep", "runs"),
        pytest.param("comparison", "provenance.json", marks=four),
        ("comparison", "comparison.csv"),
        ("comparison", "a/frame.json"),
    ],
)
@pytest.mark.parametrize("damage", [emptied, halved, zeros, Path.unlink])
def test_what_is_damaged_is_named_and_made_again(
    kind: str, name: str, damage: Again, copy: Callable[[str], Path], made: Path
) -> None:
    folder = copy(kind)
    path = folder / name
    path = sorted(path.iterdir())[0] if path.is_dir() else path
    expected = path.read_bytes()
    damage(path)
    with pytest.raises(StoreError, match=r"damaged|not the folder of a sweep") as caught:
        OPEN[kind](folder)
    assert str(caught.value.file) in (str(path), str(folder))
    MAKE[kind](folder)
    OPEN[kind](folder)
    if name != "provenance.json" and kind != "comparison":
        assert path.exists()
        assert path.suffix == ".parquet" or path.read_bytes() == expected
    for part in (made / kind).rglob("fingerprint"):
        assert (folder / part.relative_to(made / kind)).read_bytes() == part.read_bytes()


@pytest.mark.fault("3.4")
def test_parts_of_another_run_are_never_taken_for_those_of_this_one(copy: Callable[[str], Path]) -> None:
    folder = copy("run")
    emptied(folder / "provenance.json")
    with pytest.raises(seal.Damaged, match=r"provenance\.json: damaged"):
        run_again(folder, seed=8)
    assert run_again(folder).seed == 7


@pytest.mark.fault("3.6")
@pytest.mark.parametrize(("kind", "table"), [("run", "awareness"), ("run", "runs"), ("sweep", "scalars")])
def test_a_table_that_is_a_file_is_named(kind: str, table: str, copy: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copy(kind)
    shutil.rmtree(folder / table)
    (folder / table).touch()
    for door in (OPEN[kind], MAKE[kind]):
        with pytest.raises(StoreError, match="damaged") as caught:
            door(folder)
        assert table in str(caught.value.file)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / table).touch()
    with pytest.raises(StoreError, match="a file is where the folder of a table should be"):
        MAKE[kind](tmp_path / "new")


@pytest.mark.fault("3.7")
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("other", MAKE)
def test_the_folder_of_another_kind_is_named(kind: str, other: str, made: Path) -> None:
    if kind == other:
        return
    before = (made / other / "provenance.json").read_bytes()
    for door in (MAKE[kind], OPEN[kind]):
        with pytest.raises(StoreError, match=f"holds a {other}"):
            door(made / other)
    with pytest.raises(StoreError, match="holds a sweep, not a run folder"):
        rs.compare(made / "sweep", "maki-thompson")
    assert (made / other / "provenance.json").read_bytes() == before


def test_unfinished_is_neither_damaged_nor_altered(copy: Callable[[str], Path]) -> None:
    for kind in MAKE:
        folder = copy(kind)
        held = json.loads((folder / "provenance.json").read_text())
        files.write_json(folder / "provenance.json", seal.unsealed(held))
        with pytest.raises(verify.Unfinished, match=f"the {kind} is unfinished; allowed: a finished {kind}") as caught:
            OPEN[kind](folder)
        assert "altered" not in str(caught.value)
        assert "damaged" not in str(caught.value)
        MAKE[kind](folder)
        OPEN[kind](folder)


def test_an_unfinished_run_does_not_take_over_another_scenario(copy: Callable[[str], Path]) -> None:
    folder = copy("run")
    held = json.loads((folder / "provenance.json").read_text())
    files.write_json(folder / "provenance.json", seal.unsealed(held))
    change_json("scenario.resolved.json", "values", "classic.transmission_rate", to=0.1)(folder)
    with pytest.raises(seal.Altered, match="does not have the fingerprint"):
        run_again(folder)


@pytest.mark.parametrize("number", [0, 5, 99, "4", None, True])
def test_another_format_is_told(number: Any, copy: Callable[[str], Path]) -> None:
    for kind in MAKE:
        folder = copy(kind)
        change_json("provenance.json", "format", to=number)(folder)
        for door in (OPEN[kind], MAKE[kind]):
            with pytest.raises(verify.OtherFormat, match=f"another format: format {number}, written by rumorsim"):
                door(folder)


@pytest.mark.parametrize(("number", "version", "size"), [(1, "0.1.0", 200), (2, "0.2.0", 50), (3, "0.3.0", 50)])
def test_a_folder_of_an_older_format_is_read_and_nothing_more(
    number: int, version: str, size: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Path(shutil.copytree(DATA / f"run-format-{number}", tmp_path / "run"))
    sweep = Path(shutil.copytree(DATA / f"sweep-format-{number}", tmp_path / "sweep"))
    with caplog.at_level(logging.WARNING, "rumorsim"):
        opened = [rs.open_run(run), rs.open_run(run)][0]
        assert opened.replicates == 3
        assert rs.open_sweep(sweep).values("aware").shape == (2, 2)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2, "once for each folder"
    written = f"format {number}, written by rumorsim {version}"
    assert all(f"{written}; here are format {seal.FORMAT} and rumorsim {rs.__version__}" in one for one in told)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    whole = rs.load_scenario("maki-thompson").replace({"population.size": size})
    for call in (
        lambda: opened.replay(0),
        lambda: rs.run(whole, replicates=5, seed=7, out=run),
        lambda: rs.run(whole, replicates=3, seed=7, out=run),
        lambda: sweep_again(sweep),
        lambda: rs.compare(run, whole),
    ):
        with pytest.raises(verify.OtherFormat, match=f"another format: {written}"):
            call()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_seal_of_an_older_format_is_checked(tmp_path: Path) -> None:
    run = Path(shutil.copytree(DATA / "run-format-2", tmp_path / "run"))
    change_table("awareness", "count")(run)
    with pytest.raises(seal.Altered, match="altered since it was stored"):
        rs.open_run(run)


@pytest.mark.parametrize(
    ("kind", "change", "file"),
    [
        ("run", change_json("scenario.resolved.json", "values", "classic.stifling_rate", to=0.1), "scenario.resolved"),
        ("run", change_json("provenance.json", "run", "scenario", to="0"), "scenario.resolved"),
        ("run", lambda folder: (folder / "fingerprint").write_text("0" * 64), "fingerprint"),
        (
            "sweep",
            change_json("scenario.resolved.json", "values", "classic.stifling_rate", to=0.1),
            "scenario.resolved",
        ),
        ("sweep", lambda folder: (folder / "fingerprint").write_text("0" * 64), "fingerprint"),
    ],
)
def test_what_can_be_checked_of_the_older_format_is(kind: str, change: Again, file: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DATA / f"{kind}-format-1", tmp_path / kind))
    change(folder)
    with pytest.raises(seal.Altered, match="altered") as caught:
        OPEN[kind](folder)
    assert file in str(caught.value.file)


@pytest.mark.fault("3.3")
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    ("name", "told"),
    [
        (os.fsdecode(b"out\xff"), "not UTF-8"),
        ("a\0b", "zero byte"),
        ("x" * 300, "File name too long"),
        ("file", "File exists"),
        ("file/below", "Not a directory"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_any_work(
    kind: str, name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(RUN, "build_party", None)
    monkeypatch.setattr("rumorsim.study.work.build_party", None)
    with pytest.raises(StoreError, match=told):
        MAKE[kind](tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.fault("3.3")
@pytest.mark.parametrize("name", ["new\nline", "a b'\"$", "Tiranë", "x" * 255])
def test_odd_names_work(name: str, tmp_path: Path) -> None:
    assert run_again(tmp_path / "r" / name).replicates == 2
    assert len(sweep_again(tmp_path / "s" / name).points) == 2


@pytest.mark.fault("3.10")
@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("at", [1, 2, 9])
def test_a_disk_that_takes_no_more_is_told_with_folder_and_what_is_safe(
    kind: str, number: int, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Path
) -> None:
    replace, calls = os.replace, []

    def full(*paths: Any) -> None:
        calls.append(paths)
        if len(calls) >= at:
            raise OSError(number, os.strerror(number))
        replace(*paths)

    folder = tmp_path / kind
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(StoreError, match=os.strerror(number)) as caught:
            MAKE[kind](folder)
    assert str(folder) in str(caught.value)
    if number in (errno.ENOSPC, errno.EDQUOT):
        assert f"what is finished is kept in {folder}" in str(caught.value)
    MAKE[kind](folder)
    assert (folder / "fingerprint").read_bytes() == (made / kind / "fingerprint").read_bytes()


def test_errors_of_the_system_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="thing: cannot be written: No such file"), files.storing(tmp_path):
        (tmp_path / "no" / "thing").write_text("x")


def test_checking_is_cheap(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(1_000_000)
    names = [f"runs/part-{number:07d}.parquet" for number in range(40)]
    (tmp_path / "runs").mkdir()
    for name in names:
        (tmp_path / name).write_bytes(content)
    held = seal.sealed(tmp_path, {}, names)
    begin = time.process_time()
    seal.check_files(tmp_path, held["seal"]["files"], "")
    assert time.process_time() - begin < 0.5, "40 MB, more than 100 replicates of the whole party"


def test_every_message_is_of_the_package() -> None:
    for error in (seal.Altered, seal.Damaged, verify.Unfinished, verify.OtherFormat):
        assert issubclass(error, RumorsimError)


@pytest.mark.fault("3.5")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("run", "provenance.json"),
        ("run", "scenario.resolved.json"),
        ("run", "frame.json"),
        ("sweep", "provenance.json"),
        ("sweep", "study.resolved.json"),
    ],
)
def test_a_file_nested_without_end_is_damaged(kind: str, name: str, copy: Callable[[str], Path]) -> None:
    folder = copy(kind)
    (folder / name).write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(StoreError, match="damaged"):
        rs.open_run(folder) if kind == "run" else rs.open_sweep(folder)


@pytest.mark.fault("3.2")
@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_a_seal_that_is_no_size_is_altered(kind: str, copy: Callable[[str], Path]) -> None:
    folder = copy(kind)
    path = folder / "provenance.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    name = next(iter(held["seal"]["files"]))
    held["seal"]["files"][name] = "x" + held["seal"]["files"][name]
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(StoreError, match="altered"):
        rs.open_run(folder) if kind == "run" else rs.open_sweep(folder)
