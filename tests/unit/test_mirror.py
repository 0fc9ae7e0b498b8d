"""Every module of the core has its tests where they are looked for: tests/unit/core mirrors rumorsim/core."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "rumorsim/core").rglob("*.py"))

#: Modules without a file of tests of their own, and why.
EXCEPTIONS = {
    "rumorsim/core/__init__": "names of other modules; tests/unit/test_public_names.py",
    "rumorsim/core/engine/unattributed": "a record that attribution reads; test_attribution.py",
    "rumorsim/core/contacts/__init__": "a docstring",
    "rumorsim/core/engine/__init__": "a docstring",
    "rumorsim/core/randomness/__init__": "a docstring",
    "rumorsim/core/reference/__init__": "a docstring",
    "rumorsim/core/rules/__init__": "names of other modules; tests/unit/test_public_names.py",
}


def mirrored(module: str) -> Path:
    """Return where the tests of a module belong."""
    path = ROOT / "tests/unit" / module.removeprefix("rumorsim/")
    return path.with_name(f"test_{path.name}.py")


def complaint(module: str, made: set[str], tests: str | None) -> str | None:
    """Return what is wrong with the tests of a module that makes these names, None where they are right."""
    if tests is None:
        return "no file of tests"
    tree = ast.parse(tests)
    if not any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in tree.body):
        return "no test in the file"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            paths = {str(node.module), *(f"{node.module}.{name}" for name in names)}
            if module.replace("/", ".") in paths or (node.module == "rumorsim.core" and names & made):
                return None
    return "the file uses nothing that the module makes"


def made_by(module: str) -> set[str]:
    """Return the public names of a module: `__all__`, and its own name, by which ``rumorsim.core`` may hand it out."""
    for node in ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {*ast.literal_eval(node.value), module.rpartition("/")[2]}
    raise AssertionError(f"{module} does not say what is public")


@pytest.mark.parametrize("module", [module for module in MODULES if module not in EXCEPTIONS])
def test_module_has_its_tests(module: str) -> None:
    path = mirrored(module)
    tests = path.read_text(encoding="utf-8") if path.exists() else None
    assert complaint(module, made_by(module), tests) is None


def test_the_exceptions_are_there_and_need_to_be() -> None:
    assert set(EXCEPTIONS) <= set(MODULES)
    assert [module for module in EXCEPTIONS if mirrored(module).exists()] == []


@pytest.mark.parametrize(
    ("tests", "wrong"),
    [
        (None, "no file"),
        ("from rumorsim.core.rules.base import Rule", "no test"),
        ("from rumorsim.core import Network\ndef test_a(): ...", "nothing that the module makes"),
        ("from rumorsim.core.rules import threshold\ndef test_a(): ...", "nothing that the module makes"),
        ("from rumorsim.core import Rule\ndef test_a(): ...", None),
        ("from rumorsim.core.rules import base\ndef test_a(): ...", None),
        ("from rumorsim.core.rules.base import Hazards\ndef test_a(): ...", None),
    ],
)
def test_the_check_finds_what_is_missing(tests: str | None, wrong: str | None) -> None:
    found = complaint("rumorsim/core/rules/base", {"HazardRule", "Hazards", "Rule", "base"}, tests)
    assert found is None if wrong is None else wrong in str(found)
