"""The levers of the second world, made from the catalog and the events of a scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rumorsim import catalog
from rumorsim.app.link import code
from rumorsim.errors import RumorsimError, unknown
from rumorsim.model import cited
from rumorsim.scenario import Scenario

__all__ = ["TRAVEL", "Lever", "levers_of", "read_changes", "read_value", "said_of", "same"]

#: Keys in the order of the page, with the words a class uses. Those a scenario does not have are left out; those of
#: `_LEARNED` come first where boldness is learned, and are left out elsewhere.
_WORDS: Final = {
    "travel.duty_rate": "Duty travel to Tirana: officials",
    "travel.officer_rate": "Duty travel to Tirana: officers",
    "travel.correspondent_rate": "Duty travel to Tirana: correspondents",
    "travel.inspection_rate": "Duty travel from Tirana: inspectors",
    "events.letter.date": "Date of the letter to all members",
    "radio.rate": "Foreign radio",
    "secrecy.discretion": "Secrecy order",
    "meeting.interval_days": "Time between cell meetings (30 days: one a month)",
    "party.plenum_participants": "People told at the plenum (meeting of the Central Committee, 2 March)",
    "control.expelled": "Punishment: expelled",
    "control.penalized": "Punishment: lesser penalties",
    "fear.tirana_step_prob": "Fear after the crackdown",
    "party.students_abroad": "Students abroad",
    "spread.pass_on_rate": "How much people talk",
}
_LEARNED: Final = {
    "embolden.gain": "Emboldening: how much one person's boldness encourages others",
    "embolden.half_life_days": "Emboldening: days until half of the encouragement is gone",
    "embolden.precedent": "Emboldening by news that others spoke up elsewhere",
    "embolden.talk": "Emboldening by hearing of the speech in talk",
    "embolden.article": "Emboldening by reading the article of 14 April",
}
#: All who travel on duty: a class that asks what changes without duty travel means all of them at once.
TRAVEL: Final = ("travel.duty_rate", "travel.officer_rate", "travel.correspondent_rate", "travel.inspection_rate")
#: Kinds of event without which a number does nothing.
_NEEDS: Final = {
    "radio.rate": "broadcast",
    "secrecy.discretion": "secrecy",
    "party.plenum_participants": "briefing",
    "control.expelled": "punish",
    "control.penalized": "punish",
    "fear.tirana_step_prob": "fear",
}
#: Units that say nothing when a number is read aloud.
_UNSAID: Final = ("share", "probability", "date")
#: The catalog allows far more than a class would try; sliders end here, typed numbers may go to the bounds.
_SLIDER_END: Final = 4.0


@dataclass(frozen=True)
class Lever:
    """One thing that can be changed in the second world.

    Attributes
    ----------
    key : str
        As on the command line: a catalog id, or ``events.<id>.<field>``.
    word, unit, meaning, status, source : str
    kind : "number", "whole" or "date"
    value : as the scenario has it; a date as ISO text.
    low, high : bounds of what may be typed, None for none; of dates as ISO texts.
    slider_high : where the slider ends.
    other_people : bool
        Whether a change builds another party, so that the second world no longer has the same people.
    idle : bool
        Whether the scenario has no event in which the number plays a part; such levers come last.
    """

    key: str
    word: str
    unit: str
    meaning: str
    status: str
    source: str
    kind: str
    value: Any
    low: Any
    high: Any
    slider_high: Any
    other_people: bool
    idle: bool = False


def levers_of(scenario: Scenario) -> tuple[Lever, ...]:
    """Return the levers a scenario has.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> levers = {lever.key: lever for lever in levers_of(load_scenario("tirana-conference"))}
    >>> duty = levers["travel.duty_rate"]
    >>> duty.word, duty.value, duty.unit, duty.high, duty.other_people
    ('Duty travel to Tirana: officials', 0.025, 'per day', 0.14, False)
    >>> levers["events.letter.date"].value
    '1956-04-21'
    """
    learned = scenario.values.get("voice.boldness") == "learned"
    found = []
    for key in (*(_LEARNED if learned else ()), *_WORDS):
        lever = _of_event(key, scenario) if key.startswith("events.") else _of_catalog(key, scenario)
        if lever is not None:
            found.append(lever)
    return tuple(sorted(found, key=lambda lever: lever.idle))


def _of_catalog(key: str, scenario: Scenario) -> Lever | None:
    entry = catalog.parameters().get(key)
    if entry is None or key not in scenario.values or not entry.is_number:
        return None
    value = scenario.values[key]
    top = max(_SLIDER_END * float(value), 1.0 if entry.kind in ("share", "prob") else 0.0) or 1.0
    high = top if entry.high is None else min(top, entry.high)
    whole = entry.kind == "int"
    return Lever(
        key,
        _WORDS.get(key) or _LEARNED[key],
        entry.unit,
        entry.meaning,
        entry.status,
        entry.reason if entry.status == "assumed" else "; ".join(cited(one) for one in entry.source),
        "whole" if whole else "number",
        value,
        entry.low,
        entry.high,
        round(high) if whole else high,
        entry.structural,
        key in _NEEDS and not scenario.events_of(_NEEDS[key]),
    )


def _of_event(key: str, scenario: Scenario) -> Lever | None:
    _, name, field = key.split(".")
    event = next((one for one in scenario.events if one.id == name), None)
    if event is None or field != "date":
        return None
    facts = catalog.facts()
    sources = [cited(source) for one in event.evidence if one in facts for source in facts[one].source]
    return Lever(
        key,
        _WORDS[key],
        "date",
        event.label,
        "stated" if sources else "assumed",
        "; ".join(dict.fromkeys(sources)) or event.assumed or "",
        "date",
        event.begin.date().isoformat(),
        scenario.start.isoformat(),
        scenario.stop.isoformat(),
        scenario.stop.isoformat(),
        False,
    )


def said_of(levers: Sequence[Lever], changes: Mapping[str, Any]) -> list[str]:
    """Return what was changed, in the words of the page.

    Parameters
    ----------
    changes : value by key of a lever, as the scenario of the other world has it.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> levers = levers_of(load_scenario("tirana-conference"))
    >>> said_of(levers, {"travel.duty_rate": 0.05})
    ['"Duty travel to Tirana: officials" is 0.05 instead of 0.025 per day']
    >>> said_of(levers, dict.fromkeys(TRAVEL, 0.0))
    ['nobody travels on duty']
    """
    nobody = all(changes.get(key) == 0 for key in TRAVEL)
    said = ["nobody travels on duty"] if nobody else []
    for one in levers:
        if one.key in changes and not (nobody and one.key in TRAVEL):
            unit = "" if one.unit in _UNSAID else f" {one.unit}"
            said.append(f'"{one.word}" is {_plain(changes[one.key])} instead of {_plain(one.value)}{unit}')
    return said


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_value(lever: Lever, given: Any) -> Any:
    """Return what was typed for a lever as a value of the scenario, with six digits: a link holds no more.

    Raises
    ------
    RumorsimError
        For what is not a number or a date, or out of bounds, with what is allowed.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> duty = levers_of(load_scenario("tirana-conference"))[0]
    >>> read_value(duty, "0,05"), read_value(duty, 0)
    (0.05, 0.0)
    """
    allowed = f"{lever.low} to {lever.high}" if lever.high is not None else f"from {lever.low}"
    if lever.kind == "date":
        try:
            day = dt.date.fromisoformat(str(given))
        except ValueError:
            raise RumorsimError("not a date", path=lever.key, given=given, allowed=allowed) from None
        if not lever.low <= day.isoformat() <= lever.high:
            raise RumorsimError("not within the run", path=lever.key, given=given, allowed=allowed)
        return day
    try:
        number = float(str(given).strip().replace(",", "."))
    except ValueError:
        raise RumorsimError("not a number", path=lever.key, given=given, allowed=allowed) from None
    if lever.kind == "whole" and number.is_integer():
        return catalog.parameter(lever.key).accept(int(number))
    return catalog.parameter(lever.key).accept(number if lever.kind == "whole" else float(f"{number:.6g}"))


def read_changes(scenario: Scenario, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a link or a step of the tour changes, as values by key; what changes nothing is left out.

    Parameters
    ----------
    given : by key, or by its initials as a link has them.

    Raises
    ------
    RumorsimError
        For a lever the scenario does not have, or a value that is not allowed.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> read_changes(load_scenario("tirana-conference"), {"tdr": "0", "travel.officer_rate": 0.02})
    {'travel.duty_rate': 0.0}
    """
    levers = {lever.key: lever for lever in levers_of(scenario)}
    whole = {code(key): key for key in levers}
    kept = {whole.get(key, key): value for key, value in given.items()}
    for key in kept:
        if key not in levers:
            raise unknown("lever", key, levers)
    read = {key: read_value(levers[key], value) for key, value in kept.items()}
    return {key: value for key, value in read.items() if not same(value, levers[key].value)}


def same(one: Any, other: Any) -> bool:
    """Return whether two values of a lever are equal; a date may be one or its text."""
    return bool((one.isoformat() if hasattr(one, "isoformat") else one) == other)
