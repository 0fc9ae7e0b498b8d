"""``rumorsim check``: whether scenario, study and tour files are right, with everything that is wrong in them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from rumorsim.cli.options import JsonOption, given_path
from rumorsim.cli.output import print_json
from rumorsim.errors import PartyError, RunError, ScenarioError

__all__ = ["check", "files_to_check", "problems_of"]

#: Files of a run folder beside its scenario; they are no scenarios.
_RUN_FILES = ("provenance.json", "frame.json")


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Scenario or study files, names of scenarios, or folders with such files."
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Check scenario and study files and print every error in them, with line and column."""
    paths = files_to_check(files)
    checked = [_checked(path) for path in paths]
    problems = {str(path): found for path, (found, _) in zip(paths, checked, strict=True)}
    wrong = [name for name, found in problems.items() if found]
    if as_json:
        print_json({"files": len(paths), "valid": len(paths) - len(wrong), "problems": problems})
    elif not wrong:
        print(f"{len(paths)} {'file' if len(paths) == 1 else 'files'}, all valid")
        # What was named is told what of it does not act; of a whole folder only what is wrong.
        if not any(Path(word).is_dir() for word in files):
            for path, (_, idle) in zip(paths, checked, strict=True):
                for line in idle:
                    print(f"{path.name}: {line}")
    for name in wrong:
        if not as_json:
            print("\n".join(problems[name]), file=sys.stderr)
    if wrong and not as_json:
        number = sum(len(problems[name]) for name in wrong)
        print(
            f"{len(paths)} {'file' if len(paths) == 1 else 'files'}, {len(wrong)} invalid, "
            f"{number} {'problem' if number == 1 else 'problems'}",
            file=sys.stderr,
        )
    if wrong:
        raise typer.Exit(2)


def files_to_check(words: Iterable[str]) -> list[Path]:
    """Return the files meant by paths, folders and names of scenarios, each once.

    Raises
    ------
    ScenarioError
        If there is no such file, or no scenario file in a folder.
    """
    from rumorsim.scenario import find_scenario

    found: dict[Path, None] = {}
    for word in words:
        if given_path(word).is_dir():
            inside = _inside(Path(word))
            if not inside:
                raise ScenarioError("no scenario file in the folder", file=word, allowed=".toml or .json files")
            found |= dict.fromkeys(inside)
        else:
            found[find_scenario(word)] = None
    return list(found)


def _inside(folder: Path) -> list[Path]:
    paths = [path for ending in ("*.toml", "*.json") for path in folder.rglob(ending) if path.is_file()]
    runs = {path.parent for path in paths if path.name == "provenance.json"}
    return sorted(path for path in paths if not (path.parent in runs and path.name in _RUN_FILES))


def problems_of(path: Path) -> list[str]:
    """Return everything that is wrong in a file: a scenario, a base that others extend (``_name.toml``), a study,
    or a tour.

    A scenario without a mistake is laid out over its party as well, as a run would do it.

    Examples
    --------
    >>> from rumorsim.scenario import find_scenario
    >>> problems_of(find_scenario("secret-speech"))
    []
    """
    return _checked(path)[0]


def _checked(path: Path) -> tuple[list[str], tuple[str, ...]]:
    """Return what is wrong in a file, and what of a scenario does not act."""
    from rumorsim.app.tour import load_tour, looks_like_a_tour
    from rumorsim.model import assemble
    from rumorsim.party import build_party
    from rumorsim.scenario import load_scenario
    from rumorsim.study import Study, looks_like_a_study

    try:
        if looks_like_a_study(path):
            Study.load(path)
        elif looks_like_a_tour(path):
            load_tour(str(path))
        elif path.name.startswith("_") and path.suffix == ".toml":
            _check_base(path)
        else:
            scenario = load_scenario(path)
            assemble(scenario, build_party(scenario)).check()
            return [], scenario.idle()
    except ScenarioError as error:
        return list(error.problems), ()
    except (PartyError, RunError) as error:
        return [f"{path}: {error}"], ()
    return [], ()


def _check_base(path: Path) -> None:
    """Check a base as the last of all bases of its folder, in a scenario that has what bases lack."""
    from rumorsim import catalog
    from rumorsim.scenario import loads_scenario

    home = path.resolve()
    others = sorted(other for other in home.parent.glob("_*.toml") if other != home)
    extends = ", ".join(json.dumps(str(other), ensure_ascii=False) for other in [*others, home])
    text = f"""
title = "a scenario of everything"
extends = [{extends}]
start = 1956-01-01
stop = 1956-12-31
rumors = {json.dumps(catalog.RUMORS)}
"""
    try:
        loads_scenario(text)
    except ScenarioError as error:
        own = [problem for problem in error.problems if problem.startswith(str(home))]
        if own:
            raise ScenarioError(problems=[problem.replace(str(home), str(path), 1) for problem in own]) from None
