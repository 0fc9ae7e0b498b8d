"""``rumorsim app``: the classroom page in a browser."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rumorsim.errors import RunError

__all__ = ["page"]


def page(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="Name of a scenario of the party, or path of a file.")
    ] = "tirana-conference",
    tour: Annotated[
        str, typer.Option(metavar="TOUR", help="Guided tour: a language, or the path of a file of your own.")
    ] = "en",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Port; 0 picks a free one.")] = 8765,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; by default only this machine.")
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Show two worlds of a scenario in the browser, for a class. Nothing leaves this machine."""
    from rumorsim.app import serve
    from rumorsim.app.tour import load_tour
    from rumorsim.scenario import load_scenario

    chosen = load_scenario(scenario)
    if chosen.population != "party":
        raise RunError(
            "the page shows the party and its places",
            path="population",
            given=chosen.population,
            allowed='a scenario with population = "party"',
        )

    steps = load_tour(tour)

    def say(address: str) -> None:
        print(f"rumorsim: the page is at {address} (Ctrl+C ends it)", file=sys.stderr, flush=True)

    serve(scenario, tour=steps, host=host, port=port, browser=not no_browser, say=say)
