"""``rumorsim new``: a scenario or a study to start from."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["new_scenario_file", "new_study_file"]


def new_scenario_file(
    extends: Annotated[
        str | None,
        typer.Option("--extends", metavar="SCENARIO", help="Start from this scenario and say only what changes."),
    ] = None,
) -> None:
    """Print a commented scenario file to start from: rumorsim new scenario > my-scenario.toml"""
    from rumorsim.scenario import new_scenario

    print(new_scenario(extends), end="")


def new_study_file(
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="SCENARIO", help="What the study runs; by default classroom."),
    ] = None,
) -> None:
    """Print a commented study file to start from: rumorsim new study > study.toml"""
    from rumorsim.study import new_study

    print(new_study(scenario), end="")
