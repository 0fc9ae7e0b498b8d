"""The terms of the likelihood: against archives drawn one by one, against the score of a run, and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.archive.exposures import Exposures
from rumorsim.archive.reports import NUMBERS
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.documents import written
from rumorsim.errors import RunError
from rumorsim.inference.likelihood import DATED, Dated, Evidence, statements
from tests.unit.ensemble.test_score import chance_of, replaced
from tests.unit.inference.conftest import Small

#: Two sets of numbers of the archive: silences that districts of a region share for the most part, and few reports.
SETS = (
    {"archive.district_propensity": 0.5, "archive.region_correlation": 0.7, "archive.overheard_rate": 0.01},
    {"archive.district_propensity": 0.9, "archive.lag_mean_days": 3.0, "archive.letter_report_prob": 0.3},
)


def exposures_of(ensemble: Ensemble, row: int) -> Exposures:
    tables = (ensemble.table("exposures"), ensemble.table("voicings"))
    return Exposures(*(table[table["replicate"] == row] for table in tables))


def numbers_of(ensemble: Ensemble, changed: dict[str, float]) -> dict[str, float]:
    ids = (*NUMBERS, "archive.earlier_uncited")
    return {name: float(ensemble.scenario.number(name)) for name in ids} | changed


@pytest.mark.parametrize(("term", "uncited"), [("documents", 0.25), ("questions", 1.0)])
def test_a_term_is_the_mean_over_archives_drawn_again(busy: Ensemble, term: str, uncited: float) -> None:
    """80 archives for each of two sets of numbers, four runs: z-scores of eight means.

    The questions with an uncited document before each, so that two weeks of dates count and not two days.
    """
    busy = replaced(busy, busy.scenario.replace({"archive.earlier_uncited": uncited}))
    dated = Dated.of(busy, term)
    sets = [numbers_of(busy, changed) for changed in SETS]
    exact = np.array([dated.likelihood(exposures_of(busy, row), sets) for row in range(4)]).T
    z = []
    for row, changed in enumerate(SETS):
        archives = [busy.redraw_archive(seed, changed) for seed in range(500, 580)]
        most = 99 if dated.most is None else dated.most
        found = [chance_of(one, written(one, dated.targets[0]), dated.targets, dated.least, most) for one in archives]
        error = np.std(found, axis=0) / np.sqrt(len(found))
        drawn = error > 0.0
        assert drawn.sum() >= 2, "nothing to compare"
        z += ((np.mean(found, axis=0) - exact[row]) / np.where(drawn, error, 1.0))[drawn].tolist()
    assert np.abs(z).max() < 4.0
    assert np.sqrt(np.mean(np.square(z))) < 2.0


def test_the_terms_are_those_of_the_score(small: Small) -> None:
    """Set 0 of a run from the prior is the replicate of that number, and its factors are those of the score."""
    run = rs.run(small.scenario, replicates=3, parameters="prior", seed=small.draws.prior.seed)
    factors = {factor.targets: factor.chance for factor in run.score.factors}
    for dated in small.evidence.dated.values():
        found = [
            dated.likelihood(exposures_of(run, row), [small.draws.archive(row, 0), small.draws.archive(row, 1)])
            for row in range(3)
        ]
        assert np.array(found)[:, 0] == pytest.approx(factors[dated.targets], rel=1e-9, abs=1e-15)
        assert np.ptp(np.array(found), axis=1).max() > 0.0, "the sets must differ"


def test_what_is_kept_gives_what_everything_gives(busy: Ensemble) -> None:
    sets = [numbers_of(busy, changed) for changed in SETS]
    for row in range(4):
        whole = exposures_of(busy, row)
        for term in DATED:
            dated = Dated.of(busy, term)
            kept = dated.kept(whole)
            assert len(kept.voiced) <= len(dated.offices)
            assert len(kept.table) + len(kept.voiced) < len(whole.table) + len(whole.voiced)
            assert (dated.likelihood(kept, sets) == dated.likelihood(whole, sets)).all()


def test_other_dates_can_be_asked_and_all_pairs_add_up(busy: Ensemble) -> None:
    """Without an uncited document, the chances of all pairs of days are the chance that their number is right."""
    dated = Dated.of(busy, "documents")
    sets = [numbers_of(busy, {"archive.earlier_uncited": 0.0, **changed}) for changed in SETS]
    chances = dated.chances(exposures_of(busy, 0), sets)
    days = range(len(dated.days))
    total = sum(dated.drawn(chances, sets, (one, two)) for one in days for two in days if one <= two)
    same = sum(dated.drawn(chances, sets, (one, one)) for one in days)
    written_at_all = [written(busy.redraw_archive(seed, SETS[0]), dated.targets[0]) for seed in range(120)]
    counts = np.array([(one["replicate"] == 0).sum() for one in written_at_all])
    for number, chance in enumerate(dated.how_many(chances, sets)[0]):
        assert abs((counts == number).mean() - chance) < 4.0 * np.sqrt(chance * (1 - chance) / len(counts)) + 0.01
    right = ((counts >= 2) & (counts <= 9)).mean()
    # Two of one day are counted once for each order of the two marks.
    assert abs((total - 0.5 * same)[0] - right) < 4.0 * np.sqrt(right * (1 - right) / len(counts)) + 1e-9


def test_statements_by_hand() -> None:
    runs = {
        "eruptions": np.array([0, 1, 20]),
        "known": np.array([0.5, 0.75, 1.0]),
        "critical": np.array([0.0, 0.01, 0.1]),
        "introductions": np.array([0.0, 0.5, 1.0]),
    }
    found = statements(runs, ["C2", "C3", "C4", "T05"])
    assert found["C2"].tolist() == pytest.approx([1.0, 0.3, 1e-6])
    assert found["C3"].tolist() == pytest.approx([0.5, 0.9933, 0.0474], abs=1e-3)
    assert found["C4"].tolist() == pytest.approx([1.0, 0.5, 0.00046], abs=2e-5)
    assert found["T05"].tolist() == pytest.approx([0.0008, 0.5, 0.9992], abs=1e-4)


def test_what_cannot_be_asked_cannot_be_fitted(small: Small) -> None:
    shorter = replace(small.world.reducer.frame, stop=np.datetime64("1956-04-30"))
    with pytest.raises(RunError, match=r"cannot be fitted: it says nothing to T\d\d.*tirana-conference"):
        Evidence.of(small.scenario, shorter)


def test_every_choice_of_the_catalog_is_a_term(small: Small) -> None:
    fitted = {name for name, choice in catalog.calibration().items() if choice.use == "fitted"}
    assert fitted == {"T15", *(one for ids in DATED.values() for one in ids), *small.evidence.statements}
