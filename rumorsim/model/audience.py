"""From the audiences a scenario names to people of the party, and from all of them to zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import RunError
from rumorsim.party import Party
from rumorsim.party.vocabulary import COUNTRIES, FLAGS, KINDS, ROLES
from rumorsim.scenario.events import Audience

__all__ = ["Zones", "audience_mask"]

#: Groups that are exactly those with a flag, or in a role.
_FLAG_OF: Final = {name: name.upper() for name in ("politburo", "plenum", "central_committee", "attentive")} | {
    "committees": "COMMITTEE_STAFF"
}
_ROLE_OF: Final = {"students": "student_abroad", "officers": "officer"}


def audience_mask(party: Party, audience: Audience) -> NDArray[np.bool_]:
    """Return who of the party belongs to an audience, (n,) bool.

    "delegates" stands for everybody who can be elected here; who was chosen is known only within a run.

    Raises
    ------
    RunError
        For an audience the party does not have.

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> party = build_party(load_scenario("classroom"))
    >>> int(audience_mask(party, Audience(group="everybody")).sum()) == len(party.people)
    True
    """
    people = party.people
    flags, role = people["flags"], people["role"]
    group = audience.group
    if group in {"everybody", "delegates"}:
        mask = role != ROLES.index("inhabitant")
    elif group in _FLAG_OF:
        mask = flags & FLAGS[_FLAG_OF[group]] > 0
    elif group in _ROLE_OF:
        mask = role == ROLES.index(_ROLE_OF[group])
    elif group == "functionaries":
        mask = (role == ROLES.index("tirana_functionary")) | (flags & FLAGS["COMMITTEE_STAFF"] > 0)
    elif group == "radio":
        mask = (flags & FLAGS["LISTENER"] > 0) | (people["access"] > 0)
    else:
        raise RunError("unknown audience", path="audience", given=group, allowed="a group of the party")
    if audience.country is not None:
        mask = mask & (people["student_country"] == list(COUNTRIES).index(audience.country))
    if audience.place is not None:
        mask = mask & party.place_members(audience.place)
    if audience.role is not None:
        mask = mask & (role == ROLES.index(audience.role))
    if audience.kind is not None:
        kind = np.where(people["cell"] >= 0, party.cells["kind"][people["cell"]], -1) if len(party.cells) else -1
        mask = mask & (kind == KINDS.index(audience.kind))
    return np.asarray(mask, dtype=np.bool_)


class Zones:
    """The coarsest division of people into zones of which every audience is a union.

    Parameters
    ----------
    masks : sequence of (n,) bool
    n : int

    Attributes
    ----------
    of : (n,) int64
        Zone of each person.

    Examples
    --------
    >>> zones = Zones([np.array([True, True, False])], 3)
    >>> zones.of.tolist(), zones.within(np.array([True, True, False]))
    ([1, 1, 0], (1,))
    """

    def __init__(self, masks: Sequence[NDArray[np.bool_]], n: int) -> None:
        code = np.zeros(n, dtype=np.int64)
        for mask in masks:
            # Renumbering after every mask keeps the code small however many audiences there are.
            code = np.unique(2 * code + mask, return_inverse=True)[1].reshape(n)
        self.of: NDArray[Any] = code

    def within(self, mask: NDArray[np.bool_]) -> tuple[int, ...]:
        """Return the zones that make up an audience."""
        return tuple(int(zone) for zone in np.unique(self.of[mask]))
