"""The parts of a scenario that every kind of event shares: header, audience, condition, and the common fields.

Together with :mod:`rumorsim.scenario.events` this is the one table from which checks, messages, help texts and the
editor schema are made. Numbers of events are catalog ids in quotes wherever possible, so that one id names the number
in the scenario, on the command line, in studies and in the posterior. A plain number needs ``source``.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rumorsim.errors import nearest
from rumorsim.scenario.fields import (
    Count,
    Days,
    Facts,
    IdRule,
    Moment,
    MomentRule,
    NumberRule,
    PlaceRule,
    Rumors,
    TextRule,
    TruthRule,
    WordRule,
    complaint,
    said,
)
from rumorsim.scenario.words import AUDIENCES, COUNTRIES, KINDS, POPULATIONS, ROLES, RULES, RUMORS

__all__ = [
    "Audience",
    "AudienceField",
    "Event",
    "Fine",
    "Header",
    "When",
    "audience_table",
    "number_rules",
]

_ONE_DAY: Final = dt.timedelta(days=1)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _midnight(moment: dt.date | dt.datetime) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime(moment.year, moment.month, moment.day)


class Fine(_Strict):
    """A time during which the clock runs in fine ticks; both days belong to it.

    Examples
    --------
    >>> Fine.model_validate({"from": "1956-03-02", "until": "1956-03-10"}).first
    datetime.date(1956, 3, 2)
    """

    first: Annotated[dt.date, MomentRule(day_only=True)] = Field(alias="from", description="first day of fine ticks")
    until: Annotated[dt.date, MomentRule(day_only=True)] = Field(description="last day of fine ticks")


def _some_rumors(rumors: tuple[str, ...]) -> tuple[str, ...]:
    if not rumors:
        raise complaint("the list of rumors is empty", allowed=RUMORS)
    return rumors


class Header(_Strict):
    """What a scenario says about itself, apart from numbers and events."""

    title: Annotated[str, TextRule(longest=120)] = Field(description="one line that says what the scenario is")
    description: Annotated[str, TextRule(lines=True, may_be_empty=True)] = Field(
        default="", description="what the scenario is for, in a few sentences"
    )
    start: Annotated[dt.date, MomentRule(day_only=True)] = Field(description="first day of the run")
    stop: Annotated[dt.date, MomentRule(day_only=True)] = Field(description="last day of the run, included")
    rumors: Annotated[Rumors, AfterValidator(_some_rumors)] = Field(description="rumors that are followed")
    population: Annotated[str, WordRule("population", POPULATIONS)] = Field(
        default="party",
        description='"party": the party of 1956; "complete": one well-mixed group for the classic models',
    )
    rule: Annotated[str, WordRule("rule", RULES)] | None = Field(
        default=None, description='spreading rule, with population = "complete" only'
    )
    fine: tuple[Fine, ...] = Field(
        default=(), description="times with ticks of time.fine_tick_hours by day; elsewhere ticks last time.tick_hours"
    )


_STUDENTS: Final = re.compile(r"students:(.*)", re.DOTALL)


def audience_table(value: Any) -> Any:
    """Turn the short form of an audience (``"plenum"``, ``"students:ussr"``) into its table.

    Raises
    ------
    pydantic_core.PydanticCustomError
        If the country of ``students:`` is unknown.

    Examples
    --------
    >>> audience_table("students:ussr")
    {'group': 'students', 'country': 'ussr'}
    """
    if not isinstance(value, str):
        return value
    match = _STUDENTS.fullmatch(value)
    if match is None:
        return {"group": value}
    country = match.group(1)
    if country not in COUNTRIES:
        raise complaint(f"unknown country {said(country)}", allowed=COUNTRIES, near=nearest(country, COUNTRIES))
    return {"group": "students", "country": country}


class Audience(_Strict):
    """Who is reached: a group, narrowed by place, role, kind of organization or country.

    In a file a group alone is written as a word: ``audience = "plenum"``, ``audience = "students:ussr"``.

    Examples
    --------
    >>> Audience.model_validate({"group": "officers"}).group
    'officers'
    """

    group: Annotated[str, WordRule("audience", AUDIENCES)] = Field(default="everybody", description="group of people")
    place: Annotated[str, PlaceRule()] | None = Field(default=None, description="only people of this place")
    role: Annotated[str, WordRule("role", ROLES)] | None = Field(default=None, description="only people of this role")
    kind: Annotated[str, WordRule("kind of organization", KINDS)] | None = Field(
        default=None, description="only members of this kind of organization"
    )
    country: Annotated[str, WordRule("country", COUNTRIES)] | None = Field(
        default=None, description="only students in this country"
    )

    def form(self) -> dict[str, str]:
        """Return the audience as a table without empty fields."""
        return {key: value for key, value in self.model_dump().items() if value is not None}


#: A field that holds an audience, in its short form or as a table.
AudienceField = Annotated[Audience, BeforeValidator(audience_table)]


class When(_Strict):
    """A condition: the event happens only after something was voiced or detected, in each replicate separately."""

    first_voicing: Annotated[str, PlaceRule(center=True)] | None = Field(
        default=None, description='place where somebody must have voiced a rumor, or "center"'
    )
    first_detection: Annotated[str, PlaceRule(center=True)] | None = Field(
        default=None, description='place where a voicing must have been detected, or "center"'
    )
    rumor: Annotated[str, WordRule("rumor", RUMORS)] | None = Field(
        default=None, description="which rumor; any if left out"
    )
    at_least: Count = Field(default=1, description="how many times")
    delay_days: Days = Field(default=0.0, description="days from the condition to the event")

    def form(self) -> dict[str, Any]:
        """Return the condition as a table without empty fields."""
        return {key: value for key, value in self.model_dump().items() if value is not None}


class Event(_Strict):
    """What every event has. ``date`` is a day (from its start) or a moment; ``until`` a last day or a moment."""

    #: Name of the kind in files.
    KIND: ClassVar[str] = ""
    #: Whether the event lasts to the end of the run where ``until`` is not given.
    LASTS: ClassVar[bool] = False
    #: Whether ``until`` has a meaning for this kind.
    SPANS: ClassVar[bool] = False

    kind: str = Field(description="kind of event")
    id: Annotated[str, IdRule()] = Field(description="name of the event, unique in the scenario")
    date: Moment = Field(description="day or moment of the event; with a condition, the earliest one")
    until: Moment | None = Field(default=None, description="last day or moment of an event that lasts")
    label: Annotated[str, TextRule(longest=80, may_be_empty=True)] = Field(
        default="", description="short English text for figures"
    )
    evidence: Facts = Field(
        default=(), description="ids of the facts that support the event; at least one, or else assumed"
    )
    assumed: Annotated[str, TextRule(longest=400)] | None = Field(
        default=None, description="why the event or its date is assumed, where no fact gives it"
    )
    source: Annotated[str, TextRule(longest=400)] | None = Field(
        default=None, description="where the plain numbers of this event come from"
    )
    when: When | None = Field(default=None, description="condition that must hold first")
    enabled: Annotated[bool, TruthRule()] = Field(default=True, description="false removes the event from the run")

    @property
    def begin(self) -> dt.datetime:
        """Moment the event begins; a day without an hour begins at midnight."""
        return _midnight(self.date)

    @property
    def end(self) -> dt.datetime | None:
        """Moment the event ends (a last day counts in full), None where ``until`` is not given."""
        if self.until is None:
            return None
        return self.until if isinstance(self.until, dt.datetime) else _midnight(self.until) + _ONE_DAY

    def meets(self, begin: dt.datetime, end: dt.datetime) -> bool:
        """Return whether some of the event falls between two moments (the first included, the second not).

        Examples
        --------
        >>> from rumorsim.scenario.events import Fear
        >>> fear = Fear(kind="fear", id="step", date=dt.date(1956, 4, 16))
        >>> fear.meets(dt.datetime(1956, 4, 16), dt.datetime(1956, 4, 17))
        True
        >>> fear.meets(dt.datetime(1956, 4, 17), dt.datetime(1956, 4, 18))
        False
        """
        if self.begin >= begin:
            return self.begin < end
        return self.LASTS if self.end is None else self.end > begin

    def numbers(self) -> dict[str, float | int | str]:
        """Return the numbers of the event: field -> catalog id or plain number, with those of its condition.

        Examples
        --------
        >>> from rumorsim.scenario.events import Fear
        >>> Fear(kind="fear", id="step", date=dt.date(1956, 4, 16)).numbers()
        {'prob': 'fear.tirana_step_prob'}
        """
        found = {name: getattr(self, name) for name in number_rules(type(self))}
        if self.when is not None:
            found |= {f"when.{name}": getattr(self.when, name) for name in number_rules(When)}
        return found

    def rumors_named(self) -> tuple[str, ...]:
        """Return every rumor the event speaks of, without its condition."""
        named = (*getattr(self, "rumors", ()), *getattr(self, "voiced", ()))
        return tuple(dict.fromkeys(named))


def number_rules(model: type[BaseModel]) -> dict[str, NumberRule]:
    """Return the number fields of an event class (or of :class:`When`): field name -> rule.

    Examples
    --------
    >>> list(number_rules(When))
    ['at_least', 'delay_days']
    """
    return {
        name: rule
        for name, field in model.model_fields.items()
        for rule in field.metadata
        if isinstance(rule, NumberRule)
    }
