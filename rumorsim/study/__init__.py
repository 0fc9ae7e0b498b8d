"""Studies: many runs that answer one question."""

from __future__ import annotations

from rumorsim.study.compare import compare
from rumorsim.study.comparison import Comparison

__all__ = ["Comparison", "compare"]
