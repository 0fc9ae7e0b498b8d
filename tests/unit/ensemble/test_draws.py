"""Values of the replicates: modes, or draws from the priors that do not depend on anything else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from rumorsim import catalog
from rumorsim.ensemble.draws import Draws
from tests.unit.ensemble.conftest import World


def test_modes_are_the_values_of_the_scenario(world: World) -> None:
    draws = Draws(world.scenario, "mode", 5)
    assert draws.drawn == ()
    assert dict(draws.values(3)) == dict(world.scenario.values)


def test_what_has_a_prior_is_drawn(world: World) -> None:
    draws = Draws(world.scenario, "prior", 5)
    assert "spread.pass_on_rate" in draws.drawn
    assert "archive.region_correlation" in draws.drawn
    known = catalog.parameters()
    values = draws.values(0)
    for name, value in values.items():
        if name not in draws.drawn:
            assert value == world.scenario.values[name]
        else:
            assert known[name].prior is not None
            assert known[name].accept(value) == value
    changed = [name for name in draws.drawn if values[name] != world.scenario.values[name]]
    assert len(changed) > 0.9 * len(draws.drawn)


def test_what_shapes_the_party_is_not_drawn(world: World) -> None:
    known = catalog.parameters()
    structural = [name for name in world.scenario.values if known[name].structural and known[name].prior is not None]
    assert "party.tirana_share" in structural
    assert set(structural).isdisjoint(Draws(world.scenario, "prior", 5).drawn)


def test_what_is_set_stays_set(world: World) -> None:
    changed = world.scenario.replace({"spread.pass_on_rate": 3.0})
    assert Draws(changed, "prior", 5).values(0)["spread.pass_on_rate"] == 3.0


def test_a_draw_depends_on_seed_and_replicate_only(world: World) -> None:
    one, two = Draws(world.scenario, "prior", 5), Draws(world.scenario, "prior", 6)
    name = "spread.pass_on_rate"
    assert one.values(2)[name] == Draws(world.scenario, "prior", 5).values(2)[name]
    assert len({draws.values(k)[name] for draws in (one, two) for k in (0, 1)}) == 4
    few = SimpleNamespace(values={name: 1.0}, overrides={})
    assert Draws(few, "prior", 5).values(2)[name] == one.values(2)[name], "other numbers must not matter"


def test_draws_follow_the_prior() -> None:
    name = "spread.pass_on_rate"
    scenario: Any = SimpleNamespace(values={name: 1.0}, overrides={})
    draws = Draws(scenario, "prior", 5)
    prior = catalog.parameter(name).prior
    assert prior is not None
    drawn = np.array([draws.values(k)[name] for k in range(2000)])
    for share in (0.1, 0.5, 0.9):
        below = (drawn <= prior.quantile(share)).mean()
        assert abs(below - share) < 4 * np.sqrt(share * (1 - share) / 2000)


def test_two_numbers_are_drawn_independently() -> None:
    names = ("archive.district_propensity", "archive.request_prob")
    scenario: Any = SimpleNamespace(values=dict.fromkeys(names, 0.5), overrides={})
    draws = Draws(scenario, "prior", 5)
    drawn = np.array([[draws.values(k)[name] for name in names] for k in range(2000)])
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4 / np.sqrt(2000)
