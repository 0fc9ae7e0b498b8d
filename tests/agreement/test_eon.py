"""EoN, written by others from the same papers, as an independent witness (Miller and Ting, doi:10.21105/joss.01731)."""

import warnings
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest

from rumorsim.core import MakiThompson, Network, simulate_exact
from tests.agreement import stats

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    EoN = pytest.importorskip("EoN")

RUNS, PEOPLE = 400, 40


class Chance(np.random.Generator):
    """A generator that picks from a list of pairs; EoN 2.0 gets an array back from NumPy's own and stumbles."""

    def choice(self, items):  # type: ignore[no-untyped-def, override]
        return items[int(self.integers(len(items)))]


def graph() -> nx.Graph:
    made = nx.connected_watts_strogatz_graph(PEOPLE, 6, 0.3, seed=3)
    for i, j in made.edges:
        made[i][j]["weight"] = 0.5 + (i + j) % 4 / 4
    return made


def test_maki_thompson_with_weights_and_forgetting() -> None:
    """Final numbers and numbers who know at day 3, the rumor written as EoN's transition graphs."""
    made = graph()
    alone, induced = nx.DiGraph(), nx.DiGraph()
    alone.add_edge("Spreader", "Stifler", rate=0.1)
    induced.add_edge(("Spreader", "Ignorant"), ("Spreader", "Spreader"), rate=0.5, weight_label="weight")
    # EoN writes (inducer, induced): the one who stops is the second, met by one who knows.
    induced.add_edge(("Spreader", "Spreader"), ("Spreader", "Stifler"), rate=0.4, weight_label="weight")
    induced.add_edge(("Stifler", "Spreader"), ("Stifler", "Stifler"), rate=0.4, weight_label="weight")
    final, early = [], []
    for seed in range(RUNS):
        chance = Chance(np.random.PCG64(seed))
        start = defaultdict(lambda: "Ignorant", {0: "Spreader"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            times, ignorant = EoN.Gillespie_simple_contagion(
                made, alone, induced, start, ["Ignorant", "Spreader", "Stifler"], tmax=1000, rng=chance
            )[:2]
        final.append(PEOPLE - ignorant[-1])
        early.append(PEOPLE - ignorant[np.searchsorted(times, 3.0, side="right") - 1])
    runs = simulate_exact(
        Network.from_networkx(made),
        MakiThompson(0.5, 0.4, 0.1),
        initial_spreaders=[0],
        stop_days=1000.0,
        replicates=4 * RUNS,
        seed=71,
    )
    now = (runs.time_heard <= 3.0).sum(axis=1)
    stats.assert_none_red(
        {
            "final": stats.two_samples(*(np.bincount(sizes, minlength=PEOPLE + 1) for sizes in (runs.n_aware, final))),
            "day 3": stats.two_samples(*(np.bincount(sizes, minlength=PEOPLE + 1) for sizes in (now, early))),
        }
    )
    halved = simulate_exact(
        Network.from_networkx(made), MakiThompson(0.5, 0.2, 0.1), initial_spreaders=[0], stop_days=1000.0,
        replicates=4 * RUNS, seed=72,
    )  # fmt: skip
    counts = [np.bincount(sizes, minlength=PEOPLE + 1) for sizes in (halved.n_aware, final)]
    assert stats.two_samples(*counts) < 1e-6, "half the stifling would not have been noticed"


def test_forgetting_only_is_the_sir_of_eon() -> None:
    made = graph()
    final = []
    for seed in range(RUNS):
        chance = Chance(np.random.PCG64(seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ignorant = EoN.fast_SIR(made, 0.3, 0.5, initial_infecteds=[0], transmission_weight="weight", rng=chance)[1]
        final.append(int(PEOPLE - ignorant[-1]))
    runs = simulate_exact(
        Network.from_networkx(made),
        MakiThompson(0.3, 0.0, 0.5),
        initial_spreaders=[0],
        stop_days=1000.0,
        replicates=4 * RUNS,
        seed=73,
    )
    counts = [np.bincount(sizes, minlength=PEOPLE + 1) for sizes in (runs.n_aware, final)]
    assert stats.two_samples(*counts) > 1e-4
