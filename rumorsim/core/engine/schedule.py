"""When actions take place: on their tick, or once their condition has been met in a replicate."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.engine.actions import Action
from rumorsim.core.engine.tellers import NEVER

if TYPE_CHECKING:
    from rumorsim.core.engine.simulation import Simulation

__all__ = ["Schedule"]


class Schedule:
    """The actions that lie ahead, those that wait for their condition, and those that have taken place.

    Parameters
    ----------
    actions : sequence of Action
    replicates, first_replicate : int

    Attributes
    ----------
    fired : list of (label, replicate, tick)
    """

    def __init__(self, actions: Sequence[Action], replicates: int, first_replicate: int) -> None:
        self._replicates, self._first = replicates, first_replicate
        self._due: dict[int, list[Action]] = {}
        for action in actions:
            self._due.setdefault(action.tick, []).append(action)
        #: With the tick in which each replicate met the condition: NEVER not yet, -1 does not concern it any more.
        self._waiting: list[tuple[Action, NDArray[np.int64]]] = []
        self.fired: list[tuple[str, int, int]] = []

    def copy(self) -> Schedule:
        """Return the same schedule to go on by itself; the actions are shared."""
        other = copy.copy(self)
        other._due, other.fired = dict(self._due), list(self.fired)
        other._waiting = [(action, met.copy()) for action, met in self._waiting]
        return other

    def take_place(self, sim: Simulation) -> None:
        """Let the actions act that are due at the tick under way."""
        now = sim.tick
        for action in self._due.pop(now, []):
            where = self._concerned(action)
            if not len(where):
                continue
            if action.when is None:
                self._act(sim, action, where)
            else:
                met = np.full(self._replicates, -1, dtype=np.int64)
                met[where] = NEVER
                self._waiting.append((action, met))
        still = []
        for action, met in self._waiting:
            if action.when is None:
                continue
            met[(met == NEVER) & action.when.met(sim)] = now
            ready = np.flatnonzero((met <= now - action.delay_ticks) & (met >= 0))
            if len(ready):
                self._act(sim, action, ready)
                met[ready] = -1
            if (met >= 0).any():
                still.append((action, met))
        self._waiting = still

    def intervene(self, sim: Simulation, action: Action) -> None:
        """Let an action act now in all replicates that it concerns."""
        where = self._concerned(action)
        if len(where):
            self._act(sim, action, where)

    def _act(self, sim: Simulation, action: Action, where: NDArray[np.int64]) -> None:
        action.apply(sim, where)
        if action.label:
            self.fired += [(action.label, int(r) + self._first, sim.tick) for r in where]

    def _concerned(self, action: Action) -> NDArray[np.int64]:
        """Return in which replicates of the batch an action acts."""
        if action.only is None:
            return np.arange(self._replicates)
        return np.array([k for k in range(self._replicates) if k + self._first in action.only], dtype=np.int64)
