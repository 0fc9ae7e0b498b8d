"""Where the news was on six days: maps of the country, its districts colored by the share of people who know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection, PolyCollection
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.errors import PlotError
from rumorsim.plot.geometry import bounds, district_cells, neighbor_paths, outline_path, seats
from rumorsim.plot.marks import Mark, event_marks, report_marks
from rumorsim.plot.style import (
    ARCHIVE,
    GRAY,
    INK,
    LIGHT,
    RUMOR_NAMES,
    SMALLEST,
    archive_text,
    bands,
    day_text,
    figure_of,
    percent,
    quiet_axes,
    run_text,
    style,
)

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble

__all__ = ["LAND", "SEA", "dates_to_show", "district_shares", "draw_country", "draw_shares", "map_figure"]

SEA: Final = "#eaf1f6"
LAND: Final = "#e4e4e4"
_COLORS: Final = "YlGnBu"
_PANELS: Final = 6
#: Shares of the way from nothing to the final share at which a map is drawn.
_STEPS: Final = (0.01, 0.06, 0.15, 0.25, 0.4, 0.55, 0.7, 0.95)
#: Districts whose seats are named on the first map, and the side of the point on which there is room.
_NAMED: Final = (
    ("Shkodër", "right"),
    ("Tiranë", "right"),
    ("Korçë", "left"),
    ("Vlorë", "right"),
    ("Gjirokastër", "right"),
)
#: A name stands to the left of its diamond if another one follows within so many km to the east.
_NEAR: Final = 60.0
_TICKS: Final = (0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 1.0)
_ONE_DAY: Final = np.timedelta64(1, "D")


def district_shares(ensemble: Ensemble, rumor: str) -> NDArray[np.float64]:
    """Return the median share aware in each district at the end of each day.

    Returns
    -------
    (n_districts, n_days) float64
        Districts in the order of the catalog; NaN where nobody lives.
    """
    found = np.full((len(catalog.districts()), ensemble.frame.n_days), np.nan)
    for row, name in enumerate(catalog.districts()):
        if ensemble.has_people(name):
            found[row] = bands(ensemble.curve(rumor, name), (0.5,))[0]
    return found


def dates_to_show(ensemble: Ensemble, rumor: str, number: int = _PANELS) -> tuple[np.datetime64, ...]:
    """Return the days of the maps: those of dated reports, and others on which the news has come a further step.

    Parameters
    ----------
    ensemble : Ensemble
    rumor : str
    number : how many days.
    """
    median = bands(ensemble.curve(rumor), (0.5,))[0]
    start, stop = ensemble.frame.start, ensemble.frame.stop
    days = np.arange(start, stop + _ONE_DAY)
    gain = median - median[0]
    steps = [int(np.argmax(gain >= step * gain[-1])) for step in _STEPS] if gain[-1] > 0 else []
    reached = [days[step] for step in steps]
    reported = [mark.first for mark in report_marks(rumor, start, stop)]
    near = [day for day in reported if reached and reached[0] < day <= reached[-1]]
    chosen: list[np.datetime64] = sorted({*near, *reached[:1], *reached[-1:]})[:number]
    color = dict(zip(days.tolist(), np.sqrt(np.maximum(median, 0.0)).tolist(), strict=True))
    while len(chosen) < number and set(reached) - set(chosen):
        # The next map is the one whose colors differ most from those already there.
        further = sorted(set(reached) - set(chosen))
        gaps = [min(abs(color[day.item()] - color[other.item()]) for other in chosen) for day in further]
        chosen.append(further[int(np.argmax(gaps))])
    spread = np.linspace(0, len(days) - 1, 2 * number).astype(np.int64)
    for day in days[spread]:
        if len(chosen) < min(number, len(days)) and day not in chosen and day > min(chosen, default=start):
            chosen.append(day)
    return tuple(sorted(chosen))


def draw_country(axes: Axes, *, land: str = LAND) -> None:
    """Draw sea and neighbors and set the limits of a map; the country itself is left to the caller."""
    west, east, south, north = bounds()
    quiet_axes(axes)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("equal")
    axes.add_patch(Rectangle((west, south), east - west, north - south, facecolor=SEA, edgecolor="none", zorder=0))
    around = [PathPatch(path) for path in neighbor_paths()]
    axes.add_collection(PatchCollection(around, facecolor=land, edgecolor="white", linewidth=0.8, zorder=1))


def draw_shares(axes: Axes, shares: NDArray[Any], norm: Normalize) -> None:
    """Draw a map with its districts colored by the share who know, (n_districts,); NaN where nobody lives."""
    draw_country(axes)
    cells = PolyCollection(list(district_cells()), array=np.ma.masked_invalid(shares), cmap=_COLORS, norm=norm)
    cells.set(edgecolor=LIGHT, linewidth=0.6, zorder=2)
    axes.add_collection(cells)
    cells.set_clip_path(outline_path(), axes.transData)
    axes.add_patch(PathPatch(outline_path(), facecolor="none", edgecolor=INK, linewidth=0.9, zorder=3))


def map_figure(ensemble: Ensemble, rumor: str, dates: Sequence[Any] | None = None) -> Figure:
    """Draw where the news was on some days: districts as schematic cells, colored by the median share who know.

    Parameters
    ----------
    ensemble : Ensemble
        A run of the party.
    rumor : str
        A rumor of the run.
    dates : days of the run
        At most six, ascending; `dates_to_show` by default.

    Raises
    ------
    PlotError
        For a run without places, and for days that are too many, out of order or outside the run.
    """
    if ensemble.scenario.population != "party":
        raise PlotError("a map needs a run of the party", given=ensemble.scenario.population, allowed=("party",))
    chosen = dates_to_show(ensemble, rumor) if dates is None else _checked(ensemble, dates)
    shares = district_shares(ensemble, rumor)
    median = bands(ensemble.curve(rumor), (0.5,))[0]
    reports = [one for one in report_marks(rumor, ensemble.frame.start, ensemble.frame.stop) if _district(one) >= 0]
    columns = [int((day - ensemble.frame.start) / _ONE_DAY) for day in chosen]
    norm = PowerNorm(0.5, 0.0, 1.0)
    with style():
        figure = figure_of(
            ensemble,
            _message(shares, median, chosen, columns),
            f"Share of people in each district who know of {RUMOR_NAMES[rumor]}, end of the day, 1956",
            _caption(ensemble, reports, chosen),
        )
        grid = figure.add_gridspec(1, _PANELS, left=0.03, right=0.97, bottom=0.185, top=0.8, wspace=0.03)
        before = ensemble.frame.start
        for number, (day, column) in enumerate(zip(chosen, columns, strict=True)):
            axes = figure.add_subplot(grid[number])
            there = [mark for mark in reports if mark.first <= day]
            _draw_map(axes, shares[:, column], norm, there, [mark for mark in there if mark.first > before])
            if number == 0:
                _name_towns(axes, [_district(mark) for mark in there])
            axes.set_title(day_text(day), fontweight="bold", fontsize=13, pad=22)
            said = _above(ensemble, rumor, day, float(median[column]))
            axes.text(0.0, 1.012, said, transform=axes.transAxes, fontsize=SMALLEST, color=GRAY, va="bottom")
            before = day
        _color_bar(figure, norm)
    return figure


def _checked(ensemble: Ensemble, dates: Sequence[Any]) -> tuple[np.datetime64, ...]:
    days = tuple(np.datetime64(str(day)[:10], "D") for day in dates)
    first, last = ensemble.frame.start, ensemble.frame.stop
    if not 1 <= len(days) <= _PANELS:
        raise PlotError("wrong number of maps", given=len(days), allowed=f"1 to {_PANELS}")
    if list(days) != sorted(set(days)) or days[0] < first or days[-1] > last:
        raise PlotError("wrong days of maps", given=[str(day) for day in days], allowed=f"ascending, {first} to {last}")
    return days


def _above(ensemble: Ensemble, rumor: str, day: np.datetime64, known: float) -> str:
    for mark in event_marks(ensemble.scenario, rumor):
        if mark.first <= day <= mark.last:
            return f"party {percent(known)} · {mark.text.split(',')[0]}"
    return f"party {percent(known)}"


def _district(mark: Mark) -> int:
    names = list(catalog.districts())
    place = catalog.places().get(mark.place)
    return names.index(place.district) if place is not None and place.district in names else -1


def _color_bar(figure: Figure, norm: Normalize) -> None:
    bar = figure.add_axes((0.12, 0.135, 0.5, 0.02))
    scale = figure.colorbar(ScalarMappable(norm, _COLORS), cax=bar, orientation="horizontal", ticks=list(_TICKS))
    bar.set_xticks(list(_TICKS), [percent(tick) for tick in _TICKS], fontsize=10)
    bar.minorticks_off()
    scale.outline.set_visible(False)
    figure.text(0.11, 0.145, "who know", fontsize=10, ha="right", va="center")


def _draw_map(
    axes: Axes, shares: NDArray[Any], norm: Normalize, reports: Sequence[Mark], fresh: Sequence[Mark]
) -> None:
    draw_shares(axes, shares, norm)
    for mark in reports:
        x, y = seats()[_district(mark)]
        axes.plot([x], [y], marker="D", markersize=7, color=ARCHIVE, markeredgecolor="white", zorder=6)
        if mark in fresh:
            near = [float(seats()[_district(one)][0]) - x for one in reports]
            side = "left" if any(0.0 < away < _NEAR for away in near) else "right"
            _name(axes, x, y, list(catalog.districts())[_district(mark)], side, ARCHIVE)


def _name(axes: Axes, x: float, y: float, name: str, side: str, color: str = INK) -> None:
    axes.annotate(
        name,
        (x, y),
        xytext=(6 if side == "right" else -6, 0),
        textcoords="offset points",
        ha="left" if side == "right" else "right",
        va="center_baseline",
        fontsize=10,
        color=color,
        zorder=7,
        path_effects=[withStroke(linewidth=2.5, foreground="white")],
    )


def _name_towns(axes: Axes, already: Sequence[int]) -> None:
    """Name some seats for orientation, apart from those that carry a report."""
    names = list(catalog.districts())
    for district, side in _NAMED:
        row = names.index(district)
        if row not in already:
            x, y = seats()[row].tolist()
            axes.plot([x], [y], marker="o", markersize=3.5, color=INK, markeredgecolor="white", zorder=5)
            _name(axes, x, y, catalog.districts()[district].seat, side)


def _message(
    shares: NDArray[Any], median: NDArray[Any], chosen: Sequence[np.datetime64], columns: Sequence[int]
) -> str:
    """Return the sentence of the figure: how far apart the districts are when the news is half way."""
    final = float(median[-1])
    if not final > 0.0:
        return "In the model, the news reached no district"
    which = int(np.argmin([abs(float(median[column]) - 0.5 * final) for column in columns]))
    now = shares[:, columns[which]]
    names = list(catalog.districts())
    unaware = int((now == 0.0).sum())
    low, high = int(np.nanargmin(now)), int(np.nanargmax(now))
    if unaware > 1:
        there = int(np.isfinite(now).sum())
        return (
            f"In the model, {unaware} of {there} districts had typically heard nothing by {day_text(chosen[which])}; "
            f"in {names[high]} {percent(float(now[high]))} knew"
        )
    return (
        f"In the model, districts on {day_text(chosen[which])} ranged from {percent(float(now[low]))} who knew "
        f"({names[low]}) to {percent(float(now[high]))} ({names[high]})"
    )


def _caption(ensemble: Ensemble, reports: Sequence[Mark], chosen: Sequence[np.datetime64]) -> list[str]:
    lines = [run_text(ensemble) + ". Color: median of the replicates."]
    written = [mark.text for mark in reports if mark.first <= chosen[-1]]
    if written:
        lines.append(f"{archive_text()} Diamonds: {'; '.join(written)}.")
    lines.append(
        "District cells are schematic, not boundaries: the area nearest to each of the 26 later district seats, with "
        "present-day outline (Natural Earth). Big cells need not hold many people."
    )
    return lines
