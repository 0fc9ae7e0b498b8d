"""Reports for no reason: what one null world has in place of any spread (`rumorsim.model.worlds`).

From the day on which the conference opens, the districts outside the capital date their first report on what the letter
tells at random, all of them together at ``null.spurious_rate`` a day. The rate is one more exposure of an office, in
whole numbers, so that archives are drawn again, and their chances summed, as in every other world.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import EXPOSURE, EXPOSURE_KINDS, Exposures, rumor_numbers
from rumorsim.archive.lag import MINUTES_A_DAY
from rumorsim.archive.offices import Offices
from rumorsim.archive.orders import letter_rumors
from rumorsim.core.randomness.elementary import minus_log, natural_exponential
from rumorsim.scenario import Scenario, events

__all__ = ["first_spurious", "none_spurious", "with_spurious"]

_RATE: Final = "null.spurious_rate"
#: So many units of `amount` are one report a day.
_UNITS: Final = 1_000_000_000


def with_spurious(exposures: Exposures, scenario: Scenario, values: Mapping[str, Any], offices: Offices) -> Exposures:
    """Return exposures with the rate at which offices write for no reason; as they are where there is no such rate.

    Parameters
    ----------
    exposures : Exposures
    scenario : Scenario
        Says when the conference opens, and what the letter tells.
    values : mapping
        Values of the replicate, by catalog id.
    offices : Offices
    """
    if _RATE not in values:
        return exposures
    capital = offices.district[offices.at_levels("central")]
    outside = np.flatnonzero(offices.at_levels("district") & ~np.isin(offices.district, capital))
    amount = round(float(values[_RATE]) * _UNITS / max(len(outside), 1))
    if not amount:
        return exposures
    rumors = np.sort(rumor_numbers(letter_rumors(scenario)))
    rows = np.empty(len(rumors) * len(outside), dtype=EXPOSURE)
    rows["what"], rows["amount"] = EXPOSURE_KINDS.index("spurious"), amount
    rows["rumor"], rows["committee"] = np.repeat(rumors, len(outside)), np.tile(outside, len(rumors))
    opening = min(event.begin.date() for event in scenario.events_of(events.Hall))
    rows["when"] = np.datetime64(opening.isoformat(), "s")
    return Exposures(np.concatenate([exposures.table, rows]), exposures.voiced)


def first_spurious(rows: NDArray[Any], uniform: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Return when offices first write for no reason, (n,) datetime64[s]: after an Exp(1) threshold over the rate.

    Parameters
    ----------
    rows : (n,) `EXPOSURE` of the kind spurious
    uniform : (n,) numbers in (0, 1)
    """
    days = minus_log(uniform) * _UNITS / rows["amount"]
    return np.asarray(rows["when"] + np.floor(days * MINUTES_A_DAY).astype("m8[m]"))


def none_spurious(rows: NDArray[Any], minutes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance that offices have written nothing for no reason, so many minutes after they could, (n, ...)."""
    rate = (rows["amount"] / _UNITS / MINUTES_A_DAY).reshape(-1, *[1] * (minutes.ndim - 1))
    return natural_exponential(-rate * np.maximum(minutes, 0.0))
