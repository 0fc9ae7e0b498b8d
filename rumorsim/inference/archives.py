"""Whether the model can make this archive at all: where its likelihood lies among archives made from the prior.

Each of some runs from the prior makes an archive: whether two documents before the letter are there and their dates,
the same of the questions, and what would be said of the run without a date. How likely the model makes such an archive
is then worked out from all other runs, as for the real one. If hardly any of them is as unlikely as the real one, the
model cannot make it, whatever its numbers; and no posterior means much.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exchangeable import LETTER_REACH
from rumorsim.core.randomness.streams import Streams
from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import Dated, Evidence
from rumorsim.inference.work import SETS

__all__ = ["Archive", "Judged", "Place", "made_archive", "places_of", "real_archive", "written_again"]

#: Runs that make archives and judge them, and sets of numbers of the archive of each.
_RUNS: Final = 200
_SETS: Final = 4
#: Runs that are judged at once: few, so that little memory is taken.
_BLOCK: Final = 50
#: Shares of archives that are as unlikely: from here on, the real one is nothing unusual, or is only just made.
_USUAL, _RARE = 0.05, 0.01
# Occasions of the draws.
_STATEMENTS, _REGIONS, _WRITTEN, _CHOSEN, _CITED = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Archive:
    """What an archive says.

    Attributes
    ----------
    dates : dated term -> numbers of the days of the two documents; None where fewer, or too many, were written.
    said : whether each statement is made, in the order of the evidence.
    """

    dates: Mapping[str, tuple[int, ...] | None]
    said: tuple[bool, ...]


@dataclass(frozen=True)
class Place:
    """Where the real archive lies among archives made from the prior.

    Attributes
    ----------
    part : name of a term, or "all" for everything together.
    log : log probability of the real archive, in nats.
    middle : the median of that of the others.
    as_unlikely : how many of them are as unlikely as the real one, or more.
    archives : their number.
    """

    part: str
    log: float
    middle: float
    as_unlikely: int
    archives: int

    @property
    def words(self) -> str:
        """What that means.

        Examples
        --------
        >>> Place("C4", -0.3, -0.2, 60, 200).words
        'nothing unusual'
        >>> Place("C4", -9.0, -0.2, 0, 200).words, Place("C4", -9.0, -0.2, 0, 30).words
        ('the model hardly ever makes this', 'seldom made by the model')
        """
        share = (self.as_unlikely + 1) / (self.archives + 1)  # few archives say little
        if share >= _USUAL:
            return "nothing unusual"
        return "seldom made by the model" if share >= _RARE else "the model hardly ever makes this"


def real_archive(evidence: Evidence) -> Archive:
    """Return the archive as it is."""
    return Archive({name: one.dates for name, one in evidence.dated.items()}, (True,) * len(evidence.statements))


def made_archive(bank: Bank, evidence: Evidence, row: int, number: int = 0) -> Archive:
    """Return an archive that a run makes with a set of numbers of the archive; the same whenever it is asked for.

    Parameters
    ----------
    bank, evidence
    row : of the run in the bank.
    number : of the set.
    """
    run = int(bank.ids[row])
    streams = Streams(bank.seed, run)
    dates: dict[str, tuple[int, ...] | None] = {}
    for place, (name, dated) in enumerate(evidence.dated.items()):
        count, days = written_again(bank, dated, row, number, place)
        most = len(dated.offices) if dated.most is None else dated.most
        right = dated.least <= count <= most and days[-1] < len(dated.days)
        dates[name] = days if right else None
    u = streams.uniform("bootstrap", np.arange(len(evidence.statements)), occasion=100 * number + _STATEMENTS)
    said = [bool(u[k] < bank.terms[name][row, 0]) for k, name in enumerate(evidence.statements)]
    return Archive(dates, tuple(said))


def written_again(
    bank: Bank, dated: Dated, row: int, number: int, place: int, again: int = 0
) -> tuple[int, tuple[int, ...]]:
    """Return how many documents are written, and the days that two of them, or the only one, are dated, in order.

    A day after the last one of such documents means that it is cited with none of them.

    Parameters
    ----------
    bank, dated
    row : of the run in the bank.
    number : of the set of numbers of the archive.
    place : of these documents in the evidence.
    again : tells archives of the same run and set apart.
    """
    run = int(bank.ids[row])
    streams, numbers = Streams(bank.seed, run), bank.prior.archive(run, number)
    occasion = 100 * (number + SETS * again) + 10 * place
    (exposures,) = bank.exposures([row])
    chances = dated.chances(exposures, [numbers])[0]
    if dated.unasked:  # the offices of a region fall silent together
        u = streams.uniform("bootstrap", np.unique(dated.region), occasion=occasion + _REGIONS)
        speaks = (u < numbers["archive.district_propensity"])[np.searchsorted(np.unique(dated.region), dated.region)]
        chances = chances[speaks.astype(np.int64), np.arange(len(speaks))]
    u = streams.uniform("bootstrap", np.arange(len(chances)), occasion=occasion + _WRITTEN)
    day = (np.cumsum(chances, axis=1) <= u[:, None]).sum(axis=1)
    writes = np.flatnonzero(day < len(dated.days))
    order = np.argsort(streams.uniform("bootstrap", writes, occasion=occasion + _CHOSEN), kind="stable")
    first = day[writes[order[:2]]]
    later = streams.uniform("bootstrap", np.arange(4), occasion=occasion + _CITED)
    # With an uncited document before it, the one that is cited follows within the days left, or within some days.
    reach = len(dated.days) - first if dated.unasked else np.full(len(first), LETTER_REACH)
    size = len(first)
    after = np.where(later[:size] < numbers["archive.earlier_uncited"], np.floor(later[2 : 2 + size] * reach), 0.0)
    return len(writes), tuple(np.sort(first + after.astype(np.int64)).tolist())


class Judged:
    """How likely runs make archives, with some sets of numbers of the archive.

    Parameters
    ----------
    bank, evidence
    rows : of the runs in the bank.
    sets : number of sets for each run.
    archives : those that will be asked for.
    progress : callable (done, in all), over the runs.
    """

    def __init__(
        self,
        bank: Bank,
        evidence: Evidence,
        rows: Sequence[int],
        sets: int,
        archives: Sequence[Archive],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._evidence = evidence
        self._yes = {name: bank.terms[name][rows] for name in evidence.statements}
        wanted = dict.fromkeys((name, one.dates[name]) for one in archives for name in evidence.dated)
        self._known = {key: np.empty((len(rows), sets)) for key in wanted}
        for begin in range(0, len(rows), _BLOCK):
            several = rows[begin : begin + _BLOCK]
            numbers = [bank.prior.archive(int(bank.ids[row]), k) for row in several for k in range(sets)]
            chances = {
                name: np.concatenate(
                    [
                        dated.chances(one, numbers[k * sets : (k + 1) * sets])
                        for k, one in enumerate(bank.exposures(several))
                    ]
                )
                for name, dated in evidence.dated.items()
            }
            for (name, dates), found in self._known.items():
                chance = _chance(evidence.dated[name], chances[name], numbers, dates)
                found[begin : begin + len(several)] = chance.reshape(len(several), sets)
            if progress is not None:
                progress(begin + len(several), len(rows))

    def parts(self, archive: Archive) -> dict[str, NDArray[np.float64]]:
        """Return how likely every run and set makes an archive, term -> (n, sets), or (n, 1) for statements."""
        found = {name: self._known[name, archive.dates[name]] for name in self._evidence.dated}
        for name, yes in zip(self._evidence.statements, archive.said, strict=True):
            found[name] = self._yes[name] if yes else 1.0 - self._yes[name]
        return found


def _chance(
    dated: Dated, chances: NDArray[Any], numbers: Sequence[Mapping[str, float]], dates: tuple[int, ...] | None
) -> NDArray[np.float64]:
    if dates is None:
        return np.maximum(1.0 - dated.cited_at_all(chances, numbers), 0.0)
    # Two of one day are one outcome, and were counted for both orders.
    return dated.drawn(chances, numbers, dates) / (2.0 if dates[0] == dates[1] else 1.0)


def places_of(bank: Bank, evidence: Evidence) -> list[Place]:
    """Return where the real archive lies, part by part and in all.

    Parameters
    ----------
    bank : its runs from the prior are used, at most 200 of them.
    evidence : Evidence
    """
    prior = np.flatnonzero(bank.from_prior)
    rows = prior[np.unique(np.linspace(0, len(prior) - 1, min(_RUNS, len(prior))).astype(np.int64))].tolist()
    real, made = real_archive(evidence), [made_archive(bank, evidence, row) for row in rows]
    judged = Judged(bank, evidence, rows, _SETS, [real, *made])
    found = []
    own = _logs(judged.parts(real), None)
    others = [_logs(judged.parts(one), number) for number, one in enumerate(made)]
    for part, log in own.items():
        logs = np.array([one[part] for one in others])
        # Equal up to rounding: two archives of the same outcome were judged by all runs but one.
        below = int((logs <= log + 1.0 / len(logs)).sum())
        found.append(Place(part, log, float(np.median(logs)), below, len(logs)))
    return found


def _logs(parts: Mapping[str, NDArray[Any]], but: int | None) -> dict[str, float]:
    """Return the log probability of an archive part by part and in all, by all runs but the one that made it."""
    together = np.ones((1, 1))
    for one in parts.values():
        together = together * one
    wanted = np.arange(len(together)) != (-1 if but is None else but)
    return {name: _log(one[wanted]) for name, one in {**parts, "all": together}.items()}


def _log(chances: NDArray[Any]) -> float:
    mean = math.fsum(chances.ravel().tolist()) / max(chances.size, 1)
    return math.log(mean) if mean > 0.0 else -math.inf
