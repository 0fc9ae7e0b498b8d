"""What one replicate of the 1956 model leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.scenario.words import CHANNELS

__all__ = ["CHANNELS", "MEETING", "VOICING", "VOICING_KINDS", "RunRecord"]

#: Occasions on which something can be voiced.
VOICING_KINDS: Final[tuple[str, ...]] = ("cell_meeting", "letter_meeting", "hall")

#: One voicing; cell -1 means the hall.
VOICING: Final = np.dtype(
    [("tick", "<i2"), ("rumor", "i1"), ("person", "<i4"), ("cell", "<i4"), ("kind", "i1"), ("detected", "?")]
)

#: One letter meeting that was held.
MEETING: Final = np.dtype([("tick", "<i2"), ("cell", "<i4"), ("kind", "i1")])


@dataclass(frozen=True, eq=False)
class RunRecord:
    """One replicate.

    Attributes
    ----------
    seed, replicate : int
    rumors : tuple of str
        Order of the rows below.
    tick_start : (n_ticks + 1,) datetime64[s]
        Start of each tick and end of the last. Who hears in tick t knows from ``tick_start[t + 1]`` on.
    heard_tick, stopped_tick : (n_rumors, n) int16
        32767 for never, -1 for what was so at the start; tellers tell in ticks heard + 1 .. stopped.
    tells : (n_rumors, n) bool
        Who ever told.
    channel : (n_rumors, n) int8
        Row in `CHANNELS`; -1 for those who knew at the start or never heard.
    teller : (n_rumors, n) int32
        Person who told; -1 for none.
    afraid_tick : (n,) int16
    voicings : VOICING array
    meetings : MEETING array
        Letter meetings held.
    trips_taken : (m,) int32
        Rows in ``party.trips``.
    delegates, expelled, penalized : (k,) int32
        Persons.
    fired : tuple of (event id, tick)
        When events with a condition took place.

    Examples
    --------
    >>> RunRecord.__dataclass_fields__["teller"].name
    'teller'
    """

    seed: int
    replicate: int
    rumors: tuple[str, ...]
    tick_start: NDArray[Any]
    heard_tick: NDArray[np.int16]
    stopped_tick: NDArray[np.int16]
    tells: NDArray[np.bool_]
    channel: NDArray[np.int8]
    teller: NDArray[np.int32]
    afraid_tick: NDArray[np.int16]
    voicings: NDArray[Any]
    meetings: NDArray[Any]
    trips_taken: NDArray[np.int32]
    delegates: NDArray[np.int32]
    expelled: NDArray[np.int32]
    penalized: NDArray[np.int32]
    fired: tuple[tuple[str, int], ...] = ()

    def hall_critics(self, begin: Any, end: Any) -> int:
        """Return how many persons voiced something in the hall from one moment to before another.

        Who speaks on two matters, or twice, counts once. Moments are anything NumPy takes for a datetime.
        """
        when = self.tick_start[self.voicings["tick"].astype(np.int64)]
        mine = (self.voicings["kind"] == VOICING_KINDS.index("hall")) & (when >= np.datetime64(begin, "s"))
        return len(np.unique(self.voicings["person"][mine & (when < np.datetime64(end, "s"))]))
