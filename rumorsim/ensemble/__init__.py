"""Runs of a scenario: replicates, workers, storage, and the questions a run answers."""

from __future__ import annotations

from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.folder import open_run
from rumorsim.ensemble.observables import Observable, Observables, observables
from rumorsim.ensemble.posterior import Posterior, posterior
from rumorsim.ensemble.run import MODELS, run
from rumorsim.ensemble.verdict import Verdict, verdict_rows

__all__ = [
    "MODELS",
    "Ensemble",
    "Observable",
    "Observables",
    "Posterior",
    "Verdict",
    "observables",
    "open_run",
    "posterior",
    "run",
    "verdict_rows",
]
