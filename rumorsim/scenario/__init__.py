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

from rumorsim.scenario.diff import Difference, differences, format_differences
from rumorsim.scenario.events import EVENT_KINDS
from rumorsim.scenario.explain import NumberRow, numbers
from rumorsim.scenario.new import new_scenario
from rumorsim.scenario.parts import Audience, Event, Fine, When
from rumorsim.scenario.read import find_scenario, scenario_folders, scenario_names
from rumorsim.scenario.resolve import Scenario, load_scenario, loads_scenario
from rumorsim.scenario.schema import resolved_schema, schema
from rumorsim.scenario.settings import parse_setting, parse_settings
from rumorsim.scenario.values import FrozenMapping

__all__ = [
    "EVENT_KINDS",
    "Audience",
    "Difference",
    "Event",
    "Fine",
    "FrozenMapping",
    "NumberRow",
    "Scenario",
    "When",
    "differences",
    "find_scenario",
    "format_differences",
    "load_scenario",
    "loads_scenario",
    "new_scenario",
    "numbers",
    "parse_setting",
    "parse_settings",
    "resolved_schema",
    "scenario_folders",
    "scenario_names",
    "schema",
]
