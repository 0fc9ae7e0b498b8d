"""What fitted runs do, beside runs from the prior: what was fitted written again, and what was kept out of the fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rumorsim import catalog
from rumorsim.archive.compare import word_on_date, word_on_share
from rumorsim.ensemble import Ensemble
from rumorsim.ensemble.draws import is_drawn
from rumorsim.ensemble.measures import MEASURES, holds, is_dated, not_covered
from rumorsim.ensemble.posterior import Posterior
from rumorsim.ensemble.run import RunPlan, execute
from rumorsim.ensemble.verdict import Verdict, verdict_rows
from rumorsim.inference.calibration import Calibration
from rumorsim.scenario import Scenario

Rows = list[dict[str, Any]]
#: Share of fitted runs that is expected of the first two predictive checks; of statements that were fitted; of what was
#: kept out, below which it is unlikely.
TWO_DOCUMENTS, COUNT_RIGHT, FITTED, KEPT_OUT = 0.8, 0.6, 0.5, 0.05
#: What a target that is kept out counts.
KINDS = {
    "organization_report": "report of a ministry's organization",
    "letter_report": "report of a ministry on the letter",
    "cells_active": "organizations in Tirana that discuss the speech",
    "aware_members": "share of members who know the speech",
    "hall_critics": "critics in the hall",
}
#: Draws whose assemblies are held at once.
BATCH = 10


def drawn_runs(
    scenario: Scenario, posterior: Posterior, draws: int, seed: int, workers: int, progress: Any
) -> tuple[list[Ensemble], Ensemble]:
    """Return runs of a scenario with draws of a posterior, one each, and as many with draws of the prior.

    What the scenario itself sets is not drawn; of a number that the fit does not know, the draw is from its prior.
    """
    known = catalog.parameters()
    free = [
        name
        for name in posterior.names
        if name in scenario.values and is_drawn(name) and name not in scenario.overrides
    ]
    plans = []
    for number in range(draws):
        drawn = posterior.draw((2 * number + 1) * posterior.size // (2 * draws))
        values = {name: int(drawn[name]) if known[name].kind == "int" else drawn[name] for name in free}
        plans.append(RunPlan(scenario.replace(values), range(number, number + 1), seed, "prior"))
    prior = RunPlan(scenario, range(draws), seed, "prior")
    found: list[Ensemble] = []
    for batch in (*(plans[begin : begin + BATCH] for begin in range(0, draws, BATCH)), [prior]):
        found += execute(batch, None, workers, progress=shifted(progress, len(found), 2 * draws))
    return found[:-1], found[-1]


def shifted(progress: Any, before: int, total: int) -> Callable[[int, int], None]:
    return lambda done, _: progress(before + done, total)


def predictive(fit: Calibration, runs: Mapping[str, tuple[Sequence[Ensemble], Ensemble]]) -> Rows:
    """What fitted runs do, beside runs from the prior: documents, statements, and what was kept out."""
    if not len(fit.posterior):
        return []
    own = fit.bank.scenario.name
    rows: Rows = []
    for place, one in enumerate(fit.predictive):
        kept = one.text.startswith("kept out")
        least = (TWO_DOCUMENTS, COUNT_RIGHT)[place] if place < 2 else KEPT_OUT if kept else FITTED
        error = math.sqrt(max(one.fitted * (1.0 - one.fitted), 0.0) / fit.weights.effective)
        rows.append(
            {
                "what": one.text,
                "scenario": own,
                "prior": one.prior,
                "fitted": one.fitted,
                "error": error,
                "expected": f"{least:.0%} or more",
                "verdict": "fine" if one.fitted >= least else "FAILS",
            }
        )
    asked = [name for name, choice in catalog.calibration().items() if choice.use == "kept_out"]
    for name, (fitted, prior) in runs.items():
        for target_id in asked:
            target = catalog.targets()[target_id]
            in_bank = name == own and target.kind == "hall_critics"
            if not in_bank and not not_covered(prior, target):
                rows.append(kept_out(name, target, fitted, prior))
    return rows


def kept_out(name: str, target: Any, fitted: Sequence[Ensemble], prior: Ensemble) -> dict[str, Any]:
    """Return what runs say to a target that was not fitted: the share that satisfies it, or has it by its date."""
    function = MEASURES[target.kind].function
    values = np.concatenate([function(one, target) for one in fitted])
    share = float(holds(prior, target, values).mean())
    dated = is_dated(target)
    word = word_on_date(values, str(target.value)) if dated else word_on_share(share)
    said = next(row for row in verdict_rows(prior) if row.id == target.id)
    return {
        "what": f"kept out: {target.id}, {KINDS[target.kind]} " + (f"by {said.date}" if dated else spelled(said)),
        "scenario": name,
        "prior": float(holds(prior, target, function(prior, target)).mean()),
        "fitted": share,
        "error": math.sqrt(share * (1.0 - share) / len(values)),
        "expected": "date among the inner 90%" if dated else f"{KEPT_OUT:.0%} or more",
        "verdict": word.upper() if word == "unlikely" else word,
    }


def spelled(row: Verdict) -> str:
    """Return what a target asks of a number, and on which day."""
    return " ".join(part for part in (row.threshold, row.date) if part)
