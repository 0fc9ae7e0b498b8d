"""Run folders as a whole: who made them from what, and opening them again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.files import AGAIN, check_tables, read_text, storing
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.provenance import code_digest, environment, now
from rumorsim.ensemble.seal import FORMAT, PROVENANCE, Altered, Damaged, part_files, sealed, unsealed
from rumorsim.ensemble.store import RUN, Layout, Part, foreign_parts, intact_parts, read_rows, write_json
from rumorsim.ensemble.tables import TABLES
from rumorsim.ensemble.verify import SCENARIO, claimable, intact, provenance_of, restore_scenario, verify
from rumorsim.errors import StoreError
from rumorsim.scenario import Scenario

__all__ = ["Manifest", "ensemble_of", "flat_items", "open_run", "scenario_differences"]

#: The run beside the archive, as a table and as it is printed.
_VERDICT: Final = ("verdict.csv", "verdict.txt")
#: What a run folder may hold beside its tables and its provenance.
_OWN: Final = frozenset({SCENARIO, "frame.json", "fingerprint", *_VERDICT, "figures", "prior", *TABLES})
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

    @property
    def layout(self) -> Layout:
        """The tables of the run; its parts carry a digest of what they are the results of."""
        stamp = hashlib.sha256(json.dumps(self._identity(), sort_keys=True).encode()).hexdigest()
        return replace(RUN, stamp=stamp)

    def claim(self, folder: Path, replicates: int) -> bool:
        """Make a folder the one of this run, or check that it is; return whether it is complete and as it was stored.

        What is damaged and can be made again is no hindrance: it counts as not complete.

        Raises
        ------
        StoreError
            When it holds something else, with the difference; `Altered` and `OtherFormat` of
            `rumorsim.ensemble.verify`; and `Damaged`, when nothing says which run the parts in it are of.
        """
        held_kind = claimable(folder, "run", _OWN)
        check_tables(folder, [*TABLES, "prior"])
        if held_kind is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._begin(folder, replicates)
            return False
        try:
            found = provenance_of(folder, "run")
        except Damaged:
            if foreign_parts(folder, self.layout):
                raise
            self._begin(folder, replicates)
            return False
        found.refuse_older("going on")
        complete = intact(folder, "run")
        held = found.provenance
        differences = list(self._differences(folder, held["run"]))
        if held["replicates"] > replicates:
            differences.append(f"{held['replicates']} replicates there, {replicates} asked for")
        if differences:
            raise StoreError(
                "the folder holds another run: " + "; ".join(differences),
                file=folder,
                allowed="another folder, or the same run with at least as many replicates",
            )
        return complete and held["replicates"] == replicates

    def _begin(self, folder: Path, replicates: int) -> None:
        restore_scenario(folder, self.scenario, self.resolved)
        self._write(folder, {"started": now(), "stretches": []}, replicates)

    def unseal(self, folder: Path, replicates: int) -> None:
        """Say that a folder of this run is no longer complete; its scenario is put back if it was damaged."""
        restore_scenario(folder, self.scenario, self.resolved)
        self._write(folder, unsealed(provenance_of(folder, "run").provenance), replicates)
        for name in ("fingerprint", *_VERDICT):
            with storing(folder):
                (folder / name).unlink(missing_ok=True)

    def _differences(self, folder: Path, held: Mapping[str, Any]) -> Iterator[str]:
        for name, value in self._identity().items():
            there = held.get(name)
            if there == value:
                continue
            if name == "scenario":
                yield from scenario_differences(read_text(folder / SCENARIO), self.resolved)
            elif name == "code":
                yield "it was made by a different state of the code"
            else:
                yield f"{name} {there} there, {value} here"

    def _record(self, held: Mapping[str, Any], replicates: int) -> dict[str, Any]:
        own = {"run": self._identity(), "replicates": replicates, "environment": environment()}
        return {"format": FORMAT, **held, **own}

    def _write(self, folder: Path, held: Mapping[str, Any], replicates: int) -> None:
        write_json(folder / PROVENANCE, self._record(held, replicates))

    def seal(self, folder: Path, replicates: int, stretch: Mapping[str, Any], fingerprint: str) -> None:
        """Write into the provenance that the run is complete, with the seal of all it stands on."""
        held = provenance_of(folder, "run").provenance
        stretches = [*held.get("stretches", []), dict(stretch)]
        held |= {"finished": now(), "stretches": stretches, "fingerprint": fingerprint}
        files = [SCENARIO, "frame.json", "fingerprint", *_VERDICT, f"prior/{PROVENANCE}"]
        files += part_files(folder, TABLES)
        write_json(folder / PROVENANCE, sealed(folder, self._record(held, replicates), files))


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
    try:
        old, new = dict(flat_items(json.loads(there))), dict(flat_items(json.loads(here)))
    except (ValueError, RecursionError):
        yield "another scenario, the file of which is damaged"
        return
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
        When it is no run folder, is unfinished, altered, damaged, or of a format this version cannot read.

    Examples
    --------
    >>> import rumorsim as rs
    >>> rs.open_run("no/such/folder")
    Traceback (most recent call last):
    rumorsim.errors.StoreError: no/such/folder: not a run folder; allowed: a folder with provenance.json, made by \
`rumorsim run --out`
    """
    home = Path(folder)
    held = verify(home, "run")
    return ensemble_of(
        home,
        held.scenario,
        held.provenance,
        intact_parts(home, sealed=held.older is None),
        prior=open_run(home / "prior") if (home / "prior").exists() else None,
        older=held.older,
    )


def ensemble_of(
    home: Path,
    scenario: Scenario,
    held: Mapping[str, Any],
    parts: Sequence[Part],
    prior: Ensemble | None = None,
    older: str | None = None,
) -> Ensemble:
    """Return the run that the parts in a folder hold, whether it is sealed or not; see `open_run`."""
    there = sorted(int(k) for part in parts for k in part.replicates)
    if there != list(range(held["replicates"])):
        raise Damaged(
            f"damaged: {len(there)} of {held['replicates']} replicates are intact",
            file=home,
            allowed="a finished run; the command that began it completes it",
        )
    expected = read_text(home / "fingerprint").strip()
    if combined(read_rows(home, "runs", parts)["digest"].tolist()) != expected:
        raise Altered("altered: the fingerprint does not belong to the replicates", file=home / "fingerprint")
    path = home / "frame.json"
    try:
        frame = Frame.from_json(read_text(path))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Damaged(f"damaged: {error}", file=path, allowed=AGAIN) from error
    seed, parameters = int(held["run"]["seed"]), str(held["run"]["parameters"])
    return Ensemble(
        scenario, frame, seed, parameters, lambda name: read_rows(home, name, parts), folder=home, prior=prior,
        older=older,
    )  # fmt: skip
