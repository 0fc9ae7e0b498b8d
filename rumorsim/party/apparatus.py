"""Institutions, committees and cells while they are being set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.party.agencies import Agency
from rumorsim.party.apportion import apportion_within
from rumorsim.party.streams import PartyStreams
from rumorsim.party.vocabulary import KINDS, LEVELS

__all__ = ["Apparatus"]

Ints = NDArray[np.int64]

#: Fewest members of a basic organization where there are enough to go round.
_SMALLEST_CELL: Final = 3


@dataclass
class Apparatus:
    """Institutions, committees and cells, as lists that grow while the apparatus is built.

    Attributes
    ----------
    names : name of everything; other lists hold positions in it.
    inst_* : per institution: kind, place, unit (row of the gazetteer or -1), committee, central, foreign, name.
    comm_* : per committee: level, place, name.
    cell_* : (n_cells,) per cell: kind, place, district, institution, committee, size, name.
    staff_of : (n_cells,) committee whose staff the cell consists of, -1 for other cells.
    country : (n_cells,) country of students and officers abroad, -1 at home.
    """

    names: list[str] = field(default_factory=list)
    inst_kind: list[int] = field(default_factory=list)
    inst_place: list[int] = field(default_factory=list)
    inst_unit: list[int] = field(default_factory=list)
    inst_committee: list[int] = field(default_factory=list)
    inst_central: list[bool] = field(default_factory=list)
    inst_foreign: list[bool] = field(default_factory=list)
    inst_name: list[int] = field(default_factory=list)
    comm_level: list[int] = field(default_factory=list)
    comm_place: list[int] = field(default_factory=list)
    comm_name: list[int] = field(default_factory=list)
    block_members: list[int] = field(default_factory=list)
    block_cells: list[int] = field(default_factory=list)
    cell_block: list[int] = field(default_factory=list)
    cell_inst: list[int] = field(default_factory=list)
    cell_committee: list[int] = field(default_factory=list)
    cell_staff_of: list[int] = field(default_factory=list)
    cell_country: list[int] = field(default_factory=list)
    cell_name: list[int] = field(default_factory=list)
    cell_size: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def name(self, text: str) -> int:
        """Add a name and return its position."""
        self.names.append(text)
        return len(self.names) - 1

    def committee(self, level: str, place: int, text: str) -> int:
        """Add a committee and return its number."""
        self.comm_level.append(LEVELS.index(level))
        self.comm_place.append(place)
        self.comm_name.append(self.name(text))
        return len(self.comm_level) - 1

    def institution(
        self, kind: str, place: int, committee: int, text: str, unit: int = -1, agency: Agency | None = None
    ) -> int:
        """Add an institution and return its number."""
        self.inst_kind.append(KINDS.index(kind))
        self.inst_place.append(place)
        self.inst_unit.append(unit)
        self.inst_committee.append(committee)
        self.inst_central.append(agency is not None)
        self.inst_foreign.append(agency is not None and agency.foreign)
        self.inst_name.append(self.name(text))
        return len(self.inst_kind) - 1

    def cells(
        self, institution: int, count: int, block: int, committee: int, staff_of: int = -1, country: int = -1
    ) -> None:
        """Add cells to an institution; the members of a block are shared out among its cells later."""
        text = self.names[self.inst_name[institution]]
        for number in range(1, count + 1):
            self.cell_block.append(block)
            self.cell_inst.append(institution)
            self.cell_committee.append(committee)
            self.cell_staff_of.append(staff_of)
            self.cell_country.append(country)
            label = self.inst_name[institution] if count == 1 else self.name(f"{text}, organization {number}")
            self.cell_name.append(label)
        self.block_cells[block] += count

    def block(self, members: int) -> int:
        """Open a block of members whose cells follow, and return its number."""
        self.block_members.append(members)
        self.block_cells.append(0)
        return len(self.block_members) - 1

    def share_out(self, streams: PartyStreams) -> None:
        """Give every cell its size: the members of its block, shared out with chance weights from 1/2 to 3/2."""
        block = np.array(self.cell_block, dtype=np.int64)
        members = np.array(self.block_members, dtype=np.int64)
        cells = np.array(self.block_cells, dtype=np.int64)
        weight = 512 + (streams.bits("cell_size", np.arange(block.size)) >> np.uint64(54)).astype(np.int64)
        least = np.minimum(_SMALLEST_CELL, members // np.maximum(cells, 1))
        self.cell_size = apportion_within(members, block, weight, least)
