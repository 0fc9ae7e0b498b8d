"""Two scenarios with the same people and the same luck, set side by side."""

from __future__ import annotations

from rumorsim.study.pairs.compare import compare
from rumorsim.study.pairs.comparison import Comparison
from rumorsim.study.pairs.paired import Resampling, paired_mean

__all__ = ["Comparison", "Resampling", "compare", "paired_mean"]
