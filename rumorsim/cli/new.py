"""``rumorsim new scenario``: a file to start from."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["new_scenario_file"]


def new_scenario_file(
    extends: Annotated[
        str | None,
        typer.Option("--extends", metavar="SCENARIO", help="Start from this scenario and say only what changes."),
    ] = None,
) -> None:
    """Print a commented scenario file to start from: rumorsim new scenario > my-scenario.toml"""
    from rumorsim.scenario import new_scenario

    print(new_scenario(extends), end="")
