"""The chance of a first report on each day: against archives drawn one by one, by hand, and at its limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive import NUMBERS, Exposures, Offices, write_reports
from rumorsim.archive.exposures import EXPOSURE, EXPOSURE_KINDS, VOICED, VOICING_KINDS
from rumorsim.archive.report_chances import delayed_chances, first_question, report_chances
from rumorsim.archive.reports import WAYS
from rumorsim.core.randomness.streams import Streams

RUMOR = 1
DAYS = np.arange(np.datetime64("1956-04-01"), np.datetime64("1956-04-09"))
STOP = np.datetime64("1956-04-09T00:00:00")
OFFICES = Offices.from_rows([("central", 9, 9, 9), *(("district", k, k, k // 2) for k in range(6))])
DISTRICTS = np.arange(1, 7)
NUMBER = {
    "archive.lag_mean_days": 1.5,
    "archive.lag_sd_days": 1.0,
    "archive.district_propensity": 0.6,
    "archive.region_correlation": 0.4,
    "archive.embassy_duty": 0.0,
    "archive.overheard_rate": 0.02,
    "archive.official_returns_prob": 0.5,
    "archive.request_prob": 0.7,
    "archive.request_delay_days": 2.0,
    "archive.letter_report_prob": 0.6,
    "archive.letter_report_delay_days": 3.0,
    "archive.read_delay_days": 1.0,
    "archive.sigurimi_prob": 0.0,
}


def exposure(what: str, committee: int, when: str, amount: int = 1, rumor: int = RUMOR) -> Any:
    row = np.zeros(1, dtype=EXPOSURE)
    row["what"], row["rumor"], row["committee"] = EXPOSURE_KINDS.index(what), rumor, committee
    row["when"], row["amount"] = np.datetime64(when), amount
    return row


def voiced(committee: int, when: str, kind: str = "cell_meeting", detected: int = 1) -> Any:
    row = np.zeros(1, dtype=VOICED)
    row["rumor"], row["kind"], row["committee"] = RUMOR, VOICING_KINDS.index(kind), committee
    row["when"], row["voiced"], row["detected"] = np.datetime64(when), 1, detected
    return row


def exposures(*rows: Any, voicings: Any = ()) -> Exposures:
    table = np.concatenate([np.empty(0, dtype=EXPOSURE), *rows])
    order = np.lexsort((table["amount"], table["when"], table["committee"], table["rumor"], table["what"]))
    return Exposures(table[order], np.concatenate([np.empty(0, dtype=VOICED), *voicings]))


def busy() -> Exposures:
    """Return exposures of every kind: district 6 hears nothing, 3 only answers a request."""
    return exposures(
        *(exposure("overheard", 1, f"1956-04-0{day}", 40_000 * day) for day in range(1, 8)),
        *(exposure("overheard", 2, f"1956-04-0{day}", 30_000) for day in range(2, 6)),
        exposure("returned", 2, "1956-04-03T17:00", 71),
        exposure("returned", 2, "1956-04-06T17:00", 71),
        exposure("returned", 5, "1956-04-02T17:00", 72),
        exposure("returned", 5, "1956-04-04T08:00", 73),
        exposure("official_aware", 3, "1956-04-04T11:00"),
        exposure("official_aware", 1, "1956-04-02T11:00"),
        exposure("requested", -1, "1956-04-03T12:00", 0),
        exposure("overheard", 6, "1956-04-02", 90_000, rumor=0),
        voicings=[
            voiced(4, "1956-04-03T18:00"),
            voiced(1, "1956-04-05T18:00"),
            voiced(6, "1956-04-02T18:00", detected=0),
            voiced(6, "1956-04-02T18:00", "letter_meeting"),
        ],
    )


def drawn(held: Exposures, number: dict[str, float], times: int) -> Any:
    """Return how often each district signed its first report on each day, the pairs of districts 1 and 2 too."""
    counts, together = np.zeros((len(DISTRICTS), len(DAYS))), 0
    for k in range(times):
        rows = write_reports(held, OFFICES, number, Streams(11, k), rumors=[RUMOR], stop=STOP)
        rows = rows[rows["way"] <= WAYS.index("requested")]
        writers, first = np.unique(rows["committee"], return_index=True)  # sorted by date
        day = (rows["signed"][first].astype("M8[D]") - DAYS[0]).astype(int)
        counts[writers - 1, day] += 1
        together += {1, 2} <= set(writers.tolist())
    return counts / times, together / times


def test_chances_are_those_of_drawn_archives() -> None:
    """1,200 archives; every chance within 4.5 standard errors, and the mean squared deviation near 1."""
    times = 1200
    chances = report_chances(busy(), DISTRICTS, NUMBER, RUMOR, DAYS)
    opened = NUMBER["archive.district_propensity"]
    found = opened * chances[1] + (1.0 - opened) * chances[0]
    counts, together = drawn(busy(), NUMBER, times)
    assert (found[5] == 0.0).all()
    assert (found[[0, 1, 2, 3, 4]].sum(axis=1) > 0.05).all()
    z = (counts - found) / np.sqrt(np.maximum(found * (1.0 - found), 1e-9) / times)
    seen = found > 5.0 / times
    assert np.abs(z[seen]).max() < 4.5
    assert 0.5 < (z[seen] ** 2).mean() < 1.7
    # Districts 1 and 2 are of one region: they fall silent together.
    both = chances.sum(axis=2)[:, :2].prod(axis=1)
    mean = opened * both[1] + (1.0 - opened) * both[0]
    assert together == pytest.approx(mean, abs=4.5 * np.sqrt(mean * (1.0 - mean) / times))


SURE = NUMBER | {"archive.lag_sd_days": 0.0, "archive.lag_mean_days": 1.0}


def one_district(held: Exposures, **changes: float) -> Any:
    """Return the chances of district 4 with a lag of one day, the region silent and not."""
    number = SURE | {f"archive.{name}": value for name, value in changes.items()}
    chances = report_chances(held, DISTRICTS, number, RUMOR, DAYS)
    assert (np.delete(chances, 3, axis=1) == 0.0).all()
    return chances[:, 3]


def test_by_hand_a_voicing_and_a_region() -> None:
    """With correlation 1/4 half of the districts share the draw of their region: .6 / 2, and 1/2 more."""
    silent, speaking = one_district(exposures(voicings=[voiced(4, "1956-04-03T18:00")]), region_correlation=0.25)
    assert silent == pytest.approx(0.3 * np.eye(8)[3])
    assert speaking == pytest.approx(0.8 * np.eye(8)[3])


def test_by_hand_who_returns_twice_decides_once() -> None:
    twice = [exposure("returned", 4, f"1956-04-0{day}T17:00", 71) for day in (2, 5)]
    found = one_district(exposures(*twice), district_propensity=1.0)
    assert found[1] == pytest.approx(0.5 * np.eye(8)[2])
    two = [exposure("returned", 4, f"1956-04-0{day}T17:00", 70 + day) for day in (2, 5)]
    found = one_district(exposures(*two), district_propensity=1.0)
    assert found[1] == pytest.approx(0.5 * np.eye(8)[2] + 0.25 * np.eye(8)[5])


def test_by_hand_what_comes_first_starts_the_delay() -> None:
    """Overhearing by noon of 2 April has chance 1 - 1/e; then a voicing is noticed, and nothing more is waited for."""
    teller_minutes = int(2 * 1440 / NUMBER["archive.overheard_rate"])
    heard = [exposure("overheard", 4, f"1956-04-0{day}", teller_minutes) for day in (2, 3, 4)]
    found = one_district(
        exposures(*heard, voicings=[voiced(4, "1956-04-02T12:00")]), district_propensity=1.0, region_correlation=0.0
    )
    assert found[1] == pytest.approx(np.eye(8)[2], abs=1e-9)
    found = one_district(exposures(heard[0]), district_propensity=1.0, region_correlation=0.0, lag_mean_days=0.5)
    morning, whole = 1.0 - np.exp(-1.0), 1.0 - np.exp(-2.0)
    assert found[1] == pytest.approx(morning * np.eye(8)[1] + (whole - morning) * np.eye(8)[2], abs=1e-9)


def test_limits() -> None:
    nothing = report_chances(exposures(), DISTRICTS, NUMBER, RUMOR, DAYS)
    assert (nothing == 0.0).all()
    mute = NUMBER | {"archive.district_propensity": 0.0, "archive.request_prob": 0.0}
    assert report_chances(busy(), DISTRICTS, mute, RUMOR, DAYS)[0] == pytest.approx(0.0)
    together = NUMBER | {"archive.region_correlation": 1.0, "archive.request_prob": 0.0}
    assert (report_chances(busy(), DISTRICTS, together, RUMOR, DAYS)[0] == 0.0).all()
    sure = exposures(exposure("overheard", 1, "1956-04-01", 10**9))
    certain = NUMBER | {"archive.lag_mean_days": 0.0, "archive.district_propensity": 1.0}
    assert report_chances(sure, DISTRICTS, certain, RUMOR, DAYS)[1, 0].tolist() == pytest.approx([1.0] + [0.0] * 7)
    assert set(NUMBER) == set(NUMBERS)


def test_questions_wait_for_the_letter_meeting() -> None:
    held = exposures(
        voicings=[
            voiced(2, "1956-04-03T18:00", "letter_meeting"),
            voiced(2, "1956-04-02T12:00", "letter_meeting"),
            voiced(3, "1956-04-02T18:00"),
        ]
    )
    begin = first_question(held, DISTRICTS, RUMOR, DAYS)
    assert begin[1] == 1.5 * 1440
    assert np.isinf(np.delete(begin, 1)).all()
    chances = delayed_chances(begin, NUMBER, DAYS)
    assert (np.delete(chances, 1, axis=0) == 0.0).all()
    assert chances[1, 0] == 0.0
    assert chances[1].sum() == pytest.approx(0.6 * (1.0 - np.exp(-6.5 / 3.0)), abs=1e-4)
    assert chances[1, 2] / chances[1, 3] == pytest.approx(np.exp(1.0 / 3.0), rel=1e-3)
