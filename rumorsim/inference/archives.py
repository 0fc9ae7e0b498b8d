"""Whether the model can make this archive at all: where its likelihood lies among archives made from the prior.

Each of some runs from the prior makes an archive: whether two documents before the letter are there and their dates,
the same of the questions, and what would be said of the run without a date. How likely the model makes such an archive
is then worked out from all other runs, as for the real one. If hardly any of them is as unlikely as the real one, the
model cannot make it, whatever its numbers; and no posterior means much.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exchangeable import LETTER_REACH
from rumorsim.core.randomness.streams import Streams
from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import STATEMENTS, Dated, Evidence

__all__ = ["Place", "places_of"]

#: Runs that make archives and judge them, and sets of numbers of the archive of each.
_RUNS: Final = 200
_SETS: Final = 4
#: Shares of archives that are as unlikely: from here on, the real one is nothing unusual, or is only just made.
_USUAL, _RARE = 0.05, 0.01
# Occasions of the draws.
_DOCUMENTS, _STATEMENTS, _WRITTEN, _CHOSEN, _CITED = 1, 2, 3, 4, 5


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


def places_of(bank: Bank, evidence: Evidence) -> list[Place]:
    """Return where the real archive lies, part by part and in all.

    Parameters
    ----------
    bank : its runs from the prior are used, at most 200 of them.
    evidence : Evidence
    """
    prior = np.flatnonzero(bank.from_prior)
    rows = np.unique(np.linspace(0, len(prior) - 1, min(_RUNS, len(prior))).astype(np.int64))
    judges = _Judges(bank, evidence, prior[rows].tolist())
    archives = [judges.archive(number) for number in range(len(judges.rows))]
    real = judges.logs({name: one.dates for name, one in evidence.dated.items()}, [True] * len(evidence.statements))
    made = [judges.logs(*archive, but=number) for number, archive in enumerate(archives)]
    found = []
    for part in real:
        others = np.array([one[part] for one in made])
        # Equal up to rounding: two archives of the same outcome were judged by all runs but one.
        below = int((others <= real[part] + 1.0 / len(others)).sum())
        found.append(Place(part, real[part], float(np.median(others)), below, len(others)))
    return found


class _Judges:
    """Runs from the prior, and what each makes likely, with some sets of numbers of the archive."""

    def __init__(self, bank: Bank, evidence: Evidence, rows: Sequence[int]) -> None:
        self.rows = rows
        self._evidence = evidence
        self._streams = [Streams(bank.seed, int(bank.ids[row])) for row in rows]
        self._sets = [bank.prior.archive(int(bank.ids[row]), number) for row in rows for number in range(_SETS)]
        self._yes = np.array([bank.terms[name][rows, 0] for name in evidence.statements]).T
        self._chances: dict[str, NDArray[np.float64]] = {}
        for name, dated in evidence.dated.items():
            exposures = bank.exposures(rows)
            several = [self._sets[k : k + _SETS] for k in range(0, len(self._sets), _SETS)]
            self._chances[name] = np.concatenate(
                [dated.chances(one, sets) for one, sets in zip(exposures, several, strict=True)]
            )
        self._known: dict[tuple[str, tuple[int, ...] | None], NDArray[np.float64]] = {}

    def _pairs(self, name: str, dates: tuple[int, ...] | None) -> NDArray[np.float64]:
        """Return the chance of two dates, or (None) of none that count, for every judge and set, (n, sets)."""
        key = (name, dates)
        if key not in self._known:
            dated = self._evidence.dated[name]
            if dates is None:
                found = 1.0 - dated.cited_at_all(self._chances[name], self._sets)
            else:
                found = dated.drawn(self._chances[name], self._sets, dates)
                found = found / 2.0 if dates[0] == dates[1] else found
            self._known[key] = np.maximum(found, 0.0).reshape(len(self.rows), _SETS)
        return self._known[key]

    def archive(self, number: int) -> tuple[dict[str, tuple[int, ...] | None], list[bool]]:
        """Return an archive that a judge makes: the dates of each kind of documents, and which statements are made."""
        streams = self._streams[number]
        dates: dict[str, tuple[int, ...] | None] = {}
        for name, dated in self._evidence.dated.items():
            if dated.unasked:
                pairs = list(_all_pairs(dated))
                sums = np.cumsum([self._pairs(name, pair)[number, 0] for pair in pairs])
                place = int(np.searchsorted(sums, streams.uniform("bootstrap", [0], occasion=_DOCUMENTS)[0]))
                dates[name] = pairs[place] if place < len(pairs) else None
            else:
                dates[name] = self._questions(dated, self._chances[name][number * _SETS], number)
        chance = streams.uniform("bootstrap", np.arange(len(STATEMENTS)), occasion=_STATEMENTS)
        return dates, (chance[: self._yes.shape[1]] < self._yes[number]).tolist()

    def _questions(self, dated: Dated, chances: NDArray[Any], number: int) -> tuple[int, ...] | None:
        """Return the dates of two of the questions that are drawn; None for fewer, or a date after the end."""
        streams, offices = self._streams[number], np.arange(len(chances))
        u = streams.uniform("bootstrap", offices, occasion=_WRITTEN)
        day = (np.cumsum(chances, axis=1) <= u[:, None]).sum(axis=1)
        writes = np.flatnonzero(day < len(dated.days))
        if len(writes) < 2:
            return None
        chosen = writes[np.argsort(streams.uniform("bootstrap", writes, occasion=_CHOSEN), kind="stable")[:2]]
        later = streams.uniform("bootstrap", np.arange(4), occasion=_CITED)
        pi = self._sets[number * _SETS]["archive.earlier_uncited"]
        after = np.where(later[:2] < pi, np.floor(later[2:] * LETTER_REACH), 0.0).astype(np.int64)
        found = np.sort(day[chosen] + after).tolist()
        return tuple(found) if found[-1] < len(dated.days) else None

    def logs(self, dates: dict[str, Any], said: Sequence[bool], but: int | None = None) -> dict[str, float]:
        """Return the log probability of an archive part by part and in all, by all judges but one."""
        wanted = np.arange(len(self.rows)) != (-1 if but is None else but)
        parts = {name: self._pairs(name, dates[name]) for name in self._evidence.dated}
        for column, (name, yes) in enumerate(zip(self._evidence.statements, said, strict=True)):
            likely = self._yes[:, column : column + 1]
            parts[name] = likely if yes else 1.0 - likely
        together = np.ones((len(self.rows), 1))
        for one in parts.values():
            together = together * one
        return {name: _log(one[wanted]) for name, one in {**parts, "all": together}.items()}


def _all_pairs(dated: Dated) -> Iterator[tuple[int, ...]]:
    return itertools.combinations_with_replacement(range(len(dated.days)), 2)


def _log(chances: NDArray[Any]) -> float:
    mean = math.fsum(chances.ravel().tolist()) / max(chances.size, 1)
    return math.log(mean) if mean > 0.0 else -math.inf
