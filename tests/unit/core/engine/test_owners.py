"""Every array of a simulation has one class that writes it: assignments, items, ``out=`` and the like."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[4] / "rumorsim"

#: Class -> arrays (and lists of arrays) that it alone writes.
OWNERS = {
    "HearingThresholds": "remaining",
    "RumorBlock": "heard_tick stopped_tick telling ever_told channel teller open_hearings heard_now",
    "Tellers": "_rows _countdown _slot _frozen",
    "Pressures": "flat of_tellers of_knowers tellers_both knowers_both group_talk group_knowers group_tellers absent "
    "absent_rows",
    "People": "zone boldness mute afraid_tick _fear_of_news held_back _exposure _exposure_day _learned_until _in_talk "
    "_seen _noted _noted_until",
    "Absentees": "now _back _past",
    "Voicings": "bar climate counts detected_counts _records",
    "Memberships": "present slots away away_rows hushed pointer person group",
    "Schedule": "_due _waiting fired",
}
OWNER = {name: owner for owner, names in OWNERS.items() for name in names.split()}

#: NumPy functions and methods of arrays that write into what they are given.
WRITERS = {"add.at", "subtract.at", "multiply.at", "maximum.at", "minimum.at", "put", "copyto", "place", "putmask"}
METHODS = {"fill", "put", "sort", "partition", "resize", "itemset", "append", "extend", "pop", "clear", "update"}

#: Where a simulation is made and acted upon; the exact engine and the class of agents have arrays of their own.
ROOMS = ["core/engine/*", "core/rules/*", "core/contacts/*", "model/actions", "model/assemble", "abm/m*", "abm/[iorv]*"]
MODULES = [path for room in ROOMS for path in sorted(PACKAGE.glob(f"{room}.py"))]


def owned(node: ast.AST, aliases: dict[str, str]) -> str | None:
    """Return the owned array that an expression is, or is a part of."""
    while True:
        if isinstance(node, ast.Attribute):
            return node.attr if node.attr in OWNER else None
        if isinstance(node, ast.Name):
            return aliases.get(node.id)
        if isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        else:
            return None


def writes(function: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, array) for everything in a function that writes to an owned array, also under a local name."""
    aliases: dict[str, str] = {}
    for node in ast.walk(function):  # a name for an array, or for a view of it by slices
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = owned(node.value, aliases)
            if name is not None:
                aliases[node.targets[0].id] = name
    for node in ast.walk(function):
        targets: list[ast.AST] = []
        if isinstance(node, ast.Assign):
            targets = [leaf for target in node.targets for leaf in (getattr(target, "elts", None) or [target])]
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        elif isinstance(node, ast.Delete):
            targets = list(node.targets)
        elif isinstance(node, ast.Call):
            targets = [word.value for word in node.keywords if word.arg == "out"]
            called = ast.unparse(node.func)
            if any(called.endswith("." + writer) and called.startswith("np.") for writer in WRITERS) and node.args:
                targets.append(node.args[0])
            elif isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                targets.append(node.func.value)
        for target in targets:
            # A plain name that is bound anew, or counted up, is no array any more.
            if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AnnAssign)):
                continue
            name = owned(target, aliases)
            if name is not None:
                yield target.lineno, name


def foreign(source: str) -> list[str]:
    """Return the writes to arrays outside the class that owns them."""
    found = []

    def visit(node: ast.AST, owner: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                visit(child, child.name)
            elif isinstance(child, (ast.FunctionDef, ast.Lambda)):
                found.extend(
                    f"{line}: {owner} writes {OWNER[name]}.{name}"
                    for line, name in writes(child)
                    if OWNER[name] != owner
                )
            else:
                visit(child, owner)

    visit(ast.parse(source), "a function")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_writes_what_another_owns(path: Path) -> None:
    assert foreign(path.read_text(encoding="utf-8")) == []


def test_every_owner_writes_its_arrays() -> None:
    """A name that nobody writes would be guarded in vain."""
    written = {
        (kind.name, name)
        for path in MODULES
        for kind in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(kind, ast.ClassDef)
        for function in ast.walk(kind)
        if isinstance(function, ast.FunctionDef)
        for _, name in writes(function)
    }
    assert {(owner, name) for name, owner in OWNER.items()} <= written


@pytest.mark.parametrize(
    "line",
    [
        "state.remaining[:] = 0",
        "state.remaining *= 2",
        "sim.people.mute[rows] = True",
        "self.block.telling = other",
        "a, block.teller[rows] = 1, 2",
        "np.add.at(block.pressures.group_talk, rows, 1)",
        "np.subtract(a, b, out=block.remaining[rows])",
        "left = state.tellers._countdown[:3]\n    left -= 1",
        "left = state.remaining\n    left[rows] = 0",
        "groups.slots.put(rows, 1)",
        "block.open_hearings.append(1)",
        "del sim.fired[0]",
    ],
)
def test_the_walk_finds_writes(line: str) -> None:
    assert len(foreign(f"class Rule:\n  def f(self):\n    {line}")) == 1
    assert len(foreign(f"def f():\n    {line}")) == 1


@pytest.mark.parametrize("line", ["rows = state.remaining[:3] * 2", "heard = state.heard_tick\n    n = heard.copy()"])
def test_the_walk_lets_reading_pass(line: str) -> None:
    assert foreign(f"def f():\n    {line}") == []
