"""Paired comparisons: what is compared, what is zero, what is said, and what is stored."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.errors import QueryError, RumorsimError, RunError, StoreError
from rumorsim.scenario import Scenario
from rumorsim.study import Comparison

SPEECH = "secret_speech"
CONFERENCE = "tirana_conference"


@pytest.fixture(scope="session")
def short(base: Scenario) -> Scenario:
    return base.replace({"start": "1956-04-09", "stop": "1956-04-28"})


@pytest.fixture(scope="session")
def late(short: Scenario) -> Comparison:
    """The letter four days later."""
    return rs.compare(short, short.replace({"events.letter.date": "1956-04-25"}), replicates=6, seed=0, replays=2)


def test_a_scenario_beside_itself_differs_in_nothing(short: Scenario) -> None:
    same = rs.compare(short, short, replicates=3, seed=0, replays=1)
    assert same.equal.all()
    assert {row.difference for row in same.rows if not math.isnan(row.difference)} == {0.0}
    assert {row.variance_difference for row in same.rows if not math.isnan(row.variance_difference)} == {0.0}
    assert not {row.only_a for row in same.rows if row.only_a > 0}
    assert np.isnat(same.earliest_effect)
    assert np.isnat(same.first_differences).all()
    shares = same.hearing[same.rumors.index(CONFERENCE)].shares
    assert shares["same"] > 0
    assert shares["same"] + shares["never"] == 1.0
    assert any("the same in everything" in note for note in same.notes)


def test_rows_are_differences_of_the_two_runs(late: Comparison) -> None:
    row = next(row for row in late.select("share_aware", CONFERENCE, "fier") if row.date == "1956-04-28")
    a, b = (side.share_aware(CONFERENCE, on="1956-04-28", place="Fier") for side in (late.a, late.b))
    assert row.difference == pytest.approx((b - a).mean(), rel=1e-12)
    assert row.variance_difference == pytest.approx((b - a).var(ddof=1), rel=1e-12)
    assert row.low < row.difference < row.high
    counts = late.select("reports")[-1]
    wanted = late.b.reports(by="1956-04-28").mean() - late.a.reports(by="1956-04-28").mean()
    assert counts.difference == pytest.approx(wanted, rel=1e-12)


def test_curves_agree_with_rows(late: Comparison) -> None:
    mean, low, high = late.curve(CONFERENCE)
    row = late.select("share_aware", CONFERENCE)[-1]
    at = late.days.tolist().index(np.datetime64(row.date, "D").item())
    assert (mean[at], low[at], high[at]) == pytest.approx((row.difference, row.low, row.high), rel=1e-12)
    assert mean.shape == late.days.shape


def test_first_dates_leave_out_pairs_with_one_side_only(late: Comparison) -> None:
    found = 0
    for place in late.places:
        (row,) = late.select("first_report", CONFERENCE, place)
        when = [side.first_report(CONFERENCE, place) for side in (late.a, late.b)]
        there = [~np.isnat(one) for one in when]
        both = there[0] & there[1]
        assert row.pairs == both.sum()
        assert row.only_a == (there[0] & ~there[1]).mean()
        assert row.only_b == (there[1] & ~there[0]).mean()
        if both.any():
            days = (when[1] - when[0])[both].astype(np.float64) / 86400
            assert row.difference == pytest.approx(np.median(days), abs=1e-9)
        (exists,) = late.select("report_exists", CONFERENCE, place)
        assert exists.difference == pytest.approx(row.only_b - row.only_a, abs=1e-12)
        found += row.only_a > 0
    assert found, "the case is never tried"


def test_the_same_luck_saves_variance(late: Comparison) -> None:
    row = late.select("share_aware", SPEECH)[-1]
    assert row.variance_a > 0
    assert row.variance_saved > 0.9
    other = rs.compare(late.a, rs.run(late.b.scenario, 6, seed=0), replays=0)
    assert other.select("share_aware", SPEECH)[-1] == row
    independent = rs.run(late.b.scenario, 6, seed=1)
    values = independent.share_aware(SPEECH, on="1956-04-28") - late.a.share_aware(SPEECH, on="1956-04-28")
    assert values.var(ddof=1) > 4 * row.variance_difference


def test_people_part_where_the_letter_begins(late: Comparison) -> None:
    assert late.earliest_effect == np.datetime64("1956-04-21T00:00", "s")
    assert (late.first_differences >= late.earliest_effect).all()
    assert not late.equal.any()
    days = late.days
    mean, _, _ = late.curve(CONFERENCE)
    before = days < late.first_differences.min().astype("M8[D]")
    assert before.sum() > 5
    assert (mean[before] == 0).all()
    assert mean.min() < 0


def test_who_hears_later_is_counted_from_people(late: Comparison) -> None:
    found = late.hearing[late.rumors.index(CONFERENCE)]
    assert sum(found.shares.values()) == pytest.approx(1.0)
    replayed = []
    for k in range(2):
        a, b = late.a.replay(k), late.b.replay(k)
        row = a.rumors.index(CONFERENCE)
        known = (a.heard_tick[row] != 32767) & (b.heard_tick[row] != 32767)
        replayed.append((known & (b.heard_tick[row] > a.heard_tick[row])).mean())
    assert found.shares["later"] == pytest.approx(np.mean(replayed), rel=1e-12)
    assert found.shares["later"] > 0.02


def test_another_party_is_said_and_nobody_is_compared_with_himself(short: Scenario) -> None:
    other = rs.compare(short, short.replace({"party.seed": 7}), replicates=2, replays=2, places=["Fier"])
    assert not other.same_people
    assert other.partings == ()
    assert other.hearing == ()
    assert any("not person 17" in note for note in other.notes)


def test_other_rumors_and_days_are_left_out_and_said(short: Scenario) -> None:
    other = short.replace({"rumors": [SPEECH, CONFERENCE], "start": "1956-04-10", "stop": "1956-05-02"})
    comparison = rs.compare(short, other, replicates=2, replays=1, places=["Korçë"])
    assert comparison.rumors == (SPEECH, CONFERENCE)
    assert (str(comparison.start), str(comparison.stop)) == ("1956-04-10", "1956-04-28")
    text = " ".join(comparison.notes)
    assert "elite_privileges, unequal_punishment" in text
    assert "different days" in text
    for row in comparison.select("share_aware", CONFERENCE):
        assert row.a == pytest.approx(comparison.a.share_aware(CONFERENCE, on=row.date).mean(), rel=1e-12)
        assert row.b == pytest.approx(comparison.b.share_aware(CONFERENCE, on=row.date).mean(), rel=1e-12)
    for row in comparison.select("report_exists", CONFERENCE, "korce"):
        assert row.b == comparison.b.report_probability(CONFERENCE, "Korçë", by="1956-04-28")
    assert "2 pairs are few" in text


def test_classic_models_have_no_places() -> None:
    base = rs.load_scenario("maki-thompson").replace({"population.size": 100, "stop": "1956-01-20"})
    comparison = rs.compare(base, base.replace({"classic.stifling_rate": 0.5}), replicates=5, replays=2)
    assert comparison.places == ()
    assert comparison.select("share_aware", SPEECH)[-1].difference > 0


@pytest.mark.slow
def test_workers_change_nothing(late: Comparison, short: Scenario) -> None:
    again = rs.compare(
        short, late.b.scenario, replicates=6, seed=0, workers=2, replays=2, places=late.places, dates=late.dates
    )
    assert again.to_csv() == late.to_csv()
    assert again.fingerprint() == late.fingerprint()
    assert (again.first_differences == late.first_differences).all()


def test_the_folder_holds_both_runs_and_goes_on(short: Scenario, tmp_path: Path) -> None:
    other = short.replace({"conference.hearing_prob": 0.5})
    home = tmp_path / "pair"
    first = rs.compare(short, other, replicates=4, seed=0, out=home, replays=1)
    assert {path.name for path in home.iterdir() if path.name[0] != "."} == {
        "a",
        "b",
        "comparison.csv",
        "provenance.json",
        "fingerprint",
    }
    table = (home / "comparison.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) == len(first.rows)
    assert float(rows[0]["difference"]) == pytest.approx(first.rows[0].difference)
    assert (home / "fingerprint").read_text().strip() == first.fingerprint()
    assert json.loads((home / "provenance.json").read_text())["comparison"]["seed"] == 0
    # Stopped within the second run: what is there is kept, and the end is the same.
    stopped = tmp_path / "stopped"

    def stop(done: int, total: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rs.compare(short, other, replicates=4, seed=0, out=stopped, replays=1, progress=stop)
    told: list[tuple[int, int]] = []
    again = rs.compare(
        short, other, replicates=4, seed=0, out=stopped, replays=1, progress=lambda *one: told.append(one)
    )
    assert again.fingerprint() == first.fingerprint()
    assert (stopped / "comparison.csv").read_text(encoding="utf-8") == table
    assert told[0] == (6, 9)
    assert told[-1] == (9, 9)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert not list(stopped.rglob(".work"))
    # The stored sides can be compared as they are.
    stored = rs.compare(home / "a", home / "b", replays=0)
    assert stored.fingerprint() == first.fingerprint()
    assert rs.compare(home / "a", other, replicates=2, replays=0).replicates == 2


def test_wrong_arguments_are_refused(late: Comparison, short: Scenario, tmp_path: Path) -> None:
    def refused(error: type[RumorsimError], text: str, *sides: object, **arguments: object) -> None:
        with pytest.raises(error, match=re.escape(text)):
            rs.compare(*sides, **arguments)  # type: ignore[arg-type]

    refused(RunError, "level", short, short, level=1.0)
    refused(RunError, "replays", short, short, replays=-1)
    refused(RunError, "replicates", short, short, replicates=0)
    refused(RunError, "more replicates than the stored run has", late.a, short, replicates=7)
    refused(RunError, "another seed", late.a, late.b, seed=5)
    refused(RunError, "differ in their seed", late.a, rs.run(short, 1, seed=3))
    refused(QueryError, "did you mean 'tirana_conference'", late.a, late.b, rumors=["tirana_conferenc"])
    refused(QueryError, "outside the comparison", late.a, late.b, dates=["1956-06-01"])
    refused(RumorsimError, "did you mean", late.a, late.b, places=["Fierr"])
    early = rs.load_scenario("secret-speech").replace({"party.scale": 0.041, "stop": "1956-03-01"})
    refused(QueryError, "no day in common", late.a, rs.run(early, 1, seed=0), replicates=1)
    (tmp_path / "thesis.doc").write_text("mine")
    refused(StoreError, "thesis.doc", short, short, out=tmp_path)


def test_an_unknown_quantity_is_refused(late: Comparison) -> None:
    with pytest.raises(QueryError, match="share_aware"):
        late.select("share_awre")


@pytest.mark.fault("4.4")
def test_a_row_that_holds_nan_is_equal_to_its_copy() -> None:
    from rumorsim.study.pairs.rows import Row

    def made(difference: float) -> Row:
        nothing = (float("nan") for _ in range(2))
        return Row("share_aware", "", "", "", "1", 0.1, 0.2, difference, 0.0, 0.2, 6, *nothing, 0.0, 0.0, 0.0)

    assert made(0.1) == made(0.1)
    assert hash(made(0.1)) == hash(made(0.1))
    assert made(0.1) != made(0.2)
