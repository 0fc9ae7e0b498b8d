"""The table of verdicts: every target and constraint, beside the same from the priors."""

from __future__ import annotations

import csv
import io
import textwrap
from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.archive.compare import WORDS
from rumorsim.ensemble import Ensemble, Verdict, verdict_rows
from rumorsim.ensemble.constraints import CONSTRAINTS
from rumorsim.ensemble.documents import districts
from rumorsim.ensemble.measures import MEASURES, SET
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.verdict import NOT_COVERED, UNINFORMATIVE, verdict_csv
from rumorsim.ensemble.verdict_text import verdict_text
from rumorsim.scenario import loads_scenario
from rumorsim.scenario.words import CHANNELS
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
    assert {row.verdict for row in rows} <= {*WORDS, SET, NOT_COVERED}
    assert {row.prior_verdict for row in rows} <= {*WORDS, SET, UNINFORMATIVE, ""}
    assert {target.kind for target in catalog.targets().values()} == set(MEASURES)
    absent = [row for row in rows if row.verdict == NOT_COVERED]
    assert all(row.note for row in absent)
    assert all(row.p50 == "" for row in absent)


def test_every_row_that_is_judged_prints_its_date_or_threshold(ensemble: Ensemble) -> None:
    judged = [row for row in verdict_rows(ensemble) if row.verdict in WORDS]
    assert {"T01", "T05", "T13", "T15", "C4"} <= {row.id for row in judged}
    assert all(row.date or row.threshold for row in judged)


def test_what_the_run_does_not_cover_is_said(ensemble: Ensemble) -> None:
    assert row(ensemble, "T25").note == "reform_hopes is not followed"
    assert row(ensemble, "T17").note == "the run ends before 1956-06-08"
    assert row(ensemble, "T06").note == "the run begins after 1956-03-02"
    assert row(ensemble, "T08").note == "the run begins after 1956-02-25"
    assert row(ensemble, "T12").note == "the run ends before 1956-05-10"
    assert "pair of runs" in row(ensemble, "T27").note
    assert row(ensemble, "C6").verdict == "not in this run"
    assert row(ensemble, "C7").note.endswith("needs more than one run")


def reports_on(ensemble: Ensemble, day: str, replicates: range, which: int = 0) -> Any:
    """Return one report on the conference from a district outside the capital in each of the replicates."""
    offices = ensemble.frame.offices
    office = int(districts(ensemble)[which])
    rows = np.zeros(len(replicates), dtype=TABLES["reports"])
    rows["replicate"], rows["committee"], rows["rumor"] = list(replicates), office, 1
    rows["place"], rows["district"] = offices.place[office], offices.district[office]
    rows["signed"] = rows["read"] = np.datetime64(f"{day}T10:00")
    return rows


@pytest.mark.parametrize(
    ("days", "replicates", "words", "medians"),
    [
        (("18", "20"), range(6), ("expected", "expected"), ("1956-04-18", "1956-04-20")),
        (("20", "18"), range(6), ("expected", "expected"), ("1956-04-18", "1956-04-20")),
        (("16", "17"), range(6), ("unlikely", "unlikely"), ("1956-04-16", "1956-04-17")),
        (("18", "20"), range(3), ("expected", "expected"), ("1956-04-18", "1956-04-20")),
        (("18", "20"), range(2), ("possible", "possible"), ("never", "never")),
        (("18", "20"), range(0), ("unlikely", "unlikely"), ("never", "never")),
        (("18", "21"), range(6), ("unlikely", "unlikely"), ("never", "never")),
    ],
)
def test_two_reports_are_judged_in_the_order_of_their_dates(
    ensemble: Ensemble, days: tuple[str, str], replicates: range, words: tuple[str, str], medians: tuple[str, str]
) -> None:
    """Whichever districts wrote them; one report alone, or one after the letter, is not two before it."""
    reports = [reports_on(ensemble, f"1956-04-{day}", replicates, 3 + k) for k, day in enumerate(days)]
    run = changed(ensemble, reports=np.concatenate(reports))
    found = [row(run, name) for name in ("T01", "T02")]
    assert tuple(one.verdict for one in found) == words
    assert tuple(one.p50 for one in found) == medians


def test_districts_with_documents_before_the_letter_are_counted(ensemble: Ensemble) -> None:
    def judged(n: int, day: str) -> tuple[str, ...]:
        reports = [reports_on(ensemble, "1956-04-20", range(6), k) for k in range(n)]
        twice = reports_on(ensemble, "1956-04-19", range(6), 0)
        run = changed(ensemble, reports=np.concatenate([*reports, twice, reports_on(ensemble, day, range(6), 20)]))
        return row(run, "T15").p50, row(run, "T15").verdict, row(run, "C8").verdict

    assert judged(1, "1956-04-21") == ("1", "unlikely", "unlikely")
    assert judged(1, "1956-04-20") == ("2", "expected", "expected")
    assert judged(9, "1956-04-21") == ("9", "expected", "expected")
    assert judged(9, "1956-04-20") == ("10", "unlikely", "unlikely")
    assert row(ensemble, "C8").threshold == row(ensemble, "T15").threshold == "2-9"


def watched_from(ensemble: Ensemble, day: str) -> Ensemble:
    """Return a run whose scenario lets the hall be watched from another day on."""
    begin = f"{day}T18:00:00"
    scenario = ensemble.scenario.replace({"events.alarm.date": begin})
    return Ensemble(scenario, ensemble.frame, ensemble.seed, ensemble.parameters, ensemble.table)


def test_an_alarm_too_early_is_judged_where_it_can_be_raised(ensemble: Ensemble) -> None:
    assert row(ensemble, "C1").verdict == row(ensemble, "T03").verdict == SET
    early = watched_from(ensemble, "1956-04-10")
    runs = ensemble.table("runs").copy()
    runs["alarm"] = np.datetime64("1956-04-14T18:00")
    found = row(changed(early, runs=runs), "C1"), row(changed(early, runs=runs), "T03")
    assert [one.verdict for one in found] == ["expected", "expected"]
    runs["alarm"][:4] = np.datetime64("1956-04-13T18:00")
    found = row(changed(early, runs=runs), "C1"), row(changed(early, runs=runs), "T03")
    assert [one.verdict for one in found] == ["possible", "possible"]
    assert [one.satisfied for one in found] == ["0.3333", "0.3333"]
    assert found[1].date == "from 1956-04-14"


def test_what_no_prior_draw_violates_is_uninformative(ensemble: Ensemble) -> None:
    early = watched_from(ensemble, "1956-04-10")
    calm = ensemble.table("runs").copy()
    calm["alarm"] = np.datetime64("NaT", "s")
    alarmed = calm.copy()
    alarmed["alarm"][0] = np.datetime64("1956-04-01T18:00")
    main = changed(early, runs=calm)
    assert row(main, "C1").prior_verdict == ""
    assert row(changed(main, prior=main), "C1").prior_verdict == UNINFORMATIVE
    found = row(changed(main, prior=changed(early, runs=alarmed)), "C1")
    assert (found.verdict, found.prior_verdict) == ("expected", "expected")


def test_what_the_scenario_sets_stands_apart(ensemble: Ensemble) -> None:
    rows = verdict_rows(ensemble)
    given = {row.id for row in rows if row.verdict == SET}
    assert {"T18", "T19", "T20", "C5"} <= given
    assert not given & set(ensemble.log_score())
    text = verdict_text(ensemble, rows)
    below = text.split(SET.capitalize())[1]
    assert all(f"\n{name} " in below for name in given)
    for name, chosen in (
        ("Dates", [row for row in rows if row.verdict in WORDS and row.on_date]),
        ("Constraints", [row for row in rows if row.verdict in WORDS and row.kind == "constraint"]),
    ):
        expected = sum(row.verdict == "expected" for row in chosen)
        assert f"{name}: {expected} of {len(chosen)} expected" in text
    assert "expected; about half by chance." in text


def test_radio_is_judged_where_a_station_carries_the_conference(ensemble: Ensemble) -> None:
    assert (row(ensemble, "C5").verdict, row(ensemble, "C5").satisfied) == (SET, "0"), "the stand-in uses every channel"
    channels = ensemble.table("channels")
    without = channels[channels["channel"] != CHANNELS.index("foreign_radio")]
    assert row(changed(ensemble, channels=without), "C5").satisfied == "1"
    station = """
        extends = "classroom"
        title = "A station hears of it"
        start = 1956-04-01
        stop = 1956-05-05
        [[events]]
        id = "station"
        date = 1956-04-15
        kind = "broadcast"
        rumors = ["tirana_conference"]
        channel = "foreign_radio"
        audience = "radio"
        rate = 5.0
        source = "assumed"
        assumed = "counterfactual: a station hears of it"
    """
    told = Ensemble(
        loads_scenario(textwrap.dedent(station)), ensemble.frame, ensemble.seed, ensemble.parameters, ensemble.table
    )
    assert row(told, "C5").verdict == "unlikely"


def test_the_table_is_csv(ensemble: Ensemble, world: World) -> None:
    rows = list(csv.DictReader(io.StringIO(verdict_csv(verdict_rows(ensemble)))))
    assert len(rows) == len(catalog.targets()) + len(CONSTRAINTS)
    assert rows[0]["id"] == "T01"
    assert rows[0]["place"] == "Berat"
    assert set(rows[0]) >= {"p05", "p50", "p95", "log_score", "verdict", "prior_verdict", "date", "threshold"}
    assert (rows[0]["date"], rows[0]["threshold"]) == ("1956-04-18", "")
