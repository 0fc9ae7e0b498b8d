"""Reports for no reason: who writes them, from when on, at what rate, drawn and summed."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.archive import Exposures, Offices, write_reports
from rumorsim.archive.exposures import EXPOSURE, EXPOSURE_KINDS, VOICED
from rumorsim.archive.report_chances import report_chances
from rumorsim.archive.reports import WAYS
from rumorsim.archive.spurious import with_spurious
from rumorsim.core.randomness.streams import Streams
from rumorsim.scenario import load_scenario
from rumorsim.scenario.words import RUMORS
from tests.unit.archive.test_report_chances import NUMBER, exposure, exposures

NEWS = RUMORS.index("tirana_conference")
#: A center, its own district, an embassy, and four districts outside the capital.
OFFICES = Offices.from_rows(
    [
        ("central", 9, 9, 9),
        ("district", 9, 9, 9),
        ("embassy", 8, -1, -1),
        *(("district", k, k, k // 2) for k in range(4)),
    ]
)
OUTSIDE = [3, 4, 5, 6]
SCENARIO = load_scenario("tirana-conference")
DAYS = np.arange(np.datetime64("1956-04-10"), np.datetime64("1956-04-21"))
OPENING = 4  # 14 April
SILENT = NUMBER | {"archive.district_propensity": 0.0}


def held(rate: float | None, *rows: object) -> Exposures:
    values = {} if rate is None else {"null.spurious_rate": rate}
    return with_spurious(exposures(*rows), SCENARIO, values, OFFICES)


def test_districts_outside_the_capital_share_the_rate() -> None:
    table = held(0.4, exposure("overheard", 3, "1956-04-12")).table
    rows = table[table["what"] == EXPOSURE_KINDS.index("spurious")]
    assert rows["committee"].tolist() == OUTSIDE
    assert set(rows["rumor"].tolist()) == {NEWS}
    assert set(rows["when"].astype(str)) == {"1956-04-14T00:00:00"}
    assert set(rows["amount"].tolist()) == {100_000_000}
    assert len(table) == 5
    order = np.lexsort((table["amount"], table["when"], table["committee"], table["rumor"], table["what"]))
    assert order.tolist() == list(range(5))


@pytest.mark.parametrize("rate", [None, 0.0])
def test_without_a_rate_nothing_is_left_behind(rate: float | None) -> None:
    empty = Exposures(np.empty(0, dtype=EXPOSURE), np.empty(0, dtype=VOICED))
    values = {} if rate is None else {"null.spurious_rate": rate}
    assert with_spurious(empty, SCENARIO, values, OFFICES) is empty
    no_hall = load_scenario("secret-speech")  # which no model needs to know of
    assert with_spurious(empty, no_hall, {}, OFFICES) is empty


def test_the_chance_of_a_first_report_by_hand() -> None:
    """.4 a day over four districts, whatever is silent: nothing before 14 April, then e to the -.1 a day."""
    chances = report_chances(held(0.4), np.array(OUTSIDE), SILENT, NEWS, DAYS)
    day = np.arange(len(DAYS)) - OPENING
    by_hand = np.where(day < 0, 0.0, np.exp(-0.1 * day) - np.exp(-0.1 * (day + 1)))
    assert chances == pytest.approx(np.broadcast_to(by_hand, chances.shape), abs=1e-12)
    assert (report_chances(held(0.4), np.array([1]), SILENT, NEWS, DAYS) == 0.0).all()
    assert (report_chances(held(0.4), np.array(OUTSIDE), SILENT, NEWS - 1, DAYS) == 0.0).all()


def test_archives_drawn_one_by_one_have_the_same_chances() -> None:
    """1,500 archives, with a district that may also overhear; every chance within 4.5 standard errors."""
    times, stop = 1500, np.datetime64("1956-04-21T00:00:00")
    own = held(1.2, exposure("overheard", 3, "1956-04-15", 90_000, rumor=NEWS))
    number = NUMBER | {"archive.region_correlation": 0.0}
    found = report_chances(own, np.array(OUTSIDE), number, NEWS, DAYS)[1]
    counts, ways = np.zeros_like(found), []
    for k in range(times):
        rows = write_reports(own, OFFICES, number, Streams(7, k), rumors=[NEWS], stop=stop)
        writers, first = np.unique(rows["committee"], return_index=True)
        assert set(writers.tolist()) <= set(OUTSIDE)
        counts[writers - 3, (rows["signed"][first].astype("M8[D]") - DAYS[0]).astype(int)] += 1
        ways += rows["way"].tolist()
    z = (counts / times - found) / np.sqrt(np.maximum(found * (1.0 - found), 1e-9) / times)
    assert np.abs(z[found > 5.0 / times]).max() < 4.5
    assert (counts[:, :OPENING] == 0).all()
    assert set(ways) == {WAYS.index("spurious"), WAYS.index("voiced")}


def test_the_reports_are_documents_of_the_day_they_name() -> None:
    rows = write_reports(
        held(8.0), OFFICES, SILENT, Streams(1, 1), rumors=[NEWS], stop=np.datetime64("1956-06-01T00:00:00")
    )
    assert sorted(rows["committee"].tolist()) == OUTSIDE
    assert (rows["district"] == OFFICES.district[rows["committee"]]).all()
    assert len(np.unique(rows["signed"])) == 4
