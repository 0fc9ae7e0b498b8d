"""The class of ordinary agents and the fast core obey one law.

Two tests. The first lays the state of a run of the core over the agents, tick after tick, and compares the rates of
every person: nothing is drawn, so it sees any difference above a thousandth. The second compares distributions over
whole runs, and so covers what happens at a date (meetings, the hall, the letter, fear, punishment) and who told whom.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.abm.classroom import ClassroomModel
from rumorsim.abm.classroom_people import Person
from rumorsim.core import NEVER, Simulation
from rumorsim.errors import RunError
from rumorsim.model import CHANNELS, RunRecord, assemble
from rumorsim.scenario import Scenario


def overlay(model: ClassroomModel, sim: Simulation) -> None:
    """Give the agents the state of the core."""
    for rumor in model.rumors:
        telling, knows = sim.telling(rumor), sim.heard_tick(rumor) != NEVER
        for person in model.people:
            number = person.number
            if knows[number] and rumor not in person.settled:
                person.settled.add(rumor)
                for group in person.groups:
                    group.knowing[rumor] += 1
            if telling[number] and rumor not in person.telling:
                person.start_telling(rumor)
            elif not telling[number] and rumor in person.telling:
                person.stop_telling(rumor)


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


@pytest.mark.parametrize(
    "changes", [{}, {"tell.stifling_rate": 1.5, "spread.group_size_exponent": 0.6}, {**_DATED, **_OFFICIAL}]
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
    looked = {"hearing": 0, "stopping": 0}
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
            worn = before[rumor][1] - patience
            for number in np.flatnonzero(np.isfinite(worn) & (afraid == sim.afraid_tick)):
                person = model.people[number]
                rate = person.rate_of_stopping(rumor) * model.tick_days
                slack = 1e-4 * rate + 2e-6 + rounding(person, rumor, half_unit)[1]
                assert abs(worn[number] - rate) <= slack, (tick, rumor, number)
                looked["stopping"] += 1
    assert looked["hearing"] > 10_000
    assert looked["stopping"] > 500


def test_one_well_mixed_group_is_refused() -> None:
    with pytest.raises(RunError, match="population"):
        ClassroomModel("maki-thompson")


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
    "fear.chill_factor": 0.1,
    "events.fear-in-tirana.date": "1956-04-09T18:00:00",
    "fear.tirana_step_prob": 0.3,
}


@pytest.mark.slow
@pytest.mark.parametrize("ties", [{}, {**_DATED, **_OFFICIAL, **_CHILLED, "party.kin_town_share": 0.5}])
def test_whole_runs(ties: dict[str, Any]) -> None:
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
    if ties:
        wrong += [{"post.mention_prob": 0.4}, {"fear.chill_factor": 1.0}]
    for change in wrong:
        assert np.abs(distances(agents, core_runs(scenario.replace(change), 25))).max() > _ALLOWED
