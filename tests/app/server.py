"""The page as the command serves it, with two things a test wants: a log of every tick, and a step that raises."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from rumorsim.app import serve
from rumorsim.core import Simulation

LOG = Path(os.environ["PAGE_LOG"])
BREAK = Path(os.environ["PAGE_BREAK"])
_step = Simulation.step


def step(self: Any) -> None:
    if BREAK.exists() and self.tick == 5:
        raise RuntimeError("a step that raises")
    with LOG.open("a") as log:
        log.write(f"{time.time()}\n")
    _step(self)


Simulation.step = step  # type: ignore[method-assign]
serve(sys.argv[1], port=0, browser=False, say=lambda address: print(address, file=sys.stderr, flush=True))
