"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from rumorsim.errors import RunError

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario

__all__ = [
    "DaskOption",
    "JsonOption",
    "RetryOption",
    "ScenarioArgument",
    "SettingsOption",
    "WorkersOption",
    "chosen_scenario",
    "cores",
    "folder",
    "given_path",
    "numbers",
    "set_keys",
]

ScenarioArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path of a file (TOML or resolved JSON).")
]
SettingsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a number or a field, for example travel.duty_rate=0.02 or events.letter.enabled=false. "
        "May be given several times.",
    ),
]
WorkersOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Number of processes; by default one for each core.")
]
DaskOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS|local",
        help="Use a running scheduler of dask.distributed, such as tcp://node1:8786, or start one here.",
    ),
]
RetryOption: TypeAlias = Annotated[bool, typer.Option("--retry-failed", help="Run again what failed before.")]
JsonOption: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on standard output.")
]


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def folder(word: str) -> Path:
    """Return the folder that an option names; an empty name would mean the working directory.

    Raises
    ------
    RunError
        If it is empty.
    """
    return _not_empty(word, "an empty name of a folder", "--out", "a folder, such as runs/first")


def given_path(word: str) -> Path:
    """Return the path of an argument; an empty word would mean the working directory.

    Raises
    ------
    RunError
        If it is empty.
    """
    return _not_empty(word, "an empty path", None, "the path of a file or folder")


def numbers(word: str) -> range:
    """Return the replicates that an option names: a number, or the first and the one after the last, 40:60.

    Raises
    ------
    RunError
        If it names none.

    Examples
    --------
    >>> numbers("100"), numbers("40:60")
    (range(0, 100), range(40, 60))
    """
    first, sign, last = word.partition(":")
    ends = (first, last) if sign else ("0", first)
    if not all(end.strip().isdecimal() for end in ends) or not (found := range(*map(int, ends))):
        allowed = (
            "a number of 1 or more, or FIRST:END with the first replicate and the one after the last, such as 40:60"
        )
        raise RunError("no replicates", path="--replicates", given=word, allowed=allowed)
    return found


def _not_empty(word: str, what: str, path: str | None, allowed: str) -> Path:
    if not word.strip():
        raise RunError(what, path=path, given=word, allowed=allowed)
    return Path(word)


def set_keys(*settings: Iterable[str] | None) -> set[str]:
    """Return the keys of settings such as ``travel.duty_rate=0.02``.

    Examples
    --------
    >>> sorted(set_keys(["run.replicates=5"], None))
    ['run.replicates']
    """
    return {one.partition("=")[0].strip() for group in settings for one in group or ()}


def chosen_scenario(name: str, settings: Iterable[str] | None) -> Scenario:
    """Return the scenario of a name or path with the settings of the command line.

    Raises
    ------
    ScenarioError
        With everything that is wrong.

    Examples
    --------
    >>> chosen_scenario("tirana-conference", ["travel.duty_rate=0"]).value("travel.duty_rate")
    0.0
    """
    from rumorsim.scenario import load_scenario, parse_settings

    scenario = load_scenario(name)
    changes = parse_settings(settings or ())
    return scenario.replace(changes) if changes else scenario
