"""``rumorsim diff``: how two scenarios differ."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from rumorsim.cli.options import JsonOption
from rumorsim.cli.output import print_json, text_width, wrapped

__all__ = ["diff"]


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="Name or path of a scenario.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Name or path of the other scenario.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Also show titles, labels and evidence, which change no result.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the differences between two scenarios: days, numbers, events and their fields."""
    from rumorsim.scenario import differences, load_scenario

    left, right = load_scenario(first), load_scenario(second)
    found = [one for one in differences(left, right) if everything or one.matters]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        same = "" if everything else " that can change a result"
        print(f"{left.name} and {right.name}: no difference{same}")
        return
    columns = text_width()
    print(f"{left.name} -> {right.name}")
    for one in found:
        print(wrapped(str(one), columns, "    ", first="  "))
