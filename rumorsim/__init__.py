"""rumorsim: how a secret travels through a party built to keep secrets.

The public names are loaded when first used, so that ``import rumorsim`` costs next to nothing.

Examples
--------
>>> import rumorsim as rs
>>> "load_scenario" in dir(rs)
True
"""

from __future__ import annotations

import importlib
from typing import Any, Final

__version__: Final = "0.4.0"

#: Public name -> module that defines it.
_HOMES: Final[dict[str, str]] = {
    "RumorsimError": "rumorsim.errors",
    "Study": "rumorsim.study",
    "build_party": "rumorsim.party",
    "calibrate": "rumorsim.inference",
    "compare": "rumorsim.study",
    "load_scenario": "rumorsim.scenario",
    "merge": "rumorsim.study",
    "observables": "rumorsim.ensemble",
    "open_run": "rumorsim.ensemble",
    "open_sweep": "rumorsim.study",
    "posterior": "rumorsim.ensemble",
    "run": "rumorsim.ensemble",
    "sensitivity": "rumorsim.study",
    "sweep": "rumorsim.study",
}

__all__ = [
    "RumorsimError",
    "Study",
    "__version__",
    "build_party",
    "calibrate",
    "compare",
    "load_scenario",
    "merge",
    "observables",
    "open_run",
    "open_sweep",
    "posterior",
    "run",
    "sensitivity",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
