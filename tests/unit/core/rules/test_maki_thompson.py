"""Maki and Thompson's rule: three people in many replicates against the same rumor told in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rumorsim.core import NEVER, GroupLayer, MakiThompson, Network
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.engine.tick import Tick
from rumorsim.errors import CoreError
from tests.unit.core.engine.parts import block, compiled, people, start

TICKS, REPLICATES = 5, 300


def by_hand(
    weights: np.ndarray, hear: list[float], stop: list[float], rates: tuple[float, float, float]
) -> list[list[int]]:
    """Return the ticks of hearing and of stopping of three people, 0 telling first; all acts from the next tick on."""
    heard, stopped = [-1, NEVER, NEVER], [NEVER] * 3
    hear, stop = list(hear), list(stop)
    for now in range(TICKS):
        knows = [tick < now for tick in heard]
        tells = [knows[i] and stopped[i] >= now for i in range(3)]
        for i in range(3):
            if not knows[i]:
                hear[i] -= rates[0] * sum(weights[j, i] * tells[j] for j in range(3))
                if hear[i] <= 0:
                    heard[i] = now
            elif tells[i]:
                stop[i] -= rates[2] + rates[1] * sum(weights[i, j] * knows[j] for j in range(3))
                if stop[i] <= 0:
                    stopped[i] = now
    return [heard, stopped]


@pytest.mark.parametrize("rates", [(0.5, 0.25, 0.125), (0.5, 0.0, 0.125), (0.5, 0.5, 0.0), (0.0, 0.5, 0.5)])
@pytest.mark.parametrize("weights", [[[0, 1, 0], [0, 0, 2], [0, 0, 0]], [[0, 1, 0.5], [2, 0, 1], [0, 1, 0]]])
def test_three_people_by_hand(weights: list[list[float]], rates: tuple[float, float, float]) -> None:
    table = np.array(weights, dtype=float)
    source, target = table.nonzero()
    contacts = compiled(Network.from_edges(3, source, target, table[source, target]), REPLICATES)
    one = block(MakiThompson(*rates), contacts, replicates=REPLICATES)
    hear, stop = (one.thresholds(what).astype(float).reshape(-1, 3).tolist() for what in ("hear", "stop"))
    start(one, 3 * np.arange(REPLICATES))
    order = Tick([one], people(), {}, np.zeros(1, dtype=np.int8))
    for now in range(TICKS):
        order.run(now)
    expected = np.array([by_hand(table, h, s, rates) for h, s in zip(hear, stop, strict=True)])
    found = np.stack([one.heard_tick.reshape(-1, 3), one.stopped_tick.reshape(-1, 3)], axis=1)
    assert found.tolist() == expected.tolist()
    assert len(np.unique(expected[:, 1])) > 3 or rates[:2] == (0.5, 0.0), "hardly anything has happened"


def test_in_a_group_everybody_else_who_knows_is_met() -> None:
    """Two of three know and one of them tells: 1 - exp(-stifling rate / size) stop in the first tick."""
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 0])])
    one = block(MakiThompson(1.0, 1.2), compiled(cell, 3000), replicates=3000)
    everybody = 3 * np.arange(3000)
    start(one, everybody, everybody + 1)
    _, stopped = one.spread(0)
    share = 1 - math.exp(-0.4)
    assert abs(len(stopped) / 3000 - share) < 4 * math.sqrt(share * (1 - share) / 3000)
    assert (stopped % 3 == 0).all()


def test_without_stifling_nobody_counts_who_knows() -> None:
    assert MakiThompson(1.0).needs == MakiThompson(1.0, [0.0, 0.0], 0.3).needs == frozenset()
    assert MakiThompson(1.0, [0.0, 0.1]).needs == {"knowing"}


def test_what_is_refused() -> None:
    for given, word in (((1.0, -1.0), "stifling_rate"), ((1.0, 1.0, np.nan), "forgetting_rate")):
        with pytest.raises(CoreError, match=word):
            MakiThompson(*given)
    with pytest.raises(CoreError, match=r"stifling_rate.*5 numbers"):
        block(MakiThompson(1.0, [0.1, 0.2]))
