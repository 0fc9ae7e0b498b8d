"""Whether what is stored is what was stored: one check for the folders of runs, sweeps, comparisons and experiments.

A folder that is complete is sealed: its provenance then names every file the result stands on with size and SHA-256,
and carries a SHA-256 of itself. The seal is a checksum, not a signature: it finds what was changed by accident or by
hand, and not who changed the seal as well. Four things are told apart, each with what to do: *altered* (it can be read,
and it is not what was stored), *damaged* (it is missing, cut short or cannot be read), *unfinished* (it was never
sealed) and *another format*. Folders of a known older format have no seal; they are opened for reading, and nothing is
added to them.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rumorsim import __version__
from rumorsim.errors import RumorsimError, StoreError
from rumorsim.runs.files import AGAIN, usable, write_text
from rumorsim.runs.journal import state_of
from rumorsim.runs.seal import FORMAT, PROVENANCE, SEAL, Altered, Damaged, check_files, record_digest, undone
from rumorsim.scenario import Scenario, load_scenario

__all__ = [
    "SCENARIO",
    "Held",
    "OtherFormat",
    "Unfinished",
    "claimable",
    "intact",
    "kind_of",
    "of_kind",
    "provenance_of",
    "refuse_older",
    "restore_scenario",
    "verify",
]

#: Formats that are still read: 1, written by 0.1, has no seal; the parts of 2, written by 0.2, were written by workers;
#: the verdict of 3 has the words of before.
_OLDER: Final = (1, 2, 3)
_UNSEALED: Final = 1
SCENARIO: Final = "scenario.resolved.json"
#: Kind of folder -> with its article, and what makes one.
_KINDS: Final = {
    "simulations": ("a sweep of simulations", "a folder that rs.sweep of a SimulationStudy made"),
    "bank": ("a bank", "a folder that `rumorsim calibrate --out` made for one round"),
    "calibration": ("a calibration", "a folder made by `rumorsim calibrate --out`"),
    "run": ("a run", "a folder with provenance.json, made by `rumorsim run --out`"),
    "sweep": ("a sweep", "a folder made by `rumorsim sweep --out`"),
    "comparison": ("a comparison", "a folder made by `rumorsim compare --out`"),
    "experiment": ("an experiment", "a folder with experiment.toml, or one that `rumorsim reproduce --out` made"),
}
_NOT_ONE: Final = {"run": "not a run folder", "sweep": "not the folder of a sweep"}
#: What tells the kind of a folder whose provenance says nothing.
_SIGNS: Final = {
    "sweep": ("study.resolved.json", "points.parquet"),
    "comparison": ("comparison.csv", "a/provenance.json", "b/provenance.json"),
    "experiment": ("experiment.toml", "results"),
    "simulations": ("simulations.json",),
    "bank": ("scores",),
    "calibration": ("calibration.json",),
    "run": (PROVENANCE, "frame.json", "awareness"),
}
#: In the provenance: what it is about -> kind.
_ABOUT: Final = {
    "run": "run",
    "study": "sweep",
    "comparison": "comparison",
    "simulations": "simulations",
    "bank": "bank",
    "full": "experiment",
    "small": "experiment",
}
_log: Final = logging.getLogger("rumorsim")
_told: Final[set[str]] = set()


class Unfinished(StoreError):
    """What was begun in a folder was never completed."""


class OtherFormat(StoreError):
    """A folder was written by a version whose folders this one cannot read, or cannot go on with."""


@dataclass(frozen=True)
class Held:
    """A folder that was checked.

    Attributes
    ----------
    folder : Path
    kind : "run", "sweep", "comparison" or "experiment"
    provenance : dict
    older : str or None
        If it is of an older format, a phrase that names both formats and versions.
    unsealed : bool
        Whether folders of its format have no seal.
    found : Scenario or None
        That of a run or sweep, once it has been checked.
    """

    folder: Path
    kind: str
    provenance: dict[str, Any]
    older: str | None = None
    found: Scenario | None = None
    unsealed: bool = False

    @property
    def scenario(self) -> Scenario:
        """The scenario of a run or sweep that was verified."""
        if self.found is None:
            raise StoreError("no scenario was read", file=self.folder)
        return self.found

    def refuse_older(self, what: str) -> None:
        """Raise `OtherFormat` if the folder is of an older format, which is only read."""
        refuse_older(self.folder, self.older, what)


def refuse_older(folder: Path | None, older: str | None, what: str) -> None:
    """Raise `OtherFormat` for a folder of an older format: `what` needs the code that made it."""
    if older is not None:
        raise OtherFormat(
            f"another format: {older}; it can be read, and {what} needs the version that made it",
            file=folder,
            allowed=f"open_run, open_sweep, plot and sensitivity; to {what}, another folder",
        )


def kind_of(folder: Path) -> str | None:
    """Return what a folder holds, finished or not: "run", "sweep", "comparison", "experiment", or None.

    Examples
    --------
    >>> kind_of(Path("no/such/folder")) is None
    True
    """
    try:
        held = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        held = None
    for word, kind in _ABOUT.items():
        if isinstance(held, dict) and isinstance(held.get(word), dict):
            return kind
    for kind, signs in _SIGNS.items():
        if any(os.path.exists(folder / sign) for sign in signs):
            return kind
    return None


def of_kind(folder: Path, kind: str) -> None:
    """Check that a folder holds one kind of result.

    Raises
    ------
    StoreError
        When it holds another one, or nothing; the message says which.
    """
    usable(folder)
    found = kind_of(folder)
    if found is None:
        what = _NOT_ONE.get(kind, f"does not hold {_KINDS[kind][0]}")
        raise StoreError(what, file=folder, allowed=_KINDS[kind][1])
    if found != kind:
        what = f", {_NOT_ONE[kind]}" if kind in _NOT_ONE else ""
        raise StoreError(f"holds {_KINDS[found][0]}{what}", file=folder, allowed=_KINDS[kind][1])


def provenance_of(folder: Path, kind: str) -> Held:
    """Read the provenance of a folder, without looking at the files it names.

    Raises
    ------
    StoreError
        When the folder holds something else or nothing; `Damaged` or `OtherFormat`.
    """
    of_kind(folder, kind)
    path = folder / PROVENANCE
    held = _json(path)
    if not isinstance(held, dict) or (kind != "experiment" and not any(isinstance(held.get(w), dict) for w in _ABOUT)):
        raise Damaged("damaged: it does not say what it is about", file=path, allowed=AGAIN)
    # The first experiments were committed without a number.
    number = held.get("format", _OLDER[0] if kind == "experiment" else None)
    if number == FORMAT and not isinstance(number, bool):
        return Held(folder, kind, held)
    environment = held.get("environment")
    version = environment.get("rumorsim", "unknown") if isinstance(environment, dict) else "unknown"
    older = f"format {number}, written by rumorsim {version}; here are format {FORMAT} and rumorsim {__version__}"
    if number not in _OLDER or isinstance(number, bool):
        raise OtherFormat(f"another format: {older}", file=path, allowed=f"format {_OLDER[0]} to {FORMAT}")
    if SEAL in held and number == _UNSEALED:
        raise Altered("altered: folders of that format have no seal", file=path, allowed=undone(path))
    return Held(folder, kind, held, older, unsealed=number == _UNSEALED)


def verify(folder: Path, kind: str | None = None) -> Held:
    """Check that a folder is complete and holds what was stored in it.

    Parameters
    ----------
    folder : Path
    kind : "run", "sweep", "comparison" or "experiment", optional
        What it has to hold; anything by default.

    Raises
    ------
    StoreError
        When the folder holds something else or nothing; otherwise `Altered`, `Damaged`, `Unfinished` or
        `OtherFormat`, with the file and with what to do.

    Examples
    --------
    >>> verify(Path("no/such/folder"), "sweep")
    Traceback (most recent call last):
    rumorsim.errors.StoreError: no/such/folder: not the folder of a sweep; allowed: a folder made by `rumorsim sweep \
--out`
    """
    kind = kind or kind_of(folder) or "run"
    found = provenance_of(folder, kind)
    held = found.provenance
    if not found.unsealed:
        seal = held.get(SEAL)
        if not isinstance(seal, dict) or not isinstance(seal.get("files"), dict):
            raise _unfinished(found)
        if seal.get("record") != record_digest(held):
            raise Altered("altered since it was stored", file=folder / PROVENANCE, allowed=undone(folder / PROVENANCE))
        check_files(folder, seal["files"], str(held.get("fingerprint")))
    elif kind != "experiment" and "fingerprint" not in held:
        raise _unfinished(found)
    if kind in ("run", "sweep", "bank"):
        found = replace(found, found=_scenario_in(folder, held["study" if kind == "sweep" else kind].get("scenario")))
    if kind == "comparison":
        for side in ("a", "b"):
            if (folder / side).exists():
                verify(folder / side, "run")
    if found.older is not None and kind != "experiment" and str(folder.absolute()) not in _told:
        _told.add(str(folder.absolute()))
        _log.warning("rumorsim: %s is of %s. It is read as it is; nothing is added to it.", folder, found.older)
    return found


def _unfinished(found: Held) -> Unfinished:
    if found.older is not None:
        return Unfinished(
            f"the {found.kind} is unfinished, and of an older format: {found.older}",
            file=found.folder,
            allowed="the version that began it completes it",
        )
    state = state_of(found.folder)
    far = "" if state is None else f" ({state})"
    return Unfinished(
        f"the {found.kind} is unfinished",
        file=found.folder,
        allowed=f"a finished {found.kind}; the command that began it completes it{far}",
    )


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Damaged(f"damaged: {error.strerror}", file=path, allowed=AGAIN) from None
    except (ValueError, RecursionError):
        given = "an empty file" if not path.stat().st_size else None
        raise Damaged("damaged: it is not valid JSON", file=path, given=given, allowed=AGAIN) from None


def _scenario_in(folder: Path, fingerprint: Any) -> Scenario:
    """Return the scenario of a folder, checked against its recorded fingerprint; `Altered` or `Damaged` if it fails."""
    path = folder / SCENARIO
    _json(path)
    try:
        found = load_scenario(path)
    except RumorsimError as error:
        raise Altered(f"altered: no longer a scenario: {error}", file=path, allowed=undone(path)) from error
    if found.fingerprint() != fingerprint:
        raise Altered(
            "altered: the scenario does not have the fingerprint that was recorded for it",
            file=path,
            given=found.fingerprint(),
            allowed=f"{fingerprint}; {undone(path)}",
        )
    return found


def restore_scenario(folder: Path, fingerprint: str, resolved: str) -> None:
    """Write the scenario of a folder unless it is there; `Altered` if another one is."""
    try:
        _scenario_in(folder, fingerprint)
    except Damaged:
        write_text(folder / SCENARIO, resolved)


def claimable(folder: Path, kind: str, own: Iterable[str]) -> str | None:
    """Return the kind of a folder that is to hold a result, None if nothing is in it yet.

    Raises
    ------
    StoreError
        When it holds a result of another kind, or things that no result is made of.
    """
    found = kind_of(folder)
    allowed = f"a new or empty folder, or the folder of the same {_KINDS[kind][0].partition(' ')[2]}"
    if found is not None and found != kind:
        raise StoreError(f"the folder holds {_KINDS[found][0]}", file=folder, allowed=allowed)
    if not (folder / PROVENANCE).exists():
        there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        strangers = sorted(name for name in there if name not in set(own) and not name.startswith("."))
        if strangers:
            no = _KINDS[kind][0].partition(" ")[2]
            raise StoreError(
                f"the folder is not empty and holds no {no}", file=folder, given=strangers[:3], allowed=allowed
            )
    return found


def intact(folder: Path, kind: str) -> bool:
    """Return whether a folder is complete and as it was stored; what is altered or of another format is an error."""
    try:
        verify(folder, kind)
    except (Damaged, Unfinished):
        return False
    return True
