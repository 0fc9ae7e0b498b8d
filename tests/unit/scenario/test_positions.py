"""Scanners that find keys in TOML and JSON texts, against the values the real parsers find."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rumorsim.scenario.positions import (
    KeyPath,
    Position,
    json_positions,
    json_repeats,
    nearest_position,
    path_text,
    toml_positions,
)

ROOT = Path(__file__).resolve().parents[3]

TRICKY = '''title = "A # not a [comment]"
description = """many
lines [x] = 1
\\""" more"""""
raw = \'\'\'a "quoted"
thing\'\'\'
start=1956-04-01 # [c]
a.b . "c d" = [ 1, # one ]
  [2,3], {x=1, y = [ "}" ]} ]
[travel]
duty_rate = 2
'q.r' = {}
"\\u0065vent" = 'x'
[[events]]
id = 'x'
when = { first_voicing = "center", at_least = 3 }
[[events]]
id = "y"
[events.when]
z = 1
[[events.sub]]
k = 1
[[events.sub]]
k = 2
'''


def paths_of(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    found: set[KeyPath] = set()
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in parts:
        found |= {(*path, part)} | paths_of(inner, (*path, part))
    return found


def test_every_key_of_a_tricky_text_is_found() -> None:
    assert set(toml_positions(TRICKY)) == paths_of(tomllib.loads(TRICKY))


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("title",), 1, 1),
        (("start",), 7, 1),
        (("a", "b", "c d"), 8, 1),
        (("a", "b", "c d", 1, 0), 9, 4),
        (("a", "b", "c d", 2, "y"), 9, 16),
        (("travel",), 10, 1),
        (("travel", "q.r"), 12, 1),
        (("travel", "event"), 13, 1),
        (("events", 0, "when", "at_least"), 16, 36),
        (("events", 1), 17, 1),
        (("events", 1, "when", "z"), 20, 1),
        (("events", 1, "sub", 1, "k"), 24, 1),
    ],
)
def test_places(path: KeyPath, line: int, column: int) -> None:
    assert toml_positions(TRICKY)[path] == Position(line, column)


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "scenarios").glob("*.toml"), *(ROOT / "tests" / "scenarios" / "valid").glob("*.toml")]),
    ids=lambda path: path.name,
)
def test_every_key_of_every_file_is_found_on_its_line(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    places = toml_positions(text)
    assert set(places) == paths_of(tomllib.loads(text))
    lines = text.split("\n")
    for key, place in places.items():
        words = [part for part in key if isinstance(part, str)]
        if isinstance(key[-1], str) and "rumor.secret_speech" not in lines[place.line - 1]:
            assert words[-1] in lines[place.line - 1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.sampled_from([None, 1, 3]), st.booleans())
def test_every_key_of_generated_json_is_found(data: dict[str, Any], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    places = json_positions(text)
    # keys outside the basic plane are escaped as surrogate pairs, which json joins and a scanner may keep apart
    assert len(places) == len(paths_of(data))
    if all(ord(letter) < 0x10000 for letter in json.dumps(data, ensure_ascii=False)):
        assert set(places) == paths_of(data)
    assert json_repeats(text) == []


def test_repeated_json_key_is_found() -> None:
    assert json_repeats('{"a": {"b": 1,\n "b": 2}}') == [(("a", "b"), Position(2, 2))]


def test_nearest_position_is_that_of_an_enclosing_key() -> None:
    places = toml_positions(TRICKY)
    assert nearest_position(places, ("events", 0, "when", "no_such")) == places[("events", 0, "when")]
    assert nearest_position(places, ("no_such",)) is None


def test_path_text_quotes_odd_words() -> None:
    assert path_text(("a", 0, "b c", "")) == "a[0].'b c'.''"
