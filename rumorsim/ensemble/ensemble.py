"""An ensemble: the replicates of one run, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rumorsim import catalog
from rumorsim.archive.exposures import Exposures
from rumorsim.archive.reports import NUMBERS, write_reports
from rumorsim.core.randomness.streams import Streams
from rumorsim.ensemble.draws import Draws
from rumorsim.ensemble.fingerprint import combined
from rumorsim.ensemble.frame import Frame
from rumorsim.ensemble.places import Moment, word_in
from rumorsim.ensemble.tables import with_replicate
from rumorsim.ensemble.voiced import Voiced
from rumorsim.errors import QueryError, unknown
from rumorsim.model import Assembly, RunRecord, assemble
from rumorsim.party import Party, build_party
from rumorsim.party.geography import read_geography
from rumorsim.runs.notebook import table_html
from rumorsim.runs.verify import refuse_older
from rumorsim.scenario import Scenario
from rumorsim.scenario.words import CHANNELS, RUMORS

if TYPE_CHECKING:
    import xarray

__all__ = ["Ensemble"]


class Ensemble(Voiced):
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
        For a stored run of an older format, which can be read and not replayed: both formats and versions.

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
        super().__init__(scenario, frame, seed, parameters, load, folder, numbers)
        self.prior = prior
        self.older = older

    def __repr__(self) -> str:
        where = "" if self.folder is None else f", in {self.folder}"
        first = self.numbers[0] if self.replicates else 0
        which = "" if first == 0 else f" ({first} to {self.numbers[-1]})"
        return f"<Ensemble: {self.scenario.name}, {self.replicates} replicates{which}, seed {self.seed}{where}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {"replicates": f"{self.numbers[0]} to {self.numbers[-1]}", "seed": self.seed}
        facts |= {"numbers": self.parameters, "rumors": ", ".join(self.rumors)}
        for rumor in self.rumors:
            share = self.curve(rumor)[:, -1].mean()
            facts[f"share who know {rumor} at the end, mean"] = f"{100 * share:.1f} %"
        if self.folder is not None:
            facts["folder"] = self.folder
        return table_html(f"{self.scenario.name}: {self.scenario.title}", facts)

    def share_aware(
        self, rumor: str, on: Moment, place: str | None = None, role: str | None = None
    ) -> NDArray[np.float64]:
        """Return the share of people who know a rumor at the end of a day, (replicates,) float64.

        Raises
        ------
        QueryError
            For an unknown word, a day after the end, and where nobody of that role lives.
        """
        day = self._day(on, "on")
        return self.curve(rumor, place, role)[:, day] if day >= 0 else self._initial(rumor, place, role)

    def curve(self, rumor: str, place: str | None = None, role: str | None = None) -> NDArray[np.float64]:
        """Return the share of people who know a rumor at the end of each day, (replicates, n_days) float64."""
        counts, size = self._increments(rumor, place, role)
        return np.asarray(np.cumsum(counts, axis=1)[:, 1:] / size)

    def _initial(self, rumor: str, place: str | None, role: str | None) -> NDArray[np.float64]:
        counts, size = self._increments(rumor, place, role)
        return np.asarray(counts[:, 0] / size)

    def _increments(self, rumor: str, place: str | None, role: str | None) -> tuple[NDArray[np.int64], int]:
        """Return how many became aware on each day, column 0 before the first, and how many people there are."""
        places, roles = self._places(place), self._roles(role)
        size = int(self.frame.class_sizes[places][:, roles].sum())
        if size == 0:
            raise QueryError(f"nobody of role {role or 'any'} in {place or 'the party'}", given=(place, role))
        rows = self._rows("awareness", self._rumor(rumor))
        if place is not None or role is not None:
            rows = rows[places[rows["place"]] & roles[rows["role"]]]
        n_days = self.frame.n_days + 1
        key = rows["replicate"].astype(np.int64) * n_days + rows["day"] + 1
        counts = np.bincount(key, weights=rows["count"], minlength=self.replicates * n_days)
        return counts.reshape(self.replicates, n_days).astype(np.int64), size

    def has_people(self, place: str) -> bool:
        """Return whether anybody lives in a place or belongs to a unit."""
        return bool(self.frame.class_sizes[self._places(place)].sum() > 0)

    def heard_through(self, rumor: str, channel: str, place: str | None = None) -> NDArray[np.int64]:
        """Return how many people heard first through a channel, (replicates,) int64."""
        rows = self._rows("channels", self._rumor(rumor))
        number = CHANNELS.index(word_in("channel", channel, CHANNELS))
        return self._count(rows[(rows["channel"] == number) & self._places(place)[rows["place"]]], "count")

    def first_aware(self, rumor: str, place: str | None = None) -> NDArray[np.datetime64]:
        """Return when the first person of a place knew, (replicates,) datetime64[s]."""
        rows = self._rows("arrivals", self._rumor(rumor))
        return self._firsts(rows[self._places(place)[rows["place"]]], "first_aware")

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
        return self._firsts(self._reports(rumor, place, ways, offices), self._level(level))

    def report_probability(self, rumor: str, place: str | None = None, *, by: Moment, level: str = "signed") -> float:
        """Return the probability that a report on a rumor from a place exists by the end of a day, 0 to 1."""
        end = self._end_of(by, "by")
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
        rows = self._reports(rumor, place, ways, ("district",))
        return self._count(rows[rows[self._level(level)] < self._end_of(by, "by")])

    def alarm(self) -> NDArray[np.datetime64]:
        """Return when the top was alarmed by what was said in the hall, (replicates,) datetime64[s]."""
        return np.asarray(self.table("runs")["alarm"].astype("M8[s]"))

    def channel_shares(self, rumor: str, place: str | None = None) -> dict[str, float]:
        """Return the share of first hearings through each channel, over all replicates; NaN where nobody heard."""
        rows = self._rows("channels", self._rumor(rumor))
        rows = rows[self._places(place)[rows["place"]]]
        counts = np.bincount(rows["channel"], weights=rows["count"], minlength=len(CHANNELS))
        total = counts.sum()
        return {name: float(counts[k] / total) if total else float("nan") for k, name in enumerate(CHANNELS)}

    def introductions(self, rumor: str) -> NDArray[np.float64]:
        """Return the share of districts to which a traveler brought a rumor, (replicates,) float64.

        A district counts if somebody there heard during the run before anybody there knew, the district of the
        capital apart; a traveler brought it if the first to know heard while away or from a visitor. NaN where no
        district was reached.
        """
        rows = self._rows("arrivals", self._rumor(rumor))
        geography = read_geography()
        district = geography.district[[geography.ids.index(place) for place in self.frame.places]]
        of = district[rows["place"]]
        rows, of = rows[of >= 0], of[of >= 0]
        order = np.lexsort((rows["place"], rows["first_aware"], of, rows["replicate"]))
        rows, of = rows[order], of[order]
        pairs = rows["replicate"].astype(np.int64) * len(geography.districts) + of
        first = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
        counted = rows[first][(of[first] != geography.tirana_district) & (rows["channel"][first] >= 0)]
        reached = self._count(counted)
        brought = self._count(counted[counted["by_traveler"]])
        return np.where(reached > 0, brought / np.maximum(reached, 1), np.nan)

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
        changes = dict(values or {})
        for name in changes:
            if name not in NUMBERS:
                raise unknown("number of the archive", name, NUMBERS, error=QueryError)
            changes[name] = catalog.parameter(name).accept(changes[name])  # type: ignore[assignment]
        exposures, voicings = self.table("exposures"), self.table("voicings")
        rumors = [RUMORS.index(rumor) for rumor in self.rumors]
        draws, written = self._draws(), []
        for row, k in enumerate(self.numbers):
            between = [np.searchsorted(table["replicate"], [row, row + 1]) for table in (exposures, voicings)]
            own = Exposures(exposures[slice(*between[0])], voicings[slice(*between[1])])
            numbers = {**draws.values(k), **changes}
            rows = write_reports(own, self.frame.offices, numbers, Streams(seed, k), rumors=rumors, stop=self.frame.end)
            written.append(with_replicate("reports", row, rows))
        tables = {"reports": np.concatenate(written)}
        return Ensemble(
            self.scenario,
            self.frame,
            self.seed,
            self.parameters,
            lambda name: tables[name] if name in tables else self.table(name),
            prior=self.prior,
            numbers=self.numbers,
        )

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
