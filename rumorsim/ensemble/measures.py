"""What a run says to each kind of target of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.compare import satisfies
from rumorsim.ensemble.documents import day_before_letter, drawn, exchangeable, window, written
from rumorsim.ensemble.voiced import critics_from
from rumorsim.scenario import events

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = [
    "MEASURES",
    "SET",
    "Measure",
    "alarm_is_set",
    "counted_days",
    "holds",
    "is_dated",
    "known_before_letter",
    "not_covered",
    "reports_before_letter",
]

#: Ways in which the reports on rumors came about, apart from those on the letter.
_ON_RUMORS: Final = ("voiced", "returned_official", "requested")
#: Why a row cannot fail.
SET: Final = "set by the scenario"
_ONE_DAY: Final = np.timedelta64(1, "D")


def _at_scale(ensemble: Ensemble, target: Target) -> Any:
    """Return a number of people of the target at the scale of the party."""
    return round(float(str(target.value)) * float(ensemble.scenario.number("party.scale")))


def _as_it_stands(ensemble: Ensemble, target: Target) -> Any:
    """Return the value of a target, whatever the run."""
    return target.value


def _by_its_date(target: Target) -> tuple[Any, Any]:
    """Return no first day, and the date of the target, if it is one, as the last."""
    return None, target.value if isinstance(target.value, date) else None


def _from_its_begin(target: Target) -> tuple[Any, Any]:
    return target.not_before, target.value


def counted_days(target: Target) -> tuple[Any, Any]:
    """Return the first and last day of what a target counts: from its first possible day to the end of its fact."""
    return target.not_before, catalog.facts()[target.fact].date_end


def _never(ensemble: Ensemble, target: Target) -> bool:
    """Return that the scenario does not set it."""
    return False


def _always(ensemble: Ensemble, target: Target) -> bool:
    return True


def alarm_is_set(ensemble: Ensemble, day: Any) -> bool:
    """Return whether no alarm can be raised before a day, because the scenario lets nobody watch before it."""
    watched = ensemble.scenario.events_of(events.Alarm)[0].begin
    return bool(np.datetime64(watched.date().isoformat(), "D") >= np.datetime64(str(day), "D"))


@dataclass(frozen=True)
class Measure:
    """How a kind of target is measured.

    Attributes
    ----------
    function : callable (ensemble, target) -> (replicates,) dates or numbers
    text : what it measures, for the table.
    needs : kinds of events the scenario must have.
    term : how a number is judged, where it differs from the target's own term.
    wanted : callable (ensemble, target) -> what the number is judged against.
    days : callable (target) -> first and last day the run must cover, None for no bound; by default the last is the
        target's value, if that is a date.
    given : callable (ensemble, target) -> whether the scenario sets it, so that it cannot fail.
    """

    function: Callable[[Ensemble, Target], NDArray[Any]]
    text: str
    needs: tuple[str, ...] = ()
    term: str = ""
    wanted: Callable[[Ensemble, Target], Any] = _as_it_stands
    days: Callable[[Target], tuple[Any, Any]] = _by_its_date
    given: Callable[[Ensemble, Target], bool] = _never


def known_before_letter(ensemble: Ensemble, rumor: str) -> NDArray[np.float64]:
    """Return the share of those who know at the end that did not need the letter to learn, (replicates,) float64."""
    last = ensemble.frame.stop
    knowing = ensemble.share_aware(rumor, on=last) * ensemble.frame.class_sizes.sum()
    through_letter = ensemble.heard_through(rumor, "letter_meeting")
    return np.where(knowing > 0, 1.0 - through_letter / np.maximum(knowing, 1), 0.0)


def _report_of_the_rumor(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    if exchangeable(target):
        return drawn(ensemble, target)
    return ensemble.first_report(target.rumor, target.place or None, ways=_ON_RUMORS, offices=("district", "city"))


def _letter_report(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    # F132 is a report of the Ministry of People's Defense.
    return ensemble.first_report(target.rumor, target.place or None, ways=("letter_report",), offices=("army",))


def _embassy_report(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.first_report(target.rumor, target.place or None, offices=("embassy",))


def _in_the_hall(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    first, last = counted_days(target)
    # Who still criticizes after the threat of 16 April is counted from its hour on.
    hours = [
        ensemble.values(event.hour) if isinstance(event.hour, str) else np.full(ensemble.replicates, event.hour)
        for event in ensemble.scenario.events_of(events.Climate)
        if event.where in ("hall", "all") and event.begin.date() == first
    ]
    hour = np.max([np.zeros(ensemble.replicates), *hours], axis=0)
    return critics_from(ensemble, hour, str(first), str(last))


def _active_organizations(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    first, last = (str(day) for day in counted_days(target))
    return ensemble.organizations_voicing(
        target.rumor, target.place or None, kind="ministry", meeting="cell_meeting", start=first, stop=last
    )


def _aware(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.share_aware(target.rumor, on=str(counted_days(target)[1]))


def _reports_before_letter(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return reports_before_letter(ensemble)


def reports_before_letter(ensemble: Ensemble) -> NDArray[np.int64]:
    """Return how many districts outside the capital reported before the letter, (replicates,) int64."""
    cited = next(one for one in catalog.targets().values() if one.kind == "district_report" and exchangeable(one))
    return np.bincount(written(ensemble, cited)["replicate"], minlength=ensemble.replicates).astype(np.int64)


def _intellectuals(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    last = np.datetime64(str(target.value), "D")
    return ensemble.voicings(
        target.rumor, target.place, kind="ministry", meeting="cell_meeting", start=last - 30 * _ONE_DAY, stop=last
    )


def _punished(column: str) -> Callable[[Ensemble, Target], NDArray[Any]]:
    def count(ensemble: Ensemble, target: Target) -> NDArray[Any]:
        return np.asarray(ensemble.table("runs")[column])

    return count


def _introductions(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.introductions(target.rumor)


def _moved(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    moves = ensemble.scenario.events_of(events.Move)
    total = sum(float(ensemble.scenario.number(event.count)) for event in moves)
    return np.full(ensemble.replicates, total)


def _students_aware(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.share_aware(target.rumor, on=str(target.value), place=target.place, role="student_abroad")


#: Kind of a target -> how it is measured.
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "district_report": Measure(
            _report_of_the_rumor,
            "first report signed in the district; of cited dates, the earlier or later of two drawn from all districts",
        ),
        "letter_meeting_question": Measure(
            drawn, "the earlier or later of two drawn from the districts that passed on a question", needs=("letter",)
        ),
        "organization_report": Measure(
            drawn,
            "report of one organization, drawn from those of the capital that write",
            needs=("letter",),
            days=_from_its_begin,
        ),
        "letter_report": Measure(
            _letter_report, "date of the report on the letter by the army's directorate", needs=("letter",)
        ),
        "embassy_report": Measure(_embassy_report, "date of the first report of the embassy"),
        "hall_critics": Measure(
            _in_the_hall,
            "persons who criticize in the hall; on the day of a threat, from its hour on",
            needs=("hall",),
            days=counted_days,
        ),
        "cells_active": Measure(
            _active_organizations, "organizations of central agencies that discussed it", days=counted_days
        ),
        "alarm": Measure(
            lambda ensemble, target: ensemble.alarm(),
            "evening of the alarm",
            needs=("alarm",),
            given=lambda ensemble, target: alarm_is_set(ensemble, target.value),
        ),
        "introductions": Measure(
            _introductions,
            "share of district introductions by travelers",
            days=lambda target: (None, catalog.facts()[target.fact].date_start),
        ),
        "aware_members": Measure(_aware, "share aware", days=counted_days),
        "district_reports": Measure(
            _reports_before_letter,
            "districts outside the capital with a document before the letter",
            days=lambda target: (None, catalog.parameter("article.t_letter").value),
        ),
        "voicing_intellectuals": Measure(
            _intellectuals,
            "voicings in central agencies in the last 30 days",
            term="count_at_most",
            wanted=lambda *_: 0,
        ),
        "officers_moved": Measure(_moved, "officers who are moved", needs=("move",), given=_always),
        "expelled": Measure(
            _punished("expelled"), "members expelled", needs=("punish",), wanted=_at_scale, given=_always
        ),
        "penalized": Measure(
            _punished("penalized"), "members penalized", needs=("punish",), wanted=_at_scale, given=_always
        ),
        "student_question": Measure(
            _students_aware, "share of the students aware", term="share_below", wanted=lambda *_: 1.0
        ),
        "home_effect_of_students": Measure(_moved, "needs a pair of runs, with and without students", needs=("pair",)),
    }
)


def is_dated(target: Target) -> bool:
    """Return whether a target is a date; the others are thresholds, which a replicate satisfies or not."""
    return target.term in ("report_date", "exact")


def holds(ensemble: Ensemble, target: Target, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which replicates satisfy a target; for a date, which have the event by that day.

    Parameters
    ----------
    ensemble, target
    values : (replicates,) what the measure of the target gives.
    """
    measure = MEASURES[target.kind]
    if values.dtype.kind != "M":
        return satisfies(values, measure.term or target.term, measure.wanted(ensemble, target))
    days, day = values.astype("M8[D]"), np.datetime64(str(target.value), "D")
    return np.asarray(np.isnat(days) | (days >= day) if target.term == "not_before" else days <= day)


def not_covered(ensemble: Ensemble, target: Target) -> str:
    """Return why a run says nothing to a target, "" if it does."""
    measure = MEASURES[target.kind]
    if "pair" in measure.needs:
        return measure.text
    if ensemble.older and target.kind == "hall_critics":
        return "runs of older formats do not hold who spoke"
    if target.rumor and target.rumor not in ensemble.rumors:
        return f"{target.rumor} is not followed"
    for kind in measure.needs:
        if not ensemble.scenario.events_of(kind):
            return f"the scenario has no {kind}"
    together = exchangeable(target)
    # Those that are drawn together are judged together: the run must reach the last of their dates.
    first, last = (target.not_before, together[-1].value) if together else measure.days(target)
    if last is not None:
        day = np.datetime64(str(last), "D")
        if day > ensemble.frame.stop:
            return f"the run ends before {day}"
        first = day if first is None else np.datetime64(str(first), "D")
        if first < ensemble.frame.start:
            return f"the run begins after {first}"
    if ensemble.scenario.population != "party":
        return "only for the party"
    if target.place and not ensemble.has_people(target.place):
        return f"nobody lives in {target.place}"
    days = window(ensemble, target) if together else ()
    if any(np.datetime64(str(one.value), "D") not in days for one in together):
        letter = day_before_letter(ensemble) + _ONE_DAY
        return f"its date lies on the other side of the letter of {letter}"
    return ""
