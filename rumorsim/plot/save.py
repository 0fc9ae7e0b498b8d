"""Files of figures: the same figure gives the same bytes, and a file is there in full or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from rumorsim.errors import PlotError, unknown
from rumorsim.plot.style import style
from rumorsim.runs.files import replace_file

__all__ = ["FORMATS", "checked_formats", "rendered", "save"]

#: Format -> what is left out of the file, because it would differ from day to day or machine to machine.
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def checked_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return formats without repeats.

    Raises
    ------
    PlotError
        For an unknown format, and for none.

    Examples
    --------
    >>> checked_formats(["png", "svg", "png"])
    ('png', 'svg')
    """
    if isinstance(formats, str) or not formats:
        raise PlotError("wrong formats of the figures", given=formats, allowed=tuple(FORMATS))
    for word in formats:
        if word not in FORMATS:
            raise unknown("format of a figure", word, FORMATS, error=PlotError)
    return tuple(dict.fromkeys(formats))


def save(
    figure: Figure, folder: str | os.PathLike[str], name: str, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Write a figure in some formats and return the files.

    The folder is made if needed. A file is written beside its place and then moved, so that nobody reads half of it.

    Raises
    ------
    PlotError
        For an unknown format, and when a file cannot be written.
    """
    wanted = checked_formats(formats)
    home = Path(folder)
    written = []
    for one in wanted:
        content = rendered(figure, one)
        path = home / f"{name}.{one}"
        try:
            home.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)
        except OSError as error:
            raise PlotError(f"the figure cannot be written: {error.strerror}", file=path) from error
        written.append(path)
    return written


def rendered(figure: Figure, one: str) -> bytes:
    """Return a figure in a format, the same bytes for the same figure."""
    stream = io.BytesIO()
    with style():
        figure.savefig(stream, format=one, metadata=FORMATS[one])
    return stream.getvalue()
