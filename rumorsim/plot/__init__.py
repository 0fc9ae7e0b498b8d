"""Figures of a run, from its results only: who knew when, where, through whom, and what the archive says to it;
and figures of a sweep, from its results.

Every figure is a matplotlib ``Figure`` made without pyplot, in English, 1920 by 1080 pixels, with its message on top
and at its foot what is simulated and what is archive.
"""

from __future__ import annotations

from rumorsim.plot.awareness import awareness_figure
from rumorsim.plot.calibration import archive_figure, draw_calibration, learned_figure, null_figure
from rumorsim.plot.channels import channel_figure
from rumorsim.plot.classic import classic_figure
from rumorsim.plot.comparison import comparison_figure
from rumorsim.plot.draw import draw_all, figures
from rumorsim.plot.map import map_figure
from rumorsim.plot.path import path_figure
from rumorsim.plot.save import save
from rumorsim.plot.sensitivity import sensitivity_figure
from rumorsim.plot.sweep import curves_figure, draw_sweep, points_figure, sweep_figures
from rumorsim.plot.verdict import verdict_figure

__all__ = [
    "archive_figure",
    "awareness_figure",
    "channel_figure",
    "classic_figure",
    "comparison_figure",
    "curves_figure",
    "draw_all",
    "draw_calibration",
    "draw_sweep",
    "figures",
    "learned_figure",
    "map_figure",
    "null_figure",
    "path_figure",
    "points_figure",
    "save",
    "sensitivity_figure",
    "sweep_figures",
    "verdict_figure",
]
