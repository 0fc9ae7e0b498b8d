"""How fast the engine is beside the peers and two yardsticks, on this machine.

    python benchmarks/compare.py --out FOLDER [--peer-python VENV/bin/python] [--rounds 5] [--people 50000]

In each round every contestant runs once in a process of its own, pinned to one processor, so that all meet the same
weather; a ratio is taken within its round, and the table gives the median over rounds. Peers that are not installed
are listed as such. Writes speed.json and speed.md. `--growth` adds how cost and memory grow with the number of people.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.scenario import build, save  # noqa: E402

OURS = ("engine", "plain C", "naive NumPy")
PEERS = ("mesa", "mesa_lists", "ndlib", "eon", "fastgemf", "starsim", "networkit")
#: Slower or faster than the engine by so much: what was promised, as (smallest ratio) or, for C, (largest ratio).
GOALS = {"mesa": 500, "ndlib": 200, "fastgemf": 150, "starsim": 50, "eon": 40, "networkit": 5, "plain C": 1 / 3.5}
SIZES = (1_000, 10_000, 50_000, 500_000, 1_400_000)


def environment() -> dict[str, str]:
    """Return the environment of all contestants: one thread each."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "MPLBACKEND": "Agg"}


def machine() -> dict[str, Any]:
    """Return what the timings depend on, without names or paths."""
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        lines = [line for line in facts.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "load": round(os.getloadavg()[0], 1),
    }


def measured(command: list[str], timeout_seconds: float) -> dict[str, Any]:
    """Run one contestant and return its line of JSON, or why there is none."""
    pin = None
    if hasattr(os, "sched_setaffinity"):
        one = {min(os.sched_getaffinity(0))}
        pin = lambda: os.sched_setaffinity(0, one)  # noqa: E731
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment(),
            preexec_fn=pin,
            timeout=timeout_seconds,
            cwd=ROOT,
        )
    except subprocess.TimeoutExpired:
        return {"missing": f"not finished in {timeout_seconds:.0f} s"}
    if done.returncode == 3:
        return {"missing": "not installed"}
    if done.returncode:
        return {"missing": "failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def ours(name: str, path: Path, repeats: int) -> list[str]:
    """Return the command of a contestant of our own."""
    return [sys.executable, "-m", "benchmarks.contestants", name, str(path), "--repeats", str(repeats)]


def race(path: Path, rounds: int, peer_python: str, peers: list[str], timeout_seconds: float) -> dict[str, Any]:
    """Run all rounds and return, for each contestant, its results and the ratios to the engine."""
    names = [*OURS, *peers]
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            seen = results[name]
            if seen and "missing" in seen[0]:
                continue
            command = ours(name, path, 5) if name in OURS else [peer_python, str(PEER_SCRIPT), name, str(path)]
            seen.append(measured(command, timeout_seconds))
            print(f"round {number + 1} {name}: {seen[-1].get('cpu_seconds', seen[-1].get('missing'))}", flush=True)
    table: dict[str, Any] = {}
    for name, seen in results.items():
        if "missing" in seen[0]:
            table[name] = seen[0]
            continue
        good = [(run, base) for run, base in zip(seen, results["engine"], strict=False) if "cpu_seconds" in run]
        ratios = [run["cpu_seconds"] / base["cpu_seconds"] for run, base in good]
        table[name] = {
            "cpu_seconds": statistics.median(run["cpu_seconds"] for run, _ in good),
            "ratio": statistics.median(ratios),
            "ratio_low": min(ratios),
            "ratio_high": max(ratios),
            "rounds": len(good),
            "share_heard": statistics.median(run["share_heard"] for run, _ in good),
            "model": good[0][0]["model"],
            "versions": good[0][0]["versions"],
        }
        for more in ("setup_seconds", "peak_mebibytes"):
            if more in good[0][0]:
                table[name][more] = statistics.median(run[more] for run, _ in good)
    return table


def growth(folder: Path, timeout_seconds: float) -> list[dict[str, Any]]:
    """Return cost and memory of the engine and of plain C for several numbers of people."""
    rows = []
    for people in SIZES:
        path = folder / f"{people}.npz"
        reference = build(people)
        save(reference, path)
        names = ["engine", "plain C"] if people > 10_000 else ["engine, side by side", "engine, one by one", "plain C"]
        for name in names:
            result = measured(ours(name, path, 3), timeout_seconds)
            rows.append({"people": people, "edges": len(reference.source), "name": name, **result})
            print(f"{people} {name}: {result.get('cpu_seconds', result.get('missing'))}", flush=True)
        path.unlink()
    return rows


def page(report: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    facts, size = report["machine"], report["scenario"]
    lines = [
        "# Speed",
        "",
        f"{size['people']:,} people, {size['edges']:,} directed weighted edges, {size['ticks']} ticks; one replicate, "
        f"set-up excluded. CPU seconds, median of {report['rounds']} interleaved rounds, one processor "
        f"({facts['processor']}, {facts['system']}, Python {facts['python']}), {facts['date']}. The load average was "
        f"{facts['load']} at the start; nothing else ran meanwhile. Written by benchmarks/compare.py.",
        "",
        "| contestant | CPU s | x engine | range | goal | share who heard | model it ran |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in sorted(report["contestants"].items(), key=lambda item: -item[1].get("cpu_seconds", -1)):
        if "missing" in row:
            lines.append(f"| {name} | {row['missing']} | | | | | |")
            continue
        versions = " ".join(f"{k} {v}" for k, v in row["versions"].items()) if name not in OURS else ""
        goal = GOALS.get(name)
        wanted = "" if goal is None else f">= {goal:.3g}"
        lines.append(
            f"| {name} {f'({versions})' if versions else ''} | {row['cpu_seconds']:.4g} | {row['ratio']:.3g} | "
            f"{row['ratio_low']:.3g} to {row['ratio_high']:.3g} | {wanted} | "
            f"{row['share_heard']:.3f} | {row['model']} |"
        )
    base = report["contestants"]["engine"]
    lines += ["", f"Laying out the network for the engine takes {base['setup_seconds']:.3g} s more a replicate."]
    if report.get("growth"):
        lines += [
            "",
            "| people | edges | contestant | CPU s a replicate | microseconds a person | peak MiB of the process |",
            "|---|---|---|---|---|---|",
        ]
        for row in report["growth"]:
            if "missing" in row:
                lines.append(f"| {row['people']:,} | {row['edges']:,} | {row['name']} | {row['missing']} | | |")
                continue
            lines.append(
                f"| {row['people']:,} | {row['edges']:,} | {row['name']} | {row['cpu_seconds']:.4g} | "
                f"{row['cpu_seconds'] / row['people'] * 1e6:.3g} | {row['peak_mebibytes']:.0f} |"
            )
    return "\n".join(lines) + "\n"


PEER_SCRIPT = Path(__file__).with_name("peers.py")


def main() -> None:
    """Read the command line, race, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer-python", default=sys.executable, help="Python in which the peers are installed")
    parser.add_argument("--peers", default=",".join(PEERS), help="peers to race, separated by commas; may be empty")
    parser.add_argument("--timeout-seconds", type=float, default=900.0)
    parser.add_argument("--growth", action="store_true")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "scenario.npz"
        reference = build(arguments.people)
        save(reference, path)
        peers = [peer for peer in arguments.peers.split(",") if peer]
        report: dict[str, Any] = {
            "machine": machine(),
            "scenario": {"people": reference.people, "edges": len(reference.source), "ticks": reference.ticks},
            "rounds": arguments.rounds,
            "contestants": race(path, arguments.rounds, arguments.peer_python, peers, arguments.timeout_seconds),
        }
        if arguments.growth:
            report["growth"] = growth(Path(name), arguments.timeout_seconds)
    (arguments.out / "speed.json").write_text(json.dumps(report, indent=1) + "\n")
    (arguments.out / "speed.md").write_text(page(report))
    print(page(report))


if __name__ == "__main__":
    main()
