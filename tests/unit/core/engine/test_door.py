"""One door: what the core refuses, with the same words from both engines, and what it takes by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest

from rumorsim.abm import PartyModel
from rumorsim.core import (
    Boldness,
    Briefing,
    Broadcast,
    Climate,
    Condition,
    Contacts,
    DaleyKendall,
    Fear,
    Fright,
    GroupLayer,
    Hear,
    Interest,
    MakiThompson,
    Meeting,
    MembershipChange,
    Network,
    Outbreak,
    Silence,
    Simulation,
    Streams,
    Ticks,
    TieLayer,
    Traits,
    simulate,
    simulate_exact,
)
from rumorsim.core.engine.door import Door, check_replicates, of_class, rules_of, ticks_of, words_of
from rumorsim.core.engine.simulate import best_batch
from rumorsim.ensemble import run
from rumorsim.errors import CoreError, RumorsimError

fault = pytest.mark.fault
PATH = Network.from_edges(4, [0, 1, 2], [1, 2, 3])
SURE = {"stop_days": 10.0, "seed": 0}
BOTH = pytest.mark.parametrize("engine", [simulate, simulate_exact])


def case(number: str, given: Any, *more: Any) -> Any:
    return pytest.param(given, *more, marks=fault(number))


def named(labels: list[Any]) -> Network:
    graph = nx.DiGraph()
    graph.add_nodes_from(labels)
    nx.add_path(graph, labels)
    return Network.from_networkx(graph)


@BOTH
@fault("1.1")
def test_people_are_given_by_name(engine: Callable[..., Any]) -> None:
    net = named(["Mr. Hi", "Ann", "Bob"])
    runs = engine(net, MakiThompson(0.0), initial_spreaders=["Ann"], initial_aware=["Bob"], **SURE)
    assert np.isfinite(runs.time_heard).tolist() == [[False, True, True]]
    assert runs.names == ("Mr. Hi", "Ann", "Bob")
    radio = Broadcast(0, "press", ["Mr. Hi"], [1.0], 1e3)
    assert engine(net, MakiThompson(0.0), broadcasts=[radio], **SURE).n_aware.tolist() == [1]
    for wrong in (["Mr. Ho"], [0], "Ann", [["Ann"]], ["Ann", True]):
        with pytest.raises(CoreError, match="initial_spreaders"):
            engine(net, MakiThompson(1.0), initial_spreaders=wrong, **SURE)
    with pytest.raises(CoreError, match=r"did you mean 'Mr\. Hi'"):
        engine(net, MakiThompson(1.0), initial_spreaders=["Mr Hi"], **SURE)


@fault("1.1")
def test_actions_take_names_too() -> None:
    net = named(["a", "b", "c"])
    actions = [Hear(rumor=0, persons=["c"], tick=1), Silence(persons=["a"])]
    sim = Simulation(net, MakiThompson(0.0), actions=actions, **SURE)
    sim.run()
    assert sim.heard_tick(0).tolist() == [32767, 32767, 1]
    with pytest.raises(CoreError, match="persons"):
        Simulation(net, MakiThompson(0.0), actions=[Hear(rumor=0, persons=["d"])], **SURE)


def test_layers_with_other_names_are_refused() -> None:
    one, other = named(["a", "b"]), named(["b", "a"])
    with pytest.raises(CoreError, match="names"):
        Contacts(2, [TieLayer("one", one), TieLayer("other", other)])


@BOTH
@fault("1.3")
def test_an_integer_label_means_the_label(engine: Callable[..., Any]) -> None:
    runs = engine(named([7, 3, 0]), MakiThompson(0.0), initial_spreaders=[0], **SURE)
    assert np.isfinite(runs.time_heard).tolist() == [[False, False, True]]


@BOTH
@fault("1.4")
@pytest.mark.parametrize("form", [list, tuple, np.array])
def test_a_mask_is_a_list_of_people(engine: Callable[..., Any], form: Callable[..., Any]) -> None:
    runs = engine(PATH, MakiThompson(0.0), initial_spreaders=form([False, False, False, True]), **SURE)
    assert np.isfinite(runs.time_heard).tolist() == [[False, False, False, True]]


@BOTH
@pytest.mark.parametrize(
    "given",
    [
        case("1.5", [0.9, 1.7]),
        case("1.6", True),
        case("1.7", {0}),
        case("1.8", None),
        case("1.9", [2**63]),
        case("1.9", 2**63),
        case("1.10", 0),
        case("1.4", [True, False]),
        [0, True],
        ["0"],
        [[0, 1]],
        [float("nan")],
        [None],
        [-1],
        [4],
        "01",
        np.array(0),
        {7: [0]},
    ],
)
def test_anything_else_is_no_list_of_people(engine: Callable[..., Any], given: Any) -> None:
    with pytest.raises(CoreError, match="initial_spreaders"):
        engine(PATH, MakiThompson(1.0), initial_spreaders=given, **SURE)
    if not isinstance(given, dict):
        with pytest.raises(CoreError, match="persons"):
            engine(PATH, MakiThompson(1.0), broadcasts=[Broadcast(0, "press", given, [1.0], 1.0)], **SURE)


@BOTH
@pytest.mark.parametrize(
    "contacts",
    [case("1.11", lambda: Network.from_edges(3, [], [])), case("1.13", lambda: Contacts(3, []))],
)
def test_a_world_without_contacts_is_a_world(engine: Callable[..., Any], contacts: Callable[[], Any]) -> None:
    for replicates in (1, 2, 5):
        runs = engine(contacts(), DaleyKendall(1.0, 1.0), initial_spreaders=[0], replicates=replicates, **SURE)
        assert runs.n_aware.tolist() == [1] * replicates


@BOTH
@pytest.mark.parametrize("n", [case("1.12", 0), case("1.14", -1), True, 2.0, None, "3"])
def test_people_are_counted_from_one(engine: Callable[..., Any], n: Any) -> None:
    with pytest.raises(CoreError, match="n: "):
        engine(Contacts(n, []), MakiThompson(1.0), **SURE)


@fault("1.16")
@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_an_action_acts_only_where_it_is_to(batch: int) -> None:
    hear = Hear(tick=2, rumor=0, persons=[1], only=(2,))
    runs = simulate(PATH, MakiThompson(0.0), actions=[hear], replicates=4, batch=batch, **SURE)
    assert runs.n_aware.tolist() == [0, 0, 1, 0]


@fault("1.17")
def test_weights_that_rounding_would_change_are_refused() -> None:
    def beside(weak: float) -> Network:
        return Network.from_edges(6, [0, 1, 2, 4], [1, 2, 3, 5], [weak] * 3 + [1e5])

    rule = {"initial_spreaders": [0], "stop_days": 60.0, "replicates": 4}
    with pytest.raises(CoreError, match=r"network, rate times weight \[0\]: weight that rounding would change to 0 "):
        simulate(beside(0.001), MakiThompson(100.0), **rule)
    assert simulate_exact(beside(0.001), MakiThompson(100.0), **rule).n_aware.mean() > 3
    assert simulate(beside(1e4), MakiThompson(100.0), **rule).n_aware.tolist() == [4] * 4
    assert simulate(beside(0.0), MakiThompson(100.0), **rule).n_aware.tolist() == [1] * 4
    weak = GroupLayer.of("weak", [0, 0, -1, -1], rate=1e-4)
    with pytest.raises(CoreError, match="weak, rate times weight"):
        simulate(Contacts(4, [TieLayer("strong", PATH, rate=1e5), weak]), MakiThompson(1.0), stop_days=1.0)


def broadcast(**changes: Any) -> Broadcast:
    return Broadcast(**{"rumor": 0, "channel": "press", "persons": [0], "access": [1.0], "rate": 1.0, **changes})


def groups(**changes: Any) -> Contacts:
    return Contacts(4, [GroupLayer.of("g", [0, 0, 1, 1], **changes)])


def changed(tick: Any, entry: Any) -> Contacts:
    changes = MembershipChange(np.array([tick]), np.array([entry]), np.array([False]))
    every = np.arange(4)
    return Contacts(4, [GroupLayer("g", every, every * 0, 1, np.full(1, 4.0), present=every < 9, changes=changes)])


INF, NAN = float("inf"), float("nan")


@BOTH
@pytest.mark.parametrize(
    ("word", "made"),
    [
        case("1.18", "receptivity", lambda: {"traits": Traits(receptivity=[1, 1, INF, 1])}),
        case("1.18", "receptivity", lambda: {"traits": Traits(receptivity=[1, 1, NAN, 1])}),
        case("1.18", "receptivity", lambda: {"traits": Traits(receptivity=[1, 1, 1e-40, 1])}),
        case("1.20", "access", lambda: {"broadcasts": [broadcast(access=[NAN])]}),
        case("1.20", "access", lambda: {"broadcasts": [broadcast(access=[-1.0])]}),
        case("1.25", "rate", lambda: {"broadcasts": [broadcast(rate=1e39)]}),
        case("1.21", "exponent", lambda: {"contacts": groups(exponent=NAN)}),
        case("1.21", "rate", lambda: {"contacts": groups(rate=NAN)}),
        case("1.22", "talk", lambda: {"traits": Traits(talk=[16.5, 16, 16, 16])}),
        case("1.22", "talk", lambda: {"traits": Traits(talk=16.5)}),
        case("1.23", "transmission_rate", lambda: {"rule": MakiThompson(1e39)}),
        case("1.23", "stifling_rate", lambda: {"rule": MakiThompson(1.0, 1e39)}),
        case("1.23", "forgetting_rate", lambda: {"rule": DaleyKendall(1.0, 1.0, NAN)}),
        case("1.23", "transmission_rate", lambda: {"rule": MakiThompson("1")}),
        case("1.24", "rate", lambda: {"contacts": Contacts(4, [TieLayer("t", PATH, rate=INF)])}),
        case("1.24", "weight", lambda: {"contacts": Network.from_edges(2, [0], [1], [1e39])}),
        case("1.29", "rumor", lambda: {"broadcasts": [broadcast(rumor=7)]}),
        case("1.29", "rumor", lambda: {"broadcasts": [broadcast(rumor=-1)]}),
        case("1.31", "tick", lambda: {"contacts": changed(-1, 0)}),
        case("1.31", "tick", lambda: {"contacts": changed(1.5, 0)}),
        case("1.31", "entry", lambda: {"contacts": changed(1, 4)}),
        case("1.32", "seed", lambda: {"seed": 1.5}),
        case("1.32", "seed", lambda: {"seed": True}),
        case("1.32", "seed", lambda: {"seed": None}),
        case("1.32", "seed", lambda: {"seed": -1}),
        case("1.32", "seed", lambda: {"seed": 2**64}),
        case("1.35", "from_networkx", lambda: {"contacts": nx.path_graph(4)}),
        case("1.35", "contacts", lambda: {"contacts": None}),
        case("1.36", r"MakiThompson\(", lambda: {"rule": MakiThompson}),
        case("1.36", r"MakiThompson\(", lambda: {"rule": [MakiThompson]}),
        case("1.15", "replicates", lambda: {"replicates": 2.0}),
        case("1.15", "replicates", lambda: {"replicates": True}),
        case("1.15", "first_replicate", lambda: {"first_replicate": -1}),
        case("1.15", "stop_days", lambda: {"stop_days": NAN}),
        case("1.15", "time_step_days", lambda: {"time_step_days": "1"}),
        case("1.15", "labels", lambda: {"labels": [0.5, 1, 2, 3]}),
        case("1.15", "clock_factors", lambda: {"clock_factors": {"always": [NAN] * 10}}),
        case("1.15", "tell_prob", lambda: {"traits": Traits(tell_prob=NAN)}),
        case("1.15", "traits", lambda: {"traits": {"talk": 16}}),
        case("1.15", "broadcasts", lambda: {"broadcasts": broadcast()}),
        case("1.15", "person", lambda: {"broadcasts": [broadcast(persons=[0, 0], access=[1.0, 2.0])]}),
    ],
)
def test_both_engines_refuse_the_same(engine: Callable[..., Any], word: str, made: Callable[[], Any]) -> None:
    def start() -> None:
        given = {"contacts": PATH, "rule": MakiThompson(1.0), "stop_days": 10.0, "time_step_days": 1.0, **made()}
        engine(given.pop("contacts"), given.pop("rule"), **given)

    with pytest.raises(CoreError, match=word):
        start()


@pytest.mark.parametrize(
    ("word", "made"),
    [
        case("1.19", "factor", lambda: Interest(rumor=0, persons=[0], factor=-2)),
        case("1.19", "factor", lambda: Interest(rumor=0, persons=[0], factor=NAN)),
        case("1.19", "factor", lambda: Climate(factor=INF)),
        case("1.19", "bar", lambda: Boldness(bar=NAN)),
        case("1.26", "tick", lambda: Hear(rumor=0, persons=[0], tick=99)),
        case("1.26", "tick", lambda: Hear(rumor=0, persons=[0], tick=10)),
        case("1.27", "tick", lambda: Hear(rumor=0, persons=[0], tick=-3)),
        case("1.28", "tick", lambda: Hear(rumor=0, persons=[0], tick=2.5)),
        case("1.28", "delay_ticks", lambda: Hear(rumor=0, persons=[0], delay_ticks=0.5)),
        case("1.29", "rumor", lambda: Hear(rumor=7, persons=[0])),
        case("1.29", "rumor", lambda: Interest(rumor=-1, persons=[0], factor=2.0)),
        case("1.30", "persons", lambda: Hear(rumor=0, persons=[-1])),
        case("1.30", "persons", lambda: Silence(persons=[4])),
        case("1.30", "teller", lambda: Hear(rumor=0, persons=[1], teller=9)),
        case("1.16", "only", lambda: Hear(rumor=0, persons=[1], only=2)),
        case("1.16", "only", lambda: Hear(rumor=0, persons=[1], only=(True,))),
        case("1.15", "prob", lambda: Briefing(rumor=0, persons=[1], prob=1.5)),
        case("1.15", "prob", lambda: Fright(persons=[1], prob=NAN)),
        case("1.15", "count", lambda: Outbreak(rumor=0, persons=[1], count=1.5)),
        case("1.15", "occasion", lambda: Climate(factor=1.0, occasion="tea")),
        case("1.15", "zones", lambda: Boldness(bar=0.5, zones=(3,))),
        case("1.15", "layer", lambda: Meeting(layer="x", groups=[0], occasion="talk", channel="hall")),
        case("1.15", "rumor", lambda: Hear(rumor=0, persons=[1], when=Condition(rumor=3))),
    ],
)
def test_actions_are_checked_before_the_first_tick(word: str, made: Callable[[], Any]) -> None:
    with pytest.raises(CoreError, match=word):
        simulate(PATH, MakiThompson(1.0), actions=[made()], occasions=("talk",), **SURE)


@pytest.mark.parametrize("factor", [1e30, 1e-30])
def test_interest_without_bounds_makes_nobody_hear(factor: float) -> None:
    often = [Interest(rumor=0, persons=[1], factor=factor)] * 3
    assert simulate(PATH, MakiThompson(1.0), actions=often, **SURE).n_aware.tolist() == [0]


def test_an_intervention_is_checked_too() -> None:
    sim = Simulation(PATH, MakiThompson(1.0), **SURE)
    with pytest.raises(CoreError, match="persons"):
        sim.intervene(Hear(rumor=0, persons=[-1]))
    with pytest.raises(CoreError, match="action"):
        sim.intervene(Hear)  # type: ignore[arg-type]
    with pytest.raises(CoreError, match="tell_factor"):
        Simulation(PATH, MakiThompson(1.0), fear=Fear(2.0), **SURE)
    with pytest.raises(CoreError, match="back_end"):
        Simulation(PATH, MakiThompson(1.0), back_end="fast", **SURE)
    with pytest.raises(CoreError, match="batch"):
        simulate(PATH, MakiThompson(1.0), batch=2.5, **SURE)  # type: ignore[arg-type]
    with pytest.raises(CoreError, match="lengths_days"):
        Ticks.of([1.0, NAN])
    with pytest.raises(CoreError, match="from_networkx"):
        best_batch(nx.path_graph(2))


@fault("1.32")
@pytest.mark.parametrize("seed", [1.5, True, -1, 2**64, "x"])
def test_one_rule_for_seeds(seed: Any) -> None:
    found = set()
    for start in (
        lambda: simulate(PATH, MakiThompson(1.0), stop_days=1.0, seed=seed),
        lambda: simulate_exact(PATH, MakiThompson(1.0), stop_days=1.0, seed=seed),
        lambda: Streams(seed),
        lambda: run("maki-thompson", 1, seed=seed),
        lambda: PartyModel("maki-thompson", seed=seed),
    ):
        with pytest.raises(RumorsimError) as problem:
            start()
        found.add(str(problem.value))
    assert found == {f"seed: not a usable seed (given: {seed!r}); allowed: a whole number, 0 to 2**64 - 1"}


@fault("1.33")
@pytest.mark.parametrize("weight", ["2,5", None, "apple", NAN, INF, -1.0, True, [1]])
def test_a_wrong_weight_names_its_edge(weight: Any) -> None:
    graph = nx.path_graph(["a", "b", "c"])
    nx.set_edge_attributes(graph, {("a", "b"): 1.0, ("b", "c"): weight}, "weight")
    with pytest.raises(CoreError, match=r"edge \('b', 'c'\), attribute 'weight'"):
        Network.from_networkx(graph)


@fault("1.34")
def test_an_attribute_that_no_edge_has() -> None:
    graph = nx.path_graph(3)
    assert Network.from_networkx(graph).weight.tolist() == [1.0] * 4
    nx.set_edge_attributes(graph, {(0, 1): 2.0}, "weight")
    assert Network.from_networkx(graph).weight.tolist() == [2.0, 2.0, 1.0, 1.0]
    with pytest.raises(CoreError, match="did you mean 'weight'"):
        Network.from_networkx(graph, weight="Weight")


@fault("1.37")
def test_a_self_loop_says_the_way_out() -> None:
    graph = nx.path_graph(["a", "b"])
    graph.add_edge("b", "b")
    with pytest.raises(CoreError, match=r"\(given: 'b'\).*selfloop_edges"):
        Network.from_networkx(graph)


def test_a_door_by_itself() -> None:
    """What it hands on: people, rumors and words in the one form of the core, by hand."""
    contacts = Contacts(4, [TieLayer("kin", PATH, "letter"), GroupLayer.of("cell", [0, 0, 1, -1], clock="day")])
    door = Door(contacts, Ticks.uniform(1.0, 2.0), 2, 3, ("letter", "press"), ("tea",))
    assert [part.tolist() for part in door.started({1: [3, 3, 0]}, "x").values()] == [[0, 3]]
    assert list(door.started([2], "x")) == [0]
    assert (door.person(3, "x"), door.rumor(1, "x"), door.labels(None).tolist()) == (3, 1, [0, 1, 2, 3])
    found = door.clock_factors({"day": np.array([True, False]), "always": np.ones((2, 2))})
    assert (found["day"].tolist(), found["always"].shape) == ([1.0, 0.0], (2, 2))
    assert door.vocabulary(None, [broadcast()], [Hear(rumor=0, persons=[0], channel="talk")]) == (
        "letter",
        "conversation",
        "press",
        "talk",
    )
    assert door.detect_prob({"tea": 1}) == {"tea": 1.0}
    (radio,) = door.broadcasts([broadcast(rumor=1, persons=[True, False, False, True], access=[1, 2])], Broadcast)
    assert (radio.persons.tolist(), radio.access.tolist()) == ([0, 3], [1.0, 2.0])
    for wrong, word in (
        (lambda: door.started({2: [0]}, "x"), "rumor"),
        (lambda: door.groups("cell", [2], "x"), r"x.groups.*0 to 1"),
        (lambda: door.groups("cel", [0], "x"), r"x.layer.*did you mean 'cell'"),
        (lambda: door.zones((3,), "x"), "0 to 2"),
        (lambda: door.occasion("te", "x"), "did you mean 'tea'"),
        (lambda: door.channel("talk", "x"), "unknown channel"),
        (lambda: door.vocabulary(["letter"], [], []), "conversation"),
        (lambda: door.clock_factors({"day": [1.0]}), r"clock_factors.day"),
        (lambda: door.labels([1, 1, 2, 3]), "4 different numbers"),
        (lambda: door.detect_prob({"tea": 2.0}), r"detect_prob.tea"),
    ):
        with pytest.raises(CoreError, match=word):
            wrong()


def test_what_stands_for_what_is_left_out() -> None:
    ticks = Ticks.of([1.0])
    assert ticks_of(ticks, 9.0, 9.0) is ticks
    assert (ticks_of(None, 0.5, 2.0).n_ticks, ticks_of(None, None, 2.0).n_ticks) == (4, 1)
    rule = MakiThompson(1.0)
    assert rules_of(rule) == rules_of([rule]) == (rule,)
    assert words_of(iter("ab"), "x") == ("a", "b")
    assert of_class(None, "fear", Fear) == Fear()
    assert check_replicates(2, 2**63 - 3) == (2, 2**63 - 3)
    with pytest.raises(CoreError, match="first_replicate"):
        check_replicates(2, 2**63 - 2)
