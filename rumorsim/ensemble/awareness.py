"""Who knows, through which channel, and who brought it: the questions a run answers about awareness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rumorsim.ensemble.places import Moment, word_in
from rumorsim.errors import QueryError
from rumorsim.party.geography import read_geography
from rumorsim.scenario.words import CHANNELS

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["curve", "heard_through", "introductions", "share_aware"]


def share_aware(
    ensemble: Ensemble, rumor: str, on: Moment, place: str | None = None, role: str | None = None
) -> NDArray[np.float64]:
    """Return the share of people who know a rumor at the end of a day, (replicates,) float64.

    Raises
    ------
    QueryError
        For an unknown word, a day after the end, and where nobody of that role lives.
    """
    day = ensemble.results.day(on, "on")
    counts, size = _increments(ensemble, rumor, place, role)
    return np.asarray(counts[:, : day + 2].sum(axis=1) / size)


def curve(ensemble: Ensemble, rumor: str, place: str | None = None, role: str | None = None) -> NDArray[np.float64]:
    """Return the share of people who know a rumor at the end of each day, (replicates, n_days) float64."""
    counts, size = _increments(ensemble, rumor, place, role)
    return np.asarray(np.cumsum(counts, axis=1)[:, 1:] / size)


def _increments(ensemble: Ensemble, rumor: str, place: str | None, role: str | None) -> tuple[NDArray[np.int64], int]:
    """Return how many became aware on each day, column 0 before the first, and how many people there are."""
    results, frame = ensemble.results, ensemble.frame
    places, roles = results.places(place), results.roles(role)
    size = int(frame.class_sizes[places][:, roles].sum())
    if size == 0:
        raise QueryError(f"nobody of role {role or 'any'} in {place or 'the party'}", given=(place, role))
    rows = results.rows("awareness", results.rumor(rumor))
    if place is not None or role is not None:
        rows = rows[places[rows["place"]] & roles[rows["role"]]]
    n_days = frame.n_days + 1
    key = rows["replicate"].astype(np.int64) * n_days + rows["day"] + 1
    counts = np.bincount(key, weights=rows["count"], minlength=results.replicates * n_days)
    return counts.reshape(results.replicates, n_days).astype(np.int64), size


def heard_through(ensemble: Ensemble, rumor: str, channel: str, place: str | None = None) -> NDArray[np.int64]:
    """Return how many people heard first through a channel, (replicates,) int64."""
    results = ensemble.results
    rows = results.rows("channels", results.rumor(rumor))
    number = CHANNELS.index(word_in("channel", channel, CHANNELS))
    return results.count(rows[(rows["channel"] == number) & results.places(place)[rows["place"]]], "count")


def introductions(ensemble: Ensemble, rumor: str) -> NDArray[np.float64]:
    """Return the share of districts to which a traveler brought a rumor, (replicates,) float64.

    A district counts if somebody there heard during the run before anybody there knew, the district of the
    capital apart; a traveler brought it if the first to know heard while away or from a visitor. NaN where no
    district was reached.
    """
    results, geography = ensemble.results, read_geography()
    rows = results.rows("arrivals", results.rumor(rumor))
    district = geography.district[[geography.ids.index(place) for place in ensemble.frame.places]]
    of = district[rows["place"]]
    rows, of = rows[of >= 0], of[of >= 0]
    order = np.lexsort((rows["place"], rows["first_aware"], of, rows["replicate"]))
    rows, of = rows[order], of[order]
    pairs = rows["replicate"].astype(np.int64) * len(geography.districts) + of
    first = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
    counted = rows[first][(of[first] != geography.tirana_district) & (rows["channel"][first] >= 0)]
    reached = results.count(counted)
    brought = results.count(counted[counted["by_traveler"]])
    return np.where(reached > 0, brought / np.maximum(reached, 1), np.nan)
