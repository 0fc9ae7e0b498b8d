"""Workers: any number, replaced when they die, gone when the parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rumorsim.errors import RunError
from rumorsim.runs.pool import pack, run_tasks, unpack

ROOT = Path(__file__).resolve().parents[3]


class Squares:
    """A task squares a number; some tasks first kill their worker, once each."""

    def __init__(self, folder: Path | None = None, deadly: tuple[int, ...] = (), always: bool = False) -> None:
        self.folder = folder
        self.deadly = deadly
        self.always = always
        self.numbers = np.arange(100) ** 2

    def __call__(self, task: int) -> tuple[int, int]:
        if task in self.deadly and self.folder is not None:
            mark = self.folder / f"died-{task}"
            if self.always or not mark.exists():
                mark.touch()
                os.kill(os.getpid(), 9)
        if task == 13:
            raise RunError("an unlucky number", given=task, allowed="others")
        return int(self.numbers[task]), os.getpid()


def results(work: Squares, tasks: list[int], workers: int) -> dict[int, tuple[int, int]]:
    return dict(run_tasks(work, tasks, workers))


def test_one_worker_is_this_process() -> None:
    found = results(Squares(), [1, 2, 3], 1)
    assert found == {task: (task**2, os.getpid()) for task in (1, 2, 3)}


def test_two_workers_are_others() -> None:
    found = results(Squares(), list(range(12)), 2)
    assert {task: square for task, (square, _) in found.items()} == {task: task**2 for task in range(12)}
    assert os.getpid() not in {pid for _, pid in found.values()}


@pytest.mark.slow
def test_a_dead_worker_is_replaced(tmp_path: Path) -> None:
    found = results(Squares(tmp_path, deadly=(2, 7)), list(range(10)), 2)
    assert {task: square for task, (square, _) in found.items()} == {task: task**2 for task in range(10)}
    assert sorted(path.name for path in tmp_path.glob("died-*")) == ["died-2", "died-7"]


@pytest.mark.slow
def test_a_task_that_always_kills_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="died 3 times in a row without finishing anything"):
        results(Squares(tmp_path, deadly=(0, 1), always=True), [0, 1], 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_goes_wrong_in_a_task_is_told(workers: int) -> None:
    with pytest.raises(RunError, match=r"an unlucky number \(given: 13\); allowed: others"):
        results(Squares(), [1, 13, 2], workers)


def test_packed_arrays_are_mapped_and_changes_stay_here(tmp_path: Path) -> None:
    array = np.arange(1000, dtype=np.int32)
    pack({"array": array, "values": MappingProxyType({"a": 1})}, tmp_path / "work")
    one, two = unpack(tmp_path / "work"), unpack(tmp_path / "work")
    assert one["values"] == {"a": 1}
    assert isinstance(one["values"], MappingProxyType)
    one["array"][0] = 99
    assert two["array"].tolist() == unpack(tmp_path / "work")["array"].tolist() == array.tolist()


def script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return path


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "print('script runs')\n"
        "from rumorsim.runs.pool import run_tasks\n"
        "from tests.unit.runs.test_pool import Squares\n"
        "print(sum(result[0] for _, result in run_tasks(Squares(), range(6), 2)))\n",
    )
    done = subprocess.run(
        [sys.executable, str(path)], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split("\n") == ["script runs", "55", ""]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_no_worker_outlives_its_parent(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import os, time, pathlib\n"
        "from rumorsim.runs.pool import run_tasks\n"
        "from tests.unit.runs.test_pool import Sleeps\n"
        f"list(run_tasks(Sleeps(pathlib.Path({str(tmp_path)!r})), range(4), 2))\n",
    )
    parent = subprocess.Popen([sys.executable, str(path)], env=environment())
    try:
        pids = wait_for_pids(tmp_path, 2)
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if alive(pid)] == []


def wait_for_pids(folder: Path, number: int) -> list[int]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pids = [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]
        if len(pids) == number:
            return pids
        time.sleep(0.05)
    raise TimeoutError("the workers did not start")


class Sleeps:
    """A task writes its process number and sleeps for a minute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, task: Any) -> None:
        (self.folder / f"pid-{os.getpid()}").touch()
        time.sleep(60)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_an_interrupt_does_not_wait_for_what_is_being_done(tmp_path: Path) -> None:
    path = script(
        tmp_path,
        "import pathlib\n"
        "from rumorsim.runs.pool import run_tasks\n"
        "from tests.unit.runs.test_pool import Sleeps\n"
        "try:\n"
        f"    list(run_tasks(Sleeps(pathlib.Path({str(tmp_path)!r})), range(4), 2))\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n",
    )
    parent = subprocess.Popen(
        [sys.executable, str(path)], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        pids = wait_for_pids(tmp_path, 2)
        parent.send_signal(signal.SIGINT)
        printed, errors = parent.communicate(timeout=20)
    finally:
        parent.kill()
        parent.communicate()
    assert (printed, errors) == ("interrupted\n", "")
    assert [pid for pid in pids if alive(pid)] == []
