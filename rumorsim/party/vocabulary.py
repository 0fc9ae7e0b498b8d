"""Words and record layouts of the party: what every column is called, holds and is counted in."""

from __future__ import annotations

from typing import Final

import numpy as np

from rumorsim.catalog.words import COUNTRIES, KINDS, LEVELS, ROLES

__all__ = [
    "CELL",
    "COMMITTEE",
    "COUNTRIES",
    "FLAGS",
    "GROUP",
    "INSTITUTION",
    "KINDS",
    "LEVELS",
    "MOVE",
    "PERSON",
    "PURPOSES",
    "ROLES",
    "STANDINGS",
    "TIE",
    "TIE_KINDS",
    "TRIP",
    "TRIP_MAX_RATE",
]

#: Standing in the party.
STANDINGS: Final[tuple[str, ...]] = ("none", "candidate", "member")

#: Bits of ``people["flags"]``.
FLAGS: Final[dict[str, int]] = {
    "POLITBURO": 1,
    "CENTRAL_COMMITTEE": 2,
    "PLENUM": 4,
    "SECRETARY": 8,
    "COMMITTEE_STAFF": 16,
    "DUTY": 32,
    "TRAVELER": 64,
    "CORRESPONDENT": 128,
    "FOREIGN_TRAINED": 256,
    "LISTENER": 512,
    "ATTENTIVE": 1024,
    "HOST": 2048,
}

#: Kinds of pairwise ties.
TIE_KINDS: Final[tuple[str, ...]] = ("kin", "friend", "telephone", "letters_home")

#: Purposes of duty trips.
PURPOSES: Final[tuple[str, ...]] = ("duty", "officer", "correspondent", "inspection")

#: Candidate trips a traveler and day, by purpose: one in each week. A trip of rate r happens if its mark is below
#: r / TRIP_MAX_RATE.
TRIP_MAX_RATE: Final[dict[str, float]] = dict.fromkeys(PURPOSES, 1.0 / 7.0)

#: One person. Numbers that point elsewhere are rows of the named array, -1 for none.
PERSON: Final = np.dtype(
    [
        ("id", "<i4"),
        ("place", "<i2"),
        ("district", "<i2"),
        ("region", "i1"),
        ("role", "i1"),
        ("standing", "i1"),
        ("flags", "<u2"),
        ("cell", "<i4"),
        ("committee", "<i2"),
        ("institution", "<i4"),
        ("workplace", "<i4"),
        ("neighborhood", "<i4"),
        ("host", "<i4"),
        ("hostel", "<i4"),
        ("talk", "u1"),
        ("boldness", "<f4"),
        ("access", "<f4"),
        ("receptivity", "<f4"),
        ("visibility", "<f4"),
        ("student_country", "i1"),
    ]
)

#: One basic organization. ``committee`` is the committee above it; ``phase_days`` says when in the meeting interval
#: its ordinary meeting falls; ``weekday`` 0 is Monday.
CELL: Final = np.dtype(
    [
        ("id", "<i4"),
        ("kind", "i1"),
        ("place", "<i2"),
        ("district", "<i2"),
        ("committee", "<i2"),
        ("institution", "<i4"),
        ("secretary", "<i4"),
        ("size", "<i4"),
        ("weekday", "i1"),
        ("phase_days", "<f4"),
        ("name_id", "<i4"),
    ]
)

#: One committee; ``staff`` people work for it (``people["committee"]``).
COMMITTEE: Final = np.dtype(
    [
        ("id", "<i2"),
        ("level", "i1"),
        ("place", "<i2"),
        ("district", "<i2"),
        ("staff", "<i4"),
        ("name_id", "<i4"),
    ]
)

#: One institution: an agency, enterprise, garrison, school, group of villages, student body or committee office.
#: ``unit`` is its own row in ``party.places`` if the gazetteer names it; ``central`` marks a central agency in
#: Tirana and ``foreign`` one that deals with abroad.
INSTITUTION: Final = np.dtype(
    [
        ("id", "<i4"),
        ("kind", "i1"),
        ("place", "<i2"),
        ("unit", "<i2"),
        ("committee", "<i2"),
        ("central", "?"),
        ("foreign", "?"),
        ("size", "<i4"),
        ("name_id", "<i4"),
    ]
)

#: One workplace, neighborhood, visit group (host) or hostel.
GROUP: Final = np.dtype([("id", "<i4"), ("place", "<i2"), ("institution", "<i4"), ("size", "<i4")])

#: One directed tie: ``source`` tells ``target``.
TIE: Final = np.dtype([("source", "<i4"), ("target", "<i4"), ("kind", "i1"), ("weight", "<f4")])

#: One candidate duty trip; minutes count from 1956-01-01 00:00.
TRIP: Final = np.dtype(
    [
        ("person", "<i4"),
        ("host", "<i4"),
        ("start_minute", "<i8"),
        ("end_minute", "<i8"),
        ("purpose", "i1"),
        ("mark", "<f4"),
    ]
)

#: One candidate transfer of an officer: where he would go, when in the window of the transfer (0 to 1), and his mark:
#: the transfers that happen are those with the lowest marks.
MOVE: Final = np.dtype(
    [
        ("person", "<i4"),
        ("place", "<i2"),
        ("district", "<i2"),
        ("cell", "<i4"),
        ("workplace", "<i4"),
        ("neighborhood", "<i4"),
        ("when", "<f4"),
        ("mark", "<f4"),
    ]
)
