"""What is kept of a replicate: eight small tables of whole numbers and dates.

Every table starts with the number of the replicate and is a structured array in memory and a folder of Parquet parts
on disk, with the same columns.

awareness
    How many people of a place and role became aware on a day; day 0 is the first day of the run, -1 the initial state.
arrivals
    The first aware person of each place: when, through which channel, and whether a traveler brought the news.
channels
    How many people of a place heard first through a channel.
reports
    The archive: what was written, when it was signed and when it was read.
exposures, voicings
    What the offices were exposed to; the archive can be written again from these.
critics
    Who voiced something in a hall, and when: once for each moment, whatever the number of matters.
runs
    One row a replicate: digest, alarm, penalties, and the values drawn for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import EXPOSURE, VOICED
from rumorsim.archive.reports import REPORT
from rumorsim.runs.store import Layout, Tables

__all__ = ["RUN", "RUN_3", "TABLES", "empty_tables", "filled", "with_replicate"]


def _columns(dtype: np.dtype[Any]) -> list[tuple[str, str]]:
    return [(name, dtype[name].str) for name in dtype.names or ()]


#: Name of a table -> its columns.
TABLES: Final[Mapping[str, np.dtype[Any]]] = {
    "awareness": np.dtype(
        [("replicate", "<i4"), ("rumor", "i1"), ("place", "<i2"), ("role", "i1"), ("day", "<i2"), ("count", "<i4")]
    ),
    "arrivals": np.dtype(
        [
            ("replicate", "<i4"),
            ("rumor", "i1"),
            ("place", "<i2"),
            ("first_aware", "<M8[s]"),
            ("person", "<i4"),
            ("channel", "i1"),
            ("by_traveler", "?"),
        ]
    ),
    "channels": np.dtype(
        [("replicate", "<i4"), ("rumor", "i1"), ("place", "<i2"), ("channel", "i1"), ("count", "<i4")]
    ),
    "reports": np.dtype([("replicate", "<i4"), *_columns(REPORT)]),
    "exposures": np.dtype([("replicate", "<i4"), *_columns(EXPOSURE)]),
    "voicings": np.dtype([("replicate", "<i4"), *_columns(VOICED)]),
    "critics": np.dtype([("replicate", "<i4"), ("person", "<i4"), ("when", "<M8[s]")]),
    "runs": np.dtype(
        [
            ("replicate", "<i4"),
            ("digest", "<U64"),
            ("alarm", "<M8[s]"),
            ("letter_meetings", "<i4"),
            ("expelled", "<i4"),
            ("penalized", "<i4"),
        ]
    ),
}

#: The folder of a run.
RUN: Final = Layout(TABLES, "runs", ("replicate",))
#: The folder of a run up to format 3.
RUN_3: Final = Layout({name: TABLES[name] for name in TABLES if name != "critics"}, "runs", ("replicate",))


def filled(name: str, **columns: Any) -> NDArray[Any]:
    """Return rows of a table from its columns; scalars are repeated.

    Examples
    --------
    >>> filled("channels", replicate=0, rumor=1, place=[3, 4], channel=0, count=[7, 8])["count"].tolist()
    [7, 8]
    """
    rows = np.empty(max(np.size(column) for column in columns.values()), dtype=TABLES[name])
    if any(np.ndim(column) == 1 and not len(column) for column in columns.values()):
        rows = rows[:0]
    for column, values in columns.items():
        rows[column] = values
    return rows


def with_replicate(name: str, replicate: int, rows: NDArray[Any]) -> NDArray[Any]:
    """Return rows of another module's layout as rows of a table, with the replicate put in front."""
    table = np.empty(len(rows), dtype=TABLES[name])
    table["replicate"] = replicate
    for column in rows.dtype.names or ():
        table[column] = rows[column]
    return table


def empty_tables() -> Tables:
    """Return every table without rows."""
    return {name: np.empty(0, dtype=dtype) for name, dtype in TABLES.items()}
