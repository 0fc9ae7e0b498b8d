"""The words a scenario may use: rumors, roles, kinds of organization, channels, audiences.

Rumors and channels are numbered by their order in the catalog, roles and kinds by the order here. It is part of the
package: results hold these numbers, so a word may be added at the end but never moved.
"""

from __future__ import annotations

from typing import Final

from rumorsim.catalog import CHANNELS, RUMORS

__all__ = [
    "AUDIENCES",
    "CENTER",
    "CHANNELS",
    "COUNTRIES",
    "FIRST_DAY",
    "KINDS",
    "LAST_DAY",
    "PENALTIES",
    "POPULATIONS",
    "ROLES",
    "RULES",
    "RUMORS",
]

#: Roles of people.
ROLES: Final = ("leader", "tirana_functionary", "provincial_member", "officer", "student_abroad")

#: Kinds of basic party organization.
KINDS: Final = (
    "ministry",
    "enterprise",
    "village",
    "army_unit",
    "police_unit",
    "school",
    "student_organization",
    "committee",
)

#: Groups an event may reach; ``radio`` and ``attentive`` (who has access to a broadcast) are for broadcasts only.
AUDIENCES: Final = (
    "everybody",
    "politburo",
    "plenum",
    "central_committee",
    "delegates",
    "functionaries",
    "students",
    "officers",
    "committees",
    "radio",
    "attentive",
)

#: Countries where Albanian students lived, for audiences such as ``students:ussr``.
COUNTRIES: Final = ("ussr", "hungary", "bulgaria", "czechoslovakia", "poland", "gdr", "romania", "china")

#: Who takes part: the party of 1956, or one well-mixed group for the classic models.
POPULATIONS: Final = ("party", "complete")

#: Spreading rules of a scenario with ``population = "complete"``.
RULES: Final = ("maki_thompson", "daley_kendall")

#: Penalties of a ``punish`` event.
PENALTIES: Final = ("expelled", "penalized")

#: The word for the center (Central Committee) where a condition names a place.
CENTER: Final = "center"

#: First and last day a scenario may cover (ISO dates); travel and meetings are laid out for 1956 only.
FIRST_DAY: Final = "1956-01-01"
LAST_DAY: Final = "1956-12-31"
