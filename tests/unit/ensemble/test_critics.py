"""Who criticizes in the hall: persons, not voicings, and on the day of the threat from its hour on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble.measures import MEASURES, not_covered
from rumorsim.ensemble.verdict import verdict_rows
from rumorsim.ensemble.voiced import critics_from
from rumorsim.errors import QueryError

OLD = Path(__file__).parents[2] / "data" / "run-format-3"
LOUD: Mapping[str, Any] = {"voice.hall_rate": 3.0, "voice.crackdown_factor": 0.2, "party.scale": 0.041}
DAYS = {"start": "1956-04-14", "stop": "1956-04-15"}


@pytest.fixture(scope="module")
def run() -> rs.Ensemble:
    scenario = rs.load_scenario("tirana-conference").replace({**LOUD, "stop": "1956-04-22"})
    return rs.run(scenario, replicates=3, seed=1956, prior_replicates=0)


def test_they_are_counted_as_the_replay_counts_them(run: rs.Ensemble) -> None:
    records = [run.replay(k) for k in range(run.replicates)]
    assert run.hall_critics(**DAYS).tolist() == [one.hall_critics("1956-04-14", "1956-04-16") for one in records]
    for hour in (0.0, 11.0):
        since = np.datetime64("1956-04-16T00", "h") + np.timedelta64(int(hour), "h")
        expected = [one.hall_critics(since, "1956-04-17") for one in records]
        assert critics_from(run, hour, "1956-04-16", "1956-04-16").tolist() == expected
        assert sum(expected) > 0
    each = np.array([0.0, 24.0, 0.0])
    found = critics_from(run, each, "1956-04-16", "1956-04-16")
    assert (found[1], found[0] > 0) == (0, True)


def test_who_speaks_twice_or_on_two_matters_counts_once(run: rs.Ensemble) -> None:
    voiced = sum(run.voicings(rumor, meeting="hall", **DAYS) for rumor in run.rumors)
    persons, daily = run.hall_critics(**DAYS), [run.hall_critics(start=day, stop=day) for day in DAYS.values()]
    assert (persons < voiced).all()
    assert (persons < daily[0] + daily[1]).all()


@pytest.mark.parametrize("hour", [0.0, 11.0])
def test_the_row_of_16_april_begins_with_the_threat(hour: float) -> None:
    scenario = rs.load_scenario("tirana-conference").replace(
        {**LOUD, "stop": "1956-04-22", "voice.crackdown_hour": hour}
    )
    run = rs.run(scenario, replicates=2, seed=1956, prior_replicates=0)
    target = catalog.targets()["T29"]
    found = MEASURES[target.kind].function(run, target)
    assert found.tolist() == critics_from(run, hour, "1956-04-16", "1956-04-16").tolist()
    whole = run.hall_critics(start="1956-04-16", stop="1956-04-16")
    assert (found < whole).all() == (hour > 0)


def test_a_run_of_an_older_format_does_not_hold_them() -> None:
    old = rs.open_run(OLD)
    with pytest.raises(QueryError, match="who spoke in the hall is not stored"):
        old.hall_critics(**DAYS)
    assert "older formats" in not_covered(old, catalog.targets()["T09"])


def test_the_hall_sits_on_where_the_conference_closes_later() -> None:
    for name, expected in (("tirana-conference", 0), ("tirana-conference-until-20-april", 1)):
        scenario = rs.load_scenario(name).replace({**LOUD, "stop": "1956-04-22"})
        run = rs.run(scenario, replicates=1, seed=1956, prior_replicates=0)
        found = run.hall_critics(start="1956-04-17", stop="1956-04-20")
        assert min(int(found[0]), 1) == expected, name


def test_a_chill_by_order_sets_the_constraint_on_criticism() -> None:
    found = {}
    for name in ("tirana-conference", "tirana-conference-chill-by-order"):
        scenario = rs.load_scenario(name).replace({"party.scale": 0.041, "voice.meeting_prob": 0.3})
        rows = verdict_rows(rs.run(scenario, replicates=2, seed=1956, prior_replicates=0))
        found[name] = next(row for row in rows if row.id == "C4")
    plain, ordered = found.values()
    assert (plain.verdict, plain.satisfied) == ("unlikely", "0")
    assert ordered.verdict == "set by the scenario"
