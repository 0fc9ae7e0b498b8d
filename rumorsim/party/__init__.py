"""The party of 1956 at full scale: people, organizations, groups, ties and travel, built from a scenario."""

from __future__ import annotations

from rumorsim.party.build import build_party
from rumorsim.party.party import Electable, Party
from rumorsim.party.settings import STRUCTURAL_KEYS
from rumorsim.party.vocabulary import (
    COUNTRIES,
    FLAGS,
    KINDS,
    LEVELS,
    PURPOSES,
    ROLES,
    STANDINGS,
    TIE_KINDS,
    TRIP_MAX_RATE,
)

__all__ = [
    "COUNTRIES",
    "FLAGS",
    "KINDS",
    "LEVELS",
    "PURPOSES",
    "ROLES",
    "STANDINGS",
    "STRUCTURAL_KEYS",
    "TIE_KINDS",
    "TRIP_MAX_RATE",
    "Electable",
    "Party",
    "build_party",
]
