"""How a comparison is printed."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.cli.output import day, days, heading, print_table, source_of_numbers, text_width, wrapped

if TYPE_CHECKING:
    from rumorsim.study import Comparison
    from rumorsim.study.pairs.rows import Row

__all__ = ["print_comparison"]

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


def print_comparison(comparison: Comparison) -> None:
    """Print two runs side by side: when they part, and their differences with intervals."""
    a, b = comparison.labels
    columns = text_width()
    print(f"A: {a}")
    print(f"B: {b}")
    span = days(*(date.fromisoformat(str(one)) for one in (comparison.start, comparison.stop)))
    print(f"{span}; {comparison.replicates} pairs, seed {comparison.a.seed}; differences are B - A")
    for one in dict.fromkeys(
        source_of_numbers(side.scenario, side.parameters) for side in (comparison.a, comparison.b)
    ):
        if one:
            print(wrapped(one, columns))
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

    pairs = comparison.replicates
    print(heading("When the two runs diverge"))
    equal = int(comparison.equal.sum())
    print(wrapped(f"Identical from start to end, documents included: {equal} of {pairs} pairs", text_width()))
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
            wrap="hears",
        )
        print()


def _print_shares(comparison: Comparison) -> None:
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
    rows: list[tuple[str, ...]] = []
    for quantity, said in (("first_aware", "first person who knows"), ("first_report", "first report")):
        found = [
            row
            for rumor in comparison.rumors
            for place in comparison.places
            for row in comparison.select(quantity, rumor, place)
            if row.pairs >= _FEW_PAIRS and (row.low > 0 or row.high < 0)
        ]
        found = sorted(found, key=lambda row: -abs(row.difference))[:_FEW_DATES]
        for rumor in dict.fromkeys(row.rumor for row in found):
            rows.append((f"{said}, {rumor}",))
            rows += [_first_cells(row) for row in found if row.rumor == rumor]
    reports = [row for rumor in comparison.rumors for row in comparison.select("report_exists", rumor)]
    if rows:
        print(heading("First dates that differ most, by place, days (median of pairs that have both)"))
        print_table(["  place", ">B - A", ">from", ">to", ">pairs", ">only A", ">only B"], rows)
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


def _first_cells(row: Row) -> tuple[str, ...]:
    ends = _interval(row, 1.0)
    place = catalog.places()[row.place].name
    return (f"  {place}", *ends, str(row.pairs), _percent(row.only_a), _percent(row.only_b))


def _print_reports(comparison: Comparison) -> None:
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
                "-" if math.isnan(saved) else f"{100 * saved:.0f}%",
            )
        )
    print_table(["rumor", "share who\nknow on", ">var\n(B - A)", ">var(A) +\nvar(B)", ">saved"], rows, wrap="rumor")
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
    return "-" if math.isnan(share) or share == 0 else f"{100 * share:.1f}%"


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _moment(moment: Any) -> str:
    return day(datetime.fromisoformat(str(moment)))
