"""A calibration that is there already, read from its folder; nothing is run, and nothing is written."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rumorsim.ensemble.frame import Frame
from rumorsim.errors import StoreError
from rumorsim.inference.bank import Bank, Round, prior_rounds, rounds_of
from rumorsim.inference.calibrate import FRAME, PLAN
from rumorsim.inference.calibration import Calibration
from rumorsim.inference.nulls import NULL_WORLDS, null_runs
from rumorsim.runs.files import folder_path, read_text
from rumorsim.runs.seal import Damaged
from rumorsim.runs.verify import SCENARIO
from rumorsim.scenario import load_scenario

__all__ = ["is_calibration", "stored_calibration"]


def is_calibration(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder is that of a calibration, finished or not.

    Examples
    --------
    >>> is_calibration("no/such/folder")
    False
    """
    return (Path(folder) / PLAN).is_file()


def stored_calibration(folder: str | os.PathLike[str]) -> Calibration:
    """Return the calibration in a folder, by its complete rounds.

    Raises
    ------
    StoreError
        When it holds none, or no complete round.
    """
    path = folder_path(folder)
    allowed = "a folder that rumorsim calibrate has filled"
    if not is_calibration(path):
        raise StoreError("holds no calibration", file=path, allowed=allowed)
    try:
        held = json.loads(read_text(path / PLAN))
        seed, draws = int(held["seed"]), int(held["draws"])
    except (ValueError, TypeError, KeyError):
        raise Damaged("damaged: it does not say what was planned", file=path / PLAN, allowed=allowed) from None
    scenario = load_scenario(path / SCENARIO)
    if scenario.fingerprint() != held.get("scenario"):
        raise Damaged("damaged: it is of another scenario", file=path / SCENARIO, allowed=allowed)
    complete = _complete(path / "bank", rounds_of(draws))
    if not complete:
        raise StoreError("no round of the calibration is complete", file=path, allowed="the same command goes on")
    bank = Bank(scenario, seed, complete)
    home, nulls = path / "nulls", {}
    planned = null_runs(draws) if home.is_dir() else 0
    for model in NULL_WORLDS if planned else ():
        folders = _complete(home / model, prior_rounds(planned))
        if folders:
            nulls[model] = Bank(scenario, seed, folders, model)
    frame = Frame.from_json(read_text(path / FRAME))
    return Calibration(bank, draws, frame, nulls=nulls, null_runs=planned)


def _complete(home: Path, planned: list[Round]) -> list[Path]:
    """Return the folders of the rounds up to the first that is not complete; a sealed one has a fingerprint."""
    found = []
    for one in planned:
        folder = home / one.name
        if not (folder / "fingerprint").is_file():
            break
        found.append(folder)
    return found
