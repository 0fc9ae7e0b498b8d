"""Runs of the model itself: short, of the small party and of the classic models."""

from __future__ import annotations

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.archive.exposures import NEVER, VOICING_KINDS
from rumorsim.archive.reports import write
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws
from rumorsim.errors import QueryError
from rumorsim.model import VOICING_KINDS as MODEL_VOICING_KINDS
from rumorsim.model import assemble
from rumorsim.party import build_party
from rumorsim.scenario import Scenario


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Ten days around the plenum, in the small party."""
    return rs.load_scenario("secret-speech").replace({"stop": "1956-03-05", "party.scale": 0.041})


def test_the_words_of_the_model_and_the_archive_are_the_same() -> None:
    assert MODEL_VOICING_KINDS == VOICING_KINDS


@pytest.mark.slow
def test_the_model_gives_the_same_bytes_on_two_workers(scenario: Scenario, tmp_path: object) -> None:
    here = rs.run(scenario, replicates=3, seed=0)
    there = rs.run(scenario, replicates=3, seed=0, workers=2, out=tmp_path)
    assert there.fingerprint() == here.fingerprint()
    aware = here.share_aware("secret_speech", on="1956-03-05")
    assert (aware > here.share_aware("secret_speech", on="1956-02-29")).all()


def test_prior_draws_change_the_run(scenario: Scenario) -> None:
    run = rs.run(scenario, replicates=2, seed=0, prior_replicates=2)
    assert run.prior is not None
    assert run.prior.fingerprint() != run.fingerprint()
    assert run.prior.fingerprint() == rs.run(scenario, replicates=2, seed=0, parameters="prior").fingerprint()


def test_replay_gives_the_forest_of_the_replicate(scenario: Scenario) -> None:
    run = rs.run(scenario, replicates=2, seed=0, parameters="prior")
    record = run.replay(1)
    row = run.rumors.index("secret_speech")
    heard = record.heard_tick[row] != NEVER
    share = run.share_aware("secret_speech", on=scenario.stop)
    assert heard.mean() == share[1]
    told = np.flatnonzero(record.teller[row] >= 0)
    assert len(told) > 0
    tellers = record.teller[row][told]
    assert (record.heard_tick[row][tellers] < record.heard_tick[row][told]).all(), "a teller knew before"
    assert record.tells[row][tellers].all()


def test_the_archive_can_be_written_from_a_record(scenario: Scenario) -> None:
    run = rs.run(scenario, replicates=2, seed=0)
    party = build_party(scenario)
    record = assemble(scenario, party).simulate(0, 1, scenario.values)
    rows = write(record, party, Draws(scenario, "mode", 0).values(1), Streams(0, 1), scenario)
    kept = run.table("reports")[run.table("reports")["replicate"] == 1]
    assert len(rows) == len(kept)
    for name in rows.dtype.names:
        assert rows[name].tolist() == kept[name].tolist()


@pytest.mark.parametrize("name", ["maki-thompson", "daley-kendall"])
def test_classic_models_run_side_by_side(name: str) -> None:
    classic = rs.load_scenario(name).replace({"population.size": 300})
    run = rs.run(classic, replicates=20, seed=3)
    ignorant = 1 - run.share_aware(run.rumors[0], on=classic.stop)
    assert 0.1 < np.median(ignorant) < 0.3
    alone = assemble(classic, build_party(classic)).simulate(3, 7, classic.values)
    assert (alone.heard_tick[0] == NEVER).mean() == pytest.approx(ignorant[7], rel=1e-12)
    assert rs.run(classic, replicates=20, seed=3, workers=2).fingerprint() == run.fingerprint()
    assert run.reports(by=classic.stop).tolist() == [0] * 20
    with pytest.raises(QueryError, match="nobody of role officer"):
        run.share_aware(run.rumors[0], on=classic.stop, role="officer")
