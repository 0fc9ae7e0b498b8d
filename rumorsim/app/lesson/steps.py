"""The guided steps of a lesson, as data: each sets the board, asks before it shows, and ends with a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rumorsim.app.lesson.levers import Lever
from rumorsim.app.lesson.study import EVERYBODY, places_of
from rumorsim.errors import RunError, unknown
from rumorsim.scenario import Scenario

__all__ = ["KEYS", "checked_steps"]

#: Keys of a step, and which of them it needs.
KEYS: Final = ("title", "setting", "date", "place", "question", "choices", "answer", "closing", "source")
_TEXTS: Final = ("title", "question", "closing", "source")


def checked_steps(
    steps: Sequence[Mapping[str, Any]], levers: Sequence[Lever], scenario: Scenario
) -> list[dict[str, Any]]:
    """Return steps as the file holds them: a choice for every lever, the day by its number, the place by its number.

    Parameters
    ----------
    steps : mappings
        ``title``, ``question``, ``closing`` and ``source`` are texts. ``setting`` says which choice of which lever is
        shown (``{"letter": "never"}``; the others stay as in the model), ``date`` the day, ``place`` a district or
        "everybody". ``choices`` are what the class may guess, ``answer`` the number of the right one, from 0.
    levers : of the lesson.
    scenario : Scenario

    Raises
    ------
    RunError
        For a key, lever, choice, place or date that is not there.

    Examples
    --------
    >>> from rumorsim.app.lesson.levers import levers_of
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("tirana-conference")
    >>> step = {"title": "The letter", "question": "Who knows without it?", "choices": ["all", "few"],
    ...         "setting": {"letter": "never"}, "date": "1956-05-15", "closing": "Few.", "source": "runs of this file"}
    >>> [made] = checked_steps([step], levers_of(scenario, 2), scenario)
    >>> made["setting"], made["day"], made["place"]
    ([1, 0], 44, 26)
    """
    found = []
    for number, step in enumerate(steps):
        at = f"steps[{number}]"
        if not isinstance(step, Mapping):
            raise RunError("not a step", path=at, given=repr(step), allowed=f"a mapping with {', '.join(KEYS)}")
        # Words first, then what they name on the board.
        for key in step:
            if key not in KEYS:
                raise unknown("key", str(key), KEYS, error=RunError, path=at)
        for key in _TEXTS:
            if not isinstance(step.get(key), str) or not step[key].strip():
                raise RunError("no text", path=f"{at}.{key}", given=repr(step.get(key)), allowed="a text")
        choices = step.get("choices", ())
        texts = isinstance(choices, (list, tuple)) and all(isinstance(one, str) and one for one in choices)
        if not texts or len(choices) == 1:
            raise RunError(
                "not choices", path=f"{at}.choices", given=repr(choices), allowed="two texts or more, or none"
            )
        # Nothing needs to be guessed; where the class guesses, there must be something to choose from.
        answer = step.get("answer")
        if answer is not None and (type(answer) is not int or not 0 <= answer < len(choices)):
            raise RunError(
                "no such choice", path=f"{at}.answer", given=answer, allowed="the number of a choice, from 0"
            )
        found.append(
            {
                **{key: step[key].strip() for key in _TEXTS},
                "choices": list(choices),
                "answer": answer,
                "setting": _setting(step.get("setting", {}), levers, f"{at}.setting"),
                "day": _day(step.get("date", scenario.stop), scenario, f"{at}.date"),
                "place": _place(step.get("place", EVERYBODY), f"{at}.place"),
            }
        )
    return found


def _setting(given: Any, levers: Sequence[Lever], at: str) -> list[int]:
    if not isinstance(given, Mapping):
        raise RunError("not a setting", path=at, given=repr(given), allowed="lever = choice")
    names = [one.name for one in levers]
    for name in given:
        if name not in names:
            raise unknown("lever", str(name), names, error=RunError, path=at)
    setting = []
    for lever in levers:
        choices = [one.name for one in lever.choices]
        wanted = given.get(lever.name, "base")
        if wanted not in choices:
            raise unknown("choice", str(wanted), choices, error=RunError, path=f"{at}.{lever.name}")
        setting.append(choices.index(wanted))
    return setting


def _day(given: Any, scenario: Scenario, at: str) -> int:
    allowed = f"{scenario.start} to {scenario.stop}"
    try:
        day = given if isinstance(given, dt.date) else dt.date.fromisoformat(given)
    except (TypeError, ValueError):
        raise RunError("not a date", path=at, given=given, allowed=allowed) from None
    if not scenario.start <= day <= scenario.stop:
        raise RunError("not within the run", path=at, given=given, allowed=allowed)
    return (day - scenario.start).days


def _place(given: Any, at: str) -> int:
    places = places_of()
    if given not in places:
        raise unknown("place", str(given), places, error=RunError, path=at)
    return places.index(given)
