"""Cited facts and numbers: what the article says, what we read into it, and what had to be assumed.

The tables in ``data`` are read when first used, checked once, and handed out as frozen objects. Nothing here writes.

Examples
--------
>>> from rumorsim import catalog
>>> catalog.parameter("party.students_abroad").value
660
>>> print(*catalog.facts()["F125"].source)
mehilli-2011: p. 24, n. 82 aqsh: F.14/AP DOPRBP-SI V.1956 Dos.10 Fl.7-8
>>> catalog.place("Tirana").name
'Tiranë'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rumorsim.catalog.fits import USES, Choice
from rumorsim.catalog.loading import Catalog
from rumorsim.catalog.objects import (
    BOUNDS,
    RELATIONS,
    STATUSES,
    UNITS,
    VALUE_KINDS,
    Channel,
    Citation,
    District,
    Fact,
    Parameter,
    Place,
    Source,
    Target,
    Value,
)
from rumorsim.catalog.places import PLACE_KINDS
from rumorsim.catalog.priors import Prior, parse_prior
from rumorsim.catalog.tables import DATA
from rumorsim.catalog.words import CHANNELS, RUMORS, THEMES
from rumorsim.errors import CatalogError, unknown

__all__ = [
    "BOUNDS",
    "CHANNELS",
    "PLACE_KINDS",
    "RELATIONS",
    "RUMORS",
    "STATUSES",
    "THEMES",
    "UNITS",
    "USES",
    "VALUE_KINDS",
    "Catalog",
    "Channel",
    "Choice",
    "Citation",
    "District",
    "Fact",
    "Parameter",
    "Place",
    "Prior",
    "Source",
    "Target",
    "Value",
    "calibration",
    "channels",
    "citations",
    "citations_for",
    "districts",
    "facts",
    "neighbors",
    "nulls",
    "outline",
    "parameter",
    "parameters",
    "parse_prior",
    "place",
    "places",
    "posteriors",
    "targets",
    "themes",
]

_SHIPPED: Final = Catalog(DATA)


def facts() -> Mapping[str, Fact]:
    """Return all facts by id, F001 to F258."""
    return _SHIPPED.facts


def parameters() -> Mapping[str, Parameter]:
    """Return all parameters by id; those that only describe the article begin with ``article.``."""
    return _SHIPPED.parameters


def nulls() -> Mapping[str, Parameter]:
    """Return the numbers of the null worlds by id; they are no part of any scenario.

    Examples
    --------
    >>> {key: str(number.prior) for key, number in nulls().items()}
    {'null.spurious_rate': 'uniform(0, 0.5)', 'null.order_exponent': 'uniform(0, 2)'}
    """
    return _SHIPPED.nulls


def parameter(key: str) -> Parameter:
    """Return the parameter with an id.

    Raises
    ------
    CatalogError
        If there is none; the message offers the nearest id.

    Examples
    --------
    >>> parameter("travel.duty_rat")
    Traceback (most recent call last):
    rumorsim.errors.CatalogError: unknown parameter 'travel.duty_rat'; allowed: travel.duty_rate, \
travel.mean_stay_days, travel.travelers_share, travel.inspection_rate, travel.officer_rate, \
travel.correspondent_rate, travel.departure_hour - did you mean 'travel.duty_rate'?
    """
    return _SHIPPED.parameter(key)


def citations() -> Mapping[str, Citation]:
    """Return all citations by id."""
    return _SHIPPED.citations


def citations_for(parameter_ids: Iterable[str] = (), fact_ids: Iterable[str] = ()) -> Mapping[str, Citation]:
    """Return the citations behind parameters, the facts that support them, and further facts, in catalog order.

    Raises
    ------
    CatalogError
        If an id is unknown.

    Examples
    --------
    >>> list(citations_for(["party.students_hungary"]))
    ['mehilli-2011', 'ampj']
    """
    used: set[str] = set()
    wanted = set(fact_ids)
    for key in parameter_ids:
        entry = parameter(key)
        wanted.update(entry.evidence)
        used.update(source.citation for source in entry.source)
    for key in wanted:
        if key not in facts():
            raise unknown("fact", key, facts(), error=CatalogError)
        used.update(source.citation for source in facts()[key].source)
    return {key: citation for key, citation in citations().items() if key in used}


def places() -> Mapping[str, Place]:
    """Return the gazetteer by id; every place stands after the larger one it lies in."""
    return _SHIPPED.places


def place(word: str) -> Place:
    """Return the place a word means: an id, a name, or a name without accents.

    A name that a district shares with its seat means the district; add ``-town`` for the town.

    Raises
    ------
    CatalogError
        If no place goes by the word; the message offers the nearest name.

    Examples
    --------
    >>> place("fier").kind, place("Fier-town").kind
    ('district', 'town')
    """
    return _SHIPPED.place(word)


def districts() -> Mapping[str, District]:
    """Return the 26 districts by name."""
    return _SHIPPED.districts


def targets() -> Mapping[str, Target]:
    """Return what a run can be compared with, by id."""
    return _SHIPPED.targets


def calibration() -> Mapping[str, Choice]:
    """Return what was chosen for the fit beforehand and why, by id of a target, a constraint or a parameter.

    Examples
    --------
    >>> [name for name, choice in calibration().items() if choice.use == "steered"][:2]
    ['spread.pass_on_rate', 'voice.letter_question_rate']
    """
    return _SHIPPED.calibration


def posteriors() -> Mapping[str, Path]:
    """Return the files of shipped fits by the name of the scenario they are of."""
    return _SHIPPED.posteriors


def channels() -> Mapping[str, Channel]:
    """Return the channels and controls the article describes, by id (A1 to E14)."""
    return _SHIPPED.channels


def themes() -> Mapping[str, Mapping[str, float]]:
    """Return for each rumor the weights of its themes, which add up to 1."""
    return _SHIPPED.themes


def outline() -> Mapping[str, Any]:
    """Return the outline of the country as a read-only GeoJSON mapping (longitude, latitude in degrees)."""
    return _SHIPPED.outline


def neighbors() -> Mapping[str, Any]:
    """Return the outlines of the neighboring countries as a read-only GeoJSON mapping."""
    return _SHIPPED.neighbors
