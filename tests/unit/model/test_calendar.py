"""Ticks, their dates, and the hours of the clocks."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from rumorsim.errors import RunError
from rumorsim.model.calendar import EPOCH, Calendar, calendar_of, hours_of_week
from rumorsim.scenario import Scenario, load_scenario


@pytest.fixture
def calendar(scenario: Scenario) -> Calendar:
    return calendar_of(scenario, scenario.values)


def test_the_ticks_cover_the_run_without_a_gap(scenario: Scenario, calendar: Calendar) -> None:
    assert (np.diff(calendar.edge_minutes) > 0).all()
    assert calendar.tick_start[0] == np.datetime64(scenario.start)
    assert calendar.tick_start[-1] == np.datetime64(scenario.stop) + np.timedelta64(1, "D")
    assert calendar.n_days == (scenario.stop - scenario.start).days + 1
    assert calendar.ticks.lengths_days.sum() == pytest.approx(calendar.n_days)


def test_no_tick_ends_by_night_and_fine_ticks_are_only_in_their_windows() -> None:
    scenario = load_scenario("tirana-conference")
    calendar = calendar_of(scenario, scenario.values)
    values = scenario.values
    hours = calendar.edge_minutes % 1440 / 60
    assert ((hours == 0) | (hours >= values["time.night_until_hour"])).all()
    lengths, days = np.diff(calendar.edge_minutes) / 60, calendar.edge_minutes[:-1] // 1440
    fine = {
        (one.first + dt.timedelta(days=k) - EPOCH.date()).days
        for one in scenario.fine
        for k in range((one.until - one.first).days + 1)
    }
    assert fine
    by_day = hours[:-1] > 0
    for is_fine, name in ((True, "time.fine_tick_hours"), (False, "time.tick_hours")):
        there = np.array([day in fine for day in days]) == is_fine
        assert set(lengths[there & by_day]) == {values[name]}


def test_a_tick_length_that_does_not_divide_a_day_is_refused(scenario: Scenario) -> None:
    with pytest.raises(RunError, match=r"time.tick_hours.*divide a day"):
        calendar_of(scenario, {**scenario.values, "time.tick_hours": 5.0})


def test_a_moment_falls_on_the_first_tick_that_starts_with_it_or_later() -> None:
    calendar = Calendar(np.array([0, 360, 720, 1440]))
    for hour, tick in ((0, 0), (1, 1), (6, 1), (7, 2), (12, 2), (13, 3), (40, 3)):
        moment = EPOCH + dt.timedelta(hours=hour)
        assert calendar.tick_at(moment) == tick
        assert calendar.tick_of_minutes(np.array([calendar.minute(moment)]))[0] == tick
    assert [calendar.tick_within(0, hour) for hour in (0, 5.9, 6, 11.9, 12, 23.9)] == [0, 0, 1, 1, 2, 2]
    assert calendar.tick_at(EPOCH - dt.timedelta(days=3)) == 0


def test_the_overlap_of_ticks_with_a_time_adds_up_to_it(calendar: Calendar) -> None:
    begin, end = dt.datetime(1956, 4, 14, 7, 30), dt.datetime(1956, 4, 16, 18, 45)
    overlap = calendar.overlap_days(begin, end)
    assert overlap.sum() == pytest.approx((end - begin).total_seconds() / 86_400)
    assert (overlap <= calendar.ticks.lengths_days + 1e-12).all()
    assert calendar.overlap_days(dt.datetime(1955, 1, 1), dt.datetime(1955, 2, 1)).sum() == 0


@pytest.mark.parametrize("kind", ["work", "free", "visit", "evening"])
def test_a_clock_has_mean_1_over_a_week_whatever_the_ticks(kind: str, calendar: Calendar, scenario: Scenario) -> None:
    hours = hours_of_week(scenario.values, kind)
    assert hours.mean() == pytest.approx(1.0)
    week = Calendar(calendar.edge_minutes[0] + np.array([0, 90, 1440, 5000, 7 * 1440]))
    assert (week.profile(hours) * week.ticks.lengths_days).sum() == pytest.approx(7.0)


def test_sunday_is_the_day_of_the_week_it_was_in_1956(scenario: Scenario) -> None:
    """15 April 1956, the second day of the conference, was a Sunday."""
    hours = hours_of_week(scenario.values, "work")
    assert dt.date(1956, 4, 15).weekday() == 6
    noon = [(dt.datetime(1956, 4, day, 12) - EPOCH).total_seconds() // 60 for day in (14, 15, 16)]
    saturday, sunday, monday = (Calendar(np.array([at, at + 60], dtype=np.int64)).profile(hours)[0] for at in noon)
    assert saturday == monday > 0
    assert sunday == pytest.approx(saturday * scenario.values["clock.sunday_work_factor"])
