"""Numbers of a batch: an occasion a row draws what the same occasion draws for all."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core.randomness.streams import BatchStreams, Streams


@pytest.mark.parametrize("replicates", [(4,), (4, 5)])
def test_an_occasion_a_row_draws_what_each_occasion_draws_alone(replicates: tuple[int, ...]) -> None:
    batch = BatchStreams(1956, replicates, np.arange(10, 13))
    rows = np.arange(3 * len(replicates))
    rumors, occasions = rows % 2, np.array([0, 7, 1 << 62] * len(replicates))
    together = batch.uniform("expose", rows, rumors, occasions)
    alone = [
        Streams(1956, replicates[row // 3]).uniform("expose", [10 + row % 3], int(rumor), int(occasion))[0]
        for row, rumor, occasion in zip(rows.tolist(), rumors.tolist(), occasions.tolist(), strict=True)
    ]
    assert together.tolist() == alone
