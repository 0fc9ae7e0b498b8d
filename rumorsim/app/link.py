"""The address that brings somebody else to what is shown: scenario, seed, levers, news and date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from rumorsim import __version__
from rumorsim.errors import fold

__all__ = ["LONGEST", "code", "link_of", "read_link"]

LONGEST: Final = 500


def code(key: str) -> str:
    """Return the initials of a lever's key: with whole keys the links of many levers would be too long.

    Examples
    --------
    >>> code("travel.duty_rate")
    'tdr'
    """
    return "".join(word[0] for word in re.split("[._]", key))


def link_of(
    scenario: str, seed: int, changes: Mapping[str, Any], rumor: str, moment: str, place: str = "", world: str = "a"
) -> str:
    """Return the query of the address, without the part that says where the page is.

    Parameters
    ----------
    moment : the date shown, as ISO text to the minute.
    place : the district or city whose chain is shown, "" for none.
    world : "a" or "b", whose chain it is.

    Examples
    --------
    >>> link = link_of("tirana-conference", 7, {"travel.duty_rate": 0.0}, "tirana_conference", "1956-04-20T06:00")
    >>> link.split("&", 1)[1]
    's=tirana-conference&seed=7&n=tirana_conference&at=1956-04-20T06:00&b=tdr:0'
    >>> link_of("classroom", 7, {}, "tirana_conference", "1956-04-20T06:00", "Gjirokastër", "b").split("&")[-1]
    'p=b:gjirokaster'
    """
    levers = ",".join(f"{code(key)}:{_short(value)}" for key, value in changes.items())
    words = {"v": __version__, "s": scenario, "seed": str(seed), "n": rumor, "at": moment}
    if levers:
        words["b"] = levers
    if place:
        words["p"] = ("b:" if world == "b" else "") + fold(place)  # an accent costs six letters
    return "?" + urlencode(words, safe=":,.", quote_via=quote)


def _short(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def read_link(query: str) -> dict[str, Any]:
    """Return what an address asks for: "scenario", "seed", "changes", "rumor", "moment", "place", "world",
    "version", "tour" (the number of a step).

    Words that are not known are left out; whether values are right is asked where they are used. The keys of "changes"
    are as in the address: initials (`code`), or whole keys.

    Examples
    --------
    >>> read_link("?s=classroom&b=tdr:0.05")["changes"]
    {'tdr': '0.05'}
    >>> found = read_link("?s=classroom&p=b:gjirokaster")
    >>> found["place"], found["world"]
    ('gjirokaster', 'b')
    """
    words = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    changes = dict(one.split(":", 1) for one in words.get("b", "").split(",") if ":" in one)
    world, _, place = words.get("p", "").rpartition(":")
    return {
        "version": words.get("v", ""),
        "scenario": words.get("s", ""),
        "seed": words.get("seed", ""),
        "rumor": words.get("n", ""),
        "moment": words.get("at", ""),
        "place": place,
        "world": "b" if world == "b" else "a",
        "changes": changes,
        "tour": words.get("tour", ""),
    }
