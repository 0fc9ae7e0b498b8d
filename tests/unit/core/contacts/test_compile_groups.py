"""Laying out memberships: bounds and slots against a replay of the calendar, change by change."""

from __future__ import annotations

import numpy as np
import pytest

from rumorsim.core import GroupLayer, MembershipChange, Network, TieLayer
from rumorsim.core.contacts.compile_groups import _slots_of_entries, in_units, strongest_in_groups
from rumorsim.errors import CoreError

PEOPLE, GROUPS, TICKS = 12, 4, 20


def layer(seed: int) -> GroupLayer:
    """People with one to four memberships that begin and end at random, often when they have done so already."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE), rng.integers(1, 5, PEOPLE)).astype(np.int32)
    group = rng.integers(0, GROUPS, len(person)).astype(np.int32)
    entry, tick = np.nonzero(rng.random((len(person), TICKS)) < 0.1)
    order = np.argsort(tick, kind="stable")
    changes = MembershipChange(
        tick[order].astype(np.int32), entry[order].astype(np.int32), rng.random(len(entry)) < 0.5
    )
    size, present = rng.uniform(1.0, 9.0, GROUPS), rng.random(len(person)) < 0.2
    return GroupLayer("cell", person, group, GROUPS, size, rate=2.0, present=present, changes=changes)


def presence(of: GroupLayer) -> np.ndarray:
    """Return which memberships are in force before the run and after each change, endings of a tick first."""
    changes = of.changes
    rows = [of.present]
    for k in np.lexsort((changes.present, changes.tick)):
        rows.append(rows[-1].copy())
        rows[-1][changes.entry[k]] = changes.present[k]
    return np.array(rows)


@pytest.mark.parametrize("seed", range(60))
def test_no_two_memberships_in_force_share_a_slot(seed: int) -> None:
    one = layer(seed)
    changes = one.changes
    slot, most = _slots_of_entries(one.person, one.present, changes.entry, changes.tick, changes.present)
    assert slot.max() < most
    held = presence(one)
    for row in held:
        taken = list(zip(one.person[row].tolist(), slot[row].tolist(), strict=True))
        assert len(set(taken)) == len(taken)
    alone = max(np.bincount(one.person[row], minlength=PEOPLE).max() for row in held) == 1
    assert most > 1 or alone


@pytest.mark.parametrize("seed", range(20))
def test_the_strongest_is_what_a_replay_counts(seed: int) -> None:
    """Where nothing begins twice, the bound is the most members ever times the most groups at once."""
    one = layer(seed)
    rng = np.random.default_rng(seed)
    # Each membership changes once at most: then no change finds what it wants already.
    entry = np.flatnonzero(rng.random(len(one.person)) < 0.6)
    changes = MembershipChange(
        np.sort(rng.integers(0, TICKS, len(entry))).astype(np.int32), entry.astype(np.int32), ~one.present[entry]
    )
    one = GroupLayer("cell", one.person, one.group, GROUPS, one.size, rate=2.0, present=one.present, changes=changes)
    held = presence(one)
    members = np.max([np.bincount(one.group[row], minlength=GROUPS) for row in held], axis=0)
    at_once = np.max([np.bincount(one.person[row], minlength=PEOPLE) for row in held], axis=0)
    expected = np.zeros(PEOPLE)
    np.maximum.at(expected, one.person, (one.hazard * np.maximum(members, 1))[one.group])
    assert strongest_in_groups(one, PEOPLE) == pytest.approx(expected * np.maximum(at_once, 1))


def test_weights_in_units_are_whole_and_refused_where_rounding_changes_them() -> None:
    ties = TieLayer("kin", Network.from_edges(3, [0], [1]))
    assert in_units(ties, np.array([0.25, 3.0, 0.0]), 0.25).tolist() == [1.0, 12.0, 0.0]
    assert in_units(ties, np.array([50.4, 99.6]), 1.0).tolist() == [50.0, 100.0], "less than one in a hundred"
    with pytest.raises(CoreError, match=r"kin.*\[1\].*change to 1 .*1\.4.*50 and more"):
        in_units(ties, np.array([2.0, 1.4]), 1.0)
    with pytest.raises(CoreError, match=r"kin.*\[1\].*change to 0 "):
        in_units(ties, np.array([1.4, 0.3]), 1.0)
    empty = GroupLayer("cell", np.array([0]), np.array([1]), 2, np.ones(2), present=np.array([True]))
    assert in_units(empty, np.array([0.3, 2.0]), 1.0).tolist() == [0.0, 2.0], "nobody is ever in the first group"
