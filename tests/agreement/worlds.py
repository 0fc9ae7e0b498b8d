"""Small networks side by side, and the state of every one of them at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from rumorsim.core import DaleyKendall, MakiThompson, Network, Runs

__all__ = ["RULES", "Islands", "connected_graphs", "directed_networks", "state_counts"]

RULES = {"maki_thompson": MakiThompson, "daley_kendall": DaleyKendall}


def connected_graphs() -> list[NDArray[np.float64]]:
    """Return the weights of all 30 connected graphs of 2 to 5 people, person 0 first, every tie of weight 1."""
    graphs = [graph for graph in nx.graph_atlas_g() if 2 <= len(graph) <= 5 and nx.is_connected(graph)]
    assert len(graphs) == 1 + 2 + 6 + 21
    return [nx.to_numpy_array(graph, nodelist=sorted(graph)) for graph in graphs]


def directed_networks(count: int = 12, seed: int = 7) -> list[NDArray[np.float64]]:
    """Return weights in quarters of directed, unsymmetric networks of 2 to 5 people in which 0 contacts somebody."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        people = 2 + len(found) % 4
        weights = rng.integers(1, 9, (people, people)) / 4.0 * (rng.random((people, people)) < 0.7)
        np.fill_diagonal(weights, 0.0)
        if weights[0].any():
            found.append(weights)
    return found


@dataclass(frozen=True)
class Islands:
    """Several networks laid out as one, without a tie between them: one run judges them all."""

    weights: list[NDArray[np.float64]]

    @property
    def first(self) -> NDArray[np.int64]:
        """Return the number of the first person on each island."""
        return np.cumsum([0, *(len(w) for w in self.weights)])[:-1]

    @property
    def network(self) -> Network:
        """Return all islands as one network."""
        ends = [np.argwhere(w) + start for w, start in zip(self.weights, self.first, strict=True)]
        edges = np.concatenate(ends)
        weight = np.concatenate([w[w != 0] for w in self.weights])
        return Network.from_edges(int(sum(len(w) for w in self.weights)), edges[:, 0], edges[:, 1], weight)

    def on(self, island: int, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the columns of one island from (replicates, people)."""
        start = self.first[island]
        return times[:, start : start + len(self.weights[island])]


def state_counts(heard: NDArray[np.float64], stopped: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many replicates ended in each of the 3**n states, numbered as in the master equation."""
    stage = np.where(np.isinf(heard), 0, np.where(np.isinf(stopped), 1, 2))
    people = stage.shape[1]
    return np.bincount(stage @ 3 ** np.arange(people - 1, -1, -1), minlength=3**people)


def runs_of(islands: Islands, runs: Runs, island: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times heard and stopped on one island."""
    return islands.on(island, runs.time_heard), islands.on(island, runs.time_stopped)
