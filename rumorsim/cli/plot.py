"""``rumorsim plot``: the figures of a run or a sweep, drawn again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rumorsim.cli.options import JsonOption, given_path
from rumorsim.cli.output import print_json

__all__ = ["plot"]


def plot(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=given_path, help="A folder made by `rumorsim run` or `rumorsim sweep`."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Draw the figures of a run or a sweep again, as PNG and SVG in DIR/figures."""
    from rumorsim.ensemble import open_run
    from rumorsim.plot import draw_all, draw_sweep
    from rumorsim.study import is_sweep, open_sweep

    figures = folder / "figures"
    paths = draw_sweep(open_sweep(folder), figures) if is_sweep(folder) else draw_all(open_run(folder), figures)
    if as_json:
        print_json([str(path) for path in paths])
        return
    for path in paths:
        print(path)
