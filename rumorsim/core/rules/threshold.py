"""Social reinforcement: hear once enough has been heard within a span of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import numbers, whole
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.rules.base import Rule
from rumorsim.errors import CoreError

__all__ = ["DoseMemory", "ThresholdMemory"]


@dataclass
class DoseMemory:
    """What the rule remembers: threshold (n_rows,) and the doses of the last ticks, (memory_ticks, n_rows)."""

    threshold: NDArray[np.float64]
    doses: NDArray[np.float64]


class ThresholdMemory(Rule):
    """A person accepts when the dose of the last `memory_ticks` ticks reaches a threshold (Dodds and Watts 2004).

    Each tick the dose is the weight of incoming contacts who tell (times the calendar factor). With a memory of one
    tick and a threshold that is a share of contacts this is Granovetter's and Watts's threshold model. Everybody who
    accepts keeps telling; nothing is random but the first spreaders.

    Parameters
    ----------
    threshold : float or (n,) floats
        Dose at which a person accepts, above 0.
    memory_ticks : int
        How many ticks back doses count, at least 1.
    relative : bool
        Read the threshold as a share of the weight of all incoming contacts.

    Examples
    --------
    >>> from rumorsim.core import Network, simulate
    >>> net = Network.from_edges(3, [0, 0, 1], [1, 2, 2])
    >>> simulate(net, ThresholdMemory(2.0, memory_ticks=1), initial_spreaders=[0], stop_days=9.0).n_aware.tolist()
    [1]
    >>> simulate(net, ThresholdMemory(2.0, memory_ticks=2), initial_spreaders=[0], stop_days=9.0).n_aware.tolist()
    [3]
    """

    name: ClassVar[str] = "threshold_memory"
    reference: ClassVar[str] = "Dodds and Watts 2004, doi:10.1103/PhysRevLett.92.218701; Granovetter 1978"

    def __init__(self, threshold: Any, memory_ticks: int = 1, relative: bool = False) -> None:
        if not (numbers(threshold, "threshold", None) > 0).all():
            raise CoreError("threshold", path="threshold", given=threshold, allowed="above 0")
        self.threshold = threshold
        self.memory_ticks = whole(memory_ticks, "memory_ticks", 1, 32_000)
        if not isinstance(relative, bool):
            raise CoreError("relative", path="relative", given=relative, allowed="True or False")
        self.relative = relative

    def start(self, state: RumorBlock) -> DoseMemory:
        """Return what everybody needs and room for the doses that are remembered."""
        people = state.n_rows // len(state.streams.by_replicate)
        own = np.broadcast_to(numbers(self.threshold, "threshold", ((), (people,))), (people,))
        if self.relative:
            total = np.zeros(state.n_rows)
            for clock in state.contacts.clocks:
                if clock.incoming is not None:
                    head = np.repeat(np.arange(state.n_rows), np.diff(clock.incoming.pointer))
                    total += clock.unit * np.bincount(head, clock.incoming.weight, minlength=state.n_rows)
            groups = state.memberships
            if groups is not None:
                units = np.array([clock.unit for clock in state.contacts.clocks])
                unit = np.repeat(units, np.diff(groups.bounds))[groups.group]
                mass = np.bincount(groups.group, groups.present, minlength=groups.n_groups)
                weight = unit * groups.weight[groups.group] * groups.present * (mass[groups.group] - 1)
                total += np.bincount(groups.person, weight, minlength=state.n_rows)
            threshold = np.where(total > 0, np.tile(own, len(state.streams.by_replicate)) * total, np.inf)
        else:
            threshold = np.tile(own, len(state.streams.by_replicate))
        return DoseMemory(threshold, np.zeros((self.memory_ticks, state.n_rows)))

    def hear(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Remember this tick's dose and return the ignorant whose remembered doses reach their threshold."""
        memory.doses[state.tick % self.memory_ticks] = state.hazard_of_hearing()
        enough = memory.doses.sum(axis=0) >= memory.threshold
        return np.flatnonzero(enough & (state.heard_tick == NEVER))
