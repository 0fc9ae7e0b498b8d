"""Print the lowest versions that pyproject.toml allows, as constraints for pip: ``name>=x`` becomes ``name==x``.

    python .ci/lowest.py > lowest.txt
    pip install --constraint lowest.txt '.[dask,export,sensitivity]'

The packages that these bring along stay free. pyproject.toml is the only list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

#: What a user may ask for. The extras of developers are no promise to users.
_OF_DEVELOPERS: Final = ("test", "dev")
_FORM: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?[>=]=(?P<lowest>[0-9][0-9.]*)(?:,<[0-9.]+)?(?:;.*)?")


def extras(project: Mapping[str, Any]) -> list[str]:
    """Return the extras of users, in alphabetical order."""
    return sorted(set(project.get("optional-dependencies", {})) - set(_OF_DEVELOPERS))


def constraints(project: Mapping[str, Any]) -> list[str]:
    """Return a constraint for every dependency of the table [project] and of the extras of users.

    Raises
    ------
    ValueError
        For a dependency without a lowest version, and for one with two.

    Examples
    --------
    >>> constraints({"dependencies": ["mesa>=3.3,<4"], "optional-dependencies": {"dask": ["dask[distributed]>=2024"]}})
    ['dask==2024', 'distributed==2024', 'mesa==3.3']
    """
    found: dict[str, str] = {}
    optional = project.get("optional-dependencies", {})
    for said in [*project["dependencies"], *(one for extra in extras(project) for one in optional[extra])]:
        match = _FORM.fullmatch(said.replace(" ", ""))
        if match is None:
            raise ValueError(f"pyproject.toml: {said!r} has no lowest version of the form name>=1.2")
        name = match["name"].lower()
        # dask and distributed are one release in two packages.
        for each in (name, "distributed") if "[distributed]" in said else (name,):
            if found.setdefault(each, match["lowest"]) != match["lowest"]:
                raise ValueError(f"pyproject.toml: {each} has two lowest versions, {found[each]} and {match['lowest']}")
    return [f"{name}=={lowest}" for name, lowest in sorted(found.items())]


if __name__ == "__main__":
    path = Path(__file__).resolve().parents[1] / "pyproject.toml"
    print("\n".join(constraints(tomllib.loads(path.read_text(encoding="utf-8"))["project"])))
