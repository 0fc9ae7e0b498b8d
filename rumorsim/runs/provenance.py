"""How a run was made: arguments, versions, machine and times. It stays outside the fingerprint."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
import re
import sys
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from rumorsim import __version__

__all__ = ["code_digest", "environment", "imported", "now"]

_LIBRARIES: Final = ("numpy", "scipy", "pyarrow", "pydantic")
_ROOT: Final = Path(__file__).resolve().parents[1]
_PACKAGE: Final = _ROOT.name
_IMPORT: Final = re.compile(
    rf"^[ ]*(?:from ({_PACKAGE}[\w.]*) import (\([^)]*\)|[^\n]*)|import ({_PACKAGE}[\w.]*))", re.MULTILINE
)
_FOR_ANNOTATIONS: Final = re.compile(r"^if TYPE_CHECKING:\n(?:[ ]+[^\n]*\n|\n)*", re.MULTILINE)


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _file_of(module: str) -> Path | None:
    """Return the source of a module of the package, None if there is no such module."""
    path = _ROOT.joinpath(*module.split(".")[1:])
    for found in (path.with_suffix(".py"), path / "__init__.py"):
        if found.is_file() and path != _ROOT:
            return found
    return None


@lru_cache(maxsize=1024)
def _named(path: Path) -> tuple[str, ...]:
    """Return the modules of the package that a source imports anywhere; annotations need none.

    Reading the lines takes a twentieth of the time of parsing the source, which would be felt at every start.
    """
    found: list[str] = []
    text = _FOR_ANNOTATIONS.sub("", path.read_bytes().decode())
    for module, names, plain in _IMPORT.findall(text):
        if plain:
            found.append(plain)
            continue
        for name in re.sub(r"#[^\n]*", "", names).strip("()").split(","):
            inner = f"{module}.{name.split(' as ')[0].strip()}"
            found.append(inner if _file_of(inner) is not None else module)
    return tuple(found)


@lru_cache(maxsize=16)
def imported(module: str) -> tuple[str, ...]:
    """Return the modules of this package that a module needs, itself among them, in order.

    Examples
    --------
    >>> imported("rumorsim.errors")
    ('rumorsim.errors',)
    """
    found: set[str] = set()
    todo = [module]
    while todo:
        one = todo.pop()
        path = None if one in found or one.split(".")[0] != _PACKAGE else _file_of(one)
        if path is not None:
            found.add(one)
            todo += _named(path)
    return tuple(sorted(found))


@lru_cache(maxsize=16)
def code_digest(module: str | None = None) -> str:
    """Return the SHA-256 of the sources and tables a result depends on, to tell apart two states of one version.

    Parameters
    ----------
    module : str
        Dotted name of the module that makes the result: the digest is over it, the modules of this package that it
        imports, directly or not, and the tables that lie in the packages of these. Over the whole package by default.
    """
    if module is None:
        paths = {path for path in _ROOT.rglob("*") if path.suffix in (".py", ".csv", ".toml")}
    else:
        names = imported(module)
        paths = {path for name in names if (path := _file_of(name)) is not None}
        for package in {name.split(".")[1] for name in names}:
            paths |= {path for path in (_ROOT / package).rglob("*") if path.suffix in (".csv", ".toml")}
    state = hashlib.sha256()
    for path in sorted(paths):
        state.update(path.relative_to(_ROOT).as_posix().encode())
        state.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return state.hexdigest()


def environment(module: str | None = None) -> dict[str, Any]:
    """Return versions and machine, with the digest of the code of a module as `code_digest` gives it.

    Examples
    --------
    >>> environment()["rumorsim"] == __version__
    True
    """
    return {
        "rumorsim": __version__,
        "code": code_digest(module),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    }
