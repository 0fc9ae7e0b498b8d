"""Running a study: all its points on any number of workers, to be stopped and taken up at any moment."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rumorsim.ensemble.files import locked
from rumorsim.ensemble.pool import run_tasks
from rumorsim.ensemble.provenance import now
from rumorsim.ensemble.store import Layout, Part, clean, intact_parts, read_rows, work_folder
from rumorsim.errors import RunError
from rumorsim.study.folder import Ledger, claim, compact, drop_failed, seal, stamped, unseal
from rumorsim.study.outputs import try_outputs
from rumorsim.study.points import Plan
from rumorsim.study.results import Sweep, open_sweep
from rumorsim.study.study import Study
from rumorsim.study.work import FAILED_PART, Done, Task, Work, tasks_of

__all__ = ["Forecast", "sweep"]

_MOST_WORKERS: Final = 1024
#: A trial tells how long one run takes: some runs of points from all over the study, which count like all others.
#: At least so many runs after the first; of so many points, as far as they are this part of all and take so many
#: seconds; and so many runs of a point in a row, as far as they take a second.
_TRIAL_RUNS: Final = 3
_TRIAL_POINTS: Final = 4
_TRIAL_PART: Final = 0.1
_TRIAL_SECONDS: Final = 5.0
_TRIAL_IN_A_ROW: Final = 64
#: What a table costs on disk: its frame, and so many bytes for each number in it.
_FRAME_BYTES: Final = 3000
_BYTES: Final = {"scalars": 6.0, "curves": 2.0, "arrivals": 4.0, "runs": 40.0}

#: Called with the number of runs done and their number in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Forecast:
    """What a sweep is going to do, told before it starts.

    Attributes
    ----------
    points, replicates : numbers of the study.
    runs : points x replicates.
    done : runs that are there already.
    parties : parties to be built for the rest.
    seconds : time expected for the rest, from a trial.
    size : bytes expected on disk in the end.
    workers : number of processes.
    """

    points: int
    replicates: int
    runs: int
    done: int
    parties: int
    seconds: float
    size: int
    workers: int


def sweep(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    workers: int = 1,
    dask: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Forecast], None] | None = None,
) -> Sweep:
    """Run a study and return its results.

    The same study gives the same `Sweep.fingerprint` with any number of workers, on one machine or many, and after any
    number of interruptions: the same call goes on where the last one stopped, and nothing that is there in full is
    run twice. A point that fails is recorded with its message and does not stop the others.

    Parameters
    ----------
    study : Study, or the path of a study file
    out : path
        Folder for the results; it must be new, empty, or hold the same study.
    workers : int
        Processes on this machine; with 1 everything happens in this one.
    dask : str
        Address of a running scheduler of dask.distributed, or "local" to start one here; in place of own processes.
        All machines must see the folder under the same path.
    retry_failed : bool
        Whether points that failed before are run again.
    progress : callable (done, in all)
        Called as tasks finish, with numbers of runs.
    announce : callable (Forecast)
        Called once before the work starts; not if nothing is left to do.

    Raises
    ------
    RunError
        For an argument out of its bounds.
    StoreError
        When the folder holds another study (the difference is in the message), or somebody else is writing there.

    Examples
    --------
    >>> import tempfile, rumorsim as rs
    >>> study = rs.Study.loads('''
    ... title = "Does it matter how fast news is told?"
    ... scenario = "maki-thompson"
    ... replicates = 2
    ... [design]
    ... kind = "grid"
    ... [vary]
    ... classic.transmission_rate = [0.5, 2.0]
    ... [[outputs]]
    ... name = "aware"
    ... observable = "share_aware"
    ... rumor = "secret_speech"
    ... on = 1956-02-29
    ... ''')
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = rs.sweep(study, folder + "/rates")
    ...     result.values("aware").shape, len(result.failed)
    ((2, 2), 0)
    """
    chosen = study if isinstance(study, Study) else Study.load(study)
    if isinstance(workers, bool) or not hasattr(workers, "__index__") or not 1 <= workers <= _MOST_WORKERS:
        allowed = f"a whole number, 1 to {_MOST_WORKERS}"
        raise RunError("not a usable number of workers", path="workers", given=workers, allowed=allowed)
    folder = Path(out)
    layout = stamped(chosen)
    with locked(folder):
        complete = claim(folder, chosen, layout)
        parts = intact_parts(folder, layout, sealed=complete)
        if retry_failed and any(FAILED_PART in part.name for part in parts):
            complete = False
        if not complete:
            unseal(folder, chosen, layout)
            if retry_failed:
                parts = drop_failed(folder, parts, layout)
            clean(folder, parts, layout)
        ledger = _ledger(folder, chosen, layout, parts)
        if ledger.runs_done < ledger.there.size:
            _work(chosen, folder, layout, ledger, int(workers), dask, progress, announce)
        elif not complete:
            parts = compact(folder, layout)  # it was stopped between the last task and the seal, or damaged
            stretch = {"started": now(), "finished": now(), "runs_kept": ledger.there.size, "runs_done": 0}
            seal(folder, _ledger(folder, chosen, layout, parts), stretch, layout)
        elif progress is not None:
            progress(ledger.runs_done, ledger.runs_done)
        shutil.rmtree(work_folder(folder, layout), ignore_errors=True)
    return open_sweep(folder)


def _ledger(folder: Path, study: Study, layout: Layout, parts: Sequence[Part]) -> Ledger:
    rows = read_rows(folder, layout.ledger, parts, layout)
    return Ledger(rows, len(study.points), study.replicates)


def _work(
    study: Study,
    folder: Path,
    layout: Layout,
    ledger: Ledger,
    workers: int,
    dask: str | None,
    progress: Progress | None,
    announce: Callable[[Forecast], None] | None,
) -> None:
    """Do what is missing, put it together and seal it."""
    started, begin, kept = now(), time.perf_counter(), ledger.runs_done
    plan = Plan(study)
    work = Work(plan, study.outputs, layout, folder.absolute())
    missing = {point: ledger.missing(point) for point in plan.ordered()}
    todo = [(point, replicates) for point, replicates in missing.items() if replicates]
    building_seconds = _ask_nothing(work, todo[0][0], study)
    if progress is not None:
        progress(kept, ledger.there.size)
    results, run_seconds, todo = _trial(work, todo)
    tasks = tasks_of(todo, run_seconds, workers)
    if announce is not None:
        announce(_forecast(study, plan, layout, ledger, todo, building_seconds, run_seconds, workers))
    total = ledger.there.size
    done = total - sum(task.runs for task in tasks)
    if progress is not None:
        progress(done, total)
    for task, result in _engine(work, tasks, workers, dask, folder, layout):
        results.append(result)
        done += task.runs
        if progress is not None:
            progress(done, total)
    finished = _ledger(folder, study, layout, compact(folder, layout))
    if finished.runs_done < total:
        given = f"{finished.runs_done} of {total}"
        raise RunError("some runs were not stored; the same command does them", file=folder, given=given)
    stretch = {
        "started": started,
        "finished": now(),
        "workers": dask if dask is not None else workers,
        "runs_kept": kept,
        "runs_done": total - kept,
        "seconds": round(time.perf_counter() - begin, 3),
        "worker_seconds": round(sum(one.seconds + one.building_seconds for one in results), 3),
    }
    seal(folder, finished, stretch, layout)


def _trial(
    work: Work, todo: Sequence[tuple[int, tuple[int, ...]]]
) -> tuple[list[Done], float, list[tuple[int, tuple[int, ...]]]]:
    """Run a few replicates to see how long one takes, and return what came of them, the seconds, and what is left.

    The first run pays for starting up and is not timed. A point that fails says nothing of the time of the others.
    """
    left = dict(todo)
    order = list(left)
    spread = order[:: max(len(order) // _TRIAL_POINTS, 1)]
    results: list[Done] = []
    part = int(_TRIAL_PART * sum(map(len, left.values())))
    begin, first, seconds, runs = time.perf_counter(), 0.0, 0.0, 0
    for tried, point in enumerate(dict.fromkeys([*spread, *order])):
        while left.get(point):
            count = max(min(int(1.0 / first), _TRIAL_IN_A_ROW, part), _TRIAL_RUNS) if first else 1
            task = Task(((point, left[point][:count]),))
            results.append(work(task))
            if point in results[-1].failed:
                del left[point]
            elif not first:
                left[point] = left[point][1:]
                first = results[-1].seconds
                continue
            else:
                left[point] = left[point][count:]
                seconds, runs = seconds + results[-1].seconds, runs + task.runs
            break
        spent = time.perf_counter() - begin
        if runs >= _TRIAL_RUNS and (tried + 1 >= _TRIAL_POINTS or runs >= part or spent > _TRIAL_SECONDS):
            break
    rest = [(point, left[point]) for point in order if left.get(point)]
    return results, seconds / runs if runs else first, rest


def _engine(
    work: Work, tasks: Sequence[Task], workers: int, dask: str | None, folder: Path, layout: Layout
) -> Iterator[tuple[Task, Done]]:
    if not tasks:
        return iter(())
    if dask is None:
        return run_tasks(work, tasks, workers, work_folder(folder, layout))
    from rumorsim.ensemble.dask_pool import run_tasks_dask

    found: Iterator[tuple[Any, Any]] = run_tasks_dask(
        work.alone(), tasks, dask, workers=workers, folder=work_folder(folder, layout)
    )
    return found


def _ask_nothing(work: Work, point: int, study: Study) -> float:
    """Ask the outputs of the first party before anything is run, so that a wrong question costs no time.

    Returns
    -------
    float
        Seconds it took to build that party.
    """
    begin = time.perf_counter()
    try:
        frame = work.world(point).reducer.frame
    except Exception:  # a party that cannot be built is a point that fails; it will be recorded as one
        return 0.0
    seconds = time.perf_counter() - begin
    try_outputs(study.outputs, work.plan.scenario(point), frame)
    return seconds


def _forecast(
    study: Study,
    plan: Plan,
    layout: Layout,
    ledger: Ledger,
    todo: Sequence[tuple[int, Sequence[int]]],
    building_seconds: float,
    run_seconds: float,
    workers: int,
) -> Forecast:
    runs = sum(len(replicates) for _, replicates in todo)
    parties = len({plan.party(point) for point, _ in todo})
    busy = max(min(workers, runs), 1)
    # A party that all share is handed over to the workers; others are built where they are needed.
    built = parties * building_seconds if parties > 1 else 0.0
    return Forecast(
        points=len(study.points),
        replicates=study.replicates,
        runs=ledger.there.size,
        done=ledger.runs_done,
        parties=parties,
        seconds=(runs * run_seconds + built) / busy,
        size=_expected_size(study, layout, ledger.there.size),
        workers=workers,
    )


def _expected_size(study: Study, layout: Layout, runs: int) -> int:
    """Return about how many bytes the results of so many runs take on disk."""
    days = (study.base.stop - study.base.start).days + 1
    curves = sum(one.is_curve for one in study.outputs)
    dates = sum(one.is_date for one in study.outputs)
    numbers = {"scalars": len(study.outputs) - curves, "curves": curves * days, "arrivals": dates, "runs": 1}
    return sum(_FRAME_BYTES + round(_BYTES[table] * numbers[table] * runs) for table in layout.tables)
