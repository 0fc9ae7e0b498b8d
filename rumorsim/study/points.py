"""From points to scenarios: what each point changes, and which points can share a party and an assembly."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rumorsim.ensemble.draws import is_drawn
from rumorsim.errors import ScenarioError
from rumorsim.scenario import FrozenMapping, Scenario
from rumorsim.scenario.problems import Origin, Problems
from rumorsim.scenario.values import check_values_together

if TYPE_CHECKING:
    from rumorsim.study.study import Study

__all__ = ["Plan", "check_points", "with_values"]

#: Sections of the catalog some numbers of which must go together.
_TOGETHER: Final = ("clock", "conference", "letter", "classic", "population", "time", "spread")


def with_values(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with other numbers, as ``scenario.replace`` does, without checking everything again.

    Parameters
    ----------
    scenario : Scenario
    changes : catalog id -> value that the catalog has accepted.

    Examples
    --------
    >>> import rumorsim as rs
    >>> scenario = rs.load_scenario("classroom")
    >>> with_values(scenario, {"travel.duty_rate": 0.05}) == scenario.replace({"travel.duty_rate": 0.05})
    True
    """
    if not changes:
        return scenario
    values = {**scenario.values, **changes}
    pinned = {key for key in values if key in scenario.reasons or key in changes}
    return dataclasses.replace(
        scenario,
        values=FrozenMapping(values),
        overrides=FrozenMapping({key: values[key] for key in values if key in pinned}),
        reasons=FrozenMapping(
            {key: "" if key in changes else scenario.reasons[key] for key in values if key in pinned}
        ),
    )


class Plan:
    """What every point of a study runs; it can be pickled.

    Points differ in three ways, from cheap to dear: in numbers that a run takes as it takes draws from the priors, so
    that one assembly serves all; in numbers or events that need an assembly of their own; and in numbers that shape
    the party itself. Points are told apart by the key of their world (the assembly) and of their party.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self.seed = study.seed
        self.parameters = study.parameters
        self.common_random_numbers = study.common_random_numbers
        self.names = study.names
        self._columns = tuple(column.tolist() for column in study.columns)
        self._fields = [k for k, one in enumerate(study.vary) if not one.is_number_of_catalog]
        self._own = [k for k, one in enumerate(study.vary) if one.is_number_of_catalog and not is_drawn(one.name)]
        self._plain = [k for k, one in enumerate(study.vary) if one.is_number_of_catalog and is_drawn(one.name)]
        self._bases: dict[tuple[Any, ...], Scenario] = {}
        for key in dict.fromkeys(self._key(point, self._fields) for point in range(len(study.points))):
            changes = dict(zip((self.names[k] for k in self._fields), key, strict=True))
            self._bases[key] = study.base.replace(changes) if changes else study.base
        self._parties: dict[tuple[Any, ...], str] = {}

    def _key(self, point: int, which: list[int]) -> tuple[Any, ...]:
        return tuple(self._columns[k][point] for k in which)

    def _changes(self, point: int, which: list[int]) -> dict[str, Any]:
        return {self.names[k]: self._columns[k][point] for k in which}

    def value(self, point: int, name: str) -> Any:
        """Return the value of something that varies at a point."""
        return self._columns[self.names.index(name)][point]

    def world(self, point: int) -> tuple[Any, ...]:
        """Return what tells apart the assemblies of points."""
        return self._key(point, [*self._fields, *self._own])

    def world_scenario(self, point: int) -> Scenario:
        """Return the scenario of the world of a point: without the numbers that do not need one of their own."""
        return with_values(self._bases[self._key(point, self._fields)], self._changes(point, self._own))

    def party(self, point: int) -> str:
        """Return what tells apart the parties of points."""
        key = self.world(point)
        if key not in self._parties:
            self._parties[key] = self.world_scenario(point).structural_key()
        return self._parties[key]

    def scenario(self, point: int) -> Scenario:
        """Return the scenario of a point."""
        return with_values(self.world_scenario(point), self._changes(point, self._plain))

    def seed_of(self, point: int) -> int:
        """Return the seed of a point: that of the study, or its own without common random numbers."""
        if self.common_random_numbers:
            return self.seed
        return int.from_bytes(hashlib.sha256(f"{self.seed}:{point}".encode()).digest()[:8], "little")

    def ordered(self) -> list[int]:
        """Return the points, those that share a party next to each other, and within them those that share a world."""
        order: dict[str, dict[tuple[Any, ...], list[int]]] = {}
        for point in range(len(self._columns[0])):
            order.setdefault(self.party(point), {}).setdefault(self.world(point), []).append(point)
        return [point for worlds in order.values() for points in worlds.values() for point in points]


def check_points(study: Study, at: Origin, problems: Problems) -> None:
    """Note what is wrong with the points as a whole: nothing varies, or numbers and events do not go together."""
    for one, column in zip(study.vary, study.columns, strict=True):
        if len(column) > 1 and (column == column[0]).all():
            where = at if study.design.kind == "table" else _origin_of(one.name, at)
            problems.add(where, f"{one.name} has the same value at all {len(column)} points: {column.tolist()[0]}")
    if len(problems):
        return
    try:
        plan = Plan(study)
    except ScenarioError as error:
        for problem in error.problems:
            problems.add(at, problem.splitlines()[0])
        return
    if not any(name.split(".")[0] in _TOGETHER for name in study.names):
        return
    origins = {name: _origin_of(name, at) for name in study.names}
    for point in range(len(study.points)):
        check_values_together(plan.scenario(point).values, origins, at, problems)
        if len(problems):  # the other points would say the same of other numbers
            return


def _origin_of(name: str, at: Origin) -> Origin:
    """Return where something that varies was written: under a quoted key, or in nested tables."""
    quoted = at.inside(name)
    return quoted if quoted.path in at.source.positions else at.inside(*name.split("."))
