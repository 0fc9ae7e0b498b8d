"""What the bank says to other dates and numbers of documents: one date left out and foretold, other bounds on how many.

The archive cites two documents of a kind. One of them is left out: of two documents drawn one after the other, the
second carries the date that is kept, and the first is dated on any day. How likely the date left out is then, by runs
weighed with all other evidence, is what the rest foretells of it, and it is set against dates of which every day of the
window is as likely.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exchangeable import in_regions, marked, two_drawn
from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import Dated, Evidence
from rumorsim.inference.weights import GROUPS, effective, weights_of
from rumorsim.inference.work import SETS

__all__ = ["Foretold", "Window", "foretold", "in_turn", "judged_again"]

_UNCITED: Final = "archive.earlier_uncited"
_PROPENSITY: Final = "archive.district_propensity"
#: Most documents that are allowed; None is no bound.
Window = tuple[int, int | None]
Numbers = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Foretold:
    """What the rest of the archive foretells of the date of one document.

    Attributes
    ----------
    target : id of the document left out.
    day : its date, counted from the first day of its window.
    days : number of days in the window.
    chance : probability of its date, given that it lies in the window.
    error : standard error of the log of it, in nats; NaN where no run allows the date.
    earlier : probability of an earlier date.
    effective : effective number of runs by which it is foretold.
    """

    target: str
    day: int
    days: int
    chance: float
    error: float
    earlier: float
    effective: float

    @property
    def score(self) -> float:
        """Log score in nats over that of dates of which every day is as likely; -inf where no run allows the date.

        Examples
        --------
        >>> round(Foretold("T01", 4, 7, 2 / 7, 0.1, 0.5, 200.0).score, 3)
        0.693
        """
        return math.log(self.chance * self.days) if self.chance > 0.0 else -math.inf


def in_turn(
    dated: Dated, chances: NDArray[Any], numbers: Numbers, first: Sequence[int], second: int, windows: Sequence[Window]
) -> NDArray[np.float64]:
    """Return the chance that, of two documents drawn in turn, the first is dated in some days and the second on a day.

    Parameters
    ----------
    dated : Dated
    chances : of one run, what `Dated.chances` gives.
    numbers : sets of numbers of the archive.
    first : numbers of days, none twice.
    second : number of a day.
    windows : bounds on the number of documents that are written.

    Returns
    -------
    (windows, sets)
    """
    uncited = np.array([each[_UNCITED] for each in numbers])
    one, two = (
        np.einsum("s...d,sd->s...", chances, dated.weights(uncited, days).sum(axis=1)) for days in (first, [second])
    )
    written = chances.sum(axis=-1)
    if dated.unasked:
        counts = in_regions(written, one, two, dated.region, np.array([each[_PROPENSITY] for each in numbers]))
    else:
        counts = marked(written, one, two)
    # Two drawn together are two drawn in turn, in either order.
    return np.array([two_drawn(counts, *window) for window in windows]) / 2.0


def judged_again(
    bank: Bank,
    evidence: Evidence,
    windows: Sequence[Window] = (),
    progress: Callable[[str], Callable[[int, int], None]] | None = None,
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return what all runs of a bank, and sets of numbers of the archive, say to other dates of its documents.

    Of two documents drawn in turn the second carries one of the dates of the archive; the first carries the other one
    ("both"), any date ("any 4", for the other one being day 4), or one before it ("before 4").

    Parameters
    ----------
    bank, evidence
    windows : bounds on the number of documents that are asked besides those of the evidence.
    progress : callable (kind of documents), returns a callable (done, in all) over the runs.

    Returns
    -------
    dict kind of documents -> dict of what is asked -> (1 + windows, n, sets), the bounds of the evidence first
    """
    found = {}
    for term, dated in evidence.dated.items():
        days = range(len(dated.days))
        asked: dict[str, tuple[Sequence[int], int]] = {"both": ([dated.dates[0]], dated.dates[1])}
        for place, day in enumerate(dated.dates):
            kept = dated.dates[1 - place]
            asked |= {f"any {day}": (days, kept), f"before {day}": (range(day), kept)}
        bounds = ((dated.least, dated.most), *windows)
        tell = None if progress is None else progress(term)
        own = found[term] = {name: np.empty((len(bounds), len(bank), SETS)) for name in asked}
        for row, exposures in enumerate(bank.exposures(range(len(bank)))):
            numbers = [bank.prior.archive(int(bank.ids[row]), number) for number in range(SETS)]
            chances = dated.chances(exposures, numbers)
            for name, (first, second) in asked.items():
                own[name][:, row] = in_turn(dated, chances, numbers, first, second, bounds)
            if tell is not None:
                tell(row + 1, len(bank))
    return found


def foretold(bank: Bank, evidence: Evidence, judged: Mapping[str, Mapping[str, NDArray[np.float64]]]) -> list[Foretold]:
    """Return what is foretold of the date of each dated document when it alone is left out of the evidence.

    The other of its kind is kept, and so is everything else: that there are as many documents as are allowed, the
    other kind, and the statements.

    Parameters
    ----------
    bank, evidence
    judged : what `judged_again` gives.
    """
    found = []
    for term, dated in evidence.dated.items():
        rest = weights_of(bank, [one for one in GROUPS["all"] if one != term]).sets
        on = (rest * judged[term]["both"][0]).sum(axis=1)
        for target, day in zip(dated.targets, dated.dates, strict=True):
            whole, before = ((rest * judged[term][f"{word} {day}"][0]).sum(axis=1) for word in ("any", "before"))
            found.append(_foretold(target.id, day, len(dated.days), whole, before, on))
    return found


def _foretold(
    target: str, day: int, days: int, whole: NDArray[Any], before: NDArray[Any], on: NDArray[Any]
) -> Foretold:
    """Put together what runs say: weights with any date, with an earlier one, and with the date itself, (n,)."""
    total, hit = math.fsum(whole.tolist()), math.fsum(on.tolist())
    if not total:
        return Foretold(target, day, days, 0.0, math.nan, math.nan, 0.0)
    # The log of a ratio of two means of the same runs: its error by linearization.
    error = float(np.sqrt(np.square(on / hit - whole / total).sum())) if hit else math.nan
    earlier = math.fsum(before.tolist()) / total
    return Foretold(target, day, days, hit / total, error, earlier, effective(whole))
