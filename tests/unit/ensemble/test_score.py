"""The log score of a run: against archives drawn one by one, by hand, and at its limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.archive.exchangeable import LETTER_REACH, cited
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.documents import day_before_letter, districts, drawn, exchangeable, window, written
from rumorsim.ensemble.score import Factor, Score, log_mean, score_of
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.verdict_text import joint_text
from rumorsim.party import Party
from rumorsim.scenario.words import RUMORS
from tests.unit.ensemble.conftest import RUN, WORK, World
from tests.unit.ensemble.fakes import FakeAssembly

T = catalog.targets()
CONFERENCE, PUNISHMENT = RUMORS.index("tirana_conference"), RUMORS.index("unequal_punishment")


@pytest.fixture(scope="module")
def spring(world: World) -> Ensemble:
    """Four replicates of stand-in records to 20 May, so much voiced that most districts have something to write."""
    scenario = world.scenario.replace({"stop": "1956-05-20", "events.request.enabled": True})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WORK, "assemble", lambda scenario, party: FakeAssembly(scenario, party, voicings=1500))
        made: Ensemble = RUN.run(scenario, replicates=4, seed=5)
        return made


def chance_of(ensemble: Ensemble, documents: Any, targets: tuple[Any, ...], least: int, most: int) -> Any:
    """Return for every replicate of one archive the chance that documents drawn carry the dates."""
    days = window(ensemble, targets[0])
    reach = None if targets[0].kind == "district_report" else LETTER_REACH
    uncited = float(ensemble.scenario.number("archive.earlier_uncited"))
    weights = [
        cited(len(days), int((np.datetime64(str(one.value), "D") - days[0]).astype(int)), uncited, reach)
        for one in targets
    ]
    found = np.zeros(ensemble.replicates)
    for row in range(ensemble.replicates):
        own = documents[documents["replicate"] == row]
        day = (own["signed"].astype("M8[D]") - days[0]).astype(int)
        m = len(day)
        if not least <= m <= most:
            continue
        if len(targets) == 1:
            found[row] = weights[0][day].mean()
        else:
            one, other = weights[0][day], weights[1][day]
            found[row] = 2.0 * (one.sum() * other.sum() - (one * other).sum()) / (m * (m - 1))
    return found


def replaced(ensemble: Ensemble, scenario: Any = None, **tables: Any) -> Ensemble:
    return Ensemble(
        ensemble.scenario if scenario is None else scenario,
        ensemble.frame,
        ensemble.seed,
        ensemble.parameters,
        lambda name: tables[name] if name in tables else ensemble.table(name),
    )


def test_a_factor_is_the_mean_over_archives_drawn_again(spring: Ensemble) -> None:
    """70 archives of four replicates: each mean within four standard errors of the closed form.

    The questions with an uncited document before each, so that two weeks of dates count and not two days.
    """
    archives = [spring.redraw_archive(seed) for seed in range(1000, 1070)]
    for name, least, most, uncited in (("T01", 2, 9, 0.25), ("T11", 2, 99, 1.0)):
        run = replaced(spring, spring.scenario.replace({"archive.earlier_uncited": uncited}))
        targets = exchangeable(T[name])
        factor = next(one for one in run.score.factors if one.targets == targets)
        found = [chance_of(run, written(one, targets[0]), targets, least, most) for one in archives]
        error = np.std(found, axis=0) / np.sqrt(len(found))
        assert (factor.chance > 5.0 * error).all()
        assert (np.abs(np.mean(found, axis=0) - factor.chance) < 4.0 * error).all()


def test_the_organizations_are_those_drawn_again(spring: Ensemble) -> None:
    """The reports of organizations are drawn for the table and summed for the score: 400 seeds agree."""
    targets = exchangeable(T["T13"])
    factor = next(one for one in spring.score.factors if one.targets == targets)
    found = []
    for seed in range(400):
        again = Ensemble(spring.scenario, spring.frame, seed, "mode", spring.table)
        found.append(chance_of(again, written(again, targets[0]), targets, 1, 10**6))
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (factor.chance > 0.01).all()
    assert (np.abs(np.mean(found, axis=0) - factor.chance) < 4.0 * error + 0.001).all()


def certain(ensemble: Ensemble, noticed: list[tuple[int, int, str]], asked: list[tuple[int, int, str]]) -> Ensemble:
    """Return a run whose archive is sure: every office writes at once; rows are (replicate, district, day).

    Without an earlier uncited document, so that every L is a fraction by hand.
    """
    numbers = {
        "archive.district_propensity": 1.0,
        "archive.earlier_uncited": 0.0,
        "archive.lag_mean_days": 0.05,
        "archive.lag_sd_days": 0.05,
        "archive.letter_report_prob": 1.0,
        "archive.letter_report_delay_days": 0.1,
    }
    rows = np.zeros(len(noticed) + len(asked), dtype=TABLES["voicings"])
    given = [(*one, CONFERENCE, 0) for one in noticed] + [(*one, PUNISHMENT, 1) for one in asked]
    for place, (replicate, district, day, rumor, kind) in enumerate(sorted(given)):
        rows[place]["replicate"], rows[place]["committee"] = replicate, districts(ensemble)[district]
        rows[place]["rumor"], rows[place]["kind"], rows[place]["detected"] = rumor, kind, 1
        rows[place]["when"], rows[place]["cell"] = np.datetime64(f"1956-{day}T00:00"), 0
    return replaced(
        ensemble, ensemble.scenario.replace(numbers), voicings=rows, exposures=ensemble.table("exposures")[:0]
    )


def named(ensemble: Ensemble, name: str) -> int:
    offices = ensemble.frame.office_names
    return [offices[one] for one in districts(ensemble).tolist()].index(f"{name} district committee")


def test_by_hand_the_joint_score_wants_all_of_one_replicate(spring: Ensemble) -> None:
    """The documents lie right in replicate 0, the questions in 1: each factor is 1/4, and the joint is impossible."""
    reports = [(0, 3, "04-18"), (0, 7, "04-20")]
    questions = [(1, 3, "05-05"), (1, 7, "05-10")]
    apart = certain(spring, reports, questions)
    documents, asked = (one for one in apart.score.factors if len(one.targets) == 2)
    assert documents.chance == pytest.approx([1.0, 0.0, 0.0, 0.0], abs=1e-3)
    assert documents.log == pytest.approx(math.log(0.25), abs=1e-3)
    assert asked.log == pytest.approx(math.log(0.25), abs=2e-3)
    assert Score((documents, asked)).joint == (-math.inf, math.inf)
    assert Score((documents, asked)).apart == pytest.approx(2 * math.log(0.25), abs=4e-3)
    together = certain(spring, reports, [(0, *one[1:]) for one in questions])
    pair = Score(tuple(one for one in together.score.factors if len(one.targets) == 2))
    assert pair.joint[0] == pytest.approx(math.log(0.25), abs=4e-3)
    assert pair.joint[1] == math.inf, "one batch holds everything"
    # Random dates: two documents on 7 days, and two on the 30 from the letter to the end of the run.
    assert pair.random == pytest.approx(math.log(0.25 * 2 / 49 * 2 / 900), abs=4e-3)


@pytest.mark.parametrize(("n", "wanted"), [(0, 1.0), (1, 2 / 6), (2, 2 / 12), (7, 2 / 72), (8, 0.0)])
def test_by_hand_more_documents_make_the_two_less_likely(spring: Ensemble, n: int, wanted: float) -> None:
    """Of 2 + n documents two are drawn, and more than nine are against the archive."""
    rows = [(0, 3, "04-18"), (0, 7, "04-20"), *((0, 10 + k, "04-16") for k in range(n))]
    found = certain(spring, rows, []).score.factors[0]
    assert found.chance[0] == pytest.approx(wanted, abs=1e-3)


def test_by_hand_places_are_scored_apart(spring: Ensemble) -> None:
    berat, fier = named(spring, "Berat"), named(spring, "Fier")
    right = certain(spring, [(0, berat, "04-18"), (0, fier, "04-20")], []).score.factors[0]
    wrong = certain(spring, [(0, fier, "04-18"), (0, berat, "04-20")], []).score.factors[0]
    half = [(0, berat, "04-18"), (0, fier, "04-20"), (1, 3, "04-18"), (1, 7, "04-20")]
    mixed = certain(spring, half, []).score.factors[0]
    n = len(districts(spring))
    assert right.places == n * (n - 1)
    assert right.log == wrong.log
    assert right.geography == pytest.approx(math.log(n * (n - 1)), abs=1e-3)
    assert wrong.geography is not None
    assert wrong.geography < -5.0
    assert mixed.geography == pytest.approx(math.log(n * (n - 1) / 2), abs=1e-3)
    assert certain(spring, [], []).score.factors[0].geography is None


def test_log_scores_are_never_nan_and_leave_out_what_cannot_be_asked(spring: Ensemble, ensemble: Ensemble) -> None:
    found = spring.log_score()
    assert {"T01", "T02", "T05", "T11", "T12", "T13", "T14", "T15", "joint", "joint_error"} <= set(found)
    assert set(found) <= {*T, "joint", "joint_error"}
    assert not {"T08", "T16", "T18", "T27"} & set(found)
    assert all(type(value) is float and not math.isnan(value) for value in found.values())
    assert found["joint"] == spring.score.joint[0]
    assert found["T01"] == pytest.approx(math.log(spring.score.factors[0].single["T01"].mean()))
    # The shorter run ends before the questions that are cited.
    assert not {"T11", "T12"} & set(ensemble.log_score())
    nothing = certain(spring, [], []).log_score()
    assert nothing["joint"] == nothing["T01"] == -math.inf
    assert not any(math.isnan(value) for value in nothing.values())


def test_a_run_without_documents_has_no_joint_score() -> None:
    run = rs.run(rs.load_scenario("maki-thompson").replace({"population.size": 20}), replicates=2)
    assert run.log_score() == {}
    assert score_of(run).factors == ()


def test_the_score_reads_exposures_and_not_reports(spring: Ensemble) -> None:
    again = spring.redraw_archive(99)
    assert len(again.table("reports")) != len(spring.table("reports"))
    assert again.score.joint == spring.score.joint


def test_the_error_of_a_joint_score() -> None:
    """The error is that of the log of a mean: of 4,000 replicates with L = 1 or 0, sqrt((1 - p) / (p n))."""
    hits = (np.random.default_rng(1).random(4000) < 0.2).astype(float)
    value, error = log_mean(hits)
    assert value == pytest.approx(math.log(0.2), abs=0.1)
    assert error == pytest.approx(math.sqrt(0.8 / 0.2 / 4000), rel=0.6)
    assert log_mean(np.full(7, 0.25)) == (math.log(0.25), 0.0)
    assert log_mean(np.zeros(7)) == (-math.inf, math.inf)
    assert log_mean(np.array([0.1]))[1] == math.inf
    few = Factor((T["T13"],), np.array([0.001, 0.5] * 3), np.ones(6), {}, np.zeros(6), np.zeros(6), 0)
    assert "not resolved" in joint_text(Score((few,)))
    assert joint_text(Score((Factor((T["T13"],), np.full(6, 0.5), np.ones(6), {}, *[np.zeros(6)] * 2, 0),))) == (
        "-0.69 +- 0.00"
    )


def test_documents_are_the_first_of_each_writer(spring: Ensemble, world: World) -> None:
    party: Party = world.party
    documents = written(spring, T["T01"])
    assert len(documents)
    pairs = list(zip(documents["replicate"].tolist(), documents["writer"].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert documents["signed"].max().astype("M8[D]") <= day_before_letter(spring)
    capital = party.geography.tirana_district
    assert (spring.frame.offices.district[documents["writer"]] != capital).all()
    for name in ("T01", "T02", "T11", "T13"):
        dates = drawn(spring, T[name])
        held = written(spring, T[name])
        for row, date in enumerate(dates):
            own = held["signed"][held["replicate"] == row]
            assert date in own if len(own) >= len(exchangeable(T[name])) else np.isnat(date)
    assert (drawn(spring, T["T01"]) <= drawn(spring, T["T02"]))[~np.isnat(drawn(spring, T["T01"]))].all()
