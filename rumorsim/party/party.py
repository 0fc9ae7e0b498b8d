"""The party as other parts of the package see it: frozen arrays, places, a checkable table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import PartyError, unknown
from rumorsim.party.geography import Geography, read_geography
from rumorsim.party.vocabulary import FLAGS, KINDS, LEVELS, PURPOSES, ROLES, TIE_KINDS, TRIP_MAX_RATE

if TYPE_CHECKING:
    import networkx as nx

    from rumorsim.party.table import TableRow

__all__ = ["Electable", "Party"]

_ARRAYS = (
    "people",
    "cells",
    "committees",
    "institutions",
    "workplaces",
    "neighborhoods",
    "hosts",
    "hostels",
    "ties",
    "trips",
    "moves",
)
#: Largest number of people that is turned into a networkx graph.
_GRAPH_LIMIT = 5000


@dataclass(frozen=True)
class Electable:
    """Members of the cells that elect delegates to the Tirana conference.

    Attributes
    ----------
    cells : (n_cells,) int64, the electing cells.
    start : (n_cells + 1,) int64; the members of ``cells[k]`` are ``members[start[k]:start[k + 1]]``.
    members : (n_members,) int64, people.
    """

    cells: NDArray[np.int64]
    start: NDArray[np.int64]
    members: NDArray[np.int64]


@dataclass(frozen=True, repr=False, eq=False)
class Party:
    """Everybody in the model, the organizations they belong to and the ways they can meet.

    All arrays are read-only; a number that points elsewhere is a row of the named array, -1 for none. The layouts are
    in `rumorsim.party.vocabulary` (`PERSON`, `CELL`, `COMMITTEE`, `INSTITUTION`, `GROUP`, `TIE`, `TRIP`, `MOVE`).

    Attributes
    ----------
    population : "party", or "complete" for one well-mixed group.
    values : structural values the party was built from, by catalog id.
    names : names of cells, committees and institutions (``name_id``).
    people, cells, committees, institutions : who is there and how it is organized.
    workplaces, neighborhoods, hosts, hostels : groups people meet in.
    ties : directed ties, both directions of every pair, sorted by kind, source, target.
    trips : candidate duty trips at the highest rate, one a traveler and week; see `TRIP_MAX_RATE`.
    moves : candidate transfers of officers, one an officer.
    """

    population: str
    values: Mapping[str, Any]
    names: tuple[str, ...]
    people: NDArray[Any]
    cells: NDArray[Any]
    committees: NDArray[Any]
    institutions: NDArray[Any]
    workplaces: NDArray[Any]
    neighborhoods: NDArray[Any]
    hosts: NDArray[Any]
    hostels: NDArray[Any]
    ties: NDArray[Any]
    trips: NDArray[Any]
    moves: NDArray[Any]

    ROLES: ClassVar[tuple[str, ...]] = ROLES
    KINDS: ClassVar[tuple[str, ...]] = KINDS
    LEVELS: ClassVar[tuple[str, ...]] = LEVELS
    FLAGS: ClassVar[dict[str, int]] = FLAGS
    TIE_KINDS: ClassVar[tuple[str, ...]] = TIE_KINDS
    PURPOSES: ClassVar[tuple[str, ...]] = PURPOSES
    TRIP_MAX_RATE: ClassVar[dict[str, float]] = TRIP_MAX_RATE

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            getattr(self, name).flags.writeable = False

    def __repr__(self) -> str:
        return (
            f"<Party: {self.people.size:,} people, {self.cells.size:,} cells, {self.committees.size} committees, "
            f"{self.ties.size:,} directed ties, {self.trips.size:,} candidate trips>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by content, so that a party keeps its read-only arrays on the way to a worker process."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return _restored, (self.population, dict(self.values), self.names, arrays)

    def __len__(self) -> int:
        return int(self.people.size)

    @property
    def geography(self) -> Geography:
        """Places and districts the rows of ``place``, ``district`` and ``region`` point to."""
        return read_geography()

    @property
    def places(self) -> tuple[str, ...]:
        """Ids of the gazetteer in the order of ``people["place"]``."""
        return self.geography.ids

    @property
    def place_names(self) -> tuple[str, ...]:
        """Names of the places in the order of `places`."""
        return self.geography.names

    @property
    def districts(self) -> tuple[str, ...]:
        """Names of the 26 districts in the order of ``people["district"]``."""
        return self.geography.districts

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions in the order of ``people["region"]``."""
        return self.geography.regions

    @property
    def travel(self) -> NDArray[Any]:
        """The candidate trips, under their other name."""
        return self.trips

    def name_of(self, row: Any) -> str:
        """Return the name of a cell, committee or institution, given its record."""
        return self.names[int(row["name_id"])]

    def has_flag(self, name: str) -> NDArray[np.bool_]:
        """Return (n,) bool, who has a flag of `FLAGS`."""
        if name not in FLAGS:
            raise unknown("flag", name, FLAGS, error=PartyError)
        return np.asarray((self.people["flags"] & np.uint16(FLAGS[name])) != 0)

    def has_role(self, name: str) -> NDArray[np.bool_]:
        """Return (n,) bool, who has a role of `ROLES`."""
        if name not in ROLES:
            raise unknown("role", name, ROLES, error=PartyError)
        return np.asarray(self.people["role"] == ROLES.index(name))

    @cached_property
    def _kind_of_people(self) -> NDArray[np.int8]:
        kind = np.full(self.people.size, -1, dtype=np.int8)
        inside = self.people["institution"] >= 0
        kind[inside] = self.institutions["kind"][self.people["institution"][inside]]
        return kind

    def has_kind(self, name: str) -> NDArray[np.bool_]:
        """Return (n,) bool, who belongs to an organization of a kind of `KINDS`."""
        if name not in KINDS:
            raise unknown("kind", name, KINDS, error=PartyError)
        return np.asarray(self._kind_of_people == KINDS.index(name))

    def place_members(self, place: str | None = None) -> NDArray[np.bool_]:
        """Return (n,) bool: who lives in a town, district, region or country, or belongs to a unit; None is everybody.

        Raises
        ------
        PartyError
            If the place is unknown, or nobody can be there.
        """
        if place is None:
            return np.ones(self.people.size, dtype=np.bool_)
        return self._within(place, self.people["place"], self.people["institution"])

    def place_cells(self, place: str | None = None) -> NDArray[np.bool_]:
        """Return (n_cells,) bool: cells within a place, as `place_members` does for people."""
        if place is None:
            return np.ones(self.cells.size, dtype=np.bool_)
        return self._within(place, self.cells["place"], self.cells["institution"])

    def _within(self, word: str, place: NDArray[Any], institution: NDArray[Any]) -> NDArray[np.bool_]:
        row = self.geography.find(word)
        if self.geography.kinds[row] == "unit":
            own = np.flatnonzero(self.institutions["unit"] == row)
            if not own.size:
                raise PartyError(f"nobody in the party belongs to {self.geography.names[row]!r}", given=word)
            return np.isin(institution, own)
        return np.asarray(self.geography.inside(row)[place])

    @cached_property
    def cell_start(self) -> NDArray[np.int64]:
        """(n_cells + 1,) int64: the members of cell c are the people ``cell_start[c]`` to ``cell_start[c + 1] - 1``."""
        start = np.concatenate([[0], np.cumsum(self.cells["size"].astype(np.int64))])
        start.flags.writeable = False
        return start

    @cached_property
    def electable(self) -> Electable:
        """Members of the cells that elect delegates to the Tirana conference.

        These are the cells of the Tirana organization: all in the town of Tiranë save those of the army and the police.
        """
        armed = np.isin(self.cells["kind"], [KINDS.index("army_unit"), KINDS.index("police_unit")])
        cells = np.flatnonzero((self.cells["place"] == self.geography.tirana) & ~armed)
        size = self.cells["size"][cells].astype(np.int64)
        start = np.concatenate([[0], np.cumsum(size)])
        members = np.repeat(self.cell_start[cells] - start[:-1], size) + np.arange(int(start[-1]))
        for array in (cells, start, members):
            array.flags.writeable = False
        return Electable(cells, start, members)

    def table(self) -> list[TableRow]:
        """Return what is in the party beside what is known, row by row; printed by ``rumorsim party``."""
        from rumorsim.party.table import party_table

        return party_table(self)

    def to_networkx(self, place: str | None = None) -> nx.Graph:
        """Return who can meet whom as a graph: ties, and pairs in the same group.

        Nodes are people with their role, place and cell; edges carry ``kinds``, the ways the two meet.

        Parameters
        ----------
        place : a place of the gazetteer; None is everybody.

        Raises
        ------
        PartyError
            If the graph would have more than 5,000 people.
        """
        from rumorsim.party.graph import party_graph

        chosen = np.flatnonzero(self.place_members(place))
        if chosen.size > _GRAPH_LIMIT:
            raise PartyError(
                f"{chosen.size:,} people are too many for a graph; ask for a smaller place, "
                'for example to_networkx(place="Fier"), or set party.scale',
                given=place,
                allowed=f"at most {_GRAPH_LIMIT:,} people",
            )
        return party_graph(self, chosen)

    def fingerprint(self) -> str:
        """Return the SHA-256 of all arrays and names: equal exactly for equal parties."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for name in _ARRAYS:
            array = getattr(self, name)
            digest.update(f"{name}:{array.dtype.descr}:{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        digest.update("\n".join(self.names).encode())
        digest.update("\n".join(self.places).encode())
        return digest.hexdigest()


def _restored(
    population: str, values: dict[str, Any], names: tuple[str, ...], arrays: dict[str, NDArray[Any]]
) -> Party:
    return Party(population=population, values=MappingProxyType(values), names=names, **arrays)
