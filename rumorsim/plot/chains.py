"""Chains of tellers in one replicate, and the choice of one that shows how news gets from a room to a village."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import PlotError
from rumorsim.model.past import Link, chain_of
from rumorsim.party.vocabulary import KINDS
from rumorsim.scenario.words import CHANNELS

if TYPE_CHECKING:
    from rumorsim.model import RunRecord
    from rumorsim.party import Party

__all__ = ["TALK", "Chain", "Link", "ancestry", "find_chain"]

#: Channels of word of mouth.
TALK: Final = ("conversation", "workplace", "travel", "telephone", "kin", "visit", "post")
_CLOSED: Final = ("hall", "briefing")
_NEVER: Final = 32767
#: How many persons a chain has that fits on a figure and still teaches something.
_SHORTEST, _LONGEST = 5, 8


@dataclass(frozen=True)
class Chain:
    """A chain of tellers from a source to its last hearer.

    Attributes
    ----------
    links : the persons, source first.
    kind : what the chain is an example of, in words.
    alike : how many people of the replicate heard along a chain of that kind.
    """

    links: tuple[Link, ...]
    kind: str
    alike: int


def ancestry(record: RunRecord, row: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return for everybody the source of the chain they heard along, and how many tellers lie between.

    Parameters
    ----------
    record : RunRecord
    row : of the rumor in the record.

    Returns
    -------
    source : (n,) int32, the person itself where nobody told.
    depth : (n,) int64, 0 for sources.
    """
    teller = record.teller[row]
    source = np.arange(len(teller), dtype=np.int32)
    depth = np.zeros(len(teller), dtype=np.int64)
    while True:
        told = teller[source] >= 0
        if not told.any():
            return source, depth
        source = np.where(told, teller[source], source)
        depth += told


def _along(record: RunRecord, row: int, bits: NDArray[np.int64], longest: int) -> NDArray[np.int64]:
    """Return for everybody the bits of all persons on their chain taken together, up to a length."""
    at = np.arange(len(bits))
    found = bits.copy()
    for _ in range(longest):
        teller = record.teller[row][at]
        at = np.where(teller >= 0, teller, at)
        found |= bits[at]
    return found


def _worth(record: RunRecord, party: Party, row: int, longest: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return for everybody whether their chain crosses districts on a duty trip, and its number of ways of telling."""
    channel = record.channel[row]
    bit = np.zeros(len(CHANNELS) + 1, dtype=np.int64)
    for word in TALK:
        bit[CHANNELS.index(word)] = 1 << CHANNELS.index(word)
    district = party.people["district"]
    abroad = np.append(district, district[:1] * 0 - 2)[record.teller[row]] != district
    crossing = 1 << len(CHANNELS)
    bits = bit[channel] | np.where(abroad & (channel == CHANNELS.index("travel")), crossing, 0)
    along = _along(record, row, bits, longest)
    ways = ((along[:, None] >> np.arange(len(CHANNELS))) & 1).sum(axis=1)
    return (along & crossing) > 0, np.asarray(ways)


def find_chain(record: RunRecord, party: Party, rumor: str, before: Any = None) -> Chain:
    """Choose an instructive chain: from a closed meeting, by word of mouth alone, to a village far from the capital.

    Of all such chains with five to eight persons, those complete before a date come first (the letter, say), then
    those that cross districts on a duty trip, then those with most different ways of telling, then the farthest from
    Tiranë, then the earliest. Where there is none, the village, then the closed meeting, then the length are given up.

    Parameters
    ----------
    record : RunRecord
    party : Party
        The party of the run.
    rumor : str
    before : date
        Chains that end before this day come first.

    Raises
    ------
    PlotError
        If the rumor was not followed, or nobody heard of it from anybody.
    """
    if rumor not in record.rumors:
        raise PlotError("not a rumor of this run", given=rumor, allowed=record.rumors)
    row = record.rumors.index(rumor)
    source, depth = ancestry(record, row)
    channel = record.channel[row]
    people = party.people
    ticks = record.heard_tick[row].astype(np.int64)
    when = record.tick_start[np.where((ticks >= 0) & (ticks != _NEVER), ticks + 1, 0)]
    kind = np.append(party.cells["kind"], np.int8(-1))[people["cell"]]
    talked = (record.teller[row] >= 0) & np.isin(channel, [CHANNELS.index(word) for word in TALK])
    closed = np.isin(channel[source], [CHANNELS.index(word) for word in _CLOSED]) & _all_talk(record, row, source)
    tirana = party.geography.tirana_district
    far = (people["district"] >= 0) & (people["district"] != tirana)
    village = kind == KINDS.index("village")
    fits = (depth >= _SHORTEST - 1) & (depth < _LONGEST)
    km = np.append(party.geography.km[tirana], 0)[people["district"]]
    alone = "by word of mouth alone, from the closed meeting"
    # The most instructive kind first; each below it gives up the village, the other district, the length or the source.
    for wanted, text in (
        (talked & closed & far & village & fits, f"{alone} to a village outside Tiranë"),
        (talked & closed & village & (depth < _LONGEST), f"{alone} to a village"),
        (talked & closed & far & (depth < _LONGEST), f"{alone} to another district"),
        (talked & closed & (depth < _LONGEST), alone),
        (talked & far & village & fits, "by word of mouth in a village outside Tiranë, after a longer chain"),
        (talked & (depth < _LONGEST), "by word of mouth along a short chain"),
        (talked, "by word of mouth"),
    ):
        found = np.flatnonzero(wanted)
        if not len(found):
            continue
        late = np.zeros(len(found), np.bool_) if before is None else when[found] >= np.datetime64(before, "D")
        crosses, ways = _worth(record, party, row, _LONGEST)
        best = found[np.lexsort((found, when[found], -km[found], -ways[found], ~crosses[found], late))[0]]
        return Chain(chain_of(record, party, row, int(best)), text, len(found))
    raise PlotError("nobody heard of the rumor from another person", given=rumor)


def _all_talk(record: RunRecord, row: int, source: NDArray[Any]) -> NDArray[np.bool_]:
    """Return whose chain, its source apart, is word of mouth alone."""
    talk = np.isin(record.channel[row], [CHANNELS.index(word) for word in TALK])
    good = talk | (record.teller[row] < 0)
    at = np.arange(len(source))
    while True:
        teller = record.teller[row][at]
        if not (teller >= 0).any():
            return np.asarray(good)
        at = np.where(teller >= 0, teller, at)
        good = good & (talk[at] | (record.teller[row][at] < 0))
