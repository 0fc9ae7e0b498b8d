"""``rumorsim sweep``: run a study, on the cores of this machine or on a Dask cluster, and store what comes of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rumorsim.cli.options import DaskOption, JsonOption, RetryOption, WorkersOption, cores, given_path
from rumorsim.cli.options import folder as given_folder
from rumorsim.cli.output import number, print_json, print_table, source_of_numbers, text_width, wrapped
from rumorsim.cli.progress import duration, reporter, resumable
from rumorsim.errors import RunError

if TYPE_CHECKING:
    from rumorsim.study import Forecast, Study, Sweep

__all__ = ["forecast_lines", "number_text", "size_text", "sweep"]

#: How many points that failed are told with their messages.
_TOLD = 5


def sweep(
    study: Annotated[
        Path,
        typer.Argument(metavar="STUDY", parser=given_path, help="A study file; `rumorsim new study` prints one."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_folder,
            metavar="DIR",
            help="Folder for the results; by default sweeps/ and the name of the study.",
        ),
    ] = None,
    workers: WorkersOption = None,
    dask: DaskOption = None,
    retry_failed: RetryOption = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="WHICH/OF",
            help="Only a part of the points, counted from 1: 2/8 is the second of eight. `rumorsim merge` joins them.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print neither the plan nor progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a study: one scenario at many points, with several replicates at each.

    To resume an interrupted sweep, give the same command again. A point that fails is reported at the end and does
    not stop the others.
    """
    from rumorsim.study import Study
    from rumorsim.study.results import shard_of

    part = None if shard is None else shard_of(shard)
    if part is not None and out is None:
        raise RunError("a shard needs a folder of its own", path="--shard", given=shard, allowed="--out DIR with it")
    chosen = Study.load(study)
    folder = Path("sweeps") / chosen.name if out is None else out
    options = {"workers": workers or cores(), "retry_failed": retry_failed, "shard": part}
    finished = _run(chosen, folder, dask, quiet=quiet, **options)
    failed = finished.failed
    if as_json:
        _print_json(finished)
    else:
        _print(finished)
    if failed:
        points = len(finished.points_there)
        for point, message in list(failed.items())[:_TOLD]:
            print(f"rumorsim: point {point} failed: {message}", file=sys.stderr)
        rest = f"; all of them are in {folder / 'failures.csv'}" if len(failed) > _TOLD else ""
        print(
            f"rumorsim: {len(failed)} of {points} points failed{rest}. --retry-failed runs just those.",
            file=sys.stderr,
        )
        raise typer.Exit(1)


def _run(study: Study, folder: Path, dask: str | None, *, quiet: bool, **options: Any) -> Sweep:
    from rumorsim.study import sweep as run_sweep

    with resumable(folder), reporter(quiet=quiet, what="runs") as progress:

        def announce(forecast: Forecast) -> None:
            for line in forecast_lines(study, forecast, dask):
                progress.note(line)

        progress.stage("preparing the sweep")
        return run_sweep(study, folder, dask=dask, progress=progress, announce=announce, **options)


def forecast_lines(study: Study, forecast: Forecast, dask: str | None) -> list[str]:
    """Return what a sweep is going to do, in words.

    Examples
    --------
    >>> from rumorsim.study import Forecast, Study, new_study
    >>> forecast = Forecast(30, 8, 240, 0, 1, 28.4, 1_200_000, 2)
    >>> for line in forecast_lines(Study.loads(new_study()), forecast, None):
    ...     print(line)
    latin_hypercube of travel.duty_rate, spread.pass_on_rate in the scenario classroom
    30 points x 8 replicates = 240 runs, on 1 party
    expected: about 28 s with 2 workers, 1.2 MB on disk
    """
    parties = {0: "", 1: ", on 1 party"}.get(forecast.parties, f", on {forecast.parties} parties")
    runs = f"{forecast.points:,} points x {forecast.replicates:,} replicates = {forecast.runs:,} runs"
    left = f", {forecast.done:,} of them already done" if forecast.done else ""
    where = f"{forecast.workers} worker{'s' if forecast.workers > 1 else ''}"
    if dask is not None and dask != "local":
        where = f"as many workers as this machine has cores ({forecast.workers}); the cluster may have more"
    varied = ", ".join(study.names)
    cut = ""
    if study.design.kind == "morris" and any(one.how == "prior" for one in study.vary):
        from rumorsim.study.vary import PRIOR_ENDS

        cut = ", priors from their {:g} to their {:g} quantile".format(*PRIOR_ENDS)
    return [
        f"{study.design.kind} of {varied} in the scenario {study.scenario}{cut}",
        f"{runs}{left}{parties}",
        f"expected: about {duration(forecast.seconds)} with {where}, {size_text(forecast.size)} on disk",
    ]


def size_text(size: float) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> size_text(900), size_text(1_234_567), size_text(3.2e9)
    ('1 kB', '1.2 MB', '3.2 GB')
    """
    if size < 1e6:
        return f"{max(size / 1e3, 1):.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


def _print(finished: Sweep) -> None:
    study, summary = finished.study, finished.summary()
    print(study.title)
    done = len(finished.points_there) - len(finished.failed)
    part = "" if finished.shard is None else "shard {} of {}: ".format(*finished.shard)
    print(f"{part}{done} points x {study.replicates} replicates of {study.scenario}, seed {study.seed}")
    if said := source_of_numbers(study.base):
        print(wrapped(said, text_width()))
    if finished.scalars:
        print()
        print("Over the points, the median of the replicates:")
        rows = []
        for name in finished.scalars:
            medians = sorted(one for one in summary[f"{name}_50"].tolist() if one == one)
            ends = (medians[0], medians[(len(medians) - 1) // 2], medians[-1]) if medians else ()
            rows.append((name, finished.units[name], *(number_text(one) for one in ends or (float("nan"),) * 3)))
        print_table(["output", "unit", ">lowest", ">middle", ">highest"], rows)
    print()
    print(f"folder       {finished.folder}")
    print(f"fingerprint  {finished.fingerprint()}")


def number_text(value: float) -> str:
    """Return a number for a table; a date that never comes is "never".

    Examples
    --------
    >>> number_text(0.12345), number_text(float("inf")), number_text(float("nan")), number_text(1234.0)
    ('0.1235', 'never', '-', '1234')
    """
    return "never" if value == float("inf") else number(value)


def _print_json(finished: Sweep) -> None:
    study, summary = finished.study, finished.summary()
    print_json(
        {
            "study": study.resolved(),
            "points": len(finished.points),
            "replicates": study.replicates,
            "failed": finished.failed,
            "units": finished.units,
            "summary": [dict(zip(summary.dtype.names or (), row, strict=True)) for row in summary.tolist()],
            "folder": str(finished.folder),
            "fingerprint": finished.fingerprint(),
        }
    )
