"""Traits by rumor and in range; and fear: who takes fright tells on less often, each replicate has its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import Briefing, FearOfNews, Fright, GroupLayer, MakiThompson, Network, Simulation
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.engine.traits import Fear, Traits
from rumorsim.errors import CoreError


def test_those_in_fear_pass_a_briefing_on_less_often() -> None:
    """Half of 4,000 take fright; a briefing is passed on by half of those at ease and by a fifth of the others."""
    n = 4000
    everybody = np.arange(n)
    sim = Simulation(
        Network.from_edges(n, [0], [1]),
        MakiThompson(1e-9),
        stop_days=3.0,
        fear=Fear(tell_factor=0.4),
        actions=[
            Fright(tick=0, persons=everybody[::2], prob=1.0),
            Briefing(tick=1, rumor=0, persons=everybody[: n // 2], prob=1.0, tell_factor=0.5),
            Briefing(tick=1, rumor=0, persons=everybody[n // 2 :], prob=1.0, channel="briefing"),
        ],
    )
    sim.run()
    told = sim.telling(0)
    for rows, first, second in ((everybody[1::2], 0.5, 1.0), (everybody[::2], 0.2, 0.4)):
        assert abs(told[rows[rows < n // 2]].mean() - first) < 0.05
        assert abs(told[rows[rows >= n // 2]].mean() - second) < 0.05


def test_fear_of_news_in_one_replicate_leaves_the_others_alone() -> None:
    n = 60
    contacts = Contacts(n, [GroupLayer.of("cell", np.zeros(n, np.int32), rate=2.0)])
    actions = [
        FearOfNews(rumor=1, prob={None: 0.9, "conversation": 0.5}, only=(4,)),
        FearOfNews(rumor=0, prob={"conversation": 0.2}, only=(5,)),
    ]
    options = {"initial_spreaders": {0: [0], 1: [1]}, "stop_days": 8.0, "actions": actions, "seed": 3}
    rules = [MakiThompson(1.0), MakiThompson(1.0)]
    both = Simulation(contacts, [MakiThompson(1.0), MakiThompson(1.0)], replicates=3, first_replicate=3, **options)
    afraid = both.run().afraid_tick != NEVER
    heard = both.results().heard_tick != NEVER
    assert not afraid[0].any()
    assert 0.3 < afraid[1][heard[1, 1]].mean() < 0.7
    assert 0.05 < afraid[2][heard[2, 0]].mean() < 0.45
    for k in range(3):
        rules = [MakiThompson(1.0), MakiThompson(1.0)]
        alone = Simulation(contacts, rules, replicates=1, first_replicate=3 + k, **options)
        assert (alone.run().afraid_tick[0] != NEVER).tolist() == afraid[k].tolist()


def test_a_trait_by_rumor_is_a_column_or_nothing() -> None:
    traits = Traits(receptivity=np.array([[1.0, 2.0], [3.0, 4.0]]), tell_prob=0.5)
    for name, rumor, expected in (("receptivity", 1, [3.0, 4.0]), ("tell_prob", 1, [0.5, 0.5])):
        column = traits.by_rumor(name, rumor, 2)
        assert column is not None
        assert column.tolist() == expected
    alike = Traits(receptivity=np.array([2, 0]), tell_prob=np.array(1))
    assert alike.by_rumor("tell_prob", 0, 2) is None
    assert alike.by_rumor("receptivity", 7, 2).tolist() == [2.0, 0.0]  # type: ignore[union-attr]
    assert Traits().by_rumor("receptivity", 0, 2) is None
    Traits(talk=[1, 255], receptivity=[0.0, 9.0], tell_prob=[[0, 1]] * 3, boldness=[0, 1], zone=[0, 127]).check(2, 3)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"talk": [0, 1]}, "talk"),
        ({"talk": [1.5, 1]}, "talk: not a whole number"),
        ({"zone": [128, 0]}, "zone"),
        ({"zone": [0.5, 0]}, "zone: not a whole number"),
        ({"boldness": [0.5]}, "boldness"),
        ({"boldness": [0.5, 1.5]}, "boldness"),
        ({"tell_prob": 1.5}, "tell_prob"),
        ({"tell_prob": [[1, 1]]}, "tell_prob.*3 x 2 numbers"),
        ({"receptivity": [-1, 1]}, "receptivity"),
    ],
)
def test_traits_out_of_range_are_named(given: dict[str, Any], word: str) -> None:
    with pytest.raises(CoreError, match=word):
        Traits(**given).check(2, 3)


@pytest.mark.parametrize(("fear", "word"), [(Fear(1.1), "tell_factor"), (Fear(0.0, 0.9), "stop_factor")])
def test_fear_calms_nobody(fear: Fear, word: str) -> None:
    Fear(1.0, 1.0).check()
    with pytest.raises(CoreError, match=word):
        fear.check()
