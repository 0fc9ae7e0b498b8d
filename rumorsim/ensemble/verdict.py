"""The table of verdicts: every target of the catalog, and the constraints against triviality, beside the run.

Each row is also judged for replicates drawn from the priors alone, where there are any, so that a fit is never praised
for what the priors give away. A constraint that no prior draw violates says nothing: it is listed as uninformative.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.compare import (
    date_likelihood,
    order_statistics,
    satisfies,
    verdict_by_date,
    verdict_on_date,
    verdict_on_number,
)
from rumorsim.ensemble.constraints import CONSTRAINTS
from rumorsim.ensemble.measures import MEASURES, Measure, aware_on, day_before_letter, not_covered
from rumorsim.text import csv_text

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["Verdict", "verdict_csv", "verdict_of_date", "verdict_rows"]

_PI: Final = "archive.earlier_uncited"
_ABSENT: Final = "not in this run"
#: Term of a number -> sign before what it is judged against.
_SIGNS: Final = {
    "share_above": "> ",
    "share_below": "< ",
    "count": "= ",
    "count_at_least": ">= ",
    "count_at_most": "<= ",
}


@dataclass(frozen=True)
class Verdict:
    """One row of the table; texts and numbers as they are printed, empty where they do not apply.

    Attributes
    ----------
    id : id of the target, or C1 to C8 for a constraint.
    fact, rumor, place, kind, term, wanted : what the evidence says.
    p05, p25, p50, p75, p95 : order statistics of the simulated date or number; "never" is later than every date.
    satisfied : share of replicates with the event by the date, or with a number that satisfies the target.
    on_date : share of replicates with the event on the date.
    likelihood : of a date, (1 - pi) P(R = D) + pi P(R <= D).
    verdict : a word of ``rumorsim.archive.compare.VERDICTS``; "held", "violated" or "uninformative" for constraints.
    prior_p50, prior_satisfied, prior_likelihood, prior_verdict : the same from draws of the priors.
    soft : "soft" for targets that may be switched off.
    note : what the row means.
    date : for a number, the day it is taken on ("on ..."), or up to which it is counted ("by ..."); "" for a date. For
        a constraint, the days it speaks of; "" for the whole run.
    threshold : for a number, what it is judged against, such as "> 0.5"; "" for a date.
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
    likelihood: str = ""
    verdict: str = _ABSENT
    prior_p50: str = ""
    prior_satisfied: str = ""
    prior_likelihood: str = ""
    prior_verdict: str = ""
    soft: str = ""
    note: str = ""
    date: str = ""
    threshold: str = ""


def verdict_rows(ensemble: Ensemble) -> list[Verdict]:
    """Return the table of verdicts: the targets in the order of the catalog, then the constraints."""
    rows = [_target_row(ensemble, target) for target in catalog.targets().values()]
    return rows + [_constraint_row(ensemble, name) for name in CONSTRAINTS]


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
    kept = ("p50", "satisfied", "likelihood", "verdict")
    return Verdict(**head, **judged, **{f"prior_{key}": prior[key] for key in kept if key in prior}, note=measure.text)


def _judged(ensemble: Ensemble, target: Target, measure: Measure) -> dict[str, str]:
    values = measure.function(ensemble, target)
    if values.dtype.kind != "M":
        return _judged_number(ensemble, values, target, measure)
    statistics = [_written(value) for value in order_statistics(values)]
    found = dict(zip(("p05", "p25", "p50", "p75", "p95"), statistics, strict=True))
    days, day = values.astype("M8[D]"), np.datetime64(str(target.value), "D")
    found["verdict"] = verdict_of_date(target, values)
    if target.term == "not_before":
        return {**found, "satisfied": _written(float((np.isnat(values) | (days >= day)).mean()))}
    found |= {"satisfied": _written(float((days <= day).mean())), "on_date": _written(float((days == day).mean()))}
    if target.term in ("report_date", "exact"):
        pi = float(ensemble.scenario.number(_PI))
        found["likelihood"] = _written(date_likelihood(values, day, pi))
    return found


def verdict_of_date(target: Target, dates: NDArray[Any]) -> str:
    """Return how a run meets a dated target: a word of ``rumorsim.archive.compare.VERDICTS``.

    Parameters
    ----------
    target : with a date
    dates : (replicates,) datetime64[s], NaT for never
    """
    day = np.datetime64(str(target.value), "D")
    if target.term == "not_before":
        held = np.isnat(dates) | (dates.astype("M8[D]") >= day)
        return "met" if held.mean() >= 0.5 else "early"
    return (verdict_by_date if target.term in ("by", "requested_by") else verdict_on_date)(dates, day)


def _judged_number(ensemble: Ensemble, values: NDArray[Any], target: Target, measure: Measure) -> dict[str, str]:
    term, wanted = measure.term or target.term, measure.wanted(ensemble, target)
    statistics = [_written(float(value)) for value in order_statistics(values.astype(np.float64))]
    return {
        **dict(zip(("p05", "p25", "p50", "p75", "p95"), statistics, strict=True)),
        "satisfied": _written(float(satisfies(values, term, wanted).mean())),
        "verdict": verdict_on_number(values, term, wanted),
        "date": _taken_on(ensemble, target),
        "threshold": _SIGNS.get(term, "") + _written(wanted),
    }


def _taken_on(ensemble: Ensemble, target: Target) -> str:
    """Return the day a number of a target is taken on, or up to which it is counted."""
    if target.kind == "aware_members":
        return f"on {aware_on(target)}"
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
    share = float(violated.mean())
    prior = None if ensemble.prior is None else constraint.function(ensemble.prior)
    found = {"satisfied": _written(1.0 - share), "verdict": "held" if share == 0.0 else "violated"}
    found |= {"date": constraint.when(ensemble), "threshold": constraint.threshold}
    if prior is not None:
        prior_share = float(prior.mean())
        found |= {"prior_satisfied": _written(1.0 - prior_share)}
        found["prior_verdict"] = "violated" if prior_share > 0.0 else "held"
        if prior_share == 0.0 and share == 0.0:
            found["verdict"] = "uninformative"
    return Verdict(**head, **found, note=constraint.text)
