"""Who is where: trips at their rates, absences from home, guests with their hosts, and the factors of the clocks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from rumorsim.core import GroupLayer, TieLayer
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, Assembly
from rumorsim.model.contacts import Absences, clock_factors, layers_of, reasons_to_call, trips_taken
from rumorsim.party.vocabulary import PURPOSES, TRIP_MAX_RATE


def at(layer: GroupLayer, tick: int) -> set[tuple[int, int]]:
    """Return (person, group) of everybody present at a tick, by playing the changes one by one."""
    present = layer.present.copy()
    changes = layer.changes
    for when, entry, begins in zip(changes.tick, changes.entry, changes.present, strict=True):
        if when <= tick:
            present[entry] = begins
    return set(zip(layer.person[present].tolist(), layer.group[present].tolist(), strict=True))


@pytest.fixture
def absences(assembly: Assembly) -> Absences:
    return assembly.absences()


def test_a_higher_rate_keeps_every_trip_of_a_lower_one(assembly: Assembly) -> None:
    values = dict(assembly.scenario.values)
    taken = [
        set(trips_taken(assembly.party, {**values, "travel.duty_rate": rate}, assembly.calendar).tolist())
        for rate in (0.0, 0.02, TRIP_MAX_RATE["duty"])
    ]
    assert taken[0] < taken[1] < taken[2]
    duty = PURPOSES.index("duty")
    assert not (assembly.party.trips["purpose"][sorted(taken[0])] == duty).any()


def test_a_rate_beyond_the_candidate_trips_is_refused(assembly: Assembly) -> None:
    values = {**assembly.scenario.values, "travel.duty_rate": TRIP_MAX_RATE["duty"] * 1.01}
    with pytest.raises(RunError, match=r"travel\.duty_rate.*allowed: 0 to"):
        trips_taken(assembly.party, values, assembly.calendar)


def test_whoever_travels_is_with_the_host_and_not_at_home(assembly: Assembly, absences: Absences) -> None:
    party = assembly.party
    options: dict[str, Any] = {"channel": "x", "clock": "work", "rate": 1.0, "exponent": 1.0}
    home = absences.at_home("workplace", party.people["workplace"], party, **options)
    stays = absences.stays(party, **options)
    assert len(absences.trips) > 20
    moved = set(absences.move_person.tolist())
    seen = 0
    for k in range(0, len(absences.trips), 7):
        person, host = int(absences.person[k]), int(absences.host[k])
        own = (person, int(party.people["workplace"][person]))
        leave, back = int(absences.leave[k]), int(absences.back[k])
        again = (absences.leave <= back) & (absences.back > back) & (absences.person == person)
        assert own not in at(home, leave)
        assert (person, host) in at(stays, leave)
        assert (person, host) in at(stays, back - 1)
        if person not in moved and own[1] >= 0 and not again.any():
            seen += 1
            assert own in at(home, back)
            assert (person, host) not in at(stays, back)
    assert seen > 3


def test_without_trips_nobody_is_a_guest(assembly: Assembly) -> None:
    nobody = np.empty(0, dtype=np.int32)
    stay = Absences(assembly.party, assembly.calendar, nobody, nobody, np.empty(0, dtype=np.int64))
    options: dict[str, Any] = {"channel": "x", "clock": "work", "rate": 1.0, "exponent": 1.0}
    stays = stay.stays(assembly.party, **options)
    hosts = set(np.flatnonzero(assembly.party.people["host"] >= 0).tolist())
    assert {person for person, _ in at(stays, assembly.calendar.n_ticks)} == hosts


def test_transferred_officers_change_their_groups_for_good(assembly: Assembly) -> None:
    """All officers at noon of a day in the middle, also those who are on a trip then."""
    party, calendar = assembly.party, assembly.calendar
    noon = (calendar.first_minute + calendar.last_minute) // 2 // 1440 * 1440 + 720
    rows = np.arange(len(party.moves))
    trips = trips_taken(party, {**assembly.scenario.values, "travel.officer_rate": TRIP_MAX_RATE["officer"]}, calendar)
    away = Absences(party, calendar, trips, rows, np.full(len(rows), noon))
    moved = set(party.moves["person"].tolist())
    tick = int(away.move_tick[0])
    under_way = moved & set(party.trips["person"][trips[party.trips["end_minute"][trips] > noon + 1440]].tolist())
    assert under_way
    assert not (away.back[np.isin(away.person, party.moves["person"])] > tick).any()
    options: dict[str, Any] = {"channel": "x", "clock": "work", "rate": 1.0, "exponent": 1.0}
    home = at(away.at_home("workplace", party.people["workplace"], party, **options), calendar.n_ticks)
    for row, person in enumerate(party.moves["person"].tolist()):
        assert {group for who, group in home if who == person} == {int(party.moves["workplace"][row])} - {-1}


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


@pytest.mark.parametrize(("use", "clock", "home"), [("anytime", "visit", None), ("official", "telephone", "workplace")])
def test_official_calls_reach_only_who_is_at_work_or_at_home(
    assembly: Assembly, use: str, clock: str, home: str | None
) -> None:
    values = {**assembly.scenario.values, "telephone.use": use}
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
