"""The conference at a tenth of its size, and records by chance in which most districts have something to write."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.work import World
from rumorsim.inference.draws import BankDraws
from rumorsim.inference.likelihood import Evidence
from rumorsim.party import build_party
from rumorsim.scenario import Scenario, load_scenario
from tests.unit.ensemble.conftest import RUN, WORK
from tests.unit.ensemble.fakes import FakeAssembly
from tests.unit.ensemble.test_score import replaced

SEED = 1956
FIRST = np.datetime64("1956-04-14", "s")


@dataclass(frozen=True)
class Small:
    """The conference at a tenth of its size."""

    scenario: Scenario
    world: World
    evidence: Evidence
    draws: BankDraws


@pytest.fixture(scope="session")
def small() -> Small:
    scenario = load_scenario("tirana-conference").replace({"party.scale": 0.1})
    world = World.of(scenario, build_party(scenario))
    return Small(scenario, world, Evidence.of(scenario, world.reducer.frame), BankDraws(scenario, SEED))


@pytest.fixture(scope="session")
def busy() -> Ensemble:
    """Four replicates of stand-in records to 20 May."""
    scenario = load_scenario("classroom").replace({"start": "1956-04-01", "stop": "1956-05-20"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WORK, "assemble", lambda scenario, party: FakeAssembly(scenario, party, voicings=1500))
        made: Ensemble = RUN.run(scenario, replicates=4, seed=5)
    # The stand-in speaks of the conference before it takes place.
    later = {name: made.table(name)[made.table(name)["when"] >= FIRST] for name in ("exposures", "voicings")}
    return replaced(made, **later)
