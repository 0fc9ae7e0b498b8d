"""How time and memory grow with the number of people and of edges.

    python benchmarks/growth.py --out docs/benchmarks [--sizes 1000,10000,50000] [--degrees 6,26,104] [--rounds 5]

Every point is built in one process and measured in another. There the engine and the plain C yardstick run in turns,
and the ratio is taken turn by turn, so that both meet the same weather. Writes growth.json, growth.md and growth.png.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.compare import environment, machine  # noqa: E402
from benchmarks.scenario import Reference, build, load, save  # noqa: E402

SIZES = (1_000, 10_000, 50_000, 500_000, 1_400_000, 5_000_000)
DEGREES = (6, 13, 26, 52, 104, 208)
#: People of the curve over edges, and the most people whose memory is traced (tracing needs a second run).
PEOPLE, TRACED = 50_000, 1_400_000


def facts() -> dict[str, Any]:
    """Return the machine, the libraries and the day of a measurement, and how busy the machine is now."""
    load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    libraries = {name: version(name) for name in ("numpy", "scipy")}
    return {**machine(), **libraries, "date": time.strftime("%Y-%m-%d", time.gmtime()), "load": round(load_average, 1)}


def sentence(seen: dict[str, Any]) -> str:
    """Return `facts` as a sentence for a report."""
    busy = seen["load"] > 1.5  # the measurement itself counts 1
    return (
        f"{seen['processor']}, {seen['processors']} processors, {seen['system']}, Python {seen['python']}, NumPy "
        f"{seen['numpy']}, SciPy {seen['scipy']}, {seen['date']}. "
        + (
            f"Other work ran on the machine at the same time (load average up to {seen['load']}): times are "
            "higher than on a quiet one; ratios were taken turn by turn and suffer less."
            if busy
            else f"Little else ran on the machine (load average up to {seen['load']}, 1 of it the measurement)."
        )
    )


def with_degree(people: int, degree: int) -> Reference:
    """Return the reference scenario over random pairs instead, `degree` edges a person, pressures alike."""
    rng = np.random.default_rng(degree)
    pairs = rng.integers(0, people, (people * degree // 2, 2))
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    key = np.unique((low * people + high)[low < high])
    low, high = key // people, key % people
    drawn = rng.integers(256, 1793, len(key)) * (25.7 / degree)
    strength = (np.maximum(np.rint(drawn), 1) / 1024.0).astype(np.float32)
    source, target = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((target, source))
    return replace(
        build(2_000),
        people=people,
        source=source[order].astype(np.int32),
        target=target[order].astype(np.int32),
        weight=np.concatenate([strength, strength])[order],
        initial=np.sort(rng.choice(people, 20, replace=False)).astype(np.int32),
    )


def turns(reference: Reference, rounds: int) -> dict[str, Any]:
    """Return CPU seconds a replicate of the engine and of plain C, in turns, and the peak memory of the engine."""
    from benchmarks.contestants import engine_network, engine_options, engine_rule
    from benchmarks.yardsticks import CReference, c_compiler
    from rumorsim.core import Simulation, simulate
    from rumorsim.core.engine.simulate import best_batch

    network, rule = engine_network(reference), engine_rule(reference)
    options: dict[str, Any] = engine_options(reference)
    from rumorsim.core import Contacts

    batch = best_batch(Contacts.of(network))
    setup: list[float] = []

    def engine(turn: int) -> tuple[float, float]:
        begin = time.process_time()
        if batch > 1:
            runs = simulate(network, rule, replicates=batch, first_replicate=turn * batch, seed=1, **options)
            return (time.process_time() - begin) / batch, float(runs.n_aware.mean()) / reference.people
        simulation = Simulation(network, rule, first_replicate=turn, seed=1, **options)
        middle = time.process_time()
        setup.append(middle - begin)
        runs = simulation.run()
        return time.process_time() - middle, float(runs.n_aware[0]) / reference.people

    first_setup = time.process_time()
    first, _ = engine(0)
    result: dict[str, Any] = {
        "first_seconds": (time.process_time() - first_setup),
        "batch": batch,
        "peak_mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    del first
    yardstick, start = (CReference(), reference.start) if c_compiler() else (None, None)
    ours, theirs, shares, c_shares = [], [], [], []
    for turn in range(rounds):
        took, share = engine(turn + 1)
        ours.append(took)
        shares.append(share)
        if yardstick is None:
            continue
        begin = time.process_time()
        for k in range(batch):
            heard, _ = yardstick.run(reference, turn * batch + k, start=start)
            c_shares.append(float((heard != -1).mean()))
        theirs.append((time.process_time() - begin) / batch)
    result |= {"cpu_seconds": statistics.median(ours), "share_heard": statistics.median(shares)}
    result["setup_seconds"] = statistics.median(setup) if setup else None
    if theirs:
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        result |= {
            "c_seconds": statistics.median(theirs),
            "c_share_heard": statistics.median(c_shares),
            "times_c": statistics.median(ratios),
            "times_c_low": min(ratios),
            "times_c_high": max(ratios),
        }
    return result


def traced(reference: Reference) -> dict[str, Any]:
    """Return the bytes of one simulation at its end, beyond and with the network it was given, and at the peak."""
    from benchmarks.contestants import engine_network, engine_options, engine_rule
    from rumorsim.core import Simulation

    options: dict[str, Any] = engine_options(reference)
    tracemalloc.start()
    network = engine_network(reference)
    given = tracemalloc.get_traced_memory()[0]
    simulation = Simulation(network, engine_rule(reference), seed=1, **options)
    compiled = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    while not simulation.finished:
        simulation.step()
    now, peak = tracemalloc.get_traced_memory()
    return {
        "network_bytes": given,
        "compiled_bytes": compiled - given,
        "end_bytes": now - given,
        "run_peak_bytes": peak,
    }


def child(mode: str, path: Path, number: int, rounds: int) -> dict[str, Any]:
    """Do one thing in a process of its own."""
    if mode == "people":
        save(build(number), path)
        return {}
    if mode == "degree":
        save(with_degree(PEOPLE, number), path)
        return {}
    reference = load(path)
    size = {"people": reference.people, "edges": len(reference.source)}
    return {**size, **(turns(reference, rounds) if mode == "turns" else traced(reference))}


def ask(mode: str, path: Path, number: int = 0, rounds: int = 0) -> dict[str, Any]:
    """Start a process and return what it measured."""
    command = [sys.executable, __file__, "--child", mode, "--path", str(path), "--number", str(number)]
    done = subprocess.run(
        [*command, "--rounds", str(rounds)], capture_output=True, text=True, env=environment(), cwd=ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def point(mode: str, number: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Measure one point of a curve."""
    path = folder / "scenario.npz"
    ask(mode, path, number)
    row = ask("turns", path, rounds=rounds)
    if row["people"] <= TRACED:
        row |= ask("traced", path)
    path.unlink()
    print(json.dumps(row), flush=True)
    return row


def fit(rows: list[dict[str, Any]], name: str) -> tuple[float, float]:
    """Return bytes a person and bytes an edge, least squares over points of at least 10,000 people."""
    some = [row for row in rows if name in row and row["people"] >= 10_000]
    size = np.array([[row["people"], row["edges"]] for row in some], dtype=float)
    scale = 1.0 / size[:, 1]  # relative errors count alike
    solution, *_ = np.linalg.lstsq(size * scale[:, None], np.array([row[name] for row in some]) * scale, rcond=None)
    return float(solution[0]), float(solution[1])


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows as a Markdown table."""
    lines = [
        "| people | edges | side by side | CPU s a replicate | us a person | x plain C (range) | MB of the process at "
        "most |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = (
            f"{row['times_c']:.2f} ({row['times_c_low']:.2f} to {row['times_c_high']:.2f})" if "times_c" in row else ""
        )
        lines.append(
            f"| {row['people']:,} | {row['edges']:,} | {row['batch']} | {row['cpu_seconds']:.3g} | "
            f"{row['cpu_seconds'] / row['people'] * 1e6:.3g} | {ratio} | {row['peak_mebibytes'] * 1.048576:,.0f} |"
        )
    return lines


def page(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    people, edges = report["people"], report["edges"]
    by_size = {row["people"]: row for row in people}
    lines = [
        "# Growth with people and edges",
        "",
        "The reference scenario of benchmarks/scenario.py (Maki-Thompson with forgetting, 300 ticks), one "
        "replicate, laying out the network excluded except where replicates lie side by side. Each point has a process "
        "of its own; in it engine and plain C (the same algorithm, gcc -O3) run in turns. Times are CPU time, medians "
        f"of {report['rounds']} turns (fewer above a million people). {sentence(report['machine'])} "
        "Written by benchmarks/growth.py.",
        "",
        "![Time a replicate and ratio to plain C over people and edges](growth.png)",
        "",
        "## More people, about 26 edges each",
        "",
        *table(people),
        "",
        "The memory of the process includes Python, NumPy, SciPy and the edge list it was given.",
        "",
        f"## More edges, {PEOPLE:,} people, random pairs",
        "",
        *table(edges),
        "",
    ]
    if {50_000, 1_400_000} <= by_size.keys():
        middle, large = by_size[50_000], by_size[1_400_000]
        cost = (large["cpu_seconds"] / 1.4e6) / (middle["cpu_seconds"] / 5e4)
        by_c = (large["c_seconds"] / 1.4e6) / (middle["c_seconds"] / 5e4) if "c_seconds" in large else float("nan")
        lines += [
            f"A person of 1.4 million costs {cost:.2f} times what a person of 50,000 costs (plain C: {by_c:.2f}); the "
            "goal is at most 2.5. (The arrays no longer fit the caches. Points are measured one after another, so "
            "where other work comes and goes the ratio to plain C at each point is the surer figure.)",
            "",
        ]
    lines += ["## Memory of a worker", "", "| what | bytes a person | bytes an edge |", "|---|---|---|"]
    for name, words in (
        ("network_bytes", "the network as given"),
        ("end_bytes", "a simulation at its end, beyond that network"),
        ("run_peak_bytes", "all of it, at the peak of the run"),
    ):
        person, edge = report["memory"][name]
        lines.append(f"| {words} | {person:.0f} | {edge:.1f} |")
    lines += [
        "",
        f"Fitted to all points from 10,000 to {TRACED:,} people, traced with tracemalloc. Goal: at most 80 bytes a "
        "person and 10 bytes an edge for what a worker adds.",
    ]
    return "\n".join(lines) + "\n"


def figure(report: dict[str, Any], path: Path) -> None:
    """Draw time a replicate and the ratio to plain C, over people and over edges."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(2, 2, figsize=(8, 6), sharex="col", layout="constrained")
    for column, (name, words) in enumerate((("people", "people (26 edges each)"), ("edges", "edges (50,000 people)"))):
        rows = report[name]
        x = [row[name] for row in rows]
        top, bottom = axes[0, column], axes[1, column]
        top.loglog(x, [row["cpu_seconds"] for row in rows], "o-", color="#0072B2", label="engine")
        some = [row for row in rows if "times_c" in row]
        if some:
            at = [row[name] for row in some]
            top.loglog(at, [row["c_seconds"] for row in some], "s--", color="#D55E00", label="plain C")
            middle = np.array([row["times_c"] for row in some])
            low = middle - np.array([row["times_c_low"] for row in some])
            high = np.array([row["times_c_high"] for row in some]) - middle
            bottom.errorbar(at, middle, yerr=[low, high], fmt="o-", color="#0072B2", capsize=3)
            if name == "people":
                bottom.plot(50_000, 3.5, "v", color="0.4", markersize=5)
                bottom.annotate("at most 3.5", (50_000, 3.5), (6, -3), textcoords="offset points", fontsize=8)
        bottom.set(xlabel=words, ylim=(0, None))
    axes[0, 0].set(ylabel="CPU seconds a replicate")
    axes[1, 0].set(ylabel="engine / plain C")
    axes[0, 0].legend(frameon=False)
    fig.savefig(path, dpi=110)


def numbers(text: str) -> list[int]:
    """Return whole numbers given with commas between them."""
    return [int(word) for word in text.split(",") if word]


def main() -> None:
    """Read the command line, measure, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--sizes", type=numbers, default=list(SIZES))
    parser.add_argument("--degrees", type=numbers, default=list(DEGREES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", choices=("people", "degree", "turns", "traced"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(child(given.child, given.path, given.number, given.rounds)))
        return
    if given.out is None:
        parser.error("--out is needed")
    given.out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"machine": facts(), "rounds": given.rounds}
    measure: Callable[[str, int, int, Path], dict[str, Any]] = point
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report["edges"] = [measure("degree", degree, given.rounds, folder) for degree in given.degrees]
        report["people"] = []
        for size in given.sizes:
            rounds = given.rounds if size <= 1_000_000 else min(given.rounds, 3)
            report["people"].append(measure("people", size, rounds, folder))
    report["machine"]["load"] = max(report["machine"]["load"], facts()["load"])
    everything = report["people"] + report["edges"]
    report["memory"] = {key: fit(everything, key) for key in ("network_bytes", "end_bytes", "run_peak_bytes")}
    (given.out / "growth.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (given.out / "growth.md").write_text(page(report), encoding="utf-8")
    figure(report, given.out / "growth.png")


if __name__ == "__main__":
    main()
