"""Which numbers an output depends on: Sobol' indices from a saltelli sweep, Morris' screening from a morris one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.core.checks import seed as check_seed
from rumorsim.core.checks import whole
from rumorsim.errors import QueryError, RunError, unknown
from rumorsim.study.results import open_sweep
from rumorsim.study.sensitivity.indices import elementary_effects, sobol_indices
from rumorsim.study.sensitivity.noise import percent_text, replicates_text, split_variance
from rumorsim.study.sensitivity.results import DESIGNS, OutputSensitivity, Sensitivity

__all__ = ["sensitivity"]

#: More luck than this in what the indices divide up is worth a word, and fewer than this is worth aiming at.
_MUCH_NOISE: Final = 0.2
_LITTLE_NOISE: Final = 0.05


def sensitivity(
    sweep: Any,
    output: str | Sequence[str] | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 1956,
) -> Sensitivity:
    """Return which of the varied numbers the outputs of a sweep depend on.

    From a ``saltelli`` design come first and total Sobol' indices of the mean over replicates: the share of its
    variance that a parameter explains alone, and with all interactions it takes part in. From a ``morris`` design come
    ``mu``, ``mu_star`` and ``sigma`` of the elementary effects. Intervals are percentiles of a bootstrap over whole
    base rows or trajectories, with the replicates as they are: they say how far the indices would move with other
    points of the same design. What luck does to them is told apart: see `rumorsim.study.Noise`, ``total_noise`` and
    ``sigma_noise``. A base row or trajectory in which a point failed is left out as a whole. A date that never came
    counts as the length of the run. Both are counted and noted.

    Parameters
    ----------
    sweep : Sweep, or the folder of one
    output : str or several, optional
        Names of outputs; all that are single numbers by default.
    confidence : float
        Coverage of the intervals, between 0 and 1.
    resamples : int
        Number of bootstrap resamples, 1 to 10**6.
    seed : int
        Of the bootstrap, 0 to 2**64 - 1; the same seed gives the same intervals.

    Returns
    -------
    Sensitivity

    Raises
    ------
    QueryError
        For another design, naming the right one; an unknown output; an argument out of bounds; a design of which
        fewer than two base rows or trajectories are left; and "never" in a scenario without an end.
    RumorsimError
        When SALib is not installed.

    References
    ----------
    Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6; Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; Morris 1991,
    doi:10.1080/00401706.1991.10484804; Campolongo et al. 2007, doi:10.1016/j.envsoft.2006.10.004.

    Examples
    --------
    A sweep made by hand, of an output that is twice one number plus another:

    >>> from types import SimpleNamespace
    >>> from rumorsim.study.salib_designs import saltelli
    >>> x = saltelli(256, 2, seed=0)
    >>> points = np.rec.fromarrays([np.arange(len(x)), *x.T], names=["point", "travel.duty_rate", "party.kin_ties"])
    >>> study = SimpleNamespace(
    ...     scenario="made-up", design=SimpleNamespace(kind="saltelli", points=256, seed=0, levels=4),
    ...     names=("travel.duty_rate", "party.kin_ties"), replicates=1, outputs=("reports",))
    >>> sweep = SimpleNamespace(study=study, points=points, unit_points=x, units={"reports": "count"}, failed={},
    ...                         values=lambda name: (2.0 * x[:, 0] + x[:, 1])[:, None])
    >>> result = sensitivity(sweep, resamples=100)
    >>> [round(float(one), 1) for one in result.table()["total"]]
    [0.8, 0.2]
    >>> result.notes
    ('reports: one replicate: how much of this is noise is not known',)
    """
    # What can be asked of this sweep at all, before anything is computed.
    _check(confidence, resamples, seed)
    if isinstance(sweep, (str, os.PathLike)):
        sweep = open_sweep(sweep)
    if not hasattr(sweep, "study"):
        raise RunError("not a sweep", path="sweep", given=repr(sweep)[:80], allowed="a Sweep, or the folder of one")
    if getattr(sweep, "shard", None) is not None:
        given = "{}/{}".format(*sweep.shard)
        raise RunError(
            "a shard of a sweep", path="sweep", given=given, allowed="the whole; `rumorsim merge` joins shards"
        )
    study = sweep.study
    kind = str(study.design.kind)
    if kind not in DESIGNS:
        raise QueryError(
            f"a {kind} design does not show how much each number matters",
            path="design.kind",
            given=kind,
            allowed=[f"{name} ({gives})" for name, gives in DESIGNS.items()],
        )
    # Each output by itself; the numbers that varied are the same for all.
    names = tuple(study.names)
    found = [
        _of_output(sweep, name, values, confidence, int(resamples), int(seed)) for name, values in _asked(sweep, output)
    ]
    return Sensitivity(
        kind=kind,
        scenario=str(study.scenario),
        names=names,
        ranges=MappingProxyType({name: _range(sweep.points[name]) for name in names}),
        points=int(study.design.points),
        replicates=int(study.replicates),
        confidence=float(confidence),
        resamples=int(resamples),
        seed=int(seed),
        outputs=tuple(found),
    )


def _check(confidence: float, resamples: int, seed: int) -> None:
    if isinstance(confidence, bool) or not 0.0 < confidence < 1.0:
        raise QueryError("not a coverage", path="confidence", given=confidence, allowed="a number between 0 and 1")
    whole(resamples, "resamples", 1, 10**6, what="not a usable number of resamples", error=QueryError)
    check_seed(seed, error=QueryError)


def _asked(sweep: Any, output: str | Sequence[str] | None) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the outputs asked for with their values, or all that have values."""
    known = tuple(sweep.units)
    if output is not None:
        for name in (output,) if isinstance(output, str) else tuple(output):
            if name not in known:
                raise unknown("output", name, known, error=QueryError)
            yield name, np.asarray(sweep.values(name), dtype=np.float64)
        return
    refused, some = None, False
    for name in known:
        try:
            values = sweep.values(name)
        except QueryError as error:  # a curve: it has no single value to analyze
            refused = error
            continue
        some = True
        yield name, np.asarray(values, dtype=np.float64)
    if not some:
        raise refused or QueryError("the sweep has no outputs", path="outputs")


def _range(column: NDArray[Any]) -> tuple[Any, ...]:
    if column.dtype.kind in "fiu":
        return column.min().item(), column.max().item()
    return tuple(str(word) for word in np.unique(column))


def _of_output(
    sweep: Any, name: str, values: NDArray[np.float64], confidence: float, resamples: int, seed: int
) -> OutputSensitivity:
    study = sweep.study
    morris = study.design.kind == "morris"
    base, parameters = int(study.design.points), len(study.names)
    height = parameters + (1 if morris else 2)
    if values.ndim != 2 or len(values) != base * height:
        raise QueryError(
            "the sweep does not hold the whole design",
            path=name,
            given=f"values of shape {values.shape}",
            allowed=f"{base * height} points",
        )
    blocks = values.reshape(base, height, -1)
    whole = ~np.isnan(blocks).any(axis=(1, 2))
    kept, dropped = int(whole.sum()), int((~whole).sum())
    group = "trajectories" if morris else "base rows"
    if kept < 2:
        raise QueryError(
            f"{dropped} of {base} {group} have a failed point, and fewer than two are left",
            path=name,
            given=next((f"point {point}: {message}" for point, message in sorted(sweep.failed.items())), None),
        )
    used, never = _without_never(sweep, name, blocks[whole])
    independent = used if morris else used[:, [0, -1]]
    noise = split_variance(independent.reshape(-1, used.shape[2]))
    if morris:
        points = np.asarray(sweep.unit_points).reshape(base, height, parameters)[whole]
        measures = elementary_effects(used, points, int(study.design.levels), confidence, resamples, seed)
    else:
        measures = sobol_indices(used, confidence, resamples, seed)
    rows = np.empty(parameters, dtype=[("parameter", f"<U{max(map(len, study.names))}"), *measures.dtype.descr])
    rows["parameter"] = study.names
    for column in measures.dtype.names or ():
        rows[column] = measures[column]
    found = OutputSensitivity(name, str(sweep.units[name]), rows, noise, kept, dropped, never, ())
    return replace(found, notes=_notes(found, group, base, never / used.size, _days(sweep)))


def _days(sweep: Any) -> float | None:
    """Return the length of the run in days; None if the scenario does not say when it ends."""
    scenario = getattr(sweep, "scenario", None)
    start, stop = getattr(scenario, "start", None), getattr(scenario, "stop", None)
    if start is None or stop is None:
        return None
    return float((stop - start).days + 1)


def _without_never(sweep: Any, name: str, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return values with the length of the run in place of "never", and how often that was."""
    never = np.isposinf(values)
    if np.isneginf(values).any():
        raise QueryError("an output is minus infinity, which means nothing", path=name)
    if not never.any():
        return values, 0
    days = _days(sweep)
    if days is None:
        raise QueryError(
            "the date never occurred in some replicates, and the scenario has no last day",
            path=name,
            given=f"{int(never.sum())} of {never.size} values",
        )
    return np.where(never, days, values), int(never.sum())


def _notes(found: OutputSensitivity, group: str, base: int, never: float, days: float | None) -> tuple[str, ...]:
    notes, noise = [], found.noise
    if found.constant:
        notes.append("it does not vary: none of these numbers changes it, and there are no indices")
    if found.dropped:
        notes.append(
            f"{found.dropped} of {base} {group} were left out because a point of them failed; if failures are tied to "
            "certain values, the indices describe only the others"
        )
    if group == "base rows" and base & (base - 1):
        notes.append(f"{base} base rows are not a power of two: the Sobol' sequence is not balanced")
    if never:
        notes.append(
            f"{percent_text(never)} of the values are 'never' and count as {days:g} days, the length of the run"
        )
    if noise.replicates < 2:
        notes.append("one replicate: how much of this is noise is not known")
    elif not found.constant and noise.share_of_mean > _MUCH_NOISE:
        more = replicates_text(noise.replicates_for(_LITTLE_NOISE), _LITTLE_NOISE)
        notes.append(
            f"{percent_text(noise.share_of_mean)} of the variance between points is noise that {noise.replicates} "
            f"replicates do not average out; {more}"
        )
    return tuple(notes)
