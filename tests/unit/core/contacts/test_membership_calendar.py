"""The calendar of memberships against a replay of its changes, one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core.contacts.membership_calendar import Calendar

ENTRIES, TICKS = 6, 8


def made(first: list[bool], *changes: tuple[int, int, bool]) -> Calendar:
    """Return a calendar of changes (tick, entry, begins), ascending by tick."""
    tick, entry, begins = zip(*changes, strict=True) if changes else ((), (), ())
    return Calendar(np.array(first), np.array(tick, np.int32), np.array(entry, np.int32), np.array(begins, np.bool_))


def by_chance(seed: int) -> Calendar:
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, [[TICKS], [ENTRIES], [2]], (3, 20)).tolist()
    changes = sorted(zip(*columns, strict=True), key=lambda change: change[0])
    return made((rng.random(ENTRIES) < 0.5).tolist(), *changes)


def replay(calendar: Calendar) -> np.ndarray:
    """Return which entries are in force during each tick, (n_ticks, n_entries)."""
    here = np.tile(calendar.first_present, (TICKS + 3, 1))
    for tick, entry, begins in zip(calendar.tick, calendar.entry, calendar.begins, strict=True):
        here[tick:, entry] = begins
    return here


@pytest.mark.parametrize("seed", range(8))
def test_in_force_is_what_a_replay_says(seed: int) -> None:
    calendar = by_chance(seed)
    tick, entry = (grid.ravel() for grid in np.indices((TICKS + 3, ENTRIES)))
    assert calendar.in_force(entry, tick).tolist() == replay(calendar).ravel().tolist()
    here = made([True, False])
    assert here.in_force(np.array([0, 1]), np.array([3, 3])).tolist() == [True, False]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_due_leads_from_one_tick_to_the_next(seed: int) -> None:
    """Of a membership that changes twice at one tick only the last word is due, and once."""
    calendar = by_chance(seed)
    here = calendar.first_present.copy()
    for now, expected in enumerate(replay(calendar)):
        rows = calendar.due(now)
        assert (np.diff(rows) > 0).all()
        assert len(set(calendar.entry[rows].tolist())) == len(rows)
        here[calendar.entry[rows]] = calendar.begins[rows]
        assert here.tolist() == expected.tolist()


def test_what_lasts_never_changes() -> None:
    calendar = made([True, True, False], (3, 1, True))
    assert calendar.lasting().tolist() == [True, False, False]
    assert [made([True]).static, made([False]).static, made([True], (1, 0, False)).static] == [True, False, False]


def test_struck_rows_are_gone_and_the_calendar_stays() -> None:
    calendar = made([True, True], (1, 0, False), (2, 1, False), (4, 0, True))
    other = calendar.without(np.array([0, 2]))
    assert (other.tick.tolist(), other.entry.tolist(), other.begins.tolist()) == ([2], [1], [False])
    assert calendar.tick.tolist() == [1, 2, 4]


def test_new_plans_replace_what_was_planned_from_now_on() -> None:
    calendar = made([True, True], (1, 0, False), (3, 0, True), (3, 1, False), (5, 0, False))
    change = np.array([0]), np.array([True]), 3
    beside, instead = calendar.with_changes(*change), calendar.with_changes(*change, own=np.array([0]))
    assert list(zip(beside.tick.tolist(), beside.entry.tolist(), strict=True)) == [
        (1, 0),
        (3, 0),
        (3, 1),
        (3, 0),
        (5, 0),
    ]
    assert list(zip(instead.tick.tolist(), instead.entry.tolist(), strict=True)) == [(1, 0), (3, 1), (3, 0)]
    assert instead.begins.tolist() == [False, False, True]
    wider = calendar.with_entry()
    assert wider.first_present.tolist() == [True, True, False]


def test_what_follows_is_worked_out_once_and_not_handed_on() -> None:
    asked = []

    def work_out() -> int:
        asked.append(1)
        return len(asked)

    calendar = made([True, True], (1, 0, False))
    assert [calendar.keep("a", work_out), calendar.keep("a", work_out), calendar.keep("b", work_out)] == [1, 1, 2]
    nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_), 0
    for other in (calendar.without(np.array([0])), calendar.with_entry(), calendar.with_changes(*nothing)):
        assert other.kept == {}, "other plans, other answers"
