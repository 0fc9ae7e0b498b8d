"""The runs of a lesson as one study: all settings, the same seeds, districts day by day, and their first reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rumorsim import catalog
from rumorsim.app.lesson.levers import Lever, combined, settings_of
from rumorsim.errors import RunError
from rumorsim.scenario import Scenario
from rumorsim.study.design import Design
from rumorsim.study.outputs import Output
from rumorsim.study.study import Study
from rumorsim.study.vary import Vary

__all__ = ["EVERYBODY", "curve_name", "lesson_study", "places_of", "report_name", "source_of_draws"]

EVERYBODY: Final = "everybody"


def source_of_draws(scenario: Scenario) -> str:
    """Return where the numbers of each run come from: the fit that is shipped for the scenario, or else the priors.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> source_of_draws(load_scenario("classroom")) in ("prior", "posterior")
    True
    """
    return "prior" if scenario.posterior is None else "posterior"


def places_of() -> tuple[str, ...]:
    """Return the places of a lesson: the districts, then everybody."""
    return (*catalog.districts(), EVERYBODY)


def curve_name(place: int) -> str:
    """Return the name of the output with who knows in a place of `places_of`."""
    return f"aware_{place}"


def report_name(place: int) -> str:
    """Return the name of the output with the first report from a district."""
    return f"report_{place}"


def lesson_study(scenario: Scenario, levers: Sequence[Lever], rumor: str, replicates: int, seed: int) -> Study:
    """Return the study of a lesson: a point for each setting.

    Parameters
    ----------
    scenario : Scenario
    levers : as `rumorsim.app.lesson.levers.levers_of` gives them.
    rumor : the news that is followed.
    replicates, seed : of each setting.

    Raises
    ------
    RunError
        Where a scenario has no lever.
    ScenarioError
        Where numbers of a setting do not go together.
    """
    settings = [combined(levers, one) for one in settings_of(levers)]
    if len(settings) < 2:
        what, allowed = "no lever of the lesson does anything in it", "a scenario of the party that sets fewer numbers"
        raise RunError(what, path="scenario", given=scenario.name, allowed=allowed)
    for setting in settings:
        scenario.replace(setting)  # says what does not go together, before anything is run
    outputs: list[Output] = []
    for number, place in enumerate(places_of()):
        about: list[tuple[str, Any]] = [("rumor", rumor)]
        if place != EVERYBODY:
            about.append(("place", place))
            outputs.append(Output(report_name(number), "first_report", tuple(about)))
        outputs.append(Output(curve_name(number), "curve", tuple(about)))
    return Study(
        name=f"lesson-{scenario.name}",
        title=f"Lesson: {scenario.title}",
        scenario=scenario.name,
        replicates=replicates,
        seed=seed,
        common_random_numbers=True,
        design=Design("table", len(settings)),
        vary=tuple(Vary(key, "table", tuple(one[key] for one in settings)) for key in settings[0]),
        outputs=tuple(outputs),
        base=scenario,
        parameters=source_of_draws(scenario),
    )
