"""What a run reads is what ``explain`` lists: no number works in the dark, and none is listed that does nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from rumorsim import catalog
from rumorsim.cli.explain import explained_numbers
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble import Ensemble, verdict_rows
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.reduce import Reducer
from rumorsim.model import assemble
from rumorsim.party import build_party
from rumorsim.scenario import Scenario, load_scenario, loads_scenario, scenario_names

#: Numbers that say how a run is made; the command line reads them.
OF_THE_COMMAND = {"run.replicates"}
SCENARIOS = ("classroom", "maki-thompson", "daley-kendall")
#: Switches the other way round; each reads numbers of its own.
SWITCHED: dict[str, Any] = {
    "ties.across_districts": "daily",
    "telephone.use": "anytime",
    "voice.boldness": "learned",
    "rumors": ["secret_speech", "tirana_conference", "elite_privileges", "unequal_punishment", "precedent"],
}


class Recording(dict[str, Any]):
    """Values that note which of them are looked up; copying them looks nothing up."""

    def __init__(self, values: Any, read: set[str]) -> None:
        super().__init__(values)
        self.read = read

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


@dataclass
class Reads:
    """Which catalog ids one run looked up in the scenario, and which directly in the catalog, by stage."""

    values: set[str] = field(default_factory=set)
    catalog: set[str] = field(default_factory=set)
    judging: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def reads_of(scenario: Scenario, patch: pytest.MonkeyPatch, bring_together: Callable[..., Any] = assemble) -> Reads:
    """Run one replicate of a scenario through every stage and return what was looked up."""
    reads = Reads()
    whole, one = catalog.parameters(), catalog.parameter

    def follow(seen: set[str]) -> None:
        def parameter(key: str) -> Any:
            seen.add(key)
            return one(key)

        patch.setattr(catalog, "parameters", lambda: Recording(whole, seen))
        patch.setattr(catalog, "parameter", parameter)

    watched = dataclasses.replace(scenario, values=Recording(scenario.values, reads.values))  # type: ignore[arg-type]
    try:
        follow(reads.catalog)
        party = build_party(watched)
        assembly = bring_together(watched, party)
        values = watched.values
        record = assembly.simulate(1956, 0, values)
        reducer = Reducer(watched, party)
        tables = reducer(record, 0, values, Streams(1956, 0))
        follow(reads.judging)
        ensemble = Ensemble(watched, reducer.frame, 1956, "mode", tables.__getitem__)
        verdict_rows(ensemble)
    finally:
        patch.undo()
    return reads


@pytest.fixture(scope="module")
def reads(patched: pytest.MonkeyPatch) -> dict[str, Reads]:
    return {name: reads_of(load_scenario(name), patched) for name in SCENARIOS}


@pytest.fixture(scope="module")
def switched(patched: pytest.MonkeyPatch, reads: dict[str, Reads]) -> dict[str, Reads]:
    return {**reads, "classroom": reads_of(load_scenario("classroom").replace(SWITCHED), patched)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_a_run_reads_is_listed(name: str, reads: dict[str, Reads]) -> None:
    listed = {row["key"] for row in explained_numbers(load_scenario(name))}
    found = reads[name]
    assert found.values, "nothing was recorded"
    assert found.values <= listed
    assert found.catalog <= listed, "read from the catalog, past the scenario"
    # what a run is judged by may be a number of the article, which describes the evidence
    assert {key for key in found.judging if not key.startswith("article.")} <= listed


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_listed_is_read(name: str, reads: dict[str, Reads], switched: dict[str, Reads]) -> None:
    # an event that this scenario lacks may be what reads a number
    events = [event for other in scenario_names() for event in load_scenario(other).events]
    named = {number for event in events for number in event.numbers().values() if isinstance(number, str)}
    listed = {row["key"] for row in explained_numbers(load_scenario(name))}
    read = reads[name].values | switched[name].values
    assert listed - read - named - OF_THE_COMMAND == set()


def test_recording_sees_a_look_up_and_no_copy() -> None:
    seen: set[str] = set()
    values = Recording({"a": 1, "b": 2, "c": 3}, seen)
    assert dict(values) == {**values} == {"a": 1, "b": 2, "c": 3}
    assert seen == set()
    assert values["a"] + values.get("b") == 3
    assert seen == {"a", "b"}


def test_what_is_drawn_from_priors_is_listed_with_its_prior() -> None:
    scenario = load_scenario("tirana-conference")
    rows = {row["key"]: row for row in explained_numbers(scenario)}
    drawn = Draws(scenario, "prior", 1956).drawn
    assert len(drawn) > 20
    assert all(rows[key]["prior"] for key in drawn)


def test_plain_numbers_of_events_are_listed() -> None:
    text = """
title = "a number in an event"
extends = "tirana-conference"

[[events]]
id = "alarm"
at_least = 7
source = "assumed: for the test"
"""
    rows = {row["key"]: row for row in explained_numbers(loads_scenario(text))}
    row = rows["events.alarm.at_least"]
    assert (row["value"], row["status"], row["reason"]) == (7, "set", "assumed: for the test")


def test_every_assumed_number_gives_its_reason() -> None:
    for name in (*SCENARIOS, "tirana-conference", "secret-speech"):
        rows = explained_numbers(load_scenario(name))
        assert [row["key"] for row in rows if row["status"] == "assumed" and not row["reason"]] == []
        assert [row["key"] for row in rows if not row["source"] or not row["unit"] or not row["meaning"]] == []


def test_a_number_read_past_the_scenario_is_seen() -> None:
    def reads_the_catalog(scenario: Scenario, party: Any) -> Any:
        assert catalog.parameter("travel.duty_rate").value >= 0
        assert catalog.parameters()["travel.officer_rate"].value >= 0
        return assemble(scenario, party)

    with pytest.MonkeyPatch.context() as patch:
        found = reads_of(load_scenario("maki-thompson"), patch, bring_together=reads_the_catalog)
    assert found.catalog == {"travel.duty_rate", "travel.officer_rate"}
