"""Progress of a run on standard error: a bar with the remaining time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Bar", "Lines", "Reporter", "Silence", "duration", "reporter"]

#: A plain line is written when so much of the run has been done since the last one, and so many seconds have passed.
_STEP_SHARE: Final = 0.1
_STEP_SECONDS: Final = 5.0


class Reporter(Protocol):
    """What a run tells how far it is."""

    def __enter__(self) -> Reporter: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def stage(self, text: str) -> None:
        """Say what happens now."""

    def __call__(self, done: int, total: int) -> None:
        """Say how many replicates are done, of how many."""


class Silence:
    """Says nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        return

    def stage(self, text: str) -> None:
        """Say nothing."""

    def __call__(self, done: int, total: int) -> None:
        """Say nothing."""


class Lines:
    """Writes a line now and then.

    Parameters
    ----------
    clock : seconds that have passed; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[int, float] | None = None
        self._last = (0, 0.0)

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        return

    def stage(self, text: str) -> None:
        """Write a line on what happens now."""
        print(text, file=sys.stderr, flush=True)

    def __call__(self, done: int, total: int) -> None:
        """Write a line if enough has happened since the last one."""
        now = self._clock()
        if self._first is None:
            self._first = self._last = (done, now)
            if done:
                print(f"{done} of {total} replicates are there already", file=sys.stderr, flush=True)
            return
        enough = done - self._last[0] >= _STEP_SHARE * total and now - self._last[1] >= _STEP_SECONDS
        if done == total or not enough:
            return
        self._last = (done, now)
        rest = (now - self._first[1]) / (done - self._first[0]) * (total - done)
        print(f"{done} of {total} replicates, about {duration(rest)} left", file=sys.stderr, flush=True)


class Bar:
    """Draws a bar with the remaining time."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._counting = False

    def __enter__(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def stage(self, text: str) -> None:
        """Show what happens now, without an end in sight."""
        self._show(text, total=None)
        self._counting = False

    def __call__(self, done: int, total: int) -> None:
        """Move the bar."""
        if self._progress is None:
            return
        if not self._counting or self._task is None:
            # A new task: what was done before this call must not count as speed.
            self._show("replicates", total=total, completed=done)
            self._counting = True
        else:
            self._progress.update(self._task, completed=done, total=total)

    def _show(self, text: str, *, total: int | None, completed: int = 0) -> None:
        if self._progress is None:
            return
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(text, total=total, completed=completed)


def reporter(*, quiet: bool) -> Reporter:
    """Return what reports progress: nothing if quiet, a bar on a terminal, lines elsewhere."""
    if quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(42.4), duration(90), duration(7200)
    ('42 s', '2 min', '2 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
