"""What was voiced: the questions a run answers about meetings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import VOICING_KINDS
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.places import Moment, word_in
from rumorsim.ensemble.results import Results
from rumorsim.errors import QueryError
from rumorsim.scenario.words import KINDS, RUMORS

__all__ = ["ERUPTION", "UNITS", "Voicings"]

#: Whose first voicing: the first of all units, or that of one unit drawn at random in every replicate.
UNITS: Final = ("any", "typical")
#: Catalog id of the number of voicings in one meeting that make an eruption.
ERUPTION: Final = "conference.eruption_count"
#: Occasion of the draw of a typical unit; reports use smaller numbers.
_TYPICAL: Final = 2_000_000


class Voicings:
    """What was voiced in some replicates; `rumorsim.ensemble.Ensemble` says what its questions mean.

    Parameters
    ----------
    results : Results
    """

    def __init__(self, results: Results) -> None:
        self._results = results

    def first_voiced(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        unit: str = "any",
        *,
        meeting: str | None = None,
    ) -> NDArray[np.datetime64]:
        """Return when a rumor was first voiced in a meeting, (replicates,) datetime64[s]."""
        rows = self._voicings(rumor, place, kind, meeting)
        if word_in("unit", unit, UNITS) == "typical":
            cells = np.flatnonzero(self._cells(place, kind))
            if not len(cells):
                raise QueryError(f"no organization of kind {kind or 'any'} in {place or 'the party'}")
            drawn = [
                float(Streams(self._results.seed, k).uniform("archive", [0], occasion=_TYPICAL)[0])
                for k in self._results.numbers
            ]
            typical = cells[np.floor(np.array(drawn) * len(cells)).astype(np.int64)]
            rows = rows[rows["cell"] == typical[rows["replicate"]]]
        return self._results.firsts(rows, "when")

    def voicings(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return how often a rumor was voiced between two days, both included, (replicates,) int64."""
        return self._results.count(self._between(self._voicings(rumor, place, kind, meeting), start, stop), "voiced")

    def meetings_voicing(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return in how many meetings a rumor was voiced between two days, (replicates,) int64."""
        return self._results.count(self._between(self._voicings(rumor, place, kind, meeting), start, stop))

    def organizations_voicing(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return in how many basic organizations a rumor was voiced between two days, (replicates,) int64."""
        rows = self._between(self._voicings(rumor, place, kind, meeting), start, stop)
        rows = rows[rows["cell"] >= 0]
        pairs = np.unique(np.stack([rows["replicate"], rows["cell"]]), axis=1)
        return np.bincount(pairs[0], minlength=self._results.replicates).astype(np.int64)

    def eruptions(
        self, outside: str | None = None, *, start: Moment | None = None, stop: Moment | None = None
    ) -> NDArray[np.int64]:
        """Return the number of meetings with at least `ERUPTION` voicings, all rumors together, (replicates,) int64."""
        rows = self._between(self._results.table("voicings"), start, stop)
        if outside is not None:
            rows = rows[~self._results.places(outside)[rows["place"]]]
        when = (rows["when"] - self._results.frame.begin).astype(np.int64)
        # A day in the hall is one meeting, whatever the hour of each voicing.
        meeting = np.where(rows["cell"] < 0, when // 86400 * 86400, when)
        keys = np.stack([rows["replicate"], rows["cell"], meeting, np.where(rows["cell"] < 0, rows["place"], 0)])
        found, inverse = np.unique(keys, axis=1, return_inverse=True)
        counts = np.bincount(inverse.ravel(), weights=rows["voiced"], minlength=found.shape[1])
        large = counts >= float(self._results.scenario.number(ERUPTION))
        return np.bincount(found[0][large], minlength=self._results.replicates).astype(np.int64)

    def themes(
        self,
        rumor: str | Iterable[str] | None = None,
        place: str | None = None,
        *,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> dict[str, float]:
        """Return the share of each theme in what was voiced, over all replicates; NaN where nothing was."""
        names = self._results.rumors if rumor is None else ((rumor,) if isinstance(rumor, str) else tuple(rumor))
        weights = dict.fromkeys(catalog.THEMES, 0.0)
        total = 0
        for name in names:
            number = self._results.rumor(name)
            count = int(self.voicings(name, place, start=start, stop=stop).sum())
            total += count
            for theme, weight in catalog.themes()[RUMORS[number]].items():
                weights[theme] += weight * count
        return {theme: weight / total if total else float("nan") for theme, weight in weights.items()}

    def _cells(self, place: str | None, kind: str | None) -> NDArray[np.bool_]:
        chosen = self._results.places(place)[self._results.frame.cell_place]
        if kind is not None:
            chosen &= self._results.frame.cell_kind == KINDS.index(word_in("kind of organization", kind, KINDS))
        return chosen

    def _voicings(self, rumor: str, place: str | None, kind: str | None, meeting: str | None) -> NDArray[Any]:
        rows = self._results.rows("voicings", self._results.rumor(rumor))
        if kind is None:
            keep = self._results.places(place)[rows["place"]]
        else:
            keep = np.append(self._cells(place, kind), False)[rows["cell"]]
        if meeting is not None:
            keep &= rows["kind"] == VOICING_KINDS.index(word_in("kind of meeting", meeting, VOICING_KINDS))
        return np.asarray(rows[keep])

    def _between(self, rows: NDArray[Any], start: Moment | None, stop: Moment | None) -> NDArray[Any]:
        if start is not None:
            rows = rows[
                rows["when"]
                >= self._results.frame.start + np.timedelta64(max(self._results.day(start, "start"), 0), "D")
            ]
        if stop is not None:
            rows = rows[rows["when"] < self._results.end_of(stop, "stop")]
        return np.asarray(rows)
