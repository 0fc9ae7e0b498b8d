"""Who is where: trips at their rates, absences from home, guests with their hosts, transfers for good."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import GroupLayer
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, Assembly, RunRecord
from rumorsim.model.absences import Absences, trips_taken
from rumorsim.model.contacts import layers_of
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


def test_who_is_transferred_elsewhere_leaves_friends_kin_and_guests_behind(assembly: Assembly) -> None:
    party = assembly.party
    values = {**assembly.scenario.values, "control.officers_moved": 400}
    absences = assembly.absences(values)
    gone, when = absences.move_person, absences.move_tick
    assert (party.moves["district"] != party.people["district"][party.moves["person"]]).all()
    layers = {layer.name: layer for layer in layers_of(party, values, absences).layers}
    reach, guests = layers["reach"], layers["travel"]
    assert isinstance(reach, GroupLayer)
    assert isinstance(guests, GroupLayer)
    last = {person for person, _ in at(reach, assembly.calendar.n_ticks)}
    assert len(gone) > 10
    assert not last & set(gone.tolist())
    assert len(last) > 0.9 * len(party.people)
    receives = [k for k in range(len(gone)) if party.people["host"][gone[k]] >= 0]
    assert receives
    for k in receives:
        here = (int(gone[k]), int(party.people["host"][gone[k]]))
        assert (here in at(guests, int(when[k]) - 1)) == (when[k] > 0)
        assert here not in at(guests, int(when[k]))
    daily = {layer.name for layer in layers_of(party, {**values, "ties.across_districts": "daily"}, absences).layers}
    assert "reach" not in daily


def test_only_what_a_visitor_hears_or_tells_came_by_travel(assembly: Assembly, absences: Absences) -> None:
    trips = [
        [(int(absences.leave[k]), int(absences.back[k])) for k in np.flatnonzero(absences.person == person)]
        for person in range(len(assembly.party.people))
    ]

    def visits(record: RunRecord) -> list[bool]:
        found = []
        for rumor, hearer in zip(*np.nonzero(record.channel == CHANNELS.index("travel")), strict=True):
            tick, teller = int(record.heard_tick[rumor, hearer]), int(record.teller[rumor, hearer])
            found.append(any(leave <= tick < back for who in (hearer, teller) for leave, back in trips[who]))
        return found

    values = {**assembly.scenario.values, "spread.visit_rate": 5.0}
    told = visits(assembly.simulate(3, 0, values))
    assert len(told) > 5
    assert all(told)
    assert not all(visits(assembly.simulate(3, 0, {**values, "ties.across_districts": "daily"})))
