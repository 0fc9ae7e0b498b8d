"""What varies in a study: a number of the catalog over a list, a range or its prior, a field of an event over a list.

A design gives a number between 0 and 1; here it becomes a value.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.catalog import Parameter, Prior
from rumorsim.errors import ScenarioError, nearest
from rumorsim.scenario import Scenario
from rumorsim.scenario.fields import said
from rumorsim.scenario.positions import KeyPath
from rumorsim.scenario.problems import Origin, Problems
from rumorsim.scenario.values import accepted, unknown_key

__all__ = ["HOWS", "PRIOR_ENDS", "Vary", "column_of", "read_vary"]

#: Quantiles of a prior between which the levels of a design that has the ends 0 and 1 lie. A prior may have no upper
#: end, and a value at the bound of the catalog, of probability 1e-18, would decide every effect.
PRIOR_ENDS: Final = (0.01, 0.99)
#: How a thing varies.
HOWS: Final = ("list", "range", "prior", "table")
_RANGE_KEYS: Final = ("low", "high", "scale", "points")
_SCALES: Final = ("linear", "log")
_FORMS: Final = 'a list such as [0.01, 0.02], a range such as { low = 0.01, high = 0.1 }, or "prior"'


@dataclass(frozen=True)
class Vary:
    """One thing that varies.

    Attributes
    ----------
    name : catalog id, or ``events.<id>.<field>``.
    how : a word of `HOWS`.
    values : items of the list, or what a table says row by row.
    low, high, scale : ends of the range, and "linear" or "log".
    points : steps of a range in a grid.

    Examples
    --------
    >>> Vary("travel.duty_rate", "range", low=0.01, high=0.1, scale="log").at(0.5)
    0.0316228
    >>> Vary("travel.duty_rate", "list", values=(0.01, 0.02)).at(0.5)
    0.02
    """

    name: str
    how: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    scale: str = "linear"
    points: int = 0

    @classmethod
    def of_form(cls, name: str, form: Any, listed: str = "list") -> Vary:
        """Return what `form` gave, without checking it again; `listed` says what a list stands for."""
        if form == "prior":
            return cls(name, "prior")
        if isinstance(form, dict):
            return cls(name, "range", **form)
        if name in catalog.parameters():
            form = [catalog.parameter(name).accept(one) for one in form]
        return cls(name, listed, tuple(form))

    @property
    def is_number_of_catalog(self) -> bool:
        """Whether it is a catalog id; otherwise it is a field of an event."""
        return not self.name.startswith("events.")

    def at(self, u: float) -> Any:
        """Return the value that a number from 0 to 1 of the design stands for, in the type of the thing that varies.

        Whole numbers of a range are equally likely; decimals have six significant digits, the same on every machine.
        """
        if self.how == "prior":
            return catalog.parameter(self.name).at(u)
        if self.how != "range":
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        if catalog.parameter(self.name).kind == "int" and self.scale == "linear":
            return min(int(self.low) + math.floor(u * (self.high - self.low + 1)), int(self.high))
        family = "loguniform" if self.scale == "log" else "uniform"
        value = min(max(Prior(family, (self.low, self.high)).quantile(u), self.low), self.high)
        return round(value) if catalog.parameter(self.name).kind == "int" else value

    def steps(self) -> NDArray[np.float64]:
        """Return where a grid asks, (n,) float64 in [0, 1]."""
        if self.how == "range":
            return np.linspace(0.0, 1.0, self.points)
        return (np.arange(len(self.values)) + 0.5) / len(self.values)

    def form(self) -> Any:
        """Return what the study file says, in the types of JSON."""
        if self.how == "prior":
            return "prior"
        if self.how == "range":
            form: dict[str, Any] = {"low": self.low, "high": self.high, "scale": self.scale}
            return form | ({"points": self.points} if self.points else {})
        return [one.isoformat() if isinstance(one, dt.date) else one for one in self.values]


def column_of(values: list[Any]) -> NDArray[Any]:
    """Return values of one kind as a column: truth values, whole numbers, decimals, days, moments or words.

    Examples
    --------
    >>> column_of([1, 0.5]).dtype.kind, column_of([True]).dtype.kind, column_of([dt.date(1956, 4, 1)]).dtype.str
    ('f', 'b', '<M8[D]')
    """
    if all(isinstance(one, bool) for one in values):
        return np.array(values, dtype=np.bool_)
    if all(isinstance(one, dt.date) and not isinstance(one, dt.datetime) for one in values):
        return np.array(values, dtype="<M8[D]")
    if all(isinstance(one, dt.date) for one in values):
        return np.array(values, dtype="<M8[s]")
    if all(isinstance(one, str) for one in values):
        return np.array(values, dtype=np.str_)
    whole = all(isinstance(one, int) for one in values)
    return np.array(values, dtype=np.int64 if whole else np.float64)


def read_vary(
    data: Mapping[str, Any], origin: Origin, scenario: Scenario, kind: str, problems: Problems
) -> Iterator[Vary]:
    """Yield what the table ``[vary]`` says, in its order; what is wrong in it is noted.

    Parameters
    ----------
    data : the table.
    origin : where it was written.
    scenario : what the study runs.
    kind : of the design.
    problems : where mistakes are noted.
    """
    seen: set[str] = set()
    for name, given, at in _leaves(data, origin, scenario):
        if name in seen:
            what = f"{said(name)} is given twice: as a quoted key and as a dotted one"
            problems.add(at, what, allowed="every key once")
            continue
        seen.add(name)
        found = _one(name, given, at, scenario, kind, problems)
        if found is not None:
            yield found


def _leaves(data: Mapping[str, Any], origin: Origin, scenario: Scenario) -> Iterator[tuple[str, Any, Origin]]:
    """Yield (key, what is given, where) for quoted keys and for keys written as nested tables alike."""

    def walk(prefix: str, path: KeyPath, inner: Any) -> Iterator[tuple[str, Any, Origin]]:
        known = prefix in catalog.parameters()
        if isinstance(inner, dict) and inner and not known and not set(inner) & {"low", "high"}:
            for word, value in inner.items():
                yield from walk(f"{prefix}.{word}" if prefix else word, (*path, word), value)
        else:
            yield prefix, inner, origin.inside(*path)

    if data:
        yield from walk("", (), data)


def _one(name: str, given: Any, at: Origin, scenario: Scenario, kind: str, problems: Problems) -> Vary | None:
    if name.startswith("events."):
        return _field(name, given, at, scenario, problems)
    entry = catalog.parameters().get(name)
    if entry is None:
        what, near = unknown_key(name)
        word = name.split(".")[0]
        if word in ("start", "stop", "rumors", "population", "rule", "fine", "title"):
            what, near = f"{said(name)} cannot vary: all points have the same days, rumors and population", None
        elif nearest(word, ("events",)):
            near = f"events{name[len(word) :]}" if word != "events" else near
        problems.add(at, what, near=near)
        return None
    if name not in scenario.values:
        what = f"{said(name)} has no part in the scenario {scenario.name} (population {said(scenario.population)})"
        problems.add(at, what, near=nearest(name, scenario.values))
        return None
    if name.startswith("run."):
        problems.add(at, f"{said(name)} says how a run is made and cannot vary", allowed="replicates = N at the top")
        return None
    if isinstance(given, list):
        return _listed(entry, given, at, problems)
    if isinstance(given, dict):
        return _ranged(entry, given, at, kind, problems)
    if given == "prior":
        return _of_prior(entry, at, kind, problems)
    near = "prior" if isinstance(given, str) and nearest(given, ("prior",)) else None
    problems.add(at, f"{said(given)} does not say how {name} varies", allowed=_FORMS, near=near)
    return None


def _listed(entry: Parameter, given: list[Any], at: Origin, problems: Problems) -> Vary | None:
    before, values = len(problems), []
    for number, one in enumerate(given):
        if isinstance(one, (dict, list)):
            problems.add(at.inside(number), f"{said(one)} is not a single value", allowed=entry.allowed)
            continue
        values.append(accepted(entry, one, at.inside(number), problems)[0])
    if len(problems) > before or not _varied(values, at, problems):
        return None
    return Vary(entry.id, "list", tuple(values))


def _varied(values: list[Any], at: Origin, problems: Problems) -> bool:
    """Return whether a list has at least two items and none twice; note it otherwise."""
    if len(values) < 2:
        what = "the list is empty" if not values else f"the list has only one value, {said(values[0])}: nothing varies"
        problems.add(at, what, allowed="two values or more; a fixed number is set in the scenario")
        return False
    for number, one in enumerate(values):
        if one in values[:number]:
            problems.add(at.inside(number), f"{said(one)} appears twice in the list", allowed="every value once")
            return False
    return True


def _ranged(entry: Parameter, given: dict[str, Any], at: Origin, kind: str, problems: Problems) -> Vary | None:
    before = len(problems)
    for key in given:
        if key not in _RANGE_KEYS:
            near = nearest(key, _RANGE_KEYS)
            problems.add(at.inside(key), f"unknown key {said(key)}", allowed=_RANGE_KEYS, near=near)
    if not entry.is_number:
        problems.add(at, f"{entry.id} is not a number and has no range", allowed=f"a list; {entry.allowed}")
        return None
    ends = []
    for key in ("low", "high"):
        if key not in given:
            problems.add(at, f"no {key}", allowed=_FORMS)
            continue
        if isinstance(given[key], (dict, list)):
            problems.add(at.inside(key), f"{said(given[key])} is not a number", allowed=entry.allowed)
            continue
        ends.append(accepted(entry, given[key], at.inside(key), problems)[0])
    scale = given.get("scale", "linear")
    if scale not in _SCALES:
        near = nearest(scale, _SCALES)
        problems.add(at.inside("scale"), f"unknown scale {said(scale)}", allowed=_SCALES, near=near)
    points = _steps(given.get("points"), at, kind, problems)
    if len(problems) > before:
        return None
    low, high = float(ends[0]), float(ends[1])  # type: ignore[arg-type]
    if not low < high:
        problems.add(at, f"low ({said(given['low'])}) is not below high ({said(given['high'])})", allowed="low < high")
        return None
    if scale == "log" and low <= 0:
        problems.add(at.inside("low"), f"{said(given['low'])} has no logarithm", allowed='above 0 with scale = "log"')
        return None
    return Vary(entry.id, "range", low=low, high=high, scale=scale, points=points)


def _steps(given: Any, at: Origin, kind: str, problems: Problems) -> int:
    if kind != "grid":
        if given is not None:
            problems.add(at.inside("points"), f"a range has no points in a {kind} design", allowed="points in [design]")
        return 0
    if given is None:
        problems.add(at, "a range in a grid needs its number of points", allowed="points = 2 or more, or a list")
        return 0
    if isinstance(given, bool) or not isinstance(given, int) or not 2 <= given <= 100_000:
        problems.add(at.inside("points"), f"{said(given)} is not a number of points", allowed="2 to 100000")
        return 0
    return given


def _of_prior(entry: Parameter, at: Origin, kind: str, problems: Problems) -> Vary | None:
    if entry.prior is None:
        problems.add(at, f"{entry.id} has no prior in the catalog", allowed="a list, or { low = ..., high = ... }")
        return None
    if kind == "grid":
        low, high = (entry.at(end) for end in PRIOR_ENDS)
        problems.add(at, "a grid takes no prior", allowed=f"a list, or {{ low = {low}, high = {high}, points = 5 }}")
        return None
    return Vary(entry.id, "prior")


def _field(name: str, given: Any, at: Origin, scenario: Scenario, problems: Problems) -> Vary | None:
    """Read a field of an event, which only a list can vary; each value is tried on the scenario."""
    if not isinstance(given, list):
        problems.add(at, f"{said(given)} does not say how {name} varies", allowed="a list such as [true, false]")
        return None
    before = len(problems)
    wrong: dict[str, list[int]] = {}
    for number, one in enumerate(given):
        if isinstance(one, (dict, list)):
            problems.add(at.inside(number), f"{said(one)} is not a single value", allowed="a list of single values")
            continue
        try:
            scenario.replace({name: one})
        except ScenarioError as error:
            for problem in error.problems:
                wrong.setdefault(problem.split("\n")[0].removeprefix(f"{name}: "), []).append(number)
    for what, numbers in wrong.items():
        # What is wrong whatever the value is wrong with the key.
        problems.add(at if len(numbers) == len(given) else at.inside(numbers[0]), what)
    if len(problems) > before or not _varied(given, at, problems):
        return None
    return Vary(name, "list", tuple(given))
