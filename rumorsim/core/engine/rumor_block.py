"""One rumor in a batch of replicates, or several that obey one rule: plain arrays, one row a person and replicate."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.compiled import CompiledContacts
from rumorsim.core.contacts.membership_calendar import Changes
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.core.engine.broadcasts import BroadcastRows
from rumorsim.core.engine.hearing_thresholds import HearingThresholds
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.tellers import NEVER, NOBODY, Tellers
from rumorsim.core.engine.unattributed import Hearings
from rumorsim.core.randomness.streams import BatchStreams

if TYPE_CHECKING:
    from rumorsim.core.rules.base import Rule

__all__ = ["RumorBlock"]


class RumorBlock:
    """The state of a rumor, or of several laid side by side: what a rule sees, and the only writer of its arrays.

    Rows count person by person, replicate by replicate, rumor by rumor. A rule of your own needs `hazard_of_hearing`,
    `hazard_from_those_who_know`, `count_down`, `thresholds`, `heard_tick`, `tick` and `tick_days`.

    Parameters
    ----------
    rule : Rule
    rumors : tuple of int
        Numbers of the rumors whose rows lie here side by side.
    n_rows_each : int
        Rows of one rumor: people times replicates.
    ticks : Ticks
    clock_factor : (n_rumors here, n_clocks, n_ticks) float64
        Calendar factor of each clock.
    pressures : Pressures
    streams : BatchStreams
    broadcasts : sequence of BroadcastRows
    tell_prob : (n_rows,) float64 or None
        Chance of passing on what is heard; None where everybody does.

    Attributes
    ----------
    tick : int
        The tick under way.
    left : HearingThresholds
    heard_tick, stopped_tick : (n_rows,) int16
        NEVER where it has not happened; -1 for what was so at the start.
    telling, ever_told : (n_rows,) bool
    channel : (n_rows,) int8
    teller : (n_rows,) int32
    tellers : Tellers
    memory : what `Rule.start` returned.
    alike : by clock, whether the calendar factors of all rumors here are the same.
    open_hearings : hearings whose channel and teller have not been worked out.
    heard_now : list of (rows, probabilities of passing on or None)
        Whoever has heard by an action, and is not yet entered as telling or not.
    """

    def __init__(
        self,
        rule: Rule,
        rumors: tuple[int, ...],
        n_rows_each: int,
        ticks: Ticks,
        clock_factor: NDArray[np.float64],
        pressures: Pressures,
        streams: BatchStreams,
        broadcasts: Sequence[BroadcastRows] = (),
        tell_prob: NDArray[np.float64] | None = None,
    ) -> None:
        self.rule, self.rumors, self.n_rows_each, self.ticks = rule, rumors, n_rows_each, ticks
        self.clock_factor, self.pressures, self.streams = clock_factor, pressures, streams
        self.broadcasts, self.tell_prob = tuple(broadcasts), tell_prob
        self.tick = 0
        self.n_rows = n_rows_each * len(rumors)
        self.left = HearingThresholds(n_rows_each, len(rumors))
        self.heard_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.stopped_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        self.telling = np.zeros(self.n_rows, dtype=np.bool_)
        self.ever_told = np.zeros(self.n_rows, dtype=np.bool_)
        self.channel = np.full(self.n_rows, NOBODY, dtype=np.int8)
        self.teller = np.full(self.n_rows, NOBODY, dtype=np.int32)
        self.tellers = Tellers(self.n_rows)
        self.alike: tuple[bool, ...] = tuple((clock_factor == clock_factor[:1]).all(axis=(0, 2)).tolist())
        self.open_hearings: list[Hearings] = []
        self.heard_now: list[tuple[NDArray[Any], NDArray[np.float64] | None]] = []
        self._first_of_clock = self.n_rows * np.arange(len(self.contacts.clocks))[:, None]
        self._answers: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None
        self._fear: NDArray[np.float64] | None = None
        self.memory = rule.start(self)

    def copy(self, memberships: Memberships | None) -> RumorBlock:
        """Return the same state to go on by itself, under a copy of the memberships."""
        other = copy.copy(self)
        other.left = self.left.copy()
        other.telling, other.ever_told = self.telling.copy(), self.ever_told.copy()
        other.heard_tick, other.stopped_tick = self.heard_tick.copy(), self.stopped_tick.copy()
        other.channel, other.teller = self.channel.copy(), self.teller.copy()
        other.tellers, other.pressures = self.tellers.copy(), self.pressures.copy(memberships)
        other.rule, other.memory = copy.deepcopy((self.rule, self.memory))
        other.open_hearings, other.heard_now = list(self.open_hearings), list(self.heard_now)
        return other

    # ------------------------------------------------------------------ asking

    @property
    def rumor(self) -> int:
        """Number of the first rumor here."""
        return self.rumors[0]

    @property
    def remaining(self) -> NDArray[np.float32]:
        """Hazard left until each row hears, (n_rows,); infinite for those who know."""
        return self.left.remaining

    @property
    def contacts(self) -> CompiledContacts:
        """Compiled contacts; ``contacts.clocks[c].unit`` times ``pressures.of_tellers[c]`` is a rate a day."""
        return self.pressures.contacts

    @property
    def memberships(self) -> Memberships | None:
        """Memberships in groups, None where there are no groups."""
        return self.pressures.memberships

    @property
    def tick_days(self) -> float:
        """Length of the tick under way."""
        return float(self.ticks.lengths_days[self.tick])

    @property
    def all_rows(self) -> NDArray[np.int64]:
        """Every row, made anew each time it is asked for."""
        return np.arange(self.n_rows, dtype=np.int64)

    def span(self, rumor: int) -> slice:
        """Return the rows of a rumor."""
        first = self.rumors.index(rumor) * self.n_rows_each
        return slice(first, first + self.n_rows_each)

    def n_sources(self) -> int:
        """Return among how many sources the cause of a hearing is chosen; with one there is nothing to choose."""
        slots = 0 if self.memberships is None else self.memberships.slots.shape[1]
        return len(self.contacts.tied) + len(self.broadcasts) + slots

    # ------------------------------------------------------------------ what a rule of one's own needs

    def thresholds(self, purpose: str, rows: NDArray[Any] | None = None, number: int = 0) -> NDArray[np.float32]:
        """Return one Exp(1) threshold a row (of all rows by default), always the same for one purpose and number."""
        return self.streams.exponential(purpose, self.all_rows if rows is None else rows, self.rumor, number)

    def hazard_of_hearing(self, rate: float = 1.0) -> NDArray[np.float64]:
        """Return the hazard at which each row hears in this tick, (n_rows,): rate times the weight of those who tell.

        With a rate of 1 it is the summed weight of the contacts who tell, times the calendar factors.
        """
        hazard = np.zeros(self.n_rows)
        for number, (clock, pressure) in enumerate(zip(self.contacts.clocks, self.pressures.of_tellers, strict=True)):
            factor = clock.unit * self.clock_factor[:, number, self.tick] * rate
            hazard += pressure * (factor[0] if self.alike[number] else np.repeat(factor, self.n_rows_each))
        return hazard

    def hazard_from_those_who_know(self, rate: float) -> NDArray[np.float32]:
        """Return the hazard at which each of ``tellers.rows`` meets somebody who knows: rate times their weight.

        A rate a day gives a hazard a day, times `tick_days` what passes in this tick. The rule must say that it needs
        "knowing".
        """
        units = np.array([clock.head_unit for clock in self.contacts.clocks])
        factors = (self.clock_factor[:, :, self.tick] * rate * units).astype(np.float32)
        return self.meeting_knowers(self.tellers.rows, factors)

    def count_down(self, hazard: Any) -> NDArray[np.int64]:
        """Use up the countdown of ``tellers.rows`` by a hazard and return the rows that stop telling."""
        return self.tellers.spend(hazard)

    # ------------------------------------------------------------------ the same by factors laid out before

    def factors(self, per_tick: NDArray[np.float64], units: Sequence[float]) -> NDArray[np.float64]:
        """Return what a whole number of pressure weighs in each tick, (n_rumors here, n_clocks, n_ticks)."""
        return np.asarray(self.clock_factor * per_tick * np.array(units)[:, None])

    def meeting_knowers(self, rows: NDArray[Any], factors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the weighted contacts who know of rows, (m,), by factors (n_rumors here, n_clocks)."""
        met = self.in_groups(rows, self.pressures.group_knowers, factors)
        for number, clock in enumerate(self.contacts.clocks):
            if clock.outgoing is not None and factors[:, number].any():
                known = self.pressures.of_knowers[number].take(rows)
                if number in self.pressures.away:
                    known *= ~self.pressures.away[number].take(rows)
                if clock.support is None:
                    met += known * self.row_factor(rows, number, factors[:, number])
                else:  # few have any contact
                    some = known.nonzero()[0]
                    met[some] += known[some] * self.row_factor(rows[some], number, factors[:, number])
        return met

    def row_factor(self, rows: NDArray[Any], clock: int, factor: NDArray[np.float32]) -> Any:
        """Return a factor a rumor on a clock for each row, or the one number where all rumors share it."""
        return factor[0] if self.alike[clock] else factor[np.asarray(rows) // self.n_rows_each]

    def in_groups(
        self, rows: NDArray[Any], heads: NDArray[np.float32], factors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return, for rows counted in `heads`, the weighted number of others in their groups, (m,) float32.

        `heads` (n_loud + 1,) counts people by group, the rows themselves among them; `factors` (n_rumors here,
        n_clocks) weighs the clocks.
        """
        groups = self.memberships
        total = np.zeros(len(rows), dtype=np.float32)
        if groups is None or not len(rows):
            return total
        others = (heads - np.float32(1)) * groups.weight
        others[-1] = 0
        for clock, (first, last) in enumerate(zip(groups.bounds[:-1], groups.bounds[1:], strict=True)):
            if first >= groups.n_loud:
                break
            if self.alike[clock]:
                others[first:last] *= factors[0, clock]
            elif last > first:
                others[first:last] *= np.repeat(factors[:, clock], (last - first) // len(factors))
        found = others.take(groups.slots.take(rows, axis=0))
        # Column by column: an empty slot adds an exact 0, so the sum does not depend on how many slots there are.
        for column in range(found.shape[1]):
            total += found[:, column]
        return total

    def use_up_thresholds(self, factors: NDArray[np.float32], clocks: Sequence[int]) -> NDArray[np.int64]:
        """Use up every row's threshold by the pressure of some clocks and return those who cross it, ascending.

        `factors` is (n_rumors here, n_clocks): what a whole number of pressure weighs in this tick.
        """
        stretches = self.left.talked_of(self.telling) if len(self.tellers) else []
        pressures, compiled = self.pressures.of_tellers, self.contacts.clocks
        by_clock = [
            (pressures[k], factors[:1, k] if self.alike[k] else factors[:, k], compiled[k].support) for k in clocks
        ]
        self.left.spend_in_turn(by_clock if stretches else (), stretches)
        return self.left.crossed()

    # ------------------------------------------------------------------ a tick

    def spread(self, now: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return who hears and who stops in a tick; nothing is entered yet."""
        self.tick = now
        for broadcast in self.broadcasts:
            self.left.spend_on_broadcast(broadcast, now, self.pressures.absent_rows)
        self.pressures.keep_away()
        heard = self.rule.hear(self, self.memory)
        stopped = self.rule.stop(self, self.memory) if len(self.tellers) else heard[:0]
        return heard, stopped

    def note(self, rows: NDArray[Any]) -> None:
        """Keep who has heard over contacts in this tick, with what it takes to say from whom."""
        hearing = Hearings(self.tick, rows)
        if self.n_sources() > 1:
            hearing.pressure = self.pressures.flat.take(self._first_of_clock + rows)
        if self.memberships is not None:
            hearing.groups = self.memberships.slots.take(rows, axis=0)
            hearing.talk = self.pressures.group_talk.take(hearing.groups)
        self.open_hearings.append(hearing)

    def enter_hearing(self, rows: NDArray[Any], tick: int) -> None:
        """Enter that rows have heard."""
        self.heard_tick[rows] = tick
        self.left.close(rows)

    def hear_outside(
        self,
        rumor: int,
        rows: NDArray[Any],
        tick: int,
        channel: int,
        teller: NDArray[Any],
        tells: bool | None,
        tell_factor: float,
    ) -> None:
        """Enter that those of a rumor's rows who do not know have heard by an action; the tick settles who tells.

        `teller` is one row or (m,); the rest is as in `Simulation.hear`.
        """
        fresh = (self.heard_tick[self.span(rumor)].take(rows) == NEVER).nonzero()[0]
        if not len(fresh):
            return
        base = np.asarray(rows)[fresh]
        first = base.argsort(kind="stable")
        base = base[first]
        if (base[1:] == base[:-1]).any():  # whoever is listed twice hears from the first
            once = np.append(True, base[1:] != base[:-1])
            base, first = base[once], first[once]
        here = base.astype(np.int64) + self.span(rumor).start
        self.channel[here] = channel
        self.teller[here] = teller if teller.ndim == 0 else teller[fresh][first]
        self.enter_hearing(here, tick)
        prob = None if tells is None else np.full(len(here), float(tells))
        if tells is None and tell_factor != 1.0:
            prob = np.full(len(here), tell_factor) if self.tell_prob is None else self.tell_prob[here] * tell_factor
        self.heard_now.append((here, prob))

    def take_heard_now(self) -> list[tuple[NDArray[Any], NDArray[np.float64] | None]]:
        """Return who has heard by actions and is not settled yet, and forget it."""
        heard, self.heard_now = self.heard_now, []
        return heard

    def take_open_hearings(self) -> list[Hearings]:
        """Return the hearings whose causes are still open, and forget them."""
        hearings, self.open_hearings = self.open_hearings, []
        return hearings

    def enter_causes(self, rows: NDArray[Any], channel: NDArray[Any], teller: NDArray[Any]) -> None:
        """Enter through which channel and from whom rows have heard."""
        self.channel[rows], self.teller[rows] = channel, teller

    def enter_switches(
        self, heard: NDArray[Any], tells: NDArray[np.bool_], stopped: NDArray[Any], stop_tick: int
    ) -> None:
        """Enter who of the hearers (ascending) starts telling and who stops, and push it along their edges."""
        starting = heard[tells]
        if len(stopped):
            self.stopped_tick[stopped] = stop_tick
            self.telling[stopped] = False
        if len(starting):
            self.telling[starting] = True
            self.ever_told[starting] = True
            self.tellers.add(starting, self.rule.patience(self, self.memory, starting))
            if self.pressures.absent is not None:
                self.tellers.freeze(starting[self.pressures.absent.take(starting)])
        self.pressures.switch(heard, starting, stopped)

    def carry_along(self, changes: Changes) -> None:
        """Follow memberships that have begun or ended."""
        self.pressures.carry_along(changes, self.telling, self._settled)

    def withdraw(self, rows: NDArray[np.int64]) -> None:
        """Take rows (ascending) out of reach of all others for a time; countdowns of tellers stand still."""
        tells = self.telling.take(rows)
        self.tellers.freeze(rows[tells])
        self.pressures.withdraw(rows, tells, self._settled(rows))

    def restore(self, rows: NDArray[np.int64]) -> None:
        """Put rows that were withdrawn back among the others."""
        tells = self.telling.take(rows)
        self.tellers.thaw(rows)
        self.pressures.restore(rows, self.telling, tells, self._settled(rows))

    def _settled(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows know and have been pushed as such: not who heard by an action and waits to be entered."""
        knows: NDArray[np.bool_] = self.heard_tick.take(rows) != NEVER
        for waiting, _ in self.heard_now:
            knows &= ~np.isin(rows, waiting)
        return knows

    def by_rumor(self, rows: NDArray[Any]) -> list[tuple[int, NDArray[Any]]]:
        """Return, for each rumor that rows (ascending) have to do with, those rows, counted from its first."""
        cuts = rows.searchsorted(self.n_rows_each * np.arange(len(self.rumors) + 1)).tolist()
        return [
            (rumor, rows[cuts[k] : cuts[k + 1]] - k * self.n_rows_each)
            for k, rumor in enumerate(self.rumors)
            if cuts[k] < cuts[k + 1]
        ]

    def of_all_rumors(self, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Return the rows that rows of one rumor have in all of them, ascending for ascending rows."""
        return (np.asarray(rows) + self.n_rows_each * np.arange(len(self.rumors))[:, None]).ravel()

    # ------------------------------------------------------------------ everybody's own draws

    def own_answers(self, tell_factor: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return who would pass on by the own chance, at ease and in fear, (n_rows,) each; drawn when first asked."""
        if self._answers is None:
            drawn = self.streams.uniform("tell", self.all_rows, self.rumor)
            own = np.float64(1.0) if self.tell_prob is None else self.tell_prob
            self._answers = (drawn < own, drawn < own * tell_factor)
        return self._answers

    def fear_draws(self) -> NDArray[np.float64]:
        """Return the number that decides whether news frightens, (n_rows,); drawn when first asked."""
        if self._fear is None:
            self._fear = self.streams.uniform("fear", self.all_rows, self.rumor, 1)
        return self._fear
