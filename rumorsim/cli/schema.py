"""``rumorsim schema``: a JSON schema of scenario files."""

from __future__ import annotations

from typing import Annotated

import typer

from rumorsim.cli.output import print_json

__all__ = ["schema"]


def schema(
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print the schema of the resolved form (JSON) in run folders instead.")
    ] = False,
) -> None:
    """Print a JSON schema of scenario files, which editors use for completion, help and checks."""
    from rumorsim.scenario import resolved_schema
    from rumorsim.scenario import schema as human_schema

    print_json(resolved_schema() if resolved else human_schema())
