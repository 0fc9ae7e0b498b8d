"""What a step of the tour asks of the board: numbers worked out from the worlds the page shows, never typed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.app.payload import spoken_by
from rumorsim.app.run import World, difference
from rumorsim.catalog.words import CHANNELS
from rumorsim.errors import RumorsimError
from rumorsim.model import assemble, chain_of
from rumorsim.party import build_party
from rumorsim.scenario import load_scenario
from rumorsim.text import day, number

__all__ = [
    "FIGURE",
    "MEASURES",
    "Asked",
    "Board",
    "Figure",
    "Measure",
    "figure_of",
    "said_number",
    "said_text",
    "tick_by",
]

_EPOCH: Final = dt.date(1970, 1, 1)
#: The classic model of the first step.
FIGURE: Final = "maki-thompson"
_MOST_POINTS: Final = 240


@dataclass(frozen=True)
class Asked:
    """What is measured, and of what.

    Attributes
    ----------
    measure : key of `MEASURES`.
    rumor : the news, "" where the measure needs none.
    place : name of a district, "" for none.
    channels : tuple of channels.
    by : the day by whose end it is measured, None where the measure needs none.
    fact : id of a fact whose document is asked for.
    """

    measure: str
    rumor: str = ""
    place: str = ""
    channels: tuple[str, ...] = ()
    by: dt.date | None = None
    fact: str = ""

    @property
    def kind(self) -> str:
        """ "percent", "points", "count" or "date"."""
        return MEASURES[self.measure].kind


@dataclass(frozen=True, eq=False)
class Figure:
    """A run of a classic model: days, and how many have not heard, tell, and no longer tell, (n,) each."""

    people: int
    days: NDArray[np.float64]
    ignorant: NDArray[np.int64]
    spreaders: NDArray[np.int64]
    stiflers: NDArray[np.int64]


@dataclass(frozen=True)
class Board:
    """What a step shows: the worlds, or else the figure."""

    a: World | None = None
    b: World | None = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Measure:
    """A number the tour can ask for.

    Attributes
    ----------
    kind : "percent", "points", "count" or "date" (days since 1970).
    what : str, in words.
    needs : what else has to be said: of "by", "place", "channels", "fact", "levers" and "figure".
    value : callable (Board, Asked), returns the number.
    """

    kind: str
    what: str
    needs: tuple[str, ...]
    value: Callable[[Board, Asked], float]


def tick_by(world: World, by: dt.date) -> int:
    """Return the number of ticks run by the end of a day."""
    end = np.datetime64(by, "s") + np.timedelta64(1, "D")
    return min(int(np.searchsorted(world.record.tick_start, end)), world.n_ticks)


def _world(world: World | None) -> World:
    if world is None:
        raise RumorsimError("the step has no such world on its board")
    return world


def _at(world: World | None, asked: Asked) -> tuple[World, int]:
    world = _world(world)
    return world, world.n_ticks if asked.by is None else tick_by(world, asked.by)


def _share(world: World | None, asked: Asked) -> float:
    world, tick = _at(world, asked)
    return 100.0 * world.share(asked.rumor, tick)


def _place_share(world: World | None, asked: Asked) -> float:
    world, tick = _at(world, asked)
    past, group = world.history(asked.rumor), world.groups.index(asked.place)
    return 100.0 * float(past.aware[tick, group] / past.people[group])


def _gap(board: Board, asked: Asked) -> float:
    world, tick = _at(board.a, asked)
    return 100.0 * difference(world, _world(board.b), asked.rumor, tick)


def _through(board: Board, asked: Asked) -> float:
    world, tick = _at(board.a, asked)
    row = world.record.rumors.index(asked.rumor)
    heard = (world.record.heard_tick[row] < tick) & (world.record.channel[row] >= 0)
    mine = np.isin(world.record.channel[row], [CHANNELS.index(one) for one in asked.channels])
    return 100.0 * float((heard & mine).sum() / max(heard.sum(), 1))


def _known_districts(world: World, asked: Asked, tick: int) -> list[int]:
    aware = world.history(asked.rumor).aware[tick]
    return [group for group in range(len(catalog.districts())) if aware[group] > 0]


def _districts(board: Board, asked: Asked) -> float:
    world, tick = _at(board.a, asked)
    return float(len(_known_districts(world, asked, tick)))


def _brought(board: Board, asked: Asked) -> float:
    """Return the share of districts, the capital's apart, whose first person to know heard on a duty trip or a visit.

    As `Ensemble.introductions`: who comes home with the news counts as knowing it from the hour of hearing.
    """
    world, tick = _at(board.a, asked)
    record, people = world.record, world.party.people
    row = record.rumors.index(asked.rumor)
    heard, district = record.heard_tick[row], people["district"].astype(np.int64)
    of_place = np.append(world.party.geography.district, -1)
    knows = np.flatnonzero((heard < tick) & (district >= 0))
    knows = knows[np.lexsort((knows, people["place"][knows], heard[knows]))]
    _, first = np.unique(district[knows], return_index=True)
    reached = brought = 0
    for person in knows[first].tolist():
        if heard[person] < 0 or district[person] == world.party.geography.tirana_district:
            continue  # known from the start: nobody brought it
        link = chain_of(record, world.party, row, person)[-1]
        visitor = link.teller_away >= 0 and of_place[link.teller_away] == district[person]
        reached += 1
        brought += link.away >= 0 or visitor or link.channel == "travel"
    return 100.0 * float(brought) / max(reached, 1)


def _first_day(board: Board, asked: Asked) -> float:
    """Return the day on which somebody in a place first knew."""
    world = _world(board.a)
    known = world.history(asked.rumor).aware[:, world.groups.index(asked.place)] > 0
    if not known.any():
        raise RumorsimError(f"nobody in {asked.place} hears it in this run")
    return float(world.record.tick_start[int(np.argmax(known))].astype("M8[D]").astype(np.int64))


def _spoke(world: World | None, asked: Asked) -> float:
    world, tick = _at(world, asked)
    return float(spoken_by(world)[tick])


def _never(board: Board, asked: Asked) -> float:
    if board.figure is None:
        raise RumorsimError("the step has no figure")
    return 100.0 * float(board.figure.ignorant[-1]) / board.figure.people


def _limit(board: Board, asked: Asked) -> float:
    from rumorsim.core.reference.theory import final_ignorant_share  # nothing else here needs SciPy's integrators

    scenario = load_scenario(FIGURE)
    rates = (float(scenario.number(f"classic.{name}_rate")) for name in ("transmission", "stifling"))
    return 100.0 * final_ignorant_share(*rates)


def _report_day(board: Board, asked: Asked) -> float:
    written = catalog.facts()[asked.fact].report_date
    if written is None:
        raise RumorsimError(f"{asked.fact} has no dated document")
    return float((written - _EPOCH).days)


#: Name -> what the tour can ask for.
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "share": Measure("percent", "people who know", ("by",), lambda board, asked: _share(board.a, asked)),
        "other_share": Measure(
            "percent",
            "people who know in the other world",
            ("by", "levers"),
            lambda board, asked: _share(board.b, asked),
        ),
        "place_share": Measure(
            "percent", "people of a place who know", ("by", "place"), lambda board, asked: _place_share(board.a, asked)
        ),
        "difference": Measure("points", "how many more know in the other world", ("by", "levers"), _gap),
        "channel_share": Measure("percent", "first hearings through channels", ("by", "channels"), _through),
        "districts": Measure("count", "districts in which somebody knows", ("by",), _districts),
        "brought_by_travelers": Measure("percent", "districts a trip on duty brought it to", ("by",), _brought),
        "first_day": Measure("date", "day on which somebody in a place first knew", ("place",), _first_day),
        "spoke_up": Measure("count", "people who have spoken up", ("by",), lambda board, asked: _spoke(board.a, asked)),
        "never_heard": Measure("percent", "people who never hear", ("figure",), _never),
        "limit": Measure("percent", "people who never hear, in the limit of many", ("figure",), _limit),
        "report_day": Measure("date", "date of the document of a fact", ("fact",), _report_day),
    }
)


def said_number(kind: str, value: float) -> str:
    """Return a measured number the way it is read aloud, without its unit.

    Examples
    --------
    >>> said_number("percent", 20.66), said_number("percent", 0.3), said_number("points", -1.04)
    ('21', 'less than 1', '−1.0')
    >>> said_number("count", 4212.0), said_number("date", -5006.0)
    ('4,212', '18 April')
    """
    if kind == "date":
        return day(_EPOCH + dt.timedelta(days=int(value)))
    if kind == "points":
        text = f"{abs(value):.1f}"
        return ("±" if text == "0.0" else "+" if value > 0 else "−") + text
    if kind == "count":
        return f"{value:,.0f}"
    return "less than 1" if 0 < value < 0.5 else number(round(value), 4)


def said_text(text: str, board: Board, asked: Asked, value: float) -> str:
    """Return a sentence with its numbers: ``{answer}`` is the value, other names are measures of the same."""
    words = {"answer": said_number(asked.kind, value)}
    for name, measure in MEASURES.items():
        if f"{{{name}}}" in text:
            words[name] = said_number(measure.kind, measure.value(board, replace(asked, measure=name)))
    for name, said in words.items():
        text = text.replace(f"{{{name}}}", said)
    return text


@lru_cache(maxsize=4)
def figure_of(people: int, seed: int) -> Figure:
    """Return one run of the Maki-Thompson model, as ``rumorsim run maki-thompson`` makes it.

    Examples
    --------
    >>> figure = figure_of(50, 1)
    >>> int(figure.ignorant[0] + figure.spreaders[0]), int(figure.spreaders[-1])
    (50, 0)
    """
    scenario = load_scenario(FIGURE).replace({"population.size": people})
    record = assemble(scenario, build_party(scenario)).simulate(seed)
    n_ticks = len(record.tick_start) - 1

    def by(ticks: NDArray[Any]) -> NDArray[np.int64]:
        """Count what has happened by the start of each tick and by the end."""
        at = ticks.astype(np.int64)
        found: NDArray[np.int64] = np.bincount(at[at < n_ticks] + 1, minlength=n_ticks + 1).cumsum()
        return found

    aware = by(record.heard_tick[0])
    # Who never tells has no tick of stopping of its own.
    tells = record.tells[0] & (record.heard_tick[0] < n_ticks)
    telling = by(record.heard_tick[0][tells]) - by(record.stopped_tick[0][tells])
    end = int(np.max(np.flatnonzero(telling), initial=0)) + 1
    days = (record.tick_start - record.tick_start[0]) / np.timedelta64(1, "D")
    kept = np.unique(np.linspace(0, min(end, n_ticks), _MOST_POINTS).astype(np.int64))
    return Figure(people, days[kept], people - aware[kept], telling[kept], (aware - telling)[kept])
