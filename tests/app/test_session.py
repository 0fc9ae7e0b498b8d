"""The page without a browser: worlds, levers, what a tab asks for, links and files."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import json
import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.abm import PartyModel
from rumorsim.app import export, payload
from rumorsim.app import run as runs
from rumorsim.app import session as sessions
from rumorsim.app.levers import levers_of, read_value
from rumorsim.app.link import LONGEST, code, link_of, read_link
from rumorsim.app.run import World, as_seed, difference, pairs, run_world
from rumorsim.app.session import Session
from rumorsim.app.stories import supposed_in
from rumorsim.cli import main
from rumorsim.errors import RumorsimError
from rumorsim.scenario import Scenario, load_scenario, loads_scenario, scenario_names

RUMOR = "tirana_conference"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("classroom")


@pytest.fixture(scope="module")
def world(scenario: Scenario) -> World:
    return run_world(scenario, 1956)


class Seen:
    """Takes what a session publishes, as a browser would."""

    def __init__(self, query: str = "", first: str = "classroom") -> None:
        self.found: dict[str, Any] = {}
        self.session = Session(self.take, first, 1956, query)
        self.session.begin()
        self.session.wait()

    def take(self, name: str, value: Any) -> None:
        self.found[name] = value

    def ask(self, **message: Any) -> dict[str, Any]:
        self.session.ask(message)
        self.session.wait()
        return self.found["says"]


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


def test_a_world_is_the_first_replicate_and_the_mesa_model(scenario: Scenario, world: World) -> None:
    ensemble = rs.run(scenario, replicates=1, seed=1956)
    model = PartyModel(scenario, seed=1956)
    for day in ("1956-03-10", "1956-04-20", "1956-05-31"):
        model.run_until(np.datetime64(day) + np.timedelta64(1, "D"))
        tick = model.simulation.tick
        share = ensemble.share_aware(RUMOR, on=day)[0]
        assert world.share(RUMOR, tick) == pytest.approx(share, abs=1e-12)
        past, mine = world.history(RUMOR), model.history(RUMOR)
        assert (past.aware[: tick + 1] == mine.aware).all()
        assert (past.telling[: tick + 1] == mine.telling).all()
        assert past.telling[tick].sum() == model.column("telling", RUMOR).sum()
        assert (past.aware[tick].sum()) == (model.column("heard_tick", RUMOR) < tick).sum()


def test_whether_somebody_would_speak_is_told_as_of_the_date(scenario: Scenario, world: World) -> None:
    model = PartyModel(scenario, seed=1956)
    for day in ("1956-04-01", "1956-04-18", "1956-05-20"):
        model.run_until(day)
        tick = model.simulation.tick
        for cell in (0, 7, 60, 150):
            for line in world.members("secret_speech", cell, tick):
                member = model.member(line.person)
                assert line.would_speak == member.would_voice("secret_speech")
                assert (not np.isnat(line.heard)) == member.has_heard("secret_speech")
                assert line.channel == (member.heard_through("secret_speech") or "")
                teller = member.heard_from("secret_speech")
                assert line.teller == (-1 if teller is None else teller.number)


#: Few people, and days around the conference: quick to run.
_FEW: dict[str, Any] = {
    "party.scale": 0.02,
    "start": "1956-04-10",
    "stop": "1956-04-20",
    "endemic.secret_speech_tirana": 0.5,
}


def test_who_is_afraid_would_speak_before_and_not_after() -> None:
    bold = {"voice.bar": 0.0, "control.expelled": 0, "control.penalized": 0}
    calm = {"fear.tirana_step_prob": 0.0, "fear.by_news_prob": 0.0, "fear.by_letter_prob": 0.0}
    few = load_scenario(RUMOR.replace("_", "-")).replace({**_FEW, **bold, **calm})

    def speaking(changes: dict[str, Any], date: str) -> int:
        world = run_world(few.replace(changes), 1956)
        tick = int(np.searchsorted(world.record.tick_start, np.datetime64(date)))
        return sum(line.would_speak for cell in range(40) for line in world.members("secret_speech", cell, tick))

    afraid = {"fear.tirana_step_prob": 1.0, "events.fear-in-tirana.audience": "everybody"}
    assert speaking(afraid, "1956-04-16T18:00") == speaking({}, "1956-04-16T18:00") > 20
    assert speaking({}, "1956-04-17T06:00") > 20
    assert speaking(afraid, "1956-04-17T06:00") == 0
    assert speaking({"voice.bar": 1.0}, "1956-04-17T06:00") < speaking({}, "1956-04-17T06:00") / 2


@pytest.mark.parametrize("boldness", ["learned", "fixed"])
def test_what_is_learned_is_told_as_of_the_date(boldness: str) -> None:
    """Also of those who would not speak by themselves; only there the page has the levers of learning."""
    changes = {
        "voice.boldness": boldness,
        "embolden.gain": 0.6,
        "voice.meeting_prob": 0.3,
        "meeting.interval_days": 6.0,
    }
    changed = load_scenario(RUMOR.replace("_", "-")).replace({**_FEW, **changes})
    assert any(lever.key == "embolden.gain" for lever in levers_of(changed)) == (boldness == "learned")
    world, model = run_world(changed, 1956), PartyModel(changed, seed=1956)
    model.run_until("1956-04-15")
    shy = 0
    for cell in range(40):
        for line in world.members("secret_speech", cell, model.simulation.tick):
            member = model.member(line.person)
            assert line.would_speak == member.would_voice("secret_speech")
            shy += line.would_speak and member.boldness < changed.value("voice.bar")
    assert (shy > 5) == (boldness == "learned")


def test_a_chain_never_goes_beyond_the_date_and_ends_in_the_place(world: World) -> None:
    found = 0
    for group in range(len(world.groups)):
        for tick in (0, 150, 280, 320, world.n_ticks):
            links = world.chain(RUMOR, group, tick)
            found += len(links) > 1
            for before, link in zip((None, *links), links, strict=False):
                assert link.when <= world.record.tick_start[tick]
                assert link.teller == (-1 if before is None else before.person)
            if links:
                assert runs.groups_of(world.party)[links[-1].person] == group
    assert found > 20


def test_a_closed_model_of_the_same_story_keeps_nothing(scenario: Scenario) -> None:
    model = PartyModel(scenario, seed=1)
    member = model.member(3)
    model.close()
    model.close()
    assert model.closed
    with pytest.raises(RumorsimError, match="closed"):
        model.step()
    assert member.__dict__ == {}


def test_worlds_and_parties_are_made_once_and_few_are_kept(scenario: Scenario, monkeypatch: Any) -> None:
    made: list[int] = []

    def make(story: Scenario, seed: int, going: Any) -> Any:
        made.append(seed)
        return object()

    monkeypatch.setattr(runs, "_run", make)
    monkeypatch.setattr(runs, "_worlds", runs._Shelf())
    threads = [threading.Thread(target=run_world, args=(scenario, 5)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [5]
    for seed in range(10, 20):
        run_world(scenario, seed)
    assert len(runs._worlds._kept) == runs._KEPT
    assert len(runs._worlds._making) == runs._KEPT


def test_equal_worlds_do_not_differ_and_pairs_of_them_do_not_either(scenario: Scenario, world: World) -> None:
    assert difference(world, world, RUMOR, world.n_ticks) == 0.0
    short = scenario.replace({"stop": "1956-03-05"})
    same = pairs(short, short, 1, "secret_speech", 3)
    assert not same.mean.any()
    assert not same.high.any()
    told: list[int] = []
    quiet = short.replace({"spread.pass_on_rate": 0.1})
    less = pairs(short, quiet, 1, "secret_speech", 4, lambda done: told.append(done) or True)  # type: ignore[func-returns-value]
    assert told == [1, 2, 3, 4]
    assert less.low[-1] <= less.mean[-1] <= less.high[-1] < 0.01
    a, b = run_world(short, 1), run_world(quiet, 1)
    with pytest.raises(runs.Stopped):
        pairs(short, quiet, 1, "secret_speech", 4, lambda done: False)
    # Not even one tick of a pair more when the tab is gone.
    ticks: list[int] = []
    with pytest.raises(runs.Stopped):
        pairs(short, quiet, 1, "secret_speech", 4, going=lambda: len(ticks) < 3 and not ticks.append(1))  # type: ignore[func-returns-value]
    assert len(ticks) == 3
    assert a.n_ticks == b.n_ticks


@pytest.mark.parametrize("given", ["abc", "-1", "1.5", "", "  ", str(2**64), "٣", None, True])
def test_absurd_seeds(given: Any) -> None:
    with pytest.raises(RumorsimError, match="seed"):
        as_seed(given)


def test_levers_follow_the_catalog(scenario: Scenario) -> None:
    levers = {lever.key: lever for lever in levers_of(scenario)}
    for key, lever in levers.items():
        assert lever.word
        assert lever.source
        if not key.startswith("events."):
            entry = catalog.parameter(key)
            assert (entry.unit, entry.low, entry.high, entry.status) == (
                lever.unit,
                lever.low,
                lever.high,
                lever.status,
            )
            assert lever.low <= lever.value <= lever.slider_high
    assert levers["party.plenum_participants"].other_people
    assert {lever.key: lever.idle for lever in levers_of(load_scenario("tirana-conference"))}["secrecy.discretion"]


@pytest.mark.parametrize(
    ("key", "given", "said"),
    [
        ("travel.duty_rate", "x", "not a number"),
        ("travel.duty_rate", "9", "out of bounds"),
        ("travel.duty_rate", "nan", "finite"),
        ("control.expelled", "1.5", "whole"),
        ("events.letter.date", "tomorrow", "not a date"),
        ("events.letter.date", "1957-01-01", "not within"),
    ],
)
def test_wrong_values_of_levers_are_refused(seen: Seen, key: str, given: str, said: str) -> None:
    before = dict(seen.session.changes)
    assert said in seen.ask(what="lever", key=key, value=given)["problem"]
    assert seen.session.changes == before


def test_a_lever_reruns_the_second_world_only_and_can_be_put_back(seen: Seen) -> None:
    first = seen.found["world_a"]["run"]
    says = seen.ask(what="lever", key="travel.duty_rate", value="0")
    assert says["problem"] == ""
    assert says["changes"] == ['"Duty travel to Tirana: officials" is 0 instead of 0.025 per day']
    assert seen.found["world_a"]["run"] == first
    assert seen.found["world_b"]["run"] != first
    seen.ask(what="lever", key="travel.duty_rate", value="0.025")
    assert seen.found["world_b"] == {}
    seen.ask(what="lever", key="events.letter.date", value="1956-04-28")
    letters = [one["m"] for side in "ab" for one in seen.found[f"world_{side}"]["events"] if one["id"] == "letter"]
    assert letters[1] - letters[0] == 7 * 1440
    seen.ask(what="levers_back")
    assert seen.found["world_b"] == {}


def test_nobody_travels_on_duty_is_what_the_scenario_of_that_name_means(seen: Seen) -> None:
    says = seen.ask(what="no_travel")
    assert says["changes"] == ["nobody travels on duty"]
    shipped = load_scenario("tirana-conference"), load_scenario("tirana-conference-no-travelers")
    differs = {key: value for key, value in shipped[1].values.items() if shipped[0].values[key] != value}
    assert seen.session.changes == differs
    assert seen.session.b is not None
    assert len(seen.session.b.trips) == 0
    says = seen.ask(what="lever", key="travel.officer_rate", value="0.01")
    assert len(says["changes"]) == 4
    seen.ask(what="levers_back")
    assert seen.found["world_b"] == {}


def test_of_levers_moved_faster_than_worlds_run_only_the_last_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """T10: one change goes through at a time; what has been overtaken is dropped, however long it took."""
    seen, made, begun, free = Seen(), [], threading.Event(), threading.Event()
    given = seen.session.a

    def run(scenario: Scenario, seed: int, going: Any) -> Any:
        made.append(scenario.values["travel.duty_rate"])
        begun.set()
        if len(made) == 1:
            assert free.wait(10)
        return dataclasses.replace(given, scenario=scenario)

    monkeypatch.setattr(sessions, "run_world", run)
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.001})
    assert begun.wait(10)
    for number in range(2, 11):
        seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.001 * number})
    time.sleep(0.2)
    free.set()
    seen.session.wait()
    assert made == [0.001, 0.01]
    assert seen.session.b.scenario.values["travel.duty_rate"] == 0.01


def test_a_lever_moved_while_a_reset_runs_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reset put back the levers of its own beginning, and what was moved meanwhile never came."""
    seen, begun, free = Seen(), threading.Event(), threading.Event()
    given = seen.session.a

    def run(scenario: Scenario, seed: int, going: Any) -> Any:
        begun.set()
        assert free.wait(10)
        return dataclasses.replace(given, scenario=scenario, seed=seed)

    monkeypatch.setattr(sessions, "run_world", run)
    seen.session.ask({"what": "reset", "scenario": "classroom", "seed": 7})
    assert begun.wait(10)
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.02})
    free.set()
    seen.session.wait()
    assert seen.session.seed == 7
    assert seen.session.changes == {"travel.duty_rate": 0.02}
    assert seen.session.b.scenario.values["travel.duty_rate"] == 0.02
    assert "0.02 instead" in seen.found["world_b"]["changes"][0]


def test_a_reset_asked_for_first_is_not_overtaken_by_levers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It came after the last lever had been shown, and stopped what played from there."""
    seen, shown, begun, free = Seen(), [], threading.Event(), threading.Event()
    given = seen.session.a

    def run(scenario: Scenario, seed: int, going: Any) -> Any:
        begun.set()
        assert free.wait(10)
        shown.append((seed, scenario.values["travel.duty_rate"]))
        return dataclasses.replace(given, scenario=scenario, seed=seed)

    monkeypatch.setattr(sessions, "run_world", run)
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.01})
    assert begun.wait(10)
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.02})
    seen.session.ask({"what": "reset", "scenario": "classroom", "seed": 7})
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.03})
    free.set()
    seen.session.wait()
    assert (1956, 0.03) not in shown
    assert shown[-1] == (7, 0.03)


def test_the_other_world_says_itself_what_was_changed_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the next one runs, numbers of the last one stood beside the words for the next one."""
    seen, begun, free = Seen(), threading.Event(), threading.Event()
    seen.ask(what="lever", key="travel.duty_rate", value=0.01)
    run_really = sessions.run_world

    def run(*given: Any) -> Any:
        begun.set()
        assert free.wait(10)
        return run_really(*given)

    monkeypatch.setattr(sessions, "run_world", run)
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0.02})
    assert begun.wait(10)
    assert "0.02" in seen.found["says"]["changes"][0]
    assert "0.01 instead" in seen.found["world_b"]["changes"][0]
    free.set()
    seen.session.wait()
    assert "0.02 instead" in seen.found["world_b"]["changes"][0]


def test_a_lever_whose_party_cannot_be_built_is_taken_back() -> None:
    seen = Seen(first="tirana-conference")
    assert "Central Committee" in seen.ask(what="lever", key="party.plenum_participants", value="30")["problem"]
    assert seen.session.changes == {}
    says = seen.ask(what="lever", key="travel.duty_rate", value="0")
    assert says["problem"] == ""
    assert list(seen.session.changes) == ["travel.duty_rate"]
    assert seen.found["world_b"]["run"]


def test_structural_levers_say_that_the_people_are_others(seen: Seen) -> None:
    seen.ask(what="lever", key="party.students_abroad", value="500")
    assert seen.found["world_b"]["other_people"]
    seen.ask(what="levers_back")
    seen.ask(what="lever", key="travel.duty_rate", value="0")
    assert not seen.found["world_b"]["other_people"]
    seen.ask(what="levers_back")


def test_whatever_a_browser_sends_the_last_good_run_stays(seen: Seen) -> None:
    run = seen.found["world_a"]["run"]
    for message in (
        {"what": "reset", "scenario": "/etc/passwd", "seed": 1},
        {"what": "reset", "scenario": "maki-thompson", "seed": 1},
        {"what": "reset"},
        {"what": "lever", "key": "no.such", "value": 1},
        {"what": "chain", "group": 99, "tick": 5, "rumor": RUMOR},
        {"what": "chain", "group": 0, "tick": 5, "rumor": "nothing"},
        {"what": "members", "cell": 10**9, "tick": 5, "rumor": RUMOR},
        {"what": "export", "form": "exe", "tick": 5, "rumor": RUMOR},
        {"what": "export", "form": "png", "tick": 5, "rumor": RUMOR, "world": "a", "group": 99},
        {"what": "pairs", "rumor": RUMOR},
    ):
        assert seen.ask(**message)["problem"], message
        assert seen.found["world_a"]["run"] == run
    assert seen.ask(what="chain", world="a", group=6, tick=10**9, rumor=RUMOR)["problem"] == ""


def test_a_session_that_is_closed_does_nothing_more() -> None:
    seen = Seen()
    seen.session.close()
    seen.found.clear()
    seen.session.ask({"what": "lever", "key": "travel.duty_rate", "value": 0})
    seen.session.ask({"what": "reset", "scenario": "classroom", "seed": 3})
    seen.session.wait()
    assert "world_a" not in seen.found
    assert seen.session.a is None


def test_a_link_restores_and_says_when_it_is_of_another_version() -> None:
    seen = Seen("?v=0.0.9&s=classroom&seed=5&n=tirana_conference&at=1956-04-20T06:00&b=travel.duty_rate:0.01")
    says = seen.found["says"]
    assert seen.session.seed == 5
    assert seen.session.changes == {"travel.duty_rate": 0.01}
    assert says["rumor"] == RUMOR
    assert says["moment"] == "1956-04-20T06:00"
    assert "0.0.9" in says["notice"]
    # A place comes with its world, in letters that cost one each.
    placed = Seen("?s=classroom&at=1956-04-20T06:00&b=tdr:0.01&p=b:gjirokaster").found["says"]
    assert (placed["place"], placed["world"]) == ("gjirokaster", "b")
    assert placed["link"].endswith("&p=place")
    assert Seen("?s=no-such&p=gjirokaster").found["says"]["place"] == ""
    found = read_link(seen.session.link(RUMOR, 100))
    assert found["changes"] == {"tdr": "0.01"}
    assert found["seed"] == "5"


def test_a_link_that_asks_for_what_is_not_there_shows_the_first_scenario_and_says_so() -> None:
    for query in ("?s=../../etc/passwd", "?s=classroom&seed=x", "?s=classroom&b=radio.rate:99", "?s=classroom&b=a:b"):
        seen = Seen(query)
        assert seen.found["says"]["problem"], query
        assert seen.found["world_a"]["run"], query


def test_every_lever_of_the_longest_scenario_fits_into_a_link_that_restores_it() -> None:
    scenario = load_scenario("tirana-conference-emboldened")
    levers = levers_of(scenario)
    changes = {
        lever.key: read_value(lever, "1956-05-01" if lever.kind == "date" else (lever.high or 999999) * 0.123456789)
        for lever in levers
        if lever.kind != "whole"
    }
    changes |= {lever.key: lever.high or 99999 for lever in levers if lever.kind == "whole"}
    assert set(changes) == {lever.key for lever in levers}
    place = max(run_world(load_scenario("classroom"), 1956).groups, key=len)
    link = link_of(
        "tirana-conference-silence-after-16-april", 2**64 - 1, changes, "precedent", "1956-04-20T06:00", place, "b"
    )
    assert len("http://192.168.100.100:65535/" + link + "&projector") <= LONGEST
    by_code = {code(lever.key): lever for lever in levers}
    assert len(by_code) == len(levers)
    found = read_link(link)["changes"]
    assert {by_code[key].key: read_value(by_code[key], text) for key, text in found.items()} == changes


def test_initials_tell_the_levers_of_every_scenario_apart() -> None:
    for name in scenario_names():
        keys = [lever.key for lever in levers_of(load_scenario(name))]
        assert len({code(key) for key in keys}) == len(keys), name


def test_every_lever_of_learned_boldness_has_words_a_class_can_read() -> None:
    levers = levers_of(load_scenario("tirana-conference-emboldened"))
    words = [lever.word for lever in levers if lever.key.startswith("embolden.")]
    assert len(words) == sum(key.startswith("embolden.") for key in catalog.parameters()) == 5
    assert [lever.word for lever in levers[:5]] == words
    for word in words:
        assert word.startswith("Emboldening")
        assert len(word) <= 64
        assert "E/" not in word
    idle = [lever.idle for lever in levers]
    assert idle == sorted(idle)
    assert any(idle)


def test_who_spoke_up_is_counted_once_by_the_date_it_was_first(scenario: Scenario) -> None:
    """The effect of emboldening was nowhere on the page: who knows hardly changes, who speaks up does."""
    world = run_world(scenario.replace({"voice.meeting_prob": 0.5}), 1956)  # so that some speak up twice
    given = np.frombuffer(base64.b64decode(payload.world_of(world, "a1")["spoke"]), "<u2")
    voicings = world.record.voicings
    assert len(given) == world.n_ticks + 1
    for tick in (0, 150, 300, world.n_ticks):
        assert given[tick] == len(set(voicings["person"][voicings["tick"] < tick].tolist()))
    assert 0 < given[-1] < len(voicings)


def test_a_scenario_that_supposes_something_says_what() -> None:
    for name in scenario_names():
        if load_scenario(name).population != "party":
            continue
        says = supposed_in(name, load_scenario(name).title)
        assert (says == "") == (name in ("classroom", "secret-speech", "tirana-conference")), name
    assert supposed_in("mine.toml", "Mine") == "Mine"


def test_payload_holds_the_same_counts(world: World) -> None:
    given = payload.world_of(world, "a1")
    past = world.history(RUMOR)
    flat = np.frombuffer(base64.b64decode(given["rumors"][RUMOR]["aware"]), "<u2")
    assert (flat.reshape(past.aware.shape) == past.aware).all()
    heard = np.frombuffer(base64.b64decode(given["rumors"][RUMOR]["heard"]), "<i2")
    assert len(heard) == given["cells"]["start"][-1]
    start = given["cells"]["start"]
    for cell in (0, 50, 200):
        rows = np.flatnonzero(world.party.people["cell"] == cell)
        row = world.record.rumors.index(RUMOR)
        assert sorted(heard[start[cell] : start[cell + 1]]) == sorted(world.record.heard_tick[row][rows])
    assert all(one["sentence"] and one["source"] for one in given["events"])


def test_the_files_to_take_home(scenario: Scenario, world: World) -> None:
    other = scenario.replace({"travel.duty_rate": 0.0, "events.letter.date": "1956-04-28", "radio.rate": 0.3})
    b = run_world(other, 1956)
    png = export.as_png(world, b, RUMOR, 300)
    assert png.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert png.content == export.as_png(world, b, RUMOR, 300).content
    # The chain shown goes with it, also in the other world.
    assert export.as_png(world, b, RUMOR, 300, None, ("b", 6)).content != png.content
    rows = list(csv.DictReader(io.StringIO(export.as_csv(world, b, RUMOR, 300).content.decode())))
    assert len(rows) == 2 * 301 * len(world.groups)
    assert {row["what"] for row in rows if row["world"] == "A"} == {"As it was"}
    (what,) = {row["what"] for row in rows if row["world"] == "B"}
    assert '"Foreign radio" is 0.3 instead of' in what
    aware = sum(
        int(row["aware"]) for row in rows if row["world"] == "B" and row["moment"] == str(b.record.tick_start[300])
    )
    assert aware == b.history(RUMOR).aware[300].sum()
    made = export.as_scenario(world, b, RUMOR, 300)
    read = loads_scenario(made.content.decode(), name="changed")
    assert made.name.endswith(".toml")
    assert read.fingerprint() == other.fingerprint()
    assert re.search(r"rumorsim run \S+ --replicates 1 --seed 1956", made.content.decode())
    assert export.as_scenario(world, None, RUMOR, 0).name == "classroom-seed-1956.toml"


def test_the_command_line_runs_the_file_taken_home_to_the_same_fingerprint(
    scenario: Scenario, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"travel.duty_rate": 0.0, "events.letter.date": "1956-04-28", "control.expelled": 20}
    other = run_world(scenario.replace(changes), 1956)
    made = export.as_scenario(world, other, RUMOR, 300)
    (tmp_path / made.name).write_bytes(made.content)
    # The command that stands in the file itself.
    said = re.search(r"^#   rumorsim (run .*)$", made.content.decode(), re.MULTILINE)
    assert said is not None
    words = said.group(1).replace(made.name, str(tmp_path / made.name)).split()
    assert main([*words, "--json", "--out", str(tmp_path / "run")]) == 0
    printed = json.loads(capsys.readouterr().out)
    ensemble = rs.run(other.scenario, replicates=1, seed=1956, parameters="mode")
    assert said.group(1).endswith("--parameters mode"), "the page shows one set of numbers, where a fit is shipped too"
    assert printed["fingerprint"] == ensemble.fingerprint()
    assert printed["aware_at_the_end"][RUMOR]["p50"] == pytest.approx(other.share(RUMOR, other.n_ticks), abs=1e-12)


def test_a_scenario_file_of_ones_own_is_taken_home_in_the_machine_form(world: World) -> None:
    text = 'title = "Mine"\nextends = "classroom"\n[travel]\nduty_rate = { value = 0.01, reason = "mine" }\n'
    mine = run_world(loads_scenario(text, name="mine"), 1)
    made = export.as_scenario(mine, None, RUMOR, 0)
    assert made.name == "mine-seed-1.json"
    assert loads_scenario(made.content.decode(), is_json=True).fingerprint() == mine.scenario.fingerprint()
