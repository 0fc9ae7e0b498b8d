"""Interventions of a user that need more than one of the engine's own actions: postings and canceled trips.

They are ordinary actions: the same object given to a `PartyModel` and to a bare `Simulation` at the same tick changes
both runs alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Action, Simulation
from rumorsim.errors import PartyError
from rumorsim.model.absences import REACH
from rumorsim.party import Party
from rumorsim.party.vocabulary import STANDINGS

__all__ = ["HOME_LAYERS", "CancelTrip", "Posting", "has_reach", "posting_to"]

#: Group layers that somebody on a trip is away from.
HOME_LAYERS: Final = ("workplace", "neighborhood", "cell")


def has_reach(sim: Simulation) -> bool:
    """Return whether ties reach people only near their homes in a simulation of a party."""
    return sim.memberships is not None and REACH in sim.memberships.first_group


@dataclass(frozen=True, kw_only=True, eq=False)
class Posting(Action):
    """A person leaves the present groups for good and joins others; every planned trip falls away.

    Attributes
    ----------
    person : int
    groups : mapping layer -> group
        -1 for no group of that layer.
    """

    person: int
    groups: Mapping[str, int]

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Move the person."""
        for replicate in replicates:
            row = int(sim.rows(np.array([self.person]), np.array([replicate]))[0])
            for layer, group in self.groups.items():
                if layer != REACH or has_reach(sim):
                    sim.move(row, layer, group)


@dataclass(frozen=True, kw_only=True, eq=False)
class CancelTrip(Action):
    """A person does not go on a trip, or comes home from it at once.

    Attributes
    ----------
    person : int
    host : int
        Visit group of the trip.
    leave, back : int
        Ticks at whose start the person leaves and is back.
    homes : mapping layer -> group
        The person's own groups, that of the travel layer included; -1 for none.
    """

    person: int
    host: int
    leave: int
    back: int
    homes: Mapping[str, int]

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        """Cancel the trip, or cut it short."""
        for replicate in replicates:
            row = int(sim.rows(np.array([self.person]), np.array([replicate]))[0])
            if self.leave >= sim.tick:
                sim.replan(row, "travel", self.leave, True, self.host)
                sim.replan(row, "travel", self.back, False, self.host)
                for layer in self.homes.keys() - {"travel"}:
                    sim.replan(row, layer, self.leave, False)
                    sim.replan(row, layer, self.back, True)
                continue
            for layer, group in self.homes.items():
                travel = layer == "travel"
                if not sim.replan(row, layer, self.back, not travel, self.host if travel else None, now=True):
                    # The return lies beyond the end of the run, and so does everything else.
                    sim.move(row, layer, group)


def posting_to(party: Party, person: int, place: str, *, kind: int | None = None) -> Posting:
    """Return the posting of a person to a place.

    The person joins the smallest cell of the place that is of the same kind as the present one (of any kind where
    there is none; of a district preferably at its seat), the smallest workplace of that cell's institution, the
    smallest neighborhood in the same town or village area, and, if the person receives visitors, a travel group there;
    among equals the lowest number. Hostels are left; ties, where dated ones exist, reach only into the home district.

    Parameters
    ----------
    party : Party
    person : int
    place : str
        A place of the gazetteer.
    kind : int, optional
        Kind of cell to look for; that of the cell in which the party has the person by default.

    Raises
    ------
    PartyError
        When nobody lives there, or it has no cell or group to join.

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> party = build_party(load_scenario("classroom"))
    >>> posting = posting_to(party, 0, "Fier")
    >>> party.place_names[party.cells["place"][posting.groups["cell"]]]
    'Fier'
    """
    people, cells = party.people, party.cells
    here = np.flatnonzero(party.place_cells(place))
    home = int(people["cell"][person])
    wanted = int(cells["kind"][home]) if kind is None and home >= 0 else kind
    fitting = here[cells["kind"][here] == wanted] if wanted is not None else here
    fitting = fitting if len(fitting) else here
    row = party.geography.find(place)
    if party.geography.kinds[row] == "district":
        at_seat = fitting[cells["place"][fitting] == party.geography.seat[party.geography.district[row]]]
        fitting = at_seat if len(at_seat) else fitting
    chosen = _smallest(fitting, cells["size"])
    if chosen < 0:
        raise PartyError("no cell to join", path="place", given=place, allowed="a place with basic organizations")
    town, institution = cells["place"][chosen], cells["institution"][chosen]
    workplaces, quarters, hosts = party.workplaces, party.neighborhoods, party.hosts
    own = np.flatnonzero(workplaces["institution"] == institution)
    if not len(own):
        own = np.flatnonzero(workplaces["place"] == town)
    groups = {
        "workplace": _smallest(own, workplaces["size"]),
        "neighborhood": _smallest(np.flatnonzero(quarters["place"] == town), quarters["size"]),
        "cell": chosen if people["standing"][person] != STANDINGS.index("none") else -1,
        "hostel": -1,
        "travel": -1,
        REACH: 0 if party.geography.district[town] == people["district"][person] else -1,
    }
    if people["host"][person] >= 0:
        groups["travel"] = _smallest(np.flatnonzero(hosts["place"] == town), hosts["size"])
    return Posting(person=person, groups=groups)


def _smallest(rows: NDArray[np.int64], size: NDArray[np.int32]) -> int:
    return int(rows[np.argmin(size[rows])]) if len(rows) else -1
