"""What a class can move in the lesson: a few levers, each with the value of the model and two others of the catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from rumorsim import catalog
from rumorsim.app.levers import TRAVEL
from rumorsim.ensemble.draws import at_mode
from rumorsim.scenario import Scenario

__all__ = ["ENDS", "Choice", "Lever", "combined", "levers_of", "settings_of"]

#: Quantiles of the prior that a lever has beside the value of the model.
ENDS: Final = (0.05, 0.95)

#: Levers in the order in which they are taken, with the numbers that each moves together. How much people talk and the
#: letter change most in the spring (runs at the ends of the priors say so); travel, silence, radio and the ban are what
#: pupils ask about.
_LEVERS: Final[Mapping[str, tuple[str, ...]]] = {
    "talk": ("spread.pass_on_rate",),
    "letter": tuple(f"letter.{one}_delay_days" for one in ("first", "mean", "last", "army")),
    "travel": (*TRAVEL, "visit.rate"),
    "secrecy": ("secrecy.discretion",),
    "radio": ("radio.rate",),
    "ban": ("voice.ban_factor",),
}
#: Those that do something always; the others need an event within the run that takes its strength from them.
_ALWAYS: Final = ("talk", "travel")


@dataclass(frozen=True)
class Choice:
    """One value of a lever.

    Attributes
    ----------
    name : "low", "base" or "high"; of the letter "never", "base" or "soon".
    values : what is set, by catalog id or ``events.<id>.<field>``.
    """

    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Lever:
    """A lever with its values, from low to high.

    Attributes
    ----------
    name : a word; its texts stand under it.
    choices : two or three, one of them called "base".
    """

    name: str
    choices: tuple[Choice, ...]

    @property
    def base(self) -> int:
        """Which choice is the value of the model."""
        return [one.name for one in self.choices].index("base")


def levers_of(scenario: Scenario, number: int) -> tuple[Lever, ...]:
    """Return the first levers that do something in a scenario, at most `number`.

    The middle value is that of the scenario, or of the draw that represents its fit; the others are quantiles of the
    priors in the catalog (`ENDS`), for the letter also that none is sent.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> talk, letter = levers_of(load_scenario("tirana-conference"), 2)
    >>> talk.name, [dict(one.values) for one in talk.choices]
    ('talk', [{'spread.pass_on_rate': 0.243208}, {'spread.pass_on_rate': 2.5}, {'spread.pass_on_rate': 8.2234}])
    >>> [one.name for one in letter.choices], letter.choices[0].values["events.letter.enabled"]
    (['never', 'base', 'soon'], False)
    """
    values = at_mode(scenario).values
    found: list[Lever] = []
    for name, keys in _LEVERS.items():
        event = next((one for one in scenario.events if one.enabled and _takes(one, keys, scenario)), None)
        acts = name in _ALWAYS or event is not None
        if len(found) == number or not acts or not all(key in values for key in keys):
            continue
        base = {key: values[key] for key in keys}
        low, high = ({key: catalog.parameter(key).at(end) for key in keys} for end in ENDS)
        if name == "letter" and event is not None:
            switch = f"events.{event.id}.enabled"
            offered = [("never", {**base, switch: False}), ("base", {**base, switch: True})]
            offered.append(("soon", {**low, switch: True}))
        else:
            offered = [("low", low), ("base", base), ("high", high)]
        # Where the user has set a number to one of its ends, there is nothing to move on that side.
        kept = [Choice(one, set_to) for one, set_to in offered if one == "base" or set_to != base]
        found.append(Lever(name, tuple(kept)))
    return tuple(found)


def _takes(event: Any, keys: Sequence[str], scenario: Scenario) -> bool:
    """Return whether an event that begins within the run takes its strength from one of the numbers."""
    named = [one for one in vars(event).values() if isinstance(one, str)]
    return event.begin.date() >= scenario.start and any(key in named for key in keys)


def settings_of(levers: Sequence[Lever]) -> list[tuple[int, ...]]:
    """Return every combination of choices, the last lever changing fastest."""
    return list(product(*(range(len(one.choices)) for one in levers)))


def combined(levers: Sequence[Lever], setting: Sequence[int]) -> dict[str, Any]:
    """Return what a combination of choices sets."""
    found: dict[str, Any] = {}
    for lever, choice in zip(levers, setting, strict=True):
        found |= lever.choices[choice].values
    return found
