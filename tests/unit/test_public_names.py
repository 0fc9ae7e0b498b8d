"""Every module says what is public, everything public is documented, and importing the package is cheap."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import rumorsim as rs

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "rumorsim"


def module_names() -> list[str]:
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] == "__main__" or parts == ("rumorsim", "__init__"):
            continue  # the lazy names of rumorsim itself have their own tests below
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def undocumented(module: ModuleType) -> list[str]:
    """Return the public functions, classes, methods and properties of a module that have no docstring."""
    missing = [] if (module.__doc__ or "").strip() else [module.__name__]
    for name in module.__all__:
        thing = getattr(module, name)
        if not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue
        if not (thing.__doc__ or "").strip() or str(thing.__doc__).startswith(f"{name}("):
            missing.append(name)
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            for method, member in vars(thing).items():
                function = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
                if method.startswith("_") or not (inspect.isfunction(function)):
                    continue
                if function.__module__ == module.__name__ and not (inspect.getdoc(getattr(thing, method)) or ""):
                    missing.append(f"{name}.{method}")
    return missing


@pytest.mark.parametrize("name", module_names())
def test_module_says_what_is_public(name: str) -> None:
    module = importlib.import_module(name)
    assert hasattr(module, "__all__"), f"{name} has no __all__"
    assert len(module.__all__) == len(set(module.__all__))
    absent = [word for word in module.__all__ if not hasattr(module, word)]
    assert absent == []
    own = [
        word
        for word, thing in vars(module).items()
        if (inspect.isclass(thing) or inspect.isfunction(thing))
        and thing.__module__ == name
        and not word.startswith("_")
    ]
    assert sorted(set(own) - set(module.__all__)) == [], "public by name, but not in __all__"


@pytest.mark.parametrize("name", module_names())
def test_public_names_are_documented(name: str) -> None:
    assert undocumented(importlib.import_module(name)) == []


def test_missing_docstrings_are_found() -> None:
    module = ModuleType("made_up", "A module.")
    exec(
        "__all__ = ['bare', 'Bare']\ndef bare(): ...\nclass Bare:\n    'Doc.'\n    def method(self): ...\n"
        "    @property\n    def value(self): ...\n",
        module.__dict__,
    )
    assert undocumented(module) == ["bare", "Bare.method", "Bare.value"]


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = rs.runn


def test_listed_names_are_the_lazy_names() -> None:
    assert sorted(rs.__all__) == sorted(["__version__", *rs._HOMES])
    assert dir(rs) == sorted(rs.__all__)


@pytest.mark.parametrize("name", sorted(rs._HOMES))
def test_lazy_names_load_and_are_documented(name: str) -> None:
    home = rs._HOMES[name]
    if not (PACKAGE / home.split(".")[1]).exists() and not (PACKAGE / (home.split(".")[1] + ".py")).exists():
        pytest.skip(f"{home} is not written yet")
    importlib.import_module(home)
    thing = getattr(rs, name)
    assert not inspect.ismodule(thing), "a subpackage must not hide the public name"
    assert (thing.__doc__ or "").strip()


def test_version_is_the_packaged_one() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert rs.__version__ == tomllib.load(file)["project"]["version"]
    assert f"version: {rs.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_import_loads_no_outside_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import rumorsim; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["rumorsim"]
