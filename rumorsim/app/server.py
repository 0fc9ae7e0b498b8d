"""Serving the page from this machine: no telemetry, nothing fetched from outside."""

from __future__ import annotations

import gc
import importlib.util
import os
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable
from typing import Any

from rumorsim.app import start
from rumorsim.app.tour import DEFAULT_TOUR, Tour, load_tour
from rumorsim.errors import RunError

__all__ = ["serve"]

_EXTRA = ("solara", "ipyvuetify", "solara_assets", "uvicorn")


def serve(
    scenario: str,
    *,
    tour: Tour | None = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    browser: bool = True,
    say: Callable[[str], Any] = lambda text: None,
) -> None:
    """Open the page and serve it until the process is interrupted.

    Parameters
    ----------
    scenario : name or path, as `rumorsim.load_scenario` takes it.
    tour : the guided tour; the shipped English one by default.
    host : address to listen on; by default nobody else can open the page.
    port : 0 takes any free one.
    browser : whether to open the page in the browser of this machine.
    say : takes the address once it can be opened.

    Raises
    ------
    RunError
        Where what the page needs is not installed, or the port is taken.
    """
    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise RunError(
            "the page needs more than is installed",
            given=f"without {', '.join(missing)}",
            allowed="pip install 'rumorsim[app]', or pip install '.[app]' in a checkout",
        )
    listening = _listen(host, port)
    port = listening.getsockname()[1]
    # Read when solara is imported.
    os.environ.update(
        SOLARA_APP="rumorsim.app.page",
        SOLARA_MODE="production",
        SOLARA_TELEMETRY_MIXPANEL_ENABLE="False",
        SOLARA_THEME_SHOW_BANNER="False",
        SOLARA_THEME_TITLE="rumorsim",
        SOLARA_SERVER_HTTP_GZIP="False",
        SERVER_NAME=host,
        SERVER_PORT=str(port),
    )
    os.environ.setdefault("SOLARA_KERNEL_CULL_TIMEOUT", "60s")
    start.FIRST["scenario"] = scenario
    start.TOURS[:] = [load_tour(DEFAULT_TOUR) if tour is None else tour]
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    # The browser may ask already: it is answered as soon as everything has been imported.
    say(address)
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    _run(listening)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(64)
    except (OSError, OverflowError) as error:
        listening.close()
        said = getattr(error, "strerror", None) or str(error)
        raise RunError(
            f"cannot listen there: {said}", path="--host, --port", given=f"{host}:{port}", allowed="a free port"
        ) from None
    return listening


def _run(listening: socket.socket) -> None:
    # A sixth of the time until the board stands went into collecting what is being imported and stays.
    gc.disable()
    import uvicorn

    # A warning of solara about cookies in pages framed by other pages, which this one is not.
    warnings.filterwarnings("ignore", message="Cookies with samesite", category=UserWarning)
    config: Any = uvicorn.Config("solara.server.starlette:app", log_level="error", ws_max_size=2**26)
    server = uvicorn.Server(config)

    def warm_up() -> None:
        # The first world is made while the browser draws the board, and not while all is imported.
        while not server.started:
            if server.should_exit:
                return
            time.sleep(0.02)
        gc.enable()
        start.warm_up()

    threading.Thread(target=warm_up, daemon=True).start()
    server.run(sockets=[listening])
