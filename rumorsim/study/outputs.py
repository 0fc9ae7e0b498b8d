"""What a study keeps of each run: observables of the one registry, with their arguments, under a name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.offices import Offices
from rumorsim.ensemble import Ensemble, observables
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.tables import empty_tables, filled
from rumorsim.errors import RumorsimError, fold, nearest
from rumorsim.party.vocabulary import ROLES
from rumorsim.scenario import Scenario
from rumorsim.scenario.fields import said
from rumorsim.scenario.problems import Origin, Problems
from rumorsim.scenario.words import CHANNELS, KINDS

__all__ = ["Output", "default_name", "empty_ensemble", "read_outputs", "try_outputs"]

#: What can be asked of a complete population, where people do nothing but talk.
_IN_COMPLETE: Final = ("share_aware", "curve", "first_aware", "heard_through")
#: Keys of an output that are not arguments of its observable.
_OWN_KEYS: Final = ("name", "observable")
#: Columns that tables of results have beside the outputs.
_TAKEN: Final = ("point", "replicate", "day", "output", "when")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,79}")
#: Arguments that may be lists of words.
_LISTS: Final = ("ways", "offices")
_CURVE: Final = "curve"


@dataclass(frozen=True)
class Output:
    """One quantity that is kept of every run.

    Attributes
    ----------
    name : name of its column.
    observable : name in `rumorsim.observables`.
    arguments : (argument, value), in the order of the study file.
    """

    name: str
    observable: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def unit(self) -> str:
        """Unit of the registry; numbers of a date are days since the start of the run."""
        unit = observables[self.observable].unit
        return "days" if unit == "date" else unit

    @property
    def is_curve(self) -> bool:
        """Whether it has a value for every day."""
        return self.observable == _CURVE

    @property
    def is_date(self) -> bool:
        """Whether it is a date, infinite for never."""
        return observables[self.observable].unit == "date"

    def numbers(self, ensemble: Ensemble) -> NDArray[np.float64]:
        """Return the quantity for every replicate, (replicates,) float64, or (replicates, n_days) for a curve."""
        return observables[self.observable].numbers(ensemble, **dict(self.arguments))

    def form(self) -> dict[str, Any]:
        """Return what the study file says, in the types of JSON."""
        plain = {
            key: value.isoformat() if isinstance(value, dt.date) else list(value) if isinstance(value, tuple) else value
            for key, value in self.arguments
        }
        return {"name": self.name, "observable": self.observable, **plain}


def default_name(observable: str, arguments: Mapping[str, Any]) -> str:
    """Return the name of an output that was given none: its parts in one word.

    Examples
    --------
    >>> default_name("share_aware", {"rumor": "tirana_conference", "place": "Vlorë", "on": dt.date(1956, 4, 20)})
    'share_aware_tirana_conference_vlore_1956_04_20'
    """
    parts = [observable]
    for value in arguments.values():
        parts += [str(one) for one in (value if isinstance(value, (list, tuple)) else (value,))]
    return "_".join(re.sub(r"[^a-z0-9]+", "_", fold(part)).strip("_") for part in parts)


def read_outputs(tables: list[Any], origin: Origin, scenario: Scenario, problems: Problems) -> list[Output]:
    """Return the outputs of a study; what is wrong in them is noted.

    Parameters
    ----------
    tables : items of ``[[outputs]]``.
    origin : where the list was written.
    scenario : what the study runs.
    problems : where mistakes are noted.
    """
    found: list[Output] = []
    for number, given in enumerate(tables):
        output = _one(given, origin.inside(number), scenario, problems)
        if output is None:
            continue
        if any(output.name == other.name for other in found):
            key = ("name",) if "name" in given else ()
            problems.add(
                origin.inside(number, *key), f"the name {said(output.name)} is given twice", allowed="names that differ"
            )
            continue
        found.append(output)
    return found


def _one(given: Any, at: Origin, scenario: Scenario, problems: Problems) -> Output | None:
    if not isinstance(given, dict):
        problems.add(at, f"{said(given)} is not a table")
        return None
    word = given.get("observable")
    usable = [name for name, one in observables.items() if one.per_replicate]
    if word is None:
        problems.add(at, "no observable", allowed=usable)
        return None
    if word not in usable:
        here = at.inside("observable")
        if isinstance(word, str) and word in observables:
            problems.add(here, f"{said(word)} has no value for each replicate", allowed=usable)
        else:
            what = f"unknown observable {said(word)}"
            problems.add(here, what, allowed=usable, near=nearest(word, usable))
        return None
    if scenario.population == "complete" and word not in _IN_COMPLETE:
        what = f"{said(word)}: in a complete population nobody writes, meets, travels or gives the alarm"
        problems.add(at.inside("observable"), what, allowed=_IN_COMPLETE)
        return None
    before = len(problems)
    arguments = {key: value for key, value in given.items() if key not in _OWN_KEYS}
    entry = observables[word]
    for key, value in arguments.items():
        if key not in entry.arguments:
            words = (*entry.arguments, "name")
            problems.add(at.inside(key), f"unknown key {said(key)} of {word}", allowed=words, near=nearest(key, words))
        else:
            _check_argument(word, key, value, at.inside(key), scenario, problems)
    for key in entry.required:
        if key not in arguments:
            problems.add(at, f"no {key}", allowed=f"{word} takes {', '.join(entry.arguments)}")
    name = given.get("name", default_name(word, arguments))
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        key_of = ("name",) if "name" in given else ()
        allowed = "lower-case letters, digits and _, at most 80, beginning with a letter; not " + ", ".join(_TAKEN)
        problems.add(at.inside(*key_of), f"{said(name)} cannot be the name of an output", allowed=allowed)
    if len(problems) > before:
        return None
    return Output(
        str(name), word, tuple((key, tuple(one) if isinstance(one, list) else one) for key, one in arguments.items())
    )


def _check_argument(word: str, key: str, value: Any, at: Origin, scenario: Scenario, problems: Problems) -> None:
    """Try one argument, the others being right, on a run in which nothing happens; note what the registry says."""
    if isinstance(value, list):
        if key not in _LISTS or not all(isinstance(one, str) for one in value) or not value:
            problems.add(at, f"{said(value)} is not a single value", allowed=f"one word for {key}")
            return
    elif isinstance(value, bool) or not isinstance(value, (str, dt.date)):
        problems.add(at, f"{said(value)} is neither a word nor a date", allowed="a word in quotes, or a date")
        return
    elif key in _LISTS:
        problems.add(at, f"{said(value)} is not a list", allowed=f'a list such as ["{value}"]')
        return
    if scenario.population == "complete" and key in ("place", "role", "kind"):
        what = f"{said(value)}: a complete population has neither places nor roles nor organizations"
        problems.add(at, what, allowed=f"no {key}")
        return
    if scenario.population == "complete" and key == "channel" and value != CHANNELS[0] and value in CHANNELS:
        what = f"{said(value)}: in a complete population everybody hears in conversation"
        problems.add(at, what, allowed=CHANNELS[:1])
        return
    day = scenario.start.isoformat()
    right = {"rumor": scenario.rumors[0], "on": day, "by": day, "channel": CHANNELS[0]}
    arguments = {name: right[name] for name in observables[word].required} | {key: value}
    try:
        observables[word].numbers(_nothing(scenario), **arguments)
    except RumorsimError as error:
        what = error.what if error.given is None else f"{said(value)} is {error.what}"
        problems.add(at, what, allowed=error.allowed, near=error.nearest)


@lru_cache(maxsize=4)
def _nothing(scenario: Scenario) -> Ensemble:
    """Return one replicate in which nothing happens, in a party that has somebody and something everywhere."""
    places = tuple(catalog.places())
    number = np.repeat(np.arange(len(places)), len(KINDS))
    frame = Frame(
        start=np.datetime64(scenario.start.isoformat(), "D"),
        stop=np.datetime64(scenario.stop.isoformat(), "D"),
        rumors=scenario.rumors,
        places=places,
        class_sizes=np.ones((len(places), len(ROLES)), dtype=np.int64),
        cell_kind=np.tile(np.arange(len(KINDS)), len(places)).astype(np.int8),
        cell_place=number.astype(np.int16),
        cell_office=np.zeros(len(number), dtype=np.int16),
        offices=Offices.from_rows([("district", 0, 0, 0)]),
        office_names=("",),
    )
    return empty_ensemble(scenario, frame)


def empty_ensemble(scenario: Scenario, frame: Frame) -> Ensemble:
    """Return one replicate in which nothing happens."""
    tables = empty_tables()
    tables["runs"] = filled(
        "runs", replicate=[0], digest="", alarm=np.datetime64("NaT", "s"), letter_meetings=0, expelled=0, penalized=0
    )
    return Ensemble(scenario, frame, 0, "mode", tables.__getitem__)


def try_outputs(outputs: tuple[Output, ...], scenario: Scenario, frame: Frame) -> None:
    """Ask for every output in a party in which nothing happens, so that a wrong question is known before any work.

    Raises
    ------
    RumorsimError
        When one cannot be asked, such as for a role that nobody has in a place.
    """
    ensemble = empty_ensemble(scenario, frame)
    for output in outputs:
        output.numbers(ensemble)
