"""A rumor told tick by tick and person by person, with one coin toss for everything that may happen.

Written to be read, not to be fast: plain Python, random.Random, no integrated hazards, no pressures kept between
ticks. People are 0 to n - 1. A world has ties, a dictionary {(i, j): weight} meaning that i contacts j, and group
layers, each a list of groups (lists of people) with a rate and an exponent:

* hearing hazard of an ignorant i = transmission_rate * (sum of weight over ties (j, i) with j telling
  + sum over layers of rate * tellers in i's groups / size ** exponent);
* knowing hazard of a teller i = stifling_rate * (sum of weight over ties (i, j) with j knowing
  + sum over layers of rate * others who know in i's groups / size ** exponent);

so a group layer means the same as a tie of weight rate / size ** exponent between every two of its members.
Everything in a tick is decided on the state at its start and acts from the next tick.

References: Maki and Thompson (1973); Daley and Kendall (1965), doi:10.1093/imamat/1.1.42; Kempe, Kleinberg and Tardos
(2003), doi:10.1145/956750.956769; Dodds and Watts (2004), doi:10.1103/PhysRevLett.92.218701.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Layer", "Outcome", "World", "daley_kendall", "independent_cascade", "linear_threshold", "maki_thompson"]

NEVER = math.inf


@dataclass
class Layer:
    """Groups that meet at one rate; a person may be in no group, in one or in several."""

    groups: list[list[int]]
    rate: float = 1.0
    exponent: float = 1.0


@dataclass
class World:
    """Who contacts whom: ties and group layers."""

    people: int
    ties: dict[tuple[int, int], float] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)

    def contacts_of(self, i: int) -> list[tuple[int, float]]:
        """Return (j, weight) for everybody whom i contacts; the same j may occur through several ways."""
        found = [(j, weight) for (k, j), weight in self.ties.items() if k == i]
        for layer in self.layers:
            for group in layer.groups:
                if i in group:
                    weight = layer.rate / len(group) ** layer.exponent
                    found += [(j, weight) for j in group if j != i]
        return found

    def contacted_by(self, i: int) -> list[tuple[int, float]]:
        """Return (j, weight) for everybody who contacts i; groups are mutual."""
        found = [(j, weight) for (j, k), weight in self.ties.items() if k == i]
        for layer in self.layers:
            for group in layer.groups:
                if i in group:
                    weight = layer.rate / len(group) ** layer.exponent
                    found += [(j, weight) for j in group if j != i]
        return found


@dataclass
class Outcome:
    """Day on which each person had heard and had stopped (inf if never), and who told them (-1 if nobody)."""

    heard: list[float]
    stopped: list[float]
    teller: list[int]

    def left_ignorant(self) -> int:
        return sum(day == NEVER for day in self.heard)


class _Telling:
    """The common part of all rules: who knows, who tells, and the clock."""

    def __init__(self, world: World, initial: Iterable[int]) -> None:
        self.world = world
        self.outcome = Outcome([NEVER] * world.people, [NEVER] * world.people, [-1] * world.people)
        self.telling = set(initial)
        for i in self.telling:
            self.outcome.heard[i] = 0.0
        self.incoming = [world.contacted_by(i) for i in range(world.people)]
        self.outgoing = [world.contacts_of(i) for i in range(world.people)]

    def ignorant(self, i: int) -> bool:
        return self.outcome.heard[i] == NEVER

    def apply(self, day: float, hearing: dict[int, int], stopping: set[int]) -> None:
        """Let everything decided in a tick happen at its end."""
        for i, teller in hearing.items():
            self.outcome.heard[i] = day
            self.outcome.teller[i] = teller
        for i in stopping:
            self.outcome.stopped[i] = day
        self.telling = (self.telling - stopping) | set(hearing)


def _happens(chance: random.Random, hazard: float, tick_days: float) -> bool:
    return chance.random() < 1 - math.exp(-hazard * tick_days)


def _drawn(chance: random.Random, shares: Sequence[tuple[int, float]]) -> int:
    """Return one of the people, in proportion to the shares."""
    mark = chance.random() * sum(share for _, share in shares)
    for person, share in shares:
        mark -= share
        if mark < 0:
            return person
    return shares[-1][0]


def _hearing(
    state: _Telling, rate: float, tick_days: float, chance: random.Random, receptivity: Sequence[float] | None
) -> dict[int, int]:
    """Return who hears in this tick, and from whom."""
    heard: dict[int, int] = {}
    for i in range(state.world.people):
        if not state.ignorant(i):
            continue
        tellers = [(j, weight) for j, weight in state.incoming[i] if j in state.telling]
        hazard = rate * sum(weight for _, weight in tellers) * (1.0 if receptivity is None else receptivity[i])
        if hazard > 0 and _happens(chance, hazard, tick_days):
            heard[i] = _drawn(chance, tellers)
    return heard


def _rate_in(rate: float | Sequence[float], tick: int) -> float:
    return rate[tick] if isinstance(rate, Sequence) else rate


def maki_thompson(
    world: World,
    initial: Iterable[int],
    ticks: int,
    tick_days: float,
    chance: random.Random,
    transmission_rate: float | Sequence[float] = 1.0,
    stifling_rate: float = 1.0,
    forgetting_rate: float = 0.0,
    receptivity: Sequence[float] | None = None,
) -> Outcome:
    """Tell a rumor whose spreaders stop when those whom they contact already know."""
    state = _Telling(world, initial)
    for tick in range(ticks):
        hearing = _hearing(state, _rate_in(transmission_rate, tick), tick_days, chance, receptivity)
        stopping = set()
        for i in state.telling:
            knowing = sum(weight for j, weight in state.outgoing[i] if not state.ignorant(j))
            if _happens(chance, forgetting_rate + stifling_rate * knowing, tick_days):
                stopping.add(i)
        state.apply((tick + 1) * tick_days, hearing, stopping)
    return state.outcome


def daley_kendall(
    world: World,
    initial: Iterable[int],
    ticks: int,
    tick_days: float,
    chance: random.Random,
    transmission_rate: float | Sequence[float] = 1.0,
    stifling_rate: float = 1.0,
    forgetting_rate: float = 0.0,
    receptivity: Sequence[float] | None = None,
) -> Outcome:
    """Tell a rumor where the meeting of two spreaders stops both, of a spreader and a stifler the spreader.

    A pair meets at stifling_rate times the mean of its two weights. A spreader answers for half of its meetings with
    spreaders (the partner answers for the other half) and for all of its meetings with stiflers.
    """
    state = _Telling(world, initial)
    for tick in range(ticks):
        hearing = _hearing(state, _rate_in(transmission_rate, tick), tick_days, chance, receptivity)
        stopping = set()
        for i in state.telling:
            shares = [(i, forgetting_rate)]
            for j, weight in state.outgoing[i] + state.incoming[i]:
                if j in state.telling:
                    shares.append((j, stifling_rate * weight / 4))
                elif not state.ignorant(j):
                    shares.append((i, stifling_rate * weight / 2))
            if _happens(chance, sum(share for _, share in shares), tick_days):
                stopping |= {i, _drawn(chance, shares)}
        state.apply((tick + 1) * tick_days, hearing, stopping)
    return state.outcome


def independent_cascade(
    world: World, initial: Iterable[int], ticks: int, tick_days: float, chance: random.Random, prob: float
) -> Outcome:
    """Give everybody who has just heard one try, in the next tick, at everybody whom they contact.

    A contact of weight w succeeds with 1 - (1 - prob) ** w; an ordinary tie has weight 1 and so chance `prob`.
    """
    state = _Telling(world, initial)
    for tick in range(ticks):
        hearing: dict[int, int] = {}
        for i in sorted(state.telling):
            for j, weight in state.outgoing[i]:
                if state.ignorant(j) and chance.random() < 1 - (1 - prob) ** weight:
                    hearing.setdefault(j, i)
        state.apply((tick + 1) * tick_days, hearing, set(state.telling))
    return state.outcome


def linear_threshold(
    world: World,
    initial: Iterable[int],
    ticks: int,
    tick_days: float,
    thresholds: Sequence[float],
    memory_ticks: int | None = None,
    chance: random.Random | None = None,
    dose_rate: float | None = None,
) -> Outcome:
    """Let a person hear when the doses of the last `memory_ticks` ticks reach the person's threshold.

    Each tick brings a dose: the weight of those who contact the person and tell. With `dose_rate` every such contact
    brings its weight only with chance 1 - exp(-dose_rate * tick_days), as in Dodds and Watts; without, always. With
    `memory_ticks` = 1 and certain doses this is the threshold model of Granovetter and of Kempe and others: the dose
    is remembered for one tick only, and those who know never stop. None remembers everything.
    """
    state = _Telling(world, initial)
    doses: list[deque[float]] = [deque(maxlen=memory_ticks) for _ in range(world.people)]
    for tick in range(ticks):
        hearing: dict[int, int] = {}
        for i in range(world.people):
            if not state.ignorant(i):
                continue
            dose = 0.0
            last = -1
            for j, weight in state.incoming[i]:
                if j not in state.telling:
                    continue
                if dose_rate is None or (chance is not None and _happens(chance, dose_rate, tick_days)):
                    dose += weight
                    last = j
            doses[i].append(dose)
            if last >= 0 and sum(doses[i]) >= thresholds[i] - 1e-12:
                hearing[i] = last
        state.apply((tick + 1) * tick_days, hearing, set())
    return state.outcome
