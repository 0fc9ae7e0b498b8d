"""The inbox of the center: first reports, and the evening when the top is alarmed.

A report filed in a department is not the same as a report read by the leadership, and neither is an alarm: that is
raised when so much is said in the hall of the conference in one day that it cannot be overheard.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import VOICING_KINDS
from rumorsim.errors import RunError

__all__ = ["alarm_at", "firsts"]

_HALL: Final = VOICING_KINDS.index("hall")
_FAR: Final = np.datetime64("9999-01-01T00:00:00", "s")
_NAT: Final = np.datetime64("NaT", "s")


def firsts(replicate: NDArray[Any], when: NDArray[Any], replicates: int) -> NDArray[np.datetime64]:
    """Return the first of the given times in every replicate.

    Parameters
    ----------
    replicate : (n,) integers
        Position of the replicate of each time.
    when : (n,) datetime64[s]
        Times; NaT is ignored.
    replicates : int

    Returns
    -------
    (replicates,) datetime64[s]
        NaT where a replicate has none.

    Examples
    --------
    >>> when = np.array(["1956-04-18", "1956-04-16"], dtype="M8[s]")
    >>> firsts(np.array([1, 1]), when, 2).astype(str).tolist()
    ['NaT', '1956-04-16T00:00:00']
    """
    first = np.full(replicates, _FAR)
    known = ~np.isnat(when)
    np.minimum.at(first, np.asarray(replicate)[known], np.asarray(when)[known].astype("M8[s]"))
    first[first == _FAR] = _NAT
    return first


def alarm_at(voiced: NDArray[Any], at_least: int, hour: float) -> np.datetime64:
    """Return when the top is alarmed: the evening of the first day with enough voicing in the hall.

    Parameters
    ----------
    voiced : (n,) structured ``rumorsim.archive.exposures.VOICED``
        Voicing of one replicate.
    at_least : int
        Number of voicings in the hall in one day.
    hour : float
        Hour of that day when the alarm is raised.

    Returns
    -------
    datetime64[s]
        NaT if there is no alarm.

    Raises
    ------
    RunError
        When at_least is below 1.

    Examples
    --------
    >>> from rumorsim.archive.exposures import VOICED
    >>> rows = np.zeros(1, dtype=VOICED)
    >>> rows["kind"], rows["voiced"], rows["when"] = 2, 6, np.datetime64("1956-04-14T11:00")
    >>> str(alarm_at(rows, 5, 18.0)), str(alarm_at(rows, 7, 18.0))
    ('1956-04-14T18:00:00', 'NaT')
    """
    if at_least < 1:
        raise RunError("voicings that raise the alarm", path="at_least", given=at_least, allowed="1 or more")
    hall = voiced[voiced["kind"] == _HALL]
    days, inverse = np.unique(hall["when"].astype("M8[D]"), return_inverse=True)
    counts = np.bincount(inverse, weights=hall["voiced"], minlength=len(days))
    enough = days[counts >= at_least]
    if not len(enough):
        return _NAT
    return np.datetime64(enough[0], "s") + np.timedelta64(round(hour * 3600), "s")
