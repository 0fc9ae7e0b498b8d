"""Killed without warning, parent or worker, the same command ends with the same fingerprint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import rumorsim as rs
from rumorsim.core.randomness.streams import Streams
from rumorsim.runs import journal
from rumorsim.study import Study

ROOT = Path(__file__).resolve().parents[3]
RATES = "classic.transmission_rate = { low = 0.5, high = 3.0, points = 24 }"
#: Runs a sweep in small tasks, whatever the speed of the machine, so that there is time to kill it in between.
SCRIPT = """
import sys, time
import rumorsim as rs
from rumorsim.runs import journal
from rumorsim.study import work

work._TASK_SECONDS = 1e-9
journal._COMMIT_SECONDS = 0.05
print(rs.sweep(sys.argv[1], sys.argv[2], workers=int(sys.argv[3])).fingerprint())
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc"),
]


def start(study: Path, out: Path, workers: int) -> subprocess.Popen[str]:
    path = study.parent / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(path), str(study), str(out), str(workers)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(after[1]) == pid and after[0] != "Z":
            found.append(int(path.parent.name))
    return found


def workers_of(pid: int) -> list[int]:
    """Return the worker processes among them; another one only tracks resources."""
    return [child for child in children(pid) if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def done(out: Path) -> int:
    state = journal.state_of(out)
    return 0 if state is None else state.done


def wait_for(process: subprocess.Popen[str], out: Path, runs: int) -> None:
    deadline = time.monotonic() + 120
    while done(out) < runs and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_moments_the_same_command_finishes(
    write: Callable[..., Path], tmp_path: Path, workers: int
) -> None:
    path = write(RATES, classic=True, replicates=3)
    out, study = tmp_path / "out", Study.load(path)
    drawn = Streams(workers).uniform("test", range(3))
    kept = [0]
    for moment in drawn.tolist():
        process = start(path, out, workers)
        wait_for(process, out, done(out) + 1 + int(12 * moment))
        time.sleep(0.05 * moment)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()  # comes back only when the workers, which hold the pipes too, are gone
        kept.append(done(out))
        assert kept[-1] >= kept[-2]
    assert 0 < kept[1] < kept[-1] < 72, "it was to be killed on the way"
    process = start(path, out, workers)
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    expected = rs.sweep(study, tmp_path / "whole")
    assert printed.strip() == expected.fingerprint()
    assert rs.open_sweep(out).table().tobytes() == expected.table().tobytes()
    stretch = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["stretches"][-1]
    assert (stretch["runs_kept"], stretch["runs_done"]) == (kept[-1], 72 - kept[-1])
    assert [found.name for found in tmp_path.iterdir() if found.name.startswith(".")] == []


def test_a_worker_that_is_killed_is_replaced(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(RATES, classic=True, replicates=3)
    out = tmp_path / "out"
    process = start(path, out, 2)
    killed = []
    for runs in (20, 40):  # the trial, before there are workers, takes up to 13
        wait_for(process, out, runs)
        alive = workers_of(process.pid)
        if alive:
            os.kill(alive[0], signal.SIGKILL)
            killed.append(alive[0])
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert killed, "a worker was to be killed"
    assert printed.strip() == rs.sweep(Study.load(path), tmp_path / "whole").fingerprint()


def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(RATES, classic=True, replicates=3)
    out = tmp_path / "out"
    words = [sys.executable, "-m", "rumorsim", "sweep", str(path), "--out", str(out), "--workers", "2", "--quiet"]
    process = subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(process, out, 1)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert printed == ""
    assert errors.startswith(f"rumorsim: interrupted; what is finished is kept in {out}\nThe same command resumes it")
    assert children(process.pid) == []
    assert rs.sweep(path, out).fingerprint() == rs.sweep(path, tmp_path / "whole").fingerprint()
