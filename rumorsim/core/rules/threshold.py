"""Social reinforcement: hear once enough has been heard within a span of memory."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import numbers, whole
from rumorsim.core.rules.base import Rule
from rumorsim.core.state import NEVER, RumorState
from rumorsim.errors import CoreError

__all__ = ["ThresholdMemory"]


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

    def start(self, state: RumorState) -> None:
        """Allocate the doses that are remembered."""
        people = state.n_rows // len(state.luck.streams)
        own = np.broadcast_to(numbers(self.threshold, "threshold", ((), (people,))), (people,))
        if self.relative:
            total = np.zeros(state.n_rows)
            for clock in state.fabric.clocks:
                if clock.incoming is not None:
                    head = np.repeat(np.arange(state.n_rows), np.diff(clock.incoming.pointer))
                    total += clock.unit * np.bincount(head, clock.incoming.weight, minlength=state.n_rows)
            groups = state.groups
            if groups is not None:
                units = np.array([clock.unit for clock in state.fabric.clocks])
                unit = np.repeat(units, np.diff(groups.bounds))[groups.group]
                mass = np.bincount(groups.group, groups.present, minlength=groups.n_groups)
                weight = unit * groups.weight[groups.group] * groups.present * (mass[groups.group] - 1)
                total += np.bincount(groups.person, weight, minlength=state.n_rows)
            state.extra["threshold"] = np.where(total > 0, np.tile(own, len(state.luck.streams)) * total, np.inf)
        else:
            state.extra["threshold"] = np.tile(own, len(state.luck.streams))
        state.extra["doses"] = np.zeros((self.memory_ticks, state.n_rows))

    def hear(self, state: RumorState) -> NDArray[Any]:
        """Remember this tick's dose and return the ignorant whose remembered doses reach their threshold."""
        doses = state.extra["doses"]
        dose = doses[state.tick % self.memory_ticks]
        dose[:] = 0.0
        for number, (clock, pressure) in enumerate(zip(state.fabric.clocks, state.pressure, strict=True)):
            dose += pressure * (clock.unit * state.clock_factor[0, number, state.tick])
        enough = doses.sum(axis=0) >= state.extra["threshold"]
        return np.flatnonzero(enough & (state.heard_tick == NEVER))
