"""``rumorsim list``: the scenarios there are."""

from __future__ import annotations

from rumorsim.cli.options import JsonOption
from rumorsim.cli.output import days, print_json, text_width, wrapped

__all__ = ["list_scenarios"]


def list_scenarios(as_json: JsonOption = False) -> None:
    """List the scenarios that can be run by name."""
    from rumorsim.scenario import load_scenario, scenario_names

    scenarios = [load_scenario(name) for name in scenario_names()]
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "start": one.start,
                    "stop": one.stop,
                    "rumors": one.rumors,
                    "population": one.population,
                    "file": str(one.path),
                }
                for one in scenarios
            ]
        )
        return
    columns = text_width()
    for one in scenarios:
        print(one.name)
        length = f"{(one.stop - one.start).days + 1} days"
        when = length if one.population == "complete" else days(one.start, one.stop)
        print(wrapped(f"{one.title} ({when})", columns, "    "))
