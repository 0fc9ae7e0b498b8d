"""The party's contacts as the engine takes them: groups at work and at home, ties, guests, and the hours of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core import Contacts, GroupLayer, Network, TieLayer
from rumorsim.model.absences import REACH, Absences
from rumorsim.model.calendar import Calendar, hours_of_week
from rumorsim.model.far_ties import FarTies, are_dated
from rumorsim.party import Party
from rumorsim.party.far_ties import is_far
from rumorsim.party.vocabulary import TIE_KINDS
from rumorsim.scenario import Scenario

__all__ = ["clock_factors", "layers_of", "networks_of", "reasons_to_call"]

#: Share of a weight that rounding may change in a layer. The rates of one clock differ by a thousand in draws from
#: the priors, and letters home weigh least: at their lowest they may be rounded to twice their weight, or to nothing.
_ROUNDING: Final = {"letters_home": 1.0}
_ROUNDING_ELSEWHERE: Final = 0.25


def networks_of(party: Party, across: bool = True) -> dict[str, Network]:
    """Return the ties of each kind as a network, with or without kin and friends in different districts."""
    networks = {}
    kept = np.ones(len(party.ties), np.bool_) if across else ~is_far(party)
    for number, kind in enumerate(TIE_KINDS):
        chosen = party.ties[(party.ties["kind"] == number) & kept]
        ends = chosen["source"].astype(np.int32), chosen["target"].astype(np.int32)
        networks[kind] = Network(len(party.people), *ends, chosen["weight"].astype(np.float64), keeps_order=True)
    return networks


def layers_of(
    party: Party,
    values: Mapping[str, Any],
    absences: Absences,
    networks: Mapping[str, Network] | None = None,
    ties: FarTies | None = None,
    *,
    keeps_changes: bool = True,
) -> Contacts:
    """Build the contact layers of the party for one set of values, on `networks_of` the party.

    Clocks: "work" (workplaces), "free" (neighborhoods, friends, kin), "visit" (whatever has a rate of its own and
    goes on through the waking day: travelers and hosts, the telephone, hostels, letters home), "rooms" (cells and the
    hall, which only meet), and "telephone" where calls are official: then only who is not on a journey is at the line.

    Where ties across districts act at dates, kin and friends there visit each other instead, and letters home go by the
    post (`rumorsim.model.far_ties`); what is told to kin and friends of the same district stays as much as it was.
    Whoever is transferred, always to another district, leaves friends, kin and the old line behind: a layer without
    weight, "reach", says whom ties reach.
    """
    people = party.people
    n = len(people)
    dated = are_dated(values)
    tied = networks_of(party, across=not dated) if networks is None else networks
    far = (is_far(party) if ties is None else ties.far) if dated else None
    exponent = float(values["spread.group_size_exponent"])
    names = ("workplace", "neighborhood", "friends", "kin")
    shares = {name: float(values[f"spread.share_{name}"]) for name in names}
    total = sum(shares.values())
    shares = {name: value / total if total > 0 else 0.0 for name, value in shares.items()}

    def leveled(rate: float, sizes: NDArray[Any]) -> float:
        mean = float(sizes.mean()) if len(sizes) else 1.0
        return float(rate * mean ** (exponent - 1.0))

    def tie_layer(name: str, kind: str, channel: str, clock: str, rate: float, mean_ties: float | None) -> TieLayer:
        network = tied[kind]
        if mean_ties is not None:
            weight = float(network.weight.sum())
            if far is not None:
                apart = far & (party.ties["kind"] == TIE_KINDS.index(kind))
                weight += float(party.ties["weight"][apart].sum(dtype=np.float64))
            rate = rate / max(weight / n, 1e-9)
        # Friends and kin meet at home and lines end at a desk, if at all; letters reach people wherever they are.
        home = {"free": REACH if dated else "neighborhood", "telephone": REACH if dated else "workplace"}.get(clock)
        return TieLayer(name, network, channel, clock, rate, home)

    lines = "telephone" if _calls_are_official(values) else "visit"
    # What shares the pass-on rate comes first, then what has a rate of its own, then rooms that only meet.
    at_work: dict[str, Any] = {"channel": "workplace", "clock": "work", "exponent": exponent}
    at_home: dict[str, Any] = {"channel": "conversation", "clock": "free", "exponent": exponent}
    layers: list[TieLayer | GroupLayer] = [
        absences.at_home(
            "workplace",
            people["workplace"],
            party,
            rate=leveled(shares["workplace"], party.workplaces["size"]),
            **at_work,
        ),
        absences.at_home(
            "neighborhood",
            people["neighborhood"],
            party,
            rate=leveled(shares["neighborhood"], party.neighborhoods["size"]),
            **at_home,
        ),
        tie_layer("friends", "friend", "conversation", "free", shares["friends"], 1.0),
        tie_layer("kin", "kin", "kin", "free", shares["kin"], 1.0),
        absences.stays(party, dated, channel="travel", clock="visit", rate=float(values["spread.visit_rate"])),
        tie_layer("telephone", "telephone", "telephone", lines, float(values["spread.telephone_rate"]), None),
        absences.visits(party, channel="visit", clock="visit", rate=float(values["visit.telling_rate"]))
        if dated
        else tie_layer("letters_home", "letters_home", "kin", "visit", float(values["spread.letters_home_rate"]), None),
        GroupLayer.of(
            "hostel",
            people["hostel"],
            channel="conversation",
            clock="visit",
            rate=leveled(float(values["spread.hostel_rate"]), party.hostels["size"]),
            exponent=exponent,
        ),
        absences.at_home("cell", people["cell"], party, channel="cell_meeting", clock="rooms", rate=0.0),
        GroupLayer("hall", *_nobody(), 1, np.ones(1), "hall", "rooms", 0.0, 1.0, np.empty(0, np.bool_)),
    ]
    if dated:
        layers.append(absences.reach(party))
    return Contacts(
        n,
        [replace(layer, rounding=_ROUNDING.get(layer.name, _ROUNDING_ELSEWHERE)) for layer in layers],
        keeps_changes=keeps_changes,
    )


def _nobody() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    return np.empty(0, np.int32), np.empty(0, np.int32)


def _calls_are_official(values: Mapping[str, Any]) -> bool:
    return str(values["telephone.use"]) == "official"


def reasons_to_call(scenario: Scenario, values: Mapping[str, Any], calendar: Calendar) -> NDArray[np.float64] | None:
    """Return how freely each rumor is told over the telephone, (n_rumors, n_ticks); None where it needs no reason.

    Where calls are official, the news of the conference is a reason from the moment on at which the scenario has the
    top watch the hall (its first alarm); everything else, and all before, is told at `telephone.idle_factor`.
    """
    if not _calls_are_official(values):
        return None
    freely = np.full((len(scenario.rumors), calendar.n_ticks), float(values["telephone.idle_factor"]))
    for event in scenario.events_of("alarm")[:1]:
        for row, rumor in enumerate(scenario.rumors):
            if rumor == "tirana_conference":
                freely[row, calendar.tick_at(event.begin) :] = 1.0
    return freely


def clock_factors(
    calendar: Calendar, values: Mapping[str, Any], pass_on_rate: float, reasons: NDArray[np.float64] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return the calendar factor of each clock, (n_ticks,), relative to a transmission rate of pass_on_rate.

    Talk at work, at home and in free time follows the pass-on rate; visits and the telephone have rates of their
    own, so their factors are divided by it. With `reasons_to_call` the telephone has a clock, (n_rumors, n_ticks).
    """
    talk = 1.0 if pass_on_rate > 0 else 0.0
    own = 1.0 / pass_on_rate if pass_on_rate > 0 else 1.0
    factors = {
        "work": talk * calendar.profile(hours_of_week(values, "work")),
        "free": talk * calendar.profile(hours_of_week(values, "free")),
        "visit": own * calendar.profile(hours_of_week(values, "visit")),
    }
    if reasons is not None:
        factors["telephone"] = own * calendar.profile(hours_of_week(values, "telephone")) * reasons
    return factors
