"""What a worker of a sweep does: run some replicates of some points, and ask the outputs of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.work import World, records
from rumorsim.party import Party, build_party
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Done, Task, message
from rumorsim.runs.machine import tasks_of as cut
from rumorsim.runs.store import Tables, stacked
from rumorsim.study.outputs import Output
from rumorsim.study.points import Plan
from rumorsim.study.tables import encoded

__all__ = ["Work", "tasks_of"]

#: Tasks a worker has at least, as far as there are replicates: nobody waits long for the last one.
_TASKS_A_WORKER: Final = 4
#: Wanted time of a task in seconds, and the most replicates in one. It is what is lost when a worker is killed.
_TASK_SECONDS: Final = 6.0
_MOST_REPLICATES: Final = 2000


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
    slices = list(todo)
    total = sum(len(replicates) for _, replicates in slices)
    wanted = int(_TASK_SECONDS / max(run_seconds, 1e-6))
    return cut(slices, max(min(wanted, -(-total // (workers * _TASKS_A_WORKER)), _MOST_REPLICATES), 1))


class Work:
    """Everything needed to do a task; it is pickled once for all workers.

    Parties and assemblies are made when first needed and kept as long as the next points share them.

    Parameters
    ----------
    plan : Plan
    outputs : of the study.
    record : dtype of a run, what `rumorsim.study.tables.record_of` gives.
    """

    def __init__(self, plan: Plan, outputs: tuple[Output, ...], record: np.dtype[Any]) -> None:
        self.plan = plan
        self.outputs = outputs
        self.record = record
        self._party: tuple[str, Party] | None = None
        self._world: tuple[tuple[Any, ...], World] | None = None

    def alone(self) -> Work:
        """Return the same work without the party and the assembly that have been made, to be sent over a network."""
        return Work(self.plan, self.outputs, self.record)

    def __call__(self, task: Task) -> Done:
        """Run and ask a task. A point that fails is noted as such."""
        begin, building = time.perf_counter(), 0.0
        rows: list[Row] = []
        for point, replicates in task.slices:
            try:
                start = time.perf_counter()
                world = self.world(point)
                building += time.perf_counter() - start
                rows += self.point(world, point, replicates)
            except MemoryError:
                raise  # a matter of this machine, not of the point
            except Exception as error:
                rows.append(Row(point, replicates[0], message(error), b""))
        return Done(tuple(rows), time.perf_counter() - begin - building, building)

    def world(self, point: int) -> World:
        """Return the party and the assembly of a point."""
        key = self.plan.world(point)
        if self._world is None or self._world[0] != key:
            self._world = None
            scenario, party_key = self.plan.world_scenario(point), self.plan.party(point)
            if self._party is None or self._party[0] != party_key:
                self._party = None  # the old one goes before the new one comes
                self._party = (party_key, build_party(scenario))
            self._world = (key, World.of(scenario, self._party[1]))
        return self._world[1]

    def point(self, world: World, point: int, replicates: Sequence[int]) -> list[Row]:
        """Return what is to be kept of some replicates of a point."""
        scenario, seed = self.plan.scenario(point), self.plan.seed_of(point)
        parts: list[Tables] = []
        digests: list[str] = []
        draws = Draws(scenario, self.plan.parameters, seed)
        found = records(world.assembly, seed, replicates, scenario.values)
        if draws.drawn:  # each has values of its own, and none runs side by side with another
            found = ((k, world.assembly.simulate(seed, k, draws.values(k))) for k in replicates)
        for row, (number, record) in enumerate(found):
            tables = world.reducer(record, row, draws.values(number), Streams(seed, number))
            digests += tables["runs"]["digest"].tolist()
            parts.append(tables)
        # Most outputs ask few tables; the rows are in the order of the replicates as they are.
        ensemble = Ensemble(
            scenario,
            world.reducer.frame,
            seed,
            self.plan.parameters,
            lambda name: stacked([one[name] for one in parts]),
            numbers=replicates,
        )
        return encoded(self.record, point, replicates, [one.numbers(ensemble) for one in self.outputs], digests)
