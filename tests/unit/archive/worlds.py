"""A hand-made party of ten people with two districts of one region, the center and an embassy.

===  =========================  =================================
row  who                        where
===  =========================  =================================
0    official of Berat          Berat, cell 0, workplace 0
1    colleague of the official  Berat, cell 0, workplace 0
2    villager                   Berat villages, cell 1
3    official of Lushnjë        Lushnjë, cell 2, workplace 1
4    neighbor of that official  Lushnjë, cell 3, neighborhood 1
5    official of the center     Tiranë, cell 4, workplace 2
6    colleague of the center    Tiranë, cell 4, workplace 2
7    official of the embassy    Moscow
8    student                    Moscow
9    student                    Leningrad
===  =========================  =================================
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from rumorsim.archive.offices import Listening
from rumorsim.party.geography import read_geography
from rumorsim.party.vocabulary import CELL, COMMITTEE, LEVELS, PERSON, TRIP

CENTER, BERAT, LUSHNJE, MOSCOW = range(4)
NEVER = 32767
START = np.datetime64("1956-04-01", "s")
#: Ten days of four ticks.
TICKS = START + np.arange(41) * np.timedelta64(6, "h")
STOP = TICKS[-1]
VOICING = np.dtype(
    [("tick", "<i2"), ("rumor", "i1"), ("person", "<i4"), ("cell", "<i4"), ("kind", "i1"), ("detected", "?")]
)
MEETING = np.dtype([("tick", "<i2"), ("cell", "<i4"), ("kind", "i1")])


def minute(text: str) -> int:
    """Minutes since 1956-01-01 00:00."""
    return int((np.datetime64(text, "m") - np.datetime64("1956-01-01T00:00", "m")).astype(int))


def party() -> Any:
    geography = read_geography()
    place = [
        geography.ids.index(name)
        for name in (
            "berat-town",
            "berat-town",
            "berat-villages",
            "lushnje-town",
            "lushnje-town",
            "tirane-town",
            "tirane-town",
            "moscow",
            "moscow",
            "leningrad",
        )
    ]
    people = np.zeros(10, dtype=PERSON)
    people["place"] = place
    people["district"] = geography.district[place]
    people["region"] = geography.region[place]
    people["cell"] = [0, 0, 1, 2, 3, 4, 4, -1, -1, -1]
    people["committee"] = [BERAT, -1, -1, LUSHNJE, -1, CENTER, -1, MOSCOW, -1, -1]
    people["workplace"] = [0, 0, 3, 1, 4, 2, 2, 5, -1, -1]
    people["neighborhood"] = [0, 2, 2, 1, 1, 3, 3, -1, -1, -1]
    people["student_country"] = [-1] * 8 + [0, 0]
    people["institution"] = -1
    committees = np.zeros(4, dtype=COMMITTEE)
    committees["level"] = [LEVELS.index(level) for level in ("central", "district", "district", "embassy")]
    committees["place"] = [place[5], place[0], place[3], place[7]]
    committees["district"] = geography.district[committees["place"]]
    cells = np.zeros(5, dtype=CELL)
    cells["committee"] = [BERAT, BERAT, LUSHNJE, LUSHNJE, CENTER]
    cells["place"] = [place[0], place[2], place[3], place[4], place[5]]
    trips = np.zeros(3, dtype=TRIP)
    trips["person"] = [0, 0, 1]
    trips["start_minute"] = [minute("1956-04-02T06:00"), minute("1956-04-08T06:00"), minute("1956-04-02T06:00")]
    trips["end_minute"] = [minute("1956-04-04T18:00"), minute("1956-04-20T18:00"), minute("1956-04-04T18:00")]
    return SimpleNamespace(people=people, committees=committees, cells=cells, trips=trips, geography=geography)


def listening() -> Listening:
    return Listening.of(party())


def record(rumors: tuple[str, ...] = ("tirana_conference",), **changes: Any) -> Any:
    """A record in which nothing happens, with some fields replaced."""
    shape = (len(rumors), 10)
    fields = {
        "rumors": rumors,
        "tick_start": TICKS,
        "heard_tick": np.full(shape, NEVER, dtype=np.int16),
        "stopped_tick": np.full(shape, NEVER, dtype=np.int16),
        "tells": np.zeros(shape, dtype=bool),
        "voicings": np.zeros(0, dtype=VOICING),
        "meetings": np.zeros(0, dtype=MEETING),
        "trips_taken": np.zeros(0, dtype=np.int32),
        "fired": (),
    }
    return SimpleNamespace(**{**fields, **changes})
