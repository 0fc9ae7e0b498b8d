"""When cells meet."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import NEVER, Meeting, Streams
from rumorsim.ensemble.fingerprint import RECORD_FIELDS
from rumorsim.model import Assembly, assemble
from rumorsim.model.actions import ChilledMeeting
from rumorsim.model.meetings import letter_days, letter_meetings, ordinary_meetings
from rumorsim.party import Party, build_party
from rumorsim.party.vocabulary import KINDS
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.events import Letter


def days_of(scenario: Scenario, party: Party) -> list[list[int]]:
    """Return the days on which each cell has an ordinary meeting, counted from the start."""
    assembly = assemble(scenario, party)
    found: list[list[int]] = [[] for _ in range(len(party.cells))]
    start = assembly.calendar.first_minute
    for meeting in ordinary_meetings(scenario, party, scenario.values, assembly.calendar, assembly.rumor):
        day = int(assembly.calendar.edge_minutes[meeting.tick] - start) // 1440
        for cell in meeting.groups:
            found[int(cell)].append(day)
    return found


def test_a_cell_meets_once_an_interval_and_all_days_see_some_meet(party: Party) -> None:
    plain = load_scenario("classroom").replace({"events.mobilization.enabled": False})
    interval = plain.value("meeting.interval_days")
    found = days_of(plain, party)
    gaps = {gap for days in found for gap in np.diff(days).tolist()}
    assert gaps <= {int(np.floor(interval)), int(np.ceil(interval))}
    assert all(days for days in found)
    assert len({days[0] for days in found}) > interval / 2


def test_a_mobilization_makes_cells_meet_more_often_by_its_factor(party: Party) -> None:
    name = "events.mobilization"
    plain = load_scenario("classroom")
    event = plain.event("mobilization")
    assert event.end is not None
    first, last = (event.begin.date() - plain.start).days, (event.end.date() - plain.start).days
    counts = []
    for factor in (1.0, 3.0):
        found = days_of(plain.replace({f"{name}.factor": factor}), party)
        counts.append(sum(first <= day < last for days in found for day in days))
    assert counts[1] / counts[0] == pytest.approx(3.0, rel=0.15)


@pytest.fixture
def letter(scenario: Scenario) -> Letter:
    return scenario.events_of(Letter)[0]


def test_the_letter_is_read_between_its_first_and_last_day_and_first_in_uniform(
    letter: Letter, scenario: Scenario, party: Party
) -> None:
    number = scenario.number
    first, mean, last = number(letter.first_delay), number(letter.mean_delay), number(letter.last_delay)
    delays = np.array([letter_days(letter, party, Streams(1, k), number, 0.25) for k in range(40)])
    at_home = party.cells["district"] >= 0
    assert np.isinf(delays[:, ~at_home]).all()
    assert ((delays[:, at_home] >= first) & (delays[:, at_home] <= last)).all()
    uniform = np.isin(party.cells["kind"], [KINDS.index("army_unit"), KINDS.index("police_unit")])
    civil = delays[:, at_home & ~uniform]
    assert delays[:, uniform & at_home].mean() < civil.mean()
    # The exponential time is cut off at the last day, so that the mean falls short of the one before the cut.
    wait, span = mean - first, last - first
    cut = np.exp(-span / wait)
    expected = first + wait - span * cut / (1 - cut)
    assert civil.mean() == pytest.approx(expected, abs=4 * civil.std() / np.sqrt(civil.size))


def test_absentees_hear_later_and_ask_nothing(letter: Letter, assembly: Assembly) -> None:
    scenario, party, calendar = assembly.scenario, assembly.party, assembly.calendar
    made = letter_meetings(
        letter, party, scenario.values, calendar, assembly.rumor, Streams(3, 7), lambda given: scenario.number(given)
    )
    assert all(meeting.only == (7,) for meeting in made)
    first = {int(c): m.tick for m in made if m.label == letter.id for c in m.groups}
    second = {int(c): m.tick for m in made if m.label == f"{letter.id}/absentees" for c in m.groups}
    assert second
    assert set(second) <= set(first)
    days = calendar.edge_minutes[:-1] // 1440
    later = {int(days[second[cell]] - days[first[cell]]) for cell in second}
    catch_up = scenario.value("letter.catch_up_days")
    assert later <= {int(np.floor(catch_up)), int(np.ceil(catch_up))}
    assert all(not meeting.voiced for meeting in made if meeting.label.endswith("/absentees"))
    assert all(meeting.voiced for meeting in made if meeting.label == letter.id)


@pytest.mark.parametrize(("factor", "kind"), [(1.0, Meeting), (0.3, ChilledMeeting)])
def test_ordinary_meetings_are_chilled_only_where_the_catalog_says_so(
    assembly: Assembly, factor: float, kind: type[Meeting]
) -> None:
    values = {**assembly.scenario.values, "fear.chill_factor": factor}
    found = ordinary_meetings(assembly.scenario, assembly.party, values, assembly.calendar, assembly.rumor)
    assert {type(meeting) for meeting in found} == {kind}
    assert all(getattr(meeting, "chill_factor", factor) == factor for meeting in found)


def test_a_chill_changes_nothing_while_nobody_is_afraid() -> None:
    scenario = load_scenario("secret-speech").replace({"party.scale": 0.041, "voice.meeting_prob": 0.2})
    party = build_party(scenario)
    records = [
        assemble(scenario.replace({"fear.chill_factor": factor}), party).simulate(1956, 0) for factor in (1.0, 0.3)
    ]
    assert not (records[0].afraid_tick < NEVER).any()
    assert len(records[0].voicings) > 100
    assert all(np.array_equal(*(getattr(one, name) for one in records)) for name in RECORD_FIELDS)


def test_a_planted_question_is_asked_in_its_share_of_the_meetings_on_the_letter_by_one_who_is_there(
    scenario: Scenario, party: Party
) -> None:
    """Nobody is willing here, so every question is planted."""
    silent = {"voice.letter_question_rate": 0.0, "voice.meeting_prob": 0.0, "voice.hall_rate": 0.0}
    asked, meetings = [], 0
    for prob in (0.0, 0.3):
        assembly = assemble(scenario.replace({**silent, "letter.planted_prob": prob}), party)
        for replicate in range(4):
            record = assembly.simulate(3, replicate)
            voicings = record.voicings
            assert (voicings["rumor"] == assembly.rumor["tirana_conference"]).all()
            assert len(np.unique(voicings[["tick", "cell"]])) == len(voicings), "one in a meeting"
            held = {(int(one["tick"]), int(one["cell"])) for one in record.meetings}
            assert {(int(one["tick"]), int(one["cell"])) for one in voicings} <= held
            asked.append(len(voicings))
            meetings += len(np.unique(record.meetings["cell"])) if prob else 0
    assert asked[:4] == [0] * 4
    assert sum(asked) / meetings == pytest.approx(0.3, abs=0.06)
    assert len(set(asked[4:])) > 1, "drawn anew in every replicate"
