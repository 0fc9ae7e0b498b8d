"""Voicings by themselves: what is said is counted where it is said."""

from __future__ import annotations

import numpy as np

from rumorsim.core.engine.voicings import Voicings


def test_voicings_are_counted_where_they_happen() -> None:
    voicings = Voicings(("cell", "hall"), {"hall": 0.5}, 2, 2, 3)
    place = (np.array([0, 1]), np.array([2, 1]))
    voicings.record(7, np.array([0, 1]), np.array([4, 9]), np.array([1, 5]), "hall", place, np.array([0.4, 0.6]))
    assert voicings.all[["tick", "rumor", "row", "group", "occasion", "detected"]].tolist() == [
        (7, 0, 4, 1, 1, True),
        (7, 1, 9, 5, 1, False),
    ]
    assert np.argwhere(voicings.counts).tolist() == [[0, 0, 1, 2], [1, 1, 1, 1]]
    assert np.argwhere(voicings.detected_counts).tolist() == [[0, 0, 1, 2]]
    voicings.scale_climate(3.0, [1], "cell", (0,))
    voicings.set_bar(0.4, [0])
    assert voicings.climate[:, 0].tolist() == [[1, 1, 1], [3, 1, 1]]
    assert voicings.bar.tolist() == [[0.4] * 3, [0.0] * 3]
