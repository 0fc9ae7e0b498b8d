"""What a worker does: simulate, reduce and write a batch of replicates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import recfunctions
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.store import RUN, Layout, write_part
from rumorsim.ensemble.tables import Tables, concatenated

__all__ = ["Batch", "Done", "Work", "batches", "records"]

#: Replicates in a batch: few enough that little is lost when the machine stops, enough to keep parts few.
_LARGEST_BATCH = 16
_BATCHES_A_WORKER = 8


@dataclass(frozen=True)
class Batch:
    """Some replicates of the run (or of its prior companion), done together."""

    prior: bool
    replicates: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Done:
    """What came of a batch: its tables if they were not stored, and the CPU time it took."""

    batch: Batch
    tables: Tables | None
    cpu_seconds: float


def batches(replicates: Sequence[int], workers: int, *, prior: bool) -> list[Batch]:
    """Return replicates cut into batches; the cut has no effect on the results.

    Examples
    --------
    >>> [batch.replicates for batch in batches(range(3), workers=2, prior=False)]
    [(0,), (1,), (2,)]
    """
    size = min(max(-(-len(replicates) // (workers * _BATCHES_A_WORKER)), 1), _LARGEST_BATCH)
    return [Batch(prior, tuple(replicates[k : k + size])) for k in range(0, len(replicates), size)]


def records(
    assembly: Any, seed: int, replicates: Sequence[int], values: Mapping[str, Any]
) -> Iterator[tuple[int, Any]]:
    """Yield (replicate, record) for replicates that have the same values.

    Replicates of a small population run side by side, each with the luck it has alone.

    Parameters
    ----------
    assembly : Assembly
        What ``rumorsim.model.assemble`` gives, or anything else with its methods.
    seed, replicates : as in `rumorsim.run`.
    values : catalog id -> value
    """
    for several in _side_by_side(replicates, assembly.at_once):
        if len(several) == 1:
            yield several[0], assembly.simulate(seed, several[0], values)
            continue
        simulation = assembly.start(seed, several, values)
        while not simulation.finished:
            simulation.step()
        yield from zip(several, assembly.records(simulation), strict=True)


def _side_by_side(replicates: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """Return replicates cut into consecutive stretches of at most so many.

    Examples
    --------
    >>> _side_by_side([0, 1, 2, 5], 2)
    [(0, 1), (2,), (5,)]
    """
    stretches: list[list[int]] = []
    for replicate in replicates:
        if stretches and replicate == stretches[-1][-1] + 1 and len(stretches[-1]) < most:
            stretches[-1].append(replicate)
        else:
            stretches.append([replicate])
    return [tuple(stretch) for stretch in stretches]


class Work:
    """Everything needed to do a batch; it is pickled once for all workers.

    Parameters
    ----------
    assembly : Assembly
        What ``rumorsim.model.assemble`` gives, or anything else with its methods.
    reducer : Reducer
    draws, prior_draws : Draws
        Values of the replicates of the run and of its prior companion.
    seed : int
    folder, prior_folder : Path or None
        Where parts are written; None returns the tables instead.
    layouts : Layout of the run and of its prior companion
        With the stamps that their parts carry.
    """

    def __init__(
        self,
        assembly: Any,
        reducer: Reducer,
        draws: Draws,
        prior_draws: Draws,
        seed: int,
        folder: Path | None = None,
        layouts: tuple[Layout, Layout] = (RUN, RUN),
    ) -> None:
        self.assembly = assembly
        self.reducer = reducer
        self.draws = draws
        self.prior_draws = prior_draws
        self.seed = seed
        self.folder = folder
        self.layouts = layouts

    def __call__(self, batch: Batch) -> Done:
        """Simulate, reduce and, where there is a folder, write a batch."""
        begin = time.process_time()
        draws = self.prior_draws if batch.prior else self.draws
        found: Iterator[tuple[int, Any]]
        if draws.drawn:
            found = ((k, self.assembly.simulate(self.seed, k, draws.values(k))) for k in batch.replicates)
        else:
            scenario = self.reducer.scenario
            found = records(self.assembly, self.seed, batch.replicates, scenario.values)
        tables = concatenated(self._tables(k, record, draws) for k, record in found)
        if self.folder is None:
            return Done(batch, tables, time.process_time() - begin)
        write_part(self.folder / "prior" if batch.prior else self.folder, tables, self.layouts[batch.prior])
        return Done(batch, None, time.process_time() - begin)

    def _tables(self, replicate: int, record: Any, draws: Draws) -> Tables:
        values = draws.values(replicate)
        tables = self.reducer(record, replicate, values, Streams(self.seed, replicate))
        if draws.drawn:
            tables["runs"] = _with_values(tables["runs"], {name: values[name] for name in draws.drawn})
        return tables


def _with_values(runs: NDArray[Any], values: dict[str, Any]) -> NDArray[Any]:
    columns = [np.full(len(runs), float(value)) for value in values.values()]
    wider = recfunctions.append_fields(runs, list(values), columns, usemask=False)
    return np.asarray(wider)
