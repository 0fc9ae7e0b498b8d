"""Facts, targets, constraints and events behind a scenario, asked for by id as numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rumorsim.cli.output import wrapped

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario

__all__ = ["cited_facts", "evidence_entry", "evidence_ids", "evidence_lines", "fit_text"]


def cited_facts(scenario: Scenario) -> dict[str, list[str]]:
    """Return every fact that a number or an event of a scenario cites, with what cites it.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> "travel.duty_rate" in cited_facts(load_scenario("tirana-conference"))["F122"]
    True
    """
    from rumorsim import catalog

    users: dict[str, list[str]] = {}
    for key in scenario.values:
        for fact in catalog.parameter(key).evidence:
            users.setdefault(fact, []).append(key)
    for event in scenario.events:
        for fact in event.evidence:
            users.setdefault(fact, []).append(f"events.{event.id}")
    return dict(sorted(users.items()))


def evidence_ids(scenario: Scenario) -> list[str]:
    """Return the ids of all facts, targets, constraints, and of the events of a scenario."""
    from rumorsim import catalog
    from rumorsim.ensemble.constraints import CONSTRAINTS

    return [*catalog.facts(), *catalog.targets(), *CONSTRAINTS, *(event.id for event in scenario.events)]


def evidence_entry(scenario: Scenario, word: str) -> dict[str, Any] | None:
    """Return a fact, target, constraint or event by its id, case forgiven; None if the word is none of them.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> entry = evidence_entry(load_scenario("tirana-conference"), "t05")
    >>> entry["id"], entry["kind"], entry["fact"]
    ('T05', 'target', 'F122')
    """
    from rumorsim import catalog
    from rumorsim.cli.explain import explained_events
    from rumorsim.ensemble.constraints import CONSTRAINTS

    upper, facts, targets = word.upper(), catalog.facts(), catalog.targets()
    cites = cited_facts(scenario)
    if upper in facts:
        fact = facts[upper]
        used = cites.get(upper, []) + [one.id for one in targets.values() if one.fact == upper]
        used += [name for name, one in CONSTRAINTS.items() if one.fact == upper]
        source = "; ".join(str(one) for one in fact.source)
        return {"id": upper, "kind": "fact", "text": fact.claim, "status": fact.status, "source": source} | {
            "date": _span(fact.date_start, fact.date_end),
            "place": fact.place,
            "used_by": used,
            "note": "" if upper in cites else f"no number and no event of {scenario.name} cites it",
        }
    if upper in targets:
        target = targets[upper]
        value = "-".join(map(str, target.value)) if isinstance(target.value, tuple) else str(target.value)
        about = " ".join(one for one in (target.kind, target.rumor, target.place, target.term, value) if one)
        text = f"{about}; {target.note}" if target.note else about
        return {"id": upper, "kind": "target", "text": text.replace("_", " ")} | _resting(
            target.fact, fit_text(upper), soft=target.soft
        )
    if upper in CONSTRAINTS:
        one = CONSTRAINTS[upper]
        return {"id": upper, "kind": "constraint", "text": one.text} | _resting(
            one.fact, fit_text(upper), soft=one.soft
        )
    wanted = word.removeprefix("events.").casefold()
    found = [one for one in explained_events(scenario) if one["id"].casefold() == wanted]
    return {**found[0], "kind": "event", "event_kind": found[0]["kind"]} if found else None


def fit_text(name: str) -> str:
    """Return what a target, a constraint or a number is to `rumorsim calibrate`, and why; "" for nothing.

    Examples
    --------
    >>> fit_text("T09")
    'kept out: a check: who spoke in the hall does not enter the fit'
    """
    from rumorsim import catalog

    choice = catalog.calibration().get(name)
    return "" if choice is None else f"{choice.use.replace('_', ' ')}: {choice.reason}"


def _resting(fact: str, fit: str, *, soft: bool) -> dict[str, Any]:
    from rumorsim import catalog

    found = catalog.facts().get(fact)
    source = "" if found is None else "; ".join(str(one) for one in found.source)
    return {
        "fact": fact,
        "claim": "" if found is None else found.claim,
        "status": ("assumed" if found is None else found.status) + (", soft" if soft else ""),
        "source": source,
        "date": "" if found is None else _span(found.date_start, found.date_end),
        "used_by": ["verdict"],
        "note": f"in the fit: {fit}" if fit else "",
    }


def _span(first: Any, last: Any) -> str:
    return str(first) if first == last else f"{first} to {last}"


def evidence_lines(entry: dict[str, Any], columns: int) -> Iterator[str]:
    """Yield the lines of a fact, target or constraint."""
    yield wrapped(f"{entry['id']} ({entry['kind']}): {entry['text']} [{entry['status']}]", columns, "    ", first="")
    rest = f"{entry['fact']}: {entry['claim']}" if entry.get("fact") else ""
    parts = (
        ("rests on ", rest),
        ("date: ", entry["date"]),
        ("source: ", entry["source"]),
        ("used by: ", ", ".join(entry["used_by"])),
        ("", entry["note"]),
    )
    for word, text in parts:
        if text:
            yield wrapped(word + text, columns, "      ", first="    ")
