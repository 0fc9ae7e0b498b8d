"""The independent cascade: one attempt along every edge, right after hearing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import number
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.randomness.elementary import minus_log
from rumorsim.core.rules.base import HazardRule, Hazards
from rumorsim.errors import CoreError

__all__ = ["IndependentCascade"]


class IndependentCascade(HazardRule):
    """Whoever hears tries each outgoing contact once, in the next tick (Kempe, Kleinberg and Tardos 2003).

    An edge of weight w succeeds with probability ``1 - (1 - success_prob)**w``. The attempts that reach a person are
    independent, so their joint failure is a product, and comparing the sum of ``-log(1 - p)`` with one Exp(1)
    threshold a person has the law of separate coin flips; raising the probability gives nested cascades, seed by
    seed.

    Parameters
    ----------
    success_prob : float
        Chance that an attempt over an edge of weight 1 succeeds, 0 to below 1.

    Examples
    --------
    >>> from rumorsim.core import Network, simulate
    >>> chain = Network.from_edges(3, [0, 1], [1, 2])
    >>> simulate(chain, IndependentCascade(0.999999), initial_spreaders=[0], stop_days=4.0).time_heard.tolist()
    [[0.0, 1.0, 2.0]]
    """

    name: ClassVar[str] = "independent_cascade"
    reference: ClassVar[str] = "Kempe, Kleinberg and Tardos 2003, doi:10.1145/956750.956769"

    def __init__(self, success_prob: float) -> None:
        if not number(success_prob, "success_prob", 0, 1) < 1:
            raise CoreError("chance of success", path="success_prob", given=success_prob, allowed="0 to below 1")
        self.success_prob = success_prob

    def start(self, state: RumorBlock) -> Hazards:
        """Draw thresholds; one tick of telling is one attempt whatever the length of the tick."""
        dose = np.full(state.ticks.n_ticks, float(minus_log(1.0 - self.success_prob)))
        return self.hazards(state, dose)

    def patience(self, state: RumorBlock, memory: Any, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Return a patience of exactly one tick."""
        return np.ones(len(rows), dtype=np.float32)

    def stop(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Return everybody who was telling in this tick."""
        return state.count_down(np.float32(1.0))
