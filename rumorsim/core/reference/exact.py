"""The exact engine, the judge of the other: rumors told event by event in continuous time, no ticks, no rounding.

Between two events every hazard is constant, so the next event of a replicate is the smallest of all
(what is left of a threshold) / (hazard). All replicates of a batch stand side by side, each with a clock of its own.
Groups are written out as all their pairs, weights stay as they are given, and a hearing or a stopping acts at once.

Thresholds carry the same addresses as in the tick engine. With one seed the two engines therefore tell the same
story, and a tick engine whose tick shrinks converges to this one person by person, not only in distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import listed
from rumorsim.core.checks import seed as check_seed
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.contacts.network import Network
from rumorsim.core.engine.actions import Action
from rumorsim.core.engine.broadcasts import Broadcast
from rumorsim.core.engine.door import Door, check_replicates, of_class, rules_of, ticks_of
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.results import Runs
from rumorsim.core.engine.tellers import NEVER, NOBODY
from rumorsim.core.engine.traits import Traits
from rumorsim.core.engine.voicings import VOICING_DTYPE
from rumorsim.core.randomness.streams import BatchStreams
from rumorsim.core.reference.exact_setting import Setting, absent_by_tick
from rumorsim.core.rules.base import Rule
from rumorsim.core.rules.maki_thompson import MakiThompson
from rumorsim.errors import CoreError

__all__ = ["simulate_exact"]

#: Cells (replicates times people) handled side by side.
_CELLS = 65_536


def simulate_exact(
    contacts: Network | Contacts,
    rule: Rule,
    *,
    initial_spreaders: Sequence[int] | NDArray[Any] = (),
    initial_aware: Sequence[int] | NDArray[Any] = (),
    stop_days: float | None = None,
    time_step_days: float | None = None,
    ticks: Ticks | None = None,
    clock_factors: Mapping[str, Any] | None = None,
    traits: Traits | None = None,
    broadcasts: Sequence[Broadcast] = (),
    actions: Iterable[Action] = (),
    replicates: int = 1,
    first_replicate: int = 0,
    seed: int = 0,
    labels: Any = None,
) -> Runs:
    """Simulate one rumor exactly, event by event.

    Parameters
    ----------
    contacts : Network or Contacts
        Ties and groups; memberships may begin and end at tick boundaries.
    rule : MakiThompson or DaleyKendall
        Rates may differ by tick: then `time_step_days` or `ticks` says where they change.
    initial_spreaders, initial_aware : sequence of persons
        Who tells, and who knows silently, at day 0.
    stop_days : float
        End of the run; or give `ticks`.
    time_step_days : float, optional
        Length of the pieces on which rates are constant; the whole run by default. Not a step of the simulation.
    ticks : Ticks, optional
    clock_factors : mapping clock -> (n_ticks,) floats
    traits : Traits, optional
        `talk`, `receptivity` and `tell_prob` count here.
    broadcasts : sequence of Broadcast
    actions : sequence of Absence
        Who is absent when, in all replicates; other actions are refused.
    replicates, first_replicate, seed : int
    labels : (n,) integers, optional
        Addresses of people for random numbers; their own numbers by default.

    Returns
    -------
    Runs
        `time_heard` and `time_stopped` are exact days; the tick columns hold the piece in which it happened.

    Raises
    ------
    CoreError
        For another rule, an action that is not an `Absence`, anything out of range, or more than 50 million pairs.

    References
    ----------
    Gillespie 1977, doi:10.1021/j100540a008; Sellke 1983, doi:10.2307/3213811 (thresholds).

    Examples
    --------
    >>> from rumorsim.core import MakiThompson, Network
    >>> net = Network.from_edges(2, [0], [1])
    >>> runs = simulate_exact(net, MakiThompson(1.0, 1.0), initial_spreaders=[0], stop_days=1e6, replicates=3, seed=0)
    >>> runs.n_aware.tolist(), bool((runs.time_stopped[:, 0] > runs.time_heard[:, 1]).all())
    ([2, 2, 2], True)
    """
    # Everything that is given passes the door of the tick engine.
    replicates, first_replicate = check_replicates(replicates, first_replicate)
    layers = Contacts.of(contacts)
    ticks = ticks_of(ticks, time_step_days, stop_days)
    rules = rules_of(rule)
    if len(rules) != 1 or not isinstance(rules[0], MakiThompson):
        given = ", ".join(type(one).__name__ for one in rules)
        raise CoreError("rule", path="rule", given=given, allowed="one of MakiThompson, DaleyKendall")
    door = Door(layers, ticks)
    traits = of_class(traits, "traits", Traits)
    traits.check(layers.n, 1)
    setting = Setting(
        layers,
        rules[0],
        ticks,
        door.clock_factors(clock_factors),
        traits,
        door.broadcasts(broadcasts, Broadcast),
        door.labels(labels),
        absent_by_tick(door.actions(listed(actions, "actions", Action, "actions")), ticks.n_ticks, layers.n),
    )
    nobody = np.empty(0, dtype=np.int64)
    start = (
        door.started(initial_spreaders, "initial_spreaders").get(0, nobody),
        door.started(initial_aware, "initial_aware").get(0, nobody),
    )
    seed = check_seed(seed)
    # Replicates stand side by side, as many as stay in the caches.
    width = max(1, _CELLS // layers.n)
    parts = [
        _Batch(setting, seed, range(first_replicate + k, first_replicate + min(k + width, replicates)), start).run()
        for k in range(0, replicates, width)
    ]
    return Runs.joined(parts)


class _Batch:
    """Some replicates side by side; arrays are (replicates, n), pressures (clocks, replicates, n)."""

    def __init__(
        self, setting: Setting, seed: int, replicates: range, start: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> None:
        self.setting, self.replicates = setting, replicates
        shape = (len(replicates), setting.n)
        layers = (len(setting.clocks), *shape)
        self.streams = BatchStreams(seed, replicates, setting.labels)
        rows = np.arange(shape[0] * shape[1])
        self.to_hear = self.streams.exponential("hear", rows).astype(np.float64).reshape(shape)
        self.to_stop = self.streams.exponential("stop", rows).astype(np.float64).reshape(shape)
        self.heard = np.full(shape, np.inf)
        self.stopped = np.full(shape, np.inf)
        self.knows = np.zeros(shape, dtype=np.bool_)
        self.telling = np.zeros(shape, dtype=np.bool_)
        self.told = np.zeros(shape, dtype=np.bool_)
        self.channel = np.full(shape, NOBODY, dtype=np.int8)
        self.teller = np.full(shape, NOBODY, dtype=np.int32)
        #: Weight and number of those who tell toward a person; weight of contacts who know, and who tell, from it.
        self.pressure = np.zeros(layers)
        self.tellers_near = np.zeros(layers, dtype=np.int32)
        self.knowing = np.zeros(layers)
        self.both_telling = np.zeros(layers)
        spreaders, aware = start
        self.heard[:, np.union1d(spreaders, aware)] = 0.0
        self.knows[:, np.union1d(spreaders, aware)] = True
        self.telling[:, spreaders] = True
        self.told |= self.telling

    def run(self) -> Runs:
        """Play all pieces of time and return the outcome."""
        setting = self.setting
        days = setting.ticks.edges_days
        for begin, end in zip(setting.bounds[:-1], setting.bounds[1:], strict=True):
            if begin == 0 or begin in setting.changes:
                self._meet(int(begin))
            self._play(int(begin), float(days[begin]), float(days[end]))
        return Runs(
            edges_days=days,
            heard_tick=_ticks(self.heard, days)[:, None],
            stopped_tick=_ticks(self.stopped, days)[:, None],
            told=self.told[:, None],
            afraid_tick=np.full(self.heard.shape, NEVER, dtype=np.int16),
            voicings=np.zeros(0, dtype=VOICING_DTYPE),
            channels=setting.channels,
            labels=setting.labels,
            exact_heard_days=self.heard[:, None],
            exact_stopped_days=self.stopped[:, None],
            names=setting.contacts.names,
            numbers=np.array(self.replicates, dtype=np.int64),
            _channel=self.channel[:, None],
            _teller=self.teller[:, None],
        )

    # ------------------------------------------------------------------ time

    def _play(self, tick: int, begin: float, end: float) -> None:
        """Let one event after the other happen in every replicate while all rates are constant."""
        setting = self.setting
        spread = setting.transmission[tick] * setting.factor[:, tick]
        stifle = setting.stifling[tick] * setting.factor[:, tick]
        outside = np.zeros(setting.n)
        for rate, access in zip(setting.broadcast_rate, setting.access, strict=True):
            outside += rate[tick] * access
        here = ~setting.absent[tick]
        outside *= here
        clock = np.full(len(self.heard), begin)
        active = np.arange(len(self.heard))
        while len(active):
            hearing = np.tile(outside, (len(active), 1))
            stopping = np.tile(setting.forgetting[tick] * here, (len(active), 1))
            for number in range(len(spread)):
                hearing += spread[number] * self.pressure[number][active]
                met = self.knowing[number][active]
                if setting.mutual:
                    # Half of the meetings with spreaders are the partner's to answer for.
                    met = met - 0.5 * self.both_telling[number][active]
                stopping += stifle[number] * met
            hearing *= setting.receptivity * ~self.knows[active]
            stopping *= self.telling[active]
            hazard = np.concatenate([hearing, stopping], axis=1)
            left = np.concatenate([self.to_hear[active], self.to_stop[active]], axis=1)
            wait = np.full(hazard.shape, np.inf)
            np.divide(left, hazard, out=wait, where=hazard > 0)
            first = wait.argmin(axis=1)
            shortest = wait[np.arange(len(active)), first]
            due = shortest < end - clock[active]
            span = np.where(due, shortest, end - clock[active])
            left = np.maximum(left - hazard * span[:, None], 0.0)
            self.to_hear[active], self.to_stop[active] = left[:, : setting.n], left[:, setting.n :]
            clock[active] += span
            active, first = active[due], first[due]
            stops = first >= setting.n
            self._hear(active[~stops], first[~stops], clock, spread, tick)
            self._stop(active[stops], first[stops] - setting.n, clock, stifle, tick)

    def _hear(
        self,
        where: NDArray[np.int64],
        person: NDArray[np.int64],
        clock: NDArray[np.float64],
        spread: NDArray[np.float64],
        tick: int,
    ) -> None:
        """Let one person hear in each of some replicates."""
        if not len(where):
            return
        setting = self.setting
        rows = where * setting.n + person
        owner, edge = self.into.of(person)
        source = self.into.other[edge]
        share = self.into.weight[edge] * spread[self.into.clock[edge]] * setting.talk[source]
        owners = [owner]
        shares = [share * self.telling[where[owner], source]]
        for rate, access in zip(setting.broadcast_rate, setting.access, strict=True):
            owners.append(np.arange(len(where)))
            shares.append(rate[tick] * access[person])
        chosen = _drawn(owners, shares, self.streams.uniform("attribute", rows))
        contact = chosen < len(edge)
        layer = self.into.layer[edge[chosen[contact]]]
        names = [setting.channels.index(layer.channel) for layer in setting.contacts.layers]
        self.channel[where[contact], person[contact]] = np.array([*names, NOBODY], dtype=np.int8)[layer]
        self.teller[where[contact], person[contact]] = source[chosen[contact]]
        number = (chosen[~contact] - len(edge)) // len(where)
        outside = np.array([setting.channels.index(b.channel) for b in setting.broadcasts], dtype=np.int8)
        self.channel[where[~contact], person[~contact]] = outside[number]
        self.heard[where, person] = clock[where]
        self.knows[where, person] = True
        self._know(where, person)
        if setting.tell_prob is not None:
            tells = self.streams.uniform("tell", rows) < setting.tell_prob[person]
            where, person = where[tells], person[tells]
        self.telling[where, person] = True
        self.told[where, person] = True
        self._tell(where, person, 1)

    def _stop(
        self,
        where: NDArray[np.int64],
        person: NDArray[np.int64],
        clock: NDArray[np.float64],
        stifle: NDArray[np.float64],
        tick: int,
    ) -> None:
        """Let one spreader stop in each of some replicates, and in a meeting of two spreaders the other one as well."""
        if not len(where):
            return
        if self.setting.mutual:
            owners, partners, shares = [], [], []
            for side in (self.out, self.into):
                owner, edge = side.of(person)
                partner = side.other[edge]
                telling = self.telling[where[owner], partner]
                share = 0.5 * side.weight[edge] * stifle[side.clock[edge]] * self.knows[where[owner], partner]
                owners.append(owner)
                partners.append(np.where(telling, partner, NOBODY))
                shares.append(np.where(telling, 0.5 * share, share))
            owners.append(np.arange(len(where)))
            partners.append(np.full(len(where), NOBODY))
            shares.append(np.full(len(where), self.setting.forgetting[tick]))
            drawn = self.streams.uniform("partner", where * self.setting.n + person, 0, 1)
            partner = np.concatenate(partners)[_drawn(owners, shares, drawn)]
            two = partner != NOBODY
            where, person = np.append(where, where[two]), np.append(person, partner[two])
        self.stopped[where, person] = clock[where]
        self.telling[where, person] = False
        self._tell(where, person, -1)

    # ------------------------------------------------------------------ pressures

    def _meet(self, tick: int) -> None:
        """Write out who is in contact from a tick on and count all pressures anew."""
        self.out, self.into = self.setting.edges(tick)
        for counted in (self.pressure, self.tellers_near, self.knowing, self.both_telling):
            counted[:] = 0
        self._know(*np.nonzero(self.knows))
        where, person = np.nonzero(self.telling)
        self._tell(where, person, 1)

    def _tell(self, where: NDArray[Any], person: NDArray[Any], sign: int) -> None:
        """Begin (1) or end (-1) the telling of persons toward all whom they contact."""
        owner, edge = self.out.of(person)
        at = (self.out.clock[edge], where[owner], self.out.other[edge])
        np.add.at(self.pressure, at, sign * self.out.weight[edge] * self.setting.talk[person[owner]])
        np.add.at(self.tellers_near, at, sign)
        if sign < 0:
            # Where nobody tells any more nothing may be left over from rounding.
            self.pressure[at] *= self.tellers_near[at] > 0
        if self.setting.mutual:
            self._add_both(self.both_telling, where, person, sign)

    def _know(self, where: NDArray[Any], person: NDArray[Any]) -> None:
        """Let all who contact persons find that these know."""
        if self.setting.mutual:
            self._add_both(self.knowing, where, person, 1)
        else:
            owner, edge = self.into.of(person)
            np.add.at(
                self.knowing, (self.into.clock[edge], where[owner], self.into.other[edge]), self.into.weight[edge]
            )

    def _add_both(self, counted: NDArray[np.float64], where: NDArray[Any], person: NDArray[Any], sign: int) -> None:
        for side in (self.out, self.into):
            owner, edge = side.of(person)
            np.add.at(counted, (side.clock[edge], where[owner], side.other[edge]), 0.5 * sign * side.weight[edge])


def _drawn(
    owners: Sequence[NDArray[Any]], shares: Sequence[NDArray[np.float64]], drawn: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return, for each owner 0..len(drawn)-1, the position of one share drawn in proportion to the owner's shares."""
    owner, share = np.concatenate(owners), np.concatenate(shares)
    possible = np.flatnonzero(share > 0)
    possible = possible[np.argsort(owner[possible], kind="stable")]
    ladder = np.cumsum(share[possible])
    ends = np.searchsorted(owner[possible], np.arange(len(drawn)), side="right")
    begins = np.searchsorted(owner[possible], np.arange(len(drawn)), side="left")
    base = np.where(begins > 0, ladder[begins - 1], 0.0)
    mark = base + drawn * (ladder[ends - 1] - base)
    return np.asarray(possible[np.clip(np.searchsorted(ladder, mark, side="right"), begins, ends - 1)], dtype=np.int64)


def _ticks(days: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return the tick in which each day falls: -1 for the start, NEVER for infinity."""
    tick = np.searchsorted(edges, days, side="left") - 1
    return np.where(np.isinf(days), NEVER, tick).astype(np.int16)
