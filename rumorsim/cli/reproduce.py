"""``rumorsim reproduce``: run an experiment again and say whether the same results come out."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from rumorsim.cli.options import DaskOption, JsonOption, RetryOption, WorkersOption, cores
from rumorsim.cli.options import folder as given_folder
from rumorsim.cli.output import print_json
from rumorsim.cli.progress import resumable

__all__ = ["reproduce"]


def reproduce(
    experiment: Annotated[
        str, typer.Argument(metavar="EXPERIMENT", help="Folder of an experiment, such as experiments/secrecy.")
    ],
    small: Annotated[
        bool, typer.Option("--small", help="Run the small form: it takes a minute and does not answer the question.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_folder,
            metavar="DIR",
            help="Folder to run in and keep; the same command resumes. By default a temporary folder.",
        ),
    ] = None,
    workers: WorkersOption = None,
    dask: DaskOption = None,
    retry_failed: RetryOption = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Replace the committed tables, figures and README with the new ones."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run an experiment again and compare fingerprints and tables with those committed in its folder.

    Exit status 0 if everything is equal, 1 if not. Nothing committed is touched unless --accept is given.
    """
    from rumorsim.study.experiments.reproduce import accept as accept_run
    from rumorsim.study.experiments.reproduce import find_experiment
    from rumorsim.study.experiments.reproduce import reproduce as run_again

    home = find_experiment(experiment)
    form = "small" if small else "full"
    with tempfile.TemporaryDirectory(prefix="rumorsim-") as temporary:
        folder = Path(temporary) if out is None else out
        with resumable(out):
            options: Any = {"dask": dask, "retry_failed": retry_failed, "quiet": quiet}
            found = run_again(home, form, folder, workers or cores(), **options)
        if accept:
            accept_run(home, form, folder)
    if as_json:
        print_json({**asdict(found), "equal": found.equal, "accepted": accept})
    else:
        print(f"{home}, {form} form")
        print(f"committed    {found.committed or 'nothing'}")
        print(f"found        {found.found}")
        for one in found.differences:
            print(f"  {one}")
        print("equal" if found.equal else "accepted" if accept else "not equal")
    if not found.equal and not accept:
        raise typer.Exit(1)
