"""``rumorsim merge``: join what was run in pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rumorsim.cli.options import JsonOption, given_path
from rumorsim.cli.options import folder as given_folder
from rumorsim.cli.output import print_json
from rumorsim.cli.progress import reporter, resumable

__all__ = ["merge"]


def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            parser=given_path,
            help="All shards of one sweep, or runs of successive replicates; in any order.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            parser=given_folder, metavar="DIR", help="Folder for the whole; new, empty, or from the same merge."
        ),
    ],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Do not print what is done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Join the shards of a sweep, or runs of successive replicates: the whole as one machine would have made it.

    \b
    rumorsim sweep study.toml --shard 1/2 --out part1
    rumorsim sweep study.toml --shard 2/2 --out part2
    rumorsim merge part1 part2 --out whole
    """
    from rumorsim.study import Sweep
    from rumorsim.study import merge as join

    with resumable(out), reporter(quiet=quiet) as progress:
        progress.stage(f"joining {len(folders)} pieces")
        whole = join(folders, out)
    runs = len(whole.points) * whole.study.replicates if isinstance(whole, Sweep) else whole.replicates
    if as_json:
        print_json({"folder": str(out), "runs": runs, "fingerprint": whole.fingerprint()})
        return
    print(f"{runs} runs of {whole.scenario.name}")
    print(f"folder       {out}")
    print(f"fingerprint  {whole.fingerprint()}")
