"""The chance that an office writes its first report on each day, given what it was exposed to.

The same law as `rumorsim.archive.reports.write_reports`, summed instead of drawn: overhearing is taken by the hour, and
everything else as it is. Silence is left to the caller, because the offices of a region share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import EXPOSURE_KINDS, VOICING_KINDS, Exposures
from rumorsim.archive.lag import MINUTES_A_DAY, share_below, share_below_exponential
from rumorsim.archive.spurious import none_spurious
from rumorsim.core.randomness.elementary import natural_exponential

__all__ = ["delayed_chances", "first_question", "report_chances"]

_HOURS: Final = 24
_NEVER: Final = np.inf


def _minutes(when: NDArray[Any], days: NDArray[Any]) -> NDArray[np.float64]:
    """Return times as minutes from the start of the first day."""
    return np.asarray((when.astype("M8[s]") - days[0].astype("M8[s]")).astype(np.float64) / 60.0)


def _firsts(size: int, where: NDArray[Any], minutes: NDArray[Any]) -> NDArray[np.float64]:
    first = np.full(size, _NEVER)
    np.minimum.at(first, where, minutes)
    return first


def _ends(days: NDArray[Any]) -> NDArray[np.float64]:
    return np.arange(1.0, len(days) + 1.0) * MINUTES_A_DAY


def _noticed_or_overheard(
    exposures: Exposures, rows: Mapping[str, NDArray[Any]], number: Mapping[str, float], rumor: int, days: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the chance that an office has written on what its officials heard by the end of each day.

    Whichever comes first, the first noticed voicing (a known time) or the overhearing of a teller (a hazard that is
    the same through a day), starts one delay. The hazard's mass is put in the middle of its hour.
    """
    offices, position = rows["offices"], rows["position"]
    voiced = exposures.voiced
    ordinary = (voiced["kind"] == VOICING_KINDS.index("cell_meeting")) & (voiced["rumor"] == rumor)
    seen = voiced[ordinary & (voiced["detected"] > 0) & (position[voiced["committee"]] >= 0)]
    noticed = _firsts(len(offices), position[seen["committee"]], _minutes(seen["when"], days))
    heard = rows["overheard"]
    hazard = np.zeros((len(offices), len(days)))
    day = (_minutes(heard["when"], days) // MINUTES_A_DAY).astype(np.int64)
    inside = (day >= 0) & (day < len(days))
    np.add.at(hazard, (position[heard["committee"]][inside], day[inside]), heard["amount"][inside])
    hazard *= number["archive.overheard_rate"] / MINUTES_A_DAY
    total = np.cumsum(np.repeat(hazard / _HOURS, _HOURS, axis=1), axis=1)
    left = natural_exponential(-np.concatenate([np.zeros((len(offices), 1)), total], axis=1))
    starts = np.arange(total.shape[1]) * 60.0
    mass = np.where(starts + 60.0 <= noticed[:, None], left[:, :-1] - left[:, 1:], 0.0)
    hour = np.minimum(np.floor(np.where(np.isinf(noticed), 0.0, np.maximum(noticed, 0.0)) / 60.0), total.shape[1])
    rest = np.where(np.isinf(noticed), 0.0, np.take_along_axis(left, hour.astype(np.int64)[:, None], axis=1)[:, 0])
    lag = number["archive.lag_mean_days"], number["archive.lag_sd_days"]
    ends = _ends(days)
    by_then = share_below(ends[None, :] - (starts + 30.0)[:, None], *lag)
    after_notice = share_below(ends - np.where(np.isinf(noticed), ends[-1], noticed)[:, None], *lag)
    return np.asarray(np.einsum("oh,hd->od", mass, by_then) + rest[:, None] * after_notice)


def report_chances(
    exposures: Exposures,
    offices: NDArray[Any],
    number: Mapping[str, float],
    rumor: int,
    days: NDArray[Any],
) -> NDArray[np.float64]:
    """Return the chance that offices sign their first report on a rumor on each day, (2, n_offices, n_days).

    First if an office's region is silent, then if it is not. Counted are the reports an office writes of its own
    accord, its answers to requests and what it writes for no reason: the first three of ``rumorsim.archive.WAYS`` and
    the last.

    Parameters
    ----------
    exposures : Exposures of one replicate
    offices : (n_offices,) integers, rows of the party's offices; embassies are not understood.
    number : values of ``rumorsim.archive.NUMBERS``
    rumor : number of the rumor
    days : (n_days,) datetime64[D], successive, from the first day on which anybody could know.
    """
    known = (offices, exposures.table["committee"], exposures.voiced["committee"])
    position = np.full(max(int(one.max(initial=0)) for one in known) + 2, -1)  # the last row is that of no office
    position[offices] = np.arange(len(offices))
    table = exposures.table[exposures.table["rumor"] == rumor]

    def rows(kind: str) -> NDArray[Any]:
        own = table[table["what"] == EXPOSURE_KINDS.index(kind)]
        return np.asarray(own[(position[own["committee"]] >= 0) | (own["committee"] < 0)])

    held = {"offices": offices, "position": position, "overheard": rows("overheard")}
    not_yet = 1.0 - _noticed_or_overheard(exposures, held, number, rumor, days)
    ends = _ends(days)
    returned = rows("returned")
    # One draw decides whether a person reports on returning, however often: the first return counts.
    _, first = np.unique(returned["amount"], return_index=True)
    lag = number["archive.lag_mean_days"], number["archive.lag_sd_days"]
    for row in returned[first]:
        back = share_below(ends - _minutes(np.array([row["when"]]), days)[0], *lag)
        not_yet[position[row["committee"]]] *= 1.0 - number["archive.official_returns_prob"] * back
    unanswered = _unanswered(rows("requested"), rows("official_aware"), position, len(offices), number, days)
    spurious = rows("spurious")
    unanswered[position[spurious["committee"]]] *= none_spurious(
        spurious, ends - _minutes(spurious["when"], days)[:, None]
    )
    shared = np.sqrt(number["archive.region_correlation"])
    own = (1.0 - shared) * number["archive.district_propensity"]
    found = []
    for speaks in (own, own + shared):
        still = (1.0 - speaks * (1.0 - not_yet)) * unanswered
        found.append(-np.diff(np.concatenate([np.ones((len(offices), 1)), still], axis=1), axis=1))
    return np.array(found)


def _unanswered(
    requested: NDArray[Any],
    aware: NDArray[Any],
    position: NDArray[Any],
    size: int,
    number: Mapping[str, float],
    days: NDArray[Any],
) -> NDArray[np.float64]:
    """Return the chance that an office has answered no request by the end of each day, (n_offices, n_days)."""
    knows = _firsts(size, position[aware["committee"]], _minutes(aware["when"], days))
    left = np.ones((size, len(days)))
    mean = number["archive.request_delay_days"]
    for which in np.unique(requested["amount"]).tolist():
        rows = requested[requested["amount"] == which]
        asked = np.ones(size, dtype=np.bool_)
        if not (rows["committee"] < 0).any():
            asked = np.isin(np.arange(size), position[rows["committee"]])
        when = _minutes(rows["when"][:1], days)[0]
        # An answer is signed once an official knows: delays that end before are no answers.
        too_early = share_below_exponential(np.where(np.isinf(knows), 1e9, knows - when), mean)
        by_then = np.maximum(share_below_exponential(_ends(days) - when, mean) - too_early[:, None], 0.0)
        left *= 1.0 - np.where(asked, number["archive.request_prob"], 0.0)[:, None] * by_then
    return left


def first_question(exposures: Exposures, offices: NDArray[Any], rumor: int, days: NDArray[Any]) -> NDArray[np.float64]:
    """Return when a rumor was first raised at a letter meeting of each office, (n_offices,) minutes; inf if never."""
    voiced = exposures.voiced
    asked = voiced[(voiced["kind"] == VOICING_KINDS.index("letter_meeting")) & (voiced["rumor"] == rumor)]
    asked = asked[np.isin(asked["committee"], offices)]
    return _firsts(len(offices), np.searchsorted(offices, asked["committee"]), _minutes(asked["when"], days))


def delayed_chances(begin: NDArray[Any], number: Mapping[str, float], days: NDArray[Any]) -> NDArray[np.float64]:
    """Return the chance of a report on letter meetings on each day, (n_offices, n_days).

    Parameters
    ----------
    begin : (n_offices,) minutes from the start of the first day at which the delay begins; inf for no report.
    number : values of ``rumorsim.archive.NUMBERS``
    days : (n_days,) datetime64[D], successive.
    """
    mean = number["archive.letter_report_delay_days"]
    begins = np.where(np.isinf(begin), 1e9, begin)[:, None]
    edges = np.append(0.0, _ends(days))
    written = share_below_exponential(edges[None, :] - begins, mean)
    return number["archive.letter_report_prob"] * np.diff(written, axis=1)
