"""One small party and its assembly for all tests of the model."""

from __future__ import annotations

import pytest

from rumorsim.model import Assembly, assemble
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("classroom")


@pytest.fixture(scope="session")
def party(scenario: Scenario) -> Party:
    return build_party(scenario)


@pytest.fixture(scope="session")
def assembly(scenario: Scenario, party: Party) -> Assembly:
    return assemble(scenario, party)
