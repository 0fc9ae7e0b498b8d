"""The words of the model: roles, kinds of organization, levels of committees, countries, channels, rumors, themes.

The one table of each. Audiences of scenarios, outputs of studies, the party and its results all take it from here.
Results hold these words by their numbers, so a word may be added at the end but never moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["CHANNELS", "CHANNEL_NAMES", "COUNTRIES", "KINDS", "LEVELS", "ROLES", "RUMORS", "THEMES"]

#: Roles of people. ``tirana_member`` is a member in the capital outside the central agencies; ``inhabitant`` is
#: somebody who is not in the party (``party.scope = "country"`` only).
ROLES: Final[tuple[str, ...]] = (
    "leader",
    "tirana_functionary",
    "provincial_member",
    "officer",
    "student_abroad",
    "inhabitant",
    "tirana_member",
)

#: Kinds of basic organizations (cells) and of the institutions they belong to.
KINDS: Final[tuple[str, ...]] = (
    "ministry",
    "enterprise",
    "village",
    "army_unit",
    "police_unit",
    "school",
    "student_organization",
    "committee",
)

#: Levels of committees. The ``region`` level is a word of the vocabulary only: no staff of regional committees is
#: known, so none is built, and a region is the set of its districts.
LEVELS: Final[tuple[str, ...]] = ("central", "city", "district", "region", "army", "embassy")

#: Countries with students -> name of the capital in the gazetteer.
COUNTRIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ussr": "Moscow",
        "hungary": "Budapest",
        "bulgaria": "Sofia",
        "czechoslovakia": "Prague",
        "poland": "Warsaw",
        "gdr": "Berlin",
        "romania": "Bucharest",
        "china": "Beijing",
    }
)

#: Channels through which a person may hear first, in the order in which results number them.
CHANNELS: Final[tuple[str, ...]] = (
    "conversation",
    "workplace",
    "cell_meeting",
    "hall",
    "briefing",
    "travel",
    "telephone",
    "kin",
    "letter_meeting",
    "foreign_radio",
    "press",
    "soviet_meeting",
    "inference",
    "visit",
    "post",
)

#: How a channel is called in tables and figures.
CHANNEL_NAMES: Final[dict[str, str]] = {
    "conversation": "neighbors and friends",
    "workplace": "at work",
    "cell_meeting": "cell meeting",
    "hall": "hall",
    "briefing": "closed meeting",
    "travel": "duty travel",
    "telephone": "telephone",
    "kin": "family",
    "letter_meeting": "letter meeting",
    "foreign_radio": "foreign radio",
    "press": "press",
    "soviet_meeting": "Soviet meetings",
    "inference": "inference",
    "visit": "family visits",
    "post": "letters",
}

#: Rumors, in the order in which scenarios follow them.
RUMORS: Final[tuple[str, ...]] = (
    "secret_speech",
    "tirana_conference",
    "elite_privileges",
    "unequal_punishment",
    "yugoslav_rapprochement",
    "reform_hopes",
    "hungary_poland",
    "missing_name",
    "precedent",
)
#: What documents and voicings are about.
THEMES: Final[tuple[str, ...]] = ("stalin_and_leadership", "privileges", "yugoslavia", "economy", "punishment")
