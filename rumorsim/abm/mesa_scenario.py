"""Mesa's own `Scenario`, which its browser page hands to a model on Reset in the place of ours."""

from __future__ import annotations

import inspect
from typing import Any

import mesa

from rumorsim.errors import RunError
from rumorsim.scenario import Scenario

__all__ = ["mesa_scenario", "story_of"]

#: Mesa 3.5 and later give every model a scenario of their own kind.
_HAS_SCENARIOS = "scenario" in inspect.signature(mesa.Model.__init__).parameters


def mesa_scenario(story: Scenario, seed: int) -> dict[str, Any]:
    """Return the keyword for Mesa's constructor under which Reset finds the same scenario again; none before 3.5.

    On Reset Mesa makes ``type(model.scenario)()`` and passes it as ``scenario``. A type of its own for each model
    remembers what the model was made from.
    """
    if not _HAS_SCENARIOS:
        return {}
    from mesa.experimental.scenarios import Scenario as MesaScenario

    def start(self: Any, **given: Any) -> None:
        # A number of its own would be counted in a table that keeps every type, and so every story, for good.
        MesaScenario.__init__(self, **{"_scenario_id": 0, **given})

    return {"scenario": type("Story", (MesaScenario,), {"story": story, "__init__": start})(rng=seed)}


def story_of(given: Any) -> Any:
    """Return what a model is to be made from: what was given, or what Mesa's scenario remembers."""
    if not type(given).__module__.startswith("mesa.") and not hasattr(type(given), "story"):
        return given
    story = getattr(type(given), "story", None)
    if story is None:
        raise RunError("a Mesa scenario", path="scenario", given=type(given).__name__, allowed="one of rumorsim's")
    return story
