"""Batches: how many replicates lie side by side, and that nobody can tell from the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, Hear, MakiThompson, Move, Network, Rule, simulate
from rumorsim.core.engine import simulate as module
from rumorsim.core.engine.simulate import best_batch
from rumorsim.errors import CoreError

#: Everybody has 2,000 memberships.
GROUPS = GroupLayer(
    "all", np.arange(200_000) % 100, np.zeros(200_000, int), 1, np.ones(1), present=np.ones(200_000, bool)
)
PATH = Network.from_edges(3, [0, 1], [1, 2])


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        (Network.from_edges(65_536 // 4, [0], [1]), 4),
        (Network.from_edges(20_000, [0], [1]), 1),
        (Network.from_edges(2, [0] * 100_000, [1] * 100_000), 50),
        (Contacts(100, []), 655),
        (Contacts(100, [GROUPS]), 25),
    ],
)
def test_a_batch_stays_in_the_caches(contacts: Network | Contacts, expected: int) -> None:
    assert best_batch(contacts) == expected


@pytest.fixture
def widths(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return the first replicate and the width of every batch that is started."""
    started: list[tuple[int, int]] = []

    class Counted(module.Simulation):
        def __init__(self, *given: Any, **options: Any) -> None:
            started.append((options["first_replicate"], options["replicates"]))
            super().__init__(*given, **options)

    monkeypatch.setattr(module, "Simulation", Counted)
    return started


@pytest.mark.parametrize(("batch", "expected"), [(2, [(4, 2), (6, 2), (8, 1)]), (None, [(4, 5)]), (9, [(4, 5)])])
def test_replicates_are_shared_out(batch: int | None, expected: list[Any], widths: list[Any]) -> None:
    given: dict[str, Any] = {"initial_spreaders": [0], "stop_days": 4.0, "seed": 1}
    runs = simulate(PATH, MakiThompson(0.5), replicates=5, first_replicate=4, batch=batch, **given)
    assert widths == expected
    assert runs.numbers.tolist() == [4, 5, 6, 7, 8]
    one_by_one = [
        simulate(PATH, MakiThompson(0.5), first_replicate=k, **given).time_heard[0].tolist() for k in range(4, 9)
    ]
    assert runs.time_heard.tolist() == one_by_one


def test_moves_run_one_by_one(widths: list[Any]) -> None:
    contacts = Contacts(3, [GroupLayer.of("cell", [0, 0, 1], rate=1e6)])
    moves = [Move(person=2, layer="cell", group=0, tick=1)]
    runs = simulate(contacts, MakiThompson(1.0), initial_spreaders=[0], stop_days=3.0, actions=moves, replicates=2)
    assert widths == [(0, 1), (1, 1)]
    assert runs.time_heard.tolist() == [[0.0, 1.0, 2.0]] * 2


def test_what_is_handed_out_once_reaches_every_batch() -> None:
    actions = iter([Hear(rumor=0, persons=[2], tick=1)])
    runs = simulate(PATH, MakiThompson(0.0), stop_days=3.0, actions=actions, replicates=3, batch=1)
    assert runs.n_aware.tolist() == [1, 1, 1]


def test_every_batch_has_a_rule_of_its_own() -> None:
    class Once(Rule):
        """Everybody hears in the first tick that a rule object ever sees."""

        name, reference = "once", "none"
        done = False

        def hear(self, state: Any, memory: Any) -> Any:
            rows = state.all_rows[:0] if self.done else state.all_rows
            self.done = True
            return rows

    rule = Once()
    assert simulate(PATH, rule, stop_days=2.0, replicates=3, batch=1).n_aware.tolist() == [3, 3, 3]
    assert not rule.done


def test_what_is_refused() -> None:
    for given, word in (({"replicates": 0}, "replicates"), ({"batch": 0}, "batch"), ({"first_replicate": -1}, "first")):
        with pytest.raises(CoreError, match=word):
            simulate(PATH, MakiThompson(0.0), stop_days=3.0, **given)  # type: ignore[arg-type]
