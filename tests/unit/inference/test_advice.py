"""Which numbers move a row: of runs by hand, where it is known, and where nothing does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from rumorsim import catalog
from rumorsim.inference.advice import NAMED, _documents, advice_of, rank_correlation
from tests.unit.inference.conftest import Small

SIZE = 400
UNUSED = [name for name, one in catalog.calibration().items() if one.use == "unused"]
USED = ["travel.duty_rate", "spread.visit_rate", "spread.pass_on_rate", "tell.forgetting_rate", "tell.stifling_rate"]
FACTS = ("introductions", "critics", "critics_after", "known", "critical")


def bank(weights: dict[str, float], spoiled: str = "") -> Any:
    """Return runs whose introductions are a weighted sum of their numbers; a spoiled number is one of the sum too.

    The second half is from later rounds, and would say the opposite.
    """
    rng = np.random.default_rng(7)
    runs = np.zeros(2 * SIZE, dtype=[(name, "f8") for name in (*USED, *UNUSED, *FACTS)])
    for name in (*USED, *UNUSED):
        runs[name] = rng.random(2 * SIZE)
    total = sum(weight * runs[name] for name, weight in weights.items())
    runs["introductions"] = total + 0.3 * rng.random(2 * SIZE)
    runs["introductions"][SIZE:] *= -1.0
    if spoiled:
        runs["critics"] = runs[spoiled] + rng.random(2 * SIZE)
    return SimpleNamespace(
        runs=runs,
        from_prior=np.arange(2 * SIZE) < SIZE,
        ids=np.arange(2 * SIZE),
        prior=SimpleNamespace(drawn=(*USED, *UNUSED), archive=lambda run, number: {}),
        exposures=lambda rows: [],
    )


def asked(runs: Any) -> Any:
    return advice_of(runs, SimpleNamespace(dated={}))  # type: ignore[arg-type]


def test_ranks_are_correlated_as_scipy_does() -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        x, y = rng.integers(0, 6, 30), rng.random(30)
        assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_what_moves_a_row_is_named_the_strongest_first_and_with_its_direction() -> None:
    weights = {
        "travel.duty_rate": -1.0,
        "spread.visit_rate": 2.0,
        "spread.pass_on_rate": 1.5,
        "tell.stifling_rate": 0.7,
    }
    runs = bank(weights)
    found = asked(runs)
    named = found["rows"]["T05"]
    assert list(named) == ["spread.visit_rate", "spread.pass_on_rate", "travel.duty_rate"]
    assert len(named) == NAMED
    assert [value > 0.0 for value in named.values()] == [True, True, False]
    of_prior = [spearmanr(runs.runs[name][:SIZE], runs.runs["introductions"][:SIZE]).statistic for name in named]
    assert list(named.values()) == pytest.approx(of_prior, abs=0.006)
    assert found["runs"] == SIZE


def test_nothing_is_named_where_nothing_stands_out() -> None:
    """Neither of what is chance, nor of what is always the same."""
    found = asked(bank({}))
    assert found["rows"] == {"T05": {}, "T09": {}, "T29": {}, "C3": {}, "C4": {}}
    assert found["level"] == pytest.approx(4.0 / np.sqrt(SIZE - 1), abs=0.001)


def test_what_is_learned_of_an_unused_number_is_the_level_of_all() -> None:
    """Where a number that no run can use seems to matter as much, nothing is named, and itself never."""
    weights = {"spread.visit_rate": 1.0, "spread.pass_on_rate": 0.7}
    assert asked(bank(weights))["rows"]["T05"]
    found = asked(bank(weights, spoiled=UNUSED[3]))
    assert found["level"] > 0.6
    assert set(found["rows"]["T05"]) == {"spread.visit_rate"}
    assert found["rows"]["T09"] == {}


def test_documents_are_counted_and_dated_from_their_chances(small: Small) -> None:
    """Of one run in which two of the offices can write, and one in which nobody does."""
    dated = small.evidence.dated["documents"]
    chances = np.zeros((1, 2, len(dated.offices), len(dated.days)))
    chances[0, 0, 0, 1] = 0.5  # in a silent region
    chances[0, 1, :2, 3] = 1.0
    made = [chances, np.zeros_like(chances)]
    each = SimpleNamespace(days=dated.days, unasked=True, chances=lambda exposures, numbers: made[exposures])
    runs = bank({})
    runs.exposures = lambda rows: [row % 2 for row in rows]
    runs.prior.archive = lambda run, number: {"archive.district_propensity": 0.25}
    number, day = _documents(runs, each, np.arange(2))  # type: ignore[arg-type]
    assert number.tolist() == [0.75 * 0.5 + 0.25 * 2.0, 0.0]
    assert day.tolist() == pytest.approx([(0.375 * 1 + 0.5 * 3) / 0.875, len(dated.days)])
