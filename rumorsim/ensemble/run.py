"""Running a scenario: many replicates, any number of workers, one result; to be stopped and taken up at any moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.files import locked
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.folder import Manifest, ensemble_of, open_run
from rumorsim.ensemble.pool import run_tasks
from rumorsim.ensemble.provenance import now
from rumorsim.ensemble.reduce import Reducer
from rumorsim.ensemble.store import clean, intact_parts, read_rows, work_folder, write_text
from rumorsim.ensemble.tables import Tables, concatenated
from rumorsim.ensemble.verdict import verdict_csv, verdict_rows
from rumorsim.ensemble.verdict_text import verdict_text
from rumorsim.ensemble.work import Batch, Done, Work, batches
from rumorsim.errors import RunError, unknown
from rumorsim.model import assemble
from rumorsim.party import build_party
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["MODELS", "run"]

#: Models that can be run.
MODELS: Final = ("party",)

#: Called with the number of replicates done and their number in all.
Progress = Callable[[int, int], None]


def run(
    scenario: Scenario | str | os.PathLike[str],
    replicates: int | None = None,
    seed: int = 1956,
    workers: int = 1,
    parameters: str = "mode",
    model: str = "party",
    out: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    prior_replicates: int = 0,
) -> Ensemble:
    """Run a scenario and return its replicates.

    The same scenario, seed and parameters give the same `Ensemble.fingerprint` with any number of workers, stored or
    not, and after any number of interruptions: with ``out``, batches that are there in full are kept, and the same
    call finishes the rest.

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
    replicates : int
        100 unless the scenario sets ``run.replicates``. A stored run may be called again with more; the first ones
        stay as they are.
    seed : int
        0 to 2**64 - 1; drives the dynamics. The party comes from the scenario.
    workers : int
        Processes; with 1 everything happens in this one.
    parameters : str
        "mode": every replicate has the values of the scenario. "prior": every replicate draws those that have a prior
        and are neither structural nor set by the scenario.
    model : str
        "party".
    out : path
        Folder to store the run in; it must be new, empty, or hold the same run.
    progress : callable (done, in all)
        Called as batches finish.
    prior_replicates : int
        Further replicates with values drawn from the priors, as ``Ensemble.prior``, so that a fit can be compared
        with what the priors alone give.

    Raises
    ------
    RunError
        For an argument out of its bounds.
    StoreError
        When the folder holds another run, or somebody else is writing there.

    Examples
    --------
    >>> import rumorsim as rs
    >>> ensemble = rs.run(rs.load_scenario("maki-thompson"), replicates=20, seed=0)
    >>> ignorant = 1 - ensemble.share_aware("secret_speech", on="1956-02-29")
    >>> bool(0.15 < sorted(ignorant)[10] < 0.25)  # 0.203 for a large population
    True
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    wanted = int(chosen.number("run.replicates")) if replicates is None else replicates
    _check(wanted, seed, workers, prior_replicates)
    if model not in MODELS:
        raise unknown("model", model, MODELS, error=RunError, path="model")
    plan = _Plan(chosen, wanted, seed, parameters, model, prior_replicates)
    if out is None:
        return _in_memory(plan, workers, progress)
    return _stored(plan, Path(out), workers, progress)


def _check(replicates: int, seed: int, workers: int, prior_replicates: int) -> None:
    bounds = {
        "replicates": (replicates, 1, 10_000_000),
        "workers": (workers, 1, 1024),
        "prior_replicates": (prior_replicates, 0, 10_000_000),
    }
    check_seed(seed, error=RunError)
    for name, (value, low, high) in bounds.items():
        whole(value, name, low, high, what=f"not a usable number of {name}", error=RunError)


class _Plan:
    """The arguments of a run, and the work they ask for."""

    def __init__(
        self, scenario: Scenario, replicates: int, seed: int, parameters: str, model: str, prior_replicates: int
    ) -> None:
        self.scenario = scenario
        self.replicates = int(replicates)
        self.seed = int(seed)
        self.parameters = parameters
        self.model = model
        self.prior_replicates = int(prior_replicates)
        if parameters == "prior" and scenario.population != "party":
            allowed = "mode: the scenario has no priors"
            raise RunError("nothing is drawn", path="parameters", given=parameters, allowed=allowed)
        self.draws = Draws(scenario, parameters, self.seed)
        self.prior_draws = Draws(scenario, "prior", self.seed)

    def work(self, folder: Path | None) -> Work:
        party = build_party(self.scenario)
        assembly = assemble(self.scenario, party)
        reducer = Reducer(self.scenario, party)
        layouts = self.manifest(prior=False).layout, self.manifest(prior=True).layout
        return Work(assembly, reducer, self.draws, self.prior_draws, self.seed, folder, layouts)

    def manifest(self, *, prior: bool) -> Manifest:
        return Manifest.of(self.scenario, self.seed, "prior" if prior else self.parameters, self.model)


def _do(
    work: Work,
    todo: Sequence[Batch],
    workers: int,
    folder: Path | None,
    done: int,
    total: int,
    progress: Progress | None,
) -> list[Done]:
    """Do the batches and return what came of them, reporting progress."""
    results = []
    if progress is not None:
        progress(done, total)
    for batch, result in run_tasks(work, todo, workers, folder):
        results.append(result)
        done += len(batch.replicates)
        if progress is not None:
            progress(done, total)
    return results


def _in_memory(plan: _Plan, workers: int, progress: Progress | None) -> Ensemble:
    work = plan.work(None)
    todo = batches(range(plan.replicates), workers, prior=False)
    todo += batches(range(plan.prior_replicates), workers, prior=True)
    total = plan.replicates + plan.prior_replicates
    results = _do(work, todo, workers, None, 0, total, progress)

    def tables(prior: bool) -> Tables:
        return concatenated(done.tables for done in results if done.batch.prior == prior and done.tables is not None)

    main, companion = tables(False), tables(True)
    prior = None
    if plan.prior_replicates:
        prior = Ensemble(plan.scenario, work.reducer.frame, plan.seed, "prior", companion.__getitem__)
    return Ensemble(plan.scenario, work.reducer.frame, plan.seed, plan.parameters, main.__getitem__, prior=prior)


def _stored(plan: _Plan, out: Path, workers: int, progress: Progress | None) -> Ensemble:
    with locked(out):
        homes = [_Home(out, plan.manifest(prior=False), plan.replicates)]
        if plan.prior_replicates:
            homes.append(_Home(out / "prior", plan.manifest(prior=True), plan.prior_replicates))
        # Both are asked before anything is changed.
        complete = [home.manifest.claim(home.folder, home.wanted) for home in homes]
        if all(complete):
            if progress is not None:
                total = sum(home.wanted for home in homes)
                progress(total, total)
            return open_run(out)
        todo: list[Batch] = []
        for home in homes:
            home.manifest.unseal(home.folder, home.wanted)
            todo += batches(home.missing(), workers, prior=home.folder != out)
        total = plan.replicates + plan.prior_replicates
        kept = total - sum(len(batch.replicates) for batch in todo)
        started, begin = now(), time.perf_counter()
        work = plan.work(out)
        for home in homes:
            write_text(home.folder / "frame.json", work.reducer.frame.to_json())
        results = _do(work, todo, workers, work_folder(out), kept, total, progress)
        stretch = {
            "started": started,
            "finished": now(),
            "workers": workers,
            "replicates_kept": kept,
            "replicates_done": total - kept,
            "seconds": round(time.perf_counter() - begin, 3),
            "cpu_seconds": round(sum(done.cpu_seconds for done in results), 3),
        }
        companion = homes[1].finish(plan, stretch, None) if len(homes) > 1 else _companion(out)
        ensemble = homes[0].finish(plan, stretch, companion, verdict=True)
        # What is there need not be built again for a replay.
        ensemble.assembly, ensemble.party = work.assembly, work.assembly.party
        return ensemble


def _companion(out: Path) -> Ensemble | None:
    """Return the companion that an earlier call has left in a folder, if any."""
    return open_run(out / "prior") if (out / "prior").exists() else None


@dataclass(frozen=True)
class _Home:
    """A folder of a run or of its prior companion, and how many replicates it is to hold."""

    folder: Path
    manifest: Manifest
    wanted: int

    def missing(self) -> list[int]:
        """Return the replicates that are still to be run; what is not whole is removed."""
        parts = intact_parts(self.folder, self.manifest.layout)
        clean(self.folder, parts)
        there = {int(k) for part in parts for k in part.replicates}
        return [k for k in range(self.wanted) if k not in there]

    def finish(
        self, plan: _Plan, stretch: dict[str, Any], prior: Ensemble | None, *, verdict: bool = False
    ) -> Ensemble:
        """Seal the folder, every replicate being there once, and return what it holds."""
        parts = intact_parts(self.folder, self.manifest.layout)
        there = sorted(int(k) for part in parts for k in part.replicates)
        if there != list(range(self.wanted)):
            raise RunError("some replicates were not stored", file=self.folder, given=f"{len(there)} of {self.wanted}")
        clean(self.folder, parts)
        fingerprint = combined(read_rows(self.folder, "runs", parts)["digest"].tolist())
        write_text(self.folder / "fingerprint", fingerprint + "\n")
        held = {
            "replicates": self.wanted,
            "run": {"seed": self.manifest.seed, "parameters": self.manifest.parameters},
        }
        ensemble = ensemble_of(self.folder, plan.scenario, held, parts, prior)
        if verdict:
            rows = verdict_rows(ensemble)
            write_text(self.folder / "verdict.csv", verdict_csv(rows))
            write_text(self.folder / "verdict.txt", verdict_text(ensemble, rows))
        self.manifest.seal(self.folder, self.wanted, stretch, fingerprint)
        clean(self.folder, parts)
        return ensemble
