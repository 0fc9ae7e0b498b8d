"""How reports come about: each way by hand, and the laws that always hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.archive import NUMBERS, WAYS, Exposures, Offices, Request, expose, write, write_reports
from rumorsim.archive.exposures import EXPOSURE, EXPOSURE_KINDS, VOICED
from rumorsim.archive.reports import silent
from rumorsim.core.randomness.streams import Streams
from rumorsim.errors import RunError
from rumorsim.scenario import load_scenario
from tests.unit.archive import worlds

#: Everybody reports everything at once, and nothing happens by chance.
CERTAIN = {
    "archive.lag_mean_days": 1.0,
    "archive.lag_sd_days": 0.0,
    "archive.district_propensity": 1.0,
    "archive.region_correlation": 0.3,
    "archive.embassy_duty": 0.0,
    "archive.overheard_rate": 0.0,
    "archive.official_returns_prob": 1.0,
    "archive.request_prob": 1.0,
    "archive.request_delay_days": 0.0,
    "archive.letter_report_prob": 1.0,
    "archive.letter_report_delay_days": 0.0,
    "archive.read_delay_days": 0.0,
    "archive.sigurimi_prob": 0.0,
}
MODES = {name: catalog.parameter(name).value for name in NUMBERS}
RUMOR = 1


def reports(record: Any, seed: int = 0, expose_with: Any = None, **changes: float) -> Any:
    values = {**CERTAIN, **{f"archive.{name}": value for name, value in changes.items()}}
    listening = worlds.listening()
    exposures = expose(record, worlds.party(), listening, **(expose_with or {}))
    return write_reports(exposures, listening.offices, values, Streams(seed), rumors=[RUMOR], stop=worlds.STOP)


def summary(rows: Any) -> list[tuple[int, str, str]]:
    return [(int(row["committee"]), WAYS[row["way"]], str(row["signed"])) for row in rows]


def voicing(tick: int, person: int, cell: int, kind: int, detected: bool = True) -> Any:
    return np.array([(tick, 0, person, cell, kind, detected)], dtype=worlds.VOICING)


def test_nothing_happens_nothing_is_reported() -> None:
    assert len(reports(worlds.record())) == 0


def test_the_numbers_are_those_of_the_catalog() -> None:
    assert set(CERTAIN) == set(NUMBERS) <= set(catalog.parameters())


def test_a_voicing_that_is_noticed_is_reported_after_the_lag() -> None:
    found = reports(worlds.record(voicings=voicing(4, 0, 0, 0)))
    assert summary(found) == [(worlds.BERAT, "voiced", "1956-04-03T00:00:00")]
    assert found["read"].tolist() == found["signed"].tolist()


def test_a_voicing_that_nobody_notices_is_not_reported() -> None:
    assert len(reports(worlds.record(voicings=voicing(4, 0, 0, 0, detected=False)))) == 0


def test_the_center_does_not_write_to_itself() -> None:
    assert len(reports(worlds.record(voicings=voicing(4, 5, 4, 0)))) == 0


def test_what_is_said_in_the_hall_is_no_district_report() -> None:
    assert len(reports(worlds.record(voicings=voicing(4, 5, -1, 2)))) == 0


def test_a_report_after_the_end_is_not_in_the_archive() -> None:
    record = worlds.record(voicings=voicing(39, 0, 0, 0))
    assert len(reports(record, lag_mean_days=0.2)) == 1
    assert len(reports(record, lag_mean_days=0.5)) == 0


def test_an_official_reports_after_his_return() -> None:
    record = worlds.record(trips_taken=np.array([0], dtype=np.int32))
    record.heard_tick[0, 0] = 8
    assert summary(reports(record)) == [(worlds.BERAT, "returned_official", "1956-04-05T18:00:00")]
    assert len(reports(record, official_returns_prob=0.0)) == 0


def test_the_earlier_of_two_ways_counts() -> None:
    record = worlds.record(trips_taken=np.array([0], dtype=np.int32), voicings=voicing(4, 0, 0, 0))
    record.heard_tick[0, 0] = 8
    assert summary(reports(record)) == [(worlds.BERAT, "voiced", "1956-04-03T00:00:00")]


def test_an_answer_needs_a_request_and_an_official_who_knows() -> None:
    asked = {"requests": [Request(np.datetime64("1956-04-05", "s"), ("tirana_conference",))]}
    record = worlds.record()
    record.heard_tick[0, 3] = 3
    record.heard_tick[0, 7] = 3  # embassies are not asked
    assert len(reports(record)) == 0
    assert summary(reports(record, expose_with=asked)) == [(worlds.LUSHNJE, "requested", "1956-04-05T00:00:00")]
    assert len(reports(record, expose_with=asked, request_prob=0.0)) == 0
    ignorant = worlds.record()
    ignorant.heard_tick[0, 3] = 30
    assert len(reports(ignorant, expose_with=asked)) == 0


def test_who_has_reported_does_not_answer_again() -> None:
    asked = {"requests": [Request(np.datetime64("1956-04-05", "s"), ("tirana_conference",))]}
    record = worlds.record(voicings=voicing(4, 0, 0, 0))
    record.heard_tick[0, 0] = 3
    assert [way for _, way, _ in summary(reports(record, expose_with=asked))] == ["voiced"]


def test_only_the_offices_asked_answer() -> None:
    asked = {"requests": [Request(np.datetime64("1956-04-05", "s"), ("tirana_conference",), np.array([1]))]}
    record = worlds.record()
    record.heard_tick[0, [0, 3]] = 3
    assert [committee for committee, _, _ in summary(reports(record, expose_with=asked))] == [worlds.BERAT]


def test_letter_meetings_are_reported_with_their_questions() -> None:
    meetings = np.array([(9, 0, 1), (20, 1, 1), (24, 2, 1)], dtype=worlds.MEETING)
    record = worlds.record(meetings=meetings, voicings=voicing(20, 2, 1, 1, detected=False))
    letter = {"letter_rumors": ("tirana_conference",)}
    assert summary(reports(record, expose_with=letter)) == [
        (worlds.BERAT, "letter_report", str(worlds.TICKS[9])),
        (worlds.BERAT, "question", str(worlds.TICKS[20])),
        (worlds.LUSHNJE, "letter_report", str(worlds.TICKS[24])),
    ]
    assert len(reports(record, expose_with=letter, letter_report_prob=0.0)) == 0
    silent_districts = reports(record, expose_with=letter, district_propensity=0.0)
    assert len(silent_districts) == 3, "reports on the letter are ordered: silence does not touch them"


def test_a_student_overheard_is_an_embassy_report() -> None:
    record = worlds.record()
    record.heard_tick[0, 9] = -1
    record.tells[0, 9] = True
    found = reports(record, overheard_rate=1000.0)
    assert [(committee, way) for committee, way, _ in summary(found)] == [(worlds.MOSCOW, "embassy")]
    assert len(reports(record, overheard_rate=0.0)) == 0


def test_the_service_passes_on_what_it_notices() -> None:
    record = worlds.record(voicings=voicing(4, 2, 1, 1))
    found = reports(record, sigurimi_prob=1.0, letter_report_prob=0.0)
    assert summary(found) == [(worlds.BERAT, "sigurimi", "1956-04-03T00:00:00")]
    unseen = worlds.record(voicings=voicing(4, 2, 1, 1, detected=False))
    assert len(reports(unseen, sigurimi_prob=1.0, letter_report_prob=0.0)) == 0


def test_the_service_passes_on_with_its_probability() -> None:
    voicings = np.concatenate([voicing(tick, 2, 1, 1) for tick in (4, 8)])
    record = worlds.record(voicings=voicings)
    passed = [len(reports(record, seed, sigurimi_prob=0.3, letter_report_prob=0.0)) for seed in range(400)]
    assert abs(np.mean(passed) - (1 - 0.7**2)) < 4 * np.sqrt(0.51 * 0.49 / 400)


def many_offices(n_regions: int, in_region: int) -> Offices:
    return Offices.from_rows([("district", k, k, k // in_region) for k in range(n_regions * in_region)])


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("propensity", [0.2, 0.5])
def test_silence_is_correlated_within_a_region_only(rho: float, propensity: float) -> None:
    offices = many_offices(2, 2)
    draws = np.array([silent(offices, propensity, rho, Streams(7, k)) for k in range(4000)], dtype=float)
    standard_error = 1 / np.sqrt(4000)
    assert np.abs(draws.mean(axis=0) - (1 - propensity)).max() < 4 * standard_error
    correlation = np.corrcoef(draws.T)
    assert abs(correlation[0, 1] - rho) < 5 * standard_error
    assert abs(correlation[2, 3] - rho) < 5 * standard_error
    assert abs(correlation[0, 2]) < 5 * standard_error


def test_embassies_are_silent_each_for_itself() -> None:
    offices = Offices.from_rows([("embassy", 0, -1, -1), ("embassy", 1, -1, -1)])
    draws = np.array([silent(offices, 0.5, 1.0, Streams(7, k)) for k in range(2000)], dtype=float)
    assert abs(np.corrcoef(draws.T)[0, 1]) < 5 / np.sqrt(2000)


def test_an_embassy_reports_by_office_where_a_district_would_be_silent() -> None:
    record = worlds.record(voicings=voicing(4, 0, 0, 0))
    record.heard_tick[0, 9] = -1
    record.tells[0, 9] = True
    silence: dict[str, float] = {"district_propensity": 0.0, "overheard_rate": 1000.0}
    assert len(reports(record, **silence)) == 0
    found = reports(record, **silence, embassy_duty=1.0)
    assert [(committee, way) for committee, way, _ in summary(found)] == [(worlds.MOSCOW, "embassy")]
    often = sum(len(reports(record, seed, **silence, embassy_duty=0.3)) for seed in range(400)) / 400
    assert often == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 400))


def test_duty_leaves_the_districts_as_they_were() -> None:
    for seed in range(20):
        dutiful = redraw(seed, embassy_duty=1.0)
        assert dutiful[dutiful["committee"] != worlds.MOSCOW].tobytes() == (
            (usual := redraw(seed))[usual["committee"] != worlds.MOSCOW].tobytes()
        )


def test_a_silent_district_writes_nothing_of_its_own_accord() -> None:
    record = worlds.record(voicings=voicing(4, 0, 0, 0), trips_taken=np.array([0], dtype=np.int32))
    record.heard_tick[0, 0] = 8
    assert len(reports(record, district_propensity=0.0)) == 0


@pytest.mark.parametrize("name", ["district_propensity", "region_correlation"])
def test_probabilities_are_checked(name: str) -> None:
    with pytest.raises(RunError, match=name):
        reports(worlds.record(), **{name: 1.5})


def test_a_missing_number_is_an_error() -> None:
    values = {name: value for name, value in CERTAIN.items() if name != "archive.read_delay_days"}
    with pytest.raises(RunError, match="read_delay_days"):
        write(worlds.record(), worlds.party(), values, Streams(0), load_scenario("tirana-conference"))


def overheard_days(rate: float, per_day: int, n_days: int, n: int) -> Any:
    """Return the day each of n offices first overhears, with so many teller-minutes a day; NaN for never."""
    table = np.zeros(n * n_days, dtype=EXPOSURE)
    table["what"], table["rumor"], table["amount"] = EXPOSURE_KINDS.index("overheard"), RUMOR, per_day
    table["committee"] = np.repeat(np.arange(n), n_days)
    table["when"] = np.tile(worlds.START + np.arange(n_days) * np.timedelta64(1, "D"), n)
    exposures = Exposures(table, np.zeros(0, dtype=VOICED))
    values = {**CERTAIN, "archive.overheard_rate": rate, "archive.lag_mean_days": 0.0}
    offices = Offices.from_rows([("district", k, k % 26, 0) for k in range(n)])
    stop = worlds.START + np.timedelta64(n_days, "D")
    found = write_reports(exposures, offices, values, Streams(3), rumors=[RUMOR], stop=stop)
    days = np.full(n, np.nan)
    days[found["committee"]] = (found["signed"] - worlds.START).astype(np.int64) / 86400
    return days


def test_overhearing_follows_its_hazard() -> None:
    n, rate, tellers = 4000, 0.02, 5
    days = overheard_days(rate, tellers * 1440, 20, n)
    for day in (1, 5, 12, 20):
        expected = 1 - np.exp(-rate * tellers * day)
        standard_error = np.sqrt(expected * (1 - expected) / n)
        assert abs((days <= day).mean() - expected) < 4 * standard_error


def test_overhearing_happens_on_the_day_the_threshold_is_crossed() -> None:
    amounts = np.array([1440, 0, 0, 144000], dtype=np.int64)
    table = np.zeros(4, dtype=EXPOSURE)
    table["what"], table["rumor"], table["amount"] = EXPOSURE_KINDS.index("overheard"), RUMOR, amounts
    table["when"] = worlds.START + np.arange(4) * np.timedelta64(1, "D")
    exposures = Exposures(table[table["amount"] > 0], np.zeros(0, dtype=VOICED))
    values = {**CERTAIN, "archive.overheard_rate": 0.2, "archive.lag_mean_days": 0.0}
    offices = Offices.from_rows([("district", 0, 0, 0)])
    days = []
    for k in range(300):
        found = write_reports(exposures, offices, values, Streams(3, k), rumors=[RUMOR], stop=worlds.STOP)
        days += (found["signed"] - worlds.START).astype(np.int64).tolist()
    on_first_day = np.array(days) < 86400
    assert ((np.array(days) >= 3 * 86400) | on_first_day).all(), "there was nobody to overhear in between"
    expected = 1 - np.exp(-0.2)
    assert abs(on_first_day.sum() / 300 - expected) < 4 * np.sqrt(expected * (1 - expected) / 300)


def test_overhearing_is_nested_in_the_rate() -> None:
    slow, fast = (overheard_days(rate, 1440, 20, 500) for rate in (0.01, 0.03))
    heard = ~np.isnan(slow)
    assert heard.any()
    assert (fast[heard] < slow[heard]).all()


def busy_record() -> Any:
    record = worlds.record(
        voicings=np.concatenate([voicing(4, 0, 0, 0), voicing(9, 3, 2, 0), voicing(20, 2, 1, 1)]),
        trips_taken=np.array([0], dtype=np.int32),
        meetings=np.array([(9, 0, 1), (20, 1, 1), (24, 2, 1)], dtype=worlds.MEETING),
    )
    record.heard_tick[0] = 8
    record.tells[0] = True
    return record


def redraw(seed: int, **changes: float) -> Any:
    values = {**MODES, **{f"archive.{name}": value for name, value in changes.items()}}
    exposures = expose(busy_record(), worlds.party(), worlds.listening(), letter_rumors=("tirana_conference",))
    offices = worlds.listening().offices
    return write_reports(exposures, offices, values, Streams(seed), rumors=[RUMOR], stop=worlds.STOP)


def test_same_streams_same_archive_and_other_streams_another() -> None:
    drawn = [redraw(seed).tobytes() for seed in range(10)]
    assert redraw(3).tobytes() == drawn[3]
    assert len(set(drawn)) > 5


def test_a_higher_propensity_only_adds_reports() -> None:
    added = 0
    for seed in range(60):
        few = {tuple(row) for row in redraw(seed, district_propensity=0.2, lag_mean_days=0.5).tolist()}
        many = {tuple(row) for row in redraw(seed, district_propensity=0.8, lag_mean_days=0.5).tolist()}
        assert few <= many
        added += len(many - few)
    assert added > 0


def test_reading_follows_signing() -> None:
    for seed in range(20):
        found = redraw(seed)
        assert (found["read"] >= found["signed"]).all()
        assert (found["signed"] < worlds.STOP).all()
        assert (np.diff(found["signed"].astype(np.int64)) >= 0).all()


def test_a_party_without_offices_has_no_archive() -> None:
    none = Exposures(np.zeros(0, dtype=EXPOSURE), np.zeros(0, dtype=VOICED))
    assert len(write_reports(none, Offices.from_rows([]), {}, Streams(0), rumors=[0], stop=worlds.STOP)) == 0
