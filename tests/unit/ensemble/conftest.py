"""One small party and one run of stand-in records for all tests of runs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rumorsim.ensemble import Ensemble
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario
from tests.unit.ensemble.fakes import FakeAssembly

RUN = importlib.import_module("rumorsim.ensemble.run")
WORK = importlib.import_module("rumorsim.ensemble.work")
ENSEMBLE = importlib.import_module("rumorsim.ensemble.ensemble")


@dataclass(frozen=True)
class World:
    """A scenario, its party and the stand-in for its model."""

    scenario: Scenario
    party: Party
    assembly: FakeAssembly

    def record(self, ensemble: Ensemble, replicate: int) -> Any:
        """Return the record of a replicate of a run made with the stand-in."""
        return self.assembly.simulate(ensemble.seed, replicate, self.scenario.values)


@pytest.fixture(scope="session")
def world() -> World:
    scenario = load_scenario("classroom").replace({"start": "1956-04-01", "stop": "1956-05-05"})
    party = build_party(scenario)
    return World(scenario, party, FakeAssembly(scenario, party))


@pytest.fixture(scope="session")
def ensemble(world: World) -> Ensemble:
    """Six replicates, and three drawn from the priors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WORK, "assemble", FakeAssembly)
        made: Ensemble = RUN.run(world.scenario, replicates=6, seed=5, prior_replicates=3)
        return made


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs use the stand-in."""
    monkeypatch.setattr(WORK, "assemble", FakeAssembly)
    monkeypatch.setattr(ENSEMBLE, "assemble", FakeAssembly)
    return
