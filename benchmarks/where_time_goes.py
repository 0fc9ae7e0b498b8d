"""Where the time of one replicate of a full scenario goes, and three other figures of a worker.

    python benchmarks/where_time_goes.py --out docs/benchmarks [--scenario tirana-conference] [--replicates 9]

Every function named in `PARTS` is given a stopwatch of CPU time that stops while another one runs, so the parts add
up to the whole; what no stopwatch covers is "the rest of the step". Plain C on the reference scenario runs in turns
with the replicates, as a yardstick of the machine's weather. Writes where-the-time-goes.json and .md.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.compare import environment  # noqa: E402
from benchmarks.growth import facts, sentence  # noqa: E402
from benchmarks.scenario import build  # noqa: E402

#: Rows of the table in order: what is done, and the functions that do it (module, class or "", function).
PARTS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("contacts, thresholds and traits of the replicate", (("rumorsim.model.assemble", "Assembly", "start"),)),
    (
        "memberships begin and end",
        (
            ("rumorsim.core.contacts.memberships", "Memberships", "advance"),
            ("rumorsim.core.engine.simulation", "Simulation", "_carry_along"),
        ),
    ),
    (
        "actions of the calendar: briefings, meetings, voicing",
        (("rumorsim.core.engine.schedule", "Schedule", "take_place"),),
    ),
    ("who hears", (("rumorsim.core.rules.base", "HazardRule", "hear"),)),
    ("who stops", (("rumorsim.core.rules.maki_thompson", "MakiThompson", "stop"),)),
    ("switches pushed along ties and groups", (("rumorsim.core.engine.pressures", "Pressures", "switch"),)),
    (
        "who tells on, fear, receptivity for other rumors, books",
        (
            ("rumorsim.core.engine.tick", "Tick", "_settle"),
            ("rumorsim.core.engine.rumor_block", "RumorBlock", "note"),
        ),
    ),
    ("broadcasts and the rest of the step", (("rumorsim.core.engine.simulation", "Simulation", "step"),)),
    ("who told whom, by channel and teller", (("rumorsim.core.engine.tick", "Tick", "attribute"),)),
    ("record of the replicate", (("rumorsim.model.assemble", "Assembly", "records"),)),
    (
        "archive: exposures and reports",
        (("rumorsim.ensemble.reduce", "", "expose"), ("rumorsim.ensemble.reduce", "", "write_reports")),
    ),
    ("fingerprint", (("rumorsim.ensemble.reduce", "", "digest"),)),
    ("reduction to the rows that are kept", (("rumorsim.ensemble.reduce", "Reducer", "__call__"),)),
)


class Stopwatches:
    """CPU time by part; starting one pauses the one that runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running: list[str] = ["elsewhere"]
        self._since = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def around(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a stopwatch around it."""

        def timed(*args: Any, **more: Any) -> Any:
            self._switch()
            self._running.append(part)
            try:
                return function(*args, **more)
            finally:
                self._switch()
                self._running.pop()

        return timed

    def install(self) -> Callable[[], None]:
        """Put stopwatches around everything in `PARTS`; return what takes them off again."""
        undo = []
        for part, functions in PARTS:
            for module, owner, name in functions:
                __import__(module)
                home = getattr(sys.modules[module], owner) if owner else sys.modules[module]
                plain = vars(home)[name]
                setattr(home, name, self.around(part, plain))
                undo.append((home, name, plain))

        def take_off() -> None:
            for home, name, plain in undo:
                setattr(home, name, plain)

        return take_off


def parts_of(scenario_name: str, replicates: int) -> dict[str, Any]:
    """Return the CPU time of replicates of a scenario, by part."""
    from benchmarks.yardsticks import CReference, c_compiler
    from rumorsim import build_party, load_scenario
    from rumorsim.core.randomness.streams import Streams
    from rumorsim.ensemble.reduce import Reducer
    from rumorsim.model import assemble

    begin = time.process_time()
    scenario = load_scenario(scenario_name)
    party = build_party(scenario)
    assembly, reducer = assemble(scenario, party), Reducer(scenario, party)
    once = time.process_time() - begin

    def one(replicate: int) -> float:
        start = time.process_time()
        record = assembly.simulate(1956, replicate)
        reducer(record, replicate, scenario.values, Streams(1956, replicate))
        return time.process_time() - start

    first = one(0)
    plain, by_c, turns = [], [], []
    reference = build(50_000)
    yardstick, edges = (CReference() if c_compiler() else None), reference.start
    for k in range(replicates):
        plain.append(one(2 * k + 1))
        if yardstick is not None:
            start = time.process_time()
            yardstick.run(reference, k, start=edges)
            by_c.append(time.process_time() - start)
        watches = Stopwatches()
        take_off = watches.install()
        one(2 * k + 2)
        take_off()
        turns.append(watches.seconds)
    return {
        "scenario": scenario_name,
        "people": len(party.people),
        "rumors": len(scenario.rumors),
        "ticks": assembly.calendar.n_ticks,
        "once_seconds": once,
        "first_seconds": first,
        "cpu_seconds": statistics.median(plain),
        "cpu_seconds_low": min(plain),
        "cpu_seconds_high": max(plain),
        "replicates": replicates,
        "c_seconds": statistics.median(by_c) if by_c else None,
        "times_c": statistics.median(a / b for a, b in zip(plain, by_c, strict=True)) if by_c else None,
        "parts": {part: statistics.median(turn[part] for turn in turns) for part, _ in PARTS},
    }


def side_by_side(replicates: int = 64, turns: int = 7) -> dict[str, Any]:
    """Return how much faster 64 replicates of 1,000 people are side by side than one by one, in turns."""
    from benchmarks.contestants import engine_network, engine_options, engine_rule
    from rumorsim.core import simulate

    reference = build(1_000)
    network, rule = engine_network(reference), engine_rule(reference)
    options: dict[str, Any] = engine_options(reference)
    seconds: dict[int, list[float]] = {1: [], replicates: []}
    prints = set()
    for turn in range(turns + 1):
        for batch, taken in seconds.items():
            begin = time.process_time()
            runs = simulate(network, rule, replicates=replicates, seed=turn, batch=batch, **options)
            taken.append(time.process_time() - begin)
            prints.add((turn, runs.fingerprint()))
    ratios = [a / b for a, b in zip(seconds[1][1:], seconds[replicates][1:], strict=True)]
    return {
        "replicates": replicates,
        "times_faster": statistics.median(ratios),
        "low": min(ratios),
        "high": max(ratios),
        "same_bytes": len(prints) == turns + 1,
        "seconds_together": statistics.median(seconds[replicates][1:]) / replicates,
        "seconds_alone": statistics.median(seconds[1][1:]) / replicates,
    }


def whole_country(scenario_name: str) -> dict[str, Any]:
    """Return peak memory and CPU time of building the whole country and running one replicate, in this process."""
    from rumorsim import build_party, load_scenario
    from rumorsim.model import assemble

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6

    begin = time.process_time()
    scenario = load_scenario(scenario_name).replace({"party.scope": "country"})
    party = build_party(scenario)
    built, middle = peak(), time.process_time()
    record = assemble(scenario, party).simulate(1956, 0)
    return {
        "people": len(party.people),
        "ties": len(party.ties),
        "ticks": len(record.tick_start) - 1,
        "aware": [int((row < 32767).sum()) for row in record.heard_tick],
        "rumors": list(record.rumors),
        "build_megabytes": built,
        "peak_megabytes": peak(),
        "build_seconds": middle - begin,
        "replicate_seconds": time.process_time() - middle,
    }


def page(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    run, batch = report["run"], report["side_by_side"]
    total = sum(run["parts"].values())
    lines = [
        "# Where the time goes",
        "",
        f"One replicate of `{run['scenario']}`: {run['people']:,} people, {run['rumors']} rumors, {run['ticks']} "
        "ticks, all channels, who told whom, archive and reduction. CPU time. "
        f"{sentence(report['machine'])} Written by benchmarks/where_time_goes.py.",
        "",
        f"A replicate takes {1000 * run['cpu_seconds']:.0f} ms (median of {run['replicates']}; "
        f"{1000 * run['cpu_seconds_low']:.0f} to {1000 * run['cpu_seconds_high']:.0f}); the goal is at most 400.",
    ]
    if run["c_seconds"]:
        lines.append(
            f"Run in turns with it, plain C takes {1000 * run['c_seconds']:.1f} ms for one replicate of the reference "
            f"scenario (one rumor, 50,000 people, 300 ticks): a replicate of the scenario costs "
            f"{run['times_c']:.0f} times that."
        )
    lines += [
        f"Reading the scenario, building the party and planning contacts take {1000 * run['once_seconds']:.0f} ms "
        f"once, and the first replicate {1000 * run['first_seconds']:.0f} ms.",
        "",
        "| part of a replicate | ms | share |",
        "|---|---|---|",
        *[f"| {part} | {1000 * took:.1f} | {took / total:.0%} |" for part, took in run["parts"].items()],
        f"| all parts (with stopwatches on) | {1000 * total:.1f} | |",
        "",
        "Parts are medians, each over the replicates with stopwatches, so they need not add up to the median above.",
        "",
        "## Small networks side by side",
        "",
        f"{batch['replicates']} replicates of 1,000 people (reference scenario, 300 ticks) laid side by side take "
        f"{1000 * batch['seconds_together']:.2f} ms each, one by one {1000 * batch['seconds_alone']:.2f} ms: "
        f"{batch['times_faster']:.1f} times faster (median of turns, {batch['low']:.1f} to {batch['high']:.1f}; goal "
        f"at least 4), {'with the same bytes' if batch['same_bytes'] else 'BUT WITH OTHER RESULTS'}.",
        "",
    ]
    country = report["country"]
    if country:
        known = ", ".join(f"{n:,} {name}" for name, n in zip(country["rumors"], country["aware"], strict=True))
        lines += [
            "## The whole country",
            "",
            f'`{run["scenario"]}` with `party.scope = "country"`: {country["people"]:,} people, {country["ties"]:,} '
            f"ties besides workplaces and neighborhoods. Building takes {country['build_seconds']:.1f} s of CPU time "
            f"and at most {country['build_megabytes']:,.0f} MB; with one replicate of {country['ticks']} ticks "
            f"({country['replicate_seconds']:.1f} s) the process needs at most {country['peak_megabytes']:,.0f} MB "
            f"(goal: below 2,000 MB). Who knew in the end: {known}.",
            "",
        ]
    lines.append("Memory a person and an edge, and 5 million people: see [growth](growth.md).")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line, measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--scenario", default="tirana-conference")
    parser.add_argument("--replicates", type=int, default=9)
    parser.add_argument("--without-country", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(whole_country(given.scenario)))
        return
    if given.out is None:
        parser.error("--out is needed")
    given.out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"machine": facts(), "run": parts_of(given.scenario, given.replicates)}
    report["side_by_side"] = side_by_side()
    report["country"] = None
    if not given.without_country:
        command = [sys.executable, __file__, "--child", "--scenario", given.scenario]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=ROOT, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        report["country"] = json.loads(done.stdout.strip().splitlines()[-1])
    report["machine"]["load"] = max(report["machine"]["load"], facts()["load"])
    (given.out / "where-the-time-goes.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (given.out / "where-the-time-goes.md").write_text(page(report), encoding="utf-8")


if __name__ == "__main__":
    main()
