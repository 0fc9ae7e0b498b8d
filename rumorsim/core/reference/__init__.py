"""What the engine is judged by: the exact engine, event by event, and known limits."""

from __future__ import annotations

__all__: list[str] = []
