"""What holds of people whatever the rumor: their zone and boldness, and who has been silenced or has taken fright.

The chance of passing a rumor on differs by rumor and is in `engine.traits`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import in_order
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.engine.traits import Fear, Traits

__all__ = ["People"]


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
    """

    def __init__(self, traits: Traits, fear: Fear, n: int, replicates: int, n_rumors: int, n_channels: int) -> None:
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

    def copy(self) -> People:
        """Return the same people to go on by themselves."""
        other = copy.copy(self)
        other.mute, other.afraid_tick = self.mute.copy(), self.afraid_tick.copy()
        other._fear_of_news = self._fear_of_news.copy()
        return other

    def by_zone(self, table: NDArray[np.float64], rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return what a table (replicates, n_zones) says for the replicate and zone of each row."""
        place = self.zone.take(rows)
        if self._replicates > 1:
            place = place + rows // self._n * self.n_zones
        return table.ravel().take(place)

    def willing(self, rows: NDArray[Any], bar: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return who of the rows is bold enough for the bar (replicates, n_zones), not afraid and not silenced."""
        willing: NDArray[np.bool_] = self.boldness.take(rows) >= self.by_zone(bar, rows)
        willing &= ~self.mute.take(rows)
        willing &= self.afraid_tick.take(rows) == NEVER
        return willing

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
