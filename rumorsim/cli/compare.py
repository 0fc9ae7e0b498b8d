"""``rumorsim compare``: two scenarios, the same people, the same random draws."""

from __future__ import annotations

import math
import shlex
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rumorsim.cli.options import JsonOption, SettingsOption, WorkersOption, cores
from rumorsim.cli.options import folder as given_folder

if TYPE_CHECKING:
    from rumorsim.scenario import Scenario
    from rumorsim.study import Comparison
    from rumorsim.study.comparison import Row

__all__ = ["compare"]

_INTERRUPTED: Final = 130
_FEW_DATES: Final = 8
#: First dates of fewer pairs are not shown.
_FEW_PAIRS: Final = 5
_SAID: Final = {
    "earlier": "earlier in B",
    "same": "at the same moment",
    "later": "later in B",
    "only_a": "only in A",
    "only_b": "only in B",
    "never": "in neither",
}


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
        int | None, typer.Option(min=0, metavar="N", help="Seed of both sides; 1956, or that of a stored run.")
    ] = None,
    workers: WorkersOption = None,
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
    until something that differs takes effect. The command prints the differences B - A with 95 % intervals, by rumor,
    day and district, and how much variance the pairing saved in these replicates.

    \b
    rumorsim compare tirana-conference tirana-conference-no-travelers --out runs/travelers
    rumorsim compare classroom --vary events.letter.date=1956-04-21,1956-04-28 --replicates 20
    """
    from rumorsim.cli.output import print_json

    a, b = _sides(first, second, vary, settings)
    comparison = _compare(
        a,
        b,
        out,
        quiet=quiet,
        replicates=replicates,
        seed=seed,
        workers=workers or cores(),
        rumors=rumor,
        places=place,
        dates=day,
        replays=replays,
    )
    figures = [] if out is None else _draw(comparison, out, quiet=quiet)
    if as_json:
        folder = None if out is None else str(out)
        print_json({**comparison.to_dict(), "folder": folder, "figures": [str(path) for path in figures]})
        return
    _print(comparison)
    if out is not None:
        print(f"folder       {out}")
        print(f"figure       {figures[0]}")
    print(f"fingerprint  {comparison.fingerprint()}")


def _sides(first: str, second: str | None, vary: str | None, settings: list[str] | None) -> tuple[Any, Any]:
    """Return the two sides as the words of the command line mean them."""
    from rumorsim.cli.options import chosen_scenario
    from rumorsim.errors import RumorsimError
    from rumorsim.study.compare import opened

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
    from rumorsim.errors import RumorsimError
    from rumorsim.scenario import parse_setting

    key, sign, values = vary.partition("=")
    both = [one.strip() for one in values.split(",")]
    if not sign or len(both) != 2 or not all(both):
        raise RumorsimError("two values are needed", path="--vary", given=vary, allowed="key=a,b")
    left, right = (base.replace(dict([parse_setting(f"{key}={value}")])) for value in both)
    return left, right


def _compare(a: Any, b: Any, out: Path | None, *, quiet: bool, **arguments: Any) -> Comparison:
    from rumorsim.cli.progress import reporter
    from rumorsim.study import compare as compare_sides

    try:
        with reporter(quiet=quiet) as progress:
            progress.stage("preparing both runs")
            return compare_sides(a, b, out=out, progress=progress, **arguments)
    except KeyboardInterrupt:
        kept = "nothing is kept without --out" if out is None else f"what is finished is kept in {out}"
        print(f"rumorsim: interrupted; {kept}", file=sys.stderr)
        if out is not None:
            print(f"The same command resumes it: {shlex.join(['rumorsim', *sys.argv[1:]])}", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None


def _draw(comparison: Comparison, out: Path, *, quiet: bool) -> list[Path]:
    from rumorsim.cli.progress import reporter
    from rumorsim.plot import comparison_figure, save

    with reporter(quiet=quiet) as progress:
        progress.stage("drawing the figure")
        return save(comparison_figure(comparison), out / "figures", "comparison")


def _print(comparison: Comparison) -> None:
    from rumorsim.cli.output import days, text_width, wrapped

    a, b = comparison.labels
    columns = text_width()
    print(f"A: {a}")
    print(f"B: {b}")
    span = days(*(date.fromisoformat(str(one)) for one in (comparison.start, comparison.stop)))
    print(f"{span}; {comparison.replicates} pairs, seed {comparison.a.seed}; differences are B - A")
    for change in comparison.changes:
        print(wrapped(change, columns, "    ", first="  "))
    for note in comparison.notes:
        print(wrapped(note, columns))
    print()
    _print_parting(comparison)
    if not comparison.equal.all():
        _print_shares(comparison)
        _print_districts(comparison)
        _print_first_dates(comparison)
        _print_reports(comparison)
        _print_variance(comparison)


def _print_parting(comparison: Comparison) -> None:
    """Print when the two diverge, and who hears earlier or later."""
    import numpy as np

    from rumorsim.cli.output import heading, print_table, text_width, wrapped

    pairs = comparison.replicates
    print(heading("When the two runs diverge"))
    equal = int(comparison.equal.sum())
    print(f"Identical from start to end, documents included: {equal} of {pairs} pairs")
    if not comparison.same_people:
        print()
        return
    effect = comparison.earliest_effect
    if np.isnat(effect):
        print("No difference between the scenarios can change what people do.")
    else:
        print(f"The first difference can take effect on {_moment(effect)}.")
    found = comparison.first_differences
    if len(found):
        apart = np.sort(found[~np.isnat(found)])
        if len(apart):
            text = f"In {len(apart)} of {len(found)} replicates run again, people's states differ, "
            text += f"first on {_moment(apart[0])}"
            text += f", and in half of these by {_moment(apart[(len(apart) - 1) // 2])}." if len(apart) > 1 else "."
        else:
            text = f"In {len(found)} replicates run again, nobody's state ever differs."
        print(wrapped(text, text_width()))
    print()
    if comparison.hearing and len(found) and not np.isnat(found).all():
        print(heading(f"People by when they hear, means of {len(found)} replicates"))
        rumors = comparison.hearing
        print_table(
            ["hears", *(">" + one.rumor.replace("_", "\n") for one in rumors)],
            [(said, *(_percent(one.shares[word]) for one in rumors)) for word, said in _SAID.items()],
        )
        print()


def _print_shares(comparison: Comparison) -> None:
    from rumorsim.cli.output import heading, print_table

    print(heading("Share who know at the end of the day, percentage points"))
    rows: list[tuple[str, ...]] = []
    for rumor in comparison.rumors:
        rows.append((rumor,))
        rows += [
            (f"  {_day(row.date)}", _share(row.a), _share(row.b), *_interval(row, 100.0))
            for row in comparison.select("share_aware", rumor)[-_FEW_DATES:]
        ]
    print_table(["  day", ">A", ">B", ">B - A", ">from", ">to"], rows)
    print()


def _print_districts(comparison: Comparison) -> None:
    """Print the places on the day on which the party as a whole differs most, for the rumor that differs most."""
    from rumorsim import catalog
    from rumorsim.cli.output import heading, print_table

    if not comparison.places:
        return
    most = max(
        (row for rumor in comparison.rumors for row in comparison.select("share_aware", rumor)),
        key=lambda row: abs(row.difference),
    )
    names = catalog.places()
    found = [
        row
        for place in comparison.places
        for row in comparison.select("share_aware", most.rumor, place)
        if row.date == most.date
    ]
    print(heading(f"By place: {most.rumor} on {_day(most.date)}, percentage points"))
    print_table(
        ["place", ">A", ">B", ">B - A", ">from", ">to"],
        [
            (names[row.place].name, _share(row.a), _share(row.b), *_interval(row, 100.0))
            for row in sorted(found, key=lambda row: row.difference)
        ],
    )
    print()


def _print_first_dates(comparison: Comparison) -> None:
    from rumorsim.cli.output import heading, print_table, text_width, wrapped

    rows: list[tuple[str, ...]] = []
    for quantity, said in (("first_aware", "first person who knows"), ("first_report", "first report")):
        found = [
            row
            for rumor in comparison.rumors
            for place in comparison.places
            for row in comparison.select(quantity, rumor, place)
            if row.pairs >= _FEW_PAIRS and (row.low > 0 or row.high < 0)
        ]
        rows += [_first_cells(row, said) for row in sorted(found, key=lambda row: -abs(row.difference))[:_FEW_DATES]]
    reports = [row for rumor in comparison.rumors for row in comparison.select("report_exists", rumor)]
    if rows:
        print(heading("First dates that differ most, by place, days (median of pairs that have both)"))
        print_table(["what", "rumor", "place", ">B - A", ">from", ">to", ">pairs", ">only A", ">only B"], rows)
        text = (
            "Only places whose interval excludes zero are shown; among many places some do so by chance. only A, only "
            "B: share of all pairs in which it happens in only one of the two, which no median shows."
        )
        print(wrapped(text, text_width()))
        print()
    print(heading(f"Probability that any report exists by {_day(str(comparison.stop))}"))
    print_table(
        ["rumor", ">A", ">B", ">B - A", ">from", ">to"],
        [(row.rumor, f"{row.a:.2f}", f"{row.b:.2f}", *_interval(row, 1.0, 2)) for row in reports],
    )
    print()


def _first_cells(row: Row, said: str) -> tuple[str, ...]:
    from rumorsim import catalog

    ends = _interval(row, 1.0)
    place = catalog.places()[row.place].name
    return (said, row.rumor, place, *ends, str(row.pairs), _percent(row.only_a), _percent(row.only_b))


def _print_reports(comparison: Comparison) -> None:
    from rumorsim.cli.output import heading, print_table

    print(heading("Number of reports written by districts, all rumors"))
    print_table(
        ["day", ">A", ">B", ">B - A", ">from", ">to"],
        [
            (_day(row.date), f"{row.a:.1f}", f"{row.b:.1f}", *_interval(row, 1.0))
            for row in comparison.select("reports")[-_FEW_DATES:]
        ],
    )
    print()


def _print_variance(comparison: Comparison) -> None:
    """Print var(b - a) beside var(a) + var(b), as these replicates have them."""
    from rumorsim.cli.output import heading, print_table, text_width, wrapped

    print(heading("Variance saved by sharing random draws, measured on these pairs"))
    rows = []
    for rumor in comparison.rumors:
        row = max(comparison.select("share_aware", rumor), key=_variance)
        both = row.variance_a + row.variance_b
        saved = row.variance_saved
        rows.append(
            (
                rumor,
                _day(row.date),
                f"{row.variance_difference:.2e}",
                f"{both:.2e}",
                "-" if math.isnan(saved) else f"{100 * saved:.0f} %",
            )
        )
    print_table(["rumor", "share who know on", ">var(B - A)", ">var(A) + var(B)", ">saved"], rows)
    text = (
        "Independent runs would have var(A) + var(B). A negative figure means that pairing made the difference less "
        "certain here. The day shown is the one on which the difference varies most, which is where it matters."
    )
    print(wrapped(text, text_width()))
    print()


def _variance(row: Row) -> float:
    return -1.0 if math.isnan(row.variance_difference) else row.variance_difference


def _interval(row: Row, factor: float, digits: int = 1) -> tuple[str, str, str]:
    return tuple(_signed(factor * one, digits) for one in (row.difference, row.low, row.high))  # type: ignore[return-value]


def _signed(number: float, digits: int) -> str:
    if math.isnan(number):
        return "-"
    text = f"{number:+.{digits}f}"
    return text[1:] if float(text) == 0 else text


def _share(share: float) -> str:
    return f"{100 * share:.1f}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) or share == 0 else f"{100 * share:.1f} %"


def _day(text: str) -> str:
    from rumorsim.cli.output import day

    return day(date.fromisoformat(text))


def _moment(moment: Any) -> str:
    from rumorsim.cli.output import day

    return day(datetime.fromisoformat(str(moment)))
