"""The engine: ticks over whole-number pressures and integrated hazards.

A tick runs in four steps. Memberships begin and end; actions of the calendar take place; every rule says who hears
and who stops; those switches are pushed along their edges. All switches are synchronous: whoever hears or stops in
tick t acts otherwise from tick t + 1 on.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts import Contacts
from rumorsim.core.crowd import Crowd
from rumorsim.core.exposures import Action, Broadcast
from rumorsim.core.fabric import Groups, weave
from rumorsim.core.forest import BroadcastRows, Moment, attribute
from rumorsim.core.network import Network
from rumorsim.core.push import BACK_ENDS, default_back_end
from rumorsim.core.rates import Ticks, per_tick
from rumorsim.core.results import Runs
from rumorsim.core.rules.base import Rule
from rumorsim.core.state import NEVER, NOBODY, Hits, RumorState
from rumorsim.core.streams import BatchStreams
from rumorsim.core.traits import Fear, Traits
from rumorsim.core.voicing import VOICING_DTYPE
from rumorsim.errors import CoreError

__all__ = ["Simulation"]


class Simulation:
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

    Raises
    ------
    CoreError
        For anything outside its range, named with its path.

    Examples
    --------
    >>> from rumorsim.core import MakiThompson, Network
    >>> sim = Simulation(Network.from_edges(2, [0], [1]), [MakiThompson(1000.0)], initial_spreaders=[0], stop_days=3.0)
    >>> sim.step()
    >>> sim.time, int(sim.states[0].heard_tick[1])
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
    ) -> None:
        if replicates < 1:
            raise CoreError("number of replicates", path="replicates", given=replicates, allowed="1 or more")
        if ticks is None:
            if stop_days is None:
                raise CoreError("no end", path="stop_days", given=None, allowed="days above 0, or ticks")
            ticks = Ticks.uniform(time_step_days, stop_days)
        self.contacts = Contacts.of(contacts)
        self.rules: tuple[Rule, ...] = (rules,) if isinstance(rules, Rule) else tuple(rules)
        if not self.rules or len({id(rule) for rule in self.rules}) != len(self.rules):
            raise CoreError("rules", path="rules", given=len(self.rules), allowed="one rule object for each rumor")
        self.ticks = ticks
        self.n = self.contacts.n
        self.replicates = replicates
        self.first_replicate = first_replicate
        self.n_rows = self.n * replicates
        self.tick = 0
        self._stepping = False
        self.traits = traits or Traits()
        self.traits.check(self.n, len(self.rules))
        self.fear = fear or Fear()
        self.labels = np.arange(self.n) if labels is None else np.asarray(labels)
        if self.labels.shape != (self.n,) or len(np.unique(self.labels)) != self.n:
            raise CoreError("labels", path="labels", given="repeated or missing", allowed=f"{self.n} different numbers")
        self.luck = BatchStreams(seed, range(first_replicate, first_replicate + replicates), self.labels)
        talk = None if self.traits.talk is None else np.tile(np.asarray(self.traits.talk, dtype=np.float32), replicates)
        self._fabric = weave(
            self.contacts, self.labels, 1 if talk is None else int(talk.max()), replicates, ticks.n_ticks
        )
        name = default_back_end() if back_end is None else back_end
        if name not in BACK_ENDS:
            raise CoreError("unknown back end", path="back_end", given=name, allowed=sorted(BACK_ENDS))
        self._crowd = Crowd(self._fabric, BACK_ENDS[name], talk)
        actions = tuple(actions)
        self.channels = self._vocabulary(channels, broadcasts, actions)
        self.occasions = tuple(occasions)
        self._channel_of_layer = np.array(
            [self.channel(layer.channel) for layer in self.contacts.layers], dtype=np.int8
        )
        self._start_people(len(self.rules), detect_prob or {})
        self._couplings = None if couplings is None else np.asarray(couplings, dtype=np.float64)
        self.states = [self._start_rumor(k, rule, clock_factors or {}) for k, rule in enumerate(self.rules)]
        self._broadcasts = [self._start_broadcasts(k, broadcasts) for k in range(len(self.rules))]
        self._due: dict[int, list[Action]] = {}
        for action in sorted(actions, key=lambda a: a.tick):
            self._due.setdefault(action.tick, []).append(action)
        self._waiting: list[tuple[Action, NDArray[np.int64]]] = []
        self.fired: list[tuple[str, int, int]] = []
        #: What actions want to remember for later actions, by name.
        self.memory: dict[str, Any] = {}
        self._voicings: list[NDArray[Any]] = []
        self._heard_now: list[list[tuple[NDArray[Any], NDArray[np.float64] | None]]] = [[] for _ in self.rules]
        for rumor, persons in self._by_rumor(initial_spreaders, "initial_spreaders").items():
            self._start_knowing(rumor, persons, True)
        for rumor, persons in self._by_rumor(initial_aware, "initial_aware").items():
            self._start_knowing(rumor, persons, False)

    # ------------------------------------------------------------------ set-up

    def _vocabulary(
        self, channels: Sequence[str] | None, broadcasts: Sequence[Broadcast], actions: Sequence[Action]
    ) -> tuple[str, ...]:
        used = list(self.contacts.channels) + [broadcast.channel for broadcast in broadcasts]
        used += [action.channel for action in actions if hasattr(action, "channel")]
        names = tuple(dict.fromkeys(used)) if channels is None else tuple(channels)
        for word in used:
            if word not in names:
                raise CoreError("unknown channel", given=word, allowed=names)
        return names

    def _start_people(self, n_rumors: int, detect_prob: Mapping[str, float]) -> None:
        zone = np.zeros(self.n, dtype=np.int64) if self.traits.zone is None else np.asarray(self.traits.zone)
        self.n_zones = int(zone.max()) + 1
        self._zone = np.tile(zone, self.replicates)
        bold = np.ones(self.n) if self.traits.boldness is None else np.asarray(self.traits.boldness, dtype=np.float64)
        self._boldness = np.tile(bold, self.replicates)
        self.mute = np.zeros(self.n_rows, dtype=np.bool_)
        self.afraid_tick = np.full(self.n_rows, NEVER, dtype=np.int16)
        n_occasions = max(len(self.occasions), 1)
        self.bar = np.zeros((self.replicates, self.n_zones))
        self.climate = np.ones((self.replicates, n_occasions, self.n_zones))
        self.voiced_counts = np.zeros((self.replicates, n_rumors, n_occasions, self.n_zones), dtype=np.int64)
        self.detected_counts = np.zeros_like(self.voiced_counts)
        self._detect = np.array([float(detect_prob.get(name, 0.0)) for name in self.occasions] or [0.0])
        self._fear_of_news = np.zeros((self.replicates, n_rumors, len(self.channels) + 1))

    def _start_rumor(self, number: int, rule: Rule, factors: Mapping[str, Any]) -> RumorState:
        known = set(self.contacts.clocks)
        for name in factors:
            if name not in known:
                raise CoreError("unknown clock", path="clock_factors", given=name, allowed=sorted(known))
        table = np.ones((len(self._fabric), self.ticks.n_ticks))
        for k, clock in enumerate(self._fabric):
            if clock.name in factors:
                given = np.asarray(factors[clock.name], dtype=np.float64)
                column = given[number] if given.ndim == 2 else given
                if column.shape != (self.ticks.n_ticks,) or not np.isfinite(column).all() or (column < 0).any():
                    allowed = f"{self.ticks.n_ticks} factors, 0 or more"
                    raise CoreError("clock factors", path=clock.name, given=str(given.shape), allowed=allowed)
                table[k] = column
            if self._crowd.quiet[k]:
                table[k] = 0.0
        state = RumorState(number, self.n_rows, self.ticks, table, self._fabric, self.luck)
        state.need(rule.needs)
        rule.start(state)
        receptivity = self.traits.by_rumor("receptivity", number, self.n)
        if receptivity is not None:
            with np.errstate(divide="ignore"):
                scale = (1.0 / np.tile(receptivity, self.replicates)).astype(np.float32)
            state.remaining[: self.n_rows] *= scale
        tell = self.traits.by_rumor("tell_prob", number, self.n)
        state.extra["tell_prob"] = None if tell is None else np.tile(tell, self.replicates)
        return state

    def _start_broadcasts(self, rumor: int, broadcasts: Sequence[Broadcast]) -> list[BroadcastRows]:
        compiled = []
        for broadcast in broadcasts:
            if broadcast.rumor != rumor:
                continue
            rows = self.rows(broadcast.persons).astype(np.int32)
            access = np.tile(np.asarray(broadcast.access, dtype=np.float32), self.replicates)
            if len(access) != len(rows) or (access < 0).any():
                raise CoreError(
                    "access", path=broadcast.channel, given=len(access), allowed=f"{len(rows)} of 0 or more"
                )
            dense = np.zeros(self.n_rows, dtype=np.float32)
            dense[rows] = access
            factor = per_tick(broadcast.rate, self.ticks, broadcast.channel).astype(np.float32)
            compiled.append(BroadcastRows(rows, access, dense, factor, self.channel(broadcast.channel)))
        return compiled

    def _by_rumor(self, given: Any, name: str) -> dict[int, NDArray[np.int64]]:
        table = given if isinstance(given, Mapping) else {0: given}
        result = {}
        for rumor, persons in table.items():
            column = np.unique(np.asarray(persons, dtype=np.int64)) if len(persons) else np.empty(0, dtype=np.int64)
            if not 0 <= int(rumor) < len(self.rules):
                raise CoreError("rumor", path=name, given=rumor, allowed=f"0 to {len(self.rules) - 1}")
            if len(column) and not (column[0] >= 0 and column[-1] < self.n):
                bad = int(column[0] if column[0] < 0 else column[-1])
                raise CoreError("person", path=name, given=bad, allowed=f"0 to {self.n - 1}")
            result[int(rumor)] = column
        return result

    def _start_knowing(self, rumor: int, persons: NDArray[np.int64], tells: bool) -> None:
        rows = self.rows(persons)
        state = self.states[rumor]
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
        self._change_memberships(now)
        self._act(now)
        switches = []
        for rule, state, broadcasts in zip(self.rules, self.states, self._broadcasts, strict=True):
            state.tick = now
            for broadcast in broadcasts:
                factor = broadcast.factor[now]
                if factor:
                    state.remaining[broadcast.rows] -= broadcast.access * factor
            heard = rule.hear(state)
            stopped = rule.stop(state) if state.n_telling else heard[:0]
            switches.append((heard, stopped))
        for state, (heard, stopped) in zip(self.states, switches, strict=True):
            queue = self._heard_now[state.rumor]
            if not (len(heard) or len(stopped) or queue):
                continue
            if len(heard):
                self._note_hits(state, heard)
                self._take_hold(state, heard, now)
            self._settle_all(state, heard, stopped)
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
        action.apply(self, np.arange(self.replicates))
        self._record_fired(action, np.arange(self.replicates))
        for state in self.states:
            if self._heard_now[state.rumor]:
                self._settle_all(state, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def _act(self, now: int) -> None:
        everywhere = np.arange(self.replicates)
        for action in self._due.pop(now, []):
            if action.when is None:
                action.apply(self, everywhere)
                self._record_fired(action, everywhere)
            else:
                self._waiting.append((action, np.full(self.replicates, NEVER, dtype=np.int64)))
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

    def _record_fired(self, action: Action, replicates: NDArray[np.int64]) -> None:
        if action.label:
            self.fired += [(action.label, int(r) + self.first_replicate, self.tick) for r in replicates]

    # ------------------------------------------------------------------ what actions use

    def rows(self, persons: Any, replicates: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return the rows of persons in some replicates of the batch (all by default), ascending by replicate."""
        people = np.asarray(persons, dtype=np.int64)
        if self.replicates == 1:
            return people
        which = np.arange(self.replicates) if replicates is None else np.asarray(replicates)
        return (people[None, :] + (which * self.n)[:, None]).ravel()

    def channel(self, name: str) -> int:
        """Return the number of a channel; CoreError for an unknown name."""
        if name not in self.channels:
            raise CoreError("unknown channel", given=name, allowed=self.channels)
        return self.channels.index(name)

    def occasion_number(self, action: Action, part: int = 0) -> int:
        """Return a number that tells an action's draws apart; the same action at the same tick keeps its luck."""
        word = f"{type(action).__name__}:{action.label}".encode()
        return (zlib.crc32(word) << 28) | (self.tick << 8) | (part + 1)

    def knows(self, rumor: int, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows knows a rumor by now."""
        return np.asarray(self.states[rumor].heard_tick[rows] != NEVER)

    def knew_before(self, rumor: int, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows knew a rumor before the tick under way."""
        return np.asarray(self.states[rumor].heard_tick[rows] < self.tick)

    def willing(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows would speak up: bold enough for the zone, not afraid, not silenced."""
        bar = self.bar[rows // self.n, self._zone[rows]]
        return np.asarray((self._boldness[rows] >= bar) & ~self.mute[rows] & (self.afraid_tick[rows] == NEVER))

    def climate_at(self, occasion: str, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return the factor on the chance of voicing on an occasion, a row."""
        return np.asarray(self.climate[rows // self.n, self.occasions.index(occasion), self._zone[rows]])

    def hear(
        self,
        rumor: int,
        rows: NDArray[Any],
        channel: str | None,
        *,
        teller: Any = NOBODY,
        tells: bool | None = None,
        tell_factor: float = 1.0,
    ) -> None:
        """Let those of the rows who do not know a rumor hear it in the tick under way (or now, at a boundary)."""
        state = self.states[rumor]
        fresh = np.flatnonzero(state.heard_tick[rows] == NEVER)
        if not len(fresh):
            return
        rows = np.asarray(rows)[fresh]
        rows, first = np.unique(rows, return_index=True)
        state.channel[rows] = NOBODY if channel is None else self.channel(channel)
        tellers = np.asarray(teller)
        state.teller[rows] = tellers if tellers.ndim == 0 else tellers[fresh][first]
        self._take_hold(state, rows, self.tick if self._stepping else self.tick - 1)
        chance = None if tells is None else np.full(len(rows), float(tells))
        if tells is None and tell_factor != 1.0:
            prob = state.extra["tell_prob"]
            chance = np.full(len(rows), tell_factor) if prob is None else prob[rows] * tell_factor
        self._heard_now[rumor].append((rows, chance))

    def silence(self, rows: NDArray[Any]) -> None:
        """Let rows fall silent about everything, for good, from the coming or present tick on."""
        self.mute[rows] = True
        for state in self.states:
            talking = np.unique(np.asarray(rows)[state.telling[rows]])
            if len(talking):
                state.tellers.remove(talking)
                self._settle(state, talking[:0], np.empty(0, dtype=np.bool_), talking, self.tick - 1)

    def scare(self, rows: NDArray[Any]) -> None:
        """Let rows take fright: unwilling to voice, less likely to pass on, quicker to stop telling."""
        rows = np.unique(np.asarray(rows, dtype=np.int64))
        rows = rows[self.afraid_tick[rows] == NEVER]
        self.afraid_tick[rows] = self.tick
        if self.fear.stop_factor != 1.0:
            for state in self.states:
                state.tellers.scale(rows[state.telling[rows]], 1.0 / self.fear.stop_factor)

    def set_fear_of_news(self, rumor: int, prob: Mapping[str | None, float], replicates: NDArray[np.int64]) -> None:
        """Set with what probability hearing a rumor frightens, by channel; None is the default channel."""
        for name, value in prob.items():
            if name is None:
                self._fear_of_news[replicates, rumor, :] = value
        for name, value in prob.items():
            if name is not None:
                self._fear_of_news[replicates, rumor, self.channel(name)] = value

    def scale_interest(self, rumor: int, rows: NDArray[Any], factor: float) -> None:
        """Multiply the receptivity of rows for a rumor."""
        with np.errstate(divide="ignore"):
            scale = np.float32(1.0) / np.float32(factor)
        self.states[rumor].remaining[rows] *= scale

    def groups_of(self, layer: str, groups: Any, replicates: NDArray[np.int64]) -> tuple[Groups, NDArray[np.int64]]:
        """Return the compiled groups of a layer's clock and the numbers of the given groups in the replicates."""
        for clock in self._fabric:
            if clock.groups is not None and layer in clock.groups.group_offset:
                first = np.asarray(groups, dtype=np.int64) + clock.groups.group_offset[layer]
                shift = np.asarray(replicates, dtype=np.int64) * clock.groups.groups_a_replicate
                return clock.groups, (first[None, :] + shift[:, None]).ravel()
        raise CoreError("unknown group layer", given=layer, allowed=[a.name for a in self.contacts.layers])

    def record_voicings(self, rumor: int, rows: NDArray[Any], places: NDArray[Any], layer: str, occasion: str) -> None:
        """Record that rows voiced a rumor in groups (numbers as `groups_of` gives them), and who noticed."""
        number = self.occasions.index(occasion)
        groups, _ = self.groups_of(layer, [0], np.array([0]))
        record = np.zeros(len(rows), dtype=VOICING_DTYPE)
        record["tick"], record["rumor"], record["row"], record["occasion"] = self.tick, rumor, rows, number
        record["group"] = places % groups.groups_a_replicate - groups.group_offset[layer]
        luck = self.luck.uniform("detect", rows, rumor, (self.tick << 8) | (number + 1))
        record["detected"] = luck < self._detect[number]
        self._voicings.append(record)
        zone, replicate = self._zone[rows], np.asarray(rows) // self.n
        np.add.at(self.voiced_counts[:, rumor, number], (replicate, zone), 1)
        np.add.at(self.detected_counts[:, rumor, number], (replicate, zone), record["detected"].astype(np.int64))

    def move(self, row: int, layer: str, group: int) -> None:
        """Move a row within a group layer, now; CoreError in a batch of several replicates."""
        if self.replicates != 1:
            raise CoreError("moves by hand", path="replicates", given=self.replicates, allowed="a single replicate")
        self.attribute()
        self._crowd.move(self.states, row, layer, group, self.tick)

    @property
    def voicings(self) -> NDArray[Any]:
        """All voicings so far, VOICING_DTYPE, in order of time."""
        return np.concatenate(self._voicings) if self._voicings else np.zeros(0, dtype=VOICING_DTYPE)

    # ------------------------------------------------------------------ switches

    def _change_memberships(self, now: int) -> None:
        for number in range(len(self._fabric)):
            self._crowd.change_memberships(self.states, number, now)

    def _note_hits(self, state: RumorState, rows: NDArray[Any]) -> None:
        positions, lengths, counts = [], [], []
        for clock, telling in zip(self._fabric, state.group_telling, strict=True):
            if clock.groups is None or telling is None:
                positions.append(np.empty(0, np.int32))
                lengths.append(np.empty(0, np.int64))
                counts.append(np.empty(0, np.float32))
                continue
            where, length = clock.groups.positions(rows)
            positions.append(where)
            lengths.append(length)
            counts.append(telling[clock.groups.group[where]] * clock.groups.present[where])
        state.hits.append(Hits(self.tick, rows, positions, lengths, counts))

    def _take_hold(self, state: RumorState, rows: NDArray[Any], tick: int) -> None:
        state.heard_tick[rows] = tick
        state.remaining[rows] = np.float32(np.inf)

    def _settle_all(self, state: RumorState, heard: NDArray[Any], stopped: NDArray[Any]) -> None:
        parts = self._heard_now[state.rumor]
        self._heard_now[state.rumor] = []
        prob = state.extra["tell_prob"]
        if not parts and prob is None and not self._anyone_held_back:
            self._settle(state, heard, np.ones(len(heard), dtype=np.bool_), stopped)
            return
        parts = [*parts, (heard, None)] if len(heard) else parts
        rows = np.concatenate([part[0] for part in parts]) if parts else heard
        chances = [
            (np.ones(len(part[0])) if prob is None else prob[part[0]]) if part[1] is None else part[1] for part in parts
        ]
        chance = np.concatenate(chances) if chances else np.empty(0)
        if len(rows):
            self._frighten(state, rows)
            chance = np.where(self.afraid_tick[rows] != NEVER, chance * self.fear.tell_factor, chance)
            chance = np.where(self.mute[rows], 0.0, chance)
        tells = self.luck.uniform("tell", rows, state.rumor) < chance if len(rows) else np.empty(0, dtype=np.bool_)
        self._settle(state, rows, tells, stopped)

    @property
    def _anyone_held_back(self) -> bool:
        return bool(self._fear_of_news.any() or self.mute.any() or (self.afraid_tick != NEVER).any())

    def _frighten(self, state: RumorState, rows: NDArray[Any]) -> None:
        if not self._fear_of_news[:, state.rumor].any():
            return
        prob = self._fear_of_news[rows // self.n, state.rumor, state.channel[rows]]
        self.scare(rows[self.luck.uniform("fear", rows, state.rumor + 1) < prob])

    def _settle(
        self,
        state: RumorState,
        heard: NDArray[Any],
        tells: NDArray[np.bool_],
        stopped: NDArray[Any],
        stop_tick: int | None = None,
    ) -> None:
        """Enter switches in the books and push them along their edges."""
        starting = heard[tells]
        if len(stopped):
            state.stopped_tick[stopped] = self.tick if stop_tick is None else stop_tick
            state.telling[stopped] = False
        if len(starting):
            state.telling[starting] = True
            state.ever_told[starting] = True
            state.tellers.add(starting, self.rules[state.rumor].patience(state, starting))
        state.n_telling += len(starting) - len(stopped)
        self._crowd.switch(state, heard, starting, stopped)
        if self._couplings is not None and len(heard):
            for other in self.states:
                factor = float(self._couplings[state.rumor, other.rumor])
                if other is not state and factor != 1.0:
                    self.scale_interest(other.rumor, heard, factor)

    def attribute(self) -> None:
        """Work out channel and teller of all first hearings that are still open."""
        for state, broadcasts in zip(self.states, self._broadcasts, strict=True):
            if state.hits:
                rule = self.rules[state.rumor]
                used = sorted({hit.tick for hit in state.hits})
                factor = np.zeros((len(self._fabric), self.ticks.n_ticks))
                for tick in used:
                    factor[:, tick] = rule.marginal(state, tick)
                attribute(Moment(state, self._crowd.talk, self._channel_of_layer, broadcasts, factor))
