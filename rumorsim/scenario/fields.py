"""What one field of a scenario may hold: numbers, moments, words, places, facts, texts.

Each rule is an object that pydantic calls through ``Annotated``; it returns the value to keep or raises a
:class:`pydantic_core.PydanticCustomError` whose context holds what is wrong, what is allowed and the nearest right
word. Nothing is converted silently: a number in quotes stays wrong, and so does true for 1.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rumorsim import catalog
from rumorsim.catalog import RUMORS
from rumorsim.errors import CatalogError, nearest
from rumorsim.scenario.words import CENTER, FIRST_DAY, LAST_DAY

__all__ = [
    "Count",
    "Days",
    "Exposure",
    "FactRule",
    "Factor",
    "Facts",
    "Hour",
    "Hours",
    "IdRule",
    "Moment",
    "MomentRule",
    "NumberRule",
    "PerMeeting",
    "PlaceRule",
    "Probability",
    "Rate",
    "Rumors",
    "Share",
    "TextRule",
    "TruthRule",
    "WordRule",
    "complaint",
    "said",
]

_ISO_MOMENT: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?")
_LONGEST_WORD: Final = 60


def said(value: object) -> str:
    """Return a given value the way a scenario file writes it, shortened.

    Examples
    --------
    >>> said("a"), said(True), said(dt.date(1956, 4, 14)), said([1, 2]), said({})
    ("'a'", 'true', '1956-04-14', 'a list of 2', 'an empty table')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        short = value if len(value) <= _LONGEST_WORD else value[: _LONGEST_WORD - 3] + "..."
        return repr(short)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return f"a table with {', '.join(map(str, list(value)[:3]))}" if value else "an empty table"
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= _LONGEST_WORD else text[: _LONGEST_WORD - 3] + "..."


def complaint(
    what: str, *, allowed: Iterable[object] | str | None = None, near: str | None = None
) -> PydanticCustomError:
    """Return the error a rule raises; `Problems.add_validation` turns it into a located message.

    Parameters
    ----------
    what : what is wrong, naming what was given.
    allowed : the allowed words, or a phrase.
    near : the nearest right word.
    """
    words = allowed if allowed is None or isinstance(allowed, str) else tuple(str(word) for word in allowed)
    return PydanticCustomError("scenario", "{what}", {"what": what, "allowed": words, "nearest": near})


class _Rule:
    """Base: a rule checks one value and describes itself for the JSON schema."""

    def check(self, value: Any) -> Any:
        """Return the value to keep, or raise the error that says what is wrong with it."""
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """Return what the JSON schema says about the field."""
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.json_schema()


@dataclass(frozen=True, slots=True)
class NumberRule(_Rule):
    """A number of an event: a catalog id in quotes, or a plain number within bounds.

    Parameters
    ----------
    words : what is allowed, in words, with the unit.
    kinds : kinds of catalog parameter that fit.
    low, high : bounds of a plain number, both included.
    whole : whether only whole numbers are allowed.
    """

    words: str
    kinds: tuple[str, ...]
    low: float = 0.0
    high: float = math.inf
    whole: bool = False

    def check(self, value: Any) -> float | int | str:
        if isinstance(value, str):
            return self._check_id(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise complaint(f"{said(value)} is not a number", allowed=self.allowed)
        if not math.isfinite(value):
            raise complaint(f"{said(value)} is not a finite number", allowed=self.allowed)
        if self.whole and not isinstance(value, int):
            raise complaint(f"{said(value)} is not a whole number", allowed=self.allowed)
        if not self.low <= value <= self.high:
            raise complaint(f"{said(value)} is out of range", allowed=self.allowed)
        return int(value) if self.whole else float(value)

    def _check_id(self, word: str) -> str:
        table = catalog.parameters()
        found = table.get(word)
        if found is None:
            if re.match(r"\s*[-+]?\.?\d", word):
                raise complaint(f"{said(word)} is text: numbers are written without quotes", allowed=self.allowed)
            fitting = [name for name, entry in table.items() if entry.kind in self.kinds]
            raise complaint(
                f"unknown catalog id {said(word)}", allowed=self.allowed, near=nearest(word, fitting or table)
            )
        if found.kind not in self.kinds:
            raise complaint(f"{said(word)} is of kind {found.kind!r} and does not fit here", allowed=self.allowed)
        return word

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        return f"{self.words}, or the id of one in the catalog"

    def json_schema(self) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "integer" if self.whole else "number", "minimum": self.low}
        if math.isfinite(self.high):
            number["maximum"] = self.high
        return {"anyOf": [number, {"type": "string", "pattern": r"^[a-z_0-9]+(\.[a-z_0-9]+)+$"}]}


#: A pure number from 0 to 1.
Probability = Annotated[float | str, NumberRule("a probability from 0 to 1", ("prob", "share"), high=1.0)]
#: A share of people, from 0 to 1.
Share = Annotated[float | str, NumberRule("a share from 0 to 1", ("share", "prob"), high=1.0)]
#: A rate per day.
Rate = Annotated[float | str, NumberRule("a rate per day from 0 to 10000", ("rate",), high=1e4)]
#: Occurrences per person and meeting, at most one for each person.
PerMeeting = Annotated[float | str, NumberRule("a number per person and meeting from 0 to 1", ("rate",), high=1.0)]
#: A number that multiplies another.
Factor = Annotated[float | str, NumberRule("a factor from 0 to 10000", ("float", "share", "prob", "int"), high=1e4)]
#: A whole number of people or of occurrences.
Count = Annotated[int | str, NumberRule("a whole number from 0 to 10000000", ("int",), high=1e7, whole=True)]
#: A duration in days.
Days = Annotated[float | str, NumberRule("a number of days, 0 or more", ("days",), high=366.0)]
#: A length of up to a day.
Hours = Annotated[float | str, NumberRule("hours, from 0 to 24", ("float", "int"), high=24.0)]
#: An amount of what emboldens, in others who speak up in one's own meeting.
Exposure = Annotated[float | str, NumberRule("an amount from 0 to 1000", ("float",), high=1e3)]
#: An hour of the day, local time.
Hour = Annotated[float | str, NumberRule("an hour of the day from 0 to 24", ("float", "int"), high=24.0)]


@dataclass(frozen=True, slots=True)
class MomentRule(_Rule):
    """A day of 1956, or a day with an hour (local time, whole minutes)."""

    day_only: bool = False

    def check(self, value: Any) -> dt.date | dt.datetime:
        moment = self._read(value)
        if isinstance(moment, dt.datetime):
            if moment.tzinfo is not None:
                raise complaint(f"{said(moment)} has an offset from UTC", allowed="local time without offset")
            if self.day_only:
                raise complaint(f"{said(moment)} has an hour", allowed=self.allowed)
            if moment.second or moment.microsecond:
                raise complaint(f"{said(moment)} is not a whole minute", allowed=self.allowed)
        day = moment.date() if isinstance(moment, dt.datetime) else moment
        if not FIRST_DAY <= day.isoformat() <= LAST_DAY:
            raise complaint(f"{said(moment)} is outside the time covered", allowed=f"{FIRST_DAY} to {LAST_DAY}")
        return moment

    def _read(self, value: Any) -> dt.date | dt.datetime:
        if isinstance(value, dt.date):
            return value
        if not isinstance(value, str):
            raise complaint(f"{said(value)} is not a date", allowed=self.allowed)
        match = _ISO_MOMENT.fullmatch(value)
        if match is None:
            raise complaint(f"{said(value)} is not a date", allowed=self.allowed)
        numbers = [int(part) for part in match.groups() if part is not None]
        try:
            return dt.date(*numbers) if match.group(4) is None else dt.datetime(*numbers)  # type: ignore[arg-type]
        except ValueError:
            raise complaint(f"{said(value)} does not exist in the calendar", allowed=self.allowed) from None

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        return "a day such as 1956-04-14" + ("" if self.day_only else ", or a moment such as 1956-04-14T18:00:00")

    def json_schema(self) -> dict[str, Any]:
        day = {"type": "string", "format": "date"}
        return day if self.day_only else {"anyOf": [day, {"type": "string", "pattern": f"^{_ISO_MOMENT.pattern}$"}]}


#: A day or a moment of 1956.
Moment = Annotated[dt.date | dt.datetime, MomentRule()]


@dataclass(frozen=True, slots=True)
class WordRule(_Rule):
    """One word out of a list."""

    kind: str
    words: tuple[str, ...]

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise complaint(f"{said(value)} is not the name of a {self.kind}", allowed=self.words)
        if value not in self.words:
            raise complaint(f"unknown {self.kind} {said(value)}", allowed=self.words, near=nearest(value, self.words))
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class PlaceRule(_Rule):
    """An entry of the gazetteer, by id or name; accents are forgiven, and so is "Tirana"."""

    center: bool = False

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise complaint(f"{said(value)} is not the name of a place", allowed=self.allowed)
        if self.center and value in (CENTER, "centre"):
            return CENTER
        try:
            return catalog.place(value).id
        except CatalogError as error:
            raise complaint(f"unknown place {said(value)}", allowed=self.allowed, near=error.nearest) from None

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        return "a place of the gazetteer" + (f", or {CENTER!r}" if self.center else "")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class FactRule(_Rule):
    """The id of a fact of the catalog, such as F034."""

    def check(self, value: Any) -> str:
        facts = catalog.facts()
        if isinstance(value, str) and value in facts:
            return value
        match = re.fullmatch(r"[Ff]?0*(\d{1,3})", value) if isinstance(value, str) else None
        near = f"F{int(match.group(1)):03d}" if match is not None else None
        raise complaint(
            f"unknown evidence id {said(value)}",
            allowed=f"{min(facts)} to {max(facts)}",
            near=near if near in facts else None,
        )

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^F[0-9]{3}$"}


@dataclass(frozen=True, slots=True)
class TextRule(_Rule):
    """A text for people: not empty, no control characters."""

    longest: int = 4000
    lines: bool = False
    may_be_empty: bool = False

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise complaint(f"{said(value)} is not text", allowed="text in quotes")
        if not self.may_be_empty and not value.strip():
            raise complaint("the text is empty", allowed="a few words")
        if len(value) > self.longest:
            raise complaint(f"the text has {len(value)} characters", allowed=f"at most {self.longest}")
        for letter in value:
            if unicodedata.category(letter) in ("Cc", "Cs") and not (self.lines and letter in "\n\t"):
                raise complaint(
                    f"the text contains the character U+{ord(letter):04X}",
                    allowed="letters, punctuation and spaces" + (", line breaks" if self.lines else ", on one line"),
                )
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class IdRule(_Rule):
    """The id of an event: lower-case letters, digits, hyphens and underscores."""

    def check(self, value: Any) -> str:
        allowed = "lower-case letters, digits, - and _, such as hall-14-april"
        if not isinstance(value, str):
            raise complaint(f"{said(value)} is not an id", allowed=allowed)
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", value):
            raise complaint(f"{said(value)} cannot be an id", allowed=allowed)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,59}$"}


@dataclass(frozen=True, slots=True)
class TruthRule(_Rule):
    """true or false, not 0 or 1 and not a word in quotes."""

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise complaint(f"{said(value)} is neither true nor false", allowed="true, false (without quotes)")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, str):
        raise complaint(f"{said(value)} is not a list", allowed=f'a list such as ["{value}"]')
    raise complaint(f"{said(value)} is not a list", allowed='a list such as ["a", "b"]')


def _no_repeats(values: tuple[str, ...]) -> tuple[str, ...]:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise complaint(f"{said(value)} appears twice in the list", allowed="every word once")
    return values


#: A list of rumors; items are checked one by one so that every wrong one is reported.
Rumors = Annotated[
    tuple[Annotated[str, WordRule("rumor", RUMORS)], ...], BeforeValidator(_as_tuple), AfterValidator(_no_repeats)
]

#: A list of ids of facts.
Facts = Annotated[tuple[Annotated[str, FactRule()], ...], BeforeValidator(_as_tuple), AfterValidator(_no_repeats)]
