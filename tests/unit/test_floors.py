"""Imports go downward only, each outside library has one home, and the core neither reads, writes nor prints."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "rumorsim"

FLOORS = {
    "errors": 0,
    "text": 0,
    "core": 1,
    "catalog": 1,
    "scenario": 2,
    "party": 3,
    "model": 4,
    "archive": 4,
    "runs": 5,
    "ensemble": 6,
    "study": 7,
    "inference": 7,
    "abm": 7,
    "plot": 8,
    "app": 9,
    "cli": 10,
    "__main__": 11,
}

#: Outside library -> modules (with everything inside them) that may import it; "" means everywhere above floor 0.
HOMES = {
    "numpy": ("",),
    "scipy": ("",),
    "pydantic": ("catalog", "scenario", "study", "app.tour_file"),
    "pydantic_core": ("catalog", "scenario"),
    "networkx": ("party",),
    "pyarrow": ("runs.store",),
    "xarray": ("core.engine.results", "ensemble", "study"),
    "pandas": ("core.engine.results",),
    "distributed": ("runs.dask_pool",),
    "SALib": ("study",),
    "mesa": ("abm", "app.page", "app.page_model"),
    "solara": ("app.page", "app.board"),
    "ipyvuetify": ("app.board",),
    "traitlets": ("app.board",),
    "uvicorn": ("app.server",),
    "matplotlib": ("plot",),
    "typer": ("cli",),
    "click": ("cli",),
    "rich": ("cli",),
}

#: Chance comes from rumorsim.core.randomness.streams, nowhere else.
GENERATORS = {"random", "secrets", "numpy.random"}

#: Arrows that must never be, within packages: a module (with everything inside it) and what it may not import.
FORBIDDEN = [
    # Every room of the core may stand upon those above it in this list, never the other way.
    ("core.checks", ("core.contacts", "core.engine", "core.rules", "core.randomness", "core.reference")),
    ("core.randomness", ("core.contacts", "core.engine", "core.rules", "core.reference")),
    ("core.contacts", ("core.engine", "core.rules", "core.randomness", "core.reference")),
    ("core.engine", ("core.reference",)),
    # A rule sees the block of its rumor, and nothing that makes, orders or feeds blocks.
    (
        "core.rules",
        (
            "core.reference",
            *(
                f"core.engine.{name}"
                for name in (
                    *(
                        "actions",
                        "attribution",
                        "broadcasts",
                        "hearing_thresholds",
                        "layout",
                        "meetings",
                        "people",
                        "pressures",
                    ),
                    *("results", "schedule", "simulate", "simulation", "tick", "voicings"),
                )
            ),
        ),
    ),
    # A part of the simulation knows neither the simulation nor what acts on it.
    *(
        (f"core.engine.{part}", ("core.engine.simulation", "core.engine.actions", "core.engine.meetings"))
        for part in (
            *(
                "attribution",
                "broadcasts",
                "door",
                "hearing_thresholds",
                "layout",
                "people",
                "pressures",
                "rumor_block",
            ),
            *("tellers", "tick", "voicings"),
        )
    ),
    # The machine of runs: files, then what is kept in them, then folders; nothing of it knows what is run.
    ("runs.files", ("runs.store", "runs.journal", "runs.seal", "runs.verify", "runs.folder", "runs.machine")),
    ("runs.store", ("runs.journal", "runs.seal", "runs.verify", "runs.folder", "runs.machine")),
    ("runs.journal", ("runs.store", "runs.verify", "runs.folder", "runs.machine", "runs.pool")),
    ("runs.machine", ("runs.folder", "runs.store", "runs.verify", "scenario")),
    # Actions are handed the simulation when they act, and name it in annotations only.
    *((f"core.engine.{name}", ("core.engine.simulation",)) for name in ("actions", "meetings", "schedule", "results")),
    # The exact engine judges the tick engine: it shares what goes in and what comes out, and nothing in between.
    (
        "core.reference",
        tuple(
            f"core.engine.{name}"
            for name in (
                "attribution",
                "hearing_thresholds",
                "layout",
                "pressures",
                "rumor_block",
                "simulation",
                "tick",
            )
        ),
    ),
]

#: Parts of a simulation, of which none may keep it, by whatever name.
PARTS = ("attribution", "broadcasts", "hearing_thresholds", "layout", "people", "pressures", "rumor_block", "schedule")
PARTS += ("tellers", "tick", "voicings")

#: What touches files, the terminal or the machine: not in the core.
CORE_MODULES = {"os", "io", "sys", "pathlib", "shutil", "tempfile", "glob", "csv", "json", "pickle", "logging"}
CORE_MODULES |= {"subprocess", "tomllib", "importlib", "time"}
#: What a module of the core may import inside a function only, so that nobody needs it who does not call that.
CORE_LAZY = {"core.engine.results": {"pandas", "xarray"}}
CORE_CALLS = {"open", "print", "input", "exec", "eval"}


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) for every import; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, "." * node.level + (node.module or "") + "." + alias.name


def is_within(module: str, home: str) -> bool:
    return home == "" or module == home or module.startswith(home + ".")


def complaints(source: str, module: str) -> list[str]:
    """Return what is wrong with the imports of a module, named without the leading ``rumorsim.``."""
    tree = ast.parse(source)
    own = module.split(".")[0]
    found = []
    annotations = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line, _ in imported_modules(node)
    }
    eager = {node.lineno for node in tree.body}
    for line, name in imported_modules(tree):
        parts = name.split(".")
        if name.startswith("."):
            found.append(f"{line}: relative import {name}")
        elif any(is_within(name, generator) for generator in GENERATORS):
            found.append(f"{line}: {name} is a generator; draw from rumorsim.core.randomness.streams")
        elif parts[0] == "rumorsim":
            target = parts[1] if len(parts) > 1 else ""
            if target == "__version__":
                continue
            inner = ".".join(parts[1:])
            for module_of_arrow, banned in FORBIDDEN:
                arrow = is_within(module, module_of_arrow) and any(is_within(inner, one) for one in banned)
                if arrow and line not in annotations:
                    found.append(f"{line}: {module} must never import {inner}")
            if target not in FLOORS:
                found.append(f"{line}: {name} is not a module on a floor")
            elif target != own and FLOORS[target] >= FLOORS[own]:
                found.append(f"{line}: {own} (floor {FLOORS[own]}) imports {target} (floor {FLOORS[target]})")
        elif parts[0] in sys.stdlib_module_names:
            if own == "core" and parts[0] in CORE_MODULES:
                found.append(f"{line}: the core imports {name}")
            if parts[0] == "sqlite3" and module != "runs.journal":
                found.append(f"{line}: {name} is imported outside its home")
        elif parts[0] not in HOMES:
            found.append(f"{line}: {name} has no home")
        elif own == "errors" or not any(is_within(module, home) for home in HOMES[parts[0]]):
            found.append(f"{line}: {name} is imported outside its home")
        elif own == "core" and parts[0] in CORE_LAZY.get(module, ()) and line not in eager:
            continue
        elif own == "core" and parts[0] not in ("numpy", "scipy"):
            found.append(f"{line}: the core imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.random", "numpy.random"):
            found.append(
                f"{node.lineno}: {ast.unparse(node)} is a generator; draw from rumorsim.core.randomness.streams"
            )
        if own != "core":
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CORE_CALLS:
            found.append(f"{node.lineno}: the core calls {node.func.id}")
        if isinstance(node, ast.Attribute) and node.attr in ("tofile", "fromfile", "savetxt"):
            found.append(f"{node.lineno}: the core uses {node.attr}")
    return found


def keepers(source: str) -> list[str]:
    """Return where a simulation is kept: an attribute or a field that is one, or is called so."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in (leaf for one in targets for leaf in getattr(one, "elts", [one])):
            value = getattr(node, "value", None)
            kept = (
                isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and value.id in ("sim", "simulation")
            )
            named = isinstance(target, ast.Attribute) and target.attr.strip("_") in ("sim", "simulation")
            typed = isinstance(node, ast.AnnAssign) and "Simulation" in ast.unparse(node.annotation)
            if kept or named or typed:
                found.append(f"{node.lineno}: {ast.unparse(target)} holds the simulation")
    return found


def module_of(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_imports_go_downward(module: str) -> None:
    assert module.split(".")[0] in FLOORS, "a new package needs a floor"
    assert complaints(MODULES[module].read_text(encoding="utf-8"), module) == []


@pytest.mark.parametrize("part", PARTS)
def test_no_part_holds_the_simulation(part: str) -> None:
    assert keepers(MODULES[f"core.engine.{part}"].read_text(encoding="utf-8")) == []


def test_forbidden_arrows_speak_of_modules_that_exist() -> None:
    """An arrow from or to a name that has gone would forbid nothing."""
    named = {name for source, banned in FORBIDDEN for name in (source, *banned)}
    assert {name for name in named if name not in MODULES} == set()


@pytest.mark.parametrize(
    "line", ["self.sim = other", "self._simulation = x", "self.owner = sim", "sim: Simulation", "a, self.sim = 1, 2"]
)
def test_the_check_finds_who_holds_the_simulation(line: str) -> None:
    assert len(keepers(f"class Part:\n  def f(self, sim):\n    {line}")) == 1


@pytest.mark.parametrize(("source", "banned"), [(source, one) for source, banned in FORBIDDEN for one in banned])
def test_every_forbidden_arrow_is_found(source: str, banned: str) -> None:
    assert any("must never" in one for one in complaints(f"import rumorsim.{banned}", source))
    home, _, name = f"rumorsim.{banned}".rpartition(".")
    assert any("must never" in one for one in complaints(f"from {home} import {name}", source))


def test_top_imports_nothing_eagerly() -> None:
    tree = ast.parse(MODULES[""].read_text(encoding="utf-8"))
    eager = [name for _, name in imported_modules(tree) if name.split(".")[0] not in sys.stdlib_module_names]
    eager = [name for name in eager if not name.startswith("__future__")]
    guarded = [
        name
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for _, name in imported_modules(node)
    ]
    assert sorted(eager) == sorted(guarded)


@pytest.mark.parametrize(
    ("module", "source", "word"),
    [
        ("core.engine.simulation", "from rumorsim.party import build_party", "floor 3"),
        ("core.engine.simulation", "from rumorsim import party", "floor 3"),
        ("core.engine.simulation", "from rumorsim import catalog", "floor 1"),
        ("core.engine.simulation", "from . import groups", "relative"),
        ("core.engine.simulation", "from .groups import Groups", "relative"),
        ("core.engine.tick", "from rumorsim.core.engine.simulation import Simulation", "must never"),
        ("core.engine.pressures", "from rumorsim.core.engine import simulation", "must never"),
        ("core.contacts.layers", "from rumorsim.core.randomness.streams import Streams", "must never"),
        ("core.engine.actions", "def f():\n    from rumorsim.core.engine.simulation import Simulation", "must never"),
        ("core.rules.threshold", "from rumorsim.core.engine.pressures import Pressures", "must never"),
        ("core.reference.exact", "from rumorsim.core.engine.tick import Tick", "must never"),
        ("core.engine.hearing_thresholds", "from rumorsim.core.engine.simulation import Simulation", "must never"),
        ("core.engine.simulation", "import pathlib", "core imports"),
        ("core.engine.simulation", "def f():\n    print(1)", "core calls print"),
        ("core.engine.simulation", "def f():\n    return open('a')", "core calls open"),
        ("core.engine.simulation", "import networkx", "home"),
        ("core.engine.results", "import pandas", "core imports"),
        ("core.engine.simulation", "def f():\n    import xarray", "home"),
        ("core.engine.simulation", "import numpy as np\nx = np.random.default_rng()", "generator"),
        ("core.engine.simulation", "import random", "generator"),
        ("party.build", "from numpy.random import default_rng", "generator"),
        ("party.build", "import rumorsim as rs", "not a module"),
        ("party.build", "from rumorsim import load_scenario", "not a module"),
        ("party.build", "def f():\n    import matplotlib.pyplot", "home"),
        ("ensemble.table", "import pyarrow", "home"),
        ("ensemble.table", "import sqlite3", "home"),
        ("runs.folder", "from rumorsim.ensemble import Ensemble", "floor 6"),
        ("runs.journal", "from rumorsim.runs.folder import Folder", "must never"),
        ("archive.write", "from rumorsim.model import assemble", "floor 4"),
        ("cli.main", "import requests", "no home"),
        ("errors", "import numpy", "home"),
    ],
)
def test_the_check_finds_what_it_should(module: str, source: str, word: str) -> None:
    found = complaints(source, module)
    assert len(found) >= 1
    assert any(word in one for one in found), found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "core.engine.simulation",
            "from rumorsim.core.randomness.streams import Streams\nimport numpy as np\nimport hashlib",
        ),
        ("runs.store", "import pyarrow.parquet as pq\nfrom rumorsim import __version__, catalog"),
        ("core.engine.results", "def f():\n    import pandas as pd"),
        ("cli.main", "import typer\nfrom rumorsim.plot import draw\nprint(1)"),
    ],
)
def test_the_check_lets_right_imports_pass(module: str, source: str) -> None:
    assert complaints(source, module) == []
