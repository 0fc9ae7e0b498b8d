"""Laws that hold for every scenario: the resolved form is a fixed point, and equal content has one fingerprint."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rumorsim import catalog
from rumorsim.catalog import Parameter
from rumorsim.errors import ScenarioError
from rumorsim.scenario import Scenario, load_scenario, loads_scenario, scenario_names
from rumorsim.scenario.write import canonical_form

BASES = {name: load_scenario(name) for name in scenario_names()}
TABLE = catalog.parameters()


def values_of(entry: Parameter) -> st.SearchStrategy[Any]:
    if entry.kind == "bool":
        return st.booleans()
    if entry.kind == "str":
        return st.sampled_from(entry.choices) if entry.choices else st.just(entry.value)
    if entry.kind == "date":
        return st.dates(dt.date(1956, 1, 1), dt.date(1956, 12, 31))
    if entry.kind == "int":
        return st.integers(int(entry.low or 0), int(entry.high if entry.high is not None else 10**6))
    low, high = entry.low or 0.0, entry.high if entry.high is not None else 1e6
    return st.floats(low, high) | st.sampled_from([low, high])


@st.composite
def changed_scenarios(draw: st.DrawFn) -> Scenario:
    base = BASES[draw(st.sampled_from(sorted(BASES)))]
    keys = draw(st.lists(st.sampled_from(sorted(base.values)), max_size=6, unique=True))
    changes: dict[str, Any] = {key: draw(values_of(TABLE[key])) for key in keys}
    days = st.dates(base.start, base.stop)
    if draw(st.booleans()):
        changes["stop"] = draw(days)
    if base.population == "party" and draw(st.booleans()):
        changes["rumors"] = draw(st.lists(st.sampled_from(catalog.RUMORS), min_size=1, unique=True))
    for event in draw(st.lists(st.sampled_from(base.all_events), max_size=3)) if base.all_events else []:
        changes[f"events.{event.id}.enabled"] = draw(st.booleans())
        changes[f"events.{event.id}.label"] = draw(st.text("abcë –'\"\\", max_size=20))
    changes["description"] = draw(st.text(max_size=30).filter(lambda text: text.isprintable()))
    try:
        return base.replace(changes)
    except ScenarioError:  # numbers that do not go together, or a hall without its election
        return base.replace({"description": changes["description"]})


@settings(derandomize=True, deadline=None, max_examples=120)
@given(changed_scenarios())
def test_resolved_form_is_a_fixed_point(scenario: Scenario) -> None:
    text = scenario.to_json()
    again = loads_scenario(text, is_json=True)
    assert again == scenario
    assert again.to_json() == text
    assert canonical_form(again) == canonical_form(scenario)
    assert again.fingerprint() == scenario.fingerprint()
    assert again.structural_key() == scenario.structural_key()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(changed_scenarios(), st.data())
def test_a_present_value_changes_nothing(scenario: Scenario, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(scenario.values)))
    assert scenario.replace({key: scenario.values[key]}).fingerprint() == scenario.fingerprint()
    assert scenario.replace({}) == scenario


@settings(derandomize=True, deadline=None, max_examples=60)
@given(changed_scenarios(), st.data())
def test_another_value_changes_the_fingerprint(scenario: Scenario, data: st.DataObject) -> None:
    keys = [key for key in sorted(scenario.values) if TABLE[key].is_number and not key.startswith("run.")]
    key = data.draw(st.sampled_from(keys))
    value = data.draw(values_of(TABLE[key]))
    try:
        changed = scenario.replace({key: value})
    except ScenarioError:
        return
    assert (changed.fingerprint() == scenario.fingerprint()) == (changed.values[key] == scenario.values[key])


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.binary(max_size=60), st.booleans(), st.integers(0, 400))
def test_any_damage_is_a_scenario_error_or_harmless(damage: bytes, is_json: bool, at: int) -> None:
    base = BASES["daley-kendall"].to_json() if is_json else 'title = "A"\nstart = 1956-04-01\nstop = 1956-04-02\n'
    raw = base.encode()
    text = (raw[:at] + damage + raw[at:]).decode("utf-8", errors="replace")
    with contextlib.suppress(ScenarioError):  # anything else would be a crash
        loads_scenario(text, is_json=is_json)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.data())
def test_any_value_for_any_key_is_accepted_or_refused_with_a_message(data: st.DataObject) -> None:
    base = BASES["tirana-conference"]
    event = data.draw(st.sampled_from(base.all_events))
    fields = st.sampled_from(sorted(type(event).model_fields)).map(lambda field: f"events.{event.id}.{field}")
    header = st.sampled_from(["title", "description", "start", "stop", "rumors", "population", "rule", "fine"])
    key = data.draw(fields | header | st.sampled_from(sorted(base.values)))
    try:
        changed = base.replace({key: data.draw(JSON_VALUES)})
    except ScenarioError:
        changed = base
    assert loads_scenario(changed.to_json(), is_json=True) == changed
