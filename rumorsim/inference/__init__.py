"""The fit: how likely a run makes the archive, the bank of runs, and the posterior."""

from __future__ import annotations

__all__: list[str] = []
