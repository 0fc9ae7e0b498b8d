"""What a paired comparison holds, how it is measured on two runs, and how it is written down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, fields, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.places import Moment, as_day, word_in
from rumorsim.errors import QueryError
from rumorsim.scenario import differences
from rumorsim.study.pairs.divergence import HEARING, Parting, earliest_effect
from rumorsim.study.pairs.paired import Paired, Resampling, mean_interval, paired_mean
from rumorsim.study.pairs.rows import QUANTITIES, Hearing, Row
from rumorsim.text import csv_text

__all__ = ["Comparison"]

_DAY: Final = np.timedelta64(1, "D")
_WEEK: Final = 7
#: A median of fewer pairs has hardly an interval.
_FEW: Final = 10


class Comparison:
    """Two runs, pair by pair: differences b - a with their intervals. Made by `rumorsim.compare`.

    Attributes
    ----------
    a, b : Ensemble
    replicates : int
        Pairs.
    level : float
        Coverage of the intervals.
    rumors : tuple of str
        Rumors that both follow and that were asked for.
    places : tuple of ids
    dates : tuple of datetime64[D]
    same_people : bool
        Whether both have the same party, so that pairs are pairs of people too.
    partings : tuple of Parting
        Replicates run again on both sides to compare person by person.
    notes : tuple of str
        What a reader must know: what differs, what was left out.
    """

    def __init__(
        self,
        a: Ensemble,
        b: Ensemble,
        replicates: int,
        *,
        level: float,
        rumors: Iterable[str] | None,
        places: Iterable[str] | None,
        dates: Iterable[Moment] | None,
    ) -> None:
        self.a, self.b = a, b
        self.replicates = replicates
        self.level = level
        self.start = max(a.frame.start, b.frame.start)
        self.stop = min(a.frame.stop, b.frame.stop)
        if self.start > self.stop:
            raise QueryError(
                "the two runs have no day in common",
                given=f"{a.frame.start} to {a.frame.stop} and {b.frame.start} to {b.frame.stop}",
            )
        self.same_people = a.scenario.structural_key() == b.scenario.structural_key()
        self.rumors = self._chosen_rumors(rumors)
        self.places = self._chosen_places(places)
        self.dates = self._chosen_dates(dates)
        self.partings: tuple[Parting, ...] = ()

    def __repr__(self) -> str:
        first, second = self.labels
        return f"<Comparison: {second} - {first}, {self.replicates} pairs, seed {self.a.seed}>"

    @property
    def days(self) -> NDArray[np.datetime64]:
        """(n_days,) datetime64[D]: the days both runs have."""
        return np.arange(self.start, self.stop + _DAY)

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """What the scenarios differ in and that can change a result, as text."""
        return tuple(str(one) for one in differences(self.a.scenario, self.b.scenario) if one.matters)

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the two sides; with the value that differs where both scenarios have the same name."""
        names = self.a.scenario.name, self.b.scenario.name
        if names[0] != names[1]:
            return names
        every = differences(self.a.scenario, self.b.scenario)
        found = [one for one in every if one.matters] or every
        if len(found) != 1:
            return f"{names[0]} (A)", f"{names[1]} (B)"
        return f"{found[0].path}={found[0].left}", f"{found[0].path}={found[0].right}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know before trusting the numbers."""
        return tuple(self._notes())

    def curve(self, rumor: str, place: str | None = None) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the mean difference of the share aware at the end of each common day, and its interval.

        Returns
        -------
        mean, low, high : (n_days,) float64 each
        """
        both = self._curve(self.b, rumor, place) - self._curve(self.a, rumor, place)
        mean, low, high = mean_interval(both, self.level)
        return mean, np.maximum(low, -1.0), np.minimum(high, 1.0)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All differences: by rumor, place and date."""
        return tuple(self._rows())

    def select(self, quantity: str, rumor: str = "", place: str = "") -> tuple[Row, ...]:
        """Return the rows of a quantity, a rumor ("" for all together) and a place ("" for everybody).

        Raises
        ------
        QueryError
            For an unknown quantity.
        """
        word_in("quantity", quantity, QUANTITIES)
        return tuple(row for row in self.rows if row.quantity == quantity and row.rumor == rumor and row.place == place)

    @cached_property
    def hearing(self) -> tuple[Hearing, ...]:
        """Who hears earlier, later, at the same time or on one side only, by rumor; empty where people differ."""
        if not self.partings:
            return ()
        counts = np.stack([parting.hearing for parting in self.partings]).astype(np.float64)
        shares = counts / counts.sum(axis=2, keepdims=True)
        common = [rumor for rumor in self.a.rumors if rumor in self.b.rumors]
        found = []
        for rumor in self.rumors:
            mean, low, high = mean_interval(shares[:, common.index(rumor)], self.level)
            found.append(Hearing(rumor, *(dict(zip(HEARING, one.tolist(), strict=True)) for one in (mean, low, high))))
        return tuple(found)

    @cached_property
    def earliest_effect(self) -> np.datetime64:
        """Moment before which nothing can differ, datetime64[s]; NaT where no difference can reach the people."""
        moment = earliest_effect(self.a.scenario, self.b.scenario)
        return np.datetime64("NaT", "s") if moment is None else np.datetime64(moment, "s")

    @property
    def first_differences(self) -> NDArray[np.datetime64]:
        """(replays,) datetime64[s]: when the state of anybody first differed in each replicate run again."""
        return np.array([parting.first for parting in self.partings], dtype="M8[s]")

    @cached_property
    def equal(self) -> NDArray[np.bool_]:
        """(replicates,) bool: pairs that are equal bit for bit from start to end, documents included."""
        return np.asarray(
            self.a.table("runs")["digest"][: self.replicates] == self.b.table("runs")["digest"][: self.replicates]
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 over the whole numbers of both sides, 64 hexadecimal digits."""
        digests = [one for side in (self.a, self.b) for one in side.table("runs")["digest"][: self.replicates].tolist()]
        return combined(digests)

    def to_csv(self) -> str:
        """Return all rows as CSV, one line a difference, numbers with nine significant digits."""
        head = [*(one.name for one in fields(Row)), "variance_saved"]
        return csv_text([head, *((*astuple(row), row.variance_saved) for row in self.rows)])

    def to_dict(self) -> dict[str, Any]:
        """Return everything in the types of JSON and dates."""
        return {
            "a": self.labels[0],
            "b": self.labels[1],
            "replicates": self.replicates,
            "seed": self.a.seed,
            "level": self.level,
            "start": str(self.start),
            "stop": str(self.stop),
            "changes": list(self.changes),
            "notes": list(self.notes),
            "same_people": self.same_people,
            "equal_pairs": int(self.equal.sum()),
            "earliest_effect": None if np.isnat(self.earliest_effect) else str(self.earliest_effect),
            "first_differences": [None if np.isnat(one) else str(one) for one in self.first_differences],
            "hearing": [asdict(one) for one in self.hearing],
            "rows": [{**asdict(row), "variance_saved": row.variance_saved} for row in self.rows],
            "fingerprint": self.fingerprint(),
        }

    # ------------------------------------------------------------------ what is compared

    def _chosen_rumors(self, rumors: Iterable[str] | None) -> tuple[str, ...]:
        common = tuple(rumor for rumor in self.a.rumors if rumor in self.b.rumors)
        if not common:
            raise QueryError("the two runs have no rumor in common", given=(self.a.rumors, self.b.rumors))
        if rumors is None:
            return common
        wanted = [word_in("rumor of both runs", rumor, common) for rumor in rumors]
        return tuple(rumor for rumor in common if rumor in wanted)

    def _chosen_places(self, places: Iterable[str] | None) -> tuple[str, ...]:
        inhabited = [side.scenario.population == "party" for side in (self.a, self.b)]
        if places is not None:
            chosen = tuple(dict.fromkeys(catalog.place(word).id for word in places))
            for place in chosen:
                if not (all(inhabited) and self.a.has_people(place) and self.b.has_people(place)):
                    raise QueryError("nobody lives there in both runs", path="places", given=place)
            return chosen
        if not all(inhabited):
            return ()
        districts = [one.id for one in catalog.places().values() if one.kind == "district"]
        return tuple(one for one in districts if self.a.has_people(one) and self.b.has_people(one))

    def _chosen_dates(self, dates: Iterable[Moment] | None) -> tuple[np.datetime64, ...]:
        if dates is None:
            return tuple(self.days[::-1][::_WEEK][::-1])
        chosen = sorted({as_day(moment, "dates") for moment in dates})
        for day in chosen:
            if not self.start <= day <= self.stop:
                allowed = f"{self.start} to {self.stop}, the days both runs have"
                raise QueryError("outside the comparison", path="dates", given=str(day), allowed=allowed)
        return tuple(chosen)

    def _notes(self) -> Iterator[str]:
        a, b = self.a, self.b
        if not self.changes:
            yield "The two scenarios are the same in everything that can change a result."
        if not self.same_people:
            yield (
                "The parties differ in structure: person 17 of one is not person 17 of the other. Pairs share "
                "only the seed of the replicate: nothing is compared person by person, and no moment is given at which "
                "the runs diverge."
            )
        left_out = [
            rumor for rumor in dict.fromkeys((*a.rumors, *b.rumors)) if (rumor in a.rumors) != (rumor in b.rumors)
        ]
        if left_out:
            yield f"Left out, because only one side follows it: {', '.join(left_out)}."
        if (a.frame.start, a.frame.stop) != (b.frame.start, b.frame.stop):
            yield (
                f"A runs {a.frame.start} to {a.frame.stop}, B {b.frame.start} to {b.frame.stop}; only the "
                f"days that both have, {self.start} to {self.stop}, are compared."
            )
            if a.frame.start != b.frame.start:
                yield "The runs start on different days: the later one begins from the state its scenario assumes."
        if a.replicates != b.replicates or a.replicates != self.replicates:
            yield f"The first {self.replicates} replicates of {a.replicates} and {b.replicates} are compared."
        if self.replicates < _FEW:
            yield (
                f"{self.replicates} pairs are few: the intervals are rough, and those for shares are cut off at "
                "100 percentage points."
            )

    # ------------------------------------------------------------------ measuring

    def _curve(self, side: Ensemble, rumor: str, place: str | None) -> NDArray[np.float64]:
        skipped = int((self.start - side.frame.start).astype(np.int64))
        return side.curve(rumor, place)[: self.replicates, skipped : skipped + len(self.days)]

    def _rows(self) -> Iterator[Row]:
        resampling = Resampling(self.a.seed, self.level)
        at = [int((day - self.start).astype(np.int64)) for day in self.dates]
        by = self.stop
        for rumor in self.rumors:
            for place in ("", *self.places):
                curves = [self._curve(side, rumor, place or None) for side in (self.a, self.b)]
                for day, k in zip(self.dates, at, strict=True):
                    yield self._mean("share_aware", rumor, place, day, curves[0][:, k], curves[1][:, k])
                for quantity in ("first_aware", "first_report"):
                    when = [self._first(side, quantity, rumor, place or None) for side in (self.a, self.b)]
                    yield self._median(quantity, rumor, place, when[0], when[1], resampling)
                there = [np.isfinite(one).astype(np.float64) for one in when]
                yield self._mean("report_exists", rumor, place, by, there[0], there[1])
        for rumor in ("", *self.rumors):
            for day in self.dates:
                counts = [side.reports(by=day, rumor=rumor or None)[: self.replicates] for side in (self.a, self.b)]
                yield self._mean("reports", rumor, "", day, counts[0], counts[1])

    def _first(self, side: Ensemble, quantity: str, rumor: str, place: str | None) -> NDArray[np.float64]:
        """Return a first date in days from the start of the comparison; inf for never, and after the last day."""
        when = getattr(side, quantity)(rumor, place)[: self.replicates]
        days = (when - self.start.astype("M8[s]")).astype(np.float64) / 86400.0
        late = np.isnat(when) | (days > len(self.days))
        return np.where(late, np.inf, days)

    def _mean(self, quantity: str, rumor: str, place: str, day: np.datetime64, a: Any, b: Any) -> Row:
        one = paired_mean(a, b, self.level)
        if quantity in ("share_aware", "report_exists"):  # few pairs: Student's t knows no bounds, a share does
            one = replace(one, low=max(one.low, -1.0), high=min(one.high, 1.0))
        row: dict[str, Any] = asdict(one) | {"only_a": math.nan, "only_b": math.nan}
        return Row(quantity, rumor, place, str(day), QUANTITIES[quantity], **row)

    def _median(
        self,
        quantity: str,
        rumor: str,
        place: str,
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        resampling: Resampling,
    ) -> Row:
        happened = np.isfinite(a), np.isfinite(b)
        both = happened[0] & happened[1]
        one = Paired(*8 * (math.nan,), 0)
        if both.any():
            later = b[both] - a[both]
            low, high = resampling.median_interval(later)
            one = replace(
                paired_mean(a[both], b[both], self.level), difference=float(np.median(later)), low=low, high=high
            )
        only_a, only_b = (float((here & ~both).mean()) for here in happened)
        row: dict[str, Any] = asdict(one) | {"only_a": only_a, "only_b": only_b}
        return Row(quantity, rumor, place, "", QUANTITIES[quantity], **row)
