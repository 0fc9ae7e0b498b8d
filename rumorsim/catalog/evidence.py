"""Loading what the article says: citations, facts, targets, channels and themes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rumorsim.catalog.objects import (
    BOUNDS,
    STATUSES,
    Channel,
    Citation,
    Fact,
    Source,
    Target,
    Value,
)
from rumorsim.catalog.tables import Row, read_table, read_toml
from rumorsim.catalog.words import CHANNELS, RUMORS, THEMES
from rumorsim.errors import CatalogError, RumorsimError, unknown

__all__ = [
    "add_unique",
    "load_channels",
    "load_citations",
    "load_facts",
    "load_targets",
    "load_themes",
    "read_sources",
]

_CITATION_KINDS: Final = ("archive", "article", "assumption", "book", "dataset", "newspaper", "webpage")
_FACT_KINDS: Final = (
    "behavior",
    "channel",
    "contrast",
    "dated_report",
    "event",
    "intervention",
    "network_structure",
    "population",
    "quantity",
)
_SECTIONS: Final = ("inflow", "circulation", "abroad", "reporting", "control")
#: Term of a target -> how its value is written: a day, a number, a whole number, a pair of numbers, or nothing.
_TERMS: Final[Mapping[str, str]] = {
    "by": "day",
    "count": "whole",
    "count_at_least": "whole",
    "count_at_most": "whole",
    "count_between": "pair",
    "exact": "day",
    "not_all_aware": "day",
    "not_before": "day",
    "report_date": "day",
    "requested_by": "day",
    "share_above": "number",
    "share_between": "pair",
    "small": "none",
}
_WEIGHT_SLACK: Final = 1e-9


def add_unique(found: dict[str, Any], key: str, item: object, row: Row) -> None:
    """Put an item under its key; two rows with one key are an error."""
    if not key:
        raise row.error("has no id")
    if key in found:
        raise row.error(f"repeats {key!r}")
    found[key] = item


def read_sources(row: Row, citations: Collection[str], column: str = "source") -> tuple[Source, ...]:
    """Read ``id: locator; id`` into sources; every id must be a citation."""
    sources = []
    for part in row.text(column, required=True).split("; "):
        citation, _, locator = part.partition(": ")
        if citation not in citations:
            raise unknown(
                "citation", citation, citations, error=CatalogError, file=row.file, line=row.line, path=column
            )
        sources.append(Source(citation, locator))
    return tuple(sources)


def load_citations(folder: Path) -> Mapping[str, Citation]:
    """Read ``citations.toml``."""
    name = "citations.toml"
    texts = ("kind", "author", "title", "where", "doi", "url", "cited_in")
    table = read_toml(folder, name)
    found: dict[str, Citation] = {}
    for key, entry in table.items():
        if not isinstance(entry, dict):
            raise CatalogError("is not a table", file=name, path=key)
        for field, value in entry.items():
            path = f"{key}.{field}"
            if field not in (*texts, "year", "reasons"):
                raise unknown("field", field, (*texts, "year", "reasons"), error=CatalogError, file=name, path=path)
            if field in texts and not isinstance(value, str):
                raise CatalogError("is not text", file=name, path=path, given=value)
        year = entry.get("year")
        if year is not None and type(year) is not int:
            raise CatalogError("is not a whole number", file=name, path=f"{key}.year", given=year)
        reasons = entry.get("reasons", [])
        if not (isinstance(reasons, list) and reasons and all(isinstance(one, str) and one for one in reasons)):
            raise CatalogError("a citation needs reasons", file=name, path=f"{key}.reasons", given=reasons)
        if entry.get("kind") not in _CITATION_KINDS:
            raise unknown("kind", entry.get("kind"), _CITATION_KINDS, error=CatalogError, file=name, path=f"{key}.kind")
        if not entry.get("title"):
            raise CatalogError("a citation needs a title", file=name, path=f"{key}.title")
        cited_in = entry.get("cited_in", "")
        if cited_in and cited_in not in table:
            raise unknown("citation", cited_in, table, error=CatalogError, file=name, path=f"{key}.cited_in")
        fields = {field: entry.get(field, "") for field in texts}
        found[key] = Citation(id=key, year=year, reasons=tuple(reasons), **fields)
    return MappingProxyType(found)


def load_facts(folder: Path, citations: Collection[str], place_id: Callable[[str], str]) -> Mapping[str, Fact]:
    """Read ``facts.csv``; ``place_id`` turns the name of a place into its id or raises."""
    columns = tuple(Fact.__dataclass_fields__)
    found: dict[str, Fact] = {}
    for row in read_table(folder, "facts.csv", tuple(name for name in columns if name != "places")):
        start, end = row.day("date_start"), row.day("date_end")
        if end < start:
            raise row.error("ends before it starts", "date_end")
        fact = Fact(
            id=row.text("id"),
            kind=row.word("kind", _FACT_KINDS),
            date_start=start,
            date_end=end,
            place=row.text("place"),
            places=tuple(_resolve(row, place_id, name) for name in _names(row.text("place"))),
            unit=row.text("unit"),
            rumor=row.word("rumor", (*RUMORS, "none")),
            claim=row.text("claim", required=True),
            implication=row.text("implication", required=True),
            status=row.word("status", STATUSES[:2]),
            source=read_sources(row, citations),
            note=row.text("note"),
            bound=row.word("bound", BOUNDS),
            not_before=row.day_or_none("not_before"),
            report_date=row.day_or_none("report_date"),
        )
        add_unique(found, fact.id, fact, row)
    return MappingProxyType(found)


def _names(text: str) -> list[str]:
    return [name for part in text.split(", ") for name in part.split(" and ") if name]


def _resolve(row: Row, place_id: Callable[[str], str], name: str) -> str:
    try:
        return place_id(name)
    except RumorsimError as error:
        raise row.wrapped(error, "place") from None


def load_targets(folder: Path, facts: Collection[str], place_id: Callable[[str], str]) -> Mapping[str, Target]:
    """Read ``targets.csv``."""
    columns = ("id", "fact", "rumor", "place", "kind", "term", "value", "not_before", "soft", "note")
    found: dict[str, Target] = {}
    for row in read_table(folder, "targets.csv", columns):
        place, fact = row.text("place"), row.text("fact")
        if fact:
            row.word("fact", facts)
        term = row.word("term", _TERMS)
        target = Target(
            id=row.text("id"),
            fact=fact,
            rumor=row.word("rumor", ("", *RUMORS)),
            place=place,
            place_id=_resolve(row, place_id, place) if place else "",
            kind=row.text("kind", required=True),
            term=term,
            value=_target_value(row, term),
            not_before=row.day_or_none("not_before"),
            soft=row.yes("soft"),
            note=row.text("note"),
        )
        add_unique(found, target.id, target, row)
    return MappingProxyType(found)


def _target_value(row: Row, term: str) -> Value | tuple[float, float]:
    form = _TERMS[term]
    if form == "day":
        day: date = row.day("value")
        return day
    if form == "whole":
        return row.whole("value")
    if form == "number":
        return row.number("value")
    if form == "none":
        return row.word("value", ("",))
    try:
        low, high = (float(part) for part in row.text("value").split("-"))
    except ValueError:
        raise row.error("is not a pair such as 0.5-0.97", "value") from None
    if not low < high:
        raise row.error("the low end must be below the high end", "value")
    return (low, high)


def load_channels(folder: Path, facts: Collection[str]) -> Mapping[str, Channel]:
    """Read ``channels.csv``."""
    found: dict[str, Channel] = {}
    for row in read_table(folder, "channels.csv", tuple(Channel.__dataclass_fields__)):
        channel = Channel(
            id=row.text("id"),
            section=row.word("section", _SECTIONS),
            name=row.text("name", required=True),
            direction=row.text("direction"),
            who=row.text("who"),
            timing=row.text("timing"),
            scope=row.text("scope"),
            modulated_by=row.text("modulated_by"),
            channels=row.words("channels", CHANNELS),
            evidence=row.words("evidence", facts),
        )
        add_unique(found, channel.id, channel, row)
    return MappingProxyType(found)


def load_themes(folder: Path, citations: Collection[str], facts: Collection[str]) -> Mapping[str, Mapping[str, float]]:
    """Read ``themes.csv``: for each rumor the weights of its themes, which add up to 1."""
    columns = ("rumor", "theme", "weight", "status", "source", "reason", "evidence")
    found: dict[str, dict[str, float]] = {}
    for row in read_table(folder, "themes.csv", columns):
        row.word("status", STATUSES)
        row.text("reason", required=True)
        row.words("evidence", facts)
        read_sources(row, citations)
        weights = found.setdefault(row.word("rumor", RUMORS), {})
        weight = row.number("weight")
        if not 0.0 < weight <= 1.0:
            raise row.error("is not a weight above 0 and up to 1", "weight")
        add_unique(weights, row.word("theme", THEMES), weight, row)
    for rumor in RUMORS:
        if abs(sum(found.get(rumor, {}).values()) - 1.0) > _WEIGHT_SLACK:
            raise CatalogError("the weights of a rumor must add up to 1", file="themes.csv", path=rumor)
    return MappingProxyType({rumor: MappingProxyType(found[rumor]) for rumor in RUMORS})
