"""A stand-in for the model: records with plausible shapes and counts, drawn from streams, without any dynamics.

It lets the machinery of runs be tested on its own, fast and with known content. Everything depends on seed, replicate
and the pass-on rate only.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.randomness.streams import Streams
from rumorsim.party import Party
from rumorsim.party.vocabulary import FLAGS
from rumorsim.scenario import Scenario
from rumorsim.scenario.words import CHANNELS

NEVER = 32767
VOICING = np.dtype(
    [("tick", "<i2"), ("rumor", "i1"), ("person", "<i4"), ("cell", "<i4"), ("kind", "i1"), ("detected", "?")]
)
MEETING = np.dtype([("tick", "<i2"), ("cell", "<i4"), ("kind", "i1")])


@dataclass(frozen=True, eq=False)
class FakeRecord:
    """The fields of a run record."""

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


class FakeAssembly:
    """Stands where ``rumorsim.model.assemble(scenario, party)`` would.

    Parameters
    ----------
    voicings : how many voicings a replicate has.
    seconds : how long a replicate takes, so that a run can be interrupted.
    """

    def __init__(self, scenario: Scenario, party: Party, voicings: int = 400, seconds: float = 0.0) -> None:
        self.scenario = scenario
        self.party = party
        self.n_voicings = voicings
        self.seconds = seconds
        self.at_once = 1
        start = np.datetime64(str(scenario.start), "s")
        n_days = (scenario.stop - scenario.start).days + 1
        self.tick_start = start + np.arange(4 * n_days + 1) * np.timedelta64(6, "h")

    def simulate(self, seed: int, replicate: int, values: Mapping[str, Any] | None = None) -> FakeRecord:
        """Draw a record."""
        if self.seconds:
            time.sleep(self.seconds)
        values = self.scenario.values if values is None else values
        streams, people = Streams(seed, replicate), np.arange(len(self.party.people))
        n_rumors, n, n_ticks = len(self.scenario.rumors), len(people), len(self.tick_start) - 1
        rate = float(values["spread.pass_on_rate"])
        heard = np.full((n_rumors, n), NEVER, dtype=np.int16)
        stopped = heard.copy()
        tells = np.zeros((n_rumors, n), dtype=bool)
        channel = np.full((n_rumors, n), -1, dtype=np.int8)
        teller = np.full((n_rumors, n), -1, dtype=np.int32)
        for r in range(n_rumors):
            tick = np.floor(n_ticks * streams.exponential("hear", people, r) / rate).astype(np.int64) + 1
            known = streams.uniform("initial", people, r) < 0.01
            tick[known] = -1
            aware = tick < n_ticks
            heard[r] = np.where(aware, tick, NEVER)
            tells[r] = aware & (streams.uniform("tell", people, r) < 0.3)
            end = tick + 4 + np.floor(8 * streams.exponential("stop", people, r)).astype(np.int64)
            stopped[r] = np.where(tells[r] & (end < n_ticks), end, NEVER)
            later = aware & ~known
            channel[r] = np.where(later, (streams.uniform("attribute", people, r) * len(CHANNELS)).astype(np.int8), -1)
            teller[r] = np.where(later, (streams.uniform("partner", people, r) * n).astype(np.int32), -1)
        members = np.flatnonzero(self.party.people["cell"] >= 0)
        voicings = np.zeros(self.n_voicings, dtype=VOICING)
        number = np.arange(self.n_voicings)
        voicings["tick"] = np.floor(n_ticks * streams.uniform("voice", number)).astype(np.int16)
        voicings["rumor"] = number % n_rumors
        voicings["person"] = members[np.floor(len(members) * streams.uniform("voice", number, 1)).astype(np.int64)]
        voicings["kind"] = np.floor(3 * streams.uniform("voice", number, 2)).astype(np.int8)
        cells = self.party.people["cell"][voicings["person"]]
        voicings["cell"] = np.where(voicings["kind"] == 2, -1, cells)
        voicings["detected"] = streams.uniform("detect", number) < 0.5
        meetings = np.zeros(len(self.party.cells), dtype=MEETING)
        meetings["cell"] = np.arange(len(meetings))
        meetings["tick"] = np.floor(n_ticks * streams.uniform("meeting", meetings["cell"])).astype(np.int16)
        meetings["kind"] = 1
        trips = np.flatnonzero(self.party.trips["mark"] < 0.175).astype(np.int32)
        return FakeRecord(
            seed,
            replicate,
            self.scenario.rumors,
            self.tick_start,
            heard,
            stopped,
            tells,
            channel,
            teller,
            np.full(n, NEVER, dtype=np.int16),
            voicings,
            meetings,
            trips,
            np.flatnonzero(self.party.people["flags"] & FLAGS["PLENUM"]).astype(np.int32),
            members[:3].astype(np.int32),
            members[3:5].astype(np.int32),
        )
