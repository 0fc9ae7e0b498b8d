"""Plain text: tables that keep their meaning at any width, CSV, wrapped text, numbers and dates in words."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

__all__ = ["MONTHS", "WIDEST_TEXT", "csv_text", "day", "days", "heading", "number", "table_lines", "wrapped"]

#: Running text is not wrapped wider than this, however wide the terminal is.
WIDEST_TEXT: Final = 110
_NARROWEST_COLUMN: Final = 4
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def wrapped(text: str, columns: int, indent: str = "", first: str | None = None) -> str:
    """Return text wrapped to a width, later lines indented; words longer than a line stay whole.

    Examples
    --------
    >>> print(wrapped("one two three", 10, indent="    ", first=""))
    one two
        three
    """
    return textwrap.fill(
        " ".join(text.split()),
        columns,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def heading(text: str) -> str:
    """Return a heading with a line under it.

    Examples
    --------
    >>> print(heading("travel"))
    travel
    ------
    """
    return f"{text}\n{'-' * len(text)}"


def table_lines(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, columns_wide: int, wrap: str = ""
) -> Iterator[str]:
    """Yield the lines of a table. Nothing is ever cut off.

    Parameters
    ----------
    columns : heads of the columns; one that begins with ">" is set to the right, a line break in it is kept.
    rows : texts of the columns, or a single text that stands on a line of its own.
    columns_wide : number of characters of a line.
    wrap : head of the column that is wrapped if there is not room for all.

    Examples
    --------
    >>> lines = table_lines(["what", ">n"], [("a row",), ("full members", "7")], columns_wide=9, wrap="what")
    >>> print(*lines, sep="\\n")
    what    n
    ------- -
    a row
    full    7
    members
    """
    right = [head.startswith(">") for head in columns]
    heads = [head.removeprefix(">") for head in columns]
    cells = [tuple(row) for row in rows]
    full = [row for row in cells if len(row) > 1]
    split = [head.split("\n") for head in heads]
    widths = [max(map(len, [*lines, *(row[k] for row in full)])) for k, lines in enumerate(split)]
    if wrap:
        k = heads.index(wrap)
        room = columns_wide - sum(widths) - len(widths) + 1 + widths[k]
        longest = max((len(word) for row in full for word in row[k].split()), default=0)  # ids stay whole
        least = max(len(heads[k]), _NARROWEST_COLUMN)
        # Ids stay whole: in the first column, one that is too long stands on a line of its own above its row.
        widths[k] = max(min(widths[k], room), least, min(longest, room) if k == 0 else longest)
    height = max(map(len, split))
    for line in range(height):
        yield _line([lines[line - height] if height - line <= len(lines) else "" for lines in split], widths, right)
    yield " ".join("-" * wide for wide in widths)
    for row in cells:
        if len(row) == 1:
            yield row[0]
            continue
        if wrap and max(map(len, row[0].split()), default=0) > widths[0]:
            yield row[0]
            row = ("", *row[1:])
        parts = [
            textwrap.wrap(text, wide, break_on_hyphens=False, break_long_words=False) or [""]
            for text, wide in zip(row, widths, strict=True)
        ]
        for line in range(max(map(len, parts))):
            yield _line([lines[line] if line < len(lines) else "" for lines in parts], widths, right)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    aligned = (
        cell.rjust(wide) if rightward else cell.ljust(wide)
        for cell, wide, rightward in zip(cells, widths, right, strict=True)
    )
    return " ".join(aligned).rstrip()


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV, the head among them: decimals with nine significant digits, NaN as nothing.

    Examples
    --------
    >>> print(csv_text([("cell", "share"), ("a", 1 / 3), ("b", math.nan)]), end="")
    cell,share
    a,0.333333333
    b,
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.9g}"
    return str(value)


def number(value: float, digits: int = 4) -> str:
    """Return a number with some significant digits, written out where a person can read it: never 1e+02.

    Examples
    --------
    >>> number(123456.0), number(99.7, 2), number(0.012345), number(-0.0), number(3e17), number(float("nan"))
    ('123,456', '100', '0.01235', '0', 'more than 10^15', '-')
    """
    if value != value:
        return "-"
    if math.isinf(value) or abs(value) >= 1e15:
        return "more than 10^15" if value > 0 else "less than -10^15"
    text = f"{value:.{digits}g}"
    if "e+" in text or abs(value) >= 10**digits:
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.0f}"
    return "0" if float(text) == 0 else text


def day(moment: dt.date) -> str:
    """Return a day of 1956 in words.

    Examples
    --------
    >>> day(dt.date(1956, 4, 14)), day(dt.datetime(1956, 4, 14, 18, 30))
    ('14 April', '14 April, 18:30')
    """
    text = f"{moment.day} {MONTHS[moment.month - 1]}"
    return f"{text}, {moment:%H:%M}" if isinstance(moment, dt.datetime) else text


def days(first: dt.date, last: dt.date) -> str:
    """Return two days of 1956 in words.

    Examples
    --------
    >>> days(dt.date(1956, 4, 1), dt.date(1956, 5, 31))
    '1 April to 31 May 1956'
    """
    return f"{day(first)} to {day(last)} {last.year}"
