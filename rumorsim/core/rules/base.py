"""What a spreading rule decides: who hears and who stops in a tick (`start`, then `hear` and `stop` once a tick).

Why somebody stops differs from rule to rule (see `MakiThompson`); an order of silence is carried out in `engine.tick`.
Who of the hearers passes the rumor on is settled in `engine.tick`, by the chance of each person (`Traits.tell_prob`).
What a rule may ask of the state of its rumor is listed at `RumorBlock`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.checks import numbers
from rumorsim.core.engine.rates import per_tick
from rumorsim.core.engine.rumor_block import RumorBlock

__all__ = ["HazardRule", "Hazards", "Rule"]

_NO_ROWS: NDArray[np.int64] = np.empty(0, dtype=np.int64)


class Rule(ABC):
    """How a rumor passes on and dies down.

    A rule sees the `RumorBlock` of its rumor. Each tick the engine asks `hear` for the rows that hear now and `stop`
    for the rows that fall silent now; both act from the next tick on. The engine keeps the pressures up to date, and
    whatever thresholds a rule needs it takes from ``state.thresholds``, so that runs stay reproducible. What
    `start` returns is the rule's own memory, and is handed back to every other method.

    Attributes
    ----------
    name : str
    reference : str
        The paper that defines the rule.
    stackable : bool
        Whether rumors under equal rules may be laid side by side in one state (rows rumor by rumor).
    needs : frozenset of str
        Further pressures to keep: "knowing" (contacts who know, over outgoing edges) and "both" (tellers and
        knowers over half of both directions).

    Examples
    --------
    Everybody who has heard keeps telling, and a person believes once two tell it, on the second hearing:

    >>> from rumorsim.core import Network, Rule, simulate
    >>> class SecondHearing(Rule):
    ...     '''Hear when at least two contacts tell (a threshold of two, Granovetter 1978).'''
    ...     name, reference = "second_hearing", "doi:10.1086/226707"
    ...     def hear(self, state, memory):
    ...         return np.flatnonzero((state.hazard_of_hearing() >= 2) & (state.heard_tick > state.tick))
    >>> ring = Network.from_edges(4, [0, 1, 2, 0, 1], [1, 2, 3, 2, 3])
    >>> simulate(ring, SecondHearing(), initial_spreaders=[0, 1], stop_days=5.0).time_heard.tolist()
    [[0.0, 0.0, 1.0, 2.0]]
    """

    name: ClassVar[str]
    reference: ClassVar[str]
    needs: frozenset[str] = frozenset()
    stackable: ClassVar[bool] = False

    def start(self, state: RumorBlock) -> Any:
        """Return what the rule wants to remember, before the first tick; who knows at the start is entered later."""
        return None

    @abstractmethod
    def hear(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Return the rows, in ascending order, that hear in this tick."""

    def stop(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Return the rows that stop telling in this tick, each of them telling now."""
        return _NO_ROWS

    def patience(self, state: RumorBlock, memory: Any, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return the countdown with which new tellers enter the list of tellers."""
        return np.full(len(rows), np.inf, dtype=np.float32)

    def marginal(self, state: RumorBlock, memory: Any, tick: int) -> NDArray[np.float64]:
        """Return what a whole number of pressure weighed in a tick, (n_rumors, n_clocks): shares of who told whom."""
        units = np.array([clock.unit for clock in state.contacts.clocks])
        return np.asarray(state.clock_factor[:, :, tick] * units, dtype=np.float64)

    def equals(self, other: Rule) -> bool:
        """Return whether another rule is of the same class with the same parameters."""
        if type(self) is not type(other) or self.__dict__.keys() != other.__dict__.keys():
            return False
        return all(np.array_equal(self.__dict__[name], other.__dict__[name]) for name in self.__dict__)


@dataclass
class Hazards:
    """What a `HazardRule` remembers.

    Attributes
    ----------
    hearing : (n_rumors here, n_clocks, n_ticks) float32
        Hazard of hearing for a whole number of pressure in each tick.
    open_clocks : list of list of int
        Tick by tick, the clocks over which anything can be heard.
    """

    hearing: NDArray[np.float32]
    open_clocks: list[list[int]]


class HazardRule(Rule):
    """Hearing by integrated hazard: one threshold a person and rumor, crossed by what has been heard so far.

    Drawing one Exp(1) threshold a person at the start and comparing the accumulated hazard with it has the law of
    drawing ``1 - exp(-hazard * tick)`` anew every tick (Sellke 1983, doi:10.2307/3213811).

    Parameters
    ----------
    transmission_rate : float or (n_ticks,) floats
        Hazard a day over a contact of weight 1.
    """

    stackable: ClassVar[bool] = True

    def __init__(self, transmission_rate: ArrayLike) -> None:
        numbers(transmission_rate, "transmission_rate", None)
        self.transmission_rate = transmission_rate

    def start(self, state: RumorBlock) -> Hazards:
        """Draw a threshold a row and lay out the factors of all ticks."""
        return self.hazards(state, per_tick(self.transmission_rate, state.ticks, "transmission_rate"))

    def hazards(self, state: RumorBlock, rates: NDArray[np.float64]) -> Hazards:
        """Draw a threshold a row, and return what the hazards of hearing (n_ticks,) over a weight of 1 come to."""
        state.left.set(state.thresholds("hear"))
        product = state.factors(rates, [clock.unit for clock in state.contacts.clocks])
        factor = numbers(product, "transmission_rate times calendar factor", None).astype(np.float32)
        loud = np.array([not clock.quiet for clock in state.contacts.clocks], dtype=np.bool_)
        return Hazards(factor, [row.nonzero()[0].tolist() for row in (factor.any(axis=0) & loud[:, None]).T])

    def hear(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Use up every row's threshold by this tick's hazard and return those who crossed it."""
        return state.use_up_thresholds(memory.hearing[:, :, state.tick], memory.open_clocks[state.tick])

    def marginal(self, state: RumorBlock, memory: Any, tick: int) -> NDArray[np.float64]:
        """Return the factors that the tick used."""
        return np.asarray(memory.hearing[:, :, tick], dtype=np.float64)
