"""What a bank keeps of a run, and what no run of the fit can use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble.measures import known_before_letter, reports_before_letter
from rumorsim.ensemble.work import encoded
from rumorsim.inference.record import bank_layout, keep
from tests.unit.inference.conftest import SEED, Small

UNUSED = [name for name, choice in catalog.calibration().items() if choice.use == "unused"]


def kept(small: Small, replicate: int, changed: dict[str, Any] | None = None) -> dict[str, Any]:
    values = {**small.draws.values(replicate), **(changed or {})}
    sets = [{**small.draws.archive(replicate, number), **(changed or {})} for number in range(4)]
    record = small.world.assembly.simulate(SEED, replicate, values)
    return keep(small.world, small.evidence, small.scenario, small.draws.prior, record, replicate, values, sets)


def test_what_is_kept_is_what_the_run_says(small: Small) -> None:
    run = rs.run(small.scenario, replicates=2, parameters="prior", seed=SEED)
    found = kept(small, 1)
    row = found["runs"][0]
    assert row["replicate"] == 1
    assert row["digest"] == run.table("runs")["digest"][1]
    assert row["known"] == known_before_letter(run, "tirana_conference")[1]
    assert row["introductions"] == run.introductions("tirana_conference")[1]
    assert row["documents"] == reports_before_letter(run)[1]
    assert row["spread.pass_on_rate"] == run.values("spread.pass_on_rate")[1]
    aware = found["awareness"]
    people = run.frame.class_sizes.sum()
    until = aware[(aware["rumor"] == 1) & (aware["day"] <= 19)]["count"].sum()
    assert until == pytest.approx(run.share_aware("tirana_conference", on="1956-04-20")[1] * people)


def test_eruptions_at_letter_meetings_do_not_count(small: Small) -> None:
    """A run in which every letter meeting erupts, and no other: the statement sees none."""
    loud = {"voice.letter_question_rate": 0.3, "voice.meeting_prob": 0.001}
    quiet = kept(small, 0, loud)["runs"][0]
    scenario = small.scenario.replace(loud)
    run = rs.run(scenario, replicates=1, seed=SEED)
    assert run.eruptions(outside="Tirana")[0] > 0
    assert quiet["eruptions"] == 0


def test_a_record_takes_a_few_kilobytes(small: Small) -> None:
    found = kept(small, 0)
    assert set(found) == set(bank_layout(small.draws.drawn).tables)
    assert 1_000 < len(encoded(found, bank_layout(small.draws.drawn))) < 12_000


def test_no_run_can_use_the_unused_numbers(small: Small) -> None:
    """From one end of their priors to the other: the same run, the same likelihoods."""
    ends = [{name: catalog.parameter(name).at(u) for name in UNUSED} for u in (0.02, 0.98)]
    one, two = (kept(small, 2, end) for end in ends)
    for table in ("exposures", "voicings", "awareness", "scores"):
        assert (one[table] == two[table]).all()
    used = {"spread.pass_on_rate": catalog.parameter("spread.pass_on_rate").at(0.98)}
    assert len(kept(small, 2, used)["awareness"]) != len(one["awareness"])
    same = [name for name in one["runs"].dtype.names if name not in (*UNUSED, "digest")]
    assert (np.array(one["runs"][same].tolist()) == np.array(two["runs"][same].tolist())).all()
