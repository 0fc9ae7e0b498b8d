"""The factors of the clocks, and whom ties and lines reach."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from rumorsim.core import TieLayer
from rumorsim.model import CHANNELS, Assembly, assemble
from rumorsim.model.contacts import clock_factors, layers_of, reasons_to_call
from rumorsim.party import Party
from rumorsim.scenario import Scenario


def test_factors_of_clocks_are_relative_to_the_pass_on_rate(assembly: Assembly) -> None:
    values, calendar = assembly.scenario.values, assembly.calendar
    one, five = (clock_factors(calendar, values, rate) for rate in (1.0, 5.0))
    for clock in ("work", "free"):
        assert np.array_equal(one[clock], five[clock])
    assert np.allclose(one["visit"], 5.0 * five["visit"])
    still = clock_factors(calendar, values, 0.0)
    assert not still["work"].any()
    assert not still["free"].any()
    assert still["visit"].any()


def test_official_calls_keep_the_hours_of_the_line_and_need_a_reason(assembly: Assembly) -> None:
    scenario, calendar = assembly.scenario, assembly.calendar
    values = {**scenario.values, "telephone.use": "official", "telephone.idle_factor": 0.25}
    assert reasons_to_call(scenario, {**values, "telephone.use": "anytime"}, calendar) is None
    freely = reasons_to_call(scenario, values, calendar)
    assert freely is not None
    alarm = calendar.tick_at(dt.datetime(1956, 4, 14, 18))
    conference = scenario.rumors.index("tirana_conference")
    assert (freely[conference, :alarm] == 0.25).all()
    assert (freely[conference, alarm:] == 1.0).all()
    assert (np.delete(freely, conference, axis=0) == 0.25).all()
    quiet = scenario.replace({"events.alarm.enabled": False})
    none = reasons_to_call(quiet, values, calendar)
    assert none is not None
    assert (none == 0.25).all()

    lines = clock_factors(calendar, values, 2.0, freely)["telephone"]
    assert lines.shape == freely.shape
    hour = calendar.edge_minutes[:-1] % 1440 // 60
    sunday = (calendar.edge_minutes[:-1] // 1440) % 7 == 0
    fine = np.diff(calendar.edge_minutes) == 60
    office = fine & (hour >= 7) & (hour < 15) & ~sunday
    for other in (fine & (hour >= 15), fine & (hour >= 7) & sunday):
        assert other.any()
        assert np.allclose(lines[0, other][:, None] / lines[0, office][None, :], 0.3)


@pytest.mark.parametrize(
    ("use", "ties", "clock", "home"),
    [
        ("anytime", "dated", "visit", None),
        ("official", "daily", "telephone", "workplace"),
        ("official", "dated", "telephone", "reach"),
    ],
)
def test_official_calls_reach_only_who_is_at_work_or_at_home(
    assembly: Assembly, use: str, ties: str, clock: str, home: str | None
) -> None:
    values = {**assembly.scenario.values, "telephone.use": use, "ties.across_districts": ties}
    contacts = layers_of(assembly.party, values, assembly.absences())
    layer = next(layer for layer in contacts.layers if layer.name == "telephone")
    assert isinstance(layer, TieLayer)
    assert (layer.clock, layer.home) == (clock, home)


def test_before_the_alarm_nobody_hears_over_an_official_line(assembly: Assembly) -> None:
    values = {**assembly.scenario.values, "telephone.use": "official", "spread.telephone_rate": 20.0}
    record = assembly.simulate(4, 0, values)
    told = record.channel == CHANNELS.index("telephone")
    conference = record.rumors.index("tirana_conference")
    assert told[conference].sum() > 5
    alarm = assembly.calendar.tick_at(dt.datetime(1956, 4, 14, 18))
    assert record.heard_tick[conference, told[conference]].min() >= alarm
    assert not np.delete(told, conference, axis=0).any()
    usual = assembly.simulate(4, 0, {**values, "telephone.use": "anytime"})
    assert (usual.channel == CHANNELS.index("telephone")).any(axis=1).sum() > 1, "on the old lines everything is told"


def test_changes_are_kept_only_for_numbers_that_are_used_again(scenario: Scenario, party: Party) -> None:
    """Numbers that changed after one use will change again; what is kept or not does not change what happens."""
    one, two = ({**scenario.values, "travel.duty_rate": rate} for rate in (0.02, 0.05))
    assembly = assemble(scenario, party)
    keeps, found = [], []
    for values in (one, two, two, one, two):
        found.append(assembly.simulate(1956, 0, values))
        keeps.append(assembly._plan_for(values).contacts.keeps_changes)
    assert keeps == [True, False, False, True, False]
    assert np.array_equal(found[1].heard_tick, found[2].heard_tick)
    assert np.array_equal(found[0].heard_tick, found[3].heard_tick)
    assert np.array_equal(found[1].heard_tick, found[4].heard_tick)
    assert not np.array_equal(found[0].heard_tick, found[1].heard_tick)
