"""Ties across districts as dated occasions: who visits whom from when to when, and who writes to whom when.

People who live in different districts do not meet every evening. Their ties become candidates with a date, one visit a
person and week and one letter a tie, direction and week; a rate decides which of them take place, by their marks, as it
does for duty trips. A candidate has the same date and mark whatever weeks are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.party import Party
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import TIE_KINDS

__all__ = ["FAR_MAX_RATE", "LETTER", "VISIT", "VisitDraws", "candidate_letters", "candidate_visits", "is_far"]

Ints = NDArray[np.int64]

_DAY: Final = 1440
_WEEK_DAYS: Final = 7
#: Days from 1956-01-01, a Sunday, to the Monday with which week 0 begins.
_FIRST_MONDAY: Final = 1
_SATURDAY: Final = 5
#: Days on which a visit outside the weekend can begin, counted from Monday: it is over on Friday.
_WORKING_STARTS: Final = 4

#: Candidates a day: one in each week. One of rate r takes place if its mark is below r / FAR_MAX_RATE.
FAR_MAX_RATE: Final = 1.0 / _WEEK_DAYS

#: One candidate visit of `person` to `visited`; minutes count from 1956-01-01 00:00.
VISIT: Final = np.dtype(
    [("person", "<i4"), ("visited", "<i4"), ("start_minute", "<i8"), ("end_minute", "<i8"), ("mark", "<f8")]
)
#: One candidate letter; it takes `wait` times the mean delay of the post. `home` marks letters between people in
#: training abroad and their families.
LETTER: Final = np.dtype(
    [("writer", "<i4"), ("reader", "<i4"), ("posted_day", "<i8"), ("wait", "<f8"), ("home", "?"), ("mark", "<f8")]
)


def is_far(party: Party) -> NDArray[np.bool_]:
    """Return (n_ties,) bool: kin and friends at home who live in two districts."""
    ties, district = party.ties, party.people["district"]
    here, there = district[ties["source"]], district[ties["target"]]
    personal = np.isin(ties["kind"], [TIE_KINDS.index("kin"), TIE_KINDS.index("friend")])
    return np.asarray(personal & (here >= 0) & (there >= 0) & (here != there))


def _weeks(first_minute: int, last_minute: int) -> Ints:
    """Return the numbers of the weeks of which some part lies between two moments."""
    first, last = ((minute // _DAY - _FIRST_MONDAY) // _WEEK_DAYS for minute in (first_minute, last_minute - 1))
    return np.arange(max(first, 0), last + 1)


@dataclass(frozen=True, eq=False)
class VisitDraws:
    """What chance says of the candidate visits, one a week of everybody with kin or friends in another district.

    Attributes
    ----------
    person, visited : (m,) int32
    other : (m,) int32
        Row of the candidate of the same week in which the host would be the guest of somebody.
    week : (m,) int16
    day, mark : (m,) float64
        Uniform numbers: one decides on the day of the week, the other on whether the visit takes place.
    """

    person: NDArray[np.int32]
    visited: NDArray[np.int32]
    other: NDArray[np.int32]
    week: NDArray[np.int16]
    day: NDArray[np.float64]
    mark: NDArray[np.float64]

    @classmethod
    def of(cls, party: Party, first_minute: int, last_minute: int) -> VisitDraws:
        """Draw the visits of all weeks that touch the time between two minutes from 1956-01-01 00:00."""
        ties = party.ties[is_far(party)]
        streams = PartyStreams(int(party.values["party.seed"]))
        ties = ties[np.lexsort((ties["kind"], ties["target"], ties["source"]))]
        who, start, count = np.unique(ties["source"].astype(np.int64), return_index=True, return_counts=True)
        weeks = _weeks(first_minute, last_minute)
        row, week = np.repeat(np.arange(who.size), weeks.size), np.tile(weeks, who.size)
        person = who[row]
        # Whom: in proportion to the weight of the tie, which is a whole number of sixteenths.
        upto = np.cumsum((16.0 * ties["weight"].astype(np.float64)).astype(np.int64))
        before = np.append(0, upto)[start]
        whole = upto[start + count - 1] - before
        point = before[row] + (streams.uniform("visit_host", person, week) * whole[row]).astype(np.int64)
        visited = ties["target"][np.searchsorted(upto, point, side="right")].astype(np.int64)
        # Ties are symmetric: every host has a candidate of the same week.
        other = np.searchsorted(who, visited) * weeks.size + (week - weeks[0]) if who.size else week
        return cls(
            person.astype(np.int32),
            visited.astype(np.int32),
            other.astype(np.int32),
            week.astype(np.int16),
            streams.uniform("visit_day", person, week),
            streams.uniform("visit_mark", person, week),
        )


def candidate_visits(
    party: Party,
    first_minute: int,
    last_minute: int,
    *,
    weekend_share: float,
    start_hour: float,
    end_hour: float,
    below: float = 1.0,
    draws: VisitDraws | None = None,
) -> NDArray[Any]:
    """Return one candidate visit a week of everybody with kin or friends in another district, sorted by start, person.

    A visit lasts from one day, at the hour work is over, to the evening of the next: from Saturday to Sunday in the
    share `weekend_share`, else within the working week. Of two visits of which one would find the host away on the
    other, the one with the higher mark is no candidate, so that a lower rate still keeps a subset of the visits. (At
    the largest rate this thins weekends more than working days; at rates of one visit in months it hardly does.)

    Parameters
    ----------
    party : Party
    first_minute, last_minute : minutes from 1956-01-01 00:00; visits of all weeks that touch this time.
    weekend_share : share of the visits that begin on a Saturday.
    start_hour, end_hour : hours of the first and the second day.
    below : only the visits with marks below this.
    draws : those of the party and the time, where they have been drawn before.

    Returns
    -------
    (m,) `VISIT`
    """
    draws = VisitDraws.of(party, first_minute, last_minute) if draws is None else draws

    def dates(rows: Ints) -> tuple[Ints, Ints]:
        u = draws.day.take(rows)
        working = (_WORKING_STARTS * ((u - weekend_share) / max(1.0 - weekend_share, 1e-12))).astype(np.int64)
        day = (
            _FIRST_MONDAY
            + _WEEK_DAYS * draws.week.take(rows).astype(np.int64)
            + np.where(u < weekend_share, _SATURDAY, working)
        )
        return day * _DAY + round(start_hour * 60), (day + 1) * _DAY + round(end_hour * 60)

    # A visit gives way only to one with a lower mark, so those above do not matter to those below.
    rows = (draws.mark < below).nonzero()[0]
    other = draws.other.take(rows).astype(np.int64)
    (start, end), (other_start, other_end) = dates(rows), dates(other)
    meets = (start < other_end) & (other_start < end)
    later = draws.mark.take(rows) > draws.mark.take(other)
    dropped = np.zeros(len(draws.mark), dtype=np.bool_)
    dropped[rows[meets & later]] = True
    dropped[other[meets & ~later]] = True
    stay = ~dropped.take(rows)
    rows = rows[stay]
    visits = np.zeros(rows.size, dtype=VISIT)
    visits["person"], visits["visited"] = draws.person.take(rows), draws.visited.take(rows)
    visits["start_minute"], visits["end_minute"] = start[stay], end[stay]
    visits["mark"] = draws.mark.take(rows)
    return np.asarray(visits[np.lexsort((visits["person"], visits["start_minute"]))])


def candidate_letters(party: Party, first_minute: int, last_minute: int) -> NDArray[Any]:
    """Return one candidate letter a week over every tie to another district or home from abroad, in both directions.

    Parameters
    ----------
    party : Party
    first_minute, last_minute : minutes from 1956-01-01 00:00; letters of all weeks that touch this time.

    Returns
    -------
    (m,) `LETTER`, sorted by the day of posting, writer and reader.
    """
    home = party.ties["kind"] == TIE_KINDS.index("letters_home")
    ties = party.ties[home | is_far(party)]
    streams = PartyStreams(int(party.values["party.seed"]))
    weeks = _weeks(first_minute, last_minute)
    number, week = np.repeat(np.arange(ties.size), weeks.size), np.tile(weeks, ties.size)
    writer, reader = ties["source"][number].astype(np.int64), ties["target"][number].astype(np.int64)
    address = writer * len(party.people) + reader
    kind = ties["kind"][number].astype(np.int64)
    occasion = week * len(TIE_KINDS) + kind
    day = np.floor(streams.uniform("post_day", address, occasion) * _WEEK_DAYS).astype(np.int64)
    letters = np.zeros(number.size, dtype=LETTER)
    letters["writer"], letters["reader"] = writer, reader
    letters["posted_day"] = _FIRST_MONDAY + _WEEK_DAYS * week + day
    letters["wait"] = 0.5 + streams.uniform("post_wait", address, occasion)
    letters["home"] = kind == TIE_KINDS.index("letters_home")
    letters["mark"] = streams.uniform("post_mark", address, occasion)
    return np.asarray(letters[np.lexsort((letters["reader"], letters["writer"], letters["posted_day"]))])
