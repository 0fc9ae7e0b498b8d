"""The page as the command serves it, with what a test wants: a log of every tick, a step that raises, no way outside.

The server, too, is kept from other machines: what is missing here it would fetch for the browser, and a page that
needs the internet would pass.
"""

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
OUTSIDE = Path(os.environ["PAGE_OUTSIDE"])
HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "", None)
_step = Simulation.step


def stay(event: str, given: tuple[Any, ...]) -> None:
    """Refuse to ask for or to reach any other machine, and write down which it was."""
    if event == "socket.getaddrinfo":
        host = given[0]
    elif event == "socket.connect" and isinstance(given[1], tuple):
        host = given[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in HERE:
        with OUTSIDE.open("a") as log:
            log.write(f"{host}\n")
        raise ConnectionRefusedError(f"{host} is another machine")


def step(self: Any) -> None:
    if BREAK.exists() and self.tick == 5:
        raise RuntimeError("a step that raises")
    with LOG.open("a") as log:
        log.write(f"{time.time()}\n")
    _step(self)


sys.addaudithook(stay)
Simulation.step = step  # type: ignore[method-assign]
serve(sys.argv[1], port=0, browser=False, say=lambda address: print(address, file=sys.stderr, flush=True))
