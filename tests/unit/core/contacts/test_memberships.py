"""Memberships of four people in two copies, followed by hand through journeys, moves and canceled plans."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import Contacts, GroupLayer, MembershipChange, Network, TieLayer
from rumorsim.core.contacts.compiled import CompiledContacts
from rumorsim.core.contacts.memberships import Memberships
from rumorsim.errors import CoreError
from tests.unit.core.engine.parts import compiled

#: 0 leaves cell 0 for cell 1 (entry 4) at tick 2 and is back at tick 4; 3 is away from tick 1 to tick 3.
JOURNEYS = [(1, 3, False), (2, 0, False), (2, 4, True), (3, 3, True), (4, 0, True), (4, 4, False)]


def world(copies: int = 2) -> CompiledContacts:
    """Cells 0 1 | 2 3, a club of 0 1 2 on another clock, and ties whose home is the cell."""
    changes = MembershipChange(*(np.array(column) for column in zip(*JOURNEYS, strict=True)))
    person, group = np.array([0, 1, 2, 3, 0]), np.array([0, 0, 1, 1, 1])
    cell = GroupLayer("cell", person, group, 2, np.full(2, 2.0), present=np.arange(5) < 4, changes=changes)
    club = GroupLayer.of("club", [0, 0, 0, -1], clock="evening", rate=3.0)
    ties = TieLayer("kin", Network.from_edges(4, [0, 3], [3, 0]), clock="kin", home="cell")
    return compiled(Contacts(4, [cell, club, ties]), copies)


def memberships(copies: int = 2, contacts: CompiledContacts | None = None) -> Memberships:
    found = (world(copies) if contacts is None else contacts).memberships()
    assert found is not None
    return found


def who(groups: Memberships, layer: str, group: int, copy: int = 0) -> list[int]:
    rows, _ = groups.members_present(groups.numbers(layer, [group], np.array([copy])))
    return rows.tolist()


def test_groups_are_numbered_copy_by_copy_and_known_by_layer() -> None:
    groups = memberships()
    both = np.array([0, 1])
    assert groups.numbers("cell", [1, 0], both).tolist() == [1, 0, 3, 2]
    assert groups.own_number("cell", np.array([1, 2]), both).tolist() == [1, 0]
    assert groups.numbers("club", [0], both).tolist() == [4, 5]
    assert groups.clock_of(np.arange(6)).tolist() == [0, 0, 0, 0, 1, 1]
    assert groups.slot_clock().tolist() == [0, 1]
    rows, owner = groups.members_present(np.array([3, 4, 0]))
    assert (rows.tolist(), owner.tolist()) == ([6, 7, 0, 1, 2, 0, 1], [0, 0, 1, 1, 1, 2, 2])
    assert (groups.copies, groups.n) == (2, 4)


@pytest.mark.parametrize("before", [0, 1])
def test_people_come_and_go_in_every_copy(before: int) -> None:
    """Also where others have followed the calendar before, and what follows from it has been kept."""
    contacts = world()
    others, groups = memberships(contacts=contacts), memberships(contacts=contacts)
    for now in range(5 * before):
        others.advance(now)
    seen = []
    for now in range(5):
        changes = groups.advance(now)
        assert (changes is None) == (now == 0)
        assert [row - 4 for row in who(groups, "cell", 1, 1)] == who(groups, "cell", 1)
        assert (
            groups.slots[4:] == np.where(groups.slots[:4] < groups.n_loud, groups.slots[:4] + np.array([2, 1]), 6)
        ).all()
        assert groups.away[2].nonzero()[0].tolist() == groups.away_rows[2][0].tolist()
        seen.append((who(groups, "cell", 0), who(groups, "cell", 1), groups.away_rows[2][0].tolist()))
    assert seen == [
        ([0, 1], [2, 3], []),
        ([0, 1], [2], [3, 7]),
        ([1], [0, 2], [3, 7]),
        ([1], [0, 2, 3], []),
        ([0, 1], [2, 3], []),
    ]


def test_the_past_is_read_from_the_calendar() -> None:
    groups = memberships()
    tick = np.arange(5)
    assert groups.away_at("cell", np.full(5, 3), tick).tolist() == [False, True, True, False, False]
    assert not groups.away_at("cell", np.full(5, 0), tick).any(), "whoever is a guest is not away"
    position = groups.entry_position[0, 4]
    assert groups.present_at(np.full(5, position), tick).tolist() == [False, False, True, True, False]
    lasting = groups.lasting()[groups.entry_position[0]]
    assert lasting.tolist() == [False, True, True, False, False, True, True, True]


def test_what_changes_is_laid_out_for_pressures() -> None:
    groups = memberships()
    changes = groups.advance(1)
    assert changes is not None
    assert (changes.rows.tolist(), changes.place.tolist(), changes.sign.tolist()) == ([3, 7], [1, 3], [-1.0, -1.0])
    assert changes.target.tolist() == [3, 7], "the cell is in the first clock"
    leaving, coming, (away, among, _) = changes.crossings[2]
    assert [part.tolist() for part in (leaving, coming, away, among)] == [[3, 7], [], [3, 7], []]
    assert groups.set_present(np.array([3]), np.array([False])).rows.tolist() == [], "it has ended already"  # type: ignore[union-attr]


def test_fellows_and_homes() -> None:
    groups = memberships()
    assert groups.fellows("cell", np.array([0])).tolist() == [0, 1]
    assert groups.fellows("club", np.array([1, 5])).tolist() == [0, 1, 2, 4, 5, 6]
    for now in range(3):
        groups.advance(now)
    assert groups.fellows("cell", np.array([0])).tolist() == [0, 2]
    assert groups.groups_of("cell", 0).tolist() == [1]
    assert groups.homes_of("cell", 3).tolist() == [1, 0, 1, 1], "3 belongs to the group of the return"
    assert groups.homes_of("club", 3).tolist() == [0, 0, 0, -1]


def test_plans_are_found_canceled_and_brought_forward() -> None:
    groups = memberships(1)
    assert groups.planned("cell", 0, None, 4, True).tolist() == [4]
    assert groups.planned("cell", 0, 1, 4, True).tolist() == []
    groups.advance(1)
    groups.cancel(groups.planned("cell", 0, None, 2, False))
    assert groups.advance(2) is not None
    assert groups.groups_of("cell", 0).tolist() == [0, 1], "the leave is canceled, the visit is not"
    back = groups.bring_forward(groups.planned("cell", 3, None, 3, True), True, 2)
    assert back is not None
    assert back.rows.tolist() == [3]
    assert groups.groups_of("cell", 3).tolist() == [1]
    assert groups.planned("cell", 3, None, 3, True).tolist() == []


def test_moving_ends_what_is_and_what_was_planned() -> None:
    groups = memberships(1)
    changes = groups.move(3, "cell", 0, 0)
    assert changes is not None
    assert (who(groups, "cell", 0), who(groups, "cell", 1)) == ([0, 1, 3], [2])
    assert sorted(zip(changes.place.tolist(), changes.sign.tolist(), strict=True)) == [(0, 1.0), (1, -1.0)]
    for now in range(5):
        groups.advance(now)
    assert groups.groups_of("cell", 3).tolist() == [0], "no journey any more"
    groups.move(2, "cell", -1, 5)
    assert groups.groups_of("cell", 2).tolist() == []
    with pytest.raises(CoreError, match=r"cell: unknown group .given: 2"):
        groups.move(2, "cell", 2, 5)
    with pytest.raises(CoreError, match="unknown group layer"):
        groups.move(2, "cel", 0, 5)


def test_a_hush_can_be_lifted_and_a_copy_goes_its_own_way() -> None:
    groups = memberships()
    groups.hush(np.array([1, 2]), lift=False)
    other = groups.copy()
    groups.hush(np.array([1]), lift=True)
    assert groups.hushed is not None
    assert np.flatnonzero(groups.hushed).tolist() == [2]
    other.advance(1)
    other.move(2, "cell", 0, 1)
    assert np.flatnonzero(other.hushed).tolist() == [1, 2]  # type: ignore[arg-type]
    assert (who(groups, "cell", 1), groups.away_rows[2][0].tolist()) == ([2, 3], [])
    assert groups.planned("cell", 3, None, 3, True).tolist() == [3]
