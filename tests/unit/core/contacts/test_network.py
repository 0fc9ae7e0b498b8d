"""Networks from lists of edges: rows by either end, names, and what is refused."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from rumorsim.core import Network
from rumorsim.errors import CoreError


def test_rows_by_hand() -> None:
    """2 contacts 1 and 0, 0 contacts 1 twice: rows ascend by the other end, equal ones stay as they were given."""
    net = Network.from_edges(3, [2, 0, 2, 0], [1, 1, 0, 1], [1.0, 2.0, 3.0, 4.0])
    out, into = net.outgoing, net.incoming
    assert out.pointer.tolist() == [0, 2, 2, 4]
    assert (out.other.tolist(), out.weight.tolist(), out.edge.tolist()) == ([1, 1, 0, 1], [2, 4, 3, 1], [1, 3, 2, 0])
    assert into.pointer.tolist() == [0, 1, 4, 4]
    assert (into.other.tolist(), into.weight.tolist(), into.edge.tolist()) == ([2, 0, 0, 2], [3, 2, 4, 1], [2, 1, 3, 0])
    assert net.n_edges == 4, "an edge given twice counts twice"
    assert (out.pointer.dtype, out.other.dtype, out.weight.dtype) == (np.int32, np.int32, np.float64)


@pytest.mark.parametrize(
    ("edges", "symmetric"),
    [
        ([(0, 1, 1.0), (1, 0, 1.0)], True),
        ([(0, 1, 1.0), (1, 0, 2.0)], False),
        ([(0, 1, 1.0)], False),
        ([(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)], False),
        ([], True),
    ],
)
def test_symmetric_means_the_same_weight_back(edges: list[tuple[int, int, float]], symmetric: bool) -> None:
    source, target, weight = zip(*edges, strict=True) if edges else ((), (), ())
    assert Network.from_edges(3, source, target, weight).symmetric is symmetric


def test_a_complete_network_has_every_pair_once() -> None:
    net = Network.complete(4, 0.5)
    pairs = sorted(zip(net.source.tolist(), net.target.tolist(), strict=True))
    assert pairs == [(i, j) for i in range(4) for j in range(4) if i != j]
    assert set(net.weight.tolist()) == {0.5}
    assert Network.complete(1).n_edges == 0


def test_a_graph_keeps_its_nodes_ways_and_weights() -> None:
    graph = nx.Graph()
    graph.add_nodes_from("cab")
    graph.add_edge("a", "b", weight=2.0, calls=7.0)
    graph.add_edge("c", "a")
    net = Network.from_networkx(graph)
    edges = sorted(zip(net.source.tolist(), net.target.tolist(), net.weight.tolist(), strict=True))
    assert edges == [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 2.0), (2, 1, 2.0)]
    assert (net.names, net.numbers) == (("c", "a", "b"), {"c": 0, "a": 1, "b": 2})
    assert sorted(Network.from_networkx(graph, "calls").weight.tolist()) == [1, 1, 7, 7]
    assert Network.from_networkx(graph, None).weight.tolist() == [1.0] * 4
    one_way = Network.from_networkx(nx.MultiDiGraph([(0, 1), (0, 1)]))
    assert (one_way.source.tolist(), one_way.target.tolist()) == ([0, 0], [1, 1])


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"n": 0}, "number of people"),
        ({"source": [0, 3]}, "source.*3.*0 to 2"),
        ({"target": [-1, 2]}, "target.*-1"),
        ({"source": [0]}, "numbers of sources and targets.*1 and 2"),
        ({"source": [0, 2]}, "self loop.*2 to 2"),
        ({"weight": [1.0, -1.0]}, "weight"),
        ({"weight": [1.0]}, "weight"),
        ({"weight": [1.0, np.nan]}, "weight"),
        ({"names": ["a", "b"]}, "3 different names"),
        ({"names": ["a", "b", "a"]}, "3 different names"),
        ({"names": ["a", "b", []]}, "looked up"),
    ],
)
def test_what_is_refused(given: dict[str, object], word: str) -> None:
    columns = {"n": 3, "source": [0, 1], "target": [1, 2], "weight": [1.0, 1.0], "names": None, **given}
    with pytest.raises(CoreError, match=word):
        Network(**columns)  # type: ignore[arg-type]


def test_more_pairs_than_an_integer_counts_are_refused() -> None:
    with pytest.raises(CoreError, match=r"number of people.*46341"):
        Network.complete(46_341)
