"""The scenarios the page offers: what they are called, and what they suppose."""

from __future__ import annotations

from functools import cache

from rumorsim.scenario import load_scenario, scenario_names

__all__ = ["supposed_in", "titles"]


@cache
def titles() -> dict[str, str]:
    """Return the titles of the shipped scenarios that have a party."""
    shipped = map(load_scenario, scenario_names())
    return {one.name: one.title for one in shipped if one.population == "party"}


def supposed_in(name: str, title: str) -> str:
    """Return what a scenario supposes that is not known to have been so, "" for the plain ones.

    Parameters
    ----------
    name, title : of the scenario; one that is not shipped supposes all its title says.

    Examples
    --------
    >>> supposed_in("tirana-conference-emboldened", "The Tirana conference if voices breed voices")
    'if voices breed voices'
    >>> supposed_in("tirana-conference", "The Tirana conference, April and May 1956")
    ''
    """
    shown = titles()
    if name not in shown:
        return title
    plain = next((one for one in shown if name.startswith(one + "-")), None)
    return "" if plain is None else title.removeprefix(shown[plain].split(",")[0]).lstrip(", ")
