"""What each mechanism of spring 1956 does: switched off one at a time, and all before and all after.

    python -m benchmarks.what_changed [--replicates 40] [--write]

Prints two tables, or writes them into docs/what-changed.md:

* leave one out: the shipped scenario as it is and with one mechanism off, the same people and luck, with 95% intervals
  of the differences. The directions were written down before the first run; what turned out otherwise is marked.
* before and after: every row of the verdict and every constraint with all mechanisms off and with all on.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

import rumorsim as rs
from rumorsim import catalog
from rumorsim.ensemble.measures import MEASURES, reports_before_letter
from rumorsim.ensemble.verdict import NOT_COVERED, Verdict, verdict_rows
from rumorsim.ensemble.voiced import critics_from

__all__ = ["MEASURED", "MECHANISMS", "Mechanism", "all_off", "difference"]

CONFERENCE: Final = "tirana-conference"
SPEECH: Final = "secret-speech"
_PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "what-changed.md"


@dataclass(frozen=True)
class Mechanism:
    """A mechanism with its switch.

    Attributes
    ----------
    name : as in docs/what-changed.md.
    off : what switches it off, by path.
    scenarios : where it can act.
    more : {scenario: further paths that only this one has}.
    variant : the scenario that is run instead; none by default.
    expected : {measure: +1 or -1}, what switching it was expected to do; others were expected not to change much.
    """

    name: str
    off: Mapping[str, Any]
    scenarios: tuple[str, ...] = (CONFERENCE,)
    expected: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variant: str = ""

    def off_in(self, name: str) -> dict[str, Any]:
        """Return what switches it off in a scenario."""
        return {**self.off, **self.more.get(name, {})}


MECHANISMS: Final = (
    Mechanism("Nobody asked for reports", {"events.request.enabled": True}, expected={"documents": 1}),
    Mechanism("The ban on questions holds", {"events.ban-holds.enabled": False}, expected={"dissent": 1}),
    Mechanism(
        "Ties across districts act at dates",
        {"ties.across_districts": "daily"},
        (CONFERENCE, SPEECH),
        {"aware": 1, "median": -1, "travel": -1, "documents": 1, "aware 2 March": 1, "aware 7 March": 1},
    ),
    Mechanism(
        "The telephone has hours, a desk and a reason",
        {"telephone.use": "anytime"},
        (CONFERENCE, SPEECH),
        {"aware": 1, "median": -1, "travel": -1, "aware 2 March": 1, "aware 7 March": 1},
    ),
    Mechanism("Embassies report by duty", {"archive.embassy_duty": 0.0}, (CONFERENCE, SPEECH), {"Moscow": -1}),
    Mechanism(
        "Delegates are absent while they sit", {"conference.delegates_absent": 0}, expected={"aware": 1, "median": -1}
    ),
    Mechanism(
        "The news begins with the first critical question",
        {"conference.report_hours": 0.0},
        expected={"aware": 1, "median": -1, "critics": 1},
    ),
    Mechanism(
        "Few speak up in the hall",
        {"voice.hall_rate": 0.25, "events.expelled.others": False, "events.penalized.others": False},
        expected={"critics": 1, "16 April": 1, "threatened": 1},
    ),
    Mechanism(
        "The hall falls silent with the leader's speech", {"voice.crackdown_hour": 0.0}, expected={"16 April": -1}
    ),
    Mechanism("The chill arrives with people", {"fear.chill_factor": 1.0}, expected={"dissent": 1}),
    Mechanism("Officers are moved in April and May", {"control.moves_lead_days": 0.0}, expected={"aware": 1}),
    Mechanism("Counts keep a process alive in a small party", {"party.least_count": 0}, (CONFERENCE, SPEECH)),
    Mechanism(
        "The missing name is a rumor of its own",
        {"events.inference-from-silence.enabled": True},
        (CONFERENCE, SPEECH),
        {"aware 2 March": 1, "aware 7 March": 1, "aware 13 April": 1, "organizations": 1},
        {SPEECH: {"events.missing-name.enabled": False, "rumors": ["secret_speech", "elite_privileges"]}},
    ),
    Mechanism(
        "The Politburo is bound from the day it knows",
        {"events.politburo-bound.enabled": False},
        (SPEECH,),
        {"aware 2 March": 1, "aware 7 March": 1},
    ),
    Mechanism(
        "Soviet universities meet shortly after the speech",
        {"soviet_meeting.delay_days": 0.0},
        (SPEECH,),
        {"aware 2 March": 1, "Moscow": 1},
    ),
)


#: What is off by default and can be switched on by a scenario of its own.
VARIANTS: Final = (
    Mechanism(
        "Voices breed voices, switched on",
        {},
        expected={"critics": 1, "dissent": 1},
        variant=f"{CONFERENCE}-emboldened",
    ),
)


def _share(date: str, rumor: str = "secret_speech") -> Callable[[rs.Ensemble], NDArray[Any]]:
    return lambda run: 100 * run.share_aware(rumor, on=date)


def _median_district(run: rs.Ensemble) -> NDArray[Any]:
    party = run.party
    places = [name for k, name in enumerate(party.districts) if k != party.geography.tirana_district]
    first = np.stack([run.first_aware("tirana_conference", place=place) for place in places])
    known = np.where(np.isnat(first), run.frame.end, first)
    days = (known - np.datetime64("1956-04-14", "s")).astype("i8") / 86400
    return np.asarray(np.median(days, axis=0))


def _dissent(run: rs.Ensemble) -> NDArray[Any]:
    about = ("secret_speech", "tirana_conference")
    critical = sum(run.meetings_voicing(one, meeting="cell_meeting", start="1956-04-17") for one in about)
    days = int((run.frame.stop - np.datetime64("1956-04-17")).astype("i8")) + 1
    held = len(run.frame.cell_kind) * days / float(run.scenario.number("meeting.interval_days"))
    return np.asarray(100 * critical / held)


def _organizations(run: rs.Ensemble) -> NDArray[Any]:
    target = catalog.targets()["T08"]
    return MEASURES[target.kind].function(run, target)


def _moscow(run: rs.Ensemble) -> NDArray[Any]:
    target = catalog.targets()["T16"]
    found = MEASURES[target.kind].function(run, target)
    return np.where(found < np.datetime64("1956-03-31"), 100.0, 0.0)


#: What is measured in every replicate: {scenario: {measure: (what it is, function)}}.
MEASURED: Final[dict[str, dict[str, tuple[str, Callable[[rs.Ensemble], NDArray[Any]]]]]] = {
    CONFERENCE: {
        "aware": ("% of members who know of the conference on 20 April", _share("1956-04-20", "tirana_conference")),
        "median": ("days after 14 April by which the median district outside Tirana has heard", _median_district),
        "travel": (
            "% of districts to which a traveler on duty brought it",
            lambda run: 100 * run.introductions("tirana_conference"),
        ),
        "documents": ("districts that report before the letter", reports_before_letter),
        "critics": (
            "persons who criticize in the hall on 14 and 15 April",
            lambda run: run.hall_critics(start="1956-04-14", stop="1956-04-15"),
        ),
        "16 April": (
            "persons who criticize there on 16 April, the whole day",
            lambda run: run.hall_critics(start="1956-04-16", stop="1956-04-16"),
        ),
        "threatened": (
            "of these, from 11:00 on",
            lambda run: critics_from(run, 11.0, "1956-04-16", "1956-04-16"),
        ),
        "dissent": ("% of ordinary meetings with criticism of a leader from 17 April on", _dissent),
    },
    SPEECH: {
        "aware 2 March": ("% of members who know the speech at the end of 2 March", _share("1956-03-02")),
        "aware 7 March": ("% at the end of 7 March", _share("1956-03-07")),
        "aware 13 April": ("% at the end of 13 April", _share("1956-04-13")),
        "organizations": ("organizations of central agencies that discussed it", _organizations),
        "Moscow": ("% of replicates in which the embassy in Moscow has reported by 30 March", _moscow),
    },
}


def all_off(name: str) -> dict[str, Any]:
    """Return what switches every mechanism off that can act in a scenario.

    Examples
    --------
    >>> all_off("secret-speech")["archive.embassy_duty"]
    0.0
    """
    return {path: value for one in MECHANISMS if name in one.scenarios for path, value in one.off_in(name).items()}


def difference(one: NDArray[Any], other: NDArray[Any]) -> tuple[float, float]:
    """Return the mean of pairwise differences and half the width of its 95% interval.

    Examples
    --------
    >>> difference(np.array([2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    (1.0, 0.0)
    """
    apart = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    half = student.ppf(0.975, len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    return float(apart.mean()), float(half)


def _run(name: str, changes: Mapping[str, Any], replicates: int) -> rs.Ensemble:
    return rs.run(rs.load_scenario(name).replace(changes), replicates, seed=1956, prior_replicates=0, workers=2)


def _cell(mean: float, half: float, expected: int) -> str:
    found = 0 if abs(mean) <= half else int(np.sign(mean))
    arrow = {1: " ↑", -1: " ↓", 0: ""}[expected]
    mark = " **!**" if found == -expected != 0 or (found and not expected) else ""
    return f"{mean:+.2f} ± {half:.2f}{arrow}{mark}" if abs(mean) + half else f"0{arrow}"


def leave_one_out(replicates: int) -> str:
    """Return the table of what each mechanism does, as Markdown."""
    lines = []
    for name, measured in MEASURED.items():
        base = {
            key: np.asarray(function(run))
            for run in [_run(name, {}, replicates)]
            for key, (_, function) in measured.items()
        }
        lines += [f"### {name}, {replicates} pairs of replicates", ""]
        lines += [f"* *{key}*: {text}" for key, (text, _) in measured.items()] + [""]
        lines += ["| switched off | " + " | ".join(measured) + " |", "|---" * (len(measured) + 1) + "|"]
        lines += ["| nothing | " + " | ".join(f"{values.mean():.2f}" for values in base.values()) + " |"]
        for one in MECHANISMS + VARIANTS:
            if name not in one.scenarios:
                continue
            run = _run(one.variant or name, one.off_in(name), replicates)
            cells = [
                _cell(*difference(function(run), base[key]), one.expected.get(key, 0))
                for key, (_, function) in measured.items()
            ]
            lines.append(f"| {one.name} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
        lines.append("")
    return "\n".join(lines)


def _said(row: Verdict) -> str:
    if row.verdict == NOT_COVERED:
        return "-"
    return (
        f"{row.p50 or row.satisfied}, {row.verdict}"
        if not row.satisfied
        else f"{row.p50 or '-'}; {float(row.satisfied):.0%}; {row.verdict}"
    )


def before_and_after(replicates: int) -> str:
    """Return every row of the verdict with all mechanisms off and with all on, as Markdown."""
    lines = ["| row | what | wanted | scenario | before | after |", "|---|---|---|---|---|---|"]
    tables = {
        name: [verdict_rows(_run(name, changes, replicates)) for changes in (all_off(name), {})]
        for name in (SPEECH, CONFERENCE)
    }
    for name, (before, after) in tables.items():
        for old, new in zip(before, after, strict=True):
            if old.verdict == new.verdict == NOT_COVERED:
                continue
            what = f"{new.kind} {new.rumor} {new.place}" if new.kind != "constraint" else new.note
            lines.append(
                f"| {new.id} | {' '.join(what.replace('_', ' ').split())} | {new.date} {new.threshold} | {name} "
                f"| {_said(old)} | {_said(new)} |"
            )
    return "\n".join(lines)


def write(mark: str, text: str, page: Path = _PAGE) -> None:
    """Put a text between two marks of a page; the page keeps everything else."""
    old = page.read_text(encoding="utf-8")
    pattern = re.compile(f"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    new, found = pattern.subn(lambda match: f"{match[1]}{text}\n{match[2]}", old)
    if found != 1:
        raise ValueError(f"{page.name} has no place for {mark}")
    page.write_text(new, encoding="utf-8")


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replicates", type=int, default=40)
    parser.add_argument("--write", action="store_true", help="write into docs/what-changed.md")
    given = parser.parse_args()
    for mark, table in (("leave-one-out", leave_one_out), ("before-and-after", before_and_after)):
        text = table(given.replicates)
        print(text)
        if given.write:
            write(mark, text)


if __name__ == "__main__":
    main()
