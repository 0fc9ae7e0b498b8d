"""Pressures by themselves: what is switched on and off cancels, and memberships carry them along."""

from __future__ import annotations

import numpy as np

from rumorsim.core import NEVER, Contacts, GroupLayer
from rumorsim.core.contacts.compiled import compile_contacts
from rumorsim.core.contacts.edge_sums import push_add_at
from rumorsim.core.engine.pressures import Pressures
from tests.unit.core.engine.parts import NOBODY, path


def test_pressures_come_and_go_to_exactly_nothing() -> None:
    contacts = path()
    pressures = Pressures(contacts, None, push_add_at, None, 3, frozenset({"both"}))
    unit = contacts.clocks[0].unit
    pressures.switch(np.array([0, 1]), np.array([0, 1]), NOBODY)
    assert (pressures.of_tellers[0] * unit).tolist() == [0.0, 1.0, 2.0]
    assert (pressures.tellers_both[0] * unit).tolist() == [1.0, 1.0, 2.0]
    assert (pressures.knowers_both[0] * unit).tolist() == [1.0, 1.0, 2.0]
    pressures.switch(NOBODY, NOBODY, np.array([0, 1]))
    assert not pressures.flat.any()
    assert not pressures.tellers_both[0].any()


def test_pressures_follow_memberships() -> None:
    """0 and 1 share a group; 1 tells, then leaves, then comes back."""
    layer = GroupLayer.of("cell", [0, 0, 1], exponent=0.0)
    compiled = compile_contacts(Contacts(3, [layer]), np.arange(3), 1, 1, 5)
    groups = compiled.memberships()
    assert groups is not None
    pressures = Pressures(compiled, groups, push_add_at, None, 3)
    telling, heard = np.array([False, True, False]), np.array([NEVER, 0, NEVER])
    pressures.switch(np.array([1]), np.array([1]), NOBODY)
    unit = compiled.clocks[0].unit
    for present, expected in ((None, [1.0, 1.0, 0.0]), (False, [0.0, 0.0, 0.0]), (True, [1.0, 1.0, 0.0])):
        if present is not None:
            changes = groups.set_present(np.array([1]), np.array([present]))
            assert changes is not None
            pressures.carry_along(changes, telling, lambda rows: heard.take(rows) != NEVER)
        assert (pressures.of_tellers[0] * unit).tolist() == expected
    assert groups.fellows("cell", np.array([0])).tolist() == [0, 1]
