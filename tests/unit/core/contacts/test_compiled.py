"""Compiled contacts: whole numbers of a unit, the same edges from both ends, copies side by side."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, Network, TieLayer
from rumorsim.core.contacts.compiled import TALK_UNIT, compile_contacts
from rumorsim.errors import CoreError

ORDER = np.arange(4)


def test_weights_are_whole_numbers_of_a_power_of_two() -> None:
    """The finest unit in which twice the largest sum of weights at one person stays below 2**24."""
    net = Network.from_edges(4, [0, 1, 2], [3, 3, 0], [0.75, 5.0, 0.125])
    clock = compile_contacts(Contacts.of(net), ORDER, 1, 1, 5).clocks[0]
    assert clock.unit == clock.head_unit == 2.0 ** -math.floor(math.log2(2**24 / (2 * 5.75)))
    assert clock.outgoing is not None
    assert (clock.outgoing.weight * clock.unit).tolist() == [0.75, 5.0, 0.125]
    assert 2 * 5.75 / clock.unit < 2**24 <= 4 * 5.75 / clock.unit
    talkative = compile_contacts(Contacts.of(net), ORDER, 32, 1, 5).clocks[0]
    assert talkative.head_unit == clock.unit * 32
    assert talkative.unit == talkative.head_unit / TALK_UNIT


def test_edges_by_both_ends_in_the_order_of_labels() -> None:
    """0 contacts 3 in the second layer and 2 in the first; 3 has the lowest label and so comes first."""
    layers = [
        TieLayer("a", Network.from_edges(4, [0, 1], [2, 2])),
        TieLayer("b", Network.from_edges(4, [0], [3]), rate=3),
    ]
    clock = compile_contacts(Contacts(4, layers), np.array([9, 7, 5, 1]), 1, 1, 5).clocks[0]
    out, into = clock.outgoing, clock.incoming
    assert out is not None
    assert into is not None
    assert (out.pointer.tolist(), out.other.tolist(), out.layer.tolist()) == ([0, 2, 3, 3, 3], [3, 2, 2], [1, 0, 0])
    assert (into.pointer.tolist(), into.other.tolist(), into.layer.tolist()) == ([0, 0, 0, 2, 3], [1, 0, 0], [0, 0, 1])
    assert (out.weight * clock.unit).tolist() == [3.0, 1.0, 1.0]
    assert not clock.symmetric


def test_what_is_symmetric_is_kept_once() -> None:
    for weight, symmetric in ((2.0, True), (2.5, False)):
        net = Network.from_edges(4, [0, 1, 2, 3], [1, 0, 3, 2], [1.0, 1.0, 2.0, weight])
        clock = compile_contacts(Contacts.of(net), ORDER, 1, 1, 5).clocks[0]
        assert (clock.symmetric, clock.incoming is clock.outgoing) == (symmetric, symmetric)


@pytest.mark.parametrize("layers", [1, 2])
def test_copies_lie_side_by_side(layers: int) -> None:
    net = Network.from_edges(4, [0, 0, 2], [1, 3, 3], [1.0, 2.0, 4.0])
    contacts = Contacts(4, [TieLayer(f"t{k}", net) for k in range(layers)])
    one, three = (compile_contacts(contacts, ORDER, 1, copies, 5).clocks[0].outgoing for copies in (1, 3))
    assert one is not None
    assert three is not None
    m = len(one.other)
    for k in range(3):
        part = slice(k * m, (k + 1) * m)
        assert (three.other[part] == one.other + 4 * k).all()
        assert (three.weight[part] == one.weight).all()
        assert (three.layer[part] == one.layer).all()
        assert (three.pointer[4 * k : 4 * k + 5] == one.pointer + k * m).all()


def test_quiet_clocks_come_last_and_tied_ones_are_listed() -> None:
    layers = [
        GroupLayer.of("rooms", [0, 0, 1, 1], clock="rooms", rate=0.0),
        GroupLayer.of("cell", [0, 0, 1, 1], clock="day"),
        TieLayer("kin", Network.from_edges(4, [0], [1]), clock="night"),
    ]
    compiled = compile_contacts(Contacts(4, layers), ORDER, 1, 1, 5)
    assert [(clock.name, clock.quiet) for clock in compiled.clocks] == [
        ("day", False),
        ("night", False),
        ("rooms", True),
    ]
    assert compiled.tied == [1]
    groups = compiled.memberships()
    assert groups is not None
    assert (groups.n_loud, groups.n_groups, groups.slots.shape) == (2, 4, (4, 1))
    assert compile_contacts(Contacts.of(Network.from_edges(4, [], [])), ORDER, 1, 1, 5).memberships() is None


def test_few_who_have_any_contact_are_listed() -> None:
    n = 500
    net = Network.from_edges(n, [7], [400])
    clock = compile_contacts(Contacts.of(net), np.arange(n), 1, 2, 5).clocks[0]
    assert clock.support is not None
    assert clock.support.tolist() == [7, 400, 507, 900]
    everybody = Network.from_edges(n, np.arange(n), (np.arange(n) + 1) % n)
    assert compile_contacts(Contacts.of(everybody), np.arange(n), 1, 2, 5).clocks[0].support is None


def test_a_result_is_kept_as_long_as_nothing_else_is_asked() -> None:
    contacts = Contacts.of(Network.from_edges(4, [0], [1]))
    one = compile_contacts(contacts, ORDER, 1, 2, 5)
    assert compile_contacts(contacts, ORDER.copy(), 1, 2, 9) is one, "without groups ticks do not matter"
    for other in ((ORDER[::-1], 1, 2, 5), (ORDER, 20, 2, 5), (ORDER, 1, 3, 5)):
        assert compile_contacts(contacts, *other) is not one


def test_orders_are_kept_only_where_a_network_says_so() -> None:
    for keeps in (False, True):
        net = Network(4, *(np.array(column) for column in ([0, 1], [1, 2], [1.0, 1.0])), keeps_order=keeps)  # type: ignore[arg-type]
        for rate in (1.0, 2.0):
            clock = compile_contacts(Contacts(4, [TieLayer("t", net, rate=rate)]), ORDER, 1, 1, 5).clocks[0]
            assert clock.outgoing is not None
            assert (clock.outgoing.weight * clock.unit).tolist() == [rate, rate]
        assert ("_orders" in net.__dict__) is keeps


def test_sums_that_no_unit_holds_and_batches_too_large_are_refused() -> None:
    strong = Network.from_edges(4, [0], [1], [1e25])
    with pytest.raises(CoreError, match="sum of contact weights at one person"):
        compile_contacts(Contacts.of(strong), ORDER, 1, 1, 5)
    two = Network.from_edges(4, [0, 1], [1, 0])
    with pytest.raises(CoreError, match=r"edges in a batch.*a smaller batch"):
        compile_contacts(Contacts.of(two), ORDER, 1, 2**30, 5)
