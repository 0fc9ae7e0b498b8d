"""The tables of the experiment: each check with what was wanted of it, written down here before any result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from kept_out import Rows, predictive

from rumorsim import catalog
from rumorsim.inference.calibration import Calibration
from rumorsim.inference.checks import FEW, Ranks, quantity, ranks_of, rejected
from rumorsim.inference.draws import steered
from rumorsim.inference.learning import COMBINATIONS, combined_value
from rumorsim.inference.left_out import foretold, judged_again
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.nulls import compared
from rumorsim.inference.report import GROUPS_WORDS, WORLDS
from rumorsim.inference.variants import weighed, weighted_points
from rumorsim.inference.weights import GROUPS, effective, log_mean, weights_of

BINS = 20
#: What is wanted of the fit: words, the number, whether it is the least or the most.
WANTED = {
    "effective number of distinct runs": (500.0, True),
    "largest weight": (0.02, False),
    "Pareto k of the weights": (0.5, False),
    "difference of the log evidence of two halves, nats": (0.3, False),
    "least sd ratio of a number that no run can use": (0.9, True),
    "largest sd ratio of a number that no run can use": (1.1, False),
}
#: Intervals of 90 % are to cover so much of the truths.
COVERS = (0.85, 0.95)
ALPHA = 0.001
#: Other bounds on the number of documents before the letter.
WINDOWS = ((2, 5), (2, 15), (2, 25))
#: With fewer effective runs a row is not resolved. So many standard errors may be chance.
FEWEST, ERRORS = 10.0, 2.0
#: A median moves if it leaves the inner half of the fit as it is.
INNER = (0.25, 0.75)


def all_tables(found: Mapping[str, Any]) -> dict[str, Rows]:
    """Return all tables, in the order of the page."""
    fit, progress, sizes = found["fit"], found["progress"], found["sizes"]
    evidence = Evidence.of(fit.bank.scenario, fit.frame)
    made = {"worlds": worlds(fit), "fit": quality(fit)}
    made |= simulated(fit, evidence, sizes, progress)
    progress.stage("kept out")
    made["predictive"] = predictive(fit, found["runs"])

    def told(term: str) -> Any:
        progress.stage(f"other dates and numbers of {term}")
        return progress

    judged = judged_again(fit.bank, evidence, WINDOWS, told)
    made["left_out"] = left_out(fit, evidence, judged)
    made["sensitivity"] = sensitivity(fit, judged["documents"]["both"][1:], found["parties"])
    return made


def worlds(fit: Calibration) -> Rows:
    """Evidence of the model and the null worlds. Expected: by dates and count alone, hardly anything is decided."""
    model = fit.evidence["party"]
    return [
        {
            "world": WORLDS[world],
            "group": GROUPS_WORDS[group],
            "log": one.log,
            "error": one.error,
            "effective": one.effective,
            "runs": one.runs,
            "word": "the model" if world == "party" else compared(model[group], one),
        }
        for world, nats in fit.evidence.items()
        for group, one in nats.items()
    ]


def quality(fit: Calibration) -> Rows:
    """How good the fit is, each number against what is wanted."""
    one, two = fit.halves
    unused = [number.narrower for number in fit.numbers if number.unused] or [math.nan]
    values = (
        fit.weights.effective,
        fit.weights.largest,
        fit.weights.pareto_k,
        abs(one - two),
        min(unused),
        max(unused),
    )
    rows: Rows = [{"quantity": "runs", "found": len(fit.bank), "wanted": fit.planned, "least": "yes"}]
    rows += [
        {"quantity": name, "found": value, "wanted": wanted, "least": "yes" if least else "no"}
        for (name, (wanted, least)), value in zip(WANTED.items(), values, strict=True)
    ]
    for row in rows:
        least = row.pop("least") == "yes"
        row["rule"] = f"{row['wanted']:g} or {'more' if least else 'less'}"
        right = row["found"] >= row["wanted"] if least else row["found"] <= row["wanted"]
        row["verdict"] = "fine" if right else "FAILS"
    return rows


def simulated(fit: Calibration, evidence: Evidence, sizes: Any, progress: Any) -> dict[str, Rows]:
    """Simulation-based calibration with truths from prior and posterior, its controls, and what is recovered."""
    truths, checks, controls, histograms = [], [], [], []
    recovered: dict[str, Rows] = {"recovery": [], "recovered": []}
    for where, size in (("prior", sizes.truths), ("posterior", sizes.posterior_truths)):
        progress.stage(f"calibration by simulation, {size} truths from the {where}")
        ranks = ranks_of(fit.bank, evidence, size, posterior=where == "posterior", progress=progress)
        known = ranks.effective
        truths.append(
            {
                "where": where,
                "truths": len(known),
                "effective": float(np.median(known)),
                "few": float((known < FEW).mean()),
                "alone": int((known == 0.0).sum()),
            }
        )
        for column, name in enumerate(ranks.names):
            one = quantity(name, ranks.ranks[:, column])
            fails = one.fails(len(ranks.names))
            row = {"quantity": name, "where": where, "p": one.p, "half": one.half, "nine_tenths": one.nine_tenths}
            checks.append({**row, "verdict": "FAILS" if fails else "fine"})
            there = ranks.ranks[np.isfinite(ranks.ranks[:, column]), column]
            counts = np.histogram(there, np.linspace(0.0, 1.0, BINS + 1))[0].tolist()
            histograms += [{"quantity": name, "where": where, "bin": k, "truths": n} for k, n in enumerate(counts)]
        for name, p in rejected(ranks):
            verdict = "rejected" if p < ALPHA else "NOT REJECTED"
            controls.append({"control": name, "where": where, "p": p, "verdict": verdict})
        if where == "prior":
            recovered = recovery(fit, ranks)
    return {"truths": truths, "checks": checks, "controls": controls, "ranks": histograms, **recovered}


def recovery(fit: Calibration, ranks: Ranks) -> dict[str, Rows]:
    """How far posterior medians lie from the truth, in standard deviations of the prior.

    Expected: below 1 for what dates can tell, near 1 for the rest, and never intervals that cover too little.
    """
    summary, each = [], []
    prior = fit.bank.runs[fit.bank.from_prior]
    for name in (*steered(), *COMBINATIONS):
        column = ranks.names.index(name)
        center, sd = 0.0, 1.0
        if name in COMBINATIONS:
            logs = np.log(combined_value(name, lambda key: np.asarray(prior[key])))
            center, sd = float(logs.mean()), float(logs.std())
        true = (ranks.true[:, column] - center) / sd
        low, middle, high = (ranks.points[:, column].T - center) / sd
        row = {"quantity": name, **recovered_row(true, low, middle, high)}
        summary.append(row)
        each += [
            {"quantity": name, "truth": float(t), "low": float(a), "median": float(m), "high": float(b)}
            for t, a, m, b in zip(true, low, middle, high, strict=True)
        ]
    return {"recovery": summary, "recovered": each}


def recovered_row(true: Any, low: Any, middle: Any, high: Any) -> dict[str, Any]:
    """Return what is recovered of one quantity; a truth without a posterior lies in no interval.

    Parameters
    ----------
    true, low, middle, high : (truths,) true values and 5, 50 and 95 % points, in standard deviations of the prior.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, np.nan])
    >>> row = recovered_row(np.array([-1.0, 0.0, 1.0, 0.0]), x - 1, x, x + 1)
    >>> row["correlation"], row["rmse"], row["inside"]
    (1.0, 0.0, 0.75)
    """
    there = np.isfinite(middle)
    varied = there.sum() > 2 and np.ptp(middle[there]) > 0.0
    inside = float(((low <= true) & (true <= high)).mean())  # comparisons with NaN are False
    return {
        "truths": len(true),
        "correlation": round(float(np.corrcoef(true[there], middle[there])[0, 1]), 12) if varied else math.nan,
        "rmse": float(np.sqrt(np.square(middle - true)[there].mean())) if there.any() else math.nan,
        "inside": inside,
        "width": float(np.median((high - low)[there])) / (2 * 1.6448536269514722) if there.any() else math.nan,
        "verdict": "fine" if COVERS[0] <= inside <= COVERS[1] else "FAILS",
    }


def left_out(fit: Calibration, evidence: Evidence, judged: Mapping[str, Any]) -> Rows:
    """Each date left out and foretold by the rest. Expected: not worse than dates at random."""
    rows = []
    for one in foretold(fit.bank, evidence, judged):
        rows.append(
            {
                "target": one.target,
                "date": str(catalog.targets()[one.target].value),
                "chance": one.chance,
                "earlier": one.earlier,
                "uniform": 1.0 / one.days,
                "score": one.score,
                "error": one.error,
                "effective": one.effective,
                "verdict": against_chance(one.score, one.error, one.effective),
            }
        )
    return rows


def against_chance(score: float, error: float, runs: float) -> str:
    """Return in words what a log score over that of dates at random says.

    Examples
    --------
    >>> against_chance(0.5, 0.1, 200.0), against_chance(-0.1, 0.1, 200.0), against_chance(-0.5, 0.1, 200.0)
    ('better than chance', 'as chance', 'WORSE THAN CHANCE')
    >>> against_chance(-9.0, 0.1, 4.0), against_chance(-math.inf, math.nan, 200.0)
    ('not resolved', 'WORSE THAN CHANCE')
    """
    if runs < FEWEST:
        return "not resolved"
    if not math.isfinite(score):
        return "WORSE THAN CHANCE"
    if abs(score) <= ERRORS * error:
        return "as chance"
    return "better than chance" if score > 0.0 else "WORSE THAN CHANCE"


def sensitivity(fit: Calibration, both: Any, parties: Mapping[str, Calibration]) -> Rows:
    """The fit with other evidence, other bounds and other parties. Expected: nobody's median leaves the inner half.

    Parameters
    ----------
    fit, parties
    both : (windows, n, sets) chance of the dates of the documents in turn, with each of `WINDOWS`.
    """
    aware = fit.aware_before_letter
    rows = [summary(name, weights, aware) for name, weights in weighed(fit.bank)]
    rest = weights_of(fit.bank, [one for one in GROUPS["all"] if one != "documents"]).sets
    for (least, most), chance in zip(WINDOWS, both, strict=True):
        weights = np.array([math.fsum(row) for row in (2.0 * rest * chance).tolist()])  # in either order
        rows.append(summary(f"{least} to {most} documents before the letter", weights, aware))
    ends = inner(weights_of(fit.bank).runs, aware)
    for row in rows:
        few = row["effective"] < FEWEST
        stays = ends[0] <= row["aware_half"] <= ends[1]
        row["verdict"] = "not resolved" if few else "stays" if stays else "MOVES"
    first = fit.bank.from_prior
    alike = [
        summary(
            "this party, runs from the prior",
            weights_of(fit.bank).runs[first] / fit.bank.importance[first],
            aware[first],
        )
    ]
    for name, made in parties.items():
        alike.append(summary(name, weights_of(made.bank).runs, made.aware_before_letter))
    for row in alike:
        row["verdict"] = "" if row is alike[0] else beside(alike[0], row)
    return rows + alike


def summary(name: str, weights: Any, aware: Any) -> dict[str, Any]:
    """Return the evidence of weighted runs and what they say of who knew on the eve of the letter."""
    known = effective(weights)
    if not known:
        nothing = dict.fromkeys(("aware_low", "aware_half", "aware_high", "mean", "mean_error"), math.nan)
        return {"name": name, "runs": len(weights), "effective": 0.0, "log": -math.inf, "error": math.nan, **nothing}
    share = weights / math.fsum(weights.tolist())
    mean = math.fsum((share * aware).tolist())
    low, half, high = weighted_points(aware, weights)
    return {
        "name": name,
        "runs": len(weights),
        "effective": known,
        "log": log_mean(weights),
        "error": math.sqrt(max(1.0 / known - 1.0 / len(weights), 0.0)),
        "aware_low": low,
        "aware_half": half,
        "aware_high": high,
        "mean": mean,
        "mean_error": math.sqrt(math.fsum(np.square(share * (aware - mean)).tolist())),
    }


def inner(weights: Any, values: Any) -> tuple[float, float]:
    """Return the ends of the inner half of weighted values."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    low, high = (values[order][min(int(np.searchsorted(total, end * total[-1])), len(values) - 1)] for end in INNER)
    return float(low), float(high)


def beside(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return in words how another party compares: evidence and mean share aware within their errors.

    Examples
    --------
    >>> one = {"effective": 50.0, "log": -9.0, "error": 0.1, "mean": 0.4, "mean_error": 0.02}
    >>> beside(one, one | {"log": -9.2}), beside(one, one | {"mean": 0.5}), beside(one, one | {"effective": 3.0})
    ('as this party', 'DIFFERS', 'not resolved')
    """
    if min(one["effective"], other["effective"]) < FEWEST:
        return "not resolved"
    apart = [
        abs(one[name] - other[name]) > ERRORS * math.hypot(one[error], other[error])
        for name, error in (("log", "error"), ("mean", "mean_error"))
    ]
    return "DIFFERS" if any(apart) else "as this party"
