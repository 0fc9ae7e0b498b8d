"""The list of tellers by itself."""

from __future__ import annotations

import numpy as np

from rumorsim.core.engine.tellers import Tellers


def test_tellers_close_up_and_keep_their_countdowns() -> None:
    tellers = Tellers(1000)
    tellers.add(np.arange(600), np.arange(600, dtype=np.float32))
    gone = tellers.spend(np.float32(400.0))
    assert gone.tolist() == list(range(401))
    assert len(tellers) == 199
    tellers.scale(np.array([599, 3]), 0.5)
    left = dict(zip(tellers.rows.tolist(), tellers.countdown.tolist(), strict=True))
    assert (left[599], left[598]) == (99.5, 198.0)
    other = tellers.copy()
    other.spend(1000.0)
    assert (len(other), len(tellers)) == (0, 199)
