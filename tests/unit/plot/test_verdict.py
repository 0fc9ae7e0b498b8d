"""The dates beside the archive are those of the run, of the priors, and of the documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.ensemble import verdict_rows
from rumorsim.errors import PlotError
from rumorsim.plot import verdict_figure
from rumorsim.plot.style import ARCHIVE, SIMULATED, day_number
from rumorsim.plot.verdict import dated_rows


def test_rows_are_the_dated_targets_of_the_run(ensemble: Any) -> None:
    rows = {row.target.id: row for row in dated_rows(ensemble)}
    assert {"T01", "T02", "T03", "T11"} <= set(rows)
    assert all(str(row.day) == str(catalog.targets()[name].value) for name, row in rows.items())
    assert rows["T01"].dates.astype("M8[D]").astype(str).tolist() == [f"1956-04-{day}" for day in range(17, 22)]
    assert rows["T01"].prior.astype("M8[D]").astype(str).tolist() == [f"1956-04-{day}" for day in range(21, 24)]
    assert np.isnat(rows["T02"].dates).all()


def test_verdicts_are_those_of_the_table(ensemble: Any) -> None:
    table = {row.id: row.verdict for row in verdict_rows(ensemble)}
    for row in dated_rows(ensemble):
        assert row.verdict == table[row.target.id]


def test_dots_and_archive_dates_are_drawn(ensemble: Any) -> None:
    rows = dated_rows(ensemble)
    axes = verdict_figure(ensemble).axes[0]
    place = next(k for k, row in enumerate(rows) if row.target.id == "T01")
    dots = [line for line in axes.lines if line.get_marker() == "o" and line.get_color() == SIMULATED]
    own = [line for line in dots if len(line.get_xdata()) == 5][place]
    assert np.floor(np.asarray(own.get_xdata())).tolist() == [107.0, 108.0, 109.0, 110.0, 111.0]
    bars = [float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_color() == ARCHIVE]
    assert bars[place] == float(day_number(np.datetime64("1956-04-18T12:00")))


def test_the_message_counts_the_rows(ensemble: Any) -> None:
    rows = dated_rows(ensemble)
    met = sum(row.verdict == "met" for row in rows)
    assert verdict_figure(ensemble).texts[0].get_text().startswith(f"{met} of {len(rows)} dates")


def test_priors_are_drawn_only_where_there_are_some(ensemble: Any) -> None:
    assert "priors" in verdict_figure(ensemble).texts[2].get_text()
    ensemble.prior = None
    assert "priors" not in verdict_figure(ensemble).texts[2].get_text()


def test_a_run_without_dated_documents_is_refused(ensemble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rumorsim.plot.verdict.not_covered", lambda ensemble, target: "no")
    with pytest.raises(PlotError, match="no dated document"):
        verdict_figure(ensemble)
