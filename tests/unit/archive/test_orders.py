"""What the center orders and watches, as scenarios say it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive.exposures import VOICED
from rumorsim.archive.orders import alarm_of, letter_rumors, requests_of
from rumorsim.scenario import Scenario, load_scenario, loads_scenario
from tests.unit.archive import worlds

REQUESTS = """
extends = "tirana-conference"
title = "Requests"

[[events]]
id = "everybody"
kind = "request"
date = 1956-04-03
rumors = ["elite_privileges", "secret_speech"]
assumed = "made up"

[[events]]
id = "berat"
kind = "request"
date = 1956-04-04
rumors = ["tirana_conference"]
audience = { group = "committees", place = "Berat" }
assumed = "made up"
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return loads_scenario(REQUESTS, name="requests.toml")


def test_the_letter_tells_of_the_conference() -> None:
    assert letter_rumors(load_scenario("tirana-conference")) == ("tirana_conference",)
    assert letter_rumors(load_scenario("tirana-conference-no-letter")) == ()


def test_requests_have_dates_rumors_and_offices(scenario: Scenario) -> None:
    record: Any = worlds.record(rumors=scenario.rumors)
    found = requests_of(scenario, record, worlds.party())
    assert [str(request.when) for request in found] == ["1956-04-03T00:00:00", "1956-04-04T00:00:00"]
    assert set(found[0].rumors) == {"secret_speech", "elite_privileges"}
    assert found[0].offices is None
    assert found[1].offices is not None
    assert found[1].offices.tolist() == [worlds.BERAT]


def test_where_the_center_asks_nobody_there_is_no_request() -> None:
    early = {"events.request.date": "1956-04-03"}
    asked = load_scenario("tirana-conference-center-asks").replace(early)
    unasked = load_scenario("tirana-conference").replace(early)
    record: Any = worlds.record(rumors=asked.rumors)
    assert len(requests_of(asked, record, worlds.party())) == 1
    assert requests_of(unasked, record, worlds.party()) == []


def hall(*days: str) -> Any:
    voiced = np.zeros(len(days), dtype=VOICED)
    voiced["kind"], voiced["voiced"] = 2, 5
    voiced["when"] = np.array(days, dtype="M8[s]")
    return voiced


def test_the_alarm_is_watched_for_from_its_date() -> None:
    scenario = load_scenario("tirana-conference")
    values = dict(scenario.values)
    begin = np.datetime64(scenario.events_of("alarm")[0].begin.isoformat(), "D")
    days = [str(begin + np.timedelta64(k, "D")) + "T10:00" for k in (-2, 1)]
    alarm = alarm_of(scenario, values, hall(*days))
    assert alarm.astype("M8[D]") == begin + np.timedelta64(1, "D")
    assert str(alarm).endswith("T18:00:00")
    assert np.isnat(alarm_of(scenario, {**values, "conference.eruption_count": 6}, hall(*days)))
    that_morning = hall(f"{begin}T09:00")
    assert alarm_of(scenario, values, that_morning) == np.datetime64(f"{begin}T18:00", "s")
    early_evening = {**values, "conference.session_end": 12.0}
    event = np.datetime64(scenario.events_of("alarm")[0].begin, "s")
    assert alarm_of(scenario, early_evening, that_morning) == event, "not before the event begins"
    end = scenario.events_of("alarm")[0].end
    assert end is not None
    assert np.isnat(alarm_of(scenario, values, hall(f"{end.date().isoformat()}T10:00")))


def test_where_nobody_watches_there_is_no_alarm() -> None:
    scenario = load_scenario("secret-speech")
    assert np.isnat(alarm_of(scenario, scenario.values, hall("1956-04-14T10:00")))
