"""What takes place over ties across districts: visits to family and friends, and the post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import NEVER, Action, Simulation
from rumorsim.core.contacts.edge_sums import where_both
from rumorsim.errors import RunError
from rumorsim.model.calendar import Calendar
from rumorsim.party import Party
from rumorsim.party.far_ties import FAR_MAX_RATE, VISIT, VisitDraws, candidate_letters, candidate_visits, is_far

__all__ = ["FarTies", "LettersArrive", "LettersPosted", "are_dated", "post", "visits_taken"]

#: Apart from the occasions of all other draws of who takes in what.
_POSTED: Final = np.uint64(1 << 62)


def are_dated(values: Mapping[str, Any]) -> bool:
    """Return whether ties across districts act at dates, by visits and letters, and not by daily talk."""
    return str(values["ties.across_districts"]) == "dated"


class FarTies:
    """What can take place over the ties of a party within a calendar, whatever its rates: drawn once, when needed.

    Attributes
    ----------
    far : (n_ties,) bool, the ties across districts.
    visits : `VisitDraws`
    letters : (m,) `LETTER`
    """

    def __init__(self, party: Party, calendar: Calendar) -> None:
        self._party, self._time = party, (calendar.first_minute, calendar.last_minute)

    @cached_property
    def far(self) -> NDArray[np.bool_]:
        return is_far(self._party)

    @cached_property
    def visits(self) -> VisitDraws:
        return VisitDraws.of(self._party, *self._time)

    @cached_property
    def letters(self) -> NDArray[Any]:
        return candidate_letters(self._party, *self._time)


def _share(values: Mapping[str, Any], name: str) -> float:
    """Return the mark below which a candidate takes place at a rate of the catalog.

    Raises
    ------
    RunError
        When the rate is above what the candidates allow.
    """
    rate = float(values[name])
    if rate > FAR_MAX_RATE:
        raise RunError("rate of occasions", path=name, given=rate, allowed=f"0 to {FAR_MAX_RATE:.4f} a day")
    return rate / FAR_MAX_RATE


def visits_taken(
    party: Party, values: Mapping[str, Any], calendar: Calendar, ties: FarTies | None = None
) -> NDArray[Any]:
    """Return the visits between districts that are wished for within the run, as `VISIT`; none where ties act daily.

    Those that a duty trip or a transfer prevents are still among them.
    """
    share = _share(values, "visit.rate")
    if not are_dated(values) or share <= 0:
        return np.zeros(0, dtype=VISIT)
    visits = candidate_visits(
        party,
        calendar.first_minute,
        calendar.last_minute,
        weekend_share=float(values["visit.weekend_share"]),
        start_hour=float(values["visit.departure_hour"]),
        end_hour=float(values["visit.return_hour"]),
        below=share,
        draws=None if ties is None else ties.visits,
    )
    happens = (visits["end_minute"] > calendar.first_minute) & (visits["start_minute"] < calendar.last_minute)
    return visits[happens]


@dataclass(frozen=True, kw_only=True, eq=False)
class LettersPosted(Action):
    """Letters go off: one tells a rumor, with a probability, whose writer tells it at that moment.

    Attributes
    ----------
    writer, reader : (m,) int64
    arrives : (m,) int64
        Tick of arrival.
    mention_prob : float
        Probability that a letter of somebody who tells a rumor does so, and is understood.
    """

    writer: NDArray[np.int64]
    reader: NDArray[np.int64]
    arrives: NDArray[np.int64]
    mention_prob: float

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Put what is told into the mail; whether the writer still tells when it arrives plays no part.

        A letter to somebody who knows the rumor already tells nothing, now or on arrival, and is left out.
        """
        rows = self.writer if sim.replicates == 1 else sim.rows(self.writer, replicates)
        telling = sim.tells(range(len(sim.rules)), rows)
        rumors, which = where_both(telling)
        if len(which):
            there = ~sim.absent(rows[which])  # nobody writes while sitting in the hall
            rumors, which = rumors[there], which[there]
        if not len(which):
            return
        letter = which % len(self.writer)
        reader = rows[which] - self.writer[letter] + self.reader[letter]
        news = sim.when_heard(range(len(sim.rules)), reader)[rumors, np.arange(len(reader))] == NEVER
        if not news.any():
            return
        rumors, which, reader, letter = rumors[news], which[news], reader[news], letter[news]
        occasion = _POSTED + (np.uint64(self.tick) << np.uint64(32)) + self.reader[letter].astype(np.uint64)
        drawn = sim.streams.uniform("expose", rows[which], rumors, occasion)
        for k in (drawn < self.mention_prob).nonzero()[0].tolist():
            told = (int(rumors[k]), int(reader[k]), int(rows[which[k]]))
            sim.memory.mail.setdefault(int(self.arrives[letter[k]]), []).append(told)


@dataclass(frozen=True, kw_only=True, eq=False)
class LettersArrive(Action):
    """Letters that tell a rumor are read; those to somebody who is absent wait at home."""

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Let the readers hear."""
        mail = sim.memory.mail.pop(sim.tick, [])
        if not mail:
            return
        absent = sim.absent(np.array([reader for _, reader, _ in mail], dtype=np.int64)).tolist()
        waiting = [letter for letter, waits in zip(mail, absent, strict=True) if waits]
        if waiting:
            sim.memory.mail.setdefault(sim.tick + 1, []).extend(waiting)
            mail = [letter for letter in mail if letter not in waiting]
        for rumor in sorted({letter[0] for letter in mail}):
            reader, writer = np.array([letter[1:] for letter in mail if letter[0] == rumor], dtype=np.int64).T
            sim.hear(rumor, reader, "post", teller=writer)


def post(party: Party, values: Mapping[str, Any], calendar: Calendar, ties: FarTies | None = None) -> list[Action]:
    """Return the posting and the arrival of all letters that are written within the run; none where ties act daily."""
    shares = np.array([_share(values, "post.letter_rate"), _share(values, "post.students_letter_rate")])
    prob = float(values["post.mention_prob"])
    if not are_dated(values) or not shares.any() or prob <= 0:
        return []
    letters = (FarTies(party, calendar) if ties is None else ties).letters
    letters = letters[letters["mark"] < shares[letters["home"].astype(np.int64)]]
    # The letters of a day go off together. Of those on their way when the run starts nobody knows what they tell.
    posted_minute = letters["posted_day"].astype(np.int64) * 1440 + round(float(values["post.collection_hour"]) * 60)
    within = posted_minute >= calendar.first_minute
    letters, posted_minute = letters[within], posted_minute[within]
    delay = float(values["post.delay_days"]) * 1440.0 * letters["wait"]
    arrives = calendar.tick_of_minutes(posted_minute + np.ceil(delay).astype(np.int64))
    posted = calendar.tick_of_minutes(posted_minute)
    arrives = np.maximum(arrives, posted + 1)
    kept = arrives < calendar.n_ticks
    letters, posted, arrives = letters[kept], posted[kept], arrives[kept]
    if not len(posted):
        return []
    starts = np.flatnonzero(np.append(True, posted[1:] != posted[:-1]))
    actions: list[Action] = [
        LettersPosted(
            tick=int(posted[first]),
            writer=letters["writer"][first:last].astype(np.int64),
            reader=letters["reader"][first:last].astype(np.int64),
            arrives=arrives[first:last],
            mention_prob=prob,
        )
        for first, last in zip(starts, np.append(starts[1:], len(posted)), strict=True)
    ]
    # Letters to those who sit in a hall are asked for again at every tick.
    may_wait = float(values["conference.delegates_absent"]) > 0
    ticks = np.arange(arrives.min(), calendar.n_ticks) if may_wait else np.unique(arrives)
    return actions + [LettersArrive(tick=int(tick)) for tick in ticks]
