"""The class of ordinary agents and the fast core obey one law.

Two tests. The first lays the state of a run of the core over the agents, tick after tick, and compares the rates of
every person: nothing is drawn, so it sees any difference above a thousandth. The second compares distributions over
whole runs, and so covers what happens at a date (meetings, the hall, the letter, fear, punishment) and who told whom.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.abm.classroom import ClassroomModel
from rumorsim.abm.classroom_events import EFFECTS
from rumorsim.abm.classroom_people import Person
from rumorsim.core import NEVER, Emboldening, Simulation
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, RunRecord, assemble
from rumorsim.model.actions import Election, Encouragement, HallSession
from rumorsim.scenario import Scenario
from tests.reference.emboldening import BOLDNESS, GAIN, enumerated


def overlay(model: ClassroomModel, sim: Simulation) -> None:
    """Give the agents the state of the core."""
    for rumor in model.rumors:
        telling, knows = sim.telling(rumor), sim.heard_tick(rumor) != NEVER
        for person in model.people:
            number = person.number
            if knows[number] and rumor not in person.settled:
                person.settled.add(rumor)
                for group in person.groups if person.back_tick is None else ():
                    group.knowing[rumor] += 1
            if telling[number] and rumor not in person.telling:
                person.start_telling(rumor)
            elif not telling[number] and rumor in person.telling:
                person.stop_telling(rumor)


def seat(model: ClassroomModel, sim: Simulation) -> np.ndarray:
    """Let those agents sit in the hall who did so in the last tick of the core; return who they are."""
    absent = sim.absent(np.arange(sim.n))
    for person in model.people:
        if absent[person.number] and person.back_tick is None:
            person.sit_down(1 << 30)
        elif not absent[person.number] and person.back_tick is not None:
            person.get_up()
    return absent


def thresholds(sim: Simulation, rumor: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what is left of everybody's thresholds of hearing, and of the tellers' patience (nan for the others)."""
    state = sim.block_of(rumor)
    first = state.span(rumor).start
    patience = np.full(state.n_rows, np.nan)
    rows = state.tellers.rows
    patience[rows] = np.where(np.isfinite(state.tellers.countdown), state.tellers.countdown, np.nan)
    remaining = state.remaining[first : first + sim.n].astype(np.float64)
    return np.where(np.isfinite(remaining), remaining, np.nan), patience[first : first + sim.n]


def rounding(person: Person, rumor: int, half_unit: dict[str, float]) -> tuple[float, float]:
    """Return by how much a tick's hazards of hearing and stopping may differ, since the core's weights are rounded."""
    model = person.model
    step = {clock: half_unit[clock] * pace[rumor] * model.tick_days for clock, pace in model.pace.items()}
    hearing = sum(step[group.clock] * abs(group.talk[rumor]) for group in person.groups if group.weight)
    hearing += sum(step[tie.clock] * tie.source.talk for tie in person.callers[rumor])
    stopping = sum(step[group.clock] * group.knowing[rumor] for group in person.groups if group.weight)
    stopping += sum(step[tie.clock] for tie in person.calls)
    return model.pass_on_rate * hearing, model.stifling_rate * stopping


#: Ties across districts at dates, so often that much is heard on visits and by the post.
_DATED: dict[str, Any] = {
    "ties.across_districts": "dated",
    "visit.rate": 0.1,
    "visit.telling_rate": 6.0,
    "post.letter_rate": 0.14,
    "post.students_letter_rate": 0.14,
    "post.mention_prob": 0.8,
    "post.delay_days": 2.0,
}


_OFFICIAL: dict[str, Any] = {"telephone.use": "official", "telephone.idle_factor": 0.3, "spread.telephone_rate": 2.0}


#: So many sit in the hall, with a break, and hear so little there, that most of what they miss is told elsewhere.
_ABSENT: dict[str, Any] = {
    "conference.delegates_absent": 1,
    "conference.hearing_prob": 0.02,
    "events.hall-14-april.audience": {"group": "everybody", "place": "Tirana"},
    "events.hall-15-april.audience": {"group": "functionaries"},
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tell.stifling_rate": 1.5, "spread.group_size_exponent": 0.6},
        {**_DATED, **_OFFICIAL},
        {**_DATED, **_OFFICIAL, **_ABSENT, "start": "1956-04-08", "stop": "1956-04-17"},
    ],
)
def test_rates_of_every_person(changes: dict[str, Any]) -> None:
    scenario = rs.load_scenario("classroom").replace(changes)
    party = rs.build_party(scenario)
    sim = assemble(scenario, party).start(4)
    model = ClassroomModel(scenario, seed=0, party=party)
    for person in model.people:
        for rumor in list(person.telling):
            person.stop_telling(rumor)
        for rumor in list(person.settled):
            for group in person.groups:
                group.knowing[rumor] -= 1
        person.settled.clear()
    half_unit = {clock.name: clock.head_unit / 2 for clock in sim.blocks[0].contacts.clocks}
    looked = {"hearing": 0, "stopping": 0, "absent": 0}
    while not sim.finished:
        tick = sim.tick
        model.tick = tick
        model.begin_tick()
        # Every seventh tick, so that all hours come by; none at whose start somebody is silenced.
        if tick % 7:
            sim.step()
            continue
        overlay(model, sim)
        before = [thresholds(sim, rumor) for rumor in model.rumors]
        mute, afraid = sim.mute.copy(), sim.afraid_tick.copy()
        sim.step()
        absent = seat(model, sim)
        if (sim.mute != mute).any() or any(
            action.tick == tick for action in model._agenda[tick] if "curio" in action.label
        ):
            continue
        new = np.zeros(sim.n, dtype=bool)
        for rumor in model.rumors:
            new |= sim.heard_tick(rumor) == tick
        for rumor in model.rumors:
            remaining, patience = thresholds(sim, rumor)
            spent = before[rumor][0] - remaining
            for number in np.flatnonzero(np.isfinite(remaining) & ~new):
                person = model.people[number]
                rate = sum(way[0] for way in person.ways_of_hearing(rumor)) * model.tick_days
                # What is left is kept in single precision, and some of it is large.
                stored = 2e-6 + float(np.spacing(np.float32(before[rumor][0][number])))
                slack = 1e-4 * rate + stored + rounding(person, rumor, half_unit)[0]
                assert abs(spent[number] - rate) <= slack, (tick, rumor, number)
                looked["hearing"] += rate > 1e-4
                looked["absent"] += bool(absent[number])
            worn = before[rumor][1] - patience
            for number in np.flatnonzero(np.isfinite(worn) & (afraid == sim.afraid_tick)):
                person = model.people[number]
                rate = person.rate_of_stopping(rumor) * model.tick_days
                slack = 1e-4 * rate + 2e-6 + rounding(person, rumor, half_unit)[1]
                assert abs(worn[number] - rate) <= slack, (tick, rumor, number)
                looked["stopping"] += 1
    assert looked["hearing"] > (1000 if "stop" in changes else 10_000)
    assert looked["stopping"] > 500
    assert (looked["absent"] > 100) == ("conference.delegates_absent" in changes)


def test_one_well_mixed_group_is_refused() -> None:
    with pytest.raises(RunError, match="population"):
        ClassroomModel("maki-thompson")


# -------------------------------------------------------------------- learning to speak up


@pytest.fixture
def three() -> tuple[ClassroomModel, list[Person]]:
    """Three people who know of the speech, before the day begins; what emboldens them does not fade."""
    model = ClassroomModel(rs.load_scenario("classroom").replace({"party.scale": 0.02}), seed=7)
    model.learning = Emboldening(gain=GAIN, news={1: {None: 0.5, "hall": 0.0}})
    people = model.people[:3]
    for person, boldness in zip(people, BOLDNESS, strict=True):
        person.boldness, person.heard[0], model.bar[person.zone] = boldness, -1, 0.7
    return model, people


def session(model: ClassroomModel, people: list[Person], prob: float = 1.0, **more: Any) -> list[Person]:
    """Let people meet; return who spoke, once for each rumor raised. Nothing is settled."""
    before = len(model.voicings)
    persons = np.array([person.number for person in people])
    EFFECTS[HallSession](model, HallSession(persons=persons, voiced={0: prob}, **more))
    return [row[2] for row in model.voicings[before:]]


def test_agents_learn_by_the_enumerated_law(three: tuple[ClassroomModel, list[Person]]) -> None:
    model, people = three
    trials = 4000
    counts: Counter[Any] = Counter()
    for _ in range(trials):
        way = []
        for person in people:
            person.exposure = 0.0
        for _ in range(3):
            said = session(model, people, 0.5)
            way.append(tuple(person in said for person in people))
            model._settle()
        counts[tuple(way)] += 1
    law = enumerated(3, 0.5)
    assert set(counts) <= {way for way, p in law.items() if p > 0}
    for way, p in law.items():
        assert counts[way] / trials == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / trials)), way


def test_agents_learn_from_the_next_tick_on_and_it_fades(three: tuple[ClassroomModel, list[Person]]) -> None:
    model, people = three
    model.learning = Emboldening(gain=GAIN, half_life_days=2.0)
    people[1].heard[1] = people[0].heard[1] = -1
    assert session(model, people) == session(model, people) == people[:1], "in one tick nobody learns from another"
    assert [person.exposure for person in people] == [0.0, 0.0, 0.0]
    model._settle()
    assert [person.exposure for person in people] == [0.0, 2.0, 2.0]
    people[2].boldness = 0.45  # the bar is .7 less .4 times 2/3, and two days later less .4 times 1/2
    assert people[2].would_voice()
    model.tick = next(tick for tick in range(99) if model.calendar.ticks.edges_days[tick] >= 2)
    assert [person.exposure_left() for person in people] == [0.0, 1.0, 1.0]
    assert not people[2].would_voice()
    people[2].boldness = 0.2
    EFFECTS[Encouragement](model, Encouragement(persons=np.array([2]), amount=0.5))
    model._settle()
    assert people[2].exposure_left() == 1.5
    people[1].take_fright()
    assert session(model, people) == people[:1]
    model.delegates = [people[0]]
    EFFECTS[Encouragement](model, Encouragement(amount=0.25))
    model._settle()
    assert people[0].exposure_left() == 0.25


def test_agents_hear_of_a_precedent(three: tuple[ClassroomModel, list[Person]]) -> None:
    """Where it was set it adds nothing to what was seen; elsewhere it does."""
    model, people = three
    people[1].boldness = 0.9
    session(model, people, precedent=1)
    model.people[5].hear(1, "workplace")
    model._settle()
    assert [person.channel[1] for person in people] == ["hall"] * 3
    assert [person.teller.get(1) in people[:2] for person in people] == [False, False, True]
    assert [person.exposure for person in people] == [1.0, 1.0, 2.0]
    assert model.people[5].exposure == 0.5


def test_agents_elect_whoever_would_speak_up(three: tuple[ClassroomModel, list[Person]]) -> None:
    model, people = three
    people[1].exposure = 1.0
    people[0].take_fright()
    common: dict[str, Any] = {
        "persons": np.arange(3),
        "cell": np.zeros(3, int),
        "seats": np.array([1]),
        "rumors": (0,),
        "odds": 1e12,
    }
    election = Election(**common, bar=0.7, boldness=np.array(BOLDNESS))
    EFFECTS[Election](model, election)
    assert model.delegates == [people[1]]
    model.learning = Emboldening()
    EFFECTS[Election](model, election)
    assert model.delegates == [people[1], people[0]], "fixed boldness asks for that alone"


# -------------------------------------------------------------------- whole runs

_THROUGH: tuple[str, ...] = (
    "conversation",
    "workplace",
    "kin",
    "travel",
    "cell_meeting",
    "hall",
    "letter_meeting",
    "foreign_radio",
)
_THROUGH += ("visit", "post", "telephone")


def of_agents(model: ClassroomModel) -> list[float]:
    """Return what is compared, from a run of the agents."""
    while model.running:
        model.step()
    people, rows = model.people, list(model.rumors)
    last = model.tick
    found = [float(sum(row in person.heard for person in people)) for row in rows]
    found += [sum((last - person.heard[row]) for person in people if row in person.heard) / last for row in rows]
    found += [sum(channel in person.channel.values() for person in people) for channel in _THROUGH]
    found += [sum(len(person.teller) for person in people), sum(len(person.telling) for person in people)]
    found += [sum(person.afraid for person in people), sum(person.mute for person in people)]
    return [*found, len(model.voicings), sum(row[4] for row in model.voicings), len(model.delegates)]


def of_core(record: RunRecord) -> list[float]:
    """Return the same from a run of the core."""
    heard = record.heard_tick.astype(np.int64)
    knows, last = heard != NEVER, len(record.tick_start) - 1
    found = knows.sum(axis=1).tolist()
    found += (np.where(knows, last - heard, 0).sum(axis=1) / last).tolist()
    found += [(record.channel == CHANNELS.index(channel)).any(axis=0).sum() for channel in _THROUGH]
    found += [(record.teller >= 0).sum(), (record.tells & (record.stopped_tick == NEVER)).sum()]
    found += [(record.afraid_tick != NEVER).sum(), len(record.expelled) + len(record.penalized)]
    return [*map(float, found), len(record.voicings), record.voicings["detected"].sum(), len(record.delegates)]


def distances(agents: list[list[float]], core: list[list[float]]) -> np.ndarray:
    """Return the differences of means in standard errors, by the spread of the more numerous runs of the core."""
    a, b = np.array(agents, dtype=float), np.array(core, dtype=float)
    error = b.std(axis=0, ddof=1) * np.sqrt(1 / len(a) + 1 / len(b))
    difference = a.mean(axis=0) - b.mean(axis=0)
    return np.where(difference == 0, 0.0, difference / np.where(error > 0, error, 1e-12))


#: Standard errors allowed for each of 26 quantities: agents of the same law pass 9,998 times in 10,000. A difference of
#: 2 standard deviations between runs is found with probability .9 (10 runs of the agents against 80 of the core).
_ALLOWED = 4.5


def core_runs(scenario: Scenario, replicates: int) -> list[list[float]]:
    assembly = assemble(scenario, rs.build_party(scenario))
    return [of_core(assembly.simulate(7, replicate)) for replicate in range(replicates)]


#: Fear comes early enough to chill many meetings.
_CHILLED: dict[str, Any] = {
    "fear.chill_factor": 0.02,
    "events.fear-in-tirana.date": "1956-04-09T18:00:00",
    "fear.tirana_step_prob": 0.3,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ties", "off"),
    [
        ({}, []),
        (
            {**_DATED, **_OFFICIAL, **_CHILLED, "party.kin_town_share": 0.5},
            [{"post.mention_prob": 0.4}, {"fear.chill_factor": 1.0}],
        ),
        ({**_ABSENT, "conference.report_hours": 1.5}, [{"conference.delegates_absent": 0}]),
    ],
)
def test_whole_runs(ties: dict[str, Any], off: list[dict[str, Any]]) -> None:
    """The agents pass; a core whose people talk two fifths more, or hear half of what is said in a cell, does not."""
    scenario = rs.load_scenario("classroom").replace(
        {
            "start": "1956-04-08",
            "stop": "1956-04-25",
            "party.scale": 0.02,
            # So much is said in meetings that ten runs have enough of it.
            "voice.meeting_prob": 0.3,
            "voice.bar": 0.4,
            "letter.first_delay_days": 1.0,
            "letter.mean_delay_days": 2.0,
            **ties,
        }
    )
    party = rs.build_party(scenario)
    agents = [of_agents(ClassroomModel(scenario, seed=seed, party=party)) for seed in range(10)]
    assert np.abs(distances(agents, core_runs(scenario, 80))).max() < _ALLOWED
    wrong: list[dict[str, Any]] = [
        {"spread.pass_on_rate": 1.4 * scenario.number("spread.pass_on_rate")},
        {"meeting.hearing_prob": 0.45},
    ]
    for change in [*wrong, *off]:
        assert np.abs(distances(agents, core_runs(scenario.replace(change), 25))).max() > _ALLOWED


#: Cells meet so often, and news is worth so much, that each way of learning counts.
_LEARNED: dict[str, Any] = {
    "start": "1956-04-05",
    "stop": "1956-04-15",
    "rumors": ["secret_speech", "tirana_conference", "elite_privileges", "unequal_punishment", "precedent"],
    "party.scale": 0.02,
    "meeting.interval_days": 6.0,
    "voice.meeting_prob": 0.2,
    "voice.boldness": "learned",
    "embolden.gain": 0.5,
    "embolden.half_life_days": 4.0,
    "embolden.precedent": 5.0,
    "embolden.talk": 5.0,
    "embolden.article": 10.0,
    "endemic.secret_speech_tirana": 0.3,
    "events.article.enabled": False,
    "events.article-emboldens.enabled": True,
}


@pytest.mark.slow
def test_what_is_learned_in_whole_runs() -> None:
    """Voicings, exposure, the willing, who knows the precedent: agents pass, a core that learns otherwise does not."""
    scenario = rs.load_scenario("tirana-conference").replace(_LEARNED)
    party = rs.build_party(scenario)
    row = scenario.rumors.index("precedent")

    def of_agents(seed: int) -> list[float]:
        model = ClassroomModel(scenario, seed=seed, party=party)
        while model.running:
            model.step()
        found = [len(model.voicings), len({person.number for _, _, person, _, _ in model.voicings})]
        found += [model.count(Person.would_voice), model.count(lambda person: row in person.heard)]
        return [*found, sum(person.exposure_left() for person in model.people)]

    def of_core(scenario: Scenario, replicates: int) -> list[list[float]]:
        assembly, found = assemble(scenario, party), []
        for replicate in range(replicates):
            sim = assembly.start(7, [replicate])
            sim.run()
            everybody = np.arange(sim.n)
            counts = [len(sim.voicings), len(np.unique(sim.voicings["row"]))]
            counts += [sim.willing(everybody).sum(), sim.knows(row, everybody).sum()]
            found.append([*map(float, counts), float(sim.exposure.sum())])
        return found

    agents = [of_agents(seed) for seed in range(12)]
    assert np.abs(distances(agents, of_core(scenario, 80))).max() < _ALLOWED
    for change in ({"gain": 0.3}, {"half_life_days": 2.0}, {"precedent": 0.0}, {"talk": 0.0}):
        changed = scenario.replace({f"embolden.{name}": value for name, value in change.items()})
        assert np.abs(distances(agents, of_core(changed, 30))).max() > _ALLOWED, change
