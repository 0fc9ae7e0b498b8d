"""``rumorsim explain``: every number behind a run, where it comes from and how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rumorsim.cli.explain_evidence import cited_facts, evidence_entry, evidence_ids, evidence_lines, fit_text
from rumorsim.cli.options import JsonOption, ScenarioArgument, SettingsOption, chosen_scenario
from rumorsim.cli.output import day, heading, print_json, text_width, wrapped
from rumorsim.errors import ScenarioError, nearest

if TYPE_CHECKING:
    from rumorsim.scenario import Event, NumberRow, Scenario

__all__ = ["count_by_status", "explain", "explained_events", "explained_numbers", "explained_tables", "written"]


def explain(
    scenario: ScenarioArgument,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]...",
            help="Only these: a number or the beginning of its key, such as travel; a fact (F122), a target (T05), "
            "a constraint (C4), or an event (letter).",
        ),
    ] = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every number behind a run: value, unit, status, source, reason and prior; then events, facts and tables.

    Status: stated (in the source), inferred (our reading of it), assumed (ours, with the reason), calibrated (fitted),
    set (by the scenario or on the command line).
    """
    chosen = chosen_scenario(scenario, settings)
    numbers, evidence = _selected(chosen, explained_numbers(chosen), keys or ())
    events = [one for one in evidence if one["kind"] == "event"]
    evidence = [one for one in evidence if one["kind"] != "event"]
    if as_json:
        print_json(
            {
                "scenario": chosen.name,
                "fingerprint": chosen.fingerprint(),
                "numbers": numbers,
                "events": explained_events(chosen),
                "tables": explained_tables(chosen),
                "evidence": evidence if keys else [evidence_entry(chosen, fact) for fact in cited_facts(chosen)],
            }
        )
        return
    for line in _report(chosen, numbers, evidence, {one["id"] for one in events}, whole=not keys):
        print(line)


def explained_numbers(scenario: Scenario) -> list[dict[str, Any]]:
    """Return every number of a run of a scenario, plain numbers of its events last.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> row = {row["key"]: row for row in explained_numbers(load_scenario("secret-speech"))}["party.students_abroad"]
    >>> row["value"], row["unit"], row["status"]
    (660, 'persons', 'stated')
    """
    from rumorsim.scenario import numbers

    if scenario.posterior is None:
        return [_number(scenario, row) for row in numbers(scenario)]
    from rumorsim.ensemble.draws import at_mode, calibrated
    from rumorsim.ensemble.posterior import posterior

    fitted, words = calibrated(scenario), posterior(scenario).about.get("learned", {})
    found = [_number(scenario, row) for row in numbers(at_mode(scenario))]
    for one in found:
        if one["key"] in fitted:
            one["status"] = "calibrated"
            word = words.get(one["key"])
            known = "the fit learned nothing of it" if word is None else f"the fit has {word} something of it"
            represented = f"of the draw that represents the fit of {scenario.posterior}"
            one["reason"] = f"{represented}; {known}; before: {one['reason']}"
    return found


def _number(scenario: Scenario, row: NumberRow) -> dict[str, Any]:
    from rumorsim import catalog

    entry = catalog.parameters().get(row.key)
    found: dict[str, Any] = {
        "key": row.key,
        "value": row.value,
        "unit": row.unit,
        "status": "set" if row.status == "scenario" else row.status,
        "meaning": row.meaning,
        "source": row.source,
        "reason": entry.reason if entry is not None else row.source,
        "evidence": list(entry.evidence) if entry is not None else [],
        "prior": None,
        "allowed": None,
        "structural": False,
        "provisional": False,
        "used_in": list(row.used_in),
        "catalog_value": None,
        "fit": fit_text(row.key),
    }
    if entry is None:
        return found
    found |= {
        "prior": None if entry.prior is None else str(entry.prior),
        "allowed": entry.allowed,
        "structural": entry.structural,
        "provisional": entry.provisional,
        "catalog_value": entry.value,
    }
    if row.overridden and row.value != entry.value:
        found["status"], found["provisional"] = "set", False
        found["reason"] = scenario.reasons[row.key] or "no reason given"
        found["source"] = f"set by {scenario.name}"
    return found


def explained_events(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the events that take part, with the facts they rest on.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> [event["evidence"] for event in explained_events(load_scenario("secret-speech")) if event["id"] == "plenum"]
    [['F034', 'F036']]
    """
    return [
        {
            "id": event.id,
            "kind": event.kind,
            "date": event.date,
            "until": event.until,
            "label": event.label,
            "numbers": event.numbers(),
            "evidence": list(event.evidence),
            "assumed": event.assumed,
            "source": event.source,
        }
        for event in scenario.events
    ]


def explained_tables(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the tables of the catalog a run reads beside its numbers, with the status of their rows.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> [table["table"] for table in explained_tables(load_scenario("maki-thompson"))]
    []
    """
    from rumorsim import catalog

    if scenario.population != "party":
        return []
    places, districts = catalog.places().values(), catalog.districts().values()
    return [
        _table("gazetteer", "places: position, and the larger place each lies in", [one.status for one in places]),
        _table("districts", "the 26 districts: inhabitants, and share of the members", [o.status for o in districts]),
        _table("districts, towns", "inhabitants of the towns of each district", [o.urban_status for o in districts]),
        _table(
            "themes",
            "weights of the themes of each rumor; they only sort what was voiced",
            ["assumed"] * sum(rumor in catalog.themes() for rumor in scenario.rumors),
        ),
    ]


def _table(name: str, meaning: str, status: list[str]) -> dict[str, Any]:
    return {"table": name, "meaning": meaning, "rows": len(status), "status": dict(Counter(status))}


def count_by_status(numbers: list[dict[str, Any]]) -> str:
    """Return how many numbers there are of each status, as a sentence.

    Examples
    --------
    >>> count_by_status([{"status": "assumed", "provisional": True}, {"status": "stated", "provisional": False}])
    '2 numbers: 1 stated, 1 assumed; 1 provisional (not yet checked against the source by a second person)'
    """
    count = Counter(row["status"] for row in numbers)
    parts = [f"{count[word]} {word}" for word in ("stated", "inferred", "calibrated", "assumed", "set") if count[word]]
    text = f"{len(numbers)} numbers: {', '.join(parts)}"
    unchecked = sum(row["provisional"] for row in numbers)
    return (
        f"{text}; {unchecked} provisional (not yet checked against the source by a second person)"
        if unchecked
        else text
    )


def _selected(
    scenario: Scenario, numbers: list[dict[str, Any]], keys: Iterable[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the numbers whose key is, or begins with, one of the words, and the evidence and events called so.

    Without words all numbers, and nothing else.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return numbers, []
    chosen: set[str] = set()
    evidence: dict[str, dict[str, Any]] = {}
    for word in wanted:
        low = word.strip().casefold().rstrip(".")
        found = {row["key"] for row in numbers if row["key"].casefold() == low or row["key"].startswith(low + ".")}
        entry = evidence_entry(scenario, word.strip())
        if not found and entry is None:
            known = [row["key"] for row in numbers]
            groups = list(dict.fromkeys(key.split(".")[0] for key in known))
            raise ScenarioError(
                f"no number, fact, target, constraint or event {word!r} in this scenario",
                allowed=None if "." in word else [*groups, "F...", "T...", "C...", "events"],
                nearest=nearest(word, known if "." in word else [*groups, *evidence_ids(scenario)]),
            )
        chosen |= found
        if entry is not None:
            evidence[entry["kind"] + entry["id"]] = entry
    return [row for row in numbers if row["key"] in chosen], list(evidence.values())


def _report(
    scenario: Scenario,
    numbers: list[dict[str, Any]],
    evidence: Iterable[dict[str, Any]],
    events: set[str],
    *,
    whole: bool,
) -> Iterator[str]:
    columns = text_width()
    if whole:
        yield f"{scenario.name}: {scenario.title}"
        yield wrapped(count_by_status(numbers), columns)
        yield ""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in numbers:
        groups.setdefault(row["key"].split(".")[0], []).append(row)
    for word, rows in groups.items():
        yield heading(f"{word} ({len(rows)})")
        for row in rows:
            yield from _number_lines(row, columns)
        yield ""
    yield from _event_lines([one for one in scenario.events if whole or one.id in events], columns)
    for entry in evidence:
        yield from evidence_lines(entry, columns)
    if whole:
        yield from _fact_lines(scenario, columns)
        yield from _table_lines(scenario, columns)


def _number_lines(row: dict[str, Any], columns: int) -> Iterator[str]:
    yield f"{row['key']} = {written(row['value'])} {row['unit']} [{row['status']}]".replace("  ", " ")
    parts = [("", row["meaning"]), ("reason: ", row["reason"])]
    if row["source"] not in ("", "assumed", row["reason"]):
        parts.append(("source: ", row["source"]))
    if row["evidence"]:
        parts.append(("evidence: ", " ".join(row["evidence"])))
    if row["prior"] is not None:
        parts.append(("prior: ", row["prior"]))
    parts.append(("in the fit: ", row["fit"]))
    if row["catalog_value"] is not None and row["catalog_value"] != row["value"]:
        parts.append(("catalog: ", f"{written(row['catalog_value'])} {row['unit']}"))
    used = [path for path in row["used_in"] if path != row["key"]]
    if used:
        parts.append(("used in: ", ", ".join(used)))
    for word, text in parts:
        if text:
            yield wrapped(word + text, columns, "      ", first="    ")


def written(value: Any) -> str:
    """Return a value as a scenario file would show it.

    Examples
    --------
    >>> written(0.025), written(660), written("party"), written(True)
    ('0.025', '660', 'party', 'true')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def _event_lines(events: list[Event], columns: int) -> Iterator[str]:
    if not events:
        return
    yield heading(f"events ({len(events)})")
    for event in events:
        until = f" to {day(event.until)}" if event.until is not None else ""
        label = f": {event.label}" if event.label else ""
        yield wrapped(f"{day(event.date)}{until}: {event.id} ({event.kind}){label}", columns, "    ", first="")
        if event.numbers():
            text = ", ".join(f"{field} = {written(number)}" for field, number in event.numbers().items())
            yield wrapped(text, columns, "      ", first="    ")
        if event.evidence:
            yield wrapped("evidence: " + " ".join(event.evidence), columns, "      ", first="    ")
        for word, reason in (("assumed: ", event.assumed), ("source: ", event.source)):
            if reason:
                yield wrapped(word + reason, columns, "      ", first="    ")
    yield ""


def _fact_lines(scenario: Scenario, columns: int) -> Iterator[str]:
    from rumorsim import catalog

    facts = catalog.facts()
    ids = cited_facts(scenario)
    if not ids:
        return
    yield heading(f"facts that numbers and events rest on ({len(ids)})")
    for key in ids:
        source = "; ".join(str(one) for one in facts[key].source)
        yield wrapped(f"{key}: {facts[key].claim} [{facts[key].status}] ({source})", columns, "    ", first="")
    yield ""


def _table_lines(scenario: Scenario, columns: int) -> Iterator[str]:
    tables = explained_tables(scenario)
    if not tables:
        return
    yield heading("tables")
    for table in tables:
        status = ", ".join(f"{count} {word}" for word, count in table["status"].items())
        yield wrapped(f"{table['table']}: {table['meaning']}; rows: {status}", columns, "    ", first="")
