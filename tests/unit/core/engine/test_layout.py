"""Laying rumors into blocks: who shares one, and with what factors, chances and thresholds they start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.core import Broadcast, DaleyKendall, MakiThompson, Network, Rule, ThresholdMemory, Ticks, TieLayer, Traits
from rumorsim.core.contacts.layers import Contacts
from rumorsim.core.engine import layout
from rumorsim.core.engine.layout import lay_out, scales_of
from rumorsim.core.engine.rumor_block import RumorBlock
from rumorsim.core.randomness.streams import BatchStreams
from rumorsim.errors import CoreError

NET = Network.from_edges(3, [0, 1], [1, 2])


def laid(
    rules: list[Rule], contacts: Network | Contacts = NET, replicates: int = 2, **given: Any
) -> tuple[RumorBlock, ...]:
    streams = BatchStreams(0, range(replicates), np.arange(3))
    options: dict[str, Any] = {"clock_factors": {}, "traits": Traits(), "broadcasts": (), "back_end": None} | given
    blocks, _ = lay_out(
        Contacts.of(contacts),
        rules,
        Ticks.uniform(1.0, 2.0),
        options["clock_factors"],
        streams,
        np.arange(3),
        options["traits"],
        options["broadcasts"],
        ["radio"].index,
        options["back_end"],
        options.get("stacked"),
    )
    return blocks


def test_only_equal_rules_that_say_so_share_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    def together(*rules: Rule, **given: Any) -> list[tuple[int, ...]]:
        return [block.rumors for block in laid(list(rules), **given)]

    assert together(MakiThompson(0.5), MakiThompson(0.5)) == [(0, 1)]
    assert together(MakiThompson(0.5), MakiThompson(0.6)) == [(0,), (1,)]
    assert together(MakiThompson(0.5), DaleyKendall(0.5), MakiThompson(0.5)) == [(0,), (1,), (2,)]
    assert together(ThresholdMemory(1.0), ThresholdMemory(1.0)) == [(0,), (1,)]
    assert together(MakiThompson(0.5), MakiThompson(0.5), stacked=False) == [(0,), (1,)]
    monkeypatch.setattr(layout, "_STACKED", 11)
    assert together(MakiThompson(0.5), MakiThompson(0.5)) == [(0,), (1,)], "twelve rows are too many"
    assert together(MakiThompson(0.5), MakiThompson(0.5), stacked=True) == [(0, 1)]


def test_both_layouts_draw_the_same_thresholds() -> None:
    (one,) = laid([MakiThompson(0.5), MakiThompson(0.5)])
    two = laid([MakiThompson(0.5), MakiThompson(0.5)], stacked=False)
    assert one.remaining.tolist() == [*two[0].remaining.tolist(), *two[1].remaining.tolist()]
    streams = BatchStreams(0, range(2), np.arange(3))
    assert two[1].remaining.tolist() == streams.exponential("hear", np.arange(6), 1).tolist()
    assert (one.n_rows, one.n_rows_each, two[0].n_rows) == (12, 6, 6)
    assert len(one.pressures.of_tellers[0]) == 12


def test_calendar_factors_by_clock_and_rumor() -> None:
    layers = [
        TieLayer("a", NET, clock="day"),
        TieLayer("b", NET, clock="night"),
        TieLayer("c", NET, clock="off", rate=0.0),
    ]
    factors = {"day": np.array([0.5, 2.0]), "night": np.array([[1.0, 3.0], [0.0, 4.0]]), "off": np.array([9.0, 9.0])}
    rules: list[Rule] = [MakiThompson(0.5), MakiThompson(0.5)]
    (one,) = laid(rules, Contacts(3, layers), clock_factors=factors)
    assert one.clock_factor.tolist() == [[[0.5, 2.0], [1.0, 3.0], [0.0, 0.0]], [[0.5, 2.0], [0.0, 4.0], [0.0, 0.0]]]
    assert laid(rules, Contacts(3, layers))[0].clock_factor.tolist() == [[[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]] * 2


def test_receptivity_divides_thresholds_and_chances_are_repeated() -> None:
    plain = laid([MakiThompson(0.5), MakiThompson(0.5)])[0]
    traits = Traits(receptivity=np.array([[1.0, 2.0, 0.0], [0.5, 1.0, 1.0]]), tell_prob=np.array([0.25, 1.0, 0.5]))
    one = laid([MakiThompson(0.5), MakiThompson(0.5)], traits=traits)[0]
    with np.errstate(divide="ignore"):
        scale = np.float32(1) / np.array([1, 2, 0, 1, 2, 0, 0.5, 1, 1, 0.5, 1, 1], np.float32)
    assert one.remaining.tolist() == (plain.remaining * scale).tolist()
    assert np.isinf(one.remaining[[2, 5]]).all()
    assert one.tell_prob is not None
    assert one.tell_prob.tolist() == [0.25, 1.0, 0.5] * 4
    assert plain.tell_prob is None


def test_broadcasts_and_talk_reach_the_blocks() -> None:
    radio = [Broadcast(1, "radio", np.array([2]), np.ones(1), 1.0)]
    two = laid([MakiThompson(0.5), MakiThompson(0.6)], broadcasts=radio, traits=Traits(talk=np.array([16, 32, 8])))
    assert [len(block.broadcasts) for block in two] == [0, 1]
    assert two[1].broadcasts[0].rows.tolist() == [2, 5]
    assert two[0].pressures.talk is not None
    assert two[0].pressures.talk.tolist() == [16, 32, 8] * 2


def test_what_is_refused() -> None:
    for given, word in (({"back_end": "fast"}, "back_end"), ({"stacked": 1}, "stacked")):
        with pytest.raises(CoreError, match=word):
            laid([MakiThompson(0.5)], **given)
    for couplings in (np.ones((2, 3)), [[1.0, -1.0], [1.0, 1.0]], [[1.0, 1e-40], [1.0, 1.0]]):
        with pytest.raises(CoreError, match="couplings"):
            scales_of(couplings, 2)


def test_couplings_scale_what_is_left_by_their_inverse() -> None:
    found = scales_of([[7.0, 4.0, 1.0], [1.0, 1.0, 0.0], [0.5, 1.0, 1.0]], 3)
    assert found == {0: [(1, 0.25, False)], 1: [(2, np.inf, False)], 2: [(0, 2.0, False)]}
    assert scales_of(None, 3) == {}


def test_only_large_couplings_pay_for_a_floor() -> None:
    floors = {other: floor for other, _, floor in scales_of([[1, 1e5, 1e5], [1, 1, 1e5], [1, 0.5, 1]], 3)[0]}
    assert floors == {1: False, 2: True}
