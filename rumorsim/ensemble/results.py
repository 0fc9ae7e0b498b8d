"""The tables of a run and the words by which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.inbox import firsts
from rumorsim.archive.reports import LEVELS, WAYS
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import Moment, as_day, places_within, word_in
from rumorsim.errors import QueryError
from rumorsim.party.vocabulary import LEVELS as OFFICE_LEVELS
from rumorsim.party.vocabulary import ROLES
from rumorsim.scenario.words import RUMORS

__all__ = ["Results"]


class Results:
    """What was kept of some replicates, and how to select from it.

    Parameters
    ----------
    frame : Frame
    load : callable, name of a table -> its rows in the order of the replicates
        Called once a table, when it is first needed.
    numbers : sequence of int
        Numbers of the replicates, by which their luck goes; 0, 1, 2 ... by default. Rows of the tables are counted
        from 0 whatever the numbers are.
    """

    def __init__(self, frame: Frame, load: Callable[[str], NDArray[Any]], numbers: Sequence[int] | None = None) -> None:
        self.frame = frame
        self._load = load
        self._given = numbers
        self._tables: dict[str, NDArray[Any]] = {}
        self._by_rumor: dict[tuple[str, int], NDArray[Any]] = {}

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.table("runs"))

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the replicates: what `Ensemble.replay` takes."""
        return range(self.replicates) if self._given is None else self._given

    def table(self, name: str) -> NDArray[Any]:
        """Return a table of `rumorsim.ensemble.tables.TABLES` as a structured array, in the order of the replicates."""
        if name not in self._tables:
            self._tables[name] = self._load(name)
        return self._tables[name]

    def rumor(self, rumor: str) -> int:
        """Return the number of a rumor of this run."""
        return RUMORS.index(word_in("rumor of this run", rumor, self.frame.rumors))

    def rows(self, table: str, rumor: int) -> NDArray[Any]:
        """Return the rows of a table on one rumor."""
        key = (table, rumor)
        if key not in self._by_rumor:
            rows = self.table(table)
            self._by_rumor[key] = rows[rows["rumor"] == rumor]
        return self._by_rumor[key]

    def places(self, place: str | None) -> NDArray[np.bool_]:
        """Return which places are meant; None is everywhere."""
        if place is None:
            return np.ones(len(self.frame.places), dtype=np.bool_)
        return places_within(place, self.frame.places)

    def roles(self, role: str | None) -> NDArray[np.bool_]:
        """Return which roles are meant; None is every role."""
        if role is None:
            return np.ones(len(ROLES), dtype=np.bool_)
        chosen = np.zeros(len(ROLES), dtype=np.bool_)
        chosen[ROLES.index(word_in("role", role, ROLES))] = True
        return chosen

    def day(self, moment: Moment, name: str) -> int:
        """Return the number of a day, -1 for every day before the run; an error after its end."""
        day = as_day(moment, name)
        if day > self.frame.stop:
            raise QueryError("after the end of the run", path=name, given=str(day), allowed=f"up to {self.frame.stop}")
        return max(int((day - self.frame.start).astype(np.int64)), -1)

    def end_of(self, moment: Moment, name: str) -> np.datetime64:
        """Return the moment a day ends, for documents: what is dated on the day lies before it."""
        return self.frame.begin + np.timedelta64(self.day(moment, name) + 1, "D")

    def count(self, rows: NDArray[Any], column: str | None = None) -> NDArray[np.int64]:
        """Return the number of rows, or the sum of a column, in every replicate."""
        weights = None if column is None else rows[column]
        return np.bincount(rows["replicate"], weights=weights, minlength=self.replicates).astype(np.int64)

    def firsts(self, rows: NDArray[Any], column: str) -> NDArray[np.datetime64]:
        """Return the first time of a column in every replicate; NaT for none within the run."""
        inside = rows[rows[column] <= self.frame.end]
        return firsts(inside["replicate"], inside[column], self.replicates)

    def reports(
        self,
        rumor: str | None,
        place: str | None,
        ways: Iterable[str] | None,
        offices: Iterable[str] | None,
    ) -> NDArray[Any]:
        """Return the reports on a rumor from a place, by ways and levels of offices; None is all."""
        rows = self.table("reports") if rumor is None else self.rows("reports", self.rumor(rumor))
        keep = self.places(place)[rows["place"]]
        if ways is not None:
            keep &= np.isin(rows["way"], [WAYS.index(word_in("way", way, WAYS)) for way in ways])
        if offices is not None:
            levels = [word_in("level of office", level, OFFICE_LEVELS) for level in offices]
            keep &= self.frame.offices.at_levels(*levels)[rows["committee"]]
        return np.asarray(rows[keep])

    @staticmethod
    def level(level: str) -> str:
        """Return the column of reports that a level means."""
        return word_in("level", level, LEVELS)
