"""Who contacts whom: directed, weighted ties in compressed rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.checks import MOST_INDEX, listed, number, numbers, whole, wholes
from rumorsim.errors import CoreError, unknown

__all__ = ["Network", "Rows"]

#: Most people of whom all pairs are written out; more edges than an int32 counts otherwise.
_MOST_COMPLETE = 46_340


@dataclass(frozen=True)
class Rows:
    """Compressed rows: the edges of row i are ``pointer[i]:pointer[i + 1]``.

    Attributes
    ----------
    pointer : (n + 1,) int32
    other : (n_edges,) int32
        The person at the other end, ascending within a row.
    weight : (n_edges,) float64
    edge : (n_edges,) int64
        Position of the edge in the order in which it was given.
    """

    pointer: NDArray[np.int32]
    other: NDArray[np.int32]
    weight: NDArray[np.float64]
    edge: NDArray[np.int64]


def _rows(n: int, row: NDArray[Any], other: NDArray[Any], weight: NDArray[np.float64]) -> Rows:
    order = np.lexsort((other, row)).astype(np.int64)
    pointer = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=n), out=pointer[1:])
    return Rows(pointer, other[order].astype(np.int32), weight[order], order)


def _weighted(graph: Any, attribute: str | None) -> Iterator[tuple[Any, Any, float]]:
    """Yield the edges of a networkx graph with their weights."""
    edges = list(graph.edges(data=True))
    known = {name for _, _, data in edges for name in data}
    if edges and attribute not in (None, "weight", *known):
        raise unknown("edge attribute", attribute, sorted(map(str, known)), error=CoreError, path="weight")
    for first, second, data in edges:
        if first == second:
            way = "two people: graph.remove_edges_from(list(nx.selfloop_edges(graph))) removes the self loops"
            raise CoreError("self loop", path=f"edge ({first!r}, {second!r})", given=first, allowed=way)
        path = f"edge ({first!r}, {second!r}), attribute {attribute!r}"
        yield first, second, 1.0 if attribute not in data else number(data[attribute], path)


@dataclass(frozen=True, eq=False)
class Network:
    """Directed weighted ties: ``source[k]`` contacts ``target[k]`` at rate times ``weight[k]``.

    Attributes
    ----------
    n : int
        Number of people, numbered 0 to n - 1.
    source, target : (n_edges,) int32
    weight : (n_edges,) float64
        Non-negative; hazards are the rule's rate times the weight.
    names : tuple or None
        Names of the people, all different. Where there are names, people are given by name everywhere.
    keeps_order : bool
        Whether the order of the edges by person is kept once it has been worked out, 4 bytes an edge and direction:
        for a network that goes into many `Contacts` with other rates.

    Examples
    --------
    >>> net = Network.from_edges(3, [0, 1], [1, 2])
    >>> net.n, net.n_edges
    (3, 2)
    """

    n: int
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float64]
    names: tuple[Hashable, ...] | None = None
    keeps_order: bool = False

    def __post_init__(self) -> None:
        """Check everything, however the network was built."""
        n = whole(self.n, "n", 1, MOST_INDEX, what="number of people")
        source = wholes(self.source, "source", 0, n - 1)
        target = wholes(self.target, "target", 0, n - 1)
        if len(source) != len(target):
            given = f"{len(source)} and {len(target)}"
            raise CoreError("numbers of sources and targets", path="source, target", given=given, allowed="equal")
        if (source == target).any():
            first = int(source[source == target][0])
            raise CoreError("self loop", path="source, target", given=f"{first} to {first}", allowed="two people")
        weight = numbers(self.weight, "weight", (source.shape,))
        names = None if self.names is None else listed(self.names, "names", object, "names")
        columns = {"n": n, "source": source.astype(np.int32, copy=False), "target": target.astype(np.int32, copy=False)}
        for name, value in {**columns, "weight": weight, "names": names}.items():
            object.__setattr__(self, name, value)
        if self.numbers is not None and not len(self.numbers) == n == len(names or ()):
            raise CoreError("names", path="names", given=len(names or ()), allowed=f"{n} different names")

    @cached_property
    def numbers(self) -> dict[Hashable, int] | None:
        """The number of each name; None where people have only numbers."""
        if self.names is None:
            return None
        try:
            return {name: k for k, name in enumerate(self.names)}
        except TypeError as problem:
            raise CoreError("names", path="names", given=str(problem), allowed="names that can be looked up") from None

    @classmethod
    def from_edges(cls, n: int, source: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None) -> Network:
        """Build a network from lists of directed edges.

        Parameters
        ----------
        n : int
            Number of people, at least 1.
        source, target : (n_edges,) integers
            ``source[k]`` contacts ``target[k]``. An edge given twice counts twice; self edges are refused.
        weight : (n_edges,) float, optional
            Non-negative and finite; 1 where it is left out.

        Raises
        ------
        CoreError
            When an end lies outside 0..n-1, a weight is negative or not finite, or lengths differ.
        """
        ones = np.ones(np.shape(source)) if weight is None else weight
        return cls(n, source, target, ones)  # type: ignore[arg-type]

    @classmethod
    def from_networkx(cls, graph: Any, weight: str | None = "weight") -> Network:
        """Build a network from a networkx graph; an undirected edge becomes one edge in each direction.

        Parameters
        ----------
        graph : networkx.Graph or DiGraph (multigraphs too)
            Its nodes, in their own order, become 0..n-1; `names` keeps them.
        weight : str or None
            Edge attribute with the weight, 1 for an edge without it; None ignores attributes. An attribute that no
            edge has is refused, but for networkx's own "weight", which an unweighted graph lacks.

        Raises
        ------
        CoreError
            For an edge from somebody to the same person, and for a weight that is no number of 0 or more; both are
            named by their nodes.
        """
        if not all(hasattr(graph, name) for name in ("nodes", "edges", "is_directed")) or isinstance(graph, type):
            raise CoreError("not a graph", path="graph", given=type(graph).__name__, allowed="a networkx graph")
        if weight is not None and not isinstance(weight, str):
            raise CoreError("edge attribute", path="weight", given=weight, allowed="the name of an attribute, or None")
        position = {node: k for k, node in enumerate(graph)}
        edges = [(position[first], position[second], value) for first, second, value in _weighted(graph, weight)]
        if not graph.is_directed():
            edges = [way for i, j, value in edges for way in ((i, j, value), (j, i, value))]
        source, target, weights = (np.array(column) for column in zip(*edges, strict=True)) if edges else ([], [], [])
        return cls(len(position), source, target, weights, tuple(graph))  # type: ignore[arg-type]

    @classmethod
    def complete(cls, n: int, weight: float = 1.0) -> Network:
        """Return everybody in contact with everybody else, all n (n - 1) edges written out."""
        n = whole(n, "n", 1, _MOST_COMPLETE, what="number of people")
        source, target = np.nonzero(~np.eye(n, dtype=bool))
        return cls.from_edges(n, source, target, np.full(len(source), number(weight, "weight")))

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.source)

    @cached_property
    def outgoing(self) -> Rows:
        """Edges by the person who contacts."""
        return _rows(self.n, self.source, self.target, self.weight)

    @cached_property
    def incoming(self) -> Rows:
        """Edges by the person who is contacted."""
        return _rows(self.n, self.target, self.source, self.weight)

    @cached_property
    def symmetric(self) -> bool:
        """Whether every edge has a partner of the same weight in the other direction."""
        out, into = self.outgoing, self.incoming
        return bool(
            (out.pointer == into.pointer).all()
            and (out.other == into.other).all()
            and (out.weight == into.weight).all()
        )

    def __repr__(self) -> str:
        return f"Network(n={self.n}, n_edges={self.n_edges})"
