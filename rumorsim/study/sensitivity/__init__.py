"""Which of the varied numbers the outputs of a sweep depend on, and how much of what is seen is luck."""

from __future__ import annotations

from rumorsim.study.sensitivity.analysis import sensitivity
from rumorsim.study.sensitivity.noise import Noise
from rumorsim.study.sensitivity.results import OutputSensitivity, Sensitivity

__all__ = ["Noise", "OutputSensitivity", "Sensitivity", "sensitivity"]
