"""Maps: cells belong to their seats, colors to the shares, and days to the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.path import Path

from rumorsim import catalog
from rumorsim.archive.compare import order_statistics
from rumorsim.errors import PlotError
from rumorsim.plot import map_figure
from rumorsim.plot.geometry import bounds, district_cells, neighbor_paths, outline_path, project, seats
from rumorsim.plot.map import dates_to_show, district_shares

CONFERENCE = "tirana_conference"


def test_every_point_of_the_country_lies_in_the_cell_of_the_nearest_seat() -> None:
    west, east, south, north = bounds()
    x, y = np.meshgrid(np.linspace(west, east, 40), np.linspace(south, north, 60))
    points = np.column_stack([x.ravel(), y.ravel()])
    points = points[outline_path().contains_points(points)]
    assert len(points) > 500
    away = np.hypot(points[:, None, 0] - seats()[:, 0], points[:, None, 1] - seats()[:, 1])
    inside = np.array([Path(cell).contains_points(points) for cell in district_cells()])
    assert (inside.sum(axis=0) == 1).all()
    assert (inside.argmax(axis=0) == away.argmin(axis=1)).all()


def test_seats_lie_in_the_country_and_tirana_is_right_of_durres() -> None:
    names = list(catalog.districts())
    # Towns on the coast or at a lake may lie a little outside the outline drawn at 1:10 million.
    inside = [outline_path().contains_points(seats(), radius=radius) for radius in (-4.0, 4.0)]
    assert (inside[0] | inside[1]).all()
    assert seats()[names.index("Tiranë")][0] > seats()[names.index("Durrës")][0]
    assert seats()[names.index("Shkodër")][1] > seats()[names.index("Gjirokastër")][1]


def test_a_degree_of_latitude_is_111_km() -> None:
    (_, south), (_, north) = project([20.0, 20.0], [41.0, 42.0])
    assert north - south == pytest.approx(111.2)
    (west, _), (east, _) = project([20.0, 21.0], [41.15, 41.15])
    assert east - west == pytest.approx(83.7, abs=0.1)


def test_neighbors_come_into_the_map_but_not_all_of_italy_or_greece() -> None:
    assert 4 <= len(neighbor_paths()) <= 8


def test_colors_are_the_median_shares(ensemble: Any) -> None:
    figure = map_figure(ensemble, CONFERENCE, ["1956-04-18", "1956-04-25", "1956-05-02"])
    for panel, day in zip(figure.axes[:3], ("1956-04-18", "1956-04-25", "1956-05-02"), strict=True):
        cells = next(artist for artist in panel.collections if isinstance(artist, PolyCollection))
        colored = np.asarray(cells.get_array()).tolist()
        for name, value in zip(catalog.districts(), colored, strict=True):
            shares = ensemble.share_aware(CONFERENCE, on=day, place=name)
            assert value == order_statistics(shares, (0.5,))[0]


def test_a_district_is_not_its_seat_alone(ensemble: Any) -> None:
    row = list(catalog.districts()).index("Fier")
    expected = ensemble.share_aware(CONFERENCE, on="1956-04-20", place="Fier")
    assert district_shares(ensemble, CONFERENCE)[row, 19] == order_statistics(expected, (0.5,))[0]


def test_days_are_ascending_and_hold_the_reports(ensemble: Any) -> None:
    days = [str(day) for day in dates_to_show(ensemble, CONFERENCE)]
    assert len(days) == 6
    assert days == sorted(set(days))
    assert {"1956-04-18", "1956-04-20"} <= set(days)


def test_diamonds_appear_with_the_report(ensemble: Any) -> None:
    figure = map_figure(ensemble, CONFERENCE, ["1956-04-17", "1956-04-18", "1956-04-20"])
    counts = [sum(line.get_marker() == "D" for line in panel.lines) for panel in figure.axes[:3]]
    assert counts == [0, 1, 2]
    assert [text.get_text() for text in figure.axes[1].texts if text.get_text() in ("Berat", "Fier")] == ["Berat"]


def test_names_are_albanian_and_the_foot_says_schematic(ensemble: Any) -> None:
    figure = map_figure(ensemble, CONFERENCE)
    named = {text.get_text() for text in figure.axes[0].texts}
    assert {"Tiranë", "Shkodër", "Korçë", "Gjirokastër", "Vlorë"} <= named
    foot = figure.texts[2].get_text().replace("\n", " ")
    assert "schematic, not boundaries" in foot
    assert "present-day outline (Natural Earth)" in foot


@pytest.mark.parametrize(
    "dates",
    [[], ["1956-04-20", "1956-04-18"], ["1956-03-01"], ["1956-06-01"], ["1956-04-18", "1956-04-18"]],
)
def test_wrong_days_are_refused(ensemble: Any, dates: list[str]) -> None:
    with pytest.raises(PlotError):
        map_figure(ensemble, CONFERENCE, dates)


def test_a_rumor_nobody_heard_has_a_map(ensemble: Any) -> None:
    assert "reached no district" in map_figure(ensemble, "elite_privileges").texts[0].get_text()
