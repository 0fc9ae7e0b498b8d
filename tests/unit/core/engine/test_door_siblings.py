"""Siblings of the inputs that the core let in: other values, other arguments, other actions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    Absence,
    Boldness,
    Briefing,
    Climate,
    Condition,
    Contacts,
    Fright,
    GroupLayer,
    Hear,
    Hush,
    Interest,
    MakiThompson,
    Move,
    Network,
    Outbreak,
    Silence,
    Simulation,
    simulate,
    simulate_exact,
    theory,
    theory_networks,
)
from rumorsim.errors import CoreError

fault = pytest.mark.fault
PATH = Network.from_edges(4, [0, 1, 2], [1, 2, 3])
NAN, INF = math.nan, math.inf
VOCABULARY = {"channels": ("conversation", "briefing")}


def case(number: str, given: Any, *more: Any) -> Any:
    return pytest.param(given, *more, marks=fault(number))


def in_cells() -> Contacts:
    return Contacts(4, [GroupLayer.of("cell", [0, 0, 1, 1])])


def start(**options: Any) -> Simulation:
    given: dict[str, Any] = {
        "initial_spreaders": [0],
        "stop_days": 5.0,
        "occasions": ("talk",),
        **VOCABULARY,
        **options,
    }
    return Simulation(given.pop("contacts", in_cells()), MakiThompson(1.0), **given)


@pytest.mark.parametrize("engine", [simulate, simulate_exact])
@pytest.mark.parametrize("given", [bytearray(b"\x01"), memoryview(b"\x01"), np.ma.array([0, 1], mask=[False, True])])
@fault("1.7")
def test_what_only_looks_like_a_list_of_people(engine: Callable[..., Any], given: Any) -> None:
    with pytest.raises(CoreError, match="initial_spreaders"):
        engine(PATH, MakiThompson(1.0), initial_spreaders=given, stop_days=5.0)


@pytest.mark.parametrize(
    ("word", "make"),
    [
        case("1.30", "persons", lambda: Hear(rumor=0, persons=None)),
        case("1.30", "persons", lambda: Briefing(rumor=0, persons=None, prob=0.5)),
        case("1.30", "persons", lambda: Outbreak(rumor=0, persons=None, count=1)),
        case("1.30", "persons", lambda: Silence(persons=None)),
        case("1.30", "persons", lambda: Absence(persons=None, back_tick=2)),
        case("1.30", "persons", lambda: Fright(persons=None, prob=0.5)),
        case("1.30", "persons", lambda: Interest(rumor=0, persons=None, factor=2.0)),
        case("1.30", "person", lambda: Move(person=None, layer="cell", group=0)),
        case("1.28", "delay_ticks", lambda: Hear(rumor=0, persons=[1], delay_ticks=2)),
        case("1.15", "lift", lambda: Silence(persons=[1], lift="no")),
        case("1.15", "lift", lambda: Hush(layer="cell", groups=[0], lift=NAN)),
        case("1.15", "detected", lambda: Hear(rumor=0, persons=[1], when=Condition(detected="no"))),
        case("1.15", "count", lambda: Outbreak(rumor=0, persons=[1, 2], count=0)),
        case("1.15", "count", lambda: Outbreak(rumor=0, persons=[1, 2, 2], count=3)),
    ],
)
@pytest.mark.parametrize("now", [False, True])
def test_actions_are_refused_whichever_way_they_come(word: str, make: Callable[[], Any], now: bool) -> None:
    def act() -> None:
        if now:
            start().intervene(make())
        else:
            start(actions=[make()])

    with pytest.raises(CoreError, match=word):
        act()


@fault("1.15")
@pytest.mark.parametrize("action", [Climate(factor=0.5, zones=()), Boldness(bar=0.5, zones=())])
def test_no_zones_are_none(action: Any) -> None:
    sim = start(actions=[action])
    before = (sim.climate.copy(), sim.bar.copy())
    sim.step()
    assert (sim.climate == before[0]).all()
    assert (sim.bar == before[1]).all()


@fault("1.26")
def test_an_intervention_waits_for_nothing() -> None:
    sim = start()
    with pytest.raises(CoreError, match="when"):
        sim.intervene(Hear(rumor=0, persons=[1], when=Condition()))
    with pytest.raises(CoreError, match="tick"):
        sim.intervene(Hear(rumor=0, persons=[1], tick=3))
    sim.step()
    sim.intervene(Hear(rumor=0, persons=[3], tick=1))
    assert sim.heard_tick(0)[3] == 0


@fault("1.16")
def test_actions_handed_out_once_and_moves_act_in_every_batch() -> None:
    def prints(make: Callable[[], Any]) -> set[str]:
        return {
            simulate(
                in_cells(),
                MakiThompson(0.4),
                initial_spreaders=[0],
                stop_days=9.0,
                replicates=5,
                actions=make(),
                batch=b,
            ).fingerprint()
            for b in (None, 1, 2, 5)
        }

    hear = [Hear(rumor=0, persons=[2], tick=2)]
    assert prints(lambda: iter(hear)) == prints(lambda: hear)
    assert len(prints(lambda: [Move(person=0, layer="cell", group=1, tick=3, only=(4,))])) == 1
    with pytest.raises(CoreError, match=r"actions \(Move\)"):
        start(replicates=2, actions=[Move(person=0, layer="cell", group=1)])


@pytest.mark.parametrize(
    ("word", "ask"),
    [
        case("1.29", "rumor", lambda sim: sim.heard_tick(7)),
        case("1.29", "rumor", lambda sim: sim.telling(True)),
        case("1.29", "rumor", lambda sim: sim.teller(None)),
        case("1.30", "row", lambda sim: sim.move(-1, "cell", 0)),
        case("1.30", "row", lambda sim: sim.move(9, "cell", 0)),
        case("1.30", "row", lambda sim: sim.move(1.5, "cell", 0)),
        case("1.30", "group", lambda sim: sim.move(0, "cell", "a")),
        case("1.30", "person", lambda sim: sim.present_groups("cell", -1)),
        case("1.30", "person", lambda sim: sim.is_planned(9, "cell", 1, True)),
    ],
)
def test_a_simulation_is_asked_about_what_it_has(word: str, ask: Callable[[Simulation], Any]) -> None:
    with pytest.raises(CoreError, match=word):
        ask(start())


@pytest.mark.parametrize(
    ("word", "make"),
    [
        case("1.15", "stacked", lambda: start(stacked="no")),
        case("1.15", "occasions", lambda: start(occasions=("talk", "talk"))),
        case("1.15", "channels", lambda: start(channels=("conversation", "conversation"))),
        case("1.15", "group_of", lambda: GroupLayer.of("cell", [-5, 0])),
        case("1.15", "group_of", lambda: GroupLayer.of("cell", [[0], [0, 1]])),
        case("1.15", "weight", lambda: Network.from_edges(4, [], [], "x")),
        case("1.15", "weight", lambda: Network.from_edges(4, [0], [1], np.ma.array([1.0], mask=[True]))),
        case(
            "1.15",
            "couplings",
            lambda: Simulation(
                PATH, [MakiThompson(1.0), MakiThompson(1.0)], stop_days=1.0, couplings=[[1, True], [1, 1]]
            ),
        ),
    ],
)
def test_other_arguments(word: str, make: Callable[[], Any]) -> None:
    with pytest.raises(CoreError, match=word):
        make()


@pytest.mark.parametrize("bad", [NAN, INF, -1.0, "x", None, True])
@pytest.mark.parametrize(
    "formula",
    [
        lambda bad: theory.final_ignorant_share(bad),
        lambda bad: theory.final_ignorant_share(1.0, bad),
        lambda bad: theory.final_ignorant_share(initial_spreader_share=bad),
        lambda bad: theory.complete_graph_final_ignorants(bad),
        lambda bad: theory.complete_graph_final_ignorants(5, forgetting_rate=bad),
        lambda bad: theory.mean_field_curve([0.0, bad], 1.0, 1.0, initial_spreader_share=0.1),
        lambda bad: theory.mean_field_informed_share([0.0, 1.0], bad, 0.5),
        lambda bad: theory.mean_field_informed_share([bad], 1.0, 0.5),
        lambda bad: theory.channel_shares([[bad]], [1.0]),
        lambda bad: theory_networks.pairwise_informed_share([0.0, 1.0], bad, 1.0, 0.1),
        lambda bad: theory_networks.transmissibility(1.0, 1.0, bad),
        lambda bad: theory_networks.percolation_final_share([0, 0, 0, 1], bad),
        lambda bad: theory_networks.percolation_final_share([bad, 1.0], 0.5),
        lambda bad: theory_networks.percolation_outbreak_prob([0, 0, 0, 1], 1.0, bad),
    ],
)
@fault("1.15")
def test_formulas_take_finite_numbers_in_range(formula: Callable[[Any], Any], bad: Any) -> None:
    with pytest.raises(CoreError):
        formula(bad)


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("rows", lambda sim: sim.hear(0, [4], "conversation")),
        ("rows", lambda sim: sim.hear(0, [True], "conversation")),
        ("rumor", lambda sim: sim.hear(1, [1], "conversation")),
        ("unknown channel", lambda sim: sim.hear(0, [1], "telepathy")),
        ("teller", lambda sim: sim.hear(0, [1], "conversation", teller=4)),
        ("teller", lambda sim: sim.hear(0, [1, 2], "conversation", teller=[0])),
        ("tells", lambda sim: sim.hear(0, [1], "conversation", tells=1)),
        ("tell_factor", lambda sim: sim.hear(0, [1], "conversation", tell_factor=NAN)),
        ("rows", lambda sim: sim.silence([-1])),
        ("lift", lambda sim: sim.silence([1], lift="no")),
        ("rows", lambda sim: sim.scare([4])),
        ("prob", lambda sim: sim.set_fear_of_news(0, {None: 7}, [0])),
        ("replicates", lambda sim: sim.set_fear_of_news(0, {None: 0.5}, [1])),
        ("bar", lambda sim: sim.set_bar("x")),
        ("zones", lambda sim: sim.set_bar(0.5, zones=[3])),
        ("factor", lambda sim: sim.scale_climate(-1.0)),
        ("occasion", lambda sim: sim.scale_climate(1.0, occasion="tlak")),
        ("factor", lambda sim: sim.scale_interest(0, [1], 1e-40)),
        ("groups", lambda sim: sim.hush("cell", [2], [0])),
        ("lift", lambda sim: sim.hush("cell", [1], [0], lift=0)),
        ("persons", lambda sim: sim.rows([4])),
        ("persons", lambda sim: sim.rows([False, True, False, False])),
    ],
)
def test_what_an_action_of_ones_own_asks_passes_the_same_door(argument: str, call: Callable[[Simulation], Any]) -> None:
    with pytest.raises(CoreError, match=argument):
        call(start())
