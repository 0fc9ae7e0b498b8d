"""Two runs of the same people are equal, bit for bit, until something that differs takes effect."""

from __future__ import annotations

import re
from dataclasses import replace as with_fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rumorsim.archive.exposures import NEVER
from rumorsim.model import RunRecord, assemble
from rumorsim.party import Party
from rumorsim.scenario import Scenario, load_scenario, loads_scenario
from rumorsim.study.pairs.divergence import HEARING, earliest_effect, first_difference, hearing_counts

SILENCE = """
extends = "classroom"
title = "silence"
start = 1956-04-10
stop = 1956-05-05

[[events]]
id = "silence"
kind = "silence"
date = 1956-04-16T18:00:00
audience = "everybody"
assumed = "for the test"
"""


def simulate(scenario: Scenario, party: Party, replicate: int, seed: int = 0) -> RunRecord:
    return assemble(scenario, party).simulate(seed, replicate)


def state_before(record: RunRecord, party: Party, tick: int) -> list[np.ndarray]:
    """Return all state that has come about in the ticks before one, told the slow way."""
    minutes = (record.tick_start[tick] - np.datetime64("1956-01-01T00:00", "s")).astype(np.int64) // 60
    known = record.heard_tick < tick
    trips = party.trips["start_minute"][record.trips_taken] < minutes
    return [
        known,
        np.where(known, record.heard_tick, NEVER),
        np.where(known, record.channel, -1),
        np.where(known, record.teller, -1),
        np.where(known, record.tells, False),
        np.minimum(record.stopped_tick, tick - 1),  # the last tick in which one tells
        np.where(record.afraid_tick < tick, record.afraid_tick, NEVER),
        np.sort(record.voicings[record.voicings["tick"] < tick]),
        np.sort(record.meetings[record.meetings["tick"] < tick]),
        record.trips_taken[trips],
    ]


def equal_before(a: RunRecord, b: RunRecord, party: Party, tick: int) -> bool:
    return all(
        one.tobytes() == other.tobytes()
        for one, other in zip(state_before(a, party, tick), state_before(b, party, tick), strict=True)
    )


CHANGES: dict[str, tuple[Any, str | None]] = {
    "letter a week later": ({"events.letter.date": "1956-04-28"}, "1956-04-21T00:00"),
    "no letter": ({"events.letter.enabled": False, "events.fear-with-the-letter.enabled": False}, "1956-04-21T00:00"),
    "silence after 16 April": (SILENCE, "1956-04-16T18:00"),
    "less heard in the hall": ({"conference.hearing_prob": 0.5}, "1956-04-14T00:00"),
    "letter read sooner": ({"letter.mean_delay_days": 3.5}, "1956-04-21T00:00"),
    "fear an hour later": ({"events.fear-in-tirana.date": "1956-04-16T19:00"}, "1956-04-16T18:00"),
    "army told later": ({"letter.army_delay_days": 6.0}, "1956-04-21T00:00"),
    "fewer delegates": ({"conference.delegates": 200}, "1956-04-01T00:00"),
    "more trips": ({"travel.duty_rate": 0.1}, "1956-04-10T00:00"),
    "cut short": ({"stop": "1956-04-25"}, "1956-04-26T00:00"),
    "coarse ticks": ({"time.fine_tick_hours": 2}, "1956-04-10T00:00"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_equal_before_the_first_difference_takes_effect(base: Scenario, party: Party, change: str) -> None:
    given, moment = CHANGES[change]
    other = loads_scenario(given) if isinstance(given, str) else base.replace(given)
    bound = earliest_effect(base, other)
    assert bound is not None
    assert np.datetime64(bound, "s") == np.datetime64(max(moment, "1956-04-10T00:00"), "s")
    for replicate in range(2):
        a, b = simulate(base, party, replicate), simulate(other, party, replicate)
        first = first_difference(a, b, party)
        if change == "cut short":
            assert np.isnat(first)
            assert equal_before(a, b, party, len(b.tick_start) - 1)
            continue
        assert not np.isnat(first)
        assert first >= np.datetime64(bound, "s")
        tick = int(np.searchsorted(a.tick_start, first))
        assert a.tick_start[tick] == first
        assert tick == 0 or equal_before(a, b, party, tick)
        if len(a.tick_start) == len(b.tick_start):
            assert not equal_before(a, b, party, tick + 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"events.recall.enabled": False},
        {"title": "the same under another name"},
        {"archive.lag_mean_days": 4.0},
        {"events.request.date": "1956-04-20"},
        {"events.alarm.at_least": 50},
    ],
    ids=str,
)
def test_what_only_observes_changes_nobody(base: Scenario, party: Party, changes: dict[str, Any]) -> None:
    other = base.replace(changes)
    assert earliest_effect(base, other) is None
    a, b = simulate(base, party, 0), simulate(other, party, 0)
    assert np.isnat(first_difference(a, b, party))
    assert equal_before(a, b, party, len(a.tick_start) - 1)


def test_a_change_without_effect_leaves_all_equal_for_ever(base: Scenario, party: Party) -> None:
    off = base.replace({"events.fear-in-tirana.prob": 0.0})
    gone = base.replace({"events.fear-in-tirana.enabled": False})
    assert earliest_effect(off, gone) is not None
    a, b = simulate(off, party, 1), simulate(gone, party, 1)
    assert np.isnat(first_difference(a, b, party))
    assert equal_before(a, b, party, len(a.tick_start) - 1)


def first_by_hand(a: RunRecord, b: RunRecord, party: Party) -> int:
    return next(tick for tick in range(len(a.tick_start)) if not equal_before(a, b, party, tick + 1))


@pytest.mark.parametrize("name", ["heard_tick", "stopped_tick", "tells", "channel", "teller", "afraid_tick"])
def test_a_difference_in_any_state_is_found(base: Scenario, party: Party, name: str) -> None:
    record = simulate(base, party, 0)
    row = record.rumors.index("tirana_conference")
    person = int(np.flatnonzero((record.heard_tick[row] > 50) & (record.heard_tick[row] < 200))[7])
    array = getattr(record, name).copy()
    at: Any = person if array.ndim == 1 else (row, person)
    array[at] = ~array[at] if array.dtype == np.bool_ else (60 + (array[at] == 60) if "tick" in name else array[at] + 1)
    changed = with_fields(record, **{name: array})
    wanted = record.tick_start[first_by_hand(record, changed, party)]
    assert first_difference(record, changed, party) == wanted
    assert first_difference(changed, record, party) == wanted


@pytest.mark.parametrize("name", ["voicings", "meetings"])
def test_a_missing_voicing_or_meeting_is_found(base: Scenario, party: Party, name: str) -> None:
    record = simulate(base.replace({"voice.meeting_prob": 0.5}), party, 0)
    rows = getattr(record, name)
    assert len(rows) > 3
    changed = with_fields(record, **{name: np.delete(rows, 2)})
    assert first_difference(record, changed, party) == record.tick_start[rows["tick"][2]]


def test_another_clock_differs_from_its_first_other_tick(base: Scenario, party: Party) -> None:
    other = base.replace({"time.fine_tick_hours": 2})
    a, b = simulate(base, party, 0), simulate(other, party, 0)
    assert first_difference(a, b, party) == np.datetime64("1956-04-14T00:00", "s")


def test_hearing_counts_by_hand(base: Scenario, party: Party) -> None:
    record = simulate(base, party, 0)
    row = record.rumors.index("tirana_conference")
    heard = record.heard_tick.copy()
    late = np.flatnonzero(heard[row] == NEVER)[:2]
    known = np.flatnonzero((heard[row] > 50) & (heard[row] < 300))[:6]
    heard[row, known[:3]] -= 1  # three earlier
    heard[row, known[3:4]] += 1  # one later
    heard[row, known[4:]] = NEVER  # two only in a
    heard[row, late] = 60  # two only in b
    counts = dict(
        zip(HEARING, hearing_counts(record, with_fields(record, heard_tick=heard))[row].tolist(), strict=True)
    )
    assert (counts["earlier"], counts["later"], counts["only_a"], counts["only_b"]) == (3, 1, 2, 2)
    assert sum(counts.values()) == len(party.people)


def test_numbers_read_beside_their_events_are_known() -> None:
    """A number that events name and that the model also reads by itself must not count from the event alone."""
    import rumorsim
    from rumorsim.study.pairs import divergence

    root = Path(rumorsim.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in (root / "model").glob("*.py"))
    read = set(re.findall(r'values\["([a-z_.]+)"\]', text))
    named = {
        number
        for scenario in ("tirana-conference", "secret-speech", "classroom")
        for event in load_scenario(scenario).events
        for number in event.numbers().values()
        if isinstance(number, str)
    }
    assert read & named <= set(divergence._READ_FOR)
    assert {"fear.by_news_prob"} <= read & named
