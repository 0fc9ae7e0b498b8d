"""How results are printed: tables and text as wide as the terminal, and JSON."""

from __future__ import annotations

import datetime as dt
import json
import math
import shutil
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from rumorsim.text import WIDEST_TEXT, day, days, heading, number, table_lines, wrapped

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario

__all__ = [
    "day",
    "days",
    "heading",
    "number",
    "plain",
    "print_json",
    "print_table",
    "source_of_numbers",
    "table_lines",
    "text_width",
    "width",
    "wrapped",
]

_NARROWEST: Final = 60


def width() -> int:
    """Return the number of columns of the terminal, from $COLUMNS if set; 80 in a pipe, and never less than 60."""
    return max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST)


def text_width() -> int:
    """Return the number of columns that running text is wrapped to."""
    return min(width(), WIDEST_TEXT)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, wrap: str = "") -> None:
    """Print a table as wide as the terminal at most; see `table_lines`."""
    for line in table_lines(columns, rows, columns_wide=width(), wrap=wrap):
        print(line)


def plain(value: Any) -> Any:
    """Return a value in the types of JSON; what is not a number or not finite becomes null.

    Examples
    --------
    >>> plain({"day": dt.date(1956, 4, 14), "share": float("nan"), "ids": ("F034",)})
    {'day': '1956-04-14', 'share': None, 'ids': ['F034']}
    """
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False))


def source_of_numbers(scenario: Scenario, parameters: str = "mode") -> str:
    """Return what a fit has to do with the numbers of a run, as a sentence; "" where it has nothing to do with them.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> source_of_numbers(load_scenario("maki-thompson"))
    ''
    """
    if scenario.posterior is None or parameters == "prior":
        return ""
    what = {"mode": "the draw that represents it", "posterior": "a draw for each replicate"}[parameters]
    return f"Numbers that are not set: from the fit of {scenario.posterior}, {what}."
