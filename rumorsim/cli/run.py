"""``rumorsim run``: run a scenario, store it, draw it, and compare it with the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rumorsim.cli.options import (
    DaskOption,
    JsonOption,
    RetryOption,
    ScenarioArgument,
    SettingsOption,
    WorkersOption,
    chosen_scenario,
    cores,
    numbers,
    set_keys,
)
from rumorsim.cli.options import folder as given_folder
from rumorsim.cli.output import days, print_json, source_of_numbers, text_width, width, wrapped
from rumorsim.cli.progress import reporter, resumable
from rumorsim.errors import PlotError, RumorsimError, RunError, unknown

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble
    from rumorsim.scenario import Scenario

__all__ = ["run"]

_PARAMETERS: Final = ("mode", "posterior", "prior")
#: As in `rumorsim.model.MODELS`, which would take its time to import at every start.
_MODELS: Final = ("party", "letter_only", "letter_only_spurious", "instantaneous", "gravity", "random_order")
#: What the priors alone give is shown by a fifth as many replicates, but by no fewer draws than this.
_FEW_PRIOR: Final = 20


def run(
    ctx: typer.Context,
    scenario: ScenarioArgument,
    replicates: Annotated[
        range | None,
        typer.Option(
            parser=numbers,
            metavar="N|FIRST:END",
            help="Number of replicates, or 40:60 for replicates 40 to 59; by default run.replicates of the scenario "
            "(100).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of all random draws.")] = 1956,
    workers: WorkersOption = None,
    dask: DaskOption = None,
    retry_failed: RetryOption = False,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_folder,
            metavar="DIR",
            help="Folder for the run; by default runs/ and the scenario's name, then that of a null world.",
        ),
    ] = None,
    settings: SettingsOption = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            metavar="mode|posterior|prior",
            help="Where the numbers come from: posterior (each replicate takes a draw of the fit; the default where "
            "one is shipped), mode (as they stand in the catalog, or the draw that represents the fit), prior (drawn "
            "anew for each replicate).",
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            metavar="|".join(_MODELS),
            help="The model, or a null world to compare it with, in which one thing is taken away.",
        ),
    ] = "party",
    prior_replicates: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Additional replicates with numbers drawn from their priors, to see what the priors alone give; by "
            "default a fifth of --replicates, or 20 if that is more, and none with FIRST:END. 0 runs none.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario, store the run in a folder, draw its figures and compare it with the archive.

    To resume an interrupted run, give the same command again. To add replicates to a finished run, raise
    --replicates.
    """
    from rumorsim.core.checks import seed as check_seed
    from rumorsim.ensemble.run import numbers_asked
    from rumorsim.model import check_model

    if parameters not in (None, *_PARAMETERS):
        raise unknown("choice", parameters, _PARAMETERS, error=RunError, path="--parameters")
    if model not in _MODELS:
        raise unknown("model", model, _MODELS, error=RunError, path="--model")
    chosen = chosen_scenario(scenario, [*(settings or ()), *_further_settings(ctx.args)])
    if parameters == "prior" and chosen.population != "party":
        raise RunError(
            "nothing is drawn", path="--parameters", given="prior", allowed="mode: the scenario has no priors"
        )
    check_model(chosen, model)
    if replicates is not None and "run.replicates" in set_keys(settings, ctx.args):
        raise RunError("--replicates and --set run.replicates say the same thing", allowed="one of the two")
    count = range(int(chosen.number("run.replicates"))) if replicates is None else replicates
    numbers_asked(count)  # before anything is prepared
    check_seed(seed, path="--seed", error=RunError)
    few = 0 if count.start else max(min(len(count), _FEW_PRIOR), len(count) // 5)
    asked = few if prior_replicates is None else prior_replicates
    # The classic models have no priors, and draws from the priors need no companion.
    companion = asked if chosen.population == "party" and parameters != "prior" else 0
    world = "" if model == "party" else f"-{model}"
    folder = Path("runs") / f"{chosen.name}{world}" if out is None else out
    finished = _run(
        chosen,
        folder,
        quiet=quiet,
        replicates=count,
        seed=seed,
        workers=workers or cores(),
        dask=dask,
        retry_failed=retry_failed,
        parameters=parameters,
        model=model,
        prior_replicates=companion,
    )
    _show(finished, folder, quiet=quiet, as_json=as_json)


def _further_settings(words: list[str]) -> list[str]:
    """Return the words after ``--set key=value`` that are settings too; anything else is a mistake."""
    for word in words:
        if "=" not in word or word.startswith("-"):
            raise RumorsimError("unexpected argument", given=word, allowed="one SCENARIO, options, and key=value")
    return words


def _run(scenario: Scenario, folder: Path, *, quiet: bool, **arguments: Any) -> Ensemble:
    from rumorsim.ensemble import run as run_ensemble

    further = arguments["prior_replicates"]
    parts = f" ({len(arguments['replicates'])} + {further} with numbers from the priors)" if further else ""
    with resumable(folder), reporter(quiet=quiet, what=f"replicates{parts}") as progress:
        progress.stage("preparing the run")
        return run_ensemble(scenario, out=folder, progress=progress, **arguments)


def _show(ensemble: Ensemble, folder: Path, *, quiet: bool, as_json: bool) -> None:
    """Draw and print a finished run; a figure that cannot be drawn takes nothing away from what is printed."""
    from rumorsim.cli.explain import count_by_status, explained_numbers
    from rumorsim.cli.results import results
    from rumorsim.ensemble import verdict_rows
    from rumorsim.ensemble.verdict_text import verdict_lines

    rows = verdict_rows(ensemble)
    figures, failure = [], None
    try:
        figures = _draw(ensemble, folder, quiet=quiet)
    except PlotError as error:
        failure = error
    scenario = ensemble.scenario
    if as_json:
        found = results(ensemble, rows)
        print_json({**found, "folder": str(folder), "figures": [str(path) for path in figures]})
    else:
        print(f"{scenario.name}: {scenario.title}")
        length = (scenario.stop - scenario.start).days + 1
        when = days(scenario.start, scenario.stop) if scenario.population == "party" else f"{length} days"
        for line in scenario.idle():
            print(wrapped(line, text_width()))
        first, last = ensemble.numbers[0], ensemble.numbers[-1]
        which = f" ({first} to {last})" if first else ""
        print(f"{when}; {ensemble.replicates} replicates{which}, seed {ensemble.seed}, numbers: {ensemble.parameters}")
        if said := source_of_numbers(scenario, ensemble.parameters):
            print(wrapped(said, text_width()))
        if ensemble.prior is not None:
            number = ensemble.prior.replicates
            print(f"and {number} further replicate{'s' if number > 1 else ''} with numbers drawn from the priors")
        print(wrapped(count_by_status(explained_numbers(scenario)), text_width()))
        print()
        for line in verdict_lines(ensemble, rows, width()):
            print(line)
        print(f"run folder   {folder}")
        if figures:
            print(f"figures      {folder / 'figures'} ({len(figures)} files)")
        print(f"fingerprint  {ensemble.fingerprint()}")
    if failure is not None:
        raise failure


def _draw(ensemble: Ensemble, folder: Path, *, quiet: bool) -> list[Path]:
    from rumorsim.plot import draw_all

    with reporter(quiet=quiet) as progress:
        progress.stage("drawing the figures")
        return [Path(path) for path in draw_all(ensemble, folder / "figures")]
