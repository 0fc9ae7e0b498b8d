"""The classroom page: two worlds of the party in a browser, for a projector and thirty pupils.

``rumorsim app`` serves it. Needs the extra ``app``.
"""

from __future__ import annotations

from rumorsim.app.server import serve

__all__ = ["serve"]
