"""Replicates of a small party run side by side give what each gives alone."""

from __future__ import annotations

import pytest

from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.work import records
from rumorsim.model import assemble
from rumorsim.party import build_party
from rumorsim.scenario import load_scenario


@pytest.fixture(scope="module")
def whole() -> dict[int, str]:
    """Digests of three replicates of the classroom, each alone."""
    return digests(1, (3, 4, 5))


def digests(at_once: int, replicates: tuple[int, ...]) -> dict[int, str]:
    # From before the election to after the first meetings on the letter, which each replicate draws for itself.
    scenario = load_scenario("classroom").replace(
        {"start": "1956-04-10", "stop": "1956-05-05", "voice.hall_rate": 0.25}
    )
    party = build_party(scenario)
    assembly, reducer = assemble(scenario, party), Reducer(scenario, party)
    assembly.at_once = at_once
    found = {}
    for k, record in records(assembly, 0, replicates, scenario.values):
        assert all(len(what) for what in (record.expelled, record.delegates, record.meetings))
        found[k] = reducer(record, k, scenario.values, Streams(0, k))["runs"]["digest"][0]
    return found


@pytest.mark.parametrize("at_once", [2, 3, 50])
def test_side_by_side_is_one_by_one(whole: dict[int, str], at_once: int) -> None:
    assert len(set(whole.values())) == 3
    assert digests(at_once, (3, 4, 5)) == whole


def test_gaps_are_no_trouble(whole: dict[int, str]) -> None:
    assert digests(4, (3, 5)) == {k: whole[k] for k in (3, 5)}
