"""What the offices were exposed to, worked out by hand in a party of ten people."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.archive.exposures import EXPOSURE_KINDS, Request, expose
from rumorsim.archive.offices import Offices
from rumorsim.errors import RunError
from rumorsim.scenario.words import RUMORS
from tests.unit.archive import worlds

CONFERENCE = RUMORS.index("tirana_conference")


def rows(exposures, kind):  # type: ignore[no-untyped-def]
    return exposures.table[exposures.table["what"] == EXPOSURE_KINDS.index(kind)]


def expose_record(record, **arguments):  # type: ignore[no-untyped-def]
    return expose(record, worlds.party(), worlds.listening(), **arguments)


def test_people_are_heard_by_officials_around_them() -> None:
    listening = worlds.listening()
    hears = [worlds.BERAT, worlds.BERAT, -1, worlds.LUSHNJE, worlds.LUSHNJE, -1, -1, worlds.MOSCOW]
    assert listening.hearing.tolist() == [*hears, worlds.MOSCOW, worlds.MOSCOW]
    assert listening.staff.tolist() == [1, -1, -1, 2, -1, -1, -1, 3, -1, -1]
    assert listening.offices.writes.tolist() == [False, True, True, True]


def test_berat_and_lushnje_share_a_region() -> None:
    offices = worlds.listening().offices
    assert offices.region[worlds.BERAT] == offices.region[worlds.LUSHNJE] >= 0
    assert offices.region[worlds.MOSCOW] == offices.district[worlds.MOSCOW] == -1


def test_offices_survive_a_round_trip() -> None:
    offices = worlds.listening().offices
    again = Offices.from_rows(offices.rows())
    assert again.rows() == offices.rows()
    with pytest.raises(RunError, match="level of a committee"):
        Offices.from_rows([("parish", 0, 0, 0)])


def test_a_teller_is_overheard_for_as_long_as_he_tells() -> None:
    record = worlds.record()
    record.heard_tick[0, 1] = 1  # tells from tick 2: 1 April 12:00 ...
    record.stopped_tick[0, 1] = 5  # ... to the end of tick 5: 2 April 12:00
    record.tells[0, 1] = True
    record.heard_tick[0, 2] = 1  # a villager out of earshot
    record.tells[0, 2] = True
    record.heard_tick[0, 4] = 1  # within hearing of Lushnjë, but tells nobody
    found = rows(expose_record(record), "overheard")
    assert found["committee"].tolist() == [worlds.BERAT, worlds.BERAT]
    assert found["rumor"].tolist() == [CONFERENCE, CONFERENCE]
    assert found["when"].astype("M8[D]").astype(str).tolist() == ["1956-04-01", "1956-04-02"]
    assert found["amount"].tolist() == [12 * 60, 12 * 60]


def test_who_knew_at_the_start_tells_from_the_first_tick_and_outlasts_the_run() -> None:
    record = worlds.record()
    record.heard_tick[0, 9] = -1
    record.tells[0, 9] = True
    found = rows(expose_record(record), "overheard")
    assert (found["committee"] == worlds.MOSCOW).all()
    assert found["amount"].tolist() == [24 * 60] * 10


def test_an_official_returns_with_what_he_heard_away() -> None:
    record = worlds.record(trips_taken=np.array([0, 1, 2], dtype=np.int32))
    record.heard_tick[0, 0] = 8  # known from 3 April 06:00, within the first trip
    record.heard_tick[0, 1] = 8  # no official
    found = rows(expose_record(record), "returned")
    assert found["committee"].tolist() == [worlds.BERAT]
    assert found["when"].astype(str).tolist() == ["1956-04-04T18:00:00"]
    assert found["amount"].tolist() == [0]


@pytest.mark.parametrize(
    ("tick", "taken", "why"),
    [
        (3, [0, 1], "heard at home, before leaving"),
        (-1, [0, 1], "knew at the start"),
        (8, [1], "the trip was not taken"),
        (32, [0, 1], "comes back after the end of the run"),
        (20, [0, 1], "heard at home, between two trips"),
    ],
)
def test_no_news_comes_home(tick: int, taken: list[int], why: str) -> None:
    record = worlds.record(trips_taken=np.array(taken, dtype=np.int32))
    record.heard_tick[0, 0] = tick
    assert len(rows(expose_record(record), "returned")) == 0, why


def test_the_first_official_to_know_counts() -> None:
    record = worlds.record(rumors=("secret_speech", "tirana_conference"))
    record.heard_tick[1, 0] = 3
    record.heard_tick[1, 5] = 0  # the center's own
    found = rows(expose_record(record), "official_aware")
    assert list(zip(found["rumor"].tolist(), found["committee"].tolist(), strict=True)) == [(1, worlds.BERAT)]
    assert str(found["when"][0]) == "1956-04-02T00:00:00"


def test_half_of_the_organizations_have_met_on_the_letter() -> None:
    meetings = np.array([(9, 1, 1), (5, 0, 1), (7, 2, 1), (8, 3, 0)], dtype=worlds.MEETING)
    found = rows(expose_record(worlds.record(meetings=meetings), letter_rumors=("tirana_conference",)), "letter_met")
    assert found["committee"].tolist() == [worlds.BERAT, worlds.LUSHNJE]
    assert found["when"].tolist() == worlds.TICKS[[5, 7]].tolist()  # the first of two, the only one
    assert found["amount"].tolist() == [2, 1]


def test_without_a_letter_there_is_nothing_to_report_on() -> None:
    meetings = np.array([(9, 1, 1)], dtype=worlds.MEETING)
    assert len(rows(expose_record(worlds.record(meetings=meetings)), "letter_met")) == 0


def test_voicings_are_counted_by_meeting() -> None:
    voicings = np.array(
        [
            (4, 0, 0, 0, 0, True),
            (4, 0, 1, 0, 0, False),
            (4, 0, 5, -1, 2, True),
            (4, 0, 6, -1, 2, True),
            (6, 0, 0, 0, 0, True),
        ],
        dtype=worlds.VOICING,
    )
    found = expose_record(worlds.record(voicings=voicings)).voiced
    assert found["voiced"].tolist() == [2, 2, 1]
    assert found["detected"].tolist() == [1, 2, 1]
    assert found["cell"].tolist() == [0, -1, 0]
    assert found["committee"].tolist() == [worlds.BERAT, -1, worlds.BERAT]
    assert found["when"].tolist() == worlds.TICKS[[4, 4, 6]].tolist()
    tirane = worlds.party().people["place"][5]
    assert found["place"].tolist()[1] == tirane


def test_requests_name_their_rumors_and_offices() -> None:
    when = np.datetime64("1956-04-05", "s")
    everybody = Request(when, ("tirana_conference",))
    some = Request(when, ("tirana_conference",), np.array([worlds.LUSHNJE]))
    found = rows(expose_record(worlds.record(), requests=[everybody, some]), "requested")
    assert sorted(zip(found["amount"].tolist(), found["committee"].tolist(), strict=True)) == [(0, -1), (1, 2)]
