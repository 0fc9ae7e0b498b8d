"""How far an answer of a run would be off with other replicates: its standard error, whatever was asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.errors import QueryError

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["standard_error", "without"]

_BATCHES: Final = 10


def standard_error(ensemble: Ensemble, name: str, *arguments: Any, **named: Any) -> Any:
    """Return the standard error of an answer: the replicates in ten batches, one of them left out in turn (jackknife).

    It is that of so many replicates, not of the fit their numbers were drawn from, nor of the model.

    Parameters
    ----------
    name : str
        Name of the observable that is asked, such as "report_probability"; its arguments follow.

    Returns
    -------
    float
        Of a number; of values of the replicates that of their mean, of a dict one for each key. NaN where it cannot be
        told, as with one replicate.

    Raises
    ------
    QueryError
        For an unknown name, and for dates, which have no mean; ask for the probability of one by a day.

    Examples
    --------
    >>> import rumorsim as rs
    >>> run = rs.run("maki-thompson", replicates=2)
    >>> run.standard_error("share_aware", "secret_speech", on="1955-12-31")
    0.0
    """
    from rumorsim.ensemble.observables import observables

    question = observables[name].function
    size = min(_BATCHES, ensemble.replicates)
    batches = np.array_split(np.arange(ensemble.replicates), size)
    whole = _means(question(ensemble, *arguments, **named), name)
    if size < 2:
        found = dict.fromkeys(whole, math.nan)
    else:
        parts = [_means(question(without(ensemble, one), *arguments, **named), name) for one in batches]
        found = {key: _spread(np.array([one.get(key, math.nan) for one in parts])) for key in whole}
    return found.get("", found)


def _spread(left_out: NDArray[np.float64]) -> float:
    if not np.isfinite(left_out).all():
        return math.nan
    return math.sqrt((len(left_out) - 1) / len(left_out) * float(np.square(left_out - left_out.mean()).sum()))


def _means(answer: Any, name: str) -> dict[str, float]:
    """Return an answer as numbers by key, "" where there is a single one."""
    if isinstance(answer, dict):
        return {key: float(value) for key, value in answer.items()}
    values = np.asarray(answer)
    if values.dtype.kind not in "biuf":
        raise QueryError("has no mean", path=name, allowed="a number, a share or a probability, such as that by a day")
    return {"": float(values.mean())}


def without(ensemble: Ensemble, rows: NDArray[np.int64]) -> Ensemble:
    """Return a run without some of its replicates, which keep their numbers.

    Parameters
    ----------
    ensemble : Ensemble
    rows : (n,) of the replicates that are left out, counted from 0.
    """
    kept = np.ones(ensemble.replicates, dtype=np.bool_)
    kept[rows] = False
    place = np.cumsum(kept) - 1

    def load(name: str) -> NDArray[Any]:
        table = ensemble.table(name)
        table = table[kept[table["replicate"]]].copy()
        table["replicate"] = place[table["replicate"]]
        return np.asarray(table)

    numbers = [number for number, keep in zip(ensemble.numbers, kept.tolist(), strict=True) if keep]
    return type(ensemble)(
        ensemble.scenario,
        ensemble.frame,
        ensemble.seed,
        ensemble.parameters,
        load,
        older=ensemble.older,
        numbers=numbers,
        model=ensemble.model,
    )
