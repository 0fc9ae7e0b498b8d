"""A part of the party as a networkx graph, for drawing and for teaching."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from rumorsim.party.vocabulary import ROLES, TIE_KINDS

if TYPE_CHECKING:
    from rumorsim.party.party import Party

__all__ = ["GROUP_LAYERS", "party_graph"]

#: Columns of people that put two persons together if they are equal.
GROUP_LAYERS: Final[tuple[str, ...]] = ("cell", "workplace", "neighborhood", "hostel")


def party_graph(party: Party, chosen: NDArray[np.int64]) -> nx.Graph:
    """Return the graph of the chosen people (ids, ascending): nodes with attributes, edges with ``kinds``.

    Every pair in one group is an edge, so the graph is far larger than the party's arrays.
    """
    graph: Any = nx.Graph()
    people = party.people
    for person in chosen.tolist():
        row = people[person]
        graph.add_node(
            person,
            role=ROLES[row["role"]],
            place=party.place_names[row["place"]],
            cell=int(row["cell"]),
        )
    for layer in GROUP_LAYERS:
        column = people[layer][chosen]
        inside = chosen[column >= 0]
        order = inside[np.argsort(people[layer][inside], kind="stable")]
        for group in np.split(order, np.flatnonzero(np.diff(people[layer][order])) + 1):
            for a, b in combinations(group.tolist(), 2):
                _add(graph, a, b, layer)
    member = np.zeros(people.size, dtype=np.bool_)
    member[chosen] = True
    ties = party.ties
    inside_both = member[ties["source"]] & member[ties["target"]] & (ties["source"] < ties["target"])
    for tie in ties[inside_both]:
        _add(graph, int(tie["source"]), int(tie["target"]), TIE_KINDS[tie["kind"]])
    return graph


def _add(graph: Any, a: int, b: int, kind: str) -> None:
    if graph.has_edge(a, b):
        graph.edges[a, b]["kinds"].add(kind)
    else:
        graph.add_edge(a, b, kinds={kind})
