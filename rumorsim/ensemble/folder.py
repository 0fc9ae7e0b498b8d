"""Run folders: what they hold the run of, and opening them again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.tables import RUN, RUN_3, TABLES
from rumorsim.ensemble.work import layout_of
from rumorsim.runs.files import AGAIN, folder_path, read_text
from rumorsim.runs.folder import Form, stamp_of
from rumorsim.runs.journal import Row
from rumorsim.runs.provenance import code_digest
from rumorsim.runs.seal import PROVENANCE, Altered, Damaged
from rumorsim.runs.store import Part, Tables, intact_parts, read_rows
from rumorsim.runs.verify import SCENARIO, restore_scenario, verify
from rumorsim.scenario import Scenario

__all__ = [
    "ensemble_of",
    "flat_items",
    "form_of",
    "from_zero",
    "identity_differences",
    "listed_differences",
    "numbers_of",
    "open_run",
    "scenario_differences",
]

#: The run beside the archive, as a table and as it is printed.
_VERDICT: Final = ("verdict.csv", "verdict.txt")
#: What a run folder may hold beside its tables and its provenance.
_OWN: Final = frozenset({SCENARIO, "frame.json", "fingerprint", *_VERDICT, "figures", "prior", *TABLES})
#: The module that makes the results of a run.
_CODE: Final = "rumorsim.ensemble.work"
#: How many differences between two scenarios or studies a message lists.
_LISTED: Final = 5


def form_of(scenario: Scenario, numbers: range, draws: Draws, decode: Callable[[Sequence[Row]], Tables]) -> Form:
    """Return what the folder of a run is to hold."""
    resolved, fingerprint = scenario.to_json(), scenario.fingerprint()
    identity = {
        "scenario": fingerprint,
        "seed": draws.seed,
        "parameters": draws.parameters,
        "model": draws.model,
        "code": code_digest(_CODE),
    }
    if draws.posterior is not None:
        identity["posterior"] = draws.posterior.digest

    def differences(folder: Path, held: Mapping[str, Any]) -> Iterator[str]:
        yield from identity_differences(folder, held["run"], identity, resolved)
        there_too = numbers_of(held)
        if there_too.start < numbers.start or there_too.stop > numbers.stop:
            if there_too.start or numbers.start:
                yield f"replicates {_span(there_too)} there, {_span(numbers)} asked for"
            else:
                yield f"{len(there_too)} replicates there, {len(numbers)} asked for"

    return Form(
        kind="run",
        about="run",
        identity=identity,
        layout=replace(layout_of(draws), stamp=stamp_of(identity)),
        wanted={0: numbers},
        decode=decode,
        own=_OWN,
        files=[SCENARIO, "frame.json", f"prior/{PROVENANCE}"],
        restore=lambda folder: restore_scenario(folder, fingerprint, resolved),
        differences=differences,
        summary={"replicates": len(numbers), "first": numbers.start},
        code=_CODE,
    )


def flat_items(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) for all that is in nested tables; items of a list go by their ids, if they have them.

    Examples
    --------
    >>> dict(flat_items({"stop": 1, "events": [{"id": "letter", "prob": 0.5}]}))
    {'stop': 1, 'events.letter.prob': 0.5}
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat_items(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and all(isinstance(one, dict) and "id" in one for one in value):
        for one in value:
            yield from flat_items({key: inner for key, inner in one.items() if key != "id"}, f"{path}.{one['id']}")
    else:
        yield path, value


def identity_differences(
    folder: Path, there: Mapping[str, Any], here: Mapping[str, Any], resolved: str
) -> Iterator[str]:
    """Yield what differs between what a folder holds and what is asked for; the `resolved` scenario in detail."""
    for name, value in here.items():
        if there.get(name) == value:
            continue
        if name == "scenario":
            yield from scenario_differences(read_text(folder / SCENARIO), resolved)
        elif name == "code":
            yield "it was made by a different state of the code"
        else:
            yield f"{name} {there.get(name)} there, {value} here"


def scenario_differences(there: str, here: str) -> Iterator[str]:
    """Yield what differs between two resolved scenarios, the first few of it."""
    try:
        old, new = dict(flat_items(json.loads(there))), dict(flat_items(json.loads(here)))
    except (ValueError, RecursionError):
        yield "another scenario, the file of which is damaged"
        return
    yield from listed_differences(old, new, ("title", "description", "name", "path"), "scenario")


def listed_differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    skipped: Sequence[str],
    what: str,
    said: Callable[[Any], str] = str,
) -> Iterator[str]:
    """Yield what differs between two flat tables, the first few of it and how many more there are."""
    different = [
        f"{key} {said(old.get(key))} there, {said(new.get(key))} here"
        for key in [*old, *(key for key in new if key not in old)]
        if old.get(key) != new.get(key) and key not in skipped
    ]
    yield from different[:_LISTED]
    if len(different) > _LISTED:
        yield f"and {len(different) - _LISTED} more differences of the {what}"


def open_run(folder: str | os.PathLike[str]) -> Ensemble:
    """Open a stored run.

    Parameters
    ----------
    folder : path
        Folder given to `rumorsim.run` as ``out``.

    Returns
    -------
    Ensemble
        Tables are read when first asked for.

    Raises
    ------
    StoreError
        When it is no run folder, is unfinished, altered, damaged, or of a format this version cannot read.

    Examples
    --------
    >>> import rumorsim as rs
    >>> rs.open_run("no/such/folder")
    Traceback (most recent call last):
    rumorsim.errors.StoreError: no/such/folder: not a run folder; allowed: a folder with provenance.json, made by \
`rumorsim run --out`
    """
    home = folder_path(folder, "folder")
    held = verify(home, "run")
    numbers, about = numbers_of(held.provenance), held.provenance["run"]
    layout = RUN_3 if held.older else RUN
    parts = intact_parts(home, layout, sealed=not held.unsealed)
    there = sorted(int(k) for part in parts for k in part.keys)
    if there != list(numbers):
        raise Damaged(
            f"damaged: {len(there)} of {len(numbers)} replicates are intact",
            file=home,
            allowed="a finished run; the command that began it completes it",
        )
    model = str(about.get("model", "party"))
    digests = read_rows(home, "runs", parts, layout)["digest"].tolist()
    if combined(digests, model) != read_text(home / "fingerprint").strip():
        raise Altered("altered: the fingerprint does not belong to the replicates", file=home / "fingerprint")
    prior = open_run(home / "prior") if (home / "prior").exists() else None
    seed, parameters = int(about["seed"]), str(about["parameters"])
    return ensemble_of(home, held.scenario, seed, parameters, numbers, parts, prior, held.older, model)


def ensemble_of(
    home: Path,
    scenario: Scenario,
    seed: int,
    parameters: str,
    numbers: range,
    parts: Sequence[Part],
    prior: Ensemble | None = None,
    older: str | None = None,
    model: str = "party",
) -> Ensemble:
    """Return the run that the parts in a folder hold, whether it is sealed or not; see `open_run`."""
    layout = RUN_3 if older else RUN
    path = home / "frame.json"
    try:
        frame = Frame.from_json(read_text(path))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Damaged(f"damaged: {error}", file=path, allowed=AGAIN) from error
    return Ensemble(
        scenario,
        frame,
        seed,
        parameters,
        lambda name: from_zero(read_rows(home, name, parts, layout), numbers),
        folder=home,
        prior=prior,
        older=older,
        numbers=numbers,
        model=model,
    )


def numbers_of(held: Mapping[str, Any]) -> range:
    """Return the numbers of the replicates of a run from its provenance; older ones begin with 0."""
    first = int(held.get("first", 0))
    return range(first, first + int(held["replicates"]))


def from_zero(rows: NDArray[Any], numbers: range) -> NDArray[Any]:
    """Return rows of a table with the replicates counted from 0."""
    if numbers.start:
        rows = rows.copy()
        rows["replicate"] -= numbers.start
    return rows


def _span(numbers: range) -> str:
    return f"{numbers.start} to {numbers.stop - 1}"
