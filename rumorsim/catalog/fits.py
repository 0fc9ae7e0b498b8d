"""What was chosen for the fit before it was made, with reasons, and the fits that are shipped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rumorsim.catalog.evidence import add_unique
from rumorsim.catalog.tables import read_table

__all__ = ["USES", "Choice", "load_calibration", "load_posteriors"]

#: What something is to the fit. Of the evidence: it enters the likelihood, or is kept out of it as a check. Of numbers:
#: the draws of later rounds are steered by them, or no run of the fit can use them, so that nothing can be learned.
USES: Final = ("fitted", "kept_out", "steered", "unused")
#: Constraints against triviality; they are defined where runs are judged.
_CONSTRAINTS: Final = tuple(f"C{number}" for number in range(1, 9))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a target, a constraint or a number is to the fit: a word of `USES`, and why."""

    id: str
    use: str
    reason: str


def load_calibration(folder: Path, targets: Collection[str], parameters: Collection[str]) -> Mapping[str, Choice]:
    """Read ``calibration.csv``."""
    found: dict[str, Choice] = {}
    for row in read_table(folder, "calibration.csv", ("id", "use", "reason")):
        use = row.word("use", USES)
        known = [*targets, *_CONSTRAINTS] if use in ("fitted", "kept_out") else parameters
        choice = Choice(row.word("id", known), use, row.text("reason", required=True))
        add_unique(found, choice.id, choice, row)
    return MappingProxyType(found)


def load_posteriors(folder: Path) -> Mapping[str, Path]:
    """Read ``posteriors.csv``: which scenarios have a shipped fit, and the file it is in."""
    found: dict[str, Path] = {}
    for row in read_table(folder, "posteriors.csv", ("scenario", "file", "reason")):
        name = row.text("scenario", required=True)
        row.text("reason", required=True)
        add_unique(found, name, folder / row.text("file", required=True), row)
    return MappingProxyType(found)
