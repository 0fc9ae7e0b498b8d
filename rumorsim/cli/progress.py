"""Progress of a run on standard error: a bar with the remaining time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

import typer

__all__ = ["Bar", "Lines", "Reporter", "duration", "expected", "reporter", "resumable"]

_INTERRUPTED: Final = 130

#: A plain line is written when so much of the run has been done since the last one, and so many seconds have passed.
_STEP_SHARE: Final = 0.1
_STEP_SECONDS: Final = 5.0
#: A forecast needs so many runs, the first piece of work left out.
_FEWEST_RUNS: Final = 3


class Reporter:
    """What a run tells how far it is; this one says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        return

    def stage(self, text: str) -> None:
        """Say what happens now."""

    def note(self, text: str) -> None:
        """Say something that stays to be read, between a trial and the work."""

    def __call__(self, done: int, total: int) -> None:
        """Say how much is done, of how much."""


class _Count:
    """What is done since the first call, and the time the rest will take at that speed."""

    def __init__(self, clock: Callable[[], float], what: str) -> None:
        self._clock = clock
        self._what = what
        self._first: tuple[int, float] | None = None
        self._warm = False

    def text(self, done: int, total: int) -> str:
        """Return how far the work is; what was there at the first call does not count as speed."""
        now = self._clock()
        if self._first is None:
            self._first = (done, now)
        fresh = done - self._first[0]
        count = f"{done} of {total} {self._what}"
        if not fresh or done == total:
            return count
        begin = self._first[1]
        if not self._warm:  # the first piece pays for starting up: what follows is not counted with it
            self._first, self._warm = (done, now), True
        if fresh < _FEWEST_RUNS:  # one or two say little: that makes hours of minutes
            return count
        return f"{count}, about {duration((now - begin) / fresh * (total - done))} left"

    def restart(self) -> None:
        """Leave what was done up to now out of the speed: other work begins."""
        self._first, self._warm = None, False


class Lines(Reporter):
    """Writes a line now and then.

    Parameters
    ----------
    clock : returns a time in seconds.
    what : what is counted.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, what: str = "replicates") -> None:
        self._clock = clock
        self._count = _Count(clock, what)
        self._last: tuple[int, float] | None = None

    def stage(self, text: str) -> None:
        """Write a line on what happens now."""
        print(text, file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Write a line."""
        self._count.restart()
        self.stage(text)

    def __call__(self, done: int, total: int) -> None:
        """Write a line if enough has happened since the last one."""
        now, text = self._clock(), self._count.text(done, total)
        if self._last is None:
            self._last = (done, now)
            if done:
                self.stage(f"{text} are already done")
        elif done - self._last[0] >= _STEP_SHARE * total and now - self._last[1] >= _STEP_SECONDS and done < total:
            self._last = (done, now)
            self.stage(text)


class Bar(Reporter):
    """Draws a bar with the remaining time on the terminal; it is gone when the work is done.

    Parameters
    ----------
    clock : returns a time in seconds.
    what : what is counted.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, what: str = "replicates") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._count = _Count(clock, what)
        self._progress = Progress(
            BarColumn(bar_width=30), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._progress.stop()

    def stage(self, text: str) -> None:
        """Show what happens now, without an end in sight."""
        self._show(text, 0, None)

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._count.restart()
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __call__(self, done: int, total: int) -> None:
        """Move the bar."""
        self._show(self._count.text(done, total), done, total)

    def _show(self, text: str, done: int, total: int | None) -> None:
        self._progress.update(self._task, description=text, completed=done, total=total, visible=True)


@contextlib.contextmanager
def resumable(folder: Path | None) -> Iterator[None]:
    """Turn an interrupt into words on what is kept in a folder and how to go on, and into the exit status 130."""
    try:
        yield
    except KeyboardInterrupt:
        kept = "nothing is kept without --out" if folder is None else f"what is finished is kept in {folder}"
        print(f"rumorsim: interrupted; {kept}", file=sys.stderr)
        if folder is not None:
            print(f"The same command resumes it: {shlex.join(['rumorsim', *sys.argv[1:]])}", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None


def reporter(*, quiet: bool, what: str = "replicates") -> Reporter:
    """Return what reports progress: nothing if quiet, a bar on a terminal, lines elsewhere; `what` is counted."""
    if quiet:
        return Reporter()
    return Bar(what=what) if sys.stderr.isatty() else Lines(what=what)


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


def expected(seconds: float, workers: int) -> str:
    """Return how long work is expected to take, in words.

    Examples
    --------
    >>> expected(28.4, 2), expected(90.0, 1)
    ('expected: about 28 s with 2 workers', 'expected: about 2 min with 1 worker')
    """
    return f"expected: about {duration(seconds)} with {workers} worker{'s' if workers > 1 else ''}"
