"""The engine may not get much slower: its advantage over the naive baseline, measured in turns, may not halve.

    python -m tests.unit.test_guard --write

measures anew and records it in guard.json. No absolute time is compared, so any machine will do: both run one
replicate of the same scenario in turns, in CPU time, and the median of the ratios turn by turn is compared with the
recorded one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.contestants import engine_network, engine_options, engine_rule
from benchmarks.scenario import Reference, build
from benchmarks.yardsticks import naive_numpy
from rumorsim.core import Simulation, rules

pytestmark = pytest.mark.slow

RECORD = Path(__file__).parents[1] / "data" / "guard.json"
PEOPLE, PAIRS = 20_000, 7
#: What of the engine is compared with a replicate of the baseline.
PARTS = ("replicate", "laying out")


def baseline(reference: Reference) -> Callable[[int], float]:
    """Return a function that runs a replicate of the naive baseline and says how much CPU time it took."""
    shape = (reference.people,) * 2
    matrix = sparse.csr_array((reference.weight, reference.target, reference.start), shape=shape)

    def run(number: int) -> float:
        begin = time.process_time()
        heard, _ = naive_numpy(reference, matrix, np.random.default_rng(number))
        assert (heard != -1).mean() > 0.5, "the baseline has hardly run"
        return time.process_time() - begin

    return run


def engine(reference: Reference, repeats: int = 3) -> Callable[[int], tuple[float, float]]:
    """Return a function that runs replicates of the engine: CPU time of all ticks of one, and of laying it out."""
    network, rule = engine_network(reference), engine_rule(reference)
    options: dict[str, Any] = engine_options(reference)

    def run(number: int) -> tuple[float, float]:
        ticks = laying_out = 0.0
        for k in range(repeats):
            # Laid out twice: the first takes memory that the system may have to find, at a cost that is its own.
            for _ in range(2):
                begin = time.process_time()
                simulation = Simulation(network, rule, first_replicate=number * repeats + k, seed=1, **options)
                middle = time.process_time()
            runs = simulation.run()
            ticks += time.process_time() - middle
            laying_out += middle - begin
            assert runs.n_aware[0] > 0.5 * reference.people, "the engine has hardly run"
        return ticks / repeats, laying_out / repeats

    return run


def advantage(pairs: int = PAIRS, people: int = PEOPLE) -> dict[str, list[float]]:
    """Return how many times less than the baseline each part of the engine took, turn by turn, sorted."""
    reference = build(people)
    ours, naive = engine(reference), baseline(reference)
    ours(0)
    turns = [(naive(k), ours(k + 1)) for k in range(pairs)]
    return {part: sorted(slow / fast[n] for slow, fast in turns) for n, part in enumerate(PARTS)}


def judged(found: dict[str, list[float]], recorded: dict[str, dict[str, float]]) -> list[str]:
    """Return what is wrong with the advantages, nothing for those that have not halved."""
    medians = {part: statistics.median(ratios) for part, ratios in found.items()}
    return [
        f"{part}: {medians[part]:.1f} times faster than the naive baseline, less than half of the "
        f"{recorded[part]['ratio']:.1f} times recorded in {RECORD.name}: find what slowed it down, or record anew if "
        "that is the price of something"
        for part in PARTS
        if medians[part] < recorded[part]["ratio"] / 2
    ]


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, float]]:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert record["people"] == PEOPLE
    return dict(record["times_faster"])


def test_the_advantage_has_not_halved(recorded: dict[str, dict[str, float]]) -> None:
    assert judged(advantage(), recorded) == []


def test_a_slow_engine_is_red(recorded: dict[str, dict[str, float]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Going through all edges in every tick, as the baseline does, is noticed."""
    plain = rules.HazardRule.hear

    def slow(self: rules.HazardRule, state: Any, memory: Any) -> Any:
        edges = state.contacts.clocks[0].outgoing
        np.bincount(edges.other, edges.weight, minlength=state.n_rows)
        return plain(self, state, memory)

    monkeypatch.setattr(rules.HazardRule, "hear", slow)
    assert any(wrong.startswith("replicate") for wrong in judged(advantage(pairs=3), recorded))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    found = advantage(pairs=3 * PAIRS)
    for part, ratios in found.items():
        print(f"{part}: {' '.join(f'{ratio:.1f}' for ratio in ratios)}")
    if parser.parse_args().write:
        from benchmarks.growth import facts

        record = {
            "what": "CPU time of one replicate of yardsticks.naive_numpy on scenario.build, over that of the engine: "
            "all ticks of a replicate, and laying one out; in turns, median, lowest and highest",
            "written_by": "python -m tests.unit.test_guard --write",
            "people": PEOPLE,
            "turns": 3 * PAIRS,
            "times_faster": {
                part: {
                    "ratio": round(statistics.median(ratios), 2),
                    "low": round(ratios[0], 2),
                    "high": round(ratios[-1], 2),
                }
                for part, ratios in found.items()
            },
            "measured_on": facts(),
        }
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
