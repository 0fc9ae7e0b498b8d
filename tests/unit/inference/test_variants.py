"""The same runs weighed with other evidence, by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rumorsim.inference.learning import COMBINATIONS
from rumorsim.inference.likelihood import DATED, STATEMENTS
from rumorsim.inference.variants import LEFT_OUT, variants_of, weighted_points

SIZE = 400


def bank() -> Any:
    """Two halves of the runs, of which C3 allows the first only; and two sets, one of them the likelier."""

    class Bank(SimpleNamespace):
        def __len__(self) -> int:
            return SIZE

    first = np.arange(SIZE) < SIZE // 2
    terms = {name: np.ones((SIZE, 1)) for name in STATEMENTS} | {name: np.full((SIZE, 2), 0.5) for name in DATED}
    terms["C3"] = first[:, None].astype(float)
    terms["documents"] = np.tile([0.8, 0.2], (SIZE, 1))  # set 0 has a rare earlier document, set 1 a common one
    names = {name for factors, divided in COMBINATIONS.values() for name in (*factors, *divided)}
    runs = np.ones(SIZE, dtype=[(name, "f8") for name in sorted(names)])
    runs["spread.pass_on_rate"] = np.where(first, 1.0, 3.0)
    prior = SimpleNamespace(uniforms=lambda run, k: np.array([0.1 if k == 0 else 0.9]))
    return Bank(
        terms=terms,
        importance=np.ones(SIZE),
        runs=runs,
        ids=np.arange(SIZE),
        prior=SimpleNamespace(drawn=("archive.earlier_uncited",), prior=prior),
    )


def test_variants_by_hand() -> None:
    aware = np.where(np.arange(SIZE) < SIZE // 2, 0.3, 0.9)
    found = {one.name: one for one in variants_of(bank(), aware)}
    assert list(found)[:7] == ["as fitted", *LEFT_OUT.values()]
    whole, without = found["as fitted"], found[LEFT_OUT["C3"]]
    assert whole.effective == pytest.approx(SIZE / 2)
    assert whole.log == pytest.approx(math.log(0.5 * 0.5 * 0.5))
    assert whole.aware == (0.3, 0.3, 0.3)
    assert whole.hearings == (0.5, 0.5, 0.5)
    assert without.effective == pytest.approx(SIZE)
    assert without.aware == (0.3, 0.3, 0.9)
    assert without.hearings == (0.5, 0.5, 1.5)
    assert found[LEFT_OUT["documents"]].log == pytest.approx(math.log(0.5 * 0.5))
    assert found["an earlier, uncited document is rare"].log == pytest.approx(math.log(0.8 * 0.5 * 0.5))
    assert found["an earlier, uncited document is common"].log == pytest.approx(math.log(0.2 * 0.5 * 0.5))


def test_few_runs_have_no_intervals() -> None:
    few = bank()
    few.terms["C4"] = (np.arange(SIZE) < 50)[:, None].astype(float)
    found = {one.name: one for one in variants_of(few, np.zeros(SIZE))}
    assert found["as fitted"].aware is None
    assert found["as fitted"].hearings is None
    assert found[LEFT_OUT["C4"]].aware is not None


def test_weighted_points_are_those_of_repeated_values() -> None:
    rng = np.random.default_rng(4)
    values, times = rng.random(50), rng.integers(1, 9, 50)
    repeated = np.sort(np.repeat(values, times))
    expected = [repeated[math.ceil(share * len(repeated)) - 1] for share in (0.05, 0.5, 0.95)]
    assert weighted_points(values, times.astype(float)) == pytest.approx(expected)
