"""The fit: how likely a run makes the archive, the bank of runs, and the posterior."""

from __future__ import annotations

from rumorsim.ensemble.posterior import Posterior, posterior
from rumorsim.inference.calibrate import Outlook, budget_seconds, calibrate
from rumorsim.inference.calibration import Calibration

__all__ = ["Calibration", "Outlook", "Posterior", "budget_seconds", "calibrate", "posterior"]
