"""The page itself: one session a tab, and SolaraViz around our own board."""

from __future__ import annotations

import warnings
from typing import Any

import solara

from rumorsim.app import start
from rumorsim.app.board import FRAME, BoardWidget
from rumorsim.app.page_model import PageModel
from rumorsim.app.payload import geometry
from rumorsim.app.session import Session

with warnings.catch_warnings():
    # Solara complains of hooks in Mesa 3.3's own components; a class need not read it.
    warnings.simplefilter("ignore")
    from mesa.visualization import SolaraViz

__all__ = ["Page"]

_GIVEN = ("says", "world_a", "world_b", "answer", "interval", "file", "tour")


@solara.component  # type: ignore[untyped-decorator]
def Board(model: PageModel) -> None:
    """Draw what the session of the tab has published."""
    session: Any = model.session
    given = {name: value.value for name, value in session.reactives.items()}
    shapes = solara.use_memo(geometry, [])
    BoardWidget.element(shapes=shapes, shown=model.playhead, asked=session.ask, **given)


@solara.component  # type: ignore[untyped-decorator]
def Page() -> None:
    """Show the page to one tab."""
    solara.Title("rumorsim: how a secret travels")
    solara.Style(FRAME)
    query = solara.use_router().search or ""

    def open_session() -> tuple[Any, PageModel]:
        reactives = {name: solara.reactive({}) for name in _GIVEN}
        session: Any = Session(
            lambda name, value: reactives[name].set(value),
            start.FIRST["scenario"],
            start.SEED,
            query,
            start.TOURS[0] if start.TOURS else None,
        )
        session.reactives = reactives
        return session, PageModel(session)

    session, model = solara.use_memo(open_session, [])

    def live() -> Any:
        session.begin()
        return session.close

    solara.use_effect(live, [])
    SolaraViz(model, components=[(Board, 0)], model_params={"session": session}, name="rumorsim", play_interval=50)
