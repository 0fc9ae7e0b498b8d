"""Finding scenario files and reading them: the only module of the scenario language that opens files."""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from rumorsim.errors import RumorsimError, ScenarioError, nearest
from rumorsim.scenario.fields import said
from rumorsim.scenario.positions import Position, json_repeats
from rumorsim.scenario.problems import Origin, Problems, Source

__all__ = [
    "FILE_KINDS",
    "MOST_BYTES",
    "MOST_PARTS",
    "check_key_parts",
    "file_kind",
    "find_scenario",
    "folder_kind",
    "read_source",
    "read_text",
    "scenario_folders",
    "scenario_names",
    "source_from_text",
]

#: Bytes of a scenario or a study; the longest shipped one has a few tens of thousands.
MOST_BYTES: Final = 1_000_000
#: Parts of a dotted key.
MOST_PARTS: Final = 100
_DEEPEST: Final = 20
#: Longest name of a file or folder, in bytes, that file systems hold.
_LONGEST_NAME: Final = 255
_PART: Final = r"(?:[A-Za-z0-9_-]++|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+')"
_LONG_KEY: Final = re.compile(rf"(?<![\w.-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_PARTS}}}")
_PLACE: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")

#: Pattern in the line TOML stumbled over -> what to write instead.
_HINTS: Final = tuple(
    (re.compile(pattern), hint)
    for pattern, hint in (
        (r"^\s*(<{7}|={7}|>{7})", "a file without the marks of an unfinished merge"),
        (r"[“”„«»‘’]", "straight quotation marks"),
        (r"^\s*//", "comments that begin with #"),
        (r"^\s*\w[\w.-]*\s*:(\s|$)", "key = value, with an equals sign"),
        (r"=\s*(True|False|TRUE|FALSE|yes|no)\b", "true or false, in lower case"),
        (r"=\s*(None|null|nil|NULL)\b", "a value; a key that is not set is left out"),
        (r"=\s*-?\d+,\d", "a decimal point, as in 0.02"),
        (r"=\s*-?[\d.]+\s*%", "a share between 0 and 1, as in 0.02"),
        (r"=\s*-?\.\d|=\s*-?\d+\.(\s|$)", "a digit on both sides of the decimal point, as in 0.5"),
        (r"=\s*\d{1,2}[./ -]\w+[./ -]\d{2,4}|=\s*\d{4}[-./]\w+[-./]\w+", "dates such as 1956-04-14"),
        (r"=\s*-?\d+(\.\d+)?\s*[A-Za-z/°]", "numbers without a unit; the unit is in the catalog"),
        (r"=\s*(#.*)?$", "a value after the equals sign"),
        (r"=\s*[^\W\d]", "text in quotation marks"),
    )
)


def scenario_folders() -> tuple[Path, ...]:
    """Return the folders searched for named scenarios, in order.

    First those of ``$RUMORSIM_SCENARIOS`` (several are separated as in ``$PATH``), then the folder shipped inside the
    package, else the one of a repository checkout.

    Raises
    ------
    ScenarioError
        If ``$RUMORSIM_SCENARIOS`` names something that is not a folder.
    """
    folders = []
    for word in os.environ.get("RUMORSIM_SCENARIOS", "").split(os.pathsep):
        if word:
            folder = Path(word)
            if not folder.is_dir():
                raise ScenarioError("$RUMORSIM_SCENARIOS names something that is not a folder", given=word)
            folders.append(folder)
    shipped = Path(str(importlib.resources.files("rumorsim"))) / "_scenarios"
    root = Path(__file__).resolve().parents[2]
    checkout = root / "scenarios"
    if shipped.is_dir():
        folders.append(shipped)
    elif checkout.is_dir() and (root / "pyproject.toml").is_file():
        folders.append(checkout)
    return tuple(folders)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that can be loaded by name, sorted; bases (``_name.toml``) are not listed.

    Examples
    --------
    >>> "secret-speech" in scenario_names()
    True
    """
    found = {path.stem for folder in scenario_folders() for path in folder.glob("*.toml")}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def find_scenario(name_or_path: str | os.PathLike[str], *, beside: Path | None = None) -> Path:
    """Return the file of a scenario given by name or path.

    Parameters
    ----------
    name_or_path : a path object or a text with a slash or a suffix is a path, any other text a name.
    beside : file that extends the scenario: names are first looked for, and paths start, in its folder. A name never
        means this file itself, so that a file may extend a shipped scenario of its own name.

    Raises
    ------
    ScenarioError
        If there is no such scenario; the nearest name is offered.

    Examples
    --------
    >>> find_scenario("secret-speech").name
    'secret-speech.toml'
    """
    if not isinstance(name_or_path, (str, os.PathLike)) or isinstance(os.fspath(name_or_path), bytes):
        raise ScenarioError("not a scenario", given=type(name_or_path).__name__, allowed="a name, or a path as text")
    word = os.fspath(name_or_path)
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in Path(word).parts):
        raise ScenarioError("the name is too long", given=said(word), allowed=f"up to {_LONGEST_NAME} bytes per part")
    folder = beside.parent if beside is not None else Path()
    if not isinstance(name_or_path, str) or any(sign in word for sign in "/\\") or word.endswith((".toml", ".json")):
        path = folder / word
        if not path.exists():
            raise ScenarioError("no such file", file=path)
        return path
    if beside is not None:
        sibling = folder / f"{word}.toml"
        if sibling.is_file() and sibling.resolve() != beside.resolve():
            return sibling
    for one in scenario_folders():
        path = one / f"{word}.toml"
        if word and path.is_file() and (beside is None or path.resolve() != beside.resolve()):
            return path
    if word and beside is None and Path(word).exists():
        return Path(word)
    names = scenario_names()
    raise ScenarioError(f"unknown scenario {said(word)}", allowed=names, nearest=nearest(word, names))


def read_source(path: Path) -> Source:
    """Read a scenario file.

    Raises
    ------
    ScenarioError
        If it cannot be read, is not text in UTF-8, or is not valid TOML or JSON; always with the file, and with line
        and column where there are any.
    """
    name = str(path)
    if path.is_dir():
        what = folder_kind(path)
        allowed = "a .toml file or a resolved .json file"
        raise ScenarioError(
            f"is {what[0]}, not a scenario" if what else "is a folder, not a scenario",
            file=name,
            allowed=f"{what[1]}; or {allowed}" if what else allowed,
        )
    if path.suffix not in (".toml", ".json"):
        raise ScenarioError(
            f"has the ending {said(path.suffix)}", file=name, allowed="a .toml file or a resolved .json file"
        )
    return source_from_text(read_text(path), name=name, is_json=path.suffix == ".json")


def folder_kind(path: Path) -> tuple[str, str] | None:
    """Return what a folder of rumorsim is, and which commands take it; None for any other folder."""
    for file, what, use in (
        ("experiment.toml", "the folder of an experiment", "rumorsim reproduce"),
        ("design.parquet", "the folder of a sweep", "rumorsim sensitivity, rumorsim plot"),
        ("study.resolved.json", "the folder of a sweep", "rumorsim sensitivity, rumorsim plot"),
        ("comparison.csv", "the folder of a comparison", "its table comparison.csv and figures"),
        ("provenance.json", "the folder of a run", "rumorsim plot, rumorsim compare"),
    ):
        if (path / file).exists():
            return what, use
    return None


def file_kind(data: Mapping[str, Any]) -> str:
    """Return what a TOML file is: "study", "experiment", "tour", "scenario", or "base", which other scenarios extend.

    Examples
    --------
    >>> file_kind({"vary": {}, "design": {}}), file_kind({"title": "A", "start": 1}), file_kind({"events": []})
    ('study', 'scenario', 'base')
    """
    if any(key in data for key in ("design", "vary", "outputs")) and "start" not in data:
        return "study"
    if "question" in data and "full" in data:
        return "experiment"
    if "steps" in data:
        return "tour"
    header = ("title", "start", "stop", "rumors", "extends")
    return "base" if "events" in data and not any(key in data for key in header) else "scenario"


#: Kind of file -> what it is, and which command takes it.
FILE_KINDS: Final = {
    "study": ("is a study, not a scenario", "rumorsim sweep, rumorsim check"),
    "experiment": ("is an experiment, not a scenario", "rumorsim reproduce, with its folder"),
    "tour": ("is a tour of the classroom page, not a scenario", "rumorsim app --tour, rumorsim check"),
    "base": ("is a base that other scenarios extend, not a scenario", 'extends = "NAME" in a scenario of its own'),
    "scenario": ("is a scenario, not a study", "rumorsim run, rumorsim check"),
}


def read_text(path: Path, most: int = MOST_BYTES, *, error: type[RumorsimError] = ScenarioError) -> str:
    """Return the text of a file that somebody hands in: a regular file, in UTF-8, read up to a bound.

    Parameters
    ----------
    path : the file; links are followed, and what they lead to must be a regular file.
    most : bytes it may have.
    error : class of the error.

    Raises
    ------
    RumorsimError
        Of class ``error``, if it is a folder, a device or a pipe, cannot be read, is too long, or is not text in UTF-8.

    Examples
    --------
    >>> read_text(Path("/dev/zero"))
    Traceback (most recent call last):
        ...
    rumorsim.errors.ScenarioError: /dev/zero: is a device, not a file; allowed: a regular file
    """
    try:
        # A pipe is opened without waiting for somebody to write into it, and what was opened is what is judged.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise error(f"is a {_sort(status.st_mode)}, not a file", file=path, allowed="a regular file")
            if status.st_size > most:
                raise error(f"has {status.st_size} bytes", file=path, allowed=f"at most {most}")
            with open(handle, "rb", closefd=False) as file:
                raw = file.read(most + 1)  # files of /proc say that they have no bytes
        finally:
            os.close(handle)
    except OSError as problem:
        raise error(f"cannot be read: {problem.strerror}", file=path) from None
    except ValueError:  # a zero byte in the path
        raise error("cannot be a path", file=repr(str(path)), allowed="the path of a file") from None
    if len(raw) > most:
        raise error(f"has more than {most} bytes", file=path, allowed=f"at most {most}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise error(
            f"is not UTF-8 text (byte 0x{raw[problem.start]:02x})", file=path, line=line, allowed="text saved as UTF-8"
        ) from None


def _sort(mode: int) -> str:
    """Say what something that is not a regular file is."""
    if stat.S_ISDIR(mode):
        return "folder"
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def check_key_parts(text: str, *, name: str | None, error: type[RumorsimError] = ScenarioError) -> None:
    """Refuse a text with a dotted key of more parts than `MOST_PARTS`: reading one costs the square of its parts.

    Examples
    --------
    >>> check_key_parts("a.b = 1", name="a.toml")
    >>> check_key_parts("a." * 1000 + "b = 1", name="a.toml")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    rumorsim.errors.ScenarioError: a.toml:1: a key has more than 100 parts; allowed: at most 100, such as ...
    """
    found = _LONG_KEY.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise error(
            f"a key has more than {MOST_PARTS} parts",
            file=name,
            line=line if name is not None else None,
            allowed=f"at most {MOST_PARTS}, such as travel.duty_rate",
        )


def source_from_text(text: str, *, name: str, is_json: bool = False) -> Source:
    """Parse the text of a scenario.

    Parameters
    ----------
    text : TOML in the human form, or JSON in the resolved form.
    name : what messages call it.
    is_json : which of the two it is.

    Raises
    ------
    ScenarioError
        If the text is not valid.
    """
    source = Source(name, text.replace("\r\n", "\n"), is_json=is_json)
    if len(text) > MOST_BYTES:
        raise ScenarioError(f"has {len(text)} characters", file=name, allowed=f"at most {MOST_BYTES}")
    if not is_json:
        check_key_parts(source.text, name=name)
    try:
        source.data = _parse_json(source) if is_json else _parse_toml(source)
        if _depth(source.data) > _DEEPEST:
            raise ScenarioError("tables and lists are nested too deeply", file=name, allowed=f"{_DEEPEST} levels")
    except RecursionError:
        raise ScenarioError("tables and lists are nested too deeply", file=name, allowed=f"{_DEEPEST} levels") from None
    return source


def _parse_toml(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.text)
    except ValueError as error:  # TOMLDecodeError is one; so is a number with thousands of digits
        _explain_toml(source, str(error))


def _explain_toml(source: Source, message: str) -> NoReturn:
    """Raise the message of the TOML parser in plain words, with what to write instead where that can be guessed."""
    where = _PLACE.search(message)
    what = message[: where.start()] if where is not None else message
    line, column = len(source.lines), 1
    if where is not None and where.group(1) is not None:
        line, column = int(where.group(1)), int(where.group(2))
    elif where is not None:
        while line > 1 and not source.lines[line - 1].strip():
            line -= 1
        column = len(source.lines[line - 1]) + 1
    line = min(line, len(source.lines))
    written = source.lines[line - 1]
    hint: str | None = next((hint for pattern, hint in _HINTS if pattern.search(written)), None)
    if what in ("Cannot overwrite a value", "Cannot redefine an existing key"):
        key = written.split("=")[0].strip()
        what, hint = f"the key {said(key)} is given twice", "every key once"
        column = len(written) - len(written.lstrip()) + 1
    elif what.startswith(("Cannot declare", "Cannot mutate")):
        what = f"the table {written.strip().split('#')[0].strip()} is given twice, or as a table and as a list"
        column, hint = 1, "every table once; [[events]], with two brackets, for each event"
    _refuse(source, f"not valid TOML: {what}", Position(line, column), hint)


def _refuse(source: Source, what: str, place: Position, allowed: str | None = None) -> NoReturn:
    """Raise the error about a text that is not valid, showing the line without scanning the text."""
    shown = Source(source.name, "", is_json=source.is_json)
    shown.lines = source.lines
    problems = Problems()
    problems.add(Origin(shown, ()), what, allowed=allowed, place=place)
    problems.raise_if_any()
    raise ScenarioError(what, file=source.name)


def _parse_json(source: Source) -> dict[str, Any]:
    repeated = False

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        found = dict(pairs)
        repeated = repeated or len(found) < len(pairs)
        return found

    try:
        data = json.loads(source.text, object_pairs_hook=table)
    except json.JSONDecodeError as error:
        _refuse(source, f"not valid JSON: {error.msg}", Position(error.lineno, error.colno))
    except ValueError as error:
        raise ScenarioError(f"not valid JSON: {error}", file=source.name) from None
    if not isinstance(data, dict):
        _refuse(source, f"{said(data)} is not a scenario", Position(1, 1), "one JSON object")
    if repeated:
        problems = Problems()
        for path, place in json_repeats(source.text):
            problems.add(Origin(source, path), "the key is given twice", allowed="every key once", place=place)
        problems.raise_if_any()
    return data


def _depth(value: Any) -> int:
    """How many tables and lists are inside each other; written without recursion."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        one, level = todo.pop()
        deepest = max(deepest, level)
        if level > _DEEPEST:
            return level
        children: Iterator[Any] = iter(one.values()) if isinstance(one, dict) else iter(one)
        todo.extend((child, level + 1) for child in children if isinstance(child, (dict, list)))
    return deepest
