"""The two worlds of the page: run from start to end, kept as a record, and asked about any date of it.

Nothing here knows of Mesa or of a browser. A world is run whole before it is shown; the page then moves through the
record, so that going back is exact and nothing goes on running when a tab is closed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import RumorsimError, RunError
from rumorsim.model import (
    CHANNELS,
    History,
    Link,
    RunRecord,
    assemble,
    chain_of,
    group_names,
    groups_of,
    history_of,
    last_of,
)
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario

__all__ = [
    "Interval",
    "MemberLine",
    "Stopped",
    "World",
    "as_seed",
    "changed",
    "difference",
    "explain",
    "pairs",
    "party_of",
    "run_world",
]

#: How many parties and worlds of the last tabs are kept to be shared; both never change once they are made.
_KEPT: Final = 4
_Kept = TypeVar("_Kept")


class Stopped(Exception):
    """Somebody no longer wants to know."""


class _Shelf:
    """The last few things made, shared by all tabs, each made once even when two ask at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Kept]) -> _Kept:
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found: _Kept = self._kept[key]
                    return found
            made = make()
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > _KEPT:
                    self._making.pop(self._kept.popitem(last=False)[0], None)
            return made


_parties = _Shelf()
_worlds = _Shelf()


@dataclass(frozen=True)
class MemberLine:
    """What a member of a cell has heard by a date.

    Attributes
    ----------
    person : int
    heard : datetime64[s], NaT if not yet.
    since : datetime64[s], start of the tick in which it was heard.
    channel : str, "" where not heard or known from before.
    teller : int, -1 for nobody.
    would_speak : bool
        Whether the person knows and would speak of it in a meeting: bold, not afraid, not silenced.
    """

    person: int
    heard: np.datetime64
    since: np.datetime64
    channel: str
    teller: int
    would_speak: bool


@dataclass(frozen=True, eq=False)
class World:
    """One run of a scenario, from start to end.

    Attributes
    ----------
    scenario, seed, party, record :
        What was run and what it left behind.
    willing : (n_ticks + 1, m) uint8
        Who would speak of what they know, at the start of each tick and at the end: a bit a person, 8m of them or less.
    trips : (m, 4) int32
        Duty trips: person, tick of leaving, tick of return, row of the place visited.
    """

    scenario: Scenario
    seed: int
    party: Party
    record: RunRecord
    willing: NDArray[np.uint8]
    trips: NDArray[np.int32]

    @property
    def n_ticks(self) -> int:
        """Number of ticks."""
        return len(self.record.tick_start) - 1

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the places people are counted in."""
        return group_names(self.party)

    def history(self, rumor: str) -> History:
        """Return how many knew and told, by tick and place."""
        return history_of(self.record, self.party, rumor)

    def share(self, rumor: str, tick: int) -> float:
        """Return the share of all people who know at a tick."""
        heard = self.record.heard_tick[self.record.rumors.index(rumor)]
        return float((heard < tick).mean())

    def chain(self, rumor: str, group: int, tick: int) -> tuple[Link, ...]:
        """Return along whom the news came to a place by a tick, source first; empty if nobody there knew."""
        last = last_of(self.record, self.party, rumor, groups_of(self.party) == group, tick)
        return () if last < 0 else chain_of(self.record, self.party, self.record.rumors.index(rumor), last)

    def members(self, rumor: str, cell: int, tick: int) -> tuple[MemberLine, ...]:
        """Return what the members of a cell have heard by a tick."""
        record, row = self.record, self.record.rumors.index(rumor)
        willing = np.unpackbits(self.willing[tick])
        found = []
        for person in np.flatnonzero(self.party.people["cell"] == cell).tolist():
            at = int(record.heard_tick[row][person])
            knows = at < tick
            channel = int(record.channel[row][person]) if knows else -1
            found.append(
                MemberLine(
                    person,
                    record.tick_start[at + 1] if knows else np.datetime64("NaT", "s"),
                    record.tick_start[max(at, 0)] if knows else np.datetime64("NaT", "s"),
                    CHANNELS[channel] if channel >= 0 else "",
                    int(record.teller[row][person]) if knows else -1,
                    knows and bool(willing[person]),
                )
            )
        return tuple(found)


def as_seed(given: Any) -> int:
    """Return a typed seed as a number.

    Raises
    ------
    RunError
        For anything but a whole number from 0 to 2**64 - 1.

    Examples
    --------
    >>> as_seed(" 1956 ")
    1956
    """
    text = str(given).strip()
    if not (text.isascii() and text.isdecimal()) or int(text) >= 2**64:
        raise RunError("not a usable seed", path="seed", given=given, allowed="a whole number, 0 to 2**64 - 1")
    return int(text)


def party_of(scenario: Scenario) -> Party:
    """Return the party of a scenario, built once for all scenarios of the same structure."""
    return _parties.get(scenario.structural_key(), lambda: build_party(scenario))


def run_world(scenario: Scenario, seed: int, going: Callable[[], bool] = lambda: True) -> World:
    """Return a scenario run from its start to its end.

    The one place where worlds are run: a run that differs from another one only from some date on could go on from a
    copy of it here.

    Parameters
    ----------
    scenario : of the party; one well-mixed group has no places to show.
    seed : int
    going : asked before every tick; `Stopped` is raised when it says no.

    Raises
    ------
    RunError
        For a scenario without a party.
    """
    if scenario.population != "party":
        raise RunError(
            "the page shows the party and its places",
            path="population",
            given=scenario.population,
            allowed='a scenario with population = "party"',
        )
    return _worlds.get((scenario.fingerprint(), scenario.name, seed), lambda: _run(scenario, seed, going))


def _run(scenario: Scenario, seed: int, going: Callable[[], bool]) -> World:
    party = party_of(scenario)
    assembly = assemble(scenario, party)
    sim = assembly.start(seed)
    everybody = np.arange(sim.n)
    willing = [np.packbits(sim.willing(everybody))]
    while not sim.finished:
        if not going():
            raise Stopped
        sim.step()
        willing.append(np.packbits(sim.willing(everybody)))
    away = assembly.absences()
    place = party.hosts["place"][away.host] if len(away.host) else away.host
    trips = np.stack([away.person, away.leave, away.back, place], axis=1).astype(np.int32)
    return World(scenario, seed, party, assembly.records(sim)[0], np.stack(willing), trips)


def difference(a: World, b: World, rumor: str, tick: int) -> float:
    """Return how much larger the share of those who know is in the second world at a tick."""
    return b.share(rumor, tick) - a.share(rumor, tick)


@dataclass(frozen=True, eq=False)
class Interval:
    """Differences of several pairs of runs, second world less first.

    Attributes
    ----------
    rumor : str
    pairs : int
    mean, low, high : (n_ticks + 1,) float64
        Mean difference of the shares who know, and the 95% interval of that mean.
    """

    rumor: str
    pairs: int
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def pairs(
    a: Scenario,
    b: Scenario,
    seed: int,
    rumor: str,
    number: int = 20,
    told: Callable[[int], bool] = lambda done: True,
    going: Callable[[], bool] = lambda: True,
) -> Interval:
    """Run pairs of worlds under the same luck and return the interval of their difference.

    Parameters
    ----------
    a, b : scenarios of equal length.
    seed : the pairs are the replicates 0 to number - 1 of it.
    rumor : str
    number : int, at least 2.
    told : called with the number of finished pairs; `Stopped` is raised when it returns False.
    going : asked before every tick; `Stopped` is raised when it says no.
    """
    from rumorsim.study.pairs.paired import mean_interval  # the page does not wait for studies

    sides = [assemble(one, party_of(one)) for one in (a, b)]
    rows = [one.rumors.index(rumor) for one in (a, b)]
    found = []
    for replicate in range(number):
        curves = []
        for side, row in zip(sides, rows, strict=True):
            sim = side.start(seed, [replicate])
            while not sim.finished:
                if not going():
                    raise Stopped
                sim.step()
            heard = sim.heard_tick(row).astype(np.int64)
            n = sim.ticks.n_ticks
            curves.append(np.bincount(heard[heard < n] + 1, minlength=n + 1).cumsum() / len(heard))
        found.append(curves[1] - curves[0])
        if not told(replicate + 1):
            raise Stopped
    return Interval(rumor, number, *mean_interval(np.array(found)))


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with the levers of the second world laid over it; everything is checked again."""
    return scenario.replace(dict(changes)) if changes else scenario


def explain(error: BaseException) -> str:
    """Return in one line what went wrong, for the board."""
    if isinstance(error, RumorsimError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}"
