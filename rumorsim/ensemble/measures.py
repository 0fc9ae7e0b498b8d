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
from rumorsim.scenario import events

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["MEASURES", "Measure", "aware_on", "day_before_letter", "known_before_letter", "not_covered"]

#: Ways in which the reports on rumors came about, apart from those on the letter.
_ON_RUMORS: Final = ("voiced", "returned_official", "requested")
#: Organizations of central agencies whose reports on their discussions are cited (F068, F069, F070).
_CITED_ORGANIZATIONS: Final = 3
_ONE_DAY: Final = np.timedelta64(1, "D")


def _at_scale(ensemble: Ensemble, target: Target) -> Any:
    """Return a number of people of the target at the scale of the party."""
    return round(float(str(target.value)) * float(ensemble.scenario.number("party.scale")))


def _as_it_stands(ensemble: Ensemble, target: Target) -> Any:
    """Return the value of a target, whatever the run."""
    return target.value


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
    moment : callable (target) -> the day the run must cover; None asks for the target's value if that is a date.
    """

    function: Callable[[Ensemble, Target], NDArray[Any]]
    text: str
    needs: tuple[str, ...] = ()
    term: str = ""
    wanted: Callable[[Ensemble, Target], Any] = _as_it_stands
    moment: Callable[[Target], Any] | None = None


def day_before_letter(ensemble: Ensemble) -> np.datetime64:
    """Return the last day before the internal letter of the scenario, or of history where there is none."""
    letters = ensemble.scenario.events_of(events.Letter)
    day = letters[0].begin.date() if letters else catalog.parameter("article.t_letter").value
    return np.datetime64(str(day), "D") - _ONE_DAY


def known_before_letter(ensemble: Ensemble, rumor: str) -> NDArray[np.float64]:
    """Return the share of those who know at the end that did not need the letter to learn, (replicates,) float64."""
    last = ensemble.frame.stop
    knowing = ensemble.share_aware(rumor, on=last) * ensemble.frame.class_sizes.sum()
    through_letter = ensemble.heard_through(rumor, "letter_meeting")
    return np.where(knowing > 0, 1.0 - through_letter / np.maximum(knowing, 1), 0.0)


def _report_of_the_rumor(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    place = target.place or None
    return ensemble.first_report(target.rumor, place, ways=_ON_RUMORS, offices=("district", "city"))


def _question(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    if target.term == "exact":  # F102: the meeting itself is dated, of a military headquarters
        return ensemble.first_voiced(target.rumor, target.place or None, kind="army_unit", meeting="letter_meeting")
    return ensemble.first_report(target.rumor, target.place or None, ways=("question",))


def _letter_report(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    # F132 is a report of the Ministry of People's Defense.
    return ensemble.first_report(target.rumor, target.place or None, ways=("letter_report",), offices=("army",))


def _embassy_report(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.first_report(target.rumor, target.place or None, offices=("embassy",))


def _in_the_hall(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    day = str(target.value)
    return ensemble.voicings(target.rumor, target.place or None, meeting="hall", start=day, stop=day)


def _active_organizations(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.organizations_voicing(
        target.rumor, target.place or None, kind="ministry", meeting="cell_meeting", stop=str(target.value)
    )


def _aware(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.share_aware(target.rumor, on=aware_on(target))


def aware_on(target: Target) -> str:
    """Return the day at whose end the share who know is compared."""
    if target.term == "share_between":  # F150 judges meetings on the letter: before it was sent
        return str(np.datetime64(str(target.not_before), "D") - _ONE_DAY)
    return str(catalog.facts()[target.fact].date_end)


def _reports_before_letter(ensemble: Ensemble, target: Target) -> NDArray[Any]:
    return ensemble.reports(by=day_before_letter(ensemble), rumor=target.rumor)


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
        "district_report": Measure(_report_of_the_rumor, "first report on the rumor signed in the district"),
        "letter_meeting_question": Measure(_question, "first question passed on, or first asked", needs=("letter",)),
        "letter_report": Measure(
            _letter_report, "date of the report on the letter by the army's directorate", needs=("letter",)
        ),
        "embassy_report": Measure(_embassy_report, "date of the first report of the embassy"),
        "voicing": Measure(
            _in_the_hall,
            "voicings in the hall on that day, at least one",
            needs=("hall",),
            term="count_at_least",
            wanted=lambda *_: 1,
        ),
        "cells_active": Measure(
            _active_organizations,
            f"organizations of central agencies that discussed it; at least the {_CITED_ORGANIZATIONS} cited",
            term="count_at_least",
            wanted=lambda *_: _CITED_ORGANIZATIONS,
        ),
        "alarm": Measure(lambda ensemble, target: ensemble.alarm(), "evening of the alarm", needs=("alarm",)),
        "introductions": Measure(
            _introductions,
            "share of district introductions by travelers",
            moment=lambda target: catalog.facts()[target.fact].date_start,
        ),
        "aware_members": Measure(_aware, "share aware", moment=aware_on),
        "district_reports": Measure(
            _reports_before_letter,
            "documents before the letter",
            moment=lambda target: catalog.parameter("article.t_letter").value,
        ),
        "voicing_intellectuals": Measure(
            _intellectuals,
            "voicings in central agencies in the last 30 days",
            term="count_at_most",
            wanted=lambda *_: 0,
        ),
        "officers_moved": Measure(_moved, "set by the scenario", needs=("move",)),
        "expelled": Measure(
            _punished("expelled"),
            "members expelled; wanted at the scale of the party",
            needs=("punish",),
            wanted=_at_scale,
        ),
        "penalized": Measure(
            _punished("penalized"),
            "members penalized; wanted at the scale of the party",
            needs=("punish",),
            wanted=_at_scale,
        ),
        "student_question": Measure(
            _students_aware, "share of the students aware", term="share_below", wanted=lambda *_: 1.0
        ),
        "home_effect_of_students": Measure(_moved, "needs a pair of runs, with and without students", needs=("pair",)),
    }
)


def not_covered(ensemble: Ensemble, target: Target) -> str:
    """Return why a run says nothing to a target, "" if it does."""
    measure = MEASURES[target.kind]
    if "pair" in measure.needs:
        return measure.text
    if target.rumor and target.rumor not in ensemble.rumors:
        return f"{target.rumor} is not followed"
    for kind in measure.needs:
        if not ensemble.scenario.events_of(kind):
            return f"the scenario has no {kind}"
    moment = measure.moment(target) if measure.moment is not None else target.value
    if isinstance(moment, (date, str)):
        day = np.datetime64(str(moment), "D")
        if day > ensemble.frame.stop:
            return f"the run ends before {day}"
        if day < ensemble.frame.start:
            return f"the run begins after {day}"
    if ensemble.scenario.population != "party":
        return "only for the party"
    if target.place and not ensemble.has_people(target.place):
        return f"nobody lives in {target.place}"
    return ""
