"""From records to rows: times, trips and introductions by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive.offices import moment
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.frame import Frame, sites
from rumorsim.ensemble.reduce import _Trips, day_of
from rumorsim.ensemble.tables import TABLES
from rumorsim.errors import StoreError
from rumorsim.party.vocabulary import GROUP, TRIP
from tests.unit.ensemble.conftest import World

NOBODY = -1


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("1956-04-01T00:00", -1),
        ("1956-04-01T00:01", 0),
        ("1956-04-02T00:00", 0),
        ("1956-04-02T06:00", 1),
        ("1956-05-01T00:00", 29),
    ],
)
def test_midnight_ends_a_day(when: str, day: int) -> None:
    assert day_of(np.array([when], dtype="M8[s]"), np.datetime64("1956-04-01", "D")).tolist() == [day]


def trips() -> Any:
    rows = np.zeros(3, dtype=TRIP)
    rows["person"] = [4, 2, 2]
    rows["host"] = [0, 1, 0]
    rows["start_minute"] = [100, 500, 100]
    rows["end_minute"] = [200, 600, 200]
    hosts = np.zeros(2, dtype=GROUP)
    hosts["place"] = [70, 80]
    return _Trips(rows, hosts)


@pytest.mark.parametrize(
    ("person", "minute", "place"),
    [
        (2, 100, NOBODY),  # who hears at the end of a tick heard before he left
        (2, 101, 70),
        (2, 200, 70),
        (2, 201, NOBODY),
        (2, 550, 80),
        (4, 150, 70),
        (4, 550, NOBODY),
        (3, 150, NOBODY),
        (1, 150, NOBODY),
        (5, 150, NOBODY),
        (NOBODY, 150, NOBODY),
    ],
)
def test_where_somebody_was(person: int, minute: int, place: int) -> None:
    lookup = trips()
    everything = lookup.taken(np.arange(3))
    when = moment(np.array([minute]))
    assert lookup.place_of(everything, np.array([person]), when).tolist() == [place]
    assert lookup.place_of(lookup.taken([]), np.array([person]), when).tolist() == [NOBODY]
    assert lookup.place_of(everything, np.array([person]), np.array(["NaT"], dtype="M8[s]")).tolist() == [NOBODY]


def arrivals(*rows: tuple[str, str, int, bool]) -> Any:
    """Return arrivals of the conference in replicate 0: place, time, channel, by a traveler."""
    table = np.zeros(len(rows), dtype=TABLES["arrivals"])
    for k, (_, when, channel, traveler) in enumerate(rows):
        table[k]["rumor"], table[k]["first_aware"] = 1, np.datetime64(when)
        table[k]["channel"], table[k]["by_traveler"] = channel, traveler
    return table


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([("fier-town", "1956-04-15", 5, True), ("fier-villages", "1956-04-16", 0, False)], 1.0),
        ([("fier-town", "1956-04-17", 5, True), ("fier-villages", "1956-04-16", 0, False)], 0.0),
        ([("fier-town", "1956-04-17", 5, True), ("berat-town", "1956-04-16", 0, False)], 0.5),
        ([("tirane-town", "1956-04-17", 5, True), ("berat-town", "1956-04-16", 0, False)], 0.0),
        ([("fier-town", "1956-04-01", -1, False), ("berat-town", "1956-04-16", 0, True)], 1.0),
        ([("moscow", "1956-04-16", 0, True), ("berat-town", "1956-04-16", 0, False)], 0.0),
        ([("moscow", "1956-04-16", 0, True)], np.nan),
    ],
)
def test_the_first_of_a_district_introduces_it(ensemble: Ensemble, rows: Any, share: float) -> None:
    table = arrivals(*rows)
    table["place"] = [ensemble.frame.places.index(place) for place, *_ in rows]
    made_up = Ensemble(
        ensemble.scenario,
        ensemble.frame,
        ensemble.seed,
        "mode",
        lambda name: table if name == "arrivals" else ensemble.table(name),
    )
    found = made_up.introductions("tirana_conference")
    assert found[0] == share or (np.isnan(found[0]) and np.isnan(share))
    assert np.isnan(found[1:]).all()


def test_the_frame_survives_a_round_trip(ensemble: Ensemble, world: World) -> None:
    frame = ensemble.frame
    again = Frame.from_json(frame.to_json())
    assert again.to_json() == frame.to_json()
    assert again.class_sizes.sum() == len(world.party)
    assert (again.begin, again.end) == (np.datetime64("1956-04-01", "s"), np.datetime64("1956-05-06", "s"))
    assert again.n_days == 35
    with pytest.raises(StoreError, match=r"format of frame.json \(given: 99\)"):
        Frame.from_json(frame.to_json().replace('"format": 1', '"format": 99'))


def test_people_of_a_unit_are_counted_there(world: World) -> None:
    site = sites(world.party.people, world.party.institutions)
    row = world.party.places.index("ministry-of-industry")
    assert (site == row).sum() == world.party.place_members("Ministry of Industry").sum() > 0


def test_a_person_without_institution_is_counted_at_home() -> None:
    institutions: Any = {"unit": np.array([9, -1])}
    people: Any = {"institution": np.array([0, 1, -1]), "place": np.array([3, 4, 5])}
    assert sites(people, institutions).tolist() == [9, 4, 5]
