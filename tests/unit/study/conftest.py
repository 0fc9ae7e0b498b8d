"""A short run of the classroom and changes to it."""

from __future__ import annotations

import pytest

from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario


@pytest.fixture(scope="session")
def base() -> Scenario:
    """The classroom from 10 April to 5 May."""
    return load_scenario("classroom").replace({"start": "1956-04-10", "stop": "1956-05-05"})


@pytest.fixture(scope="session")
def party(base: Scenario) -> Party:
    return build_party(base)
