"""What was voiced: the questions a run answers about meetings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import VOICING_KINDS
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.places import Moment, word_in
from rumorsim.errors import QueryError
from rumorsim.scenario.words import KINDS, RUMORS

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = [
    "ERUPTION",
    "UNITS",
    "critics_from",
    "eruptions",
    "first_voiced",
    "hall_critics",
    "meetings_voicing",
    "organizations_voicing",
    "themes",
    "voicings",
]

#: Whose first voicing: the first of all units, or that of one unit drawn at random in every replicate.
UNITS: Final = ("any", "typical")
#: Catalog id of the number of voicings in one meeting that make an eruption.
ERUPTION: Final = "conference.eruption_count"
#: Occasion of the draw of a typical unit; reports use smaller numbers.
_TYPICAL: Final = 2_000_000


def first_voiced(
    ensemble: Ensemble,
    rumor: str,
    place: str | None = None,
    kind: str | None = None,
    unit: str = "any",
    *,
    meeting: str | None = None,
) -> NDArray[np.datetime64]:
    """Return when a rumor was first voiced in a meeting, (replicates,) datetime64[s].

    Parameters
    ----------
    rumor, place
        What was voiced and where.
    kind : str
        Kind of basic organization, such as "army_unit"; any by default, the hall included.
    unit : str
        "any": the first of all; "typical": that of one organization drawn at random in each replicate.
    meeting : str
        "cell_meeting", "letter_meeting" or "hall"; any by default.

    Raises
    ------
    QueryError
        For an unknown word, and where there is no organization to draw.
    """
    rows = _rows(ensemble, rumor, place, kind, meeting)
    if word_in("unit", unit, UNITS) == "typical":
        cells = np.flatnonzero(_cells(ensemble, place, kind))
        if not len(cells):
            raise QueryError(f"no organization of kind {kind or 'any'} in {place or 'the party'}")
        drawn = [
            float(Streams(ensemble.seed, k).uniform("archive", [0], occasion=_TYPICAL)[0]) for k in ensemble.numbers
        ]
        typical = cells[np.floor(np.array(drawn) * len(cells)).astype(np.int64)]
        rows = rows[rows["cell"] == typical[rows["replicate"]]]
    return ensemble.results.firsts(rows, "when")


def voicings(
    ensemble: Ensemble,
    rumor: str,
    place: str | None = None,
    kind: str | None = None,
    *,
    meeting: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> NDArray[np.int64]:
    """Return how often a rumor was voiced between two days, both included, (replicates,) int64."""
    return ensemble.results.count(_rows(ensemble, rumor, place, kind, meeting, start, stop), "voiced")


def meetings_voicing(
    ensemble: Ensemble,
    rumor: str,
    place: str | None = None,
    kind: str | None = None,
    *,
    meeting: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> NDArray[np.int64]:
    """Return in how many meetings a rumor was voiced between two days, (replicates,) int64."""
    return ensemble.results.count(_rows(ensemble, rumor, place, kind, meeting, start, stop))


def organizations_voicing(
    ensemble: Ensemble,
    rumor: str,
    place: str | None = None,
    kind: str | None = None,
    *,
    meeting: str | None = None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> NDArray[np.int64]:
    """Return in how many basic organizations a rumor was voiced between two days, (replicates,) int64."""
    rows = _rows(ensemble, rumor, place, kind, meeting, start, stop)
    rows = rows[rows["cell"] >= 0]
    pairs = np.unique(np.stack([rows["replicate"], rows["cell"]]), axis=1)
    return np.bincount(pairs[0], minlength=ensemble.replicates).astype(np.int64)


def eruptions(
    ensemble: Ensemble, outside: str | None = None, *, start: Moment | None = None, stop: Moment | None = None
) -> NDArray[np.int64]:
    """Return the number of meetings with at least `ERUPTION` voicings, all rumors together, (replicates,) int64.

    Parameters
    ----------
    outside : str
        Leave out meetings in this place.
    start, stop
        First and last day; the whole run by default.
    """
    rows = _between(ensemble, ensemble.table("voicings"), start, stop)
    if outside is not None:
        rows = rows[~ensemble.results.places(outside)[rows["place"]]]
    when = (rows["when"] - ensemble.frame.begin).astype(np.int64)
    # A day in the hall is one meeting, whatever the hour of each voicing.
    meeting = np.where(rows["cell"] < 0, when // 86400 * 86400, when)
    keys = np.stack([rows["replicate"], rows["cell"], meeting, np.where(rows["cell"] < 0, rows["place"], 0)])
    found, inverse = np.unique(keys, axis=1, return_inverse=True)
    counts = np.bincount(inverse.ravel(), weights=rows["voiced"], minlength=found.shape[1])
    large = counts >= float(ensemble.scenario.number(ERUPTION))
    return np.bincount(found[0][large], minlength=ensemble.replicates).astype(np.int64)


def hall_critics(ensemble: Ensemble, *, start: Moment | None = None, stop: Moment | None = None) -> NDArray[np.int64]:
    """Return how many persons voiced something in a hall between two days, both included, (replicates,) int64.

    Parameters
    ----------
    start, stop
        First and last day; the whole run by default. Who speaks on two matters, or on two days, counts once.

    Raises
    ------
    QueryError
        For a stored run of format 3 or older, which does not hold who spoke.
    """
    return critics_from(ensemble, 0.0, start, stop)


def critics_from(
    ensemble: Ensemble, hour: ArrayLike, start: Moment | None = None, stop: Moment | None = None
) -> NDArray[np.int64]:
    """Return the same, counted from an hour of the first day on; hour: float or (replicates,) float."""
    if ensemble.older:
        raise QueryError("who spoke in the hall is not stored", given=ensemble.older, allowed="format 4 or newer")
    rows = _between(ensemble, ensemble.table("critics"), start, stop)
    first = 0 if start is None else max(ensemble.results.day(start, "start"), 0)
    day = ensemble.frame.begin + np.timedelta64(first, "D")
    since = np.broadcast_to(np.asarray(hour, dtype=np.float64), (ensemble.replicates,))
    late = (rows["when"] - day).astype(np.int64) >= since[rows["replicate"]] * 3600.0
    found = np.unique(np.stack([rows["replicate"][late], rows["person"][late]]), axis=1)
    return np.bincount(found[0], minlength=ensemble.replicates).astype(np.int64)


def themes(
    ensemble: Ensemble,
    rumor: str | Iterable[str] | None = None,
    place: str | None = None,
    *,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> dict[str, float]:
    """Return the share of each theme in what was voiced, over all replicates; NaN where nothing was.

    Parameters
    ----------
    rumor : str, several, or None
        None is every rumor of the run. A single rumor gives its own themes.
    place
        Where it was voiced.
    start, stop
        First and last day; the whole run by default.
    """
    names = ensemble.rumors if rumor is None else ((rumor,) if isinstance(rumor, str) else tuple(rumor))
    weights = dict.fromkeys(catalog.THEMES, 0.0)
    total = 0
    for name in names:
        count = int(voicings(ensemble, name, place, start=start, stop=stop).sum())
        total += count
        for theme, weight in catalog.themes()[RUMORS[ensemble.results.rumor(name)]].items():
            weights[theme] += weight * count
    return {theme: weight / total if total else float("nan") for theme, weight in weights.items()}


def _cells(ensemble: Ensemble, place: str | None, kind: str | None) -> NDArray[np.bool_]:
    chosen = ensemble.results.places(place)[ensemble.frame.cell_place]
    if kind is not None:
        chosen &= ensemble.frame.cell_kind == KINDS.index(word_in("kind of organization", kind, KINDS))
    return chosen


def _rows(
    ensemble: Ensemble,
    rumor: str,
    place: str | None,
    kind: str | None,
    meeting: str | None,
    start: Moment | None = None,
    stop: Moment | None = None,
) -> NDArray[Any]:
    """Return the voicings of a rumor that are asked for."""
    results = ensemble.results
    rows = results.rows("voicings", results.rumor(rumor))
    if kind is None:
        keep = results.places(place)[rows["place"]]
    else:
        keep = np.append(_cells(ensemble, place, kind), False)[rows["cell"]]
    if meeting is not None:
        keep &= rows["kind"] == VOICING_KINDS.index(word_in("kind of meeting", meeting, VOICING_KINDS))
    return _between(ensemble, np.asarray(rows[keep]), start, stop)


def _between(ensemble: Ensemble, rows: NDArray[Any], start: Moment | None, stop: Moment | None) -> NDArray[Any]:
    results = ensemble.results
    if start is not None:
        first = ensemble.frame.start + np.timedelta64(max(results.day(start, "start"), 0), "D")
        rows = rows[rows["when"] >= first]
    if stop is not None:
        rows = rows[rows["when"] < results.end_of(stop, "stop")]
    return np.asarray(rows)
