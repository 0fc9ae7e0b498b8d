"""When two runs of the same people part: the first moment at which anybody's state differs, and when it may.

Two scenarios with the same party and seed give the same people the same luck. So everything is equal, bit for bit,
until something that differs between the scenarios takes effect. `earliest_effect` reads from the scenarios when that
can be; `first_difference` finds in two records when it was; `PairReplay` does so for replicates of a run, together
with who heard earlier or later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import NEVER
from rumorsim.archive.reports import NUMBERS
from rumorsim.ensemble.draws import Draws
from rumorsim.model import Assembly, RunRecord, assemble
from rumorsim.party import Party
from rumorsim.scenario import Event, Scenario, differences

__all__ = ["HEARING", "PairReplay", "Parting", "earliest_effect", "first_difference", "hearing_counts"]

#: What may become of a person's hearing of a rumor when a becomes b.
HEARING: Final = ("earlier", "same", "later", "only_a", "only_b", "never")
#: Kinds of events that the spread never sees: the archive and the figures read them.
_ONLY_OBSERVED: Final = ("note", "request", "alarm")
#: Header fields that cannot change what people do.
_IDLE: Final = ("title", "description")
#: Numbers that the model reads for a kind of event without the event naming them.
_READ_FOR: Final = {"fear.by_news_prob": "punish", "letter.army_delay_days": "letter", "letter.catch_up_days": "letter"}
_EPOCH: Final = np.datetime64("1956-01-01T00:00", "s")


def earliest_effect(a: Scenario, b: Scenario) -> dt.datetime | None:
    """Return the earliest moment at which a difference between two scenarios can change what people do.

    A lower bound: before it nothing differs. None if no difference can, for example where only a note or a number
    of the archive differs.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> base = load_scenario("tirana-conference")
    >>> earliest_effect(base, base.replace({"letter.mean_delay_days": 3.0}))
    datetime.datetime(1956, 4, 21, 0, 0)
    >>> earliest_effect(base, base.replace({"archive.lag_mean_days": 4.0})) is None
    True
    """
    moments = list(_moments(a, b))
    return max(min(moments), min(a.begin, b.begin)) if moments else None


def _moments(a: Scenario, b: Scenario) -> Iterator[dt.datetime]:
    begin, end = min(a.begin, b.begin), min(a.end, b.end)
    table = catalog.parameters()
    for one in differences(a, b):
        if not one.matters or one.path in _IDLE or one.path in NUMBERS:
            continue
        if one.path == "stop":
            # Where no end is given, transfers and punishments are spread over what is left of the run.
            open_ended = [event for event in _both(a, b) if event.kind in ("move", "punish") and event.end is None]
            yield from (event.begin for event in open_ended)
            yield end
        elif one.path.startswith("events."):
            name = one.path.split(".")[1]
            yield from (event.begin for event in _both(a, b) if event.id == name and event.kind not in _ONLY_OBSERVED)
        elif one.path in table and not table[one.path].structural:
            users = [event for event in _both(a, b) if _uses(event, one.path)]
            if users:
                yield from (event.begin for event in users if event.kind not in _ONLY_OBSERVED)
            else:
                yield begin
        else:
            yield begin


def _both(a: Scenario, b: Scenario) -> tuple[Event, ...]:
    return (*a.events, *b.events)


def _uses(event: Event, number: str) -> bool:
    return number in event.numbers().values() or _READ_FOR.get(number) == event.kind


def first_difference(a: RunRecord, b: RunRecord, party: Party) -> np.datetime64:
    """Return the start of the first tick in which anybody differs, datetime64[s]; NaT for never.

    State is who hears (and from whom, through what), tells, takes fright, voices, meets on a letter, and who is on the
    road. That an event took place which changed nobody is no difference. Rumors that only one run follows are
    left aside, and so is what one run does after the other has ended.

    Parameters
    ----------
    a, b : RunRecord
        Records of the same party, seed and replicate.
    party : Party
    """
    common = min(len(a.tick_start), len(b.tick_start))
    apart = np.flatnonzero(a.tick_start[:common] != b.tick_start[:common])
    if len(apart) and apart[0] == 0:
        return np.datetime64(min(a.tick_start[0], b.tick_start[0]), "s")
    # Ticks of another length make another clock; up to there the ticks are the same.
    last = int(apart[0]) - 1 if len(apart) else common - 1
    ticks = list(_ticks(a, b, last))
    if len(apart):
        ticks.append(last)
    trips = np.setxor1d(a.trips_taken, b.trips_taken)
    if len(trips):
        minutes = party.trips["start_minute"][trips].astype("timedelta64[m]")
        at = np.searchsorted(a.tick_start, (_EPOCH + minutes).min(), side="right") - 1
        ticks.append(max(int(at), 0))
    first = min((tick for tick in ticks if tick < last or len(apart)), default=None)
    return np.datetime64("NaT" if first is None else a.tick_start[max(first, 0)], "s")


def _ticks(a: RunRecord, b: RunRecord, last: int) -> Iterator[int]:
    """Yield the first tick of a difference of each kind; ticks from `last` on count as never."""
    rumors = [rumor for rumor in a.rumors if rumor in b.rumors]
    for rumor in rumors:
        i, j = a.rumors.index(rumor), b.rumors.index(rumor)
        heard = [np.minimum(record.heard_tick[k], last) for record, k in ((a, i), (b, j))]
        stopped = [np.minimum(record.stopped_tick[k], last) for record, k in ((a, i), (b, j))]
        yield from _least(heard[0] != heard[1], *heard)
        # The last tick of telling: a difference shows in the next one.
        yield from (tick + 1 for tick in _least(stopped[0] != stopped[1], *stopped))
        other = a.tells[i] != b.tells[j]
        other |= (a.channel[i] != b.channel[j]) | (a.teller[i] != b.teller[j])
        yield from _least(other, *heard)
    afraid = [np.minimum(record.afraid_tick, last) for record in (a, b)]
    yield from _least(afraid[0] != afraid[1], *afraid)
    yield from _first_row(_spoken(a, rumors), _spoken(b, rumors))
    yield from _first_row(np.sort(a.meetings), np.sort(b.meetings))


def _least(where: NDArray[np.bool_], a: NDArray[Any], b: NDArray[Any]) -> Iterator[int]:
    if where.any():
        yield int(np.minimum(a[where], b[where]).min())


def _spoken(record: RunRecord, rumors: list[str]) -> NDArray[Any]:
    """Return the voicings in order, their rumors numbered as in `rumors`; those on others left out."""
    number = np.array([rumors.index(rumor) if rumor in rumors else -1 for rumor in record.rumors], dtype=np.int8)
    rows = record.voicings.copy()
    rows["rumor"] = number[rows["rumor"]]
    return np.sort(rows[rows["rumor"] >= 0])


def _first_row(a: NDArray[Any], b: NDArray[Any]) -> Iterator[int]:
    """Yield the tick of the first row in which two sorted tables differ; the tick is the first column."""
    common = min(len(a), len(b))
    apart = np.flatnonzero(a[:common] != b[:common])
    if len(apart):
        yield int(min(a["tick"][apart[0]], b["tick"][apart[0]]))
    elif len(a) != len(b):
        yield int((a if len(a) > common else b)["tick"][common])


def hearing_counts(a: RunRecord, b: RunRecord) -> NDArray[np.int64]:
    """Return what became of everybody's hearing, (n_common_rumors, 6) int64, columns as in `HEARING`.

    A hearing after the end of the shorter run counts as never.

    Parameters
    ----------
    a, b : RunRecord
        Records of the same party; rumors in the order of `a` that both follow.
    """
    end = min(a.tick_start[-1], b.tick_start[-1])
    rows = []
    for rumor in (rumor for rumor in a.rumors if rumor in b.rumors):
        first, second = _when(a, rumor, end), _when(b, rumor, end)
        knows = [first != _FAR, second != _FAR]
        both = knows[0] & knows[1]
        rows.append(
            [
                int((both & (second < first)).sum()),
                int((both & (second == first)).sum()),
                int((both & (second > first)).sum()),
                int((knows[0] & ~knows[1]).sum()),
                int((knows[1] & ~knows[0]).sum()),
                int((~knows[0] & ~knows[1]).sum()),
            ]
        )
    return np.array(rows, dtype=np.int64).reshape(-1, len(HEARING))


_FAR: Final = np.iinfo(np.int64).max


def _when(record: RunRecord, rumor: str, end: Any) -> NDArray[np.int64]:
    """Return the second from which each person knows, `_FAR` for never."""
    ticks = record.heard_tick[record.rumors.index(rumor)].astype(np.int64)
    never = ticks == NEVER
    moments = record.tick_start.astype("M8[s]").astype(np.int64)[np.where(never, 0, ticks + 1)]
    never |= moments > end.astype("M8[s]").astype(np.int64)
    return np.where(never, _FAR, moments)


@dataclass(frozen=True, eq=False)
class Parting:
    """How one replicate of two runs parts.

    Attributes
    ----------
    replicate : int
    first : datetime64[s]
        First difference of state; NaT for none.
    hearing : (n_common_rumors, 6) int64
        People by what became of their hearing, columns as in `HEARING`.
    """

    replicate: int
    first: np.datetime64
    hearing: NDArray[np.int64]


class PairReplay:
    """Runs replicates of two scenarios on one party and compares person by person; it can be pickled.

    Parameters
    ----------
    a, b : Scenario
        With the same structural key.
    party : Party
        Of both.
    seed : int
    parameters : str
        As of the runs.

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("maki-thompson").replace({"population.size": 50})
    >>> parting = PairReplay(scenario, scenario, build_party(scenario), seed=0)(0)
    >>> bool(np.isnat(parting.first)), parting.hearing[0].sum().item()
    (True, 50)
    """

    def __init__(self, a: Scenario, b: Scenario, party: Party, seed: int, parameters: str = "mode") -> None:
        self.party = party
        self.seed = seed
        self._sides: list[tuple[Assembly, Draws]] = [
            (assemble(scenario, party), Draws(scenario, parameters, seed)) for scenario in (a, b)
        ]

    def __call__(self, replicate: int) -> Parting:
        """Run one replicate of both."""
        a, b = (assembly.simulate(self.seed, replicate, draws.values(replicate)) for assembly, draws in self._sides)
        return Parting(replicate, first_difference(a, b, self.party), hearing_counts(a, b))
