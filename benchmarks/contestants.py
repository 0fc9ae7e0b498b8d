"""One process of one contestant of our own: `python -m benchmarks.contestants NAME scenario.npz`.

Prints one line of JSON like peers.py. `engine` is the tick engine, `c` the plain C yardstick, `numpy` the naive one.
Times are CPU seconds of one replicate, the median of several after one to warm up; reading the scenario and laying
out the network are set-up and left out (`setup_seconds` tells what laying out took).
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.scenario import Reference, load
from benchmarks.yardsticks import CReference, c_compiler, naive_numpy
from rumorsim.core import MakiThompson, Network, Simulation, simulate

__all__ = ["CONTESTANTS", "measure"]

MODEL = "Maki-Thompson with forgetting, the same model"


def engine_rule(reference: Reference) -> MakiThompson:
    """Return the scenario's rule for the engine."""
    return MakiThompson(reference.transmission_rates, reference.stifling_rate, reference.forgetting_rate)


def engine_options(reference: Reference) -> dict[str, object]:
    """Return the scenario's other arguments for the engine."""
    return {
        "initial_spreaders": reference.initial,
        "time_step_days": reference.tick_days,
        "stop_days": reference.tick_days * reference.ticks,
    }


def engine_network(reference: Reference) -> Network:
    """Return the scenario's network for the engine."""
    return Network.from_edges(reference.people, reference.source, reference.target, reference.weight)


def _median(run: Callable[[int], tuple[float, float]], repeats: int) -> tuple[float, float]:
    run(0)
    results = [run(k + 1) for k in range(repeats)]
    return statistics.median(took for took, _ in results), statistics.median(share for _, share in results)


def engine(reference: Reference, repeats: int) -> dict[str, object]:
    """Time the tick engine: all ticks of a replicate, and besides that its laying out."""
    network, rule, options = engine_network(reference), engine_rule(reference), engine_options(reference)
    setup = []

    def run(replicate: int) -> tuple[float, float]:
        begin = time.process_time()
        simulation = Simulation(network, rule, first_replicate=replicate, seed=1, **options)  # type: ignore[arg-type]
        middle = time.process_time()
        runs = simulation.run()
        end = time.process_time()
        setup.append(middle - begin)
        return end - middle, float(runs.n_aware[0]) / reference.people

    took, share = _median(run, repeats)
    return {"cpu_seconds": took, "share_heard": share, "model": MODEL, "setup_seconds": statistics.median(setup)}


def batched(reference: Reference, repeats: int, batch: int | None, replicates: int = 64) -> dict[str, object]:
    """Time many replicates of a small network through `simulate`, laid side by side or one by one."""
    network, rule, options = engine_network(reference), engine_rule(reference), engine_options(reference)

    def run(first: int) -> tuple[float, float]:
        begin = time.process_time()
        runs = simulate(
            network, rule, replicates=replicates, first_replicate=first * replicates, seed=1, batch=batch, **options
        )
        return (time.process_time() - begin) / replicates, float(runs.n_aware.mean()) / reference.people

    took, share = _median(run, repeats)
    return {"cpu_seconds": took, "share_heard": share, "model": MODEL}


def c(reference: Reference, repeats: int) -> dict[str, object]:
    """Time the plain C yardstick."""
    if c_compiler() is None:
        print("not installed: no C compiler", file=sys.stderr)
        sys.exit(3)
    yardstick, start = CReference(), reference.start

    def run(seed: int) -> tuple[float, float]:
        begin = time.process_time()
        heard, _ = yardstick.run(reference, seed, start=start)
        return time.process_time() - begin, float((heard != -1).mean())

    took, share = _median(run, repeats)
    return {"cpu_seconds": took, "share_heard": share, "model": f"{MODEL} and algorithm"}


def numpy(reference: Reference, repeats: int) -> dict[str, object]:
    """Time the naive NumPy yardstick."""
    people = reference.people
    matrix = sparse.csr_array((reference.weight, reference.target, reference.start), shape=(people, people))

    def run(seed: int) -> tuple[float, float]:
        begin = time.process_time()
        heard, _ = naive_numpy(reference, matrix, np.random.default_rng(seed))
        return time.process_time() - begin, float((heard != -1).mean())

    took, share = _median(run, min(repeats, 2))
    return {"cpu_seconds": took, "share_heard": share, "model": MODEL}


CONTESTANTS: dict[str, Callable[[Reference, int], dict[str, object]]] = {
    "engine": engine,
    "engine, side by side": lambda reference, repeats: batched(reference, repeats, None),
    "engine, one by one": lambda reference, repeats: batched(reference, repeats, 1),
    "plain C": c,
    "naive NumPy": numpy,
}


def measure(name: str, path: Path, repeats: int) -> dict[str, object]:
    """Return what a contestant took, with versions and the peak memory of the process."""
    result = CONTESTANTS[name](load(path), repeats)
    result["versions"] = {"python": platform.python_version(), "numpy": version("numpy"), "scipy": version("scipy")}
    result["peak_mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CONTESTANTS)
    parser.add_argument("path", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.name, arguments.path, arguments.repeats)))
