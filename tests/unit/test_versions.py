"""The version stands in four places, and the lowest versions in one."""

from __future__ import annotations

import ast
import runpy
import tomllib
from pathlib import Path

import pytest

import rumorsim

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["version"]
    assert rumorsim.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## [{version}] - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def without_unit(source: str) -> list[int]:
    """Return the lines on which NumPy is given NaT, or a bare number, without a unit: NumPy 2.5 warns of it."""
    if "datetime64(" not in source and "timedelta64(" not in source:
        return []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and len(node.args) == 1]
    named = [call for call in calls if getattr(call.func, "attr", "") in ("datetime64", "timedelta64")]
    given = [(call.lineno, call.args[0]) for call in named]
    constants = [(line, one.value) for line, one in given if isinstance(one, ast.Constant)]
    return [line for line, value in constants if isinstance(value, int) or str(value).lower() == "nat"]


@pytest.mark.fault("4.3")
def test_no_date_is_without_a_unit() -> None:
    assert without_unit("np.datetime64('NaT')\nnp.datetime64('NaT', 's')\nnp.timedelta64(5)") == [1, 3]
    assert without_unit("np.datetime64('1956-04-20')\nnp.datetime64(day)") == []
    folders = ("rumorsim", "tests", "benchmarks", "experiments")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(paths) > 200
    found = {str(path.relative_to(ROOT)): without_unit(path.read_text(encoding="utf-8")) for path in paths}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.fault("4.1")
def test_the_lowest_versions_come_from_the_project_and_are_run() -> None:
    made = runpy.run_path(str(ROOT / ".ci" / "lowest.py"))["constraints"]
    found = dict(line.split("==") for line in made(PROJECT))
    assert found["typer"] == "0.16"
    assert {"salib", "xarray", "dask", "distributed", "numpy"} <= set(found)
    with pytest.raises(ValueError, match="no lowest version"):
        made({"dependencies": ["numpy"]})
    assert runpy.run_path(str(ROOT / ".ci" / "smoke.py"))["missing"]() == []
    steps = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "lowest.py" in steps
    assert "smoke.py" in steps
