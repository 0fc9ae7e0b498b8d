"""The numbers of the runs of a bank, and the proposals that steer them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from rumorsim.errors import RunError
from rumorsim.inference.draws import BankDraws, steered
from rumorsim.inference.proposal import INFLATION, PRIOR_SHARE, Proposal, fitted
from tests.unit.inference.conftest import SEED, Small

MEAN, FACTOR = (
    (0.8, -0.4, 0.0, 1.2, 0.1),
    ((0.5,), (0.2, 0.6), (0.0, 0.1, 0.9), (-0.3, 0.0, 0.2, 0.7), (0, 0, 0, 0, 1.0)),
)


@pytest.fixture
def proposal() -> Proposal:
    return Proposal(steered(), MEAN, FACTOR)


def test_set_0_is_the_run_itself(small: Small) -> None:
    values, own = small.draws.values(3), small.draws.archive(3, 0)
    assert dict(small.draws.prior.values(3)) == values
    assert len(own) > 10
    assert {name: values[name] for name in own} == own


def test_sets_and_runs_differ_and_are_the_same_again(small: Small) -> None:
    name = "archive.district_propensity"
    found = {small.draws.archive(run, number)[name] for run in range(4) for number in range(5)}
    assert len(found) == 20
    assert BankDraws(small.scenario, SEED).archive(3, 4) == small.draws.archive(3, 4)


def test_a_proposal_moves_what_it_steers_and_nothing_else(small: Small, proposal: Proposal) -> None:
    moved = BankDraws(small.scenario, SEED, proposal)
    changed = [run for run in range(200) if moved.values(run) != small.draws.values(run)]
    assert abs(len(changed) / 200 - (1 - PRIOR_SHARE)) < 4 * math.sqrt(0.16 / 200)
    one, two = moved.values(changed[0]), small.draws.values(changed[0])
    assert {name for name in one if one[name] != two[name]} == set(steered())
    assert moved.archive(changed[0], 7) == small.draws.archive(changed[0], 7)


def test_the_draws_have_the_density_that_is_said(small: Small, proposal: Proposal) -> None:
    """Weighted with 1 / density, draws from a proposal are draws from the prior: mean 0, variance 1, total 1."""
    draws = BankDraws(small.scenario, SEED, proposal)
    z = draws.coordinates_of(np.array([draws.quantiles(run) for run in range(4000)]))
    weight = 1.0 / proposal.density(z)
    error = weight.std() / math.sqrt(len(z))
    assert abs(weight.mean() - 1.0) < 4 * error
    assert (np.abs((weight[:, None] * z).mean(axis=0)) < 4 * 3 * error + 0.05).all()
    assert z.mean(axis=0) == pytest.approx((1 - PRIOR_SHARE) * np.array(MEAN), abs=0.08)


def test_the_density_is_that_of_a_normal_distribution(proposal: Proposal) -> None:
    lower = np.zeros((5, 5))
    for row, entries in enumerate(FACTOR):
        lower[row, : len(entries)] = entries
    z = ndtri(np.random.default_rng(0).random((50, 5)))
    normal = multivariate_normal(MEAN, lower @ lower.T).pdf(z) / multivariate_normal(np.zeros(5)).pdf(z)
    assert proposal.density(z) == pytest.approx(PRIOR_SHARE + (1 - PRIOR_SHARE) * normal)


def test_a_fit_finds_the_mean_and_a_wider_spread() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(5000, 2))
    weights = np.exp(-0.5 * ((z[:, 0] - 1.0) / 0.5) ** 2)  # times the prior: mean .8, variance .2
    found = fitted(["a", "b"], z, weights)
    assert found.mean == pytest.approx((0.8, 0.0), abs=0.06)
    assert found.factor[0][0] == pytest.approx(INFLATION * math.sqrt(0.2), rel=0.08)
    assert found.factor[1][1] == pytest.approx(INFLATION, rel=0.08)
    assert Proposal.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_fit_to_one_run_stays_near_the_prior() -> None:
    found = fitted(["a"], np.array([[3.0], [0.0]]), np.array([1.0, 0.0]))
    assert found.factor[0][0] > 1.0


def test_what_steers_must_be_open(small: Small) -> None:
    with pytest.raises(RunError, match=r"sets travel\.duty_rate, which steers the fit"):
        BankDraws(small.scenario.replace({"travel.duty_rate": 0.02}), SEED)
