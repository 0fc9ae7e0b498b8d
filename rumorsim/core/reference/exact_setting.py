"""What the exact engine is told once: rates by pieces of time, and all pairs in contact written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.compiled import TALK_UNIT
from rumorsim.core.contacts.edge_sums import expand
from rumorsim.core.contacts.layers import Contacts, TieLayer
from rumorsim.core.engine.actions import Absence, Action
from rumorsim.core.engine.broadcasts import Broadcast
from rumorsim.core.engine.rates import Ticks, per_tick
from rumorsim.core.engine.traits import Traits
from rumorsim.core.rules.daley_kendall import DaleyKendall
from rumorsim.core.rules.maki_thompson import MakiThompson
from rumorsim.errors import CoreError

__all__ = ["MOST_PAIRS", "Edges", "Setting", "absent_by_tick"]

#: The most pairs within groups that are written out.
MOST_PAIRS: Final = 50_000_000


@dataclass(frozen=True, eq=False)
class Edges:
    """Who contacts whom with what weight in one piece of time, by the one end and by the other."""

    pointer: NDArray[np.int64]
    other: NDArray[np.int64]
    weight: NDArray[np.float64]
    clock: NDArray[np.int64]
    layer: NDArray[np.int64]

    @classmethod
    def by(cls, n: int, row: NDArray[Any], columns: Sequence[NDArray[Any]]) -> Edges:
        """Return edges sorted by one end, `row`; columns are (other, weight, clock, layer), one value an edge."""
        order = np.argsort(row, kind="stable")
        pointer = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))])
        other, weight, clock, layer = (column[order] for column in columns)
        return cls(pointer, other, weight, clock, layer)

    def of(self, persons: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return, for all edges of the persons in turn, whose they are (position) and which."""
        begins, ends = self.pointer[persons], self.pointer[persons + 1]
        return np.repeat(np.arange(len(persons)), ends - begins), expand(begins, ends)


def absent_by_tick(actions: Sequence[Action], n_ticks: int, n: int) -> NDArray[np.bool_]:
    """Return who is absent in each tick by some actions, (n_ticks, n); CoreError for any that is not an `Absence`.

    Every replicate has the same absences here, and they wait for nothing.
    """
    absent = np.zeros((n_ticks, n), dtype=np.bool_)
    for number, action in enumerate(actions):
        if not isinstance(action, Absence) or action.when is not None or action.only is not None:
            allowed = "Absence, in all replicates and without a condition: the exact engine takes no other"
            raise CoreError("action", path=f"actions[{number}]", given=type(action).__name__, allowed=allowed)
        absent[action.tick : action.back_tick, action.persons] = True
    return absent


class Setting:
    """All that is the same in every replicate."""

    def __init__(
        self,
        contacts: Contacts,
        rule: MakiThompson,
        ticks: Ticks,
        clock_factors: Mapping[str, NDArray[np.float64]],
        traits: Traits,
        broadcasts: tuple[Broadcast, ...],
        labels: NDArray[Any],
        absent: NDArray[np.bool_],
    ) -> None:
        n = self.n = contacts.n
        self.contacts, self.ticks, self.broadcasts = contacts, ticks, broadcasts
        self.mutual = isinstance(rule, DaleyKendall)
        self.labels = labels
        #: Who is absent from all contacts in each tick, (n_ticks, n).
        self.absent = absent
        for layer in contacts.layers:
            if isinstance(layer, TieLayer) and layer.home is not None:
                raise CoreError("ties with a home", path=f"{layer.name}.home", given=layer.home, allowed="None here")
        self.channels = tuple(dict.fromkeys([*contacts.channels, *(b.channel for b in broadcasts)]))
        names = ("transmission_rate", "stifling_rate", "forgetting_rate")
        columns = [per_tick(getattr(rule, name), ticks, name) / ticks.lengths_days for name in names]
        self.transmission, self.stifling, self.forgetting = columns
        self.clocks = contacts.clocks
        self.factor = np.ones((len(self.clocks), ticks.n_ticks))
        for name, given in clock_factors.items():
            self.factor[self.clocks.index(name)] = given
        self.talk = np.ones(n) if traits.talk is None else np.asarray(traits.talk, dtype=np.float64) / TALK_UNIT
        receptivity = traits.by_rumor("receptivity", 0, n)
        self.receptivity = np.ones(n) if receptivity is None else receptivity
        self.tell_prob = traits.by_rumor("tell_prob", 0, n)
        self.broadcast_rate = [per_tick(b.rate, ticks, b.channel) / ticks.lengths_days for b in broadcasts]
        self.access = np.zeros((len(broadcasts), n))
        for row, broadcast in zip(self.access, broadcasts, strict=True):
            row[broadcast.persons] = broadcast.access
        pieces = np.concatenate([columns, self.factor, np.array(self.broadcast_rate).reshape(-1, ticks.n_ticks)])
        differs = np.flatnonzero((np.diff(pieces, axis=1) != 0).any(axis=0)) + 1
        comes_or_goes = np.flatnonzero((absent[1:] != absent[:-1]).any(axis=1)) + 1
        self.changes = np.union1d(self._membership_ticks(), comes_or_goes)
        #: Ticks at whose start something changes, and the end: between them all rates are constant.
        self.bounds = np.unique(np.concatenate([[0], differs, self.changes, [ticks.n_ticks]])).astype(np.int64)

    def _membership_ticks(self) -> NDArray[np.int64]:
        found = [layer.changes.tick for layer in self.contacts.layers if not isinstance(layer, TieLayer)]
        ticks = np.unique(np.concatenate([np.empty(0, np.int64), *found])).astype(np.int64)
        return ticks[ticks < self.ticks.n_ticks]

    def edges(self, tick: int) -> tuple[Edges, Edges]:
        """Return all pairs in contact at a tick, by source and by target."""
        columns: list[list[NDArray[Any]]] = [[], [], [], [], []]
        total = 0
        for number, layer in enumerate(self.contacts.layers):
            if isinstance(layer, TieLayer):
                source, target = layer.network.source.astype(np.int64), layer.network.target.astype(np.int64)
                weight = layer.rate * layer.network.weight
            else:
                present = layer.present.copy()
                order = np.argsort(layer.changes.tick, kind="stable")
                for k in order[layer.changes.tick[order] <= tick]:
                    present[layer.changes.entry[k]] = layer.changes.present[k]
                person, group = layer.person[present].astype(np.int64), layer.group[present]
                by_group = np.argsort(group, kind="stable")
                person, group = person[by_group], group[by_group]
                size = np.bincount(group, minlength=layer.n_groups)
                total += int((size.astype(np.int64) ** 2).sum())
                if total > MOST_PAIRS:
                    raise CoreError("pairs in groups", path=layer.name, given=total, allowed=f"up to {MOST_PAIRS}")
                first = np.cumsum(size) - size
                source = np.repeat(person, size[group])
                target = person[expand(first[group], first[group] + size[group])]
                weight = np.repeat(layer.hazard[group], size[group])
                other = source != target
                source, target, weight = source[other], target[other], weight[other]
            there = ~(self.absent[tick][source] | self.absent[tick][target])
            source, target, weight = source[there], target[there], weight[there]
            clock = np.full(len(source), self.clocks.index(layer.clock))
            for column, values in enumerate((source, target, weight, clock, np.full(len(source), number))):
                columns[column].append(values)
        source, target, weight, clock, number_of = (np.concatenate([np.empty(0, np.int64), *c]) for c in columns)
        return (
            Edges.by(self.n, source, (target, weight, clock, number_of)),
            Edges.by(self.n, target, (source, weight, clock, number_of)),
        )
