"""What a worker of a sweep does: run some replicates of some points, ask the outputs of them, and write them down."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.store import Layout, write_part
from rumorsim.ensemble.tables import Tables, stacked
from rumorsim.ensemble.work import records
from rumorsim.errors import RumorsimError
from rumorsim.model import Assembly, assemble
from rumorsim.party import Party, build_party
from rumorsim.study.outputs import Output
from rumorsim.study.points import Plan
from rumorsim.study.tables import failed_rows, joined, run_rows

__all__ = ["DRAFT_PART", "FAILED_PART", "Done", "Task", "Work", "World", "tasks_of"]

#: Put into the names of parts that will be put together.
DRAFT_PART: Final = "draft-"
#: Put into the names of parts that hold points that failed.
FAILED_PART: Final = "failed-"
#: A point that fails is told in so many letters.
_LONGEST_MESSAGE: Final = 500
#: Tasks a worker has at least, as far as there are replicates: nobody waits long for the last one.
_TASKS_A_WORKER: Final = 4
#: Wanted time of a task in seconds, and the most replicates in one. It is what is lost when a worker is killed;
#: writing a part and putting it together with others takes some milliseconds.
_TASK_SECONDS: Final = 6.0
_MOST_REPLICATES: Final = 2000


@dataclass(frozen=True)
class Task:
    """Some work that is done at once: (point, replicates) of each."""

    slices: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def runs(self) -> int:
        """Number of runs in all."""
        return sum(len(replicates) for _, replicates in self.slices)


@dataclass(frozen=True)
class Done:
    """What came of a task.

    Attributes
    ----------
    failed : point -> message
    seconds : time it took, without building parties.
    building_seconds : time it took to build parties, assemblies and what goes with them.
    size : bytes written.
    """

    failed: dict[int, str]
    seconds: float
    building_seconds: float
    size: int


def tasks_of(todo: Iterable[tuple[int, Sequence[int]]], run_seconds: float, workers: int) -> list[Task]:
    """Return work cut into tasks of some seconds; the cut has no effect on the results.

    Parameters
    ----------
    todo : (point, replicates), in the order in which they are to be done.
    run_seconds : time of one replicate.
    workers : number of workers.

    Examples
    --------
    >>> [task.slices for task in tasks_of([(0, range(3)), (1, range(3))], run_seconds=3.0, workers=1)]
    [((0, (0, 1)),), ((0, (2,)),), ((1, (0, 1)),), ((1, (2,)),)]
    >>> len(tasks_of([(point, range(3)) for point in range(100)], run_seconds=0.01, workers=1))
    4
    """
    slices = [(point, tuple(replicates)) for point, replicates in todo]
    total = sum(len(replicates) for _, replicates in slices)
    wanted = int(_TASK_SECONDS / max(run_seconds, 1e-6))
    size = max(min(wanted, -(-total // (workers * _TASKS_A_WORKER)), _MOST_REPLICATES), 1)
    tasks: list[Task] = []
    held: list[tuple[int, tuple[int, ...]]] = []
    for point, replicates in slices:
        if sum(len(one) for _, one in held) + len(replicates) > size:
            tasks.append(Task(tuple(held)))
            held = []
        if len(replicates) > size:
            tasks += [Task(((point, replicates[k : k + size]),)) for k in range(0, len(replicates), size)]
        else:
            held.append((point, replicates))
    return [task for task in [*tasks, Task(tuple(held))] if task.slices]


@dataclass(frozen=True, eq=False)
class World:
    """A party and an assembly on it that several points share."""

    party: Party
    assembly: Assembly
    reducer: Reducer

    def rows(self, record: Any, row: int, values: Mapping[str, Any], streams: Streams) -> Tables:
        """Return what is kept of a run to ask the outputs of, with its archive and its digest."""
        return self.reducer(record, row, values, streams)


class _Replicates(Ensemble):
    """Some replicates of a point: their rows are counted from 0, their luck goes by the numbers they have."""

    def __init__(self, numbers: Sequence[int], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._of = list(numbers)

    def _numbers(self) -> list[int]:
        return self._of


class Work:
    """Everything needed to do a task; it is pickled once for all workers.

    Parties and assemblies are made when first needed and kept as long as the next points share them.

    Parameters
    ----------
    plan : Plan
    outputs : of the study.
    layout : Layout
    folder : Path
        Where parts are written.
    """

    def __init__(self, plan: Plan, outputs: tuple[Output, ...], layout: Layout, folder: Path) -> None:
        self.plan = plan
        self.outputs = outputs
        self.layout = layout
        self.folder = folder
        self._party: tuple[str, Party] | None = None
        self._world: tuple[tuple[Any, ...], World] | None = None

    def alone(self) -> Work:
        """Return the same work without the party and the assembly that have been made, to be sent over a network."""
        return Work(self.plan, self.outputs, self.layout, self.folder)

    def __call__(self, task: Task) -> Done:
        """Run, ask and write a task. A point that fails is written down as such; what cannot be written is an error."""
        begin, building = time.perf_counter(), 0.0
        parts: list[Tables] = []
        failed: dict[tuple[int, int], str] = {}
        for point, replicates in task.slices:
            try:
                start = time.perf_counter()
                world = self.world(point)
                building += time.perf_counter() - start
                parts.append(self.point(world, point, replicates))
            except MemoryError:
                raise  # a matter of this machine, not of the point
            except Exception as error:
                failed[point, replicates[0]] = _message(error)
        size = 0
        for kind, tables in self._written(parts, failed):
            part = write_part(self.folder, tables, self.layout, kind, quick=True)
            size += sum((self.folder / name / part.name).stat().st_size for name in self.layout.tables)
        messages = {point: message for (point, _), message in failed.items()}
        return Done(messages, time.perf_counter() - begin - building, building, size)

    def _written(self, parts: list[Tables], failed: dict[tuple[int, int], str]) -> Iterator[tuple[str, Tables]]:
        if parts:
            yield DRAFT_PART, joined(self.layout, parts)
        if failed:
            yield FAILED_PART, failed_rows(self.layout, failed)

    def world(self, point: int) -> World:
        """Return the party and the assembly of a point."""
        key = self.plan.world(point)
        if self._world is None or self._world[0] != key:
            self._world = None
            scenario, party_key = self.plan.world_scenario(point), self.plan.party(point)
            if self._party is None or self._party[0] != party_key:
                self._party = None  # the old one goes before the new one comes
                self._party = (party_key, build_party(scenario))
            party = self._party[1]
            self._world = (key, World(party, assemble(scenario, party), Reducer(scenario, party)))
        return self._world[1]

    def point(self, world: World, point: int, replicates: Sequence[int]) -> Tables:
        """Return the rows of some replicates of a point."""
        scenario, seed, parts = self.plan.scenario(point), self.plan.seed_of(point), []
        digests: list[str] = []
        for row, (number, record) in enumerate(records(world.assembly, seed, replicates, scenario.values)):
            tables = world.rows(record, row, scenario.values, Streams(seed, number))
            digests += tables["runs"]["digest"].tolist()
            parts.append(tables)
        # Most outputs ask few tables; the rows are in the order of the replicates as they are.
        ensemble = _Replicates(
            replicates, scenario, world.reducer.frame, seed, "mode", lambda name: stacked([one[name] for one in parts])
        )
        numbers = {one.name: one.numbers(ensemble) for one in self.outputs}
        varied = {name: self.plan.value(point, name) for name in self.plan.names}
        return run_rows(
            self.layout, self.outputs, (point, replicates), varied, numbers, np.asarray(ensemble.days), digests
        )


def _message(error: Exception) -> str:
    text = str(error) if isinstance(error, RumorsimError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:_LONGEST_MESSAGE] or type(error).__name__
