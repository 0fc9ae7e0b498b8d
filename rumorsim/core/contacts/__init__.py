"""Who contacts whom: networks and layers as given, their compiled form, memberships, and sums along edges."""

from __future__ import annotations

__all__: list[str] = []
