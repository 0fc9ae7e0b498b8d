"""A small party, a run of it made by hand, and a real one: inputs of the figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive.offices import Listening
from rumorsim.ensemble import Ensemble, run
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.tables import empty_tables, filled
from rumorsim.model import RunRecord
from rumorsim.model.record import MEETING, VOICING
from rumorsim.party import Party, build_party
from rumorsim.party.vocabulary import KINDS
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.scenario.words import CHANNELS, ROLES, RUMORS

NEVER = 32767
CONFERENCE = "tirana_conference"


class Handmade(Ensemble):
    """An ensemble whose tables and record are given."""

    record: RunRecord

    def replay(self, replicate: int) -> RunRecord:
        """Return the record given, whatever the replicate."""
        return self.record


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return load_scenario("tirana-conference").replace({"party.scale": 0.041})


@pytest.fixture(scope="session")
def party(scenario: Scenario) -> Party:
    return build_party(scenario)


def people_in(party: Party, kind: str, *, tirana: bool) -> list[int]:
    """Return people of a kind of cell, in the district of the capital or outside it, in Albania."""
    district = party.people["district"]
    there = (district == party.geography.tirana_district) if tirana else (district != party.geography.tirana_district)
    return np.flatnonzero(party.has_kind(kind) & there & (district >= 0)).tolist()


@pytest.fixture(scope="session")
def chain(party: Party) -> list[int]:
    """Six people: five steps from the hall to a village."""
    capital, away = people_in(party, "ministry", tirana=True), people_in(party, "enterprise", tirana=False)
    return [*capital[:3], *away[:2], people_in(party, "village", tirana=False)[0]]


@pytest.fixture(scope="session")
def record(party: Party, scenario: Scenario, chain: list[int]) -> RunRecord:
    """One replicate by hand: a chain from the hall, and everybody else at the letter meeting of 1 May."""
    n, rumors = len(party.people), scenario.rumors
    tick_start = np.arange("1956-04-01", "1956-06-01T06", np.timedelta64(6, "h"), dtype="M8[s]")[: 61 * 4 + 1]
    row = rumors.index(CONFERENCE)
    heard = np.full((len(rumors), n), NEVER, dtype=np.int16)
    channel = np.full((len(rumors), n), -1, dtype=np.int8)
    teller = np.full((len(rumors), n), -1, dtype=np.int32)
    heard[row] = 30 * 4 + 3
    channel[row] = CHANNELS.index("letter_meeting")
    ways = ("hall", "workplace", "travel", "kin", "conversation", "kin")
    for step, (person, way) in enumerate(zip(chain, ways, strict=True)):
        heard[row, person] = 13 * 4 + 1 + 3 * step
        channel[row, person] = CHANNELS.index(way)
        teller[row, person] = chain[step - 1] if step else -1
    return RunRecord(
        seed=1956,
        replicate=2,
        rumors=rumors,
        tick_start=tick_start,
        heard_tick=heard,
        stopped_tick=np.full_like(heard, NEVER),
        tells=teller >= 0,
        channel=channel,
        teller=teller,
        afraid_tick=np.full(n, NEVER, dtype=np.int16),
        voicings=np.empty(0, VOICING),
        meetings=np.empty(0, MEETING),
        trips_taken=np.empty(0, np.int32),
        delegates=np.array(chain[:1], dtype=np.int32),
        expelled=np.empty(0, np.int32),
        penalized=np.empty(0, np.int32),
    )


def tables_by_hand(frame: Frame, replicates: int, delay: int) -> dict[str, Any]:
    """Return tables in which every class of people learns evenly over 20 days, a day later in each replicate."""
    parts, channels, reports = [], [], []
    rumor = RUMORS.index(CONFERENCE)
    place, role = np.nonzero(frame.class_sizes[:, : len(ROLES)])
    sizes = frame.class_sizes[place, role]
    for k in range(replicates):
        for day in range(20):
            count = sizes * (day + 1) // 20 - sizes * day // 20
            columns = {"place": place, "role": role, "count": count}
            parts.append(filled("awareness", replicate=k, rumor=rumor, day=13 + delay + k + day, **columns))
        channels.append(filled("channels", replicate=k, rumor=rumor, place=place, channel=0, count=sizes))
        channels.append(filled("channels", replicate=k, rumor=rumor, place=place, channel=8, count=sizes))
        for name, day in (("Berat", "1956-04-15T12:00"), ("Fier", "1956-04-16T12:00")):
            office = frame.office_names.index(f"{name} district committee")
            signed = np.datetime64(day) + np.timedelta64(k + delay, "D")
            where = {
                "committee": [office],
                "district": frame.offices.district[office],
                "place": frame.offices.place[office],
            }
            reports.append(filled("reports", replicate=k, rumor=rumor, way=0, signed=signed, read=signed, **where))
    runs = np.concatenate(
        [
            filled(
                "runs",
                replicate=[k],
                digest=f"{k:064d}",
                alarm=np.datetime64("1956-04-14T18:00:00"),
                letter_meetings=0,
                expelled=0,
                penalized=0,
            )
            for k in range(replicates)
        ]
    )
    made = {"awareness": parts, "channels": channels, "reports": reports}
    return {**empty_tables(), **{name: np.concatenate(rows) for name, rows in made.items()}, "runs": runs}


@pytest.fixture
def ensemble(scenario: Scenario, party: Party, record: RunRecord) -> Handmade:
    """Five replicates by hand, with three of the priors."""
    frame = Frame.of(scenario, party, Listening.of(party).offices)
    tables, other = tables_by_hand(frame, 5, 0), tables_by_hand(frame, 3, 4)
    prior = Ensemble(scenario, frame, 1956, "mode", other.__getitem__)
    made = Handmade(scenario, frame, 1956, "mode", tables.__getitem__, prior=prior)
    made.record = record
    return made


@pytest.fixture(scope="session")
def real(scenario: Scenario) -> Ensemble:
    """Three replicates of the model, and two of the priors."""
    return run(scenario, replicates=3, seed=0, prior_replicates=2)


@pytest.fixture(scope="session")
def village() -> int:
    return KINDS.index("village")
