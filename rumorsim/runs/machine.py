"""Tasks of a design, and the loop that has them done by any number of workers, here or on Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from rumorsim.errors import RumorsimError
from rumorsim.runs.journal import Row
from rumorsim.runs.pool import run_tasks

__all__ = ["Done", "Memory", "Progress", "Store", "Task", "Work", "finished", "message", "perform", "tasks_of"]

#: Called with the number of runs done and their number in all.
Progress = Callable[[int, int], None]

#: What fails is told in so many letters.
_LONGEST_MESSAGE: Final = 500


@dataclass(frozen=True)
class Task:
    """Some work that is done at once: (point, replicates) of each, all for one store."""

    slices: tuple[tuple[int, tuple[int, ...]], ...]
    store: int = 0

    @property
    def runs(self) -> int:
        """Number of runs in all."""
        return sum(len(replicates) for _, replicates in self.slices)


@dataclass(frozen=True, eq=False)
class Done:
    """What came of a task.

    Attributes
    ----------
    rows : what is to be kept; a run, or a point, that failed is a row with a message.
    seconds : time it took, without building parties.
    building_seconds : time it took to build parties, assemblies and what goes with them.
    files : name -> text of small files that belong beside the rows.
    """

    rows: tuple[Row, ...]
    seconds: float
    building_seconds: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """What does a task, in any process; it can be pickled."""

    def __call__(self, task: Task) -> Done:
        """Do a task. What fails becomes a row with a message; only what concerns the machine is raised."""

    def alone(self) -> Work:
        """Return the same work without what can be built again, to be sent over a network."""


class Store(Protocol):
    """What keeps rows."""

    def put(self, rows: Sequence[Row], files: Mapping[str, str]) -> None:
        """Keep rows and small files."""


class Memory:
    """Keeps rows as long as the process lives."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def put(self, rows: Sequence[Row], files: Mapping[str, str]) -> None:
        """Keep rows; nobody asks for the files."""
        self.rows += rows

    def ordered(self) -> list[Row]:
        """Return the rows in the order of points and replicates."""
        return sorted(self.rows, key=lambda row: row[:2])


def tasks_of(todo: Iterable[tuple[int, Sequence[int]]], size: int, store: int = 0) -> list[Task]:
    """Return work cut into tasks of at most so many runs; the cut has no effect on the results.

    Parameters
    ----------
    todo : (point, replicates), in the order in which they are to be done.
    size : most runs in a task.
    store : number of the store they are kept in.

    Examples
    --------
    >>> [task.slices for task in tasks_of([(0, range(3)), (1, range(3))], size=2)]
    [((0, (0, 1)),), ((0, (2,)),), ((1, (0, 1)),), ((1, (2,)),)]
    >>> [task.runs for task in tasks_of([(point, range(3)) for point in range(4)], size=6)]
    [6, 6]
    """
    tasks: list[Task] = []
    held: list[tuple[int, tuple[int, ...]]] = []
    for point, several in todo:
        replicates = tuple(several)
        if held and sum(len(one) for _, one in held) + len(replicates) > size:
            tasks.append(Task(tuple(held), store))
            held = []
        if len(replicates) > size:
            tasks += [
                Task(((point, replicates[k : k + size]),), store) for k in range(0, len(replicates), max(size, 1))
            ]
        elif replicates:
            held.append((point, replicates))
    return [task for task in [*tasks, Task(tuple(held), store)] if task.slices]


def perform(
    work: Work,
    tasks: Sequence[Task],
    stores: Sequence[Store],
    *,
    workers: int = 1,
    dask: str | None = None,
    folder: Path | None = None,
    done: int = 0,
    total: int = 0,
    kept: int | None = None,
    spent: float = 0.0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Have tasks done, keep what comes of them, and return how the session went, for the provenance.

    Rows reach their store as they come, in any order; nobody but this process writes.

    Parameters
    ----------
    work : callable of one task
    tasks : sequence of Task
    stores : by the number in the tasks.
    workers : int
        Processes on this machine; with 1 everything happens in this one.
    dask : str
        Address of a scheduler, or "local", in place of own processes. The workers need no folder in common.
    folder : Path
        For temporary files; a temporary folder by default.
    done, total : numbers of runs for `progress`: those that are there already, and all.
    kept, spent : number of runs that were there when the session began, `done` by default, and seconds spent since.
    progress : callable (done, in all)
    """
    kept = done if kept is None else kept
    if progress is not None:
        progress(done, total)
    for task, result in finished(work, tasks, workers, dask, folder):
        stores[task.store].put(result.rows, result.files)
        spent += result.seconds + result.building_seconds
        done += task.runs
        if progress is not None:
            progress(done, total)
    who = workers if dask is None else dask
    return {"workers": who, "runs_kept": kept, "runs_done": total - kept, "worker_seconds": round(spent, 3)}


def finished(
    work: Any, tasks: Sequence[Any], workers: int, dask: str | None = None, folder: Path | None = None
) -> Iterator[tuple[Any, Any]]:
    """Yield (task, result) as tasks are finished, by processes of this machine or by the workers of Dask."""
    if not tasks:
        return iter(())
    if dask is None:
        return run_tasks(work, tasks, workers, folder)
    from rumorsim.runs.dask_pool import run_tasks_dask

    alone = work.alone() if hasattr(work, "alone") else work
    found: Iterator[tuple[Any, Any]] = run_tasks_dask(alone, tasks, dask, workers=workers, folder=folder)
    return found


def message(error: Exception) -> str:
    """Return what a failure is told by, on one line."""
    text = str(error) if isinstance(error, RumorsimError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:_LONGEST_MESSAGE] or type(error).__name__
