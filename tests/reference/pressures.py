"""What every pressure should be, from who tells, who knows and who is present now, by one sparse product a clock.

The engine adds and takes away what a switch changes, along the edges of that switch. This says in one place what must
come of it: the pressure of a clock on a row is the weight of everybody who tells toward it, over ties (unless one of
the two is away from home) and through every group in which the row is present, itself included if it tells. Whoever
is absent tells nobody, is known by nobody to know, and is under no pressure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rumorsim.core import NEVER
from rumorsim.core.contacts.compiled import EdgeRows
from rumorsim.core.engine.rumor_block import RumorBlock

__all__ = ["expected_pressures"]


def over(edges: EdgeRows, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return, for each row, the weighted sum of values at the other ends of its edges."""
    shape = (len(values), len(values))
    return sparse.csr_array((edges.weight.astype(np.float64), edges.other, edges.pointer), shape=shape) @ values


def expected_pressures(block: RumorBlock) -> dict[str, list[NDArray[np.float64]]]:
    """Return what `Pressures` should hold by clock, and by group in lists of one; nothing that is not kept up."""
    kept, groups = block.pressures, block.memberships
    there = np.ones(block.n_rows) if kept.absent is None else 1.0 - kept.absent
    talk = block.telling * there * (1.0 if kept.talk is None else kept.talk.astype(np.float64))
    tells, knows = block.telling * there, (block.heard_tick != NEVER) * there
    found: dict[str, list[NDArray[np.float64]]] = {
        name: [] for name in ("of_tellers", "of_knowers", "tellers_both", "knowers_both")
    }
    if groups is not None:
        here = (groups.present > 0) & (groups.group < groups.n_loud)
        cells = (groups.group[here], groups.person[here])
        member = sparse.csr_array((np.ones(here.sum()), cells), shape=(groups.n_loud + 1, block.n_rows))
        found |= {"group_talk": [member @ talk], "group_knowers": [member @ knows], "group_tellers": [member @ tells]}
    for number, clock in enumerate(block.contacts.clocks):
        total = np.zeros(block.n_rows)
        if clock.incoming is not None and not clock.quiet:
            near = ~kept.away.get(number, np.zeros(block.n_rows, dtype=np.bool_))
            total += near * over(clock.incoming, talk * near)
        if groups is not None and not clock.quiet:
            mine = slice(groups.bounds[number], groups.bounds[number + 1])
            total += member[mine].T @ (groups.weight[mine] * (member[mine] @ talk))
        found["of_tellers"].append(total * there)
        for name, values in (("knowers_both", knows), ("tellers_both", tells)):
            both = np.zeros(block.n_rows)
            if clock.outgoing is not None and clock.incoming is not None and not clock.quiet:
                both = over(clock.outgoing, values) + (0 if clock.symmetric else over(clock.incoming, values))
            found[name].append(both)
        silent = clock.outgoing is None or clock.quiet
        found["of_knowers"].append(np.zeros(block.n_rows) if silent else over(clock.outgoing, knows))
    return found
