"""Changed copies of a scenario, and the words of the command line that ask for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rumorsim.errors import ScenarioError
from rumorsim.scenario import Scenario, load_scenario, loads_scenario, parse_setting, parse_settings
from rumorsim.scenario.events import Briefing, Letter


@pytest.fixture(scope="module")
def conference() -> Scenario:
    return load_scenario("tirana-conference")


def test_number(conference: Scenario) -> None:
    changed = conference.replace({"travel.duty_rate": 0.05})
    assert changed.value("travel.duty_rate") == 0.05
    assert conference.value("travel.duty_rate") != 0.05
    assert dict(changed.overrides) == {"travel.duty_rate": 0.05}
    assert changed.fingerprint() != conference.fingerprint()
    assert changed.structural_key() == conference.structural_key()


def test_zero_is_a_value(conference: Scenario) -> None:
    assert conference.replace({"travel.duty_rate": 0}).value("travel.duty_rate") == 0.0
    assert conference.replace({"party.seed": 0}).value("party.seed") == 0


def test_structural_number_changes_the_party(conference: Scenario) -> None:
    assert conference.replace({"party.seed": 1}).structural_key() != conference.structural_key()
    assert conference.replace({"travel.travelers_share": 0.2}).structural_key() != conference.structural_key()


def test_every_number_can_be_set_to_its_present_value(conference: Scenario) -> None:
    for key, value in conference.values.items():
        changed = conference.replace({key: value})
        assert changed.fingerprint() == conference.fingerprint(), key
        assert set(changed.overrides) == {key}
    assert conference.replace(dict(conference.values)).fingerprint() == conference.fingerprint()


def test_every_field_of_every_event_can_be_set_to_its_present_value(conference: Scenario) -> None:
    for event in conference.resolved()["events"]:
        for field, value in event.items():
            if field not in ("id", "kind"):
                changed = conference.replace({f"events.{event['id']}.{field}": value})
                assert changed.fingerprint() == conference.fingerprint(), (event["id"], field)
    for field in ("start", "stop", "rumors", "fine", "population"):
        assert conference.replace({field: conference.resolved()[field]}).fingerprint() == conference.fingerprint()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("stop", dt.date(1956, 5, 30)),
        ("start", "1956-04-02"),
        ("rumors", ["tirana_conference"]),
        ("fine", []),
        ("travel.duty_rate", 0.0251),
        ("events.letter.enabled", False),
        ("events.letter.date", "1956-04-16"),
        ("events.letter.hearing_prob", 0.5),
        ("events.crackdown.audience", "everybody"),
        ("events.crackdown.audience.place", "Fier"),
        ("events.article.until", dt.datetime(1956, 4, 15, 12)),
        ("events.fear-in-tirana.when", {"first_voicing": "center"}),
    ],
)
def test_what_changes_a_result_changes_the_fingerprint(conference: Scenario, key: str, value: Any) -> None:
    assert conference.replace({key: value}).fingerprint() != conference.fingerprint()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "Another"),
        ("description", ""),
        ("events.letter.label", "letter"),
        ("events.letter.assumed", "a test"),
        ("events.letter.evidence", ["F141"]),
        ("events.envoys.date", "1956-04-22"),
        ("run.replicates", 7),
    ],
)
def test_what_changes_no_result_keeps_the_fingerprint(conference: Scenario, key: str, value: Any) -> None:
    changed = conference.replace({key: value})
    assert changed.fingerprint() == conference.fingerprint()
    assert changed != conference


def test_shorter_run_leaves_events_out_and_a_longer_one_takes_them_back(conference: Scenario) -> None:
    short = conference.replace({"stop": "1956-04-20"})
    assert "letter" not in {event.id for event in short.events}
    assert "letter" in {event.id for event in short.all_events}
    assert short.replace({"stop": conference.stop}).fingerprint() == conference.fingerprint()
    last = conference.replace({"stop": "1956-04-21"})
    assert "letter" in {event.id for event in last.events}


def test_fewer_rumors_narrow_the_events(conference: Scenario) -> None:
    alone = conference.replace({"rumors": ["tirana_conference"]})
    assert {rumor for event in alone.events for rumor in event.rumors_named()} == {"tirana_conference"}
    names = {event.id for event in alone.events}
    assert "hall-14-april" in names
    assert names.isdisjoint({"foreign-radio", "speech-known", "mild-treatment"})
    assert "rumor.secret_speech.interest" not in alone.values
    assert alone.replace({"rumors": list(conference.rumors)}).fingerprint() == conference.fingerprint()


def test_rumors_keep_the_order_of_the_catalog(conference: Scenario) -> None:
    turned = conference.replace({"rumors": list(reversed(conference.rumors))})
    assert turned.rumors == conference.rumors
    assert turned.fingerprint() == conference.fingerprint()


def test_endemic_rumor_moves_with_the_start(conference: Scenario) -> None:
    later = conference.replace({"start": "1956-04-05"})
    assert later.event("speech-known").begin == dt.datetime(1956, 4, 5)


def test_date_set_by_hand_is_marked(conference: Scenario) -> None:
    letter = conference.replace({"events.letter.date": "1956-04-16"}).events_of(Letter)[0]
    assert letter.assumed == "date set by hand"
    assert letter.begin == dt.datetime(1956, 4, 16)


def test_number_set_by_hand_is_marked() -> None:
    changed = load_scenario("secret-speech").replace({"events.plenum.prob": 0.5})
    plenum = changed.event("plenum")
    assert isinstance(plenum, Briefing)
    assert (plenum.prob, plenum.source) == (0.5, "set by hand")
    assert changed.number(plenum.prob) == 0.5


def test_number_of_an_event_follows_its_catalog_id() -> None:
    changed = load_scenario("secret-speech").replace({"plenum.hearing_prob": 0.5})
    plenum = changed.event("plenum")
    assert isinstance(plenum, Briefing)
    assert changed.number(plenum.prob) == 0.5
    assert changed.number(plenum.prob, {"plenum.hearing_prob": 0.25}) == 0.25
    assert changed.number(plenum.prob, {}) == 0.5


def test_event_keys_follow_the_spelling_of_the_resolved_form(conference: Scenario) -> None:
    scenario = conference.replace({"events.fear-in-tirana.when": {"first_detection": "Vlora"}})
    scenario = scenario.replace({"events.fear-in-tirana.when.at_least": 3, "events.fear-in-tirana.when.delay_days": 2})
    when = scenario.event("fear-in-tirana").when
    assert when is not None
    assert (when.first_detection, when.at_least, when.delay_days) == ("vlore", 3, 2.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"travel.dutty_rate": 1},
            "travel.dutty_rate: unknown key 'travel.dutty_rate' - did you mean 'travel.duty_rate'?",
        ),
        ({"travel.duty_rate": "fast"}, "travel.duty_rate: 'fast' is text"),
        ({"travel.duty_rate": -1}, "travel.duty_rate: -1 is out of bounds"),
        ({"stopp": "1956-05-01"}, "unknown key 'stopp' - did you mean 'stop'?"),
        ({"stop": "1956-03-01"}, "stop: stop 1956-03-01 is before start 1956-04-01"),
        ({"rumors": ["gossip"]}, "rumors[0]: unknown rumor 'gossip'"),
        ({"rumors": []}, "rumors: the list of rumors is empty"),
        ({"name": "x"}, "unknown key 'name'"),
        ({7: 1}, "unknown key '7'"),
        ({"events": []}, "unknown key 'events'"),
        ({"events.leter.enabled": False}, "events.leter.enabled: unknown event 'leter'"),
        ({"events.letter": False}, "events.letter: names no field that can be changed; allowed: date, until"),
        ({"events.letter.kind": "note"}, "names no field that can be changed"),
        ({"events.letter.hearing_probb": 0.5}, "events.letter.hearing_probb: unknown key 'hearing_probb'"),
        ({"events.letter.hearing_prob": 5}, "events.letter.hearing_prob: 5 is out of range"),
        ({"events.letter.date.year": 1957}, "events.letter.date.year: 'date' is not a table"),
        ({"events.letter.date": "1956-07-01"}, "events.letter.date: 1956-07-01 is after the end of the run"),
        ({"events.election.enabled": False}, "there are no delegates"),
        ({"events.foreign-radio.rumors": ["tirana_conference"]}, "no foreign station carried 'tirana_conference'"),
        ({"classic.tick_days": 0.1}, "'classic.tick_days' has no part in this scenario"),
        ({"population": "complete"}, 'population = "complete" needs a rule'),
        ({"time.tick_hours": 7}, "ticks of 7.0 hours do not divide a day"),
    ],
)
def test_wrong_changes(conference: Scenario, changes: dict[Any, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        conference.replace(changes)
    assert message in str(caught.value)


def test_all_wrong_changes_are_reported(conference: Scenario) -> None:
    with pytest.raises(ScenarioError) as caught:
        conference.replace({"travel.duty_rat": 1, "spread.visit_rate": -1, "events.letter.prob": 1})
    assert len(caught.value.problems) == 3


def test_settings_of_the_command_line() -> None:
    texts = ["travel.duty_rate = 0.02", "party.scope=country", "stop=1956-05-01", "events.letter.enabled=false"]
    assert parse_settings([*texts, 'rumors=["secret_speech"]', "title=A new one"]) == {
        "travel.duty_rate": 0.02,
        "party.scope": "country",
        "stop": dt.date(1956, 5, 1),
        "events.letter.enabled": False,
        "rumors": ["secret_speech"],
        "title": "A new one",
    }


@pytest.mark.parametrize("text", ["travel.duty_rate", "=1", "a b=1", "travel.duty_rate=", "a=1\nb=2", ""])
def test_malformed_setting(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse_setting(text)


def test_setting_cannot_smuggle_in_a_second_key() -> None:
    assert parse_setting("title=1 # comment") == ("title", 1)
    assert parse_setting("title='a' b = 2") == ("title", "'a' b = 2")


def test_setting_given_twice() -> None:
    with pytest.raises(ScenarioError, match="stop is set twice"):
        parse_settings(["stop=1956-05-01", "stop=1956-05-02"])


def test_unknown_names_have_a_nearest_one(conference: Scenario) -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'travel.duty_rate'"):
        conference.value("travel.duty_rat")
    with pytest.raises(ScenarioError, match="did you mean 'letter'"):
        conference.event("leter")
    with pytest.raises(ScenarioError, match="did you mean 'hall'"):
        conference.events_of("halls")


def test_scenario_is_frozen(conference: Scenario) -> None:
    with pytest.raises(AttributeError):
        conference.title = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        conference.values["travel.duty_rate"] = 1.0  # type: ignore[index]
    with pytest.raises(ValueError, match="frozen"):
        conference.events[0].label = "x"


def test_repr_is_short(conference: Scenario) -> None:
    assert len(repr(conference)) < 120
    assert "tirana-conference" in repr(conference)


def test_event_that_began_before_the_run_and_ended_takes_no_part() -> None:
    text = (
        'title = "A"\nextends = "tirana-conference"\nstart = 1956-04-14\n'
        'rumors = ["tirana_conference"]\n[[events]]\nid = "election"\nuntil = 1956-04-14\n'
    )
    names = {event.id for event in loads_scenario(text).events}
    assert "no-questions" not in names
    assert "election" in names
