"""Reading a study file: everything that is wrong is told together, with its place."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from rumorsim.ensemble.draws import at_mode
from rumorsim.errors import ScenarioError, StudyError
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.fields import TextRule, TruthRule, WordRule, complaint, said
from rumorsim.scenario.problems import Origin, Problems, Source
from rumorsim.scenario.read import read_text
from rumorsim.study.design import KINDS, MOST_POINTS, POWER_OF_TWO, SAMPLED, Design
from rumorsim.study.outputs import Output, read_outputs
from rumorsim.study.points import check_points
from rumorsim.study.study import Study
from rumorsim.study.vary import Vary, read_vary

__all__ = ["MOST_REPLICATES", "MOST_SEED", "read_study", "whole"]

_SEED: Final = 1956
MOST_SEED: Final = 2**64 - 1
MOST_REPLICATES: Final = 1_000_000
_MOST_RUNS: Final = 100_000_000
#: Bytes of the table of a design; its million points have some tens of numbers each.
MOST_TABLE_BYTES: Final = 256_000_000


def whole(low: int, high: int, what: str) -> BeforeValidator:
    """Return the rule for a whole number between two bounds, both included."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise complaint(f"{said(value)} is not a whole number", allowed=f"{what}, {low} to {high}")
        if not low <= value <= high:
            raise complaint(f"{said(value)} is out of range", allowed=f"{what}, {low} to {high}")
        return value

    return BeforeValidator(check)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _DesignTable(_Table):
    kind: Annotated[str, WordRule("kind of design", KINDS)]
    points: Annotated[int | None, whole(1, MOST_POINTS, "a number of points")] = None
    seed: Annotated[int, whole(0, MOST_SEED, "a seed")] = _SEED
    levels: Annotated[int | None, whole(2, 1000, "an even number of levels")] = None
    file: Annotated[str | None, TextRule()] = None


class _StudyFile(_Table):
    title: Annotated[str, TextRule()]
    scenario: Annotated[str, TextRule()]
    replicates: Annotated[int, whole(1, MOST_REPLICATES, "a number of replicates")]
    seed: Annotated[int, whole(0, MOST_SEED, "a seed")] = _SEED
    common_random_numbers: Annotated[bool, TruthRule()] = True
    design: dict[str, Any]
    outputs: list[Any]
    vary: dict[str, Any] = {}


def read_study(source: Source, name: str, path: Path | None) -> Study:
    """Check what a file says and return the study, or raise everything that is wrong."""
    problems = Problems()
    origin = Origin(source, ())
    data = source.data
    try:
        given: _StudyFile | None = _StudyFile.model_validate(data)
    except ValidationError as error:
        problems.add_validation(error, origin, tuple(_StudyFile.model_fields), {})
        given = None
    design = _design_table(data.get("design"), origin, problems)
    scenario = _scenario(data.get("scenario"), origin, path, problems)
    if scenario is None:
        problems.raise_if_any(StudyError)
        raise StudyError("invalid study", file=source.name)
    vary: list[Vary] = []
    written = data.get("vary", {})
    if design is not None and isinstance(written, dict):
        vary = _vary(written, design, origin, scenario, path, problems)
    outputs: list[Output] = []
    if isinstance(data.get("outputs"), list):
        outputs = read_outputs(data["outputs"], origin.inside("outputs"), scenario, problems)
        if not data["outputs"]:
            problems.add(origin.inside("outputs"), "no outputs", allowed="at least one [[outputs]]")
    problems.raise_if_any(StudyError)
    if given is None or design is None:
        raise StudyError("invalid study", file=source.name)
    study = Study(
        name=name,
        title=given.title,
        scenario=given.scenario,
        replicates=given.replicates,
        seed=given.seed,
        common_random_numbers=given.common_random_numbers,
        design=_design(design, vary),
        vary=tuple(vary),
        outputs=tuple(outputs),
        base=scenario,
        path=path,
    )
    _check_size(study, origin, problems)
    check_points(study, origin.inside("vary"), problems)
    problems.raise_if_any(StudyError)
    return study


def _design_table(given: Any, origin: Origin, problems: Problems) -> _DesignTable | None:
    if not isinstance(given, dict):
        return None  # said already
    at = origin.inside("design")
    try:
        table = _DesignTable.model_validate(given)
    except ValidationError as error:
        problems.add_validation(error, at, tuple(_DesignTable.model_fields), {})
        return None
    before = len(problems)
    if table.kind in SAMPLED and table.points is None:
        problems.add(at, "no points", allowed="points = a number of points")
    elif table.kind not in SAMPLED and table.points is not None:
        what = {"grid": "every combination is a point", "table": "every row is a point"}[table.kind]
        problems.add(at.inside("points"), f"a {table.kind} design takes no points: {what}")
    if table.kind in POWER_OF_TWO and table.points is not None and table.points & (table.points - 1):
        low = 1 << (table.points.bit_length() - 1)
        what = f"{table.points} is not a power of two, which a {table.kind} design needs to be balanced"
        problems.add(at.inside("points"), what, allowed=(low, 2 * low))
    if table.kind == "morris" and table.levels is not None and table.levels % 2:
        problems.add(at.inside("levels"), f"{table.levels} levels are an odd number", allowed="an even number")
    if table.kind != "morris" and table.levels is not None:
        problems.add(at.inside("levels"), f"a {table.kind} design has no levels", allowed='kind = "morris"')
    if table.kind == "table" and table.file is None:
        problems.add(at, "no file", allowed='file = "points.csv" with a header of catalog ids')
    if table.kind != "table" and table.file is not None:
        problems.add(at.inside("file"), f"a {table.kind} design takes no file", allowed='kind = "table"')
    if table.kind not in SAMPLED and "seed" in given:
        problems.add(at.inside("seed"), f"a {table.kind} design draws nothing and has no seed")
    return table if len(problems) == before else None


def _scenario(word: Any, origin: Origin, path: Path | None, problems: Problems) -> Scenario | None:
    if not isinstance(word, str) or not word.strip():
        return None  # said already
    is_path = any(sign in word for sign in "/\\") or word.endswith((".toml", ".json"))
    try:
        return at_mode(load_scenario((path.parent if path is not None else Path()) / word if is_path else word))
    except ScenarioError as error:
        at = origin.inside("scenario")
        if len(error.problems) > 1 or error.line is not None or "\n" in error.problems[0]:
            for problem in error.problems:
                problems.add(at, f"the scenario {said(word)} is wrong: {problem.splitlines()[0]}")
        else:
            what = error.what if error.file is None else f"{error.what}: {error.file}"
            problems.add(at, what, allowed=error.allowed, near=error.nearest)
        return None


def _vary(
    written: dict[str, Any],
    design: _DesignTable,
    origin: Origin,
    scenario: Scenario,
    path: Path | None,
    problems: Problems,
) -> list[Vary]:
    at = origin.inside("vary")
    if design.kind == "table":
        if written:
            problems.add(at, "a table design takes no [vary]: the header of its file says what varies")
            return []
        return _read_table(design.file or "", origin.inside("design", "file"), scenario, path, problems)
    if not written:
        problems.add(at if "vary" in origin.source.data else origin, "nothing varies", allowed="a table [vary]")
        return []
    return list(read_vary(written, at, scenario, design.kind, problems))


def _read_table(word: str, at: Origin, scenario: Scenario, path: Path | None, problems: Problems) -> list[Vary]:
    """Read the points of a CSV file; its problems are located in that file."""
    file = (path.parent if path is not None else Path()) / word
    try:
        text = read_text(file, MOST_TABLE_BYTES, error=StudyError)
        rows = list(csv.reader(text.splitlines()))
    except StudyError as error:
        problems.add(at, f"{said(word)} {error.what}", allowed=error.allowed)
        return []
    except csv.Error as error:
        problems.add(at, f"{said(word)} is not a table: {error}", allowed="a CSV file")
        return []
    source = Source(str(file), "")
    source.lines = text.splitlines()
    if len(rows) < 2 or not rows[0]:
        problems.add(at, f"{said(word)} has no rows", allowed="a header of catalog ids, and a row for each point")
        return []
    names = [one.strip() for one in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            problems.add(at, f"line {number} of {word} has {len(row)} cells", allowed=f"{len(names)} cells")
            return []
    if len(set(names)) < len(names):
        problems.add(at, f"a column appears twice in {word}", allowed="every column once")
        return []
    columns = zip(*([_cell(one) for one in row] for row in rows[1:]), strict=True)
    found = []
    for name, values in zip(names, columns, strict=True):
        one = _column(name, list(values), at, word, scenario, problems)
        if one is not None:
            found.append(one)
    return found


def _cell(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except ValueError:
        return text.strip()


def _column(name: str, values: list[Any], at: Origin, word: str, scenario: Scenario, problems: Problems) -> Vary | None:
    """Return a column of a table, each different value checked as an item of a list is."""
    inner, place = Problems(), Origin(Source(None, ""), ())
    different = list(dict.fromkeys(values))
    listed = list(read_vary({name: different}, place, scenario, "table", inner))
    if len(inner):
        try:
            inner.raise_if_any(StudyError)
        except StudyError as error:
            for problem in error.problems:
                problems.add(at, f"{word}: {problem}")
        return None
    right = dict(zip(different, listed[0].values, strict=True))
    return Vary(name, "table", tuple(right[one] for one in values))


def _design(table: _DesignTable, vary: list[Vary]) -> Design:
    points = table.points
    if table.kind == "grid":
        points = int(np.prod([len(one.steps()) for one in vary], dtype=np.int64))
    if table.kind == "table":
        points = len(vary[0].values)
    return Design(table.kind, points or 0, table.seed, table.levels or 4, table.file)


def _check_size(study: Study, origin: Origin, problems: Problems) -> None:
    points = study.design.number_of_points(len(study.vary))
    if points > MOST_POINTS:
        problems.add(origin.inside("design"), f"the design has {points} points", allowed=f"at most {MOST_POINTS}")
    elif points * study.replicates > _MOST_RUNS:
        what = f"{points} points x {study.replicates} replicates are {points * study.replicates} runs"
        problems.add(origin.inside("replicates"), what, allowed=f"at most {_MOST_RUNS}")
    problems.raise_if_any(StudyError)
