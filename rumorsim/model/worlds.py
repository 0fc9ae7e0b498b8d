"""Null worlds: the model with one thing taken away, so that what the archive can tell apart is known.

A null world differs from the model in what the engine is given, so it lives where the engine is fed: what goes on from
here (records, exposures, reports, verdict, score) cannot know which world it is of. All of them are about the news of
the conference (`NEWS`); everything else runs as in the model.

letter_only
    Nobody passes the news on: who hears it in the hall keeps it, it is raised in no ordinary meeting, and the districts
    learn by the meetings on the letter.
letter_only_spurious
    The same; and districts write for no reason, at a rate drawn for each replicate (``null.spurious_rate``). These
    reports belong to the archive (`rumorsim.archive.spurious`): the records are those of letter_only.
instantaneous
    Everybody is told when the conference opens.
gravity, random_order
    The model is run first, until the news is in every district. Then it is run again, with the same luck, and the
    districts change places in the order of their introduction: nobody who lives in a district takes the news in before
    its turn comes, then somebody hears who is like the one that brought it in the model. So the times of introduction
    are those of the model's own replicate, and within a district the news grows by the model's own rules. The order
    is drawn without replacement, in gravity with weights members x distance^-a (``null.order_exponent``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.core import NEVER, Action, Briefing, Hear, Interest, Outbreak, Simulation, Streams
from rumorsim.core.randomness.elementary import minus_log, natural_exponential
from rumorsim.errors import RunError, unknown
from rumorsim.model.actions import HallSession
from rumorsim.model.assemble import Assembly, assemble
from rumorsim.model.record import CHANNELS
from rumorsim.party import Party
from rumorsim.scenario import Scenario, events

__all__ = ["MODELS", "NEWS", "NUMBERS", "assemble_world", "check_model", "drawn_order", "order_weights", "world_text"]

#: The rumor that null worlds are about.
NEWS: Final = "tirana_conference"
#: Receptivity that amounts to none: a power of two, so that thresholds come back as they were.
_CLOSED: Final = 2.0**-90
# Occasions of draws: the order, who was first in the model, who is first instead.
_ORDER, _FIRST, _BRINGS = 0, 1, 2


class _NullWorld(Assembly):
    """The model without the numbers of null worlds, which are none of the engine's."""

    def start(self, seed: int, replicates: Sequence[int] = (0,), values: Mapping[str, Any] | None = None) -> Simulation:
        return super().start(seed, replicates, self._of_the_model(values))

    def _of_the_model(self, values: Mapping[str, Any] | None) -> dict[str, Any]:
        given = self.scenario.values if values is None else values
        return {name: value for name, value in given.items() if name not in catalog.nulls()}


class _LetterOnly(_NullWorld):
    """Nobody passes the news on."""

    def inputs(self, seed: int, replicates: Sequence[int], values: Mapping[str, Any]) -> dict[str, Any]:
        found, news = super().inputs(seed, replicates, values), self.rumor[NEWS]
        tell_prob = np.tile(found["traits"].tell_prob, (len(self.rumor), 1))
        tell_prob[news] = 0.0
        found["traits"] = replace(found["traits"], tell_prob=tell_prob)
        found["broadcasts"] = [one for one in found["broadcasts"] if one.rumor != news]
        found["actions"] = [kept for action in found["actions"] for kept in _without(action, news)]
        return found


def _without(action: Action, news: int) -> list[Action]:
    """Return an action by which nobody learns the news, but in the hall and from the letter."""
    if isinstance(action, (Briefing, Outbreak)) and action.rumor == news:
        return []
    if getattr(action, "occasion", None) == "cell_meeting" and news in getattr(action, "voiced", {}):
        return [replace(action, voiced={row: prob for row, prob in action.voiced.items() if row != news})]  # type: ignore
    return [action]


class _Instantaneous(_NullWorld):
    """Everybody is told when the hall first sits."""

    def inputs(self, seed: int, replicates: Sequence[int], values: Mapping[str, Any]) -> dict[str, Any]:
        found = super().inputs(seed, replicates, values)
        opening = min(action.tick for action in found["actions"] if isinstance(action, HallSession))
        everybody = np.arange(len(self.party.people))
        told = Hear(tick=opening, rumor=self.rumor[NEWS], persons=everybody, channel="briefing")
        found["actions"] = [told, *found["actions"]]
        return found


@dataclass(frozen=True, eq=False)
class _Introductions:
    """The districts outside the capital in the order in which the news came: tick, first person and its channel."""

    district: NDArray[np.int64]
    tick: NDArray[np.int64]
    person: NDArray[np.int64]
    channel: tuple[str, ...]


class _Closed(Simulation):
    """A simulation in which nobody hears the news by an action before a tick of their own."""

    def __init__(self, *, news: int, opens: NDArray[np.int64], **inputs: Any) -> None:
        super().__init__(**inputs)
        self._news, self._opens = news, opens

    def hear(
        self,
        rumor: int,
        rows: NDArray[Any],
        channel: str | None,
        *,
        teller: Any = -1,
        tells: bool | None = None,
        tell_factor: float = 1.0,
    ) -> None:
        if rumor == self._news:
            open_now = self._opens[rows] <= self.tick
            rows, teller = rows[open_now], teller[open_now] if np.ndim(teller) else teller
        super().hear(rumor, rows, channel, teller=teller, tells=tells, tell_factor=tell_factor)


class _Reordered(_NullWorld):
    """The districts change places in the order of their introduction."""

    #: Number of the catalog by which distance counts; None where every order is as likely.
    exponent: str | None = None

    def __init__(self, scenario: Scenario, party: Party) -> None:
        super().__init__(scenario, party)
        self.at_once = 1  # each replicate has an order of its own

    def start(self, seed: int, replicates: Sequence[int] = (0,), values: Mapping[str, Any] | None = None) -> Simulation:
        if len(replicates) != 1:
            raise RunError("replicates at a time", path="replicates", given=len(replicates), allowed="1")
        own, streams = self._of_the_model(values), Streams(seed, replicates[0])
        found = self._introductions(super().start(seed, replicates, own), streams)
        weights = np.ones(len(found.district))
        if self.exponent is not None:
            given = catalog.nulls()[self.exponent].value if values is None else values[self.exponent]
            weights = order_weights(self.party, found.district, float(given))  # type: ignore[arg-type]
        order = found.district[drawn_order(weights, found.district, streams)]
        inputs = self.inputs(seed, replicates, own)
        opens = np.full(len(self.party.districts) + 1, -1)  # the last one is abroad
        opens[order] = found.tick
        opens = opens[self.party.people["district"]]
        inputs["actions"] = [*self._turns(found, order, opens, streams, own), *inputs["actions"]]
        closed = {"news": self.rumor[NEWS], "opens": opens}
        return self.begin({**inputs, **closed}, own, _Closed)

    def _introductions(self, sim: Simulation, streams: Streams) -> _Introductions:
        """Run the model until the news is in every district outside the capital; return when and how it came."""
        home, capital = self.party.people["district"].astype(np.int64), self.party.geography.tirana_district
        outside = np.flatnonzero(home != capital)
        outside = outside[home[outside] >= 0]
        districts, row = np.unique(home[outside]), self.rumor[NEWS]
        while not sim.finished and len(np.unique(home[outside[sim.knows(row, outside)]])) < len(districts):
            sim.step()
        heard = sim.heard_tick(row)[outside].astype(np.int64)
        # Of several who heard at once, in the same tick, chance says who was first.
        drawn = streams.bits("null", outside, occasion=_FIRST)
        first = outside[np.lexsort((drawn, heard, home[outside]))]
        first = first[np.unique(home[first], return_index=True)[1]]
        ticks = sim.heard_tick(row)[first].astype(np.int64)
        by_time = np.argsort(ticks, kind="stable")
        through = sim.channel_number(row)[first[by_time]].tolist()
        return _Introductions(
            districts[by_time], ticks[by_time], first[by_time], tuple(CHANNELS[number] for number in through)
        )

    def _turns(
        self,
        found: _Introductions,
        order: NDArray[np.int64],
        opens: NDArray[np.int64],
        streams: Streams,
        values: Mapping[str, Any],
    ) -> list[Action]:
        """Return the actions that close every district to the news, open it when its turn comes and bring it there.

        Who brings it is drawn from those who live there: who is on a journey, or not, as was the one that brought it
        in the model, and of the same role, as far as there is anybody like that.
        """
        news, absences, people = self.rumor[NEWS], self.absences(values), self.party.people
        closed = np.flatnonzero(opens > 0)
        actions: list[Action] = [Interest(rumor=news, persons=closed, factor=_CLOSED)]
        for district, tick, model, channel in zip(
            order.tolist(), found.tick.tolist(), found.person.tolist(), found.channel, strict=True
        ):
            if tick == NEVER:
                continue
            there = np.flatnonzero(people["district"] == district)
            away = absences.on_a_journey(tick, tick + 1)
            unlike = (people["role"][there] != people["role"][model], away[there] != away[model])
            person = there[np.lexsort((streams.bits("null", there, occasion=_BRINGS), *unlike))[:1]]
            if tick > 0:
                actions.append(Interest(tick=tick, rumor=news, persons=there, factor=1.0 / _CLOSED))
            actions.append(Hear(tick=tick, rumor=news, persons=person, channel=channel))
        return actions


class _Gravity(_Reordered):
    """The order is drawn by members x distance^-a."""

    exponent = "null.order_exponent"


def order_weights(party: Party, districts: NDArray[Any], exponent: float) -> NDArray[np.float64]:
    """Return members x distance^-exponent of some districts, (n,): distance in km to the capital.

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> party = build_party(load_scenario("classroom"))
    >>> near, far = (party.districts.index(name) for name in ("Durrës", "Tropojë"))
    >>> (order_weights(party, [near, far], 0.0) / order_weights(party, [near, far], 1.0)).round().tolist()
    [31.0, 117.0]
    """
    geography, people = party.geography, party.people
    inside = people["district"][(people["cell"] >= 0) & (people["district"] >= 0)]
    members = np.bincount(inside, minlength=len(party.districts))[districts]
    km = np.maximum(geography.km[geography.tirana_district][districts], 1)
    return np.asarray(members * natural_exponential(exponent * -minus_log(1.0 / km)))


def drawn_order(weights: NDArray[np.float64], districts: NDArray[Any], streams: Streams) -> NDArray[np.int64]:
    """Return the order in which districts are drawn one after the other, by weight, as positions, (n,).

    The draws go by the number of a district: other weights change the order as little as they can.

    Examples
    --------
    >>> drawn_order(np.array([1e-9, 1.0, 1e9]), np.array([4, 5, 6]), Streams(0)).tolist()
    [2, 1, 0]
    """
    waits = minus_log(streams.uniform("null", districts, occasion=_ORDER))
    with np.errstate(divide="ignore"):
        return np.argsort(waits / weights, kind="stable")


#: Word of a world -> what puts a scenario and its party together in it.
_WORLDS: Final[Mapping[str, Callable[[Scenario, Party], Assembly]]] = MappingProxyType(
    {
        "party": assemble,
        "letter_only": _LetterOnly,
        "letter_only_spurious": _LetterOnly,
        "instantaneous": _Instantaneous,
        "gravity": _Gravity,
        "random_order": _Reordered,
    }
)
#: Models that can be run: the model itself, then the null worlds.
MODELS: Final = tuple(_WORLDS)
#: Word of a world -> catalog ids of its numbers, which each replicate draws whatever the others are.
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"letter_only_spurious": ("null.spurious_rate",), "gravity": (_Gravity.exponent,)}
)
#: Word of a null world -> what it is, in words.
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "letter_only": "nobody passes the news on, and the districts learn by the letter alone",
        "letter_only_spurious": "nobody passes the news on, and districts write on random days for no reason",
        "instantaneous": "everybody is told when the conference opens",
        "gravity": "the news comes to the districts in an order drawn by members and distance",
        "random_order": "the news comes to the districts in random order",
    }
)
#: Word of a world -> kinds of events it is about.
_NEEDS: Final[Mapping[str, tuple[type[events.Event], ...]]] = MappingProxyType(
    {
        "letter_only": (events.Letter,),
        "letter_only_spurious": (events.Letter, events.Hall),
        "instantaneous": (events.Hall,),
    }
)


def world_text(model: str) -> str:
    """Return what tells a null world from the model, in words; "" for the model itself.

    Examples
    --------
    >>> world_text("random_order"), world_text("party")
    ('Null world random_order: the news comes to the districts in random order', '')
    """
    return f"Null world {model}: {_WORDS[model]}" if model in _WORDS else ""


def check_model(scenario: Scenario, model: str) -> None:
    """Check that a scenario can be run in a world.

    Raises
    ------
    RunError
        For an unknown word, and for a null world without news of the conference to be about.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> check_model(load_scenario("secret-speech"), "gravity")
    Traceback (most recent call last):
    rumorsim.errors.RunError: model: not for this scenario: it does not follow tirana_conference \
(given: 'gravity'); allowed: party
    """
    if model not in MODELS:
        raise unknown("model", model, MODELS, error=RunError, path="model")
    if model == MODELS[0]:
        return
    lacks = [f"has no {kind.KIND}" for kind in _NEEDS.get(model, ()) if not scenario.events_of(kind)]
    if scenario.population != "party" or NEWS not in scenario.rumors:
        lacks = [f"does not follow {NEWS}"]
    elif any(NEWS in event.rumors for event in scenario.events_of(events.Endemic)):
        lacks = [f"has {NEWS} known at the start"]
    if lacks:
        raise RunError(f"not for this scenario: it {lacks[0]}", path="model", given=model, allowed=MODELS[0])


def assemble_world(scenario: Scenario, party: Party, model: str) -> Assembly:
    """Bring a scenario and its party together in a world of `MODELS`; what comes out is run like the model.

    Raises
    ------
    RunError
        As `check_model`, and as `rumorsim.model.assemble`.

    Examples
    --------
    >>> from rumorsim.party import build_party
    >>> from rumorsim.scenario import load_scenario
    >>> scenario = load_scenario("classroom")
    >>> record = assemble_world(scenario, build_party(scenario), "instantaneous").simulate(1956, 0)
    >>> len(np.unique(record.heard_tick[scenario.rumors.index("tirana_conference")]))
    1
    """
    check_model(scenario, model)
    return _WORLDS[model](scenario, party)
