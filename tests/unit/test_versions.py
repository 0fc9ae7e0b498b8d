"""The version stands in four places, and the lowest versions in one."""

from __future__ import annotations

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
