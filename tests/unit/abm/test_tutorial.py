"""The tutorial runs as it stands."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testfile(str(DOCS / "mesa.md"), module_relative=False, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted > 50
    assert (tmp_path / "conference.png").stat().st_size > 5_000
