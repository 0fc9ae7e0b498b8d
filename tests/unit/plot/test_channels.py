"""First hearings are counted once, on their day, in their group of channels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.container import BarContainer

from rumorsim.errors import PlotError
from rumorsim.model import RunRecord
from rumorsim.plot import channel_figure
from rumorsim.plot.channels import GROUPS, daily_hearings, group_shares, median_replicate
from rumorsim.scenario.words import CHANNELS

CONFERENCE = "tirana_conference"


def test_hearings_are_counted_once_on_their_day(record: RunRecord, chain: list[int]) -> None:
    days, counts = daily_hearings(record, CONFERENCE)
    row = record.rumors.index(CONFERENCE)
    expected = np.zeros_like(counts)
    for person in range(record.heard_tick.shape[1]):
        tick = int(record.heard_tick[row, person])
        day = int((record.tick_start[tick].astype("M8[D]") - days[0]).astype(int))
        channel = CHANNELS[record.channel[row, person]]
        group = next(k for k, (names, _, _) in enumerate(GROUPS.values()) if channel in names)
        expected[group, day] += 1
    assert counts.tolist() == expected.tolist()
    assert (str(days[0]), str(days[-1]), len(days)) == ("1956-04-01", "1956-05-31", 61)


def test_who_knew_at_the_start_or_never_hears_is_left_out(record: RunRecord, chain: list[int]) -> None:
    heard = record.heard_tick.copy()
    row = record.rumors.index(CONFERENCE)
    heard[row, chain[0]], heard[row, chain[1]] = -1, 32767
    before = daily_hearings(record, CONFERENCE)[1].sum()
    assert daily_hearings(replace(record, heard_tick=heard), CONFERENCE)[1].sum() == before - 2


def test_a_hearing_at_the_end_of_the_run_is_counted(record: RunRecord, chain: list[int]) -> None:
    heard = record.heard_tick.copy()
    heard[record.rumors.index(CONFERENCE), chain[0]] = len(record.tick_start) - 2
    assert daily_hearings(replace(record, heard_tick=heard), CONFERENCE)[1][:, -1].sum() == 1


def test_bars_are_the_counts(ensemble: Any, record: RunRecord) -> None:
    axes = channel_figure(ensemble, CONFERENCE).axes[0]
    drawn = sum(patch.get_height() for bars in axes.containers if isinstance(bars, BarContainer) for patch in bars)
    assert drawn == record.heard_tick.shape[1]


def test_shares_of_all_replicates_are_those_of_the_run(ensemble: Any) -> None:
    shares = group_shares(ensemble.channel_shares(CONFERENCE))
    assert shares.sum() == pytest.approx(1.0)
    panel = channel_figure(ensemble, CONFERENCE).axes[1]
    widths = [patch.get_width() for bars in panel.containers if isinstance(bars, BarContainer) for patch in bars]
    assert widths == [share for share in shares.tolist() if share]


def test_the_median_replicate_is_in_the_middle(ensemble: Any) -> None:
    assert median_replicate(ensemble, CONFERENCE) == 2


def test_the_replicate_drawn_is_named(ensemble: Any) -> None:
    assert "replicate 2, the one nearest to the median" in channel_figure(ensemble, CONFERENCE).texts[2].get_text()


def test_a_rumor_nobody_heard_is_refused(ensemble: Any) -> None:
    with pytest.raises(PlotError, match="nobody heard"):
        channel_figure(ensemble, "elite_privileges")


def test_a_rumor_that_was_not_followed_is_refused(record: RunRecord) -> None:
    with pytest.raises(PlotError, match="rumor of this run"):
        daily_hearings(record, "reform_hopes")
