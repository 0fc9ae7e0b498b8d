"""The words a scenario may use: rumors, roles, kinds of organization, channels, audiences.

Rumors, channels, roles and kinds are those of the catalog, which numbers them by their order.
"""

from __future__ import annotations

from typing import Final

from rumorsim.catalog import CHANNELS, RUMORS
from rumorsim.catalog.words import COUNTRIES as _CAPITALS
from rumorsim.catalog.words import KINDS, ROLES

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
COUNTRIES: Final = tuple(_CAPITALS)

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
