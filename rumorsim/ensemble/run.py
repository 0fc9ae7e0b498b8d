"""Running a scenario: many replicates, any number of workers, one result; to be stopped and taken up at any moment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.ensemble.draws import Draws, at_mode, default_parameters
from rumorsim.ensemble.ensemble import Ensemble
from rumorsim.ensemble.folder import ensemble_of, form_of, from_zero, open_run
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.verdict import verdict_csv, verdict_rows
from rumorsim.ensemble.verdict_text import verdict_text
from rumorsim.ensemble.work import Side, Work, World, decoded, layout_of
from rumorsim.errors import RunError
from rumorsim.model import MODELS, check_model
from rumorsim.party import Party, build_party
from rumorsim.runs.files import folder_path, locked, work_folder, write_text
from rumorsim.runs.folder import Folder
from rumorsim.runs.journal import Row
from rumorsim.runs.machine import Memory, Progress, Store, Task, perform, tasks_of
from rumorsim.runs.notebook import shown
from rumorsim.runs.store import Part, Tables
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["MODELS", "Progress", "RunPlan", "check_workers", "execute", "numbers_asked", "run", "seal_run"]

_MOST_WORKERS: Final = 1024
_MOST_REPLICATES: Final = 10_000_000
#: Replicates in a task: few enough that little is lost when a worker is killed, enough that tasks are few.
_LARGEST_TASK: Final = 16
_TASKS_A_WORKER: Final = 8


def run(
    scenario: Scenario | str | os.PathLike[str],
    replicates: int | range | None = None,
    seed: int = 1956,
    workers: int = 1,
    parameters: str | None = None,
    model: str = "party",
    out: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    prior_replicates: int = 0,
    *,
    dask: str | None = None,
    retry_failed: bool = False,
) -> Ensemble:
    """Run a scenario and return its replicates.

    The same scenario, seed and parameters give the same `Ensemble.fingerprint` with any number of workers, stored or
    not, and after any number of interruptions: with ``out``, what is finished is kept, and the same call does the rest.

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
    replicates : int or range
        100 unless the scenario sets ``run.replicates``. A stored run may be called again with more; the first ones
        stay as they are. ``range(40, 60)`` gives replicates 40 to 59, with the bytes that they have in the whole;
        `rumorsim.merge` joins what was run in pieces.
    seed : int
        0 to 2**64 - 1; drives the dynamics. The party comes from the scenario.
    workers : int
        Processes; with 1 everything happens in this one.
    parameters : str
        "posterior" where a fit is shipped for the scenario or one that it extends, else "mode", unless it is said.
        "mode": every replicate has the values of the scenario, or, where a fit is shipped, those of the draw that
        represents it. "prior": every replicate draws those that have a prior and are neither structural nor set by the
        scenario. "posterior": every replicate takes a draw of the fit, see `rumorsim.posterior`; what the fit does not
        know is drawn from its prior. What the scenario sets stays set.
    model : str
        "party", or one of the null worlds that it is compared with, in which one thing is taken away: "letter_only",
        "letter_only_spurious", "instantaneous", "gravity", "random_order"; see `rumorsim.model.worlds`.
    out : path
        Folder to store the run in; it must be new, empty, or hold the same run. A replicate that fails is then
        noted, and does not stop the others; the run is not finished before it has been done again.
    progress : callable (done, in all)
        Called as tasks finish.
    prior_replicates : int
        Further replicates with values drawn from the priors, as ``Ensemble.prior``, so that a fit can be compared
        with what the priors alone give.
    dask : str
        Address of a running scheduler of dask.distributed, or "local" to start one here; in place of own processes.
    retry_failed : bool
        Whether replicates that failed before are done again.

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
    # Everything is checked before the party is built.
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    wanted = int(chosen.number("run.replicates")) if replicates is None else replicates
    numbers = numbers_asked(wanted)
    what = "not a usable number of prior_replicates"
    further = whole(prior_replicates, "prior_replicates", 0, _MOST_REPLICATES, what=what, error=RunError)
    parameters = default_parameters(chosen) if parameters is None else parameters
    plan = RunPlan(chosen, numbers, seed, parameters, model, further)
    # A run is the case of one of what compare and experiments do with several.
    folders = None if out is None else [folder_path(out)]
    progress = shown(progress, "replicates")
    return execute([plan], folders, workers, dask=dask, retry_failed=retry_failed, progress=progress)[0]


def numbers_asked(replicates: Any) -> range:
    """Return the numbers of replicates that are asked for, by how many or by a range; RunError if they are none.

    Examples
    --------
    >>> numbers_asked(3), numbers_asked(range(40, 60))
    (range(0, 3), range(40, 60))
    """
    what = "not a usable number of replicates"
    if isinstance(replicates, range):
        if not replicates or replicates.step != 1 or replicates.start < 0 or replicates.stop > _MOST_REPLICATES:
            allowed = f"a range of successive numbers, 0 to {_MOST_REPLICATES}"
            raise RunError(what, path="replicates", given=replicates, allowed=allowed)
        return replicates
    return range(whole(replicates, "replicates", 1, _MOST_REPLICATES, what=what, error=RunError))


def check_workers(workers: Any) -> int:
    """Return a number of workers; RunError if it is none."""
    return whole(workers, "workers", 1, _MOST_WORKERS, what="not a usable number of workers", error=RunError)


@dataclass(eq=False)
class RunPlan:
    """The arguments of a run.

    Attributes
    ----------
    scenario : Scenario
    replicates, seed, parameters, model, prior_replicates : as in `run`.
    """

    scenario: Scenario
    numbers: range
    seed: int
    parameters: str = "mode"
    model: str = "party"
    prior_replicates: int = 0

    def __post_init__(self) -> None:
        check_seed(self.seed, error=RunError)
        check_model(self.scenario, self.model)
        if self.parameters == "prior" and self.scenario.population != "party":
            allowed = "mode: the scenario has no priors"
            raise RunError("nothing is drawn", path="parameters", given=self.parameters, allowed=allowed)
        if self.parameters == "mode":
            self.scenario = at_mode(self.scenario)
        self.draws = Draws(self.scenario, self.parameters, self.seed, self.model)

    @property
    def companion(self) -> RunPlan | None:
        """The run with values from the priors that goes with it."""
        if not self.prior_replicates:
            return None
        return RunPlan(self.scenario, range(self.prior_replicates), self.seed, "prior", self.model)

    def form(self) -> Any:
        """Return what the folder of the run is to hold."""
        return form_of(self.scenario, self.numbers, self.draws, self.decode)

    def decode(self, rows: Sequence[Row]) -> Tables:
        """Return the tables of some replicates."""
        return decoded([row.content for row in rows], layout_of(self.draws))


def execute(
    plans: Sequence[RunPlan],
    folders: Sequence[Path] | None,
    workers: int,
    *,
    dask: str | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
    build: bool = True,
) -> list[Ensemble]:
    """Do several runs on the same workers, and return them.

    Parameters
    ----------
    plans : the runs.
    folders : of the runs; None keeps them in memory.
    workers, dask, retry_failed, progress : as in `run`.
    build : bool
        Whether parties are built here and handed to the workers, or built by these.
    """
    workers = check_workers(workers)
    groups = [_Group(plan, None if folders is None else folders[k]) for k, plan in enumerate(plans)]
    with contextlib.ExitStack() as stack:
        for folder in folders or ():
            stack.enter_context(locked(folder))
        for group in groups:
            stack.callback(group.close)
        for group in groups:  # all are asked before anything is changed
            group.claim()
        unfinished = [group for group in groups if not group.complete]
        parties: dict[str, Party] = {}
        sides: list[Side] = []
        stores: list[Store] = []
        tasks: list[Task] = []
        for group in unfinished:
            if build:
                group.world = _world(group.plans[0], parties)
            for plan, store, missing in group.open(retry_failed=retry_failed):
                size = _size(missing, workers) if build else _LARGEST_TASK
                tasks += tasks_of([(0, missing)], size, len(stores))
                stores.append(store)
                sides.append(Side(plan.scenario, plan.draws, plan.seed, group.world))
        # One queue for all runs: the workers are busy to the end of the last.
        total = sum(len(plan.numbers) for group in groups for plan in group.plans)
        kept = total - sum(task.runs for task in tasks)
        stretch = perform(
            Work(sides, survives=folders is not None),
            tasks,
            stores,
            workers=workers,
            dask=dask,
            folder=work_folder(folders[0]) if folders and tasks else None,
            done=kept,
            total=total,
            progress=progress,
        )
        return [group.finish(stretch) for group in groups]


def _size(missing: Sequence[int], workers: int) -> int:
    """Return how many replicates a task has; the cut has no effect on the results."""
    return min(max(-(-len(missing) // (workers * _TASKS_A_WORKER)), 1), _LARGEST_TASK)


def _world(plan: RunPlan, parties: dict[str, Party]) -> World:
    """Return the world of a run, on a party that is there already if it has the same people."""
    key = plan.scenario.structural_key()
    if key not in parties:
        parties[key] = build_party(plan.scenario)
    return World.of(plan.scenario, parties[key], plan.model)


class _Group:
    """A run, the companion that goes with it, and where both are kept."""

    def __init__(self, plan: RunPlan, folder: Path | None) -> None:
        companion = plan.companion
        self.plans = [plan] if companion is None else [plan, companion]
        paths = [] if folder is None else [folder, folder / "prior"]
        self.homes = [Folder(path, one.form()) for path, one in zip(paths, self.plans, strict=False)]
        self.memories = [] if self.homes else [Memory() for _ in self.plans]
        self.complete = False
        self.world: World | None = None

    def claim(self) -> None:
        """Ask the folders whether they are those of the runs, and whether they are complete."""
        claimed = [home.claim() for home in self.homes]
        self.complete = bool(claimed) and all(claimed)

    def open(self, *, retry_failed: bool) -> Iterator[tuple[RunPlan, Store, Sequence[int]]]:
        """Yield each run with its store and the replicates that are to be done."""
        for plan, memory in zip(self.plans, self.memories, strict=False):
            yield plan, memory, plan.numbers
        for plan, home in zip(self.plans, self.homes, strict=False):
            missing = home.open(complete=False, retry_failed=retry_failed) or {}
            if self.world is not None:
                write_text(home.path / "frame.json", self.world.reducer.frame.to_json())
            yield plan, home, missing.get(0, [])

    def finish(self, stretch: Mapping[str, Any]) -> Ensemble:
        """Seal the folders, that of the companion first, and return the run."""
        if self.complete:
            for home in self.homes:
                home.open(complete=True, retry_failed=False)  # an end after the seal may have left something
            return open_run(self.homes[0].path)
        found: Ensemble | None = None
        if self.homes and len(self.homes) == 1 and (self.homes[0].path / "prior").exists():
            found = open_run(self.homes[0].path / "prior")  # an earlier call has left it
        for which in reversed(range(1, len(self.plans))):
            found = self._finish(which, stretch, found)
        found = self._finish(0, stretch, found)
        if self.homes and self.world is not None:  # what is there need not be built again for a replay
            found.assembly, found.party = self.world.assembly, self.world.party
        return found

    def _finish(self, which: int, stretch: Mapping[str, Any], prior: Ensemble | None) -> Ensemble:
        plan = self.plans[which]
        if not self.homes:
            tables = plan.decode(self.memories[which].ordered())
            return Ensemble(
                plan.scenario,
                Frame.built(plan.scenario) if self.world is None else self.world.reducer.frame,
                plan.seed,
                plan.parameters,
                lambda name: from_zero(tables[name], plan.numbers),
                prior=prior,
                numbers=plan.numbers,
                model=plan.model,
            )
        return seal_run(self.homes[which], plan, stretch, prior, verdict=which == 0)

    def close(self) -> None:
        """Make safe what is there."""
        for home in self.homes:
            home.close()


def seal_run(
    home: Folder, plan: RunPlan, stretch: Mapping[str, Any], prior: Ensemble | None, *, verdict: bool
) -> Ensemble:
    """Seal the folder of a run and return what it holds.

    Parameters
    ----------
    home : Folder, opened
    plan : RunPlan
    stretch : how this session went.
    prior : the run with values from the priors that goes with it.
    verdict : whether the run is set beside the archive.
    """
    made: list[Ensemble] = []

    def finish(parts: list[Part]) -> dict[str, str | None]:
        frame = home.path / "frame.json"
        if not frame.exists():
            write_text(frame, Frame.built(plan.scenario).to_json())
        about = (plan.scenario, plan.seed, plan.parameters, plan.numbers)
        made.append(ensemble_of(home.path, *about, parts, prior, model=plan.model))
        texts: dict[str, str | None] = {"fingerprint": made[0].fingerprint() + "\n"}
        if verdict:
            rows = verdict_rows(made[0])
            texts |= {"verdict.csv": verdict_csv(rows), "verdict.txt": verdict_text(made[0], rows)}
        return texts

    home.seal(stretch, finish, retried=False)
    return made[0]
