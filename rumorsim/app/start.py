"""What every tab begins with: the scenario of the command line, and its first world made ahead of time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from rumorsim.app.run import run_world
from rumorsim.errors import RumorsimError
from rumorsim.scenario import load_scenario

__all__ = ["DEFAULT", "SEED", "warm_up"]

DEFAULT = "tirana-conference"
SEED = 1956
#: The scenario of the command line, and how the command line speaks; set before the server starts.
SCENARIO = DEFAULT
SAY: Callable[[str], Any] = lambda text: None  # noqa: E731


def warm_up() -> None:
    """Make the first world; what is wrong with it is said on the page."""
    with contextlib.suppress(RumorsimError):
        run_world(load_scenario(SCENARIO), SEED)
