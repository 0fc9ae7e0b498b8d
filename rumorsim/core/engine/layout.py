"""Laying rumors into blocks at the start: calendar factors, chances of telling on, broadcasts, receptivity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import factors
from rumorsim.core.contacts.compiled import CompiledContacts
from rumorsim.core.engine.actions import Broadcast
from rumorsim.core.engine.pressures import Pressures
from rumorsim.core.engine.rates import Ticks, per_tick
from rumorsim.core.engine.rumor_block import BroadcastRows, RumorBlock
from rumorsim.core.engine.traits import Traits
from rumorsim.core.randomness.streams import BatchStreams
from rumorsim.core.rules.base import Rule

__all__ = ["lay_out", "scales_of", "stacks"]

#: Rows up to which rumors that obey one rule are laid side by side.
_STACKED = 500_000


def stacks(rules: Sequence[Rule], n_rows: int, stacked: bool | None) -> list[tuple[int, ...]]:
    """Return which rumors share a block: all of them or none."""
    first = rules[0]
    alike = first.stackable and all(first.equals(rule) for rule in rules[1:])
    if alike and (n_rows * len(rules) <= _STACKED if stacked is None else stacked):
        return [tuple(range(len(rules)))]
    return [(number,) for number in range(len(rules))]


def lay_out(
    rule: Rule,
    rumors: tuple[int, ...],
    n: int,
    ticks: Ticks,
    clock_factors: Mapping[str, NDArray[np.float64]],
    pressures: Pressures,
    streams: BatchStreams,
    traits: Traits,
    broadcasts: Sequence[Broadcast],
    channel: Callable[[str], int],
) -> RumorBlock:
    """Return the block of some rumors of n people as it is before the first tick.

    Parameters
    ----------
    clock_factors : mapping clock -> (n_ticks,) or (n_rumors, n_ticks) floats
    channel : function
        Number of a channel by name.
    """
    replicates = len(streams.by_replicate)
    block = RumorBlock(
        rule,
        rumors,
        n * replicates,
        ticks,
        _clock_table(pressures.contacts, rumors, ticks.n_ticks, clock_factors),
        pressures,
        streams,
        [
            _broadcast_rows(one, rumors, n, replicates, ticks, channel(one.channel))
            for one in broadcasts
            if one.rumor in rumors
        ],
        _tell_prob(traits, rumors, n, replicates),
    )
    for rumor in rumors:
        receptivity = traits.by_rumor("receptivity", rumor, n)
        if receptivity is not None:
            with np.errstate(divide="ignore"):
                scale = (1.0 / np.tile(receptivity, replicates)).astype(np.float32)
            block.scale_thresholds(rumor, slice(None), scale)
    return block


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
    """Return the chance of telling on, a row of a block; None where everybody tells."""
    tells = [traits.by_rumor("tell_prob", number, n) for number in rumors]
    if all(tell is None for tell in tells):
        return None
    return np.concatenate([np.tile(np.ones(n) if tell is None else tell, replicates) for tell in tells])


def _broadcast_rows(
    broadcast: Broadcast, rumors: tuple[int, ...], n: int, replicates: int, ticks: Ticks, channel: int
) -> BroadcastRows:
    n_rows = n * replicates
    first = rumors.index(broadcast.rumor) * n_rows
    persons = np.asarray(broadcast.persons, dtype=np.int64)
    rows = (persons[None, :] + (np.arange(replicates) * n)[:, None]).ravel() + first
    access = np.tile(np.asarray(broadcast.access, dtype=np.float32), replicates)
    dense = np.zeros(n_rows * len(rumors), dtype=np.float32)
    dense[rows] = access
    factor = per_tick(broadcast.rate, ticks, broadcast.channel).astype(np.float32)
    many = 20 * len(rows) > n_rows
    return BroadcastRows(rows.astype(np.int32), access, dense, slice(first, first + n_rows), many, factor, channel)


def scales_of(couplings: Any, n_rumors: int) -> dict[int, list[tuple[int, np.float32]]]:
    """Return, for each rumor that matters to others, those others and the scale of their remaining thresholds."""
    if couplings is None:
        return {}
    table = factors(couplings, "couplings", ((n_rumors, n_rumors),))
    scales: dict[int, list[tuple[int, np.float32]]] = {}
    with np.errstate(divide="ignore"):
        inverse = np.float32(1.0) / table.astype(np.float32)
    for rumor, other in zip(*np.nonzero(table != 1.0), strict=True):
        if rumor != other:
            scales.setdefault(int(rumor), []).append((int(other), inverse[rumor, other]))
    return scales
