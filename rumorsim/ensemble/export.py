"""A run as an xarray Dataset, and as the short table of a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rumorsim.errors import QueryError
from rumorsim.party.geography import read_geography
from rumorsim.runs.notebook import table_html

if TYPE_CHECKING:
    import xarray

    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["dataset", "summary_html"]


def dataset(ensemble: Ensemble) -> xarray.Dataset:
    """Return shares aware, first arrivals and first reports of every rumor and district.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    xarray.Dataset
        ``share_aware`` (replicate, rumor, day) of everybody, ``share_aware_in`` (replicate, rumor, district, day),
        ``first_aware`` and ``first_report`` (replicate, rumor, district). Districts where nobody lives are left out.

    Raises
    ------
    QueryError
        When xarray is not installed.
    """
    try:
        import xarray as xr
    except ImportError:
        raise QueryError("to_xarray needs xarray: pip install 'rumorsim[export]'") from None
    geography = read_geography()
    districts = [name for name in geography.districts if ensemble.has_people(name)]
    rumors = list(ensemble.rumors)

    def stacked(question: Any) -> Any:
        return np.stack([np.stack([question(rumor, place) for place in districts], axis=1) for rumor in rumors], axis=1)

    variables: dict[str, Any] = {
        "share_aware": (
            ("replicate", "rumor", "day"),
            np.stack([ensemble.curve(rumor) for rumor in rumors], axis=1),
            {"units": "share of all people"},
        )
    }
    if districts:
        by_district = ("replicate", "rumor", "district")
        variables |= {
            "share_aware_in": ((*by_district, "day"), stacked(ensemble.curve), {"units": "share of the district"}),
            "first_aware": (by_district, stacked(ensemble.first_aware)),
            "first_report": (by_district, stacked(ensemble.first_report)),
        }
    return xr.Dataset(
        variables,
        coords={
            "replicate": np.array(ensemble.numbers),
            "rumor": rumors,
            "district": districts,
            "day": ensemble.days.astype("M8[s]"),
        },
        attrs={
            "scenario": ensemble.scenario.name,
            "seed": str(ensemble.seed),
            "parameters": ensemble.parameters,
            "model": ensemble.model,
            "fingerprint": ensemble.fingerprint(),
        },
    )


def summary_html(ensemble: Ensemble) -> str:
    """Return the short table of a run that a notebook shows."""
    numbers = ensemble.numbers
    facts: dict[str, object] = {"replicates": f"{numbers[0]} to {numbers[-1]}", "seed": ensemble.seed}
    facts |= {"numbers": ensemble.parameters, "rumors": ", ".join(ensemble.rumors)}
    if ensemble.model != "party":
        facts["null world"] = ensemble.model
    for rumor in ensemble.rumors:
        share = ensemble.curve(rumor)[:, -1].mean()
        facts[f"share who know {rumor} at the end, mean"] = f"{100 * share:.1f}%"
    if ensemble.folder is not None:
        facts["folder"] = ensemble.folder
    return table_html(f"{ensemble.scenario.name}: {ensemble.scenario.title}", facts)
