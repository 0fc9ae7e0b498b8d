"""What the Mesa model costs: views, steps, dropped models, and the class of ordinary agents beside the core.

Run as ``python -m benchmarks.mesa_model``; every time is CPU time, the median of three.
"""

from __future__ import annotations

import gc
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import mesa

import rumorsim as rs
from rumorsim.abm import PartyModel
from rumorsim.abm.classroom import ClassroomModel
from rumorsim.model import assemble


def median_seconds(job: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        begin = time.process_time()
        job()
        spent.append(time.process_time() - begin)
    return statistics.median(spent)


def memory_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def through(stepper: object, running: Callable[[], bool]) -> None:
    while running():
        stepper.step()  # type: ignore[attr-defined]


def main() -> None:
    print(f"Mesa {mesa.__version__}, Python {platform.python_version()}")
    scenario = rs.load_scenario("tirana-conference")
    party = rs.build_party(scenario)
    assembly = assemble(scenario, party)
    models = [PartyModel(scenario, seed=1, party=party) for _ in range(3)]
    waiting = iter(models)
    views = median_seconds(lambda: len(next(waiting).agents))
    print(f"{len(models[0].agents):,} views: {views:.2f} s")
    n_ticks = models[0].simulation.ticks.n_ticks
    sims, steppers = iter([assembly.start(1) for _ in range(3)]), iter(models)
    core, mine = [], []
    for _ in range(3):
        sim, model = next(sims), next(steppers)
        core.append(median_seconds(lambda sim=sim: through(sim, lambda: not sim.finished), 1))
        mine.append(median_seconds(lambda model=model: through(model, lambda: model.running), 1))
    bare, dressed = statistics.median(core) / n_ticks * 1e3, statistics.median(mine) / n_ticks * 1e3
    print(f"a step of the whole party: core {bare:.2f} ms, model with its default reporters {dressed:.2f} ms")
    models.clear()
    del model, sim
    gc.collect()
    before = memory_mib()
    for seed in range(20):
        model = PartyModel(scenario, seed=seed, party=party)
        len(model.agents)
        model.step()
        del model
    gc.collect()
    print(f"20 dropped models of the whole party: {memory_mib() - before:+.0f} MiB")
    lesson = rs.load_scenario("classroom")
    small = rs.build_party(lesson)

    def agents() -> None:
        model = ClassroomModel(lesson, seed=1, party=small)
        through(model, lambda: model.running)

    ready = assemble(lesson, small)
    ready.simulate(1)
    print(
        f"the classroom: agents {median_seconds(agents):.1f} s, core {median_seconds(lambda: ready.simulate(2)):.2f} s"
    )


if __name__ == "__main__":
    main()
