"""The table of verdicts: every target and constraint, beside the same from the priors."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.archive.compare import VERDICTS, date_likelihood
from rumorsim.ensemble import Ensemble, Verdict, verdict_rows
from rumorsim.ensemble.constraints import CONSTRAINTS
from rumorsim.ensemble.measures import MEASURES
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.verdict import verdict_csv
from tests.unit.ensemble.conftest import World


def row(ensemble: Ensemble, name: str) -> Verdict:
    return next(row for row in verdict_rows(ensemble) if row.id == name)


def changed(ensemble: Ensemble, prior: Ensemble | None = None, **tables: Any) -> Ensemble:
    """Return a run with some of its tables replaced."""
    return Ensemble(
        ensemble.scenario,
        ensemble.frame,
        ensemble.seed,
        ensemble.parameters,
        lambda name: tables[name] if name in tables else ensemble.table(name),
        prior=prior,
    )


def test_every_target_and_constraint_has_a_row(ensemble: Ensemble) -> None:
    rows = verdict_rows(ensemble)
    assert [row.id for row in rows] == [*catalog.targets(), *CONSTRAINTS]
    allowed = {*VERDICTS, "held", "violated", "uninformative"}
    assert {row.verdict for row in rows} <= allowed
    assert {target.kind for target in catalog.targets().values()} == set(MEASURES)
    absent = [row for row in rows if row.verdict == "not in this run"]
    assert all(row.note for row in absent)
    assert all(row.p50 == "" for row in absent)


def test_what_the_run_does_not_cover_is_said(ensemble: Ensemble) -> None:
    assert row(ensemble, "T25").note == "reform_hopes is not followed"
    assert row(ensemble, "T17").note == "the run ends before 1956-06-08"
    assert row(ensemble, "T06").note == "the run begins after 1956-03-07"
    assert "pair of runs" in row(ensemble, "T27").note
    assert row(ensemble, "C6").verdict == "not in this run"
    assert row(ensemble, "C7").note.endswith("needs more than one run")


def test_a_dated_report_is_judged_by_its_date(ensemble: Ensemble) -> None:
    found = row(ensemble, "T01")
    dates = ensemble.first_report(
        "tirana_conference", "Berat", ways=("voiced", "returned_official", "requested"), offices=("district", "city")
    )
    assert float(found.likelihood) == pytest.approx(date_likelihood(dates, "1956-04-18", 0.25), abs=1e-3)
    assert float(found.satisfied) == pytest.approx(
        (dates.astype("M8[D]") <= np.datetime64("1956-04-18")).mean(), abs=1e-3
    )
    assert found.wanted == "1956-04-18"
    assert found.prior_likelihood != ""
    assert found.prior_verdict in VERDICTS


def reports_on(ensemble: Ensemble, day: str, replicates: range) -> Any:
    """Return one report on the conference from Berat in each of the replicates."""
    offices = ensemble.frame.offices
    berat = int(np.flatnonzero(offices.at_levels("district"))[0])
    rows = np.zeros(len(replicates), dtype=TABLES["reports"])
    rows["replicate"], rows["committee"], rows["rumor"] = list(replicates), berat, 1
    rows["place"], rows["district"] = offices.place[berat], offices.district[berat]
    rows["signed"] = rows["read"] = np.datetime64(f"{day}T10:00")
    return rows


@pytest.mark.parametrize(
    ("day", "replicates", "word", "likelihood", "median"),
    [
        ("1956-04-18", range(6), "met", "1", "1956-04-18"),
        ("1956-04-16", range(6), "early", "0.25", "1956-04-16"),
        ("1956-04-20", range(6), "late", "0", "1956-04-20"),
        ("1956-04-18", range(0), "rarely", "0", "never"),
        ("1956-04-18", range(3), "met", "0.5", "1956-04-18"),
    ],
)
def test_verdicts_on_made_up_reports(
    ensemble: Ensemble, day: str, replicates: range, word: str, likelihood: str, median: str
) -> None:
    assert ensemble.frame.office_names[int(np.flatnonzero(ensemble.frame.offices.at_levels("district"))[0])] == (
        "Berat district committee"
    )
    found = row(changed(ensemble, reports=reports_on(ensemble, day, replicates)), "T01")
    assert (found.verdict, found.likelihood, found.p50) == (word, likelihood, median)


def test_reports_before_the_letter_are_counted(ensemble: Ensemble) -> None:
    seven = np.concatenate([reports_on(ensemble, "1956-04-20", range(6))] * 7)
    run = changed(ensemble, reports=seven)
    assert (row(run, "T15").verdict, row(run, "C8").verdict) == ("met", "held")
    run = changed(ensemble, reports=np.concatenate([seven, reports_on(ensemble, "1956-04-20", range(6))]))
    assert (row(run, "T15").verdict, row(run, "C8").verdict) == ("high", "violated")
    later = changed(ensemble, reports=np.concatenate([seven, reports_on(ensemble, "1956-04-21", range(6))]))
    assert row(later, "C8").verdict == "held"


def test_an_alarm_too_early_violates(ensemble: Ensemble) -> None:
    runs = ensemble.table("runs").copy()
    runs["alarm"] = np.datetime64("1956-04-14T18:00")
    assert row(changed(ensemble, runs=runs), "C1").verdict == "held"
    runs["alarm"][0] = np.datetime64("1956-04-13T18:00")
    found = row(changed(ensemble, runs=runs), "C1")
    assert found.verdict == "violated"
    assert found.satisfied == "0.8333"


def test_what_no_prior_draw_violates_is_uninformative(ensemble: Ensemble) -> None:
    calm = ensemble.table("runs").copy()
    calm["alarm"] = np.datetime64("NaT", "s")
    early = calm.copy()
    early["alarm"][0] = np.datetime64("1956-04-01T18:00")
    main = changed(ensemble, runs=calm)
    assert row(main, "C1").verdict == "held"
    assert row(changed(main, prior=main), "C1").verdict == "uninformative"
    found = row(changed(main, prior=changed(ensemble, runs=early)), "C1")
    assert (found.verdict, found.prior_verdict) == ("held", "violated")


def test_radio_must_not_carry_the_conference(ensemble: Ensemble) -> None:
    assert row(ensemble, "C5").verdict == "violated", "the stand-in uses every channel"
    channels = ensemble.table("channels")
    without = channels[channels["channel"] != 9]
    assert row(changed(ensemble, channels=without), "C5").verdict == "held"


def test_the_table_is_csv(ensemble: Ensemble, world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(verdict_csv(verdict_rows(ensemble)))))
    assert len(rows) == len(catalog.targets()) + len(CONSTRAINTS)
    assert rows[0]["id"] == "T01"
    assert rows[0]["place"] == "Berat"
    assert set(rows[0]) >= {"p05", "p50", "p95", "likelihood", "verdict", "prior_verdict"}
