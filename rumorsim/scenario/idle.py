"""Parts of a scenario that cannot act: refused where they are a mistake, named in one line where they are not.

What a file itself writes must be able to act. What it takes over from a scenario it extends, or what another date,
another list of rumors or a disabled event leaves without effect, is named by :func:`idle_parts`, so that ``check`` and
``run`` say it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rumorsim.scenario.events import (
    Alarm,
    Briefing,
    Broadcast,
    Climate,
    Encouragement,
    Endemic,
    FearWithNews,
    Hall,
    Letter,
    Mobilization,
    Move,
    Note,
    Outbreak,
    Request,
    Secrecy,
)
from rumorsim.scenario.extending import Document
from rumorsim.scenario.fields import said
from rumorsim.scenario.parts import Audience, Event, Fine
from rumorsim.scenario.problems import Problems

if TYPE_CHECKING:
    from rumorsim.scenario.resolve import Scenario

__all__ = ["check_can_act", "idle_parts"]

#: Kinds laid out before the run, and kinds that only archive and figures read: they cannot wait for a condition.
_DATED: Final = (Broadcast, Mobilization, Move, Letter, Hall, Endemic, Note, Request, Alarm)
#: Kinds that go by days; an hour in their date would have no effect.
_BY_DAY: Final = (Hall, Letter, Mobilization, Endemic)
#: A factor is undone at the end by dividing by it; below this it could not be undone.
_LEAST_FACTOR: Final = 1e-6
_DELAYS: Final = ("first_delay", "mean_delay", "last_delay")
#: Fields of an event that bring a rumor to people, by kind, and the number that must be above 0 for it.
_STARTS: Final[Mapping[type[Event], str]] = {
    Briefing: "prob",
    Broadcast: "rate",
    Hall: "hearing_prob",
    Letter: "hearing_prob",
    Outbreak: "count",
}
#: Rumors that begin where somebody speaks up, not by an event.
_BORN_IN_MEETINGS: Final = ("precedent",)
#: Kind -> number and its value at which the event has no effect.
_WITHOUT_EFFECT: Final[Mapping[str, tuple[str, float]]] = {
    **{kind.KIND: (name, 0.0) for kind, name in _STARTS.items()},
    "climate": ("factor", 1.0),
    "mobilization": ("factor", 1.0),
    "election": ("delegates", 0.0),
    "encouragement": ("amount", 0.0),
    "fear": ("prob", 0.0),
    "fear_with_news": ("prob", 0.0),
    "move": ("count", 0.0),
    "punish": ("count", 0.0),
}


def check_can_act(
    event: Event, number: Callable[[Any], float], values: Mapping[str, Any], document: Document, problems: Problems
) -> None:
    """Note parts of one event that cannot act, whatever the rest of the scenario says.

    Parameters
    ----------
    event : the event, each field of which is right by itself.
    number : what a number of the event stands for.
    values : catalog id -> value.
    document : where everything was written.
    problems : where mistakes are noted.
    """
    name = event.id

    def add(field: str, what: str, allowed: str) -> None:
        problems.add(document.event_origin(name, *field.split(".")), what, allowed=allowed)

    if event.when is not None:
        _check_condition(event, number, values, add)
    if isinstance(event, _BY_DAY):
        for field in ("date", "until"):
            if isinstance(getattr(event, field), dt.datetime):
                what = f"an event of kind {said(event.kind)} is dated by whole days: the hour has no effect"
                add(field, what, "a day")
    _check_order(event, number, document, add)
    if isinstance(event, Outbreak):
        count = number(event.count)
        if count == 0 and not isinstance(event.count, str):
            add("count", "an outbreak among 0 people is no outbreak", "1 or more; enabled = false takes an event out")
        everybody = int(values.get("party.members_full", 0)) + int(values.get("party.candidates", 0))
        if values.get("party.scope") != "country" and 0 < everybody < count:
            add(
                "count",
                f"an outbreak among {count:g} people is larger than the party",
                f"at most the members of the party, {everybody}",
            )
    if isinstance(event, Alarm) and number(event.at_least) == 0:
        add("at_least", "an alarm at 0 voicings waits for nothing", "1 or more")
    factor = {Climate: "factor", Secrecy: "curiosity"}.get(type(event))
    if factor is not None and event.until is not None and event.when is None:
        value = number(getattr(event, factor))
        if value < _LEAST_FACTOR:
            field = factor if document.is_explicit(name, factor) else "until"
            add(
                field,
                f"the factor {value:g} cannot be undone at the end",
                f"{_LEAST_FACTOR:g} or more, or no until",
            )
    audience = getattr(event, "audience", None)
    if isinstance(audience, Audience):
        _check_narrowing(event, audience, add)


def _check_order(
    event: Event, number: Callable[[Any], float], document: Document, add: Callable[[str, str, str], None]
) -> None:
    """Note a session without time, one in which nothing is said, and delays out of order."""
    name = event.id
    if isinstance(event, Hall):
        start, end = number(event.session_start), number(event.session_end)
        if (end - start) * 60 < 1:  # the calendar counts whole minutes
            field = "session_start" if document.is_explicit(name, "session_start") else "session_end"
            add(
                field,
                f"a session from {start:g} to {end:g} o'clock has no length",
                "session_start less than session_end",
            )
        if not event.rumors and not event.voiced:
            add("rumors", "nothing is told and nothing may be voiced in the hall", "rumors, voiced, or both")
    if isinstance(event, Letter):
        first, mean, last = (number(getattr(event, field)) for field in _DELAYS)
        if not first <= mean <= last:
            field = next((one for one in _DELAYS if document.is_explicit(name, one)), "first_delay")
            what = f"the delays are out of order: first {first:g}, mean {mean:g}, last {last:g} days"
            add(field, what, "first_delay <= mean_delay <= last_delay")


def _check_condition(
    event: Event, number: Callable[[Any], float], values: Mapping[str, Any], add: Callable[[str, str, str], None]
) -> None:
    when = event.when
    if when is None:
        return
    if isinstance(event, _DATED):
        allowed = "an event that happens at one moment, such as climate, fear, silence or outbreak"
        add("when", f"an event of kind {said(event.kind)} cannot wait for a condition", allowed)
    elif event.until is not None and event.SPANS:
        add("until", "the end of an event that waits for a condition has no effect", "no until, or no condition")
    if number(when.at_least) == 0:
        add("when.at_least", "a condition of 0 voicings waits for nothing", "1 or more")
    if when.first_detection is not None and values.get("control.detect_prob") == 0:
        add(
            "when.first_detection",
            "no voicing is ever detected: control.detect_prob is 0",
            "control.detect_prob above 0",
        )


def _check_narrowing(event: Event, audience: Audience, add: Callable[[str, str, str], None]) -> None:
    """Note parts of an audience that this kind of event does not read."""
    narrowed = [key for key in ("place", "role", "kind", "country") if getattr(audience, key) is not None]
    if audience.group == "delegates":
        in_hall = isinstance(event, Hall) or (isinstance(event, Climate) and event.where == "hall")
        if not in_hall and not isinstance(event, Encouragement):
            add("audience", "delegates can be told apart only in the hall", "a hall, or a climate with where = 'hall'")
        elif narrowed:
            add("audience", f"delegates cannot be narrowed by {narrowed[0]}", '"delegates" alone')
    if isinstance(event, Request) and (audience.group != "committees" or set(narrowed) - {"place"}):
        add("audience", "a request goes to committees, in one place or everywhere", 'group = "committees", and a place')


def idle_parts(scenario: Scenario) -> tuple[str, ...]:
    """Return what of a scenario does not act in its run, one line for each reason.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> short = load_scenario("tirana-conference").replace({"start": "1956-05-20"})
    >>> [line for line in idle_parts(short) if "before" in line][0][:63]
    'Left out, over before the run starts on 1956-05-20: mobilizatio'
    """
    return tuple(_lines(scenario))


def _lines(scenario: Scenario) -> Iterator[str]:
    wanted = [event for event in scenario.all_events if event.enabled and not isinstance(event, Note)]
    there = {event.id for event in scenario.events}
    before = [event.id for event in wanted if not event.meets(scenario.begin, scenario.end)]
    after = [name for name in before if scenario.event(name).begin >= scenario.end]
    fine = [f"{one.first} to {one.until}" for one in scenario.fine if not _meets(one, scenario)]
    before = [name for name in before if name not in after]
    if before:
        yield f"Left out, over before the run starts on {scenario.start}: {', '.join(before)}."
    if fine:
        yield f"Left out, outside the run from {scenario.start} to {scenario.stop}: fine ticks {', '.join(fine)}."
    if after:
        yield f"Left out, after the run ends on {scenario.stop}: {', '.join(after)}."
    others = [one.id for one in wanted if one.id not in there and one.id not in {*before, *after}]
    if others:
        yield f"Left out, about rumors the run does not follow: {', '.join(others)}."
    if scenario.population != "party":
        return
    without = [f"{one.id} ({why})" for one in scenario.events for why in _without_effect(scenario, one)]
    if without:
        yield f"Without effect: {', '.join(without)}."
    started = {rumor for event in scenario.events for rumor in _started(scenario, event)}
    silent = [rumor for rumor in scenario.rumors if rumor not in {*started, *_BORN_IN_MEETINGS}]
    if silent:
        yield f"Nothing starts {'these rumors' if len(silent) > 1 else 'this rumor'}: {', '.join(silent)}."
    given = [key for key in scenario.overrides if key.startswith("embolden.")]
    if given and scenario.values["voice.boldness"] == "fixed":
        yield f"Without effect: {', '.join(given)} (voice.boldness is fixed)."


def _meets(fine: Fine, scenario: Scenario) -> bool:
    return fine.first <= scenario.stop and fine.until >= scenario.start


def _started(scenario: Scenario, event: Event) -> tuple[str, ...]:
    """Return the rumors an event brings to people."""
    if isinstance(event, Endemic):
        shares = scenario.number(event.share_tirana) + scenario.number(event.share_elsewhere)
        return event.rumors if shares > 0 else ()
    name = _STARTS.get(type(event))
    return getattr(event, "rumors", ()) if name is not None and scenario.number(getattr(event, name)) > 0 else ()


def _without_effect(scenario: Scenario, event: Event) -> Iterator[str]:
    """Yield why an event that takes part has no effect; two reasons are one too many."""
    if event.when is not None:
        delay = scenario.number(event.when.delay_days)
        if event.begin + dt.timedelta(days=delay) >= scenario.end:
            yield f"it waits {delay:g} days, which is beyond the end"
            return
    field, value = _WITHOUT_EFFECT.get(event.kind, ("", 0.0))
    if isinstance(event, Hall) and scenario.number(event.voice_rate) > 0 and event.voiced:
        field = ""
    if field and scenario.number(getattr(event, field)) == value:
        yield f"{field} is {value:g}"
        return
    if isinstance(event, Endemic) and not _started(scenario, event):
        yield "both shares are 0"
    if isinstance(event, Encouragement) and scenario.values["voice.boldness"] == "fixed":
        yield "voice.boldness is fixed"
    if isinstance(event, Alarm) and not any(_watched(event, hall) for hall in scenario.events_of(Hall)):
        yield "no hall sits while it watches"
    if isinstance(event, FearWithNews) and event.by == "letter":
        told = {rumor for letter in scenario.events_of(Letter) for rumor in letter.rumors}
        if not told & set(event.rumors):
            yield "no letter tells its rumors"
    if isinstance(event, Climate) and event.where == "hall" and not scenario.events_of(Hall):
        yield "no hall sits"
    if isinstance(event, Climate) and event.where == "letter" and not scenario.events_of(Letter):
        yield "there is no letter"
    if isinstance(event, Secrecy) and scenario.number(event.curiosity) == 1:
        briefings = scenario.events_of(Briefing)
        if not any(_binds(event, one) for one in briefings) or scenario.number(event.discretion) == 0:
            yield "nobody is briefed under it, and curiosity is 1"


def _watched(alarm: Alarm, hall: Hall) -> bool:
    """Return whether some of a hall falls between the day an alarm begins and its end."""
    last = hall.end if hall.end is not None else hall.begin + dt.timedelta(days=1)
    return last.date() > alarm.begin.date() and (alarm.end is None or hall.begin < alarm.end)


def _binds(order: Secrecy, briefing: Briefing) -> bool:
    ended = order.end is not None and order.end <= briefing.begin
    same = bool(set(order.rumors) & set(briefing.rumors))
    return order.begin.date() <= briefing.begin.date() and not ended and same
