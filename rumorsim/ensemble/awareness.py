"""Who knows, through which channel, and who brought it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rumorsim.ensemble.places import word_in
from rumorsim.ensemble.results import Results
from rumorsim.errors import QueryError
from rumorsim.party.geography import read_geography
from rumorsim.scenario.words import CHANNELS

__all__ = ["Awareness"]


class Awareness:
    """Who became aware in some replicates; `rumorsim.ensemble.Ensemble` says what its questions mean.

    Parameters
    ----------
    results : Results
    """

    def __init__(self, results: Results) -> None:
        self._results = results

    def increments(self, rumor: str, place: str | None, role: str | None) -> tuple[NDArray[np.int64], int]:
        """Return how many became aware on each day, column 0 before the first, and how many people there are."""
        places, roles = self._results.places(place), self._results.roles(role)
        size = int(self._results.frame.class_sizes[places][:, roles].sum())
        if size == 0:
            raise QueryError(f"nobody of role {role or 'any'} in {place or 'the party'}", given=(place, role))
        rows = self._results.rows("awareness", self._results.rumor(rumor))
        if place is not None or role is not None:
            rows = rows[places[rows["place"]] & roles[rows["role"]]]
        n_days = self._results.frame.n_days + 1
        key = rows["replicate"].astype(np.int64) * n_days + rows["day"] + 1
        counts = np.bincount(key, weights=rows["count"], minlength=self._results.replicates * n_days)
        return counts.reshape(self._results.replicates, n_days).astype(np.int64), size

    def heard_through(self, rumor: str, channel: str, place: str | None) -> NDArray[np.int64]:
        """Return how many people heard first through a channel, (replicates,) int64."""
        rows = self._results.rows("channels", self._results.rumor(rumor))
        number = CHANNELS.index(word_in("channel", channel, CHANNELS))
        here = self._results.places(place)[rows["place"]]
        return self._results.count(rows[(rows["channel"] == number) & here], "count")

    def introductions(self, rumor: str) -> NDArray[np.float64]:
        """Return the share of districts to which a traveler brought a rumor, (replicates,) float64."""
        rows = self._results.rows("arrivals", self._results.rumor(rumor))
        geography = read_geography()
        district = geography.district[[geography.ids.index(place) for place in self._results.frame.places]]
        of = district[rows["place"]]
        rows, of = rows[of >= 0], of[of >= 0]
        order = np.lexsort((rows["place"], rows["first_aware"], of, rows["replicate"]))
        rows, of = rows[order], of[order]
        pairs = rows["replicate"].astype(np.int64) * len(geography.districts) + of
        first = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
        counted = rows[first][(of[first] != geography.tirana_district) & (rows["channel"][first] >= 0)]
        reached = self._results.count(counted)
        brought = self._results.count(counted[counted["by_traveler"]])
        return np.where(reached > 0, brought / np.maximum(reached, 1), np.nan)
