# ruff: noqa: E501
"""From events to actions: what of each kind reaches the engine, for whom, when and how much."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import Briefing, Climate, Interest
from rumorsim.errors import RunError
from rumorsim.model import assemble
from rumorsim.model.actions import Election, HallSession
from rumorsim.model.agenda import Agenda, write_agenda
from rumorsim.model.audience import audience_mask
from rumorsim.party import Party
from rumorsim.scenario import loads_scenario
from rumorsim.scenario.events import Audience

HEAD = """
title = "One event"
start = 1956-04-01
stop = 1956-04-30
rumors = ["secret_speech", "tirana_conference"]
[party]
scale = 0.041
"""


def written(party: Party, *events: str) -> Agenda:
    """Return the agenda of a scenario with these events only."""
    tables = [
        f'[[events]]\nid = "e{k}"\nassumed = "a test"\nsource = "a test"\n{one}\n' for k, one in enumerate(events)
    ]
    scenario = loads_scenario(HEAD + "".join(tables))
    assembly = assemble(scenario, party)
    return write_agenda(scenario, party, scenario.values, assembly.calendar, assembly.zones)


BRIEFED = (
    'kind = "briefing"\ndate = 1956-04-03T10:00:00\nrumors = ["secret_speech"]\nprob = 0.5\naudience = "functionaries"'
)
BOUND = 'kind = "secrecy"\ndate = 1956-04-02\nrumors = ["secret_speech"]\ndiscretion = 0.75\ncuriosity = 2.0\n'


def test_a_briefing_reaches_its_audience_once(party: Party) -> None:
    (briefing,) = written(party, BRIEFED).actions
    assert isinstance(briefing, Briefing)
    assert briefing.tell_factor == 1.0
    assert np.array_equal(briefing.persons, np.flatnonzero(audience_mask(party, Audience(group="functionaries"))))


def test_secrecy_binds_those_of_its_audience_and_makes_everybody_curious(party: Party) -> None:
    agenda = written(party, BRIEFED, BOUND + 'until = 1956-04-20\naudience = "plenum"')
    briefings = [one for one in agenda.actions if isinstance(one, Briefing)]
    told = {one.tell_factor: set(one.persons.tolist()) for one in briefings}
    functionaries = set(np.flatnonzero(audience_mask(party, Audience(group="functionaries"))).tolist())
    plenum = set(np.flatnonzero(audience_mask(party, Audience(group="plenum"))).tolist())
    assert told == {1.0: functionaries - plenum, 0.25: functionaries & plenum}
    assert all(told.values())
    begun, ended = (one for one in agenda.actions if isinstance(one, Interest))
    assert begun.factor * ended.factor == 1.0
    assert begun.tick < ended.tick
    assert len(begun.persons) == len(party.people)


@pytest.mark.parametrize("when", ["until = 1956-04-02", "date = 1956-04-04"])
def test_an_order_that_has_ended_or_comes_later_binds_nobody(party: Party, when: str) -> None:
    order = BOUND.replace("date = 1956-04-02\n", "") if when.startswith("date") else BOUND
    agenda = written(party, BRIEFED, order + when + '\naudience = "everybody"')
    assert [one.tell_factor for one in agenda.actions if isinstance(one, Briefing)] == [1.0]


def test_sessions_share_out_the_rate_of_a_day_and_lie_within_its_hours(party: Party) -> None:
    event = (
        'kind = "hall"\ndate = 1956-04-14\nuntil = 1956-04-16\naudience = "functionaries"\nvoiced = ["secret_speech"]\n'
        "voice_rate = 0.6\nhearing_prob = 0.9\nsession_start = 8\nsession_end = 14"
    )
    agenda = written(party, event)
    assert all(isinstance(one, HallSession) for one in agenda.actions)
    scenario = loads_scenario(HEAD)
    edges = assemble(scenario, party).calendar.edge_minutes
    rates: dict[int, float] = {}
    for one in agenda.actions:
        assert isinstance(one, HallSession)
        day, minute = divmod(int(edges[one.tick]), 1440)
        assert minute < 14 * 60
        assert edges[one.tick + 1] - 1440 * day > 8 * 60
        rates[day] = rates.get(day, 0.0) - float(np.log1p(-one.voiced[0]))
    assert len(rates) == 3
    assert list(rates.values()) == pytest.approx([0.6, 0.6, 0.6])


def test_the_seats_of_an_election_go_by_the_size_of_cells(party: Party) -> None:
    (election,) = written(
        party, 'kind = "election"\ndate = 1956-04-02\naudience = { place = "Tirana" }\ndelegates = 2000'
    ).actions
    assert isinstance(election, Election)
    assert election.seats.sum() == round(2000 * 0.041)
    sizes = np.unique(election.cell, return_counts=True)[1]
    assert (election.seats <= sizes).all()
    share = election.seats.sum() / sizes.sum()
    assert (np.abs(election.seats - share * sizes) < 1).all()
    assert (np.diff(election.cell) >= 0).all()


def test_a_climate_is_taken_back_where_it_was_set(party: Party) -> None:
    event = (
        'kind = "climate"\ndate = 1956-04-05\nuntil = 1956-04-12\nfactor = 4.0\naudience = "officers"\nwhere = "cells"'
    )
    begun, ended = written(party, event).actions
    assert isinstance(begun, Climate)
    assert isinstance(ended, Climate)
    assert (begun.factor, ended.factor) == (4.0, 0.25)
    assert begun.zones == ended.zones != ()
    assert begun.occasion == ended.occasion == "cell_meeting"
    assert begun.tick < ended.tick


def test_a_broadcast_brings_its_rate_only_while_it_runs(party: Party) -> None:
    event = 'kind = "broadcast"\ndate = 1956-04-05\nuntil = 1956-04-15\nchannel = "press"\nrate = 0.2\nrumors = ["secret_speech"]\n'
    (press,) = written(party, event + 'audience = "attentive"').broadcasts
    assert (press.access == 1.0).all()
    (radio,) = written(party, event + 'audience = "radio"').broadcasts
    assert (radio.access <= 1.0).all()
    assert radio.access.std() > 0
    scenario = loads_scenario(HEAD)
    lengths = assemble(scenario, party).calendar.ticks.lengths_days
    for source in (press, radio):
        assert (np.asarray(source.rate) * lengths).sum() == pytest.approx(0.2 * 11, rel=0.02)


def test_a_condition_waits_in_days_and_names_its_rumor_and_place(party: Party) -> None:
    event = (
        'kind = "fear"\nprob = 0.3\ndate = 1956-04-02\n'
        'when = { first_detection = "center", rumor = "tirana_conference", at_least = 3, delay_days = 2.0 }'
    )
    (fright,) = written(party, event).actions
    assert fright.when is not None
    assert (fright.when.rumor, fright.when.at_least, fright.when.detected) == (1, 3, True)
    assert fright.when.zones
    assert fright.delay_ticks * 0.25 == pytest.approx(2.0)


def test_more_first_spreaders_than_people_are_refused_with_the_event(party: Party) -> None:
    event = 'kind = "outbreak"\ndate = 1956-04-02\nrumors = ["secret_speech"]\naudience = "politburo"\ncount = 9000'
    with pytest.raises(RunError, match=r"e0.*more people than there are"):
        written(party, event)
