"""``rumorsim selftest``: whether this installation computes the recorded bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rumorsim.cli.options import JsonOption
from rumorsim.cli.output import print_json

__all__ = ["selftest"]

#: Characters of a fingerprint that are printed; --json gives them all.
_SHOWN = 12


def selftest(
    as_json: JsonOption = False,
    record: Annotated[Path | None, typer.Option("--record", hidden=True, metavar="FILE")] = None,
) -> None:
    """Compare the fingerprints of small runs with recorded ones, in a few seconds.

    A fingerprint is a checksum of everything that a run computed. The same version of rumorsim gives the same
    fingerprint on any machine, with any Python, NumPy and SciPy that it allows. If all are equal here, you can expect
    to get the fingerprints that others published for this version.

    If one differs, results on this machine are not identical to those of others: please report the lines, with the
    versions that --json prints.

    Exit status 0 if all are equal, 1 if not.
    """
    from rumorsim.ensemble.selftest import compared, recording
    from rumorsim.runs.provenance import environment

    if record is not None:
        text = recording()  # before the file is touched: it is the one that is compared with
        record.write_text(text, encoding="utf-8")
        return
    lines = []
    for line in compared():
        lines.append(line)
        if not as_json:
            there = "" if line.equal else f" (recorded: {(line.recorded or 'nothing')[:_SHOWN]})"
            print(f"{'equal' if line.equal else 'DIFFERENT':9} {line.found[:_SHOWN]} {line.name}{there}", flush=True)
    wrong = sum(not line.equal for line in lines)
    if as_json:
        found = [
            {"name": line.name, "equal": line.equal, "found": line.found, "recorded": line.recorded} for line in lines
        ]
        print_json({"equal": not wrong, "runs": found, "versions": environment()})
    elif wrong:
        print(f"{wrong} of {len(lines)} fingerprints differ: results here may differ from those of others")
    else:
        print(f"all {len(lines)} fingerprints are equal to the recorded ones")
    if wrong:
        raise typer.Exit(1)
