"""The order within a tick: who hears and stops, then fright for all rumors, then passing on, then the push.

What emboldens is noted at the end, so that it counts from the next tick on; it is worked out for those who are asked.

Who hears is decided by the rule (`rumorsim.core.rules.base`), from the pressures of `rumorsim.core.engine.pressures`
and from what is left of each person's threshold (`rumorsim.core.engine.hearing_thresholds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.contacts.edge_sums import in_order
from rumorsim.core.engine.absentees import Absentees
from rumorsim.core.engine.attribution import attribute, channels, reached_by_broadcasts
from rumorsim.core.engine.people import People
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.rules.base import HazardRule

__all__ = ["Tick"]

Switch = tuple[RumorBlock, NDArray[Any], NDArray[Any]]
Part = tuple[NDArray[Any], NDArray[np.float64] | None]


class Tick:
    """What becomes of those who hear and those who stop, in one order for all rumors.

    Parameters
    ----------
    blocks : sequence of RumorBlock
    people : People
    scales : mapping rumor -> list of (other rumor, scale, floor)
        Hearing the one multiplies what is left of the threshold for the other; on the floor see
        `HearingThresholds.scale`.
    channel_of_layer : (n_layers,) int8
    """

    def __init__(
        self,
        blocks: Sequence[RumorBlock],
        people: People,
        scales: Mapping[int, Sequence[tuple[int, np.float32, bool]]],
        channel_of_layer: NDArray[np.int8],
    ) -> None:
        self.blocks = tuple(blocks)
        self.people = people
        self.scales = scales
        self.channel_of_layer = channel_of_layer
        #: Whether fear goes by a channel that is worked out only when somebody asks.
        self.fear_asks_who = False
        #: Who is absent and was so; None as long as nobody has ever been.
        self.absentees: Absentees | None = None

    def copy(self, blocks: Sequence[RumorBlock], people: People) -> Tick:
        """Return the same order for copies of blocks and people."""
        other = Tick(blocks, people, self.scales, self.channel_of_layer)
        other.fear_asks_who = self.fear_asks_who
        other.absentees = None if self.absentees is None else self.absentees.copy()
        return other

    def run(self, now: int) -> None:
        """Let rumors spread for a tick and settle what comes of it."""
        switches = [(block, *block.spread(now)) for block in self.blocks]
        for block, heard, _ in switches:
            if len(heard):
                block.note(heard)
                block.enter_hearing(heard, now)
                if self.people.learns:
                    self.people.hear_in_talk(block.rumor, heard)
        self._settle(switches, now)

    def settle(self, now: int) -> None:
        """Settle what actions have brought about at a boundary."""
        nobody = np.empty(0, dtype=np.int64)
        self._settle([(block, nobody, nobody) for block in self.blocks], now)

    def start(self, block: RumorBlock, rows: NDArray[np.int64], tells: bool) -> None:
        """Let rows of a block know from before the start."""
        rows = rows[block.heard_tick[rows] == NEVER]
        block.enter_hearing(rows, -1)
        self._enter(block, rows, np.full(len(rows), tells), rows[:0], 0)

    def silence(self, rows: NDArray[Any], now: int) -> None:
        """Let rows fall silent about everything; the tick before `now` is the last in which they told."""
        self.people.silence(rows)
        for block in self.blocks:
            every = in_order(block.of_all_rumors(rows))
            talking = every[block.telling[every]]
            if len(talking):
                block.tellers.remove(talking)
                self._enter(block, talking[:0], np.empty(0, dtype=np.bool_), talking, now - 1)

    def scare(self, rows: NDArray[Any], now: int) -> None:
        """Let rows take fright: unwilling to voice, less likely to pass on, quicker to stop telling."""
        rows = self.people.take_fright(rows, now)
        if self.people.fear.stop_factor == 1.0:
            return
        for block in self.blocks:
            every = block.of_all_rumors(rows)
            block.tellers.scale(every[block.telling.take(every)], 1.0 / self.people.fear.stop_factor)

    def leave(self, rows: NDArray[Any], now: int, back_tick: int) -> None:
        """Let rows be absent from all contacts from now to before a tick."""
        if self.absentees is None:
            self.absentees = Absentees(self.people.n_rows)
        rows = self.absentees.leave(rows, now, back_tick)
        for block in self.blocks if len(rows) else ():
            block.withdraw(block.of_all_rumors(rows))

    def come_back(self, now: int) -> None:
        """Let those who were absent up to now be among the others again."""
        if self.absentees is None:
            return
        rows = self.absentees.come_back(now)
        for block in self.blocks if len(rows) else ():
            block.restore(block.of_all_rumors(rows))

    def attribute(self) -> None:
        """Work out channel and teller of all first hearings that are still open."""
        for block in self.blocks:
            attribute(block, self.channel_of_layer, self.absentees)

    # ------------------------------------------------------------------ settling

    def _settle(self, switches: Sequence[Switch], now: int) -> None:
        """Settle what actions and talk have brought about: who takes fright, then who of the hearers passes it on.

        Fright comes first for all rumors, so that the order of rumors does not matter to somebody who hears two.
        """
        gathered = []
        for block, heard, stopped in switches:
            parts: list[Part] = [*block.take_heard_now()]
            if len(heard):
                parts.append((heard, None))
            rows = heard if not parts else parts[0][0] if len(parts) == 1 else np.concatenate([p[0] for p in parts])
            gathered.append((block, parts, rows, stopped, len(rows) - len(heard)))
        for block, _, rows, _, _ in gathered:
            if len(rows):
                self._frighten(block, rows, now)
        for block, parts, rows, stopped, _ in gathered:
            if len(rows):
                tells = self._pass_on(block, parts, rows)
                if len(parts) > 1:
                    order = rows.argsort(kind="stable")
                    rows, tells = rows[order], tells[order]
                self._enter(block, rows, tells, stopped, now)
            elif len(stopped):
                self._enter(block, rows, np.empty(0, dtype=np.bool_), stopped, now)
        if self.people.learns:
            for block, _, rows, _, by_action in gathered:
                if by_action:
                    told = rows[:by_action]
                    position, base = np.divmod(told, block.n_rows_each)
                    self.people.hear_by_action(position + block.rumor, base, block.channel.take(told))
            self.people.close(now)

    def _frighten(self, block: RumorBlock, rows: NDArray[Any], now: int) -> None:
        people = self.people
        if not people.news_frightens:
            return
        if self.fear_asks_who:
            self.attribute()
        position, base = np.divmod(rows, block.n_rows_each)
        prob = people.prob_of_fright(position + block.rumor, base, block.channel.take(rows))
        if not prob.any():
            return
        frightened = base[block.fear_draws().take(rows) < prob]
        if len(frightened):
            self.scare(frightened, now)

    def take_heart(self, rows: NDArray[Any], now: int) -> None:
        """Let what rows (ascending) have seen and heard before a tick embolden them; for all others it waits.

        Few are ever asked for, so who told whom is worked out for few.
        """
        news = []
        for rumor in self.people.of_worth if len(rows) else ():
            block = self.blocks[rumor] if len(self.blocks) > 1 else self.blocks[0]
            heard = block.heard_tick[block.span(rumor)]
            who = rows[self.people.fresh_news(rumor, rows, heard, now)]
            if len(who):
                news.append((who, heard.take(who), self._worth_of_talk(block, rumor, who)))
        if len(rows):
            self.people.learn(rows, news, now)

    def _worth_of_talk(self, block: RumorBlock, rumor: int, who: NDArray[Any]) -> NDArray[np.float64]:
        """Return what a rumor is worth to rows, counted from its first, who have heard it in talk or by a broadcast."""
        people, rows = self.people, who + block.span(rumor).start
        worth = np.full(len(rows), people.worth_in_talk[rumor])
        if people.asks_who[rumor]:
            asked = np.ones(len(rows), dtype=np.bool_)
            if people.contacts_alike[rumor] and isinstance(block.rule, HazardRule):
                # By hazards, whom no broadcast reaches hears over contacts.
                asked = reached_by_broadcasts(block, rows)
            if asked.any():
                through = channels(block, rows[asked], self.channel_of_layer, self.absentees)
                worth[asked] = people.worth_through(rumor, through)
        return worth

    def _pass_on(self, block: RumorBlock, parts: Sequence[Part], rows: NDArray[Any]) -> NDArray[np.bool_]:
        """Return who of the hearers passes the rumor on, by the probabilities of each part or the person's own."""
        people = self.people
        if block.tell_prob is None and all(given is None for _, given in parts) and not people.held_back:
            return np.ones(len(rows), dtype=np.bool_)
        factor = people.fear.tell_factor
        at_ease, in_fear = block.own_answers(factor)
        base = rows % block.n_rows_each
        afraid = (people.afraid_tick.take(base) != NEVER).nonzero()[0]
        tells: NDArray[np.bool_] = at_ease.take(rows)
        tells[afraid] = in_fear.take(rows[afraid])
        first = 0
        for some, given in parts:
            last = first + len(some)
            if given is not None:
                prob = given.copy()
                prob[afraid[(afraid >= first) & (afraid < last)] - first] *= factor
                tells[first:last] = block.streams.uniform("tell", some, block.rumor) < prob
            first = last
        tells &= ~people.mute.take(base)
        return tells

    def _enter(
        self, block: RumorBlock, heard: NDArray[Any], tells: NDArray[np.bool_], stopped: NDArray[Any], stop_tick: int
    ) -> None:
        block.enter_switches(heard, tells, stopped, stop_tick)
        if self.scales and len(heard):
            for rumor, rows in block.by_rumor(heard):
                for other, scale, floor in self.scales.get(rumor, ()):
                    target = self.blocks[other] if len(self.blocks) > 1 else block
                    target.left.scale(target.span(other), rows, scale, floor=floor)
