"""The check by simulation: a right posterior passes, wrong ones are rejected, and a failure is called one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

import rumorsim.inference.checks as checks
from rumorsim.inference.checks import CONTROLS, FEW, quantity, ranks_of, rejected
from rumorsim.inference.draws import steered
from rumorsim.inference.learning import COMBINATIONS

RUNS, TRUTHS, NOISE = 3000, 150, 0.7
NUMBERS = sorted({*steered(), "letter.mean_delay_days", *(x for a, b in COMBINATIONS.values() for x in (*a, *b))})


def toy(monkeypatch: pytest.MonkeyPatch, believed: float = NOISE, noise: float = NOISE) -> Any:
    """A model with a known posterior: the archive is the first coordinate with noise, of which much is believed."""
    rng = np.random.default_rng(11)
    z = rng.normal(size=(RUNS, len(NUMBERS)))
    seen = z[:, NUMBERS.index("spread.pass_on_rate")]
    archives = seen + noise * rng.normal(size=RUNS)
    runs = np.zeros(RUNS, dtype=[("known", "f8"), *((name, "f8") for name in NUMBERS)])
    runs["known"] = ndtr(seen)
    for column, name in enumerate(NUMBERS):
        runs[name] = np.exp(z[:, column])

    class Bank(SimpleNamespace):
        def __len__(self) -> int:
            return RUNS

    class Judged:
        def __init__(self, *arguments: Any) -> None:
            pass

        def parts(self, archive: float) -> dict[str, Any]:
            return {"all": np.exp(-0.5 * ((archive - seen) / believed) ** 2)[:, None]}

    monkeypatch.setattr(checks, "Judged", Judged)
    monkeypatch.setattr(checks, "made_archive", lambda bank, evidence, row, number: archives[row])
    monkeypatch.setattr(checks, "real_archive", lambda evidence: 1.0)
    prior = SimpleNamespace(uniforms=lambda run, k: np.full(len(NUMBERS), 0.5))
    return Bank(
        quantiles=ndtr(z),
        runs=runs,
        ids=np.arange(RUNS),
        importance=np.ones(RUNS),
        from_prior=np.ones(RUNS, dtype=bool),
        prior=SimpleNamespace(drawn=tuple(NUMBERS), prior=prior),
        terms={
            "documents": np.exp(-0.5 * ((1.0 - seen) / believed) ** 2)[:, None],
            **{name: np.ones((RUNS, 1)) for name in ("questions", "C2", "C3", "C4", "T05")},
        },
    )


@pytest.mark.parametrize("posterior", [False, True])
def test_a_right_posterior_passes_and_wrong_ones_are_rejected(monkeypatch: pytest.MonkeyPatch, posterior: bool) -> None:
    found = ranks_of(toy(monkeypatch), None, TRUTHS, posterior=posterior)  # type: ignore[arg-type]
    assert found.ranks.shape == (TRUTHS, len(found.names))
    assert np.median(found.effective) > 10 * FEW
    several = [quantity(name, found.ranks[:, column]) for column, name in enumerate(found.names)]
    assert min(one.p for one in several) > 0.05 / len(several)
    assert 0.45 < np.mean([one.half for one in several]) < 0.55
    assert 0.87 < np.mean([one.nine_tenths for one in several]) < 0.93
    assert {name for name, p in rejected(found) if p < 0.001} == set(CONTROLS)


def test_a_wrong_likelihood_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the true noise is believed: the posterior of what was seen covers too little."""
    found = ranks_of(toy(monkeypatch, NOISE / 2), None, TRUTHS)  # type: ignore[arg-type]
    several = {name: quantity(name, found.ranks[:, column]) for column, name in enumerate(found.names)}
    assert several["spread.pass_on_rate"].fails(len(several))
    assert several["known before the letter"].fails(len(several))
    assert several["travel.officer_rate"].p > 0.05 / len(several)


def test_the_truth_does_not_weigh_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without noise no other run makes its archive: no posterior, no rank, and no interval that covers."""
    bank = toy(monkeypatch, 1e-9, 0.0)
    found = ranks_of(bank, None, 20)  # type: ignore[arg-type]
    assert (found.effective == 0.0).all()
    assert np.isnan(found.ranks).all()
    one = quantity("any", found.ranks[:, 0])
    assert (one.half, one.nine_tenths, one.fails(1)) == (0.0, 0.0, True)


def test_points_of_a_posterior_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Archive: the first coordinate with noise. Its posterior has mean a/(1 + n^2); of others nothing is learned."""
    bank = toy(monkeypatch)
    found = ranks_of(bank, None, TRUTHS)  # type: ignore[arg-type]
    place = found.names.index("spread.pass_on_rate")
    low, middle, high = found.points[:, place].T
    sd = NOISE / np.sqrt(1.0 + NOISE**2)
    assert (low < middle).all()
    assert np.mean(high - low) == pytest.approx(2 * 1.645 * sd, rel=0.1)
    wanted = np.sqrt(1.0 / (1.0 + NOISE**2))  # correlation of a value with its posterior mean
    assert np.corrcoef(middle, found.true[:, place])[0, 1] == pytest.approx(wanted, abs=0.08)
    covered = (low <= found.true[:, place]) & (found.true[:, place] <= high)
    assert covered.mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / TRUTHS))
    other = found.names.index("travel.duty_rate")
    assert np.abs(found.points[:, other, 1]).max() < 0.5
    assert abs(np.corrcoef(found.points[:, other, 1], found.true[:, other])[0, 1]) < 4 / np.sqrt(TRUTHS)
