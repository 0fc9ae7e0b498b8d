"""People by themselves: fright, silence and fear of news."""

from __future__ import annotations

import numpy as np

from rumorsim.core import NEVER, Fear, Traits
from rumorsim.core.engine.people import People


def test_people_take_fright_once_and_silence_can_be_lifted() -> None:
    some = People(Traits(boldness=np.array([0.2, 0.9]), zone=np.array([0, 1])), Fear(), 2, 2, 1, 1)
    assert some.take_fright(np.array([3, 1, 1]), 4).tolist() == [1, 3]
    assert some.take_fright(np.array([1, 2]), 5).tolist() == [2]
    assert some.afraid_tick.tolist() == [NEVER, 4, 5, 4]
    bar = np.array([[0.1, 0.1], [0.1, 0.95]])
    some.silence(np.array([0]))
    assert some.willing(np.arange(4), bar, 0).tolist() == [False, False, False, False]
    some.silence(np.array([0]), lift=True)
    assert some.willing(np.arange(4), bar, 0).tolist() == [True, False, False, False]
    assert some.by_zone(bar, np.arange(4)).tolist() == [0.1, 0.1, 0.1, 0.95]


def test_fear_of_news_by_channel() -> None:
    some = People(Traits(), Fear(), 2, 2, 2, 2)
    some.set_fear_of_news(1, {None: 0.2, 1: 0.7}, np.array([1]))
    rows = np.array([0, 2, 2, 3])
    found = some.prob_of_fright(np.array([1, 0, 1, 1]), rows, np.array([1, 1, 1, -1], dtype=np.int8))
    assert found.tolist() == [0.0, 0.0, 0.7, 0.2]
