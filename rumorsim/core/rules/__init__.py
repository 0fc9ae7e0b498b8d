"""Spreading rules, one a file, each with its paper."""

from __future__ import annotations

from rumorsim.core.rules.base import HazardRule, Rule
from rumorsim.core.rules.daley_kendall import DaleyKendall
from rumorsim.core.rules.independent_cascade import IndependentCascade
from rumorsim.core.rules.maki_thompson import MakiThompson
from rumorsim.core.rules.threshold import ThresholdMemory

__all__ = ["DaleyKendall", "HazardRule", "IndependentCascade", "MakiThompson", "Rule", "ThresholdMemory"]
