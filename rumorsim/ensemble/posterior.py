"""A posterior: weighted draws of the numbers of a scenario; `rumorsim.calibrate` writes one, the package ships some."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.errors import RumorsimError, RunError, unknown
from rumorsim.runs.files import folder_path, write_text
from rumorsim.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import xarray

__all__ = ["POSTERIOR", "RUN_FACTS", "Posterior", "posterior", "read_posterior"]

#: Name of the file in the folder of a calibration.
POSTERIOR: Final = "posterior.json"
_FORMAT: Final = 1
#: What a posterior keeps of the runs of its draws, beside what the archive would say of them.
RUN_FACTS: Final = ("eruptions", "known", "critical", "introductions", "critics", "critics_after")


class Posterior:
    """Weighted draws of the numbers of a scenario.

    Parameters
    ----------
    about : where the draws come from and how good they are, in the types of JSON.
    names : (n_names,) catalog ids.
    rows : sequence of (run, set, times drawn, values)
        Each draw is a run of a bank and a set of numbers of the archive it was judged with.
    predictive : mapping, optional
        What the draws predict (`rumorsim.inference.predictive`), in the types of JSON.

    Attributes
    ----------
    about : mapping
    predictive : mapping or None
    names : tuple
    runs, sets, times : (n,) int64
        Number of the run and of the set, and how often it was drawn.
    table : (n, n_names) float64

    Examples
    --------
    >>> found = Posterior({"scenario": "made-up"}, ["travel.duty_rate"], [(7, 0, 3, [0.02]), (9, 5, 1, [0.04])])
    >>> len(found), found.weights.tolist(), found["travel.duty_rate"].tolist()
    (2, [0.75, 0.25], [0.02, 0.04])
    >>> [found.draw(k)["travel.duty_rate"] for k in range(4)]
    [0.02, 0.02, 0.02, 0.04]
    """

    def __init__(
        self,
        about: Mapping[str, Any],
        names: Sequence[str],
        rows: Sequence[Sequence[Any]],
        predictive: Mapping[str, Any] | None = None,
    ) -> None:
        self.about: Mapping[str, Any] = dict(about)
        self.predictive = predictive
        self.names = tuple(names)
        self.runs, self.sets, self.times = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(3))
        self.table = np.array([row[3] for row in rows], dtype=np.float64).reshape(len(rows), len(self.names))

    def __len__(self) -> int:
        """Return the number of weighted draws."""
        return len(self.times)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return the values of a number, (n,) float64, by catalog id; RunError if it was not drawn."""
        if name not in self.names:
            raise unknown("number of the posterior", name, self.names, error=RunError)
        return self.table[:, self.names.index(name)]

    def __repr__(self) -> str:
        return f"<Posterior of {self.about.get('scenario')}: {len(self)} weighted draws of {len(self.names)} numbers>"

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights of the draws, (n,), with the sum 1."""
        return np.asarray(self.times / self.times.sum())

    @property
    def evidence(self) -> Mapping[str, Mapping[str, float]]:
        """Log probability of the archive: model or null world -> "dates", "constraints" or "all" -> nats.

        -inf where no run makes it; the errors are in `evidence_errors`.
        """
        return self._of_worlds("evidence", -math.inf)

    @property
    def evidence_errors(self) -> Mapping[str, Mapping[str, float]]:
        """Standard errors of `evidence`, in nats; NaN where no run makes the archive."""
        return self._of_worlds("evidence_errors", math.nan)

    def _of_worlds(self, what: str, none: float) -> Mapping[str, Mapping[str, float]]:
        return {
            model: {name: none if value is None else float(value) for name, value in found.items()}
            for model, found in self.about[what].items()
        }

    @property
    def advice(self) -> Mapping[str, Mapping[str, float]]:
        """Which numbers move a row of the table of verdicts most: id of the row -> catalog id -> rank correlation.

        The strongest come first, at most three, from the runs of the fit whose numbers came from their priors. With a
        positive correlation a larger number makes the quantity larger, or the date later. A row has none where nothing
        stands out from numbers that no run can use; rows that the fit cannot answer, and older files, are left out.

        Examples
        --------
        >>> told = {"rows": {"T05": {"travel.duty_rate": 0.52}, "T09": {}}}
        >>> Posterior({"advice": told}, ["travel.duty_rate"], [(7, 0, 1, [0.02])]).advice["T05"]
        {'travel.duty_rate': 0.52}
        """
        rows: Mapping[str, Mapping[str, float]] = self.about.get("advice", {}).get("rows", {})
        return rows

    @property
    def size(self) -> int:
        """Number of draws, each counted as often as it was drawn."""
        return int(self.times.sum())

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self)), self.times)

    @cached_property
    def representative(self) -> int:
        """Row of the draw that stands for all of them where one set of numbers is asked for.

        It is the draw nearest to all medians at once: of each quantity its rank among the weighted draws, from 0 to 1,
        is compared with 1/2, and the sum of the squares is least. The quantities are the numbers that the fit has
        learned something of, and what the run of the draw does; where that is not stored, all numbers. The many others
        would only add chance. Ranks are the same for a number and its logarithm; of equally near draws the first
        counts.
        """
        off = np.zeros(len(self))
        for column in [*self.table[:, self._told_by].T, *self._done.T]:
            _, place = np.unique(column, return_inverse=True)
            weight = np.bincount(place, self.weights)
            off += np.square((np.cumsum(weight) - weight / 2 - 0.5)[place])
        return int(np.argmin(off))

    @property
    def _told_by(self) -> list[int]:
        """Columns of the numbers that the fit has learned something of; all, where that is not stored."""
        words = self.about.get("learned", {})
        return [k for k, name in enumerate(self.names) if name in words] or list(range(len(self.names)))

    @property
    def _done(self) -> NDArray[np.float64]:
        """What the runs of the draws do, (n, n_facts), by the names of `RUN_FACTS`; without facts where not stored."""
        if self.predictive is None:
            return np.empty((len(self), 0))
        columns = [self.predictive["columns"].index(name) for name in RUN_FACTS]
        first = np.cumsum(self.times) - self.times  # a row for each time a draw was drawn
        rows = [self.predictive["posterior"][row] for row in first]
        return np.array([[row[k] for k in columns] for row in rows], dtype=np.float64)

    def draw(self, number: int) -> Mapping[str, float]:
        """Return the values of a draw by catalog id; draws are counted from 0 to `size`, as often as drawn."""
        row = self.table[self._places[number]].tolist()
        return dict(zip(self.names, row, strict=True))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the draws, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the posterior as JSON, one draw a line."""
        head = json.dumps({"format": _FORMAT, "about": dict(self.about), "names": list(self.names)}, indent=1)
        rows = zip(self.runs.tolist(), self.sets.tolist(), self.times.tolist(), self.table.tolist(), strict=True)
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        more = "" if self.predictive is None else f',\n "predictive": {_lines(self.predictive)}'
        return f'{head[:-2]},\n "draws": [\n{lines}\n ]{more}\n}}\n'

    def to_datatree(self, *, weighted: bool = False) -> xarray.DataTree:
        """Return the posterior as a tree of datasets in the layout of ArviZ, with dimensions chain and draw.

        Parameters
        ----------
        weighted : bool
            Each distinct draw once, its weight in ``sample_stats``; by default as often as it was drawn.

        Returns
        -------
        xarray.DataTree
            ``posterior`` and ``prior``: numbers by catalog id. ``posterior_predictive`` and ``prior_predictive``: how
            many documents districts write before the letter (``documents``), on which days two of them and two
            questions at letter meetings are dated (``documents_day``, ``questions_day``; counted from 0, and the day
            after the last possible one where there is none), and what the run does (``known``, ``introductions``,
            ``critical``, ``eruptions``, ``critics``, ``critics_after``). ``observed_data``: what the archive says, with
            a flag in ``.._bound``: 0 exactly this, 1 at least, -1 at most. ``constant_data``: where ArviZ looks for
            censoring, 1 for exact and 0 for at least. ``log_likelihood`` term by term, ``log_prior`` number by number,
            ``sample_stats``: weight, number of the run and of the set of numbers of the archive.

        Raises
        ------
        QueryError
            Without xarray (`pip install 'rumorsim[inference]'`), and for a posterior stored without predictions.
        """
        from rumorsim.ensemble.datatree import datatree

        return datatree(self, weighted=weighted)

    def write(self, path: Path) -> None:
        """Write the file, all of it or nothing."""
        write_text(path, self.to_json())


def _lines(held: Mapping[str, Any]) -> str:
    """Return a mapping as JSON, a line for each row of its tables."""
    parts = []
    for name, value in held.items():
        table = isinstance(value, list) and value and isinstance(value[0], list)
        rows = (json.dumps(row, separators=(",", ":")) for row in value) if table else ()
        parts.append(f"  {json.dumps(name)}: " + ("[\n" + ",\n".join(rows) + "\n  ]" if table else json.dumps(value)))
    return "{\n" + ",\n".join(parts) + "\n }"


def read_posterior(path: Path) -> Posterior:
    """Read the file of a posterior.

    Raises
    ------
    RunError
        When it cannot be read, or is not one.
    """
    allowed = f"a file {POSTERIOR} that `rumorsim calibrate` wrote"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != _FORMAT:
            raise RunError("another format of posteriors", file=path, given=held["format"], allowed=str(_FORMAT))
        found = Posterior(held["about"], held["names"], held["draws"], held.get("predictive"))
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", file=path, allowed=allowed) from None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise RunError(f"not a posterior: {type(error).__name__}", file=path, allowed=allowed) from None
    _check(found, path)
    return found


def _check(found: Posterior, path: Path) -> None:
    """Check that numbers and values are those of the catalog."""
    if not len(found) or (found.times < 1).any():
        raise RunError("no draws, or some that were never drawn", file=path, allowed="each draw at least once")
    known = catalog.parameters()
    for column, name in enumerate(found.names):
        if name not in known:
            raise unknown("number", name, known, error=RunError, file=path)
        for value in (float(found.table[:, column].min()), float(found.table[:, column].max())):
            try:
                known[name].accept(int(value) if known[name].kind == "int" else value)
            except RumorsimError as error:
                raise RunError(error.what, file=path, path=name, given=value, allowed=error.allowed) from None


def posterior(scenario: Scenario | str | Path) -> Posterior:
    """Return the posterior shipped for a scenario or one that it extends, or the one in the folder of a calibration.

    Parameters
    ----------
    scenario : Scenario, name of a shipped one, or path
        The path is a folder that `rumorsim.calibrate` has filled, or its file ``posterior.json``.

    Raises
    ------
    RunError
        When there is none for the scenario, with those for which there is one.
    """
    shipped = catalog.posteriors()
    if isinstance(scenario, Scenario):
        name = scenario.name if scenario.posterior is None else scenario.posterior
    else:
        name = str(scenario)
        path = folder_path(scenario, "scenario")
        for candidate in (path, path / POSTERIOR):
            if candidate.suffix == ".json" and candidate.is_file():
                return read_posterior(candidate)
        if name not in shipped:
            return posterior(load_scenario(name))  # an unknown name is answered with the nearest right one
    if name not in shipped:
        allowed = ", ".join([*shipped, "a folder that rumorsim calibrate has filled"])
        raise RunError("no posterior is shipped for the scenario", path="scenario", given=name, allowed=allowed)
    return read_posterior(shipped[name])
