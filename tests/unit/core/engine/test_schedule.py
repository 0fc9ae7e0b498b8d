"""When actions act: on their tick, where they are to, and once their condition has been met for long enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from rumorsim.core import Action, Condition
from rumorsim.core.engine.schedule import Schedule

ACTED: list[tuple[str, int, list[int]]] = []


@dataclass(frozen=True, kw_only=True, eq=False)
class Note(Action):
    """Note that it has acted, and where."""

    def apply(self, sim: Any, replicates: Any) -> None:
        ACTED.append((self.label, sim.tick, replicates.tolist()))


@dataclass(frozen=True, kw_only=True)
class From(Condition):
    """Met in each replicate from a tick of its own on."""

    ticks: tuple[int, ...] = field(default=())

    def met(self, sim: Any) -> Any:
        return np.array(self.ticks) <= sim.tick


def played(schedule: Schedule, ticks: range) -> list[tuple[str, int, list[int]]]:
    ACTED.clear()
    for tick in ticks:
        schedule.take_place(SimpleNamespace(tick=tick))  # type: ignore[arg-type]
    return list(ACTED)


def test_actions_act_on_their_tick_in_the_order_given() -> None:
    schedule = Schedule([Note(tick=2, label="b"), Note(tick=0, label="a"), Note(tick=2), Note(tick=2, label="c")], 2, 0)
    assert played(schedule, range(4)) == [
        ("a", 0, [0, 1]),
        ("b", 2, [0, 1]),
        ("", 2, [0, 1]),
        ("c", 2, [0, 1]),
    ]
    assert schedule.fired == [("a", 0, 0), ("a", 1, 0), ("b", 0, 2), ("b", 1, 2), ("c", 0, 2), ("c", 1, 2)]


def test_only_counts_replicates_from_the_first_of_all() -> None:
    schedule = Schedule([Note(tick=1, label="a", only=(5, 7)), Note(tick=1, label="b", only=(0,))], 3, 5)
    assert played(schedule, range(3)) == [("a", 1, [0, 2])]
    assert schedule.fired == [("a", 5, 1), ("a", 7, 1)]


def test_a_condition_is_waited_for_in_each_replicate_by_itself() -> None:
    """Met at ticks 0, 3 and never; the action is looked at from tick 2 on and waits one tick more."""
    action = Note(tick=2, when=From(ticks=(0, 3, 99)), delay_ticks=1, label="a")
    assert played(Schedule([action], 3, 0), range(8)) == [("a", 3, [0]), ("a", 4, [1])]
    at_once = Note(tick=2, when=From(ticks=(0, 3, 2)), label="a", only=(0, 1))
    assert played(Schedule([at_once], 3, 0), range(8)) == [("a", 2, [0]), ("a", 3, [1])]


def test_by_hand_an_action_acts_now_where_it_is_to() -> None:
    schedule = Schedule([], 2, 3)
    ACTED.clear()
    for only in (None, (4,), (9,)):
        schedule.intervene(SimpleNamespace(tick=6), Note(tick=0, label="x", only=only))  # type: ignore[arg-type]
    assert ACTED == [("x", 6, [0, 1]), ("x", 6, [1])]
    assert schedule.fired == [("x", 3, 6), ("x", 4, 6), ("x", 4, 6)]


def test_a_copy_waits_by_itself() -> None:
    schedule = Schedule([Note(tick=1, when=From(ticks=(3,)), label="a"), Note(tick=5, label="b")], 1, 0)
    played(schedule, range(3))
    other = schedule.copy()
    assert played(other, range(3, 7)) == played(schedule, range(3, 7)) == [("a", 3, [0]), ("b", 5, [0])]
    assert other.fired == schedule.fired
    assert other.fired is not schedule.fired
