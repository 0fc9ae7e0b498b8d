"""The hall: when it sits, when anything is said there, and what delegates do elsewhere meanwhile: nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rumorsim.core import NEVER, Contacts, GroupLayer, MakiThompson, Simulation
from rumorsim.model import CHANNELS, RunRecord, assemble
from rumorsim.model.absences import Absences
from rumorsim.model.actions import HallSession, Memory
from rumorsim.model.audience import audience_mask
from rumorsim.model.far_ties import LettersArrive, LettersPosted
from rumorsim.model.hall import sessions
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.events import Hall
from tests.agreement.test_pressures import differences

ABSENT = {"conference.delegates_absent": 1, "conference.report_hours": 0}
PRESENT = {"conference.delegates_absent": 0, "conference.report_hours": 0}
FIRST, SECOND = "events.hall-14-april", "events.hall-15-april"


def written(scenario: Scenario, party: Party, event: str = "hall-14-april") -> dict[str, HallSession]:
    """Return the sessions of an event by the hour at which each begins."""
    assembly = assemble(scenario, party)
    hall = scenario.event(event)
    assert isinstance(hall, Hall)
    found = sessions(hall, scenario.number, scenario.values, assembly.calendar, None, [1], [0], assembly.absences())
    start = assembly.calendar.tick_start
    return {str(start[one.tick])[5:16].replace("T", " "): one for one in found}


def hours(*of: int) -> list[str]:
    return [f"04-14 {hour:02d}:00" for hour in of]


def test_delegates_are_absent_until_the_break_and_until_the_evening(scenario: Scenario, party: Party) -> None:
    plain = written(scenario.replace(PRESENT), party)
    assert list(plain) == hours(*range(9, 18))
    assert {(one.back_tick, one.stays_away) for one in plain.values()} == {(0, None)}
    sits = written(scenario.replace(ABSENT), party)
    assert list(sits) == hours(9, 10, 11, 12, 15, 16, 17)
    start = assemble(scenario, party).calendar.tick_start
    back = [int(str(start[one.back_tick])[11:13]) for one in sits.values()]
    assert back == [13, 13, 13, 13, 18, 18, 18]
    through = written(scenario.replace({**ABSENT, "conference.break_hours": 0}), party)
    assert list(through) == list(plain)
    assert {str(start[one.back_tick])[11:13] for one in through.values()} == {"18"}


@pytest.mark.parametrize(
    "changes", [PRESENT, ABSENT, {**ABSENT, "conference.break_start": 17, "conference.break_hours": 6}]
)
def test_the_rate_of_a_day_is_shared_out_over_its_sessions(
    scenario: Scenario, party: Party, changes: dict[str, Any]
) -> None:
    found = written(scenario.replace(changes), party).values()
    assert sum(-np.log1p(-one.voiced[0]) for one in found) == pytest.approx(scenario.number("voice.hall_rate"))
    assert all(one.told == {1: scenario.number("conference.hearing_prob")} for one in found)


def test_nothing_is_said_before_the_report_is_over_on_the_first_day_only(scenario: Scenario, party: Party) -> None:
    changes = {**ABSENT, "conference.report_hours": 1.5, f"{FIRST}.until": "1956-04-14"}
    found = written(scenario.replace(changes), party)
    said = {hour: bool(one.told) for hour, one in found.items()}
    assert [hour for hour, some in said.items() if not some] == hours(9)
    assert all(bool(one.voiced) == bool(one.told) for one in found.values())
    rate = -np.log1p(-found["04-14 10:00"].voiced[0]) / -np.log1p(-found["04-14 11:00"].voiced[0])
    assert rate == pytest.approx(0.5)
    assert {one.back_tick > 0 for one in found.values()} == {True}
    two_days = {"conference.report_hours": 12, f"{FIRST}.until": "1956-04-15", f"{SECOND}.enabled": False}
    found = written(scenario.replace(two_days), party)
    assert {hour[:5]: bool(one.told) for hour, one in found.items()} == {"04-14": False, "04-15": True}
    later = written(scenario.replace({"conference.report_hours": 5}), party, "hall-15-april")
    assert all(one.told for one in later.values())


def test_whoever_is_on_a_journey_that_day_does_not_come(scenario: Scenario) -> None:
    """On a trip or a visit at some time from the opening to midnight, or transferred before."""
    changes = {
        **ABSENT,
        "ties.across_districts": "dated",
        "visit.rate": 0.1,
        "events.officers-moved.date": "1956-04-03",
    }
    chosen = scenario.replace(changes)
    party = build_party(chosen)
    assembly = assemble(chosen, party)
    away, edges = assembly.absences(), assembly.calendar.edge_minutes
    days = {}
    for day in ("14", "15"):
        found = written(chosen, party, f"hall-{day}-april")
        stays = next(iter(found.values())).stays_away
        assert stays is not None
        opens = assembly.calendar.minute(dt.datetime(1956, 4, int(day), 9))
        midnight = opens + 15 * 60
        gone = set(away.move_person[edges[away.move_tick] < midnight].tolist())
        for who, leave, back in ((away.person, away.leave, away.back), (away.guest, away.arrives, away.leaves)):
            traveling = (edges[leave] < midnight) & (edges[back] > opens)
            assert traveling.any()
            gone |= set(who[traveling].tolist())
        assert set(np.flatnonzero(stays).tolist()) == gone
        days[day] = gone
    assert days["14"] != days["15"]


# ------------------------------------------------------------------ by hand


def room(*actions: Any, rate: float = 1e6, **options: Any) -> Simulation:
    """Return three people at one place of work; the hall is another layer."""
    none = (np.empty(0, np.int32), np.empty(0, np.int32), 1, np.ones(1))
    hall = GroupLayer("hall", *none, "hall", "rooms", 0.0, 1.0, np.empty(0, np.bool_))
    work = GroupLayer.of("work", [0, 0, 0], channel="work", clock="day", exponent=0.0)
    return Simulation(
        Contacts(3, [work, hall]),
        MakiThompson(rate),
        stop_days=6.0,
        actions=list(actions),
        channels=("work", "hall", "post"),
        occasions=("hall",),
        memory=Memory(),
        **options,
    )


def test_what_is_heard_in_the_hall_is_told_outside_after_the_session() -> None:
    """0 and 1 sit for three ticks, 1 is on a journey and does not come; 2 hears once 0 is back, and so does 1."""
    persons, away = np.array([0, 1]), np.array([False, True, False])
    sits = [
        HallSession(tick=t, persons=persons, stays_away=away, told={0: 1.0} if t == 1 else {}, back_tick=4)
        for t in (1, 2, 3)
    ]
    runs = room(*sits).run()
    assert runs.heard_tick[0, 0].tolist() == [1, 4, 4]
    assert runs.teller[0, 0].tolist() == [-1, 0, 0]
    # Where nobody is absent the news is out in the next tick.
    talking = [HallSession(tick=t, persons=persons, told={0: 1.0}) for t in (1, 2, 3)]
    assert room(*talking).run().heard_tick[0, 0].tolist() == [1, 1, 2]
    # Who stays away is not absent: 2 tells 1 while 0 sits from the start.
    sits.append(HallSession(tick=0, persons=persons, stays_away=away, told={}, back_tick=4))
    assert room(*sits, initial_spreaders=[2]).run().heard_tick[0, 0].tolist() == [1, 0, -1]


def test_who_does_not_attend_is_not_absent() -> None:
    sits = HallSession(tick=0, persons=np.array([0, 1]), told={}, back_tick=6, attendance=0.0)
    assert room(sits, initial_spreaders=[0]).run().heard_tick[0, 0].tolist() == [-1, 0, 0]


def test_a_letter_waits_at_home_for_who_sits_in_the_hall() -> None:
    sits = HallSession(tick=1, persons=np.array([0]), told={}, back_tick=4)
    sim = room(sits, *[LettersArrive(tick=tick) for tick in range(6)])
    sim.memory.mail[2] = [(0, 0, 1), (0, 2, 1)]
    runs = sim.run()
    assert runs.heard_tick[0, 0, [0, 2]].tolist() == [4, 2]


@pytest.mark.parametrize(("tick", "written"), [(1, True), (2, False)])
def test_nobody_writes_a_letter_while_sitting_in_the_hall(tick: int, written: bool) -> None:
    sits = HallSession(tick=2, persons=np.array([0]), told={}, back_tick=5)
    zero, two = np.array([0]), np.array([2])
    letter = LettersPosted(tick=tick, writer=zero, reader=two, arrives=np.array([4]), mention_prob=1.0)
    sim = room(sits, letter, rate=1e-6, initial_spreaders=[0])
    while sim.tick < 3:
        assert sim.telling(0)[0]
        sim.step()
    assert (4 in sim.memory.mail) == written


# ------------------------------------------------------------------ over drawn calendars


@st.composite
def days_of_a_conference(draw: Any) -> dict[str, Any]:
    """Draw hours, breaks, days, and who sits in the hall."""
    begin = draw(st.sampled_from([0, 7, 8.5, 9, 11, 15]))
    end = draw(st.sampled_from([hour for hour in (9.25, 12, 18, 22, 24) if hour > begin]))
    people = st.sampled_from(["delegates", {"group": "functionaries"}, {"group": "everybody", "place": "Tirana"}])
    return {
        **ABSENT,
        "conference.session_start": begin,
        "conference.session_end": end,
        "conference.break_start": draw(st.sampled_from([9, 12, 13.5, 17])),
        "conference.break_hours": draw(st.sampled_from([0, 0.5, 2, 5])),
        "conference.report_hours": draw(st.sampled_from([0, 2.5])),
        f"{FIRST}.audience": draw(people),
        f"{SECOND}.audience": draw(people),
        "ties.across_districts": draw(st.sampled_from(["daily", "dated"])),
        "post.letter_rate": 0.14,
        "post.mention_prob": 1.0,
        "time.fine_tick_hours": draw(st.sampled_from([1, 2, 6])),
        "spread.pass_on_rate": 3.0,
        "fear.tirana_step_prob": 0.0,
    }


def seated(scenario: Scenario, party: Party, record: RunRecord, absences: Absences) -> np.ndarray:
    """Return who sits in the hall in each tick, from the hours of the scenario alone, (n_ticks, n) bool."""
    found = np.zeros((len(record.tick_start) - 1, len(party.people)), dtype=bool)
    value = scenario.number
    for name in ("hall-14-april", "hall-15-april", "hall-16-april"):
        event = scenario.event(name)
        audience = getattr(event, "audience", None)
        who = np.zeros(len(party.people), dtype=bool)
        if audience.group == "delegates":
            who[record.delegates] = True
        else:
            who = audience_mask(party, audience)
        midnight = np.datetime64(event.begin.date())
        minute = lambda hour: midnight + np.timedelta64(round(hour * 60), "m")  # noqa: B023, E731
        opens, closes = minute(value("conference.session_start")), minute(value("conference.session_end"))
        pause = minute(value("conference.break_start"))
        resume = pause + np.timedelta64(round(value("conference.break_hours") * 60), "m")
        start, stop = record.tick_start[:-1], record.tick_start[1:]
        for tick in range(len(start)):
            sits = (max(start[tick], opens), min(stop[tick], closes))
            minutes = [m for m in np.arange(sits[0], sits[1], np.timedelta64(15, "m")) if not pause <= m < resume]
            if minutes:
                found[tick, who] = True
        # Whoever is on a journey between the opening and midnight does not come.
        last = int(np.searchsorted(start, midnight + np.timedelta64(1, "D")))
        first = int(np.searchsorted(stop, opens, side="right"))
        journeys = [
            *zip(absences.person, absences.leave, absences.back, strict=True),
            *zip(absences.guest, absences.arrives, absences.leaves, strict=True),
        ]
        for person, leave, back in journeys:
            if leave < last and back > first:
                found[first:last, person] = False
    return found


@settings(derandomize=True, max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(days_of_a_conference())
def test_no_teller_outside_the_hall_sits_in_it_at_that_moment(drawn: dict[str, Any]) -> None:
    scenario = load_scenario("classroom").replace({"start": "1956-04-08", "stop": "1956-04-18", **drawn})
    party = build_party(scenario)
    assembly = assemble(scenario, party)
    record = assembly.simulate(3, 0)
    sits = seated(scenario, party, record, assembly.absences())
    assert sits.any()
    outside = record.channel != CHANNELS.index("hall")
    for rumor in range(len(scenario.rumors)):
        tick, teller = record.heard_tick[rumor].astype(int), record.teller[rumor]
        told = np.flatnonzero((tick >= 0) & (tick < NEVER) & outside[rumor] & (teller >= 0))
        # Whoever wrote a letter may sit in the hall when it is read.
        told = told[record.channel[rumor][told] != CHANNELS.index("post")]
        assert not sits[tick[told], teller[told]].any()
        heard = np.flatnonzero((tick >= 0) & (tick < NEVER) & outside[rumor] & (record.channel[rumor] >= 0))
        assert not sits[tick[heard], heard].any()


def test_delegates_tell_again_after_the_session(party: Party) -> None:
    """Tick by tick the pressures are those of everybody who is not in the hall, and some told before and told after."""
    changes = {**ABSENT, "start": "1956-04-08", "stop": "1956-04-17", "conference.delegates": 5000}
    scenario = load_scenario("classroom").replace(changes)
    assembly = assemble(scenario, party)
    sim = assembly.start(3, [0, 1])
    start = assembly.calendar.tick_start
    opening, pause = (int(np.searchsorted(start, np.datetime64(f"1956-04-14T{hour}"))) for hour in ("09", "13"))
    while not sim.finished:
        tick = sim.tick
        sim.step()
        if tick >= opening and tick % 3 == 0:
            assert all(differences(block) == [] for block in sim.blocks)
        absent = np.flatnonzero(sim.absent(np.arange(sim.n_rows)))
        assert set(absent) <= set(sim.memory.delegates)
        assert tick not in (opening - 1, pause) or not len(absent)
        assert tick != opening or len(absent) > 100
    told_at: dict[int, list[int]] = {}
    for rumor in range(len(scenario.rumors)):
        for teller, when in zip(sim.teller(rumor).tolist(), sim.heard_tick(rumor).tolist(), strict=True):
            told_at.setdefault(teller, []).append(when)
    again = [row for row in sim.memory.delegates.tolist() if any(t < opening for t in told_at.get(row, [NEVER]))]
    again = [row for row in again if any(pause <= t < NEVER for t in told_at[row])]
    assert len(again) > 3
