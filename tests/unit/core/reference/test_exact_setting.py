"""What the exact engine is told: all pairs written out at each tick, and where rates change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import (
    Broadcast,
    Contacts,
    DaleyKendall,
    GroupLayer,
    MakiThompson,
    MembershipChange,
    Network,
    Ticks,
    TieLayer,
    Traits,
)
from rumorsim.core.reference import exact_setting
from rumorsim.core.reference.exact_setting import Edges, Setting
from rumorsim.errors import CoreError


def test_edges_by_one_end_and_of_some() -> None:
    columns = [np.array([1, 2, 0, 1]), np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, int), np.array([0, 0, 1, 1])]
    edges = Edges.by(3, np.array([2, 0, 2, 0]), columns)
    assert edges.pointer.tolist() == [0, 2, 2, 4]
    assert (edges.other.tolist(), edges.weight.tolist()) == ([2, 1, 1, 0], [2.0, 4.0, 1.0, 3.0])
    owner, edge = edges.of(np.array([2, 1, 0]))
    assert (owner.tolist(), edge.tolist()) == ([0, 0, 2, 2], [2, 3, 0, 1])


def setting(layers: list[Any], rule: MakiThompson | None = None, **given: Any) -> Setting:
    options: dict[str, Any] = {"ticks": Ticks.uniform(0.5, 3.0), "factors": {}, "traits": Traits(), "radio": ()} | given
    contacts = Contacts(3, layers)
    labels = np.arange(3)
    rule = MakiThompson(1.0) if rule is None else rule
    ticks = options["ticks"]
    absent = np.zeros((ticks.n_ticks, 3), dtype=np.bool_)
    return Setting(contacts, rule, ticks, options["factors"], options["traits"], options["radio"], labels, absent)


def pairs(edges: Edges) -> list[tuple[int, int, float, int]]:
    row = np.repeat(np.arange(3), np.diff(edges.pointer))
    return sorted(zip(row.tolist(), edges.other.tolist(), edges.weight.tolist(), edges.layer.tolist(), strict=True))


def test_ties_and_groups_are_written_out_as_they_are_at_a_tick() -> None:
    """A group of size 2 in which 0 and 1 are, and 2 from tick 2 to tick 4; listed against the order of time."""
    changes = MembershipChange(np.array([4, 2]), np.array([2, 2]), np.array([False, True]))
    columns = np.arange(3), np.zeros(3, np.int64), 1, np.array([2.0])
    cell = GroupLayer("cell", *columns, rate=3.0, present=np.array([True, True, False]), changes=changes)
    one = setting([TieLayer("kin", Network.from_edges(3, [0], [2], [0.25]), clock="night", rate=2.0), cell])
    found = [pairs(one.edges(tick)[0]) for tick in (0, 2, 4)]
    tie = (0, 2, 0.5, 0)
    assert found[0] == [(0, 1, 1.5, 1), tie, (1, 0, 1.5, 1)]
    assert found[1] == sorted([tie, *((i, j, 1.5, 1) for i in range(3) for j in range(3) if i != j)])
    assert found[2] == found[0]
    out, into = one.edges(0)
    assert pairs(into) == sorted((j, i, weight, layer) for i, j, weight, layer in pairs(out))
    assert sorted(set(zip(out.clock.tolist(), out.layer.tolist(), strict=True))) == [(0, 0), (1, 1)]
    assert (one.clocks, one.bounds.tolist()) == (("night", "always"), [0, 2, 4, 6])


KIN = TieLayer("kin", Network.from_edges(3, [0], [1]))


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({}, [0, 6]),
        ({"rule": MakiThompson([1, 1, 2, 2, 2, 2])}, [0, 2, 6]),
        ({"rule": MakiThompson(1.0, 0.0, [0, 0, 0, 0, 0, 1])}, [0, 5, 6]),
        ({"factors": {"always": np.array([1, 1, 1, 0, 1, 1])}}, [0, 3, 4, 6]),
        ({"radio": (Broadcast(0, "radio", np.array([2]), np.ones(1), [0, 1, 1, 1, 1, 1]),)}, [0, 1, 6]),
        ({"ticks": Ticks.of([1.0, 2.0, 0.5])}, [0, 3]),
    ],
)
def test_time_is_cut_only_where_a_rate_changes(given: dict[str, Any], bounds: list[int]) -> None:
    assert setting([KIN], **given).bounds.tolist() == bounds


def test_traits_rates_and_words() -> None:
    radio = (Broadcast(0, "radio", np.array([2, 0]), np.array([0.5, 2.0]), 3.0),)
    traits = Traits(talk=np.array([16, 8, 32]), receptivity=np.array([1.0, 0.0, 2.0]), tell_prob=0.5)
    one = setting([KIN], DaleyKendall(1.5, 0.5), traits=traits, radio=radio)
    assert (one.talk.tolist(), one.receptivity.tolist()) == ([1.0, 0.5, 2.0], [1.0, 0.0, 2.0])
    assert one.tell_prob is not None
    assert one.tell_prob.tolist() == [0.5] * 3
    assert one.access.tolist() == [[2.0, 0.0, 0.5]]
    assert (one.transmission.tolist(), one.broadcast_rate[0].tolist()) == ([1.5] * 6, [3.0] * 6), "a day, not a tick"
    assert (one.channels, one.mutual, setting([KIN]).mutual) == (("conversation", "radio"), True, False)


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = GroupLayer.of("cell", [0, 0, 0])
    with pytest.raises(CoreError, match=r"kin.home.*None here"):
        setting([cell, TieLayer("kin", KIN.network, home="cell")])
    one = setting([cell])
    monkeypatch.setattr(exact_setting, "MOST_PAIRS", 8)
    with pytest.raises(CoreError, match=r"cell: pairs in groups .given: 9"):
        one.edges(0)
