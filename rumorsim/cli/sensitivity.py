"""``rumorsim sensitivity``: which of the numbers varied in a sweep its outputs depend on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from rumorsim.cli.options import JsonOption, given_path
from rumorsim.cli.output import heading, number, print_json, print_table, text_width, width, wrapped
from rumorsim.errors import fold

if TYPE_CHECKING:
    from rumorsim.study import OutputSensitivity, Sensitivity

__all__ = ["figure_names", "sensitivity"]

#: Characters of a bar that stands for the whole variance, or for the largest effect.
_BAR: Final = 10
_SOBOL_LEGEND: Final = (
    "alone: first Sobol' index, the share of the variance that the number explains by itself. with others: total "
    "index, which counts every interaction it takes part in. noise: the part of the total index that comes from "
    "differences between replicates and would vanish with many. Bars: # alone, + with others; {bar} characters are the "
    "whole variance."
)
_MORRIS_LEGEND: Final = (
    "effect: mean size of the change (mu*) when the number moves over its whole range. direction: mean change with its "
    "sign (mu). spread: standard deviation of the change over the other numbers (sigma); spread of noise: what noise "
    "between replicates alone gives. Bars: {bar} characters are the largest effect."
)


def sensitivity(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=given_path, help="A sweep folder, made by `rumorsim sweep`.")
    ],
    output: Annotated[
        list[str] | None, typer.Option("--output", metavar="NAME", help="Only this output. May be given several times.")
    ] = None,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="SHARE", help="Coverage of the intervals.")
    ] = 0.95,
    resamples: Annotated[
        int, typer.Option("--resamples", metavar="N", help="Bootstrap resamples behind the intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the bootstrap.")] = 1956,
    as_json: JsonOption = False,
) -> None:
    """Show which numbers matter: Sobol' indices from a saltelli design, Morris screening from a morris design.

    The table is written to DIR/sensitivity.csv, and a figure of each output to DIR/figures.
    """
    from rumorsim.runs.files import replace_file, storing
    from rumorsim.study import sensitivity as analyze

    result = analyze(folder, output or None, confidence=confidence, resamples=resamples, seed=seed)
    table = folder / "sensitivity.csv"
    with storing(folder):
        replace_file(table, result.to_csv().encode())
    figures = _draw(result, folder / "figures")
    if as_json:
        print_json(_as_json(result, table, figures))
        return
    _print(result)
    print(f"table    {table}")
    if figures:
        print(f"figures  {folder / 'figures'} ({len(figures)} files)")


def figure_names(outputs: Iterable[str]) -> dict[str, str]:
    """Return a file name for the figure of each output, without what file names must not hold, each a different one.

    Examples
    --------
    >>> figure_names(["share_aware", "Aware in Vlorë", "aware in vlore"])
    {'share_aware': 'sensitivity-share_aware', 'Aware in Vlorë': 'sensitivity-aware-in-vlore', \
'aware in vlore': 'sensitivity-aware-in-vlore-2'}
    """
    names: dict[str, str] = {}
    for output in outputs:
        plain = output if re.fullmatch(r"[a-z0-9_-]+", output) else fold(output)
        stem = f"sensitivity-{re.sub(r'[^a-z0-9_]+', '-', plain).strip('-') or 'output'}"
        name, number = stem, 2
        while name in names.values():
            name, number = f"{stem}-{number}", number + 1
        names[output] = name
    return names


def _draw(result: Sensitivity, folder: Path) -> list[Path]:
    from rumorsim.plot import save, sensitivity_figure

    names = figure_names(one.output for one in result)
    drawn = [one.output for one in result if not one.constant]
    return [path for name in drawn for path in save(sensitivity_figure(result, name), folder, names[name])]


def _as_json(result: Sensitivity, table: Path, figures: list[Path]) -> dict[str, Any]:
    columns = result.table().dtype.names or ()
    settings = ("points", "replicates", "confidence", "resamples", "seed")
    counts = ("output", "unit", "kept", "dropped", "never")
    return {
        "scenario": result.scenario,
        "design": result.kind,
        **{name: getattr(result, name) for name in settings},
        "ranges": dict(result.ranges),
        "outputs": [
            {
                **{name: getattr(one, name) for name in counts},
                "noise_share": one.noise.share,
                "noise_share_of_mean": one.noise.share_of_mean,
                "parameters": [{name: row[name].item() for name in columns[1:]} for row in one.rows],
                "notes": list(one.notes),
            }
            for one in result
        ],
        "table": str(table),
        "figures": [str(path) for path in figures],
    }


def _print(result: Sensitivity) -> None:
    saltelli = result.kind == "saltelli"
    what, groups = ("Sobol' indices", "base rows") if saltelli else ("Morris screening", "trajectories")
    times = "1 replicate" if result.replicates == 1 else f"{result.replicates} replicates"
    line = f"{result.scenario}: {what} from {result.points} {groups} of {len(result.names)} numbers, {times} a point"
    print(wrapped(line, text_width()))
    print(f"Intervals: {result.confidence:.3g} coverage, {result.resamples} resamples, seed {result.seed}")
    print()
    for one in result:
        print(heading(f"{one.output} [{'days' if one.unit == 'date' else one.unit}]"))
        if not one.constant:
            cells = _sobol_cells if saltelli else _morris_cells
            head = _SOBOL_HEAD if saltelli else _MORRIS_HEAD
            last = None if width() >= _WITH_BARS else -1  # the bars only repeat the numbers
            print_table(head[:last], [cells(one, row)[:last] for row in one.rows[one.order]], wrap="number")
            print()
            print(wrapped(_noise_text(one), text_width()))
        for note in one.notes:
            print(wrapped(f"* {note}", text_width(), indent="  ", first=""))
        print()
    legend = _SOBOL_LEGEND if saltelli else _MORRIS_LEGEND
    print(wrapped(legend.format(bar=_BAR), text_width()))
    print()


#: Columns from which on there is room for bars.
_WITH_BARS: Final = 80
_SOBOL_HEAD: Final = ("number", ">alone", ">interval", ">with\nothers", ">interval", ">noise", "bar")
_MORRIS_HEAD: Final = (*("number", ">effect", ">interval", ">direction", ">spread", ">spread\nof noise", "bar"),)


def _sobol_cells(one: OutputSensitivity, row: Any) -> tuple[str, ...]:
    first, total = (min(max(round(float(row[name]) * _BAR), 0), _BAR) for name in ("first", "total"))
    return (
        str(row["parameter"]),
        _number(row["first"]),
        _span(row["first_low"], row["first_high"]),
        _number(row["total"]),
        _span(row["total_low"], row["total_high"]),
        _number(row["total_noise"]),
        "#" * first + "+" * (total - first),
    )


def _morris_cells(one: OutputSensitivity, row: Any) -> tuple[str, ...]:
    largest = float(one.rows["mu_star"].max())
    return (
        str(row["parameter"]),
        _figure(row["mu_star"]),
        f"{_figure(row['mu_star_low'])} to {_figure(row['mu_star_high'])}",
        _figure(row["mu"], sign=True),
        _figure(row["sigma"]),
        _figure(row["sigma_noise"]),
        "#" * round(float(row["mu_star"]) / largest * _BAR),
    )


def _number(value: float) -> str:
    text = f"{value:.2f}"
    return "-" if text == "nan" else ("0.00" if text == "-0.00" else text)


def _span(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def _figure(value: float, *, sign: bool = False) -> str:
    text = number(value, 3)
    return f"+{text}" if sign and value > 0 else text


def _noise_text(one: OutputSensitivity) -> str:
    from rumorsim.study.sensitivity.noise import percent_text

    noise = one.noise
    if noise.share_of_mean != noise.share_of_mean:
        return "Noise between replicates: not known."
    return (
        f"Noise between replicates: {percent_text(noise.share)} of the variance of single runs, "
        f"{percent_text(noise.share_of_mean)} of the variance of their mean between points."
    )
