"""The engine: ticks over whole-number pressures and integrated hazards.

A tick runs in four steps. The absent come back, memberships begin and end; actions of the calendar take place; every
rule says who hears and who stops; those switches are pushed along their edges. All switches are synchronous: whoever
hears or stops in tick t acts otherwise from tick t + 1 on. The state lives in parts, each the only writer of its
arrays: a `RumorBlock` with its `Pressures` for rumors that obey one rule, `People`, `Voicings`, `Memberships`; `Tick`
orders what they do.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors, listed, number, truth, whole, wholes
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.contacts.membership_calendar import Changes
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.core.contacts.network import Network
from rumorsim.core.engine.actions import Action
from rumorsim.core.engine.broadcasts import Broadcast
from rumorsim.core.engine.door import Door, check_replicates, of_class, rules_of, ticks_of, words_of
from rumorsim.core.engine.layout import lay_out, scales_of
from rumorsim.core.engine.people import People
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.results import Runs
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.schedule import Schedule
from rumorsim.core.engine.tellers import NEVER, NOBODY
from rumorsim.core.engine.tick import Tick
from rumorsim.core.engine.traits import Emboldening, Fear, Traits
from rumorsim.core.engine.voicings import Voicings
from rumorsim.core.randomness.streams import BatchStreams
from rumorsim.core.rules.base import Rule
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
    emboldening : Emboldening, optional
        A willingness that learns; by default it does not.
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
        Addresses of people for random numbers; their own numbers by default.
    back_end : str, optional
        A name in `rumorsim.core.contacts.edge_sums.BACK_ENDS`.
    stacked : bool, optional
        Whether rumors under equal rules are laid side by side; never changes a result. By default where it is faster.
    memory : object, optional
        What actions of your own remember for each other; the engine only copies it with the simulation.

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
        emboldening: Emboldening | None = None,
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
        memory: Any = None,
    ) -> None:
        replicates, first_replicate = check_replicates(replicates, first_replicate)
        self.replicates, self.first_replicate = replicates, first_replicate
        self.contacts = Contacts.of(contacts)
        self.ticks = ticks = ticks_of(ticks, time_step_days, stop_days)
        self.rules: tuple[Rule, ...] = rules_of(rules)
        if not self.rules or any(a is b for k, a in enumerate(self.rules) for b in self.rules[:k]):
            raise CoreError("rules", path="rules", given=len(self.rules), allowed="one rule object for each rumor")
        self.n, n_rumors = self.contacts.n, len(self.rules)
        self.n_rows = self.n * replicates
        self.tick, self._stepping, self.memory = 0, False, memory
        # Everything that is given passes the door before anything is laid out.
        traits = of_class(traits, "traits", Traits)
        traits.check(self.n, n_rumors)
        fear = of_class(fear, "fear", Fear)
        fear.check()
        door = Door(self.contacts, ticks, n_rumors)
        self.labels = door.labels(labels)
        broadcasts = door.broadcasts(broadcasts, Broadcast)
        actions = listed(actions, "actions", Action, "actions")
        alone = next((action for action in actions if action.alone), None)
        if alone is not None and replicates > 1:
            path = f"actions ({type(alone).__name__})"
            raise CoreError("replicates at a time", path=path, given=replicates, allowed="1, or simulate(...)")
        self.channels = door.vocabulary(channels, broadcasts, actions)
        self._worked_out_later = frozenset([*self.contacts.channels, *(one.channel for one in broadcasts)])
        occasions = words_of(occasions, "occasions")
        emboldening = of_class(emboldening, "emboldening", Emboldening)
        emboldening.check(replace(door, channels=self.channels))
        self.people = People(traits, fear, self.n, replicates, n_rumors, len(self.channels), emboldening, ticks)
        self._set_worth_of_news(emboldening, broadcasts)
        n_zones = self.people.n_zones
        self._door = door = replace(door, n_zones=n_zones, channels=self.channels, occasions=occasions)
        self._schedule = Schedule(door.actions(actions), replicates, first_replicate)
        noticed = door.detect_prob(detect_prob)
        self._voicings = Voicings(occasions, noticed, replicates, n_rumors, n_zones)
        scales = scales_of(couplings, n_rumors)
        # Then every rumor is laid out over the rows of the batch, and those who know at the start are entered.
        factors = door.clock_factors(clock_factors)
        numbers = range(first_replicate, first_replicate + replicates)
        self.streams = BatchStreams(seed, numbers, self.labels)
        self.blocks, self.memberships = lay_out(
            self.contacts,
            self.rules,
            ticks,
            factors,
            self.streams,
            self.labels,
            traits,
            broadcasts,
            self.channel,
            back_end,
            stacked,
        )
        channel_of_layer = np.array([self.channel(one.channel) for one in self.contacts.layers], dtype=np.int8)
        self._order = Tick(self.blocks, self.people, scales, channel_of_layer)
        for given, what, tells in ((initial_spreaders, "spreaders", True), (initial_aware, "aware", False)):
            for rumor, persons in door.started(given, f"initial_{what}").items():
                block = self.block_of(rumor)
                self._order.start(block, self.rows(persons) + block.span(rumor).start, tells)

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
        self._stepping = True
        self._order.come_back(self.tick)
        if self.memberships is not None:
            self._carry_along(self.memberships.advance(self.tick))
        self._schedule.take_place(self)
        self._order.run(self.tick)
        self._stepping = False
        self.tick += 1

    def run(self) -> Runs:
        """Step to the end and return the result."""
        while not self.finished:
            self.step()
        return self.results()

    def results(self) -> Runs:
        """Return what has happened so far; who told whom is worked out when it is asked for."""
        return Runs.of(self)

    def intervene(self, action: Action) -> None:
        """Let an action take place now, at the boundary before the coming tick, in all replicates of the batch.

        Raises
        ------
        CoreError
            For anything wrong in the action, and for a condition or a later tick: both belong in `actions`.
        """
        if not isinstance(action, Action):
            raise CoreError("not an action", path="action", given=type(action).__name__, allowed="an Action")
        name = type(action).__name__
        action = action.checked(self._door, name, self.ticks.n_ticks)
        if action.when is not None:
            raise CoreError("a condition", path=f"{name}.when", given=action.when, allowed="None: it acts now")
        if action.tick > self.tick:
            raise CoreError("a later tick", path=f"{name}.tick", given=action.tick, allowed=f"0 to {self.tick}")
        self._order.come_back(self.tick)
        self._schedule.intervene(self, action)
        self._order.settle(self.tick)

    def copy(self) -> Simulation:
        """Return a simulation in the same state that goes on by itself: what one does, the other does not notice.

        Compiled contacts and actions are shared, arrays are copied; rules, their memory and that of actions too.

        Examples
        --------
        >>> from rumorsim.core import MakiThompson, Network
        >>> net = Network.from_edges(2, [0], [1])
        >>> sim = Simulation(net, MakiThompson(1000.0), initial_spreaders=[0], stop_days=3.0)
        >>> ahead = sim.copy()
        >>> ahead.step()
        >>> sim.tick, ahead.tick, sim.knows(0, [1]).tolist(), ahead.knows(0, [1]).tolist()
        (0, 1, [False], [True])
        """
        other = copy.copy(self)
        other.memberships = None if self.memberships is None else self.memberships.copy()
        other.blocks = tuple(block.copy(other.memberships) for block in self.blocks)
        other.rules = tuple(other.block_of(rumor).rule for rumor in range(len(self.rules)))
        other.people, other._voicings = self.people.copy(), self._voicings.copy()
        other._order = self._order.copy(other.blocks, other.people)
        other._schedule = self._schedule.copy()
        other.memory = copy.deepcopy(self.memory)
        return other

    # ------------------------------------------------------------------ asking

    @property
    def fired(self) -> list[tuple[str, int, int]]:
        """(label, replicate, tick) of the labeled actions that have taken place."""
        return self._schedule.fired

    @property
    def occasions(self) -> tuple[str, ...]:
        """Words for occasions of voicing."""
        return self._voicings.occasions

    @property
    def voicings(self) -> NDArray[Any]:
        """All voicings so far, VOICING_DTYPE, in order of time."""
        return self._voicings.all

    @property
    def voiced_counts(self) -> NDArray[np.int64]:
        """Number of voicings, (replicates, n_rumors, n_occasions, n_zones)."""
        return self._voicings.counts

    @property
    def detected_counts(self) -> NDArray[np.int64]:
        """Number of voicings that somebody in authority noticed, (replicates, n_rumors, n_occasions, n_zones)."""
        return self._voicings.detected_counts

    @property
    def bar(self) -> NDArray[np.float64]:
        """Boldness needed to be willing to voice, (replicates, n_zones)."""
        return self._voicings.bar

    @property
    def climate(self) -> NDArray[np.float64]:
        """Factor on the chance of voicing, (replicates, n_occasions, n_zones)."""
        return self._voicings.climate

    @property
    def mute(self) -> NDArray[np.bool_]:
        """Who has been silenced, (n_rows,)."""
        return self.people.mute

    @property
    def afraid_tick(self) -> NDArray[np.int16]:
        """When each took fright, (n_rows,); 32767 for never."""
        return self.people.afraid_tick

    @property
    def exposure(self) -> NDArray[np.float64]:
        """What is left now of what has emboldened each, (n_rows,); all 0 where willingness does not learn."""
        everybody = np.arange(self.n_rows)
        if self.people.learns:
            self._order.take_heart(everybody, self.tick)
        return self.people.exposure(everybody, self.tick)

    def rows(self, persons: Any, replicates: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return the rows of persons in some replicates of the batch (all by default), ascending by replicate."""
        people: NDArray[np.int64] = wholes(persons, "persons", 0, self.n - 1).astype(np.int64, copy=False)
        if self.replicates == 1:
            return people
        which: NDArray[np.int64] = self._which(replicates).astype(np.int64, copy=False)
        return (people[None, :] + (which * self.n)[:, None]).ravel()

    def block_of(self, rumor: int) -> RumorBlock:
        """Return the block that holds a rumor; CoreError for an unknown one."""
        rumor = whole(rumor, "rumor", 0, len(self.rules) - 1, what="rumor")
        return self.blocks[0] if len(self.blocks) == 1 else self.blocks[rumor]

    def heard_tick(self, rumor: int) -> NDArray[np.int16]:
        """Return the tick in which each row heard a rumor, (n_rows,), a view; 32767 for never."""
        block = self.block_of(rumor)
        return block.heard_tick[block.span(rumor)]

    def telling(self, rumor: int) -> NDArray[np.bool_]:
        """Return who tells a rumor now, (n_rows,), a view."""
        block = self.block_of(rumor)
        return block.telling[block.span(rumor)]

    def channel_number(self, rumor: int) -> NDArray[np.int8]:
        """Return the number of the channel through which each row heard, (n_rows,); -1 for none."""
        self.attribute()
        block = self.block_of(rumor)
        return block.channel[block.span(rumor)]

    def teller(self, rumor: int) -> NDArray[np.int64]:
        """Return the row that told each row, (n_rows,); -1 for none."""
        self.attribute()
        block = self.block_of(rumor)
        teller = block.teller[block.span(rumor)].astype(np.int64)
        return np.where(teller >= 0, teller % self.n_rows, teller)

    def attribute(self) -> None:
        """Work out channel and teller of all first hearings that are still open."""
        self._order.attribute()

    def channel(self, name: str) -> int:
        """Return the number of a channel; CoreError for an unknown name."""
        if name not in self.channels:
            raise CoreError("unknown channel", given=name, allowed=self.channels)
        return self.channels.index(name)

    def knows(self, rumor: int, rows: Any) -> NDArray[np.bool_]:
        """Return who of the rows knows a rumor by now."""
        return np.asarray(self.heard_tick(rumor)[rows] != NEVER)

    def when_heard(self, rumors: Sequence[int], rows: NDArray[Any]) -> NDArray[np.int16]:
        """Return the tick in which each of the rows heard each rumor, (rumors, rows); 32767 for never."""
        return self._of_rumors([block.heard_tick for block in self.blocks], rumors, rows)

    def tells(self, rumors: Sequence[int], rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether each of the rows tells each rumor now, (rumors, rows)."""
        return self._of_rumors([block.telling for block in self.blocks], rumors, rows)

    def _of_rumors(self, columns: Sequence[NDArray[Any]], rumors: Sequence[int], rows: NDArray[Any]) -> NDArray[Any]:
        """Return what the rows have in a column of each rumor's block, (rumors, rows)."""
        if len(columns) > 1:
            return np.stack([columns[rumor].take(rows) for rumor in rumors])
        return np.asarray(columns[0].take(np.array(rumors)[:, None] * self.n_rows + rows))

    def follows(self, what: Hashable, work_out: Callable[[], Any]) -> Any:
        """Return what follows, at the tick under way, from the calendar of memberships alone.

        It is worked out once for all replicates that follow the calendar.
        """
        if self.memberships is None or not self._stepping:
            return work_out()
        return self.memberships.calendar.keep((what, self.tick), work_out)

    def absent(self, rows: Any) -> NDArray[np.bool_]:
        """Return who of the rows is absent from all contacts now."""
        absentees = self._order.absentees
        return np.zeros(len(rows), dtype=np.bool_) if absentees is None else absentees.now[rows]

    def willing(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows would speak up: bold enough for the zone, not afraid, not silenced."""
        bar = self._voicings.bar
        if self.people.learns:
            self._order.take_heart(self.people.waver(rows, bar), self.tick)
        return self.people.willing(rows, bar, self.tick)

    def may_be_willing(self, rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the rows might speak up, whatever has emboldened them; `willing` are some of these, or all."""
        return self.people.may_be_willing(rows, self._voicings.bar)

    def occasion_number(self, action: Action, part: int = 0) -> int:
        """Return a number that tells an action's draws apart; the same action at the same tick draws the same."""
        word = f"{action.drawn_as or type(action).__name__}:{action.label}".encode()
        return (zlib.crc32(word) << 28) | (self.tick << 8) | (part + 1)

    def _groups(self) -> Memberships:
        if self.memberships is None:
            raise CoreError("unknown group layer", path="layer", given="any", allowed="none: there are no groups")
        return self.memberships

    def meeting_groups(self, layer: str, groups: Any, replicates: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of a layer's own groups in some replicates."""
        self._door.groups(layer, groups, "groups")
        return self._groups().numbers(layer, groups, self._which(replicates).astype(np.int64, copy=False))

    def members_present(self, numbers: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows now in groups, as `meeting_groups` numbers them, and the position of each row's group."""
        return self._groups().members_present(numbers)

    def fellows(self, layer: str, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Return who is present now in those groups of a layer in which any of the rows is, ascending."""
        fellows = self._groups().fellows(layer, rows)
        return fellows[fellows < self.n_rows]

    def hushed(self, groups: NDArray[Any]) -> NDArray[np.bool_]:
        """Return in which groups (numbers as `meeting_groups` gives them) nobody speaks up any more."""
        hushed = None if self.memberships is None else self.memberships.hushed
        return np.zeros(len(groups), dtype=np.bool_) if hushed is None else hushed[groups]

    def home_groups(self, layer: str) -> NDArray[np.int32]:
        """Return the group of a layer that each person belongs to, (n,) int32; -1 for none.

        Whoever is away for a time belongs to the group of the return; of several groups one is given. A batch of
        several replicates answers for the first, since all share one calendar of memberships.
        """
        return self._groups().homes_of(layer, self.tick)[: self.n]

    def present_groups(self, layer: str, person: int) -> NDArray[np.int64]:
        """Return the groups of a layer in which a person is present now, ascending."""
        whole(person, "person", 0, self.n - 1, what="person")
        return self._groups().groups_of(layer, person)

    def is_planned(self, person: int, layer: str, tick: int, begins: bool, group: int | None = None) -> bool:
        """Return whether a membership of a person in a layer is to begin (or end) at a tick."""
        whole(person, "person", 0, self.n - 1, what="person")
        return len(self._groups().planned(layer, person, group, tick, begins)) > 0

    # ------------------------------------------------------------------ doing

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
        """Let those of the rows who do not know a rumor hear it.

        Parameters
        ----------
        rumor : int
        rows : (m,) integers
        channel : str or None
            None for what was known before the run.
        teller : int or (m,) integers
            Rows; -1 for nobody.
        tells : bool, optional
            Whether they pass it on for certain, or not; by their own chance where left out.
        tell_factor : float
            Factor on that chance.
        """
        rows = self._rows(rows)
        teller = np.asarray(teller)
        wholes(teller.reshape(-1), "teller", NOBODY, self.n_rows - 1, len(rows) if teller.ndim else 1)
        self.block_of(rumor).hear_outside(
            rumor,
            rows,
            self.tick if self._stepping else self.tick - 1,
            NOBODY if channel is None else self.channel(channel),
            teller,
            None if tells is None else truth(tells, "tells"),
            number(tell_factor, "tell_factor"),
        )

    def _rows(self, rows: Any) -> NDArray[Any]:
        return wholes(rows, "rows", 0, self.n_rows - 1)

    def silence(self, rows: NDArray[Any], *, lift: bool = False) -> None:
        """Let rows fall silent about everything from the coming or present tick on, or (`lift`) speak again."""
        if truth(lift, "lift"):
            self.people.silence(self._rows(rows), lift=True)
        else:
            self._order.silence(self._rows(rows), self.tick)

    def leave(self, rows: NDArray[Any], back_tick: int) -> None:
        """Let rows be absent from all contacts from the coming or present tick to before another.

        They neither tell nor hear but by actions, and their patience of telling is kept; at the start of `back_tick`
        all is as if they had been there, but for what they have missed. Who is absent already stays so for the longer
        time.
        """
        if back_tick > self.tick:
            self._order.leave(rows, self.tick, back_tick)

    def scare(self, rows: NDArray[Any]) -> None:
        """Let rows take fright: unwilling to voice, less likely to pass on, quicker to stop telling."""
        self._order.scare(self._rows(rows), self.tick)

    def set_fear_of_news(self, rumor: int, prob: Mapping[str | None, float], replicates: NDArray[np.int64]) -> None:
        """Set with what probability hearing a rumor frightens, by channel; None is every channel not named."""
        whole(rumor, "rumor", 0, len(self.rules) - 1, what="rumor")
        numbers, asks = self._by_channel({name: number(one, "prob", 0, 1) for name, one in prob.items()})
        self._order.fear_asks_who |= asks
        self.people.set_fear_of_news(rumor, numbers, self._which(replicates))

    def _by_channel(self, table: Mapping[str | None, float]) -> tuple[dict[int | None, float], bool]:
        """Return a table by number of channel, and whether it asks for channels that are worked out later."""
        usual = table.get(None, 0.0)
        asks = any(name in self._worked_out_later and table[name] != usual for name in table)
        return {None if name is None else self.channel(name): value for name, value in table.items()}, asks

    def _set_worth_of_news(self, emboldening: Emboldening, broadcasts: Sequence[Broadcast]) -> None:
        for rumor, worth in emboldening.news.items() if self.people.learns else ():
            # Through which channel somebody hears in a tick is worked out later, and need not be where all are alike.
            later = (
                {layer.channel for layer in self.contacts.layers if layer.rate > 0},
                {one.channel for one in broadcasts if one.rumor == rumor},
            )
            alike = ({worth.get(channel, worth.get(None, 0.0)) for channel in some} for some in later)
            self.people.set_worth_of_news(rumor, self._by_channel(worth)[0], *alike)

    def encourage(self, rows: NDArray[Any], amount: Any) -> None:
        """Let exposure of rows grow by an amount, one or (m,), from the coming tick on; see `Emboldening`."""
        self.people.see(self._rows(rows), amount)

    def set_bar(self, bar: float, replicates: Any = None, zones: Any = None) -> None:
        """Set the boldness that people of some zones (None: of all) need in order to be willing to voice."""
        self._door.zones(zones, "zones")
        self._voicings.set_bar(number(bar, "bar"), self._which(replicates), zones)

    def scale_climate(
        self, factor: float, replicates: Any = None, occasion: str | None = None, zones: Any = None
    ) -> None:
        """Multiply the chance of voicing on an occasion (None: on all) in some zones (None: in all)."""
        self._door.zones(zones, "zones")
        if occasion is not None:
            self._door.occasion(occasion, "occasion")
        self._voicings.scale_climate(number(factor, "factor"), self._which(replicates), occasion, zones)

    def _which(self, replicates: Any) -> NDArray[Any]:
        if replicates is None:
            return np.arange(self.replicates)
        return wholes(replicates, "replicates", 0, self.replicates - 1)

    def scale_interest(self, rumor: int, rows: NDArray[Any], factor: float) -> None:
        """Multiply the receptivity of rows for a rumor."""
        with np.errstate(divide="ignore"):
            scale = np.float32(1.0) / np.float32(factors(factor, "factor"))
        block = self.block_of(rumor)
        block.left.scale(block.span(rumor), self._rows(rows), scale)

    def record_voicings(
        self, rumors: NDArray[Any], rows: NDArray[Any], groups: NDArray[Any], layer: str, occasion: str
    ) -> None:
        """Record that rows voiced rumors in groups (numbers as `meeting_groups` gives them), and who noticed."""
        replicate = np.asarray(rows) // self.n
        number = self.occasions.index(occasion)
        drawn = self.streams.uniform("detect", rows, rumors, (self.tick << 8) | (number + 1))
        own = self._groups().own_number(layer, groups, replicate)
        self._voicings.record(self.tick, rumors, rows, own, occasion, (replicate, self.people.zone[rows]), drawn)

    def _carry_along(self, changes: Changes | None) -> None:
        if changes is not None:
            for block in self.blocks:
                block.carry_along(changes)

    def move(self, row: int, layer: str, group: int) -> None:
        """Move a row within a group layer, now; CoreError for an unknown row or group, or in a batch of several."""
        row = whole(row, "row", 0, self.n - 1, what="row of a person")
        group = whole(group, "group", -1, what="group")
        if self.replicates != 1:
            raise CoreError("moves by hand", path="replicates", given=self.replicates, allowed="a single replicate")
        # Hearings that are still open are looked up in the memberships as they were.
        self.attribute()
        self._carry_along(self._groups().move(row, layer, group, self.tick))

    def hush(self, layer: str, groups: Any, replicates: NDArray[np.int64], *, lift: bool = False) -> None:
        """Let nobody speak up in the meetings of some groups any more, or (`lift`) let them speak again.

        Members go on telling in private, and voice elsewhere; what is told by order is heard as before.
        """
        self._groups().hush(self.meeting_groups(layer, groups, replicates), lift=truth(lift, "lift"))

    def replan(
        self, row: int, layer: str, tick: int, begins: bool, group: int | None = None, *, now: bool = False
    ) -> int:
        """Cancel what is planned for a row's memberships at a tick, or (`now`) let it take place at once.

        Parameters
        ----------
        row : int
        layer : str
        tick : int
            Tick at whose start the change was to take effect; not in the past.
        begins : bool
            Whether it is a beginning or an end.
        group : int, optional
            Only changes in this group of the layer.

        Returns
        -------
        int
            How many changes it concerned.

        Raises
        ------
        CoreError
            For an unknown layer, a tick that is past, or a batch of several replicates.
        """
        if self.replicates != 1:
            raise CoreError("plans changed by hand", path="replicates", given=self.replicates, allowed="1 replicate")
        if tick < self.tick + self._stepping:
            raise CoreError("planned change", path="tick", given=tick, allowed=f"{self.tick + self._stepping} or later")
        found = self._groups().planned(layer, row, group, tick, begins)
        if now:
            self._carry_along(self._groups().bring_forward(found, begins, self.tick))
        else:
            self._groups().cancel(found)
        return len(found)
