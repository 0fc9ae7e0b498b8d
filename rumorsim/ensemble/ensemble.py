"""An ensemble: the replicates of one run, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim.ensemble import awareness, uncertainty, voiced
from rumorsim.ensemble.draws import Draws, StoredDraws
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import Moment
from rumorsim.ensemble.redraw import redrawn_reports
from rumorsim.ensemble.results import Results
from rumorsim.ensemble.score import Score, log_scores, score_of, score_of_date
from rumorsim.errors import QueryError
from rumorsim.model import Assembly, RunRecord, assemble, assemble_world
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
        "mode", "prior" or "posterior".
    model : str
        "party", or the null world that was run.
    prior : Ensemble or None
        Replicates whose numbers were drawn from their priors, to compare with.
    folder : Path or None
        Where the run is stored.
    results : Results
        What was kept, and how to select from it.
    older : str or None
        For a stored run of an older format, read and not replayed: both formats and versions.

    Examples
    --------
    >>> import rumorsim as rs
    >>> ensemble = rs.run("maki-thompson", replicates=2)
    >>> ensemble.share_aware("secret_speech", on="1955-12-31").tolist()
    [0.001, 0.001]
    """

    # Who knows and what was voiced stand in files of their own, as functions of a run.
    share_aware = awareness.share_aware
    curve = awareness.curve
    heard_through = awareness.heard_through
    introductions = awareness.introductions
    first_voiced = voiced.first_voiced
    voicings = voiced.voicings
    meetings_voicing = voiced.meetings_voicing
    organizations_voicing = voiced.organizations_voicing
    eruptions = voiced.eruptions
    hall_critics = voiced.hall_critics
    themes = voiced.themes
    standard_error = uncertainty.standard_error

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
        model: str = "party",
    ) -> None:
        self.scenario = scenario
        self.frame = frame
        self.seed = seed
        self.parameters = parameters
        self.model = model
        self.folder = folder
        self.results = Results(frame, load, numbers)
        self.prior = prior
        self.older = older

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return self.results.replicates

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the replicates: what `replay` takes. Rows of the tables are counted from 0 whatever they are."""
        return self.results.numbers

    @property
    def rumors(self) -> tuple[str, ...]:
        """Rumors that were followed."""
        return self.frame.rumors

    @property
    def days(self) -> NDArray[np.datetime64]:
        """(n_days,) datetime64[D]: the days of the run."""
        return np.arange(self.frame.start, self.frame.stop + np.timedelta64(1, "D"))

    def table(self, name: str) -> NDArray[Any]:
        """Return a table of `rumorsim.ensemble.tables.TABLES` as a structured array, in the order of the replicates."""
        return self.results.table(name)

    def __repr__(self) -> str:
        where = "" if self.folder is None else f", in {self.folder}"
        first = self.numbers[0] if self.replicates else 0
        which = "" if first == 0 else f" ({first} to {self.numbers[-1]})"
        world = "" if self.model == "party" else f" in the null world {self.model}"
        return f"<Ensemble: {self.scenario.name}{world}, {self.replicates} replicates{which}, seed {self.seed}{where}>"

    def _repr_html_(self) -> str:
        from rumorsim.ensemble.export import summary_html

        return summary_html(self)

    def has_people(self, place: str) -> bool:
        """Return whether anybody lives in a place or belongs to a unit."""
        return bool(self.frame.class_sizes[self.results.places(place)].sum() > 0)

    def first_aware(self, rumor: str, place: str | None = None) -> NDArray[np.datetime64]:
        """Return when the first person of a place knew, (replicates,) datetime64[s]."""
        rows = self.results.rows("arrivals", self.results.rumor(rumor))
        return self.results.firsts(rows[self.results.places(place)[rows["place"]]], "first_aware")

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
        return self.results.firsts(self.results.reports(rumor, place, ways, offices), self.results.level(level))

    def report_probability(self, rumor: str, place: str | None = None, *, by: Moment, level: str = "signed") -> float:
        """Return the probability that a report on a rumor from a place exists by the end of a day, 0 to 1."""
        end = self.results.end_of(by, "by")
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
        rows = self.results.reports(rumor, place, ways, ("district",))
        return self.results.count(rows[rows[self.results.level(level)] < self.results.end_of(by, "by")])

    def alarm(self) -> NDArray[np.datetime64]:
        """Return when the top was alarmed by what was said in the hall, (replicates,) datetime64[s]."""
        return np.asarray(self.table("runs")["alarm"].astype("M8[s]"))

    def channel_shares(self, rumor: str, place: str | None = None) -> dict[str, float]:
        """Return the share of first hearings through each channel, over all replicates; NaN where nobody heard."""
        rows = self.results.rows("channels", self.results.rumor(rumor))
        rows = rows[self.results.places(place)[rows["place"]]]
        counts = np.bincount(rows["channel"], weights=rows["count"], minlength=len(CHANNELS))
        total = counts.sum()
        return {name: float(counts[k] / total) if total else float("nan") for k, name in enumerate(CHANNELS)}

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
        if self.model == "party":
            return assemble(self.scenario, self.party)
        return assemble_world(self.scenario, self.party, self.model)

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
            model=self.model,
        )

    @cached_property
    def score(self) -> Score:
        """How well the run foretells the dates of the archive, all together; worked out when first asked for."""
        return score_of(self)

    def log_score(
        self, dates: NDArray[np.datetime64] | None = None, on: Moment | None = None, *, cited: bool = True
    ) -> dict[str, float]:
        """Return log scores in nats: {id of a target: score, "joint": of all dates together, "joint_error": its error}.

        Left out is what the run cannot be asked, and what the scenario sets; a score may be -inf, never NaN.

        Parameters
        ----------
        dates : (replicates,) datetime64, on : date
            With both, the score of a date of your own: {"date": score, "date_error": its standard error}, the log of
            the chance that what `first_report` or `first_voiced` returned carries that date.
        cited : bool
            Whether it is a document, an earlier one of which nobody may cite (``archive.earlier_uncited``).

        Raises
        ------
        QueryError
            With only one of the two, for dates of another number of replicates, or a day after the end of the run.
        """
        if dates is None and on is None:
            return log_scores(self)
        return score_of_date(self, dates, on, cited=cited)

    def fingerprint(self) -> str:
        """Return the SHA-256 over the whole numbers of all replicates, 64 hexadecimal digits."""
        return combined(self.table("runs")["digest"].tolist(), self.model)

    def to_xarray(self) -> xarray.Dataset:
        """Return shares aware, first arrivals and first reports by district as an xarray Dataset.

        Raises
        ------
        QueryError
            When xarray is not installed.
        """
        from rumorsim.ensemble.export import dataset

        return dataset(self)

    def _draws(self) -> Draws | StoredDraws:
        if self.parameters == "posterior":
            return StoredDraws(self.scenario, self.table("runs"), self.numbers)
        return Draws(self.scenario, self.parameters, self.seed, self.model)
