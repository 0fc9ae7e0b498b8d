"""The engine: arrays in, arrays out; NumPy and SciPy only; no files, no Mesa, no plots, no history."""

from __future__ import annotations

from rumorsim.core.contacts import Contacts, GroupLayer, MembershipChange, TieLayer
from rumorsim.core.engine import Simulation
from rumorsim.core.exact import simulate_exact
from rumorsim.core.exposures import (
    Action,
    Boldness,
    Briefing,
    Broadcast,
    Climate,
    Condition,
    FearOfNews,
    Fright,
    Hear,
    Hush,
    Interest,
    Move,
    Outbreak,
    Silence,
)
from rumorsim.core.network import Network
from rumorsim.core.rates import Ticks
from rumorsim.core.results import Runs
from rumorsim.core.rules import DaleyKendall, HazardRule, IndependentCascade, MakiThompson, Rule, ThresholdMemory
from rumorsim.core.simulate import simulate
from rumorsim.core.state import NEVER
from rumorsim.core.streams import Streams
from rumorsim.core.traits import Fear, Traits
from rumorsim.core.voicing import Meeting

__all__ = [
    "NEVER",
    "Action",
    "Boldness",
    "Briefing",
    "Broadcast",
    "Climate",
    "Condition",
    "Contacts",
    "DaleyKendall",
    "Fear",
    "FearOfNews",
    "Fright",
    "GroupLayer",
    "HazardRule",
    "Hear",
    "Hush",
    "IndependentCascade",
    "Interest",
    "MakiThompson",
    "Meeting",
    "MembershipChange",
    "Move",
    "Network",
    "Outbreak",
    "Rule",
    "Runs",
    "Silence",
    "Simulation",
    "Streams",
    "ThresholdMemory",
    "Ticks",
    "TieLayer",
    "Traits",
    "simulate",
    "simulate_exact",
]
