"""Loading where things happened: the gazetteer, the districts and the names people use for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rumorsim.catalog.evidence import add_unique, read_sources
from rumorsim.catalog.objects import STATUSES, District, Place
from rumorsim.catalog.tables import Row, read_table
from rumorsim.errors import CatalogError, fold, unknown

__all__ = ["PLACE_KINDS", "load_districts", "load_places", "place_index", "resolve_place"]

#: Kinds of places. A bare name that several places share means the first kind in this order.
PLACE_KINDS: Final = ("district", "town", "capital_abroad", "country", "unit", "region", "village_area")

#: Kind of place -> kinds of the next larger place ("" for none).
_WITHIN: Final[Mapping[str, tuple[str, ...]]] = {
    "country": ("",),
    "region": ("country",),
    "district": ("region",),
    "town": ("district",),
    "village_area": ("district",),
    "capital_abroad": ("country",),
    "unit": ("town", "capital_abroad"),
}

_SHARE_SLACK: Final = 1e-9


def load_districts(folder: Path, citations: Collection[str]) -> Mapping[str, District]:
    """Read ``districts.csv`` and ``members_by_district.csv``."""
    shares = _member_shares(folder, citations)
    columns = (
        "district",
        "seat",
        "region",
        "south",
        "lat",
        "lon",
        "population",
        "urban",
        "status",
        "urban_status",
        "source",
        "reason",
    )
    found: dict[str, District] = {}
    for row in read_table(folder, "districts.csv", columns):
        population, urban = row.whole("population"), row.whole("urban")
        if not 0 <= urban <= population:
            raise row.error("is not between 0 and the population", "urban")
        name = row.text("district", required=True)
        row.word("district", shares)
        lat, lon = _position(row)
        district = District(
            name=name,
            seat=row.text("seat", required=True),
            region=row.text("region", required=True),
            south=row.yes("south"),
            lat=lat,
            lon=lon,
            population=population,
            urban=urban,
            member_share=shares[name],
            status=row.word("status", STATUSES),
            urban_status=row.word("urban_status", STATUSES),
            source=read_sources(row, citations),
            reason=row.text("reason", required=True),
        )
        add_unique(found, name, district, row)
    if len(found) != len(shares):
        missing = sorted(set(shares) - set(found))
        raise CatalogError("districts with a share of members are missing", file="districts.csv", given=missing)
    return MappingProxyType(found)


def _member_shares(folder: Path, citations: Collection[str]) -> dict[str, float]:
    name = "members_by_district.csv"
    shares: dict[str, float] = {}
    for row in read_table(folder, name, ("district", "share", "status", "source", "reason")):
        share = row.number("share")
        if not 0.0 <= share <= 1.0:
            raise row.error("is not a share from 0 to 1", "share")
        row.word("status", STATUSES)
        row.text("reason", required=True)
        read_sources(row, citations)
        add_unique(shares, row.text("district"), share, row)
    if abs(sum(shares.values()) - 1.0) > _SHARE_SLACK:
        raise CatalogError("the shares must add up to 1", file=name, path="share", given=sum(shares.values()))
    return shares


def _position(row: Row) -> tuple[float, float]:
    lat, lon = row.number("lat"), row.number("lon")
    if not -90.0 <= lat <= 90.0:
        raise row.error("is not a latitude in degrees", "lat")
    if not -180.0 <= lon <= 180.0:
        raise row.error("is not a longitude in degrees", "lon")
    return lat, lon


def load_places(folder: Path, citations: Collection[str]) -> Mapping[str, Place]:
    """Read ``gazetteer.csv``. A place stands below the larger place it lies in."""
    found: dict[str, Place] = {}
    for row in read_table(folder, "gazetteer.csv", tuple(Place.__dataclass_fields__)):
        kind, within = row.word("kind", PLACE_KINDS), row.text("within")
        if (found[within].kind if within in found else "") not in _WITHIN[kind] or (within and within not in found):
            wanted = " or ".join(word or "nothing" for word in _WITHIN[kind])
            raise CatalogError(
                f"a {kind} lies within {wanted} listed above it",
                file=row.file,
                line=row.line,
                path="within",
                given=within,
            )
        population = row.whole_or_none("population")
        if population is not None and population < 0:
            raise row.error("is below zero", "population")
        status = row.word("status", STATUSES)
        lat, lon = _position(row)
        place = Place(
            id=row.text("id"),
            name=row.text("name", required=True),
            kind=kind,
            within=within,
            district=row.text("district"),
            rreth_1956=row.text("rreth_1956"),
            qark_1956=row.text("qark_1956"),
            country=row.text("country", required=True),
            lat=lat,
            lon=lon,
            population=population,
            status=status,
            source=read_sources(row, citations),
            reason=row.text("reason", required=status == "assumed"),
        )
        if place.id != fold(place.id):
            raise row.error("is not plain small letters and hyphens", "id")
        add_unique(found, place.id, place, row)
    return MappingProxyType(found)


def place_index(folder: Path, places: Mapping[str, Place]) -> Mapping[str, str]:
    """Return folded names, ids and the other names of ``aliases.csv``, each with the id of the place it means."""
    index: dict[str, str] = {}
    for row in read_table(folder, "aliases.csv", ("alias", "place")):
        row.word("place", places)
        add_unique(index, fold(row.text("alias")), row.text("place"), row)
    for kind in reversed(PLACE_KINDS):
        for place in places.values():
            if place.kind == kind:
                index[fold(place.name)] = place.id
    index.update((place, place) for place in places)
    return MappingProxyType(index)


def resolve_place(word: str, index: Mapping[str, str], places: Mapping[str, Place]) -> Place:
    """Return the place a word means: an id, a name with or without accents, or another name in use.

    Raises
    ------
    CatalogError
        If no place goes by the word; the message offers the nearest name.
    """
    key = fold(word)
    if key not in index:
        raise unknown("place", word, (place.name for place in places.values()), error=CatalogError)
    return places[index[key]]
