"""The command as a process: exit status, no traceback, two streams, quick help. Few, because each starts Python."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rumorsim.runs.journal import state_of

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "rumorsim"]


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "PYTHONWARNINGS")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def command(*words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], cwd=cwd, env=environment(**more), capture_output=True, encoding="utf-8", timeout=120
    )


@pytest.mark.parametrize(
    ("words", "status"),
    [(["--version"], 0), (["list"], 0), (["run", "nowhere"], 2), (["run", "classroom", "--sed", "1"], 2), (["lst"], 2)],
)
def test_exit_status_and_streams(words: list[str], status: int, tmp_path: Path) -> None:
    done = command(*words, cwd=tmp_path)
    assert done.returncode == status
    assert "Traceback" not in done.stderr + done.stdout
    assert bool(done.stdout) == (status == 0)
    assert bool(done.stderr) == (status != 0)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from rumorsim.cli import main; main(['--help']); "
        "print(*sorted({'numpy', 'pydantic', 'scipy', 'mesa', 'matplotlib', 'pyarrow', 'networkx', 'rich.console'} "
        "& set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr.split() == []
    assert done.stdout.startswith("Usage: rumorsim")


def test_help_is_quick(tmp_path: Path) -> None:
    """The time of the processor, which does not depend on what else the machine does; on an idle one it is all."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command("--help", cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.4


def test_albanian_letters_survive_a_pipe_and_a_plain_locale(tmp_path: Path) -> None:
    done = command("cite", "tirana-conference", cwd=tmp_path, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "Mëhilli" in done.stdout


def test_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "explain", "tirana-conference"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert "Exception" not in said


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupted_run_goes_on_with_the_same_command(workers: str, tmp_path: Path) -> None:
    words = ["run", "classroom", "--replicates", "40", "--prior-replicates", "0", "--workers", workers, "--json"]
    with subprocess.Popen(
        [*COMMAND, *words], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        folder = tmp_path / "runs" / "classroom"
        deadline = time.monotonic() + 60
        while (state := state_of(folder)) is None or state.done < 1:  # the first of forty is in the journal
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "The same command resumes it: rumorsim run classroom" in err
    assert out == ""
    state = state_of(folder)
    assert state is not None
    assert 1 <= state.done < 40
    again = command(*words, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "are already done" in again.stderr
    assert json.loads(again.stdout)["replicates"] == 40
