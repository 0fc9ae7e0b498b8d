"""``rumorsim new``: a scenario or a study to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from rumorsim.cli.options import given_path
from rumorsim.errors import RumorsimError

__all__ = ["new_scenario_file", "new_study_file"]

_OutOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FILE", parser=given_path, help="Write it to this new file; by default it is printed."
    ),
]


def new_scenario_file(
    extends: Annotated[
        str | None,
        typer.Option("--extends", metavar="SCENARIO", help="Start from this scenario and say only what changes."),
    ] = None,
    out: _OutOption = None,
) -> None:
    """Give a commented scenario file to start from: rumorsim new scenario --out my-scenario.toml"""
    from rumorsim.scenario import new_scenario

    _give(new_scenario(extends), out)


def new_study_file(
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="SCENARIO", help="What the study runs; by default classroom."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="KEY", help="Vary this number over its prior; may be given several times."),
    ] = None,
    row: Annotated[
        str | None,
        typer.Option(
            "--row",
            metavar="ID",
            help="Keep what this row of the table of verdicts asks, such as T05, and vary what moves it most.",
        ),
    ] = None,
    out: _OutOption = None,
) -> None:
    """Give a commented study file to start from: rumorsim new study --out study.toml"""
    from rumorsim.study import new_study

    _give(new_study(scenario, vary or (), row), out)


def _give(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file that is new or holds just this."""
    if out is None:
        print(text, end="")
        return
    # The text is there in full before the file is: an error leaves no empty file behind.
    data = text.encode()
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError:
        if out.is_file() and out.read_bytes() == data:
            print(f"{out} already exists with the same content")
            return
        raise RumorsimError("the file exists and was left unchanged", path="--out", given=str(out)) from None
    except OSError as error:
        raise RumorsimError(f"cannot be written: {error.strerror}", path="--out", given=str(out)) from None
    print(f"wrote {out}")
