"""The frame of a run: what a result needs to know of the party, small enough to be kept with it.

A run folder is read without building the party again: the frame holds the sizes of all classes of people, the basic
organizations and the offices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.offices import Listening, Offices
from rumorsim.errors import StoreError
from rumorsim.party import Party, build_party
from rumorsim.party.vocabulary import ROLES
from rumorsim.scenario import Scenario

__all__ = ["Frame", "sites"]

_FORMAT: Final = 1


def sites(people_or_cells: Any, institutions: Any) -> NDArray[np.int16]:
    """Return the finest place of the gazetteer for every row: its unit if it has one, otherwise its town or villages.

    Parameters
    ----------
    people_or_cells : (n,) structured with ``place`` and ``institution``
    institutions : structured with ``unit``

    Returns
    -------
    (n,) int16
        Rows of the gazetteer.
    """
    unit = np.append(np.asarray(institutions["unit"], dtype=np.int16), np.int16(-1))[people_or_cells["institution"]]
    return np.asarray(np.where(unit >= 0, unit, people_or_cells["place"]), dtype=np.int16)


@dataclass(frozen=True, eq=False)
class Frame:
    """What a result needs to know of the party and the scenario.

    Attributes
    ----------
    start, stop : datetime64[D]
        First and last day.
    rumors : names, in the order of the scenario.
    places : (n_places,) ids of the gazetteer.
    class_sizes : (n_places, n_roles) int64
        People of every place and role.
    cell_kind, cell_place, cell_office : (n_cells,) integers
        Kind, finest place and committee of the basic organizations.
    offices : Offices
    office_names : (n_offices,) texts
    """

    start: np.datetime64
    stop: np.datetime64
    rumors: tuple[str, ...]
    places: tuple[str, ...]
    class_sizes: NDArray[np.int64]
    cell_kind: NDArray[np.int8]
    cell_place: NDArray[np.int16]
    cell_office: NDArray[np.int16]
    offices: Offices
    office_names: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario, party: Party, offices: Offices) -> Frame:
        """Take the frame of a run from its scenario and party."""
        people, cells = party.people, party.cells
        site = sites(people, party.institutions).astype(np.int64)
        n_places, n_roles = len(party.places), len(ROLES)
        sizes = np.bincount(site * n_roles + people["role"], minlength=n_places * n_roles)
        return cls(
            start=np.datetime64(scenario.start.isoformat(), "D"),
            stop=np.datetime64(scenario.stop.isoformat(), "D"),
            rumors=tuple(scenario.rumors),
            places=tuple(party.places),
            class_sizes=sizes.reshape(n_places, n_roles).astype(np.int64),
            cell_kind=np.asarray(cells["kind"], dtype=np.int8),
            cell_place=sites(cells, party.institutions),
            cell_office=np.asarray(cells["committee"], dtype=np.int16),
            offices=offices,
            office_names=tuple(party.names[number] for number in party.committees["name_id"]),
        )

    @classmethod
    def built(cls, scenario: Scenario) -> Frame:
        """Take the frame of a run from its scenario alone: the party is built for it."""
        party = build_party(scenario)
        return cls.of(scenario, party, Listening.of(party).offices)

    @property
    def n_days(self) -> int:
        """Number of days of the run."""
        return int((self.stop - self.start).astype(np.int64)) + 1

    @property
    def begin(self) -> np.datetime64:
        """datetime64[s]: the start of the first day."""
        return np.datetime64(str(self.start), "s")

    @property
    def end(self) -> np.datetime64:
        """datetime64[s]: the end of the last day."""
        return np.datetime64(str(self.stop + np.timedelta64(1, "D")), "s")

    def to_json(self) -> str:
        """Return the frame as JSON."""
        return json.dumps(
            {
                "format": _FORMAT,
                "start": str(self.start),
                "stop": str(self.stop),
                "rumors": self.rumors,
                "places": self.places,
                "class_sizes": self.class_sizes.tolist(),
                "cells": [self.cell_kind.tolist(), self.cell_place.tolist(), self.cell_office.tolist()],
                "offices": self.offices.rows(),
                "office_names": self.office_names,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Frame:
        """Read a frame; StoreError when it was written by a version with another format."""
        held = json.loads(text)
        if held.get("format") != _FORMAT:
            raise StoreError("format of frame.json", given=held.get("format"), allowed=f"{_FORMAT}")
        kind, place, office = held["cells"]
        return cls(
            start=np.datetime64(held["start"], "D"),
            stop=np.datetime64(held["stop"], "D"),
            rumors=tuple(held["rumors"]),
            places=tuple(held["places"]),
            class_sizes=np.array(held["class_sizes"], dtype=np.int64),
            cell_kind=np.array(kind, dtype=np.int8),
            cell_place=np.array(place, dtype=np.int16),
            cell_office=np.array(office, dtype=np.int16),
            offices=Offices.from_rows(
                [(str(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in held["offices"]]
            ),
            office_names=tuple(held["office_names"]),
        )
