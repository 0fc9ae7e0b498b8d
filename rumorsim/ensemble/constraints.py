"""Constraints against triviality: what a run must not do, however well it meets the targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.ensemble.documents import day_before_letter
from rumorsim.ensemble.measures import alarm_is_set, known_before_letter, reports_before_letter
from rumorsim.scenario import Audience, events

if TYPE_CHECKING:
    from rumorsim.catalog import Target
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["CONSTRAINTS", "Constraint", "critical_share", "eruptions_elsewhere"]

_CONFERENCE: Final = "tirana_conference"
_CAPITAL: Final = "tirane"
#: First day after the collapse of the conference (F107, F108).
_AFTER_COLLAPSE: Final = np.datetime64("1956-04-17", "D")
#: Largest share of meetings with criticism of a named leader that still counts as rare.
_RARE: Final = 0.01
#: Rumors whose voicing criticizes a named leader.
_ABOUT_LEADERS: Final = ("secret_speech", _CONFERENCE)
#: Fewest and most districts with a document before the letter (soft; as T15).
_REPORTS: Final = (2, 9)
_ONE_DAY: Final = np.timedelta64(1, "D")


def _whole_run(ensemble: Ensemble) -> str:
    """Return the days a constraint speaks of; "" for the whole run."""
    return ""


def _never(ensemble: Ensemble) -> bool:
    """Return that the scenario does not set it."""
    return False


@dataclass(frozen=True)
class Constraint:
    """One constraint.

    Attributes
    ----------
    function : callable (ensemble) -> (replicates,) bool, True where it is violated, or None where the run says nothing
        None for a constraint that compares several runs.
    text : what must hold.
    fact, rumor : what it rests on and is about.
    soft : whether it may be switched off.
    when : callable (ensemble) -> the days it speaks of, such as "before 1956-04-14"; "" for the whole run.
    threshold : what a number is judged against; "" where nothing at all must happen.
    given : callable (ensemble) -> whether the scenario sets it, so that it cannot fail.
    """

    function: Callable[[Ensemble], NDArray[np.bool_] | None] | None
    text: str
    fact: str = ""
    rumor: str = ""
    soft: bool = False
    when: Callable[[Ensemble], str] = _whole_run
    threshold: str = ""
    given: Callable[[Ensemble], bool] = _never


def _covers(ensemble: Ensemble, day: Any) -> bool:
    moment = np.datetime64(str(day), "D")
    return bool(ensemble.frame.start <= moment <= ensemble.frame.stop) and ensemble.scenario.population == "party"


def _article(name: str) -> np.datetime64:
    return np.datetime64(str(catalog.parameter(f"article.{name}").value), "D")


def _alarm_too_early(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    if not ensemble.scenario.events_of(events.Alarm):
        return None
    alarm = ensemble.alarm()
    return np.asarray(~np.isnat(alarm) & (alarm.astype("M8[D]") < _article("t_conference")))


def _eruption_elsewhere(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    number = eruptions_elsewhere(ensemble)
    return None if number is None else np.asarray(number > 0)


def eruptions_elsewhere(ensemble: Ensemble) -> NDArray[np.int64] | None:
    """Return the number of eruptions outside the capital before the Third Congress, (replicates,) int64.

    None where a run is not of the party or begins later.
    """
    if ensemble.scenario.population != "party":
        return None
    last = min(_article("t_third_congress") - _ONE_DAY, ensemble.frame.stop)
    if last < ensemble.frame.start:
        return None
    return ensemble.eruptions(outside=_CAPITAL, stop=last)


def _letter_known_by_few_or_all(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    if not ensemble.scenario.events_of(events.Letter) or _CONFERENCE not in ensemble.rumors:
        return None
    share = known_before_letter(ensemble, _CONFERENCE)
    return np.asarray((share <= 0.5) | (share >= 1.0))


def _dissent_goes_on(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    share = critical_share(ensemble)
    return None if share is None else np.asarray(share > _RARE)


def critical_share(ensemble: Ensemble) -> NDArray[np.float64] | None:
    """Return the share of ordinary meetings from 17 April with criticism of a named leader, (replicates,) float64.

    None where a run does not follow the conference or ends before. The number of meetings is taken from their interval.
    """
    if _CONFERENCE not in ensemble.rumors or not _covers(ensemble, _AFTER_COLLAPSE):
        return None
    about = [rumor for rumor in _ABOUT_LEADERS if rumor in ensemble.rumors]
    critical = sum(ensemble.meetings_voicing(rumor, meeting="cell_meeting", start=_AFTER_COLLAPSE) for rumor in about)
    days = int((ensemble.frame.stop - _AFTER_COLLAPSE).astype(np.int64)) + 1
    interval = float(ensemble.scenario.number("meeting.interval_days"))
    held = len(ensemble.frame.cell_kind) * days / interval
    return np.asarray(critical / held)


def _chill_is_ordered(ensemble: Ensemble) -> bool:
    """Return whether criticism in ordinary meetings is held down everywhere after 16 April, by an event with a date."""
    scenario = ensemble.scenario
    return any(
        event.begin.date() >= _AFTER_COLLAPSE.astype(object)
        and event.where in ("cells", "all")
        and scenario.number(event.factor) < 1
        for event in scenario.events_of(events.Climate)
        if event.audience == Audience()
    )


def _radio_carries_the_conference(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    if _CONFERENCE not in ensemble.rumors:
        return None
    return np.asarray(ensemble.heard_through(_CONFERENCE, "foreign_radio") > 0)


def _radio_is_silent(ensemble: Ensemble) -> bool:
    """Return whether no station of the scenario carries the conference, so that it cannot fail."""
    stations = [one for one in ensemble.scenario.events_of(events.Broadcast) if one.channel == "foreign_radio"]
    return not any(_CONFERENCE in one.rumors for one in stations)


def _student_question() -> Target:
    return next(one for one in catalog.targets().values() if one.kind == "student_question")


def _students_know(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    target = _student_question()
    if target.rumor not in ensemble.rumors or not _covers(ensemble, target.value):
        return None
    share = ensemble.share_aware(target.rumor, on=str(target.value), place=target.place, role="student_abroad")
    return np.asarray(share >= 1.0)


def _too_few_or_many_reports(ensemble: Ensemble) -> NDArray[np.bool_] | None:
    if _CONFERENCE not in ensemble.rumors or not _covers(ensemble, day_before_letter(ensemble)):
        return None
    found = reports_before_letter(ensemble)
    return np.asarray((found < _REPORTS[0]) | (found > _REPORTS[1]))


def _before_letter(ensemble: Ensemble) -> str:
    return f"by {day_before_letter(ensemble)}"


#: The constraints by id.
CONSTRAINTS: Final[Mapping[str, Constraint]] = MappingProxyType(
    {
        "C1": Constraint(
            _alarm_too_early,
            "no alarm at the top before the evening of 14 April",
            "F091",
            when=lambda ensemble: f"before {_article('t_conference')}",
            given=lambda ensemble: alarm_is_set(ensemble, _article("t_conference")),
        ),
        "C2": Constraint(
            _eruption_elsewhere,
            "no eruption outside Tirana before the Third Congress",
            "F247",
            when=lambda ensemble: f"before {_article('t_third_congress')}",
        ),
        "C3": Constraint(
            _letter_known_by_few_or_all,
            "at the letter meetings a majority, but not everybody, already knows",
            "F150",
            _CONFERENCE,
            soft=True,
            when=_before_letter,
            threshold="> 0.5 and < 1",
        ),
        "C4": Constraint(
            _dissent_goes_on,
            "after 16 April criticism of a named leader in fewer than 1% of ordinary meetings (their number taken "
            "from the meeting interval)",
            "F108",
            when=lambda ensemble: f"from {_AFTER_COLLAPSE}",
            given=_chill_is_ordered,
            threshold=f"<= {_RARE:g}",
        ),
        "C5": Constraint(
            _radio_carries_the_conference,
            "no foreign radio for the conference",
            "F121",
            _CONFERENCE,
            given=_radio_is_silent,
        ),
        "C6": Constraint(
            _students_know,
            "students in Hungary still have to ask in December",
            "F211",
            _CONFERENCE,
            when=lambda ensemble: f"on {_student_question().value}",
            threshold="< 1",
        ),
        "C7": Constraint(None, "removing the students leaves the spread at home almost unchanged", "F215"),
        "C8": Constraint(
            _too_few_or_many_reports,
            "two to nine districts outside the capital have reported before the letter",
            "F141",
            _CONFERENCE,
            soft=True,
            when=_before_letter,
            threshold=f"{_REPORTS[0]}-{_REPORTS[1]}",
        ),
    }
)
