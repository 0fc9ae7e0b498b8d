"""Studies: many runs that answer one question."""

from __future__ import annotations

from rumorsim.study.compare import compare
from rumorsim.study.comparison import Comparison
from rumorsim.study.experiment import Cell, Experiment, Plan
from rumorsim.study.paired import Resampling, paired_mean

__all__ = ["Cell", "Comparison", "Experiment", "Plan", "Resampling", "compare", "paired_mean"]
