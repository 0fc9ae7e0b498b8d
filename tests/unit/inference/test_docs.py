"""The page on calibration says what the catalog chooses, and every number on it is the one in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from rumorsim import catalog
from rumorsim.inference import bank, calibration, learning, likelihood, nulls, predictive, proposal, work

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "calibration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", catalog.calibration())
def test_every_choice_stands_on_the_page(name: str) -> None:
    assert name in TEXT


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{work.SETS} sets of numbers" in TEXT
    assert f"{proposal.INFLATION} times as wide" in TEXT
    assert (proposal.PRIOR_SHARE, bank._FROM_PRIOR) == (0.2, 0.25)
    assert f"{calibration.KEPT:,} draws" in TEXT
    assert f"Below {learning.FEWEST:.0f} effective runs" in TEXT
    assert (learning._NARROWER, learning._MOVED) == ((0.8, 0.9), (0.6, 0.3))
    assert f"one run for {nulls._MODEL_RUNS} of the model's, at least {nulls._FEWEST}" in TEXT
    assert f"fewer than {nulls._FEWEST_RUNS} runs" in TEXT
    assert f"fewer than {nulls._FEWEST_EFFECTIVE:.0f} effective ones" in TEXT
    assert (nulls._UNDECIDED, nulls._ERRORS) == (1.0, 2.0)
    assert f"up to {predictive._PRIOR_RUNS} runs of the bank" in TEXT
    assert set(likelihood.STATEMENTS) == {"C2", "C3", "C4", "T05"}
