"""Experiments: a question with a design, its page made from its tables, and running it again."""

from __future__ import annotations

from rumorsim.study.experiments.experiment import Cell, Experiment, Plan

__all__ = ["Cell", "Experiment", "Plan"]
