"""Run folders as a whole: who made them from what, and opening them again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.provenance import code_digest, environment, now
from rumorsim.ensemble.store import intact_parts, read_rows, read_text, write_text
from rumorsim.errors import StoreError
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["Manifest", "flat_items", "open_run", "scenario_differences"]

_FORMAT: Final = 1
_SCENARIO: Final = "scenario.resolved.json"
_PROVENANCE: Final = "provenance.json"
#: How many differences between two scenarios a message lists.
_LISTED: Final = 5


@dataclass(frozen=True)
class Manifest:
    """What a run folder holds the run of; two runs share a folder only if all of it is equal.

    Attributes
    ----------
    scenario : str
        Fingerprint of the scenario.
    seed, parameters, model
        Arguments of the run.
    code : str
        Digest of the code and tables that made it.
    resolved : str
        The scenario in its full form, JSON.
    """

    scenario: str
    seed: int
    parameters: str
    model: str
    code: str
    resolved: str

    @classmethod
    def of(cls, scenario: Scenario, seed: int, parameters: str, model: str) -> Manifest:
        """Take the manifest of a run from its arguments."""
        return cls(scenario.fingerprint(), seed, parameters, model, code_digest(), scenario.to_json())

    def _identity(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "resolved"}

    def claim(self, folder: Path, replicates: int) -> None:
        """Make a folder the one of this run, or check that it is.

        Raises
        ------
        StoreError
            When it holds something else, with the difference.
        """
        if not (folder / _PROVENANCE).exists():
            strangers = (
                sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
                if (folder.is_dir())
                else []
            )
            if strangers and strangers != [_SCENARIO] and strangers != ["prior"]:
                raise StoreError(
                    "the folder is not empty and holds no run",
                    file=folder,
                    given=strangers[:3],
                    allowed="a new or empty folder, or the folder of the same run",
                )
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / _SCENARIO, self.resolved)
            self._write(folder, {"started": now(), "stretches": []}, replicates)
            return
        held = _provenance(folder)
        differences = list(self._differences(folder, held["run"]))
        if held["replicates"] > replicates:
            differences.append(f"{held['replicates']} replicates there, {replicates} asked for")
        if differences:
            raise StoreError(
                "the folder holds another run: " + "; ".join(differences),
                file=folder,
                allowed="another folder, or the same run with at least as many replicates",
            )
        if held["replicates"] < replicates:
            (folder / "fingerprint").unlink(missing_ok=True)
            self._write(folder, held, replicates)

    def _differences(self, folder: Path, held: Mapping[str, Any]) -> Iterator[str]:
        for name, value in self._identity().items():
            there = held.get(name)
            if there == value:
                continue
            if name == "scenario":
                yield from scenario_differences(read_text(folder / _SCENARIO), self.resolved)
            elif name == "code":
                yield "it was made by another state of the code"
            else:
                yield f"{name} {there} there, {value} here"

    def _write(self, folder: Path, held: Mapping[str, Any], replicates: int) -> None:
        record = {
            "format": _FORMAT,
            **held,
            "run": self._identity(),
            "replicates": replicates,
            "environment": environment(),
        }
        write_text(folder / _PROVENANCE, json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    def seal(self, folder: Path, replicates: int, stretch: Mapping[str, Any], fingerprint: str) -> None:
        """Write into the provenance that the run is complete."""
        held = _provenance(folder)
        stretches = [*held.get("stretches", []), dict(stretch)]
        held |= {"finished": now(), "stretches": stretches, "fingerprint": fingerprint}
        self._write(folder, held, replicates)


def _provenance(folder: Path) -> dict[str, Any]:
    try:
        held = json.loads(read_text(folder / _PROVENANCE))
    except ValueError as error:
        raise StoreError(f"is not valid JSON: {error}", file=folder / _PROVENANCE) from None
    if not isinstance(held, dict) or held.get("format") != _FORMAT:
        raise StoreError("was written by another version", file=folder / _PROVENANCE, allowed=f"format {_FORMAT}")
    return held


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


def scenario_differences(there: str, here: str) -> Iterator[str]:
    """Yield what differs between two resolved scenarios, the first few of it."""
    old, new = dict(flat_items(json.loads(there))), dict(flat_items(json.loads(here)))
    skipped = ("title", "description", "name", "path")
    different = [
        f"{key} {old.get(key)} there, {new.get(key)} here"
        for key in [*old, *(key for key in new if key not in old)]
        if old.get(key) != new.get(key) and key not in skipped
    ]
    yield from different[:_LISTED]
    if len(different) > _LISTED:
        yield f"and {len(different) - _LISTED} more differences of the scenario"


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
        When it is no run folder, is unfinished, or was damaged.

    Examples
    --------
    >>> import rumorsim as rs
    >>> rs.open_run("no/such/folder")
    Traceback (most recent call last):
    rumorsim.errors.StoreError: no/such/folder: not a run folder; allowed: a folder with provenance.json, made by \
`rumorsim run --out`
    """
    home = Path(folder)
    held = _provenance(home)
    parts = intact_parts(home)
    there = sorted(int(k) for part in parts for k in part.replicates)
    if there != list(range(held["replicates"])):
        raise StoreError(
            f"unfinished or damaged: {len(there)} of {held['replicates']} replicates are intact",
            file=home,
            allowed="a finished run; the command that began it completes it",
        )
    expected = read_text(home / "fingerprint").strip()
    if combined(read_rows(home, "runs", parts)["digest"].tolist()) != expected:
        raise StoreError("the fingerprint does not belong to the replicates", file=home / "fingerprint")
    return Ensemble(
        load_scenario(home / _SCENARIO),
        Frame.from_json(read_text(home / "frame.json")),
        int(held["run"]["seed"]),
        str(held["run"]["parameters"]),
        lambda name: read_rows(home, name, parts),
        folder=home,
        prior=open_run(home / "prior") if (home / "prior" / _PROVENANCE).exists() else None,
    )
