"""JSON schema of scenario files, so that editors complete keys, show help and mark mistakes as you type.

Made from the tables of fields (``parts`` and ``models``) and from the catalog; nothing is written twice.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from rumorsim import catalog
from rumorsim.catalog import Parameter
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.extending import FORMAT, POSTERIOR_KEY, RESOLVED_KEYS
from rumorsim.scenario.parts import Audience, Fine, Header, When
from rumorsim.scenario.values import sections

__all__ = ["resolved_schema", "schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema of the human form (TOML) as a table in the types of JSON.

    What only the whole file can tell (missing fields, dates against the run) is left to ``rumorsim check``.

    Examples
    --------
    >>> schema()["properties"]["travel"]["properties"]["duty_rate"]["anyOf"][0]["minimum"]
    0.0
    """
    definitions = _definitions()
    top = definitions.pop("Header")
    top["properties"]["population"] = {
        "description": top["properties"]["population"]["description"],
        "anyOf": [top["properties"]["population"], _population()],
    }
    properties = {
        "extends": {
            "description": "name or path of the scenario this one extends, or a list of them",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        **top["properties"],
        **{name: _section(name) for name in sections() if name != "population"},
        "events": {"type": "array", "description": "what happens", "items": _event(definitions)},
    }
    return {
        "$schema": _DRAFT,
        "title": "rumorsim scenario",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def resolved_schema() -> dict[str, Any]:
    """Return the schema of the resolved form (JSON), in which nothing is left out."""
    definitions = _definitions()
    top = definitions.pop("Header")
    table = catalog.parameters()
    values = {key: _number(entry) for key, entry in table.items() if not key.startswith("article.")}
    properties = {
        "format": {"const": FORMAT},
        "name": {"type": "string"},
        POSTERIOR_KEY: {"type": "string"},
        **top["properties"],
        "values": {"type": "object", "additionalProperties": False, "properties": values},
        "overrides": {"type": "object", "additionalProperties": {"type": "string"}},
        "events": {"type": "array", "items": _event(definitions)},
    }
    return {
        "$schema": _DRAFT,
        "title": "resolved rumorsim scenario",
        "type": "object",
        "required": list(RESOLVED_KEYS),
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }


def _definitions() -> dict[str, Any]:
    """Return one definition for every model, with only the id and kind of an event required."""
    found: dict[str, Any] = {}
    models: list[type[BaseModel]] = [Header, Fine, Audience, When, *EVENT_KINDS.values()]
    for model in models:
        form = model.model_json_schema(by_alias=True)
        found |= form.pop("$defs", {})
        found[model.__name__] = form
    for name, form in found.items():
        form.pop("required", None)
        if name == "Fine":
            form["required"] = ["from", "until"]
        if "audience" in form["properties"]:
            form["properties"]["audience"] = _audience(form["properties"]["audience"])
    return found


def _audience(field: dict[str, Any]) -> dict[str, Any]:
    groups = Audience.model_json_schema()["properties"]["group"]["enum"]
    short = {"type": "string", "pattern": "^(" + "|".join(groups) + "|students:[a-z]+)$"}
    return {"description": field.get("description", ""), "anyOf": [short, {"$ref": "#/$defs/Audience"}]}


def _event(definitions: dict[str, Any]) -> dict[str, Any]:
    """An event with a kind has the fields of its kind; one without changes an event of an extended scenario."""
    fields: dict[str, Any] = {}
    for model in EVENT_KINDS.values():
        for name, form in definitions[model.__name__]["properties"].items():
            fields.setdefault(name, form if name != "kind" else {"enum": list(EVENT_KINDS)})
    by_kind = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{model.__name__}"},
        }
        for kind, model in EVENT_KINDS.items()
    ]
    # what a field may hold depends on the kind, so a change without a kind is checked for its names only
    names: dict[str, Any] = dict.fromkeys(fields, True)
    partial = {
        "if": {"not": {"required": ["kind"]}},
        "then": {"properties": names, "additionalProperties": False},
    }
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"kind": fields["kind"]},
        "allOf": [*by_kind, partial],
    }


def _population() -> dict[str, Any]:
    form = _section("population")
    form["properties"]["kind"] = {"enum": ["party", "complete"]}
    return form


def _section(name: str) -> dict[str, Any]:
    top: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    for key, entry in catalog.parameters().items():
        words = key.split(".")
        if words[0] != name:
            continue
        inner = top
        for word in words[1:-1]:
            empty: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
            inner = inner["properties"].setdefault(word, empty)
        inner["properties"][words[-1]] = _setting(entry)
    return top


def _number(entry: Parameter) -> dict[str, Any]:
    if entry.kind == "bool":
        return {"type": "boolean"}
    if entry.kind in ("str", "date"):
        return {"type": "string", **({"enum": list(entry.choices)} if entry.choices else {})}
    form: dict[str, Any] = {"type": "integer" if entry.kind == "int" else "number"}
    if entry.low is not None:
        form["minimum"] = entry.low
    if entry.high is not None:
        form["maximum"] = entry.high
    return form


def _setting(entry: Parameter) -> dict[str, Any]:
    """A plain value, or a table with value, unit, source and reason."""
    table = {
        "type": "object",
        "required": ["value"],
        "additionalProperties": False,
        "properties": {
            "value": _number(entry),
            "unit": {"const": entry.unit},
            "source": {"type": "string"},
            "reason": {"type": "string"},
        },
    }
    return {
        "description": f"{entry.meaning} ({entry.unit}; {entry.status})",
        "default": entry.value,
        "anyOf": [_number(entry), table],
    }
