"""Archives that runs make: as likely as is said of them, so that the real one can be set among them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.inference import Calibration, calibrate
from rumorsim.inference.archives import Judged, _logs, made_archive, places_of, real_archive
from rumorsim.inference.likelihood import Evidence


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Calibration:
    many = {"party.scale": 0.041, "archive.letter_report_prob": 1.0, "punishment.seed_count": 120}
    scenario = rs.load_scenario("tirana-conference").replace({**many, "archive.overheard_rate": 0.02})
    out: Path = tmp_path_factory.mktemp("fits") / "small"
    return calibrate(scenario, out, 16, 3)


@pytest.fixture(scope="module")
def evidence(found: Calibration) -> Evidence:
    return Evidence.of(found.bank.scenario, found.frame)


def test_archives_are_as_frequent_as_is_said(found: Calibration, evidence: Evidence) -> None:
    """1,000 archives of one run, each of another set: the mean chance of every outcome is its frequency."""
    bank, size = found.bank, 1000
    row = int(np.argmax(bank.terms["documents"].mean(axis=1) * bank.terms["questions"].mean(axis=1)))
    made = [made_archive(bank, evidence, row, number) for number in range(size)]
    judged = Judged(bank, evidence, [row], size, made)
    for name in evidence.dated:
        frequency = Counter(one.dates[name] for one in made)
        assert 0 < frequency[None] < size
        total, z = 0.0, []
        for dates, count in frequency.items():
            likely = judged.parts(next(one for one in made if one.dates[name] == dates))[name]
            total += likely.mean()
            if likely.mean() * size > 5:
                z.append((count - likely.sum()) / np.sqrt((likely * (1 - likely)).sum()))
        # Outcomes that were seen: of documents nearly all there are; of questions there are hundreds.
        assert (0.95 if name == "documents" else 0.7) < total < 1.0 + 1e-9
        assert len(z) >= 3
        assert np.abs(z).max() < 4.0
        assert np.sqrt(np.mean(np.square(z))) < 2.0


def test_statements_are_made_as_readily_as_is_said(found: Calibration, evidence: Evidence) -> None:
    bank = found.bank
    said = np.array([made_archive(bank, evidence, 1, number).said for number in range(400)])
    likely = np.array([bank.terms[name][1, 0] for name in evidence.statements])
    assert (np.abs(said.mean(axis=0) - likely) < 4.0 * np.sqrt(likely * (1 - likely) / 400) + 1e-9).all()


def test_the_real_archive_is_judged_by_the_terms_of_the_likelihood(found: Calibration, evidence: Evidence) -> None:
    judged = Judged(found.bank, evidence, range(16), 5, [real_archive(evidence)])
    parts = judged.parts(real_archive(evidence))
    for name in evidence.dated:
        assert parts[name] == pytest.approx(found.bank.terms[name][:, :5], rel=1e-9, abs=1e-15)
    for name in evidence.statements:
        assert (parts[name] == found.bank.terms[name]).all()


def test_an_archive_that_no_run_makes_is_told(found: Calibration, evidence: Evidence) -> None:
    """All but impossible dates: the last place, in every part that has to do with them."""
    places = {one.part: one for one in places_of(found.bank, evidence)}
    assert list(places) == [*evidence.terms, "all"]
    assert all(0 <= one.as_unlikely <= one.archives == 4 for one in places.values())
    terms = {name: value.copy() for name, value in found.bank.terms.items()}
    terms["C4"] = np.full_like(terms["C4"], 1e-9)
    bank = found.bank
    kept, bank.terms = bank.terms, terms  # type: ignore[misc]
    try:
        other = {one.part: one for one in places_of(bank, evidence)}
    finally:
        bank.terms = kept  # type: ignore[misc]
    assert other["C4"].as_unlikely == 0
    assert other["C4"].log < -20.0
    assert other["T05"].log == places["T05"].log


def test_a_run_does_not_judge_the_archive_it_made() -> None:
    parts = {"documents": np.array([[1.0, 0.5], [0.0, 0.0]]), "C4": np.array([[1.0], [0.5]])}
    assert _logs(parts, None)["documents"] == pytest.approx(np.log(1.5 / 4))
    assert _logs(parts, 0) == {"documents": -np.inf, "C4": np.log(0.5), "all": -np.inf}
