"""Boldness that is learned, in the party of 1956: who learns from what, and what is not counted twice."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rumorsim.core import NEVER, Simulation
from rumorsim.errors import ScenarioError
from rumorsim.model import CHANNELS, Assembly, RunRecord, assemble
from rumorsim.model.actions import Encouragement
from rumorsim.model.emboldening import TALK, emboldening_of
from rumorsim.model.meetings import letter_meetings, ordinary_meetings
from rumorsim.party import Party
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.events import Letter

#: So much is said that a small party has enough of it, and it hardly fades.
LOUD: dict[str, Any] = {
    "start": "1956-04-08",
    "stop": "1956-04-17",
    "voice.meeting_prob": 0.4,
    "voice.boldness": "learned",
    "embolden.gain": 0.3,
    "embolden.half_life_days": 366.0,
    "rumors": ["secret_speech", "tirana_conference", "elite_privileges", "unequal_punishment", "precedent"],
}


@pytest.fixture(scope="module")
def learned() -> Scenario:
    return load_scenario("classroom").replace(LOUD)


def record(scenario: Scenario, party: Party, values: dict[str, Any] | None = None, replicate: int = 0) -> RunRecord:
    return assemble(scenario, party).simulate(3, replicate, {**scenario.values, **(values or {})})


def same(one: RunRecord, other: RunRecord) -> bool:
    names = ("heard_tick", "stopped_tick", "tells", "channel", "teller", "afraid_tick", "voicings", "delegates")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def run_until(scenario: Scenario, party: Party, date: str) -> tuple[Assembly, Simulation]:
    assembly = assemble(scenario, party)
    sim = assembly.start(3)
    while assembly.calendar.tick_start[sim.tick] < np.datetime64(date):
        sim.step()
    return assembly, sim


def test_with_a_gain_of_zero_a_run_is_that_of_fixed_boldness(learned: Scenario, party: Party) -> None:
    fixed = record(learned, party, {"voice.boldness": "fixed"})
    assert same(record(learned, party, {"embolden.gain": 0.0}), fixed)
    assert not same(record(learned, party), fixed)


def test_a_batch_is_what_its_replicates_are(learned: Scenario, party: Party) -> None:
    assembly = assemble(learned, party)
    sim = assembly.start(3, [0, 1, 2])
    sim.run()
    for replicate, one in enumerate(assembly.records(sim)):
        assert same(one, record(learned, party, replicate=replicate))


def test_default_runs_learn_nothing(scenario: Scenario, assembly: Assembly) -> None:
    assert emboldening_of(scenario.values, assembly.rumor) is None
    assert not assembly.start(3).people.learns
    assert not any(isinstance(action, Encouragement) for action in assembly._plan_for(scenario.values).agenda.actions)


def test_what_news_is_worth_by_channel(scenario: Scenario) -> None:
    """The speech where it is talked of; a precedent everywhere but where it was seen to be set."""
    values = {**scenario.values, "voice.boldness": "learned", "embolden.gain": 0.2}
    found = emboldening_of(values, {"tirana_conference": 0, "secret_speech": 1, "precedent": 2})
    assert found is not None
    assert (found.gain, found.half_life_days) == (0.2, 14.0)
    talk = ("conversation", "workplace", "kin", "travel", "telephone", "visit")
    assert found.news == {
        1: dict.fromkeys(talk, 0.5),
        2: {None: 0.5, "cell_meeting": 0.0, "letter_meeting": 0.0},
    }


def test_the_speech_emboldens_whoever_hears_it_in_talk(party: Party) -> None:
    """Nobody speaks up in meetings: what is seen is what was told between two, not what was read, ordered or missed."""
    changes = {**LOUD, "start": "1956-02-25", "stop": "1956-03-27", "voice.meeting_prob": 0.0}
    scenario = load_scenario("classroom").replace(changes)
    assembly, sim = run_until(scenario, party, "1956-03-27")
    row = assembly.rumor["secret_speech"]
    heard, channel = sim.heard_tick(row), sim.channel_number(row)
    talk = (heard < NEVER) & np.isin(channel, [CHANNELS.index(name) for name in TALK])
    assert talk.sum() > 100
    assert ((heard < NEVER) & ~talk).sum() > 30
    assert np.array_equal(sim.exposure > 0, talk)
    assert (sim.exposure[talk] <= 0.5).all()
    assert (sim.exposure[talk] > 0.45).all()


def test_a_precedent_is_born_in_cells_and_emboldens_elsewhere(learned: Scenario, party: Party) -> None:
    assembly = assemble(learned, party)
    sim = assembly.start(3)
    sim.run()
    row = assembly.rumor["precedent"]
    heard, channel = sim.heard_tick(row), sim.channel_number(row)
    here = np.isin(channel, [CHANNELS.index(name) for name in ("cell_meeting", "letter_meeting")])
    assert (here & (heard < NEVER)).sum() > 50
    elsewhere = ~here & (heard < NEVER)
    assert elsewhere.sum() > 50
    assert (sim.exposure[elsewhere] > 0.45).all()
    assert row not in sim.voicings["rumor"], "nobody raises that others have raised something"
    assert not (channel == CHANNELS.index("hall")).any()


def test_only_a_run_that_follows_the_precedent_has_one(scenario: Scenario, assembly: Assembly) -> None:
    letter, row = scenario.events_of(Letter)[0], len(scenario.rumors)
    for followed in (False, True):
        rumors = {**assembly.rumor, **({"precedent": row} if followed else {})}
        common = (assembly.party, scenario.values, assembly.calendar, rumors)
        streams, number = assembly.start(3).streams.by_replicate[0], scenario.number
        made = [*ordinary_meetings(scenario, *common), *letter_meetings(letter, *common, streams, number)]
        assert {meeting.precedent for meeting in made} == {row if followed else None}
        assert all(row not in meeting.voiced for meeting in made)


def test_the_article_emboldens_the_delegates(party: Party) -> None:
    changes = {**LOUD, "voice.meeting_prob": 0.0, "events.article.enabled": False, "embolden.talk": 0.0}
    plain = load_scenario("classroom").replace(changes)
    scenario = plain.replace({"events.article-emboldens.enabled": True})
    _, before = run_until(scenario, party, "1956-04-14T00:00")
    assert not before.exposure.any()
    _, sim = run_until(scenario, party, "1956-04-14T09:00")
    delegates = sim.memory.delegates
    assert len(delegates) > 10
    assert np.array_equal(np.flatnonzero(sim.exposure), delegates)
    assert (sim.exposure[delegates] > 0.99).all()
    _, without = run_until(plain, party, "1956-04-14T09:00")
    assert not without.exposure.any()
    everybody = scenario.replace({"events.article-emboldens.audience": "officers", "embolden.article": 2.0})
    _, sim = run_until(everybody, party, "1956-04-14T09:00")
    assert 0 < (sim.exposure > 1.9).sum() < len(party.people)


# ------------------------------------------------------------------ the article is not counted twice

_TWICE = (
    "events.article-emboldens.enabled: the article counts twice: 'article' multiplies what is said by "
    "voice.licence_factor (2), and 'article-emboldens' emboldens those who read it; allowed: one of the two: "
    "events.article.enabled = false, voice.licence_factor = 1, or events.article-emboldens.enabled = false"
)


def test_an_article_that_counts_twice_is_refused() -> None:
    both = {"events.article-emboldens.enabled": True}
    with pytest.raises(ScenarioError, match=re.escape(_TWICE)) as caught:
        load_scenario("tirana-conference").replace(both)
    assert len(caught.value.problems) == 1
    own = {"events.article-emboldens.amount": 2.0, "events.article-emboldens.source": "a test"}
    with pytest.raises(ScenarioError, match="counts twice"):
        load_scenario("tirana-conference").replace({**both, **own})
    later = {"events.article-emboldens.date": "1956-04-17", "events.article-emboldens.assumed": "a test"}
    with pytest.raises(ScenarioError, match="counts twice"):
        load_scenario("tirana-conference").replace({**both, **later})
    with pytest.raises(ScenarioError, match="counts twice"):
        load_scenario("tirana-conference-emboldened").replace({"events.article.enabled": True})


@pytest.mark.parametrize(
    "change",
    [
        {"events.article.enabled": False},
        {"voice.licence_factor": 1.0},
        {"embolden.article": 0.0},
        {"events.article-emboldens.date": "1956-04-17", "events.article-emboldens.amount": 1.0},
    ],
)
def test_either_way_alone_is_taken(change: dict[str, Any]) -> None:
    more = {"events.article-emboldens.enabled": True, "events.article-emboldens.source": "a test"}
    load_scenario("tirana-conference").replace({**more, "events.article-emboldens.assumed": "a test", **change})


def test_what_has_no_effect_while_boldness_is_fixed_is_named() -> None:
    scenario = load_scenario("tirana-conference").replace(
        {"embolden.gain": 0.2, "events.article.enabled": False, "events.article-emboldens.enabled": True}
    )
    said = scenario.idle()
    assert "Without effect: embolden.gain (voice.boldness is fixed)." in said
    assert any("article-emboldens (voice.boldness is fixed)" in line for line in said)
    assert not any("voice.boldness" in line for line in load_scenario("tirana-conference-emboldened").idle())
    assert not any("precedent" in line for line in load_scenario("tirana-conference-emboldened").idle())
