"""The README can be followed as printed. `.ci/readme.py` runs every command; here they are read, in their order."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from rumorsim.cli.main import app

ROOT: Final = Path(__file__).resolve().parents[2]
TEXT: Final = (ROOT / "README.md").read_text(encoding="utf-8")
SHELL: Final = runpy.run_path(str(ROOT / ".ci" / "readme.py"))
PROGRAM: Final = typer.main.get_command(app)
ACTIVATION: Final = ". .venv/bin/activate"


def calls(text: str) -> list[list[str]]:
    """Return the words of every command of every shell block, in order, without comments."""
    found = []
    for line in SHELL["commands"](text):
        words = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
        words.whitespace_split = True
        one: list[str] = []
        for word in [*words, "&&"]:
            if word in ("&&", ";", "|"):
                found.append(one)
                one = []
            else:
                one.append(word)
    return found


def wrong(text: str) -> list[str]:
    """Return what a newcomer runs into who types the shell blocks of a README in order."""
    found: list[str] = []
    activated, made = False, {"runs", "sweeps"}
    for words in calls(text):
        line = " ".join(words)
        activated |= line == ACTIVATION
        if ">" in words:
            made.add(words[words.index(">") + 1])
            if "rumorsim" in words[0]:
                found.append(f"{line}: leaves an empty file when it fails")
            words = words[: words.index(">")]
        if Path(words[0]).name == "rumorsim":
            if not activated and "/" not in words[0]:
                found.append(f"{line}: not found before {ACTIVATION}")
            try:
                given = parsed(words[1:])
            except Exception as error:
                found.append(f"{line}: {error}")
                continue
            made |= {str(given["out"])} if given.get("out") else set()
        needed = [word for word in words[1:] if re.fullmatch(r"[\w-]+(/[\w./-]*|\.toml)", word)]
        found += [f"{line}: nothing made {word}" for word in needed if word not in made and not (ROOT / word).exists()]
    return found


def parsed(words: list[str]) -> dict[str, Any]:
    """Return the arguments and options of a command line of the program, as its own parser reads them."""
    context, command, rest = PROGRAM.make_context("rumorsim", list(words)), PROGRAM, list(words)
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, list(rest), parent=context)
    return dict(context.params)


@pytest.mark.fault("5.1", "5.2", "5.21")
def test_every_command_is_found_parses_and_has_its_files() -> None:
    assert wrong(TEXT) == []
    shown = {words[1] for words in calls(TEXT) if Path(words[0]).name == "rumorsim"}
    assert shown >= set(PROGRAM.commands), "every command is shown"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param("rumorsim list", "not found before", id="before the environment is activated"),
        pytest.param(f"{ACTIVATION}\nrumorsim new study > study.toml", "empty file", id="a file that may be empty"),
        pytest.param(f"{ACTIVATION}\nrumorsim sensitivity sweeps/travel", "nothing made", id="a folder nobody made"),
        pytest.param(f"{ACTIVATION}\nrumorsim lst", "did you mean 'list'", id="a command that is none"),
        pytest.param(f"{ACTIVATION}\nrumorsim cite classroom --bibtx", "No such option", id="an option that is none"),
        pytest.param(f"{ACTIVATION}\nrumorsim cite", "Missing parameter", id="an argument that is missing"),
    ],
)
def test_what_a_newcomer_would_run_into_is_found(lines: str, message: str) -> None:
    found = wrong(f"```sh\n{lines}\n```\n")
    assert len(found) == 1, found
    assert message.lower() in found[0].lower()


@pytest.mark.fault("5.22")
def test_the_pandas_line_groups_many_points_into_few(monkeypatch: pytest.MonkeyPatch) -> None:
    pd = pytest.importorskip("pandas")
    rate = [0.01 + 0.005 * (k // 16) for k in range(24 * 16)]  # the 24 points of a Latin hypercube, 16 runs of each
    rows = pd.DataFrame({"travel.duty_rate": rate, "aware": rate})
    monkeypatch.setattr(pd, "read_parquet", lambda path: rows)
    *first, last = SHELL["blocks"](TEXT.split("<!-- sweep-python -->")[1])[0][1].strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(first), names)
    means = eval(last, names)
    assert 2 <= len(means) <= 6
    assert means.is_monotonic_increasing


def test_the_script_runs_every_line_and_stops_at_the_first_that_fails(tmp_path: Path) -> None:
    shell = ("echo 'it''s' > made\ntest -e made\n", "false\ntouch late\n")
    text = "```sh\n{}```\n```python\nopen('seen', 'w')\n```\n```sh\n{}```\n".format(*shell)
    lines = ["exec 3>&1", f'python() {{ {shlex.quote(sys.executable)} "$@"; }}']
    lines += SHELL["script"](text, tmp_path)
    done = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert [line.split("+ ")[1] for line in done.stdout.splitlines()][-1] == "false"
    assert (tmp_path / "seen").exists()
    assert not (tmp_path / "late").exists()
