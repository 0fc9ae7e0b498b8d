"""The results of a run as text: who knew, the archive beside the run, constraints, channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim.archive.compare import order_statistics
from rumorsim.catalog.words import CHANNEL_NAMES
from rumorsim.ensemble.verdict import Verdict
from rumorsim.text import MONTHS, WIDEST_TEXT, day, heading, table_lines, wrapped

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["short_date", "spread", "verdict_lines", "verdict_text"]

#: Columns of the text that is kept.
_KEPT_COLUMNS: Final = 100
_ABSENT: Final = "not in this run"
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
    "home_effect_of_students": "Effect of students abroad on the spread at home",
}
_LEGEND: Final = (
    "A run meets a date if it lies between the first and the third simulated date. Each of the three is the day by "
    "which that share of the replicates has it, 5 %, half and 95 %; 'never' is later than every date. early, late: "
    "nearly all replicates come before it, or after it. rarely: hardly any has it at all. A number is met, low or high "
    "by at least half of the replicates. The last column says what the priors alone give: the model deserves no credit "
    "for a verdict that both share."
)


def short_date(text: str) -> str:
    """Return a text with every ISO date of 1956 in it written short.

    Examples
    --------
    >>> short_date("1956-04-18"), short_date("never"), short_date("0.5-0.97")
    ('18 Apr', 'never', '0.5-0.97')
    """
    return _ISO_DAY.sub(lambda found: f"{int(found[2])} {MONTHS[int(found[1]) - 1][:3]}", text)


def spread(values: Any) -> dict[str, float]:
    """Return the values below which 5 %, half and 95 % of the replicates lie.

    Examples
    --------
    >>> spread([0.1, 0.2, 0.3])
    {'p05': 0.1, 'p50': 0.2, 'p95': 0.3}
    """
    low, half, high = order_statistics(values, shares=(0.05, 0.5, 0.95))
    return {"p05": float(low), "p50": float(half), "p95": float(high)}


def verdict_text(ensemble: Ensemble, rows: Sequence[Verdict]) -> str:
    """Return the results of a run as the text that is kept in its folder, in lines of 100 columns."""
    return "\n".join(verdict_lines(ensemble, rows, _KEPT_COLUMNS))


def verdict_lines(ensemble: Ensemble, rows: Sequence[Verdict], columns: int) -> Iterator[str]:
    """Yield the results of a run as lines of text.

    Parameters
    ----------
    ensemble : Ensemble
    rows : its table of verdicts.
    columns : number of characters of a line.
    """
    yield from _aware(ensemble, columns)
    with_prior = ensemble.prior is not None
    targets = [row for row in rows if not _is_constraint(row)]
    judged = [row for row in targets if row.verdict != _ABSENT]
    if judged:
        yield from _small_party(ensemble, columns)
        yield from _targets(judged, columns, with_prior=with_prior)
    if ensemble.scenario.population == "party":
        yield from _constraints([row for row in rows if _is_constraint(row)], columns, with_prior=with_prior)
        yield from _channels(ensemble, columns)
        yield from _absent([row for row in rows if row.verdict == _ABSENT], columns)


def _is_constraint(row: Verdict) -> bool:
    return row.kind == "constraint"


def _text_width(columns: int) -> int:
    return min(columns, WIDEST_TEXT)


def _aware(ensemble: Ensemble, columns: int) -> Iterator[str]:
    last = ensemble.scenario.stop
    yield heading(f"Share who know at the end of {day(last)}")
    spreads = {rumor: spread(ensemble.share_aware(rumor, on=last)) for rumor in ensemble.rumors}
    yield from table_lines(
        ["rumor", ">5 %", ">half", ">95 %"],
        [(rumor, *(f"{share:.3f}" for share in shares.values())) for rumor, shares in spreads.items()],
        columns_wide=columns,
    )
    yield ""


def _small_party(ensemble: Ensemble, columns: int) -> Iterator[str]:
    """Say that the archive cannot judge a party at a small scale; nothing at full scale."""
    scale = float(ensemble.scenario.number("party.scale"))
    if scale < 1.0:
        text = (
            f"This party is {scale:.3g} of the one of 1956: that the archive agrees with it or not is an artifact of "
            "the scale. The rows below show how a run is judged, and judge nothing."
        )
        yield wrapped(text, _text_width(columns))
        yield ""


def _targets(rows: Iterable[Verdict], columns: int, *, with_prior: bool) -> Iterator[str]:
    kinds: dict[str, list[Verdict]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    yield heading("The archive beside the run")
    shown: list[tuple[str, ...]] = []
    for kind, members in kinds.items():
        shown.append((_KINDS.get(kind, kind.replace("_", " ")),))
        shown += [_target_cells(row, with_prior=with_prior) for row in members]
    yield from table_lines(
        ["  place", "rumor", "archive", ">5 %", ">half", ">95 %", "verdict", "priors"],
        shown,
        columns_wide=columns,
        wrap="archive",
    )
    yield ""
    yield wrapped(_LEGEND, _text_width(columns))
    if not with_prior:
        yield "The priors alone were not run."
    yield ""


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


def _constraints(rows: Sequence[Verdict], columns: int, *, with_prior: bool) -> Iterator[str]:
    judged = [row for row in rows if row.verdict != _ABSENT]
    if not judged:
        return
    yield heading("What a run must not do")
    yield from table_lines(
        ["id", "constraint", "when", ">replicates\nthat keep it", "verdict", "priors"],
        [
            (
                row.id,
                row.note + (" (soft)" if row.soft else ""),
                short_date(row.date) or "at any time",
                _share(row.satisfied),
                row.verdict,
                _share(row.prior_satisfied) if with_prior else "-",
            )
            for row in judged
        ],
        columns_wide=columns,
        wrap="constraint",
    )
    if any(row.verdict == "uninformative" for row in judged):
        text = "uninformative: no draw from the priors violates it either, so it is not evidence for the model."
        yield wrapped(text, _text_width(columns))
    yield ""


def _share(written: str) -> str:
    return f"{float(written):.1%}".replace(".0%", "%") if written else "-"


def _channels(ensemble: Ensemble, columns: int) -> Iterator[str]:
    shares = {rumor: ensemble.channel_shares(rumor) for rumor in ensemble.rumors}
    heard = {rumor: channels for rumor, channels in shares.items() if not any(np.isnan(list(channels.values())))}
    if not heard:
        return
    names = [name for name in next(iter(heard.values())) if any(channels[name] > 0 for channels in heard.values())]
    yield heading("Channel through which people first heard")
    yield from table_lines(
        ["channel", *(">" + rumor.replace("_", "\n") for rumor in heard)],
        [(CHANNEL_NAMES[name], *(_percent(channels[name]) for channels in heard.values())) for name in names],
        columns_wide=columns,
    )
    yield ""


def _percent(share: float) -> str:
    if share == 0.0:
        return "-"
    return f"{100 * share:.1f} %" if share >= 0.0005 else "< 0.1 %"


def _absent(rows: Sequence[Verdict], columns: int) -> Iterator[str]:
    if not rows:
        return
    yield heading("Not judged by this run")
    for row in rows:
        what = row.note if _is_constraint(row) else f"{_KINDS.get(row.kind, row.kind)} - {row.note}"
        place = f" {row.place}" if row.place else ""
        yield wrapped(f"{row.id}{place}: {short_date(what)}", _text_width(columns), "    ", first="")
    yield ""
