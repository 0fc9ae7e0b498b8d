"""The dated documents of a run that are exchangeable: which were written, and those of them that are drawn.

The archive cites two district reports on the conference, two questions at letter meetings, and the report of one
organization. A place named because it reported cannot be predicted beyond the share of places that reported, so the
targets of one kind are judged together: as many documents as are cited are drawn by chance from those of a replicate,
and put in the order of their dates. Whether the places are right is scored apart (`rumorsim.ensemble.score`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.lag import exponential_minutes
from rumorsim.archive.reports import WAYS
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.places import places_within
from rumorsim.scenario import events
from rumorsim.scenario.words import RUMORS

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = [
    "capital_of",
    "day_before_letter",
    "districts",
    "drawn",
    "exchangeable",
    "first_in_cells",
    "window",
    "written",
]

#: Kinds of targets whose documents are exchangeable, and the ways in which reports of offices of that kind come about.
_WAYS: Final = {
    "district_report": ("voiced", "returned_official", "requested", "spurious"),
    "letter_meeting_question": ("question",),
    "organization_report": (),
}
_ONE_DAY: Final = np.timedelta64(1, "D")
#: One document: replicate, office or organization, date.
_DOCUMENT: Final = np.dtype([("replicate", "<i4"), ("writer", "<i4"), ("signed", "<M8[s]")])
# Occasions of draws; those of reports, ties and typical units are smaller.
_DRAWN, _ORGANIZATION_SENDS, _ORGANIZATION_DELAY = 3_000_000, 3_000_001, 3_000_002


def exchangeable(target: Target) -> tuple[Target, ...]:
    """Return the targets that are judged together with one, in the order of their dates; () if it stands alone.

    Examples
    --------
    >>> from rumorsim import catalog
    >>> [one.id for one in exchangeable(catalog.targets()["T02"])], exchangeable(catalog.targets()["T05"])
    (['T01', 'T02'], ())
    """
    if target.kind not in _WAYS or target.term != "report_date":
        return ()
    alike = [
        one
        for one in catalog.targets().values()
        if (one.kind, one.rumor, one.term) == (target.kind, target.rumor, target.term)
    ]
    return tuple(sorted(alike, key=lambda one: (str(one.value), one.id)))


def day_before_letter(ensemble: Ensemble) -> np.datetime64:
    """Return the last day before the internal letter of the scenario, or of history where there is none."""
    letters = ensemble.scenario.events_of(events.Letter)
    day = letters[0].begin.date() if letters else catalog.parameter("article.t_letter").value
    return np.datetime64(str(day), "D") - _ONE_DAY


def window(ensemble: Ensemble, target: Target) -> NDArray[np.datetime64]:
    """Return the days on which the documents of a target can be dated, datetime64[D]; empty if there is none.

    District reports from the beginning of the run to the day before the letter; what answers to the letter from its day
    to the end of the run.
    """
    last = day_before_letter(ensemble)
    if target.kind == "district_report":
        return np.arange(ensemble.frame.start, min(last, ensemble.frame.stop) + _ONE_DAY)
    return np.arange(max(last + _ONE_DAY, ensemble.frame.start), ensemble.frame.stop + _ONE_DAY)


def capital_of(ensemble: Ensemble) -> int:
    """Return the number of the district where the center sits, -1 without a center."""
    offices = ensemble.frame.offices
    central = offices.district[offices.at_levels("central")]
    return int(central[0]) if len(central) else -1


def districts(ensemble: Ensemble) -> NDArray[np.int64]:
    """Return the offices of the districts outside the capital, (n,) rows of the frame's offices."""
    offices = ensemble.frame.offices
    return np.flatnonzero(offices.at_levels("district") & (offices.district != capital_of(ensemble)))


def first_in_cells(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    """Return when each organization of the target's place first raised its rumor: replicate, writer, date."""
    rows = ensemble.table("voicings")
    there = places_within(target.place, ensemble.frame.places)
    rows = rows[(rows["rumor"] == RUMORS.index(target.rumor)) & (rows["cell"] >= 0) & there[rows["place"]]]
    return _firsts(rows["replicate"], rows["cell"], rows["when"])


def _firsts(replicate: NDArray[Any], writer: NDArray[Any], when: NDArray[Any]) -> NDArray[Any]:
    order = np.lexsort((when, writer, replicate))
    key = replicate[order].astype(np.int64) << 32 | writer[order].astype(np.int64)
    _, first = np.unique(key, return_index=True)
    found = np.empty(len(first), dtype=_DOCUMENT)
    chosen = order[first]
    found["replicate"], found["writer"], found["signed"] = replicate[chosen], writer[chosen], when[chosen]
    return found


def written(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    """Return the documents of a target's kind: the first of each writer in each replicate, dated within the window.

    Of an organization, the report is drawn here: with probability ``archive.letter_report_prob`` it tells what was
    raised in it, a delay of mean ``archive.letter_report_delay_days`` after the letter or after that, whichever is
    later, as committees report on their letter meetings.

    Returns
    -------
    (n,) structured (replicate, writer, signed)
    """
    days = window(ensemble, target)
    if not len(days):
        return np.empty(0, dtype=_DOCUMENT)
    if target.kind == "organization_report":
        found = _of_organizations(ensemble, target, days[0])
    else:
        rows = ensemble.table("reports")
        ways = [WAYS.index(way) for way in _WAYS[target.kind]]
        rows = rows[(rows["rumor"] == RUMORS.index(target.rumor)) & np.isin(rows["way"], ways)]
        rows = rows[np.isin(rows["committee"], districts(ensemble))]
        found = _firsts(rows["replicate"], rows["committee"], rows["signed"])
    day = found["signed"].astype("M8[D]")
    return np.asarray(found[(day >= days[0]) & (day <= days[-1])])


def _of_organizations(ensemble: Ensemble, target: Target, letter: np.datetime64) -> NDArray[Any]:
    raised = first_in_cells(ensemble, target)
    raised["signed"] = np.maximum(raised["signed"], letter.astype("M8[s]"))
    prob = ensemble.values("archive.letter_report_prob")
    mean = ensemble.values("archive.letter_report_delay_days")
    keep = np.zeros(len(raised), dtype=np.bool_)
    rumor = RUMORS.index(target.rumor)
    for row, number in enumerate(ensemble.numbers):
        own = np.flatnonzero(raised["replicate"] == row)
        streams, cells = Streams(ensemble.seed, number), raised["writer"][own].astype(np.int64)
        keep[own] = streams.uniform("archive", cells, rumor=rumor, occasion=_ORGANIZATION_SENDS) < prob[row]
        delay = streams.uniform("archive", cells, rumor=rumor, occasion=_ORGANIZATION_DELAY)
        raised["signed"][own] += exponential_minutes(delay, float(mean[row])).astype("m8[m]")
    return np.asarray(raised[keep])


def drawn(ensemble: Ensemble, target: Target) -> NDArray[np.datetime64]:
    """Return the date that stands for a target when its kind's documents are drawn, (replicates,) datetime64[s].

    NaT where a replicate has fewer documents than are cited.
    """
    together = exchangeable(target)
    place, needed = [one.id for one in together].index(target.id), len(together)
    documents = written(ensemble, target)
    found = np.full(ensemble.replicates, np.datetime64("NaT", "s"))
    for row, number in enumerate(ensemble.numbers):
        own = documents[documents["replicate"] == row]
        if len(own) < needed:
            continue
        chance = Streams(ensemble.seed, number).uniform(
            "archive", own["writer"].astype(np.int64), rumor=RUMORS.index(target.rumor), occasion=_DRAWN
        )
        found[row] = np.sort(own["signed"][np.argsort(chance, kind="stable")[:needed]])[place]
    return found
