"""Starting files, differences, tables of numbers, the editor schema, and how scenarios are found."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rumorsim import catalog
from rumorsim.errors import ScenarioError
from rumorsim.scenario import (
    EVENT_KINDS,
    differences,
    find_scenario,
    format_differences,
    load_scenario,
    loads_scenario,
    new_scenario,
    numbers,
    resolved_schema,
    scenario_names,
    schema,
)
from rumorsim.scenario.extending import event_fields
from rumorsim.scenario.write import plain

ROOT = Path(__file__).resolve().parents[3]


def test_new_scenario_can_be_checked_at_once() -> None:
    text = new_scenario()
    assert loads_scenario(text).rumors == ("secret_speech",)
    for kind in EVENT_KINDS:
        assert f"# {kind}: " in text


@pytest.mark.parametrize("name", scenario_names())
def test_new_scenario_extends_every_shipped_one(name: str) -> None:
    scenario = loads_scenario(new_scenario(name))
    assert scenario.fingerprint() == load_scenario(name).fingerprint()


def test_new_scenario_with_its_comments_taken_off() -> None:
    text = new_scenario("tirana-conference")
    tables = r"# (\[travel\]|duty_rate = .*|\[\[events\]\]|id = .*|enabled = false|stop = .*)$"
    bare = re.sub(tables, r"\1", text, flags=re.MULTILINE)
    base, scenario = load_scenario("tirana-conference"), loads_scenario(bare)
    assert dict(scenario.overrides) == {"travel.duty_rate": base.value("travel.duty_rate")}
    assert [one.path for one in differences(base, scenario) if one.matters] == [f"events.{base.events[0].id}.enabled"]


def test_new_scenario_that_extends_nothing_known() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'classroom'"):
        new_scenario("clasroom")


def test_differences() -> None:
    base = load_scenario("tirana-conference")
    changed = base.replace(
        {"travel.duty_rate": 0.05, "stop": "1956-05-30", "events.letter.enabled": False, "title": "Another"}
    )
    assert format_differences(base, changed).split("\n") == [
        "stop: '1956-05-31' -> '1956-05-30'",
        "travel.duty_rate: 0.025 -> 0.05 per day",
        "events.letter.enabled: true -> false",
    ]
    assert "title: " in format_differences(base, changed, prose=True)
    assert format_differences(base, base) == "no difference that can change a result"


def test_differences_of_events_that_one_side_lacks() -> None:
    speech, conference = load_scenario("secret-speech"), load_scenario("tirana-conference")
    found = {one.path: one for one in differences(speech, conference)}
    assert (found["events.plenum"].left, found["events.plenum"].right) == ("briefing of 1956-03-02T12:00", None)
    assert found["events.letter"].left is None
    assert found["rumor.tirana_conference.interest"].left is None
    assert not found["events.tass"].matters
    turned = {one.path: one for one in differences(conference, speech)}
    assert set(turned) == set(found)


@pytest.mark.parametrize("name", scenario_names())
def test_matters_means_that_the_fingerprint_differs(name: str) -> None:
    base, other = load_scenario("tirana-conference"), load_scenario(name)
    matters = any(one.matters for one in differences(base, other))
    assert matters == (base.fingerprint() != other.fingerprint())


def test_numbers_are_all_there_with_their_source() -> None:
    scenario = load_scenario("classroom").replace({"events.plenum.prob": 0.5})
    rows = {row.key: row for row in numbers(scenario)}
    assert set(rows) == {*scenario.values, "events.plenum.prob"}
    assert rows["events.plenum.prob"].source == "set by hand"
    assert (rows["party.scale"].status, rows["party.scale"].overridden) == ("scenario", True)
    assert rows["party.scale"].source.startswith("assumed: ")
    assert rows["party.students_abroad"].source.startswith("mehilli-2011")
    assert rows["voice.hall_rate"].used_in == tuple(f"events.hall-{day}-april.voice_rate" for day in (14, 15, 16))
    assert all(row.source for row in rows.values())


def check(value: Any, form: Any, definitions: dict[str, Any]) -> bool:
    """A small JSON schema validator with just the words the schema uses."""
    if form is True:
        return True
    known = {"$schema", "title", "description", "default", "$defs", "format"}
    words = set(form) - known
    for word in words:
        inner = form[word]
        if word == "$ref":
            ok = check(value, definitions[inner.removeprefix("#/$defs/")], definitions)
        elif word == "anyOf":
            ok = any(check(value, one, definitions) for one in inner)
        elif word == "allOf":
            ok = all(check(value, one, definitions) for one in inner)
        elif word == "if":
            ok = not check(value, inner, definitions) or check(value, form["then"], definitions)
        elif word == "not":
            ok = not check(value, inner, definitions)
        elif word == "enum":
            ok = value in inner
        elif word == "const":
            ok = value == inner
        elif word == "type":
            types = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
            types["number"] = (int, float)  # type: ignore[assignment]
            ok = isinstance(value, types[inner]) and (inner == "boolean" or not isinstance(value, bool))
        elif word == "properties":
            ok = not isinstance(value, dict) or all(
                check(one, inner[key], definitions) for key, one in value.items() if key in inner
            )
        elif word == "additionalProperties":
            extra = [key for key in value if key not in form.get("properties", {})] if isinstance(value, dict) else []
            ok = not extra if inner is False else all(check(value[key], inner, definitions) for key in extra)
        elif word == "required":
            ok = not isinstance(value, dict) or all(key in value for key in inner)
        elif word == "items":
            ok = all(check(one, inner, definitions) for one in value) if isinstance(value, list) else True
        elif word == "pattern":
            ok = not isinstance(value, str) or re.search(inner, value) is not None
        elif word in ("minimum", "maximum"):
            number = isinstance(value, (int, float))
            ok = not number or (value >= inner if word == "minimum" else value <= inner)
        else:
            assert word == "then", f"the small validator does not know {word}"
            ok = True
        if not ok:
            return False
    return True


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list) else plain(value)


SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))
VALID = sorted((ROOT / "tests" / "scenarios" / "valid").glob("*.toml"))


@pytest.mark.parametrize("path", [*SHIPPED, *VALID], ids=lambda path: path.name)
def test_schema_accepts_every_file(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig").replace('"travel.duty_rate" = 2e-2', "travel.duty_rate = 2e-2")
    form = schema()
    assert check(as_json(tomllib.loads(text)), form, form["$defs"])


@pytest.mark.parametrize(
    "name",
    [
        "key-misspelled",
        "rumors-unknown",
        "number-misspelled",
        "number-negative",
        "number-in-quotes",
        "number-wrong-unit",
        "section-unknown",
        "event-kind-misspelled",
        "event-field-of-other-kind",
        "event-field-misspelled",
        "event-number-too-large",
        "event-audience-unknown",
        "event-audience-key",
        "event-enabled-text",
        "when-misspelled",
        "population-unknown",
        "fine-no-until",
        "events-one-bracket",
    ],
)
def test_schema_refuses(name: str) -> None:
    form = schema()
    text = (ROOT / "tests" / "scenarios" / "invalid" / f"{name}.toml").read_text(encoding="utf-8")
    assert not check(as_json(tomllib.loads(text)), form, form["$defs"])


@pytest.mark.parametrize("name", scenario_names())
def test_resolved_schema_accepts_every_resolved_scenario(name: str) -> None:
    form, resolved = resolved_schema(), load_scenario(name).resolved()
    assert check(resolved, form, form["$defs"])
    for key in resolved:
        assert not check({one: resolved[one] for one in resolved if one != key}, form, form["$defs"])


def test_schema_has_help_for_every_number_and_field() -> None:
    form = schema()
    for key, entry in catalog.parameters().items():
        if entry.used_by in ("article", "population"):
            continue
        inner = form
        for word in key.split("."):
            inner = inner["properties"][word]
        assert entry.meaning in inner["description"]
    for kind, model in EVENT_KINDS.items():
        fields = form["$defs"][model.__name__]["properties"]
        assert set(fields) == set(event_fields(kind))
        assert all(field == "kind" or fields[field]["description"] for field in fields)


def test_scenarios_of_the_user_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(new_scenario("tirana-conference"), encoding="utf-8")
    (tmp_path / "tirana-conference.toml").write_text(new_scenario("tirana-conference"), encoding="utf-8")
    monkeypatch.setenv("RUMORSIM_SCENARIOS", str(tmp_path))
    assert find_scenario("mine") == tmp_path / "mine.toml"
    assert {"mine", "secret-speech"} <= set(scenario_names())
    assert load_scenario("tirana-conference").title == "tirana-conference, changed"
    monkeypatch.delenv("RUMORSIM_SCENARIOS")
    assert load_scenario("tirana-conference").title != "tirana-conference, changed"
    assert load_scenario(tmp_path / "tirana-conference.toml").title == "tirana-conference, changed"


def test_several_folders_and_a_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.toml").write_text(new_scenario(), encoding="utf-8")
    monkeypatch.setenv("RUMORSIM_SCENARIOS", os.pathsep.join([str(tmp_path), str(other)]))
    assert load_scenario("mine").path == other / "mine.toml"
    monkeypatch.setenv("RUMORSIM_SCENARIOS", str(tmp_path / "nowhere"))
    with pytest.raises(ScenarioError, match="is not a folder"):
        scenario_names()


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("tirana_conference", "tirana-conference"),
        ("Secret Speech", "secret-speech"),
        ("maki-thomson", "maki-thompson"),
        ("tirana-conference-no-travellers", "tirana-conference-no-travelers"),
    ],
)
def test_unknown_name(word: str, near: str) -> None:
    with pytest.raises(ScenarioError, match=f"unknown scenario '{word}'.* did you mean '{near}'"):
        load_scenario(word)


@pytest.mark.parametrize("word", ["", "nothing like it", "_background-1957", "../secret-speech", "secret-speech.toml"])
def test_no_such_scenario(word: str) -> None:
    with pytest.raises(ScenarioError):
        load_scenario(word)


def test_path_as_text_and_as_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(new_scenario(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("mine.toml") == load_scenario(Path("mine.toml")) == load_scenario(tmp_path / "mine.toml")
    assert load_scenario("mine.toml").name == "mine"
