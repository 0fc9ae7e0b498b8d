"""Every fault of tests/faults.toml is carried by a test that names its number."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
FAULTS = tomllib.loads((TESTS / "faults.toml").read_text(encoding="utf-8"))
NUMBERS = {
    f"{section}.{number}" for section, faults in FAULTS["section"].items() for number in faults if number != "title"
}


#: The marker itself, and the helper that makes one parameter carry a number.
MARKERS = ("pytest.mark.fault", "fault", "case")
NUMBER = re.compile(r"\d+\.\d+")


def carried(source: str) -> set[str]:
    """Return the numbers that the ``fault`` markers of one test module name."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    given = [argument for call in calls if ast.unparse(call.func) in MARKERS for argument in call.args]
    words = [argument.value for argument in given if isinstance(argument, ast.Constant)]
    return {word for word in words if isinstance(word, str) and NUMBER.fullmatch(word)}


def all_carried() -> set[str]:
    modules = sorted(TESTS.rglob("test_*.py"))
    return set().union(*(carried(path.read_text(encoding="utf-8")) for path in modules))


def test_markers_are_found_on_functions_and_on_parameters() -> None:
    source = "@pytest.mark.fault('1.1', '1.2')\ndef test(): pytest.param(1, marks=fault('2.3'))\ncase('1.4', 9)"
    assert carried(source) == {"1.1", "1.2", "2.3", "1.4"}
    assert carried("def test(): skip('1.1'), fault('later'), fault(1.1)") == set()


def test_every_fault_is_carried_by_a_test() -> None:
    assert sorted(NUMBERS - set(FAULTS["later"]) - all_carried()) == []


def test_every_marker_names_a_fault() -> None:
    assert sorted(all_carried() - NUMBERS) == []


def test_what_comes_later_is_in_the_list_and_says_why() -> None:
    assert set(FAULTS["later"]) <= NUMBERS
    assert all(len(reason) > 20 for reason in FAULTS["later"].values())
