"""Words for places, people and dates in questions put to a run, forgiven accents and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.errors import QueryError, fold, unknown

__all__ = ["Moment", "as_day", "places_within", "word_in"]

#: What a question accepts as a date.
Moment = str | dt.date | dt.datetime | np.datetime64


@lru_cache(maxsize=1024)
def places_within(word: str, places: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return which places lie within the place a word means, itself included.

    Parameters
    ----------
    word : str
        Any entry of the gazetteer: town, district, region, country, capital abroad or unit. A name that a district
        shares with its seat means the district; accents and "Tirana" are forgiven.
    places : (n_places,) ids of the gazetteer

    Returns
    -------
    (n_places,) bool, read-only

    Raises
    ------
    CatalogError
        When no place goes by that word; the message offers the nearest one.

    Examples
    --------
    >>> places_within("Tirana", ("fier-town", "tirane-town")).tolist()
    [False, True]
    """
    gazetteer = catalog.places()
    wanted = catalog.place(word).id
    inside = np.zeros(len(places), dtype=np.bool_)
    for row, place in enumerate(places):
        above = place
        while above and above != wanted:
            above = gazetteer[above].within
        inside[row] = above == wanted
    inside.setflags(write=False)
    return inside


def word_in(kind: str, word: object, allowed: Iterable[str]) -> str:
    """Return the allowed word that is meant, forgiving case, accents and hyphens.

    Raises
    ------
    QueryError
        When there is none; the message offers the nearest one.

    Examples
    --------
    >>> word_in("rumor", "Secret-Speech", ["secret_speech"])
    'secret_speech'
    """
    words = tuple(allowed)
    for candidate in words:
        if isinstance(word, str) and fold(word) == fold(candidate):
            return candidate
    raise unknown(kind, word, words, error=QueryError)


def as_day(moment: Any, name: str) -> np.datetime64:
    """Return the day of a date given as text, date or datetime64.

    Raises
    ------
    QueryError
        When it is not a date.

    Examples
    --------
    >>> str(as_day("1956-04-20", "on")), str(as_day(dt.datetime(1956, 4, 20, 18), "on"))
    ('1956-04-20', '1956-04-20')
    """
    text = moment
    if isinstance(moment, np.datetime64):
        text = str(moment.astype("M8[s]"))
    elif isinstance(moment, dt.date):
        text = moment.isoformat()
    try:
        return np.datetime64(dt.datetime.fromisoformat(text).date().isoformat(), "D")
    except (TypeError, ValueError):  # not a text, or not of a date
        raise QueryError("not a date", path=name, given=str(moment), allowed="a date such as 1956-04-20") from None
