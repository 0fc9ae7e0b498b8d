"""Writing scenarios: the resolved form with everything filled in, its JSON, its canonical form and the fingerprint.

The resolved form is what a run folder keeps. Its canonical form leaves out everything that cannot change a result
(titles, descriptions, labels, evidence, reasons, events that take no part); the fingerprint is its SHA-256, so two
files that say the same in different ways have the same fingerprint.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from rumorsim import catalog
from rumorsim.scenario.extending import FORMAT, POSTERIOR_KEY
from rumorsim.scenario.parts import Audience, Event, Fine, When

if TYPE_CHECKING:
    from rumorsim.scenario.resolve import Scenario

__all__ = ["canonical_form", "event_form", "fingerprint", "plain", "resolved_form", "structural_key", "to_json"]

#: Fields of an event that cannot change a result.
_PROSE: Final = ("label", "evidence", "assumed", "source", "enabled")


def plain(value: Any) -> Any:
    """Return a value of a scenario in the types of JSON.

    Examples
    --------
    >>> plain(dt.date(1956, 4, 14)), plain(("a", "b")), plain(-0.0)
    ('1956-04-14', ['a', 'b'], 0.0)
    """
    if isinstance(value, (Audience, When)):
        return {key: plain(one) for key, one in value.form().items()}
    if isinstance(value, Fine):
        return {"from": value.first.isoformat(), "until": value.until.isoformat()}
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and value == 0.0:
        return 0.0
    return value


def event_form(event: Event) -> dict[str, Any]:
    """Return an event with every field, as it stands in a resolved scenario."""
    return {name: plain(getattr(event, name)) for name in type(event).model_fields}


def resolved_form(scenario: Scenario) -> dict[str, Any]:
    """Return the full machine form of a scenario, in the types of JSON."""
    return {
        "format": FORMAT,
        "name": scenario.name,
        **({} if scenario.posterior is None else {POSTERIOR_KEY: scenario.posterior}),
        "title": scenario.title,
        "description": scenario.description,
        "start": scenario.start.isoformat(),
        "stop": scenario.stop.isoformat(),
        "rumors": list(scenario.rumors),
        "population": scenario.population,
        "rule": scenario.rule,
        "fine": [plain(window) for window in scenario.fine],
        "values": {key: plain(value) for key, value in scenario.values.items()},
        "overrides": dict(scenario.reasons),
        "events": [event_form(event) for event in scenario.all_events],
    }


def to_json(scenario: Scenario) -> str:
    """Return the resolved form as JSON text with a line end, the same for the same scenario on every machine."""
    return json.dumps(resolved_form(scenario), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def canonical_form(scenario: Scenario) -> dict[str, Any]:
    """Return only what can change a result: what the fingerprint is taken of."""
    events = {}
    for event in scenario.events:
        if event.kind == "note":
            continue
        form = {key: value for key, value in event_form(event).items() if key not in _PROSE}
        form["date"] = event.begin.isoformat()
        form["until"] = event.end.isoformat() if event.end is not None else None
        events[form.pop("id")] = form
    windows = [
        [max(window.first, scenario.start).isoformat(), min(window.until, scenario.stop).isoformat()]
        for window in scenario.fine
        if window.first <= scenario.stop and window.until >= scenario.start
    ]
    return {
        "format": FORMAT,
        "start": scenario.start.isoformat(),
        "stop": scenario.stop.isoformat(),
        "rumors": list(scenario.rumors),
        "population": scenario.population,
        "rule": scenario.rule,
        "fine": sorted(windows),
        "values": {key: plain(value) for key, value in scenario.values.items() if not key.startswith("run.")},
        "events": events,
    }


def _digest(form: Any) -> str:
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def fingerprint(scenario: Scenario) -> str:
    """Return the SHA-256 of the canonical form as 64 hexadecimal digits."""
    return _digest(canonical_form(scenario))


def structural_key(scenario: Scenario) -> str:
    """Return the SHA-256 of what shapes the party: numbers the catalog marks as structural, and the population.

    Two scenarios with the same key have the same party, whatever happens in it.
    """
    table = catalog.parameters()
    shaping = {
        key: plain(value)
        for key, value in scenario.values.items()
        if key.startswith(("party.", "population.")) or table[key].structural
    }
    return _digest({"format": FORMAT, "population": scenario.population, "values": shaping})
