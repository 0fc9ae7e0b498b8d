"""Forecasts rest on more than two runs, and the count says what it counts."""

from __future__ import annotations

import pytest

from rumorsim.cli import progress


@pytest.mark.fault("5.10")
@pytest.mark.parametrize("slow", [60.0, 600.0])
def test_a_slow_start_does_not_make_hours_of_minutes(slow: float, capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with progress.Lines(clock=lambda: now[0]) as report:
        report(0, 120)
        now[0] = slow  # the first two pay for starting up
        report(1, 120)
        for done in range(2, 120):
            now[0] += 10.0
            report(done, 120)
    lines = [line for line in capsys.readouterr().err.splitlines() if "left" in line]
    assert lines
    assert " h left" not in "".join(lines)
    assert "12 of 120 replicates, about 18 min left" in lines


@pytest.mark.fault("5.10")
def test_one_or_two_runs_are_no_forecast(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with progress.Lines(clock=lambda: now[0]) as report:
        for done in range(3):
            report(done, 10)
            now[0] += 100.0
    assert "left" not in capsys.readouterr().err
