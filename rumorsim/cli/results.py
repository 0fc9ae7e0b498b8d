"""The results of a run as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rumorsim.ensemble.verdict_text import spread

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble, Verdict

__all__ = ["results"]


def results(ensemble: Ensemble, rows: Sequence[Verdict]) -> dict[str, Any]:
    """Return the results of a run for ``--json``.

    Parameters
    ----------
    ensemble : Ensemble
    rows : its table of verdicts.
    """
    scenario, rumors = ensemble.scenario, ensemble.rumors
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "start": scenario.start,
        "stop": scenario.stop,
        "replicates": ensemble.replicates,
        "prior_replicates": 0 if ensemble.prior is None else ensemble.prior.replicates,
        "seed": ensemble.seed,
        "parameters": ensemble.parameters,
        "model": ensemble.model,
        "aware_at_the_end": {rumor: spread(ensemble.share_aware(rumor, on=scenario.stop)) for rumor in ensemble.rumors},
        "verdict": [asdict(row) for row in rows if row.kind != "constraint"],
        "log_score": {name: one if math.isfinite(one) else str(one) for name, one in ensemble.log_score().items()},
        "constraints": [asdict(row) for row in rows if row.kind == "constraint"],
        "channel_shares": {rumor: ensemble.channel_shares(rumor) for rumor in rumors},
        "fingerprint": ensemble.fingerprint(),
    }
