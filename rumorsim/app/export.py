"""What can be taken home: the figure, the data, and the settings as a scenario file."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from rumorsim import __version__
from rumorsim.app.levers import levers_of, said_of
from rumorsim.app.payload import link_lines
from rumorsim.app.run import Interval, World
from rumorsim.app.stories import supposed_in
from rumorsim.catalog import districts
from rumorsim.plot.page import Way, page_figure
from rumorsim.plot.save import rendered
from rumorsim.plot.style import RUMOR_NAMES
from rumorsim.scenario import Scenario, loads_scenario, scenario_names
from rumorsim.text import csv_text

__all__ = ["FORMS", "Made", "as_csv", "as_png", "as_scenario", "world_names"]


@dataclass(frozen=True)
class Made:
    """A file to download."""

    name: str
    mime: str
    content: bytes

    @property
    def base64(self) -> str:
        """The content in base64."""
        return base64.b64encode(self.content).decode()


def _stem(world: World, tick: int) -> str:
    return f"rumorsim-{world.scenario.name}-seed-{world.seed}-{str(world.record.tick_start[tick])[:10]}"


def as_png(
    a: World,
    b: World | None,
    rumor: str,
    tick: int,
    interval: Interval | None = None,
    chosen: tuple[str, int] | None = None,
) -> Made:
    """Return the maps and curves of a date as a picture, 1920 by 1080.

    Parameters
    ----------
    chosen : world ("a" or "b") and place whose chain is drawn.
    """
    worlds = [a] if b is None else [a, b]
    pasts = [world.history(rumor) for world in worlds]
    names = world_names(a, b)
    about = f'Simulated: scenario "{a.scenario.name}", seed {a.seed}, one run of each world; rumorsim {__version__}.'
    figure = page_figure(pasts, names, RUMOR_NAMES.get(rumor, rumor), tick, about, _way(a, b, rumor, tick, chosen))
    return Made(f"{_stem(a, tick)}.png", "image/png", rendered(figure, "png"))


def _way(a: World, b: World | None, rumor: str, tick: int, chosen: tuple[str, int] | None) -> Way | None:
    if chosen is None:
        return None
    letter, group = chosen
    world = b if letter == "b" and b is not None else a
    lines = link_lines(world, world.chain(rumor, group, tick))
    steps = [
        f"{number}. {one['when']}, {one['place']}: {one['who']}; {one['how']}" for number, one in enumerate(lines, 1)
    ]
    ending = " in the other world" if world is b else "" if b is None else ", " + world_names(a, None)[0].lower()
    if lines and lines[-1]["home"] != lines[-1]["at"]:
        lines.append({"at": lines[-1]["home"]})
    known = set(range(len(districts())))
    return Way(
        int(world is b),
        group,
        f"How did it get to {world.groups[group]}{ending}?",
        steps or ["Nobody there knows of it yet."],
        [one["at"] for one in lines if one["at"] in known],
    )


def world_names(a: World, b: World | None) -> list[str]:
    """Return what the worlds are called: the first as it was or as its scenario supposes, the other by its changes."""
    supposed = supposed_in(a.scenario.name, a.scenario.title)
    first = f"In the scenario: {supposed}" if supposed else "As it was"
    return [first] if b is None else [first, "Other world: " + "; ".join(_changes(a, b))]


def _changes(a: World, b: World) -> list[str]:
    levers, now = levers_of(a.scenario), {lever.key: lever.value for lever in levers_of(b.scenario)}
    return said_of(levers, {one.key: now[one.key] for one in levers if now[one.key] != one.value})


def as_csv(a: World, b: World | None, rumor: str, tick: int, *_: Any) -> Made:
    """Return who knew and told up to a date as a table: a row a moment, place and world, which "what" names."""
    rows: list[list[Any]] = [["world", "moment", "place", "rumor", "people", "aware", "telling", "what"]]
    names = world_names(a, b)
    for letter, world, what in zip("AB", (a, b), (*names, ""), strict=False):
        if world is None:
            continue
        past = world.history(rumor)
        for row in range(tick + 1):
            for column, place in enumerate(past.groups):
                counts = past.people[column], past.aware[row, column], past.telling[row, column]
                rows.append([letter, past.moments[row], place, rumor, *map(int, counts), what])
    return Made(f"{_stem(a, tick)}.csv", "text/csv", csv_text(rows).encode())


def as_scenario(a: World, b: World | None, rumor: str, tick: int, *_: Any) -> Made:
    """Return the second world (the only one, where there is no other) as a file that `rumorsim run` takes.

    A short TOML file on top of a shipped scenario; the full machine form where the scenario is a file of the user's.
    """
    scenario = a.scenario if b is None else b.scenario
    name = f"{a.scenario.name}{'' if b is None else '-changed'}-seed-{a.seed}"
    if a.scenario.name in scenario_names():
        text = _toml(a.scenario, scenario, f"{name}.toml", a.seed)
        if loads_scenario(text, name=name).fingerprint() == scenario.fingerprint():
            return Made(f"{name}.toml", "application/toml", text.encode("utf-8"))
    return Made(f"{name}.json", "application/json", scenario.to_json().encode("utf-8"))


def _toml(base: Scenario, scenario: Scenario, name: str, seed: int) -> str:
    lines = [
        f"# Made by the classroom page of rumorsim {__version__}. The same run on the command line:",
        f"#   rumorsim run {name} --replicates 1 --seed {seed} --parameters mode",
        f"# Fingerprint of the scenario: {scenario.fingerprint()}",
        f'title = "{base.title}{"" if base == scenario else ", changed on the page"}"',
        f'extends = "{base.name}"',
    ]
    tables: dict[str, list[str]] = {}
    for key, value in scenario.values.items():
        if value != base.values[key]:
            table, _, field = key.partition(".")
            tables.setdefault(table, []).append(
                f'{field} = {{ value = {value!r}, reason = "set on the classroom page" }}'
            )
    for table, fields in tables.items():
        lines += ["", f"[{table}]", *fields]
    before = {event.id: event for event in base.events}
    for event in scenario.events:
        if event.id in before and event.begin != before[event.id].begin:
            lines += ["", "[[events]]", f'id = "{event.id}"', f"date = {event.begin.date().isoformat()}"]
            lines += ['assumed = "counterfactual, set on the classroom page"']
    return "\n".join(lines) + "\n"


FORMS: Final[Mapping[str, Callable[..., Made]]] = MappingProxyType(
    {"png": as_png, "csv": as_csv, "scenario": as_scenario}
)
