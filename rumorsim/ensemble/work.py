"""What a worker of a run does: simulate and reduce some replicates, and hand their tables over as bytes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.tables import RUN, TABLES
from rumorsim.model import Assembly, assemble, assemble_world
from rumorsim.party import Party, build_party
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Done, Task, message
from rumorsim.runs.store import Layout, Tables
from rumorsim.scenario import Scenario

__all__ = ["Side", "Work", "World", "decoded", "encoded", "layout_of", "records", "with_values"]

#: Tables of fewer bytes are not worth the time of compressing them.
_SMALL: Final = 16_384


def layout_of(draws: Draws) -> Layout:
    """Return the tables of a run: its ledger has a column for each number that is drawn."""
    drawn = [(name, "<f8") for name in draws.drawn]
    ledger = np.dtype([*[(name, TABLES["runs"][name]) for name in TABLES["runs"].names or ()], *drawn])
    return replace(RUN, tables={**TABLES, "runs": ledger})


def encoded(tables: Tables, layout: Layout) -> bytes:
    """Return the tables of a replicate as bytes: the length of each, then its rows."""
    rows = [np.ascontiguousarray(tables[name]).view(np.uint8).data for name in layout.tables]
    lengths = np.array([len(tables[name]) for name in layout.tables], dtype="<i8").tobytes()
    content = b"".join([lengths, *rows])
    return b"\0" + content if len(content) < _SMALL else b"\1" + zlib.compress(content, 1)


def decoded(contents: Sequence[bytes], layout: Layout) -> Tables:
    """Return the tables of some replicates from what `encoded` made of each, one after the other.

    Examples
    --------
    >>> from rumorsim.ensemble.tables import empty_tables, filled
    >>> tables = empty_tables() | {"channels": filled("channels", replicate=0, rumor=1, place=3, channel=0, count=[7])}
    >>> decoded([encoded(tables, RUN)] * 2, RUN)["channels"]["count"].tolist()
    [7, 7]
    """
    held: dict[str, list[Any]] = {name: [] for name in layout.tables}
    for content in contents:
        plain = zlib.decompress(memoryview(content)[1:]) if content[:1] == b"\1" else content[1:]
        at = 8 * len(held)
        for (name, pieces), length in zip(held.items(), np.frombuffer(plain[:at], dtype="<i8").tolist(), strict=True):
            size = length * layout.tables[name].itemsize
            pieces.append(plain[at : at + size])
            at += size
    return {name: np.frombuffer(b"".join(pieces), dtype=layout.tables[name]) for name, pieces in held.items()}


@dataclass(frozen=True, eq=False)
class World:
    """A party and an assembly on it, which many runs share.

    Attributes
    ----------
    party : Party
    assembly : what ``rumorsim.model.assemble`` gives, or anything else with its methods.
    reducer : Reducer
    """

    party: Party
    assembly: Assembly
    reducer: Reducer

    @classmethod
    def of(cls, scenario: Scenario, party: Party, model: str = "party") -> World:
        """Put a scenario on a party, as the model or a null world has it (`rumorsim.model.MODELS`)."""
        assembly = assemble(scenario, party) if model == "party" else assemble_world(scenario, party, model)
        return cls(party, assembly, Reducer(scenario, party))


@dataclass(frozen=True, eq=False)
class Side:
    """What is run for one store.

    Attributes
    ----------
    scenario : Scenario
    draws : Draws
        Values of the replicates.
    seed : int
    world : World, optional
        Built by the worker, where it is not given.
    """

    scenario: Scenario
    draws: Draws
    seed: int
    world: World | None = None


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
    """Everything needed to do a task; it is pickled once for all workers.

    Parameters
    ----------
    sides : by the number of the store.
    survives : bool
        Whether a replicate that fails becomes a row with a message; otherwise its error is raised.
    """

    def __init__(self, sides: Sequence[Side], *, survives: bool = False) -> None:
        self.sides = tuple(sides)
        self.survives = survives
        self._built: tuple[int, World] | None = None

    def alone(self) -> Work:
        """Return the same work without worlds, to be sent over a network: they are built where they are needed."""
        return Work([replace(side, world=None) for side in self.sides], survives=self.survives)

    def world(self, number: int) -> World:
        """Return the world of a side, built if it is not there."""
        side = self.sides[number]
        if side.world is not None:
            return side.world
        if self._built is None or self._built[0] != number:
            self._built = None  # the old one goes before the new one comes
            self._built = (number, World.of(side.scenario, build_party(side.scenario), side.draws.model))
        return self._built[1]

    def __call__(self, task: Task) -> Done:
        """Simulate and reduce some replicates of a side."""
        begin = time.process_time()
        side = self.sides[task.store]
        built = side.world is None and (self._built is None or self._built[0] != task.store)
        world = self.world(task.store)
        building = time.process_time() - begin if built else 0.0
        rows: list[Row] = []
        for _, replicates in task.slices:
            rows += self._survived(side, world, replicates) if self.survives else self._rows(side, world, replicates)
        files = {"frame.json": world.reducer.frame.to_json()} if built else {}
        return Done(tuple(rows), time.process_time() - begin - building, building, files)

    def _survived(self, side: Side, world: World, replicates: Sequence[int]) -> list[Row]:
        """Return the rows of replicates, those that fail among them: what is run side by side fails alone."""
        try:
            return list(self._rows(side, world, replicates))
        except MemoryError:
            raise  # a matter of this machine, not of the replicate
        except Exception as error:
            if len(replicates) == 1:
                return [Row(0, replicates[0], message(error), b"")]
        return [row for k in replicates for row in self._survived(side, world, (k,))]

    def _rows(self, side: Side, world: World, replicates: Sequence[int]) -> Iterator[Row]:
        draws, layout = side.draws, layout_of(side.draws)
        found: Iterator[tuple[int, Any]]
        if draws.drawn:
            found = ((k, world.assembly.simulate(side.seed, k, draws.values(k))) for k in replicates)
        else:
            found = records(world.assembly, side.seed, replicates, side.scenario.values)
        for k, record in found:
            values = draws.values(k)
            tables = world.reducer(record, k, values, Streams(side.seed, k))
            tables["runs"] = with_values(tables["runs"], {name: values[name] for name in draws.drawn}, layout)
            yield Row(0, k, None, encoded(tables, layout))


def with_values(runs: NDArray[Any], values: Mapping[str, Any], layout: Layout) -> NDArray[Any]:
    """Return rows of the ledger with the values that were drawn for them."""
    wider = np.empty(len(runs), dtype=layout.tables["runs"])
    for name in runs.dtype.names or ():
        wider[name] = runs[name]
    for name, value in values.items():
        wider[name] = float(value)
    return wider
