"""From the dated events of a scenario to the actions, broadcasts and meetings of a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import (
    Action,
    Briefing,
    Broadcast,
    Climate,
    Condition,
    FearOfNews,
    Fright,
    Interest,
    Outbreak,
    Silence,
)
from rumorsim.errors import RunError
from rumorsim.model.absences import Absences
from rumorsim.model.actions import Election, Encouragement, Known, Punishment
from rumorsim.model.audience import Zones, audience_mask
from rumorsim.model.calendar import Calendar, hours_of_week, people_at_scale
from rumorsim.model.emboldening import PRECEDENT
from rumorsim.model.hall import sessions
from rumorsim.party import Party
from rumorsim.party.apportion import apportion
from rumorsim.scenario import Scenario
from rumorsim.scenario import events as kinds

__all__ = ["Agenda", "write_agenda", "zone_masks"]

_OCCASION: Final = {"hall": "hall", "cells": "cell_meeting", "letter": "letter_meeting", "all": None}
#: Kinds that only the archive and the figures read.
_OBSERVED: Final = (kinds.Note, kinds.Request, kinds.Alarm)
#: Kinds whose effect is laid out before the run, so that they cannot wait for something to happen in it.
_PLANNED: Final = (kinds.Broadcast, kinds.Mobilization, kinds.Move, kinds.Letter, kinds.Hall, kinds.Endemic)


@dataclass
class Agenda:
    """What happens when: the part of a run that does not depend on the replicate."""

    actions: list[Action] = field(default_factory=list)
    broadcasts: list[Broadcast] = field(default_factory=list)
    initial: list[Action] = field(default_factory=list)
    letters: list[kinds.Letter] = field(default_factory=list)


class _Writer:
    """Turns events into actions, one method a kind."""

    def __init__(
        self,
        scenario: Scenario,
        party: Party,
        values: Mapping[str, Any],
        calendar: Calendar,
        zones: Zones,
        absences: Absences | None,
    ) -> None:
        self.scenario, self.party, self.values = scenario, party, values
        self.calendar, self.zones, self.absences = calendar, zones, absences
        self.rumor = {name: number for number, name in enumerate(scenario.rumors)}
        self.agenda = Agenda()

    # ---------------------------------------------------------------- helpers

    def number(self, given: Any) -> float:
        """Return a number of an event: a plain one, or the value of a catalog id."""
        return float(self.scenario.number(given, self.values))

    def scaled(self, given: Any) -> int:
        """Return a count of people at the scale of this party, at least 1 where it is above 0."""
        count = self.number(given)
        return max(1, people_at_scale(count, self.values)) if count > 0 else 0

    def persons(self, audience: kinds.Audience) -> NDArray[np.int64]:
        """Return the people of an audience."""
        return np.flatnonzero(audience_mask(self.party, audience))

    def options(self, event: kinds.Event, part: str = "") -> dict[str, Any]:
        """Return tick, label and condition of an action."""
        options: dict[str, Any] = {"tick": self.calendar.tick_at(event.begin), "label": event.id + part}
        if event.when is not None:
            delay = dt.timedelta(days=self.number(event.when.delay_days))
            length = float(np.median(np.diff(self.calendar.edge_minutes)))
            options["when"] = self.condition(event.when)
            options["delay_ticks"] = round(delay.total_seconds() / 60.0 / length)
        return options

    def condition(self, when: kinds.When) -> Condition:
        """Return the condition of an event; the center is whatever somebody in authority noticed in Tirana."""
        place = when.first_detection if when.first_detection is not None else when.first_voicing
        zones = None if place is None else self.zones.within(_condition_mask(self.party, place))
        return Condition(
            rumor=None if when.rumor is None else self.rumor[when.rumor],
            zones=zones,
            detected=when.first_detection is not None,
            at_least=int(self.number(when.at_least)),
        )

    def numbers(self, rumors: tuple[str, ...]) -> list[int]:
        """Return the numbers of those rumors that the scenario follows."""
        return [self.rumor[name] for name in rumors if name in self.rumor]

    def inside(self, event: kinds.Event) -> bool:
        """Return whether an event begins within the run."""
        return self.calendar.tick_at(event.begin) < self.calendar.n_ticks

    def add(self, action: Action) -> None:
        """Add an action."""
        self.agenda.actions.append(action)

    def add_lasting(self, event: kinds.Event, action: Action, **undone: Any) -> None:
        """Add an action and, where the event ends at a moment known before, the same with fields that undo it then."""
        self.add(action)
        if event.end is not None and event.when is None:
            self.add(replace(action, tick=self.calendar.tick_at(event.end), label=event.id + "/end", **undone))

    # ---------------------------------------------------------------- kinds

    def briefing(self, event: kinds.Briefing) -> None:
        """Add a briefing, told apart by who is bound to secrecy."""
        mask = audience_mask(self.party, event.audience)
        bound: dict[float, NDArray[np.bool_]] = {}
        free = mask.copy()
        for order in self.scenario.events_of("secrecy"):
            if not isinstance(order, kinds.Secrecy) or not order.enabled:
                continue
            end = dt.datetime.max if order.end is None else order.end
            if order.begin.date() <= event.begin.date() and event.begin < end and set(order.rumors) & set(event.rumors):
                held = free & audience_mask(self.party, order.audience)
                free &= ~held
                factor = 1.0 - self.number(order.discretion)
                bound[factor] = bound.get(factor, np.zeros_like(held)) | held
        for rumor in self.numbers(event.rumors):
            for factor, group in [(1.0, free), *bound.items()]:
                if group.any():
                    persons, options = np.flatnonzero(group), self.options(event)
                    options |= {"prob": self.number(event.prob), "channel": event.channel, "tell_factor": factor}
                    self.add(Briefing(rumor=rumor, persons=persons, **options))

    def secrecy(self, event: kinds.Secrecy) -> None:
        """Add what a secrecy order does to everybody's curiosity."""
        everybody = np.arange(len(self.party.people))
        gain = self.number(event.curiosity)
        for rumor in self.numbers(event.rumors) if gain != 1.0 else ():
            more = Interest(rumor=rumor, persons=everybody, factor=gain, **self.options(event, "/curiosity"))
            if gain > 0:
                self.add_lasting(event, more, factor=1.0 / gain)
            else:
                self.add(more)

    def broadcast(self, event: kinds.Broadcast) -> None:
        """Add an outside source."""
        mask = audience_mask(self.party, event.audience)
        persons = np.flatnonzero(mask)
        access = np.ones(len(persons))
        end = self.end_of(event)
        begin = event.begin + dt.timedelta(days=self.number(event.delay))
        rate = self.number(event.rate) * self.calendar.overlap_days(begin, end) / self.calendar.ticks.lengths_days
        if event.audience.group == "radio":
            access = self.party.people["access"][persons] * (1.0 - float(self.values["radio.fear_overheard"]))
            rate = rate * self.calendar.profile(hours_of_week(self.values, "evening"))
        for rumor in self.numbers(event.rumors):
            self.agenda.broadcasts.append(Broadcast(rumor, event.channel, persons, access, rate))

    def end_of(self, event: kinds.Event) -> dt.datetime:
        """Return when an event that lasts ends: its own end or that of the run."""
        stop = dt.datetime.combine(self.scenario.stop, dt.time()) + dt.timedelta(days=1)
        return stop if event.end is None else event.end

    def endemic(self, event: kinds.Endemic) -> None:
        """Add what is known at the start."""
        people = self.party.people
        in_tirana = self.party.place_members("Tiranë")
        share = np.where(in_tirana, self.number(event.share_tirana), self.number(event.share_elsewhere))
        prob = np.where(people["district"] >= 0, share, 0.0)
        for rumor in self.numbers(event.rumors):
            self.agenda.initial.append(
                Known(rumor=rumor, prob=prob, teller_share=self.number(event.teller_share), label=event.id)
            )

    def election(self, event: kinds.Election) -> None:
        """Add an election in the cells of the audience."""
        people = self.party.people
        mask = audience_mask(self.party, event.audience) & (people["cell"] >= 0)
        persons = np.flatnonzero(mask)
        persons = persons[np.argsort(people["cell"][persons], kind="stable")]
        cell = people["cell"][persons]
        sizes = np.unique(cell, return_counts=True)[1]
        count = self.scaled(event.delegates)
        if count > len(persons):
            allowed = f"at most the {len(persons)} members of its audience"
            raise RunError("more delegates than there are members", path=event.id, given=count, allowed=allowed)
        seats = apportion(count, sizes.astype(np.float64))
        self.add(
            Election(
                persons=persons,
                cell=cell,
                seats=np.minimum(seats, sizes),
                # Who wonders about a missing name, or has heard that others spoke up, is not aware of anything.
                rumors=tuple(row for name, row in self.rumor.items() if name not in ("missing_name", PRECEDENT)),
                odds=self.number(event.selection),
                bar=float(self.values["voice.bar"]),
                boldness=people["boldness"][persons],
                **self.options(event),
            )
        )

    def hall(self, event: kinds.Hall) -> None:
        """Add one action for every tick in which the hall sits."""
        persons = None if event.audience.group == "delegates" else self.persons(event.audience)
        self.agenda.actions += sessions(
            event,
            self.number,
            self.values,
            self.calendar,
            persons,
            self.numbers(event.rumors),
            self.numbers(event.voiced),
            self.absences,
        )

    def climate(self, event: kinds.Climate) -> None:
        """Add a change of climate and its end."""
        zones = self.zones.within(audience_mask(self.party, event.audience))
        factor = self.number(event.factor)
        occasion = _OCCASION[event.where]
        options = self.options(event)
        options["tick"] = self.calendar.tick_at(event.begin + dt.timedelta(hours=self.number(event.hour)))
        climate = Climate(factor=factor, occasion=occasion, zones=zones, **options)
        if factor <= 0 and event.end is not None and event.when is None:
            raise RunError("factor of a climate that ends", path=event.id, given=factor, allowed="above 0")
        self.add_lasting(event, climate, factor=1.0 / factor if factor > 0 else factor)

    def encouragement(self, event: kinds.Encouragement) -> None:
        """Add something that emboldens."""
        persons = None if event.audience.group == "delegates" else self.persons(event.audience)
        amount = self.number(event.amount)
        self.agenda.actions.append(Encouragement(persons=persons, amount=amount, **self.options(event)))

    def letter(self, event: kinds.Letter) -> None:
        """Note the letter; its meetings are drawn by each replicate."""
        self.agenda.letters.append(event)

    def outbreak(self, event: kinds.Outbreak) -> None:
        """Add the birth of a rumor."""
        persons, count = self.persons(event.audience), self.scaled(event.count)
        if not count:
            return
        if count > len(persons):
            allowed = f"at most the {len(persons)} people of its audience"
            raise RunError("an outbreak of more people than there are", path=event.id, given=count, allowed=allowed)
        for rumor in self.numbers(event.rumors):
            self.add(Outbreak(rumor=rumor, persons=persons, count=count, **self.options(event)))

    def fear(self, event: kinds.Fear) -> None:
        """Add a fright."""
        persons = self.persons(event.audience)
        self.add(Fright(persons=persons, prob=self.number(event.prob), **self.options(event)))

    def fear_with_news(self, event: kinds.FearWithNews) -> None:
        """Add fear that travels with the news, or that the letter spreads."""
        prob = self.number(event.prob)
        channel: str | None = "letter_meeting" if event.by == "letter" else None
        for rumor in self.numbers(event.rumors):
            fear = FearOfNews(rumor=rumor, prob={channel: prob}, **self.options(event))
            self.add_lasting(event, fear, prob={channel: 0.0})

    def silence(self, event: kinds.Silence) -> None:
        """Add a silence and its end."""
        self.add_lasting(event, Silence(persons=self.persons(event.audience), **self.options(event)), lift=True)

    def punish(self, event: kinds.Punish) -> None:
        """Add a punishment; it frightens those who sit in the same cell."""
        fright = {"cell": float(self.values["fear.by_news_prob"])}
        count = self.scaled(event.count)
        self.add(
            Punishment(count=count, penalty=event.penalty, others=event.others, fright=fright, **self.options(event))
        )


def _condition_mask(party: Party, place: str) -> NDArray[np.bool_]:
    return party.place_members("Tiranë" if place == "center" else place)


def zone_masks(scenario: Scenario, party: Party) -> list[NDArray[np.bool_]]:
    """Return the audiences and places by which the scenario tells climates and conditions apart."""
    masks = [audience_mask(party, kinds.Audience(group="officers"))]
    for event in scenario.events:
        if isinstance(event, kinds.Climate):
            masks.append(audience_mask(party, event.audience))
        if event.when is not None:
            place = event.when.first_detection or event.when.first_voicing
            if place is not None:
                masks.append(_condition_mask(party, place))
    return masks


def write_agenda(
    scenario: Scenario,
    party: Party,
    values: Mapping[str, Any],
    calendar: Calendar,
    zones: Zones,
    absences: Absences | None = None,
) -> Agenda:
    """Turn the enabled events of a scenario into actions; `absences` tell who is on a journey while a hall sits.

    Raises
    ------
    RunError
        When an event that is laid out before the run waits for a condition.
    """
    writer = _Writer(scenario, party, values, calendar, zones, absences)
    methods: dict[type[kinds.Event], Callable[[Any], None]] = {
        kinds.Briefing: writer.briefing,
        kinds.Secrecy: writer.secrecy,
        kinds.Broadcast: writer.broadcast,
        kinds.Endemic: writer.endemic,
        kinds.Election: writer.election,
        kinds.Hall: writer.hall,
        kinds.Climate: writer.climate,
        kinds.Encouragement: writer.encouragement,
        kinds.Letter: writer.letter,
        kinds.Outbreak: writer.outbreak,
        kinds.Fear: writer.fear,
        kinds.FearWithNews: writer.fear_with_news,
        kinds.Silence: writer.silence,
        kinds.Punish: writer.punish,
    }
    for event in scenario.events:
        if not event.enabled:
            continue
        audience = getattr(event, "audience", None)
        if isinstance(audience, kinds.Audience) and not audience_mask(party, audience).any():
            allowed = "an audience with people of this party"
            raise RunError("nobody is in the audience", path=event.id, given=audience.form(), allowed=allowed)
        if event.when is not None and isinstance(event, _PLANNED):
            allowed = "an event that happens at one moment, such as climate, fear, silence or outbreak"
            raise RunError("this kind cannot wait for a condition", path=event.id, given=event.kind, allowed=allowed)
        method = methods.get(type(event))
        if method is not None:
            method(event)
        elif not isinstance(event, (*_OBSERVED, kinds.Mobilization, kinds.Move)):
            raise RunError("kind of event without an effect", path=event.id, given=event.kind)
    return writer.agenda
