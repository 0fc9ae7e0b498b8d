"""The chain drawn is one of the record: it begins at a source, and each told the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rumorsim.ensemble import Ensemble
from rumorsim.errors import PlotError
from rumorsim.model import RunRecord
from rumorsim.party import Party
from rumorsim.plot import path_figure
from rumorsim.plot.chains import TALK, ancestry, find_chain
from rumorsim.plot.channels import median_replicate
from rumorsim.plot.path import person_text
from rumorsim.scenario.words import CHANNELS

CONFERENCE = "tirana_conference"


def test_the_only_chain_is_found(record: RunRecord, party: Party, chain: list[int]) -> None:
    found = find_chain(record, party, CONFERENCE)
    assert [link.person for link in found.links] == chain
    assert [link.teller for link in found.links] == [-1, *chain[:-1]]
    assert [link.channel for link in found.links][:2] == ["hall", "workplace"]
    assert found.alike == 1, "only people in villages count"


def test_times_are_ends_of_ticks(record: RunRecord, party: Party, chain: list[int]) -> None:
    found = find_chain(record, party, CONFERENCE)
    row = record.rumors.index(CONFERENCE)
    for link in found.links:
        tick = int(record.heard_tick[row, link.person])
        assert (link.since, link.when) == (record.tick_start[tick], record.tick_start[tick + 1])


def test_ancestry_by_hand(record: RunRecord, chain: list[int]) -> None:
    source, depth = ancestry(record, record.rumors.index(CONFERENCE))
    assert source[chain].tolist() == [chain[0]] * len(chain)
    assert depth[chain].tolist() == list(range(len(chain)))
    other = next(person for person in range(len(source)) if person not in chain)
    assert (int(source[other]), int(depth[other])) == (other, 0)


def test_a_chain_broken_by_a_meeting_is_not_word_of_mouth(record: RunRecord, party: Party, chain: list[int]) -> None:
    channel = record.channel.copy()
    channel[record.rumors.index(CONFERENCE), chain[2]] = CHANNELS.index("cell_meeting")
    found = find_chain(replace(record, channel=channel), party, CONFERENCE)
    assert [link.person for link in found.links] == chain[:2]


def test_without_a_closed_room_another_source_is_shown(record: RunRecord, party: Party, chain: list[int]) -> None:
    channel = record.channel.copy()
    channel[record.rumors.index(CONFERENCE), chain[0]] = CHANNELS.index("foreign_radio")
    found = find_chain(replace(record, channel=channel), party, CONFERENCE)
    assert [link.person for link in found.links] == chain
    assert "longer chain" in found.kind


def test_early_chains_come_first(record: RunRecord, party: Party, chain: list[int]) -> None:
    row = record.rumors.index(CONFERENCE)
    villagers = np.flatnonzero(party.people["cell"] == party.people["cell"][chain[-1]])
    other = int(next(person for person in villagers if person != chain[-1]))
    heard, channel, teller = record.heard_tick.copy(), record.channel.copy(), record.teller.copy()
    heard[row, other], channel[row, other], teller[row, other] = 30 * 4, CHANNELS.index("telephone"), chain[-2]
    changed = replace(record, heard_tick=heard, channel=channel, teller=teller)
    assert find_chain(changed, party, CONFERENCE).links[-1].person == other, "more ways of telling"
    assert find_chain(changed, party, CONFERENCE, before="1956-04-21").links[-1].person == chain[-1]


def test_nobody_told_anybody(record: RunRecord, party: Party) -> None:
    alone = replace(record, teller=np.full_like(record.teller, -1))
    with pytest.raises(PlotError, match="nobody heard of the rumor from another person"):
        find_chain(alone, party, CONFERENCE)
    with pytest.raises(PlotError, match="rumor of this run"):
        find_chain(record, party, "reform_hopes")


def test_a_real_chain_matches_the_record(real: Ensemble, party: Party) -> None:
    record = real.replay(median_replicate(real, CONFERENCE))
    row = record.rumors.index(CONFERENCE)
    found = find_chain(record, party, CONFERENCE, before="1956-04-21")
    people = [link.person for link in found.links]
    assert record.teller[row, people[0]] == -1
    assert record.teller[row, people[1:]].tolist() == people[:-1]
    assert all(CHANNELS[record.channel[row, person]] in TALK for person in people[1:])
    times = record.heard_tick[row, people]
    assert (np.diff(times) > 0).all()


def test_the_figure_names_everybody(ensemble: Any, party: Party, chain: list[int]) -> None:
    figure = path_figure(ensemble, CONFERENCE)
    said = [text.get_text() for axes in figure.axes for text in axes.texts]
    for number, person in enumerate(chain, start=1):
        assert str(number) in said
        assert party.place_names[int(party.people["place"][person])] in said
    assert figure.texts[0].get_text().startswith("From the hall to the villages of")
    assert "invented" in figure.texts[2].get_text()


def test_a_delegate_is_called_one(party: Party, chain: list[int]) -> None:
    assert "delegate to the conference" in person_text(party, chain[0], delegate=True)[0]
    assert "delegate" not in person_text(party, chain[0])[0]


@pytest.mark.fault("5.17")
def test_an_arrow_begins_where_its_teller_heard(record: RunRecord, party: Party) -> None:
    from rumorsim.plot.path import told_at

    found = find_chain(record, party, CONFERENCE)
    homes = told_at(party, found)
    capital = int(party.people["place"][found.links[0].person])
    links = [*found.links[:3], replace(found.links[3], away=capital), *found.links[4:]]
    there = told_at(party, replace(found, links=tuple(links)))
    assert homes[3] != there[3]
    assert there[3] == homes[0]
    assert there[:3] + there[4:] == homes[:3] + homes[4:]
