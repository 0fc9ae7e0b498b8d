"""The `mesa.Model` of the page: a date that a step moves on by one tick; the run itself lives in the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from rumorsim.app.session import Session

__all__ = ["PageModel"]


class PageModel(mesa.Model):  # type: ignore[misc]
    """What SolaraViz holds for a tab.

    Its keywords are explicit and none is called ``scenario``: Mesa 3.5 would put its own there on Reset. It never
    stops running, since Mesa's buttons would be dead for good after the last tick.

    Parameters
    ----------
    session : Session, optional
        The runs of the tab, which outlive the model, so that models dropped on Reset are small.

    Examples
    --------
    >>> model = PageModel()
    >>> model.step()
    >>> model.playhead, model.running
    (1, True)
    """

    def __init__(self, session: Session | None = None) -> None:
        super().__init__(rng=0)
        self.session = session
        self.playhead = 0
        self.running = True

    def step(self) -> None:
        """Move the date shown on by one tick, unless the tab has been closed or the run is at its end."""
        session = self.session
        if session is None or (not session.closed and session.a is not None and self.playhead < session.a.n_ticks):
            self.playhead += 1
