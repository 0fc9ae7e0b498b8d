"""What the archive would say if it were written again, and what the runs do: of the posterior and of the prior.

A small table goes with a posterior, so that it can be checked without its bank: for each draw the number of documents
before the letter, the days that two of them carry, those of two questions at letter meetings, what statements and
checks ask of the run, and the likelihood term by term. A draw that was taken several times has other luck each time.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.ensemble.posterior import RUN_FACTS, Posterior
from rumorsim.inference.archives import written_again
from rumorsim.inference.bank import Bank
from rumorsim.inference.likelihood import Evidence

__all__ = ["predictive_of"]

#: Runs from the prior that stand for it.
_PRIOR_RUNS: Final = 500
_DIGITS: Final = 6
#: What is observed: exactly this, this or more, this or less.
_EXACT, _AT_LEAST, _AT_MOST = 0, 1, -1


def predictive_of(bank: Bank, evidence: Evidence, posterior: Posterior) -> dict[str, Any]:
    """Return what goes with a posterior, in the types of JSON.

    Parameters
    ----------
    bank : Bank
    evidence : Evidence
    posterior : Posterior
        Of this bank.

    Returns
    -------
    dict
        ``columns`` of the rows: ``documents`` is their number, days are counted from the first of their ``windows`` and
        None where there is none before the end, ``log.`` stands before terms of the likelihood. ``posterior``: rows of
        all draws, as often as drawn; ``prior`` and ``prior_runs``: rows and numbers of runs from the prior.
        ``observed``: column -> value, 1 for at least, -1 for at most and 0 for exactly this, and an upper end or None.
    """
    columns = ["documents"]
    columns += [f"{name}_{which}" for name in evidence.dated for which in ("first", "second")]
    columns += [*RUN_FACTS, *(f"log.{name}" for name in evidence.terms)]
    rows = []
    for run, number, times in zip(posterior.runs, posterior.sets, posterior.times, strict=True):
        row = int(np.searchsorted(bank.ids, run))
        rows += [_row(bank, evidence, row, int(number), again) for again in range(int(times))]
    prior = np.flatnonzero(bank.from_prior)[:_PRIOR_RUNS].tolist()
    return {
        "columns": columns,
        "posterior": rows,
        "prior_runs": bank.ids[prior].tolist(),
        "prior": [_row(bank, evidence, row, 0, 0) for row in prior],
        "windows": {name: [str(one.days[0]), len(one.days)] for name, one in evidence.dated.items()},
        "observed": _observed(evidence),
    }


def _row(bank: Bank, evidence: Evidence, row: int, number: int, again: int) -> list[float | None]:
    found: list[float | None] = []
    for place, (name, dated) in enumerate(evidence.dated.items()):
        count, days = written_again(bank, dated, row, number, place, again)
        inside: list[float | None] = [day for day in days if day < len(dated.days)]
        found += [count] if name == "documents" else []
        found += [*inside, None, None][:2]
    found += [_number(bank.runs[name][row]) for name in RUN_FACTS]
    for name in evidence.terms:
        of = bank.terms[name][row]
        chance = float(of[number if len(of) > 1 else 0])
        found.append(_number(math.log(chance)) if chance > 0.0 else None)
    return found


def _number(value: Any) -> float:
    return float(f"{float(value):.{_DIGITS}g}")


def _observed(evidence: Evidence) -> dict[str, list[float | None]]:
    targets = catalog.targets()
    first = evidence.dated["documents"]
    found: dict[str, list[float | None]] = {"documents": [first.least, _AT_LEAST, first.most]}
    for name, dated in evidence.dated.items():
        for which, day in zip(("first", "second"), dated.dates, strict=True):
            found[f"{name}_{which}"] = [day, _EXACT, None]
    least, most = np.asarray(targets["T09"].value, dtype=np.float64).tolist()
    return found | {
        "eruptions": [0, _EXACT, None],
        "known": [0.5, _AT_LEAST, 1.0],
        "critical": [0.01, _AT_MOST, None],
        "introductions": [float(str(targets["T05"].value)), _AT_LEAST, None],
        "critics": [least, _AT_LEAST, most],
        "critics_after": [float(str(targets["T29"].value)), _AT_MOST, None],
    }
