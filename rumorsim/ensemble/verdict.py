"""The table of verdicts: every target of the catalog, and the constraints against triviality, beside the run.

A verdict is one of three words, *expected*, *possible* and *unlikely* (`rumorsim.archive.compare`). Rows that the
scenario sets cannot fail and are no test; rows that the run does not cover say why. Each row is also judged for
replicates drawn from the priors alone, where there are any, so that a fit is never praised for what the priors give
away. A constraint that no prior draw violates says nothing: there the priors are called uninformative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.archive.compare import order_statistics, word_on_date, word_on_share
from rumorsim.ensemble.advice import advised
from rumorsim.ensemble.constraints import CONSTRAINTS
from rumorsim.ensemble.documents import day_before_letter
from rumorsim.ensemble.measures import MEASURES, SET, Measure, counted_days, holds, is_dated, not_covered
from rumorsim.ensemble.score import target_log_score
from rumorsim.text import csv_text

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["NOT_COVERED", "UNINFORMATIVE", "Verdict", "verdict_csv", "verdict_rows"]

#: Verdict of a row to which the run says nothing.
NOT_COVERED: Final = "not in this run"
#: What the priors are called for a constraint that none of their draws violates.
UNINFORMATIVE: Final = "uninformative"
#: Term of a number -> sign before what it is judged against.
_SIGNS: Final = {
    "share_above": "> ",
    "share_below": "< ",
    "count": "= ",
    "count_at_least": ">= ",
    "count_at_most": "<= ",
}
#: Term of a date that is a threshold -> word before the date.
_BOUNDS: Final = {"by": "by ", "requested_by": "by ", "not_before": "from "}


@dataclass(frozen=True)
class Verdict:
    """One row of the table; texts and numbers as they are printed, empty where they do not apply.

    Attributes
    ----------
    id : id of the target, or C1 to C8 for a constraint.
    fact, rumor, place, kind, term, wanted : what the evidence says.
    p05, p25, p50, p75, p95 : order statistics of the simulated date or number; "never" is later than every date.
    satisfied : share of replicates with the event by the date, or that satisfy the threshold or constraint.
    on_date : share of replicates with the event on the date; "" for what is no date.
    log_score : of a target, in nats, as in `Ensemble.log_score`.
    verdict : a word of ``rumorsim.archive.compare.WORDS``, "set by the scenario" or "not in this run".
    prior_p50, prior_satisfied, prior_log_score, prior_verdict : the same from draws of the priors; "uninformative" for
        a constraint that none of them violates.
    soft : "soft" for targets that may be switched off.
    note : what the row means.
    date : the date of a document; for a number, the day it is taken on ("on ..."), or up to which it is counted
        ("by ..."). For a constraint, the days it speaks of; "" for the whole run.
    threshold : for a number, what it is judged against, such as "> 0.5"; "" for a date.
    moved_by : of a row that is unlikely, the numbers that move it most, with (+) where a larger one makes the quantity
        larger or the date later; "" where no fit says so.
    vary_with : the command that varies them.
    """

    id: str
    fact: str
    rumor: str
    place: str
    kind: str
    term: str
    wanted: str
    p05: str = ""
    p25: str = ""
    p50: str = ""
    p75: str = ""
    p95: str = ""
    satisfied: str = ""
    on_date: str = ""
    log_score: str = ""
    verdict: str = NOT_COVERED
    prior_p50: str = ""
    prior_satisfied: str = ""
    prior_log_score: str = ""
    prior_verdict: str = ""
    soft: str = ""
    note: str = ""
    date: str = ""
    threshold: str = ""
    moved_by: str = ""
    vary_with: str = ""


def verdict_rows(ensemble: Ensemble) -> list[Verdict]:
    """Return the table of verdicts: the targets in the order of the catalog, then the constraints."""
    rows = [_target_row(ensemble, target) for target in catalog.targets().values()]
    return advised(ensemble, rows + [_constraint_row(ensemble, name) for name in CONSTRAINTS])


def verdict_csv(rows: Iterable[Verdict]) -> str:
    """Return a table of verdicts as CSV text."""
    return csv_text([[field.name for field in fields(Verdict)], *map(astuple, rows)])


def _written(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return "never" if np.isnat(value) else str(value.astype("M8[D]"))
    if isinstance(value, tuple):
        return "-".join(_written(one) for one in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def _target_row(ensemble: Ensemble, target: Target) -> Verdict:
    head = {
        "id": target.id,
        "fact": target.fact,
        "rumor": target.rumor,
        "place": target.place,
        "kind": target.kind,
        "term": target.term,
        "wanted": _written(target.value),
        "soft": "soft" if target.soft else "",
    }
    measure = MEASURES[target.kind]
    missing = not_covered(ensemble, target)
    if missing:
        return Verdict(**head, note=missing)
    judged = _judged(ensemble, target, measure)
    prior = _judged(ensemble.prior, target, measure) if ensemble.prior is not None else {}
    kept = ("p50", "satisfied", "log_score", "verdict")
    return Verdict(**head, **judged, **{f"prior_{key}": prior[key] for key in kept if key in prior}, note=measure.text)


def _judged(ensemble: Ensemble, target: Target, measure: Measure) -> dict[str, str]:
    """Return the columns of a target that come from the replicates, as they are printed."""
    values = measure.function(ensemble, target)
    number = values.dtype.kind != "M"
    statistics = order_statistics(values.astype(np.float64) if number else values)
    found = {
        f"p{name}": _written(value) for name, value in zip(("05", "25", "50", "75", "95"), statistics, strict=True)
    }
    share = float(holds(ensemble, target, values).mean())
    found["satisfied"] = _written(share)
    if number:
        wanted = measure.wanted(ensemble, target)
        found["date"] = _taken_on(ensemble, target)
        found["threshold"] = _SIGNS.get(measure.term or target.term, "") + _written(wanted)
    elif not is_dated(target):
        found["date"] = f"{_BOUNDS[target.term]}{target.value}"
    if measure.given(ensemble, target):
        return {**found, "verdict": SET}
    found["log_score"] = _written(target_log_score(ensemble, target, values))
    if not is_dated(target):
        return {**found, "verdict": word_on_share(share)}
    found["on_date"] = _written(float((values.astype("M8[D]") == np.datetime64(str(target.value), "D")).mean()))
    return {**found, "date": str(target.value), "verdict": word_on_date(values, str(target.value))}


def _taken_on(ensemble: Ensemble, target: Target) -> str:
    """Return the day a number of a target is taken on, or up to which it is counted."""
    if target.kind == "aware_members":
        return f"on {counted_days(target)[1]}"
    if target.kind in ("hall_critics", "cells_active"):
        first, last = counted_days(target)
        return f"on {last}" if first == last else f"{first} to {last}"
    if target.kind == "district_reports":
        return f"by {day_before_letter(ensemble)}"
    if isinstance(target.value, date):
        return f"{'by' if target.term == 'by' else 'on'} {target.value}"
    return f"by {ensemble.frame.stop}"


def _constraint_row(ensemble: Ensemble, name: str) -> Verdict:
    constraint = CONSTRAINTS[name]
    head = {
        "id": name,
        "fact": constraint.fact,
        "rumor": constraint.rumor,
        "place": "",
        "kind": "constraint",
        "term": "violated by",
        "wanted": "no replicate",
        "soft": "soft" if constraint.soft else "",
    }
    if constraint.function is None:
        return Verdict(**head, note=f"{constraint.text}; needs more than one run")
    violated = constraint.function(ensemble)
    if violated is None:
        return Verdict(**head, note=constraint.text)
    kept = float(1.0 - violated.mean())
    found = {"satisfied": _written(kept), "verdict": SET if constraint.given(ensemble) else word_on_share(kept)}
    found |= {"date": constraint.when(ensemble), "threshold": constraint.threshold}
    prior = None if ensemble.prior is None else constraint.function(ensemble.prior)
    if prior is not None:
        prior_kept = float(1.0 - prior.mean())
        found["prior_satisfied"] = _written(prior_kept)
        found["prior_verdict"] = UNINFORMATIVE if prior_kept == 1.0 else word_on_share(prior_kept)
    return Verdict(**head, **found, note=constraint.text)
