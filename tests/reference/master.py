"""Master equation of a rumor on a tiny network: every state of 2 to 6 people, no sampling at all.

A state gives each person one of three stages. Probabilities of all 3**n states are moved exactly: in continuous time
by uniformization, in synchronous ticks by enumerating who hears and who stops. Conventions:

* `weights[i, j]` is how strongly i contacts j. An ignorant j hears at transmission_rate * sum over spreaders i of
  weights[i, j] (incoming).
* Maki-Thompson: spreader i stops at forgetting_rate + stifling_rate * sum over those j who know of weights[i, j]
  (outgoing).
* Daley-Kendall: every pair {i, j} meets at stifling_rate * (weights[i, j] + weights[j, i]) / 2. A meeting of two
  spreaders stops both, of a spreader and a stifler the spreader. Forgetting as before.

In synchronous ticks all rates are those at the start of the tick; an ignorant hears with 1 - exp(-dt * hazard); a
spreader stops with 1 - exp(-dt * hazard); what happens in a tick acts from the next. For Daley-Kendall a spreader's
own hazard has half of its meetings with spreaders and all of its meetings with stiflers; when it crosses, the cause
is drawn in proportion to the shares and, if the cause is a spreader, that one stops too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["IGNORANT", "SPREADER", "STIFLER", "Chain"]

IGNORANT, SPREADER, STIFLER = 0, 1, 2

State = tuple[int, ...]


class Chain:
    """One rumor among n people who contact each other with the given weights.

    Parameters
    ----------
    weights : (n, n) float64, directed, zero on the diagonal
    rule : "maki_thompson" or "daley_kendall"
    transmission_rate, stifling_rate, forgetting_rate : per day
    """

    def __init__(
        self,
        weights: NDArray[np.float64],
        rule: str = "maki_thompson",
        transmission_rate: float = 1.0,
        stifling_rate: float = 1.0,
        forgetting_rate: float = 0.0,
    ) -> None:
        self.weights = np.asarray(weights, dtype=float)
        self.n = len(self.weights)
        if self.weights.shape != (self.n, self.n) or np.diag(self.weights).any():
            raise ValueError("weights must be square with a zero diagonal")
        if rule not in ("maki_thompson", "daley_kendall"):
            raise ValueError(rule)
        self.rule = rule
        self.transmission_rate = transmission_rate
        self.stifling_rate = stifling_rate
        self.forgetting_rate = forgetting_rate
        self.states: list[State] = list(itertools.product((IGNORANT, SPREADER, STIFLER), repeat=self.n))
        self.number = {state: k for k, state in enumerate(self.states)}

    # --- hazards of one state -------------------------------------------------------------------------------------

    def hearing_hazard(self, state: State, person: int, transmission_rate: float | None = None) -> float:
        rate = self.transmission_rate if transmission_rate is None else transmission_rate
        return rate * sum(self.weights[i, person] for i in range(self.n) if state[i] == SPREADER)

    def _meeting_rate(self, i: int, j: int) -> float:
        return self.stifling_rate * (self.weights[i, j] + self.weights[j, i]) / 2

    def start(self, spreaders: Sequence[int]) -> NDArray[np.float64]:
        """Return the certain distribution in which exactly these people spread and nobody else knows."""
        law = np.zeros(len(self.states))
        law[self.number[tuple(SPREADER if i in set(spreaders) else IGNORANT for i in range(self.n))]] = 1.0
        return law

    # --- continuous time ------------------------------------------------------------------------------------------

    def jumps(self, state: State, transmission_rate: float | None = None) -> list[tuple[State, float]]:
        """Return every state one event away with its rate."""
        found: list[tuple[State, float]] = []

        def add(changes: dict[int, int], rate: float) -> None:
            if rate > 0:
                found.append((tuple(changes.get(i, stage) for i, stage in enumerate(state)), rate))

        for i, stage in enumerate(state):
            if stage == IGNORANT:
                add({i: SPREADER}, self.hearing_hazard(state, i, transmission_rate))
            if stage != SPREADER:
                continue
            add({i: STIFLER}, self.forgetting_rate)
            for j, other in enumerate(state):
                if j == i or other == IGNORANT:
                    continue
                if self.rule == "maki_thompson":
                    add({i: STIFLER}, self.stifling_rate * self.weights[i, j])
                elif other == STIFLER:
                    add({i: STIFLER}, self._meeting_rate(i, j))
                elif i < j:
                    add({i: STIFLER, j: STIFLER}, self._meeting_rate(i, j))
        return found

    def final(self, spreaders: Sequence[int]) -> NDArray[np.float64]:
        """Return the distribution over all states after the last event.

        Stages only grow, so the sum of stages orders the states and one pass of the jump chain is exact. A state
        that nothing can leave (a spreader whom nobody can stop) is absorbing.
        """
        law = self.start(spreaders)
        for k in sorted(range(len(self.states)), key=lambda k: sum(self.states[k])):
            if law[k] == 0.0:
                continue
            jumps = self.jumps(self.states[k])
            total = sum(rate for _, rate in jumps)
            if total > 0:
                for target, rate in jumps:
                    law[self.number[target]] += law[k] * rate / total
                law[k] = 0.0
        return law

    def at(
        self,
        spreaders: Sequence[int],
        days: float,
        steps: Sequence[tuple[float, float]] | None = None,
    ) -> NDArray[np.float64]:
        """Return the distribution at a time; `steps` gives (until day, transmission rate) if that rate changes."""
        law = self.start(spreaders)
        begin = 0.0
        for until, rate in steps if steps is not None else [(math.inf, self.transmission_rate)]:
            end = min(until, days)
            if end > begin:
                law = self._uniformized(law, end - begin, rate)
                begin = end
        return law

    def _uniformized(self, law: NDArray[np.float64], days: float, transmission_rate: float) -> NDArray[np.float64]:
        reachable = self._reachable(law, transmission_rate)
        position = {k: row for row, k in enumerate(reachable)}
        matrix = np.zeros((len(reachable), len(reachable)))
        for k in reachable:
            for target, rate in self.jumps(self.states[k], transmission_rate):
                matrix[position[k], position[self.number[target]]] += rate
        leave = matrix.sum(axis=1)
        clock = float(leave.max())
        if clock == 0.0:
            return law
        matrix /= clock
        matrix[np.diag_indices(len(reachable))] += 1.0 - leave / clock
        row = law[reachable]
        mean = clock * days
        total = np.zeros_like(row)
        last = math.ceil(mean + 10 * math.sqrt(mean) + 30)
        for k in range(last + 1):
            total += math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) * row
            row = row @ matrix
        result = np.zeros(len(self.states))
        result[reachable] = total
        return result

    def _reachable(self, law: NDArray[np.float64], transmission_rate: float) -> list[int]:
        seen = {int(k) for k in np.flatnonzero(law)}
        todo = list(seen)
        while todo:
            for target, _ in self.jumps(self.states[todo.pop()], transmission_rate):
                k = self.number[target]
                if k not in seen:
                    seen.add(k)
                    todo.append(k)
        return sorted(seen)

    # --- synchronous ticks ----------------------------------------------------------------------------------------

    def tick(self, state: State, tick_days: float, transmission_rate: float | None = None) -> list[tuple[State, float]]:
        """Return every state that can follow after one synchronous tick, with its probability."""
        heard: dict[frozenset[int], float] = {frozenset(): 1.0}
        stopped: dict[frozenset[int], float] = {frozenset(): 1.0}
        for i, stage in enumerate(state):
            if stage == IGNORANT:
                prob = -math.expm1(-tick_days * self.hearing_hazard(state, i, transmission_rate))
                heard = _combine(heard, [(frozenset({i}), prob), (frozenset(), 1.0 - prob)])
            elif stage == SPREADER:
                stopped = _combine(stopped, self._own_stop(state, i, tick_days))
        results: list[tuple[State, float]] = []
        for (new, p), (gone, q) in itertools.product(heard.items(), stopped.items()):
            if p * q > 0:
                follows = tuple(
                    SPREADER if i in new else STIFLER if i in gone else stage for i, stage in enumerate(state)
                )
                results.append((follows, p * q))
        return results

    def _own_stop(self, state: State, i: int, tick_days: float) -> list[tuple[frozenset[int], float]]:
        """Return who stops in a tick because of spreader i's own threshold: nobody, i, or i and a partner."""
        alone, partners = self.forgetting_rate, {}
        for j, other in enumerate(state):
            if j == i or other == IGNORANT:
                continue
            if self.rule == "maki_thompson":
                alone += self.stifling_rate * self.weights[i, j]
            elif other == STIFLER:
                alone += self._meeting_rate(i, j)
            else:
                partners[j] = self._meeting_rate(i, j) / 2
        hazard = alone + sum(partners.values())
        if hazard == 0.0:
            return [(frozenset(), 1.0)]
        crosses = -math.expm1(-tick_days * hazard)
        outcomes = [(frozenset(), 1.0 - crosses), (frozenset({i}), crosses * alone / hazard)]
        outcomes += [(frozenset({i, j}), crosses * rate / hazard) for j, rate in partners.items()]
        return outcomes

    def after_ticks(
        self,
        spreaders: Sequence[int],
        ticks: int,
        tick_days: float,
        transmission_rates: Sequence[float] | None = None,
    ) -> list[NDArray[np.float64]]:
        """Return the distributions after 0, 1, ..., `ticks` ticks; one transmission rate a tick if it changes."""
        laws = [self.start(spreaders)]
        known: dict[tuple[int, float | None], list[tuple[State, float]]] = {}
        for step in range(ticks):
            rate = None if transmission_rates is None else float(transmission_rates[step])
            law = np.zeros(len(self.states))
            for k in np.flatnonzero(laws[-1]):
                key = (int(k), rate)
                if key not in known:
                    known[key] = self.tick(self.states[k], tick_days, rate)
                for target, prob in known[key]:
                    law[self.number[target]] += laws[-1][k] * prob
            laws.append(law)
        return laws

    # --- who told whom --------------------------------------------------------------------------------------------

    def _credit(self, told: NDArray[np.float64], state: State, person: int, chance: float) -> None:
        """Share the chance that a person hears in a state among those who tell it, by weight."""
        weights = np.where(np.array(state) == SPREADER, self.weights[:, person], 0.0)
        if weights.any():
            told[:, person] += chance * weights / weights.sum()

    def tellers(self, spreaders: Sequence[int]) -> NDArray[np.float64]:
        """Return told[j, i] = P(j tells i first) in the end, in continuous time."""
        told = np.zeros((self.n, self.n))
        law = self.start(spreaders)
        for k in sorted(range(len(self.states)), key=lambda k: sum(self.states[k])):
            jumps = self.jumps(self.states[k])
            total = sum(rate for _, rate in jumps)
            if law[k] == 0.0 or total == 0.0:
                continue
            for i in range(self.n):
                if self.states[k][i] == IGNORANT:
                    self._credit(told, self.states[k], i, law[k] * self.hearing_hazard(self.states[k], i) / total)
            for target, rate in jumps:
                law[self.number[target]] += law[k] * rate / total
        return told

    def tellers_in_ticks(self, spreaders: Sequence[int], ticks: int, tick_days: float) -> NDArray[np.float64]:
        """Return told[j, i] = P(j tells i first) within some synchronous ticks."""
        told = np.zeros((self.n, self.n))
        for law in self.after_ticks(spreaders, ticks, tick_days)[:-1]:
            for k in np.flatnonzero(law):
                for i in range(self.n):
                    if self.states[k][i] == IGNORANT:
                        hears = -math.expm1(-tick_days * self.hearing_hazard(self.states[k], i))
                        self._credit(told, self.states[k], i, law[k] * hears)
        return told

    # --- what a distribution says ---------------------------------------------------------------------------------

    def ignorant_prob(self, law: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n,) the probability that each person has not heard."""
        stages = np.array(self.states)
        return np.asarray(law @ (stages == IGNORANT))

    def heard_by(self, spreaders: Sequence[int], person: int, days: Sequence[float]) -> NDArray[np.float64]:
        """Return (k,) P(T_person <= day) in continuous time."""
        return np.array([1.0 - self.ignorant_prob(self.at(spreaders, day))[person] for day in days])

    def left_ignorant(self, law: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n + 1,) the distribution of the number of people who are ignorant."""
        counts = (np.array(self.states) == IGNORANT).sum(axis=1)
        return np.bincount(counts, weights=law, minlength=self.n + 1)


def _combine(
    law: dict[frozenset[int], float], outcomes: list[tuple[frozenset[int], float]]
) -> dict[frozenset[int], float]:
    joined: dict[frozenset[int], float] = {}
    for (people, p), (more, q) in itertools.product(law.items(), outcomes):
        if p * q > 0:
            union = people | more
            joined[union] = joined.get(union, 0.0) + p * q
    return joined
