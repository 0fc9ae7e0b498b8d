"""What differs between two scenarios: header, numbers, events and their fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rumorsim import catalog
from rumorsim.scenario.extending import HEADER_FIELDS
from rumorsim.scenario.fields import said
from rumorsim.scenario.parts import Event
from rumorsim.scenario.resolve import Scenario
from rumorsim.scenario.write import event_form, resolved_form

__all__ = ["Difference", "differences", "format_differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing two scenarios differ in.

    Parameters
    ----------
    path : key, such as ``travel.duty_rate`` or ``events.letter.enabled``; for a whole event ``events.letter``.
    left, right : value in the first and in the second scenario, None where it has none.
    unit : unit of a number, "" where there is none.
    matters : whether the difference can change a result (titles, labels and evidence cannot).
    """

    path: str
    left: Any
    right: Any
    unit: str = ""
    matters: bool = True

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.path}: {_written(self.left)} -> {_written(self.right)}{unit}"


def _written(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_written(one)}" for key, one in value.items()) + "}"
    return "none" if value is None else said(value)


_PROSE = frozenset({"title", "description", "label", "evidence", "assumed", "source"})


def differences(left: Scenario, right: Scenario) -> tuple[Difference, ...]:
    """Return everything two scenarios differ in, apart from their names.

    Parameters
    ----------
    left, right : the scenarios.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> base = load_scenario("tirana-conference")
    >>> print(*differences(base, base.replace({"travel.duty_rate": 0.05})))
    travel.duty_rate: 0.025 -> 0.05 per day
    """
    return tuple(_all(left, right))


def _all(left: Scenario, right: Scenario) -> Iterator[Difference]:
    first, second = resolved_form(left), resolved_form(right)
    for name in HEADER_FIELDS:
        if first[name] != second[name]:
            yield Difference(name, first[name], second[name], matters=name not in _PROSE)
    table = catalog.parameters()
    for key in (*first["values"], *(key for key in second["values"] if key not in first["values"])):
        one, other = first["values"].get(key), second["values"].get(key)
        if one != other:
            yield Difference(key, one, other, unit=table[key].unit)
    yield from _events({event.id: event for event in left.all_events}, {event.id: event for event in right.all_events})


def _events(left: dict[str, Event], right: dict[str, Event]) -> Iterator[Difference]:
    for name in (*left, *(name for name in right if name not in left)):
        path = f"events.{name}"
        if name not in right:
            yield Difference(path, _summary(left[name]), None, matters=left[name].kind != "note")
        elif name not in left:
            yield Difference(path, None, _summary(right[name]), matters=right[name].kind != "note")
        else:
            one, other = event_form(left[name]), event_form(right[name])
            for field in (*one, *(field for field in other if field not in one)):
                if one.get(field) != other.get(field):
                    matters = field not in _PROSE and left[name].kind != "note"
                    yield Difference(f"{path}.{field}", one.get(field), other.get(field), matters=matters)


def _summary(event: Event) -> str:
    return f"{event.kind} of {event_form(event)['date']}" + ("" if event.enabled else ", disabled")


def format_differences(left: Scenario, right: Scenario, *, prose: bool = False) -> str:
    """Return the differences as text, one a line, or a sentence if there are none.

    Parameters
    ----------
    left, right : the scenarios.
    prose : whether to list titles, labels and evidence too, which change no result.
    """
    shown = [str(one) for one in differences(left, right) if prose or one.matters]
    return "\n".join(shown) if shown else "no difference that can change a result"
