"""Runs: the same bytes however they are made, taken up where they stopped, refused where they do not belong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import rumorsim as rs
from rumorsim.ensemble import Ensemble, verdict_rows
from rumorsim.ensemble.verdict_text import verdict_text
from rumorsim.errors import RunError, StoreError
from rumorsim.runs.journal import state_of
from rumorsim.runs.machine import tasks_of
from rumorsim.runs.seal import sealed
from tests.unit.ensemble.conftest import RUN, World

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("faked")


def fingerprint(world: World, replicates: int = 6, seed: int = 5, **arguments: Any) -> str:
    return str(RUN.run(world.scenario, replicates=replicates, seed=seed, **arguments).fingerprint())


@pytest.mark.slow
def test_same_bytes_for_any_workers_batches_and_storage(
    world: World, ensemble: Ensemble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ensemble.fingerprint()
    assert len(expected) == 64
    assert fingerprint(world) == expected
    assert fingerprint(world, workers=2) == expected
    assert fingerprint(world, out=tmp_path / "one") == expected
    assert fingerprint(world, out=tmp_path / "two", workers=2) == expected
    assert (tmp_path / "two" / "fingerprint").read_text() == expected + "\n"
    for size in (1, 4, 6):
        monkeypatch.setattr(RUN, "_size", lambda missing, workers, size=size: size)
        assert fingerprint(world) == expected
        assert fingerprint(world, out=tmp_path / f"size-{size}") == expected


def test_other_seeds_and_numbers_are_other_bytes(world: World, ensemble: Ensemble) -> None:
    assert fingerprint(world, seed=0) != ensemble.fingerprint()
    assert fingerprint(world, replicates=5) != ensemble.fingerprint()
    assert fingerprint(world, parameters="prior") != ensemble.fingerprint()


def test_a_replicate_does_not_depend_on_how_many_there_are(world: World, ensemble: Ensemble) -> None:
    few = RUN.run(world.scenario, replicates=2, seed=5)
    assert few.table("runs")["digest"].tolist() == ensemble.table("runs")["digest"][:2].tolist()


def test_an_opened_run_answers_like_the_one_in_memory(world: World, ensemble: Ensemble, tmp_path: Path) -> None:
    RUN.run(world.scenario, replicates=6, seed=5, out=tmp_path / "run", prior_replicates=3)
    opened = rs.open_run(tmp_path / "run")
    for name in ("awareness", "arrivals", "channels", "reports", "exposures", "voicings", "critics", "runs"):
        assert opened.table(name).tobytes() == ensemble.table(name).tobytes()
    assert opened.scenario == world.scenario
    assert opened.seed == 5
    assert opened.prior is not None
    assert ensemble.prior is not None
    assert opened.prior.fingerprint() == ensemble.prior.fingerprint()
    for name in opened.prior.table("runs").dtype.names or ():
        assert (
            opened.prior.table("runs")[name].tolist() == ensemble.prior.table("runs")[name].tolist() or name == "alarm"
        )
    share = opened.share_aware("tirana_conference", on="1956-04-20", place="Fier")
    assert share.tolist() == ensemble.share_aware("tirana_conference", on="1956-04-20", place="Fier").tolist()
    assert opened.first_report("tirana_conference").astype(str).tolist() == (
        ensemble.first_report("tirana_conference").astype(str).tolist()
    )
    assert opened.replay(1).replicate == 1


def test_the_folder_has_what_the_contract_says(world: World, tmp_path: Path) -> None:
    RUN.run(world.scenario, replicates=2, seed=5, out=tmp_path / "run", prior_replicates=1)
    found = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert found == [
        "arrivals",
        "awareness",
        "channels",
        "critics",
        "exposures",
        "fingerprint",
        "frame.json",
        "prior",
        "provenance.json",
        "reports",
        "runs",
        "scenario.resolved.json",
        "verdict.csv",
        "verdict.txt",
        "voicings",
    ]


def test_provenance_rebuilds_the_run(world: World, ensemble: Ensemble, tmp_path: Path) -> None:
    RUN.run(world.scenario, replicates=6, seed=5, out=tmp_path / "run", workers=2)
    record = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))
    again = RUN.run(
        rs.load_scenario(tmp_path / "run" / "scenario.resolved.json"),
        replicates=record["replicates"],
        seed=record["run"]["seed"],
        parameters=record["run"]["parameters"],
        model=record["run"]["model"],
    )
    assert again.fingerprint() == record["fingerprint"] == ensemble.fingerprint()
    assert record["environment"]["rumorsim"] == rs.__version__
    assert record["stretches"][0]["runs_done"] == 6


def test_a_finished_run_is_not_run_again(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fingerprint(world, out=tmp_path / "run")
    monkeypatch.setattr(RUN, "build_party", None)
    (tmp_path / "run" / ".work").mkdir()
    (tmp_path / "run" / ".work" / "journal.sqlite").touch()  # the process ended between the seal and its last step
    calls: list[tuple[int, int]] = []
    assert (
        fingerprint(world, out=tmp_path / "run", progress=lambda done, total: calls.append((done, total))) == expected
    )
    assert calls == [(6, 6)]
    assert not (tmp_path / "run" / ".work").exists()


@pytest.mark.parametrize("lost", ["fingerprint", "prior/fingerprint", "verdict.csv", "verdict.txt"])
def test_stopped_between_the_last_replicate_and_the_seal(world: World, tmp_path: Path, lost: str) -> None:
    expected = fingerprint(world, replicates=2, prior_replicates=1, out=tmp_path)
    left = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").iterdir()}
    (tmp_path / lost).unlink()
    assert fingerprint(world, replicates=2, prior_replicates=1, out=tmp_path) == expected
    assert (tmp_path / lost).is_file()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").iterdir()} == left


@pytest.mark.fault("5.8")
def test_the_table_is_kept_and_follows_the_run(world: World, tmp_path: Path) -> None:
    kept = {}
    for name, steps in {"at once": (4,), "grown": (2, 4)}.items():
        for count in steps:
            fingerprint(world, replicates=count, prior_replicates=count // 2, out=tmp_path / name)
        kept[name] = (tmp_path / name / "verdict.txt").read_bytes()
    assert kept["at once"] == kept["grown"]
    stored = rs.open_run(tmp_path / "grown")
    assert kept["grown"].decode() == verdict_text(stored, verdict_rows(stored))
    fingerprint(world, replicates=5, prior_replicates=2, out=tmp_path / "grown")
    assert (tmp_path / "grown" / "verdict.txt").read_bytes() != kept["grown"]
    (tmp_path / "grown" / "verdict.txt").write_text("0.9 met\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"verdict\.txt: altered since it was stored"):
        rs.open_run(tmp_path / "grown")


def test_a_run_can_grow(world: World, ensemble: Ensemble, tmp_path: Path) -> None:
    fingerprint(world, replicates=2, out=tmp_path / "run")
    calls: list[tuple[int, int]] = []
    grown = fingerprint(world, out=tmp_path / "run", progress=lambda done, total: calls.append((done, total)))
    assert grown == ensemble.fingerprint()
    assert calls[0] == (2, 6)
    assert calls[-1] == (6, 6)


@pytest.mark.parametrize("table", ["awareness", "reports", "runs"])
def test_a_damaged_part_is_made_again(world: World, ensemble: Ensemble, tmp_path: Path, table: str) -> None:
    fingerprint(world, out=tmp_path / "run")
    path = sorted((tmp_path / "run" / table).glob("*.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError, match=f"{path.name}: damaged: cut short"):
        rs.open_run(tmp_path / "run")
    assert fingerprint(world, out=tmp_path / "run") == ensemble.fingerprint()


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"seed": 6}, "seed 5 there, 6 here"),
        ({"parameters": "prior"}, "parameters mode there, prior here"),
        ({"replicates": 3}, "6 replicates there, 3 asked for"),
        ({"scenario": {"travel.duty_rate": 0.05}}, r"travel.duty_rate 0.025 there, 0.05 here"),
        ({"scenario": {"events.letter.enabled": False}}, r"letter.enabled True there, False here"),
    ],
)
def test_another_run_is_refused(world: World, tmp_path: Path, change: dict[str, Any], difference: str) -> None:
    expected = fingerprint(world, out=tmp_path / "run")
    arguments = {"replicates": 6, "seed": 5, **{key: value for key, value in change.items() if key != "scenario"}}
    scenario = world.scenario.replace(change.get("scenario", {}))
    with pytest.raises(StoreError, match=difference):
        RUN.run(scenario, out=tmp_path / "run", **arguments)
    assert rs.open_run(tmp_path / "run").fingerprint() == expected, "what was there is left alone"


def test_a_retitled_scenario_is_the_same_run(world: World, tmp_path: Path) -> None:
    expected = fingerprint(world, out=tmp_path / "run")
    retitled = world.scenario.replace({"title": "Another title"})
    assert RUN.run(retitled, replicates=6, seed=5, out=tmp_path / "run").fingerprint() == expected


def test_other_code_is_refused(world: World, tmp_path: Path) -> None:
    fingerprint(world, out=tmp_path / "run")
    path = tmp_path / "run" / "provenance.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["run"]["code"] = "0" * 64
    path.write_text(json.dumps(sealed(tmp_path / "run", record, record["seal"]["files"])), encoding="utf-8")
    with pytest.raises(StoreError, match="a different state of the code"):
        fingerprint(world, out=tmp_path / "run")


def test_a_folder_with_other_things_is_left_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("all my work")
    with pytest.raises(StoreError, match=r"not empty and holds no run"):
        fingerprint(world, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_wrong_fingerprint_is_noticed(world: World, tmp_path: Path) -> None:
    fingerprint(world, out=tmp_path / "run")
    (tmp_path / "run" / "fingerprint").write_text("0" * 64)
    with pytest.raises(StoreError, match="fingerprint: altered since it was stored"):
        rs.open_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicates": 0}, "replicates"),
        ({"replicates": 2.5}, "replicates"),
        ({"replicates": True}, "replicates"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"workers": 0}, "workers"),
        ({"prior_replicates": -1}, "prior_replicates"),
        ({"model": "parti"}, "did you mean 'party'"),
        ({"model": "letter_onl"}, "did you mean 'letter_only'"),
        ({"parameters": "modes"}, "did you mean 'mode'"),
        ({"parameters": "posterior"}, "no posterior is shipped for classroom"),
    ],
)
def test_wrong_arguments_are_refused_before_any_work(
    world: World, arguments: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RUN, "build_party", None)
    with pytest.raises(RunError, match=message):
        RUN.run(world.scenario, **arguments)


def test_seed_zero_is_a_seed(world: World) -> None:
    assert fingerprint(world, replicates=1, seed=0) == fingerprint(world, replicates=1, seed=0)


def test_progress_counts_all_replicates(world: World) -> None:
    calls: list[tuple[int, int]] = []
    RUN.run(
        world.scenario,
        replicates=3,
        seed=5,
        prior_replicates=2,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(k, 5) for k in range(6)]


def test_tasks_cover_every_replicate_once() -> None:
    for n in (1, 2, 17, 100, 1000):
        for workers in (1, 2, 8):
            cut = tasks_of([(0, range(n))], RUN._size(range(n), workers), 3)
            assert [k for task in cut for _, replicates in task.slices for k in replicates] == list(range(n))
            assert max(task.runs for task in cut) <= 16
            assert {task.store for task in cut} == {3}


SCRIPT = """
import importlib, pathlib, sys
import rumorsim as rs
from tests.unit.ensemble.fakes import FakeAssembly
RUN = importlib.import_module("rumorsim.ensemble.run")
WORK = importlib.import_module("rumorsim.ensemble.work")
WORK.assemble = lambda scenario, party: FakeAssembly(scenario, party, seconds={seconds})
scenario = rs.load_scenario("classroom").replace({{"start": "1956-04-01", "stop": "1956-05-05"}})
run = RUN.run(scenario, replicates=24, seed=5, workers=2, out=pathlib.Path(sys.argv[1]), prior_replicates=4)
print(run.fingerprint())
"""


def start(folder: Path, out: Path, seconds: float) -> subprocess.Popen[str]:
    path = folder / "script.py"
    path.write_text(SCRIPT.format(seconds=seconds), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(path), str(out)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(out: Path) -> int:
    """Return how many replicates are safe, those of the companion apart."""
    state = state_of(out)
    return 0 if state is None else state.done


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_finishes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, killed_at = tmp_path / "run", []
    for wanted in (1, 6):
        process = start(tmp_path, out, seconds=0.2)
        deadline = time.monotonic() + 60
        while done(out) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()  # comes back only when the workers, which hold the pipes too, are gone
        killed_at.append(done(out))
        with pytest.raises(StoreError, match=r"the run is unfinished; .* of 24 runs are there"):
            rs.open_run(out)
    assert killed_at[0] >= 1
    assert killed_at[-1] < 24, "it was to be killed before the end"
    process = start(tmp_path, out, seconds=0.0)
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    expected = RUN.run(world.scenario, replicates=24, seed=5)
    assert printed.strip() == expected.fingerprint()
    assert rs.open_run(out).table("reports").tobytes() == expected.table("reports").tobytes()
    assert not (out / ".work").exists()
    stretches = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["stretches"]
    assert stretches[-1]["runs_kept"] >= killed_at[-1]
