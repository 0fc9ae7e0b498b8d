"""The commented starting file that ``rumorsim new study`` prints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rumorsim import catalog
from rumorsim.ensemble import observables, posterior
from rumorsim.ensemble.measures import counted_days
from rumorsim.errors import StudyError, unknown
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["new_study"]

_CLASSROOM: Final = "classroom"
#: Numbers that are worth varying first: how far news travels, and how fast it is passed on.
_FIRST: Final = ("travel.duty_rate", "spread.pass_on_rate")
_CLASSIC: Final = ("classic.transmission_rate", "classic.stifling_rate")
_PLACE: Final = "Fier"
_CONFERENCE: Final = "tirana_conference"
#: First day after the collapse of the conference, from which C4 counts (F107, F108).
_COLLAPSED: Final = dt.date(1956, 4, 17)


def new_study(scenario: str | None = None, vary: Sequence[str] = (), row: str | None = None) -> str:
    """Return the text of a new study, ready to be saved, checked, run and changed.

    Parameters
    ----------
    scenario : name or path of the scenario; by default `classroom`, with a study of half a minute on two cores.

    vary : catalog ids of numbers that vary over their priors; by default those that move the row most, where a fit of
        the scenario says so, or two that are worth varying first.
    row : id of a row of the table of verdicts whose quantity is to be kept; by default who knows, and when.

    Raises
    ------
    ScenarioError
        If the scenario does not exist or is wrong.
    StudyError
        For a number without a prior, and for a row that no observable stands for.

    Examples
    --------
    >>> from rumorsim.study import Study
    >>> Study.loads(new_study("maki-thompson")).names
    ('classic.transmission_rate', 'classic.stifling_rate')
    """
    name = _CLASSROOM if scenario is None else scenario
    loaded = load_scenario(name)
    free = [one for one in loaded.values if catalog.parameter(one).prior is not None]
    for one in vary:
        if one not in free:
            raise unknown("number with a prior", one, free, error=StudyError, path="vary")
    rows = _rows()
    if row is not None and row not in rows:
        raise unknown("row", row, rows, error=StudyError, path="row")
    if row is not None and not vary and loaded.posterior is not None:
        vary = [one for one in posterior(loaded).advice.get(row, {}) if one in free]
    return "\n".join(_lines(name, loaded, vary, None if row is None else rows[row])) + "\n"


def _rows() -> dict[str, dict[str, Any]]:
    """Return the observable, with its arguments, that stands for a row of the table of verdicts, by id."""
    letter = dt.date.fromisoformat(str(catalog.parameter("article.t_letter").value))
    eve: dict[str, Any] = {"rumor": _CONFERENCE, "by": letter - dt.timedelta(days=1)}
    found: dict[str, dict[str, Any]] = {
        "C3": {"observable": "share_aware", "rumor": _CONFERENCE, "on": eve["by"]},
        "C4": {"observable": "meetings_voicing", "rumor": _CONFERENCE, "meeting": "cell_meeting", "start": _COLLAPSED},
        "C8": {"observable": "reports", **eve},
    }
    for name, target in catalog.targets().items():
        about = {"rumor": target.rumor}
        match target.kind:
            case "district_report" if target.rumor == _CONFERENCE:
                found[name] = {"observable": "first_report", **about}
            case "district_reports":
                found[name] = {"observable": "reports", **eve}
            case "letter_meeting_question":
                found[name] = {"observable": "first_voiced", **about, "meeting": "letter_meeting"}
            case "introductions":
                found[name] = {"observable": "introductions", **about}
            case "hall_critics":
                first, last = counted_days(target)
                found[name] = {"observable": "hall_critics", "start": first, "stop": last}
    return found


def _lines(name: str, scenario: Scenario, vary: Sequence[str], asked: Mapping[str, Any] | None) -> Iterator[str]:
    is_party = scenario.population == "party"
    rumor = "tirana_conference" if "tirana_conference" in scenario.rumors else scenario.rumors[0]
    middle = scenario.start + (scenario.stop - scenario.start) * 3 // 4
    yield "# A study: one scenario at many points. Save it as study.toml, then:"
    yield "#   rumorsim check study.toml                       check it"
    yield "#   rumorsim sweep study.toml --out sweeps/first    run it; the same command resumes an interrupted sweep"
    yield "#   rumorsim plot sweeps/first                      draw it"
    yield ""
    yield 'title = "What decides how far the news gets?"'
    yield f'scenario = "{name}"           # a name from `rumorsim list`, or a path relative to this file'
    yield "replicates = 16                  # runs of each point"
    yield "# seed = 1956                    # of the runs; 0 is a seed like any other"
    yield "# common_random_numbers = true   # all points use the same draws, so that differences are due to the point"
    yield ""
    yield "[design]"
    yield 'kind = "latin_hypercube"         # also: grid, random, sobol, saltelli, morris, table'
    yield "points = 24                      # 24 points x 16 replicates = 384 runs"
    yield "# seed = 1956                    # of the design"
    yield ""
    yield "# What varies, by the ids that `rumorsim explain` prints:"
    yield "#   a list              [0.01, 0.02, 0.04]"
    yield '#   a range             { low = 0.01, high = 0.1 }, with scale = "log" for equal ratios,'
    yield "#                       and in a grid with points = 5"
    yield '#   the prior, what is thought possible before the evidence is used     "prior"'
    yield "[vary]"
    yield from _varied(scenario, vary)
    yield ""
    yield "# What is kept from every run; `name` is optional. Observables and their arguments:"
    for one in observables.values():
        if one.per_replicate:
            yield f"#   {one.name}({', '.join(one.arguments)})"
    if asked is not None:
        yield "[[outputs]]"
        for key, value in asked.items():
            yield f"{key} = {value}" if isinstance(value, dt.date) else f'{key} = "{value}"'
        return
    yield "[[outputs]]"
    yield 'name = "aware"'
    yield 'observable = "share_aware"'
    yield f'rumor = "{rumor}"'
    yield f"on = {middle}                  # the end of this day"
    yield ""
    if is_party:
        yield "[[outputs]]"
        yield 'name = "arrival_in_fier"'
        yield 'observable = "first_aware"       # a date: days since the start of the run, infinity for never'
        yield f'rumor = "{rumor}"'
        yield f'place = "{_PLACE}"'
        yield ""
    yield "[[outputs]]"
    yield 'name = "share"'
    yield 'observable = "curve"             # a value for every day'
    yield f'rumor = "{rumor}"'


def _varied(scenario: Scenario, vary: Sequence[str]) -> Iterator[str]:
    """Yield what varies: the numbers asked for over their priors, else those worth varying first."""
    for key in vary:
        yield f'{key} = "prior"'
        yield f"#     {catalog.parameter(key).meaning} ({catalog.parameter(key).unit})"
    if scenario.population == "party" and not vary:
        yield f'{_FIRST[0]} = "prior"'
        yield f"#     {catalog.parameter(_FIRST[0]).meaning} ({catalog.parameter(_FIRST[0]).unit})"
        yield f'{_FIRST[1]} = {{ low = 0.5, high = 5.0, scale = "log" }}'
        yield f"#     {catalog.parameter(_FIRST[1]).meaning} ({catalog.parameter(_FIRST[1]).unit})"
        if scenario.events:
            yield f"# events.{scenario.events[-1].id}.enabled = [true, false]     # fields of events take lists"
    elif not vary:
        for key in _CLASSIC:
            yield f'{key} = {{ low = 0.3, high = 3.0, scale = "log" }}'
