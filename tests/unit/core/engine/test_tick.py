"""The order within a tick, on blocks made from arrays."""

from __future__ import annotations

import numpy as np

from rumorsim.core import NEVER, Fear
from rumorsim.core.engine.tick import Tick
from tests.unit.core.engine.parts import Scripted, block, people


def test_fright_comes_before_telling_on_for_all_rumors() -> None:
    """1 hears two rumors in one tick; the second frightens, and so the first is not told on either."""
    for frightening in (0, 1):
        blocks = [block(Scripted({0: [1]}), rumor=k) for k in range(2)]
        some = people(Fear(tell_factor=0.0), 2)
        some.set_fear_of_news(frightening, {None: 1.0}, np.array([0]))
        Tick(blocks, some, {}, np.zeros(1, dtype=np.int8)).run(0)
        assert some.afraid_tick.tolist() == [NEVER, 0, NEVER]
        assert [one.telling.tolist() for one in blocks] == [[False] * 3] * 2
        assert [one.heard_tick[1] for one in blocks] == [0, 0]


def test_a_tick_enters_and_pushes_what_the_rule_says() -> None:
    one = block(Scripted({0: [1], 1: [2]}, {1: [0]}))
    order = Tick([one], people(), {}, np.array([3], dtype=np.int8))
    order.start(one, np.array([0]), True)
    unit = one.contacts.clocks[0].unit
    order.run(0)
    assert (one.pressures.of_tellers[0] * unit).tolist() == [0.0, 1.0, 2.0]
    order.run(1)
    assert (one.pressures.of_tellers[0] * unit).tolist() == [0.0, 0.0, 2.0]
    assert one.heard_tick.tolist() == [-1, 0, 1]
    assert one.stopped_tick.tolist() == [1, NEVER, NEVER]
    order.attribute()
    assert (one.channel.tolist(), one.teller.tolist()) == ([-1, 3, 3], [-1, 0, 1])
    order.silence(np.array([1, 2]), 2)
    assert not one.telling.any()
    assert not one.pressures.flat.any()
