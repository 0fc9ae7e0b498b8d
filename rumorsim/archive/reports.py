"""The archive: which reports were written, by whom, on what date, and when the center read them.

A report comes about in one of these ways (`WAYS`):

voiced
    Somebody voices the rumor in a basic organization and is noticed, or talks within the hearing of an official; the
    office writes after a lag.
returned_official
    An official of the committee hears it while away and reports himself after his return.
requested
    The center asks, and the committee answers if an official of it knows by then and it has not reported already.
letter_report
    The committee reports how its organizations received the internal letter, once half of them have met.
question
    It passes on a question asked at a letter meeting.
embassy
    As voiced, by an embassy.
sigurimi
    The security service noticed somebody and its record reaches the leadership.
spurious
    It has no reason: only in the null world that has such reports in place of any spread.

A committee may stay silent for a whole replicate: with probability 1 - archive.district_propensity it reports nothing
of its own accord (the first two ways and embassies). Silence is correlated among the districts of one region: with
probability sqrt(rho) a district takes the draw of its region, otherwise its own, so that the silences of two districts
of a region have correlation rho = archive.region_correlation while each keeps its probability. An embassy breaks that
silence with probability archive.embassy_duty: reporting is its office. Reports on the letter were ordered from above,
so silence does not touch them, nor does it touch those without a reason.

All draws are addressed by office and rumor. Two archives written from one run with other numbers share their luck, and
nothing here feeds back on the spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rumorsim.archive.exposures import EXPOSURE_KINDS, VOICING_KINDS, Exposures, Record, expose, rumor_numbers
from rumorsim.archive.lag import MINUTES_A_DAY, delay_minutes, exponential_minutes
from rumorsim.archive.offices import ABROAD, Listening, Offices
from rumorsim.archive.orders import letter_rumors, requests_of
from rumorsim.archive.spurious import first_spurious
from rumorsim.core.randomness.elementary import minus_log
from rumorsim.core.randomness.streams import Streams
from rumorsim.errors import RunError, unknown
from rumorsim.party import Party
from rumorsim.scenario import Scenario

__all__ = ["LEVELS", "NUMBERS", "REPORT", "WAYS", "silent", "write", "write_reports"]

#: How a report comes about.
WAYS: Final = (
    *("voiced", "returned_official", "requested", "letter_report", "question"),
    *("embassy", "sigurimi", "spurious"),
)
#: Which date of a report: the one on the document, or the one when the leadership read it.
LEVELS: Final = ("signed", "read")
#: Catalog ids of the numbers the archive uses.
NUMBERS: Final = (
    "archive.lag_mean_days",
    "archive.lag_sd_days",
    "archive.district_propensity",
    "archive.region_correlation",
    "archive.embassy_duty",
    "archive.overheard_rate",
    "archive.official_returns_prob",
    "archive.request_prob",
    "archive.request_delay_days",
    "archive.letter_report_prob",
    "archive.letter_report_delay_days",
    "archive.read_delay_days",
    "archive.sigurimi_prob",
)
#: One report.
REPORT: Final = np.dtype(
    [
        ("committee", "<i2"),
        ("district", "<i2"),
        ("place", "<i2"),
        ("rumor", "i1"),
        ("way", "i1"),
        ("signed", "<M8[s]"),
        ("read", "<M8[s]"),
    ]
)

_VOICED, _RETURNED, _REQUESTED, _LETTER_REPORT, _QUESTION, _EMBASSY, _SIGURIMI, _SPURIOUS = range(len(WAYS))
_NAT: Final = np.datetime64("NaT", "s")
#: Beyond every date: sorts after them, unlike NaT.
_FAR: Final = np.datetime64("9999-01-01T00:00:00", "s")

# Numbers of the questions put to chance, the occasion of each draw. Never reuse or change one.
_REGION, _DISTRICT, _SHARES, _OVERHEARD, _LAG, _RETURNS, _RETURN_LAG, _ANSWERS = 1, 2, 3, 4, 5, 6, 7, 8
_ANSWER_DELAY, _SENDS, _SENDS_DELAY, _QUESTION_DELAY, _READS, _SECRET, _SECRET_DELAY = 9, 10, 11, 12, 13, 14, 15
_DUTY, _NO_REASON = 16, 17


@dataclass(frozen=True, eq=False)
class _Desk:
    """Everything one archive is written from."""

    exposures: Exposures
    offices: Offices
    values: Mapping[str, Any]
    streams: Streams

    def number(self, name: str) -> float:
        try:
            return float(self.values[name])
        except KeyError:
            raise unknown("number of the archive", name, self.values, error=RunError) from None

    def uniform(self, question: int, rumor: int = 0, who: NDArray[Any] | None = None) -> NDArray[np.float64]:
        persons = np.arange(len(self.offices)) if who is None else who
        return self.streams.uniform("archive", persons, rumor=rumor, occasion=question)

    def rows(self, kind: str, rumor: int) -> NDArray[Any]:
        table = self.exposures.table
        return np.asarray(table[(table["what"] == EXPOSURE_KINDS.index(kind)) & (table["rumor"] == rumor)])

    def firsts(self, committee: NDArray[Any], when: NDArray[Any]) -> NDArray[Any]:
        """Return the first of the given times for every office, far in the future where there is none."""
        first = np.full(len(self.offices), _FAR)
        inside = committee >= 0
        np.minimum.at(first, committee[inside], when[inside].astype("M8[s]"))
        return first


def silent(offices: Offices, propensity: float, region_correlation: float, streams: Streams) -> NDArray[np.bool_]:
    """Return which offices report nothing of their own accord in a replicate.

    Parameters
    ----------
    offices : Offices
    propensity : float
        Probability that an office does report.
    region_correlation : float
        Correlation of the silences of two districts in one region, 0 to 1.
    streams : Streams
        Chance of the replicate.

    Returns
    -------
    (n_offices,) bool

    Raises
    ------
    RunError
        When one of the numbers is not a probability.

    Examples
    --------
    >>> offices = Offices.from_rows([("district", 0, 0, 0), ("district", 1, 1, 0)])
    >>> silent(offices, 1.0, 0.3, Streams(0)).tolist(), silent(offices, 0.0, 0.3, Streams(0)).tolist()
    ([False, False], [True, True])
    >>> draws = [silent(offices, 0.5, 1.0, Streams(0, k)) for k in range(50)]
    >>> all(pair[0] == pair[1] for pair in draws)
    True
    """
    for name, value in (("district_propensity", propensity), ("region_correlation", region_correlation)):
        if not 0.0 <= value <= 1.0:
            raise RunError("not a probability", path=f"archive.{name}", given=value, allowed="0 to 1")
    everyone = np.arange(len(offices))
    own = streams.uniform("archive", everyone, occasion=_DISTRICT)
    region = streams.uniform("archive", offices.region.astype(np.int64) + 1, occasion=_REGION)
    shares = streams.uniform("archive", everyone, occasion=_SHARES) < np.sqrt(region_correlation)
    return np.where(shares & (offices.region != ABROAD), region, own) >= propensity


def _overheard_at(desk: _Desk, rumor: int) -> NDArray[Any]:
    """Return when an official first overhears a teller: the accumulated teller-minutes cross an Exp(1) threshold."""
    first = np.full(len(desk.offices), _FAR)
    rate = desk.number("archive.overheard_rate") / MINUTES_A_DAY
    rows = desk.rows("overheard", rumor)
    if rate <= 0.0 or not len(rows):
        return first
    threshold = minus_log(desk.uniform(_OVERHEARD, rumor)) / rate
    # Rows are sorted by office and day: one running sum, less its value where the office begins.
    running = np.cumsum(rows["amount"].astype(np.int64))
    committee = rows["committee"].astype(np.int64)
    begins = np.flatnonzero(np.append(True, committee[1:] != committee[:-1]))
    base = np.repeat(running[begins] - rows["amount"][begins], np.diff(np.append(begins, len(rows))))
    after = running - base
    before = after - rows["amount"]
    crossed = (after >= threshold[committee]) & (before < threshold[committee])
    share = (threshold[committee] - before)[crossed] / rows["amount"][crossed]
    minute = np.minimum(np.floor(share * MINUTES_A_DAY), MINUTES_A_DAY - 1).astype(np.int64)
    first[committee[crossed]] = rows["when"][crossed] + minute.astype("m8[m]")
    return first


def _noticed_at(desk: _Desk, rumor: int) -> NDArray[Any]:
    """Return when somebody was first noticed voicing the rumor in an ordinary meeting of an office's organizations."""
    voiced = desk.exposures.voiced
    ordinary = voiced["kind"] == VOICING_KINDS.index("cell_meeting")
    rows = voiced[ordinary & (voiced["rumor"] == rumor) & (voiced["detected"] > 0)]
    return desk.firsts(rows["committee"], rows["when"])


def _after(when: NDArray[Any], minutes: NDArray[np.int64]) -> NDArray[Any]:
    return np.asarray(np.where(when < _FAR, when + minutes.astype("m8[m]"), _FAR))


def _of_its_own_accord(desk: _Desk, rumor: int, quiet: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[np.int8]]:
    """Return date and way of the first report an office writes unasked."""
    mean, sd = desk.number("archive.lag_mean_days"), desk.number("archive.lag_sd_days")
    noticed = np.minimum(_noticed_at(desk, rumor), _overheard_at(desk, rumor))
    heard = _after(noticed, delay_minutes(desk.uniform(_LAG, rumor), mean, sd))
    rows = desk.rows("returned", rumor)
    person = rows["amount"].astype(np.int64)
    reports = desk.uniform(_RETURNS, rumor, person) < desk.number("archive.official_returns_prob")
    lag = delay_minutes(desk.uniform(_RETURN_LAG, rumor, person), mean, sd)
    back = desk.firsts(rows["committee"][reports], _after(rows["when"], lag)[reports])
    way = np.where(back < heard, _RETURNED, np.where(desk.offices.is_embassy, _EMBASSY, _VOICED))
    signed = np.where(quiet, _FAR, np.minimum(heard, back))
    return signed, way.astype(np.int8)


def _on_request(desk: _Desk, rumor: int, already: NDArray[Any]) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield the answers to each request: an office answers if one of its officials knows and it has not reported."""
    aware = desk.rows("official_aware", rumor)
    knows = desk.firsts(aware["committee"], aware["when"])
    requested = desk.rows("requested", rumor)
    for number in np.unique(requested["amount"]).tolist():
        rows = requested[requested["amount"] == number]
        asked = np.isin(np.arange(len(desk.offices)), rows["committee"]) | (rows["committee"] < 0).any()
        question, when = 100 * number, rows["when"][0]
        willing = desk.uniform(question + _ANSWERS, rumor) < desk.number("archive.request_prob")
        delay = exponential_minutes(
            desk.uniform(question + _ANSWER_DELAY, rumor), desk.number("archive.request_delay_days")
        )
        signed = _after(np.full(len(willing), when), delay)
        answers = asked & willing & (knows <= signed) & (already > when) & ~desk.offices.is_embassy
        signed = np.where(answers, signed, _FAR)
        already = np.minimum(already, signed)
        yield signed, _REQUESTED


def _on_the_letter(desk: _Desk, rumor: int) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield the reports on letter meetings and the questions passed on from them."""
    sends = desk.uniform(_SENDS) < desk.number("archive.letter_report_prob")
    mean = desk.number("archive.letter_report_delay_days")
    met = desk.rows("letter_met", rumor)
    half = desk.firsts(met["committee"], met["when"])
    report = _after(half, exponential_minutes(desk.uniform(_SENDS_DELAY, rumor), mean))
    yield np.where(sends, report, _FAR), _LETTER_REPORT
    voiced = desk.exposures.voiced
    asked = voiced[(voiced["kind"] == VOICING_KINDS.index("letter_meeting")) & (voiced["rumor"] == rumor)]
    first = desk.firsts(asked["committee"], asked["when"])
    question = _after(first, exponential_minutes(desk.uniform(_QUESTION_DELAY, rumor), mean))
    yield np.where(sends, question, _FAR), _QUESTION


def _by_the_service(desk: _Desk, rumor: int) -> NDArray[Any]:
    """Return when a record of the security service on the organizations of an office reaches the leadership."""
    prob = desk.number("archive.sigurimi_prob")
    first = np.full(len(desk.offices), _FAR)
    if prob <= 0.0:
        return first
    voiced = desk.exposures.voiced
    rows = voiced[(voiced["rumor"] == rumor) & (voiced["detected"] > 0) & (voiced["committee"] >= 0)]
    rows = rows[np.lexsort((rows["when"], rows["committee"]))]
    # Each person noticed is passed on with probability prob, independently: the number of the first is geometric.
    needed = np.zeros(len(desk.offices))
    if prob < 1.0:
        needed = minus_log(desk.uniform(_SECRET, rumor)) / float(minus_log(1.0 - prob))
    committee = rows["committee"].astype(np.int64)
    running = np.cumsum(rows["detected"].astype(np.int64))
    starts = np.searchsorted(committee, committee, side="left")
    seen = running - (running[starts] - rows["detected"][starts])
    passed = rows[seen > needed[committee]]
    lag = delay_minutes(
        desk.uniform(_SECRET_DELAY, rumor), desk.number("archive.lag_mean_days"), desk.number("archive.lag_sd_days")
    )
    return _after(desk.firsts(passed["committee"], passed["when"]), lag)


def _for_no_reason(desk: _Desk, rumor: int) -> NDArray[Any]:
    """Return when an office first writes for no reason."""
    rows = desk.rows("spurious", rumor)
    return desk.firsts(rows["committee"], first_spurious(rows, desk.uniform(_NO_REASON, rumor, rows["committee"])))


def write_reports(
    exposures: Exposures,
    offices: Offices,
    values: Mapping[str, Any],
    streams: Streams,
    *,
    rumors: Iterable[int],
    stop: np.datetime64,
) -> NDArray[Any]:
    """Write the archive of one replicate from what its offices were exposed to.

    Parameters
    ----------
    exposures : Exposures
    offices : Offices
    values : mapping
        At least the `NUMBERS`, by catalog id.
    streams : Streams
        Chance of the replicate; the archive draws for the purpose "archive" only.
    rumors : numbers of rumors
        As in ``rumorsim.scenario.words.RUMORS``.
    stop : datetime64
        End of the run; what would be signed later is not in the archive.

    Returns
    -------
    (n_reports,) structured `REPORT`
        At most one report for each office, rumor and way (several where the center asked several times), sorted by
        date signed, office, rumor and way. A read date may lie after the end of the run.

    Raises
    ------
    RunError
        When a number is missing from values or is not what it should be.
    """
    if not len(offices):
        return np.empty(0, dtype=REPORT)
    desk = _Desk(exposures, offices, values, streams)
    quiet = silent(
        offices, desk.number("archive.district_propensity"), desk.number("archive.region_correlation"), streams
    )
    quiet &= ~(offices.is_embassy & (desk.uniform(_DUTY) < desk.number("archive.embassy_duty")))
    parts = []
    for rumor in rumors:
        # Who writes of its own accord comes first: a request finds some offices that have written already.
        signed, way = _of_its_own_accord(desk, rumor, quiet)
        found: list[tuple[NDArray[Any], Any]] = [(signed, way)]
        found.extend(_on_request(desk, rumor, signed))
        found.extend(_on_the_letter(desk, rumor))
        found.append((_by_the_service(desk, rumor), _SIGURIMI))
        found.append((_for_no_reason(desk, rumor), _SPURIOUS))
        delays = desk.uniform(_READS, rumor)
        read_after = exponential_minutes(delays, desk.number("archive.read_delay_days"))
        # One row for every office that writes before the end, by each of the ways.
        for when, ways in found:
            writers = np.flatnonzero(offices.writes & (when < stop))
            rows = np.empty(len(writers), dtype=REPORT)
            rows["committee"], rows["rumor"] = writers, rumor
            rows["district"], rows["place"] = offices.district[writers], offices.place[writers]
            rows["way"] = np.broadcast_to(ways, len(offices))[writers]
            rows["signed"] = when[writers]
            rows["read"] = when[writers] + read_after[writers].astype("m8[m]")
            parts.append(rows)
    reports = np.concatenate(parts) if parts else np.empty(0, dtype=REPORT)
    return reports[np.lexsort((reports["way"], reports["rumor"], reports["committee"], reports["signed"]))]


def write(
    record: Record,
    party: Party,
    values: Mapping[str, Any],
    streams: Streams,
    scenario: Scenario,
    listening: Listening | None = None,
) -> NDArray[Any]:
    """Write the archive of one run record; see `write_reports` for the result.

    Parameters
    ----------
    record : RunRecord
    party : Party
    values : mapping
        At least the `NUMBERS`, by catalog id.
    streams : Streams
        Other streams give another archive of the same run.
    scenario : Scenario
        Says whether there is a letter, and when the center asks for reports.
    listening : Listening
        Of this party; worked out if not given.
    """
    listening = Listening.of(party) if listening is None else listening
    exposures = expose(
        record,
        party,
        listening,
        letter_rumors=letter_rumors(scenario),
        requests=requests_of(scenario, record, party),
    )
    return write_reports(
        exposures,
        listening.offices,
        values,
        streams,
        rumors=rumor_numbers(record.rumors).tolist(),
        stop=record.tick_start[-1],
    )
