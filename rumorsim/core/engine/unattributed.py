"""First hearings of a tick, kept until somebody asks who told whom; the rule decides who hears (`Rule.hear`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hearings"]


@dataclass
class Hearings:
    """First hearings over contacts in one tick, kept until their channel and teller are asked for.

    `groups` (m, n_slots) holds the groups of each row at that moment, `talk` that of the tellers in them, and
    `pressure` (n_clocks, m) the pressure on the row, where there is more than one source to choose from.
    """

    tick: int
    rows: NDArray[Any]
    groups: NDArray[np.int32] | None = None
    talk: NDArray[np.float32] | None = None
    pressure: NDArray[np.float32] | None = None

    def of(self, positions: NDArray[np.int64]) -> Hearings:
        """Return some of them."""
        return Hearings(
            self.tick,
            self.rows[positions],
            None if self.groups is None else self.groups[positions],
            None if self.talk is None else self.talk[positions],
            None if self.pressure is None else self.pressure[:, positions],
        )
