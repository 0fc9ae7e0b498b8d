"""The command line of an experiment's own script: ``python experiments/NAME/run.py [--small] [--out DIR]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rumorsim.cli.options import cores
from rumorsim.cli.progress import reporter
from rumorsim.errors import RumorsimError

if TYPE_CHECKING:
    from rumorsim.study import Plan

__all__ = ["script"]


def script(
    file: str,
    plan: Plan,
    arguments: Sequence[str] | None = None,
    *,
    options: Callable[[argparse.ArgumentParser], None] | None = None,
    execute: Callable[..., str] | None = None,
) -> int:
    """Run an experiment as its script's arguments say and return the exit status.

    Without ``--out`` everything is written into the experiment's own folder: tables, provenance, and for the full
    form figures and README. The runs themselves stay in ``.runs`` there and are taken up again.

    Parameters
    ----------
    file : path of the script, ``__file__``.
    plan : Plan
    arguments : words after the name of the script; those of the process by default.
    options : callable (parser), adds arguments of the script's own.
    execute : callable (experiment, form, out, arguments, progress) -> fingerprint
        What is done instead of running the cells of the plan.
    """
    from rumorsim.study import Experiment
    from rumorsim.study.experiments.reproduce import accept

    home = Path(file).resolve().parent
    parser = argparse.ArgumentParser(prog=f"python experiments/{home.name}/run.py")
    parser.add_argument(
        "--small", action="store_true", help="the form that takes a minute; its results do not answer the question"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write here, and leave the experiment's folder alone")
    parser.add_argument("--workers", type=int, default=cores(), metavar="N", help="processes (default: every core)")
    parser.add_argument("--dask", metavar="ADDRESS|local", help="a scheduler of dask.distributed, or start one here")
    parser.add_argument("--retry-failed", action="store_true", help="run again what failed before")
    parser.add_argument("--readme", action="store_true", help="only make README.md again, from the existing tables")
    parser.add_argument("--quiet", action="store_true", help="do not print progress")
    if options is not None:
        options(parser)
    given = parser.parse_args(arguments)
    form = "small" if given.small else "full"
    try:
        experiment = Experiment.read(home)
        # The page needs nothing but the tables.
        if given.readme:
            (home / "README.md").write_text(experiment.readme(plan), encoding="utf-8")
            return 0
        parser.description = experiment.title
        out = home / ".runs" / form if given.out is None else given.out
        with reporter(quiet=given.quiet) as progress:
            progress.stage(f"{experiment.name}, {form} form")
            if execute is not None:
                fingerprint = execute(experiment, form, out, given, progress)
            else:
                how: Any = {"dask": given.dask, "retry_failed": given.retry_failed}
                fingerprint = experiment.execute(plan, form, out, given.workers, progress, progress.stage, **how)
        # With a folder of the user's own nothing that is committed is touched.
        if given.out is None:
            accept(home, form, out)
    except KeyboardInterrupt:
        print("interrupted; the same command resumes it", file=sys.stderr)
        return 130
    except RumorsimError as error:
        print(f"{home.name}: {error}", file=sys.stderr)
        return 2
    print(f"results      {home if given.out is None else out}")
    print(f"fingerprint  {fingerprint}")
    return 0
