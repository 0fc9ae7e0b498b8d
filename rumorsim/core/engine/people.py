"""What holds of people whatever the rumor: zone, boldness and what emboldens them, who is silenced, who afraid.

The chance of passing a rumor on differs by rumor and is in `engine.traits`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import in_order
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.engine.traits import Emboldening, Fear, Traits
from rumorsim.core.randomness.elementary import natural_exponential

__all__ = ["People"]

#: Exposure is counted in whole numbers of 2**-30, so that the order in which it grows does not matter.
_ONE: Final = 2.0**30
_LN2: Final = 0.6931471805599453
#: Half-lives after which an exposure is gone.
_GONE: Final = 32
#: Places for what was seen; they grow when more is.
_FEW: Final = 256

#: Rows, the tick in which each heard, and what that is worth.
News = tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]


class People:
    """Everybody in every replicate of a batch, a row each; the only writer of silence and fright.

    Attributes
    ----------
    zone : (n_rows,) int8
    boldness : (n_rows,) float64
    mute : (n_rows,) bool
        Who has been silenced.
    afraid_tick : (n_rows,) int16
        When each took fright; 32767 for never.
    fear : Fear
    held_back : bool
        Whether anybody has ever been silenced or taken fright.
    news_frightens : bool
        Whether hearing of anything can frighten.
    learns : bool
        Whether anything can embolden.
    """

    def __init__(
        self,
        traits: Traits,
        fear: Fear,
        n: int,
        replicates: int,
        n_rumors: int,
        n_channels: int,
        emboldening: Emboldening | None = None,
        ticks: Ticks | None = None,
    ) -> None:
        self._n, self._replicates, self._n_rumors = n, replicates, n_rumors
        self.n_rows = n * replicates
        self.fear = fear
        # Where everybody is alike one value stands for all rows.
        zone, bold = traits.zone, traits.boldness
        self.n_zones = 1 if zone is None else int(np.asarray(zone).max()) + 1
        self.zone = np.broadcast_to(np.int8(0), self.n_rows)
        if zone is not None:
            self.zone = np.tile(np.asarray(zone).astype(np.int8), replicates)
        self.boldness = np.broadcast_to(np.float64(1), self.n_rows)
        if bold is not None:
            self.boldness = np.tile(np.asarray(bold, dtype=np.float64), replicates)
        self.mute = np.zeros(self.n_rows, dtype=np.bool_)
        self.afraid_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.held_back = False
        self.news_frightens = False
        # By channel, the one that is none (-1) first.
        self._fear_of_news = np.zeros((replicates, n_rumors, n_channels + 1))
        self.learns = emboldening is not None and ticks is not None and emboldening.gain > 0
        if emboldening is not None and ticks is not None and self.learns:
            self._lay_out_exposure(emboldening, ticks, n_rumors, n_channels)

    def _lay_out_exposure(self, emboldening: Emboldening, ticks: Ticks, n_rumors: int, n_channels: int) -> None:
        self._gain = float(emboldening.gain)
        self._exposure = np.zeros(self.n_rows, dtype=np.int64)
        self._exposure_day = np.zeros(self.n_rows, dtype=np.int32)
        #: Up to before which tick what was heard in talk is in the exposure of each.
        self._learned_until = np.zeros(self.n_rows, dtype=np.int16)
        #: What was seen in the tick under way: rows, and by how many 2**-30 it adds to the exposure of each.
        self._seen: list[tuple[NDArray[Any], NDArray[np.int64]]] = []
        #: Row, tick and units of all that was seen in the ticks before, how much of it there is, and up to where it is
        #: in the exposure of each.
        self._noted = np.zeros((3, _FEW), dtype=np.int64)
        self._n_noted = 0
        self._noted_until = np.zeros(self.n_rows, dtype=np.int64)
        #: Who has heard in talk or by a broadcast, not by an action; rumor by rumor.
        self._in_talk = np.zeros(n_rumors * self.n_rows, dtype=np.bool_)
        # Edges are sums of lengths: a day begins where the sum of its parts says so.
        self._day = np.floor(ticks.edges_days + 1e-9).astype(np.int32)
        life = float(emboldening.half_life_days)
        days = np.arange(1.0 if life == np.inf else min(float(self._day[-1]), np.ceil(_GONE * life)) + 1.0)
        self._left = np.rint(natural_exponential(-days * (_LN2 / life)) * _ONE) / _ONE
        self._worth = np.zeros((n_rumors, n_channels + 1))
        #: By rumor, what it is worth in talk unless the channel has to be asked; whether that is so at all; and whether
        #: only of those whom a broadcast reached.
        self.worth_in_talk = np.zeros(n_rumors)
        self.asks_who = np.zeros(n_rumors, dtype=np.bool_)
        self.contacts_alike = np.ones(n_rumors, dtype=np.bool_)

    def copy(self) -> People:
        """Return the same people to go on by themselves."""
        other = copy.copy(self)
        other.mute, other.afraid_tick = self.mute.copy(), self.afraid_tick.copy()
        other._fear_of_news = self._fear_of_news.copy()
        if self.learns:
            other._exposure, other._exposure_day = self._exposure.copy(), self._exposure_day.copy()
            other._learned_until, other._in_talk = self._learned_until.copy(), self._in_talk.copy()
            other._noted, other._noted_until = self._noted.copy(), self._noted_until.copy()
            other._seen = list(self._seen)
        return other

    def by_zone(self, table: NDArray[np.float64], rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return what a table (replicates, n_zones) says for the replicate and zone of each row."""
        place = self.zone.take(rows)
        if self._replicates > 1:
            place = place + rows // self._n * self.n_zones
        return table.ravel().take(place)

    def may_be_willing(self, rows: NDArray[Any], bar: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return who of the rows would be willing if exposed without end: all who are willing, and maybe others."""
        needed = self.by_zone(bar, rows)
        return self._free(rows, needed - self._gain if self.learns else needed)

    def waver(self, rows: NDArray[Any], bar: NDArray[np.float64]) -> NDArray[Any]:
        """Return those of the rows whose boldness reaches the bar or not by what has emboldened them, ascending."""
        bold, needed = self.boldness.take(rows), self.by_zone(bar, rows)
        return in_order(np.asarray(rows)[(bold < needed) & (bold >= needed - self._gain)])

    def willing(self, rows: NDArray[Any], bar: NDArray[np.float64], now: int) -> NDArray[np.bool_]:
        """Return who of the rows is bold enough for the bar (replicates, n_zones), not afraid and not silenced.

        Where people learn, `learn` goes before for those who `waver`.
        """
        needed = self.by_zone(bar, rows)
        if self.learns:
            exposure = self.exposure(rows, now)
            needed = needed - self._gain * exposure / (1.0 + exposure)
        return self._free(rows, needed)

    def _free(self, rows: NDArray[Any], needed: NDArray[np.float64]) -> NDArray[np.bool_]:
        free: NDArray[np.bool_] = self.boldness.take(rows) >= needed
        free &= ~self.mute.take(rows)
        free &= self.afraid_tick.take(rows) == NEVER
        return free

    def silence(self, rows: NDArray[Any], *, lift: bool = False) -> None:
        """Let rows fall silent, or (`lift`) speak again about what they hear from now on."""
        self.mute[rows] = not lift
        self.held_back |= not lift

    def take_fright(self, rows: NDArray[Any], now: int) -> NDArray[np.int64]:
        """Let rows take fright; return those who had not done so before, ascending."""
        rows = in_order(np.asarray(rows, dtype=np.int64))
        rows = rows[self.afraid_tick.take(rows) == NEVER]
        self.afraid_tick[rows] = now
        self.held_back = True
        return rows

    def set_fear_of_news(self, rumor: int, prob: Mapping[int | None, float], replicates: NDArray[np.int64]) -> None:
        """Set with what probability hearing a rumor frightens, by number of channel; None is every channel."""
        self.news_frightens = True
        if None in prob:
            self._fear_of_news[replicates, rumor, :] = prob[None]
        for number, value in prob.items():
            if number is not None:
                self._fear_of_news[replicates, rumor, number + 1] = value

    def prob_of_fright(self, rumor: NDArray[Any], rows: NDArray[Any], channel: NDArray[np.int8]) -> NDArray[np.float64]:
        """Return with what probability hearing a rumor through a channel frightens each of the rows."""
        cell = rumor
        if self._replicates > 1:
            cell = cell + rows // self._n * self._n_rumors
        return self._fear_of_news.take(cell * self._fear_of_news.shape[2] + channel + 1)

    # ------------------------------------------------------------------ what emboldens

    def exposure(self, rows: NDArray[Any], now: int) -> NDArray[np.float64]:
        """Return what is left, at the start of a tick, of the exposure that rows have learned; 0 where nobody does."""
        return self._fade(rows, self._day[now]) / _ONE if self.learns else np.zeros(len(rows))

    def _fade(self, rows: NDArray[Any], day: Any) -> NDArray[np.float64]:
        """Return what is left of the exposure of rows on a day, one or (m,), in whole numbers of 2**-30."""
        days = np.minimum(day - self._exposure_day.take(rows), len(self._left) - 1)
        return np.asarray(np.rint(self._exposure.take(rows) * self._left.take(days)))

    def see(self, rows: NDArray[Any], amount: Any) -> None:
        """Note that something adds an amount, one or (m,), to the exposure of rows; it counts from `close` on."""
        if self.learns:
            units = _counted(amount)
            units = units if units.ndim else np.full(len(rows), units)
            some = units.nonzero()[0]
            if len(some):
                self._seen.append((np.asarray(rows)[some], units[some]))

    def hear_in_talk(self, rumor: int, rows: NDArray[Any]) -> None:
        """Note that rows, counted from the first of a rumor, hear over contacts or by a broadcast in this tick."""
        self._in_talk[rumor * self.n_rows + rows] = True

    def hear_by_action(self, rumor: NDArray[Any], rows: NDArray[Any], channel: NDArray[np.int8]) -> None:
        """Note that rows hear rumors by an action in this tick."""
        self.see(rows, self._worth[rumor, channel + 1])

    def close(self, now: int) -> None:
        """Let what was seen in a tick count."""
        for rows, units in self._seen:
            first, self._n_noted = self._n_noted, self._n_noted + len(rows)
            while self._n_noted > self._noted.shape[1]:
                self._noted = np.concatenate([self._noted, np.zeros_like(self._noted)], axis=1)
            self._noted[:, first : self._n_noted] = np.stack([rows, np.full(len(rows), now), units])
        self._seen = []

    def fresh_news(self, rumor: int, rows: NDArray[Any], heard_tick: NDArray[np.int16], now: int) -> NDArray[np.int64]:
        """Return the positions of those rows who heard a rumor in talk before a tick and have not learned from it."""
        heard = heard_tick.take(rows)
        fresh = (heard >= self._learned_until.take(rows)) & (heard < now)
        fresh &= self._in_talk.take(rumor * self.n_rows + rows)
        return fresh.nonzero()[0]

    def learn(self, rows: NDArray[Any], news: Sequence[News], now: int) -> None:
        """Let what rows have seen and heard before a tick into their exposure, in order of time.

        Parameters
        ----------
        rows : (m,) integers, ascending
        news : sequence of (rows, tick in which they heard, what it is worth)
            What they have heard in talk and have not learned from.
        now : int
        """
        asked = np.zeros(self.n_rows, dtype=np.bool_)
        asked[rows] = True
        noted = self._noted[:, : self._n_noted]
        mine = asked.take(noted[0]).nonzero()[0]
        mine = mine[mine >= self._noted_until.take(noted[0].take(mine))]
        self._learned_until[rows], self._noted_until[rows] = now, self._n_noted
        parts = [np.stack([who, when, _counted(worth)]) for who, when, worth in news]
        if len(mine):
            parts.append(noted[:, mine])
        if not parts:
            return
        who, when, units = np.concatenate(parts, axis=1)
        order = np.lexsort((when, who))
        who, day, units = who[order], self._day[when[order]], units[order]
        # First the earliest that is new to each, then the second of each: what is there fades up to the day of the new.
        turn = np.arange(len(who)) - who.searchsorted(who)
        for number in range(int(turn.max()) + 1):
            these = turn == number
            growing, then = who[these], day[these]
            self._exposure[growing] = self._fade(growing, then).astype(np.int64) + units[these]
            self._exposure_day[growing] = then

    def set_worth_of_news(
        self, rumor: int, worth: Mapping[int | None, float], over_contacts: set[float], by_broadcasts: set[float]
    ) -> None:
        """Set what first hearing a rumor adds to exposure.

        Parameters
        ----------
        rumor : int
        worth : mapping number of channel -> amount
            None is every channel that is not named.
        over_contacts, by_broadcasts : sets of float
            What there is among the channels of those that are worked out only when somebody asks.
        """
        self.asks_who[rumor] = len(over_contacts | by_broadcasts) > 1
        self.contacts_alike[rumor] = len(over_contacts) == 1
        self.worth_in_talk[rumor] = max(over_contacts or by_broadcasts, default=0.0)
        self._worth[rumor] = worth.get(None, 0.0)
        for number, value in worth.items():
            if number is not None:
                self._worth[rumor, number + 1] = value

    @property
    def of_worth(self) -> list[int]:
        """Rumors that are worth something when heard in talk or by a broadcast."""
        found: list[int] = ((self.worth_in_talk > 0) | self.asks_who).nonzero()[0].tolist()
        return found

    def worth_through(self, rumor: int, channel: NDArray[np.int8]) -> NDArray[np.float64]:
        """Return what hearing a rumor through channels adds to exposure."""
        return np.asarray(self._worth[rumor].take(channel + 1))


def _counted(amount: Any) -> NDArray[np.int64]:
    """Return amounts in whole numbers of 2**-30."""
    return np.asarray(np.rint(np.asarray(amount) * _ONE).astype(np.int64))
