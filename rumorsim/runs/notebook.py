"""What a notebook shows: how far a run is, while it goes on, and a short table of what came of it."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["shown", "table_html"]

#: A notebook that is redrawn at every run is slower than the runs.
_SECONDS: Final = 0.3


def shown(progress: Callable[[int, int], None] | None, what: str) -> Callable[[int, int], None] | None:
    """Return what to tell progress to: what was given, or else a line in the notebook this is called from, if any.

    Parameters
    ----------
    progress : callable (done, in all), or None
    what : what is counted, for example "replicates".

    Examples
    --------
    >>> shown(None, "runs") is None  # not in a notebook
    True
    """
    if progress is not None:
        return progress
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    display = getattr(sys.modules.get("IPython.display"), "display", None)
    if type(shell).__name__ != "ZMQInteractiveShell" or display is None:
        return None
    return _Line(display, what)


class _Line:
    """A line in a notebook that is drawn anew now and then."""

    def __init__(self, display: Callable[..., Any], what: str) -> None:
        self._display = display
        self._what = what
        self._handle: Any = None
        self._last = 0.0
        self._first: tuple[int, float] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show how much is done, of how much, and how long the rest will take."""
        now = time.monotonic()
        if self._first is None:
            self._first = (done, now)
        if now - self._last < _SECONDS and done < total:
            return
        self._last = now
        fresh = done - self._first[0]
        left = (now - self._first[1]) / fresh * (total - done) if fresh and done < total else None
        text = f"{done} of {total} {self._what}" + ("" if left is None else f", about {left:.0f} s left")
        line = _Html(f"<progress value='{done}' max='{max(total, 1)}'></progress> {html.escape(text)}", text)
        if self._handle is None:
            self._handle = self._display(line, display_id=True)
        else:
            self._handle.update(line)


class _Html:
    """Something with a form for notebooks and a plain one."""

    def __init__(self, marked: str, plain: str) -> None:
        self._marked, self._plain = marked, plain

    def _repr_html_(self) -> str:
        return self._marked

    def __repr__(self) -> str:
        return self._plain


def table_html(title: str, rows: Mapping[str, object]) -> str:
    """Return a small table of words and values as HTML.

    Examples
    --------
    >>> table_html("A & B", {"seed": 5})
    '<table><caption>A &amp; B</caption><tr><th>seed</th><td>5</td></tr></table>'
    """
    cells = "".join(
        f"<tr><th>{html.escape(word)}</th><td>{html.escape(str(value))}</td></tr>" for word, value in rows.items()
    )
    return f"<table><caption>{html.escape(title)}</caption>{cells}</table>"
