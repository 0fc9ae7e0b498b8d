"""Joining what was run in pieces: shards of a sweep, or runs of successive ranges of replicates."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rumorsim.ensemble import Ensemble, open_run
from rumorsim.ensemble.folder import numbers_of
from rumorsim.ensemble.run import RunPlan, seal_run
from rumorsim.ensemble.tables import RUN
from rumorsim.errors import RunError
from rumorsim.runs.files import folder_path, storing, usable
from rumorsim.runs.folder import opened
from rumorsim.runs.store import intact_parts
from rumorsim.runs.verify import Held, kind_of, verify
from rumorsim.study.folder import form_of
from rumorsim.study.results import Sweep, open_sweep, shard_of
from rumorsim.study.run import finish_of

__all__ = ["merge"]


def merge(folders: Sequence[str | os.PathLike[str]], out: str | os.PathLike[str]) -> Ensemble | Sweep:
    """Join the shards of a sweep, or runs of successive ranges of replicates, and return the whole.

    The whole has the fingerprint that it has when one machine runs it at once. The pieces are checked against their
    seals and left as they are; the same call goes on where it was stopped.

    Parameters
    ----------
    folders : paths
        All shards of one sweep, or runs that differ only in their replicates; in any order.
    out : path
        Folder for the whole; it must be new, empty, or hold the same.

    Raises
    ------
    RunError
        When the pieces are not of one whole, when some are missing, and when two hold the same.
    StoreError
        When a folder holds something else, is unfinished, altered, damaged, or of an older format.

    Examples
    --------
    >>> import tempfile, rumorsim as rs
    >>> scenario = rs.load_scenario("maki-thompson").replace({"population.size": 50})
    >>> with tempfile.TemporaryDirectory() as home:
    ...     for name, numbers in {"a": range(0, 2), "b": range(2, 5)}.items():
    ...         _ = rs.run(scenario, replicates=numbers, seed=0, out=f"{home}/{name}")
    ...     whole = rs.merge([f"{home}/a", f"{home}/b"], f"{home}/whole")
    ...     whole.fingerprint() == rs.run(scenario, replicates=5, seed=0).fingerprint()
    True
    """
    if isinstance(folders, (str, bytes, os.PathLike)) or not isinstance(folders, Iterable):
        raise RunError("not a list of folders", path="folders", given=folders, allowed="several paths in a list")
    paths, home = [folder_path(folder, "folders") for folder in folders], folder_path(out)
    if not paths:
        raise RunError("nothing to merge", path="folders", allowed="folders of runs, or of shards of a sweep")
    for path in paths:
        usable(path)
    kind = kind_of(paths[0])
    kind = kind if kind in ("run", "sweep") else "run"
    pieces = []
    for path in paths:
        held = verify(path, kind)
        held.refuse_older("merging")
        if path.resolve() == home.resolve():
            raise RunError("the whole cannot be one of its pieces", path="out", given=str(home), allowed="a new folder")
        pieces.append(held)
    return (_runs if kind == "run" else _shards)(pieces, home)


def _alike(pieces: Sequence[Held], about: str, identity: Mapping[str, Any]) -> None:
    """Check that pieces are of the whole that this code would make; RunError with what differs."""
    for piece in pieces:
        held = piece.provenance[about]
        for key in (key for key in identity if held.get(key) != identity[key]):
            what = "was made by a different state of the code" if key == "code" else f"differs in its {key}"
            raise RunError(
                f"the pieces are not of one whole: one {what}",
                file=piece.folder,
                allowed="pieces that differ in nothing but the runs they hold",
            )


def _stretch(pieces: Sequence[Held]) -> dict[str, Any]:
    return {"merged": [str(piece.folder) for piece in pieces], "runs_done": 0}


def _runs(pieces: Sequence[Held], out: Path) -> Ensemble:
    pieces = sorted(pieces, key=lambda piece: numbers_of(piece.provenance).start)
    spans = [numbers_of(piece.provenance) for piece in pieces]
    for before, after in itertools.pairwise(spans):
        if before.stop != after.start:
            what = "replicates are missing between" if before.stop < after.start else "the same replicates are in"
            raise RunError(
                f"{what} two pieces",
                path="replicates",
                given=[f"{span.start} to {span.stop - 1}" for span in (before, after)],
                allowed="successive ranges",
            )
    first = open_run(pieces[0].folder)
    model = str(pieces[0].provenance["run"]["model"])
    plan = RunPlan(first.scenario, range(spans[0].start, spans[-1].stop), first.seed, first.parameters, model)
    form = plan.form()
    _alike(pieces, "run", form.identity)
    with opened(out, form) as (home, todo):
        if todo is None:
            return open_run(out)
        home.adopt(((piece.folder, part) for piece in pieces for part in intact_parts(piece.folder, RUN)), RUN)
        with storing(out):
            shutil.copyfile(pieces[0].folder / "frame.json", out / "frame.json")
            companions = [open_run(piece.folder).prior for piece in pieces]
            largest = max((one for one in companions if one is not None), key=lambda one: one.replicates, default=None)
            if largest is not None and largest.folder is not None:
                shutil.rmtree(out / "prior", ignore_errors=True)
                shutil.copytree(largest.folder, out / "prior")
        prior = open_run(out / "prior") if (out / "prior").exists() else None
        return seal_run(home, plan, _stretch(pieces), prior, verdict=True)


def _shards(pieces: Sequence[Held], out: Path) -> Sweep:
    given = [piece.provenance["study"].get("shard") for piece in pieces]
    whole = [str(piece.folder) for piece, shard in zip(pieces, given, strict=True) if shard is None]
    if whole:
        raise RunError("not a shard, but a whole sweep", path="folders", given=whole, allowed="shards of one sweep")
    shards = [shard_of(shard) for shard in given]
    numbers = {of for _, of in shards}
    wanted = [(which, of) for of in numbers for which in range(1, of + 1)]
    if sorted(shards) != sorted(wanted) or len(numbers) != 1:
        missing = [f"{which}/{of}" for which, of in wanted if (which, of) not in shards]
        raise RunError(
            "each shard is needed once" + (f"; missing: {', '.join(missing[:10])}" if missing else ""),
            path="folders",
            given=given,
            allowed=[f"{which}/{of}" for which, of in wanted][:10],
        )
    studies = [open_sweep(piece.folder).study for piece in pieces]
    form, *others = (form_of(one) for one in studies)
    _alike(pieces, "study", form.identity)
    for piece, other in zip(pieces[1:], others, strict=True):
        if other.layout.stamp != form.layout.stamp:
            raise RunError(
                "the pieces are not of one whole: the studies differ",
                given=[str(pieces[0].folder), str(piece.folder)],
                allowed="shards of one study",
            )
    bare = replace(form.layout, stamp="")  # parts count whatever their stamp: the seal has told whose they are
    with opened(out, form) as (home, todo):
        if todo is not None:
            home.adopt(((piece.folder, part) for piece in pieces for part in intact_parts(piece.folder, bare)), bare)
            home.seal(_stretch(pieces), finish_of(home, studies[0]), retried=False)
    return open_sweep(out)
