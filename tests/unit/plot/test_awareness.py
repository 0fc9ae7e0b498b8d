"""Ribbons show the order statistics of the replicates, and marked dates are those of the archive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rumorsim.archive.compare import order_statistics
from rumorsim.errors import PlotError, QueryError
from rumorsim.plot import awareness_figure
from rumorsim.plot.awareness import places_to_show, ribbon
from rumorsim.plot.style import ARCHIVE, SIMULATED, day_number

CONFERENCE = "tirana_conference"


def test_ribbon_is_made_of_order_statistics(ensemble: Any) -> None:
    x, shares = ribbon(ensemble, CONFERENCE, "Berat")
    assert x[0] == float(day_number(np.datetime64("1956-04-01")))
    assert shares[:, 0].tolist() == [0.0] * 5
    for day in ("1956-04-18", "1956-04-24", "1956-05-31"):
        column = int(float(day_number(np.datetime64(day))) + 1.0 - x[0])
        assert shares[:, column].tolist() == order_statistics(ensemble.share_aware(CONFERENCE, on=day, place="Berat"))


def test_the_median_is_drawn(ensemble: Any) -> None:
    axes = awareness_figure(ensemble, CONFERENCE, ["Berat", "Fier"]).axes
    for place, panel in ((None, axes[0]), ("Berat", axes[1]), ("Fier", axes[2])):
        x, shares = ribbon(ensemble, CONFERENCE, place)
        line = next(line for line in panel.lines if line.get_color() == SIMULATED and len(line.get_xdata()) > 2)
        assert np.asarray(line.get_xdata()).tolist() == x.tolist()
        assert np.asarray(line.get_ydata()).tolist() == shares[2].tolist()


def test_dated_reports_stand_in_the_panel_of_their_place(ensemble: Any) -> None:
    axes = awareness_figure(ensemble, CONFERENCE, ["Berat", "Fier", "Vlorë"]).axes
    dates = []
    for panel in axes[1:]:
        diamonds = [line for line in panel.lines if line.get_marker() == "D" and line.get_color() == ARCHIVE]
        dates.append([float(np.asarray(line.get_xdata())[0]) for line in diamonds])
    noon = {day: float(day_number(np.datetime64(f"{day}T12:00"))) for day in ("1956-04-18", "1956-04-20")}
    assert dates == [[noon["1956-04-18"]], [noon["1956-04-20"]], []]


def test_the_message_is_the_share_before_the_letter(ensemble: Any) -> None:
    title = awareness_figure(ensemble, CONFERENCE).texts[0].get_text()
    median = order_statistics(ensemble.share_aware(CONFERENCE, on="1956-04-20"), (0.5,))[0]
    assert f"{100 * median:.0f}% of the party" in title.replace("\n", " ")
    assert "21 April" in title


def test_captions_say_what_is_simulated_and_what_is_archive(ensemble: Any) -> None:
    caption = awareness_figure(ensemble, CONFERENCE).texts[2].get_text()
    for words in ("Simulated", "5 replicates", "seed 1956", "at its set value", "Archive", "Mëhilli"):
        assert words in caption


def test_places_with_reports_come_first(ensemble: Any) -> None:
    places = places_to_show(ensemble, CONFERENCE)
    assert places[0] == "tirane"
    assert {"berat", "fier", "vlore"} <= set(places)
    assert len(places) == len(set(places)) == 6


def test_too_many_places_are_refused(ensemble: Any) -> None:
    with pytest.raises(PlotError, match="at most 6"):
        awareness_figure(ensemble, CONFERENCE, ["Berat"] * 7)


def test_a_rumor_that_was_not_followed_is_refused(ensemble: Any) -> None:
    with pytest.raises(QueryError, match="rumor of this run"):
        awareness_figure(ensemble, "reform_hopes")
