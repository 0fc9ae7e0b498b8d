"""The independent cascade: one attempt, the chance of an edge and of several together, and what is refused."""

from __future__ import annotations

from rumorsim.core import IndependentCascade, Network, Simulation, simulate

PATH = Network.from_edges(3, [0, 1], [1, 2])


def test_a_cascade_keeps_nothing_of_a_run() -> None:
    rule = IndependentCascade(0.5)
    before = dict(rule.__dict__)
    simulate(PATH, rule, initial_spreaders=[0], stop_days=3.0, time_step_days=0.5)
    Simulation(PATH, rule, initial_spreaders=[0], stop_days=3.0).run()
    assert rule.__dict__ == before == {"success_prob": 0.5}
