"""The missing name is a rumor of its own: it makes people listen, and tells them nothing of the speech."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import NEVER
from rumorsim.model import CHANNELS, RunRecord, assemble
from rumorsim.party import Party, build_party
from rumorsim.scenario import Scenario, load_scenario

#: Every way into the country but what the press leaves out.
ONLY_THE_PRESS: dict[str, Any] = {
    "party.scale": 0.041,
    "inference.rate": 0.02,
    "stop": "1956-03-20",
    "events.politburo.enabled": False,
    "events.plenum.enabled": False,
    "events.secrecy.enabled": False,
    "events.foreign-radio.enabled": False,
    "events.editors-of-the-daily.enabled": False,
    "events.editors-of-the-radio.enabled": False,
    "events.soviet-university-meetings.enabled": False,
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("secret-speech").replace(ONLY_THE_PRESS)


@pytest.fixture(scope="module")
def small(scenario: Scenario) -> Party:
    return build_party(scenario)


def known(record: RunRecord, rumor: str) -> int:
    return int((record.heard_tick[record.rumors.index(rumor)] != NEVER).sum())


def test_with_no_other_source_nobody_knows_the_speech(scenario: Scenario, small: Party) -> None:
    for replicate in range(3):
        record = assemble(scenario, small).simulate(3, replicate)
        assert known(record, "secret_speech") == 0
        assert known(record, "missing_name") > 20
    infers = scenario.replace({"events.inference-from-silence.enabled": True})
    assert known(assemble(infers, small).simulate(3, 0), "secret_speech") > 20, "what inference did"


def test_no_hearing_of_the_speech_is_inference(small: Party) -> None:
    scenario = load_scenario("secret-speech").replace({"party.scale": 0.041})
    record = assemble(scenario, small).simulate(3, 0)
    speech = record.channel[record.rumors.index("secret_speech")]
    name = record.channel[record.rumors.index("missing_name")]
    assert (speech >= 0).sum() > 100
    assert not (speech == CHANNELS.index("inference")).any()
    assert (name == CHANNELS.index("inference")).any()


def test_who_misses_the_name_listens_more_closely(small: Party) -> None:
    """With a coupling of 1 the missing name plays no part for the speech; with a large one more people hear of it."""
    base = load_scenario("secret-speech").replace({"party.scale": 0.041, "stop": "1956-03-10"})
    plain = base.replace({"events.missing-name.enabled": False, "rumors": ["secret_speech", "elite_privileges"]})

    def heard(scenario: Scenario, **values: float) -> np.ndarray:
        record = assemble(scenario, small).simulate(
            3, 0, {**scenario.values, "voice.meeting_prob": 0.0, "inference.rate": 0.2, **values}
        )
        return np.asarray(record.heard_tick[record.rumors.index("secret_speech")])

    without = heard(base, **{"coupling.missing_name_to_speech": 1.0})
    assert np.array_equal(without, heard(plain))
    assert (heard(base, **{"coupling.missing_name_to_speech": 5.0}) != NEVER).sum() > (without != NEVER).sum()
