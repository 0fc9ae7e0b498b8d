"""What every tab begins with: the scenario of the command line, and its first world made ahead of time."""

from __future__ import annotations

import contextlib

from rumorsim.app.run import run_world
from rumorsim.app.tour import Tour
from rumorsim.errors import RumorsimError
from rumorsim.scenario import load_scenario

__all__ = ["DEFAULT", "FIRST", "SEED", "warm_up"]

DEFAULT = "tirana-conference"
SEED = 1956
#: The scenario and the tour of the command line; set before the server starts.
FIRST = {"scenario": DEFAULT}
TOURS: list[Tour] = []


def warm_up() -> None:
    """Make the first world; what is wrong with it is said on the page."""
    with contextlib.suppress(RumorsimError):
        run_world(load_scenario(FIRST["scenario"]), SEED)
