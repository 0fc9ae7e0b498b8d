"""Who knew when: the share of people aware, day by day, in the whole party and in its places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble.places import places_within
from rumorsim.errors import PlotError
from rumorsim.plot.marks import Mark, draw_marks, event_marks, report_marks
from rumorsim.plot.style import (
    ARCHIVE,
    GRAY,
    LIGHT,
    PALE,
    RUMOR_NAMES,
    SIMULATED,
    SMALLEST,
    archive_text,
    bands,
    count_text,
    date_axis,
    day_number,
    day_text,
    figure_of,
    percent,
    run_text,
    style,
)

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble

__all__ = [
    "awareness_figure",
    "draw_ribbon",
    "percent_axis",
    "places_to_show",
    "ribbon",
    "ribbon_key",
    "shown_days",
]

#: How many places stand beside the whole party.
_PANELS: Final = 6
#: Shown where there is room and no dated report: the capital, then towns far from it to the north, south and east.
_OTHERWISE: Final = ("tirane", "vlore", "shkoder", "gjirokaster", "korce", "durres", "elbasan", "berat", "fier")
_ONE_DAY: Final = np.timedelta64(1, "D")


def ribbon(
    ensemble: Ensemble, rumor: str, place: str | None = None, role: str | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a ribbon is drawn from.

    Returns
    -------
    x : (n_days + 1,) float64
        Days since 1 January 1956: the start of the run, then the end of each day.
    shares : (5, n_days + 1) float64
        Order statistics `rumorsim.plot.style.BAND_SHARES` of the share aware.

    Raises
    ------
    QueryError
        For an unknown rumor, place or role, and where nobody lives.
    """
    before = ensemble.frame.start - _ONE_DAY
    initial = ensemble.share_aware(rumor, on=before, place=place, role=role)
    curves = np.column_stack([initial, ensemble.curve(rumor, place, role)])
    x = float(day_number(ensemble.frame.start)) + np.arange(curves.shape[1])
    return np.asarray(x, dtype=np.float64), bands(curves)


def draw_ribbon(axes: Axes, x: NDArray[Any], shares: NDArray[Any], color: str = SIMULATED) -> None:
    """Draw nine tenths of the replicates pale, half of them darker, the median as a line."""
    axes.fill_between(x, shares[0], shares[4], color=color, alpha=0.2, linewidth=0, zorder=1.5)
    axes.fill_between(x, shares[1], shares[3], color=color, alpha=0.35, linewidth=0, zorder=1.6)
    axes.plot(x, shares[2], color=color, linewidth=2.0, zorder=3, solid_capstyle="round")


def shown_days(
    x: NDArray[Any], shares: NDArray[Any], marks: Sequence[Mark], start: np.datetime64, stop: np.datetime64
) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last day worth showing: a little before the news breaks, until it is told out.

    Every mark stays in sight.
    """
    moves = np.flatnonzero((shares[4] > shares[4][0] + 0.002) | (shares[0] < shares[0][0]))
    settled = np.flatnonzero(shares[2] >= shares[2][-1] - 0.005)
    first = start + max(int(moves[0]) - 3 if len(moves) else 0, 0) * _ONE_DAY
    last = start + (int(settled[0]) + 3) * _ONE_DAY
    for mark in marks:
        first, last = min(first, mark.first - 2 * _ONE_DAY), max(last, mark.last + 3 * _ONE_DAY)
    return max(first, start), min(max(last, first + 7 * _ONE_DAY), stop)


def places_to_show(ensemble: Ensemble, rumor: str, number: int = _PANELS) -> tuple[str, ...]:
    """Return the places that stand beside the whole party: the capital, those with a dated report, then the largest.

    Parameters
    ----------
    ensemble : the run; places without people in it are left out.
    rumor : its reports come before those on other rumors.
    number : how many at most.

    Returns
    -------
    tuple of ids of the gazetteer, the capital first, the others from north to south.
    """
    gazetteer = catalog.places()
    start, stop = ensemble.frame.start, ensemble.frame.stop
    others = [name for name in ensemble.rumors if name != rumor]
    reported = [mark.place for name in (rumor, *others) for mark in report_marks(name, start, stop)]
    wanted = dict.fromkeys([_OTHERWISE[0], *reported, *_OTHERWISE[1:]])
    there = [place for place in wanted if place in gazetteer and ensemble.has_people(place)][:number]
    return (*there[:1], *sorted(there[1:], key=lambda place: (-gazetteer[place].lat, place)))


def awareness_figure(ensemble: Ensemble, rumor: str, places: Sequence[str] | None = None) -> Figure:
    """Draw who knew when: the whole party large, up to six places beside it, dated reports of the archive marked.

    Parameters
    ----------
    ensemble : Ensemble
    rumor : str
        A rumor of the run.
    places : ids or names of the gazetteer
        At most six; `places_to_show` by default.

    Raises
    ------
    PlotError
        For a run without places (see `rumorsim.plot.classic_figure`), and for more places than there is room.
    QueryError
        For a rumor that was not followed.
    """
    if ensemble.scenario.population != "party":
        raise PlotError("places need a run of the party", given=ensemble.scenario.population, allowed=("party",))
    if places is not None and len(places) > _PANELS:
        raise PlotError("too many places for one figure", given=len(places), allowed=f"at most {_PANELS}")
    shown = places_to_show(ensemble, rumor) if places is None else tuple(catalog.place(word).id for word in places)
    x, shares = ribbon(ensemble, rumor)
    reports = report_marks(rumor, ensemble.frame.start, ensemble.frame.stop)
    marks = [*event_marks(ensemble.scenario, rumor), *reports]
    first, last = shown_days(x, shares, marks, ensemble.frame.start, ensemble.frame.stop)
    with style():
        figure = figure_of(
            ensemble,
            _message(ensemble, rumor, x, shares),
            f"Share of people who know of {RUMOR_NAMES[rumor]}, end of each day, 1956",
            _caption(ensemble, reports),
        )
        ribbon_key(figure, 0.535, 0.897, reported=bool(reports))
        grid = figure.add_gridspec(1, 1, left=0.065, right=0.43, bottom=0.15, top=0.8)
        axes = figure.add_subplot(grid[0])
        date_axis(axes, first, last, most=5)
        percent_axis(axes, (0.0, 0.25, 0.5, 0.75, 1.0))
        draw_ribbon(axes, x, shares)
        axes.set_ylim(0.0, draw_marks(axes, marks, top=1.02, step=0.062, size=10.0, overflow=0.125))
        people = count_text(int(ensemble.frame.class_sizes.sum()))
        axes.set_title(f"Whole party, {people} people", fontweight="bold", fontsize=12.5, pad=8)
        rows = 3 if len(shown) > 4 else 2
        small = figure.add_gridspec(rows, 2, left=0.515, right=0.965, bottom=0.15, top=0.8, hspace=0.62, wspace=0.12)
        for number, place in enumerate(shown):
            axes = figure.add_subplot(small[number // 2, number % 2])
            _draw_place(axes, ensemble, rumor, place, reports, first, last)
            if number % 2:
                axes.tick_params(labelleft=False)
    return figure


def percent_axis(axes: Axes, ticks: Sequence[float]) -> None:
    """Make the y axis one of shares, with a pale line at each tick."""
    axes.set_ylim(0.0, 1.0)
    axes.yaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.yaxis.set_major_formatter(FixedFormatter([percent(tick) for tick in ticks]))
    for tick in ticks:
        axes.plot(
            [0, 1], [tick, tick], transform=axes.get_yaxis_transform(), color="#e3e3e3", linewidth=0.7, zorder=0.7
        )
    axes.spines["left"].set_bounds(0.0, 1.0)


def ribbon_key(figure: Figure, left: float, middle: float, *, reported: bool) -> None:
    """Say in one line above the axes what the parts of a ribbon mean; position in shares of the figure."""
    at, high = left, 0.022
    if reported:
        diamond: Any = {"marker": "D", "markersize": 6, "color": ARCHIVE, "linestyle": "none"}
        figure.add_artist(Line2D([at + 0.01], [middle], **diamond))
        figure.text(at + 0.022, middle, "dated report", fontsize=10.5, va="center_baseline", color=ARCHIVE)
    at += 0.108
    for text, alpha, width in (("9 of 10 replicates", 0.2, 0.145), ("half of them", 0.5, 0.112)):
        box = (at, middle - high / 2)
        figure.add_artist(Rectangle(box, 0.02, high, facecolor=SIMULATED, alpha=alpha, transform=figure.transFigure))
        figure.text(at + 0.025, middle, text, fontsize=10.5, va="center_baseline")
        at += width
    figure.add_artist(Line2D([at, at + 0.02], [middle, middle], color=SIMULATED, linewidth=2.0))
    figure.text(at + 0.025, middle, "median", fontsize=10.5, va="center_baseline")


def _draw_place(
    axes: Axes,
    ensemble: Ensemble,
    rumor: str,
    place: str,
    reports: Sequence[Mark],
    first: np.datetime64,
    last: np.datetime64,
) -> None:
    x, shares = ribbon(ensemble, rumor, place)
    date_axis(axes, first, last, most=4)
    percent_axis(axes, (0.0, 0.5, 1.0))
    for mark in event_marks(ensemble.scenario, rumor):
        end = float(day_number(mark.last)) + 1.0
        if mark.first != mark.last:
            axes.axvspan(float(day_number(mark.first)), end, facecolor=PALE, edgecolor="none", zorder=0.5)
        else:
            axes.plot([mark.middle] * 2, [0.0, 1.0], color=LIGHT, linewidth=1.0, zorder=1.2)
    draw_ribbon(axes, x, shares)
    people = int(ensemble.frame.class_sizes[places_within(place, ensemble.frame.places)].sum())
    name = axes.set_title(catalog.places()[place].name, fontweight="bold", fontsize=11.5, pad=5)
    beside: Any = {"textcoords": "offset points", "va": "baseline", "fontsize": SMALLEST}
    axes.annotate(
        f"{count_text(people)} people",
        (1.0, 1.0),
        xycoords=(name, "axes fraction"),
        xytext=(6, 5),
        color=GRAY,
        **beside,
    )
    own = [mark for mark in reports if mark.place == place]
    for mark in own:
        known = float(np.interp(mark.middle, x, shares[2]))
        axes.plot([mark.middle] * 2, [0.0, 1.0], color=ARCHIVE, linewidth=1.6, zorder=3.5)
        axes.plot([mark.middle], [known], marker="D", color=ARCHIVE, markersize=6, zorder=4, clip_on=False)
    if own:
        known = float(np.interp(own[0].middle, x, shares[2]))
        beside |= {"ha": "right", "xycoords": "axes fraction"}
        value = axes.annotate(percent(known), (1.0, 1.0), xytext=(0, 5), color=SIMULATED, **beside)
        beside["xycoords"] = (value, "axes fraction")
        axes.annotate(f"{day_text(own[0].first)}:", (0.0, 1.0), xytext=(-4, 5), color=ARCHIVE, **beside)


def _message(ensemble: Ensemble, rumor: str, x: NDArray[Any], shares: NDArray[Any]) -> str:
    """Return the one sentence the figure says, from its data."""
    name = RUMOR_NAMES[rumor]
    letters = [event for event in ensemble.scenario.events_of("letter") if rumor in event.rumors_named()]
    if letters:
        day = np.datetime64(letters[0].begin.date(), "D")
        known = float(shares[2][np.searchsorted(x, float(day_number(day)))])
        return f"In the model, {percent(known)} of the party knew of {name} before the letter of {day_text(day)}"
    half = np.flatnonzero(shares[2] >= 0.5)
    if len(half) and half[0] > 0:
        crossed = ensemble.frame.start + (int(half[0]) - 1) * _ONE_DAY
        return f"In the model, half of the party knew of {name} by {day_text(crossed)}"
    return (
        f"In the model, {percent(float(shares[2][-1]))} of the party knew of {name} by {day_text(ensemble.frame.stop)}"
    )


def _caption(ensemble: Ensemble, reports: Sequence[Mark]) -> list[str]:
    lines = [run_text(ensemble) + "."]
    if reports:
        lines.append(f"{archive_text()} A report shows that the news had arrived by its date, not how many knew.")
    else:
        lines.append("No dated document on this rumor falls into the run: nothing here is archive.")
    return lines
