"""The dates beside the archive are those of the run, of the priors, and of the documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim import catalog
from rumorsim.ensemble import verdict_rows
from rumorsim.ensemble.score import Factor, Score
from rumorsim.errors import PlotError
from rumorsim.plot import verdict_figure
from rumorsim.plot.style import ARCHIVE, SIMULATED, day_number
from rumorsim.plot.verdict import dated_rows


def days(dates: Any) -> list[str]:
    return [str(date)[8:] for date in dates.astype("M8[D]").astype(str).tolist() if date != "NaT"]


def test_rows_are_the_dated_targets_of_the_run(ensemble: Any) -> None:
    rows = {row.target.id: row for row in dated_rows(ensemble)}
    assert {"T01", "T02", "T11", "T12", "T13", "T14"} == set(rows), "the alarm is set by the scenario"
    assert all(str(row.day) == str(catalog.targets()[name].value) for name, row in rows.items())
    assert days(rows["T01"].dates) == ["15", "16", "17", "18", "19"]
    assert days(rows["T02"].dates) == ["16", "17", "18", "19", "20"]
    assert days(rows["T01"].prior) == ["19"], "of the priors one replicate has two reports before the letter"
    assert np.isnat(rows["T11"].dates).all()
    assert rows["T02"].text == "Two district reports, later: Tirana conference"


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
    assert np.floor(np.asarray(own.get_xdata())).tolist() == [105.0, 106.0, 107.0, 108.0, 109.0]
    bars = [float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_color() == ARCHIVE]
    assert bars[place] == float(day_number(np.datetime64("1956-04-18T12:00")))
    assert "18 April (Berat)" in [text.get_text() for text in axes.texts]


def factor(chance: Any, random: float) -> Factor:
    nothing = np.zeros(5)
    return Factor((catalog.targets()["T13"],), np.array(chance), np.full(5, random), {}, nothing, nothing, 0)


@pytest.mark.parametrize(
    ("chance", "random", "said"),
    [
        ([0.2] * 5, 0.1, "together 2.0 times better than random dates"),
        ([0.2] * 5, 0.0001, "together 2,000 times better than random dates"),
        ([0.2] * 5, 0.6, "together 3.0 times worse than random dates"),
        ([0.0] * 5, 0.1, "together: never"),
        ([0.0, 0.0, 0.0, 0.0, 0.9], 0.1, "together: not resolved by 5 replicates"),
    ],
)
def test_the_message_says_the_joint_truth_and_the_misses(ensemble: Any, chance: Any, random: float, said: str) -> None:
    ensemble.score = Score((factor(chance, random),))
    words = [row.verdict for row in dated_rows(ensemble)]
    counts = [words.count(word) for word in ("expected", "possible", "unlikely")]
    assert counts == [1, 1, 4]
    figure = verdict_figure(ensemble)
    message = " ".join(figure.texts[0].get_text().split())
    assert message == f"{counts[0]} of 6 dates expected, {counts[1]} possible, {counts[2]} unlikely; {said}"
    assert "nats" in figure.texts[2].get_text()


def test_priors_are_drawn_only_where_there_are_some(ensemble: Any) -> None:
    assert "priors" in verdict_figure(ensemble).texts[2].get_text()
    ensemble.prior = None
    assert "priors" not in verdict_figure(ensemble).texts[2].get_text()


def test_a_run_without_dated_documents_is_refused(ensemble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rumorsim.plot.verdict.not_covered", lambda ensemble, target: "no")
    with pytest.raises(PlotError, match="no dated document"):
        verdict_figure(ensemble)
