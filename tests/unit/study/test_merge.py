"""Pieces: replicates 40 to 59 have the bytes of the whole, and what was run in pieces is joined to it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.ensemble import Ensemble
from rumorsim.errors import QueryError, RunError, StoreError
from rumorsim.scenario import Scenario
from rumorsim.study import Study

RATES = "classic.transmission_rate = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]"
RUMOR = "tirana_conference"


@pytest.fixture(scope="module")
def party_scenario(base: Scenario) -> Scenario:
    return base.replace({"start": "1956-04-10", "stop": "1956-04-20", "party.scale": 0.03})


@pytest.fixture(scope="module")
def whole(party_scenario: Scenario) -> Ensemble:
    return rs.run(party_scenario, replicates=7, seed=3)


def test_a_range_has_the_bytes_of_the_whole(party_scenario: Scenario, whole: Any, tmp_path: Path) -> None:
    for out in (None, tmp_path / "part"):
        part = rs.run(party_scenario, replicates=range(3, 6), seed=3, out=out)
        assert part.replicates == 3
        assert list(part.numbers) == [3, 4, 5]
        assert part.table("runs")["digest"].tolist() == whole.table("runs")["digest"][3:6].tolist()
        for ask in (
            lambda run: run.share_aware(RUMOR, on="1956-04-18"),
            lambda run: run.first_aware(RUMOR).astype(str),
            lambda run: run.first_voiced(RUMOR, unit="typical").astype(str),
            lambda run: run.reports(by="1956-04-20"),
        ):
            assert ask(part).tolist() == ask(whole)[3:6].tolist()
        assert (part.replay(4).heard_tick == whole.replay(4).heard_tick).all()
        assert part.replay(4).replicate == 4
        with pytest.raises(QueryError, match="allowed: 3 to 5"):
            part.replay(2)
        redrawn = part.redraw_archive(3)
        assert redrawn.reports(by="1956-04-20").tolist() == part.reports(by="1956-04-20").tolist()
        assert part.to_xarray()["replicate"].values.tolist() == [3, 4, 5]
        assert "3 replicates (3 to 5)" in repr(part)
    opened = rs.open_run(tmp_path / "part")
    assert list(opened.numbers) == [3, 4, 5]
    assert opened.fingerprint() == part.fingerprint()


@pytest.mark.parametrize("wrong", [range(0), range(5, 3), range(0, 10, 2), range(-1, 3), (3, 4), "3:4"])
def test_ranges_that_are_none(wrong: Any, party_scenario: Scenario) -> None:
    with pytest.raises(RunError, match="not a usable number of replicates"):
        rs.run(party_scenario, replicates=wrong)


def test_three_ranges_are_the_whole_in_any_order(party_scenario: Scenario, whole: Any, tmp_path: Path) -> None:
    ranges = {"c": range(5, 7), "a": range(3), "b": range(3, 5)}
    for name, numbers in ranges.items():
        rs.run(party_scenario, numbers, seed=3, out=tmp_path / name, prior_replicates=2 if name == "a" else 0)
    merged = rs.merge([tmp_path / name for name in ranges], tmp_path / "whole")
    assert merged.fingerprint() == whole.fingerprint()
    assert merged.table("reports").tobytes() == whole.table("reports").tobytes()
    assert merged.prior is not None
    assert merged.prior.replicates == 2
    assert rs.open_run(tmp_path / "whole").fingerprint() == whole.fingerprint()
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "whole").rglob("*.parquet")}
    assert rs.merge([tmp_path / name for name in ranges], tmp_path / "whole").fingerprint() == whole.fingerprint()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "whole").rglob("*.parquet")} == times
    # What was merged may grow.
    grown = rs.run(party_scenario, 8, seed=3, out=tmp_path / "whole", prior_replicates=2)
    assert grown.table("runs")["digest"][:7].tolist() == whole.table("runs")["digest"].tolist()


def test_pieces_that_do_not_fit_are_refused(party_scenario: Scenario, tmp_path: Path) -> None:
    made = {"a": (range(2), 3), "b": (range(2, 4), 3), "gap": (range(5, 6), 3), "over": (range(1, 3), 3)}
    made |= {"seed": (range(2, 4), 4)}
    for name, (numbers, seed) in made.items():
        rs.run(party_scenario, numbers, seed=seed, out=tmp_path / name)

    def refused(told: str, *names: str, error: type[Exception] = RunError) -> None:
        with pytest.raises(error, match=told):
            rs.merge([tmp_path / name for name in names], tmp_path / "out")
        assert not (tmp_path / "out" / "provenance.json").exists()

    refused("replicates are missing between two pieces", "a", "gap")
    refused("the same replicates are in two pieces", "a", "over")
    refused("not of one whole: one differs in its seed", "a", "seed")
    refused("nothing to merge")
    refused("not a run folder", "nowhere", error=StoreError)
    with pytest.raises(RunError, match="the whole cannot be one of its pieces"):
        rs.merge([tmp_path / "a", tmp_path / "b"], tmp_path / "a")
    path = sorted((tmp_path / "b" / "reports").glob("*.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-9])
    refused("damaged", "a", "b", error=StoreError)


def test_ranges_are_compared_with_the_same_luck(party_scenario: Scenario, tmp_path: Path) -> None:
    part = rs.run(party_scenario, range(2, 5), seed=3)
    later = party_scenario.replace({"conference.hearing_prob": 0.5})
    found = rs.compare(part, later, replays=2)
    assert list(found.b.numbers) == [2, 3, 4]
    assert [parting.replicate for parting in found.partings] == [2, 3]
    with pytest.raises(RunError, match="begin with different replicates"):
        rs.compare(part, rs.run(later, 3, seed=3))


def test_three_shards_are_the_whole(make: Callable[..., Study], tmp_path: Path) -> None:
    study = make(RATES, classic=True, replicates=3)
    expected = rs.sweep(study, tmp_path / "whole")
    done = []
    for which in (3, 1, 2):
        part = rs.sweep(study, tmp_path / str(which), shard=(which, 3), workers=1 + (which == 1))
        done += sorted(set(part.table()["point"].tolist()))
        assert rs.open_sweep(tmp_path / str(which)).fingerprint() == part.fingerprint()
        assert part.shard == (which, 3)
        assert f"shard {which} of 3" in repr(part)
    assert sorted(done) == list(range(7))
    merged = rs.merge([tmp_path / name for name in "213"], tmp_path / "out")
    assert merged.fingerprint() == expected.fingerprint()
    assert merged.table().tobytes() == expected.table().tobytes()
    assert merged.curve("share").tobytes() == expected.curve("share").tobytes()
    assert rs.sweep(study, tmp_path / "out").fingerprint() == expected.fingerprint()


def test_failed_points_of_shards_are_kept_and_can_be_tried_again(
    make: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make("'party.tirana_share' = [0.15, 0.9, 0.2]", replicates=2)
    expected = rs.sweep(study, tmp_path / "whole")
    for which in (1, 2):
        rs.sweep(study, tmp_path / str(which), shard=(which, 2))
    merged = rs.merge([tmp_path / "1", tmp_path / "2"], tmp_path / "out")
    assert merged.failed == expected.failed
    assert merged.fingerprint() == expected.fingerprint()
    assert (tmp_path / "out" / "failures.csv").read_text() == (tmp_path / "whole" / "failures.csv").read_text()


def test_shards_that_do_not_fit_are_refused(make: Callable[..., Study], tmp_path: Path) -> None:
    study = make(RATES, classic=True, replicates=2)
    for which in (1, 2):
        rs.sweep(study, tmp_path / str(which), shard=(which, 2))
    rs.sweep(study, tmp_path / "3", shard=(1, 3))
    other = make(RATES, classic=True, replicates=3, name="other.toml")
    rs.sweep(other, tmp_path / "other", shard=(2, 2))
    rs.sweep(study, tmp_path / "whole")
    rs.run("maki-thompson", 1, out=tmp_path / "run")

    def refused(told: str, *names: str, error: type[Exception] = RunError) -> None:
        with pytest.raises(error, match=told):
            rs.merge([tmp_path / name for name in names], tmp_path / "out")

    refused("each shard is needed once; missing: 2/2", "1")
    refused("each shard is needed once", "1", "2", "2")
    refused("each shard is needed once", "1", "2", "3")
    refused("the studies differ", "1", "other")
    refused("not a shard, but a whole sweep", "1", "whole")
    refused("holds a run", "1", "run", error=StoreError)
    for folder, shard in ((tmp_path / "1", (2, 2)), (tmp_path / "1", None), (tmp_path / "whole", (1, 2))):
        with pytest.raises(StoreError, match=r"the folder holds another study: (shard 1/2|the whole) there"):
            rs.sweep(study, folder, shard=shard)
    for wrong in ((0, 2), (3, 2), (1, 8), "1/2", (1.5, 2), (1, 2, 3)):
        with pytest.raises(RunError, match="shard"):
            rs.sweep(study, tmp_path / "new", shard=wrong)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("stop_at", range(0, 22, 3))
def test_a_merge_may_be_stopped_anywhere(
    make: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    study = make(RATES, classic=True, replicates=1)
    pieces = [tmp_path / "1", tmp_path / "2"]
    for which, piece in enumerate(pieces, start=1):
        rs.sweep(study, piece, shard=(which, 2))
    replace, left = os.replace, [stop_at]

    def stop(*paths: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(*paths)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stop)
        try:
            rs.merge(pieces, tmp_path / "out")
        except KeyboardInterrupt:
            with pytest.raises(StoreError):
                rs.open_sweep(tmp_path / "out")
    merged = rs.merge(pieces, tmp_path / "out")
    assert merged.fingerprint() == rs.sweep(study, tmp_path / "whole").fingerprint()
    assert merged.table().tobytes() == rs.open_sweep(tmp_path / "whole").table().tobytes()


def test_a_shard_is_not_analyzed_as_if_it_were_the_whole(make: Callable[..., Study], tmp_path: Path) -> None:
    study = make(RATES, classic=True, replicates=2)
    part = rs.sweep(study, tmp_path / "1", shard=(1, 2))
    with pytest.raises(RunError, match="a shard of a sweep"):
        rs.sensitivity(part)
    held = json.loads((tmp_path / "1" / "provenance.json").read_text())
    assert held["study"]["shard"] == "1/2"
    shutil.rmtree(tmp_path / "1")


def test_the_page_on_runners_is_short_and_says_what_was_not_run() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "your-own-runner.md").read_text(encoding="utf-8")
    for title in ("A SLURM array", "Snakemake"):
        part = text.split(f"## {title}\n")[1].split("\n## ")[0]
        assert "**Not run here" in part
        assert part.split("```")[1].count("\n") <= 21
        assert "rumorsim merge" in part
