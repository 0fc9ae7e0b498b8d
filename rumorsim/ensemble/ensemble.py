"""An ensemble: the replicates of one run, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.ensemble.awareness import Awareness
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import Moment
from rumorsim.ensemble.redraw import redrawn_reports
from rumorsim.ensemble.results import Results
from rumorsim.ensemble.score import Score, log_scores, score_of
from rumorsim.ensemble.voiced import Voicings
from rumorsim.errors import QueryError
from rumorsim.model import Assembly, RunRecord, assemble
from rumorsim.party import Party, build_party
from rumorsim.runs.verify import refuse_older
from rumorsim.scenario import Scenario
from rumorsim.scenario.words import CHANNELS

if TYPE_CHECKING:
    import xarray

__all__ = ["Ensemble"]


class Ensemble:
    """The replicates of one run.

    Made by `rumorsim.run` and `rumorsim.open_run`. Dates may be text, date or datetime64; ``on`` and ``by`` mean the
    end of that day, before the start the initial state, after the end an error. Places are entries of the gazetteer,
    None is everybody. Arrays have one entry a replicate; dates are datetime64[s], NaT for never.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    parameters : str
        "mode" or "prior".
    prior : Ensemble or None
        Replicates whose numbers were drawn from their priors, to compare with.
    folder : Path or None
        Where the run is stored.
    older : str or None
        For a stored run of an older format, read and not replayed: both formats and versions.

    Examples
    --------
    >>> import rumorsim as rs
    >>> ensemble = rs.run("maki-thompson", replicates=2)
    >>> ensemble.share_aware("secret_speech", on="1955-12-31").tolist()
    [0.001, 0.001]
    """

    def __init__(
        self,
        scenario: Scenario,
        frame: Frame,
        seed: int,
        parameters: str,
        load: Callable[[str], NDArray[Any]],
        *,
        folder: Path | None = None,
        prior: Ensemble | None = None,
        older: str | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        self.scenario = scenario
        self.frame = frame
        self.seed = seed
        self.parameters = parameters
        self.folder = folder
        self._results = Results(scenario, frame, seed, load, numbers)
        self._awareness = Awareness(self._results)
        self._voicings = Voicings(self._results)
        self.prior = prior
        self.older = older

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self._results.replicates

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the replicates: what `replay` takes. Rows of the tables are counted from 0 whatever they are."""
        return self._results.numbers

    @property
    def rumors(self) -> tuple[str, ...]:
        """Rumors that were followed."""
        return self.frame.rumors

    @property
    def days(self) -> NDArray[np.datetime64]:
        """(n_days,) datetime64[D]: the days of the run."""
        return self._results.days

    def table(self, name: str) -> NDArray[Any]:
        """Return a table of `rumorsim.ensemble.tables.TABLES` as a structured array, in the order of the replicates."""
        return self._results.table(name)

    def __repr__(self) -> str:
        where = "" if self.folder is None else f", in {self.folder}"
        first = self.numbers[0] if self.replicates else 0
        which = "" if first == 0 else f" ({first} to {self.numbers[-1]})"
        return f"<Ensemble: {self.scenario.name}, {self.replicates} replicates{which}, seed {self.seed}{where}>"

    def _repr_html_(self) -> str:
        from rumorsim.ensemble.export import summary_html

        return summary_html(self)

    def share_aware(
        self, rumor: str, on: Moment, place: str | None = None, role: str | None = None
    ) -> NDArray[np.float64]:
        """Return the share of people who know a rumor at the end of a day, (replicates,) float64.

        Raises
        ------
        QueryError
            For an unknown word, a day after the end, and where nobody of that role lives.
        """
        day = self._results.day(on, "on")
        counts, size = self._awareness.increments(rumor, place, role)
        return np.asarray(counts[:, : day + 2].sum(axis=1) / size)

    def curve(self, rumor: str, place: str | None = None, role: str | None = None) -> NDArray[np.float64]:
        """Return the share of people who know a rumor at the end of each day, (replicates, n_days) float64."""
        counts, size = self._awareness.increments(rumor, place, role)
        return np.asarray(np.cumsum(counts, axis=1)[:, 1:] / size)

    def has_people(self, place: str) -> bool:
        """Return whether anybody lives in a place or belongs to a unit."""
        return bool(self.frame.class_sizes[self._results.places(place)].sum() > 0)

    def heard_through(self, rumor: str, channel: str, place: str | None = None) -> NDArray[np.int64]:
        """Return how many people heard first through a channel, (replicates,) int64."""
        return self._awareness.heard_through(rumor, channel, place)

    def first_aware(self, rumor: str, place: str | None = None) -> NDArray[np.datetime64]:
        """Return when the first person of a place knew, (replicates,) datetime64[s]."""
        rows = self._results.rows("arrivals", self._results.rumor(rumor))
        return self._results.firsts(rows[self._results.places(place)[rows["place"]]], "first_aware")

    def first_report(
        self,
        rumor: str,
        place: str | None = None,
        level: str = "signed",
        *,
        ways: Iterable[str] | None = None,
        offices: Iterable[str] | None = None,
    ) -> NDArray[np.datetime64]:
        """Return the date of the first report on a rumor from a place, (replicates,) datetime64[s].

        Parameters
        ----------
        rumor, place
            What it is about and where the office sits.
        level : str
            "signed": the date on the document; "read": when the leadership read it.
        ways : words of ``rumorsim.archive.WAYS``
            How it came about; any by default.
        offices : words of ``rumorsim.party.LEVELS``
            Level of the office; any by default.
        """
        return self._results.firsts(self._results.reports(rumor, place, ways, offices), self._results.level(level))

    def report_probability(self, rumor: str, place: str | None = None, *, by: Moment, level: str = "signed") -> float:
        """Return the probability that a report on a rumor from a place exists by the end of a day, 0 to 1."""
        end = self._results.end_of(by, "by")
        return float((self.first_report(rumor, place, level) < end).mean())

    def reports(
        self,
        by: Moment,
        level: str = "signed",
        *,
        rumor: str | None = None,
        place: str | None = None,
        ways: Iterable[str] | None = None,
    ) -> NDArray[np.int64]:
        """Return the number of reports that districts have written by the end of a day, (replicates,) int64."""
        rows = self._results.reports(rumor, place, ways, ("district",))
        return self._results.count(rows[rows[self._results.level(level)] < self._results.end_of(by, "by")])

    def alarm(self) -> NDArray[np.datetime64]:
        """Return when the top was alarmed by what was said in the hall, (replicates,) datetime64[s]."""
        return np.asarray(self.table("runs")["alarm"].astype("M8[s]"))

    def first_voiced(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        unit: str = "any",
        *,
        meeting: str | None = None,
    ) -> NDArray[np.datetime64]:
        """Return when a rumor was first voiced in a meeting, (replicates,) datetime64[s].

        Parameters
        ----------
        rumor, place
            What was voiced and where.
        kind : str
            Kind of basic organization, such as "army_unit"; any by default, the hall included.
        unit : str
            "any": the first of all; "typical": that of one organization drawn at random in each replicate.
        meeting : str
            "cell_meeting", "letter_meeting" or "hall"; any by default.

        Raises
        ------
        QueryError
            For an unknown word, and where there is no organization to draw.
        """
        return self._voicings.first_voiced(rumor, place, kind, unit, meeting=meeting)

    def voicings(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return how often a rumor was voiced between two days, both included, (replicates,) int64."""
        return self._voicings.voicings(rumor, place, kind, meeting=meeting, start=start, stop=stop)

    def meetings_voicing(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return in how many meetings a rumor was voiced between two days, (replicates,) int64."""
        return self._voicings.meetings_voicing(rumor, place, kind, meeting=meeting, start=start, stop=stop)

    def organizations_voicing(
        self,
        rumor: str,
        place: str | None = None,
        kind: str | None = None,
        *,
        meeting: str | None = None,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> NDArray[np.int64]:
        """Return in how many basic organizations a rumor was voiced between two days, (replicates,) int64."""
        return self._voicings.organizations_voicing(rumor, place, kind, meeting=meeting, start=start, stop=stop)

    def eruptions(
        self, outside: str | None = None, *, start: Moment | None = None, stop: Moment | None = None
    ) -> NDArray[np.int64]:
        """Return the number of meetings with at least `ERUPTION` voicings, all rumors together, (replicates,) int64.

        Parameters
        ----------
        outside : place whose meetings are left out.
        start, stop : first and last day; the whole run by default.
        """
        return self._voicings.eruptions(outside, start=start, stop=stop)

    def themes(
        self,
        rumor: str | Iterable[str] | None = None,
        place: str | None = None,
        *,
        start: Moment | None = None,
        stop: Moment | None = None,
    ) -> dict[str, float]:
        """Return the share of each theme in what was voiced, over all replicates; NaN where nothing was.

        Parameters
        ----------
        rumor : one, several, or None for every rumor of the run; a single one gives its own themes.
        place : where it was voiced.
        start, stop : first and last day; the whole run by default.
        """
        return self._voicings.themes(rumor, place, start=start, stop=stop)

    def channel_shares(self, rumor: str, place: str | None = None) -> dict[str, float]:
        """Return the share of first hearings through each channel, over all replicates; NaN where nobody heard."""
        rows = self._results.rows("channels", self._results.rumor(rumor))
        rows = rows[self._results.places(place)[rows["place"]]]
        counts = np.bincount(rows["channel"], weights=rows["count"], minlength=len(CHANNELS))
        total = counts.sum()
        return {name: float(counts[k] / total) if total else float("nan") for k, name in enumerate(CHANNELS)}

    def introductions(self, rumor: str) -> NDArray[np.float64]:
        """Return the share of districts to which a traveler brought a rumor, (replicates,) float64.

        A district counts if somebody there heard during the run before anybody there knew, the district of the
        capital apart; a traveler brought it if the first to know heard while away or from a visitor. NaN where no
        district was reached.
        """
        return self._awareness.introductions(rumor)

    def values(self, name: str) -> NDArray[np.float64]:
        """Return the value of a number in every replicate, (replicates,) float64, drawn or not."""
        runs = self.table("runs")
        if name in self._draws().drawn:
            return np.asarray(runs[name], dtype=np.float64)
        return np.full(self.replicates, float(self.scenario.number(name)))

    def replay(self, replicate: int) -> RunRecord:
        """Run one replicate again, by its number, and return its record, with the transmission forest.

        Raises
        ------
        QueryError
            When the run has no such replicate.
        """
        if isinstance(replicate, bool) or not isinstance(replicate, (int, np.integer)) or replicate not in self.numbers:
            raise QueryError("replicate", given=replicate, allowed=f"{self.numbers[0]} to {self.numbers[-1]}")
        refuse_older(self.folder, self.older, "replay")
        return self.assembly.simulate(self.seed, replicate, self._draws().values(replicate))

    @cached_property
    def assembly(self) -> Assembly:
        """Scenario and party of the run, ready to be run again; put together when it is first asked for."""
        return assemble(self.scenario, self.party)

    @cached_property
    def party(self) -> Party:
        """The party of the run, built when it is first asked for."""
        return build_party(self.scenario)

    def redraw_archive(self, seed: int, values: Mapping[str, float] | None = None) -> Ensemble:
        """Return the same replicates with another archive, written from the exposures without running again.

        Parameters
        ----------
        seed : int
            Chance of the new archive; the run's own seed gives its own archive back.
        values : mapping
            Other values for numbers of the archive, by catalog id.

        Raises
        ------
        QueryError
            For an id that is not a number of the archive.
        """
        tables = {"reports": redrawn_reports(self, self._draws(), seed, values or {})}
        return Ensemble(
            self.scenario,
            self.frame,
            self.seed,
            self.parameters,
            lambda name: tables[name] if name in tables else self.table(name),
            prior=self.prior,
            numbers=self.numbers,
        )

    @cached_property
    def score(self) -> Score:
        """How well the run foretells the dates of the archive, all together; worked out when first asked for."""
        return score_of(self)

    def log_score(self) -> dict[str, float]:
        """Return log scores in nats: {id of a target: score, "joint": of all dates together, "joint_error": its error}.

        Left out is what the run cannot be asked, and what the scenario sets; a score may be -inf, never NaN.
        """
        return log_scores(self)

    def fingerprint(self) -> str:
        """Return the SHA-256 over the whole numbers of all replicates, 64 hexadecimal digits."""
        return combined(self.table("runs")["digest"].tolist())

    def to_xarray(self) -> xarray.Dataset:
        """Return shares aware, first arrivals and first reports by district as an xarray Dataset.

        Raises
        ------
        QueryError
            When xarray is not installed.
        """
        from rumorsim.ensemble.export import dataset

        return dataset(self)

    def _draws(self) -> Draws:
        return Draws(self.scenario, self.parameters, self.seed)
