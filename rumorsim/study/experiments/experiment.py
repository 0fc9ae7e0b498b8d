"""Experiments: a question, a design fixed before it was run, one command, and an answer made from its result tables.

A folder holds ``experiment.toml`` (what it is), ``run.py`` (cells, tables, facts, figures), ``README.template.md``,
and what a run leaves: ``results/full`` and ``results/small``, ``provenance.json``, ``figures`` and ``README.md``. The
README is made from the template and the tables, never typed.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.run import Progress, RunPlan, execute
from rumorsim.errors import RumorsimError, RunError, StoreError, StudyError, unknown
from rumorsim.runs.files import remove_work, storing, write_json
from rumorsim.runs.provenance import environment, now
from rumorsim.runs.seal import PROVENANCE, sealed
from rumorsim.scenario import Scenario
from rumorsim.scenario.fields import Facts, TextRule, complaint, said
from rumorsim.scenario.problems import Origin, Problems
from rumorsim.scenario.read import read_text, source_from_text
from rumorsim.study.read import MOST_REPLICATES, MOST_SEED, whole
from rumorsim.text import csv_text

__all__ = ["FORMS", "Cell", "Experiment", "Plan", "Table", "read_table", "read_tables", "seal_experiment", "table_text"]

#: The full form answers the question; the small one shows in a minute that the path works.
FORMS: Final = ("full", "small")

Table = list[dict[str, Any]]


def _scale(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise complaint(f"{said(value)} is not a scale", allowed="a number above 0, up to 1")
    return float(value)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    replicates: Annotated[int, whole(1, MOST_REPLICATES, "a number of replicates")]
    scale: Annotated[float, BeforeValidator(_scale)]


class _ExperimentFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    title: Annotated[str, TextRule()]
    question: Annotated[int, whole(1, 1000, "the number of a question")]
    asks: Annotated[str, TextRule(lines=True)]
    evidence: Facts
    seed: Annotated[int, whole(0, MOST_SEED, "a seed")]
    full: dict[str, Any]
    small: dict[str, Any]


_HOLE: Final = re.compile(r"\{\{ *([a-z0-9_]+) *\}\}")
_BLOCK: Final = re.compile(r"<!-- results -->\n(.*?)<!-- /results -->\n", re.DOTALL)
_NOT_RUN: Final = (
    "*The full form has not been run; nothing is claimed. The last of the commands above fills in results, figures and "
    "this page.*\n"
)


def _checked(model: type[BaseModel], data: Any, origin: Origin, problems: Problems) -> Any:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.add_validation(error, origin, tuple(model.model_fields), {})
        return None


@dataclass(frozen=True)
class Cell:
    """One cell of a design: what is run, and how often.

    Attributes
    ----------
    scenario : Scenario
    parameters : "mode" or "prior"
    replicates : int or None
        The number of the form by default.
    """

    scenario: Scenario
    parameters: str = "mode"
    replicates: int | None = None


@dataclass(frozen=True)
class Plan:
    """What the script of an experiment contributes; everything after the tables is made from the tables alone.

    Attributes
    ----------
    cells : callable (experiment, form) -> dict name -> Cell
    tables : callable (experiment, form, dict name -> Ensemble) -> dict name -> rows
    facts : callable (dict name -> rows) -> dict word -> text, for the README
    figures : callable (dict name -> rows, folder), draws into a folder
    """

    cells: Callable[[Experiment, str], Mapping[str, Cell]]
    tables: Callable[[Experiment, str, Mapping[str, Ensemble]], Mapping[str, Table]]
    facts: Callable[[Mapping[str, Table]], Mapping[str, str]]
    figures: Callable[[Mapping[str, Table], Path], None]


@dataclass(frozen=True)
class Experiment:
    """An experiment as its folder describes it.

    Attributes
    ----------
    folder : Path
    title : str
    question : int
        Number among the historical questions.
    asks : str
        The question.
    evidence : tuple of ids of facts
    seed : int
        Of all cells: the same people have the same luck in each.
    replicates, scale : dict form -> number
        Replicates of a cell, and the size of the party.
    """

    folder: Path
    title: str
    question: int
    asks: str
    evidence: tuple[str, ...]
    seed: int
    replicates: Mapping[str, int]
    scale: Mapping[str, float]

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Experiment:
        """Read the description of an experiment.

        Raises
        ------
        StoreError
            If the folder holds none.
        RumorsimError
            For unknown, missing or wrong keys, and for evidence that is not in the catalog.
        """
        home = Path(folder)
        path = home / "experiment.toml"
        if not path.is_file():
            raise StoreError("not an experiment", file=home, allowed="a folder with experiment.toml and run.py")
        source = source_from_text(read_text(path), name=str(path))
        problems, origin = Problems(), Origin(source, ())
        held = _checked(_ExperimentFile, source.data, origin, problems)
        given = {form: source.data.get(form) for form in FORMS}
        forms = {
            form: _checked(_Form, one, origin.inside(form), problems)
            for form, one in given.items()
            if isinstance(one, dict)
        }
        problems.raise_if_any(StudyError)
        return cls(
            home,
            held.title,
            held.question,
            " ".join(held.asks.split()),
            held.evidence,
            held.seed,
            {form: forms[form].replicates for form in FORMS},
            {form: forms[form].scale for form in FORMS},
        )

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.resolve().name

    def execute(
        self,
        plan: Plan,
        form: str,
        out: Path,
        workers: int = 1,
        progress: Progress | None = None,
        stage: Callable[[str], None] | None = None,
        *,
        dask: str | None = None,
        retry_failed: bool = False,
    ) -> str:
        """Run all cells and leave tables, figures, provenance and README in a folder; return the fingerprint.

        Every cell is an ordinary stored run in ``out/runs``, so the same call goes on where it was stopped.

        Parameters
        ----------
        plan : Plan
        form : "full" or "small"
        out : Path
        progress : callable (done, in all), over the replicates of all cells
        stage : callable (text)
        workers, dask, retry_failed : as in `rumorsim.run`.

        Raises
        ------
        RunError
            For an unknown form, for a number of workers out of bounds, and when replicates of a cell have failed.
        """
        if form not in FORMS:
            raise unknown("form", form, FORMS, error=RunError)
        started = now()
        cells = plan.cells(self, form)
        plans = [
            RunPlan(cell.scenario, range(cell.replicates or self.replicates[form]), self.seed, cell.parameters)
            for cell in cells.values()
        ]
        folders = [out / "runs" / name for name in cells]
        # The workers build the parties: here they would be built one after the other, and all be there at once.
        options: Any = {"dask": dask, "retry_failed": retry_failed, "progress": progress}
        found = execute(plans, folders, workers, **options, build=False)
        runs = dict(zip(cells, found, strict=True))
        if stage is not None:
            stage("measuring")
        made = plan.tables(self, form, runs)
        # The record says what each cell was, so that a reader can tell which one differs.
        record = {
            name: {
                "scenario": one.scenario.fingerprint(),
                "parameters": one.parameters,
                "replicates": one.replicates,
                "fingerprint": one.fingerprint(),
            }
            for name, one in runs.items()
        }
        return self.keep(plan, form, out, made, record, started, stage)

    def keep(
        self,
        plan: Plan,
        form: str,
        out: Path,
        tables: Mapping[str, Table],
        cells: Mapping[str, Mapping[str, Any]],
        started: str,
        stage: Callable[[str], None] | None = None,
    ) -> str:
        """Write tables, figures, provenance and, of the full form, the page into a folder; return the fingerprint.

        Parameters
        ----------
        plan, form, out, stage : as in `execute`.
        tables : name -> rows
        cells : name -> what was run there: "scenario", "parameters", "replicates" and "fingerprint".
        started : moment at which the work began.
        """
        results = out / "results" / form
        with storing(out):
            results.mkdir(parents=True, exist_ok=True)
            for name, table in tables.items():
                (results / f"{name}.csv").write_text(table_text(table), encoding="utf-8")
        fingerprint = combined(f"{name}:{one['fingerprint']}" for name, one in cells.items())
        record = {
            "fingerprint": fingerprint,
            "seed": self.seed,
            "scale": self.scale[form],
            "replicates": sum(int(one["replicates"]) for one in cells.values()),
            "started": started,
            "finished": now(),
            "cells": {name: dict(one) for name, one in cells.items()},
            "environment": environment(),
        }
        seal_experiment(out, {form: record})
        if stage is not None:
            stage("drawing")
        plan.figures(read_tables(results), out / "figures")
        if form == "full":
            (out / "README.md").write_text(self.readme(plan, out), encoding="utf-8")
        return fingerprint

    def readme(self, plan: Plan, home: Path | None = None) -> str:
        """Return the page of the experiment, made from its template and its table of the full form.

        Where there is no such table yet, the part between ``<!-- results -->`` and ``<!-- /results -->`` says so.

        Parameters
        ----------
        plan : Plan
        home : folder with ``results``; that of the experiment by default.

        Raises
        ------
        RumorsimError
            For a placeholder that neither the description nor the facts of the tables fill.
        """
        path = self.folder / "README.template.md"
        text = path.read_text(encoding="utf-8")
        facts = {
            "title": self.title,
            "question": str(self.question),
            "asks": self.asks,
            "evidence": ", ".join(self.evidence),
            "seed": str(self.seed),
            "name": self.name,
            **{f"{form}_replicates": str(self.replicates[form]) for form in FORMS},
        }
        results = (self.folder if home is None else home) / "results" / "full"
        if results.is_dir():
            facts |= plan.facts(read_tables(results))
            text = _BLOCK.sub(lambda found: found[1], text)
        else:
            text = _BLOCK.sub(_NOT_RUN, text)

        def filled(found: re.Match[str]) -> str:
            if found[1] not in facts:
                raise unknown("placeholder", found[1], facts, error=RumorsimError, path=str(path))
            return facts[found[1]]

        return _HOLE.sub(filled, text)


def seal_experiment(folder: Path, records: Mapping[str, Any]) -> None:
    """Write the provenance of an experiment, by form, with the seal of its tables."""
    files = [path.relative_to(folder).as_posix() for path in (folder / "results").glob("*/*.csv")]
    write_json(folder / PROVENANCE, sealed(folder, records, files))
    remove_work(folder)


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV; decimals with nine significant digits, NaN as nothing.

    Examples
    --------
    >>> print(table_text([{"cell": "a", "share": 1 / 3}, {"cell": "b", "share": math.nan}]), end="")
    cell,share
    a,0.333333333
    b,
    """
    return csv_text([*rows[:1], *(row.values() for row in rows)])


def read_table(path: Path) -> Table:
    """Return the rows of a CSV table; what reads as a number is one, nothing is NaN."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def _value(text: str) -> Any:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return text


def read_tables(folder: Path) -> dict[str, Table]:
    """Return all tables of a form, by name."""
    return {path.stem: read_table(path) for path in sorted(folder.glob("*.csv"))}
