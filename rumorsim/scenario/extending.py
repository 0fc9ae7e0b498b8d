"""Laying files over each other: a scenario over the ones it extends, each value with the place it was written.

``extends`` names one scenario or a list of them. Their content is laid down in that order, the extending file last;
a file that is reached twice is laid down once, where it is reached first. Header fields and numbers of a later layer
replace those of an earlier one. An event with a known id changes the fields it names and keeps the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic_core import PydanticCustomError

from rumorsim.errors import ScenarioError, nearest
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.fields import IdRule, said
from rumorsim.scenario.parts import Event, Header
from rumorsim.scenario.problems import Origin, Problems, Source
from rumorsim.scenario.read import find_scenario, read_source
from rumorsim.scenario.values import flatten_sections, sections

__all__ = [
    "FORMAT",
    "HEADER_FIELDS",
    "POSTERIOR_KEY",
    "RESOLVED_KEYS",
    "Document",
    "document_from_json",
    "document_from_toml",
    "event_fields",
]

#: First entry of every resolved file; the number rises when an older version could misread a file.
FORMAT: Final = "rumorsim-scenario/1"

#: Names of the header fields of a scenario.
HEADER_FIELDS: Final = tuple(Header.model_fields)

#: Keys of the resolved form, in order.
RESOLVED_KEYS: Final = ("format", "name", *HEADER_FIELDS, "values", "overrides", "events")

#: Key of the scenario whose fit is used; only where one is shipped.
POSTERIOR_KEY: Final = "posterior"

_MOST_BASES: Final = 20


@dataclass
class Document:
    """Everything the layers say, before it is checked; every entry knows where it was written.

    ``extends`` are the names of the layers below, the nearest first; ``pinned`` the catalog ids the scenario itself
    sets. What the last layer says is explicit and must take part in the run; what a layer below says may be out of its
    reach.
    """

    top: Source
    name: str = ""
    extends: tuple[str, ...] = ()
    header: dict[str, Any] = field(default_factory=dict)
    header_origins: dict[str, Origin] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    value_origins: dict[str, Origin] = field(default_factory=dict)
    pinned: dict[str, str] = field(default_factory=dict)
    explicit_values: set[str] = field(default_factory=set)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    event_origins: dict[str, dict[str, Origin]] = field(default_factory=dict)
    event_places: dict[str, Origin] = field(default_factory=dict)

    @property
    def file(self) -> Origin:
        """Origin of what belongs to the file as a whole."""
        return Origin(self.top, ())

    def event_origin(self, name: str, *path: str | int) -> Origin:
        """Return where a field of an event was written, or the event if the field was not."""
        fields = self.event_origins.get(name, {})
        if path and str(path[0]) in fields:
            return fields[str(path[0])].inside(*path[1:])
        return self.event_places.get(name, self.file)

    def is_explicit(self, name: str, *fields: str) -> bool:
        """Return whether the last layer itself gives one of these fields of an event."""
        origins = self.event_origins.get(name, {})
        return any(one in origins and origins[one].source is self.top for one in fields)


def document_from_toml(source: Source, path: Path | None, problems: Problems) -> Document:
    """Return the document of a scenario in the human form, with the files it extends laid underneath.

    Parameters
    ----------
    source : the parsed file.
    path : its path, from which names in ``extends`` are looked up.
    problems : where mistakes are noted.
    """
    document = Document(source, name=path.stem if path is not None else source.name or "")
    layers = _layers(source, path, problems)
    document.extends = tuple(Path(layer.name).stem for layer in reversed(layers[:-1]) if layer.name is not None)
    for layer in layers:
        _lay(document, layer, layer is source, len(layers) > 1, problems)
    return document


def _layers(source: Source, path: Path | None, problems: Problems) -> list[Source]:
    """Return the files a scenario rests on, the lowest first and the scenario itself last."""
    done: dict[Path, Source] = {}
    order: list[Source] = []

    def visit(one: Source, where: Path | None, chain: tuple[Path, ...]) -> None:
        given = one.data.get("extends", [])
        names = [given] if isinstance(given, str) else given
        origin = Origin(one, ("extends",))
        if not isinstance(names, list):
            problems.add(origin, f"{said(given)} is not the name of a scenario", allowed="a name, a path or a list")
            names = []
        for number, name in enumerate(names):
            at = origin if isinstance(given, str) else origin.inside(number)
            if not isinstance(name, str):
                problems.add(at, f"{said(name)} is not the name of a scenario", allowed="a name or a path")
                continue
            base = _find_base(name, where, at, problems)
            if base is None:
                continue
            key = base.resolve()
            if key in chain:
                loop = " -> ".join(one.name for one in (*chain[chain.index(key) :], key))
                problems.add(at, f"the scenario extends itself: {loop}", allowed="a chain that ends")
            elif len(done) >= _MOST_BASES:
                problems.add(at, "the scenario rests on too many files", allowed=f"at most {_MOST_BASES}")
            elif key not in done:
                done[key] = read_source(base)
                visit(done[key], base, (*chain, key))
        order.append(one)

    visit(source, path, (path.resolve(),) if path is not None else ())
    return order


def _find_base(name: str, where: Path | None, at: Origin, problems: Problems) -> Path | None:
    try:
        found = find_scenario(name, beside=where)
    except ScenarioError as error:
        what = f"{error.what} {said(name)}" if error.what == "no such file" else error.what
        problems.add(at, what, allowed=error.allowed, near=error.nearest)
        return None
    if found.suffix == ".json":
        problems.add(at, f"{said(name)} is a resolved scenario", allowed="a scenario in TOML")
        return None
    return found


def _lay(document: Document, source: Source, is_top: bool, extends: bool, problems: Problems) -> None:
    origin = Origin(source, ())
    rest = dict(source.data)
    rest.pop("extends", None)
    population = rest.get("population")
    if isinstance(population, dict):
        rest["population"] = {key: value for key, value in population.items() if key != "kind"}
        if "kind" in population:
            document.header["population"] = population["kind"]
            document.header_origins["population"] = origin.inside("population", "kind")
    for name in HEADER_FIELDS:
        if name in rest and not (name == "population" and isinstance(population, dict)):
            document.header[name] = rest.pop(name)
            document.header_origins[name] = origin.inside(name)
    events = rest.pop("events", [])
    known = (*HEADER_FIELDS, "extends", "events", *sections())
    for key in list(rest):
        if key not in (*known, "article") and "." not in key:
            problems.add(origin.inside(key), f"unknown key {said(key)}", near=nearest(key, known))
            del rest[key]
    for key, value, at in flatten_sections(rest, origin, problems):
        document.values[key] = value
        document.value_origins[key] = at
        document.pinned[key] = ""
        if is_top:
            document.explicit_values.add(key)
    _lay_events(document, events, origin.inside("events"), extends, problems)


def _lay_events(document: Document, events: Any, origin: Origin, extends: bool, problems: Problems) -> None:
    if not isinstance(events, list):
        problems.add(origin, f"{said(events)} is not a list of events", allowed="[[events]] before each event")
        return
    seen: dict[str, int] = {}
    for number, event in enumerate(events):
        at = origin.inside(number)
        if not isinstance(event, dict):
            problems.add(at, f"{said(event)} is not an event", allowed="[[events]] before each event")
            continue
        name = _event_id(event, at, problems)
        if name is None:
            continue
        if name in seen:
            problems.add(
                at.inside("id"), f"the id {said(name)} is taken by events[{seen[name]}]", allowed="every id once"
            )
            continue
        seen[name] = number
        before = document.events.get(name)
        if before is not None and event.get("kind", before.get("kind")) != before.get("kind"):
            problems.add(
                at.inside("kind"),
                f"the event {said(name)} is of kind {said(before.get('kind'))} in the scenario this one extends",
                allowed="the same kind; or disable it and add an event with another id",
            )
            continue
        if before is None and not _has_kind(event, name, document, at, extends, problems):
            continue
        if before is not None and all(key in before and before[key] == value for key, value in event.items()):
            problems.add(
                at,
                f"the event {said(name)} changes nothing of the one this scenario extends",
                allowed="at least one field with another value, such as enabled = false",
            )
        document.events.setdefault(name, {}).update(event)
        origins = document.event_origins.setdefault(name, {})
        origins.update({key: at.inside(key) for key in event})
        document.event_places[name] = at


def _event_id(event: Mapping[str, Any], at: Origin, problems: Problems) -> str | None:
    if "id" not in event:
        problems.add(at, "no id", allowed='every event has one, such as id = "plenum"')
        return None
    try:
        return IdRule().check(event["id"])
    except PydanticCustomError as error:
        context = error.context or {}
        problems.add(at.inside("id"), context["what"], allowed=context["allowed"])
        return None


def _has_kind(
    event: Mapping[str, Any], name: str, document: Document, at: Origin, extends: bool, problems: Problems
) -> bool:
    kind = event.get("kind")
    if isinstance(kind, str) and kind in EVENT_KINDS:
        return True
    if kind is None and extends and nearest(name, document.events) is not None:
        problems.add(
            at.inside("id"),
            f"unknown event {said(name)}, and a new event needs a kind",
            near=nearest(name, document.events),
        )
    elif "kind" not in event:
        problems.add(at, "no kind", allowed=EVENT_KINDS)
    else:
        problems.add(
            at.inside("kind"),
            f"unknown kind {said(kind)}",
            allowed=EVENT_KINDS,
            near=nearest(kind, EVENT_KINDS) if isinstance(kind, str) else None,
        )
    return False


def event_fields(kind: str) -> tuple[str, ...]:
    """Return the names of the fields of a kind of event, ``kind`` first.

    Examples
    --------
    >>> event_fields("note")[:3]
    ('kind', 'id', 'date')
    """
    return tuple(EVENT_KINDS[kind].model_fields) if kind in EVENT_KINDS else tuple(Event.model_fields)


def document_from_json(source: Source, problems: Problems) -> Document:
    """Return the document of a scenario in the resolved form, in which nothing may be left out.

    Parameters
    ----------
    source : the parsed file.
    problems : where mistakes are noted.
    """
    data, origin = source.data, Origin(source, ())
    # a machine wrote the file, with everything there was in it: nothing is explicit
    document = Document(Source(source.name, source.text, data, is_json=True))
    for key in RESOLVED_KEYS:
        if key not in data:
            problems.add(origin, f"no {key}", allowed="a resolved scenario, with everything in it")
    for key in data:
        if key not in (*RESOLVED_KEYS, POSTERIOR_KEY):
            problems.add(origin.inside(key), f"unknown key {said(key)}", near=nearest(key, RESOLVED_KEYS))
    if data.get("format", FORMAT) != FORMAT:
        problems.add(origin.inside("format"), f"unknown format {said(data['format'])}", allowed=(FORMAT,))
    name = data.get("name", "")
    if not isinstance(name, str):
        problems.add(origin.inside("name"), f"{said(name)} is not a name", allowed="text in quotes")
    document.name = str(name)
    fitted = data.get(POSTERIOR_KEY)
    if not isinstance(fitted, (str, type(None))):
        problems.add(origin.inside(POSTERIOR_KEY), f"{said(fitted)} is not a name", allowed="text in quotes")
    elif fitted is not None:
        document.extends = (fitted,)
    for key in HEADER_FIELDS:
        if key in data:
            document.header[key] = data[key]
            document.header_origins[key] = origin.inside(key)
    values = _table(data, "values", origin, problems)
    document.values = values
    document.value_origins = {key: origin.inside("values", key) for key in values}
    document.explicit_values = set(values)
    for key, reason in _table(data, "overrides", origin, problems).items():
        if key not in values:
            problems.add(origin.inside("overrides", key), f"{said(key)} is not among the values")
        elif not isinstance(reason, str):
            problems.add(origin.inside("overrides", key), f"{said(reason)} is not a reason", allowed="text in quotes")
        else:
            document.pinned[key] = reason
    _lay_events(document, data.get("events", []), origin.inside("events"), False, problems)
    for key, event in document.events.items():
        for one in event_fields(event["kind"]):
            if one not in event:
                problems.add(document.event_places[key], f"no {one}", allowed="a resolved event, with every field")
    return document


def _table(data: Mapping[str, Any], key: str, origin: Origin, problems: Problems) -> dict[str, Any]:
    table = data.get(key, {})
    if isinstance(table, dict):
        return dict(table)
    problems.add(origin.inside(key), f"{said(table)} is not a table")
    return {}
