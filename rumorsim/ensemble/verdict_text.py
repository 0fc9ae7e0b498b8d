"""The results of a run as text: who knew, the archive beside the run, constraints, channels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rumorsim import catalog
from rumorsim.archive.compare import WORDS, order_statistics
from rumorsim.catalog.words import CHANNEL_NAMES
from rumorsim.ensemble.documents import exchangeable
from rumorsim.ensemble.measures import SET
from rumorsim.ensemble.score import RESOLVED, Score, log_of
from rumorsim.ensemble.verdict import NOT_COVERED, UNINFORMATIVE, Verdict
from rumorsim.model import world_text
from rumorsim.text import MONTHS, WIDEST_TEXT, day, heading, table_lines, wrapped

if TYPE_CHECKING:
    from rumorsim.ensemble.ensemble import Ensemble

__all__ = ["joint_text", "short_date", "spread", "summary", "verdict_lines", "verdict_text"]

#: Columns of the text that is kept.
_KEPT_COLUMNS: Final = 100
_ISO_DAY: Final = re.compile(r"1956-(\d\d)-(\d\d)")
#: Kind of a target -> heading of its rows.
_KINDS: Final = {
    "district_report": "First report from a district: date on the document",
    "letter_meeting_question": "Questions at the meetings on the letter",
    "organization_report": "Report of an organization",
    "letter_report": "Report on the letter",
    "embassy_report": "First report of an embassy",
    "alarm": "Alarm at the top",
    "hall_critics": "Persons who criticize in the conference hall",
    "introductions": "Share of districts to which travelers brought it",
    "aware_members": "Share of the party that knows",
    "cells_active": "Organizations that discussed it",
    "district_reports": "Number of districts that reported before the letter",
    "voicing_intellectuals": "Voiced in central agencies in the last 30 days",
    "officers_moved": "Officers moved",
    "expelled": "Members expelled",
    "penalized": "Members penalized",
    "student_question": "Share of the students who know",
    "home_effect_of_students": "Effect of students abroad on the spread at home",
}
#: The same for documents that are exchangeable: what is dated, and of how many.
_DRAWN: Final = {
    "district_report": "Two reports of districts before the letter, drawn: the earlier and the later",
    "letter_meeting_question": "Two questions at meetings on the letter, drawn: the earlier and the later",
    "organization_report": "A report of an organization of the capital, drawn",
}
_LEGEND: Final = (
    "A date is expected if it lies in the middle half of the simulated dates and at most half of the replicates lack "
    "the event, possible if it lies between 5% and 95% of them, else unlikely. A threshold is expected if at least "
    "half of the replicates satisfy it, possible if 5% do. Each of the three columns is the day by which that share "
    "of the replicates has the event, or the number below which that share lies; 'never' is later than every date. A "
    "place in brackets is not judged with its date: a place named because it reported cannot be predicted. The last "
    "column says what the priors alone give: the model deserves no credit for a word that both share."
)
_SCORE_LEGEND: Final = (
    "Log of the mean over replicates of the chance that documents drawn from those written carry the dates cited; 0 is "
    "certain. All together: the mean of the product, so that one replicate must fit all; the sum forgets that. Random "
    "dates: as many documents, every day of their window as likely. Places: how much likelier the places are, given "
    "the dates, than places drawn at random. One outbreak cannot prove geography."
)


_ADVICE_LEGEND: Final = (
    "Most moved by: the largest rank correlations over the runs of the fit from the priors; with (+) a larger number "
    "makes the quantity larger, or the date later. The command varies these numbers over their priors."
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
    """Return the values below which 5%, half and 95% of the replicates lie.

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
    if ensemble.model != "party":
        yield from (*wrapped(f"{world_text(ensemble.model)}.", columns).splitlines(), "")
    yield from _aware(ensemble, columns)
    with_prior = ensemble.prior is not None
    given = [row for row in rows if row.verdict == SET]
    judged = [row for row in rows if row.verdict in WORDS]
    targets = [row for row in judged if not _is_constraint(row)]
    if targets:
        yield from _small_party(ensemble, columns)
        yield from _targets(targets, columns, with_prior=with_prior)
    if ensemble.scenario.population == "party":
        yield from _together(ensemble, columns)
        yield from _constraints([row for row in judged if _is_constraint(row)], columns, with_prior=with_prior)
        yield from _given(given, columns)
        yield from _channels(ensemble, columns)
        yield from _absent([row for row in rows if row.verdict == NOT_COVERED], columns)


def summary(rows: Sequence[Verdict]) -> str:
    """Return how many rows are expected: of the dates, of the thresholds and of the constraints.

    Examples
    --------
    >>> row = Verdict("T14", "F132", "tirana_conference", "Tiranë", "letter_report", "report_date", "1956-05-17")
    >>> from dataclasses import replace
    >>> summary([replace(row, verdict="expected", on_date="0.1"), replace(row, verdict="unlikely", on_date="0")])
    'Dates: 1 of 2 expected; about half by chance.'
    """
    judged = [row for row in rows if row.verdict in WORDS]
    parts = []
    for name, chosen in (
        ("Dates", [row for row in judged if row.on_date]),
        ("Thresholds", [row for row in judged if not row.on_date and not _is_constraint(row)]),
        ("Constraints", [row for row in judged if _is_constraint(row)]),
    ):
        if chosen:
            expected = sum(row.verdict == WORDS[0] for row in chosen)
            by_chance = "; about half by chance" if name == "Dates" else ""
            parts.append(f"{name}: {expected} of {len(chosen)} expected{by_chance}.")
    return " ".join(parts)


def _is_constraint(row: Verdict) -> bool:
    return row.kind == "constraint"


def _text_width(columns: int) -> int:
    return min(columns, WIDEST_TEXT)


def _aware(ensemble: Ensemble, columns: int) -> Iterator[str]:
    last = ensemble.scenario.stop
    yield heading(f"Share who know at the end of {day(last)}")
    spreads = {rumor: spread(ensemble.share_aware(rumor, on=last)) for rumor in ensemble.rumors}
    yield from table_lines(
        ["rumor", ">5%", ">half", ">95%"],
        [(rumor, *(f"{share:.3f}" for share in shares.values())) for rumor, shares in spreads.items()],
        columns_wide=columns,
    )
    yield ""


def _small_party(ensemble: Ensemble, columns: int) -> Iterator[str]:
    """Say that the archive cannot judge a party at a small scale; nothing at full scale."""
    scale = float(ensemble.scenario.number("party.scale"))
    if scale < 1.0:
        text = (
            f"This party is {scale:.3g} of the one of 1956: whether the archive agrees with it is an artifact of "
            "the scale. The rows below show how a run is judged, and judge nothing."
        )
        yield wrapped(text, _text_width(columns))
        yield ""


def _targets(rows: Sequence[Verdict], columns: int, *, with_prior: bool) -> Iterator[str]:
    kinds: dict[str, list[Verdict]] = {}
    for row in rows:
        kinds.setdefault(_heading(row), []).append(row)
    yield heading("The archive beside the run")
    shown: list[tuple[str, ...]] = []
    for kind, members in kinds.items():
        shown.append((kind,))
        for row in members:
            shown += [_target_cells(row, with_prior=with_prior), *_advice(row, columns)]
    yield from table_lines(
        ["  place", "rumor", "archive", ">5%", ">half", ">95%", "verdict", "priors"],
        shown,
        columns_wide=columns,
        wrap="archive",
    )
    yield ""
    yield wrapped(summary(rows), _text_width(columns))
    yield wrapped(_LEGEND, _text_width(columns))
    if not with_prior:
        yield "The priors alone were not run."
    yield from _advice_legend(rows, columns)
    yield ""


def _advice(row: Verdict, columns: int) -> Iterator[tuple[str]]:
    """Yield the lines below a row that say which numbers move it most, and the command that varies them."""
    if not row.moved_by:
        return
    for line in wrapped(f"most moved by {row.moved_by}", columns, "      ", first="    ").splitlines():
        yield (line,)
    whole = f"    {row.vary_with}"
    # A line that ends with && goes on in the next one.
    for line in (whole,) if len(whole) <= columns else whole.replace("&& ", "&&\n    ").splitlines():
        yield (line,)


def _advice_legend(rows: Sequence[Verdict], columns: int) -> Iterator[str]:
    if any(row.moved_by for row in rows):
        yield wrapped(_ADVICE_LEGEND, _text_width(columns))


def _is_drawn(row: Verdict) -> bool:
    return bool(exchangeable(catalog.targets()[row.id]))


def _heading(row: Verdict) -> str:
    return _DRAWN[row.kind] if _is_drawn(row) else _KINDS.get(row.kind, row.kind.replace("_", " "))


def _against(row: Verdict) -> str:
    """Return what a row is judged against: its date, or its threshold with the days it speaks of."""
    return short_date(" ".join(part for part in (row.threshold, row.date) if part))


def _target_cells(row: Verdict, *, with_prior: bool) -> tuple[str, ...]:
    place = f"({row.place})" if _is_drawn(row) else row.place
    return (
        "  " + (place or "-"),
        row.rumor or "-",
        _against(row),
        short_date(row.p05),
        short_date(row.p50),
        short_date(row.p95),
        row.verdict,
        row.prior_verdict if with_prior else "-",
    )


def _together(ensemble: Ensemble, columns: int) -> Iterator[str]:
    """Yield the scores of the dates: by kind of document, their sum, all together, and of the places."""
    score, prior = ensemble.score, None if ensemble.prior is None else ensemble.prior.score
    if not score.factors:
        return
    scores = [score, *([] if prior is None else [prior])]
    shown: list[tuple[str, ...]] = []
    for number, factor in enumerate(score.factors):
        days = ", ".join(short_date(str(one.value)) for one in factor.targets)
        values = [_nats(one.factors[number].log) for one in scores]
        level = log_of(float(factor.random.mean()))
        shown.append((f"{_DRAWN[factor.targets[0].kind].split(',')[0]}: {days}", *values, _nats(level)))
    shown.append(("sum of these", *(_nats(one.apart) for one in scores), "-"))
    shown.append(("all together", *(joint_text(one) for one in scores), _nats(score.random)))
    for number, factor in enumerate(score.factors):
        if factor.places:
            places = ", ".join(one.place for one in factor.targets)
            shown.append((f"places: {places}", *(_nats(one.factors[number].geography) for one in scores), "-"))
    yield heading("The dates together: log score in nats")
    heads = ["documents", ">run", *([">priors"] if prior is not None else []), ">random\ndates"]
    yield from table_lines(heads, shown, columns_wide=columns, wrap="documents")
    yield ""
    yield wrapped(_SCORE_LEGEND, _text_width(columns))
    if any(one.joint[1] > RESOLVED for one in scores):
        yield wrapped(f"Not resolved: an error above {RESOLVED:g} nat; run more replicates.", _text_width(columns))
    yield ""


def _nats(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def joint_text(score: Score) -> str:
    """Return a joint score with its error, such as "-12.87 +- 0.12"; "not resolved" where the error is too large."""
    value, error = score.joint
    if math.isinf(value):
        return "-inf"
    return f"{value:.2f} +- {error:.2f}" if error <= RESOLVED else f"{value:.1f}, not resolved"


def _given(rows: Sequence[Verdict], columns: int) -> Iterator[str]:
    if not rows:
        return
    yield heading(SET.capitalize())
    shown = [
        (
            row.id,
            row.note if _is_constraint(row) else _KINDS.get(row.kind, row.kind),
            _against(row) or "at any time",
            short_date(row.p50) or f"kept by {_percent_kept(row.satisfied)}",
        )
        for row in rows
    ]
    yield from table_lines(["id", "what", "evidence", ">run"], shown, columns_wide=columns, wrap="what")
    yield ""
    yield wrapped("These cannot fail, or are put in by hand: inputs, not tests, and not counted.", _text_width(columns))
    yield ""


def _percent_kept(share: str) -> str:
    return f"{float(share):.1%}".replace(".0%", "%")


def _constraints(rows: Sequence[Verdict], columns: int, *, with_prior: bool) -> Iterator[str]:
    if not rows:
        return
    yield heading("What a run must not do")
    shown: list[tuple[str, ...]] = []
    for row in rows:
        cells = (
            row.id,
            row.note + (" (soft)" if row.soft else ""),
            _against(row) or "at any time",
            _percent_kept(row.satisfied),
            row.verdict,
            row.prior_verdict if with_prior else "-",
        )
        shown += [cells, *_advice(row, columns)]
    heads = ["id", "constraint", "limit", ">replicates\nthat keep it", "verdict", "priors"]
    yield from table_lines(heads, shown, columns_wide=columns, wrap="constraint")
    yield ""
    yield wrapped(summary(rows), _text_width(columns))
    if any(row.prior_verdict == UNINFORMATIVE for row in rows):
        text = "uninformative: no draw from the priors violates it, so it is no evidence for the model."
        yield wrapped(text, _text_width(columns))
    yield from _advice_legend(rows, columns)
    yield ""


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
    return f"{100 * share:.1f}%" if share >= 0.0005 else "< 0.1%"


def _absent(rows: Sequence[Verdict], columns: int) -> Iterator[str]:
    if not rows:
        return
    yield heading("Not judged by this run")
    for row in rows:
        what = row.note if _is_constraint(row) else f"{_KINDS.get(row.kind, row.kind)} - {row.note}"
        place = f" {row.place}" if row.place else ""
        yield wrapped(f"{row.id}{place}: {short_date(what)}", _text_width(columns), "    ", first="")
    yield ""
