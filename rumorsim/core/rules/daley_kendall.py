"""Daley and Kendall's rumor: two who know meet, and both have had enough of it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.push import expand
from rumorsim.core.rules.maki_thompson import MakiThompson
from rumorsim.core.state import RumorState

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

    def start(self, state: RumorState) -> None:
        """Lay out the stopping factors of all ticks."""
        super().start(state)
        state.extra["halves"] = [1.0 if clock.symmetric else 0.5 for clock in state.fabric]

    def stop(self, state: RumorState) -> NDArray[Any]:
        """Return those who stop by their own threshold, and the telling partners they met."""
        rows, countdown = state.tellers.rows, state.tellers.countdown
        spent = np.full(len(rows), state.extra["forget"][state.tick], dtype=np.float32)
        if state.knowing_both:
            for clock, factor in enumerate(state.extra["stifle"][:, state.tick]):
                if factor:
                    half = np.float32(state.extra["halves"][clock] * factor)
                    spent += (
                        state.knowing_both[clock][rows] - np.float32(0.5) * state.telling_both[clock][rows]
                    ) * half
        countdown -= spent
        crossed = np.sort(state.tellers.take_out()).astype(np.int64)
        if not len(crossed) or not state.knowing_both:
            return crossed
        met = self._partners(state, crossed)
        met = np.setdiff1d(met, crossed)
        met = met[state.telling[met]]
        if len(met):
            state.tellers.remove(met)
        return np.union1d(crossed, met)

    def _partners(self, state: RumorState, crossed: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the telling partners whom the crossing rows met (a stifler or forgetting gives none)."""
        owners: list[NDArray[Any]] = []
        others: list[NDArray[np.int64]] = []
        weights: list[NDArray[np.float64]] = []
        for number, clock in enumerate(state.fabric):
            factor = float(state.extra["stifle"][number, state.tick]) * state.extra["halves"][number]
            if not factor:
                continue
            sides = [] if clock.outgoing is None else [clock.outgoing]
            if clock.incoming is not None and not clock.symmetric:
                sides.append(clock.incoming)
            for side in sides:
                starts, ends = side.pointer[crossed], side.pointer[crossed + 1]
                edges = expand(starts, ends)
                owners.append(np.repeat(np.arange(len(crossed)), ends - starts))
                others.append(side.other[edges].astype(np.int64))
                weights.append(side.weight[edges].astype(np.float64) * factor)
            if clock.groups is not None:
                groups = clock.groups
                positions, lengths = groups.positions(crossed)
                here = groups.present[positions] > 0
                owner = np.repeat(np.arange(len(crossed)), lengths)[here]
                group = groups.group[positions][here]
                starts, ends = groups.pointer[group], groups.pointer[group + 1]
                members = expand(starts, ends)
                double = 1.0 if clock.symmetric else 2.0
                weight = np.repeat(groups.weight[group].astype(np.float64) * factor * double, ends - starts)
                owners.append(np.repeat(owner, ends - starts))
                others.append(groups.person[members].astype(np.int64))
                weights.append(weight * groups.present[members])
        forget = float(state.extra["forget"][state.tick])
        if not owners:
            return np.empty(0, dtype=np.int64)
        owner = np.concatenate(owners).astype(np.int64)
        other = np.concatenate(others)
        weight = np.concatenate(weights)
        keep = (other != crossed[owner]) & (state.heard_tick[other] < state.tick) & (weight > 0)
        owner, other, weight = owner[keep], other[keep], weight[keep]
        telling = state.telling[other]
        weight = np.where(telling, 0.5 * weight, weight)
        order = np.argsort(owner, kind="stable")
        owner, other, weight, telling = owner[order], other[order], weight[order], telling[order]
        luck = state.luck.uniform("partner", crossed, state.rumor, state.tick + 1)
        met = np.full(len(crossed), -1, dtype=np.int64)
        ends_at = np.searchsorted(owner, np.arange(len(crossed)), side="right")
        begins_at = np.searchsorted(owner, np.arange(len(crossed)), side="left")
        for k in range(len(crossed)):
            share = weight[begins_at[k] : ends_at[k]]
            ladder = np.cumsum(np.append(share, forget))
            chosen = int(np.searchsorted(ladder, luck[k] * ladder[-1], side="right"))
            if chosen < len(share) and telling[begins_at[k] + chosen]:
                met[k] = other[begins_at[k] + chosen]
        return np.unique(met[met >= 0])
