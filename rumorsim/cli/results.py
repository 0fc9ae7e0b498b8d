"""The results of a run as they are printed: who knew, the archive beside the run, constraints, channels."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim.catalog.objects import CHANNEL_NAMES
from rumorsim.cli.output import day, heading, print_table, set_width, text_width, wrapped

if TYPE_CHECKING:
    from rumorsim.ensemble import Ensemble, Verdict

__all__ = ["print_results", "results", "short_date", "verdict_text"]

_ABSENT: Final = "not in this run"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO_DAY: Final = re.compile(r"1956-(\d\d)-(\d\d)")
#: Term of a target -> sign before what is wanted.
_SIGNS: Final = {
    "by": "by ",
    "requested_by": "by ",
    "not_before": "from ",
}
#: Kind of a target -> heading of its rows.
_KINDS: Final = {
    "district_report": "First report from a district: date on the document",
    "letter_meeting_question": "Questions at the meetings on the letter",
    "letter_report": "Report on the letter",
    "embassy_report": "First report of an embassy",
    "alarm": "Alarm at the top",
    "voicing": "Voiced in the conference hall: voicings on the day",
    "introductions": "Share of districts to which travelers brought it",
    "aware_members": "Share of the party that knows",
    "cells_active": "Organizations that discussed it",
    "district_reports": "Number of district reports before the letter",
    "voicing_intellectuals": "Voiced in central agencies in the last 30 days",
    "officers_moved": "Officers moved (set by the scenario)",
    "expelled": "Members expelled",
    "penalized": "Members penalized",
    "student_question": "Share of the students who know",
    "home_effect_of_students": "Effect of the students at home",
}
_LEGEND: Final = (
    "A run meets a date if the date lies between the first and the third simulated date: 5 % of the replicates are no "
    "later than the first, half no later than the second, 95 % no later than the third; 'never' is later than every "
    "date. early, late: nearly all replicates come before it, or after it. rarely: nearly none has it at all. A number "
    "is met, low or high by at least half of the replicates. The last column says what the priors alone give: a "
    "verdict that both share is no merit of the model."
)


def short_date(text: str) -> str:
    """Return a text with every ISO date of 1956 in it written short.

    Examples
    --------
    >>> short_date("1956-04-18"), short_date("never"), short_date("0.5-0.97")
    ('18 Apr', 'never', '0.5-0.97')
    """
    return _ISO_DAY.sub(lambda found: f"{int(found[2])} {_MONTHS[int(found[1]) - 1]}", text)


def results(ensemble: Ensemble, rows: Sequence[Verdict]) -> dict[str, Any]:
    """Return the results of a run for ``--json``.

    Parameters
    ----------
    ensemble : Ensemble
    rows : its table of verdicts.
    """
    from dataclasses import asdict

    scenario, rumors = ensemble.scenario, ensemble.rumors
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "start": scenario.start,
        "stop": scenario.stop,
        "replicates": ensemble.replicates,
        "prior_replicates": 0 if ensemble.prior is None else ensemble.prior.replicates,
        "seed": ensemble.seed,
        "parameters": ensemble.parameters,
        "aware_at_the_end": {
            rumor: _spread(ensemble.share_aware(rumor, on=scenario.stop)) for rumor in ensemble.rumors
        },
        "verdict": [asdict(row) for row in rows if not _is_constraint(row)],
        "constraints": [asdict(row) for row in rows if _is_constraint(row)],
        "channel_shares": {rumor: ensemble.channel_shares(rumor) for rumor in rumors},
        "fingerprint": ensemble.fingerprint(),
    }


def _spread(values: Any) -> dict[str, float]:
    from rumorsim.archive.compare import order_statistics

    low, half, high = order_statistics(values, shares=(0.05, 0.5, 0.95))
    return {"p05": float(low), "p50": float(half), "p95": float(high)}


def print_results(ensemble: Ensemble, rows: Sequence[Verdict]) -> None:
    """Print the results of a run.

    Parameters
    ----------
    ensemble : Ensemble
    rows : its table of verdicts.
    """
    _print_aware(ensemble)
    targets = [row for row in rows if not _is_constraint(row)]
    judged = [row for row in targets if row.verdict != _ABSENT]
    if judged:
        _print_targets(judged, with_prior=ensemble.prior is not None)
    if ensemble.scenario.population == "party":
        _print_constraints([row for row in rows if _is_constraint(row)], with_prior=ensemble.prior is not None)
        _print_channels(ensemble)
        _print_absent([row for row in rows if row.verdict == _ABSENT])


def verdict_text(ensemble: Ensemble, rows: Sequence[Verdict], columns: int = 100) -> str:
    """Return what `print_results` prints, as text of so many columns, to be kept beside the run."""
    stream = io.StringIO()
    with set_width(columns), contextlib.redirect_stdout(stream):
        print_results(ensemble, rows)
    return stream.getvalue()


def _is_constraint(row: Verdict) -> bool:
    return row.kind == "constraint"


def _print_aware(ensemble: Ensemble) -> None:
    last = ensemble.scenario.stop
    print(heading(f"Share who know at the end of {day(last)}"))
    spreads = {rumor: _spread(ensemble.share_aware(rumor, on=last)) for rumor in ensemble.rumors}
    print_table(
        ["rumor", ">5 %", ">half", ">95 %"],
        [(rumor, *(f"{share:.3f}" for share in spread.values())) for rumor, spread in spreads.items()],
    )
    print()


def _print_targets(rows: Iterable[Verdict], *, with_prior: bool) -> None:
    kinds: dict[str, list[Verdict]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    print(heading("The archive beside the run"))
    shown: list[tuple[str, ...]] = []
    for kind, members in kinds.items():
        shown.append((_KINDS.get(kind, kind.replace("_", " ")),))
        shown += [_target_cells(row, with_prior=with_prior) for row in members]
    print_table(["  place", "rumor", "archive", ">5 %", ">half", ">95 %", "verdict", "priors"], shown, wrap="archive")
    print()
    columns = text_width()
    print(wrapped(_LEGEND, columns))
    if not with_prior:
        print("The priors alone were not run.")
    print()


def _target_cells(row: Verdict, *, with_prior: bool) -> tuple[str, ...]:
    return (
        "  " + (row.place or "-"),
        row.rumor or "-",
        short_date(f"{row.threshold} {row.date}" if row.threshold else _SIGNS.get(row.term, "") + row.wanted),
        short_date(row.p05),
        short_date(row.p50),
        short_date(row.p95),
        row.verdict,
        row.prior_verdict if with_prior else "-",
    )


def _print_constraints(rows: Sequence[Verdict], *, with_prior: bool) -> None:
    judged = [row for row in rows if row.verdict != _ABSENT]
    if not judged:
        return
    print(heading("What a run must not do"))
    print_table(
        ["id", "constraint", ">replicates\nthat keep it", "verdict", "priors"],
        [
            (
                row.id,
                row.note + (" (soft)" if row.soft else ""),
                f"{float(row.satisfied):.1%}".replace(".0%", "%"),
                row.verdict,
                _prior_share(row) if with_prior else "-",
            )
            for row in judged
        ],
        wrap="constraint",
    )
    if any(row.verdict == "uninformative" for row in judged):
        text = "uninformative: no draw of the priors violates it either, so it says nothing for the model."
        print(wrapped(text, text_width()))
    print()


def _prior_share(row: Verdict) -> str:
    return f"{float(row.prior_satisfied):.1%}".replace(".0%", "%") if row.prior_satisfied else "-"


def _print_channels(ensemble: Ensemble) -> None:
    shares = {rumor: ensemble.channel_shares(rumor) for rumor in ensemble.rumors}
    heard = {rumor: channels for rumor, channels in shares.items() if not any(np.isnan(list(channels.values())))}
    if not heard:
        return
    names = [name for name in next(iter(heard.values())) if any(channels[name] > 0 for channels in heard.values())]
    print(heading("Channel through which people heard first"))
    print_table(
        ["channel", *(">" + rumor.replace("_", "\n") for rumor in heard)],
        [(CHANNEL_NAMES[name], *(_percent(channels[name]) for channels in heard.values())) for name in names],
    )
    print()


def _percent(share: float) -> str:
    if share == 0.0:
        return "-"
    return f"{100 * share:.1f} %" if share >= 0.0005 else "< 0.1 %"


def _print_absent(rows: Sequence[Verdict]) -> None:
    if not rows:
        return
    columns = text_width()
    print(heading("Not judged by this run"))
    for row in rows:
        what = row.note if _is_constraint(row) else f"{_KINDS.get(row.kind, row.kind)} - {row.note}"
        place = f" {row.place}" if row.place else ""
        print(wrapped(f"{row.id}{place}: {short_date(what)}", columns, "    ", first=""))
    print()
