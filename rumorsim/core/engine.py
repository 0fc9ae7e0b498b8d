"""The engine: ticks over whole-number pressures and integrated hazards.

A tick runs in four steps. Memberships begin and end; actions of the calendar take place; every rule says who hears
and who stops; those switches are pushed along their edges. All switches are synchronous: whoever hears or stops in
tick t acts otherwise from tick t + 1 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import listed, word
from rumorsim.core.contacts import Contacts
from rumorsim.core.crowd import Crowd
from rumorsim.core.door import Door, check_replicates, of_class, rules_of, ticks_of
from rumorsim.core.exposures import Action, Broadcast
from rumorsim.core.fabric import weave
from rumorsim.core.forest import BroadcastRows
from rumorsim.core.network import Network
from rumorsim.core.push import BACK_ENDS, default_back_end
from rumorsim.core.rates import Ticks, per_tick
from rumorsim.core.results import Runs
from rumorsim.core.rules.base import Rule
from rumorsim.core.stage import Stage
from rumorsim.core.state import NEVER, RumorState
from rumorsim.core.streams import BatchStreams
from rumorsim.core.switches import scales_of
from rumorsim.core.traits import Fear, Traits
from rumorsim.errors import CoreError

__all__ = ["Simulation"]


#: Rows up to which rumors that obey one rule are laid side by side.
_STACKED = 500_000


class Simulation(Stage):
    """A batch of replicates that steps through time and takes interventions at tick boundaries.

    Parameters
    ----------
    contacts : Network or Contacts
    rules : Rule or sequence of Rule
        One a rumor; a rule object must not be shared between rumors.
    time_step_days, stop_days : float
        Equal ticks; or give `ticks`.
    ticks : Ticks, optional
    initial_spreaders, initial_aware : sequence of persons, or mapping rumor -> persons
        Who tells, and who knows silently, at the start. A plain sequence means rumor 0.
    clock_factors : mapping clock -> (n_ticks,) or (n_rumors, n_ticks) floats
        Calendar factors; 1 for a clock that is left out.
    traits : Traits, optional
    fear : Fear, optional
    broadcasts : sequence of Broadcast
    actions : sequence of Action
    couplings : (n_rumors, n_rumors) floats, optional
        ``couplings[a, b]`` multiplies the receptivity for b of whoever hears a.
    channels, occasions : sequences of str, optional
        Vocabularies; by default those in use.
    detect_prob : mapping occasion -> probability
        Chance that a voicing is noticed by somebody in authority.
    replicates, first_replicate, seed : int
        The batch holds replicates first_replicate .. first_replicate + replicates - 1.
    labels : (n,) integers, optional
        Addresses of people for chance; their own numbers by default.
    back_end : str, optional
        A name in `rumorsim.core.push.BACK_ENDS`.
    stacked : bool, optional
        Whether rumors under equal rules are laid side by side; never changes a result. By default where it is faster.

    Raises
    ------
    CoreError
        For anything outside its range, named with its path.

    Examples
    --------
    >>> from rumorsim.core import MakiThompson, Network
    >>> sim = Simulation(Network.from_edges(2, [0], [1]), [MakiThompson(1000.0)], initial_spreaders=[0], stop_days=3.0)
    >>> sim.step()
    >>> sim.time, int(sim.heard_tick(0)[1])
    (1.0, 0)
    """

    def __init__(
        self,
        contacts: Network | Contacts,
        rules: Rule | Sequence[Rule],
        *,
        time_step_days: float = 1.0,
        stop_days: float | None = None,
        ticks: Ticks | None = None,
        initial_spreaders: Any = (),
        initial_aware: Any = (),
        clock_factors: Mapping[str, Any] | None = None,
        traits: Traits | None = None,
        fear: Fear | None = None,
        broadcasts: Sequence[Broadcast] = (),
        actions: Iterable[Action] = (),
        couplings: Any = None,
        channels: Sequence[str] | None = None,
        occasions: Sequence[str] = (),
        detect_prob: Mapping[str, float] | None = None,
        replicates: int = 1,
        first_replicate: int = 0,
        seed: int = 0,
        labels: Any = None,
        back_end: str | None = None,
        stacked: bool | None = None,
    ) -> None:
        replicates, first_replicate = check_replicates(replicates, first_replicate)
        self.contacts = Contacts.of(contacts)
        ticks = ticks_of(ticks, time_step_days, stop_days)
        self.rules: tuple[Rule, ...] = rules_of(rules)
        if not self.rules or len({id(rule) for rule in self.rules}) != len(self.rules):
            raise CoreError("rules", path="rules", given=len(self.rules), allowed="one rule object for each rumor")
        self.ticks = ticks
        self.n = self.contacts.n
        self.replicates = replicates
        self.first_replicate = first_replicate
        self.n_rows = self.n * replicates
        self.tick = 0
        self._stepping = False
        self.traits = of_class(traits, "traits", Traits)
        self.traits.check(self.n, len(self.rules))
        self.fear = of_class(fear, "fear", Fear)
        self.fear.check()
        door = Door(self.contacts, ticks, len(self.rules))
        self.labels = door.labels(labels)
        broadcasts = door.broadcasts(broadcasts, Broadcast)
        actions = listed(actions, "actions", Action, "actions")
        numbers = range(first_replicate, first_replicate + replicates)
        self.luck = BatchStreams(seed, numbers, self.labels)
        blocks = self._blocks(stacked)
        copies = replicates * len(blocks[0])
        talk = None if self.traits.talk is None else np.tile(np.asarray(self.traits.talk, dtype=np.float32), copies)
        most = 1 if talk is None else int(talk.max())
        fabric = weave(self.contacts, self.labels, most, copies, ticks.n_ticks)
        name = default_back_end() if back_end is None else back_end
        word(name, sorted(BACK_ENDS), "back end", "back_end")
        self._crowd = Crowd(fabric, BACK_ENDS[name], talk, self.n)
        self.channels = self._vocabulary(channels, broadcasts, actions)
        self._worked_out_later = frozenset([*self.contacts.channels, *(one.channel for one in broadcasts)])
        self.occasions = listed(occasions, "occasions", str, "words")
        self._channel_of_layer = np.array([self.channel(one.channel) for one in self.contacts.layers], dtype=np.int8)
        self.n_zones = 1 if self.traits.zone is None else int(np.asarray(self.traits.zone).max()) + 1
        self._door = replace(door, n_zones=self.n_zones, channels=self.channels, occasions=self.occasions)
        actions = self._door.actions(actions)
        self._start_people(self._door.detect_prob(detect_prob))
        self._boosts = scales_of(couplings, len(self.rules))
        factors = door.clock_factors(clock_factors)
        self.states = [
            self._start_block(block, factors, BatchStreams(seed, numbers, self.labels, block)) for block in blocks
        ]
        self._state_of = {rumor: state for state in self.states for rumor in state.rumors}
        self._rule_of = {id(state): self.rules[state.rumor] for state in self.states}
        self._broadcasts = {id(state): self._start_broadcasts(state, broadcasts) for state in self.states}
        self._due: dict[int, list[Action]] = {}
        for action in sorted(actions, key=lambda a: a.tick):
            self._due.setdefault(action.tick, []).append(action)
        self._waiting: list[tuple[Action, NDArray[np.int64]]] = []
        self.fired: list[tuple[str, int, int]] = []
        #: What actions want to remember for later actions, by name.
        self.memory: dict[str, Any] = {}
        self._voicings: list[NDArray[Any]] = []
        self._heard_now: dict[int, list[tuple[NDArray[Any], NDArray[np.float64] | None]]] = {}
        for rumor, persons in door.started(initial_spreaders, "initial_spreaders").items():
            self._start_knowing(rumor, persons, True)
        for rumor, persons in door.started(initial_aware, "initial_aware").items():
            self._start_knowing(rumor, persons, False)

    # ------------------------------------------------------------------ set-up

    def _vocabulary(
        self, channels: Sequence[str] | None, broadcasts: Sequence[Broadcast], actions: Sequence[Action]
    ) -> tuple[str, ...]:
        used = list(self.contacts.channels) + [broadcast.channel for broadcast in broadcasts]
        used += [action.channel for action in actions if hasattr(action, "channel")]
        if channels is None:
            return tuple(dict.fromkeys(name for name in used if isinstance(name, str)))
        names: tuple[str, ...] = listed(channels, "channels", str, "words")
        for name in used:
            word(name, names, "channel", "channels")
        return names

    def _blocks(self, stacked: bool | None) -> list[tuple[int, ...]]:
        """Return which rumors share a state: all of them or none."""
        first = self.rules[0]
        alike = first.stackable and all(first.equals(rule) for rule in self.rules[1:])
        if alike and (self.n_rows * len(self.rules) <= _STACKED if stacked is None else stacked):
            return [tuple(range(len(self.rules)))]
        return [(number,) for number in range(len(self.rules))]

    def _start_people(self, detect_prob: Mapping[str, float]) -> None:
        n_rumors = len(self.rules)
        # Where everybody is alike one value stands for all rows.
        zone, bold = self.traits.zone, self.traits.boldness
        self._zone = np.broadcast_to(np.int8(0), self.n_rows)
        if zone is not None:
            self._zone = np.tile(np.asarray(zone).astype(np.int8), self.replicates)
        self._boldness = np.broadcast_to(np.float64(1), self.n_rows)
        if bold is not None:
            self._boldness = np.tile(np.asarray(bold, dtype=np.float64), self.replicates)
        self.mute = np.zeros(self.n_rows, dtype=np.bool_)
        self.afraid_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        n_occasions = max(len(self.occasions), 1)
        self.bar = np.zeros((self.replicates, self.n_zones))
        self.climate = np.ones((self.replicates, n_occasions, self.n_zones))
        self.voiced_counts = np.zeros((self.replicates, n_rumors, n_occasions, self.n_zones), dtype=np.int64)
        self.detected_counts = np.zeros_like(self.voiced_counts)
        self._detect = np.array([float(detect_prob.get(name, 0.0)) for name in self.occasions] or [0.0])
        # By channel, the one that is none (-1) first.
        self._fear_of_news = np.zeros((self.replicates, n_rumors, len(self.channels) + 1))

    def _start_block(self, rumors: tuple[int, ...], factors: Mapping[str, Any], luck: BatchStreams) -> RumorState:
        fabric = self._crowd.fabric
        table = np.ones((len(rumors), len(fabric.clocks), self.ticks.n_ticks))
        for k, clock in enumerate(fabric.clocks):
            if clock.name in factors:
                given = factors[clock.name]
                table[:, k] = given[list(rumors)] if given.ndim == 2 else given
            if clock.quiet:
                table[:, k] = 0.0
        rule = self.rules[rumors[0]]
        state = RumorState(rumors, self.n_rows, self.ticks, table, fabric, luck)
        state.away = self._crowd.away
        state.need(rule.needs)
        rule.start(state)
        tells = []
        for position, number in enumerate(rumors):
            receptivity = self.traits.by_rumor("receptivity", number, self.n)
            if receptivity is not None:
                with np.errstate(divide="ignore"):
                    scale = (1.0 / np.tile(receptivity, self.replicates)).astype(np.float32)
                state.remaining[position * self.n_rows : (position + 1) * self.n_rows] *= scale
            tells.append(self.traits.by_rumor("tell_prob", number, self.n))
        if any(tell is not None for tell in tells):
            columns = [np.ones(self.n) if tell is None else tell for tell in tells]
            state.extra["tell_prob"] = np.concatenate([np.tile(column, self.replicates) for column in columns])
        else:
            state.extra["tell_prob"] = None
        return state

    def _start_broadcasts(self, state: RumorState, broadcasts: Sequence[Broadcast]) -> list[BroadcastRows]:
        compiled = []
        for broadcast in broadcasts:
            if broadcast.rumor not in state.rumors:
                continue
            first = state.rumors.index(broadcast.rumor) * self.n_rows
            rows = (self.rows(broadcast.persons) + first).astype(np.int32)
            access = np.tile(np.asarray(broadcast.access, dtype=np.float32), self.replicates)
            dense = np.zeros(state.n_rows, dtype=np.float32)
            dense[rows] = access
            factor = per_tick(broadcast.rate, self.ticks, broadcast.channel).astype(np.float32)
            span = slice(first, first + self.n_rows)
            many = 20 * len(rows) > self.n_rows
            compiled.append(BroadcastRows(rows, access, dense, span, many, factor, self.channel(broadcast.channel)))
        return compiled

    def _start_knowing(self, rumor: int, persons: NDArray[np.int64], tells: bool) -> None:
        state = self._state_of[rumor]
        rows = self.state_rows(rumor, self.rows(persons))
        rows = rows[state.heard_tick[rows] == NEVER]
        self._take_hold(state, rows, -1)
        self._settle(state, rows, np.full(len(rows), tells), rows[:0])

    # ------------------------------------------------------------------ time

    @property
    def time(self) -> float:
        """Days since the start at the coming tick boundary."""
        return float(self.ticks.edges_days[self.tick])

    @property
    def finished(self) -> bool:
        """Whether the last tick has been run."""
        return self.tick >= self.ticks.n_ticks

    def step(self) -> None:
        """Run one tick; CoreError after the last one."""
        if self.finished:
            raise CoreError("no tick left", given=self.tick, allowed=f"{self.ticks.n_ticks} ticks")
        now = self.tick
        self._stepping = True
        self._crowd.change_memberships(self.states, now)
        self._act(now)
        switches = []
        for state in self.states:
            rule = self._rule_of[id(state)]
            state.tick = now
            for broadcast in self._broadcasts[id(state)]:
                factor = broadcast.factor[now]
                if factor and broadcast.many:
                    spent = np.multiply(broadcast.dense[broadcast.span], factor, out=state.scratch[broadcast.span])
                    remaining = state.remaining[broadcast.span]
                    np.subtract(remaining, spent, out=remaining)
                elif factor:
                    state.remaining[broadcast.rows] -= broadcast.access * factor
            self._crowd.keep_away(state)
            heard = rule.hear(state)
            stopped = rule.stop(state) if len(state.tellers) else heard[:0]
            switches.append((heard, stopped))
        for state, (heard, _) in zip(self.states, switches, strict=True):
            if len(heard):
                self._note_hits(state, heard)
                self._take_hold(state, heard, now)
        self._settle_all([(state, *switch) for state, switch in zip(self.states, switches, strict=True)])
        self._stepping = False
        self.tick = now + 1

    def run(self) -> Runs:
        """Step to the end and return the result."""
        while not self.finished:
            self.step()
        return self.results()

    def results(self) -> Runs:
        """Return what has happened so far; who told whom is worked out when it is asked for."""
        return Runs.of(self)

    def intervene(self, action: Action) -> None:
        """Let an action take place now, at the boundary before the coming tick, in all replicates of the batch."""
        if not isinstance(action, Action):
            raise CoreError("not an action", path="action", given=type(action).__name__, allowed="an Action")
        action = action.checked(self._door, type(action).__name__, self.ticks.n_ticks)
        where = self._concerned(action)
        if not len(where):
            return
        action.apply(self, where)
        self._record_fired(action, where)
        nobody = np.empty(0, dtype=np.int64)
        self._settle_all([(state, nobody, nobody) for state in self.states])

    def _act(self, now: int) -> None:
        for action in self._due.pop(now, []):
            where = self._concerned(action)
            if not len(where):
                continue
            if action.when is None:
                action.apply(self, where)
                self._record_fired(action, where)
            else:
                met = np.full(self.replicates, -1, dtype=np.int64)
                met[where] = NEVER
                self._waiting.append((action, met))
        still = []
        for action, met in self._waiting:
            if action.when is None:
                continue
            met[(met == NEVER) & action.when.met(self)] = now
            ready = np.flatnonzero((met <= now - action.delay_ticks) & (met >= 0))
            if len(ready):
                action.apply(self, ready)
                self._record_fired(action, ready)
                met[ready] = -1
            if (met >= 0).any():
                still.append((action, met))
        self._waiting = still

    def _concerned(self, action: Action) -> NDArray[np.int64]:
        """Return in which replicates of the batch an action acts."""
        only, first = action.only, self.first_replicate
        if only is None:
            return np.arange(self.replicates)
        return np.array([k for k in range(self.replicates) if k + first in only], dtype=np.int64)

    def _record_fired(self, action: Action, replicates: NDArray[np.int64]) -> None:
        if action.label:
            self.fired += [(action.label, int(r) + self.first_replicate, self.tick) for r in replicates]
