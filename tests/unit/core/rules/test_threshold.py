"""Social reinforcement by hand: doses, memory, shares of one's own contacts, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import GroupLayer, Network, ThresholdMemory
from rumorsim.core.contacts.layers import Contacts
from rumorsim.errors import CoreError
from tests.unit.core.engine.parts import block, compiled, start

#: 2 is told by 0 with weight 1 and by 1 with weight 3.
TWO_TELL = Network.from_edges(3, [0, 1], [2, 2], [1.0, 3.0])


def heard(rule: ThresholdMemory, contacts: Network | Contacts, tellers: list[int], ticks: int = 5) -> list[list[int]]:
    one = block(rule, compiled(contacts))
    start(one, tellers)
    return [one.spread(tick)[0].tolist() for tick in range(ticks)]


@pytest.mark.parametrize(
    ("threshold", "memory", "first"),
    [(1.0, 1, 0), (1.5, 1, None), (1.5, 2, 1), (3.0, 3, 2), (3.0, 5, 2), (3.1, 3, None), (3.1, 4, 3)],
)
def test_doses_add_up_as_long_as_they_are_remembered(threshold: float, memory: int, first: int | None) -> None:
    """A dose of 1 a tick, of which the last `memory` count."""
    expected = [[2] if first is not None and tick >= first else [] for tick in range(5)]
    assert heard(ThresholdMemory(threshold, memory), TWO_TELL, [0]) == expected


def test_thresholds_may_differ_by_person_and_replicate_by_replicate() -> None:
    net = Network.from_edges(3, [0, 0], [1, 2])
    one = block(ThresholdMemory([9.0, 1.0, 2.0], 2), compiled(net, 2), replicates=2)
    start(one, [0, 3])
    assert [one.spread(tick)[0].tolist() for tick in range(2)] == [[1, 4], [1, 2, 4, 5]]


@pytest.mark.parametrize(("share", "hears"), [(0.25, True), (0.26, False)])
def test_a_share_is_that_of_the_weight_of_all_who_could_tell(share: float, hears: bool) -> None:
    assert heard(ThresholdMemory(share, relative=True), TWO_TELL, [0], 1) == [[2] if hears else []]
    assert heard(ThresholdMemory(3 * share, relative=True), TWO_TELL, [1], 1) == [[2] if hears else []]


@pytest.mark.parametrize(("share", "hears"), [(0.5, True), (0.51, False)])
def test_a_share_of_those_present_in_a_group(share: float, hears: bool) -> None:
    """One of the two others tells; somebody without any contact never accepts."""
    cell = Contacts(3, [GroupLayer.of("cell", [0, 0, 0], rate=0.7)])
    assert heard(ThresholdMemory(share, relative=True), cell, [0], 1) == [[1, 2] if hears else []]
    alone = Contacts(3, [GroupLayer.of("cell", [0, 0, -1])])
    assert heard(ThresholdMemory(share, relative=True), alone, [0], 2) == [[1]] * 2


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ((0.0,), "threshold"),
        (([1.0, -1.0, 1.0],), "threshold"),
        ((1.0, 0), "memory_ticks"),
        ((1.0, 1.5), "memory_ticks"),
        ((1.0, 1, 1), "relative"),
    ],
)
def test_what_is_refused(given: tuple[Any, ...], word: str) -> None:
    with pytest.raises(CoreError, match=word):
        ThresholdMemory(*given)


def test_as_many_thresholds_as_people() -> None:
    with pytest.raises(CoreError, match=r"threshold.*one number or 3 numbers"):
        block(ThresholdMemory(np.ones(2)))
