"""A posterior in the layout of ArviZ, for those who know its plots and summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble.draws import prior_table
from rumorsim.ensemble.posterior import Posterior
from rumorsim.errors import QueryError

if TYPE_CHECKING:
    import xarray

__all__ = ["datatree"]

_WHICH = ["first", "second"]
_DRAWS = ("chain", "draw")


def datatree(found: Posterior, *, weighted: bool = False) -> xarray.DataTree:
    """Return a posterior as `rumorsim.Posterior.to_datatree` says.

    Raises
    ------
    QueryError
        When xarray is not installed or too old, or when the posterior was written without its predictive draws.
    """
    try:
        from xarray import Dataset, DataTree
    except ImportError:
        raise QueryError("to_datatree needs xarray 2024.11 or later: pip install 'rumorsim[inference]'") from None
    held = found.predictive
    if held is None:
        raise QueryError(
            "to_datatree needs the draws of what is predicted, and this posterior has none",
            allowed="a posterior that this version wrote; the same `rumorsim calibrate` writes it again",
        )
    # A weighted draw has the luck of the first time it was drawn.
    rows = np.arange(len(found)) if weighted else np.repeat(np.arange(len(found)), found.times)
    lines = np.cumsum(found.times) - found.times if weighted else np.arange(found.size)
    own = np.array(held["posterior"], dtype=np.float64)[lines]
    prior_rows = np.array(held["prior"], dtype=np.float64)
    before = prior_table(found.names, int(found.about["seed"]), held["prior_runs"])
    columns, windows = list(held["columns"]), held["windows"]
    weights = found.weights if weighted else np.full(found.size, 1.0 / found.size)
    terms = [name for name in columns if name.startswith("log.")]

    def dataset(variables: Mapping[str, Any]) -> Any:
        made = Dataset(variables)
        sizes = {name: range(size) for name, size in made.sizes.items()}
        return made.assign_coords({**sizes, "which": _WHICH} if "which" in sizes else sizes)

    groups = {
        "posterior": _numbers(found.names, found.table[rows]),
        "prior": _numbers(found.names, before),
        "posterior_predictive": _predicted(columns, own, windows),
        "prior_predictive": _predicted(columns, prior_rows, windows),
        "observed_data": _observed(held["observed"], windows),
        "constant_data": _status(held["observed"], windows),
        "log_likelihood": {name.removeprefix("log."): (_DRAWS, own[None, :, columns.index(name)]) for name in terms},
        "log_prior": {
            name: (_DRAWS, np.asarray(prior.log_density(found[name]))[None, rows])
            for name in found.names
            if (prior := catalog.parameter(name).prior) is not None
        },
        "sample_stats": {
            "weight": (_DRAWS, weights[None]),
            "run": (_DRAWS, found.runs[None, rows]),
            "set": (_DRAWS, found.sets[None, rows]),
        },
    }
    tree: xarray.DataTree = DataTree.from_dict({name: dataset(one) for name, one in groups.items()})
    tree.attrs |= {"scenario": str(found.about["scenario"]), "rumorsim": str(found.about.get("rumorsim", ""))}
    return tree


def _numbers(names: Sequence[str], table: NDArray[Any]) -> dict[str, Any]:
    known = catalog.parameters()
    return {
        name: (_DRAWS, table[None, :, column], {"units": known[name].unit, "long_name": known[name].meaning})
        for column, name in enumerate(names)
    }


def _predicted(columns: Sequence[str], rows: NDArray[Any], windows: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is predicted; a document that is not there by the end of its days is put on the day after."""
    found: dict[str, Any] = {}
    for name, (begin, size) in windows.items():
        days = np.stack([rows[:, columns.index(f"{name}_{which}")] for which in _WHICH], axis=-1)
        days = np.where(np.isnan(days), size, days)
        found[f"{name}_day"] = ((*_DRAWS, "which"), days[None], {"units": f"days since {begin}", "none_by": size})
    dated = {f"{name}_{which}" for name in windows for which in _WHICH}
    for column, name in enumerate(columns):
        if name not in dated and not name.startswith("log."):
            found[name] = (_DRAWS, rows[None, :, column])
    return found


def _observed(observed: Mapping[str, Sequence[Any]], windows: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the archive says, with a flag for each: 0 exactly this, 1 at least this, -1 at most this."""
    found: dict[str, Any] = {}
    for name in windows:
        both = [observed[f"{name}_{which}"] for which in _WHICH]
        found[f"{name}_day"] = ("which", np.array([float(one[0]) for one in both]))
        found[f"{name}_day_bound"] = ("which", np.array([int(one[1]) for one in both]))
    dated = {f"{name}_{which}" for name in windows for which in _WHICH}
    for name, (value, flag, upper) in observed.items():
        if name not in dated:
            found[name] = ((), float(value), {} if upper is None else {"at_most": float(upper)})
            found[f"{name}_bound"] = ((), int(flag))
    return found


def _status(observed: Mapping[str, Sequence[Any]], windows: Mapping[str, Any]) -> dict[str, Any]:
    """Return where ArviZ looks for what is censored: 1 for a date or number that is there, 0 for "at least"."""
    told = _observed(observed, windows)
    return {
        name: (told[name][0], np.where(np.asarray(told[f"{name}_bound"][1]) == 0, 1, 0))
        for name in told
        if not name.endswith("_bound") and not (np.asarray(told[f"{name}_bound"][1]) < 0).any()
    }
