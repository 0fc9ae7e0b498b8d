"""Studies: how the results of a scenario change with its numbers."""

from __future__ import annotations

from rumorsim.study.noise import Noise
from rumorsim.study.sensitivity import OutputSensitivity, Sensitivity, sensitivity

__all__ = ["Noise", "OutputSensitivity", "Sensitivity", "sensitivity"]
