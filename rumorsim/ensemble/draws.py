"""The values of the numbers in each replicate: the modes, or a draw from the priors or from what a fit has left.

Numbers of a null world are no part of a scenario, and drawn in any case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.posterior import posterior
from rumorsim.errors import RunError, unknown
from rumorsim.model.worlds import NUMBERS
from rumorsim.scenario import Scenario
from rumorsim.scenario.values import FrozenMapping

__all__ = [
    "PARAMETERS",
    "Draws",
    "StoredDraws",
    "at_mode",
    "calibrated",
    "default_parameters",
    "is_drawn",
    "prior_table",
]

#: Where the values of a replicate come from.
PARAMETERS: Final = ("mode", "prior", "posterior")
#: First words of catalog ids that say how a run is made, not how the world was; never drawn.
_NOT_DRAWN: Final = ("run", "time", "article", "population", "classic")


def _address(name: str) -> int:
    """Return the address of a number's draws: fixed by its id, whatever else is in the catalog."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def is_drawn(name: str) -> bool:
    """Return whether a number may differ between runs on one party and assembly: the structural ones shape the party.

    Examples
    --------
    >>> is_drawn("travel.duty_rate"), is_drawn("party.tirana_share"), is_drawn("time.tick_hours")
    (True, False, False)
    """
    entry = catalog.parameter(name)
    return not entry.structural and name.split(".")[0] not in _NOT_DRAWN


def default_parameters(scenario: Scenario) -> str:
    """Return where the values of a run come from unless that is said: the posterior where a fit is shipped.

    Examples
    --------
    >>> from rumorsim.scenario import load_scenario
    >>> default_parameters(load_scenario("maki-thompson"))
    'mode'
    """
    return "mode" if scenario.posterior is None else "posterior"


def calibrated(scenario: Scenario) -> dict[str, Any]:
    """Return the values of the draw that represents the posterior of a scenario, by catalog id; none without a fit.

    Left out is what shapes the party, and what the scenario or the user has set.
    """
    if scenario.posterior is None:
        return {}
    found = posterior(scenario)
    values = zip(found.names, found.table[found.representative].tolist(), strict=True)
    free = {name for name in scenario.values if is_drawn(name) and name not in scenario.overrides}
    return _typed({name: value for name, value in values if name in free})


def at_mode(scenario: Scenario) -> Scenario:
    """Return a scenario with the numbers of ``parameters="mode"``: the representative draw where a fit is shipped.

    Nothing is set by that: what the fit knows can still be drawn. Without a fit it is the scenario itself.
    """
    values = calibrated(scenario)
    return replace(scenario, values=FrozenMapping({**scenario.values, **values})) if values else scenario


class Draws:
    """The values of every replicate.

    With ``"mode"`` each replicate has the values of the scenario. With ``"prior"`` each replicate draws every number
    that has a prior, except the structural ones (all replicates share one party) and those that the scenario or the
    user has set (what is fixed stays fixed). With ``"posterior"`` each replicate takes one of the draws of the fit that
    is shipped for the scenario; of a number that the fit does not know, it takes the draw from the prior.

    Parameters
    ----------
    scenario : Scenario
    parameters : str
        A word of `PARAMETERS`.
    seed : int
        Seed of the run.
    model : str
        A word of `rumorsim.model.MODELS`: a null world draws its own numbers whatever the parameters are.

    Attributes
    ----------
    modes : values of the scenario, by catalog id.
    drawn : names of the numbers that are drawn, in order.
    posterior : Posterior or None

    Raises
    ------
    RunError
        For an unknown word, and for "posterior" where no fit is shipped for the scenario.
    """

    def __init__(self, scenario: Scenario, parameters: str, seed: int, model: str = "party") -> None:
        if parameters not in PARAMETERS:
            raise unknown("parameters", parameters, PARAMETERS, error=RunError, path="parameters")
        if parameters == "posterior" and scenario.posterior is None:
            what = f"no posterior is shipped for {scenario.name}"
            raise RunError(what, path="parameters", given=parameters, allowed=("mode", "prior"))
        self.posterior = posterior(scenario) if parameters == "posterior" else None
        self.parameters = parameters
        self.seed = int(seed)
        self.model = model
        self.modes: Mapping[str, Any] = scenario.values
        known = catalog.parameters()
        fitted = () if self.posterior is None else self.posterior.names
        uncertain = (
            name
            for name in sorted(self.modes)
            if parameters != "mode"
            and name in known
            and (known[name].prior is not None or name in fitted)
            and is_drawn(name)
            and name not in scenario.overrides
        )
        self.drawn: tuple[str, ...] = (*uncertain, *NUMBERS.get(model, ()))
        self._addresses = np.array([_address(name) for name in self.drawn], dtype=np.uint64)

    def uniforms(self, replicate: int, occasion: int = 0) -> NDArray[np.float64]:
        """Return the quantiles of the priors that a replicate draws, (n_drawn,) in the open interval (0, 1).

        Parameters
        ----------
        replicate : int
        occasion : tells further draws of the same numbers apart; 0 are those of `values`.
        """
        return Streams(self.seed, replicate).uniform("prior", self._addresses, occasion=occasion)

    def values(self, replicate: int) -> Mapping[str, Any]:
        """Return the value of every number in a replicate, by catalog id."""
        if not self.drawn:
            return self.modes
        known, quantiles = {**catalog.parameters(), **catalog.nulls()}, self.uniforms(replicate).tolist()
        drawn = {name: known[name].at(u) for name, u in zip(self.drawn, quantiles, strict=True)}
        if self.posterior is not None:
            chance = Streams(self.seed, replicate).uniform("posterior", [0])
            found = self.posterior.draw(int(chance[0] * self.posterior.size))
            drawn |= _typed({name: value for name, value in found.items() if name in drawn})
        return {**self.modes, **drawn}


def prior_table(names: Sequence[str], seed: int, replicates: Sequence[int]) -> NDArray[np.float64]:
    """Return what replicates draw of some numbers from their priors, (n_replicates, n_names), by catalog id."""
    known, addresses = catalog.parameters(), np.array([_address(name) for name in names], dtype=np.uint64)
    rows = [Streams(seed, replicate).uniform("prior", addresses, occasion=0).tolist() for replicate in replicates]
    drawn = [[float(known[name].at(u)) for name, u in zip(names, row, strict=True)] for row in rows]  # type: ignore[arg-type]
    return np.array(drawn, dtype=np.float64).reshape(len(rows), len(names))


class StoredDraws:
    """The values of replicates as they were stored with them: they stay what they were when another fit is shipped.

    Parameters
    ----------
    scenario : Scenario
    runs : structured
        The ledger of a run, with a column for each number that was drawn.
    numbers : numbers of its replicates.
    """

    def __init__(self, scenario: Scenario, runs: NDArray[Any], numbers: Sequence[int]) -> None:
        self.modes: Mapping[str, Any] = scenario.values
        self.drawn = tuple(name for name in runs.dtype.names or () if name in self.modes)
        self._runs = runs
        self._rows = {number: row for row, number in enumerate(numbers)}

    def values(self, replicate: int) -> Mapping[str, Any]:
        """Return the value of every number in a replicate, by catalog id."""
        row = self._runs[self._rows[replicate]]
        return {**self.modes, **_typed({name: float(row[name]) for name in self.drawn})}


def _typed(values: Mapping[str, float]) -> dict[str, Any]:
    """Return values in the types of their numbers: a number of persons is whole."""
    known = catalog.parameters()
    return {name: int(value) if known[name].kind == "int" else value for name, value in values.items()}
