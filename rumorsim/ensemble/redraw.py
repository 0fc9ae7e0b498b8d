"""Writing the archive of a run again from what its offices were exposed to, without running again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import Exposures
from rumorsim.archive.reports import NUMBERS, write_reports
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws, StoredDraws
from rumorsim.ensemble.tables import with_replicate
from rumorsim.errors import QueryError, unknown
from rumorsim.scenario.words import RUMORS

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["redrawn_reports"]


def redrawn_reports(
    ensemble: Ensemble, draws: Draws | StoredDraws, seed: int, values: Mapping[str, float]
) -> NDArray[Any]:
    """Return the reports of another archive; see `Ensemble.redraw_archive`.

    Parameters
    ----------
    ensemble : Ensemble
    draws : values of its replicates.
    seed : chance of the new archive.
    values : other values for numbers of the archive, by catalog id.
    """
    changes = dict(values)
    for name in changes:
        if name not in NUMBERS:
            raise unknown("number of the archive", name, NUMBERS, error=QueryError)
        changes[name] = catalog.parameter(name).accept(changes[name])  # type: ignore[assignment]
    exposures, voicings = ensemble.table("exposures"), ensemble.table("voicings")
    rumors = [RUMORS.index(rumor) for rumor in ensemble.rumors]
    written = []
    for row, k in enumerate(ensemble.numbers):
        between = [np.searchsorted(table["replicate"], [row, row + 1]) for table in (exposures, voicings)]
        own = Exposures(exposures[slice(*between[0])], voicings[slice(*between[1])])
        numbers = {**draws.values(k), **changes}
        rows = write_reports(
            own, ensemble.frame.offices, numbers, Streams(seed, k), rumors=rumors, stop=ensemble.frame.end
        )
        written.append(with_replicate("reports", row, rows))
    return np.concatenate(written)
