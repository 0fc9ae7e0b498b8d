"""What is no path, no study and no sweep at all is told in one clear error, before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.errors import RumorsimError

WRONG: list[Any] = [None, 3, 2.5, b"x", [], ""]
DOORS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "open_run": (rs.open_run, "folder: not the path of a folder"),
    "open_sweep": (rs.open_sweep, "folder: not the path of a folder"),
    "merge": (lambda wrong: rs.merge([wrong], "out"), "folders: not the path of a folder"),
    "merge out": (lambda wrong: rs.merge(["a"], wrong), "out: not the path of a folder"),
    "run": (lambda wrong: rs.run("maki-thompson", 1, out=wrong), "out: not the path of a folder"),
    "sweep": (lambda wrong: rs.sweep(wrong, "out"), "not a study"),
    "compare": (lambda wrong: rs.compare("maki-thompson", wrong, replicates=1), "scenario"),
    "compare out": (
        lambda wrong: rs.compare("maki-thompson", "daley-kendall", 1, replays=0, out=wrong),
        "out: not the path of a folder",
    ),
}


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_path_is_told(door: str, wrong: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if wrong is None and door in ("run", "compare out"):
        return  # not stored
    monkeypatch.chdir(tmp_path)
    call, told = DOORS[door]
    with pytest.raises(RumorsimError, match=told):
        call(wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [None, 3, [], b"x"], ids=repr)
def test_what_is_no_sweep_is_told(wrong: Any) -> None:
    with pytest.raises(RumorsimError, match="not a sweep"):
        rs.sensitivity(wrong)
    with pytest.raises(RumorsimError, match="not a list of folders"):
        rs.merge("folder", "out")
