"""Meetings: who speaks up, who hears it at once, and what is told by order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import number
from rumorsim.core.contacts.edge_sums import expand, where_both
from rumorsim.core.engine.actions import Action
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.randomness.choice import choose
from rumorsim.errors import CoreError

if TYPE_CHECKING:
    from rumorsim.core.engine.door import Door
    from rumorsim.core.engine.simulation import Simulation

__all__ = ["Meeting"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Meeting(Action):
    """Some groups of a layer meet: a cell, a letter meeting, a session in the hall.

    Those present are the members whose membership is in force, who are not absent (`Simulation.leave`) and who attend.
    Everybody present who does not know a rumor in `told` hears it with its probability, by order. Each person present
    who knew a rumor in `voiced` before this tick and is willing voices it with its probability times the climate,
    unless the group has been hushed (`Simulation.hush`); once it is raised, everybody present who does not know hears
    it with `hearing_prob`, and the voicer counts as teller. Voicing needs awareness, willingness and an occasion, not
    telling: those who no longer pass a rumor on may still ask about it. Where willingness learns (`Emboldening`), each
    person present is emboldened by every other one who voices.

    Attributes
    ----------
    layer : str
        Name of the group layer whose groups meet.
    groups : (m,) integers
    occasion : str
        One of the simulation's `occasions`.
    told, voiced : mapping rumor -> probability
    hearing_prob, attendance : float
        Probabilities 0 to 1.
    channel : str
        Channel of those who hear what is raised or told.
    precedent : int or None
        A rumor that somebody has spoken up, born where anything is voiced: voicers know it, the others present hear
        it with `hearing_prob`, from one of them.
    """

    layer: str
    groups: NDArray[Any]
    occasion: str
    channel: str
    told: Mapping[int, float] = field(default_factory=dict)
    voiced: Mapping[int, float] = field(default_factory=dict)
    hearing_prob: float = 1.0
    attendance: float = 1.0
    precedent: int | None = None

    def check(self, door: Door, path: str) -> None:
        door.groups(self.layer, self.groups, path)
        for name, table in (("told", self.told), ("voiced", self.voiced)):
            if not isinstance(table, Mapping):
                raise CoreError("chances", path=f"{path}.{name}", given=table, allowed="a mapping rumor -> probability")
            for rumor, prob in table.items():
                door.rumor(rumor, f"{path}.{name}")
                number(prob, f"{path}.{name}[{rumor}]", 0, 1)
        if self.precedent is not None and door.rumor(self.precedent, f"{path}.precedent") in self.voiced:
            allowed = "a rumor that is not in voiced"
            raise CoreError("precedent", path=f"{path}.precedent", given=self.precedent, allowed=allowed)
        number(self.hearing_prob, f"{path}.hearing_prob", 0, 1)
        number(self.attendance, f"{path}.attendance", 0, 1)

    def attendants(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return rows of those who could be present, the meeting of each (ascending), and each meeting's group."""
        if self.only is None:  # the same in every replicate, so that it is worth keeping
            found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] = sim.follows(
                (self, replicates.tobytes()), lambda: self._members_present(sim, replicates)
            )
        else:
            found = self._members_present(sim, replicates)
        rows, owner, place = found
        absent = sim.absent(rows)
        return (rows[~absent], owner[~absent], place) if absent.any() else found

    def _members_present(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        place = sim.meeting_groups(self.layer, self.groups, replicates)
        return *sim.members_present(place), place

    def present(
        self, sim: Simulation, replicates: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the same as `attendants` of those who attend."""
        rows, owner, place = self.attendants(sim, replicates)
        if self.attendance < 1:
            here = sim.streams.uniform("attend", rows, 0, sim.occasion_number(self)) < self.attendance
            rows, owner = rows[here], owner[here]
        return rows, owner, place

    def apply(self, sim: Simulation, replicates: NDArray[np.int64]) -> None:
        self.hold(sim, *self.present(sim, replicates))

    def hold(self, sim: Simulation, rows: NDArray[np.int64], owner: NDArray[Any], place: NDArray[Any]) -> None:
        """Let those present, as `present` gives them, hear what is told and voice."""
        for rumor, prob in self.told.items():
            listening = rows[~sim.knows(rumor, rows)]
            drawn = sim.streams.uniform("expose", listening, rumor, sim.occasion_number(self, 1))
            sim.hear(rumor, listening[drawn < prob], self.channel)
        if self.voiced:
            self._voice(sim, rows, owner, place)

    def _voice(self, sim: Simulation, rows: NDArray[np.int64], owner: NDArray[Any], place: NDArray[Any]) -> None:
        """Let those who know and are willing voice, and the others hear; all rumors together, none minds another."""
        rumors, probs = np.array(list(self.voiced)), np.array(list(self.voiced.values()))
        heard = sim.when_heard(tuple(self.voiced), rows)
        free = sim.may_be_willing(rows)
        hushed = sim.hushed(place)
        if hushed.any():
            free &= ~hushed.take(owner)
        which, able = where_both((heard < sim.tick) & free)
        climate = sim.climate[:, sim.occasions.index(self.occasion)]
        prob = probs[which] * sim.people.by_zone(climate, rows[able])
        drawn = sim.streams.uniform("voice", rows[able], rumors[which], sim.occasion_number(self, 2))
        speaks = (drawn < prob).nonzero()[0]
        if sim.people.learns and len(speaks):
            # What has emboldened somebody is worked out only for the few who would speak now.
            speaks = speaks[sim.willing(rows[able[speaks]])]
        if not len(speaks):
            return
        which, voicers = which[speaks], able[speaks]
        sim.record_voicings(rumors[which], rows[voicers], place[owner[voicers]], self.layer, self.occasion)
        spoke = np.zeros(len(rows), dtype=np.bool_)
        spoke[voicers] = True
        sim.encourage(rows, np.bincount(owner[spoke], minlength=len(place)).take(owner) - spoke)
        if self.precedent is not None:
            # That somebody spoke up is one more thing that is raised, by everybody who did.
            sim.hear(self.precedent, rows[spoke], self.channel)
            which = np.append(which, np.full(spoke.sum(), len(rumors)))
            voicers = np.append(voicers, spoke.nonzero()[0])
            rumors = np.append(rumors, self.precedent)
            heard = np.concatenate([heard, sim.when_heard((self.precedent,), rows)])
        # A rumor is raised in a meeting: both together have a number.
        raising = which * len(place) + owner[voicers]
        raised = np.zeros((len(rumors), len(place)), dtype=np.bool_)
        raised.ravel()[raising] = True
        which, hears = where_both(raised.take(owner, axis=1) & (heard == NEVER))
        drawn = sim.streams.uniform("expose", rows[hears], rumors[which], sim.occasion_number(self, 3))
        listens = (drawn < self.hearing_prob).nonzero()[0]
        which, hears = which[listens], hears[listens]
        asked = which * len(place) + owner[hears]
        starts, ends = raising.searchsorted(asked, side="left"), raising.searchsorted(asked, side="right")
        speakers = voicers[expand(starts, ends)]
        whose = np.repeat(np.arange(len(hears)), ends - starts)
        drawn = sim.streams.uniform("attribute", rows[hears], rumors[which], sim.occasion_number(self, 4))
        chosen = choose(whose, np.ones(len(whose)), len(hears), drawn, whole=True)
        cuts = np.searchsorted(which, np.arange(len(rumors) + 1))
        for place_of, rumor in enumerate(rumors.tolist()):
            mine = slice(cuts[place_of], cuts[place_of + 1])
            if mine.stop > mine.start:
                sim.hear(rumor, rows[hears[mine]], self.channel, teller=rows[speakers[chosen[mine]]])
