"""How a run was made: arguments, versions, machine and times. It stays outside the fingerprint."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from rumorsim import __version__

__all__ = ["STUDY_CODE", "code_digest", "environment", "now"]

_LIBRARIES: Final = ("numpy", "scipy", "pyarrow", "pydantic")
#: Modules beside those of a run that the results of a study depend on; its points are told apart by their digest.
STUDY_CODE: Final = tuple(f"study/{name}.py" for name in ("points", "outputs", "work", "tables"))
#: Parts of the package that a result depends on.
_PARTS: Final = ("errors.py", "core", "catalog", "scenario", "party", "model", "archive", "ensemble")


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@lru_cache(maxsize=4)
def code_digest(further: tuple[str, ...] = ()) -> str:
    """Return the SHA-256 of the sources and tables a result depends on, to tell apart two states of one version.

    Parameters
    ----------
    further : paths within the package, of modules that a result depends on beside those every run needs.
    """
    root = Path(__file__).resolve().parents[1]
    state = hashlib.sha256()
    for part in (*_PARTS, *further):
        found = [root / part] if part.endswith(".py") else sorted((root / part).rglob("*"))
        for path in found:
            if path.suffix in (".py", ".csv", ".toml"):
                state.update(path.relative_to(root).as_posix().encode())
                state.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return state.hexdigest()


def environment() -> dict[str, Any]:
    """Return versions and machine.

    Examples
    --------
    >>> environment()["rumorsim"] == __version__
    True
    """
    return {
        "rumorsim": __version__,
        "code": code_digest(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    }
