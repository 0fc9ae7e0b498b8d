"""The numbers of a scenario: every catalog id it may use, with the value the catalog or the scenario gives.

A scenario writes a number under its catalog id, in tables named after the first word::

    [travel]
    duty_rate = 0.02
    officer_rate = { value = 0.03, unit = "per day", reason = "more traffic in a month of congresses" }
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rumorsim import catalog
from rumorsim.catalog import Parameter, Value
from rumorsim.errors import CatalogError, nearest
from rumorsim.scenario.fields import said
from rumorsim.scenario.positions import KeyPath
from rumorsim.scenario.problems import Origin, Problems

__all__ = [
    "FrozenMapping",
    "accepted",
    "check_values_together",
    "divides_a_day",
    "flatten_sections",
    "is_used",
    "sections",
    "unknown_key",
]

_LEAF_KEYS: Final = ("value", "unit", "source", "reason")
_SUFFIX: Final = re.compile(r"_(rate|prob|days|hours|share|factor|count|per_[a-z]+)$")


class FrozenMapping(Mapping[str, Any]):
    """A read-only mapping that can be hashed and sent to other processes.

    Examples
    --------
    >>> FrozenMapping({"travel.duty_rate": 0.02})["travel.duty_rate"]
    0.02
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenMapping({self._items!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMapping, (self._items,)


def sections() -> tuple[str, ...]:
    """Return the names of the tables a scenario may have: the first words of the ids a run can use."""
    return tuple(dict.fromkeys(key.split(".")[0] for key in catalog.parameters() if not key.startswith("article.")))


def is_used(key: str, population: str, rumors: tuple[str, ...]) -> bool:
    """Return whether a scenario with this population and these rumors may use a catalog id.

    Examples
    --------
    >>> is_used("travel.duty_rate", "party", ("secret_speech",)), is_used("travel.duty_rate", "complete", ())
    (True, False)
    """
    words = key.split(".")
    if words[0] == "article":
        return False
    if population == "complete":
        return words[0] in ("population", "classic", "run")
    if words[0] in ("population", "classic"):
        return False
    return words[0] != "rumor" or words[1] in rumors


def unknown_key(key: str) -> tuple[str, str | None]:
    """Return what to say about a key that is no catalog id, and the nearest id.

    Examples
    --------
    >>> unknown_key("travel.duty_prob")
    ("unknown key 'travel.duty_prob' (unit of travel.duty_rate: per day)", 'travel.duty_rate')
    """
    table = catalog.parameters()
    stem = _SUFFIX.sub("", key)
    for other, entry in table.items():
        if key != stem and _SUFFIX.sub("", other) == stem and not other.startswith("article."):
            return f"unknown key {said(key)} (unit of {other}: {entry.unit})", other
    section = [other for other in table if other.split(".")[0] == key.split(".")[0]]
    usable = [other for other in table if not other.startswith("article.")]
    return f"unknown key {said(key)}", nearest(key, section) or nearest(key, usable)


def flatten_sections(data: Mapping[str, Any], origin: Origin, problems: Problems) -> Iterator[tuple[str, Any, Origin]]:
    """Yield (catalog id, value as written, origin) for every number in the tables of a file.

    Parameters
    ----------
    data : the top-level keys that are neither header fields nor events.
    origin : the file.
    problems : where unknown keys are noted.
    """
    table = catalog.parameters()
    prefixes = {key[:at] for key in table for at, sign in enumerate(key) if sign == "."}

    def walk(prefix: str, path: KeyPath, inner: Any) -> Iterator[tuple[str, Any, Origin]]:
        at = origin.inside(*path)
        if prefix in table:
            yield prefix, inner, at
        elif prefix in prefixes and isinstance(inner, dict):
            for word, value in inner.items():
                yield from walk(f"{prefix}.{word}", (*path, word), value)
        elif prefix in prefixes:
            problems.add(at, f"{said(inner)} is not a table", allowed=_members(prefix))
        else:
            what, near = unknown_key(prefix)
            problems.add(at, what, near=near)

    for word, value in data.items():
        yield from walk(word, (word,), value)


def _members(prefix: str) -> list[str]:
    return [key for key in catalog.parameters() if key.startswith(f"{prefix}.")]


def accepted(entry: Parameter, given: Any, origin: Origin, problems: Problems) -> tuple[Value | None, str]:
    """Return a number written in a scenario in the type of its catalog entry, and the reason given with it.

    Parameters
    ----------
    entry : the catalog entry.
    given : a plain value, or a table with ``value`` and any of ``unit``, ``source``, ``reason``.
    origin : where it was written.
    problems : where mistakes are noted; the value is then None.
    """
    reason = ""
    if isinstance(given, dict):
        for key in given:
            if key not in _LEAF_KEYS:
                problems.add(
                    origin.inside(key), f"unknown key {said(key)}", allowed=_LEAF_KEYS, near=nearest(key, _LEAF_KEYS)
                )
        if given.get("unit", entry.unit) != entry.unit:
            problems.add(origin.inside("unit"), f"the unit {said(given['unit'])} does not fit", allowed=(entry.unit,))
        texts = []
        for key in ("source", "reason"):
            if key in given and not (isinstance(given[key], str) and given[key].strip()):
                problems.add(origin.inside(key), f"{said(given[key])} is not a {key}", allowed="a few words")
            elif key in given:
                texts.append(given[key])
        reason = "; ".join(texts)
        if "value" not in given:
            problems.add(origin, "no value", allowed='a number, or { value = ..., reason = "..." }')
            return None, reason
        origin, given = origin.inside("value"), given["value"]
    hint = _hint(entry, given)
    if hint is not None:
        problems.add(origin, *hint[:1], allowed=hint[1])
        return None, reason
    try:
        return entry.accept(given), reason
    except CatalogError as error:
        problems.add(origin, f"{said(given)} is {error.what}", allowed=_allowed(entry), near=_near(entry, given))
        return None, reason


def _near(entry: Parameter, given: Any) -> str | None:
    return nearest(given, entry.choices) if isinstance(given, str) and entry.choices else None


def _allowed(entry: Parameter) -> str:
    return f"{entry.allowed} ({entry.unit})" if entry.is_number else entry.allowed


def _hint(entry: Parameter, given: Any) -> tuple[str, str] | None:
    """What to say about the usual mistakes with numbers, better than "not of the right type"."""
    if not entry.is_number:
        return None
    if isinstance(given, str):
        if given in catalog.parameters():
            return f"{said(given)} is the id of another number", _allowed(entry)
        return f"{said(given)} is text: numbers are written without quotes and units", _allowed(entry)
    if isinstance(given, bool):
        return f"{said(given)} is not a number", _allowed(entry)
    if (
        isinstance(given, (int, float))
        and math.isfinite(given)
        and entry.kind in ("share", "prob")
        and 1 < given <= 100
    ):
        return f"{said(given)} is more than 1", f"{_allowed(entry)}; {given:g}% is {given / 100:g}"
    return None


_ORDERED: Final = (
    ("clock.work_start", "clock.work_end", False),
    ("clock.free_start", "clock.free_end", False),
    ("conference.session_start", "conference.session_end", False),
    ("letter.first_delay_days", "letter.mean_delay_days", True),
    ("letter.mean_delay_days", "letter.last_delay_days", True),
    ("classic.initial_spreaders", "population.size", True),
)


def check_values_together(
    values: Mapping[str, Value], origins: Mapping[str, Origin], fallback: Origin, problems: Problems
) -> None:
    """Note numbers that are each allowed but do not go together.

    Parameters
    ----------
    values : catalog id -> value.
    origins : catalog id -> where the scenario sets it.
    fallback : origin of numbers the scenario does not set.
    problems : where mistakes are noted.
    """
    for low, high, may_be_equal in _ORDERED:
        if low not in values or high not in values:
            continue
        first, second = values[low], values[high]
        if first > second or (first == second and not may_be_equal):  # type: ignore[operator]
            at = origins.get(high) or origins.get(low) or fallback
            relation = "at most" if may_be_equal else "less than"
            problems.add(
                at,
                f"{low} ({said(first)}) does not go with {high} ({said(second)})",
                allowed=f"{low} {relation} {high}",
            )
    for key in ("time.tick_hours", "time.fine_tick_hours"):
        if key in values and not divides_a_day(float(values[key])):  # type: ignore[arg-type]
            problems.add(
                origins.get(key) or fallback,
                f"ticks of {said(values[key])} hours do not divide a day",
                allowed="whole minutes that divide 24 hours, such as 0.5, 1, 2, 3, 4, 6, 8, 12, 24",
            )
    shares = [key for key in values if key.startswith("spread.share_")]
    if shares and not any(values[key] for key in shares):
        problems.add(origins.get(shares[-1]) or fallback, "all spread.share_* are 0", allowed="at least one above 0")


def divides_a_day(hours: float) -> bool:
    """Return whether a day is a whole number of such ticks, and each tick a whole number of minutes.

    Examples
    --------
    >>> divides_a_day(6.0), divides_a_day(5.0), divides_a_day(0.75)
    (True, False, True)
    """
    minutes = round(hours * 60.0)
    return minutes > 0 and minutes / 60.0 == hours and 1440 % minutes == 0
