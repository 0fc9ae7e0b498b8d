"""A date that is left out is foretold by the rest: by hand, against the likelihood itself, and in a limit."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rumorsim.ensemble import Ensemble
from rumorsim.inference.left_out import foretold, in_turn, judged_again
from rumorsim.inference.likelihood import DATED, STATEMENTS, Dated
from rumorsim.inference.work import SETS as MANY
from tests.unit.inference.test_likelihood import SETS, exposures_of, numbers_of

PLAIN = {"archive.earlier_uncited": 0.0, "archive.district_propensity": 1.0}


def two_offices() -> tuple[Dated, np.ndarray]:
    """Two districts that write for certain: one on day 4 or 5, as likely; the other on day 6."""
    chances = np.zeros((1, 2, 2, 7))
    chances[:, :, 0, 4:6] = 0.5
    chances[:, :, 1, 6] = 1.0
    days = np.arange("1956-04-14", "1956-04-21", dtype="M8[D]")
    targets = (SimpleNamespace(kind="district_report", id="T01"), SimpleNamespace(id="T02"))
    return Dated(targets, 0, days, (4, 6), 2, 9, np.arange(2), np.zeros(2, dtype=int)), chances  # type: ignore[arg-type]


def test_two_documents_in_turn_by_hand() -> None:
    dated, chances = two_offices()

    def asked(first: Any, second: int) -> float:
        return float(in_turn(dated, chances, [PLAIN], first, second, [(2, 9)])[0, 0])

    # The second drawn is that of day 6 half of the time; the other then carries day 4 or 5.
    assert asked(range(7), 6) == pytest.approx(0.5)
    assert asked([4], 6) == pytest.approx(0.25)
    assert asked(range(6), 6) == pytest.approx(0.5)
    assert asked([6], 6) == 0.0
    # The second drawn is dated on day 4 a quarter of the time; the other is that of day 6.
    assert asked(range(7), 4) == asked([6], 4) == pytest.approx(0.25)
    assert asked(range(7), 0) == 0.0
    assert in_turn(dated, chances, [PLAIN], [4], 6, [(3, 9), (2, None)])[:, 0].tolist() == pytest.approx([0.0, 0.25])


@pytest.mark.parametrize("term", list(DATED))
def test_in_turn_is_half_of_the_likelihood_and_days_add_up(busy: Ensemble, term: str) -> None:
    dated = Dated.of(busy, term)
    sets = [numbers_of(busy, changed) for changed in SETS]
    chances = dated.chances(exposures_of(busy, 0), sets)
    first, second = dated.dates
    windows = [(dated.least, dated.most), (2, 5), (3, 25)]
    found = in_turn(dated, chances, sets, [first], second, windows)
    for row, (least, most) in enumerate(windows):
        wanted = replace(dated, least=least, most=most).drawn(chances, sets)
        assert found[row] == pytest.approx(wanted / 2.0, rel=1e-12)
    assert found[0].max() > 0.0
    assert in_turn(dated, chances, sets, [second], first, windows) == pytest.approx(found, rel=1e-12)
    days = range(len(dated.days))
    each = sum(in_turn(dated, chances, sets, [day], second, windows) for day in days)
    assert in_turn(dated, chances, sets, days, second, windows) == pytest.approx(each, rel=1e-12)


def test_all_runs_of_a_bank_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    dated, chances = two_offices()

    class Bank(SimpleNamespace):
        def __len__(self) -> int:
            return 3

    archive = SimpleNamespace(archive=lambda run, number: {"run": run, "number": number} | PLAIN)
    bank: Any = Bank(ids=np.array([5, 6, 9]), exposures=list, prior=archive)

    def made(self: Dated, exposures: Any, numbers: Any) -> np.ndarray:
        assert [one["number"] for one in numbers] == list(range(MANY))
        return np.repeat(chances, MANY, axis=0) * (numbers[0]["run"] != 6)

    monkeypatch.setattr(Dated, "chances", made)
    told: list[Any] = []
    evidence: Any = SimpleNamespace(dated={"documents": dated})
    found = judged_again(bank, evidence, [(3, 9)], lambda term: lambda *done: told.append((term, *done)))["documents"]
    assert list(found) == ["both", "any 4", "before 4", "any 6", "before 6"]
    assert found["both"].shape == (2, 3, MANY)
    means = {name: one[0].mean(axis=1).tolist() for name, one in found.items()}
    assert means["both"] == means["any 6"] == pytest.approx([0.25, 0.0, 0.25])
    assert means["any 4"] == pytest.approx([0.5, 0.0, 0.5])
    assert means["before 4"] == means["before 6"] == pytest.approx([0.0, 0.0, 0.0])
    assert not any(one[1].any() for one in found.values()), "three documents were asked for, and there are two"
    assert told == [("documents", 1, 3), ("documents", 2, 3), ("documents", 3, 3)]


def test_what_is_foretold_by_hand() -> None:
    """Of four runs with weights 1, 1, 2 and 0 the first foretells the date for certain, the others other dates."""
    dated, _ = two_offices()

    class Bank(SimpleNamespace):
        def __len__(self) -> int:
            return 4

    terms = {name: np.ones((4, 1)) for name in STATEMENTS} | {name: np.ones((4, 1)) for name in DATED}
    terms["C3"] = np.array([[1.0], [1.0], [2.0], [0.0]])
    bank: Any = Bank(terms=terms, importance=np.ones(4))
    any_day, before = np.ones((1, 4, 1)), np.array([0.0, 1.0, 0.0, 1.0])[None, :, None]
    both = np.array([1.0, 0.0, 0.0, 1.0])[None, :, None]
    chances = {"both": both} | {f"any {day}": any_day for day in (4, 6)} | {f"before {day}": before for day in (4, 6)}
    evidence: Any = SimpleNamespace(dated={"documents": dated})
    one, two = foretold(bank, evidence, {"documents": chances})
    assert (one.target, one.day, two.target, two.day, one.days) == ("T01", 4, "T02", 6, 7)
    assert one.chance == pytest.approx(0.25)
    assert one.earlier == pytest.approx(0.25)
    assert one.effective == pytest.approx(16 / 6)
    # Contributions 1 - 1/4, -1/4 and -1/2 of the hits less those of the weights.
    assert one.error == pytest.approx(math.sqrt(0.75**2 + 0.25**2 + 0.5**2))
    assert one.score == pytest.approx(math.log(7 / 4))
    # The limit: where no run allows the date.
    none = foretold(bank, evidence, {"documents": chances | {"both": np.zeros_like(both)}})[0]
    assert none.score == -math.inf
    assert math.isnan(none.error)
