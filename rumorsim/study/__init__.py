"""Studies: one scenario at many points, run on all cores or many machines, and what comes of it."""

from __future__ import annotations

from rumorsim.study.design import Design
from rumorsim.study.new import new_study
from rumorsim.study.outputs import Output
from rumorsim.study.results import Sweep, is_sweep, open_sweep
from rumorsim.study.run import Forecast, sweep
from rumorsim.study.study import Study, looks_like_a_study
from rumorsim.study.vary import Vary

__all__ = [
    "Design",
    "Forecast",
    "Output",
    "Study",
    "Sweep",
    "Vary",
    "is_sweep",
    "looks_like_a_study",
    "new_study",
    "open_sweep",
    "sweep",
]
