"""Null worlds: what each takes away is gone, what it keeps is the model's own, to the tick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.core import Streams
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, MODELS, Assembly, RunRecord, assemble, assemble_world, check_model, world_text
from rumorsim.model.worlds import NEWS, NUMBERS, drawn_order, order_weights
from rumorsim.party import Party
from rumorsim.scenario import Scenario, load_scenario

SEED = 1956
LETTER = np.datetime64("1956-04-21")
#: Everybody may speak up, at every meeting: without it the classroom voices the news nowhere before the letter.
LOUD = {"voice.meeting_prob": 1.0, "voice.ban_factor": 1.0, "voice.bar": 0.0, "meeting.interval_days": 5.0}


@pytest.fixture(scope="module")
def news(scenario: Scenario) -> int:
    return scenario.rumors.index(NEWS)


@pytest.fixture(scope="module")
def outside(party: Party) -> Any:
    """Districts outside the capital."""
    return np.setdiff1d(np.arange(len(party.districts)), [party.geography.tirana_district])


def first_ticks(record: RunRecord, party: Party, news: int) -> Any:
    """Return the first tick in which somebody of each district outside the capital heard, (25,)."""
    first = np.full(len(party.districts) + 1, 32767)
    np.minimum.at(first, party.people["district"], record.heard_tick[news])
    return np.delete(first[:-1], party.geography.tirana_district)


def values_of(scenario: Scenario, **more: float) -> dict[str, Any]:
    return {**scenario.values, **{f"null.{name}": value for name, value in more.items()}}


# ---------------------------------------------------------------- letter only


def voiced_elsewhere(record: RunRecord, party: Party, news: int) -> int:
    """Return how often the news was voiced outside the capital before the letter."""
    rows = record.voicings[record.voicings["rumor"] == news]
    there = party.people["district"][rows["person"]] != party.geography.tirana_district
    return int((there & (record.tick_start[rows["tick"].astype(int)] < LETTER)).sum())


def test_letter_only_nobody_passes_the_news_on(scenario: Scenario, party: Party, news: int) -> None:
    loud = scenario.replace(LOUD)
    model, world = (assemble_world(loud, party, word).simulate(SEED, 0) for word in ("party", "letter_only"))
    assert voiced_elsewhere(model, party, news) > 20
    assert voiced_elsewhere(world, party, news) == 0
    assert model.tells[news].sum() > 50
    assert world.tells[news].sum() == 0
    # The hall and the letter still tell, and the letter all of it elsewhere.
    through = world.channel[news]
    told = [CHANNELS.index(word) for word in ("hall", "letter_meeting")]
    assert set(through[through >= 0]) == set(told)
    assert (through[party.people["district"] != party.geography.tirana_district] != told[0]).all()
    assert (first_ticks(model, party, news) < first_ticks(world, party, news)).sum() > 15
    assert (world.tick_start[first_ticks(world, party, news)] >= LETTER).all()
    # Other rumors go on as they do.
    other = scenario.rumors.index("secret_speech")
    assert (world.heard_tick[other] == model.heard_tick[other]).mean() > 0.9
    assert world.tells[other].sum() > 50


def test_letter_only_holds_against_events_that_bring_the_news(scenario: Scenario, party: Party, news: int) -> None:
    brought = scenario.replace(
        {
            "events.mild-treatment.rumors": [NEWS],
            "events.mild-treatment.audience": "everybody",
            "punishment.seed_count": 30,
        }
    )
    model, world = (assemble_world(brought, party, word).simulate(SEED, 0) for word in ("party", "letter_only"))
    briefed = CHANNELS.index("briefing")
    assert (model.channel[news] == briefed).any()
    assert not (world.channel[news] == briefed).any()
    assert not world.tells[news].any()


# ---------------------------------------------------------------- instantaneous


def test_instantaneous_everybody_knows_on_the_day_of_the_opening(scenario: Scenario, party: Party, news: int) -> None:
    world = assemble_world(scenario, party, "instantaneous").simulate(SEED, 0)
    (tick,) = np.unique(world.heard_tick[news]).tolist()
    assert str(world.tick_start[tick + 1])[:10] == "1956-04-14"
    assert 0.1 < world.tells[news].mean() < 0.6, "whether they tell is their own chance, as in the model"
    before = assemble(scenario, party).simulate(SEED, 0)
    other = scenario.rumors.index("secret_speech")
    early = before.heard_tick[other] < tick
    assert early.any()
    assert (world.heard_tick[other][early] == before.heard_tick[other][early]).all()


# ---------------------------------------------------------------- the order of introduction


@pytest.mark.parametrize("word", ["random_order", "gravity"])
@pytest.mark.parametrize("replicate", [0, 1])
def test_the_districts_change_places_and_keep_the_times_of_the_model(
    scenario: Scenario, party: Party, assembly: Assembly, news: int, outside: Any, word: str, replicate: int
) -> None:
    """Some of them are introduced by the letter: it, too, has to wait for the turn of a district."""
    values = values_of(scenario, order_exponent=1.3) if word == "gravity" else scenario.values
    own = first_ticks(assembly.simulate(SEED, replicate), party, news)
    found = first_ticks(assemble_world(scenario, party, word).simulate(SEED, replicate, values), party, news)
    assert sorted(found) == sorted(own)
    assert (found != own).sum() > 15
    assert len(np.unique(own)) > 8
    weights = order_weights(party, outside, 1.3) if word == "gravity" else np.ones(len(outside))
    order = drawn_order(weights, outside, Streams(SEED, replicate))
    assert (np.diff(found[order]) >= 0).all(), "the order is not the one that was drawn"


def test_without_distance_the_order_goes_by_members_alone(
    scenario: Scenario, party: Party, news: int, outside: Any
) -> None:
    members = np.array([((party.people["district"] == one) & (party.people["cell"] >= 0)).sum() for one in outside])
    assert order_weights(party, outside, 0.0).tolist() == members.tolist()
    km = party.geography.km[party.geography.tirana_district][outside]
    assert order_weights(party, outside, 2.0) == pytest.approx(members / km.astype(float) ** 2, rel=1e-12)
    world = assemble_world(scenario, party, "gravity")
    found = first_ticks(world.simulate(SEED, 0, values_of(scenario, order_exponent=0.0)), party, news)
    assert (np.diff(found[drawn_order(members, outside, Streams(SEED, 0))]) >= 0).all()
    far = first_ticks(world.simulate(SEED, 0, values_of(scenario, order_exponent=5.0)), party, news)
    assert (far != found).any()


def test_districts_are_drawn_by_weight_without_replacement() -> None:
    """First by 1 : 2 : 5; then, given that the heaviest went first, by 1 : 2. 2,000 orders, 4.5 standard errors."""
    weights, districts = np.array([1.0, 2.0, 5.0]), np.array([3, 7, 11])
    orders = np.array([drawn_order(weights, districts, Streams(4, k)) for k in range(2000)])
    assert (np.sort(orders, axis=1) == [0, 1, 2]).all()
    for share, prob, n in (
        ((orders[:, 0] == 2).mean(), 5 / 8, 2000),
        ((orders[:, 0] == 0).mean(), 1 / 8, 2000),
        ((orders[orders[:, 0] == 2, 1] == 1).mean(), 2 / 3, 1250),
    ):
        assert share == pytest.approx(prob, abs=4.5 * np.sqrt(prob * (1 - prob) / n))


def test_the_news_comes_as_in_the_model_and_grows_by_talk(
    scenario: Scenario, party: Party, assembly: Assembly, news: int, outside: Any
) -> None:
    model, world = assembly.simulate(SEED, 1), assemble_world(scenario, party, "random_order").simulate(SEED, 1)

    def first(record: RunRecord) -> list[tuple[int, int]]:
        """Return tick and channel of the first hearing of each district, by time; several at once in some order."""
        found = []
        for district in outside:
            there = np.flatnonzero(party.people["district"] == district)
            at = there[record.heard_tick[news][there] == record.heard_tick[news][there].min()]
            found.append((int(record.heard_tick[news][at[0]]), sorted({int(c) for c in record.channel[news][at]})[0]))
        return sorted(found)

    assert [tick for tick, _ in first(world)] == [tick for tick, _ in first(model)]
    both = zip(first(model), first(world), strict=True)
    assert np.mean([one[1] == other[1] for one, other in both]) > 0.7
    told = (world.teller[news] >= 0) & (party.people["district"] != party.geography.tirana_district)
    assert told.sum() > 20, "in the districts people tell each other, as in the model"


def test_an_order_belongs_to_one_replicate(scenario: Scenario, party: Party) -> None:
    world = assemble_world(scenario, party, "random_order")
    assert world.at_once == 1
    with pytest.raises(RunError, match="replicates at a time"):
        world.start(SEED, [0, 1])
    one, again = (world.simulate(SEED, 1) for _ in range(2))
    assert (one.heard_tick == again.heard_tick).all()


# ---------------------------------------------------------------- all of them


def test_a_replicate_of_a_world_is_the_same_alone_and_side_by_side(scenario: Scenario, party: Party) -> None:
    for word in ("letter_only", "instantaneous"):
        world = assemble_world(scenario, party, word)
        assert world.at_once > 1
        sim = world.start(SEED, [0, 1])
        while not sim.finished:
            sim.step()
        assert (world.records(sim)[1].heard_tick == world.simulate(SEED, 1).heard_tick).all()


def test_the_numbers_of_null_worlds_are_none_of_the_models(scenario: Scenario, party: Party) -> None:
    assert not set(catalog.nulls()) & {*scenario.values, *catalog.parameters()}
    assert {name for names in NUMBERS.values() for name in names} == set(catalog.nulls())
    world = assemble_world(scenario, party, "letter_only_spurious")
    one, other = (world.simulate(SEED, 0, values_of(scenario, spurious_rate=rate)) for rate in (0.0, 0.5))
    assert (one.heard_tick == other.heard_tick).all()


@pytest.mark.parametrize(
    ("name", "changes", "word", "message"),
    [
        ("classroom", {}, "gravty", "unknown model 'gravty'.*did you mean 'gravity'"),
        ("maki-thompson", {}, "random_order", "not follow tirana_conference .*; allowed: party"),
        ("secret-speech", {}, "instantaneous", "it does not follow tirana_conference"),
        ("tirana-conference-no-letter", {}, "letter_only", "it has no letter"),
        ("classroom", {f"events.hall-{n}-april.enabled": False for n in (14, 15, 16)}, "instantaneous", "no hall"),
        ("tirana-conference", {"events.speech-known.rumors": [NEWS]}, "gravity", "known at the start"),
    ],
)
def test_a_world_without_news_is_refused(name: str, changes: dict[str, Any], word: str, message: str) -> None:
    with pytest.raises(RunError, match=message):
        check_model(load_scenario(name).replace(changes) if changes else load_scenario(name), word)


def test_every_world_says_what_it_is() -> None:
    assert [bool(world_text(word)) for word in MODELS] == [False] + [True] * 5
