"""The fields of a scenario: the one table from which checks, messages, help texts and the editor schema are made.

A scenario has a header (:class:`Header`) and events; each kind of event is a class here with its own fields, and
:data:`EVENT_KINDS` names them. Numbers of events are catalog ids in quotes wherever possible, so that one id names
the number in the scenario, on the command line, in studies and in the posterior. A plain number needs ``source``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from rumorsim.scenario.fields import (
    Count,
    Days,
    Factor,
    Facts,
    Hour,
    IdRule,
    Moment,
    MomentRule,
    NumberRule,
    PlaceRule,
    Probability,
    Rate,
    Rumors,
    Share,
    TextRule,
    TruthRule,
    WordRule,
    audience_table,
    complaint,
)
from rumorsim.scenario.words import AUDIENCES, COUNTRIES, KINDS, PENALTIES, POPULATIONS, ROLES, RULES, RUMORS

__all__ = [
    "EVENT_KINDS",
    "Alarm",
    "Audience",
    "Briefing",
    "Broadcast",
    "Climate",
    "Election",
    "Endemic",
    "Event",
    "Fear",
    "FearWithNews",
    "Fine",
    "Hall",
    "Header",
    "Letter",
    "Mobilization",
    "Move",
    "Note",
    "Outbreak",
    "Punish",
    "Request",
    "Secrecy",
    "Silence",
    "When",
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
    stop: Annotated[dt.date, MomentRule(day_only=True)] = Field(description="last day of the run, to its end")
    rumors: Annotated[Rumors, AfterValidator(_some_rumors)] = Field(description="rumors that are followed")
    population: Annotated[str, WordRule("population", POPULATIONS)] = Field(
        default="party",
        description='"party": the party of 1956; "complete": one well-mixed group for the classic models',
    )
    rule: Annotated[str, WordRule("rule", RULES)] | None = Field(
        default=None, description='spreading rule, with population = "complete" only'
    )
    fine: tuple[Fine, ...] = Field(
        default=(), description="times with ticks of time.fine_tick_hours; elsewhere ticks last time.tick_hours"
    )


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


_AudienceField = Annotated[Audience, BeforeValidator(audience_table)]


class When(_Strict):
    """A condition: the event happens only after something was voiced or detected, in each replicate by itself."""

    first_voicing: Annotated[str, PlaceRule(center=True)] | None = Field(
        default=None, description='place where somebody must have voiced a rumor, or "center"'
    )
    first_detection: Annotated[str, PlaceRule(center=True)] | None = Field(
        default=None, description='place where a voicing must have been detected, or "center"'
    )
    rumor: Annotated[str, WordRule("rumor", RUMORS)] | None = Field(
        default=None, description="which rumor; without it any"
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
    evidence: Facts = Field(default=(), description="ids of the facts this rests on; at least one, or else assumed")
    assumed: Annotated[str, TextRule(longest=400)] | None = Field(
        default=None, description="why the event or its date is assumed, where no fact gives it"
    )
    source: Annotated[str, TextRule(longest=400)] | None = Field(
        default=None, description="where the plain numbers of this event come from"
    )
    when: When | None = Field(default=None, description="condition that must hold first")
    enabled: Annotated[bool, TruthRule()] = Field(default=True, description="false takes the event out of the run")

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
    >>> list(number_rules(Hall))
    ['voice_rate', 'hearing_prob', 'session_start', 'session_end']
    """
    return {
        name: rule
        for name, field in model.model_fields.items()
        for rule in field.metadata
        if isinstance(rule, NumberRule)
    }


_TOLD = "rumors that are told"
_EVERYBODY: Final = Audience()


class Note(Event):
    """A dated marker for figures and texts; it does nothing."""

    KIND = "note"
    SPANS = True
    kind: Literal["note"] = "note"


class Briefing(Event):
    """People are told in a closed meeting: each of the audience hears with a probability."""

    KIND = "briefing"
    kind: Literal["briefing"] = "briefing"
    rumors: Rumors = Field(description=_TOLD)
    audience: _AudienceField = Field(description="who is briefed")
    prob: Probability = Field(default="plenum.hearing_prob", description="probability that one of them hears")
    channel: Annotated[str, WordRule("channel of a briefing", ("briefing", "hall", "cell_meeting"))] = Field(
        default="briefing", description="channel under which the hearing is counted"
    )


class Secrecy(Event):
    """Silence is ordered: those briefed pass on less, and everybody becomes more curious."""

    KIND = "secrecy"
    LASTS = True
    SPANS = True
    kind: Literal["secrecy"] = "secrecy"
    rumors: Rumors = Field(description="rumors that are to be kept secret")
    audience: _AudienceField = Field(description="who is told to keep quiet")
    discretion: Probability = Field(
        default="secrecy.discretion", description="part of their telling that the order prevents"
    )
    curiosity: Factor = Field(
        default="secrecy.curiosity_gain", description="factor on everybody's receptivity for the rumor"
    )


class Broadcast(Event):
    """An outside source that people hear at a rate while it runs."""

    KIND = "broadcast"
    LASTS = True
    SPANS = True
    kind: Literal["broadcast"] = "broadcast"
    rumors: Rumors = Field(description=_TOLD)
    channel: Annotated[
        str, WordRule("broadcast channel", ("foreign_radio", "press", "inference", "soviet_meeting"))
    ] = Field(description="channel under which the hearing is counted")
    rate: Rate = Field(description="hearings per person reached and day")
    audience: _AudienceField = Field(
        description='who is reached: "radio" (listeners), "attentive", "students:COUNTRY", "everybody", or a table'
    )


class Endemic(Event):
    """A rumor is already known when the run starts; the date is the start of the scenario."""

    KIND = "endemic"
    kind: Literal["endemic"] = "endemic"
    rumors: Rumors = Field(description="rumors that are known")
    share_tirana: Share = Field(description="share of the people in Tirana who know")
    share_elsewhere: Share = Field(description="share of the people elsewhere who know")
    teller_share: Share = Field(default="endemic.teller_share", description="share of those aware who still tell")


class Mobilization(Event):
    """Cells meet more often."""

    KIND = "mobilization"
    LASTS = True
    SPANS = True
    kind: Literal["mobilization"] = "mobilization"
    factor: Factor = Field(default="meeting.mobilization_factor", description="factor on the number of cell meetings")


class Election(Event):
    """Cells choose delegates from among their members."""

    KIND = "election"
    SPANS = True
    kind: Literal["election"] = "election"
    audience: _AudienceField = Field(description="whose cells elect")
    delegates: Count = Field(default="conference.delegates", description="number of delegates, at full scale")
    selection: Factor = Field(
        default="conference.selection", description="odds of an aware, bold member of being chosen; 1 is chance"
    )


class Hall(Event):
    """A conference sits: one session a day, in which rumors are told to all and may be voiced."""

    KIND = "hall"
    SPANS = True
    kind: Literal["hall"] = "hall"
    audience: _AudienceField = Field(default=Audience(group="delegates"), description="who sits in the hall")
    rumors: Rumors = Field(default=(), description="rumors everybody present hears")
    voiced: Rumors = Field(default=(), description="rumors that may be voiced")
    voice_rate: Rate = Field(default="voice.hall_rate", description="voicings per willing person present and day")
    hearing_prob: Probability = Field(
        default="conference.hearing_prob", description="probability that one present hears"
    )
    session_start: Hour = Field(default="conference.session_start", description="hour the session begins")
    session_end: Hour = Field(default="conference.session_end", description="hour the session ends")


class Climate(Event):
    """What may be said in public changes: the chance of voicing is multiplied."""

    KIND = "climate"
    LASTS = True
    SPANS = True
    kind: Literal["climate"] = "climate"
    audience: _AudienceField = Field(default=_EVERYBODY, description="who feels it")
    factor: Factor = Field(description="factor on the chance of voicing")
    where: Annotated[str, WordRule("occasion", ("hall", "cells", "letter", "all"))] = Field(
        default="all", description="on which occasions: hall, cells (ordinary meetings), letter (meetings), all"
    )


class Letter(Event):
    """A letter is sent to all members and read in their cells, each at its own date."""

    KIND = "letter"
    kind: Literal["letter"] = "letter"
    rumors: Rumors = Field(description=_TOLD)
    hearing_prob: Probability = Field(
        default="letter.hearing_prob", description="probability that a member present hears"
    )
    question_rate: Rate = Field(
        default="voice.letter_question_rate", description="questions per willing member and meeting"
    )
    first_delay: Days = Field(default="letter.first_delay_days", description="days to the first meeting")
    mean_delay: Days = Field(default="letter.mean_delay_days", description="mean days to a cell's meeting")
    last_delay: Days = Field(default="letter.last_delay_days", description="days to the last meeting")


class Outbreak(Event):
    """A rumor is born: some people know and tell it."""

    KIND = "outbreak"
    kind: Literal["outbreak"] = "outbreak"
    rumors: Rumors = Field(description="rumors that are born")
    audience: _AudienceField = Field(description="among whom")
    count: Count = Field(description="how many people, at full scale")


class Fear(Event):
    """People become afraid at once."""

    KIND = "fear"
    kind: Literal["fear"] = "fear"
    audience: _AudienceField = Field(default=_EVERYBODY, description="who may become afraid")
    prob: Probability = Field(default="fear.tirana_step_prob", description="probability of becoming afraid")


class FearWithNews(Event):
    """From the date on, hearing a rumor makes afraid."""

    KIND = "fear_with_news"
    LASTS = True
    SPANS = True
    kind: Literal["fear_with_news"] = "fear_with_news"
    rumors: Rumors = Field(description="rumors that frighten")
    prob: Probability = Field(default="fear.by_news_prob", description="probability that hearing makes afraid")
    by: Annotated[str, WordRule("way of hearing", ("news", "letter"))] = Field(
        default="news", description="heard from people (news) or at the letter meeting (letter)"
    )


class Silence(Event):
    """People stop telling, and nobody voices any more."""

    KIND = "silence"
    LASTS = True
    SPANS = True
    kind: Literal["silence"] = "silence"
    audience: _AudienceField = Field(default=_EVERYBODY, description="who falls silent")


class Move(Event):
    """Officers are transferred to other places."""

    KIND = "move"
    SPANS = True
    kind: Literal["move"] = "move"
    audience: _AudienceField = Field(default=Audience(group="officers"), description="who is moved")
    count: Count = Field(default="control.officers_moved", description="how many, at full scale")


class Punish(Event):
    """People whose voicing was detected are punished."""

    KIND = "punish"
    SPANS = True
    kind: Literal["punish"] = "punish"
    count: Count = Field(description="how many, at full scale")
    penalty: Annotated[str, WordRule("penalty", PENALTIES)] = Field(description="expelled or penalized")


class Request(Event):
    """The center asks committees for reports."""

    KIND = "request"
    kind: Literal["request"] = "request"
    rumors: Rumors = Field(description="rumors asked about")
    audience: _AudienceField = Field(default=Audience(group="committees"), description="which committees")


class Alarm(Event):
    """From its date the center watches the hall; enough voicings in one day raise the alarm that evening."""

    KIND = "alarm"
    LASTS = True
    SPANS = True
    kind: Literal["alarm"] = "alarm"
    at_least: Count = Field(default="conference.eruption_count", description="voicings in one day that alarm")


_CLASSES: Final[tuple[type[Event], ...]] = (
    Note,
    Briefing,
    Secrecy,
    Broadcast,
    Endemic,
    Mobilization,
    Election,
    Hall,
    Climate,
    Letter,
    Outbreak,
    Fear,
    FearWithNews,
    Silence,
    Move,
    Punish,
    Request,
    Alarm,
)

#: Kind -> class of event.
EVENT_KINDS: Final[Mapping[str, type[Event]]] = MappingProxyType({one.KIND: one for one in _CLASSES})
