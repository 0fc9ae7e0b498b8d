"""The look all figures share: size, type, colors, dates in English, and the lines that say what a figure shows.

Blue is simulated, vermilion is the archive, gray is the calendar of events. Colors are of palettes made for readers
who do not tell red from green (Okabe-Ito; Tol, muted). A figure is as large as a slide, 1920 pixels wide, and nothing
on it is set smaller than `SMALLEST` points.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.text import day

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble

__all__ = [
    "ARCHIVE",
    "BAND_SHARES",
    "DPI",
    "FONT",
    "GRAY",
    "INK",
    "LIGHT",
    "PALE",
    "RUMOR_NAMES",
    "SIMULATED",
    "SIZE",
    "SMALLEST",
    "archive_text",
    "bands",
    "count_text",
    "date_axis",
    "day_number",
    "day_text",
    "figure_of",
    "moment_text",
    "new_figure",
    "percent",
    "quiet_axes",
    "run_text",
    "style",
]

#: Width and height of a figure in inches, and its resolution: 1920 by 1080 pixels.
SIZE: Final = (40.0 / 3.0, 7.5)
DPI: Final = 144.0
#: Ships with matplotlib and has every letter of the Albanian alphabet.
FONT: Final = "DejaVu Sans"
#: Size of the smallest text, in points; on 1920 pixels 9 points are 18 pixels.
SMALLEST: Final = 9.0

INK: Final = "#1b1b1b"
GRAY: Final = "#5c5c5c"
LIGHT: Final = "#b8b8b8"
PALE: Final = "#ececec"
SIMULATED: Final = "#0072B2"
ARCHIVE: Final = "#D55E00"

#: Order statistics that a ribbon is drawn from: nine of ten replicates, half of them, the median.
BAND_SHARES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)

#: How a rumor is called in a sentence.
RUMOR_NAMES: Final = {
    "secret_speech": "the secret speech",
    "tirana_conference": "the Tirana conference",
    "elite_privileges": "the leaders' privileges",
    "unequal_punishment": "unequal punishment",
    "yugoslav_rapprochement": "a settlement with Yugoslavia",
    "reform_hopes": "reforms to come",
    "hungary_poland": "Hungary and Poland",
    "missing_name": "the missing name",
    "precedent": "that others spoke up",
}

_EPOCH: Final = np.datetime64("1956-01-01T00:00", "s")
_DAY_SECONDS: Final = 86400.0
#: Settings that have to do with the user's machine and not with the look.
_LEFT_ALONE: Final = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "datapath", "docstring")
_LOOK: Final[dict[str, Any]] = {
    "font.family": [FONT],
    "font.size": 11.0,
    "axes.edgecolor": GRAY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.titlesize": 12.0,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.0,
    "xtick.color": GRAY,
    "ytick.color": GRAY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "figure.dpi": DPI,
    "savefig.dpi": "figure",
    "path.simplify": True,
    "svg.fonttype": "path",
    "svg.hashsalt": "rumorsim",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw or save within this block to get the look of the package, whatever the user's matplotlibrc says.

    Examples
    --------
    >>> with style():
    ...     mpl.rcParams["font.family"]
    ['DejaVu Sans']
    """
    plain: Any = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith(_LEFT_ALONE)}
    plain.update(_LOOK)
    with mpl.rc_context(plain):
        yield


def bands(values: NDArray[Any], shares: Sequence[float] = BAND_SHARES) -> NDArray[Any]:
    """Return order statistics over the replicates, as `rumorsim.archive.compare.order_statistics` defines them.

    Parameters
    ----------
    values : (replicates, ...)
    shares : which ones; share s is the smallest value with at least s of the replicates at or below it.

    Returns
    -------
    (len(shares), ...) of the same type; NaN and NaT count as larger than everything.

    Examples
    --------
    >>> bands(np.array([[3.0], [1.0], [2.0]]), (0.5, 1.0)).tolist()
    [[2.0], [3.0]]
    """
    ordered = np.sort(values, axis=0)
    rows = [max(int(np.ceil(share * len(values) - 1e-9)), 1) - 1 for share in shares]
    return np.asarray(ordered[rows])


def day_number(moment: Any) -> Any:
    """Return moments as days since 1 January 1956, 00:00; the x axis of every figure.

    Examples
    --------
    >>> float(day_number(np.datetime64("1956-01-02T12:00")))
    1.5
    """
    seconds = np.asarray(moment).astype("M8[s]") - _EPOCH
    days = seconds.astype(np.float64) / _DAY_SECONDS
    return np.where(np.isnat(seconds), np.nan, days)


def _as_date(moment: Any) -> date:
    found = np.datetime64(moment, "D").item() if not isinstance(moment, date) else moment
    return date(found.year, found.month, found.day)


def day_text(moment: Any) -> str:
    """Return a date as it is spoken.

    Examples
    --------
    >>> day_text(np.datetime64("1956-04-14T10:00"))
    '14 April'
    """
    return day(_as_date(moment))


def moment_text(moment: Any, since: Any = None) -> str:
    """Return a date with the hour, or with the part of the day where no more is known than that it was `since` then.

    Examples
    --------
    >>> moment_text(np.datetime64("1956-04-14T10:00"))
    '14 April, 10:00'
    >>> moment_text(np.datetime64("1956-04-18T00:00"), since=np.datetime64("1956-04-17T18:00"))
    '17 April, evening'
    """
    end = np.datetime64(moment, "s")
    begin = end if since is None else np.datetime64(since, "s")
    if end - begin <= np.timedelta64(2, "h"):
        return f"{day_text(end)}, {str(end)[11:16]}"
    middle = begin + np.timedelta64(int((end - begin) / np.timedelta64(2, "s")), "s")
    hour = int(str(middle)[11:13])
    return f"{day_text(middle)}, {'morning' if hour < 12 else 'afternoon' if hour < 18 else 'evening'}"


def percent(share: float) -> str:
    """Return a share in percent, without rounding something to nothing or nearly all to all.

    Examples
    --------
    >>> percent(0.0), percent(0.003), percent(0.384), percent(0.998), percent(1.0)
    ('0%', 'less than 1%', '38%', 'more than 99%', '100%')
    """
    if 0.0 < share < 0.005:
        return "less than 1%"
    if 0.995 < share < 1.0:
        return "more than 99%"
    return f"{100.0 * share:.0f}%"


def count_text(number: float) -> str:
    """Return a count with thousands set apart.

    Examples
    --------
    >>> count_text(48644)
    '48,644'
    """
    return f"{number:,.0f}"


def run_text(ensemble: Ensemble) -> str:
    """Return what was simulated: how often, how many people, with which numbers.

    Examples
    --------
    >>> import rumorsim as rs
    >>> run = rs.run(rs.load_scenario("maki-thompson").replace({"population.size": 50}), replicates=1)
    >>> run_text(run)
    'Simulated: scenario "maki-thompson", 1 replicate, seed 1956, 50 people; every number of the model at its set value'
    """
    numbers = {
        "mode": "every number of the model at its set value",
        "prior": "uncertain numbers drawn anew from their priors in every replicate",
        "posterior": "uncertain numbers drawn anew from what the archive leaves possible in every replicate",
    }
    people = count_text(int(ensemble.frame.class_sizes.sum()))
    times = "1 replicate" if ensemble.replicates == 1 else f"{ensemble.replicates:,} replicates"
    how = numbers.get(ensemble.parameters, ensemble.parameters)
    if ensemble.parameters == "mode" and ensemble.scenario.posterior is not None:
        how = "the numbers of the draw that represents what the archive leaves possible"
    return f'Simulated: scenario "{ensemble.scenario.name}", {times}, seed {ensemble.seed}, {people} people; {how}'


def archive_text() -> str:
    """Return where the dates of the archive are taken from.

    Examples
    --------
    >>> archive_text()
    'Archive: dates on documents cited in Elidor Mëhilli (2011).'
    """
    article = catalog.citations()["mehilli-2011"]
    author = " ".join(reversed(article.author.split(", ")))
    return f"Archive: dates on documents cited in {author} ({article.year})."


def new_figure(title: str, subtitle: str, caption: Sequence[str]) -> Figure:
    """Return an empty slide with its message on top and what it is made of at the bottom.

    Parameters
    ----------
    title : the message, one sentence.
    subtitle : what is drawn.
    caption : lines at the foot: what is simulated, what is archive, what is schematic.

    Examples
    --------
    >>> with style():
    ...     figure = new_figure("Message", "what is drawn", ["simulated"])
    >>> [text.get_text() for text in figure.texts]
    ['Message', 'what is drawn', 'simulated']
    """
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    lines = [line for given in caption for line in textwrap.wrap(given, 185)]
    # A long message is set smaller before it is broken into two lines.
    size = min(20.0, max(16.0, 20.0 * 74.0 / max(len(title), 1)))
    broken = textwrap.wrap(title, round(74.0 * 20.0 / size))
    figure.text(0.03, 0.965, "\n".join(broken), fontsize=size, fontweight="bold", va="top", linespacing=1.15)
    figure.text(0.03, 0.91 if len(broken) < 2 else 0.89, subtitle, fontsize=12.5, color=GRAY, va="top")
    figure.text(0.03, 0.018, "\n".join(lines), fontsize=SMALLEST, color=GRAY, va="bottom", linespacing=1.3)
    return figure


def figure_of(ensemble: Ensemble, title: str, subtitle: str, caption: Sequence[str]) -> Figure:
    """Return an empty slide on a run, as `new_figure` does; of a null world, it says of which.

    Examples
    --------
    >>> import rumorsim as rs
    >>> run = rs.run("classroom", replicates=1, model="instantaneous")
    >>> with style():
    ...     figure = figure_of(run, "In the model, all knew", "Share who know", ["Simulated."])
    >>> [text.get_text() for text in figure.texts]
    ['In the null world, all knew', 'Null world instantaneous. Share who know', 'Simulated.']
    """
    if ensemble.model != "party":
        title = title.replace("In the model", "In the null world")
        subtitle = f"Null world {ensemble.model}. {subtitle}"
    return new_figure(title, subtitle, caption)


def quiet_axes(axes: Axes) -> None:
    """Take frame and ticks away, for maps and drawings."""
    axes.set_axis_off()
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.set_major_locator(NullLocator())


def _ticks(start: np.datetime64, stop: np.datetime64, most: int) -> NDArray[np.datetime64]:
    """Return at most so many days to label, as fine as possible: every day, week, or some days of each month."""
    days = np.arange(start, stop + np.timedelta64(1, "D"))
    of_month = (days - days.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1
    since = np.arange(len(days))
    for chosen in (
        np.ones(len(days), np.bool_),
        since % 2 == 0,
        np.isin(of_month, (1, 6, 11, 16, 21, 26)),
        np.isin(of_month, (1, 11, 21)),
        np.isin(of_month, (1, 15)),
        of_month == 1,
    ):
        if 0 < chosen.sum() <= most:
            return np.asarray(days[chosen])
    return np.asarray(days[:1])


def date_axis(axes: Axes, start: Any, stop: Any, most: int = 6) -> None:
    """Make the x axis one of dates from the start of one day to the end of another, with labels such as "14 April".

    Examples
    --------
    >>> with style():
    ...     axes = new_figure("", "", []).add_subplot()
    ...     date_axis(axes, "1956-04-01", "1956-05-31", most=4)
    >>> [text for text in axes.xaxis.get_major_formatter().seq]
    ['1 April', '15 April', '1 May', '15 May']
    """
    first, last = np.datetime64(start, "D"), np.datetime64(stop, "D")
    ticks = _ticks(first, last, most)
    axes.xaxis.set_major_locator(FixedLocator(day_number(ticks).tolist()))
    axes.xaxis.set_major_formatter(FixedFormatter([day_text(day) for day in ticks]))
    axes.set_xlim(float(day_number(first)), float(day_number(last)) + 1.0)
