"""How people heard first: by channel, day by day in one replicate, and in all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator
from numpy.typing import NDArray

from rumorsim.catalog.words import CHANNEL_NAMES
from rumorsim.errors import PlotError
from rumorsim.plot.marks import draw_marks, event_marks
from rumorsim.plot.style import (
    RUMOR_NAMES,
    bands,
    count_text,
    date_axis,
    day_number,
    figure_of,
    percent,
    run_text,
    style,
)
from rumorsim.scenario.words import CHANNELS

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble
    from rumorsim.model import RunRecord

__all__ = ["GROUPS", "channel_figure", "daily_hearings", "group_shares", "median_replicate"]

_NEVER: Final = 32767
_ONE_DAY: Final = np.timedelta64(1, "D")
#: Name on the figure -> (channels of the model, color, word of the message). From the bottom of a bar to its top.
#: Colors: Tol, muted. Neighbors in the stack differ in lightness.
GROUPS: Final[Mapping[str, tuple[tuple[str, ...], str, str]]] = {
    "closed meeting or hall": (("hall", "briefing"), "#332288", "meetings"),
    CHANNEL_NAMES["travel"]: (("travel",), "#88CCEE", "talk"),
    CHANNEL_NAMES["telephone"]: (("telephone",), "#882255", "talk"),
    CHANNEL_NAMES["workplace"]: (("workplace",), "#44AA99", "talk"),
    CHANNEL_NAMES["conversation"]: (("conversation",), "#117733", "talk"),
    "family, family visits, letters": (("kin", "visit", "post"), "#DDCC77", "talk"),
    CHANNEL_NAMES["cell_meeting"]: (("cell_meeting",), "#AA4499", "meetings"),
    CHANNEL_NAMES["letter_meeting"]: (("letter_meeting",), "#CC6677", "meetings"),
    CHANNEL_NAMES["foreign_radio"]: (("foreign_radio",), "#999933", "outside"),
    "press, Soviet meetings, inference": (("press", "soviet_meeting", "inference"), "#BBBBBB", "outside"),
}
_SAID: Final = {"talk": "from another person", "meetings": "at a meeting", "outside": "by radio, press or inference"}


def median_replicate(ensemble: Ensemble, rumor: str) -> int:
    """Return the number of the replicate whose curve of awareness lies closest to the median; the first of several.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> curves = np.array([[0.0, 0.1], [0.2, 0.5], [0.9, 1.0]])
    >>> median_replicate(SimpleNamespace(curve=lambda rumor: curves, numbers=range(3)), "secret_speech")
    1
    """
    curves = ensemble.curve(rumor)
    return int(ensemble.numbers[int(np.argmin(np.abs(curves - bands(curves, (0.5,))[0]).sum(axis=1)))])


def daily_hearings(record: RunRecord, rumor: str) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return how many people heard a rumor first through each group of channels on each day of one replicate.

    Who knew at the start is not counted.

    Returns
    -------
    days : (n_days,) datetime64[D]
    counts : (n_groups, n_days) int64, in the order of `GROUPS`

    Raises
    ------
    PlotError
        If the rumor was not followed.
    """
    if rumor not in record.rumors:
        raise PlotError("not a rumor of this run", given=rumor, allowed=record.rumors)
    row = record.rumors.index(rumor)
    edges = record.tick_start
    days = np.arange(edges[0].astype("M8[D]"), (edges[-1] - np.timedelta64(1, "s")).astype("M8[D]") + _ONE_DAY)
    ticks = record.heard_tick[row].astype(np.int64)
    later = (ticks >= 0) & (ticks != _NEVER)
    # A tick belongs to the day it begins in: nobody hears after midnight on the evening before.
    day = (edges[ticks[later]].astype("M8[D]") - days[0]).astype(np.int64)
    group_of = np.array([_group_of(channel) for channel in CHANNELS])
    groups = group_of[record.channel[row][later]]
    counts = np.bincount(groups * len(days) + day, minlength=len(GROUPS) * len(days))
    return days, counts.reshape(len(GROUPS), len(days)).astype(np.int64)


def _group_of(channel: str) -> int:
    return next(number for number, (names, _, _) in enumerate(GROUPS.values()) if channel in names)


def group_shares(shares: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the share of each group of channels from the shares of the channels, (n_groups,).

    Examples
    --------
    >>> group_shares({"press": 0.25, "inference": 0.5, "kin": 0.25}).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.75]
    """
    return np.array([sum(shares.get(name, 0.0) for name in names) for names, _, _ in GROUPS.values()])


def channel_figure(ensemble: Ensemble, rumor: str, record: RunRecord | None = None) -> Figure:
    """Draw how people heard first: stacked by day in one replicate, and the shares of the channels in all of them.

    Parameters
    ----------
    ensemble : Ensemble
    rumor : str
        A rumor of the run.
    record : RunRecord
        The replicate whose days are drawn; by default `median_replicate` is run again.

    Raises
    ------
    PlotError
        If nobody heard of the rumor during the run.
    """
    shares = group_shares(ensemble.channel_shares(rumor))
    if not shares.sum() > 0.0:
        raise PlotError("nobody heard of the rumor during the run", given=rumor)
    if record is None:
        record = ensemble.replay(median_replicate(ensemble, rumor))
    days, counts = daily_hearings(record, rumor)
    with style():
        figure = figure_of(
            ensemble,
            _message(shares, rumor),
            f"Simulated: how people first heard of {RUMOR_NAMES[rumor]}, 1956",
            [
                run_text(ensemble) + ". Nothing here is archive.",
                "First hearings, one per person; people who knew before the run are left out. Days: replicate "
                f"{record.replicate}, {_which(ensemble, rumor, record)}.",
            ],
        )
        first, last = _shown(days, counts)
        left = figure.add_gridspec(1, 1, left=0.065, right=0.56, bottom=0.14, top=0.8)
        axes = figure.add_subplot(left[0])
        _draw_days(axes, days, counts, first, last)
        marks = [mark for mark in event_marks(ensemble.scenario, rumor) if first <= mark.first <= last]
        ticks = np.asarray(MaxNLocator(4, integer=True).tick_values(0.0, float(counts.sum(axis=0).max())))
        top = float(ticks[-1])
        axes.yaxis.set_major_locator(FixedLocator(ticks.tolist()))
        axes.yaxis.set_major_formatter(FixedFormatter([count_text(tick) for tick in ticks]))
        axes.set_ylim(0.0, draw_marks(axes, marks, top=top, step=0.062 * top, size=10.0))
        axes.spines["left"].set_bounds(0.0, top)
        axes.set_title("One replicate, day by day: people who heard", fontweight="bold", pad=8)
        right = figure.add_gridspec(1, 1, left=0.775, right=0.93, bottom=0.14, top=0.8)
        _draw_shares(figure.add_subplot(right[0]), shares, ensemble.replicates)
    return figure


def _which(ensemble: Ensemble, rumor: str, record: RunRecord) -> str:
    return "the one nearest to the median" if record.replicate == median_replicate(ensemble, rumor) else "one of many"


def _shown(days: NDArray[Any], counts: NDArray[Any]) -> tuple[np.datetime64, np.datetime64]:
    """Return the days between which all but the last half percent of the hearings fall, with a margin."""
    so_far = np.cumsum(counts.sum(axis=0)) / max(int(counts.sum()), 1)
    first = max(int(np.argmax(so_far > 0.0)) - 2, 0)
    last = min(int(np.argmax(so_far >= 0.995)) + 2, len(days) - 1)
    return days[first], days[max(last, min(first + 6, len(days) - 1))]


def _draw_days(axes: Axes, days: NDArray[Any], counts: NDArray[Any], first: np.datetime64, last: np.datetime64) -> None:
    date_axis(axes, first, last, most=6)
    inside = (days >= first) & (days <= last)
    x = np.asarray(day_number(days[inside])) + 0.5
    base = np.zeros(len(x))
    for (_, color, _), row in zip(GROUPS.values(), counts[:, inside], strict=True):
        if row.any():
            axes.bar(x, row, 0.88, bottom=base, color=color, linewidth=0, zorder=3)
            base = base + row


def _draw_shares(axes: Axes, shares: NDArray[Any], replicates: int) -> None:
    """Draw the shares as bars with their names: this is also the key to the colors."""
    heard = [(name, color, share) for (name, (_, color, _)), share in zip(GROUPS.items(), shares, strict=True) if share]
    for row, (name, color, share) in enumerate(heard):
        axes.barh(row, share, 0.7, color=color, linewidth=0)
        axes.annotate(percent(share), (share, row), xytext=(5, 0), textcoords="offset points", va="center", fontsize=11)
        axes.annotate(
            name, (0.0, row), xytext=(-8, 0), textcoords="offset points", ha="right", va="center", fontsize=11
        )
    axes.set_ylim(-0.7, max(len(heard), 6) - 0.3)
    axes.set_xlim(0.0, max(share for _, _, share in heard) * 1.02)
    axes.set_axis_off()
    what = "All replicates" if replicates > 1 else "The replicate"
    axes.annotate(
        f"{what}: share of first hearings",
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(40, 8),
        textcoords="offset points",
        ha="right",
        fontsize=12,
        fontweight="bold",
    )


def _message(shares: NDArray[Any], rumor: str) -> str:
    """Return the sentence of the figure: the two largest of talk, meetings and outside sources."""
    total: dict[str, float] = dict.fromkeys(_SAID, 0.0)
    for (_, _, word), share in zip(GROUPS.values(), shares, strict=True):
        total[word] += float(share)
    ranked: Sequence[str] = sorted(total, key=lambda word: -total[word])
    head = f"{percent(total[ranked[0]])} first heard of {RUMOR_NAMES[rumor]} {_SAID[ranked[0]]}"
    return f"{head}, {percent(total[ranked[1]])} {_SAID[ranked[1]]}" if total[ranked[1]] > 0 else head
