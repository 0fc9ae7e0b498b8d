"""Parties that many tests look at; built once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.party import Party, build_party

#: Scale of the classroom: about 2,000 people.
SMALL = 0.041


@pytest.fixture(scope="session")
def build() -> Callable[..., Party]:
    """Build a party with some values changed."""
    scenario = rs.load_scenario("tirana-conference")

    def make(changes: dict[str, Any] | None = None) -> Party:
        return build_party(scenario.replace(changes or {}))

    return make


@pytest.fixture(scope="session")
def party(build: Callable[..., Party]) -> Party:
    """The whole party, one to one."""
    return build()


@pytest.fixture(scope="session")
def classroom(build: Callable[..., Party]) -> Party:
    """The party of the classroom."""
    return build({"party.scale": SMALL})


@pytest.fixture(scope="session", params=["party", "classroom"])
def any_party(request: pytest.FixtureRequest) -> Party:
    """Both of them, for laws that hold at every scale."""
    made: Party = request.getfixturevalue(request.param)
    return made
