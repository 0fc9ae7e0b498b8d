"""Checks across fields: dates against the run and the evidence, rumors against the list, events against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rumorsim import catalog
from rumorsim.catalog import Fact
from rumorsim.errors import nearest
from rumorsim.scenario.events import Broadcast, Climate, Election, Encouragement, Endemic, Hall
from rumorsim.scenario.extending import Document
from rumorsim.scenario.fields import said
from rumorsim.scenario.parts import Audience, Event, Header
from rumorsim.scenario.problems import Problems

__all__ = ["check_event", "check_events_together", "check_header", "evidence_fits"]

#: Rumor -> fact that rules out a channel for it.
_NO_FOREIGN_RADIO: Final[Mapping[str, str]] = {"tirana_conference": "F121"}

#: How an event says that it departs from the evidence on purpose; the constraints then judge it.
_COUNTERFACTUAL: Final = "counterfactual:"

#: The two ways in which the article of 14 April can act.
_LICENSE: Final = "voice.licence_factor"
_ARTICLE: Final = "embolden.article"

#: Plain numbers that need no source: the values of a condition that says no more than "once" and "at once".
_UNSOURCED: Final[Mapping[str, float]] = {"when.at_least": 1, "when.delay_days": 0.0}


def check_header(header: Header, document: Document, problems: Problems) -> None:
    """Note what is wrong with the header as a whole.

    Parameters
    ----------
    header : the header, each field of which is right by itself.
    document : where everything was written.
    problems : where mistakes are noted.
    """
    origins = document.header_origins
    if header.stop < header.start:
        at = origins.get("stop", document.file)
        problems.add(
            at, f"stop {header.stop} is before start {header.start}", allowed="the day of start or a later one"
        )
    if header.population == "complete" and header.rule is None:
        at = origins.get("population", document.file)
        problems.add(at, 'population = "complete" needs a rule', allowed='rule = "maki_thompson", "daley_kendall"')
    if header.population == "complete" and len(header.rumors) > 1:
        problems.add(
            origins.get("rumors", document.file), "more than one rumor", allowed='one with population = "complete"'
        )
    if header.population == "complete" and header.fine:
        what = "times with fine ticks have no part in a complete population"
        problems.add(origins.get("fine", document.file), what, allowed="classic.tick_days")
    if header.population == "party" and header.rule is not None:
        at = origins.get("rule", document.file)
        problems.add(at, "a rule has no part in the party", allowed='a rule with population = "complete"')
    windows = list(enumerate(header.fine))
    for number, window in windows:
        at = origins.get("fine", document.file).inside(number)
        if window.until < window.first:
            problems.add(at, f"until {window.until} is before from {window.first}")
        for other, earlier in windows[:number]:
            if window.first <= earlier.until and earlier.first <= window.until:
                problems.add(at, f"the time overlaps fine[{other}], {earlier.first} to {earlier.until}")


def _last_day(event: Event, stop: dt.date) -> dt.date:
    if event.until is not None:
        return event.until.date() if isinstance(event.until, dt.datetime) else event.until
    return max(stop, event.begin.date()) if event.LASTS else event.begin.date()


def evidence_fits(event: Event, facts: Iterable[Fact]) -> bool:
    """Return whether the evidence fits the dates of an event.

    At least one fact must cover the day the event begins, and every fact must cover some day of it. For a rumor that is
    known when the run starts it is enough that the facts begin before: what is known stays known. An event that lasts
    and has no ``until`` is taken to last forever, so that shortening a run does not unsettle its evidence.

    Parameters
    ----------
    event : the event.
    facts : the facts it cites.
    """
    first, last = event.begin.date(), _last_day(event, dt.date.max)
    dates = [(fact.date_start, fact.date_end) for fact in facts]
    if isinstance(event, Endemic):
        return all(low <= first for low, _ in dates)
    return any(low <= first <= high for low, high in dates) and all(
        low <= last and first <= high for low, high in dates
    )


def _is_counterfactual(event: Event) -> bool:
    return event.assumed is not None and event.assumed.strip().lower().startswith(_COUNTERFACTUAL)


def check_event(event: Event, header: Header, document: Document, problems: Problems) -> None:
    """Note what is wrong with one event, each field of which is right by itself.

    Parameters
    ----------
    event : the event.
    header : the header of the scenario.
    document : where everything was written.
    problems : where mistakes are noted.
    """
    name = event.id
    _check_dates(event, header, document, problems)
    _check_evidence(event, header, document, problems)
    written = [
        field
        for field, number in event.numbers().items()
        if not isinstance(number, str) and _UNSOURCED.get(field) != number
    ]
    if written and event.source is None:
        path = written[0].split(".")
        problems.add(
            document.event_origin(name, *path),
            f"the number {written[0]} has no source",
            allowed='the id of a catalog number in quotes, or source = "..." in the event',
        )
    _check_rumors(event, header, document, problems)
    _check_audience(event, document, problems)
    if event.when is not None and (event.when.first_voicing is None) == (event.when.first_detection is None):
        given = "two conditions" if event.when.first_voicing is not None else "no condition"
        problems.add(document.event_origin(name, "when"), given, allowed="either first_voicing or first_detection")
    if header.population == "complete" and event.kind != "note":
        problems.add(
            document.event_origin(name, "kind"),
            f"{said(event.kind)} has no part in a complete population",
            allowed=("note",),
        )


def _check_rumors(event: Event, header: Header, document: Document, problems: Problems) -> None:
    name = event.id
    for field in ("rumors", "voiced"):
        strange = [rumor for rumor in getattr(event, field, ()) if rumor not in header.rumors]
        for rumor in strange if document.is_explicit(name, field) else ():
            problems.add(
                document.event_origin(name, field),
                f"the rumor {said(rumor)} is not followed in this scenario",
                allowed=header.rumors,
                near=nearest(rumor, header.rumors),
            )
    if document.is_explicit(name, "when") and event.when is not None and event.when.rumor not in (None, *header.rumors):
        problems.add(
            document.event_origin(name, "when", "rumor"),
            f"the rumor {said(event.when.rumor)} is not followed in this scenario",
            allowed=header.rumors,
        )
    if getattr(event, "rumors", None) == () and not isinstance(event, Hall):
        problems.add(document.event_origin(name, "rumors"), "the list of rumors is empty", allowed="at least one")
    if isinstance(event, Broadcast) and event.channel == "foreign_radio" and not _is_counterfactual(event):
        for rumor in event.rumors:
            if rumor in _NO_FOREIGN_RADIO:
                fact = _NO_FOREIGN_RADIO[rumor]
                words = [word for word in catalog.RUMORS if word not in _NO_FOREIGN_RADIO]
                problems.add(
                    document.event_origin(name, "rumors"),
                    f"no foreign station carried {said(rumor)} ({fact})",
                    allowed=f'{", ".join(words)}; or assumed = "{_COUNTERFACTUAL} why", and constraint C5 judges it',
                )


def _check_dates(event: Event, header: Header, document: Document, problems: Problems) -> None:
    name, end = event.id, event.end
    if end is not None and end <= event.begin:
        problems.add(
            document.event_origin(name, "until"),
            f"until {said(event.until)} is before date {said(event.date)}",
            allowed="the date of the event or a later one",
        )
    if event.until is not None and not event.SPANS:
        problems.add(
            document.event_origin(name, "until"),
            f"an event of kind {said(event.kind)} happens once",
            allowed="no until",
        )
    if isinstance(event, Endemic) and event.begin.date() != header.start:
        problems.add(
            document.event_origin(name, "date"),
            f"{event.date} is not the start of the run: an endemic rumor is known before it starts",
            allowed=f"{header.start}, or no date",
        )
    elif document.is_explicit(name, "date", "until") and not _meets(event, header):
        side = "before the start" if event.begin.date() < header.start else "after the end"
        problems.add(
            document.event_origin(name, "date"),
            f"{said(event.date)} is {side} of the run",
            allowed=f"{header.start} to {header.stop}",
        )


def _meets(event: Event, header: Header) -> bool:
    midnight = dt.time()
    after = header.stop + dt.timedelta(days=1)
    return event.meets(dt.datetime.combine(header.start, midnight), dt.datetime.combine(after, midnight))


def _check_evidence(event: Event, header: Header, document: Document, problems: Problems) -> None:
    name = event.id
    if not event.evidence:
        if event.assumed is None:
            problems.add(
                document.event_origin(name, "evidence"),
                "no evidence",
                allowed='evidence = ["F034"] with ids of facts, or assumed = "why"',
            )
        return
    if event.assumed is not None:
        return
    facts = [catalog.facts()[key] for key in event.evidence]
    if not evidence_fits(event, facts):
        dates = ", ".join(f"{fact.id} covers {fact.date_start} to {fact.date_end}" for fact in facts)
        problems.add(
            document.event_origin(name, "evidence"),
            f"the evidence does not fit the date {said(event.date)}: {dates}",
            allowed='facts of that time, or assumed = "why"',
        )


def _check_audience(event: Event, document: Document, problems: Problems) -> None:
    audience = getattr(event, "audience", None)
    if not isinstance(audience, Audience):
        return
    at = document.event_origin(event.id, "audience")
    if audience.group in ("radio", "attentive") and not isinstance(event, Broadcast):
        problems.add(at, f"the audience {said(audience.group)} is only for broadcasts", allowed="another audience")
    if audience.country is not None and audience.group != "students":
        problems.add(at, "only students can be narrowed by country", allowed='"students:COUNTRY"')


def check_events_together(
    events: Mapping[str, Event], header: Header, values: Mapping[str, Any], document: Document, problems: Problems
) -> None:
    """Note events that need or exclude each other.

    Parameters
    ----------
    events : every event, by id; those that take no part are passed over.
    header : the header of the scenario.
    values : catalog id -> value.
    document : where everything was written.
    problems : where mistakes are noted.
    """
    active = [event for event in events.values() if event.enabled and _meets(event, header)]
    elections = [event for event in active if isinstance(event, Election)]
    halls = [event for event in active if isinstance(event, Hall)]
    for event in active:
        audience = getattr(event, "audience", None)
        if not isinstance(audience, Audience) or audience.group != "delegates":
            continue
        if not any(one.begin <= event.begin for one in elections):
            problems.add(
                document.event_origin(event.id, "audience"),
                "there are no delegates: no election comes before",
                allowed="an event of kind 'election' with an earlier date",
            )
    for number, hall in enumerate(halls):
        first, last = hall.begin.date(), _last_day(hall, header.stop)
        for other in halls[:number]:
            if first <= _last_day(other, header.stop) and other.begin.date() <= last and hall.when is None:
                problems.add(
                    document.event_origin(hall.id, "date"),
                    f"the hall of the event {said(other.id)} meets on the same day",
                    allowed="one hall per day",
                )
    _check_counted_twice(active, values, document, problems)


def _check_counted_twice(
    active: Iterable[Event], values: Mapping[str, Any], document: Document, problems: Problems
) -> None:
    """Note an article that both emboldens its readers and multiplies what they say: F079 tells of one effect."""
    licenses = [
        event
        for event in active
        if isinstance(event, Climate) and event.factor == _LICENSE and values.get(_LICENSE) != 1
    ]
    for event in active:
        if not isinstance(event, Encouragement) or values.get(str(event.amount), event.amount) == 0:
            continue
        for other in licenses:
            ended = other.end is not None and other.end <= event.begin
            if event.amount == _ARTICLE or (other.begin <= event.begin and not ended):
                what = f"the article counts twice: {said(other.id)} multiplies what is said by {_LICENSE}"
                problems.add(
                    document.event_origin(event.id, "enabled"),
                    f"{what} ({values[_LICENSE]:g}), and {said(event.id)} emboldens those who read it",
                    allowed=f"one of the two: events.{other.id}.enabled = false, {_LICENSE} = 1, or "
                    f"events.{event.id}.enabled = false",
                )
