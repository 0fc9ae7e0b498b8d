"""``rumorsim calibrate``: fit the numbers of a scenario to the archive, and say first whether that can be done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rumorsim.cli.options import (
    DaskOption,
    JsonOption,
    RetryOption,
    SettingsOption,
    WorkersOption,
    chosen_scenario,
    cores,
)
from rumorsim.cli.options import folder as given_folder
from rumorsim.cli.output import print_json
from rumorsim.cli.progress import duration, expected, reporter, resumable

if TYPE_CHECKING:
    from rumorsim.inference import Calibration, Outlook
    from rumorsim.scenario import Scenario

__all__ = ["calibrate", "outlook_lines"]


def calibrate(
    scenario: Annotated[
        str, typer.Argument(metavar="[SCENARIO]", help="Name of a scenario, or path of a file (TOML or resolved JSON).")
    ] = "tirana-conference",
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_folder,
            metavar="DIR",
            help="Folder for the fit; by default calibrations/ and the scenario's name.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=1, metavar="N", help="Number of runs of the model.")] = 4500,
    budget: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Stop after so much time, such as 90m, 2h or 600s, with what is there."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of all random draws.")] = 1956,
    workers: WorkersOption = None,
    dask: DaskOption = None,
    retry_failed: RetryOption = False,
    settings: SettingsOption = None,
    null_worlds: Annotated[
        bool,
        typer.Option(
            "--null-worlds/--no-null-worlds",
            help="Judge null worlds by the same archive, with a fifteenth of the runs each.",
        ),
    ] = True,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check by simulation, with the same runs, whether the posterior means what it says; takes minutes.",
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print neither the plan nor progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a scenario to the archive: which values of its numbers make the dates and statements that are cited.

    Prints whether the model can make this archive at all, how good the fit is, and what was learned of each number.
    To resume an interrupted fit, or one that was ended by its budget, give the same command again.
    """
    # What is asked for is checked, then run, then weighed and drawn.
    chosen = chosen_scenario(scenario, settings)
    folder = Path("calibrations") / chosen.name if out is None else out  # as rumorsim.calibrate has it
    options = {"draws": draws, "seed": seed, "workers": workers or cores(), "dask": dask, "budget": budget}
    options["null_worlds"] = null_worlds
    found = _run(chosen, folder, quiet=quiet, retry_failed=retry_failed, **options)
    figures = _draw(found, folder, quiet=quiet)
    checks = _check(found, folder, quiet=quiet) if check else ""
    if as_json:  # all that the report has, without words
        about = dict(found.posterior.about)
        places = [
            {"part": one.part, "log": one.log, "as_unlikely": one.as_unlikely, "archives": one.archives}
            for one in found.places
        ]
        print_json({**about, "places": places, "folder": str(folder), "figures": [str(path) for path in figures]})
        return
    print(found.report())
    if checks:
        print(checks)
    print(f"folder     {folder}")
    if len(found.posterior):
        print(f"posterior  {folder / 'posterior.json'} ({len(found.posterior)} weighted draws)")
    if figures:
        print(f"figures    {folder / 'figures'} ({len(figures)} files)")


def _run(scenario: Scenario, folder: Path, *, quiet: bool, **options: Any) -> Calibration:
    from rumorsim.inference import calibrate as fit

    with resumable(folder), reporter(quiet=quiet, what="runs") as progress:

        def announce(outlook: Outlook) -> None:
            for line in outlook_lines(outlook):
                progress.note(line)

        progress.stage("preparing the calibration")
        found = fit(scenario, folder, progress=progress, announce=announce, **options)
        progress.stage("weighing the runs")
        found.report()
        return found


def _check(found: Calibration, folder: Path, *, quiet: bool) -> str:
    from rumorsim.inference.calibration import CHECKS
    from rumorsim.runs.files import write_text

    with reporter(quiet=quiet) as progress:
        progress.stage("checking the posterior by simulation")
        text = found.check()
    write_text(folder / CHECKS, text)
    return text


def _draw(found: Calibration, folder: Path, *, quiet: bool) -> list[Path]:
    from rumorsim.plot import draw_calibration

    with reporter(quiet=quiet) as progress:
        progress.stage("drawing the figures")
        return draw_calibration(found, folder / "figures")


def outlook_lines(outlook: Outlook) -> list[str]:
    """Return what a calibration is going to do, in words.

    Examples
    --------
    >>> from rumorsim.inference import Outlook
    >>> for line in outlook_lines(Outlook(4500, 4, 4200.0, 2, 1800.0, 1500)):
    ...     print(line)
    4,500 runs, the first 1,125 from the priors, and 1,500 of null worlds; 4 already done
    expected: about 70 min with 2 workers
    the budget of 30 min ends it before that, with the rounds that are then complete; the same command goes on
    """
    from rumorsim.inference.bank import rounds_of

    prior = sum(len(one.ids) for one in rounds_of(outlook.draws) if one.from_prior)
    nulls = f", and {outlook.nulls:,} of null worlds" if outlook.nulls else ""
    lines = [
        f"{outlook.draws:,} runs, the first {prior:,} from the priors{nulls}; {outlook.done:,} already done",
        expected(outlook.seconds, outlook.workers),
    ]
    if outlook.budget is not None and outlook.budget < outlook.seconds:
        lines.append(
            f"the budget of {duration(outlook.budget)} ends it before that, with the rounds that are then complete; "
            "the same command goes on"
        )
    return lines
