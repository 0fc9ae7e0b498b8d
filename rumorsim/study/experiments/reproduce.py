"""Running an experiment again, and comparing what comes out with what is committed."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rumorsim.errors import RunError, StoreError, nearest
from rumorsim.runs.files import storing, usable
from rumorsim.runs.seal import PROVENANCE, Altered, Damaged
from rumorsim.runs.verify import kind_of, of_kind, provenance_of, verify
from rumorsim.study.experiments.experiment import FORMS, Experiment, read_tables, seal_experiment

__all__ = ["Outcome", "accept", "find_experiment", "outcome", "reproduce"]

#: Numbers of a table may differ by this, relatively: libraries round the last digits in their own ways.
_TOLERANCE: Final = 1e-6
_LISTED: Final = 5


@dataclass(frozen=True)
class Outcome:
    """How a run of an experiment compares with the committed one.

    Attributes
    ----------
    form : "full" or "small"
    committed, found : str
        Fingerprints; "" where nothing is committed.
    differences : tuple of str
    """

    form: str
    committed: str
    found: str
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether nothing differs; that nothing is committed is a difference."""
        return not self.differences


def find_experiment(word: str | os.PathLike[str]) -> Path:
    """Return the folder of an experiment, given its path or, beside a folder ``experiments``, its name.

    Raises
    ------
    StoreError
        If there is none; the message offers the nearest one.
    """
    path = Path(word)
    for candidate in (path, Path("experiments") / path):
        if (candidate / "experiment.toml").is_file():
            return candidate
    names = sorted(one.parent.name for one in Path("experiments").glob("*/experiment.toml"))
    allowed = names or "a folder with experiment.toml"
    raise StoreError("no such experiment", given=str(word), allowed=allowed, nearest=nearest(path.name, names))


def reproduce(
    folder: str | os.PathLike[str],
    form: str,
    out: Path,
    workers: int = 1,
    *,
    dask: str | None = None,
    retry_failed: bool = False,
    quiet: bool = False,
) -> Outcome:
    """Run an experiment into another folder and compare with what is committed; nothing committed is touched.

    The script runs in a process of its own, as a reader would run it; its progress goes to standard error.

    Parameters
    ----------
    folder : path of the experiment
    form : "full" or "small"
    out : Path
        Where to run; with what is there already the run goes on.
    workers, dask, retry_failed : as in `rumorsim.run`.
    quiet : bool

    Raises
    ------
    RunError
        When the script fails.
    """
    home = Path(folder)
    Experiment.read(home)
    usable(out)
    if (home / PROVENANCE).exists():  # what is damaged is told before anything is run
        with contextlib.suppress(Altered):
            verify(home, "experiment")
    kind = kind_of(out)
    if kind not in (None, "experiment"):
        of_kind(out, "experiment")
    words = [sys.executable, str(home / "run.py"), "--out", str(out), "--workers", str(workers)]
    words += [] if dask is None else ["--dask", dask]
    asked = {"--small": form == "small", "--retry-failed": retry_failed, "--quiet": quiet}
    words += [word for word, given in asked.items() if given]
    status = subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode
    if status == 130:
        raise KeyboardInterrupt
    if status:
        raise RunError(f"the script of the experiment failed with status {status}", file=home / "run.py")
    return outcome(home, form, out)


def outcome(home: Path, form: str, out: Path) -> Outcome:
    """Compare a run of an experiment in a folder with the committed one; both are checked against their seals."""
    found = verify(out, "experiment").provenance.get(form)
    if found is None:
        raise StoreError("no result of this form", file=out / PROVENANCE, given=form, allowed=FORMS)
    altered = []
    try:
        held = _committed(home)
    except Altered as error:  # what differs is told below
        altered, held = [str(error)], provenance_of(home, "experiment").provenance
    committed = held.get(form)
    if committed is None:
        return Outcome(form, "", found["fingerprint"], ("nothing is committed for this form",))
    try:
        differences = [*altered, *_runs(committed, found), *_tables(home / "results" / form, out / "results" / form)]
    except (KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"damaged: {error!r} is not in it", file=home / PROVENANCE, given=form) from error
    return Outcome(form, committed["fingerprint"], found["fingerprint"], tuple(differences))


def _committed(home: Path) -> dict[str, Any]:
    return verify(home, "experiment").provenance if (home / PROVENANCE).exists() else {}


def accept(home: Path, form: str, out: Path) -> None:
    """Make a run the committed one: tables, provenance, and for the full form figures and README."""
    record = _committed(home)
    record[form] = verify(out, "experiment").provenance[form]
    ordered: dict[str, Any] = {one: record[one] for one in FORMS if one in record}
    results = home / "results" / form
    with storing(home):
        shutil.rmtree(results, ignore_errors=True)
        shutil.copytree(out / "results" / form, results)
        if form == "full":
            shutil.rmtree(home / "figures", ignore_errors=True)
            shutil.copytree(out / "figures", home / "figures")
            shutil.copyfile(out / "README.md", home / "README.md")
    seal_experiment(home, ordered)


def _runs(committed: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between the runs; versions and times may, and so may the state of the code."""
    for key in ("seed", "scale", "replicates"):
        if committed[key] != found[key]:
            yield f"{key}: {committed[key]} committed, {found[key]} found"
    cells = dict.fromkeys((*committed["cells"], *found["cells"]))
    apart = []
    for name in cells:
        one, other = committed["cells"].get(name), found["cells"].get(name)
        if one is None or other is None:
            apart.append(f"cell {name}: {'not committed' if one is None else 'not found'}")
        elif one["scenario"] != other["scenario"]:
            apart.append(f"cell {name}: the scenario is another one")
        elif one["fingerprint"] != other["fingerprint"]:
            apart.append(
                f"cell {name}: fingerprint {one['fingerprint'][:12]} committed, {other['fingerprint'][:12]} found"
            )
    yield from apart[:_LISTED]
    if len(apart) > _LISTED:
        yield f"and {len(apart) - _LISTED} more cells"
    if committed["fingerprint"] != found["fingerprint"] and not apart:
        yield f"fingerprint: {committed['fingerprint']} committed, {found['fingerprint']} found"


def _tables(committed: Path, found: Path) -> Iterator[str]:
    """Yield what differs between the tables, at most one line a table."""
    if not committed.is_dir():
        yield f"no tables are committed in {committed}"
        return
    one, other = read_tables(committed), read_tables(found)
    for name in dict.fromkeys((*one, *other)):
        if name not in one or name not in other:
            yield f"table {name}: {'not committed' if name not in one else 'not found'}"
        elif len(one[name]) != len(other[name]):
            yield f"table {name}: {len(one[name])} rows committed, {len(other[name])} found"
        else:
            apart = [
                f"row {number}, {key}: {left.get(key)} committed, {right.get(key)} found"
                for number, (left, right) in enumerate(zip(one[name], other[name], strict=True), start=1)
                for key in dict.fromkeys((*left, *right))
                if not _alike(left.get(key), right.get(key))
            ]
            if apart:
                more = f", and {len(apart) - 1} more" if len(apart) > 1 else ""
                yield f"table {name}: {apart[0]}{more}"


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=1e-9)
    return bool(one == other)
