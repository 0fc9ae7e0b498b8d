"""Names of the central agencies in Tirana: institutions where news from abroad comes in first.

Named in the article: industry, trade and foreign-affairs sections, radio, film studio, party school, party daily,
Central Committee staff and the ministries of defense and the interior (F054, F056, F068-F070). The other names are
those of the usual departments of such a state: assumed, from outside the article. No size is known, so all agencies of
the kind ministry are equal, and the others are ordinary institutions of their kind.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["AGENCIES", "APPARATUS", "DAILY", "DEFENSE", "INTERIOR", "OFFICES", "UNIT_KINDS", "Agency"]


class Agency(NamedTuple):
    """A central agency: its name, the kind of its cells, and whether it deals with news or people from abroad."""

    name: str
    kind: str
    foreign: bool


#: Staff of the Central Committee.
APPARATUS: Final = "Central Committee"
#: Party newspaper, which has correspondents in the districts.
DAILY: Final = "Zëri i Popullit"
#: Where officers report on duty trips.
DEFENSE: Final = "Ministry of People's Defense"
INTERIOR: Final = "Ministry of the Interior"

#: In order of rank: seats of the Central Committee and the Politburo go to the heads of the agencies in this order.
AGENCIES: Final[tuple[Agency, ...]] = (
    Agency(APPARATUS, "committee", True),
    Agency("Council of Ministers", "ministry", False),
    Agency(DEFENSE, "army_unit", False),
    Agency(INTERIOR, "police_unit", False),
    Agency("Ministry of Industry", "ministry", True),
    Agency("State Planning Commission", "ministry", False),
    Agency("Ministry of Foreign Affairs", "ministry", True),
    Agency("Ministry of Agriculture", "ministry", False),
    Agency("Ministry of Trade", "ministry", True),
    Agency("Ministry of Finance", "ministry", False),
    Agency("Ministry of Education", "ministry", False),
    Agency("Trade Unions", "ministry", False),
    Agency("Labor Youth Union", "ministry", False),
    Agency("Democratic Front", "ministry", False),
    Agency(DAILY, "ministry", True),
    Agency("Ministry of Construction", "ministry", False),
    Agency("Ministry of Communications", "ministry", False),
    Agency("Ministry of Health", "ministry", False),
    Agency("Ministry of Justice", "ministry", False),
    Agency("State Bank", "ministry", False),
    Agency("Sigurimi", "police_unit", False),
    Agency("Radio Tirana", "ministry", True),
    Agency("Albanian Telegraphic Agency", "ministry", True),
    Agency("Higher Party School", "school", True),
    Agency("Kinostudio", "enterprise", True),
)

#: Units of the gazetteer outside the central agencies -> kind of their cells (F102, F147).
UNIT_KINDS: Final[dict[str, str]] = {
    "Air Defense Command": "army_unit",
    "Marine Defense Command": "army_unit",
    "Officers School": "army_unit",
}

#: Names of committees in the gazetteer that differ from the names used here.
OFFICES: Final[dict[str, str]] = {"Tirana city committee": "Tirana Party Committee"}
