"""What is run in pieces, on Dask, or failed before, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from tests.unit.cli.conftest import Call

SHORT = ["--set", "population.size=50", "--workers", "1", "--quiet"]
STUDY = """
title = "A test"
scenario = "maki-thompson"
replicates = 2
[design]
kind = "grid"
[vary]
classic.transmission_rate = [0.5, 1.0, 2.0]
[[outputs]]
name = "aware"
observable = "share_aware"
rumor = "secret_speech"
on = 1956-02-29
"""


def test_ranges_are_merged_to_the_whole(call: Call) -> None:
    assert call("run", "maki-thompson", "--replicates", "2:5", "--out", "b", *SHORT).status == 0
    answer = call("run", "maki-thompson", "--replicates", "0:2", "--out", "a", *SHORT)
    assert answer.status == 0
    whole = call("run", "maki-thompson", "--replicates", "5", "--out", "c", *SHORT)
    merged = call("merge", "b", "a", "--out", "whole", "--quiet")
    assert merged.status == 0
    line = next(one for one in whole.out.splitlines() if one.startswith("fingerprint"))
    assert line in merged.out.splitlines()
    again = call("run", "maki-thompson", "--replicates", "2:5", "--out", "b", *SHORT)
    assert "3 replicates (2 to 4), seed 1956" in again.out
    assert list(rs.open_run("b").numbers) == [2, 3, 4]


def test_shards_are_merged_to_the_whole(call: Call) -> None:
    Path("study.toml").write_text(STUDY, encoding="utf-8")
    for which in ("1", "2"):
        answer = call("sweep", "study.toml", "--shard", f"{which}/2", "--out", which, "--workers", "1", "--quiet")
        assert answer.status == 0
        assert f"shard {which} of 2: {which} points x 2 replicates" in answer.out
    assert call("merge", "1", "2", "--out", "whole", "--quiet").status == 0
    assert call("sweep", "study.toml", "--out", "other", "--workers", "1", "--quiet").status == 0
    assert rs.open_sweep("whole").fingerprint() == rs.open_sweep("other").fingerprint()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "classroom", "--replicates", "5:5"], "--replicates: no replicates (given: '5:5')"),
        (["run", "classroom", "--replicates", "-3:5"], "--replicates: no replicates (given: '-3:5')"),
        (["run", "classroom", "--replicates", "99999999999"], "not a usable number of replicates"),
        (["run", "classroom", "--seed", str(2**64)], "--seed: not a usable seed"),
        (["sweep", "study.toml", "--shard", "3/2", "--out", "x"], "shard: not a shard (given: '3/2')"),
        (["sweep", "study.toml", "--shard", "1/2"], "--shard: a shard needs a folder of its own"),
        (["merge", "nowhere", "--out", "x"], "nowhere: not a run folder"),
        (["merge", "a", "--out", ""], "an empty name of a folder"),
    ],
)
def test_what_is_out_of_range_is_refused_before_anything_is_prepared(call: Call, words: list[str], told: str) -> None:
    Path("study.toml").write_text(STUDY, encoding="utf-8")
    answer = call(*words)
    assert answer.status == 2
    assert told in answer.err
    assert "preparing" not in answer.err
    assert [path.name for path in Path().iterdir()] == ["study.toml"]


@pytest.mark.parametrize("words", [["run", "maki-thompson"], ["compare", "maki-thompson", "daley-kendall"]])
def test_dask_and_retry_reach_the_machine(call: Call, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types
    from collections.abc import Iterator

    asked: list[Any] = []

    def run_tasks_dask(
        work: Any, tasks: Any, address: str, workers: int | None = None, folder: Path | None = None
    ) -> Iterator[Any]:
        asked.append(address)
        for task in tasks:
            yield task, work(task)

    stand_in = types.ModuleType("rumorsim.runs.dask_pool")
    stand_in.run_tasks_dask = run_tasks_dask  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rumorsim.runs.dask_pool", stand_in)
    options = ["--replicates", "2", "--set", "population.size=50", "--quiet", "--out", "out"]
    answer = call(*words, *options, "--dask", "local", "--retry-failed")
    assert answer.status == 0
    assert asked == ["local"] * len(asked) != []
    plain = call(*words, *[*options[:-1], "other"], "--workers", "1")
    assert answer.out.splitlines()[-1] == plain.out.splitlines()[-1]


def test_a_failing_replicate_is_told_and_tried_again(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from rumorsim.ensemble import work

    real = work.records

    def records(assembly: Any, seed: int, replicates: Any, values: Any) -> Any:
        for number, record in real(assembly, seed, replicates, values):
            if number == 3:
                raise ValueError("out of luck")
            yield number, record

    words = ["run", "maki-thompson", "--replicates", "6", "--out", "out", *SHORT]
    with monkeypatch.context() as patch:
        patch.setattr(work, "records", records)
        for _ in range(2):
            answer = call(*words)
            assert answer.status == 1
            assert "1 of 6 replicates failed, among them 3: ValueError: out of luck" in answer.err
            assert "--retry-failed" in answer.err
    assert call(*words).status == 1, "it is not tried again unless asked"
    again = call(*words, "--retry-failed")
    assert again.status == 0
    other = call(*["whole" if one == "out" else one for one in words])
    assert again.out.splitlines()[-1] == other.out.splitlines()[-1]


def test_a_comparison_fits_sixty_columns(call: Call) -> None:
    words = ["compare", "classroom", "--vary", "travel.duty_rate=0,0.1", "--set", "stop=1956-03-30"]
    answer = call(*words, "--replicates", "5", "--replays", "1", "--workers", "1", "--quiet", columns=60)
    assert answer.status == 0
    titles = ("fingerprint", "First dates", "Variance", "Equal", "----", "25 February")
    lines = [line for line in answer.out.splitlines() if not line.startswith(titles)]
    assert [line for line in lines if len(line) > 60] == []
    assert any(line.endswith("var(B) saved") for line in lines)
