"""The simulation and its parts, what acts on them, and what they leave behind."""

from __future__ import annotations

__all__: list[str] = []
