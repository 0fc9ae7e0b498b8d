"""From a document to its header, its numbers and its events, each of them right by itself; all mistakes are noted."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from rumorsim import catalog
from rumorsim.catalog import Value
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.extending import HEADER_FIELDS, Document
from rumorsim.scenario.fields import said
from rumorsim.scenario.parts import Event, Header
from rumorsim.scenario.problems import Origin, Problems
from rumorsim.scenario.values import accepted, check_values_together, is_used, unknown_key

__all__ = ["events_of", "header_of", "values_of"]


def header_of(document: Document, problems: Problems) -> Header | None:
    """Return the header, with every wrong field noted; None where start or stop is wrong.

    Other wrong fields are left at their defaults, so that the rest is checked and everything wrong is said at once.
    """
    given = dict(document.header)
    windows = given.get("fine")
    if isinstance(windows, list):
        given["fine"] = tuple(windows)
    elif isinstance(windows, dict):
        problems.add(
            document.header_origins["fine"], f"{said(windows)} is not a list", allowed="[[fine]], with two brackets"
        )
        del given["fine"]
    try:
        return Header.model_validate(given)
    except ValidationError as error:
        problems.add_validation(error, document.file, HEADER_FIELDS, document.header_origins)
        wrong = {str(one["loc"][0]) for one in error.errors(include_url=False)}
    if wrong & {"start", "stop"}:
        return None
    right = {key: value for key, value in given.items() if key not in wrong}
    return Header.model_validate({"title": "?", "rumors": list(catalog.RUMORS)} | right)


def values_of(document: Document, population: str, rumors: tuple[str, ...], problems: Problems) -> dict[str, Value]:
    """Return every value a run may use: the catalog's, with those of the scenario in their place."""
    table = catalog.parameters()
    values: dict[str, Value] = {key: entry.value for key, entry in table.items() if is_used(key, population, rumors)}
    for key, given in document.values.items():
        origin = document.value_origins.get(key, document.file)
        entry = table.get(key)
        if entry is None:
            what, near = unknown_key(key)
            problems.add(origin, what, near=near)
        elif key in values:
            value, reason = accepted(entry, given, origin, problems)
            if value is not None:
                values[key] = value
            if reason:
                document.pinned[key] = reason
        elif key in document.explicit_values:
            why = f"population {said(population)}" if not key.startswith("rumor.") else "the rumor is not followed"
            why = "it only describes the article" if key.startswith("article.") else why
            problems.add(origin, f"{said(key)} has no part in this scenario: {why}")
    if document.top.is_json and document.top.data.get("values") is not None:
        for key in values:
            if key not in document.values:
                problems.add(
                    Origin(document.top, ("values",)),
                    f"no value of {key}",
                    allowed="a value for every id a run may use",
                )
    check_values_together(values, document.value_origins, document.file, problems)
    return values


def events_of(
    document: Document, header: Header | None, values: Mapping[str, Value], problems: Problems
) -> dict[str, Event]:
    """Return the events whose fields are right, by id; what is wrong with the others is noted."""
    events: dict[str, Event] = {}
    for name, given in document.events.items():
        kind = EVENT_KINDS[given["kind"]]
        filled = dict(given)
        if "date" not in filled and (kind.KIND == "endemic" or "when" in filled):
            filled["date"] = header.start if header is not None else document.header.get("start")
        try:
            event = kind.model_validate(filled)
        except ValidationError as error:
            problems.add_validation(
                error, document.event_places[name], tuple(kind.model_fields), document.event_origins[name]
            )
            continue
        events[name] = event
        for field_name, number in event.numbers().items():
            if isinstance(number, str) and header is not None and number not in values:
                problems.add(
                    document.event_origin(name, *field_name.split(".")),
                    f"{said(number)} has no part in this scenario",
                    allowed="the id of a number this scenario uses",
                )
    return events
