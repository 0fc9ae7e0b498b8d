"""Writing the lesson: the runs, then one file with their numbers, the drawings and the words."""

from __future__ import annotations

import html
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rumorsim import __version__, catalog
from rumorsim.app.lesson.layout import numbers_of, pack, people_of
from rumorsim.app.lesson.levers import Lever, levers_of, settings_of
from rumorsim.app.lesson.steps import checked_steps
from rumorsim.app.lesson.study import lesson_study, places_of
from rumorsim.app.payload import WEIGHT, geometry
from rumorsim.core.checks import seed as check_seed
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.run import check_workers
from rumorsim.errors import RunError, unknown
from rumorsim.model import cited, happenings
from rumorsim.plot.marks import leading_rumors, report_marks
from rumorsim.plot.style import RUMOR_NAMES
from rumorsim.runs.files import storing
from rumorsim.runs.machine import Progress
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.study.results import Sweep
from rumorsim.study.run import Forecast, sweep

__all__ = [
    "MOST_BYTES",
    "Lesson",
    "chances",
    "languages",
    "lesson_data",
    "page_of",
    "runs_folder",
    "texts_of",
    "write_lesson",
]

_HERE: Final = Path(__file__).parent
#: Largest size of a file: it must go by mail.
MOST_BYTES: Final = 3_000_000
#: Levers, and runs of each setting: the whole lesson, and the one that is made in about a minute.
_LEVERS: Final = {False: 4, True: 2}
_RUNS: Final = {False: 20, True: 6}
_SEED: Final = 1956
_HOLE: Final = re.compile(r"\{\{([a-z_.]+)\}\}")


@dataclass(frozen=True)
class Lesson:
    """A lesson that was written.

    Attributes
    ----------
    path : of the file.
    size : bytes of it.
    sweep : the runs behind it; their folder is ``sweep.folder``.
    levers : what can be moved.
    """

    path: Path
    size: int
    sweep: Sweep
    levers: tuple[Lever, ...]


def languages() -> list[str]:
    """Return the languages that there are texts in.

    Examples
    --------
    >>> languages()
    ['en']
    """
    return sorted(one.stem for one in (_HERE / "texts").glob("*.toml"))


def runs_folder(out: Path, *, small: bool) -> Path:
    """Return the folder beside a file in which its runs are kept.

    Examples
    --------
    >>> runs_folder(Path("lesson.html"), small=True).name
    'lesson-small.runs'
    """
    return out.with_name(f"{out.stem}{'-small' if small else ''}.runs")


def write_lesson(
    scenario: Scenario | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    small: bool = False,
    workers: int = 1,
    seed: int = _SEED,
    steps: Sequence[Mapping[str, Any]] = (),
    language: str = "en",
    retry_failed: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Forecast], None] | None = None,
) -> Lesson:
    """Run all settings of a lesson and write it as one HTML file that needs neither Python nor a network.

    The runs are a sweep in a folder beside the file: the same call goes on where it was stopped, and makes the file
    again in a moment once all is there. Every number of the file equals that of `rumorsim.run` with the same setting,
    seed and source of the numbers (the posterior where one is shipped for the scenario, else the prior).

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
        Of the party.
    out : path
        The file, with the ending .html; one that is there is written again.
    small : bool
        Two levers and six runs of each setting instead of four and twenty.
    workers, retry_failed, progress, announce : as in `rumorsim.sweep`.
    seed : int
    steps : the guided steps, see `rumorsim.app.lesson.steps.checked_steps`.
    language : a word of `languages`.

    Raises
    ------
    RunError
        For a scenario without a party or a lever, wrong steps, another ending, and a file that would be too large.
    StoreError
        When the folder holds the runs of another lesson.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    path = Path(out)
    # Everything is checked before anything is run.
    if chosen.population != "party":
        allowed = 'a scenario with population = "party"'
        raise RunError("the lesson shows districts", path="population", given=chosen.population, allowed=allowed)
    if path.suffix != ".html" or path.is_dir():
        raise RunError("not a file of a lesson", path="out", given=str(out), allowed="a file with the ending .html")
    if not path.parent.is_dir():
        raise RunError("no such folder", path="out", given=str(path.parent), allowed="a file in a folder that exists")
    if language not in languages():
        raise unknown("language", language, languages(), error=RunError, path="language")
    check_seed(seed, error=RunError)
    check_workers(workers)
    levers = levers_of(chosen, _LEVERS[small])
    told = checked_steps(steps, levers, chosen)
    study = lesson_study(chosen, levers, leading_rumors(chosen)[0], _RUNS[small], seed)
    # The sweep opens its folder where all is there, and does the rest where it is not.
    folder = runs_folder(path, small=small)
    options: Any = {"retry_failed": retry_failed, "progress": progress, "announce": announce}
    found = sweep(study, folder, workers, **options)
    text = page_of(lesson_data(found, levers, told), texts_of(language))
    size = len(text.encode())
    if size > MOST_BYTES:
        allowed = f"{MOST_BYTES:,} bytes or less, as a scenario of fewer days gives"
        raise RunError("the file would be too large", path="out", given=size, allowed=allowed)
    with storing(path.parent):
        path.write_text(text, encoding="utf-8")
    return Lesson(path, size, found, levers)


def texts_of(language: str) -> dict[str, Any]:
    """Return all words of a language."""
    return tomllib.loads((_HERE / "texts" / f"{language}.toml").read_text(encoding="utf-8"))


def lesson_data(found: Sweep, levers: Sequence[Lever], steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the drawings need, in the types of JSON; `rumorsim.app.lesson.layout` says how arrays are packed.

    Parameters
    ----------
    found : the runs.
    levers : as `levers_of` gives them.
    steps : as `checked_steps` gives them.
    """
    study, scenario = found.study, found.scenario
    rumor = dict(study.outputs[0].arguments)["rumor"]
    people = people_of(Frame.built(scenario))
    base = settings_of(levers).index(tuple(one.base for one in levers))
    numbers = numbers_of(found, people, base)
    return {
        "title": scenario.title,
        "scenario": scenario.name,
        "rumor": RUMOR_NAMES.get(rumor, rumor.replace("_", " ")),
        "seed": study.seed,
        "runs": study.replicates,
        "parameters": study.parameters,
        "version": __version__,
        "fingerprint": found.fingerprint(),
        "start": scenario.start.isoformat(),
        "days": len(found.days),
        "places": list(places_of()),
        "people": people,
        "base": base,
        "chances": chances(study.replicates),
        "levers": [_lever(one) for one in levers],
        "events": _events(scenario),
        "documents": [
            {"text": one.text, "day": int((one.first - found.days[0]).astype(int))}
            for one in report_marks(rumor, found.days[0], found.days[-1])
        ],
        "shapes": geometry(),
        "steps": list(steps),
        "arrays": {
            "aware": pack(numbers.aware),
            "change": pack(numbers.change),
            "reported": pack(numbers.reported),
            "districts": pack(numbers.districts),
            "moved": pack(numbers.moved),
        },
    }


def chances(runs: int) -> list[list[float]]:
    """Return for 0 to all of the runs the 90% interval of Jeffreys of the chance, which none or all leave open.

    Examples
    --------
    >>> chances(20)[0], chances(20)[10]
    ([0.0, 0.0905], [0.3242, 0.6758])
    """
    from scipy.stats import beta

    found = []
    for count in range(runs + 1):
        low, high = (float(beta.ppf(end, count + 0.5, runs - count + 0.5)) for end in (0.05, 0.95))
        found.append([0.0 if count == 0 else round(low, 4), 1.0 if count == runs else round(high, 4)])
    return found


def _lever(lever: Lever) -> dict[str, Any]:
    """Return a lever with its choices, and every number that it moves: its values, unit, meaning and source."""
    known = catalog.parameters()
    numbers = []
    for key in lever.choices[0].values:
        entry = known.get(key)
        about = ["", "", ""]
        if entry is not None:
            source = entry.reason if entry.status == "assumed" else "; ".join(cited(one) for one in entry.source)
            about = [entry.unit, entry.meaning, f"{entry.status}: {source}"]
        numbers.append({"key": key, "values": [one.values[key] for one in lever.choices], "about": about})
    names = [one.name for one in lever.choices]
    return {"name": lever.name, "choices": names, "base": lever.base, "numbers": numbers}


def _events(scenario: Scenario) -> list[dict[str, Any]]:
    """Return what happens within the run, and not before it, day by day, the weightiest of a day first."""
    told = sorted(happenings(scenario), key=lambda one: (one.date.astype("M8[D]"), -WEIGHT.get(one.kind, 1)))
    return [
        {
            "day": int((one.date.astype("M8[D]") - _first(scenario)).astype(int)),
            "label": one.label,
            "sentence": one.sentence,
            "source": one.source,
        }
        for one in told
        if one.date.astype("M8[D]") > _first(scenario)
    ]


def _first(scenario: Scenario) -> Any:
    return np.datetime64(scenario.start.isoformat(), "D")


def page_of(data: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    """Return the file: the page with its style, its script and its data inside it."""
    script = (_HERE.parent / "vue" / "shared.js").read_text(encoding="utf-8")
    parts = {
        "style": (_HERE / "lesson.css").read_text(encoding="utf-8"),
        "shared": script,
        "script": (_HERE / "lesson.js").read_text(encoding="utf-8"),
        "data": _inside(data),
        "texts": _inside(texts),
        "language": html.escape(texts["language"]),
        "title": html.escape(texts["page"]["title"].replace("{title}", data["title"])),
    }
    page = (_HERE / "lesson.html").read_text(encoding="utf-8")

    def filled(hole: re.Match[str]) -> str:
        word = hole[1]
        return html.escape(texts["page"][word.removeprefix("text.")]) if word.startswith("text.") else parts[word]

    return _HOLE.sub(filled, page)


def _inside(value: Any) -> str:
    """Return JSON that may stand inside a page: nothing in it ends the script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
