"""Numbers printed for people are written out and possible; durations are told in units that do not mislead."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rumorsim.cli.sensitivity import _figure, _noise_text
from rumorsim.cli.sweep import number_text
from rumorsim.plot.path import waiting_text
from rumorsim.study import compare
from rumorsim.study.sensitivity.analysis import _notes
from rumorsim.study.sensitivity.noise import Noise


@pytest.mark.fault("5.11")
@pytest.mark.parametrize("own", [1.0, 1e-4, 0.5, 1e3])
def test_noise_is_written_out(own: float) -> None:
    text = _noise_text(SimpleNamespace(noise=Noise(2, 1e-9, 0.0, own)))  # type: ignore[arg-type]
    assert "e+" not in text
    assert "e-" not in text
    assert "100%" not in text, "nearly all is not all"


@pytest.mark.fault("5.11")
@pytest.mark.parametrize("value", [99.96, 123456.0, 1.5e7, -3e5, 1e12])
def test_no_number_for_people_has_an_exponent(value: float) -> None:
    assert "e" not in number_text(value)
    assert "e" not in _figure(value) + _figure(-value, sign=True)


@pytest.mark.fault("5.12")
@pytest.mark.parametrize("between", [1e-17, 1e-9])
def test_more_replicates_than_can_be_run_are_not_counted_out(between: float) -> None:
    found = SimpleNamespace(noise=Noise(2, between, 0.0, 1.0), constant=False, dropped=0)
    (note,) = _notes(found, "variance", 8, 0.0, 60.0)  # type: ignore[arg-type]
    assert "000,000" not in note
    assert "more replicates than can be run" in note


@pytest.mark.fault("5.13")
def test_a_difference_of_shares_stays_between_minus_one_and_one() -> None:
    import rumorsim as rs

    scenario = rs.load_scenario("maki-thompson").replace({"population.size": 60})
    found = compare(scenario, scenario.replace({"population.size": 8}), replicates=2, replays=0)
    shares = [row for row in found.rows if row.quantity in ("share_aware", "report_exists")]
    assert all(-1.0 <= row.low <= row.difference <= row.high <= 1.0 for row in shares)
    _, low, high = found.curve("secret_speech")
    assert low.min() >= -1.0
    assert high.max() <= 1.0
    assert any("cut off at 100 percentage points" in note for note in found.notes)


@pytest.mark.fault("5.15")
@pytest.mark.parametrize(("hours", "text"), [(37, "37 hours"), (60, "60 hours"), (71, "71 hours"), (73, "3 days")])
def test_hours_are_hours_below_three_days(hours: int, text: str) -> None:
    begin = np.datetime64("1956-04-14T10:00")
    assert waiting_text(begin, begin + np.timedelta64(hours, "h")) == f"{text} later"
