"""What becomes of those who hear and of those who stop: fright, telling on, books, pressures, and who told whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors
from rumorsim.core.contacts import Contacts
from rumorsim.core.crowd import Crowd
from rumorsim.core.forest import BroadcastRows, Moment, attribute, sources
from rumorsim.core.push import in_order
from rumorsim.core.rates import Ticks
from rumorsim.core.rules.base import Rule
from rumorsim.core.state import NEVER, Hits, RumorState
from rumorsim.core.streams import BatchStreams
from rumorsim.core.traits import Fear

__all__ = ["Switches", "scales_of"]


class Switches:
    """The side of `Simulation` that enters switches in the books and pushes them along their edges.

    Attributes
    ----------
    n, replicates, n_rows : int
        People, replicates in the batch, and their product.
    tick : int
        The tick under way, or the coming one at a boundary.
    rules : tuple of Rule
    contacts : Contacts
    ticks : Ticks
    mute : (n_rows,) bool
    afraid_tick : (n_rows,) int16
    """

    n: int
    n_rows: int
    replicates: int
    tick: int
    luck: BatchStreams
    fear: Fear
    states: list[RumorState]
    mute: NDArray[np.bool_]
    afraid_tick: NDArray[np.int16]
    rules: tuple[Rule, ...]
    contacts: Contacts
    ticks: Ticks
    _crowd: Crowd
    _state_of: dict[int, RumorState]
    _fear_of_news: NDArray[np.float64]
    _heard_now: dict[int, list[tuple[NDArray[Any], NDArray[np.float64] | None]]]
    _news_frightens: bool = False
    #: Whether fear goes by a channel that is worked out only when somebody asks.
    _fear_asks_who: bool = False
    #: Whether anybody has ever been silenced or taken fright.
    _held_back: bool = False
    _rule_of: Mapping[int, Rule]
    _broadcasts: Mapping[int, Sequence[BroadcastRows]]
    _channel_of_layer: NDArray[np.int8]
    _boosts: Mapping[int, Sequence[tuple[int, np.float32]]]

    def _note_hits(self, state: RumorState, rows: NDArray[Any]) -> None:
        hit = Hits(self.tick, rows)
        if sources(state, len(self._broadcasts[id(state)])) > 1:
            hit.pressure = state.pressures.take(state.first_of_clock + rows)
        if state.groups is not None:
            hit.groups = state.groups.slots.take(rows, axis=0)
            hit.counts = state.group_telling.take(hit.groups)
        state.hits.append(hit)

    def _settle_all(self, switches: list[tuple[RumorState, NDArray[Any], NDArray[Any]]]) -> None:
        """Settle what actions and talk have brought about: who takes fright, then who of the hearers tells on.

        Fright comes first for all rumors, so that the order of rumors does not matter to somebody who hears two.
        """
        gathered = []
        for state, heard, stopped in switches:
            parts = self._heard_now.pop(id(state), [])
            if len(heard):
                parts = [*parts, (heard, None)]
            rows = heard if not parts else parts[0][0] if len(parts) == 1 else np.concatenate([p[0] for p in parts])
            gathered.append((state, parts, rows, stopped))
        for state, _, rows, _ in gathered:
            if len(rows):
                self._frighten(state, rows)
        for state, parts, rows, stopped in gathered:
            if len(rows):
                tells = self._tell_on(state, parts, rows)
                if len(parts) > 1:
                    order = rows.argsort(kind="stable")
                    rows, tells = rows[order], tells[order]
                self._settle(state, rows, tells, stopped)
            elif len(stopped):
                self._settle(state, rows, np.empty(0, dtype=np.bool_), stopped)

    def _tell_on(
        self, state: RumorState, parts: list[tuple[NDArray[Any], NDArray[np.float64] | None]], rows: NDArray[Any]
    ) -> NDArray[np.bool_]:
        """Return who of the hearers passes the rumor on, by the chances of each part or the person's own."""
        prob = state.extra["tell_prob"]
        if prob is None and all(chance is None for _, chance in parts) and not self._held_back:
            return np.ones(len(rows), dtype=np.bool_)
        if "tells" not in state.extra:  # what everybody's own chance says, in ease and in fear
            luck = state.luck.uniform("tell", state.all_rows, state.rumor)
            own = np.float64(1.0) if prob is None else prob
            state.extra["tells"] = (luck < own, luck < own * self.fear.tell_factor)
        base = rows % self.n_rows
        afraid = (self.afraid_tick.take(base) != NEVER).nonzero()[0]
        at_ease, in_fear = state.extra["tells"]
        tells: NDArray[np.bool_] = at_ease.take(rows)
        tells[afraid] = in_fear.take(rows[afraid])
        first = 0
        for some, given in parts:
            last = first + len(some)
            if given is not None:
                chance = given.copy()
                chance[afraid[(afraid >= first) & (afraid < last)] - first] *= self.fear.tell_factor
                tells[first:last] = state.luck.uniform("tell", some, state.rumor) < chance
            first = last
        tells &= ~self.mute.take(base)
        return tells

    def _frighten(self, state: RumorState, rows: NDArray[Any]) -> None:
        if not self._news_frightens:
            return
        if self._fear_asks_who:
            self.attribute()
        position, base = np.divmod(rows, self.n_rows)
        cell = position + state.rumor
        if self.replicates > 1:
            cell += base // self.n * len(self.rules)
        cell *= self._fear_of_news.shape[2]
        cell += state.channel.take(rows)
        cell += 1
        prob = self._fear_of_news.take(cell)
        if not prob.any():
            return
        if "fear_luck" not in state.extra:
            state.extra["fear_luck"] = state.luck.uniform("fear", state.all_rows, state.rumor, 1)
        frightened = base[state.extra["fear_luck"].take(rows) < prob]
        if len(frightened):
            self.scare(frightened)

    def _take_hold(self, state: RumorState, rows: NDArray[Any], tick: int) -> None:
        state.heard_tick[rows] = tick
        state.remaining[rows] = np.float32(np.inf)

    def _settle(
        self,
        state: RumorState,
        heard: NDArray[Any],
        tells: NDArray[np.bool_],
        stopped: NDArray[Any],
        stop_tick: int | None = None,
    ) -> None:
        """Enter switches in the books and push them along their edges; those who heard come in ascending order."""
        starting = heard[tells]
        if len(stopped):
            state.stopped_tick[stopped] = self.tick if stop_tick is None else stop_tick
            state.telling[stopped] = False
        if len(starting):
            state.telling[starting] = True
            state.ever_told[starting] = True
            state.tellers.add(starting, self._rule_of[id(state)].patience(state, starting))
        self._crowd.switch(state, heard, starting, stopped)
        if self._boosts and len(heard):
            self._couple(state, heard)

    def _couple(self, state: RumorState, heard: NDArray[Any]) -> None:
        """Let the hearing of one rumor change the receptivity for others."""
        cuts = heard.searchsorted(self.n_rows * np.arange(len(state.rumors) + 1)).tolist()
        for position, rumor in enumerate(state.rumors):
            if rumor not in self._boosts or cuts[position] == cuts[position + 1]:
                continue
            rows = heard[cuts[position] : cuts[position + 1]] - position * self.n_rows
            for other, scale in self._boosts[rumor]:
                target = self._state_of[other]
                target.remaining[rows + target.rumors.index(other) * self.n_rows] *= scale

    def scare(self, rows: NDArray[Any]) -> None:
        """Let rows take fright: unwilling to voice, less likely to pass on, quicker to stop telling."""
        rows = in_order(np.asarray(rows, dtype=np.int64))
        rows = rows[self.afraid_tick.take(rows) == NEVER]
        self.afraid_tick[rows] = self.tick
        self._held_back = True
        if self.fear.stop_factor == 1.0:
            return
        for state in self.states:
            every = (rows + self.n_rows * np.arange(len(state.rumors))[:, None]).ravel()
            state.tellers.scale(every[state.telling.take(every)], 1.0 / self.fear.stop_factor)

    def attribute(self) -> None:
        """Work out channel and teller of all first hearings that are still open."""
        for state in self.states:
            if state.hits:
                rule = self._rule_of[id(state)]
                factor = np.zeros((len(state.rumors), len(state.fabric.clocks), self.ticks.n_ticks))
                for tick in sorted({hit.tick for hit in state.hits}):
                    factor[:, :, tick] = rule.marginal(state, tick)
                broadcasts = self._broadcasts[id(state)]
                attribute(Moment(state, self._crowd.talk, self._channel_of_layer, broadcasts, factor, self.n))


def scales_of(couplings: Any, n_rumors: int) -> dict[int, list[tuple[int, np.float32]]]:
    """Return, for each rumor that matters to others, those others and the scale of their remaining thresholds."""
    if couplings is None:
        return {}
    table = factors(couplings, "couplings", ((n_rumors, n_rumors),))
    boosts: dict[int, list[tuple[int, np.float32]]] = {}
    with np.errstate(divide="ignore"):
        scales = np.float32(1.0) / table.astype(np.float32)
    for rumor, other in zip(*np.nonzero(table != 1.0), strict=True):
        if rumor != other:
            boosts.setdefault(int(rumor), []).append((int(other), scales[rumor, other]))
    return boosts
