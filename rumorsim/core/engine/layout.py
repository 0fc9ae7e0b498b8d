"""Laying rumors into blocks at the start: calendar factors, chances of passing on, broadcasts, receptivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors, truth, word
from rumorsim.core.contacts.compiled import CompiledContacts, compile_contacts
from rumorsim.core.contacts.edge_sums import BACK_ENDS, default_back_end
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.core.engine.broadcasts import Broadcast, BroadcastRows
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.traits import Traits
from rumorsim.core.randomness.streams import BatchStreams
from rumorsim.core.rules.base import Rule

__all__ = ["lay_out", "scales_of"]

#: Rows up to which rumors that obey one rule are laid side by side.
_STACKED = 500_000
#: Product of couplings up to which what is left of a threshold is scaled without a floor.
_HARMLESS = 1e6


def _stacks(rules: Sequence[Rule], n_rows: int, stacked: bool | None) -> list[tuple[int, ...]]:
    """Return which rumors share a block: all of them or none."""
    first = rules[0]
    alike = first.stackable and all(first.equals(rule) for rule in rules[1:])
    if alike and (n_rows * len(rules) <= _STACKED if stacked is None else stacked):
        return [tuple(range(len(rules)))]
    return [(number,) for number in range(len(rules))]


def lay_out(
    contacts: Contacts,
    rules: Sequence[Rule],
    ticks: Ticks,
    clock_factors: Mapping[str, NDArray[np.float64]],
    streams: BatchStreams,
    labels: NDArray[Any],
    traits: Traits,
    broadcasts: Sequence[Broadcast],
    channel: Callable[[str], int],
    back_end: str | None,
    stacked: bool | None,
) -> tuple[tuple[RumorBlock, ...], Memberships | None]:
    """Return the blocks of all rumors, and the memberships, as they are before the first tick.

    Parameters
    ----------
    clock_factors : mapping clock -> (n_ticks,) or (n_rumors, n_ticks) floats
    streams : BatchStreams
        Those of the batch; each block gets its own, for its rumors.
    channel : function
        Number of a channel by name.
    """
    n, replicates = contacts.n, len(streams.by_replicate)
    name = word(default_back_end() if back_end is None else back_end, sorted(BACK_ENDS), "back end", "back_end")
    by_block = _stacks(rules, n * replicates, None if stacked is None else truth(stacked, "stacked"))
    # Contacts are compiled for as many copies of the population as a block holds.
    copies = replicates * len(by_block[0])
    talk = None if traits.talk is None else np.tile(np.asarray(traits.talk, dtype=np.float32), copies)
    compiled = compile_contacts(contacts, labels, 1 if talk is None else int(talk.max()), copies, ticks.n_ticks)
    memberships = compiled.memberships()
    blocks = []
    for rumors in by_block:
        rule = rules[rumors[0]]
        mine = [one for one in broadcasts if one.rumor in rumors]
        block = RumorBlock(
            rule,
            rumors,
            n * replicates,
            ticks,
            _clock_table(compiled, rumors, ticks.n_ticks, clock_factors),
            Pressures(compiled, memberships, BACK_ENDS[name], talk, copies * n, rule.needs),
            streams.for_rumors(rumors),
            [BroadcastRows.of(one, rumors, n, replicates, ticks, channel(one.channel)) for one in mine],
            _tell_prob(traits, rumors, n, replicates),
        )
        for rumor in rumors:
            receptivity = traits.by_rumor("receptivity", rumor, n)
            if receptivity is not None:
                with np.errstate(divide="ignore"):
                    scale = (1.0 / np.tile(receptivity, replicates)).astype(np.float32)
                block.left.scale(block.span(rumor), slice(None), scale)
        blocks.append(block)
    return tuple(blocks), memberships


def _clock_table(
    contacts: CompiledContacts, rumors: tuple[int, ...], n_ticks: int, given: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the calendar factor of each clock for some rumors, (n_rumors here, n_clocks, n_ticks)."""
    table = np.ones((len(rumors), len(contacts.clocks), n_ticks))
    for k, clock in enumerate(contacts.clocks):
        if clock.name in given:
            column = given[clock.name]
            table[:, k] = column[list(rumors)] if column.ndim == 2 else column
        if clock.quiet:
            table[:, k] = 0.0
    return table


def _tell_prob(traits: Traits, rumors: tuple[int, ...], n: int, replicates: int) -> NDArray[np.float64] | None:
    """Return the chance of passing on, a row of a block; None where everybody tells."""
    tells = [traits.by_rumor("tell_prob", number, n) for number in rumors]
    if all(tell is None for tell in tells):
        return None
    return np.concatenate([np.tile(np.ones(n) if tell is None else tell, replicates) for tell in tells])


def scales_of(couplings: Any, n_rumors: int) -> dict[int, list[tuple[int, np.float32, bool]]]:
    """Return, for each rumor that matters to others, those others, the scale of their remaining thresholds, and a care.

    Scaling by a factor of up to a million in all cannot make 0 of what is left but with a chance of one in 1e32: no
    threshold begins below 1e-30, and below float32's least number of 1e-45 lies nothing else. Larger factors, which
    might let somebody hear without a contact, leave a floor.
    """
    if couplings is None:
        return {}
    table = factors(couplings, "couplings", ((n_rumors, n_rumors),))
    scales: dict[int, list[tuple[int, np.float32, bool]]] = {}
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.float32(1.0) / table.astype(np.float32)
        careful = np.maximum(table, 1.0).prod(axis=0) > _HARMLESS
    for rumor, other in zip(*np.nonzero(table != 1.0), strict=True):
        if rumor != other:
            scales.setdefault(int(rumor), []).append((int(other), inverse[rumor, other], bool(careful[other])))
    return scales
