"""Calibration: a bank of runs, round after round, and what it says of the numbers; to be stopped at any moment."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.posterior import POSTERIOR
from rumorsim.ensemble.run import check_workers
from rumorsim.ensemble.work import World
from rumorsim.errors import RunError, StoreError
from rumorsim.inference.bank import Bank, Round, finish_of, form_of, prior_rounds, rounds_of, written_proposal
from rumorsim.inference.calibration import CHECKS, NUMBERS, REPORT, Calibration
from rumorsim.inference.draws import BankDraws, steered
from rumorsim.inference.likelihood import Evidence
from rumorsim.inference.nulls import NULL_WORLDS, null_runs
from rumorsim.inference.proposal import Proposal, fitted
from rumorsim.inference.weights import weights_of
from rumorsim.inference.work import SETS, BankWork
from rumorsim.model import MODELS
from rumorsim.party import Party, build_party
from rumorsim.runs.files import folder_path, locked, read_text, write_text
from rumorsim.runs.folder import Folder, opened
from rumorsim.runs.machine import Progress, Task, tasks_of
from rumorsim.runs.notebook import shown
from rumorsim.runs.seal import Damaged
from rumorsim.runs.verify import SCENARIO, restore_scenario
from rumorsim.scenario import Scenario, load_scenario

__all__ = ["DRAWS", "FRAME", "PLAN", "Outlook", "budget_seconds", "calibrate", "prior_calibration"]

#: Runs that gave an effective number above 500 in a trial of the method.
DRAWS: Final = 4500
_FEWEST, _MOST = 10, 1_000_000
#: What the folder is the calibration of, and what it holds besides.
PLAN: Final = "calibration.json"
FRAME: Final = "frame.json"
_OWN: Final = (PLAN, SCENARIO, FRAME, "bank", "nulls", POSTERIOR, REPORT, NUMBERS, CHECKS, "figures")
#: Runs in a task: few, so that nobody waits long for the last one of a round.
_TASK: Final = 4
_TASKS_A_WORKER: Final = 8
#: A trial tells how long a run takes: so many after the first, which count like all others.
_TRIAL: Final = 3
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Outlook:
    """What a calibration is going to do, told before it starts.

    Attributes
    ----------
    draws : runs of the model.
    done : runs that are there already, of the model and of null worlds.
    seconds : time expected for the rest, from a trial.
    workers : number of processes.
    budget : seconds after which it stops; None for no limit.
    nulls : runs of null worlds.
    """

    draws: int
    done: int
    seconds: float
    workers: int
    budget: float | None
    nulls: int = 0


class _Spent(Exception):
    """The budget is spent."""


def budget_seconds(budget: float | str | None) -> float | None:
    """Return a budget in seconds; None is no limit.

    Examples
    --------
    >>> budget_seconds("90m"), budget_seconds("1.5h"), budget_seconds(30), budget_seconds(None)
    (5400.0, 5400.0, 30.0, None)
    """
    if budget is None:
        return None
    text = str(budget).strip()
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    try:
        seconds = float(number) * _UNITS[unit]
    except ValueError:
        seconds = 0.0
    if isinstance(budget, bool) or not 0.0 < seconds < float("inf"):
        raise RunError("not a budget", path="budget", given=budget, allowed="a time such as 90m, 2h or 600s")
    return seconds


def calibrate(
    scenario: Scenario | str | os.PathLike[str] = "tirana-conference",
    out: str | os.PathLike[str] | None = None,
    draws: int = DRAWS,
    seed: int = 1956,
    workers: int = 1,
    *,
    dask: str | None = None,
    budget: float | str | None = None,
    null_worlds: bool = True,
    retry_failed: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Outlook], None] | None = None,
) -> Calibration:
    """Fit a scenario to the archive: draw runs, first from the priors and then from where they fit, and weigh them.

    The same scenario, seed and draws give the same posterior, byte by byte, with any number of workers and after any
    number of interruptions: the same call goes on where the last one stopped. When the budget is spent, the rounds
    that are complete are weighed as they are, and the same call goes on with the rest.

    Parameters
    ----------
    scenario : Scenario, or what `rumorsim.load_scenario` takes
    out : path
        Folder; it must be new, empty, or hold the same calibration. By default calibrations/ and the scenario's name.
    draws : int
        Runs of the model.
    seed : int
    workers, dask : as in `rumorsim.run`.
    budget : seconds, or a text such as "90m"
        Time after which no further run is waited for; no limit by default.
    null_worlds : bool
        Whether the null worlds are judged by the same archive, with a fifteenth of the runs each.
    retry_failed : bool
        Whether runs that failed before are done again.
    progress : callable (done, in all)
    announce : callable (Outlook)
        Called once before the work starts; not if nothing is left to do.

    Raises
    ------
    RunError
        For an argument out of its bounds, a scenario that cannot be asked the evidence, or when the budget was spent
        before the first round was complete.
    StoreError
        When the folder holds another calibration, or somebody else is writing there.

    Examples
    --------
    >>> import rumorsim as rs
    >>> rs.calibrate("tirana-conference", out="fit", budget="soon")
    Traceback (most recent call last):
    rumorsim.errors.RunError: budget: not a budget (given: 'soon'); allowed: a time such as 90m, 2h or 600s
    """
    begin = time.monotonic()
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    # Everything is checked before the party is built.
    draws = whole(draws, "draws", _FEWEST, _MOST, what="not a usable number of draws", error=RunError)
    check_seed(seed, error=RunError)
    limit = budget_seconds(budget)
    path = Path("calibrations") / chosen.name if out is None else folder_path(out)
    nulls = null_runs(draws) if null_worlds else 0
    run = _Run(
        chosen,
        path,
        seed,
        draws,
        nulls,
        check_workers(workers),
        dask,
        retry_failed,
        None if limit is None else begin + limit,
        shown(progress, "runs"),
        announce,
        limit,
    )
    BankDraws(chosen, seed)
    with locked(path):
        _claim(path, chosen, seed, draws)
        # What is complete when the budget ends is weighed; an unfinished round waits in its journal.
        with contextlib.suppress(_Spent):
            run.rounds(rounds_of(draws))
            for place, model in enumerate(NULL_WORLDS if nulls else ()):
                run.rounds(prior_rounds(nulls), model, draws + place * nulls)
        if MODELS[0] not in run.complete:
            raise RunError(
                "the budget was spent before the first round was complete; what is there is kept, and the same command "
                "goes on",
                file=path,
                given=budget,
            )
        frame = path / FRAME
        if not frame.exists():
            write_text(frame, Frame.built(chosen).to_json())
        banks = {model: Bank(chosen, seed, folders, model) for model, folders in run.complete.items()}
        held = Frame.from_json(read_text(frame))
        found = Calibration(banks.pop(MODELS[0]), draws, held, nulls=banks, null_runs=nulls)
        found.write(path)
    return found


def prior_calibration(
    scenario: Scenario, out: Path, runs: int, seed: int, workers: int = 1, *, progress: Progress | None = None
) -> Calibration:
    """Weigh runs from the priors alone, without rounds of refinement, as to compare one party with another.

    Parameters
    ----------
    scenario : Scenario
    out : Path
        Folder; with what is there of the same runs it goes on.
    runs : int
        A run has the numbers of the run of the same number and seed of `calibrate`.
    seed, workers, progress : as in `calibrate`.

    Raises
    ------
    StoreError
        When the folder holds others, or somebody else is writing there.
    """
    runs = whole(runs, "runs", _FEWEST, _MOST, what="not a usable number of runs", error=RunError)
    check_seed(seed, error=RunError)
    path = folder_path(out)
    done = shown(progress, "runs")
    run = _Run(scenario, path, seed, runs, 0, check_workers(workers), None, False, None, done, None, None)
    with locked(path):
        run.rounds(prior_rounds(runs))
        frame = Frame.from_json(read_text(path / FRAME))
        return Calibration(Bank(scenario, seed, run.complete[MODELS[0]]), runs, frame)


def _claim(path: Path, scenario: Scenario, seed: int, draws: int) -> None:
    """Make a folder the one of a calibration, or check that it is."""
    wanted = {"scenario": scenario.fingerprint(), "seed": seed, "draws": draws, "sets": SETS}
    plan = path / PLAN
    if not plan.exists():
        strangers = sorted(one.name for one in path.iterdir() if one.name not in _OWN and not one.name.startswith("."))
        if strangers:
            raise StoreError(
                "the folder is not empty and holds no calibration",
                file=path,
                given=strangers[:3],
                allowed="a new or empty folder",
            )
        write_text(plan, json.dumps(wanted, indent=1) + "\n")
    try:
        held = dict(json.loads(read_text(plan)))
    except (ValueError, TypeError):
        raise Damaged(
            "damaged: it does not say what was planned", file=plan, allowed="delete it, and call again"
        ) from None
    different = [
        f"another {name}" if name == "scenario" else f"{name} {held.get(name)} there, {value} here"
        for name, value in wanted.items()
        if held.get(name) != value
    ]
    if different:
        raise StoreError(
            "the folder holds another calibration: " + "; ".join(different),
            file=path,
            allowed="another folder, or the same scenario, seed and draws",
        )
    restore_scenario(path, scenario.fingerprint(), scenario.to_json())


@dataclass(eq=False)
class _Run:
    """One session of a calibration."""

    scenario: Scenario
    path: Path
    seed: int
    draws: int
    nulls: int
    workers: int
    dask: str | None
    retry_failed: bool
    deadline: float | None
    progress: Progress | None
    announce: Callable[[Outlook], None] | None
    budget: float | None

    def __post_init__(self) -> None:
        self.complete: dict[str, list[Path]] = {}
        self.total = self.draws + len(NULL_WORLDS) * self.nulls
        self._party: Party | None = None
        self._told = False

    def rounds(self, planned: Sequence[Round], model: str = MODELS[0], before: int = 0) -> None:
        """Do what is missing of all rounds of a world, in order, after so many runs; `_Spent` when the budget ends."""
        self._world: World | None = None
        home_of = self.path / "bank" if model == MODELS[0] else self.path / "nulls" / model
        for one in planned:
            folder = home_of / one.name
            draws = BankDraws(self.scenario, self.seed, self._proposal(one, folder), model)
            form = form_of(self.scenario, draws, one)
            with opened(folder, form, retry_failed=self.retry_failed) as (home, todo):
                if todo is not None:  # of a round that was complete nothing is told: it would count as speed
                    self._round(home, draws, todo.get(0, []), before + one.ids.stop)
                    self._tell(before + one.ids.stop)
            self.complete.setdefault(model, []).append(folder)

    def _proposal(self, one: Round, folder: Path) -> Proposal | None:
        """Return the proposal of a round: the one written down, else fitted to all rounds before, which are complete.

        None, the prior, where nothing is known yet.
        """
        if one.from_prior:
            return None
        written = written_proposal(folder)
        if written is not None:
            return written
        bank = Bank(self.scenario, self.seed, self.complete[MODELS[0]])
        weights = weights_of(bank).runs
        return fitted(steered(), bank.coordinates, weights) if weights.any() else None

    def _round(self, home: Folder, draws: BankDraws, missing: Sequence[int], end: int) -> None:
        """Do the runs that are missing of a round; with its last one, so many runs are done in all."""
        self._check()
        if self._world is None:
            self._party = build_party(self.scenario) if self._party is None else self._party
            self._world = World.of(self.scenario, self._party, draws.prior.model)
            Evidence.of(self.scenario, self._world.reducer.frame)  # before anything is run
            write_text(self.path / FRAME, self._world.reducer.frame.to_json())
        work = BankWork(self.scenario, draws, self._world)
        if not self._told and len(missing) > 1:
            missing = self._trial(work, home, missing, end)
        size = min(max(-(-len(missing) // (self.workers * _TASKS_A_WORKER)), 1), _TASK)
        before = end - home.form.total
        home.complete(
            work,
            tasks_of([(0, missing)], size),
            finish_of(home.path, home.form),
            retried=self.retry_failed,
            workers=self.workers,
            dask=self.dask,
            progress=lambda done, _: self._step(before + done, end),
        )

    def _trial(self, work: BankWork, home: Folder, missing: Sequence[int], end: int) -> Sequence[int]:
        """Do a few runs to see how long one takes, tell it, and return what is left; the first is not timed."""
        self._told = True
        tried = missing[: _TRIAL + 1]
        seconds: list[float] = []
        done = end - len(missing)
        self._tell(done)
        for replicate in tried:
            begin = time.perf_counter()
            home.put(work(Task(((0, (replicate,)),))).rows, {})
            seconds.append(time.perf_counter() - begin)
            done += 1
            self._step(done, end)
        each = sum(seconds[1:]) / max(len(seconds) - 1, 1)
        if self.announce is not None:
            left = self.total - done
            seconds_left = left * each / min(self.workers, max(left, 1))
            self.announce(Outlook(self.draws, done, seconds_left, self.workers, self.budget, self.total - self.draws))
        return missing[len(tried) :]

    def _step(self, done: int, end: int) -> None:
        self._tell(done)
        if done < end:  # a round that is complete is sealed, whatever the time
            self._check()

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(done, self.total)

    def _check(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise _Spent
