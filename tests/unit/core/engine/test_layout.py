"""Laying rumors into blocks: who shares one, and with what factors, chances and thresholds they start."""

from __future__ import annotations

from rumorsim.core.engine.layout import scales_of


def test_only_large_couplings_pay_for_a_floor() -> None:
    floors = {other: floor for other, _, floor in scales_of([[1, 1e5, 1e5], [1, 1, 1e5], [1, 0.5, 1]], 3)[0]}
    assert floors == {1: False, 2: True}
