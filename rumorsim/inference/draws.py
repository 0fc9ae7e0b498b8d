"""The numbers of the runs of a bank: each run's own, and the sets of numbers of the archive it is judged with.

A draw is a function of the seed and the number of the run, and a set of numbers of the archive of the number of the set
besides: it depends on nothing else, however a bank is cut into pieces. Set 0 is the run's own, so that a run from the
prior is the replicate of that number of `rumorsim.run` with ``parameters="prior"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rumorsim import catalog
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws
from rumorsim.errors import RunError
from rumorsim.inference.proposal import Proposal
from rumorsim.scenario import Scenario

__all__ = ["BankDraws", "steered"]

_ARCHIVE: Final = "archive."
#: Occasion of the draw that decides whether a run of a later round comes from the prior; sets have smaller numbers.
_MIXED: Final = 1_000_000


def steered() -> tuple[str, ...]:
    """Return the numbers that steer the draws of later rounds, as the catalog chooses them."""
    return tuple(name for name, choice in catalog.calibration().items() if choice.use == "steered")


class BankDraws:
    """The numbers of the runs of one round of a bank.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    proposal : Proposal or None
        Where the steered numbers come from; None is the prior.
    model : str
        A word of `rumorsim.model.MODELS`.

    Attributes
    ----------
    prior : Draws
    drawn : names of all numbers that are drawn.
    """

    def __init__(self, scenario: Scenario, seed: int, proposal: Proposal | None = None, model: str = "party") -> None:
        self.prior = Draws(scenario, "prior", seed, model)
        self.drawn = self.prior.drawn
        self.proposal = proposal
        self._steered = np.array([self._row(name) for name in steered()], dtype=np.int64)
        self._archive = [name.startswith(_ARCHIVE) for name in self.drawn]
        self._modes = {name: value for name, value in scenario.values.items() if name.startswith(_ARCHIVE)}

    def _row(self, name: str) -> int:
        if name not in self.drawn:
            what = "sets" if name in self.prior.modes else "has no"
            raise RunError(
                f"the scenario {what} {name}, which steers the fit",
                path="scenario",
                allowed="one that leaves it open, such as tirana-conference",
            )
        return self.drawn.index(name)

    def quantiles(self, replicate: int) -> NDArray[np.float64]:
        """Return the prior quantiles of all numbers of a run, (n_drawn,)."""
        found = self.prior.uniforms(replicate)
        if self.proposal is not None:
            chance = Streams(self.prior.seed, replicate).uniform("prior", [0], occasion=_MIXED)
            found[self._steered] = self.proposal.moved(found[self._steered], float(chance[0]))
        return found

    def values(self, replicate: int) -> Mapping[str, Any]:
        """Return the value of every number in a run, by catalog id."""
        known, quantiles = {**catalog.parameters(), **catalog.nulls()}, self.quantiles(replicate).tolist()
        drawn = {name: known[name].at(u) for name, u in zip(self.drawn, quantiles, strict=True)}
        return {**self.prior.modes, **drawn}

    def coordinates_of(self, quantiles: NDArray[Any]) -> NDArray[np.float64]:
        """Return the coordinates of the steered numbers, (..., n_steered), from the quantiles of all, (..., n_drawn).

        See `rumorsim.inference.proposal`.
        """
        return np.asarray(ndtri(quantiles[..., self._steered]))

    def archive(self, replicate: int, number: int) -> dict[str, float]:
        """Return a set of numbers of the archive for a run, by catalog id."""
        known, quantiles = catalog.parameters(), self.prior.uniforms(replicate, number).tolist()
        drawn = {
            name: float(known[name].at(u))  # type: ignore[arg-type]
            for name, u, wanted in zip(self.drawn, quantiles, self._archive, strict=True)
            if wanted
        }
        return {**self._modes, **drawn}
