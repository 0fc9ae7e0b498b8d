"""Daley and Kendall's rule: two spreaders who meet both stop, each pair at one rate whichever way its ties point."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from rumorsim.core import DaleyKendall, GroupLayer, Network
from rumorsim.core.contacts.layers import Contacts
from tests.unit.core.engine.parts import block, compiled, start

REPLICATES = 3000
FIRST = 3 * np.arange(REPLICATES)


def stopped(
    rule: DaleyKendall, contacts: Network | Contacts, tellers: Sequence[int], aware: Sequence[int] = ()
) -> np.ndarray:
    """Return who of three people stops in the first tick, (replicates, 3)."""
    one = block(rule, compiled(contacts, REPLICATES), "both", replicates=REPLICATES)
    start(one, np.concatenate([FIRST + k for k in tellers]), np.concatenate([FIRST[:0], *[FIRST + k for k in aware]]))
    _, rows = one.spread(0)
    assert len(one.tellers) == len(tellers) * REPLICATES - len(rows)
    return np.isin(np.arange(3 * REPLICATES), rows).reshape(-1, 3)


def near(found: np.ndarray, share: float) -> bool:
    return bool(abs(found.mean() - share) < 4 * math.sqrt(share * (1 - share) / len(found)))


PAIRS = {
    "both ways": Network.from_edges(3, [0, 1], [1, 0], [0.6, 0.6]),
    "one way": Network.from_edges(3, [0], [1], [1.2]),
    "unequal": Network.from_edges(3, [0, 1], [1, 0], [0.4, 0.8]),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_spreaders_stop_together_at_one_rate_a_pair(name: str) -> None:
    """The pair meets at rate times (w + w') / 2 = 0.6; by hand, when either has used up its half of that."""
    one = block(DaleyKendall(1.0, 1.0), compiled(PAIRS[name], REPLICATES), "both", replicates=REPLICATES)
    patience = one.thresholds("stop").reshape(-1, 3)
    both = stopped(DaleyKendall(1.0, 1.0), PAIRS[name], [0, 1])
    assert (both[:, 0] == both[:, 1]).all()
    assert (both[:, 0] == (patience[:, :2] <= 0.3).any(axis=1)).all()
    assert near(both[:, 0], 1 - math.exp(-0.6))
    assert not both[:, 2].any()


@pytest.mark.parametrize("name", PAIRS)
def test_a_stifler_stops_a_spreader_at_the_whole_rate(name: str) -> None:
    found = stopped(DaleyKendall(1.0, 1.0), PAIRS[name], [0], [1])
    assert near(found[:, 0], 1 - math.exp(-0.6))
    assert not found[:, 1].any(), "who does not tell does not stop"


def test_whoever_forgets_stops_alone() -> None:
    """Of the hazard of one alone, half of 0.4 for the meeting and 0.6, three in four crossings are forgotten."""
    found = stopped(DaleyKendall(1.0, 1.0, 0.6), Network.from_edges(3, [0], [1], [0.8]), [0, 1])
    survives = math.exp(-0.8)
    assert near(~found.any(axis=1), survives**2)
    # Neither, or exactly one crossed and had forgotten: then the other goes on.
    assert near(found[:, :2].sum(axis=1) == 1, 2 * survives * (1 - survives) * 0.75)
    alone = stopped(DaleyKendall(1.0, 0.0, 0.6), PAIRS["both ways"], [0, 1])
    assert near(alone[:, 0] & alone[:, 1], (1 - math.exp(-0.6)) ** 2)


def test_in_a_group_every_other_spreader_is_met_as_often() -> None:
    """Three spreaders, weight 0.2 a pair: each pair meets at it; whoever crosses alone takes one along."""
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 0], rate=0.6)])
    one = block(DaleyKendall(1.0, 1.0), compiled(cell, REPLICATES), "both", replicates=REPLICATES)
    crossed = one.thresholds("stop").reshape(-1, 3) <= 0.2
    found = stopped(DaleyKendall(1.0, 1.0), cell, [0, 1, 2])
    assert (found.sum(axis=1)[~crossed.any(axis=1)] == 0).all()
    assert (found >= crossed).all()
    for number in range(3):
        alone = crossed[:, number] & (crossed.sum(axis=1) == 1)
        assert (found[alone].sum(axis=1) == 2).all()
        assert near(found[alone, (number + 1) % 3], 0.5)


def test_members_of_a_group_who_only_know_stop_a_spreader_alone() -> None:
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 0], rate=0.6)])
    found = stopped(DaleyKendall(1.0, 1.0), cell, [1], [0, 2])
    assert near(found[:, 1], 1 - math.exp(-0.4))
    assert not found[:, [0, 2]].any()


def test_whoever_crosses_among_both_meets_either_by_its_share() -> None:
    """0 and 1 tell, 2 only knows, weight 0.2 a pair: 0.1 of the own hazard of 0.3 is the meeting with the other."""
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 0], rate=0.6)])
    one = block(DaleyKendall(1.0, 1.0), compiled(cell, REPLICATES), "both", replicates=REPLICATES)
    crossed = one.thresholds("stop").reshape(-1, 3)[:, :2] <= 0.3
    found = stopped(DaleyKendall(1.0, 1.0), cell, [0, 1], [2])
    alone = crossed.sum(axis=1) == 1
    assert near(found[alone].sum(axis=1) == 2, 1 / 3)
    assert not found[:, 2].any()
