"""The command line called in this process, with what it printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rumorsim.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in an empty folder, 80 columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str, columns: int = 80) -> Answer:
        monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        status = main(list(words))
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return run


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw one empty figure instead of all."""
    import rumorsim.plot

    def draw_all(ensemble: Any, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "nothing.png"
        path.write_bytes(b"")
        return [path]

    monkeypatch.setattr(rumorsim.plot, "draw_all", draw_all, raising=False)
