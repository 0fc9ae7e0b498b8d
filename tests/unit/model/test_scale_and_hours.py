"""Counts that keep a process alive in a small party, the months of the transfers, and the hour of the crackdown."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from rumorsim.core import Briefing, Climate, Interest
from rumorsim.model import Assembly, assemble
from rumorsim.model.agenda import write_agenda
from rumorsim.model.calendar import people_at_scale
from rumorsim.model.record import VOICING, VOICING_KINDS
from rumorsim.party import Party, build_party
from rumorsim.party.settings import read_settings
from rumorsim.party.vocabulary import FLAGS
from rumorsim.scenario import Scenario, load_scenario


@pytest.fixture(scope="module")
def dying(scenario: Scenario) -> tuple[Scenario, Party]:
    small = scenario.replace({"party.least_count": 0})
    return small, build_party(small)


# -------------------------------------------------------------------- a floor of counts


@pytest.mark.parametrize(
    ("count", "scale", "least", "people"),
    [(25, 0.041, 0, 1), (25, 0.041, 5, 5), (3, 0.041, 5, 3), (993, 0.041, 5, 41), (25, 1.0, 5, 25), (0, 0.041, 5, 0)],
)
def test_a_count_has_a_floor_but_is_never_more_than_the_whole(
    count: int, scale: float, least: int, people: int
) -> None:
    assert people_at_scale(count, {"party.scale": scale, "party.least_count": least}) == people


def test_the_inner_circles_of_a_small_party_have_the_floor(
    party: Party, dying: tuple[Scenario, Party], scenario: Scenario
) -> None:
    def circle(built: Party, flag: str) -> int:
        return int((built.people["flags"] & FLAGS[flag] > 0).sum())

    assert [circle(dying[1], name) for name in ("POLITBURO", "CENTRAL_COMMITTEE", "PLENUM")] == [1, 3, 3]
    # One of the five members of the committee is a district secretary, and the inner circle sits in the capital.
    assert [circle(party, name) for name in ("POLITBURO", "CENTRAL_COMMITTEE", "PLENUM")] == [4, 5, 5]
    whole = read_settings({**scenario.values, "party.scale": 1.0, "party.least_count": 100})
    assert [whole.circle(name, 1) for name in ("politburo", "central_committee")] == [14, 65], "no effect on the whole"


def test_an_outbreak_at_a_24th_of_the_party_does_not_die_with_one_person(
    assembly: Assembly, dying: tuple[Scenario, Party]
) -> None:
    """What the floor is for: of one person who notices, and may not tell, often nobody else ever hears."""

    def dead(of: Assembly) -> int:
        row, died = of.rumor["unequal_punishment"], 0
        for replicate in range(12):
            died += int((of.simulate(1956, replicate).heard_tick[row] < 32767).sum()) < 20
        return died

    assert dead(assemble(*dying)) >= 5
    assert dead(assembly) <= 3


# -------------------------------------------------------------------- transfers over both months


def test_officers_are_moved_in_april_and_may_if_that_is_switched_on(scenario: Scenario, party: Party) -> None:
    def days(lead: float) -> list[str]:
        assembly = assemble(scenario.replace({"control.moves_lead_days": lead}), party)
        ticks = np.sort(assembly.absences().move_tick)
        return [str(moment)[:10] for moment in assembly.calendar.tick_start[ticks]]

    late, both = days(0.0), days(16.0)
    assert len(late) == len(both) == 41
    assert late[0] >= "1956-04-17"
    assert "1956-04-01" <= both[0] < "1956-04-10"
    assert both[-1] > "1956-05-20"
    assert sum(day < "1956-04-17" for day in both) == pytest.approx(41 * 16 / 61, abs=6)


# -------------------------------------------------------------------- the hour of the crackdown


def test_the_crackdown_begins_with_the_speech_where_an_hour_is_given(scenario: Scenario, party: Party) -> None:
    def begins(hour: float) -> str:
        assembly = assemble(scenario.replace({"voice.crackdown_hour": hour}), party)
        agenda = write_agenda(assembly.scenario, party, assembly.scenario.values, assembly.calendar, assembly.zones)
        (found,) = (one for one in agenda.actions if isinstance(one, Climate) and one.label == "crackdown")
        return str(assembly.calendar.tick_start[found.tick])

    assert begins(0.0) == "1956-04-16T00:00:00"
    assert begins(11.0) == "1956-04-16T11:00:00"


def test_the_hall_still_criticizes_in_the_morning_and_falls_silent_after_the_speech(
    scenario: Scenario, party: Party
) -> None:
    loud = {"voice.hall_rate": 5.0, "voice.crackdown_factor": 0.0}
    found = []
    for hour in (0.0, 11.0):
        assembly = assemble(scenario.replace({**loud, "voice.crackdown_hour": hour}), party)
        records = [assembly.simulate(1956, replicate) for replicate in range(3)]
        found.append(
            [
                sum(record.hall_critics(begin, end) for record in records)
                for begin, end in (("1956-04-16", "1956-04-16T11"), ("1956-04-16T11", "1956-04-17"))
            ]
        )
    (quiet, _), (morning, after) = found
    assert (quiet, after) == (0, 0)
    assert morning > 20


def test_critics_are_counted_by_person(assembly: Assembly) -> None:
    voicings = np.zeros(5, dtype=VOICING)
    voicings["kind"] = VOICING_KINDS.index("hall")
    voicings["person"] = [7, 7, 8, 9, 9]
    voicings["rumor"] = [0, 2, 0, 0, 0]
    voicings["kind"][4] = VOICING_KINDS.index("cell_meeting")
    at = assembly.calendar.tick_at
    voicings["tick"] = [at(dt.datetime(1956, 4, 14, hour)) for hour in (9, 12, 12)] + [
        at(dt.datetime(1956, 4, 16, 11)),
        at(dt.datetime(1956, 4, 15, 9)),
    ]
    record = dataclasses.replace(assembly.simulate(1956, 0), voicings=voicings)
    assert record.hall_critics("1956-04-14", "1956-04-16") == 2, "who speaks on two matters, or twice, counts once"
    assert record.hall_critics("1956-04-16", "1956-04-16T11") == 0
    assert record.hall_critics("1956-04-16T11", "1956-04-17") == 1


# -------------------------------------------------------------------- the Politburo bound


@pytest.mark.parametrize(("name", "factor"), [("secret-speech", 0.5), ("secret-speech-politburo-free", 1.0)])
def test_the_politburo_is_bound_from_the_day_it_knows_but_in_the_variant(
    name: str, factor: float, party: Party
) -> None:
    scenario = load_scenario(name).replace({"party.scale": 0.041})
    assembly = assemble(scenario, party)
    agenda = write_agenda(scenario, party, scenario.values, assembly.calendar, assembly.zones)
    told = [one.tell_factor for one in agenda.actions if isinstance(one, Briefing) and one.label == "politburo"]
    assert told == [factor]
    curious = {one.label for one in agenda.actions if isinstance(one, Interest)}
    assert curious == {"secrecy/curiosity", "secrecy/end"}, "silence of which nobody knows makes nobody curious"
