"""One chain of tellers, person by person: how a sentence spoken in a closed meeting comes to a village."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, PathPatch
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.party.vocabulary import ROLES
from rumorsim.plot.chains import Chain, Link, find_chain
from rumorsim.plot.channels import GROUPS, median_replicate
from rumorsim.plot.geometry import bounds, outline_path, project
from rumorsim.plot.map import draw_country
from rumorsim.plot.style import GRAY, INK, RUMOR_NAMES, SMALLEST, count_text, figure_of, moment_text, run_text, style

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble
    from rumorsim.model import RunRecord
    from rumorsim.party import Party

__all__ = ["path_figure", "person_text", "source_text", "told_at", "told_text", "waiting_text"]

_NOUNS: Final = {
    "leader": "leader",
    "tirana_functionary": "official in a central agency",
    "provincial_member": "member",
    "officer": "officer",
    "student_abroad": "student abroad",
    "inhabitant": "inhabitant",
    "tirana_member": "member",
}
_FLAG_WORDS: Final = {
    "POLITBURO": "member of the Politburo",
    "PLENUM": "participant of the plenum",
    "SECRETARY": "secretary of the cell",
    "CORRESPONDENT": "correspondent",
    "TRAVELER": "traveling functionary",
}
#: Most that is said of a person.
_WORDS: Final = 3
#: Letters of a home and its person that fit beside the map.
_LINE: Final = 74
_SAID: Final = {
    "conversation": "told by a neighbor or friend",
    "workplace": "told at work",
    "travel": "told by a visitor or on a visit",
    "telephone": "told by telephone",
    "kin": "told by family",
    "visit": "told by a guest from afar, or on a visit",
    "post": "read in a letter",
    "cell_meeting": "raised in a cell meeting",
    "letter_meeting": "raised in the letter meeting",
}
_ROOMS: Final = {
    "hall": "the hall",
    "briefing": "the closed meeting",
    "foreign_radio": "foreign radio",
    "press": "foreign texts",
    "soviet_meeting": "a Soviet meeting",
    "letter_meeting": "a cell meeting",
}
_SOURCES: Final = {
    "hall": "sat in the hall of the conference",
    "briefing": "was told in the closed meeting",
    "foreign_radio": "heard it on foreign radio",
    "press": "read it in foreign texts",
    "soviet_meeting": "heard it in a Soviet meeting",
    "inference": "drew the conclusion alone",
    "letter_meeting": "heard the letter read in the cell",
    "": "knew when the run began",
}


#: Places nearer to each other than this share a label on the map, in km.
_SHARED_LABEL: Final = 25.0


#: Waiting is told in days from so many hours on: before, a rounded day would be off by a quarter.
_IN_DAYS: Final = 72.0


def person_text(party: Party, person: int, *, delegate: bool = False) -> tuple[str, str]:
    """Return who somebody is and which organization they belong to.

    Parameters
    ----------
    party : Party
    person : row in its people.
    delegate : whether the person sat in the hall.

    Returns
    -------
    Role with what matters of it, and the name of the cell ("" without one).
    """
    row = party.people[person]
    staff = bool(row["flags"] & party.FLAGS["COMMITTEE_STAFF"])
    words = ["official of a committee" if staff else _NOUNS[ROLES[row["role"]]]]
    if delegate:
        words.append("delegate to the conference")
    words += [word for flag, word in _FLAG_WORDS.items() if row["flags"] & party.FLAGS[flag]]
    cell = party.name_of(party.cells[row["cell"]]) if row["cell"] >= 0 else ""
    return ", ".join(words[:_WORDS]), cell


def waiting_text(earlier: Any, later: Any) -> str:
    """Return how much later something happened.

    Examples
    --------
    >>> waiting_text(np.datetime64("1956-04-14T10:00"), np.datetime64("1956-04-14T21:00"))
    '11 hours later'
    >>> waiting_text(np.datetime64("1956-04-14T10:00"), np.datetime64("1956-04-18T09:00"))
    '4 days later'
    >>> waiting_text(np.datetime64("1956-04-14T10:00"), np.datetime64("1956-04-15T23:00"))
    '37 hours later'
    """
    hours = float((np.datetime64(later, "s") - np.datetime64(earlier, "s")) / np.timedelta64(3600, "s"))
    number, unit = (round(hours / 24.0), "day") if hours >= _IN_DAYS else (round(hours), "hour")
    return "within the hour" if number < 1 else f"{number} {unit}{'' if number == 1 else 's'} later"


def told_at(party: Party, chain: Chain) -> list[str]:
    """Return the id of the place in which each person of a chain heard: visited on duty, or else the home."""
    homes = [int(party.people["place"][link.person]) for link in chain.links]
    where = [link.away if link.away >= 0 else home for link, home in zip(chain.links, homes, strict=True)]
    return [str(party.places[place]) for place in where]


def path_figure(ensemble: Ensemble, rumor: str, record: RunRecord | None = None, party: Party | None = None) -> Figure:
    """Draw one chain of tellers from a closed meeting to a village, person by person, with its way on a map.

    Parameters
    ----------
    ensemble : Ensemble
        A run of the party.
    rumor : str
        A rumor of the run.
    record : RunRecord
        The replicate the chain is taken from; by default the one nearest to the median is run again.
    party : Party
        The party of the run; built from the scenario by default.

    Raises
    ------
    PlotError
        If nobody heard of the rumor from another person.
    """
    if record is None:
        record = ensemble.replay(median_replicate(ensemble, rumor))
    if party is None:
        party = ensemble.party
    letters = [event.begin.date() for event in ensemble.scenario.events_of("letter")]
    chain = find_chain(record, party, rumor, before=min(letters, default=None))
    caption = [
        run_text(ensemble) + ".",
        f"In replicate {record.replicate}, {count_text(chain.alike)} people heard {chain.kind}; this is one of them, "
        "chosen for the ways of telling. Times: when each knew.",
        "The persons are invented by the model, the organizations numbered: no such chain is known from the archive.",
    ]
    with style():
        said = f"Who told whom of {RUMOR_NAMES[rumor]}, 1956, in one simulated spring"
        figure = figure_of(ensemble, _message(party, chain, rumor), said, caption)
        axes = figure.add_axes((0.03, 0.13, 0.66, 0.72))
        _draw_chain(axes, party, chain)
        _draw_way(figure.add_axes((0.665, 0.17, 0.3, 0.64)), party, chain)
    return figure


def _message(party: Party, chain: Chain, rumor: str) -> str:
    source, last = chain.links[0], chain.links[-1]
    room = _ROOMS.get(source.channel, "its source")
    took = waiting_text(source.when, last.when).removesuffix(" later").replace("within the hour", "an hour")
    steps = len(chain.links) - 1
    where = party.place_names[int(party.people["place"][last.person])].replace("Villages", "the villages")
    return f"From {room} to {where}: {steps} step{'s' if steps > 1 else ''} of word of mouth in {took}"


def _color(channel: str) -> str:
    return next((color for names, color, _ in GROUPS.values() if channel in names), GRAY)


def _draw_chain(axes: Axes, party: Party, chain: Chain) -> None:
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    number = len(chain.links)
    axes.set_ylim(-max(number - 1.0, 3.5) - 0.4, 0.4)
    at = 0.215
    for row, link in enumerate(chain.links):
        y = -float(row)
        if row:
            arrow = FancyArrowPatch(
                (at, y + 1.0), (at, y), arrowstyle="-|>", mutation_scale=15, shrinkA=13, shrinkB=13, linewidth=2.2
            )
            arrow.set_color(_color(link.channel))
            axes.add_patch(arrow)
            how = f"{told_text(party, link)} · {waiting_text(chain.links[row - 1].when, link.when)}"
            axes.text(at + 0.025, y + 0.5, how, fontsize=10.5, color=GRAY, style="italic", va="center_baseline")
        axes.plot([at], [y], marker="o", markersize=21, color=_color(link.channel), markeredgecolor="white")
        axes.text(
            at,
            y,
            str(row + 1),
            fontsize=11,
            fontweight="bold",
            color=_ink_on(link.channel),
            ha="center",
            va="center_baseline",
        )
        axes.text(at - 0.035, y, moment_text(link.when, link.since), fontsize=11, ha="right", va="center_baseline")
        who, cell = person_text(party, link.person, delegate=link.channel == "hall")
        home = party.place_names[int(party.people["place"][link.person])]
        beside: Any = {"textcoords": "offset points", "va": "baseline"}
        name = axes.annotate(home, (at + 0.035, y), xytext=(0, 4), fontsize=12.5, fontweight="bold", **beside)
        # Somebody with many posts is set smaller, so that the line ends before the map.
        size = max(11.0 * min(_LINE / (len(home) + len(who)), 1.0), SMALLEST)
        axes.annotate(who, (1.0, y), xycoords=(name, "data"), xytext=(8, 4), fontsize=size, **beside)
        below = cell if row else f"{cell}{' · ' if cell else ''}{source_text(link.channel)}"
        axes.annotate(below, (at + 0.035, y), xytext=(0, -12.5), fontsize=10, color=GRAY, **beside)


def source_text(channel: str) -> str:
    """Return how somebody knew whom nobody told.

    Examples
    --------
    >>> source_text("hall")
    'sat in the hall of the conference'
    """
    return _SOURCES.get(channel, channel.replace("_", " "))


def _ink_on(channel: str) -> str:
    color = _color(channel).lstrip("#")
    red, green, blue = (int(color[k : k + 2], 16) for k in (0, 2, 4))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def told_text(party: Party, link: Link) -> str:
    """Return how somebody was told, and where if one of the two was away from home."""
    if link.channel == "travel":
        if link.away >= 0:
            return f"told while on duty in {party.place_names[link.away]}"
        return "told by a visitor on duty" if link.teller_away >= 0 else "told where visitors are received"
    said = _SAID.get(link.channel, link.channel.replace("_", " "))
    if link.teller_away >= 0:
        away = party.place_names[link.teller_away]
        said += f" from {away}" if link.channel == "telephone" else f", then on duty in {away}"
    return f"{said}, while on duty in {party.place_names[link.away]}" if link.away >= 0 else said


def _draw_way(axes: Axes, party: Party, chain: Chain) -> None:
    """Draw where the persons of a chain heard on the map, with an arrow for each step between two places."""
    draw_country(axes)
    axes.set_anchor("W")
    axes.add_patch(PathPatch(outline_path(), facecolor="white", edgecolor=INK, linewidth=0.9, zorder=2))
    places = [catalog.places()[one] for one in told_at(party, chain)]
    points = [project(place.lon, place.lat) for place in places]
    group = _near(points)
    for row, link in enumerate(chain.links[1:], start=1):
        if group[row - 1] != group[row]:
            start, end = (tuple(points[group[one]].tolist()) for one in (row - 1, row))
            arrow = FancyArrowPatch(start, end, arrowstyle="-|>", connectionstyle="arc3,rad=0.18", mutation_scale=14)
            arrow.set(color=_color(link.channel), linewidth=2.2, zorder=4)
            axes.add_patch(arrow)
    _name_places(axes, points, group, [place.name for place in places])


def _name_places(axes: Axes, points: list[NDArray[np.float64]], group: list[int], names: list[str]) -> None:
    """Name the places of a chain east of the map, from north to south, each with a line to its point."""
    _, east, south, north = bounds()
    line_height = 0.036 * (north - south)
    below = north
    for head in sorted(dict.fromkeys(group), key=lambda head: -float(points[head][1])):
        x, y = points[head].tolist()
        here = [row for row, other in enumerate(group) if other == head]
        lines = [
            f"{_runs([row + 1 for row in here if names[row] == name])}  {name}"
            for name in dict.fromkeys(names[row] for row in here)
        ]
        middle = min(y, below - 0.5 * line_height * len(lines))
        below = middle - 0.5 * line_height * (len(lines) + 1)
        axes.plot([x, east + 2.0], [y, middle], color=GRAY, linewidth=0.7, zorder=3.5, clip_on=False)
        axes.plot([x], [y], marker="o", markersize=7, color=INK, markeredgecolor="white", zorder=5)
        axes.text(east + 4.0, middle, "\n".join(lines), fontsize=SMALLEST + 1.0, va="center", linespacing=1.25)


def _near(points: list[NDArray[np.float64]]) -> list[int]:
    """Return for each point the first point that lies so near that the two share a label."""
    heads: list[int] = []
    for row, point in enumerate(points):
        close = [head for head in dict.fromkeys(heads) if float(np.hypot(*(points[head] - point))) < _SHARED_LABEL]
        heads.append(close[0] if close else row)
    return heads


def _runs(numbers: list[int]) -> str:
    """Return numbers with stretches written short: 1–3, 5."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{part[0]}–{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
