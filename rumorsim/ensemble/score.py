"""How well a run foretells the dates of the archive, in nats: all of them together, and what needs no model beside it.

A *factor* is a kind of exchangeable documents (`rumorsim.ensemble.documents`). For every replicate it gives the chance
L that documents drawn from those of its archive carry the dates that are cited, averaged over all archives the
replicate could have written (`rumorsim.archive.exchangeable`): nothing is drawn. The *joint* score is the log of the
mean over replicates of the product of the L. A factor by itself is the log of the mean L; their sum forgets that one
replicate must do all. Beside the joint score stand that of replicates from the priors, and that of a world with as many
documents and random dates, every day as likely. *Places* are scored apart: given two documents with the dates cited,
the chance that they come from the places cited, against places drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.compare import date_likelihood
from rumorsim.archive.exchangeable import (
    LETTER_REACH,
    cited,
    in_regions,
    marked,
    one_drawn,
    pairs,
    random_dates,
    two_drawn,
)
from rumorsim.archive.exposures import Exposures
from rumorsim.archive.report_chances import delayed_chances, first_question, report_chances
from rumorsim.archive.reports import NUMBERS
from rumorsim.ensemble.documents import districts, exchangeable, first_in_cells, window
from rumorsim.ensemble.measures import MEASURES, holds, is_dated, not_covered
from rumorsim.ensemble.places import places_within
from rumorsim.errors import QueryError
from rumorsim.scenario.words import RUMORS

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = [
    "RESOLVED",
    "Factor",
    "Score",
    "bounds",
    "log_mean",
    "log_of",
    "log_scores",
    "score_of",
    "score_of_date",
    "target_log_score",
]

#: A joint score with a larger error is not resolved by so few replicates.
RESOLVED: Final = 0.25
_EARLIER_UNCITED: Final = "archive.earlier_uncited"
_BATCHES: Final = 10
#: Kind of exchangeable documents -> kind of the target that says how many there were.
_COUNTED: Final = {"district_report": "district_reports"}


def log_of(chance: float) -> float:
    """Return the logarithm, -inf for 0."""
    return math.log(chance) if chance > 0.0 else -math.inf


def log_mean(chance: NDArray[Any]) -> tuple[float, float]:
    """Return the log of a mean and its standard error: the replicates in ten batches, one of them left out in turn.

    The error is infinite where it cannot be told: one replicate, or all of the mean in a single batch.

    Examples
    --------
    >>> log_mean(np.full(20, 0.5))
    (-0.6931471805599453, 0.0)
    >>> log_mean(np.zeros(20)), log_mean(np.array([0.5]))
    ((-inf, inf), (-0.6931471805599453, inf))
    """
    value = log_of(float(chance.mean()))
    batches = np.array_split(chance, min(_BATCHES, len(chance)))
    if len(batches) < 2:
        return value, math.inf
    total = float(chance.sum())
    left_out = [log_of((total - float(one.sum())) / (len(chance) - len(one))) for one in batches]
    if math.isinf(value) or any(math.isinf(one) for one in left_out) or total in map(float, map(np.sum, batches)):
        return value, math.inf
    spread = np.array(left_out) - np.mean(left_out)
    return value, float(np.sqrt((len(batches) - 1) / len(batches) * (spread**2).sum()))


@dataclass(frozen=True, eq=False)
class Factor:
    """What a run says to the dates of exchangeable documents.

    Attributes
    ----------
    targets : the targets, in the order of their dates; one or two.
    chance : (replicates,) L, the chance that documents drawn carry the dates.
    random : (replicates,) the same for as many documents with random dates, every day as likely.
    single : id of a target -> (replicates,) the chance that one document drawn carries its date.
    right, dated : (replicates,) mean number of pairs of documents with dates and places right, and with dates right.
    places : number of ordered pairs of places; 0 where only one document is cited.
    """

    targets: tuple[Target, ...]
    chance: NDArray[np.float64]
    random: NDArray[np.float64]
    single: Mapping[str, NDArray[np.float64]]
    right: NDArray[np.float64]
    dated: NDArray[np.float64]
    places: int

    @property
    def log(self) -> float:
        """Log of the mean of L, in nats."""
        return log_of(float(self.chance.mean()))

    @property
    def geography(self) -> float | None:
        """How much likelier the places are, given the dates, than if drawn at random, in nats; None if not asked."""
        if not self.places or not self.dated.sum() > 0.0:
            return None
        return log_of(float(self.right.sum() / self.dated.sum()) * self.places)


@dataclass(frozen=True, eq=False)
class Score:
    """The score of a run.

    Attributes
    ----------
    factors : what the run can be asked, in the order of the targets.
    """

    factors: tuple[Factor, ...] = ()

    @property
    def joint(self) -> tuple[float, float]:
        """Log of the mean over replicates of the product of all L, in nats, and its standard error."""
        return log_mean(np.prod([one.chance for one in self.factors], axis=0))

    @property
    def apart(self) -> float:
        """Sum of the logs of the means of L, in nats."""
        return math.fsum(one.log for one in self.factors) if self.factors else 0.0

    @property
    def random(self) -> float:
        """The joint score of a world with as many documents and random dates, in nats."""
        return log_of(float(np.prod([one.random for one in self.factors], axis=0).mean()))


def score_of(ensemble: Ensemble) -> Score:
    """Return the score of a run; without factors where it can be asked for no dated document.

    Parameters
    ----------
    ensemble : Ensemble
        Its exposures are read, not its reports: redrawing the archive changes nothing.
    """
    seen: set[str] = set()
    factors = []
    for target in catalog.targets().values():
        together = exchangeable(target)
        if not together or target.id in seen or any(not_covered(ensemble, one) for one in together):
            continue
        seen.update(one.id for one in together)
        factors.append(_factor(ensemble, together))
    return Score(tuple(factors))


def target_log_score(ensemble: Ensemble, target: Target, values: NDArray[Any]) -> float:
    """Return the log score of one target in nats; -inf where no replicate allows it.

    Of exchangeable documents, the chance that one drawn carries the date. Of another date, the likelihood of
    `rumorsim.archive.compare.date_likelihood`. Of a threshold, the share of replicates that satisfy it.

    Parameters
    ----------
    ensemble, target
    values : (replicates,) what the measure of the target gives.
    """
    for factor in ensemble.score.factors:
        if target.id in factor.single:
            return log_of(float(factor.single[target.id].mean()))
    if is_dated(target):
        return log_of(date_likelihood(values, str(target.value), float(ensemble.scenario.number(_EARLIER_UNCITED))))
    return log_of(float(holds(ensemble, target, values).mean()))


def log_scores(ensemble: Ensemble) -> dict[str, float]:
    """Return the log score of every target the run can be asked, and the joint one; see `Ensemble.log_score`."""
    found = {}
    for target in catalog.targets().values():
        measure = MEASURES[target.kind]
        if not not_covered(ensemble, target) and not measure.given(ensemble, target):
            found[target.id] = target_log_score(ensemble, target, measure.function(ensemble, target))
    if ensemble.score.factors:
        found["joint"], found["joint_error"] = ensemble.score.joint
    return found


def score_of_date(ensemble: Ensemble, dates: Any, on: Any, *, cited: bool = True) -> dict[str, float]:
    """Return the log score of a date of the caller, and its standard error; see `Ensemble.log_score`."""
    if dates is None or on is None:
        raise QueryError("a date is scored for dates of the replicates", path="log_score", allowed="dates and on")
    found = np.asarray(dates)
    if found.dtype.kind != "M" or found.shape != (ensemble.replicates,):
        what = f"{ensemble.replicates} dates, one for each replicate"
        raise QueryError("not the dates of this run", path="dates", given=found.shape, allowed=what)
    day = ensemble.frame.start + np.timedelta64(ensemble.results.day(on, "on"), "D")
    uncited = ensemble.values(_EARLIER_UNCITED) if cited else np.zeros(ensemble.replicates)
    days = found.astype("M8[D]")
    score, error = log_mean((1.0 - uncited) * (days == day) + uncited * (days <= day))
    return {"date": score, "date_error": error}


def bounds(targets: tuple[Target, ...]) -> tuple[int, int | None]:
    """Return the fewest and the most documents that are compatible with the archive; None without a bound.

    Examples
    --------
    >>> from rumorsim.ensemble.documents import exchangeable
    >>> [bounds(exchangeable(catalog.targets()[name])) for name in ("T01", "T11")]
    [(2, 9), (2, None)]
    """
    for count in catalog.targets().values():
        if count.kind == _COUNTED.get(targets[0].kind) and isinstance(count.value, tuple):
            return int(count.value[0]), int(count.value[1])
    return len(targets), None


def _factor(ensemble: Ensemble, targets: tuple[Target, ...]) -> Factor:
    """Work a factor out: for every replicate the chances of first documents by writer and day, then sums of them.

    The dates enter as (2, n_days) weights of a first document: with the uncited earlier one of
    ``archive.earlier_uncited`` for L, plain for the places.
    """
    days = window(ensemble, targets[0])
    least, most = bounds(targets)
    dates = [int((np.datetime64(str(one.value), "D") - days[0]).astype(int)) for one in targets]
    begin = max(int((np.datetime64(str(targets[0].not_before), "D") - days[0]).astype(int)), 0)
    reach = None if targets[0].kind == "district_report" else LETTER_REACH
    uncited = ensemble.values(_EARLIER_UNCITED)
    plain = np.array([cited(len(days), day, 0.0) for day in dates])
    own_places = _writers_in_places(ensemble, targets) if len(targets) == 2 else None
    found = {name: np.zeros(ensemble.replicates) for name in ("chance", "random", "right", "dated")}
    single = {one.id: np.zeros(ensemble.replicates) for one in targets}
    for row, writers in enumerate(_writers(ensemble, targets[0], days)):
        weights = np.array([cited(len(days), day, float(uncited[row]), reach) for day in dates])
        counts = writers.counts(weights)
        level = writers.with_random_dates(slice(begin, None)).counts(weights)
        for which, of in zip(("chance", "random"), (counts, level), strict=True):
            drawn = two_drawn(of, least, most) if len(targets) == 2 else one_drawn(of, least, most)[0]
            found[which][row] = drawn
        for one, chance in zip(targets, one_drawn(counts, least, most), strict=False):
            single[one.id][row] = chance
        if own_places is not None:
            found["right"][row] = pairs(writers.counts(plain, own_places))
            found["dated"][row] = pairs(writers.counts(plain))
    n = 0 if own_places is None else own_places.shape[1]
    return Factor(targets, single=single, places=n * (n - 1), **found)


@dataclass(frozen=True, eq=False)
class _Writers:
    """The chances of first documents in one replicate: (2, n_writers, n_days), a region silent and not."""

    chances: NDArray[Any]
    region: NDArray[Any] | None
    open_prob: float

    def with_random_dates(self, days: slice) -> _Writers:
        return _Writers(random_dates(self.chances, days), self.region, self.open_prob)

    def counts(self, weights: NDArray[Any], places: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the counts of marked documents; weights (n_dates, n_days), places (n_dates, n_writers) or all."""
        marks = self.chances @ weights.T
        if places is not None:
            marks = marks * places.T
        written, first = self.chances.sum(axis=2), marks[..., 0]
        second = marks[..., 1] if len(weights) == 2 else np.zeros_like(first)
        if self.region is None:
            return marked(written[0], first[0], second[0])
        return in_regions(written, first, second, self.region, self.open_prob)


def _writers_in_places(ensemble: Ensemble, targets: tuple[Target, ...]) -> NDArray[np.bool_]:
    """Return which districts the targets name, (2, n_districts) bool."""
    offices = ensemble.frame.offices
    places = offices.place[districts(ensemble)]
    return np.array([places_within(one.place, ensemble.frame.places)[places] for one in targets])


def _writers(ensemble: Ensemble, target: Target, days: NDArray[Any]) -> Iterator[_Writers]:
    """Yield the chances of first documents of a kind, one replicate after the other."""
    numbers = {name: ensemble.values(name) for name in NUMBERS}
    offices, rumor = districts(ensemble), RUMORS.index(target.rumor)
    region = ensemble.frame.offices.region[offices]
    raised = first_in_cells(ensemble, target) if target.kind == "organization_report" else None
    tables = ensemble.table("exposures"), ensemble.table("voicings")
    for row in range(ensemble.replicates):
        number = {name: float(values[row]) for name, values in numbers.items()}
        if raised is not None:
            own = raised["signed"][raised["replicate"] == row]
            minutes = (own - days[0].astype("M8[s]")).astype(np.float64) / 60.0
            yield _Writers(delayed_chances(np.maximum(minutes, 0.0), number, days)[None], None, 1.0)
            continue
        parts = [table[slice(*np.searchsorted(table["replicate"], [row, row + 1]))] for table in tables]
        exposures = Exposures(*parts)
        if target.kind == "letter_meeting_question":
            begin = first_question(exposures, offices, rumor, days)
            yield _Writers(delayed_chances(begin, number, days)[None], None, 1.0)
        else:
            chances = report_chances(exposures, offices, number, rumor, days)
            yield _Writers(chances, region, number["archive.district_propensity"])
