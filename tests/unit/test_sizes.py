"""Files and functions that can be read at one sitting: 400 lines a module, 110 a function, and steps explained."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "rumorsim"
MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}

MODULE_LINES, FUNCTION_LINES, EXPLAINED_LINES, COMMENTS = 400, 110, 60, 2

#: Modules that are longer, and why; three at most.
LONGER = {
    "core/engine/simulation.py": "the one object that users hold; what it does stands in its parts",
    "core/engine/actions.py": "a list of small classes, one an action, each read by itself",
    "abm/model.py": "one Mesa model: whatever is asked of it, Mesa and its page look for on this class",
}


def functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield the name of every function, its lines with docstring but without decorators, and the comments inside."""
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(("# noqa", "# type:"))
    }

    def visit(node: ast.AST, above: str) -> Iterator[tuple[str, int, int]]:
        for child in ast.iter_child_nodes(node):
            name = above
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{above}.{child.name}".lstrip(".")
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                last = child.end_lineno or child.lineno
                inside = sum(child.lineno < line <= last for line in comments)
                yield name, last - child.lineno + 1, inside
            yield from visit(child, name)

    yield from visit(ast.parse(source), "")


def complaints(source: str) -> list[tuple[str, str]]:
    """Return the name of every function that is too long or explains too little, and what is wrong with it."""
    found = []
    for name, lines, comments in functions(source):
        if lines > FUNCTION_LINES:
            found.append((name, f"{lines} lines, at most {FUNCTION_LINES}"))
        if lines > EXPLAINED_LINES and comments < COMMENTS:
            found.append((name, f"{lines} lines and {comments} comments that explain its steps, {COMMENTS} or more"))
    return found


@pytest.mark.parametrize("name", MODULES)
def test_module_can_be_read_at_one_sitting(name: str) -> None:
    source = MODULES[name].read_text(encoding="utf-8")
    lines = len(source.splitlines())
    assert lines <= MODULE_LINES or name in LONGER
    assert lines > MODULE_LINES or name not in LONGER, "it is short now: strike it from the table"
    assert complaints(source) == []


def test_the_table_names_what_is_there() -> None:
    assert set(LONGER) <= set(MODULES)
    assert len(LONGER) <= 3


@pytest.mark.parametrize(
    ("lines", "comments", "wrong"),
    [(60, 0, 0), (61, 1, 1), (61, 2, 0), (110, 2, 0), (111, 2, 1), (111, 0, 2)],
)
def test_the_count_finds_what_is_too_long(lines: int, comments: int, wrong: int) -> None:
    body = ["    # why"] * comments + ["    x = 1  # noqa"] * (lines - 1 - comments)
    source = "\n".join(["class A:", "  @property", "  def f(self):", *("  " + line for line in body)])
    assert [name for name, _ in complaints(source)] == ["A.f"] * wrong
