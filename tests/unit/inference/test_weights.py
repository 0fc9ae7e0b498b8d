"""Weights by hand, what they lose, and what is called learned."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.ensemble.posterior import Posterior
from rumorsim.inference.learning import learned
from rumorsim.inference.weights import Weights, effective, halves, log_mean, pareto_k, resampled, weights_of


def bank_of(importance: list[float], **terms: list[list[float]]) -> Any:
    class Made(SimpleNamespace):
        def __len__(self) -> int:
            return len(importance)

    return Made(importance=np.array(importance), terms={name: np.array(value) for name, value in terms.items()})


def test_weights_by_hand() -> None:
    """Two runs with two sets: the likelihood of a run is the mean over its sets, and its statement enters once."""
    bank = bank_of([2.0, 1.0], documents=[[0.1, 0.3], [0.0, 0.2]], C4=[[0.5], [1.0]])
    found = weights_of(bank, ["documents", "C4"])
    assert found.sets == pytest.approx(np.array([[0.05, 0.15], [0.0, 0.1]]))
    assert found.runs == pytest.approx([0.2, 0.1])
    assert log_mean(found.runs) == pytest.approx(math.log(0.15))
    assert found.effective == pytest.approx(0.09 / 0.05)
    assert found.largest == pytest.approx(2 / 3)


def test_the_importance_of_draws_from_a_mixture_undoes_it() -> None:
    """Half of the runs come from where the likelihood is high: weighted, the evidence is that of the prior."""
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=4000), rng.normal(1.0, 0.5, size=4000)])
    ratio = np.exp(0.5 * z**2 - 2.0 * (z - 1.0) ** 2) / 0.5
    bank = bank_of((1.0 / (0.5 + 0.5 * ratio)).tolist(), C2=np.exp(-0.5 * ((z - 1.5) / 0.5) ** 2)[:, None].tolist())
    exact = math.log(0.5 / math.sqrt(1.25)) - 0.5 * 1.5**2 / 1.25
    assert log_mean(weights_of(bank, ["C2"]).runs) == pytest.approx(exact, abs=0.05)
    one, two = halves(weights_of(bank, ["C2"]).runs)
    assert abs(one - two) < 0.2


def test_no_weight_at_all() -> None:
    none = Weights(np.zeros(4), np.zeros((4, 2)))
    assert none.effective == 0.0
    assert math.isnan(none.largest)
    assert none.pareto_k == math.inf
    assert effective(np.zeros(0)) == 0.0
    assert log_mean(np.zeros(2)) == -math.inf


@pytest.mark.parametrize("k", [0.2, 0.5, 0.8])
def test_the_shape_of_a_tail_is_found(k: float) -> None:
    rng = np.random.default_rng(2)
    found = [pareto_k(rng.random(5000) ** -k) for _ in range(20)]
    assert np.mean(found) == pytest.approx(k, abs=0.06)


def test_resampling_is_even() -> None:
    weights = np.random.default_rng(3).random((7, 3))
    times = np.bincount(resampled(weights, 1000), minlength=21)
    assert np.abs(times - 1000 * weights.ravel() / weights.sum()).max() <= 1.0


def posterior_of(quantiles: dict[str, np.ndarray[Any, Any]]) -> tuple[Any, Posterior]:
    names = list(quantiles)
    size = len(next(iter(quantiles.values())))
    known = catalog.parameters()
    values = [[float(known[n].at(float(quantiles[n][k]))) for n in names] for k in range(size)]  # type: ignore[arg-type]
    rows = [(k, 0, 1, values[k]) for k in range(size)]
    bank = SimpleNamespace(
        ids=np.arange(size),
        quantiles=np.array([quantiles[name] for name in names]).T,
        prior=SimpleNamespace(prior=SimpleNamespace(uniforms=lambda run, number: np.zeros(len(names)))),
        from_prior=np.ones(size, dtype=bool),
        runs={name: np.array(values)[:, k] for k, name in enumerate(names)},
    )
    return bank, Posterior({}, names, rows)


def test_what_is_learned_and_what_is_not() -> None:
    even = (np.arange(1000) + 0.5) / 1000
    bank, posterior = posterior_of(
        {
            "spread.pass_on_rate": 0.25 + even / 2,  # half as wide
            "travel.duty_rate": 0.3 + 0.7 * even,  # moved by half a standard deviation, and narrower
            "tell.prob_leader": even**1.3,  # moved a little
            "fear.stop_factor": even,
            "plenum.hearing_prob": even * 0.6,  # nobody can use it
        }
    )
    found = {one.name: one for one in learned(bank, posterior, 500.0)}
    words = {name: one.word for name, one in found.items()}
    assert words["spread.pass_on_rate"] == words["travel.duty_rate"] == "learned"
    assert words["tell.prob_leader"] in ("hardly learned", "not learned")
    assert words["fear.stop_factor"] == "not learned"
    assert found["spread.pass_on_rate"].narrower == pytest.approx(0.5, abs=1e-3)
    assert found["travel.duty_rate"].moved == pytest.approx(0.15 / math.sqrt(1 / 12), abs=1e-2)
    prior = catalog.parameter("spread.pass_on_rate")
    assert found["spread.pass_on_rate"].posterior == pytest.approx(
        [float(prior.at(u)) for u in (0.275, 0.5, 0.725)],
        rel=0.01,  # type: ignore[arg-type]
    )
    assert [one.name for one in found.values() if one.false_alarm] == ["plenum.hearing_prob"]
    few = learned(bank, posterior, 99.9)
    assert {one.word for one in few} == {"refused"}
    assert {one.posterior for one in few} == {None}
