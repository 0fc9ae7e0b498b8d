"""Daley and Kendall's rumor: two who know meet, and both have had enough of it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import expand
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.randomness.choice import choose
from rumorsim.core.rules.maki_thompson import MakiThompson

__all__ = ["DaleyKendall"]


class DaleyKendall(MakiThompson):
    """Undirected meetings: two spreaders who meet both stop (Daley and Kendall 1965, doi:10.1093/imamat/1.1.42).

    Every pair {i, j} meets at ``stifling_rate * (w_ij + w_ji) / 2``. A meeting of two spreaders stops both, a meeting
    of a spreader and a stifler stops the spreader. Each spreader's own threshold covers half of its meetings with
    spreaders and all of its meetings with stiflers; when it is crossed the partner is drawn by this tick's shares, and
    a partner who is telling stops too. (Giving each spreader the whole hazard instead would be Maki and Thompson's
    rule: it passes the 0.2032 limit, and only small exact chains tell the two apart.)

    Parameters
    ----------
    transmission_rate, stifling_rate, forgetting_rate : float or (n_ticks,) floats
        As in `MakiThompson`.

    Examples
    --------
    >>> from rumorsim.core import Network, simulate
    >>> runs = simulate(Network.complete(3), DaleyKendall(1.0, 1.0), time_step_days=0.05, stop_days=50.0, seed=0)
    >>> runs.time_heard.shape
    (1, 3)
    """

    name: ClassVar[str] = "daley_kendall"
    reference: ClassVar[str] = "Daley and Kendall 1965, doi:10.1093/imamat/1.1.42"
    needs: frozenset[str] = frozenset({"both"})

    def met(self, state: RumorBlock, rows: NDArray[Any], factors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return half of the meetings with spreaders and all of those with stiflers, (m,) float32."""
        half = np.float32(0.5)
        spent = state.in_groups(rows, state.pressures.group_knowers, factors)
        spent -= half * state.in_groups(rows, state.pressures.group_tellers, factors)
        for number, clock in enumerate(state.contacts.clocks):
            if clock.outgoing is not None:
                side = np.float32(1.0 if clock.symmetric else 0.5)
                known = state.pressures.knowers_both[number][rows] - half * state.pressures.tellers_both[number][rows]
                spent += known * side * state.row_factor(rows, number, factors[:, number])
        return spent

    def stop(self, state: RumorBlock, memory: Any) -> NDArray[Any]:
        """Return those who stop by their own threshold, and the telling partners they met."""
        crossed = np.sort(super().stop(state, memory)).astype(np.int64)
        if not len(crossed) or not self.needs:
            return crossed
        met = np.setdiff1d(self._partners(state, memory, crossed), crossed)
        if len(met):
            state.tellers.remove(met)
        return np.union1d(crossed, met)

    def _partners(self, state: RumorBlock, memory: Any, crossed: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the telling partners whom the crossing rows met (a stifler or forgetting gives none).

        Everybody tied to a row is a candidate; a group is two, its spreaders and its stiflers, and which of its
        spreaders it was is drawn afterwards.
        """
        factors = memory.stifling[crossed // state.n_rows_each, :, state.tick].astype(np.float64)
        everyone = np.arange(len(crossed))
        owners: list[NDArray[Any]] = [everyone]
        others: list[NDArray[Any]] = [np.full(len(crossed), -1)]
        weights: list[NDArray[Any]] = [np.full(len(crossed), float(memory.forgetting[state.tick]))]
        for number, clock in enumerate(state.contacts.clocks):
            if clock.outgoing is None or clock.incoming is None:
                continue
            sides = [clock.outgoing] if clock.symmetric else [clock.outgoing, clock.incoming]
            for side in sides:
                starts, ends = side.pointer[crossed], side.pointer[crossed + 1]
                edges = expand(starts, ends)
                owner = np.repeat(everyone, ends - starts)
                other = side.other[edges].astype(np.int64)
                weight = side.weight[edges].astype(np.float64) * factors[owner, number] / len(sides)
                knows = np.flatnonzero(state.pressures.here(state.heard_tick[other] < state.tick, other))
                owner, other, weight = owner[knows], other[knows], weight[knows]
                telling = state.telling[other]
                owners.append(owner)
                others.append(np.where(telling, other, -1))
                weights.append(np.where(telling, 0.5 * weight, weight))
        groups = state.memberships
        if groups is not None:
            # Sorted, since which slot holds a membership depends on the order in which memberships are listed.
            slots = np.sort(groups.slots[crossed], axis=1)
            owner, column = np.nonzero(slots < groups.n_loud)
            group = slots[owner, column].astype(np.int64)
            clock_of = groups.clock_of(group)
            weight = groups.weight[group].astype(np.float64) * factors[owner, clock_of]
            tellers = state.pressures.group_tellers[group].astype(np.float64)
            owners += [owner, owner]
            # A group stands for its spreaders under -2 - group.
            others += [-2 - group, np.full(len(group), -1)]
            weights += [0.5 * weight * (tellers - 1), weight * (state.pressures.group_knowers[group] - tellers)]
        owner, other = np.concatenate(owners), np.concatenate(others).astype(np.int64)
        weight = np.concatenate(weights)
        order = np.argsort(owner, kind="stable")
        drawn = state.streams.uniform("partner", crossed, state.rumor, state.tick + 1)
        chosen = choose(owner[order], weight[order], len(crossed), drawn)
        met = np.where(chosen >= 0, other[order][np.maximum(chosen, 0)], -1)
        inside = np.flatnonzero(met <= -2)
        met[inside] = self._spreaders(state, crossed[inside], -2 - met[inside])
        return np.unique(met[met >= 0])

    def _spreaders(self, state: RumorBlock, rows: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return, for each row, one of the other spreaders of its group, all with the same chance."""
        groups = state.memberships
        if groups is None or not len(rows):
            return np.full(len(rows), -1, dtype=np.int64)
        wanted = np.unique(group)
        starts, ends = groups.members(wanted)
        position = expand(starts, ends)
        person = groups.person[position].astype(np.int64)
        telling = state.pressures.here(state.telling[person], person)
        here = np.flatnonzero(telling & (groups.present[position] > 0))
        person = person[here]
        owner = np.repeat(np.arange(len(wanted)), ends - starts)[here]
        first = np.searchsorted(owner, np.arange(len(wanted)), side="left")
        count = np.searchsorted(owner, np.arange(len(wanted)), side="right") - first
        mine = np.searchsorted(wanted, group)
        place = np.full(state.n_rows, -1, dtype=np.int64)
        itself = np.empty(len(rows), dtype=np.int64)
        for number in range(len(wanted)):
            # One pass a group, since a person may be a member of several.
            place[person[first[number] : first[number] + count[number]]] = np.arange(count[number])
            asked = mine == number
            itself[asked] = place[rows[asked]]
        drawn = state.streams.uniform("partner", rows, state.rumor, (1 << 32) + state.tick)
        pick = np.floor(drawn * (count[mine] - 1)).astype(np.int64)
        pick += pick >= itself
        return np.asarray(person[first[mine] + np.minimum(pick, count[mine] - 1)])
