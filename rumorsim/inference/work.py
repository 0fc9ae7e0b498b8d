"""What a worker of a bank does: simulate some runs, and keep what the likelihood needs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from rumorsim.ensemble.work import World, encoded
from rumorsim.inference.draws import BankDraws
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.record import bank_layout, keep
from rumorsim.party import build_party
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Done, Task, message
from rumorsim.scenario import Scenario

__all__ = ["SETS", "BankWork"]

#: Sets of numbers of the archive for each run: more sets matter more than anything else that can be done with a run.
SETS: Final = 64


class BankWork:
    """Everything needed to do a task of a bank; it is pickled once for all workers.

    Parameters
    ----------
    scenario : Scenario
    draws : BankDraws
    world : World or None
        Built where it is needed, if it is not given.
    """

    def __init__(self, scenario: Scenario, draws: BankDraws, world: World | None = None) -> None:
        self.scenario = scenario
        self.draws = draws
        self._world = world
        self._evidence: Evidence | None = None

    def alone(self) -> BankWork:
        """Return the same work without the party and the assembly, to be sent over a network."""
        return BankWork(self.scenario, self.draws)

    def __call__(self, task: Task) -> Done:
        """Simulate and keep the runs of a task; one that fails becomes a row with a message."""
        begin = time.process_time()
        if self._world is None:
            self._world = World.of(self.scenario, build_party(self.scenario), self.draws.prior.model)
        if self._evidence is None:
            self._evidence = Evidence.of(self.scenario, self._world.reducer.frame)
        building = time.process_time() - begin
        rows = tuple(self._rows(task, self._world, self._evidence))
        return Done(rows, time.process_time() - begin - building, building)

    def _rows(self, task: Task, world: World, evidence: Evidence) -> Iterator[Row]:
        draws, layout = self.draws, bank_layout(self.draws.drawn)
        for _, replicates in task.slices:
            for k in replicates:
                try:
                    values = draws.values(k)
                    record = world.assembly.simulate(draws.prior.seed, k, values)
                    sets = [draws.archive(k, number) for number in range(SETS)]
                    tables = keep(world, evidence, self.scenario, draws.prior, record, k, values, sets)
                    yield Row(0, k, None, encoded(tables, layout))
                except MemoryError:
                    raise  # a matter of this machine, not of the run
                except Exception as error:
                    yield Row(0, k, message(error), b"")
