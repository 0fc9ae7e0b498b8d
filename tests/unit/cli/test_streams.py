"""Standard streams that are closed or full, working directories that are gone: one message, no traceback."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rumorsim.cli import main

#: Like the installed command, and unlike a bare -c, it does not look for modules in the working directory: where that
#: has been deleted, Python 3.13 cannot load extension modules from anywhere (SystemError).
PROGRAM = f"{shlex.quote(sys.executable)} -P -c 'import sys; from rumorsim.cli import main; sys.exit(main())'"
RUN = "run maki-thompson --replicates 2 --set population.size=50 --prior-replicates 0"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")


def shell(words: str, cwd: Path) -> tuple[int, str]:
    """Run a line of the shell and return its exit status and what came on standard error."""
    done = subprocess.run(["sh", "-c", words], cwd=cwd, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.fault("3.8")
@pytest.mark.parametrize(
    "command", ["list", "--version", "--help", "explain maki-thompson", "new study", "schema", f"{RUN} --out r", "lst"]
)
def test_closed_standard_output_is_told_before_any_work(command: str, tmp_path: Path) -> None:
    status, said = shell(f"{PROGRAM} {command} >&-", tmp_path)
    assert (status, said) == (1, "rumorsim: standard output is closed; use >/dev/null to discard what is printed\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("3.8")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["list", "--version", "--help", "new study"])
def test_full_standard_output_is_told(command: str, tmp_path: Path) -> None:
    status, said = shell(f"{PROGRAM} {command} >/dev/full", tmp_path)
    assert (status, said) == (1, "rumorsim: what is printed: No space left on device\n")


@pytest.mark.slow
@pytest.mark.fault("3.8")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("list >/dev/null 2>&-", 0),
        ("lst 2>&-", 2),
        ("lst >&- 2>&-", 1),
        ("list >&- 2>&- <&-", 1),
        (f"{RUN} --out r --workers 2 >/dev/null 2>&-", 0),
    ],
)
def test_closed_standard_error_changes_no_status(words: str, expected: int, tmp_path: Path) -> None:
    assert shell(f"{PROGRAM} {words}", tmp_path) == (expected, "")


@pytest.mark.fault("3.8")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_standard_error_changes_no_status(tmp_path: Path) -> None:
    assert shell(f"{PROGRAM} lst 2>/dev/full", tmp_path)[0] == 2
    assert shell(f"{PROGRAM} lst >/dev/full 2>&1", tmp_path)[0] == 2


@pytest.mark.slow
@pytest.mark.fault("3.9")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("command", [RUN, "sweep {study}", "compare maki-thompson daley-kendall --out c"])
def test_a_deleted_working_directory_is_told(command: str, workers: int, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    study = tmp_path / "study.toml"
    assert shell(f"{PROGRAM} new study > {study}", tmp_path) == (0, "")
    words = command.format(study=study)
    status, said = shell(f"cd gone && rmdir ../gone && {PROGRAM} {words} --quiet --workers {workers}", tmp_path)
    assert status == 2
    assert said.startswith("rumorsim: ")
    assert said.count("\n") == 1
    assert "the working directory has been deleted" in said


@pytest.mark.slow
@pytest.mark.fault("3.9")
def test_workers_cannot_start_in_a_deleted_directory(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    words = f"{PROGRAM} {RUN} --quiet --out {tmp_path / 'r'} --workers"
    status, said = shell(f"cd gone && rmdir ../gone && {words} 2", tmp_path)
    assert status == 2
    assert said == (
        "rumorsim: workers: the working directory has been deleted, and worker processes cannot start in it "
        "(given: 2); allowed: 1 worker, or cd to another folder\n"
    )
    (tmp_path / "gone").mkdir()
    assert shell(f"cd gone && rmdir ../gone && {words} 1 > /dev/null", tmp_path) == (0, "")


@pytest.mark.fault("3.3")
def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    for command in (RUN, "compare maki-thompson daley-kendall --replicates 2"):
        status, said = shell(f"{PROGRAM} {command} --quiet --out \"$(printf 'out\\377')\"", tmp_path)
        assert status == 2
        assert "the name of the folder is not UTF-8" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("3.7")
@pytest.mark.parametrize("command", ["plot", "sensitivity"])
def test_the_folder_of_another_kind_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["compare", "maki-thompson", "daley-kendall", "--replicates", "2", "--replays", "0", "--out", "c"]
    assert main([*words, "--quiet", "--workers", "1"]) == 0
    capsys.readouterr()
    assert main([command, "c"]) == 2
    assert capsys.readouterr().err.startswith("rumorsim: c: holds a comparison, not ")
    assert main([*RUN.split(), "--quiet", "--out", "c"]) == 2
    assert "c: the folder holds a comparison; allowed: a new or empty folder" in capsys.readouterr().err


def small_disk(folder: Path) -> bool:
    """Mount a file system of some hundred kilobytes; return whether that is allowed here."""
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.fault("3.10")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if not small_disk(disk):
        pytest.skip("no file system can be mounted here")
    try:
        filler = disk / "filler"
        filler.write_bytes(bytes(140_000))
        words = f"{PROGRAM} {RUN.replace('--replicates 2', '--replicates 20')} --out {disk / 'r'} --workers 1 --quiet"
        status, said = shell(f"{words} > /dev/null", tmp_path)
        assert status == 1
        assert f"what is finished is kept in {disk / 'r'}, and the same command resumes it" in said
        assert said.startswith(f"rumorsim: {disk}{os.sep}")
        filler.unlink()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
