"""The engine: arrays in, arrays out; NumPy and SciPy only; no files, no Mesa, no plots, no history."""

from __future__ import annotations

from typing import Any

from rumorsim.core.contacts.layers import Contacts, GroupLayer, MembershipChange, TieLayer
from rumorsim.core.contacts.network import Network
from rumorsim.core.engine.actions import (
    Absence,
    Action,
    Boldness,
    Briefing,
    Climate,
    Condition,
    Encourage,
    FearOfNews,
    Fright,
    Hear,
    Hush,
    Interest,
    Move,
    Outbreak,
    Silence,
)
from rumorsim.core.engine.broadcasts import Broadcast
from rumorsim.core.engine.meetings import Meeting
from rumorsim.core.engine.rates import Ticks
from rumorsim.core.engine.results import Runs
from rumorsim.core.engine.simulate import simulate
from rumorsim.core.engine.simulation import Simulation
from rumorsim.core.engine.tellers import NEVER
from rumorsim.core.engine.traits import Emboldening, Fear, Traits
from rumorsim.core.randomness.streams import Streams
from rumorsim.core.reference.exact import simulate_exact
from rumorsim.core.rules import DaleyKendall, HazardRule, IndependentCascade, MakiThompson, Rule, ThresholdMemory

__all__ = [
    "NEVER",
    "Absence",
    "Action",
    "Boldness",
    "Briefing",
    "Broadcast",
    "Climate",
    "Condition",
    "Contacts",
    "DaleyKendall",
    "Emboldening",
    "Encourage",
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


def __getattr__(name: str) -> Any:
    """Load the known limits when they are asked for: they need SciPy's integrators, the engine does not."""
    if name in ("theory", "theory_networks"):
        from rumorsim.core.reference import theory, theory_networks

        return {"theory": theory, "theory_networks": theory_networks}[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
