"""The shipped scenarios: what they hold, what they rest on, and how they differ."""

from __future__ import annotations

import datetime as dt
import pickle
import time
from pathlib import Path

import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.errors import ScenarioError
from rumorsim.scenario import Audience, Scenario, differences, load_scenario, loads_scenario, scenario_names
from rumorsim.scenario.events import Alarm, Broadcast, Climate, FearWithNews, Hall, Letter, Move, Outbreak, Punish

CONTRACT = {"secret-speech", "tirana-conference", "classroom", "maki-thompson", "daley-kendall"}
VARIANTS = {
    "secret-speech-no-radio",
    "tirana-conference-emboldened",
    "secret-speech-politburo-free",
    "tirana-conference-center-asks",
    "tirana-conference-chill-by-order",
    "tirana-conference-no-travelers",
    "tirana-conference-no-letter",
    "tirana-conference-no-meetings",
    "tirana-conference-silence-after-16-april",
    "tirana-conference-until-20-april",
}
FOLDER = Path(__file__).resolve().parents[3] / "scenarios"
#: What the resolved form is of a shipped scenario may change; that is a new result, and the commit says why.
MAIN = ("secret-speech", "tirana-conference", "classroom")


@pytest.fixture(scope="module", params=sorted(CONTRACT | VARIANTS))
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(request.param)


def test_names() -> None:
    assert set(scenario_names()) == CONTRACT | VARIANTS
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in index for name in scenario_names())


def test_public_name_is_the_same_function() -> None:
    assert rs.load_scenario("secret-speech") == load_scenario("secret-speech")


@pytest.mark.parametrize(
    ("name", "start", "stop"),
    [
        ("secret-speech", "1956-02-25", "1956-04-13"),
        ("tirana-conference", "1956-04-01", "1956-05-31"),
        ("classroom", "1956-02-25", "1956-05-31"),
    ],
)
def test_dates(name: str, start: str, stop: str) -> None:
    scenario = load_scenario(name)
    assert (scenario.start.isoformat(), scenario.stop.isoformat()) == (start, stop)
    assert scenario.end - scenario.begin == dt.timedelta(days=(scenario.stop - scenario.start).days + 1)


def test_every_event_cites_facts_of_its_date(scenario: Scenario) -> None:
    facts = catalog.facts()
    for event in scenario.all_events:
        cited = [facts[key] for key in event.evidence]
        assert cited
        on_the_day = [fact for fact in cited if fact.date_start <= event.begin.date() <= fact.date_end]
        assert on_the_day or event.assumed, f"{event.id}: no fact speaks of {event.begin.date()}"
        assert event.label


def test_every_number_of_an_event_is_a_catalog_id(scenario: Scenario) -> None:
    for event in scenario.all_events:
        for field, number in event.numbers().items():
            if not field.startswith("when."):
                assert isinstance(number, str), f"{event.id}.{field}"
                assert number in scenario.values
                assert scenario.number(number) == scenario.value(number)


def test_overrides_of_the_party_scenarios_have_a_reason(scenario: Scenario) -> None:
    if scenario.population == "party":
        assert all(scenario.reasons[key] for key in scenario.overrides)


def test_resolved_form_is_read_back(scenario: Scenario, tmp_path: Path) -> None:
    again = loads_scenario(scenario.to_json(), is_json=True)
    assert again == scenario
    assert again.resolved() == scenario.resolved()
    assert again.fingerprint() == scenario.fingerprint()
    path = tmp_path / "scenario.resolved.json"
    path.write_text(scenario.to_json(), encoding="utf-8")
    assert load_scenario(path).fingerprint() == scenario.fingerprint()


def test_scenario_travels_to_other_processes(scenario: Scenario) -> None:
    copy = pickle.loads(pickle.dumps(scenario))
    assert copy == scenario
    assert copy.fingerprint() == scenario.fingerprint()
    assert hash(copy) == hash(scenario)


def test_fingerprints_differ() -> None:
    prints = {name: load_scenario(name).fingerprint() for name in scenario_names()}
    assert len(set(prints.values())) == len(prints)


def test_structural_keys() -> None:
    keys = {name: load_scenario(name).structural_key() for name in scenario_names()}
    shared = {keys[name] for name in ("secret-speech", "tirana-conference", *VARIANTS)}
    assert len(shared) == 1, "all scenarios of the whole party share one party"
    assert keys["classroom"] not in shared
    assert keys["maki-thompson"] == keys["daley-kendall"] != keys["classroom"]


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        (
            "tirana-conference-no-travelers",
            {"travel.duty_rate", "travel.officer_rate", "travel.correspondent_rate", "travel.inspection_rate"},
        ),
        (
            "tirana-conference-no-letter",
            {"events.letter.enabled", "events.fear-with-the-letter.enabled", "events.army-complains.enabled"},
        ),
        ("tirana-conference-no-meetings", {"voice.meeting_prob", "meeting.hearing_prob"}),
        (
            "tirana-conference-emboldened",
            {
                "rumors",
                "voice.boldness",
                "embolden.gain",
                "events.article.enabled",
                "events.article-emboldens.enabled",
                "rumor.precedent.interest",
            },
        ),
        ("secret-speech-no-radio", {"events.foreign-radio.enabled"}),
        ("secret-speech-politburo-free", {"events.politburo-bound.enabled"}),
        ("tirana-conference-center-asks", {"events.request.enabled"}),
        ("tirana-conference-silence-after-16-april", {"events.silence"}),
        ("tirana-conference-chill-by-order", {"events.chill-by-order"}),
        ("tirana-conference-until-20-april", {"events.hall-17-to-20-april"}),
    ],
)
def test_variant_switches_one_mechanism(name: str, paths: set[str]) -> None:
    base = next(one for one in MAIN if name.startswith(one))
    found = differences(load_scenario(base), load_scenario(name))
    assert {one.path for one in found if one.matters} == paths


@pytest.mark.parametrize("name", MAIN)
def test_no_foreign_station_carries_the_conference(name: str) -> None:
    for event in load_scenario(name).events_of(Broadcast):
        assert "tirana_conference" not in event.rumors
        if event.channel == "foreign_radio":
            assert event.begin == dt.datetime(1956, 3, 16)
            assert event.rumors == ("secret_speech",)


def test_speech_is_known_when_the_conference_run_starts() -> None:
    scenario = load_scenario("tirana-conference")
    known = {event.id: event for event in scenario.events_of("endemic")}
    assert set(known) == {"speech-known", "privileges-known"}
    assert all(event.begin == scenario.begin for event in known.values())
    assert load_scenario("classroom").event("privileges-known").begin == dt.datetime(1956, 2, 25)


def test_the_days_of_the_conference() -> None:
    scenario = load_scenario("tirana-conference")
    halls = scenario.events_of(Hall)
    assert [hall.begin.day for hall in halls] == [14, 15, 16]
    assert all(hall.audience == Audience(group="delegates") for hall in halls)
    alarm = scenario.events_of(Alarm)[0]
    assert alarm.begin >= dt.datetime(1956, 4, 14, 17)
    assert scenario.number(alarm.at_least) == 5
    crackdown = scenario.event("crackdown")
    assert isinstance(crackdown, Climate)
    assert crackdown.audience.place == "tirane"
    assert crackdown.begin == dt.datetime(1956, 4, 16)
    assert scenario.window(crackdown)[1] == scenario.end


def test_what_follows_the_conference() -> None:
    scenario = load_scenario("tirana-conference")
    assert [letter.begin for letter in scenario.events_of(Letter)] == [dt.datetime(1956, 4, 21)]
    assert {(one.penalty, scenario.number(one.count)) for one in scenario.events_of(Punish)} == {
        ("expelled", 18),
        ("penalized", 29),
    }
    assert scenario.number(scenario.events_of(Move)[0].count) == 993
    born = scenario.events_of(Outbreak)[0]
    assert (born.rumors, born.begin > dt.datetime(1956, 4, 17)) == (("unequal_punishment",), True)
    assert {event.by for event in scenario.events_of(FearWithNews)} == {"news", "letter"}


def test_election_comes_before_the_hall() -> None:
    for name in ("tirana-conference", "classroom"):
        scenario = load_scenario(name)
        election = scenario.events_of("election")[0]
        assert scenario.window(election)[1] <= scenario.events_of("hall")[0].begin


def test_the_request_is_one_switch_and_its_variant_says_that_it_is_assumed() -> None:
    asks, nobody = load_scenario("tirana-conference-center-asks"), load_scenario("tirana-conference")
    assert [event.id for event in asks.events_of("request") if event.enabled] == ["request"]
    assert "no fact says" in (asks.event("request").assumed or "")
    assert {one.path for one in differences(asks, nobody) if one.matters} == {"events.request.enabled"}


def test_the_ban_on_questions_holds_without_a_gap() -> None:
    held = load_scenario("tirana-conference")
    first, then = held.window(held.event("no-questions")), held.window(held.event("ban-holds"))
    assert first[1] == then[0], "without a gap, and never twice"
    assert then[1] == held.end
    assert isinstance(event := held.event("ban-holds"), Climate)
    assert event.where == "cells"


def test_windows_are_cut_to_the_run() -> None:
    scenario = load_scenario("tirana-conference")
    radio = scenario.event("foreign-radio")
    assert radio.begin < scenario.begin
    assert scenario.window(radio) == (scenario.begin, scenario.end)
    ban = scenario.event("no-questions")
    assert scenario.window(ban) == (scenario.begin, dt.datetime(1956, 4, 14))


def test_classroom_is_small() -> None:
    scenario = load_scenario("classroom")
    members = scenario.value("party.members_full") + scenario.value("party.candidates")  # type: ignore[operator]
    assert 1900 < members * scenario.value("party.scale") < 2100  # type: ignore[operator]
    assert {"secret_speech", "tirana_conference"} <= set(scenario.rumors)


@pytest.mark.parametrize("name", ["maki-thompson", "daley-kendall"])
def test_classic_models(name: str) -> None:
    scenario = load_scenario(name)
    assert (scenario.population, scenario.rule) == ("complete", name.replace("-", "_"))
    assert scenario.value("population.size") == 1000
    assert scenario.value("classic.initial_spreaders") == 1
    assert scenario.value("classic.transmission_rate") == scenario.value("classic.stifling_rate")
    assert {key.split(".")[0] for key in scenario.values} == {"population", "classic", "run"}
    assert scenario.events == ()
    with pytest.raises(ScenarioError, match=r"'travel.duty_rate' has no part in this scenario"):
        scenario.value("travel.duty_rate")


def test_loading_is_fast() -> None:
    load_scenario("classroom")  # the catalog is read once
    times = []
    for _ in range(5):
        start = time.perf_counter()
        load_scenario("classroom")
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
