"""What the browser draws, as plain arrays: shapes once, a world once, then nothing more a tick."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.app.run import MemberLine, World
from rumorsim.model import Link, groups_of, happenings
from rumorsim.party import Party
from rumorsim.party.vocabulary import KINDS
from rumorsim.plot.geometry import bounds, district_cells, neighbor_paths, outline_path, seats
from rumorsim.plot.marks import leading_rumors, report_marks
from rumorsim.plot.path import person_text, source_text, told_text
from rumorsim.plot.style import RUMOR_NAMES, moment_text

__all__ = [
    "WEIGHT",
    "cell_text",
    "events_of",
    "geometry",
    "link_lines",
    "member_lines",
    "minutes",
    "packed",
    "spoken_by",
    "world_of",
]

#: Kinds of events by which those who command try to steer what is said.
_CONTROLS: Final = frozenset(
    {"secrecy", "climate", "fear", "fear_with_news", "punish", "move", "silence", "request", "alarm", "mobilization"}
)
#: Of two labels that do not both fit, that of the weightier kind is written.
WEIGHT: Final = {
    "letter": 5,
    "briefing": 5,
    "hall": 4,
    "secrecy": 4,
    "climate": 3,
    "election": 3,
    "fear": 2,
    "request": 2,
    "outbreak": 2,
    "punish": 2,
}
_FAR: Final = 400.0


def packed(numbers: NDArray[Any], kind: str) -> str:
    """Return numbers as base64 of little-endian integers.

    Examples
    --------
    >>> packed(np.array([1, 258]), "<u2")
    'AQACAQ=='
    """
    return base64.b64encode(np.ascontiguousarray(numbers.astype(kind)).tobytes()).decode()


def minutes(moments: NDArray[Any]) -> list[int]:
    """Return moments as minutes since 1970, as a browser counts them."""
    return [int(one) for one in moments.astype("M8[m]").astype(np.int64)]


def _svg(path: Any) -> str:
    parts = []
    for corner, code in path.iter_segments(curves=False):
        letter = {1: "M", 2: "L"}.get(code)
        parts.append("Z" if letter is None else f"{letter}{corner[0]:.1f},{-corner[1]:.1f}")
    return "".join(parts)


@cache
def geometry() -> dict[str, Any]:
    """Return the shapes of the map in km, y downward: outline, neighbors, and a cell and seat for every district."""
    west, east, south, north = bounds()
    cells = []
    for name, corners, seat in zip(catalog.districts(), district_cells(), seats(), strict=True):
        points = np.clip(corners, -_FAR, _FAR)
        shape = "M" + "L".join(f"{x:.1f},{-y:.1f}" for x, y in points) + "Z"
        cells.append({"name": name, "d": shape, "x": round(float(seat[0]), 1), "y": round(-float(seat[1]), 1)})
    around = [path for path in (_svg(one) for one in neighbor_paths()) if path]
    box = [round(west, 1), round(-north, 1), round(east - west, 1), round(north - south, 1)]
    return {"box": box, "outline": _svg(outline_path()), "around": around, "cells": cells}


def world_of(world: World, run: str) -> dict[str, Any]:
    """Return one world for the browser: counts by tick and place, who of each cell heard when, trips, events.

    Parameters
    ----------
    run : names the world, so that what belongs to another one is dropped.
    """
    party, record = world.party, world.record
    people = party.people
    in_cells = np.flatnonzero(people["cell"] >= 0)
    order = in_cells[np.argsort(people["cell"][in_cells], kind="stable")]
    rumors = {}
    for row, rumor in enumerate(record.rumors):
        past = world.history(rumor)
        marks = report_marks(rumor, record.tick_start[0], record.tick_start[-1])
        rumors[rumor] = {
            "name": RUMOR_NAMES.get(rumor, rumor.replace("_", " ")),
            "aware": packed(past.aware, "<u2"),
            "telling": packed(past.telling, "<u2"),
            "heard": packed(record.heard_tick[row][order], "<i2"),
            "carriers": packed(record.heard_tick[row][world.trips[:, 0]], "<i2"),
            "documents": [
                {"text": one.text, "m": int(one.first.astype("M8[m]").astype(np.int64)) + 720} for one in marks
            ],
        }
    home = groups_of(party)[world.trips[:, 0]]
    return {
        "run": run,
        "scenario": world.scenario.name,
        "first": leading_rumors(world.scenario)[0],
        "minutes": minutes(record.tick_start),
        "groups": list(world.groups),
        "people": np.bincount(groups_of(party), minlength=len(world.groups)).tolist(),
        "rumors": rumors,
        "cells": _cells(party, people["cell"][order]),
        "trips": {
            "leave": packed(world.trips[:, 1], "<i2"),
            "back": packed(np.minimum(world.trips[:, 2], 32767), "<i2"),
            "from": packed(home, "<i2"),
            "to": packed(_group_of_place(party)[world.trips[:, 3]], "<i2"),
        },
        "events": events_of(world),
        "spoke": packed(spoken_by(world), "<u2"),
    }


def spoken_by(world: World) -> NDArray[np.int64]:
    """Return how many persons have spoken up in meetings by each tick, on whatever matter; each counts once."""
    record = world.record
    # The first time of each: the table is in the order of time.
    _, rows = np.unique(record.voicings["person"], return_index=True)
    first = record.voicings["tick"][rows].astype(np.int64)
    return np.bincount(first + 1, minlength=world.n_ticks + 1).cumsum()[: world.n_ticks + 1]


def _group_of_place(party: Party) -> NDArray[np.int64]:
    """Return the group of each row of the gazetteer, that of most people who live there; -1 where nobody does."""
    found = np.full(len(party.places), -1)
    found[party.people["place"]] = groups_of(party)
    table = catalog.districts()
    names = {name: row for row, name in enumerate(table)}
    for row, key in enumerate(party.places):
        district = catalog.places()[key].district
        if found[row] < 0 and district in names:
            found[row] = names[district]
    return found


def _cells(party: Party, cell_of: NDArray[Any]) -> dict[str, Any]:
    """Return the cells for the picture of the party: their committee, and where their members begin in the column."""
    number = np.arange(len(party.cells))
    committees = [party.name_of(one) for one in party.committees]
    return {
        "start": np.searchsorted(cell_of, np.append(number, len(number))).tolist(),
        "committee": party.cells["committee"].tolist(),
        "committees": committees,
        "kind": [KINDS[kind].replace("_", " ") for kind in party.cells["kind"].tolist()],
    }


def events_of(world: World) -> list[dict[str, Any]]:
    """Return the events of a world for the lanes, with date, sentence and source."""
    return [
        {
            "id": one.id,
            "label": one.label,
            "lane": "control" if one.kind in _CONTROLS else "event",
            "m": minutes(np.array([one.date]))[0],
            "until": minutes(np.array([one.until]))[0],
            "weight": WEIGHT.get(one.kind, 1) - (10 if one.date <= world.record.tick_start[0] else 0),
            "sentence": one.sentence,
            "source": one.source,
        }
        for one in happenings(world.scenario)
    ]


def link_lines(world: World, links: tuple[Link, ...]) -> list[dict[str, Any]]:
    """Return a chain for the browser: person by person, with role, cell, channel, date, and where on the map."""
    party = world.party
    group, of_place, delegates = groups_of(party), _group_of_place(party), set(world.record.delegates.tolist())
    lines = []
    for number, link in enumerate(links):
        who, cell = person_text(party, link.person, delegate=link.person in delegates)
        home, district = party.place_names[int(party.people["place"][link.person])], world.groups[group[link.person]]
        lines.append(
            {
                "when": moment_text(link.when, link.since),
                "who": who,
                "cell": cell_text(cell),
                "place": home if district in home else f"{home} ({district})",
                "how": told_text(party, link) if number or link.teller >= 0 else source_text(link.channel),
                "at": int(of_place[link.away]) if link.away >= 0 else int(group[link.person]),
                "home": int(group[link.person]),
            }
        )
    return lines


def cell_text(cell: str) -> str:
    """Return the name of a cell in the one word the page has for it.

    Examples
    --------
    >>> cell_text("Army unit 20 of Tiranë, organization 1")
    'Army unit 20 of Tiranë, cell 1'
    """
    return cell.replace(", organization ", ", cell ")


def member_lines(world: World, found: tuple[MemberLine, ...], most: int = 60) -> list[dict[str, Any]]:
    """Return members of a cell for the browser: who, when and how they heard, from whom, whether they would speak."""
    party, lines = world.party, []
    for one in found[:most]:
        who, _ = person_text(party, one.person)
        knows = not np.isnat(one.heard)
        teller = ""
        if one.teller >= 0:
            teller = f"{person_text(party, one.teller)[0]} in {party.place_names[party.people['place'][one.teller]]}"
        lines.append(
            {
                "who": who,
                "knows": bool(knows),
                "when": moment_text(one.heard, one.since) if knows else "",
                "how": f"through {one.channel.replace('_', ' ')}"
                if one.channel
                else "knew when the run began"
                if knows
                else "",
                "teller": teller,
                "speaks": one.would_speak,
            }
        )
    return lines
