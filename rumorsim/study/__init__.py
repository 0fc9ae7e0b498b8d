"""Studies: how the results of a scenario change with its numbers."""

from __future__ import annotations

__all__: list[str] = []
