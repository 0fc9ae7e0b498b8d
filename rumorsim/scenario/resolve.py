"""From a file to a :class:`Scenario`: defaults from the catalog, overrides, checks, and changed copies.

Examples
--------
>>> scenario = load_scenario("tirana-conference")
>>> scenario.start, scenario.stop
(datetime.date(1956, 4, 1), datetime.date(1956, 5, 31))
>>> scenario.replace({"travel.duty_rate": 0.05}).value("travel.duty_rate")
0.05
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast, overload

from rumorsim import catalog
from rumorsim.catalog import Value
from rumorsim.errors import ScenarioError, nearest
from rumorsim.scenario import write
from rumorsim.scenario.changes import changed_document
from rumorsim.scenario.check import check_event, check_events_together, check_header
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.extending import Document, document_from_json, document_from_toml
from rumorsim.scenario.fields import said
from rumorsim.scenario.idle import check_can_act, idle_parts
from rumorsim.scenario.parts import Event, Fine, Header
from rumorsim.scenario.problems import Problems, Source
from rumorsim.scenario.read import FILE_KINDS, file_kind, find_scenario, read_source, source_from_text
from rumorsim.scenario.validate import events_of, header_of, values_of
from rumorsim.scenario.values import FrozenMapping, unknown_key

__all__ = ["Scenario", "load_scenario", "loads_scenario"]

_OneEvent = TypeVar("_OneEvent", bound=Event)
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, repr=False)
class Scenario:
    """A checked scenario; frozen, comparable, and able to travel to other processes.

    Parameters
    ----------
    name : name of the file without ending.
    title, description : what it is, for people.
    start, stop : first and last day; the run ends with the end of ``stop``.
    rumors : rumors that are followed, in the order of the catalog.
    population : "party", or "complete" for the classic models.
    rule : "maki_thompson" or "daley_kendall" with population "complete", else None.
    fine : times of fine ticks.
    all_events : every event, also those that take no part (disabled, outside the run, or of other rumors),
        ordered by date and id.
    values : catalog id -> value, for every id a run may use.
    overrides : catalog id -> value, for those the scenario (or :meth:`replace`) sets.
    reasons : catalog id -> reason given with the override, "" without one; same keys as ``overrides``.
    path : the file, None if there is none; plays no part in comparisons.
    extends : names of the scenarios it extends, the nearest first; they play no part in comparisons.
    """

    name: str
    title: str
    description: str
    start: dt.date
    stop: dt.date
    rumors: tuple[str, ...]
    population: str
    rule: str | None
    fine: tuple[Fine, ...]
    all_events: tuple[Event, ...]
    values: FrozenMapping
    overrides: FrozenMapping
    reasons: FrozenMapping
    path: Path | None = field(default=None, compare=False)
    extends: tuple[str, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        parts = [f"{self.start} to {self.stop}", f"{len(self.rumors)} rumors", f"{len(self.events)} events"]
        return f"Scenario({self.name!r}, {', '.join(parts)}, {len(self.overrides)} overrides)"

    @property
    def posterior(self) -> str | None:
        """Name of the scenario whose fit the numbers come from: its own or the nearest it extends; None without one.

        It belongs to where numbers come from, not to what is run, and does not enter the fingerprint.
        """
        shipped = catalog.posteriors()
        return next((name for name in (self.name, *self.extends) if name in shipped), None)

    @property
    def begin(self) -> dt.datetime:
        """Moment the run begins: midnight before ``start``."""
        return dt.datetime(self.start.year, self.start.month, self.start.day)

    @property
    def end(self) -> dt.datetime:
        """Moment the run ends: midnight after ``stop``."""
        return dt.datetime(self.stop.year, self.stop.month, self.stop.day) + _ONE_DAY

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events that take part, ordered by date and id, their rumors narrowed to those followed.

        An event takes part if it is enabled, if some of it falls into the run, and if it speaks of a rumor that is
        followed (or of none). Events of a scenario that is extended or cut short may drop out this way.
        """
        narrowed = [
            self._narrowed(event) for event in self.all_events if event.enabled and event.meets(self.begin, self.end)
        ]
        return tuple(event for event in narrowed if event is not None)

    def _narrowed(self, event: Event) -> Event | None:
        named = event.rumors_named()
        if event.when is not None and event.when.rumor not in (None, *self.rumors):
            return None
        if all(rumor in self.rumors for rumor in named):
            return event
        if not any(rumor in self.rumors for rumor in named):
            return None
        kept: dict[str, Any] = {
            name: tuple(rumor for rumor in getattr(event, name) if rumor in self.rumors)
            for name in ("rumors", "voiced")
            if name in type(event).model_fields
        }
        return event.model_copy(update=kept)

    def window(self, event: Event) -> tuple[dt.datetime, dt.datetime]:
        """Return when an event begins and ends, cut to the run.

        An event that lasts ends with the run where it has no ``until``; one that happens once ends when it begins.
        An event that began before the run is in force from its start.
        """
        last = event.end
        if last is None:
            last = self.end if event.LASTS else event.begin
        return max(event.begin, self.begin), max(min(last, self.end), min(event.begin, self.end))

    def event(self, name: str) -> Event:
        """Return the event with an id, whether it takes part or not.

        Raises
        ------
        ScenarioError
            If there is none.
        """
        for event in self.all_events:
            if event.id == name:
                return event
        names = [event.id for event in self.all_events]
        raise ScenarioError(f"unknown event {said(name)}", allowed=names, nearest=nearest(name, names))

    @overload
    def events_of(self, kind: type[_OneEvent]) -> tuple[_OneEvent, ...]: ...

    @overload
    def events_of(self, kind: str) -> tuple[Event, ...]: ...

    def events_of(self, kind: str | type[Event]) -> tuple[Event, ...]:
        """Return the events of a kind that take part, given its name or its class.

        Raises
        ------
        ScenarioError
            If the kind is unknown.

        Examples
        --------
        >>> [event.id for event in load_scenario("tirana-conference").events_of("letter")]
        ['letter']
        """
        word = kind if isinstance(kind, str) else kind.KIND
        if word not in EVENT_KINDS:
            raise ScenarioError(f"unknown kind {said(word)}", allowed=EVENT_KINDS, nearest=nearest(word, EVENT_KINDS))
        return tuple(event for event in self.events if event.kind == word)

    def value(self, key: str) -> Value:
        """Return the value of a catalog id in this scenario.

        Raises
        ------
        ScenarioError
            If the id is unknown, or has no part in this scenario.

        Examples
        --------
        >>> load_scenario("tirana-conference").value("party.students_abroad")
        660
        """
        if key in self.values:
            return cast(Value, self.values[key])
        raise ScenarioError(_no_value(str(key), self.population), nearest=nearest(key, self.values))

    def number(self, given: float | int | str, values: Mapping[str, Any] | None = None) -> float | int:
        """Return a number of an event: the value of the catalog id it names, or the number itself.

        Parameters
        ----------
        given : what a field such as ``event.prob`` holds.
        values : values to use in place of the scenario's, such as a draw from the posterior.

        Examples
        --------
        >>> scenario = load_scenario("secret-speech")
        >>> scenario.number(scenario.event("plenum").prob)
        0.97
        """
        if not isinstance(given, str):
            return given
        return cast(float, self.value(given) if values is None or given not in values else values[given])

    def replace(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a copy with some keys changed; everything is checked again.

        Parameters
        ----------
        changes : key -> new value. Keys are catalog ids, header fields (``start``, ``stop``, ``rumors``, ...) and
            ``events.<id>.<field>``. A date or plain number set for an event is marked as set by hand.

        Raises
        ------
        ScenarioError
            With every wrong key and value.

        Examples
        --------
        >>> short = load_scenario("tirana-conference").replace({"stop": "1956-04-20", "events.letter.enabled": False})
        >>> short.stop
        datetime.date(1956, 4, 20)
        """
        if not isinstance(changes, Mapping):
            raise ScenarioError("not changes", given=type(changes).__name__, allowed="a mapping key -> new value")
        problems = Problems()
        document = changed_document(self, changes, problems)
        return _build(document, self.path, problems)

    def resolved(self) -> dict[str, Any]:
        """Return the full machine form, in the types of JSON, with every default filled in."""
        return write.resolved_form(self)

    def to_json(self) -> str:
        """Return the full machine form as JSON text, which :func:`load_scenario` and :func:`loads_scenario` read."""
        return write.to_json(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything in the scenario that can change a result."""
        return write.fingerprint(self)

    def idle(self) -> tuple[str, ...]:
        """Return what of the scenario does not act in its run, one line for each reason."""
        return idle_parts(self)

    def structural_key(self) -> str:
        """Return the SHA-256 of what shapes the party; scenarios with the same key share one party."""
        return write.structural_key(self)


def _no_value(key: str, population: str) -> str:
    if key in catalog.parameters():
        return f"{said(key)} has no part in this scenario (population {said(population)})"
    return unknown_key(key)[0]


def load_scenario(name_or_path: str | os.PathLike[str]) -> Scenario:
    """Return a scenario by name, or from a file in TOML or in resolved JSON.

    Names are looked for in the folders of ``$RUMORSIM_SCENARIOS``, then among the shipped scenarios.

    Parameters
    ----------
    name_or_path : a name such as "tirana-conference", or a path (a path object, or a text with a slash or ending).

    Raises
    ------
    ScenarioError
        If there is no such scenario, or with everything that is wrong in the file.

    Examples
    --------
    >>> load_scenario("secret-speech").rumors
    ('secret_speech', 'elite_privileges', 'missing_name')
    """
    path = find_scenario(name_or_path)
    source = read_source(path)
    kind = "scenario" if source.is_json else file_kind(source.data)
    if kind != "scenario":
        what, allowed = FILE_KINDS[kind]
        raise ScenarioError(what, file=source.name, allowed=allowed)
    return _from_source(source, path)


def loads_scenario(text: str, *, name: str = "scenario", is_json: bool = False) -> Scenario:
    """Return a scenario from its text.

    Parameters
    ----------
    text : TOML in the human form, or JSON in the resolved form.
    name : what messages (and for TOML the scenario) call it.
    is_json : which of the two it is.

    Raises
    ------
    ScenarioError
        With everything that is wrong in the text.

    Examples
    --------
    >>> scenario = load_scenario("daley-kendall")
    >>> loads_scenario(scenario.to_json(), is_json=True) == scenario
    True
    """
    return _from_source(source_from_text(text, name=name, is_json=is_json), None)


def _from_source(source: Source, path: Path | None) -> Scenario:
    problems = Problems()
    document = document_from_json(source, problems) if source.is_json else document_from_toml(source, path, problems)
    return _build(document, path, problems)


def _build(document: Document, path: Path | None, problems: Problems) -> Scenario:
    """Check a document and return the scenario, or raise everything that is wrong with it."""
    header = header_of(document, problems)
    population = header.population if header is not None else str(document.header.get("population", "party"))
    rumors = header.rumors if header is not None else catalog.RUMORS
    values = values_of(document, population, rumors, problems)
    events = events_of(document, header, values, problems)
    if header is not None:
        check_header(header, document, problems)
        for event in events.values():
            check_event(event, header, document, problems)
            if event.enabled and all(
                number in values for number in event.numbers().values() if isinstance(number, str)
            ):
                check_can_act(event, _number_of(values), values, document, problems)
        if len(events) == len(document.events):
            check_events_together(events, header, values, document, problems)
    problems.raise_if_any()
    if header is None:
        raise ScenarioError("invalid scenario", file=document.top.name)
    return _scenario(document, header, values, events, path)


def _number_of(values: Mapping[str, Any]) -> Callable[[Any], float]:
    return lambda given: float(values[given] if isinstance(given, str) else given)


def _scenario(
    document: Document, header: Header, values: dict[str, Value], events: dict[str, Event], path: Path | None
) -> Scenario:
    pinned = {key: document.pinned[key] for key in values if key in document.pinned}
    return Scenario(
        name=document.name,
        title=header.title,
        description=header.description.strip(),
        start=header.start,
        stop=header.stop,
        rumors=tuple(rumor for rumor in catalog.RUMORS if rumor in header.rumors),
        population=header.population,
        rule=header.rule,
        fine=tuple(sorted(header.fine, key=lambda window: window.first)),
        all_events=tuple(sorted(events.values(), key=lambda event: (event.begin, event.id))),
        values=FrozenMapping(values),
        overrides=FrozenMapping({key: values[key] for key in pinned}),
        reasons=FrozenMapping(pinned),
        path=path,
        extends=document.extends,
    )
