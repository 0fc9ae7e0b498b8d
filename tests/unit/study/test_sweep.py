"""Running a study: any number of workers, any interruption, the same fingerprint; nothing done twice; failures told."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rumorsim as rs
from rumorsim.ensemble.fingerprint import combined
from rumorsim.errors import QueryError, RunError, StoreError
from rumorsim.runs.folder import Folder
from rumorsim.runs.journal import Journal
from rumorsim.runs.machine import Memory, Task
from rumorsim.study import Forecast, Study, run
from rumorsim.study import work as work_module
from rumorsim.study.points import Plan
from rumorsim.study.tables import decoded, layout_of, record_of
from rumorsim.study.work import Work, tasks_of

Make = Callable[..., Study]

RATES = "classic.transmission_rate = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]"
#: Tirana cannot hold so many: the party of the last point cannot be built.
SHARES = "'party.tirana_share' = [0.15, 0.2, 0.9]\ntravel.duty_rate = [0.01, 0.1]"


@pytest.fixture
def rates(make: Make) -> Study:
    return make(RATES, classic=True, replicates=5)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def tables(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder) if name.endswith(".parquet")}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_changes_nothing(rates: Study, tmp_path: Path, workers: int) -> None:
    one, other = rs.sweep(rates, tmp_path / "one"), rs.sweep(rates, tmp_path / "other", workers=workers)
    assert one.fingerprint() == other.fingerprint()
    assert one.table().tobytes() == other.table().tobytes()
    assert one.curve("share").tobytes() == other.curve("share").tobytes()
    assert tables(tmp_path / "one") == tables(tmp_path / "other")


def test_seed_zero_is_a_seed(make: Make, tmp_path: Path) -> None:
    prints = {}
    for seed in (0, 1, 1956):
        study = make(RATES, classic=True, top=f"seed = {seed}")
        prints[seed] = rs.sweep(study, tmp_path / str(seed)).fingerprint()
    default = rs.sweep(make(RATES, classic=True), tmp_path / "default").fingerprint()
    assert len(set(prints.values())) == 3
    assert default == prints[1956]


def test_the_cut_into_tasks_changes_nothing(make: Make, tmp_path: Path) -> None:
    # With this seed a unit drawn at random voices in one replicate: the draw goes by the number of the replicate.
    typical = """
[[outputs]]
name = "typical"
observable = "first_voiced"
rumor = "secret_speech"
kind = "army_unit"
unit = "typical"
"""
    study = make("travel.duty_rate = [0.01, 0.1]", replicates=6, top="seed = 1959", outputs=typical)
    every = tuple(range(6))
    cuts: dict[str, list[Task]] = {
        "whole": [Task(((0, every), (1, every)))],
        "points": [Task(((1, every),)), Task(((0, every),))],
        "pieces": [Task(((point, (k,)),)) for k in (4, 2, 0, 1, 5, 3) for point in (1, 0)],
    }
    found, layout = {}, layout_of(study)
    for name, tasks in cuts.items():
        work, memory = Work(Plan(study), study.outputs, record_of(study)), Memory()
        for task in tasks:
            memory.put(work(task).rows, {})
        found[name] = decoded(study, layout, memory.ordered())
    for table in ("arrivals", "curves", "runs", "scalars"):
        assert len({found[name][table].tobytes() for name in cuts}) == 1
    assert np.isfinite(found["whole"]["scalars"]["typical"]).any(), "none voices, and the test says nothing of the draw"


class Stopping:
    """Counts the runs of every point, and stops the process when so many points have begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.runs: Counter[tuple[int, int]] = Counter()
        self.left = -1
        self.error = error
        real = Work.point

        def point(work: Work, world: Any, number: int, replicates: Sequence[int]) -> Any:
            if self.left == 0:
                raise self.error
            self.left -= 1
            tables = real(work, world, number, replicates)
            self.runs.update((number, k) for k in replicates)
            return tables

        monkeypatch.setattr(Work, "point", point)
        # one task a point, whatever the speed of the machine
        monkeypatch.setattr(work_module, "_TASK_SECONDS", 1e-9)


@pytest.mark.slow
def test_interrupted_again_and_again_it_goes_on_and_does_nothing_twice(
    rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rs.sweep(rates, tmp_path / "whole")
    counter = Stopping(monkeypatch)
    out = tmp_path / "out"
    for steps in (0, 2, 3, 1, 7):
        counter.left = steps
        with pytest.raises(KeyboardInterrupt):
            rs.sweep(rates, out)
        with pytest.raises(StoreError, match="the sweep is unfinished; allowed: a finished sweep"):
            rs.open_sweep(out)
    counter.left, before = -1, sum(counter.runs.values())
    assert 10 < before < 30
    seen: list[tuple[int, int]] = []
    resumed = rs.sweep(rates, out, progress=lambda done, total: seen.append((done, total)))
    assert counter.runs == Counter({(point, k): 1 for point in range(6) for k in range(5)})
    assert resumed.fingerprint() == expected.fingerprint()
    assert tables(out) == tables(tmp_path / "whole")
    assert seen[0] == (before, 30)
    assert seen[-1] == (30, 30)
    stretches = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["stretches"]
    assert (stretches[-1]["runs_kept"], stretches[-1]["runs_done"]) == (before, 30 - before)


def test_a_finished_sweep_is_not_run_again(rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rs.sweep(rates, tmp_path / "out")
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in files(tmp_path / "out")}
    counter, asked = Stopping(monkeypatch), []
    again = rs.sweep(rates, tmp_path / "out", announce=asked.append)
    assert again.fingerprint() == first.fingerprint()
    assert not counter.runs
    assert asked == []
    assert {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in files(tmp_path / "out")} == before


def test_stopped_before_the_seal_it_is_sealed(rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "seal", lambda *arguments, **words: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            rs.sweep(rates, tmp_path / "out")
    counter = Stopping(monkeypatch)
    sealed = rs.sweep(rates, tmp_path / "out")
    assert not counter.runs
    monkeypatch.undo()
    assert sealed.fingerprint() == rs.sweep(rates, tmp_path / "other").fingerprint()


def test_a_damaged_row_is_done_again(rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Stopping(monkeypatch)
    counter.left = 3
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        rs.sweep(rates, out)
    with contextlib.closing(sqlite3.connect(out / ".work" / "journal.sqlite")) as base, base:
        base.execute("update runs set content = zeroblob(length(content)) where point = 0 and replicate = 0")
    counter.left = -1
    done = rs.sweep(rates, out)
    assert counter.runs == Counter({(p, k): 1 + ((p, k) == (0, 0)) for p in range(6) for k in range(5)})
    monkeypatch.undo()
    assert done.fingerprint() == rs.sweep(rates, tmp_path / "other").fingerprint()


@pytest.mark.slow
@pytest.mark.parametrize("stop_at", range(9))
def test_sealing_may_be_stopped_anywhere(
    rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    counter, out = Stopping(monkeypatch), tmp_path / "out"
    replace, left = os.replace, [stop_at]
    seal = Folder.seal

    def stop(*paths: Any) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(*paths)

    def sealing(folder: Folder, *arguments: Any, **words: Any) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", stop)
            return seal(folder, *arguments, **words)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "seal", sealing)
        if stop_at < 7:  # the provenance, four tables, the fingerprint, the seal
            with pytest.raises(KeyboardInterrupt):
                rs.sweep(rates, out)
            with pytest.raises(StoreError, match="the sweep is unfinished"):
                rs.open_sweep(out)
        else:
            rs.sweep(rates, out)
    ended = rs.sweep(rates, out)
    assert max(counter.runs.values()) == 1
    assert ended.fingerprint() == rs.sweep(rates, tmp_path / "other").fingerprint()
    assert tables(out) == tables(tmp_path / "other")
    assert files(out) == files(tmp_path / "other")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vary": RATES.replace("3.0", "4.0")}, "vary.classic.transmission_rate [0.5, 1.0, 1.5, 2.0, 2.5, 3.0] there"),
        ({"replicates": 6}, "replicates 5 there, 6 here"),
        ({"top": "seed = 0"}, "seed 1956 there, 0 here"),
        ({"top": "common_random_numbers = false"}, "common_random_numbers True there, False here"),
        (
            {"outputs": '[[outputs]]\nname = "more"\nobservable = "first_aware"\nrumor = "secret_speech"'},
            "outputs.more.name nothing there, more here; outputs.more.observable nothing there, first_aware here",
        ),
    ],
)
def test_a_changed_study_is_refused_with_the_difference(
    make: Make, rates: Study, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    rs.sweep(rates, tmp_path / "out")
    words = {"vary": RATES, "classic": True, "replicates": 5, "outputs": ""} | change
    if words["outputs"]:
        path = tmp_path / "more.toml"
        text = (tmp_path / "study.toml").read_text(encoding="utf-8")
        path.write_text(text + words.pop("outputs"), encoding="utf-8")
        changed = Study.load(path)
    else:
        words.pop("outputs")
        changed = make(words.pop("vary"), **words)
    with pytest.raises(StoreError) as caught:
        rs.sweep(changed, tmp_path / "out")
    assert "the folder holds another study: " in str(caught.value)
    assert told in str(caught.value)
    assert caught.value.allowed == "another folder, or the study as it was"


def test_a_changed_scenario_is_refused_and_a_changed_title_is_not(make: Make, rates: Study, tmp_path: Path) -> None:
    path = tmp_path / "classic.toml"
    text = 'title = "A"\nextends = "maki-thompson"\n[population]\nsize = 300\n'
    path.write_text(text, encoding="utf-8")
    study = tmp_path / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace('"maki-thompson"', '"classic.toml"'), encoding="utf-8")
    first = rs.sweep(Study.load(study), tmp_path / "out")
    study.write_text(study.read_text(encoding="utf-8").replace("A test", "Another title"), encoding="utf-8")
    assert rs.sweep(Study.load(study), tmp_path / "out").fingerprint() == first.fingerprint()
    path.write_text(text.replace("300", "400"), encoding="utf-8")
    with pytest.raises(StoreError, match=r"values\.population\.size 300 there, 400 here"):
        rs.sweep(Study.load(study), tmp_path / "out")


def test_other_folders_are_refused(rates: Study, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    with pytest.raises(StoreError, match=r"the folder is not empty and holds no sweep \(given: \['letter.txt'\]\)"):
        rs.sweep(rates, tmp_path / "full")
    rs.run("maki-thompson", replicates=1, out=tmp_path / "run")
    with pytest.raises(StoreError):
        rs.sweep(rates, tmp_path / "run")
    with pytest.raises(StoreError, match="not the folder of a sweep"):
        rs.open_sweep(tmp_path / "run")
    with pytest.raises(RunError, match="not a usable number of workers"):
        rs.sweep(rates, tmp_path / "out", workers=0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_point_that_fails_is_told_and_stops_nothing(make: Make, tmp_path: Path, workers: int) -> None:
    sweep = rs.sweep(make(SHARES, replicates=3), tmp_path / "out", workers=workers)
    assert list(sweep.failed) == [4, 5]
    assert "party.tirana_share: the Tirana organization cannot hold" in sweep.failed[4]
    values = sweep.values("aware")
    assert np.isnan(values[4:]).all()
    assert not np.isnan(values[:4]).any()
    assert np.isnan(sweep.curve("share")[4:]).all()
    assert set(sweep.table()["point"].tolist()) == {0, 1, 2, 3}
    lines = (tmp_path / "out" / "failures.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "point,message"
    assert lines[1].startswith('4,"party.tirana_share: ')
    assert sweep.summary()["failed"].tolist() == [False] * 4 + [True] * 2
    whole = make(SHARES.replace("0.9", "0.25"), replicates=3, name="whole.toml")
    assert sweep.fingerprint() != rs.sweep(whole, tmp_path / "whole").fingerprint()
    assert json.loads((tmp_path / "out" / "provenance.json").read_text(encoding="utf-8"))["failed_points"] == 2


class Failing:
    """Assemblies whose runs fail for some values of a rate, at some replicates."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.when: dict[float, int] = {}
        real = work_module.records

        def records(assembly: Any, seed: int, replicates: Sequence[int], values: Any) -> Any:
            first = self.when.get(values["classic.transmission_rate"])
            for number, record in real(assembly, seed, replicates, values):
                if first is not None and number >= first:
                    raise ValueError(f"replicate {number} is out of luck")
                yield number, record

        monkeypatch.setattr(work_module, "records", records)


@pytest.mark.slow
def test_days_of_an_event_vary(tmp_path: Path) -> None:
    """They are written as days and read as moments: the folder must know its own points again."""
    study = Study.loads(
        'title = "a"\nscenario = "classroom"\nreplicates = 1\n[design]\nkind = "grid"\n'
        "[vary]\nevents.letter.date = [1956-04-20, 1956-04-24]\n"
        '[[outputs]]\nname = "heard"\nobservable = "first_aware"\nrumor = "tirana_conference"\n'
    )
    sweep = rs.sweep(study, tmp_path / "out")
    assert sweep.points["events.letter.date"].astype("M8[D]").astype(str).tolist() == ["1956-04-20", "1956-04-24"]
    assert rs.sweep(study, tmp_path / "out").fingerprint() == sweep.fingerprint()


def test_retry_failed_runs_just_those(rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rs.sweep(rates, tmp_path / "right")
    failing = Failing(monkeypatch)
    failing.when = {0.5: 3, 2.0: 0}
    out = tmp_path / "out"
    broken = rs.sweep(rates, out)
    words = [["failed"] if point in (0, 3) else row for point, row in enumerate(expected._ledger.digests.tolist())]
    assert broken.fingerprint() == combined([word for row in words for word in row])
    assert broken.failed == {
        0: "ValueError: replicate 3 is out of luck",
        3: "ValueError: replicate 0 is out of luck",
    }
    assert sorted(set(broken.table()["point"].tolist())) == [1, 2, 4, 5]
    failing.when = {}
    counter = Stopping(monkeypatch)
    again = rs.sweep(rates, out)
    assert not counter.runs
    assert again.failed == broken.failed
    assert again.fingerprint() == broken.fingerprint() != expected.fingerprint()
    retried = rs.sweep(rates, out, retry_failed=True)
    assert counter.runs == Counter({(point, k): 1 for point in (0, 3) for k in range(5)})
    assert retried.failed == {}
    assert retried.fingerprint() == expected.fingerprint()
    assert retried.table().tobytes() == expected.table().tobytes()
    assert retried.curve("share").tobytes() == expected.curve("share").tobytes()
    assert not (out / "failures.csv").exists()
    assert not list((out / "runs").glob("part-failed*"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 5])
def test_where_a_point_is_cut_does_not_change_that_it_failed(
    rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    failing = Failing(monkeypatch)
    failing.when = {1.0: 2}
    expected = rs.sweep(rates, tmp_path / "expected").fingerprint()

    def cut(todo: Any, run_seconds: float, workers: int) -> list[Task]:
        return [
            Task(((point, tuple(replicates[k : k + size])),))
            for point, replicates in todo
            for k in range(0, len(replicates), size)
        ]

    monkeypatch.setattr(run, "tasks_of", cut)
    found = rs.sweep(rates, tmp_path / "out")
    assert found.failed == {1: "ValueError: replicate 2 is out of luck"}
    assert found.fingerprint() == expected
    assert (
        tables(tmp_path / "out")["scalars/" + "part-0000000-0000000-0000005-0000004.parquet"]
        == tables(tmp_path / "expected")["scalars/" + "part-0000000-0000000-0000005-0000004.parquet"]
    )


def test_what_cannot_be_written_is_no_failed_point(
    rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any) -> None:
        raise StoreError("no space left to write")

    monkeypatch.setattr(Journal, "put", full)
    with pytest.raises(StoreError, match="no space left"):
        rs.sweep(rates, tmp_path / "out")


def test_a_wrong_question_is_known_before_any_run(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Stopping(monkeypatch)
    nobody = '[[outputs]]\nobservable = "curve"\nrumor = "tirana_conference"\nplace = "Moscow"\nrole = "officer"\n'
    study = make("travel.duty_rate = [0.01, 0.1]", outputs=nobody.replace("officer", "leader"))
    with pytest.raises(QueryError, match="nobody of role leader in Moscow"):
        rs.sweep(study, tmp_path / "out")
    assert not counter.runs


@pytest.mark.slow
def test_what_it_will_do_is_told_before(rates: Study, tmp_path: Path) -> None:
    told: list[Forecast] = []
    sweep = rs.sweep(rates, tmp_path / "out", workers=2, announce=told.append)
    assert len(told) == 1
    forecast = told[0]
    assert (forecast.points, forecast.replicates, forecast.runs, forecast.done, forecast.parties) == (6, 5, 30, 0, 1)
    assert forecast.seconds > 0
    size = sum((sweep.folder / name).stat().st_size for name in tables(sweep.folder) if "/" in name)
    assert size / 3 < forecast.size < size * 3


@pytest.mark.parametrize("run_seconds", [1e-6, 0.01, 0.2, 3.0])
@pytest.mark.parametrize("workers", [1, 2, 16])
def test_tasks_hold_every_run_once(run_seconds: float, workers: int) -> None:
    todo = [(point, tuple(range(point % 7 + 1))) for point in range(40)]
    tasks = tasks_of(todo, run_seconds, workers)
    runs = [(point, k) for task in tasks for point, replicates in task.slices for k in replicates]
    assert runs == [(point, k) for point, replicates in todo for k in replicates]
    assert all(task.runs * run_seconds <= 6.0 for task in tasks)
    assert sum(task.runs for task in tasks) == len(runs)
    assert tasks_of([], run_seconds, workers) == []


@pytest.mark.slow
@pytest.mark.fault("5.10")
def test_the_forecast_rests_on_more_than_two_runs(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, sizes = Work.__call__, []

    def timed(work: Work, task: Task) -> Any:
        sizes.append(task.runs)
        warming = 600.0 if len(sizes) == 1 else 0.0  # the first run loads what the others find
        return replace(real(work, task), seconds=warming + 0.01 * task.runs, building_seconds=0.0)

    monkeypatch.setattr(Work, "__call__", timed)
    told: list[Forecast] = []
    study = make(RATES, classic=True, replicates=20)
    sweep = rs.sweep(study, tmp_path / "out", announce=told.append)
    runs = 120 - sum(sizes[: 1 + 4])
    assert sizes[:5] == [1, 3, 3, 3, 3]
    assert told[0].seconds == pytest.approx(0.01 * runs, rel=1e-3)
    assert sum(sizes) == 120
    assert not sweep.failed


@pytest.mark.parametrize(("points", "replicates"), [(2, 1), (3, 1), (2, 2)])
def test_a_study_may_be_smaller_than_a_trial(make: Make, tmp_path: Path, points: int, replicates: int) -> None:
    study = make(f"classic.transmission_rate = {[0.5, 1.0, 1.5][:points]}", classic=True, replicates=replicates)
    told: list[Forecast] = []
    sweep = rs.sweep(study, tmp_path / "out", announce=told.append)
    assert sweep.values("aware").shape == (points, replicates)
    assert told[0].seconds >= 0.0


def test_points_that_fail_first_say_nothing_of_the_time(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def note(todo: Any, run_seconds: float, workers: int) -> list[Task]:
        asked.append(run_seconds)
        return tasks_of(todo, run_seconds, workers)

    monkeypatch.setattr(run, "tasks_of", note)
    told: list[Forecast] = []
    study = make("'party.tirana_share' = [0.9, 0.8, 0.2, 0.25]", replicates=5)
    sweep = rs.sweep(study, tmp_path / "out", announce=told.append)
    assert list(sweep.failed) == [0, 1]
    assert asked[0] > 0.005, "a run of the party takes longer than a party that cannot be built"
    assert told[0].parties == 2
    assert not np.isnan(sweep.values("aware")[2:]).any()


def test_a_sweep_of_nothing_but_failures_ends(make: Make, tmp_path: Path) -> None:
    sweep = rs.sweep(make("'party.tirana_share' = [0.9, 0.8]"), tmp_path / "out")
    assert list(sweep.failed) == [0, 1]
    assert len(sweep.table()) == 0
    assert np.isnan(sweep.values("aware")).all()
    assert np.isnan(sweep.curve("share")).all()
    assert rs.sweep(sweep.study.path or tmp_path / "study.toml", tmp_path / "out").fingerprint() == sweep.fingerprint()


def test_unfinished_files_are_hidden_and_leave_nothing(
    rates: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, seen = tmp_path / "home" / "out", []
    put = Folder.put

    def look(folder: Folder, *arguments: Any) -> None:
        put(folder, *arguments)
        seen.append(sorted(path.name for path in out.iterdir()))

    monkeypatch.setattr(Folder, "put", look)
    rs.sweep(rates, out)
    small = ["design.parquet", "points.parquet", "provenance.json", "scenario.resolved.json", "study.resolved.json"]
    assert len(seen) > 1
    assert all(one == [".work", *small] for one in seen)
    assert not (out / ".work").exists()
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["out"]
