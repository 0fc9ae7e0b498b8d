"""The chance that an office writes its first report on each day, given what it was exposed to.

The same law as `rumorsim.archive.reports.write_reports`, summed instead of drawn: overhearing is taken by the hour, and
everything else as it is. Silence is left to the caller, because the offices of a region share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import EXPOSURE_KINDS, VOICING_KINDS, Exposures
from rumorsim.archive.lag import MINUTES_A_DAY, share_below, share_below_exponential
from rumorsim.archive.spurious import none_spurious
from rumorsim.core.randomness.elementary import natural_exponential

__all__ = ["Heard", "delayed_chances", "first_question", "report_chances"]

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


@dataclass(frozen=True, eq=False)
class Heard:
    """What the officials of some offices heard of a rumor: all that the chance of a report depends on.

    Taken once from the exposures of a run, it gives the chances for as many sets of numbers as one likes.

    Attributes
    ----------
    days : (n_days,) datetime64[D], successive, from the first day on which anybody could know.
    noticed : (n_offices,) minutes from the start of the first day of the first noticed voicing; inf for none.
    minutes : (n_offices, n_days) teller-minutes within hearing.
    returned : (office, minutes) of each person's first return with the rumor.
    knows : (n_offices,) minutes at which the first official knows.
    requested : (which offices are asked, minutes) of each request.
    nothing_spurious : (n_offices, n_days) chance of no report for no reason by the end of each day; None in the party.
    """

    days: NDArray[Any]
    noticed: NDArray[np.float64]
    minutes: NDArray[np.float64]
    returned: tuple[tuple[int, float], ...]
    knows: NDArray[np.float64]
    requested: tuple[tuple[NDArray[np.bool_], float], ...]
    nothing_spurious: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, exposures: Exposures, offices: NDArray[Any], rumor: int, days: NDArray[Any]) -> Heard:
        """Take it from the exposures of a run; arguments as of `report_chances`."""
        size = len(offices)
        known = (offices, exposures.table["committee"], exposures.voiced["committee"])
        position = np.full(max(int(one.max(initial=0)) for one in known) + 2, -1)  # the last row is that of no office
        position[offices] = np.arange(size)
        table = exposures.table[exposures.table["rumor"] == rumor]

        def rows(kind: str) -> NDArray[Any]:
            own = table[table["what"] == EXPOSURE_KINDS.index(kind)]
            return np.asarray(own[(position[own["committee"]] >= 0) | (own["committee"] < 0)])

        voiced = exposures.voiced
        ordinary = (voiced["kind"] == VOICING_KINDS.index("cell_meeting")) & (voiced["rumor"] == rumor)
        seen = voiced[ordinary & (voiced["detected"] > 0) & (position[voiced["committee"]] >= 0)]
        heard, aware, back = rows("overheard"), rows("official_aware"), rows("returned")
        minutes = np.zeros((size, len(days)))
        day = (_minutes(heard["when"], days) // MINUTES_A_DAY).astype(np.int64)
        inside = (day >= 0) & (day < len(days))
        np.add.at(minutes, (position[heard["committee"]][inside], day[inside]), heard["amount"][inside])
        # One draw decides whether a person reports on returning, however often: the first return counts.
        _, first = np.unique(back["amount"], return_index=True)
        whole = back[first]
        return cls(
            days,
            _firsts(size, position[seen["committee"]], _minutes(seen["when"], days)),
            minutes,
            tuple(zip(position[whole["committee"]].tolist(), _minutes(whole["when"], days).tolist(), strict=True)),
            _firsts(size, position[aware["committee"]], _minutes(aware["when"], days)),
            _requests(rows("requested"), position, size, days),
            _nothing_spurious(rows("spurious"), position, size, days),
        )

    def chances(self, number: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the chances of first reports, (2, n_offices, n_days); see `report_chances`."""
        lag = number["archive.lag_mean_days"], number["archive.lag_sd_days"]
        not_yet = 1.0 - self._noticed_or_overheard(number["archive.overheard_rate"], lag)
        ends = _ends(self.days)
        for office, when in self.returned:
            back = share_below(ends - when, *lag)
            not_yet[office] *= 1.0 - number["archive.official_returns_prob"] * back
        unanswered = self._unanswered(number["archive.request_prob"], number["archive.request_delay_days"])
        if self.nothing_spurious is not None:
            unanswered *= self.nothing_spurious
        shared = np.sqrt(number["archive.region_correlation"])
        own = (1.0 - shared) * number["archive.district_propensity"]
        found = []
        for speaks in (own, own + shared):
            still = (1.0 - speaks * (1.0 - not_yet)) * unanswered
            found.append(-np.diff(np.concatenate([np.ones((len(still), 1)), still], axis=1), axis=1))
        return np.array(found)

    def _noticed_or_overheard(self, rate: float, lag: tuple[float, float]) -> NDArray[np.float64]:
        """Return the chance that an office has written on what its officials heard by the end of each day.

        Whichever comes first, the first noticed voicing (a known time) or the overhearing of a teller (a hazard that is
        the same through a day), starts one delay. The hazard's mass is put in the middle of its hour.
        """
        found = np.zeros_like(self.minutes)
        some = self.minutes.any(axis=1) | np.isfinite(self.noticed)  # nothing reaches the others
        noticed, n_days = self.noticed[some], len(self.days)
        hazard = self.minutes[some] * (rate / MINUTES_A_DAY)
        total = np.cumsum(np.repeat(hazard / _HOURS, _HOURS, axis=1), axis=1)
        left = natural_exponential(-np.concatenate([np.zeros((len(total), 1)), total], axis=1))
        starts = np.arange(total.shape[1]) * 60.0
        mass = np.where(starts + 60.0 <= noticed[:, None], left[:, :-1] - left[:, 1:], 0.0)
        hour = np.minimum(np.floor(np.where(np.isinf(noticed), 0.0, np.maximum(noticed, 0.0)) / 60.0), total.shape[1])
        rest = np.where(np.isinf(noticed), 0.0, np.take_along_axis(left, hour.astype(np.int64)[:, None], axis=1)[:, 0])
        # From the middle of an hour to the end of a day it is a whole number of hours and a half.
        ends, hours = _ends(self.days), np.arange(n_days * _HOURS)
        elapsed = np.append(0.0, share_below(hours * 60.0 + 30.0, *lag))
        by_then = elapsed[np.maximum((np.arange(n_days) + 1) * _HOURS - hours[:, None], 0)]
        after_notice = share_below(ends - np.where(np.isinf(noticed), ends[-1], noticed)[:, None], *lag)
        found[some] = np.einsum("oh,hd->od", mass, by_then) + rest[:, None] * after_notice
        return found

    def _unanswered(self, prob: float, mean: float) -> NDArray[np.float64]:
        """Return the chance that an office has answered no request by the end of each day, (n_offices, n_days)."""
        left = np.ones(self.minutes.shape)
        for asked, when in self.requested:
            # An answer is signed once an official knows: delays that end before are no answers.
            too_early = share_below_exponential(np.where(np.isinf(self.knows), 1e9, self.knows - when), mean)
            by_then = np.maximum(share_below_exponential(_ends(self.days) - when, mean) - too_early[:, None], 0.0)
            left *= 1.0 - np.where(asked, prob, 0.0)[:, None] * by_then
        return left


def _nothing_spurious(
    rows: NDArray[Any], position: NDArray[Any], size: int, days: NDArray[Any]
) -> NDArray[np.float64] | None:
    """Return the chance that each office has written nothing for no reason by the end of each day."""
    if not len(rows):
        return None
    found = np.ones((size, len(days)))
    found[position[rows["committee"]]] = none_spurious(rows, _ends(days) - _minutes(rows["when"], days)[:, None])
    return found


def _requests(
    rows: NDArray[Any], position: NDArray[Any], size: int, days: NDArray[Any]
) -> tuple[tuple[NDArray[np.bool_], float], ...]:
    """Return which offices each request asks, and when."""
    found = []
    for which in np.unique(rows["amount"]).tolist():
        own = rows[rows["amount"] == which]
        asked = np.ones(size, dtype=np.bool_)
        if not (own["committee"] < 0).any():
            asked = np.isin(np.arange(size), position[own["committee"]])
        found.append((asked, float(_minutes(own["when"][:1], days)[0])))
    return tuple(found)


def report_chances(
    exposures: Exposures,
    offices: NDArray[Any],
    number: Mapping[str, float],
    rumor: int,
    days: NDArray[Any],
) -> NDArray[np.float64]:
    """Return the chance that offices sign their first report on a rumor on each day, (2, n_offices, n_days).

    First if an office's region is silent, then if it is not. Counted are the reports an office writes of its own
    accord and its answers to requests, as in the first three of ``rumorsim.archive.WAYS``.

    Parameters
    ----------
    exposures : Exposures of one replicate
    offices : (n_offices,) integers, rows of the party's offices; embassies are not understood.
    number : values of ``rumorsim.archive.NUMBERS``
    rumor : number of the rumor
    days : (n_days,) datetime64[D], successive, from the first day on which anybody could know.
    """
    return Heard.of(exposures, offices, rumor, days).chances(number)


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
    found = np.zeros((len(begin), len(days)))
    some = np.isfinite(begin)
    edges = np.append(0.0, _ends(days))
    written = share_below_exponential(edges[None, :] - begin[some, None], mean)
    found[some] = number["archive.letter_report_prob"] * np.diff(written, axis=1)
    return found
