"""Kills at any moment of a run, a sweep, a comparison and an experiment: what was safe stays, and the end is the same.

    python -m benchmarks.kills [--kills 25] [--kinds run,sweep] [--engines one,two,dask] [--late 0.6]

Each kind is first measured from its first step to its end. Then, again and again, it is begun in a new folder, and its
whole process group is killed at a moment drawn uniformly over that time, or over the last part of it, to hit the seal
more often; the same call finishes it here. The table counts the phases that the kills have hit. Each time, nothing that
was safe may be done again, the folder must open, and its fingerprint must be that of a run that was left alone.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any, Final

import rumorsim as rs
from rumorsim.core.randomness.streams import Streams
from rumorsim.runs import journal
from rumorsim.runs.folder import Folder
from rumorsim.runs.verify import verify
from rumorsim.study import Cell, Experiment, Plan

__all__ = ["ENGINES", "KINDS", "PHASES", "kills"]

PHASES: Final = ("preparing", "running", "sealing", "after a seal", "at the end")
ENGINES: Final[dict[str, dict[str, Any]]] = {
    "one": {"workers": 1},
    "two": {"workers": 2},
    "dask": {"workers": 2, "dask": "local"},
}
STUDY: Final = """
title = "Killed"
scenario = "maki-thompson"
replicates = 4
[design]
kind = "grid"
[vary]
classic.transmission_rate = { low = 0.5, high = 3.0, points = 30 }
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
[[outputs]]
name = "share"
observable = "curve"
rumor = "secret_speech"
"""
EXPERIMENT: Final = """
title = "Killed"
question = 1
asks = "Is anything lost?"
evidence = ["F028"]
seed = 0
[full]
replicates = 12
scale = 1.0
[small]
replicates = 12
scale = 1.0
"""
BASE: Final = rs.load_scenario("maki-thompson").replace({"population.size": 300, "stop": "1956-01-31"})
SLOW: Final = BASE.replace({"classic.transmission_rate": 0.5})
_STUDY: Final = rs.Study.loads(STUDY)

_phase: Final = RawValue("i", 0)
Progress = Callable[[int, int], None]


def _run(out: Path, progress: Progress | None, **engine: Any) -> str:
    return rs.run(BASE, 60, seed=0, out=out, progress=progress, **engine).fingerprint()


def _sweep(out: Path, progress: Progress | None, **engine: Any) -> str:
    return rs.sweep(_STUDY, out, progress=progress, **engine).fingerprint()


def _comparison(out: Path, progress: Progress | None, **engine: Any) -> str:
    return rs.compare(BASE, SLOW, 30, seed=0, replays=2, out=out, progress=progress, **engine).fingerprint()


def _experiment(out: Path, progress: Progress | None, **engine: Any) -> str:
    rates = {f"rate-{rate}": Cell(BASE.replace({"classic.transmission_rate": rate})) for rate in (0.5, 1.0, 2.0, 4.0)}

    def tables(experiment: Experiment, form: str, runs: Any) -> dict[str, Any]:
        return {"cells": [{"cell": name, "replicates": one.replicates} for name, one in runs.items()]}

    plan = Plan(lambda experiment, form: rates, tables, lambda results: {}, lambda results, folder: None)
    home = out.parent / "description"
    home.mkdir(exist_ok=True)
    (home / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
    return Experiment.read(home).execute(plan, "small", out, progress=progress, **engine)


KINDS: Final[dict[str, Callable[..., str]]] = {
    "run": _run,
    "sweep": _sweep,
    "comparison": _comparison,
    "experiment": _experiment,
}


@contextlib.contextmanager
def _noting_phases() -> Iterator[None]:
    """Note in shared memory what the machine is doing."""
    put, seal = Folder.put, Folder.seal

    def noted_put(folder: Folder, *arguments: Any) -> None:
        if _phase.value != PHASES.index("after a seal"):
            _phase.value = PHASES.index("running")
        put(folder, *arguments)

    def noted_seal(folder: Folder, *arguments: Any, **words: Any) -> str:
        _phase.value = PHASES.index("sealing")
        try:
            return seal(folder, *arguments, **words)
        finally:
            _phase.value = PHASES.index("after a seal")

    Folder.put, Folder.seal = noted_put, noted_seal  # type: ignore[method-assign]
    _phase.value = 0
    try:
        yield
    finally:
        _phase.value = PHASES.index("at the end")
        Folder.put, Folder.seal = put, seal  # type: ignore[method-assign]


def _begun(kind: str, engine: dict[str, Any], out: Path) -> int:
    """Begin the work in a process group of its own and return the process."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    status = 1
    try:
        with _noting_phases():
            KINDS[kind](out, None, **engine)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def _ended(pid: int) -> None:
    """Wait for the work; AssertionError if it ended by an error of its own, which is no kill."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status > 0:
        raise AssertionError(f"the work failed by itself, with status {status}")


def _safe(out: Path) -> int:
    """Return how many runs are safe in the folders of a piece of work: in journals, or sealed."""
    safe = 0
    for folder in {path.parent for path in out.rglob("provenance.json")}:
        state = journal.state_of(folder)
        if state is not None:
            safe += state.done
            continue
        with contextlib.suppress(rs.RumorsimError):  # not sealed yet, and nothing in it
            held = verify(folder).provenance
            last = held.get("stretches", [{}])[-1]
            safe += held.get("replicates", last.get("runs_kept", 0) + last.get("runs_done", 0))
    return safe


def kills(kind: str, engine: str, number: int, seed: int = 0, late: float = 0.0) -> tuple[Counter[str], float]:
    """Kill a piece of work so many times; return the phases that were hit, and the seconds it takes undisturbed.

    Raises
    ------
    AssertionError
        When something safe was done again, the folder does not open, its fingerprint is another one, or the work fails.
    """
    hits: Counter[str] = Counter()
    chosen = ENGINES[engine]
    with tempfile.TemporaryDirectory(prefix="rumorsim-kills-") as temporary:
        home = Path(temporary)
        expected = KINDS[kind](home / "undisturbed", None, workers=1)
        begin = time.monotonic()
        _ended(_begun(kind, chosen, home / "measured"))
        seconds = time.monotonic() - begin
        moments = Streams(seed).uniform("test", range(number), occasion=list(KINDS).index(kind) + 1)
        for trial, moment in enumerate((late + (1.0 - late) * moments).tolist()):
            out, seen = home / str(trial), list[int]()
            pid = _begun(kind, chosen, out)
            time.sleep(moment * seconds)
            os.killpg(pid, signal.SIGKILL)
            phase = PHASES[_phase.value]
            _ended(pid)
            hits[phase] += 1
            safe = _safe(out) if out.exists() else 0
            found = KINDS[kind](out, lambda done, total, seen=seen: seen.append(done), workers=1)
            where = f"{kind}, {engine}, kill {trial} at {moment * seconds:.3f} s while {phase}"
            if found != expected:
                raise AssertionError(f"another fingerprint: {where}")
            if seen and seen[0] < safe:
                raise AssertionError(f"{safe - seen[0]} runs that were safe were done again: {where}")
            verify(out, kind)
            if list(out.rglob(".work")):
                raise AssertionError(f"unfinished work is left: {where}")
    return hits, seconds


def main() -> None:
    """Kill, and print the hits by phase."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=25, help="of each kind with each engine")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--engines", default="one,two")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--late", type=float, default=0.0, help="no moments before this share of the time, 0 to 1")
    given = parser.parse_args()
    print(f"{'kind':<11} {'engine':<6} {'seconds':>7} {'kills':>5}  " + "  ".join(PHASES))
    total = 0
    for kind in given.kinds.split(","):
        for engine in given.engines.split(","):
            hits, seconds = kills(kind, engine, given.kills, given.seed, given.late)
            total += sum(hits.values())
            cells = "  ".join(f"{hits[phase]:>{len(phase)}}" for phase in PHASES)
            print(f"{kind:<11} {engine:<6} {seconds:>7.2f} {sum(hits.values()):>5}  {cells}", flush=True)
    print(f"{total} kills: nothing that was safe was done again, every folder opens, all fingerprints are equal")


if __name__ == "__main__":
    sys.exit(main())
