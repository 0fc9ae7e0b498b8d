"""Questions to, and changes of, the calendar of memberships while a simulation runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.groups import Groups
from rumorsim.errors import CoreError

__all__ = ["at_home", "layer_entries", "planned"]


def layer_entries(groups: Groups | None, layer: str) -> tuple[Groups, NDArray[np.int64]]:
    """Return the groups and the entry numbers of a layer's memberships; CoreError for an unknown layer."""
    if groups is None or layer not in groups.layer_number:
        known = () if groups is None else sorted(groups.layer_number)
        raise CoreError("unknown group layer", path="layer", given=layer, allowed=known)
    return groups, np.flatnonzero(groups.entry_layer == groups.layer_number[layer])


def at_home(groups: Groups, entries: NDArray[np.int64], first: int, n: int, now: int) -> NDArray[np.int32]:
    """Return the group in which each person is present, or else will next be, (n,) int32; -1 for none.

    Parameters
    ----------
    groups : Groups
    entries : (m,) integers
        The layer's memberships.
    first : int
        Number of the layer's first group.
    n : int
        People.
    now : int
        The coming tick.
    """
    home = np.full(n, -1, dtype=np.int32)
    position = groups.entry_position[0]
    later = groups.change_present & (groups.change_tick >= now) & np.isin(groups.change_entry, entries)
    coming = position[groups.change_entry[later]]
    # Changes are in order of time: the first one of a person counts.
    who, where = np.unique(groups.person[coming], return_index=True)
    home[who] = groups.group[coming[where]] - first
    here = position[entries]
    here = here[groups.present[here] > 0]
    home[groups.person[here]] = groups.group[here] - first
    return home


def planned(
    groups: Groups, entries: NDArray[np.int64], person: int, group: int | None, tick: int, begins: bool
) -> NDArray[np.int64]:
    """Return the rows of the calendar that begin (or end) memberships of a person in a layer at a tick."""
    position = groups.entry_position[0, entries]
    mine = groups.person[position] == person
    if group is not None:
        mine &= groups.group[position] == group
    found = (groups.change_tick == tick) & (groups.change_present == begins)
    return np.flatnonzero(found & np.isin(groups.change_entry, entries[mine]))
