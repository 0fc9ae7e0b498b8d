"""Contact layers: hazards in groups by hand, clocks and channels in order, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, MembershipChange, Network, TieLayer
from rumorsim.errors import CoreError

PAIR = Network.from_edges(3, [0], [1])


def test_groups_by_number_and_their_sizes() -> None:
    layer = GroupLayer.of("cell", [2, -1, 0, 2], channel="workplace", clock="day", rate=3.0)
    assert (layer.person.tolist(), layer.group.tolist(), layer.n_groups) == ([0, 2, 3], [2, 0, 2], 3)
    assert layer.size.tolist() == [1.0, 1.0, 2.0], "a group without members has a size by which a rate can be divided"
    assert layer.present.all()
    assert GroupLayer.of("none", [-1, -1]).n_groups == 0


@pytest.mark.parametrize(("exponent", "hazard"), [(0.0, [3.0, 3.0]), (0.5, [1.5, 1.0]), (1.0, [0.75, 1 / 3])])
def test_a_hazard_is_a_rate_over_a_power_of_the_size(exponent: float, hazard: list[float]) -> None:
    """Groups of 4 and 9: everybody meets everybody at exponent 0, a fixed number a day at exponent 1."""
    layer = GroupLayer.of("cell", np.repeat([0, 1], [4, 9]), rate=3.0, exponent=exponent)
    assert layer.hazard == pytest.approx(hazard, rel=1e-15)


def test_clocks_and_channels_come_in_order_of_first_use() -> None:
    layers = [
        TieLayer("kin", PAIR, "letter", "night"),
        GroupLayer.of("cell", [0, 0, 1], channel="talk", clock="day"),
        TieLayer("friends", PAIR, "letter", "night"),
    ]
    contacts = Contacts(3, layers)
    assert (contacts.clocks, contacts.channels) == (("night", "day"), ("letter", "talk"))
    assert contacts.layer("cell") is layers[1]
    with pytest.raises(CoreError, match=r"unknown layer.*'cel'.*kin.*cell.*friends"):
        contacts.layer("cel")


def test_a_bare_network_is_one_layer_and_always_the_same() -> None:
    contacts = Contacts.of(PAIR)
    assert contacts is Contacts.of(PAIR) is Contacts.of(contacts)
    assert [(layer.name, layer.channel, layer.clock, layer.rate) for layer in contacts.layers] == [
        ("network", "conversation", "always", 1.0)
    ]


def test_names_are_those_of_any_network() -> None:
    named = Network(3, PAIR.source, PAIR.target, PAIR.weight, ("a", "b", "c"))
    contacts = Contacts(3, [TieLayer("one", PAIR), TieLayer("two", named)])
    assert (contacts.names, contacts.numbers) == (("a", "b", "c"), {"a": 0, "b": 1, "c": 2})
    assert Contacts(3, [TieLayer("one", PAIR)]).names is None


def cell(**given: Any) -> GroupLayer:
    """Three people in two groups, one of them absent at first and there from tick 1 on."""
    changes = MembershipChange(np.array([1]), np.array([2]), np.array([True]))
    columns = {"person": np.arange(3), "group": np.array([0, 0, 1]), "n_groups": 2, "size": np.array([2.0, 1.0])}
    return GroupLayer(
        **{"name": "cell", "present": np.array([True, True, False]), "changes": changes, **columns, **given}
    )


def changed(tick: Any = 1, entry: Any = 2, present: Any = True) -> MembershipChange:
    return MembershipChange(*(np.array([value]) for value in (tick, entry, present)))


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([cell(), cell()], "layer names repeat"),
        ([cell(name=1)], "named by words"),
        ([TieLayer("x", PAIR, channel=1)], "x.channel"),  # type: ignore[arg-type]
        ([TieLayer("x", Network.from_edges(2, [0], [1]))], "people in a layer.*2.*3"),
        ([TieLayer("x", PAIR, rate=-1.0)], "x.rate"),
        ([TieLayer("x", PAIR, home="cell")], "home of ties.*'cell'"),
        ([cell(), TieLayer("x", PAIR, home="cell"), TieLayer("y", PAIR)], "one home for all"),
        ([cell(person=np.array([0, 1, 3]))], r"cell.person.*3.*0 to 2"),
        ([cell(group=np.array([0, 0, 2]))], r"cell.group.*2.*0 to 1"),
        ([cell(group=np.array([0, 0]))], "list of 3 whole numbers"),
        ([cell(size=np.array([2.0, 0.0]))], r"cell.size.*above 0"),
        ([cell(present=np.ones(3))], "3 truth values"),
        ([cell(present=np.ones(2, bool))], "3 truth values"),
        ([cell(changes=[])], "MembershipChange"),
        ([cell(changes=changed(tick=-1))], "changes.tick"),
        ([cell(changes=changed(entry=3))], "changes.entry"),
        ([cell(changes=changed(present=1))], "changes.present"),
        ([cell(exponent=21.0)], "cell.exponent"),
        ([cell(size=np.array([1e-20, 1.0]), exponent=20.0)], r"cell.rate / size\*\*exponent"),
        ([TieLayer(f"t{k}", PAIR) for k in range(128)], "up to 127"),
        ([PAIR], "TieLayer or GroupLayer"),
    ],
)
def test_what_is_refused(layers: list[Any], word: str) -> None:
    with pytest.raises(CoreError, match=word):
        Contacts(3, layers)


def test_what_is_right_is_taken_as_it_is() -> None:
    layer = Contacts(3, [cell(), TieLayer("x", PAIR, home="cell")]).layer("cell")
    assert (layer.changes.tick.tolist(), layer.changes.present.tolist()) == ([1], [True])
    assert layer.present.tolist() == [True, True, False]
