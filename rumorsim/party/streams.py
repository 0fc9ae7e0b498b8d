"""The random numbers of a party: every question that is left to chance has a name and its own address."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim.core.randomness.streams import Streams

__all__ = ["QUESTIONS", "PartyStreams"]

#: Question -> (purpose of the draw, number of the question within it). A number is never used twice or changed.
QUESTIONS: Final[dict[str, tuple[str, int]]] = {
    "cell_size": ("party", 1),
    "officer": ("party", 2),
    "functionary": ("party", 3),
    "secretary": ("party", 4),
    "leader": ("party", 5),
    "candidate": ("party", 6),
    "workplace": ("party", 7),
    "neighborhood": ("party", 8),
    "hostel": ("party", 9),
    "traveler": ("party", 10),
    "correspondent": ("party", 11),
    "meeting_weekday": ("party", 12),
    "meeting_phase": ("party", 13),
    "district_secretary": ("party", 14),
    "inhabitant_institution": ("party", 15),
    "invited": ("party", 16),
    "foreign_trained": ("trait", 1),
    "radio": ("trait", 2),
    "listening": ("trait", 3),
    "attentive": ("trait", 4),
    "talk": ("trait", 5),
    "boldness": ("trait", 6),
    "receptivity": ("trait", 7),
    "kin": ("tie", 1),
    "kin_reach": ("tie", 2),
    "kin_district": ("tie", 3),
    "kin_partner": ("tie", 4),
    "friend": ("tie", 5),
    "friend_reach": ("tie", 6),
    "friend_district": ("tie", 7),
    "friend_partner": ("tie", 8),
    "family": ("tie", 9),
    "family_functionary": ("tie", 10),
    "family_partner": ("tie", 11),
    "tie_weight": ("tie", 12),
    "leaders_kin": ("tie", 13),
    "trip_phase": ("trip", 1),
    "trip_stay": ("trip", 2),
    "trip_day": ("trip", 3),
    "trip_mark": ("trip", 4),
    "trip_host": ("trip", 5),
    "trip_agency": ("trip", 6),
    "visit_host": ("trip", 7),
    "visit_day": ("trip", 8),
    "visit_mark": ("trip", 9),
    "post_day": ("trip", 10),
    "post_wait": ("trip", 11),
    "post_mark": ("trip", 12),
    "move_district": ("move", 1),
    "move_place": ("move", 2),
    "move_when": ("move", 3),
    "move_mark": ("move", 4),
}


class PartyStreams:
    """Draws of one party, addressed by question, person and occasion.

    Parameters
    ----------
    seed : value of ``party.seed``.

    Examples
    --------
    >>> streams = PartyStreams(1956)
    >>> bool((streams.uniform("talk", [0, 1]) == PartyStreams(1956).uniform("talk", [0, 1])).all())
    True
    """

    __slots__ = ("_streams",)

    def __init__(self, seed: int) -> None:
        self._streams = Streams(seed, 0)

    def bits(self, question: str, items: ArrayLike, occasion: int | NDArray[Any] = 0) -> NDArray[np.uint64]:
        """Return (n,) uint64 random words for items (n,)."""
        purpose, number = QUESTIONS[question]
        return self._streams.bits(purpose, items, number, occasion)

    def uniform(self, question: str, items: ArrayLike, occasion: int | NDArray[Any] = 0) -> NDArray[np.float64]:
        """Return (n,) float64 numbers in (0, 1) for items (n,)."""
        purpose, number = QUESTIONS[question]
        return self._streams.uniform(purpose, items, number, occasion)

    def exponential(self, question: str, items: ArrayLike, occasion: int | NDArray[Any] = 0) -> NDArray[np.float32]:
        """Return (n,) float32 Exp(1) numbers for items (n,)."""
        purpose, number = QUESTIONS[question]
        return self._streams.exponential(purpose, items, number, occasion)

    def normal(self, question: str, items: ArrayLike) -> NDArray[np.float64]:
        """Return (n,) float64 nearly normal numbers of mean 0 and variance 1 for items (n,)."""
        purpose, number = QUESTIONS[question]
        return self._streams.normal(purpose, items, number)
