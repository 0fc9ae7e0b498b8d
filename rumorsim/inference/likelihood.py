"""How likely a run makes the archive: the terms of the likelihood, in closed form.

The dated documents are exchangeable (`rumorsim.archive.exchangeable`). Given what the offices of a run were exposed to
and one set of numbers of the archive, each office writes with a known chance, so that the chance that two documents
drawn carry the two dates cited, averaged over all archives that could have been written, is a sum and nothing is drawn.
What the article says without a date is a smooth step: how readily it would have been said of such a run.

Which evidence enters, and what is kept out as a check, stands with its reasons in the catalog (`catalog.calibration`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from rumorsim import catalog
from rumorsim.archive.exchangeable import LETTER_REACH, cited, in_regions, marked, two_drawn
from rumorsim.archive.exposures import EXPOSURE_KINDS, VOICING_KINDS, Exposures
from rumorsim.archive.report_chances import Heard, delayed_chances, first_question
from rumorsim.catalog import Target
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.documents import districts, exchangeable, window
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.measures import not_covered
from rumorsim.ensemble.score import bounds
from rumorsim.errors import RunError
from rumorsim.scenario import Scenario
from rumorsim.scenario.words import RUMORS

__all__ = ["DATED", "STATEMENTS", "Dated", "Evidence", "statements"]

#: The terms that come from dated documents, and the targets they are judged by.
DATED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"documents": ("T01", "T02"), "questions": ("T11", "T12")}
)
#: The count of the documents enters with their dates.
_WITH_DATES: Final = {"T15": "documents"}
_UNCITED: Final = "archive.earlier_uncited"
_DAY: Final = np.timedelta64(1, "D")
_CELL_MEETING, _LETTER_MEETING = VOICING_KINDS.index("cell_meeting"), VOICING_KINDS.index("letter_meeting")


def _few_eruptions(number: NDArray[Any]) -> NDArray[np.float64]:
    # Each would have been told of with probability .7.
    return np.maximum(0.3 ** np.asarray(number, dtype=np.float64), 1e-6)


def _majority(share: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(expit((share - 0.5) / 0.05) * expit((0.97 - share) / 0.01))


def _rare(share: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(expit((math.log(0.01) - np.log(np.maximum(share, 1e-5))) / 0.3))


def _by_travelers(share: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(expit((share - 0.5) / 0.07))


#: What is said without a date: id -> column of the ledger of a bank, and how readily it would be said of such a run.
STATEMENTS: Final[Mapping[str, tuple[str, Callable[[NDArray[Any]], NDArray[np.float64]]]]] = MappingProxyType(
    {
        "C2": ("eruptions", _few_eruptions),
        "C3": ("known", _majority),
        "C4": ("critical", _rare),
        "T05": ("introductions", _by_travelers),
    }
)


def statements(runs: NDArray[Any] | Mapping[str, Any], ids: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Return how readily each statement would be made of runs, id -> (n,) from 0 to 1.

    Parameters
    ----------
    runs : columns ``eruptions``, ``known``, ``critical`` and ``introductions``.
    ids : statements asked for.

    Examples
    --------
    >>> found = statements({"eruptions": np.array([0, 2]), "known": np.array([0.5, 0.8])}, ["C2", "C3"])
    >>> found["C2"].round(2).tolist(), found["C3"].round(2).tolist()
    ([1.0, 0.09], [0.5, 1.0])
    """
    return {name: STATEMENTS[name][1](np.asarray(runs[STATEMENTS[name][0]])) for name in ids}


@dataclass(frozen=True, eq=False)
class Dated:
    """Two exchangeable documents with dates.

    Attributes
    ----------
    targets : the two, in the order of their dates.
    rumor : number of the rumor.
    days : (n_days,) datetime64[D], when such documents can be dated.
    dates : numbers of the days they are dated.
    least, most : how many there may be; None without a bound.
    offices : (n,) rows of the offices that can write them.
    region : (n,) number of the region of each.
    """

    targets: tuple[Target, ...]
    rumor: int
    days: NDArray[np.datetime64]
    dates: tuple[int, ...]
    least: int
    most: int | None
    offices: NDArray[np.int64]
    region: NDArray[Any]

    @classmethod
    def of(cls, run: Ensemble, term: str) -> Dated:
        """Take the documents of a term of `DATED`; of the run its scenario and frame are read, no table."""
        targets = exchangeable(catalog.targets()[DATED[term][0]])
        days = window(run, targets[0])
        # Nothing is written before the first day on which there was something to write.
        days = days[days >= np.datetime64(str(targets[0].not_before), "D")]
        least, most = bounds(targets)
        offices = districts(run)
        return cls(
            targets,
            RUMORS.index(targets[0].rumor),
            days,
            tuple(int((np.datetime64(str(one.value), "D") - days[0]).astype(int)) for one in targets),
            least,
            most,
            offices,
            run.frame.offices.region[offices],
        )

    @property
    def unasked(self) -> bool:
        """Whether they are written unasked, before the letter; the others pass on questions about it."""
        return self.targets[0].kind == "district_report"

    def weights(self, uncited: NDArray[Any], dates: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Return the chance that a document is cited with each date given its first, (sets, n_dates, n_days).

        Parameters
        ----------
        uncited : (sets,) probability of an earlier document that is not cited.
        dates : numbers of the days; those of the archive by default.
        """
        size, reach = len(self.days), None if self.unasked else LETTER_REACH
        chosen = self.dates if dates is None else dates
        plain, earlier = (np.array([cited(size, day, pi, reach) for day in chosen]) for pi in (0.0, 1.0))
        share = np.asarray(uncited, dtype=np.float64)[:, None, None]
        return np.asarray((1.0 - share) * plain + share * earlier)

    def chances(self, exposures: Exposures, numbers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return the chance of a first document on each day, (sets, 2, n, n_days) or, of questions, (sets, n, n_days).

        Of documents before the letter first if the region of an office is silent, then if it is not.

        Parameters
        ----------
        exposures : of one run.
        numbers : sets of numbers of the archive.
        """
        if self.unasked:
            heard = Heard.of(exposures, self.offices, self.rumor, self.days)
            found = [heard.chances(one) for one in numbers]
        else:
            begin = first_question(exposures, self.offices, self.rumor, self.days)
            found = [delayed_chances(begin, one, self.days) for one in numbers]
        return np.array(found)

    def drawn(
        self, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]], dates: Sequence[int] | None = None
    ) -> NDArray[np.float64]:
        """Return the chance that two documents drawn carry the two dates and that their number is right, (sets,).

        Parameters
        ----------
        chances : what `chances` gives.
        numbers : sets of numbers of the archive.
        dates : numbers of the days; those of the archive by default. Two of one day count twice, once for each order.
        """
        weights = np.swapaxes(self.weights(_uncited(numbers), dates), -1, -2)
        return self._two(chances, numbers, weights)

    def cited_at_all(self, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return the chance that two documents drawn are dated within the days and their number is right, (sets,).

        Parameters as of `drawn`.
        """
        inside = self.weights(_uncited(numbers), range(len(self.days))).sum(axis=1)
        return self._two(chances, numbers, np.stack([inside, inside], axis=-1)) / 2.0

    def how_many(self, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return the chance of every number of documents, (sets, n + 1); parameters as of `drawn`."""
        return self._counts(chances, numbers, np.zeros((len(numbers), len(self.days), 2)))[..., 0, :]

    def _two(
        self, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]], weights: NDArray[Any]
    ) -> NDArray[np.float64]:
        return two_drawn(self._counts(chances, numbers, weights), self.least, self.most)

    def _counts(
        self, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]], weights: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Return the counts of marked documents, (sets, 4, n + 1); weights (sets, n_days, 2)."""
        # Sums of products, not a library's: the same however many sets there are.
        marks = np.einsum("s...d,sdy->s...y", chances, weights)
        written, first, second = chances.sum(axis=-1), marks[..., 0], marks[..., 1]
        if self.unasked:
            open_prob = np.array([one["archive.district_propensity"] for one in numbers])
            return in_regions(written, first, second, self.region, open_prob)
        return marked(written, first, second)

    def likelihood(self, exposures: Exposures, numbers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return the chance of the two dates, and of a number within the bounds, for every set of numbers, (sets,)."""
        return self.drawn(self.chances(exposures, numbers), numbers)

    def kept(self, exposures: Exposures) -> Exposures:
        """Return the rows that the chances depend on, and no others."""
        table, voiced = exposures.table, exposures.voiced
        voiced = voiced[(voiced["rumor"] == self.rumor) & np.isin(voiced["committee"], self.offices)]
        voiced = voiced[voiced["when"] < self.days[-1] + _DAY]
        if not self.unasked:
            return Exposures(table[:0], _first_of_each(voiced[voiced["kind"] == _LETTER_MEETING]))
        own = (table["committee"] < 0) | np.isin(table["committee"], self.offices)
        table = table[own & (table["rumor"] == self.rumor) & (table["when"] < self.days[-1] + _DAY)]
        kinds = ["overheard", "returned", "spurious"]
        if (table["what"] == EXPOSURE_KINDS.index("requested")).any():
            kinds += ["requested", "official_aware"]
        table = table[np.isin(table["what"], [EXPOSURE_KINDS.index(kind) for kind in kinds])]
        noticed = voiced[(voiced["kind"] == _CELL_MEETING) & (voiced["detected"] > 0)]
        return Exposures(table, _first_of_each(noticed))


def _uncited(numbers: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    return np.array([one[_UNCITED] for one in numbers])


def _first_of_each(voiced: NDArray[Any]) -> NDArray[Any]:
    """Return the first row of each committee; rows are in the order of time."""
    _, first = np.unique(voiced["committee"], return_index=True)
    return np.asarray(voiced[np.sort(first)])


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a scenario is fitted to.

    Attributes
    ----------
    dated : term -> `Dated`
    statements : ids of `STATEMENTS`
    """

    dated: Mapping[str, Dated]
    statements: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of all terms: those of dated documents, then ids of statements."""
        return (*self.dated, *self.statements)

    @classmethod
    def of(cls, scenario: Scenario, frame: Frame) -> Evidence:
        """Take the evidence that the catalog chooses for the fit, for a scenario that can be asked all of it.

        Raises
        ------
        RunError
            When the scenario says nothing to some of it.
        """
        run = Ensemble(scenario, frame, 0, "mode", lambda name: np.empty(0))
        fitted = [name for name, choice in catalog.calibration().items() if choice.use == "fitted"]
        targets = catalog.targets()
        for name in fitted:
            told = not_covered(run, targets[name]) if name in targets else ""
            if told:
                raise RunError(
                    f"the scenario cannot be fitted: it says nothing to {name} ({told})",
                    path="scenario",
                    given=scenario.name,
                    allowed="one that covers all evidence of the fit, such as tirana-conference",
                )
        dated = {name: Dated.of(run, name) for name, ids in DATED.items() if set(ids) <= set(fitted)}
        known = {one for ids in DATED.values() for one in ids} | set(STATEMENTS) | set(_WITH_DATES)
        for name in fitted:
            if name not in known:
                raise RunError("no term of the likelihood is known for it", path="calibration.csv", given=name)
        return cls(MappingProxyType(dated), tuple(name for name in STATEMENTS if name in fitted))

    def kept(self, exposures: Exposures) -> Exposures:
        """Return the rows of one run that the dated terms depend on."""
        parts = [one.kept(exposures) for one in self.dated.values()]
        tables, voiced = [one.table for one in parts], [one.voiced for one in parts]
        return Exposures(np.concatenate(tables), np.concatenate(voiced))

    def likelihoods(
        self, exposures: Exposures, numbers: Sequence[Mapping[str, float]]
    ) -> dict[str, NDArray[np.float64]]:
        """Return the chance of each dated term for every set of numbers of the archive, term -> (sets,)."""
        return {name: one.likelihood(exposures, numbers) for name, one in self.dated.items()}
