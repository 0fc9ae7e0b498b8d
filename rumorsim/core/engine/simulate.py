"""Running replicates to the end, side by side where the network is small."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from rumorsim.core.checks import whole
from rumorsim.core.contacts.layers import Contacts, GroupLayer
from rumorsim.core.contacts.network import Network
from rumorsim.core.engine.door import check_replicates, rules_of
from rumorsim.core.engine.results import Runs
from rumorsim.core.engine.simulation import Simulation
from rumorsim.core.rules.base import Rule

__all__ = ["best_batch", "simulate"]

#: Rows and edges that a batch should not exceed: beyond them the arrays leave the caches and nothing is gained.
_ROWS, _EDGES, _SINGLE = 65_536, 5_000_000, 20_000


def best_batch(contacts: Network | Contacts) -> int:
    """Return how many replicates to lay side by side.

    Examples
    --------
    >>> best_batch(Network.from_edges(1024, [0], [1]))
    64
    """
    contacts = Contacts.of(contacts)
    edges = sum(
        len(layer.person) if isinstance(layer, GroupLayer) else layer.network.n_edges for layer in contacts.layers
    )
    if contacts.n >= _SINGLE:
        return 1
    return max(1, min(_ROWS // contacts.n, _EDGES // max(edges, 1)))


def simulate(
    contacts: Network | Contacts,
    rule: Rule | Sequence[Rule],
    *,
    replicates: int = 1,
    seed: int = 0,
    first_replicate: int = 0,
    batch: int | None = None,
    **options: Any,
) -> Runs:
    """Simulate replicates to the end: a loop over `Simulation.step`.

    Parameters
    ----------
    contacts : Network or Contacts
    rule : Rule or sequence of Rule
    replicates, seed, first_replicate : int
    batch : int, optional
        Replicates laid side by side; never changes a result.
    **options
        Everything else `Simulation` takes: initial_spreaders, time_step_days, stop_days, traits ...

    Returns
    -------
    Runs

    Raises
    ------
    CoreError
        As `Simulation`; also for fewer than 1 replicate.

    Examples
    --------
    >>> from rumorsim.core import MakiThompson, Network, simulate
    >>> net = Network.from_edges(3, [0, 1], [1, 2])
    >>> runs = simulate(net, MakiThompson(0.5, 0.1), initial_spreaders=[0], stop_days=30.0, replicates=4, seed=0)
    >>> runs.time_heard.shape
    (4, 3)
    """
    replicates, first_replicate = check_replicates(replicates, first_replicate)
    layers = Contacts.of(contacts)
    width = best_batch(layers) if batch is None else whole(batch, "batch", 1)
    rule = rules_of(rule)
    # What is handed out once would be missing in the second batch.
    for name in ("actions", "broadcasts", "channels", "occasions"):
        if isinstance(options.get(name), Iterator):
            options[name] = tuple(options[name])
    # Replicates of a batch share what some actions change; those run one by one.
    actions = options.get("actions")
    if isinstance(actions, (list, tuple)) and any(getattr(action, "alone", False) for action in actions):
        width = 1
    parts = []
    for first in range(0, replicates, width):
        options |= {"replicates": min(width, replicates - first), "first_replicate": first_replicate + first}
        parts.append(Simulation(layers, copy.deepcopy(rule), seed=seed, **options).run())
    return Runs.joined(parts)
