"""The scenario language: what happens, when, to whom, and with which numbers.

A scenario is a short TOML file for people and a resolved JSON for machines; both are read by :func:`load_scenario`
and have the same fingerprint.

Examples
--------
>>> import rumorsim as rs
>>> rs.load_scenario("tirana-conference").population
'party'
"""

from __future__ import annotations

from rumorsim.scenario.models import EVENT_KINDS, Audience, Event, Fine, When
from rumorsim.scenario.read import find_scenario, scenario_folders, scenario_names
from rumorsim.scenario.resolve import Scenario, load_scenario, loads_scenario
from rumorsim.scenario.values import FrozenMapping

__all__ = [
    "EVENT_KINDS",
    "Audience",
    "Event",
    "Fine",
    "FrozenMapping",
    "Scenario",
    "When",
    "find_scenario",
    "load_scenario",
    "loads_scenario",
    "scenario_folders",
    "scenario_names",
]
