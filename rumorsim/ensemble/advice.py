"""Advice on a row of the table of verdicts that is unlikely: which numbers move it most, and the command to vary them.

Which numbers these are was worked out with the fit from its runs, and is read from the posterior that is shipped for
the scenario; without one there is no advice, nor in a null world.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rumorsim.archive.compare import WORDS
from rumorsim.ensemble.posterior import posterior
from rumorsim.scenario import scenario_names

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble
    from rumorsim.ensemble.verdict import Verdict
    from rumorsim.scenario import Scenario

__all__ = ["advised", "command", "moved_text"]

_UNLIKELY: Final = WORDS[-1]


def advised(ensemble: Ensemble, rows: list[Verdict]) -> list[Verdict]:
    """Return the rows of a table of verdicts, those that are unlikely with advice where there is any."""
    scenario = ensemble.scenario
    if scenario.posterior is None or ensemble.model != "party" or all(row.verdict != _UNLIKELY for row in rows):
        return rows
    advice = posterior(scenario).advice
    found = []
    for row in rows:
        named = {name: value for name, value in advice.get(row.id, {}).items() if name in scenario.values}
        if row.verdict == _UNLIKELY and named:
            row = replace(row, moved_by=moved_text(named), vary_with=command(scenario, row.id))
        found.append(row)
    return found


def moved_text(named: Mapping[str, float]) -> str:
    """Return numbers with their directions.

    Examples
    --------
    >>> moved_text({"travel.duty_rate": 0.52, "travel.officer_rate": -0.2})
    'travel.duty_rate (+), travel.officer_rate (-)'
    """
    return ", ".join(f"{name} ({'+' if value > 0.0 else '-'})" for name, value in named.items())


def command(scenario: Scenario, row: str) -> str:
    """Return the command that varies the numbers named for a row over their priors, and keeps what the row asks.

    A scenario of one's own is named as its file: the command is given where that lies.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> print(command(load_scenario("classroom"), "T05").replace("&& ", "&&\\n"))
    rumorsim new study --scenario classroom --row T05 --out T05.toml &&
    rumorsim sweep T05.toml
    """
    name = scenario.name if scenario.name in scenario_names() else f"{scenario.name}.toml"
    file = f"{row}.toml"
    words = ["rumorsim", "new", "study", "--scenario", name, "--row", row, "--out", file]
    return f"{shlex.join(words)} && rumorsim sweep {file}"
