"""The study file: which scenario, at which points, how often, and what is kept of each run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import ScenarioError, StudyError, nearest
from rumorsim.scenario import Scenario
from rumorsim.scenario.fields import said
from rumorsim.scenario.read import FILE_KINDS, file_kind, folder_kind, read_source, source_from_text
from rumorsim.study.design import Design, grid_points, sampled_points
from rumorsim.study.outputs import Output
from rumorsim.study.vary import PRIOR_ENDS, Vary, column_of

__all__ = ["Study", "looks_like_a_study"]


@dataclass(frozen=True, repr=False)
class Study:
    """A checked study: a scenario at many points, each run some times; frozen.

    Attributes
    ----------
    name : name of the file without ending.
    title : what it is, for people.
    scenario : name or path of the scenario, as given.
    replicates : how often each point is run.
    seed : seed of the runs.
    common_random_numbers : whether all points have the same luck, replicate by replicate.
    design : Design
    vary : what varies.
    outputs : what is kept of each run.
    base : the scenario, loaded.
    path : the file, None if there is none.
    parameters : a word of `rumorsim.run`: at "mode" all replicates have the values of the scenario, otherwise each
        draws what its point does not set, and the base is then not one that has been set to its modes.

    Examples
    --------
    >>> import rumorsim as rs
    >>> study = rs.Study.loads('''
    ... title = "Does it matter how fast news is told?"
    ... scenario = "maki-thompson"
    ... replicates = 2
    ... [design]
    ... kind = "grid"
    ... [vary]
    ... classic.transmission_rate = [0.5, 1.0, 2.0]
    ... [[outputs]]
    ... observable = "share_aware"
    ... rumor = "secret_speech"
    ... on = 1956-02-29
    ... ''')
    >>> study.names, len(study.points), study.outputs[0].name
    (('classic.transmission_rate',), 3, 'share_aware_secret_speech_1956_02_29')
    """

    name: str
    title: str
    scenario: str
    replicates: int
    seed: int
    common_random_numbers: bool
    design: Design
    vary: tuple[Vary, ...]
    outputs: tuple[Output, ...]
    base: Scenario
    path: Path | None = field(default=None, compare=False)
    parameters: str = "mode"

    def __repr__(self) -> str:
        what = f"{self.design.kind} of {len(self.unit_points)} points x {self.replicates} replicates"
        return f"Study({self.name!r}, {self.scenario}, {what}, {', '.join(self.names)})"

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Study:
        """Return the study of a file.

        Raises
        ------
        StudyError
            With everything that is wrong in the file.
        ScenarioError
            When it cannot be read, or the scenario it names is wrong.
        """
        if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes) or not os.fspath(path):
            raise StudyError("not a study", given=said(path), allowed="a Study, or the path of a study file")
        file = Path(path)
        if not file.exists():
            raise StudyError("no such file", file=file)
        if file.is_dir():
            what = folder_kind(file)
            raise StudyError(
                f"is {what[0] if what else 'a folder'}, not a study",
                file=file,
                allowed=what[1] if what else "a study in a .toml file",
            )
        if file.suffix != ".toml":
            raise StudyError(f"has the ending {said(file.suffix)}", file=file, allowed="a study in a .toml file")
        source = read_source(file)
        kind = file_kind(source.data)
        if kind != "study" and not {"replicates", "scenario"} & set(source.data) and source.data:
            said_kind, allowed = FILE_KINDS[kind]
            raise StudyError(
                said_kind.replace("a scenario", "a study") if kind != "scenario" else said_kind,
                file=file,
                allowed=allowed,
            )
        from rumorsim.study.read import read_study  # it makes studies

        return read_study(source, file.stem, file)

    @classmethod
    def loads(cls, text: str, *, name: str = "study") -> Study:
        """Return the study of a text in TOML; what it names by a path is looked for from the working folder."""
        from rumorsim.study.read import read_study

        return read_study(source_from_text(text, name=name), name, None)

    @classmethod
    def of_form(
        cls, form: Mapping[str, Any], base: Scenario, name: str, points: NDArray[Any], design: NDArray[Any]
    ) -> Study:
        """Return the study that a folder of results holds, with the points it was run at.

        Parameters
        ----------
        form : what `resolved` gives.
        base : the scenario.
        name : of the study.
        points, design : structured (n_points,), as `points`, and the same columns between 0 and 1.
        """
        listed = "table" if form["design"]["kind"] == "table" else "list"
        outputs = []
        for given in form["outputs"]:
            arguments = {key: value for key, value in given.items() if key not in ("id", "name", "observable")}
            plain = tuple((key, tuple(one) if isinstance(one, list) else one) for key, one in arguments.items())
            outputs.append(Output(given["name"], given["observable"], plain))
        study = cls(
            name=name,
            title=form["title"],
            scenario=form["scenario"],
            replicates=form["replicates"],
            seed=form["seed"],
            common_random_numbers=form["common_random_numbers"],
            design=Design(**form["design"]),
            vary=tuple(Vary.of_form(name, one, listed) for name, one in form["vary"].items()),
            outputs=tuple(outputs),
            base=base,
            parameters=form.get("parameters", "mode"),
        )
        # The points are those that were run, whatever another version of a library would draw today.
        study.__dict__["unit_points"] = np.stack([design[name] for name in study.names], axis=1)
        study.__dict__["columns"] = tuple(points[name] for name in study.names)
        return study

    @property
    def names(self) -> tuple[str, ...]:
        """What varies, in the order of the file."""
        return tuple(one.name for one in self.vary)

    def output(self, name: str) -> Output:
        """Return the output with a name.

        Raises
        ------
        StudyError
            If there is none.
        """
        for one in self.outputs:
            if one.name == name:
                return one
        names = [one.name for one in self.outputs]
        raise StudyError(f"unknown output {said(name)}", allowed=names, nearest=nearest(name, names))

    @cached_property
    def unit_points(self) -> NDArray[np.float64]:
        """(n_points, n_varied) float64 in [0, 1]: the design before it is given values."""
        if self.design.kind == "table":
            return np.stack([_between(column_of(list(one.values))) for one in self.vary], axis=1)
        if self.design.kind == "grid":
            return grid_points([one.steps() for one in self.vary])
        return sampled_points(self.design, len(self.vary))

    @cached_property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """For each thing that varies its values at all points, (n_points,)."""
        if self.design.kind == "table":
            return tuple(column_of(list(one.values)) for one in self.vary)
        return tuple(column_of([one.at(u) for u in self._quantiles(k).tolist()]) for k, one in enumerate(self.vary))

    def _quantiles(self, k: int) -> NDArray[np.float64]:
        """Return where thing k is asked at all points, (n_points,): morris stops short of a prior's ends."""
        if self.design.kind != "morris" or self.vary[k].how != "prior":
            return self.unit_points[:, k]
        low, high = PRIOR_ENDS
        return np.asarray(low + (high - low) * self.unit_points[:, k], dtype=np.float64)

    @cached_property
    def points(self) -> NDArray[Any]:
        """Structured (n_points,): ``point`` (int), and a column for each thing that varies."""
        layout = [("point", "<i4"), *((one.name, column.dtype) for one, column in self._named)]
        rows = np.empty(len(self.unit_points), dtype=layout)
        rows["point"] = np.arange(len(rows))
        for one, column in self._named:
            rows[one.name] = column
        return rows

    @property
    def _named(self) -> list[tuple[Vary, NDArray[Any]]]:
        return list(zip(self.vary, self.columns, strict=True))

    def resolved(self) -> dict[str, Any]:
        """Return everything that can change a result, in the types of JSON."""
        design = {"kind": self.design.kind, "points": self.design.points, "seed": self.design.seed}
        if self.design.kind == "morris":
            design["levels"] = self.design.levels
        if self.design.file is not None:
            design["file"] = self.design.file
        drawn = {} if self.parameters == "mode" else {"parameters": self.parameters}
        return {
            "title": self.title,
            "scenario": self.scenario,
            "replicates": self.replicates,
            "seed": self.seed,
            "common_random_numbers": self.common_random_numbers,
            **drawn,
            "design": design,
            "vary": {one.name: one.form() for one in self.vary},
            "outputs": [{"id": one.name, **one.form()} for one in self.outputs],
        }

    def to_json(self) -> str:
        """Return `resolved` as JSON text."""
        return json.dumps(self.resolved(), indent=1, ensure_ascii=False) + "\n"


def looks_like_a_study(path: Path) -> bool:
    """Return whether a TOML file has what only studies have; False if it cannot be read."""
    try:
        return path.suffix == ".toml" and file_kind(read_source(path).data) == "study"
    except ScenarioError:
        return False


def _between(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return where values of a table lie between the smallest and the largest; words by their order."""
    if column.dtype.kind in "USb":
        words, number = np.unique(column, return_inverse=True)
        return np.asarray(number / max(len(words) - 1, 1), dtype=np.float64)
    numbers = column.astype("<M8[s]").astype(np.int64) if column.dtype.kind == "M" else column
    low, high = float(numbers.min()), float(numbers.max())
    return np.asarray((numbers - low) / ((high - low) or 1.0), dtype=np.float64)
