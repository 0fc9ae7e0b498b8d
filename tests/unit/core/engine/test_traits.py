"""Fear: who takes fright tells on less often, also at a briefing, and each replicate has its own fear of news."""

from __future__ import annotations

import numpy as np

from rumorsim.core import Briefing, FearOfNews, Fright, GroupLayer, MakiThompson, Network, Simulation
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.engine.traits import Fear


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
