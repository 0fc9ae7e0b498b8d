"""Parts of a simulation made from arrays: no contacts are compiled but a path, nothing is run."""

from __future__ import annotations

from typing import Any

import numpy as np

from rumorsim.core import Contacts, Fear, Network, Rule, Ticks, Traits
from rumorsim.core.contacts.compiled import CompiledContacts, compile_contacts
from rumorsim.core.contacts.edge_sums import push_add_at
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


def path() -> CompiledContacts:
    """0 contacts 1, 1 contacts 2 with weights 1 and 2."""
    network = Network.from_edges(3, [0, 1], [1, 2], [1.0, 2.0])
    return compile_contacts(Contacts.of(network), np.arange(3), 1, 1, 5)


def block(rule: Rule, contacts: CompiledContacts | None = None, needs: str = "knowing", rumor: int = 0) -> RumorBlock:
    contacts = path() if contacts is None else contacts
    pressures = Pressures(contacts, contacts.memberships(), push_add_at, None, 3, frozenset({needs}))
    factor = np.ones((1, len(contacts.clocks), 5))
    streams = BatchStreams(0, [0], np.arange(3), (rumor,))
    return RumorBlock(rule, (rumor,), 3, Ticks.uniform(1.0, 5.0), factor, pressures, streams)


def people(fear: Fear | None = None, n_rumors: int = 1) -> People:
    return People(Traits(), fear or Fear(), 3, 1, n_rumors, 1)
