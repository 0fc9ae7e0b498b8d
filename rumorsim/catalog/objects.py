"""What the catalog holds: facts, numbers, citations, places, districts, targets and channels, all frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from numbers import Real
from typing import Final, TypeAlias

from rumorsim.catalog.priors import Prior
from rumorsim.errors import CatalogError

__all__ = [
    "BOUNDS",
    "RELATIONS",
    "STATUSES",
    "UNITS",
    "VALUE_KINDS",
    "Channel",
    "Citation",
    "District",
    "Fact",
    "Parameter",
    "Place",
    "Source",
    "Target",
    "Value",
]

#: A value of a parameter or target.
Value: TypeAlias = bool | int | float | str | date
#: stated: in the source; inferred: our reading or arithmetic; assumed: ours; calibrated: fitted to the targets.
STATUSES: Final[tuple[str, ...]] = ("stated", "inferred", "assumed", "calibrated")
#: upper: known by the end date; exact: on that date; interval: vague; precursor: not an arrival; context: background.
BOUNDS: Final[tuple[str, ...]] = ("upper", "exact", "interval", "precursor", "context")
#: How a number of the article relates to its value: "<" reads "fewer than", "~" a range or words.
RELATIONS: Final[tuple[str, ...]] = ("=", "<", ">", "<=", ">=", "~")
VALUE_KINDS: Final[tuple[str, ...]] = ("int", "float", "bool", "date", "str", "share", "prob", "rate", "days")
UNITS: Final[tuple[str, ...]] = (
    "committees",
    "copies",
    "copies per day",
    "date",
    "days",
    "documents",
    "exponent",
    "factor",
    "farms",
    "hour of day",
    "hours",
    "km",
    "lekë per year",
    "odds ratio",
    "organizations",
    "per day",
    "per member and meeting",
    "persons",
    "places",
    "posts",
    "probability",
    "ratio",
    "rubles",
    "runs",
    "seed",
    "sets",
    "share",
    "stations",
    "ties per person",
    "tons",
    "trips per month",
    "voicings per day",
    "word",
    "yes or no",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is taken from: a citation, and the page or archival reference within it.

    Examples
    --------
    >>> print(Source("mehilli-2011", "p. 24, n. 82"))
    mehilli-2011: p. 24, n. 82
    """

    citation: str
    locator: str = ""

    def __str__(self) -> str:
        return f"{self.citation}: {self.locator}" if self.locator else self.citation


@dataclass(frozen=True, slots=True)
class Citation:
    """A publication, archive, data set or other origin of facts and numbers, with the reasons for citing it."""

    id: str
    kind: str
    author: str
    year: int | None
    title: str
    where: str
    doi: str
    url: str
    cited_in: str
    reasons: tuple[str, ...]

    def text(self) -> str:
        """Return the reference as one line of a bibliography.

        Examples
        --------
        >>> Citation("a-1", "book", "A. Author", 1999, "Title", "Publisher", "", "", "", ("why",)).text()
        'A. Author (1999). Title. Publisher.'
        """
        head = f"{self.author} ({self.year})" if self.year is not None and self.author else self.author
        if self.year is not None and not self.author:
            head = str(self.year)
        parts = [part for part in (head, self.title, self.where) if part]
        line = ". ".join(part.rstrip(".") for part in parts) + "."
        if self.doi:
            line += f" doi:{self.doi}"
        if self.url:
            line += f" {self.url}"
        if self.cited_in:
            line += f" (as cited in {self.cited_in})"
        return line


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated statement of the article, in our words, with what it means for the model.

    ``date_start`` and ``date_end`` bound the time spoken of; ``not_before`` is the earliest date the news could have
    arrived; ``report_date`` is the date on the document. ``places`` are ids of the gazetteer. ``rumor`` is "none" for
    context.
    """

    id: str
    kind: str
    date_start: date
    date_end: date
    place: str
    places: tuple[str, ...]
    unit: str
    rumor: str
    claim: str
    implication: str
    status: str
    source: tuple[Source, ...]
    note: str
    bound: str
    not_before: date | None
    report_date: date | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number (or date, or word) with everything that is known about where it comes from.

    ``id`` is also the key in scenarios, on the command line and in studies. ``low`` and ``high`` are the allowed
    bounds, both included; ``prior`` says what is thought possible. ``structural`` numbers change the party itself.
    ``provisional`` is true until a second person has read the number from its source.
    """

    id: str
    value: Value
    unit: str
    kind: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    prior: Prior | None
    status: str
    source: tuple[Source, ...]
    meaning: str
    reason: str
    evidence: tuple[str, ...]
    structural: bool
    provisional: bool
    relation: str = "="
    period: str = ""
    same_as: str = ""

    @property
    def used_by(self) -> str:
        """First word of the id: the part of the model that uses the number."""
        return self.id.split(".")[0]

    @property
    def is_number(self) -> bool:
        """Whether the value is a number (dates and words are not)."""
        return self.kind in ("int", "float", "share", "prob", "rate", "days")

    @property
    def allowed(self) -> str:
        """The allowed values in words.

        Examples
        --------
        >>> from rumorsim import catalog
        >>> catalog.parameter("party.tirana_share").allowed
        'a number from 0.02 to 0.9'
        """
        if self.kind == "bool":
            return "true or false"
        if self.kind == "date":
            return "a date such as 1956-04-14"
        if self.kind == "str":
            return "one of " + ", ".join(self.choices) if self.choices else "a word"
        noun = "a whole number" if self.kind == "int" else "a number"
        if self.low is None and self.high is None:
            return noun
        if self.high is None:
            return f"{noun} from {self.low:.15g}"
        if self.low is None:
            return f"{noun} up to {self.high:.15g}"
        return f"{noun} from {self.low:.15g} to {self.high:.15g}"

    def accept(self, value: object) -> Value:
        """Return a value given by a user in the type of this parameter, or say why it cannot be used.

        A whole number is accepted where a real one is wanted, and an ISO text where a date is. Nothing else is
        converted, so that a mistake is seen.

        Raises
        ------
        CatalogError
            If the value has the wrong type or lies outside the allowed bounds.

        Examples
        --------
        >>> from rumorsim import catalog
        >>> catalog.parameter("travel.duty_rate").accept(0)
        0.0
        >>> catalog.parameter("travel.duty_rate").accept(-1)
        Traceback (most recent call last):
        rumorsim.errors.CatalogError: travel.duty_rate: out of bounds (given: -1); allowed: a number from 0 to 0.14
        """
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
        elif self.kind == "date":
            parsed = _as_date(value)
            if parsed is not None:
                return parsed
        elif self.kind == "str":
            if isinstance(value, str) and (not self.choices or value in self.choices):
                return value
        elif isinstance(value, Real) and not isinstance(value, bool):
            return self._accept_number(value)
        raise self._refuse("not of the right type" if self.kind != "str" else "not an allowed word", value)

    def _accept_number(self, value: Real) -> Value:
        number = float(value)
        if not math.isfinite(number):
            raise self._refuse("not a finite number", value)
        if self.kind == "int" and not number.is_integer():
            raise self._refuse("not a whole number", value)
        too_low = self.low is not None and number < self.low
        if too_low or (self.high is not None and number > self.high):
            raise self._refuse("out of bounds", value)
        return int(number) if self.kind == "int" else number

    def _refuse(self, what: str, value: object) -> CatalogError:
        return CatalogError(what, path=self.id, given=value, allowed=self.allowed)

    def at(self, u: float) -> Value:
        """Return the value at quantile ``u`` of the prior, in the type of the parameter; without a prior, the value.

        A far tail of the prior outside the allowed bounds is cut back to the bound.

        Examples
        --------
        >>> from rumorsim import catalog
        >>> catalog.parameter("spread.pass_on_rate").at(0.5)
        1.41421
        >>> catalog.parameter("party.students_hungary").at(0.9)
        68
        """
        if self.prior is None:
            return self.value
        drawn = self.prior.quantile(u)
        if self.low is not None:
            drawn = max(drawn, self.low)
        if self.high is not None:
            drawn = min(drawn, self.high)
        return math.floor(drawn + 0.5) if self.kind == "int" else drawn


def _as_date(value: object) -> date | None:
    if type(value) is date:
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the gazetteer.

    ``kind`` is town, village_area, district, region, country, capital_abroad or unit. ``within`` is the id of the next
    larger place ("" for a country). ``district`` is the name of one of the 26 districts, or "" abroad. ``population``
    is None where it is unknown or meaningless.
    """

    id: str
    name: str
    kind: str
    within: str
    district: str
    rreth_1956: str
    qark_1956: str
    country: str
    lat: float
    lon: float
    population: int | None
    status: str
    source: tuple[Source, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class District:
    """One of the 26 later districts, onto which the districts of April 1956 are mapped.

    ``population`` and ``urban`` are of 2 October 1955. ``region`` is the name of the qark, ``south`` whether it lies
    south of the Shkumbin. ``member_share`` is its share of the members who live outside the Tirana organization (0 for
    Tiranë, which ``party.tirana_share`` handles).
    """

    name: str
    seat: str
    region: str
    south: bool
    lat: float
    lon: float
    population: int
    urban: int
    member_share: float
    status: str
    urban_status: str
    source: tuple[Source, ...]
    reason: str

    @property
    def villages(self) -> int:
        """Inhabitants outside towns."""
        return self.population - self.urban


@dataclass(frozen=True, slots=True)
class Target:
    """Something a run can be compared with.

    ``value`` is a date, a number, a pair of numbers, or a word, depending on ``term``. ``place`` is the word in the
    source and ``place_id`` its id in the gazetteer ("" where national). ``soft`` targets can be switched off.
    """

    id: str
    fact: str
    rumor: str
    place: str
    place_id: str
    kind: str
    term: str
    value: Value | tuple[float, float]
    not_before: date | None
    soft: bool
    note: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A way in which news, reports or control moved, as the article describes it.

    ``section`` is inflow, circulation, abroad, reporting or control. ``channels`` are the model's channels that carry
    it, empty where none does.
    """

    id: str
    section: str
    name: str
    direction: str
    who: str
    timing: str
    scope: str
    modulated_by: str
    channels: tuple[str, ...]
    evidence: tuple[str, ...]
