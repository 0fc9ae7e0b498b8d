"""A sweep over a rule or a network of one's own: a function from the varied numbers to what `simulate` takes."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import simulate
from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.ensemble.fingerprint import combined
from rumorsim.errors import QueryError, RunError, StudyError, unknown
from rumorsim.runs.files import AGAIN, read_text, write_text
from rumorsim.runs.folder import Form, opened, stamp_of
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Done, Progress, Task, message, tasks_of
from rumorsim.runs.provenance import code_digest
from rumorsim.runs.seal import Altered, Damaged, undone
from rumorsim.runs.store import Layout, Part, Tables, intact_parts, read_rows
from rumorsim.runs.verify import verify
from rumorsim.study.tables import IDS, LEDGER, failed_messages, failed_rows

__all__ = ["SIMULATIONS", "SimulationStudy", "Simulations", "sweep_simulations"]

SIMULATIONS: Final = "simulations.json"
_CODE: Final = "rumorsim.study.simulations"
_MOST_REPLICATES: Final = 1_000_000

Setup = Callable[..., Mapping[str, Any]]
Measure = Callable[[Any], Any]


@dataclass(frozen=True)
class SimulationStudy:
    """Simulations at many points: each point is handed to a function, which says what `rumorsim.core.simulate` takes.

    Attributes
    ----------
    setup : callable (**point) -> mapping
        Arguments of `rumorsim.core.simulate` by name, without ``replicates`` and ``seed``: contacts, rule and so on.
    points : sequence of mappings
        Name -> number of each point; all have the same names. `SimulationStudy.grid` makes them from values.
    outputs : mapping name -> callable
        Takes the `rumorsim.core.Runs` of a point and returns one number for each replicate.
    replicates : int
        Of each point.
    seed : int
        The same for all points, so that they have the same luck.

    Examples
    --------
    >>> import tempfile, numpy as np, rumorsim as rs
    >>> from rumorsim.core import MakiThompson, Network
    >>> from rumorsim.study import SimulationStudy
    >>> def ring(rate, people):
    ...     near = np.arange(people)
    ...     network = Network.from_edges(people, near, (near + 1) % people)
    ...     rule = MakiThompson(rate, 0.1)
    ...     days = {"time_step_days": 1.0, "stop_days": 10.0}
    ...     return {"contacts": network, "rule": rule, "initial_spreaders": [0], **days}
    >>> def reached(runs):
    ...     return np.isfinite(runs.time_heard).mean(axis=1)
    >>> points = SimulationStudy.grid(rate=[0.5, 2.0], people=[20])
    >>> study = SimulationStudy(ring, points, {"reached": reached}, replicates=8, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sweep = rs.sweep(study, folder + "/ring")
    ...     means = sweep.values("reached").mean(axis=1)
    >>> sweep.points["rate"].tolist(), bool(means[0] < means[1])
    ([0.5, 2.0], True)
    """

    setup: Setup
    points: Sequence[Mapping[str, Any]]
    outputs: Mapping[str, Measure]
    replicates: int = 1
    seed: int = 1956

    def __post_init__(self) -> None:
        if not callable(self.setup):
            raise StudyError("not a function", path="setup", given=repr(self.setup), allowed="a function of the point")
        whole(self.replicates, "replicates", 1, _MOST_REPLICATES, error=StudyError)
        check_seed(self.seed, error=StudyError)
        if not self.points or not all(isinstance(point, Mapping) and point for point in self.points):
            raise StudyError(
                "no points", path="points", allowed="a list of mappings, such as SimulationStudy.grid gives"
            )
        names = list(self.points[0])
        for number, point in enumerate(self.points):
            if list(point) != names:
                raise StudyError("other names", path=f"points[{number}]", given=list(point), allowed=names)
        words = [*names, *self.outputs]
        for word in words:
            if not isinstance(word, str) or not word.isidentifier() or word in ("point", "replicate"):
                raise StudyError(
                    "not a name", path="points, outputs", given=repr(word), allowed="names such as arguments have"
                )
        if len(set(words)) < len(words) or not self.outputs or not all(map(callable, self.outputs.values())):
            raise StudyError("no outputs with their own names", path="outputs", allowed="name -> function of the runs")

    @staticmethod
    def grid(**values: Iterable[Any]) -> list[dict[str, Any]]:
        """Return all combinations of values, the last name changing fastest."""
        return [dict(zip(values, one, strict=True)) for one in itertools.product(*values.values())]

    @cached_property
    def columns(self) -> NDArray[Any]:
        """Structured (n_points,): ``point``, and a column for each name."""
        return _structured(self.points)


def _structured(points: Sequence[Mapping[str, Any]]) -> NDArray[Any]:
    columns = {name: np.array([point[name] for point in points]) for name in points[0]}
    rows = np.empty(len(points), dtype=[("point", "<i4"), *((name, one.dtype) for name, one in columns.items())])
    rows["point"] = np.arange(len(points))
    for name, column in columns.items():
        rows[name] = column
    return rows


class _Work:
    """Simulates points, each with all its replicates; it can be pickled if its functions stand in a module."""

    def __init__(self, study: SimulationStudy) -> None:
        self.study = study

    def alone(self) -> _Work:
        return self

    def __call__(self, task: Task) -> Done:
        rows = []
        for point, _ in task.slices:
            try:
                rows.append(Row(point, 0, None, self._content(point)))
            except MemoryError:
                raise  # a matter of this machine, not of the point
            except Exception as error:
                rows.append(Row(point, 0, message(error), b""))
        return Done(tuple(rows), 0.0)

    def _content(self, point: int) -> bytes:
        study = self.study
        runs = simulate(**study.setup(**study.points[point]), replicates=study.replicates, seed=study.seed)
        values = np.empty((len(study.outputs), study.replicates), dtype="<f8")
        for row, (name, measure) in enumerate(study.outputs.items()):
            found = np.asarray(measure(runs), dtype=np.float64)
            if found.shape != (study.replicates,):
                raise QueryError("not one number for each replicate", path=name, given=found.shape)
            values[row] = found
        return bytes.fromhex(runs.fingerprint()) + values.tobytes()


def _layout(names: np.dtype[Any], outputs: Sequence[str]) -> Layout:
    varied = [(name, names[name]) for name in names.names or () if name != "point"]
    scalars = np.dtype([*IDS, *varied, *((name, "<f8") for name in outputs)])
    return Layout({"scalars": scalars, "runs": LEDGER}, "runs", ("point", "replicate"))


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):  # typed by hand, or built in
        return repr(getattr(getattr(function, "__code__", None), "co_code", function))


def _form(study: SimulationStudy) -> Form:
    # What the results depend on: the points, what is asked, and the code that answers, the user's own among it.
    told = {
        "points": [{name: np.asarray(value).item() for name, value in point.items()} for point in study.points],
        "outputs": list(study.outputs),
        "replicates": study.replicates,
        "seed": study.seed,
    }
    functions = [_source(one) for one in (study.setup, *study.outputs.values())]
    identity = {**told, "functions": stamp_of({"functions": functions}), "code": code_digest(_CODE)}
    layout = replace(_layout(study.columns.dtype, list(study.outputs)), stamp=stamp_of(identity))
    kept = {key: identity[key] for key in ("outputs", "replicates", "seed", "functions", "code")}
    kept["points"] = hashlib.sha256(json.dumps(told["points"]).encode()).hexdigest()

    # How the folder says whose it is, and how rows become tables.
    def restore(folder: Path) -> None:
        text = json.dumps(told, indent=1) + "\n"
        path = folder / SIMULATIONS
        if not path.exists() or not path.read_bytes().strip(b"\0 \n"):
            write_text(path, text)
        elif read_text(path) != text:
            raise Altered("altered: these are not the points of the study", file=path, allowed=undone(path))

    def decode(rows: Sequence[Row]) -> Tables:
        size = study.replicates
        scalars = np.empty((len(rows), size), dtype=layout.tables["scalars"])
        ledger = np.zeros(len(rows), dtype=layout.tables["runs"])
        points = np.array([row.point for row in rows])
        for name in study.columns.dtype.names or ():
            scalars[name] = study.columns[name][points][:, None]
        scalars["replicate"] = np.arange(size)
        for number, row in enumerate(rows):
            for name, values in zip(study.outputs, np.frombuffer(row.content[32:]).reshape(-1, size), strict=True):
                scalars[name][number] = values
        ledger["point"], ledger["digest"] = points, [row.content[:32].hex() for row in rows]
        return {"scalars": scalars.ravel(), "runs": ledger}

    return Form(
        kind="simulations",
        about="simulations",
        identity=kept,
        layout=layout,
        wanted={point: range(1) for point in range(len(study.points))},
        decode=decode,
        own=(SIMULATIONS, "fingerprint", *layout.tables),
        files=(SIMULATIONS,),
        restore=restore,
        differences=lambda folder, held: [
            f"{key} {held['simulations'].get(key)} there, {value} here"
            for key, value in kept.items()
            if held["simulations"].get(key) != value
        ],
        fail=lambda failed: failed_rows(layout, failed),
        code=_CODE,
    )


def sweep_simulations(
    study: SimulationStudy, path: Path, workers: int, dask: str | None, retry_failed: bool, progress: Progress | None
) -> Simulations:
    """Do what is missing of a study and return its results; arguments as of `rumorsim.sweep`."""
    functions = [study.setup, *study.outputs.values()]
    if (workers > 1 or dask is not None) and any(getattr(one, "__module__", "") == "__main__" for one in functions):
        raise RunError(
            "functions of a script or a notebook cannot be handed to other processes",
            path="workers",
            given=workers if dask is None else dask,
            allowed="workers=1, or functions defined in a module",
        )
    form = _form(study)

    def finish(parts: list[Part]) -> dict[str, str | None]:
        ledger = read_rows(path, "runs", parts, form.layout)
        digests = ledger[np.argsort(ledger["point"], kind="stable")]["digest"].tolist()
        return {"fingerprint": combined(digests) + "\n"}

    with opened(path, form, retry_failed=retry_failed) as (folder, todo):
        if todo is not None:
            how: Any = {"workers": workers, "dask": dask, "progress": progress}
            folder.complete(_Work(study), tasks_of(todo.items(), 1), finish, retried=retry_failed, **how)
        elif progress is not None:
            progress(form.total, form.total)
    return Simulations(path)


class Simulations:
    """The results of a `SimulationStudy`. Made by `rumorsim.sweep` and `rumorsim.open_sweep`.

    Attributes
    ----------
    folder : Path
    points : structured (n_points,)
        ``point``, and a column for each number that varies.
    outputs : names
    replicates, seed : int
    """

    def __init__(self, folder: Path) -> None:
        held = verify(folder, "simulations")
        try:
            told = json.loads(read_text(folder / SIMULATIONS))
            self.points = _structured(told["points"])
            self.outputs = tuple(map(str, told["outputs"]))
            self.replicates, self.seed = int(told["replicates"]), int(told["seed"])
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Damaged(f"damaged: {error}", file=folder / SIMULATIONS, allowed=AGAIN) from error
        self.folder = folder
        self._layout = _layout(self.points.dtype, self.outputs)
        self._parts = intact_parts(folder, self._layout, sealed=True)
        self._print = str(held.provenance["fingerprint"])

    def __repr__(self) -> str:
        return f"<Simulations: {len(self.points)} points x {self.replicates} replicates, in {self.folder}>"

    @cached_property
    def _ledger(self) -> NDArray[Any]:
        return read_rows(self.folder, "runs", self._parts, self._layout)

    @property
    def failed(self) -> dict[int, str]:
        """Number of a point that failed -> why."""
        return failed_messages(self._ledger)

    def table(self) -> NDArray[Any]:
        """Return all outputs: structured, a row a run, as ``scalars/`` holds them."""
        return read_rows(self.folder, "scalars", self._parts, self._layout)

    def values(self, name: str) -> NDArray[np.float64]:
        """Return an output at every point, (n_points, replicates) float64; NaN at points that failed.

        Raises
        ------
        QueryError
            For an unknown output.
        """
        if name not in self.outputs:
            raise unknown("output", name, self.outputs, error=QueryError)
        rows = self.table()
        filled = np.full((len(self.points), self.replicates), np.nan)
        filled[rows["point"], rows["replicate"]] = rows[name]
        return filled

    def fingerprint(self) -> str:
        """Return the SHA-256 over the fingerprints of all points in order, 64 hexadecimal digits."""
        return self._print
