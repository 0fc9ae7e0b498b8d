"""Running a study: all its points on any number of workers, to be stopped and taken up at any moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

from rumorsim.core.checks import whole
from rumorsim.ensemble.run import check_workers
from rumorsim.errors import RunError
from rumorsim.runs.files import folder_path
from rumorsim.runs.folder import Finish, Folder, Missing, opened
from rumorsim.runs.machine import Progress, Task
from rumorsim.runs.notebook import shown
from rumorsim.runs.store import Layout, Part, read_rows
from rumorsim.study.folder import FAILURES, Ledger, failures_csv, fingerprint_of, form_of
from rumorsim.study.outputs import try_outputs
from rumorsim.study.points import Plan
from rumorsim.study.results import Sweep, open_sweep
from rumorsim.study.simulations import Simulations, SimulationStudy, sweep_simulations
from rumorsim.study.study import Study
from rumorsim.study.tables import record_of
from rumorsim.study.work import Work, tasks_of

__all__ = ["Forecast", "finish_of", "sweep"]

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


@overload
def sweep(
    study: SimulationStudy,
    out: str | os.PathLike[str],
    workers: int = 1,
    dask: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> Simulations: ...
@overload
def sweep(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    workers: int = 1,
    dask: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Forecast], None] | None = None,
    shard: tuple[int, int] | None = None,
) -> Sweep: ...
def sweep(
    study: Study | SimulationStudy | str | os.PathLike[str],
    out: str | os.PathLike[str],
    workers: int = 1,
    dask: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Forecast], None] | None = None,
    shard: tuple[int, int] | None = None,
) -> Sweep | Simulations:
    """Run a study and return its results.

    The same study gives the same `Sweep.fingerprint` with any number of workers, on one machine or many, and after any
    number of interruptions: the same call goes on where the last one stopped, and nothing that is there in full is
    run twice. A point that fails is recorded with its message and does not stop the others.

    Parameters
    ----------
    study : Study, the path of a study file, or a `rumorsim.study.SimulationStudy` of a rule or network of one's own
    out : path
        Folder for the results; it must be new, empty, or hold the same study.
    workers : int
        Processes on this machine; with 1 everything happens in this one.
    dask : str
        Address of a running scheduler of dask.distributed, or "local" to start one here; in place of own processes.
        The workers send what they find to this process; they need no folder in common.
    retry_failed : bool
        Whether points that failed before are run again.
    progress : callable (done, in all)
        Called as tasks finish, with numbers of runs.
    announce : callable (Forecast)
        Called once before the work starts; not if nothing is left to do.
    shard : (which, of how many)
        Only this part of the points, counted from 1, so that several machines can do the others; each shard has a
        folder of its own, and `rumorsim.merge` joins them.

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
    # A rule or network of one's own has no scenario and no party: its runs are handed to the same machine.
    if isinstance(study, SimulationStudy):
        if shard is not None:
            raise RunError(
                "simulations have no shards", path="shard", given=shard, allowed="fewer points in each study"
            )
        workers, progress = check_workers(workers), shown(progress, "points")
        return sweep_simulations(study, folder_path(out), workers, dask, retry_failed, progress)
    chosen = study if isinstance(study, Study) else Study.load(study)
    workers, progress = check_workers(workers), shown(progress, "runs")
    part = None if shard is None else _shard(shard, len(chosen.points))
    path = folder_path(out)
    # A folder that is complete and as asked is only opened.
    with opened(path, form_of(chosen, part), retry_failed=retry_failed) as (folder, todo):
        if todo is not None:
            _work(chosen, folder, todo, workers, dask, progress, announce, retried=retry_failed)
        elif progress is not None:
            progress(folder.form.total, folder.form.total)
    return open_sweep(path)


def _shard(shard: Any, points: int) -> tuple[int, int]:
    """Return which part of how many; RunError if there is no such part."""
    allowed = f"(which, of how many), counted from 1, up to {points} of {points}"
    if not isinstance(shard, tuple) or len(shard) != 2:
        raise RunError("not a shard", path="shard", given=shard, allowed=allowed)
    of = whole(shard[1], "shard", 1, points, what="not a usable number of shards", error=RunError)
    return whole(shard[0], "shard", 1, of, what="no such shard", error=RunError), of


def _work(
    study: Study,
    folder: Folder,
    missing: Missing,
    workers: int,
    dask: str | None,
    progress: Progress | None,
    announce: Callable[[Forecast], None] | None,
    *,
    retried: bool,
) -> None:
    """Do what is missing and seal it."""
    total = folder.form.total
    kept = total - sum(map(len, missing.values()))
    plan = Plan(study)
    work, spent, tasks = Work(plan, study.outputs, record_of(study)), 0.0, list[Task]()
    if missing:
        todo = [(point, tuple(missing[point])) for point in plan.ordered() if point in missing]
        building_seconds = _ask_nothing(work, todo[0][0], study)
        if progress is not None:
            progress(kept, total)
        spent, run_seconds, todo = _trial(work, folder, todo)
        tasks = tasks_of(todo, run_seconds, workers)
        if announce is not None:
            announce(_forecast(study, plan, folder, kept, todo, building_seconds, run_seconds, workers))
    how: Any = {"workers": workers, "dask": dask, "progress": progress, "kept": kept, "spent": spent}
    folder.complete(work, tasks, finish_of(folder, study), retried=retried, **how)


def finish_of(folder: Folder, study: Study) -> Finish:
    """Return what makes the small files of a sweep from its parts, for `Folder.seal`."""

    def finish(parts: list[Part]) -> dict[str, str | None]:
        rows = read_rows(folder.path, "runs", parts, folder.form.layout)
        ledger = Ledger(rows, len(study.points), study.replicates)
        return {
            "fingerprint": fingerprint_of(ledger, folder.form.wanted) + "\n",
            FAILURES: failures_csv(ledger),
        }

    return finish


def _trial(
    work: Work, folder: Folder, todo: Sequence[tuple[int, tuple[int, ...]]]
) -> tuple[float, float, list[tuple[int, tuple[int, ...]]]]:
    """Run a few replicates to see how long one takes; return the seconds of all, those of one, and what is left.

    The first run pays for starting up and is not timed. A point that fails says nothing of the time of the others.
    """
    left = dict(todo)
    order = list(left)
    spread = order[:: max(len(order) // _TRIAL_POINTS, 1)]
    spent = 0.0
    part = int(_TRIAL_PART * sum(map(len, left.values())))
    begin, first, seconds, runs = time.perf_counter(), 0.0, 0.0, 0
    for tried, point in enumerate(dict.fromkeys([*spread, *order])):
        while left.get(point):
            count = max(min(int(1.0 / first), _TRIAL_IN_A_ROW, part), _TRIAL_RUNS) if first else 1
            task = Task(((point, left[point][:count]),))
            done = work(task)
            folder.put(done.rows, {})
            spent += done.seconds + done.building_seconds
            if any(row.error is not None for row in done.rows):
                del left[point]
            elif not first:
                left[point] = left[point][1:]
                first = done.seconds
                continue
            else:
                left[point] = left[point][count:]
                seconds, runs = seconds + done.seconds, runs + task.runs
            break
        enough = runs >= part or time.perf_counter() - begin > _TRIAL_SECONDS
        if runs >= _TRIAL_RUNS and (tried + 1 >= _TRIAL_POINTS or enough):
            break
    rest = [(point, left[point]) for point in order if left.get(point)]
    return spent, seconds / runs if runs else first, rest


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
    folder: Folder,
    done: int,
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
        points=len(folder.form.wanted),
        replicates=study.replicates,
        runs=folder.form.total,
        done=done,
        parties=parties,
        seconds=(runs * run_seconds + built) / busy,
        size=_expected_size(study, folder.form.layout, folder.form.total),
        workers=workers,
    )


def _expected_size(study: Study, layout: Layout, runs: int) -> int:
    """Return about how many bytes the results of so many runs take on disk."""
    days = (study.base.stop - study.base.start).days + 1
    curves = sum(one.is_curve for one in study.outputs)
    dates = sum(one.is_date for one in study.outputs)
    numbers = {"scalars": len(study.outputs) - curves, "curves": curves * days, "arrivals": dates, "runs": 1}
    return sum(_FRAME_BYTES + round(_BYTES[table] * numbers[table] * runs) for table in layout.tables)
