"""Random numbers by address, and choices and functions that are the same on every machine."""

from __future__ import annotations

__all__: list[str] = []
