"""What a sweep costs beside building parties and running, and how much room its results take.

    python -m benchmarks.sweep_overhead

Writes docs/benchmarks/sweeps.md and sweeps.json. Every stage is timed around the functions the runner itself calls, in
one process, by CPU time; what is left of the whole is everything else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import rumorsim as rs
from benchmarks.growth import facts, sentence
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.reduce import Reducer
from rumorsim.runs.folder import Folder
from rumorsim.runs.journal import Journal
from rumorsim.runs.provenance import environment
from rumorsim.runs.store import write_part
from rumorsim.study import Study, work
from rumorsim.study import run as run_module
from rumorsim.study.outputs import Output
from rumorsim.study.points import Plan
from rumorsim.study.tables import decoded, encoded, layout_of, record_of

ROOT = Path(__file__).resolve().parents[1]
STUDY = """
title = "What the runner costs"
scenario = "{scenario}"
replicates = {replicates}
[design]
kind = "latin_hypercube"
points = {points}
[vary]
travel.duty_rate = "prior"
spread.pass_on_rate = "prior"
{structural}
"""
SCALARS = """
[[outputs]]
observable = "share_aware"
rumor = "tirana_conference"
on = 1956-04-20
[[outputs]]
observable = "share_aware"
rumor = "tirana_conference"
on = 1956-04-20
place = "Fier"
[[outputs]]
observable = "reports"
by = 1956-04-30
[[outputs]]
observable = "voicings"
rumor = "tirana_conference"
"""
PLACES = (None, "Tirana", "Fier", "Vlorë", "Berat", "Korçë", "Shkodër", "Durrës")
DISTRICTS = 26
LARGE_RUNS = 100_000
#: Time of a run of the classroom.
RUN_SECONDS = 0.06


def outputs(dates: int = len(PLACES), curves: int = len(PLACES)) -> str:
    """Return four numbers, and so many dates and curves of places."""
    text = SCALARS
    for number in range(dates):
        place = PLACES[number % len(PLACES)]
        where = f'place = "{place}"\n' if place else ""
        name = f'name = "first_{number}"\n'
        text += f'[[outputs]]\nobservable = "first_aware"\n{name}rumor = "tirana_conference"\n{where}'
    for number, place in enumerate(PLACES[:curves]):
        where = f'place = "{place}"\n' if place else ""
        text += f'[[outputs]]\nobservable = "curve"\nname = "curve_{number}"\nrumor = "tirana_conference"\n{where}'
    return text


#: What `rumorsim new study` keeps: a share, a date and a curve.
FEW = """
[[outputs]]
observable = "share_aware"
rumor = "tirana_conference"
on = 1956-05-07
[[outputs]]
observable = "first_aware"
rumor = "tirana_conference"
place = "Fier"
[[outputs]]
observable = "curve"
rumor = "tirana_conference"
"""


class Stages:
    """Adds up the time of the stages of a sweep; a stage within another counts for itself alone."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._running: list[str] = []
        self._since = 0.0

    def _switch(self) -> None:
        now = time.process_time()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose time is added to a stage."""

        def call(*arguments: Any, **words: Any) -> Any:
            self._switch()
            self._running.append(name)
            try:
                return function(*arguments, **words)
            finally:
                self._switch()
                self._running.pop()

        return call

    def timed_iterator(self, name: str, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """Return a generator function whose time between requests is not counted."""

        def call(*arguments: Any) -> Iterator[Any]:
            found, end = function(*arguments), object()
            step = self.timed(name, lambda: next(found, end))
            while (one := step()) is not end:
                yield one

        return call


def measure(scenario: str, points: int, replicates: int, kept: str, structural: str = "") -> dict[str, Any]:
    """Run a sweep in this process and return the time of its stages in seconds."""
    text = STUDY.format(scenario=scenario, points=points, replicates=replicates, structural=structural) + kept
    study, stages = Study.loads(text), Stages()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.multiple(
            work,
            build_party=stages.timed("building", work.build_party),
            records=stages.timed_iterator("running", work.records),
            encoded=stages.timed("outputs", work.encoded),
        ),
        mock.patch.object(Journal, "put", stages.timed("journal", Journal.put)),
        mock.patch.object(Folder, "seal", stages.timed("sealing", Folder.seal)),
        mock.patch.object(Output, "numbers", stages.timed("outputs", Output.numbers)),
        mock.patch.object(work.World, "of", stages.timed("building", work.World.of)),
        mock.patch.object(Reducer, "__call__", stages.timed("archive", Reducer.__call__)),
    ):
        small = STUDY.format(scenario="classroom", points=2, replicates=1, structural="") + kept
        rs.sweep(Study.loads(small), Path(folder) / "warm")  # imports, caches
        stages.seconds.clear()
        begin = time.process_time()
        result = rs.sweep(study, Path(folder) / "out")
        total = time.process_time() - begin
        size = sum(path.stat().st_size for path in result.folder.rglob("*.parquet"))
    named = dict(stages.seconds)
    own = total - named["building"] - named["running"] - named["archive"]
    return {
        "scenario": scenario,
        "points": points,
        "replicates": replicates,
        "outputs": len(study.outputs),
        "structural": bool(structural),
        "seconds": {name: round(value, 4) for name, value in {**named, "total": total}.items()},
        "overhead_share": round(own / total, 4),
        "with_archive_share": round((own + named["archive"]) / total, 4),
        "bytes": size,
    }


def alone(points: int, replicates: int, kept: str) -> dict[str, Any]:
    """Return what the runner takes for each point, in ms: a sweep of the classroom in which no run is made.

    Every run gives the rows that the same replicate of the first point gave; tasks are cut as if a run took
    `RUN_SECONDS`. What is measured is all the rest, for hundreds of points in a few seconds.
    """
    text = STUDY.format(scenario="classroom", points=points, replicates=replicates, structural="") + kept
    study = Study.loads(text)
    first = work.Work(Plan(study), study.outputs, record_of(study))
    world, scenario = first.world(0), first.plan.scenario(0)
    rows = [
        world.rows(world.assembly.simulate(study.seed, k, scenario.values), k, scenario.values, Streams(study.seed, k))
        for k in range(replicates)
    ]

    def records(assembly: Any, seed: int, numbers: Any, values: Any) -> Iterator[Any]:
        yield from ((number, number) for number in numbers)

    def recalled(world: Any, record: Any, row: int, values: Any, streams: Any) -> Any:
        return rows[record]

    def cut(todo: Any, run_seconds: float, workers: int) -> Any:
        return work.tasks_of(todo, RUN_SECONDS, workers)

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(work, "records", records),
        mock.patch.object(work.World, "rows", recalled),
        mock.patch.object(run_module, "tasks_of", cut),
    ):
        rs.sweep(study, Path(folder) / "warm")
        begin, clock = time.process_time(), time.perf_counter()
        rs.sweep(study, Path(folder) / "out")
        cpu, wall = time.process_time() - begin, time.perf_counter() - clock
    return {
        "points": points,
        "replicates": replicates,
        "outputs": len(study.outputs),
        "cpu_ms_a_point": round(1000 * cpu / points, 3),
        "wall_ms_a_point": round(1000 * wall / points, 3),
    }


def synthetic(runs: int, replicates: int = 10) -> dict[str, Any]:
    """Write made-up results of eight curves over 97 days and 26 dates, and return the room they and the journal take.

    A curve is a count of a place's people, 20 to 48,000 of them, that grows by random steps, so that neighboring runs
    have nothing in common; a date falls on any of its hours. Real results are more regular.
    """
    text = STUDY.format(scenario="classroom", points=runs // replicates, replicates=replicates, structural="")
    study = Study.loads(text + outputs(dates=DISTRICTS))
    layout, streams = layout_of(study), Streams(5)
    sizes = np.array([48_000, 9_000, 2_500, 1_500, 900, 600, 300, 20])
    days = np.arange(np.datetime64("1956-02-25"), np.datetime64("1956-06-01"))
    names = [one.name for one in study.outputs]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        journal = Journal(home, "")
        for point in range(runs // replicates):
            numbers: list[Any] = []
            for k, one in enumerate(study.outputs):
                drawn = streams.uniform("test", np.arange(replicates * len(days)), rumor=k, occasion=point + 1)
                if one.is_curve:
                    steps = drawn.reshape(replicates, -1) ** 4
                    size = sizes[names.index(one.name) - len(names)]
                    share = np.cumsum(steps, axis=1) / steps.sum(axis=1, keepdims=True)
                    numbers.append(np.floor(share * size) / size)
                elif one.is_date:
                    numbers.append(np.floor(drawn[:replicates] * 97 * 24) / 24)
                else:
                    numbers.append(drawn[:replicates])
            luck_digest = streams.bits("test", np.arange(replicates * 4), occasion=point + 1).reshape(replicates, 4)
            digests = ["".join(f"{int(word):016x}" for word in row) for row in luck_digest]
            journal.put(encoded(record_of(study), point, range(replicates), numbers, digests))
            if point % 20 == 0:  # about what comes in a second
                journal.commit()
        journal.commit()
        # What is written ahead does not grow with the journal.
        kept = journal.path.stat().st_size
        ahead = sum(path.stat().st_size for path in journal.path.parent.iterdir()) - kept
        write_part(home, (decoded(study, layout, rows) for rows in journal.chunks()), layout)
        journal.close()
        size = {table: sum(path.stat().st_size for path in (home / table).glob("*")) for table in layout.tables}
    scale = LARGE_RUNS / runs / 1e6
    return {
        "runs": runs,
        "bytes": size,
        "megabytes_100000": round(sum(size.values()) * scale, 1),
        "journal_megabytes_100000": round(kept * scale + ahead / 1e6, 1),
    }


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true", help="few points, nothing written")
    small = parser.parse_args().small
    plan = [
        ("classroom", 40, 5, FEW, ""),
        ("classroom", 20, 5, outputs(), ""),
        ("tirana-conference", 8, 4, outputs(), ""),
        ("tirana-conference", 6, 2, outputs(), "party.kin_ties = 'prior'"),
    ]
    if small:
        plan = [("classroom", 4, 2, FEW, "")]
    report = {
        "environment": environment(),
        "sweeps": [measure(*one) for one in plan],
        "alone": [alone(20 if small else 400, 10, kept) for kept in (FEW, outputs())],
        "room": synthetic(200 if small else 2000),
    }
    report["machine"] = facts()
    print(json.dumps(report, indent=1))
    if not small:
        write(report)


def write(report: dict[str, Any]) -> None:
    """Write the page and its numbers."""
    home = ROOT / "docs" / "benchmarks"
    (home / "sweeps.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    room = report["room"]
    lines = [
        "# What a sweep costs",
        "",
        "Written by `python -m benchmarks.sweep_overhead`; the numbers are in [sweeps.json](sweeps.json).",
        "",
        "One worker, CPU time. *Runner* is everything but building parties, simulating, and writing the archive of",
        "each run: asking the outputs, journal, tasks, tables, Parquet, seal. *Archive and",
        "digest* is what `rumorsim run` does with each run too. Three outputs are those of `rumorsim new study`;",
        "twenty are four numbers, eight dates and eight curves.",
        "",
        "| scenario | points x replicates | outputs | parties | whole | building | simulating | archive and digest |"
        " runner | runner's share |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in report["sweeps"]:
        seconds = one["seconds"]
        runner = seconds["total"] - seconds["building"] - seconds["running"] - seconds["archive"]
        parties = one["points"] if one["structural"] else 1
        cells = [one["scenario"], f"{one['points']} x {one['replicates']}", str(one["outputs"]), str(parties)]
        cells += [f"{seconds[name]:.2f} s" for name in ("total", "building", "running", "archive")]
        cells += [f"{runner:.3f} s", f"{100 * one['overhead_share']:.2f} %"]
        lines.append(f"| {' | '.join(cells)} |")
    tables = ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in room["bytes"].items())
    libraries = report["environment"]["libraries"]
    lines += [
        "",
        "The runner alone, in a sweep of the classroom in which each run gives what the same replicate of the first",
        "point gave, with tasks cut as if it had been run:",
        "",
        "| points x replicates | outputs | CPU a point | wall a point |",
        "|---|---|---|---|",
    ]
    for one in report["alone"]:
        cells = [f"{one['points']} x {one['replicates']}", str(one["outputs"])]
        cells += [f"{one['cpu_ms_a_point']:.2f} ms", f"{one['wall_ms_a_point']:.2f} ms"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        f"Room, from {room['runs']:,} made-up runs with eight curves of 97 days and 26 dates in which neighboring runs",
        f"have nothing in common: {tables}. 100,000 such runs take **{room['megabytes_100000']:.0f} MB**,",
        f"and their journal {room['journal_megabytes_100000']:.0f} MB until they are sealed.",
        "",
        sentence(report["machine"]) + f" pyarrow {libraries['pyarrow']}.",
        "",
    ]
    (home / "sweeps.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
