"""Who contacts whom: directed, weighted ties in compressed rows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.errors import CoreError

__all__ = ["Network", "Rows"]


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
        if n < 1:
            raise CoreError("number of people", path="n", given=n, allowed="1 or more")
        ends = []
        for name, values in (("source", source), ("target", target)):
            column = np.asarray(values)
            if column.ndim != 1 or (column.size and not np.issubdtype(column.dtype, np.integer)):
                raise CoreError("ends of edges", path=name, given=str(column.dtype), allowed="a list of whole numbers")
            if column.size and not (column.min() >= 0 and column.max() < n):
                bad = column[(column < 0) | (column >= n)][0]
                raise CoreError("end of an edge", path=name, given=int(bad), allowed=f"0 to {n - 1}")
            ends.append(column.astype(np.int32))
        if len(ends[0]) != len(ends[1]):
            given = f"{len(ends[0])} and {len(ends[1])}"
            raise CoreError("numbers of sources and targets", path="source, target", given=given, allowed="equal")
        if (ends[0] == ends[1]).any():
            first = int(ends[0][ends[0] == ends[1]][0])
            raise CoreError("self edge", path="source, target", given=f"{first} to {first}", allowed="two people")
        weights = np.ones(len(ends[0])) if weight is None else np.asarray(weight, dtype=np.float64)
        if weights.shape != ends[0].shape:
            raise CoreError("weights", path="weight", given=f"{weights.shape}", allowed=f"{ends[0].shape}")
        if not np.isfinite(weights).all() or (weights < 0).any():
            bad_weight = weights[~np.isfinite(weights) | (weights < 0)][0]
            raise CoreError("weight", path="weight", given=float(bad_weight), allowed="finite, 0 or more")
        return cls(int(n), ends[0], ends[1], weights)

    @classmethod
    def from_networkx(cls, graph: Any, weight: str | None = "weight") -> Network:
        """Build a network from a networkx graph; an undirected edge becomes one edge in each direction.

        Parameters
        ----------
        graph : networkx.Graph or DiGraph (multigraphs too)
            Its nodes, in their own order, become 0..n-1; `names` keeps them.
        weight : str or None
            Edge attribute with the weight, 1 where it is missing; None ignores attributes.
        """
        position = {node: k for k, node in enumerate(graph)}
        source: list[int] = []
        target: list[int] = []
        weights: list[float] = []
        for first, second, data in graph.edges(data=True):
            value = 1.0 if weight is None else float(data.get(weight, 1.0))
            source.append(position[first])
            target.append(position[second])
            weights.append(value)
            if not graph.is_directed():
                source.append(position[second])
                target.append(position[first])
                weights.append(value)
        net = cls.from_edges(len(position), np.array(source, dtype=np.int64), np.array(target, dtype=np.int64), weights)
        return cls(net.n, net.source, net.target, net.weight, tuple(graph))

    @classmethod
    def complete(cls, n: int, weight: float = 1.0) -> Network:
        """Return everybody in contact with everybody else, all n (n - 1) edges written out."""
        source, target = np.nonzero(~np.eye(n, dtype=bool))
        return cls.from_edges(n, source, target, np.full(len(source), weight))

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

    def relabeled(self, label: ArrayLike) -> Network:
        """Return the same network with person i called ``label[i]``; label is a permutation of 0..n-1."""
        label = np.asarray(label)
        if sorted(label.tolist()) != list(range(self.n)):
            raise CoreError(
                "labels", path="label", given="not a permutation", allowed=f"each of 0 to {self.n - 1} once"
            )
        return Network.from_edges(self.n, label[self.source], label[self.target], self.weight)

    def __repr__(self) -> str:
        return f"Network(n={self.n}, n_edges={self.n_edges})"
