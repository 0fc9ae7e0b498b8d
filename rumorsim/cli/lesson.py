"""``rumorsim lesson``: the lesson in one file that needs neither Python nor a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rumorsim.cli.options import (
    RetryOption,
    ScenarioArgument,
    SettingsOption,
    WorkersOption,
    chosen_scenario,
    cores,
    given_path,
)
from rumorsim.cli.progress import expected, reporter, resumable

__all__ = ["lesson"]

_SOURCES = {
    "prior": "drawn from the priors: no fit is shipped for the scenario",
    "posterior": "drawn from the posterior",
}


def lesson(
    scenario: ScenarioArgument,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE.html",
            help="The file, by default lesson.html; its runs stay beside it.",
        ),
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="Two levers and six runs of each setting: about a minute.")
    ] = False,
    workers: WorkersOption = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of the runs.")] = 1956,
    settings: SettingsOption = None,
    retry_failed: RetryOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print neither the plan nor progress.")] = False,
) -> None:
    """Write a lesson as one HTML file that opens from disk: map, curves, date, levers, bands, paired differences.

    All settings of four levers with three values each are run 20 times (about 40 minutes on one core). To resume an
    interrupted lesson, give the same command again.
    """
    from rumorsim.app.lesson.write import runs_folder, write_lesson
    from rumorsim.study import Forecast

    chosen, file = chosen_scenario(scenario, settings), out or Path("lesson.html")
    with resumable(runs_folder(file, small=small)), reporter(quiet=quiet, what="runs") as progress:

        def announce(forecast: Forecast) -> None:
            left = f", {forecast.done:,} of them already done" if forecast.done else ""
            progress.note(f"{forecast.points} settings x {forecast.replicates} runs = {forecast.runs:,} runs{left}")
            progress.note(expected(forecast.seconds, forecast.workers))

        progress.stage("preparing the lesson")
        made = write_lesson(
            chosen,
            file,
            small=small,
            workers=workers or cores(),
            seed=seed,
            retry_failed=retry_failed,
            progress=progress,
            announce=announce,
        )
    study = made.sweep.study
    print(f"lesson       {made.path} ({made.size / 1e6:.1f} MB)")
    print(f"levers       {', '.join(one.name for one in made.levers)}")
    print(f"runs         {len(study.points)} settings x {study.replicates}, seed {study.seed}, in {made.sweep.folder}")
    print(f"numbers      {_SOURCES[study.parameters]}")
    print(f"fingerprint  {made.sweep.fingerprint()}")
