"""Parts of a simulation made from arrays: no contacts are compiled but a path, nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rumorsim.core import Contacts, Fear, Network, Rule, Ticks, Traits
from rumorsim.core.contacts.compiled import CompiledContacts, compile_contacts
from rumorsim.core.contacts.edge_sums import push_add_at
from rumorsim.core.engine.broadcasts import BroadcastRows
from rumorsim.core.engine.people import People
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.randomness.streams import BatchStreams

NOBODY = np.empty(0, dtype=np.int64)


class Scripted(Rule):
    """Who hears and who stops, tick by tick."""

    name, reference = "scripted", "none"

    def __init__(self, hear: dict[int, list[int]], stop: dict[int, list[int]] | None = None) -> None:
        self.script, self.stops = hear, stop or {}

    def start(self, state: RumorBlock) -> list[int]:
        return []

    def hear(self, state: RumorBlock, memory: Any) -> Any:
        memory.append(state.tick)
        return np.array(self.script.get(state.tick, []), dtype=np.int64)

    def stop(self, state: RumorBlock, memory: Any) -> Any:
        rows = np.array(self.stops.get(state.tick, []), dtype=np.int64)
        state.tellers.remove(rows)
        return rows


def path(copies: int = 1) -> CompiledContacts:
    """0 contacts 1, 1 contacts 2 with weights 1 and 2."""
    return compiled(Network.from_edges(3, [0, 1], [1, 2], [1.0, 2.0]), copies)


def compiled(contacts: Network | Contacts, copies: int = 1) -> CompiledContacts:
    """Compile contacts for five ticks and ordinary people."""
    return compile_contacts(Contacts.of(contacts), np.arange(contacts.n), 1, copies, 5)


def block(
    rule: Rule,
    contacts: CompiledContacts | None = None,
    needs: str = "knowing",
    rumor: int = 0,
    *,
    replicates: int = 1,
    broadcasts: Sequence[BroadcastRows] = (),
) -> RumorBlock:
    """Return a rumor of three people a replicate, five ticks of a day."""
    contacts = path(replicates) if contacts is None else contacts
    n_rows = 3 * replicates
    pressures = Pressures(contacts, contacts.memberships(), push_add_at, None, n_rows, frozenset({needs}))
    factor = np.ones((1, len(contacts.clocks), 5))
    streams = BatchStreams(0, range(replicates), np.arange(3), (rumor,))
    return RumorBlock(rule, (rumor,), n_rows, Ticks.uniform(1.0, 5.0), factor, pressures, streams, broadcasts)


def start(one: RumorBlock, tellers: Any, aware: Any = ()) -> None:
    """Let rows tell, and others know silently, from before the start."""
    tellers, aware = np.asarray(tellers, dtype=np.int64), np.asarray(aware, dtype=np.int64)
    rows = np.union1d(tellers, aware)
    one.enter_hearing(rows, -1)
    one.enter_switches(rows, np.isin(rows, tellers), NOBODY, 0)


def people(fear: Fear | None = None, n_rumors: int = 1) -> People:
    return People(Traits(), fear or Fear(), 3, 1, n_rumors, 1)
