"""Studies: one scenario at many points, or two side by side, and what comes of it."""

from __future__ import annotations

from rumorsim.study.design import Design
from rumorsim.study.experiments import Cell, Experiment, Plan
from rumorsim.study.merge import merge
from rumorsim.study.new import new_study
from rumorsim.study.outputs import Output
from rumorsim.study.pairs import Comparison, Resampling, compare, paired_mean
from rumorsim.study.results import Sweep, is_sweep, open_sweep
from rumorsim.study.run import Forecast, sweep
from rumorsim.study.sensitivity import Noise, OutputSensitivity, Sensitivity, sensitivity
from rumorsim.study.simulations import Simulations, SimulationStudy
from rumorsim.study.study import Study, looks_like_a_study
from rumorsim.study.vary import Vary

__all__ = [
    "Cell",
    "Comparison",
    "Design",
    "Experiment",
    "Forecast",
    "Noise",
    "Output",
    "OutputSensitivity",
    "Plan",
    "Resampling",
    "Sensitivity",
    "SimulationStudy",
    "Simulations",
    "Study",
    "Sweep",
    "Vary",
    "compare",
    "is_sweep",
    "looks_like_a_study",
    "merge",
    "new_study",
    "open_sweep",
    "paired_mean",
    "sensitivity",
    "sweep",
]
