"""Two scenarios, the same people, the same luck: running both and setting them side by side."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from rumorsim.core.checks import whole
from rumorsim.ensemble import Ensemble, open_run
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import Moment
from rumorsim.ensemble.run import RunPlan, check_workers, execute
from rumorsim.errors import RunError
from rumorsim.party import build_party
from rumorsim.runs.files import folder_path, locked, remove_work, usable, work_folder, write_json, write_text
from rumorsim.runs.machine import Progress, finished
from rumorsim.runs.notebook import shown
from rumorsim.runs.provenance import environment, now
from rumorsim.runs.seal import PROVENANCE, Damaged, sealed
from rumorsim.runs.verify import claimable, intact, kind_of, provenance_of, refuse_older
from rumorsim.scenario import Scenario, load_scenario
from rumorsim.study.outputs import empty_ensemble
from rumorsim.study.pairs.comparison import Comparison
from rumorsim.study.pairs.divergence import PairReplay

__all__ = ["Side", "compare", "opened"]

#: What may be compared: a scenario in any form, or a run that is there already.
Side = Scenario | Ensemble | str | os.PathLike[str]

_OWN: Final = frozenset({"a", "b", "comparison.csv", "comparison.json", "fingerprint", "figures"})
_SEED: Final = 1956


def compare(
    a: Side,
    b: Side,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    places: Iterable[str] | None = None,
    dates: Iterable[Moment] | None = None,
    rumors: Iterable[str] | None = None,
    progress: Progress | None = None,
    out: str | os.PathLike[str] | None = None,
    *,
    level: float = 0.95,
    replays: int = 10,
    dask: str | None = None,
    retry_failed: bool = False,
) -> Comparison:
    """Run two scenarios with the same people and the same luck, and return their differences b - a.

    Replicate k of both sides uses the same random draws for every person (common random numbers): up to the moment
    the first difference takes effect both are equal bit for bit.

    Parameters
    ----------
    a, b : Scenario, name or path of one, Ensemble, or folder of a stored run
        Two stored runs must have the same seed and parameters; a scenario beside a stored run is run with its seed.
    replicates : int
        Pairs. By default as many as a stored run has, otherwise what scenario `a` sets (100).
    seed : int
        1956, or that of a stored run.
    workers : int
        Processes.
    places : words of the gazetteer
        All districts by default; the whole party is always there.
    dates : days
        For shares and numbers of reports; by default every seventh day back from the last.
    rumors : names
        All that both sides follow by default.
    out : path
        Folder to store both runs in, as ``a`` and ``b``, with comparison.csv, provenance.json and fingerprint; the
        same call goes on where it was stopped.
    level : float
        Coverage of the intervals.
    replays : int
        Replicates run again on both sides to compare person by person: when the two part, and who hears earlier or
        later. 0 leaves this out.
    progress, dask, retry_failed
        As in `rumorsim.run`.

    Raises
    ------
    RunError
        For an argument out of its bounds, and for stored runs of another seed.
    QueryError
        For rumors, places and dates that the two do not have in common.
    StoreError
        When the folder holds something else.

    Examples
    --------
    >>> import rumorsim as rs
    >>> base = rs.load_scenario("maki-thompson").replace({"population.size": 200, "stop": "1956-01-20"})
    >>> slow = base.replace({"classic.transmission_rate": 0.5})
    >>> comparison = rs.compare(base, slow, replicates=10)
    >>> row = comparison.select("share_aware", "secret_speech")[-1]
    >>> row.difference < 0 and row.low <= row.difference <= row.high
    True
    """
    if not 0.0 < level < 1.0:
        raise RunError("not a usable level", path="level", given=level, allowed="between 0 and 1")
    whole(replays, "replays", 0, what="not a usable number of replays", error=RunError)
    workers, progress = check_workers(workers), shown(progress, "replicates")
    sides = [opened(one) for one in (a, b)]
    stored = [one for one in sides if isinstance(one, Ensemble)]
    seed, parameters = _shared(stored, seed)
    wanted = _wanted(sides, stored, replicates)
    numbers = range(wanted) if not stored else range(stored[0].numbers[0], stored[0].numbers[0] + wanted)
    again = min(replays, wanted)
    for one in stored if again else ():
        refuse_older(one.folder, one.older, "replay")
    asked = {"rumors": rumors, "places": places, "dates": dates}
    chosen: dict[str, Any] = {name: None if words is None else tuple(words) for name, words in asked.items()}
    # What is asked is asked of runs in which nothing happens first, so that a wrong word costs no work.
    bare = [one if isinstance(one, Ensemble) else empty_ensemble(one, Frame.built(one)) for one in sides]
    Comparison(bare[0], bare[1], wanted, level=level, **chosen)
    with contextlib.ExitStack() as stack:
        home = None if out is None else _claimed(folder_path(out), stack)
        started = now()
        total = wanted * (2 - len(stored)) + again

        def told(offset: int) -> Progress | None:
            return None if progress is None else lambda done, _: progress(offset + done, total)

        # Both sides are done by the same workers; a stored one is only opened.
        plans = {
            name: RunPlan(side, numbers, seed, parameters)
            for name, side in zip("ab", sides, strict=True)
            if not isinstance(side, Ensemble)
        }
        folders = None if home is None else [home / name for name in plans]
        options: dict[str, Any] = {"dask": dask, "retry_failed": retry_failed, "progress": told(0)}
        made = iter(execute(list(plans.values()), folders, workers, **options) if plans else [])
        pair = [side if isinstance(side, Ensemble) else next(made) for side in sides]
        comparison = Comparison(pair[0], pair[1], wanted, level=level, **chosen)
        if again and comparison.same_people:
            folder = None if home is None else work_folder(home)
            _replay(comparison, numbers[:again], workers, dask, folder, told(total - again))
        if home is not None:
            _write(home, comparison, started)
    return comparison


def opened(side: Side) -> Scenario | Ensemble:
    """Return the run that is stored in a folder, or else the scenario that goes by a name or path.

    Examples
    --------
    >>> opened("classroom").name
    'classroom'
    """
    if isinstance(side, (Scenario, Ensemble)):
        return side
    if not isinstance(side, (str, os.PathLike)) or isinstance(os.fspath(side), bytes):
        return load_scenario(side)  # says what it should be
    path = Path(side)
    return open_run(path) if path.is_dir() and kind_of(path) is not None else load_scenario(side)


def _shared(stored: list[Ensemble], seed: int | None) -> tuple[int, str]:
    """Return seed and parameters of the comparison; stored runs must agree with each other and with what is asked."""
    starts = [one.numbers[0] for one in stored]
    if len(set(starts)) > 1:
        raise RunError("the runs begin with different replicates: their random draws do not match", given=tuple(starts))
    for name in ("seed", "parameters"):
        found = [getattr(one, name) for one in stored]
        if len(set(found)) > 1:
            raise RunError(
                f"the runs differ in their {name}: people would not have the same random draws", given=tuple(found)
            )
    for one in stored:
        if one.model != "party":
            raise RunError("the run of a null world", file=one.folder, given=one.model, allowed="runs of the model")
    if not stored:
        return (_SEED if seed is None else seed), "mode"
    if seed is not None and seed != stored[0].seed:
        raise RunError("the stored run has another seed", path="seed", given=seed, allowed=str(stored[0].seed))
    return stored[0].seed, stored[0].parameters


def _wanted(sides: list[Scenario | Ensemble], stored: list[Ensemble], replicates: int | None) -> int:
    there = min((one.replicates for one in stored), default=None)
    if replicates is None:
        scenario = sides[0].scenario if isinstance(sides[0], Ensemble) else sides[0]
        return int(scenario.number("run.replicates")) if there is None else there
    replicates = whole(replicates, "replicates", 1, what="not a usable number of replicates", error=RunError)
    if there is not None and replicates > there:
        raise RunError("more replicates than the stored run has", given=replicates, allowed=f"1 to {there}")
    return replicates


def _claimed(home: Path, stack: contextlib.ExitStack) -> Path:
    """Return the folder, made if needed and held for writing; refused if it holds anything but a comparison."""
    usable(home)
    kind = claimable(home, "comparison", _OWN)
    if kind is not None and (home / PROVENANCE).exists():
        with contextlib.suppress(Damaged):  # it is written again
            provenance_of(home, "comparison").refuse_older("going on")
            intact(home, "comparison")
    stack.enter_context(locked(home))
    return home


def _replay(
    comparison: Comparison, again: range, workers: int, dask: str | None, folder: Path | None, progress: Progress | None
) -> None:
    a, b = comparison.a, comparison.b
    pair = PairReplay(a.scenario, b.scenario, build_party(a.scenario), a.seed, a.parameters)
    found = []
    for _, parting in finished(pair, again, workers, dask, folder):
        found.append(parting)
        if progress is not None:
            progress(len(found), len(again))
    comparison.partings = tuple(sorted(found, key=lambda parting: parting.replicate))


def _write(home: Path, comparison: Comparison, started: str) -> None:
    fingerprint = comparison.fingerprint()
    record: dict[str, Any] = {
        "started": started,
        "finished": now(),
        "comparison": {
            "a": comparison.a.scenario.fingerprint(),
            "b": comparison.b.scenario.fingerprint(),
            "folders": [str(one.folder) for one in (comparison.a, comparison.b)],
            "seed": comparison.a.seed,
            "parameters": comparison.a.parameters,
            "replicates": comparison.replicates,
            "level": comparison.level,
            "changes": list(comparison.changes),
        },
        "environment": environment(),
        "fingerprint": fingerprint,
    }
    write_text(home / "comparison.csv", comparison.to_csv())
    write_text(home / "fingerprint", fingerprint + "\n")
    write_json(home / PROVENANCE, sealed(home, record, ["comparison.csv", "fingerprint"]))
    remove_work(home)
