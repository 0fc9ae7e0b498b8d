"""What the priors allow: of draws from them, the share that meets each row of the verdict, and all rows together.

    python -m benchmarks.prior_rows [--draws 200] [--write]

A row that every draw meets, or none, says nothing about the numbers: it is named. With --write the table goes into
docs/what-changed.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import rumorsim as rs
from benchmarks.what_changed import write
from rumorsim import catalog
from rumorsim.ensemble.constraints import CONSTRAINTS
from rumorsim.ensemble.measures import MEASURES, holds, not_covered

__all__ = ["met", "table"]


def met(run: rs.Ensemble) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield id, words and which replicates meet it, (replicates,) bool, of every row that the run decides itself."""
    for target in catalog.targets().values():
        measure = MEASURES[target.kind]
        if not not_covered(run, target) and not measure.given(run, target):
            words = " ".join(f"{measure.text} {target.rumor} {target.place}".replace("_", " ").split())
            yield target.id, f"{words}, {target.value}", holds(run, target, measure.function(run, target))
    for name, constraint in CONSTRAINTS.items():
        violated = None if constraint.function is None else constraint.function(run)
        if violated is not None and not constraint.given(run):
            yield name, constraint.text, ~violated


def table(name: str, draws: int) -> str:
    """Return the table of a scenario as Markdown, and below it what it says in words."""
    run = rs.run(name, draws, seed=1956, parameters="prior", prior_replicates=0, workers=2)
    rows = list(met(run))
    lines = [f"### {name}", "", f"| row | what | met by, of {draws} draws |", "|---|---|---|"]
    lines += [f"| {row} | {words} | {kept.mean():.0%} |" for row, words, kept in rows]
    together = np.logical_and.reduce([kept for _, _, kept in rows])
    lines += [f"| all | every row above | {together.mean():.1%} |", ""]
    for share, said in ((1.0, "by every draw"), (0.0, "by none")):
        named = ", ".join(row for row, _, kept in rows if kept.mean() == share)
        lines.append(f"Met {said}: {named or 'no row'}.")
    if run.score.factors:
        score, error = run.score.joint
        lines += ["", f"The dates together: {score:.2f} ± {error:.2f} nats; random dates {run.score.random:.2f}."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="write into docs/what-changed.md")
    given = parser.parse_args()
    text = "\n".join(table(name, given.draws) for name in ("tirana-conference", "secret-speech"))
    print(text)
    if given.write:
        write("priors", text)


if __name__ == "__main__":
    main()
