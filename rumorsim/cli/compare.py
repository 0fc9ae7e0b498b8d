"""``rumorsim compare``: two scenarios, the same people, the same random draws."""

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
from rumorsim.cli.progress import reporter, resumable
from rumorsim.errors import RumorsimError

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario
    from rumorsim.study import Comparison

__all__ = ["compare"]


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Name or path of a scenario, or folder of a stored run.")],
    second: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Name or path of the other one, or folder; omit it with --vary.")
    ] = None,
    vary: Annotated[
        str | None,
        typer.Option(
            metavar="KEY=a,b",
            help="Compare A with itself, KEY set to a on one side and to b on the other, for example "
            "travel.duty_rate=0,0.025 or events.letter.enabled=true,false.",
        ),
    ] = None,
    settings: SettingsOption = None,
    replicates: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of pairs; by default run.replicates of A (100).")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Seed of both sides; default 1956, or that of a stored run.")
    ] = None,
    workers: WorkersOption = None,
    dask: DaskOption = None,
    retry_failed: RetryOption = False,
    rumor: Annotated[
        list[str] | None, typer.Option("--rumor", metavar="NAME", help="Only this rumor; may be given several times.")
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option(
            "--place", metavar="PLACE", help="This place instead of all districts; may be given several times."
        ),
    ] = None,
    day: Annotated[
        list[str] | None,
        typer.Option("--date", metavar="DAY", help="This day instead of every seventh; may be given several times."),
    ] = None,
    replays: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Replicates to run again for a comparison person by person: when the two "
            "diverge, who hears earlier. 0 skips this.",
        ),
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=given_folder,
            metavar="DIR",
            help="Folder for both runs (DIR/a, DIR/b), the table and the figure; the same command "
            "resumes an interrupted comparison.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two scenarios pair by pair, with the same people and the same random draws.

    Replicate k of A and replicate k of B use the same random draws for every person, and are identical
    until something that differs takes effect. The command prints the differences B - A with 95% intervals, by rumor,
    day and district, and how much variance the pairing saved in these replicates.

    \b
    rumorsim compare tirana-conference tirana-conference-no-travelers --out runs/travelers
    rumorsim compare classroom --vary events.letter.date=1956-04-21,1956-04-28 --replicates 20
    """
    from rumorsim.cli.comparison import print_comparison

    # Two scenarios, or one in two forms; then the work, then what it shows.
    a, b = _sides(first, second, vary, settings)
    comparison = _compare(
        a,
        b,
        out,
        quiet=quiet,
        replicates=replicates,
        seed=seed,
        workers=workers or cores(),
        dask=dask,
        retry_failed=retry_failed,
        rumors=rumor,
        places=place,
        dates=day,
        replays=replays,
    )
    # The figure belongs to the folder: without one, only the tables are printed.
    figures = [] if out is None else _draw(comparison, out, quiet=quiet)
    if as_json:
        folder = None if out is None else str(out)
        print_json({**comparison.to_dict(), "folder": folder, "figures": [str(path) for path in figures]})
        return
    print_comparison(comparison)
    if out is not None:
        print(f"folder       {out}")
        print(f"figure       {figures[0]}")
    print(f"fingerprint  {comparison.fingerprint()}")


def _sides(first: str, second: str | None, vary: str | None, settings: list[str] | None) -> tuple[Any, Any]:
    """Return the two sides as the words of the command line mean them."""
    from rumorsim.study.pairs.compare import opened

    if (second is None) == (vary is None):
        raise RumorsimError(
            "two sides are needed", given=second or vary, allowed="two scenarios, or one with --vary key=a,b"
        )
    if vary is not None:
        base = chosen_scenario(first, settings)
        return _varied(base, vary)
    if settings:
        return chosen_scenario(first, settings), chosen_scenario(str(second), settings)
    return opened(first), opened(str(second))


def _varied(base: Scenario, vary: str) -> tuple[Scenario, Scenario]:
    from rumorsim.scenario import parse_setting

    key, sign, values = vary.partition("=")
    both = [one.strip() for one in values.split(",")]
    if not sign or len(both) != 2 or not all(both):
        raise RumorsimError("two values are needed", path="--vary", given=vary, allowed="key=a,b")
    left, right = (base.replace(dict([parse_setting(f"{key}={value}")])) for value in both)
    return left, right


def _compare(a: Any, b: Any, out: Path | None, *, quiet: bool, **arguments: Any) -> Comparison:
    from rumorsim.study import compare as compare_sides

    with resumable(out), reporter(quiet=quiet) as progress:
        progress.stage("preparing both runs")
        return compare_sides(a, b, out=out, progress=progress, **arguments)


def _draw(comparison: Comparison, out: Path, *, quiet: bool) -> list[Path]:
    from rumorsim.plot import comparison_figure, save

    with reporter(quiet=quiet) as progress:
        progress.stage("drawing the figure")
        return save(comparison_figure(comparison), out / "figures", "comparison")
