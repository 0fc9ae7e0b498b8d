"""Maki and Thompson's rumor: the caller who finds that the other knows stops calling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.checks import numbers
from rumorsim.core.engine.rates import per_tick
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.rules.base import HazardRule, Hazards

__all__ = ["MakiThompson", "StoppingHazards"]


@dataclass
class StoppingHazards(Hazards):
    """What the rule remembers.

    Attributes
    ----------
    stifling : (n_rumors here, n_clocks, n_ticks) float32
        Hazard of stopping for a whole number of those who know.
    forgetting : (n_ticks,) float32
    patience : (n_rows,) float32
        Countdown with which each row starts to tell.
    """

    stifling: NDArray[np.float32]
    forgetting: NDArray[np.float32]
    patience: NDArray[np.float32]


class MakiThompson(HazardRule):
    """Directed calls: only the one who calls can stop (Maki and Thompson 1973, Mathematical Models and Applications).

    ``source[k]`` calls ``target[k]``. Hearing sums over incoming contacts. A spreader becomes a stifler at the hazard
    ``forgetting_rate + stifling_rate * (weight of outgoing contacts who know)``; the one who is called does not stop.
    In a large complete graph with equal rates 0.2032 of the people never hear.

    Parameters
    ----------
    transmission_rate : float or (n_ticks,) floats
        Per day and weight.
    stifling_rate, forgetting_rate : float or (n_ticks,) floats
        Per day (and weight, for stifling); 0 switches either off.

    Examples
    --------
    >>> from rumorsim.core import Network, simulate
    >>> runs = simulate(Network.complete(20), MakiThompson(0.1, 0.1), time_step_days=0.1, stop_days=200.0,
    ...                 replicates=3, seed=0)
    >>> bool((runs.time_stopped >= runs.time_heard).all())
    True
    """

    name: ClassVar[str] = "maki_thompson"
    reference: ClassVar[str] = "Maki and Thompson 1973; Daley and Gani 1999, section 5.2, doi:10.1017/CBO9780511608834"
    needs: frozenset[str] = frozenset({"knowing"})

    def __init__(
        self, transmission_rate: ArrayLike, stifling_rate: ArrayLike = 0.0, forgetting_rate: ArrayLike = 0.0
    ) -> None:
        super().__init__(transmission_rate)
        numbers(stifling_rate, "stifling_rate", None)
        numbers(forgetting_rate, "forgetting_rate", None)
        self.stifling_rate = stifling_rate
        self.forgetting_rate = forgetting_rate
        if not np.any(np.asarray(stifling_rate, dtype=np.float64)):
            self.needs = frozenset()

    def start(self, state: RumorBlock) -> StoppingHazards:
        """Lay out the stopping factors of all ticks."""
        hazards = super().start(state)
        stifling = per_tick(self.stifling_rate, state.ticks, "stifling_rate")
        product = state.factors(stifling, [clock.head_unit for clock in state.contacts.clocks])
        return StoppingHazards(
            hazards.hearing,
            hazards.open_clocks,
            numbers(product, "stifling_rate times calendar factor", None).astype(np.float32),
            per_tick(self.forgetting_rate, state.ticks, "forgetting_rate").astype(np.float32),
            # One draw for everybody costs less than a small one in every tick, though only tellers need it.
            state.thresholds("stop"),
        )

    def patience(self, state: RumorBlock, memory: Any, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return an Exp(1) threshold a row for the accumulated stopping hazard."""
        patience: NDArray[np.float32] = memory.patience.take(rows)
        return patience

    def stop(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Use up the patience of everybody who tells and return those who stop."""
        factors = memory.stifling[:, :, state.tick]
        spent = memory.forgetting[state.tick]
        if self.needs and factors.any():
            spent = self.met(state, state.tellers.rows, factors) + spent
        return state.count_down(spent)

    def met(self, state: RumorBlock, rows: NDArray[Any], factors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the hazard of meeting somebody who ends a row's telling, (m,) float32."""
        return state.meeting_knowers(rows, factors)
