"""Studies: many runs that answer one question."""

from __future__ import annotations

from rumorsim.study.compare import compare
from rumorsim.study.comparison import Comparison
from rumorsim.study.experiment import Cell, Experiment, Plan
from rumorsim.study.noise import Noise
from rumorsim.study.paired import Resampling, paired_mean
from rumorsim.study.sensitivity import OutputSensitivity, Sensitivity, sensitivity

__all__ = [
    "Cell",
    "Comparison",
    "Experiment",
    "Noise",
    "OutputSensitivity",
    "Plan",
    "Resampling",
    "Sensitivity",
    "compare",
    "paired_mean",
    "sensitivity",
]
