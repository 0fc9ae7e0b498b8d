"""A few of the kills of `benchmarks.kills`, which is run at length by hand."""

from __future__ import annotations

import os

import pytest

kills = pytest.importorskip("benchmarks.kills")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process that was forked")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forked with threads, from Python 3.12 on
@pytest.mark.parametrize("kind", kills.KINDS)
def test_killed_anywhere_it_ends_the_same(kind: str) -> None:
    hits, seconds = kills.kills(kind, "one", 2, seed=1)
    assert sum(hits.values()) == 2
    assert seconds > 0.0
