"""The kinds of events: one class each, with its own fields, defaults and help texts.

A default of a number is always the id of a catalog number. The parts all kinds share are in
:mod:`rumorsim.scenario.parts` and can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from rumorsim.scenario.fields import (
    Count,
    Days,
    Exposure,
    Factor,
    Hour,
    Hours,
    PerMeeting,
    Probability,
    Rate,
    Rumors,
    Share,
    WordRule,
)
from rumorsim.scenario.parts import Audience, AudienceField, Event, Fine, Header, When, number_rules
from rumorsim.scenario.words import PENALTIES

__all__ = [
    "EVENT_KINDS",
    "Alarm",
    "Audience",
    "Briefing",
    "Broadcast",
    "Climate",
    "Election",
    "Encouragement",
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

_TOLD = "rumors that are told"
_EVERYBODY: Final = Audience()


class Note(Event):
    """A dated marker for figures and texts; it does nothing."""

    KIND = "note"
    SPANS = True
    kind: Literal["note"] = "note"


class Briefing(Event):
    """People are told in a closed meeting: each person in the audience hears with a given probability."""

    KIND = "briefing"
    kind: Literal["briefing"] = "briefing"
    rumors: Rumors = Field(description=_TOLD)
    audience: AudienceField = Field(description="who is briefed")
    prob: Probability = Field(default="plenum.hearing_prob", description="probability that each of them hears")
    channel: Annotated[str, WordRule("channel of a briefing", ("briefing", "hall", "cell_meeting"))] = Field(
        default="briefing", description="channel under which the hearing is counted"
    )


class Secrecy(Event):
    """Silence is ordered: those briefed tell less, and everybody becomes more curious."""

    KIND = "secrecy"
    LASTS = True
    SPANS = True
    kind: Literal["secrecy"] = "secrecy"
    rumors: Rumors = Field(description="rumors that are to be kept secret")
    audience: AudienceField = Field(description="who is told to keep quiet")
    discretion: Probability = Field(
        default="secrecy.discretion", description="share of their telling that the order prevents"
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
    rate: Rate = Field(description="hearings per day and person reached")
    delay: Days = Field(
        default="broadcast.delay_days", description="days from the date until the source carries the matter"
    )
    audience: AudienceField = Field(
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
    audience: AudienceField = Field(description="whose cells elect")
    delegates: Count = Field(default="conference.delegates", description="number of delegates, at full scale")
    selection: Factor = Field(
        default="conference.selection", description="odds of an aware, bold member, relative to others; 1 is chance"
    )


class Hall(Event):
    """A conference meets: one session per day, in which rumors are told to all and may be voiced."""

    KIND = "hall"
    SPANS = True
    kind: Literal["hall"] = "hall"
    audience: AudienceField = Field(default=Audience(group="delegates"), description="who sits in the hall")
    rumors: Rumors = Field(default=(), description="rumors everybody present hears")
    voiced: Rumors = Field(default=(), description="rumors that may be voiced")
    voice_rate: Rate = Field(default="voice.hall_rate", description="voicings per day and willing person present")
    hearing_prob: Probability = Field(
        default="conference.hearing_prob", description="probability that each person present hears"
    )
    session_start: Hour = Field(default="conference.session_start", description="hour the session begins")
    session_end: Hour = Field(default="conference.session_end", description="hour the session ends")
    report_hours: Hours = Field(
        default="hall.report_hours",
        description="hours of routine report on the first day before anything is told or voiced",
    )


class Climate(Event):
    """What may be said in meetings changes: the chance of voicing is multiplied by a factor."""

    KIND = "climate"
    LASTS = True
    SPANS = True
    kind: Literal["climate"] = "climate"
    audience: AudienceField = Field(default=_EVERYBODY, description="who feels it")
    factor: Factor = Field(description="factor on the chance of voicing")
    where: Annotated[str, WordRule("occasion", ("hall", "cells", "letter", "all"))] = Field(
        default="all", description="on which occasions: hall, cells (ordinary meetings), letter (meetings), all"
    )
    hour: Hour = Field(default="climate.hour", description="hours after its date from which it holds")


class Encouragement(Event):
    """Something emboldens people at once, such as an article they read, where boldness is learned."""

    KIND = "encouragement"
    kind: Literal["encouragement"] = "encouragement"
    audience: AudienceField = Field(default=_EVERYBODY, description="whom it emboldens")
    amount: Exposure = Field(
        default="embolden.article", description="how much, counted in others who speak up in one's own meeting"
    )


class Letter(Event):
    """A letter is sent to all members and read in their cells, each at its own date."""

    KIND = "letter"
    kind: Literal["letter"] = "letter"
    rumors: Rumors = Field(description=_TOLD)
    hearing_prob: Probability = Field(
        default="letter.hearing_prob", description="probability that a member present hears"
    )
    question_rate: PerMeeting = Field(
        default="voice.letter_question_rate", description="questions per willing member and meeting"
    )
    first_delay: Days = Field(default="letter.first_delay_days", description="days to the first meeting")
    mean_delay: Days = Field(default="letter.mean_delay_days", description="mean days to a cell's meeting")
    last_delay: Days = Field(default="letter.last_delay_days", description="days to the last meeting")


class Outbreak(Event):
    """A rumor starts: some people know and tell it."""

    KIND = "outbreak"
    kind: Literal["outbreak"] = "outbreak"
    rumors: Rumors = Field(description="rumors that start")
    audience: AudienceField = Field(description="among whom")
    count: Count = Field(description="how many people, at full scale")


class Fear(Event):
    """People become afraid at once."""

    KIND = "fear"
    kind: Literal["fear"] = "fear"
    audience: AudienceField = Field(default=_EVERYBODY, description="who may become afraid")
    prob: Probability = Field(default="fear.tirana_step_prob", description="probability of becoming afraid")


class FearWithNews(Event):
    """From its date on, hearing a rumor makes people afraid."""

    KIND = "fear_with_news"
    LASTS = True
    SPANS = True
    kind: Literal["fear_with_news"] = "fear_with_news"
    rumors: Rumors = Field(description="rumors that frighten")
    prob: Probability = Field(default="fear.by_news_prob", description="probability that hearing makes a person afraid")
    by: Annotated[str, WordRule("way of hearing", ("news", "letter"))] = Field(
        default="news", description="heard from people (news) or at the letter meeting (letter)"
    )


class Silence(Event):
    """People stop telling and no longer voice anything."""

    KIND = "silence"
    LASTS = True
    SPANS = True
    kind: Literal["silence"] = "silence"
    audience: AudienceField = Field(default=_EVERYBODY, description="who falls silent")


class Move(Event):
    """Officers are transferred to other places."""

    KIND = "move"
    SPANS = True
    kind: Literal["move"] = "move"
    audience: AudienceField = Field(default=Audience(group="officers"), description="who is moved")
    count: Count = Field(default="control.officers_moved", description="how many, at full scale")
    lead: Days = Field(default="control.moves_lead_days", description="days before its date from which they are moved")


class Punish(Event):
    """People whose voicing was detected are punished."""

    KIND = "punish"
    SPANS = True
    kind: Literal["punish"] = "punish"
    count: Count = Field(description="how many, at full scale")
    penalty: Annotated[str, WordRule("penalty", PENALTIES)] = Field(description="expelled or penalized")
    others: bool = Field(default=False, description="whether delegates fill the number where too few were noticed")


class Request(Event):
    """The center asks committees for reports."""

    KIND = "request"
    kind: Literal["request"] = "request"
    rumors: Rumors = Field(description="rumors asked about")
    audience: AudienceField = Field(default=Audience(group="committees"), description="which committees")


class Alarm(Event):
    """From its date the center watches the hall; enough voicings in one day raise the alarm that evening."""

    KIND = "alarm"
    LASTS = True
    SPANS = True
    kind: Literal["alarm"] = "alarm"
    at_least: Count = Field(default="conference.eruption_count", description="voicings in one day that raise the alarm")


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
    Encouragement,
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
