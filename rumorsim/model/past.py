"""What has happened in a run by some moment: who knew, the dated events, and along whom the news came to a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.model.record import CHANNELS, RunRecord
from rumorsim.party import Party

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario

__all__ = [
    "Happening",
    "History",
    "Link",
    "chain_of",
    "cited",
    "group_names",
    "groups_of",
    "happenings",
    "history_of",
    "last_of",
]

_NEVER: Final = 32767
_EPOCH: Final = np.datetime64("1956-01-01T00:00", "s")


@dataclass(frozen=True, eq=False)
class History:
    """How many people knew of a rumor, and told it, at every moment of a run, by district.

    Attributes
    ----------
    rumor : str
    moments : (n_ticks + 1,) datetime64[s]
        Start of every tick, and the end of the last.
    groups : tuple of str
        The districts in the order of the catalog, then the cities abroad.
    people : (n_groups,) int64
    aware, telling : (n_ticks + 1, n_groups) int64
    """

    rumor: str
    moments: NDArray[Any]
    groups: tuple[str, ...]
    people: NDArray[np.int64]
    aware: NDArray[np.int64]
    telling: NDArray[np.int64]


@dataclass(frozen=True)
class Link:
    """One person of a chain.

    Attributes
    ----------
    person : row in the party's people.
    teller : person who told, -1 for the source.
    channel : word of the channel heard through, "" for who knew at the start.
    when : datetime64[s], the time from which the person knew.
    since : datetime64[s], start of the tick in which the person heard.
    away : row of the place visited on a duty trip when hearing, -1 at home.
    teller_away : the same for the teller.
    """

    person: int
    teller: int
    channel: str
    when: np.datetime64
    since: np.datetime64
    away: int = -1
    teller_away: int = -1


@dataclass(frozen=True)
class Happening:
    """A dated event of a scenario in words.

    Attributes
    ----------
    id, kind, label : str
    date : datetime64[s], when it begins; within the run.
    until : datetime64[s], when it ends, the same as `date` for what happens once.
    sentence : what the evidence says, in one or two sentences; the assumption where there is none.
    source : where that is written.
    """

    id: str
    kind: str
    label: str
    date: np.datetime64
    until: np.datetime64
    sentence: str
    source: str


def group_names(party: Party) -> tuple[str, ...]:
    """Return the names of the groups of `groups_of`: districts, then the cities abroad in which there is anybody."""
    return (*party.districts, *(party.place_names[row] for row in _abroad(party)))


def _abroad(party: Party) -> NDArray[Any]:
    people = party.people
    return np.unique(people["place"][people["district"] < 0])


def groups_of(party: Party) -> NDArray[np.int64]:
    """Return the group each person is counted in by where the home is, (n,) int64."""
    people = party.people
    district = people["district"].astype(np.int64)
    found: NDArray[np.int64] = np.where(
        district >= 0, district, len(party.districts) + np.searchsorted(_abroad(party), people["place"])
    )
    return found


def history_of(record: RunRecord, party: Party, rumor: str) -> History:
    """Count who knew and who told at the start of every tick, from what a run has left behind.

    Examples
    --------
    >>> from rumorsim.model import assemble
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("classroom")
    >>> party = build_party(scenario)
    >>> found = history_of(assemble(scenario, party).simulate(1956), party, "tirana_conference")
    >>> found.aware[0].sum(), bool((np.diff(found.aware, axis=0) >= 0).all()), found.groups[0]
    (np.int64(0), True, 'Berat')
    """
    row = record.rumors.index(rumor)
    names, group = group_names(party), groups_of(party)
    shape = (len(record.tick_start), len(names))
    heard = record.heard_tick[row].astype(np.int64)
    knows = heard < shape[0] - 1
    aware = _counts(heard[knows] + 1, group[knows], shape)
    tells = knows & record.tells[row]
    telling = _counts(heard[tells] + 1, group[tells], shape)
    stopped = record.stopped_tick[row].astype(np.int64)
    ended = tells & (stopped < shape[0] - 1)
    telling -= _counts(stopped[ended] + 1, group[ended], shape)
    people = np.bincount(group, minlength=len(names))
    return History(rumor, record.tick_start, names, people, aware.cumsum(axis=0), telling.cumsum(axis=0))


def _counts(at: NDArray[np.int64], group: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    return np.bincount(at * shape[1] + group, minlength=shape[0] * shape[1]).reshape(shape)


def last_of(record: RunRecord, party: Party, rumor: str, there: NDArray[np.bool_], tick: int) -> int:
    """Return with whom of some people the news was first by a moment, -1 if nobody knew.

    Whoever was told by another person, at home, comes before others: a delegate who lives in a place but heard in a
    hall elsewhere has not brought the news there yet.

    Parameters
    ----------
    there : (n,) bool, the people asked for.
    tick : the moment, as the number of ticks that have been run.
    """
    row = record.rumors.index(rumor)
    heard = record.heard_tick[row].astype(np.int64)
    knew = np.flatnonzero(there & (heard < tick))
    if not len(knew):
        return -1
    told = record.teller[row][knew] >= 0
    away = _visited(record, party, knew, record.tick_start[np.maximum(heard[knew], -1) + 1]) >= 0
    return int(knew[np.lexsort((knew, heard[knew], away, ~told))[0]])


def _visited(record: RunRecord, party: Party, persons: NDArray[np.int64], when: NDArray[Any]) -> NDArray[np.int64]:
    """Return the row of the place that each of some people visits on a duty trip at a time of its own, -1 at home."""
    trips = party.trips[record.trips_taken]
    row = np.full(len(party.people), -1)
    row[persons] = np.arange(len(persons))
    trips = trips[row[trips["person"]] >= 0]
    mine = row[trips["person"]]
    minute = ((when - _EPOCH) // np.timedelta64(60, "s"))[mine]
    # Who hears at the end of a tick heard during it; of two trips at once the first counts.
    under_way = np.flatnonzero((trips["start_minute"] < minute) & (trips["end_minute"] >= minute))[::-1]
    visited = np.full(len(persons), -1)
    visited[mine[under_way]] = party.hosts["place"][trips["host"][under_way]]
    return visited


def chain_of(record: RunRecord, party: Party, row: int, last: int) -> tuple[Link, ...]:
    """Return the chain of tellers that ends with a person, source first.

    Parameters
    ----------
    row : of the rumor in the record.
    last : row in the party's people.
    """
    people = [last]
    while record.teller[row][people[-1]] >= 0:
        people.append(int(record.teller[row][people[-1]]))
    chain = np.array(people[::-1])
    tick = record.heard_tick[row][chain].astype(np.int64)
    since, when = record.tick_start[np.maximum(tick, 0)], record.tick_start[np.maximum(tick, -1) + 1]
    words = [CHANNELS[number] if number >= 0 else "" for number in record.channel[row][chain].tolist()]
    # Each was told by the one before: where that one was at the time of hearing counts, not of the own hearing.
    away, teller_away = _visited(record, party, chain, when), _visited(record, party, chain[:-1], when[1:])
    tellers, places = [-1, *people[:0:-1]], [-1, *teller_away.tolist()]
    columns = (people[::-1], tellers, words, when, since, away.tolist(), places)
    return tuple(Link(*link) for link in zip(*columns, strict=True))


def happenings(scenario: Scenario) -> tuple[Happening, ...]:
    """Return the events that take part in a run, in the order of their dates, with what the evidence says of them.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> letter = {one.id: one for one in happenings(load_scenario("tirana-conference"))}["letter"]
    >>> str(letter.date)[:10], letter.kind, letter.label
    ('1956-04-21', 'letter', 'letter to all members')
    """
    facts, found = catalog.facts(), []
    for event in scenario.events:
        begin, end = (np.datetime64(moment, "s") for moment in scenario.window(event))
        known = [facts[one] for one in event.evidence if one in facts]
        said = known[0].claim if known else event.assumed or event.source or ""
        where = "; ".join(dict.fromkeys(cited(source) for source in known[0].source)) if known else "assumed"
        if event.evidence and known:
            where += f" ({', '.join(event.evidence)})"
        found.append(Happening(event.id, event.kind, event.label or event.id, begin, end, said, where))
    return tuple(sorted(found, key=lambda one: (one.date, one.id)))


def cited(source: Any) -> str:
    """Return a source of the catalog as a reader wants it: author, year and page."""
    work = catalog.citations()[source.citation]
    author = work.author.split(",")[0] or work.title
    return f"{author}{f' {work.year}' if work.year else ''}{f', {source.locator}' if source.locator else ''}"
