"""Changing a scenario by keys: the document of a scenario with new values laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rumorsim import catalog
from rumorsim.errors import nearest
from rumorsim.scenario import write
from rumorsim.scenario.extending import HEADER_FIELDS, Document
from rumorsim.scenario.fields import said
from rumorsim.scenario.problems import Origin, Problems, Source
from rumorsim.scenario.read import MOST_PARTS
from rumorsim.scenario.values import unknown_key

if TYPE_CHECKING:
    from rumorsim.scenario.resolve import Scenario

__all__ = ["changed_document"]


def changed_document(scenario: Scenario, changes: Mapping[str, Any], problems: Problems) -> Document:
    """Return the document of a scenario with changes laid over it, to be checked like a file.

    Parameters
    ----------
    scenario : the scenario.
    changes : catalog ids, header fields and ``events.<id>.<field>``, with their new values.
    problems : where mistakes are noted.
    """
    source, before = Source(None, ""), Source(None, "")  # what is changed, and what was there
    form = write.resolved_form(scenario)
    document = Document(source, name=scenario.name, extends=scenario.extends)
    document.header = {key: form[key] for key in HEADER_FIELDS}
    document.values = dict(scenario.values)
    document.pinned = dict(scenario.reasons)
    document.events = {event["id"]: event for event in form["events"]}
    for key in document.events:
        document.event_places[key] = Origin(before, ("events", key))
        document.event_origins[key] = {name: Origin(before, ("events", key, name)) for name in document.events[key]}
    document.header_origins = {key: Origin(source, (key,)) for key in HEADER_FIELDS}
    for key, value in changes.items():
        if isinstance(key, str) and key.count(".") >= MOST_PARTS:
            problems.add(Origin(source, ()), f"a key has more than {MOST_PARTS} parts", allowed=f"at most {MOST_PARTS}")
            continue
        origin = Origin(source, tuple(key.split(".")) if isinstance(key, str) else (str(key),))
        if key in HEADER_FIELDS:
            document.header[key] = value
        elif key in catalog.parameters():
            document.values[key] = value
            document.value_origins[key] = origin
            document.pinned[key] = ""
            document.explicit_values.add(key)
        elif isinstance(key, str) and key.startswith("events."):
            _change_event(document, key, value, origin, problems)
        else:
            what, near = unknown_key(str(key))
            problems.add(origin, what, near=nearest(str(key), HEADER_FIELDS) or near)
    if document.header["start"] != form["start"]:
        for event in document.events.values():
            if event["kind"] == "endemic" and event["date"] == form["start"]:
                event["date"] = document.header["start"]
    return document


def _change_event(document: Document, key: str, value: Any, origin: Origin, problems: Problems) -> None:
    name, *path = key.split(".")[1:]
    event = document.events.get(name)
    if event is None:
        near = nearest(name, document.events)
        problems.add(origin, f"unknown event {said(name)}", allowed=document.events, near=near)
        return
    if not path or path[0] in ("id", "kind"):
        allowed = [field for field in event if field not in ("id", "kind")]
        problems.add(origin, "names no field that can be changed", allowed=allowed)
        return
    inner = event
    for word in path[:-1]:
        if inner.get(word) is None:
            inner[word] = {}
        if not isinstance(inner[word], dict):
            problems.add(origin, f"{said(word)} is not a table")
            return
        inner = inner[word]
    if path[-1] in inner and inner[path[-1]] == write.plain(value):
        return
    inner[path[-1]] = value
    document.event_origins[name][path[0]] = Origin(origin.source, origin.path[:3])
    if path[0] in ("date", "until") and event.get("assumed") is None:
        event["assumed"] = f"{path[0]} set by hand"
    if isinstance(value, (int, float)) and not isinstance(value, bool) and event.get("source") is None:
        event["source"] = "set by hand"
