"""How the numbers of a lesson are packed: written here, read by ``unpacked`` in lesson.js (and by `unpack` for tests).

An array is a text: base64 of one integer after the other, in the order of C. Along the last axis, the days, each
number is stored as its difference from the one before (the first from 0), folded to be never negative (0, -1, 1, -2
become 0, 1, 2, 3), in groups of seven bits, the lowest first, with the highest bit of a byte set where more follow.
Most numbers then take one byte. The shapes are not stored; with the counts of the file they are

    aware      (settings, 3, places, days)   persons who know at the end of the day: in 5, 50 and 95 of 100 runs no more
    change     (settings, 3, places, days)   the same of the differences from the base setting, run by run, same seeds
    reported   (settings, districts, days)   runs in which the district has reported by the end of the day
    districts  (settings, 3, days)           districts that have reported: in 5, 50 and 95 of 100 runs no more
    moved      (settings, 3, days)           the same of the differences from the base setting, run by run

Places are the districts and then everybody; settings count through the choices of the levers, the last one fastest.
Counts of persons are whole, so that the file holds what a run gives and not something near it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.app.lesson.study import curve_name, places_of, report_name
from rumorsim.archive.compare import order_statistics
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import places_within
from rumorsim.errors import RunError
from rumorsim.study.results import Sweep

__all__ = ["ARRAYS", "SHARES", "Numbers", "numbers_of", "pack", "people_of", "unpack"]

#: Shares of the runs at or below the three lines of a band.
SHARES: Final = (0.05, 0.5, 0.95)
ARRAYS: Final = ("aware", "change", "reported", "districts", "moved")
#: Farther from a whole number of persons no share may be: the curves of a sweep have seven digits.
_WHOLE: Final = 0.1


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a lesson, as this module says; all int64."""

    aware: NDArray[np.int64]
    change: NDArray[np.int64]
    reported: NDArray[np.int64]
    districts: NDArray[np.int64]
    moved: NDArray[np.int64]


def pack(numbers: NDArray[Any]) -> str:
    """Return an array of integers as text.

    Examples
    --------
    >>> pack(np.array([[3, 3, 4], [-1, 200, 200]]))
    'BgACAZIDAA=='
    """
    steps = np.diff(numbers.astype(np.int64), axis=-1, prepend=0).ravel()
    folded = np.where(steps < 0, -2 * steps - 1, 2 * steps).astype(np.uint64)
    # Column k has bits 7k to 7k + 6; a byte is kept where it or a later one has something in it, the first always.
    sevens = np.stack([folded >> np.uint64(7 * k) for k in range(9)], axis=1)
    more = sevens[:, 1:] > 0
    written = np.concatenate([np.ones((len(sevens), 1), dtype=np.bool_), more[:, :-1]], axis=1)
    content = (sevens[:, :-1] & np.uint64(127)).astype(np.uint8) | (more.astype(np.uint8) << 7)
    return base64.b64encode(content[written].tobytes()).decode()


def unpack(text: str, shape: Sequence[int]) -> NDArray[np.int64]:
    """Return the array that `pack` made a text of.

    Examples
    --------
    >>> unpack("BgACAZIDAA==", (2, 3)).tolist()
    [[3, 3, 4], [-1, 200, 200]]
    """
    found, folded, bits = [], 0, 0
    for byte in base64.b64decode(text):
        folded |= (byte & 127) << bits
        bits += 7
        if not byte & 128:
            found.append(-(folded >> 1) - 1 if folded & 1 else folded >> 1)
            folded = bits = 0
    return np.cumsum(np.array(found, dtype=np.int64).reshape(shape), axis=-1)


def people_of(frame: Frame) -> list[int]:
    """Return how many persons there are in each place of `places_of`."""
    inside = [places_within(place, frame.places) for place in places_of()[:-1]]
    return [int(frame.class_sizes[one].sum()) for one in inside] + [int(frame.class_sizes.sum())]


def numbers_of(sweep: Sweep, people: Sequence[int], base: int) -> Numbers:
    """Return what a file holds of the runs.

    Parameters
    ----------
    sweep : of the study that `lesson_study` gives.
    people : as `people_of` gives them.
    base : number of the setting that the others are compared with.

    Raises
    ------
    RunError
        When runs of a setting have failed.
    """
    if sweep.failed:
        point, why = next(iter(sweep.failed.items()))
        raise RunError(f"{len(sweep.failed)} settings have failed, setting {point} among them: {why}")
    days = len(sweep.days)
    aware = np.empty((len(sweep.points), 3, len(people), days), dtype=np.int64)
    change = np.empty_like(aware)
    for place, size in enumerate(people):
        persons = sweep.curve(curve_name(place)).astype(np.float64) * size
        whole = np.rint(persons).astype(np.int64)
        if np.abs(persons - whole).max(initial=0.0) > _WHOLE:
            raise RunError(f"shares of {size} persons that are no persons", path=places_of()[place])
        aware[:, :, place] = _band(whole)
        change[:, :, place] = _band(whole - whole[base])
    # A report exists by the end of a day when it was signed before the next one begins.
    first = np.stack([sweep.values(report_name(place)) for place in range(len(people) - 1)], axis=1)
    there = first[..., None] < np.arange(1, days + 1)
    districts = there.sum(axis=1)
    return Numbers(aware, change, there.sum(axis=2), _band(districts), _band(districts - districts[base]))


def _band(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (settings, 3, days) of (settings, runs, days)."""
    which = order_statistics(np.arange(values.shape[1]), SHARES)
    return np.asarray(np.sort(values, axis=1)[:, which])
