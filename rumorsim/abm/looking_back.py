"""What a model can be asked about its own past, and how it is let go of."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from rumorsim.errors import RunError
from rumorsim.model import Happening, History, RunRecord, chain_of, happenings, history_of, last_of
from rumorsim.scenario import Scenario

if TYPE_CHECKING:
    from rumorsim.abm.members import Member
    from rumorsim.party import Party

__all__ = ["Hearing", "LookingBack"]

#: What a closed model no longer has.
_LARGE: Final = ("simulation", "assembly", "party", "_views", "_masks", "_fresh", "_reducer", "datacollector")


class Hearing(NamedTuple):
    """One person of a chain of tellers.

    Attributes
    ----------
    member : Member
    teller : Member or None
        Who told; None for the source of the chain.
    channel : str
        Channel heard through, "" for who knew at the start.
    since, when : datetime64[s]
        The tick in which the person heard began and ended; the person knows from its end.
    place : str
        Name of the person's home.
    away : str or None
        Name of the place visited on a duty trip while hearing.
    """

    member: Member
    teller: Member | None
    channel: str
    since: np.datetime64
    when: np.datetime64
    place: str
    away: str | None


class LookingBack:
    """The part of `PartyModel` that answers for what has happened by now."""

    party: Party
    closed: bool = False
    _story: Scenario
    _fresh: dict[Any, Any]

    def history(self, rumor: str) -> History:
        """Return how many knew of a rumor and told it at the start of every tick up to now, by district.

        Parameters
        ----------
        rumor : str

        Returns
        -------
        History
            ``moments`` (steps + 1,), ``groups`` (districts, then cities abroad), ``people`` (n_groups,), ``aware``
            and ``telling`` (steps + 1, n_groups).

        Raises
        ------
        QueryError
            For a rumor that is not followed.

        Examples
        --------
        >>> from rumorsim.abm import PartyModel
        >>> model = PartyModel("classroom", seed=1956)
        >>> model.run_until("1956-04-21")
        >>> past = model.history("tirana_conference")
        >>> int(past.aware[-1].sum()) == round(model.measure("share_aware", rumor="tirana_conference") * 2007)
        True
        """
        model: Any = self
        model.rumor_number(rumor)
        return history_of(self._past(), self.party, rumor)

    @property
    def events(self) -> tuple[Happening, ...]:
        """The events of the scenario that take part, by date: when, what kind, one sentence, and its source."""
        return happenings(self._story)

    def chain_to(self, place: str, by: Any = None, *, rumor: str | None = None) -> tuple[Hearing, ...]:
        """Return along whom the news came to a place, source first; empty if nobody there knew.

        The chain ends with whoever of the place was told first, at home by another person where there is one. Nobody
        in it heard later than `by`.

        Parameters
        ----------
        place : str
            A place of the gazetteer; accents are forgiven.
        by : date, datetime64 or str, optional
            A day means its end; by default now. A moment that lies ahead is an error.
        rumor : str, optional
            By default the first rumor of the scenario whose news breaks in the run.

        Raises
        ------
        QueryError
            For an unknown rumor.
        PartyError
            For an unknown place.
        RunError
            For a moment before the start or after now.

        Examples
        --------
        >>> from rumorsim.abm import PartyModel
        >>> model = PartyModel("classroom", seed=1956)
        >>> model.run_until("1956-05-01")
        >>> chain = model.chain_to("Gjirokastër", by="1956-04-30", rumor="tirana_conference")
        >>> chain[0].teller is None, all(one.when <= model.date for one in chain)
        (True, True)
        """
        model: Any = self
        row = model.rumor_number(_breaking(self._story) if rumor is None else rumor)
        record = self._past()
        tick = self._tick_of(by)
        last = last_of(record, self.party, model.rumors[row], self.party.place_members(place), tick)
        if last < 0:
            return ()
        names = self.party.place_names
        return tuple(
            Hearing(
                model.member(link.person),
                None if link.teller < 0 else model.member(link.teller),
                link.channel,
                link.since,
                link.when,
                names[int(self.party.people["place"][link.person])],
                None if link.away < 0 else names[link.away],
            )
            for link in chain_of(record, self.party, row, last)
        )

    def _past(self) -> RunRecord:
        model: Any = self
        if "record" not in self._fresh:
            record = model.record()
            now = record.tick_start[: model.simulation.tick + 1]
            self._fresh["record"] = dataclasses.replace(record, tick_start=now)
        found: RunRecord = self._fresh["record"]
        return found

    def _tick_of(self, by: Any) -> int:
        """Return how many ticks lie before a moment; now where it is None."""
        model: Any = self
        moments = self._past().tick_start
        if by is None:
            return len(moments) - 1
        try:
            moment = np.datetime64(by if isinstance(by, np.datetime64) else str(by).replace(" ", "T"))
        except ValueError:
            moment = np.datetime64("NaT", "s")
        if np.isnat(moment):
            raise RunError("not a date", path="by", given=by, allowed='a day such as "1956-04-20", or a moment')
        if np.datetime_data(moment)[0] == "D":
            moment = moment + np.timedelta64(1, "D")
        moment = moment.astype("M8[s]")
        # The end of today is now, also in the middle of the day.
        today = (model.date - np.timedelta64(1, "s")).astype("M8[D]") + np.timedelta64(1, "D")
        if not moments[0] <= moment <= max(today, moments[0]):
            allowed = f"{moments[0]} to {moments[-1]}"
            raise RunError("outside of what has been run", path="by", given=str(by), allowed=allowed)
        return int(np.searchsorted(moments, moment, side="right")) - 1

    def close(self) -> None:
        """Let go of everything large at once, for pages that make one model after another.

        A model and its views refer to each other in a ring, which Python frees only at its next full collection.
        Afterwards ``closed`` is true and the model cannot be stepped or asked any more. Closing twice does nothing.

        Examples
        --------
        >>> from rumorsim.abm import PartyModel
        >>> model = PartyModel("classroom", seed=1956)
        >>> model.close()
        >>> model.closed, model.running
        (True, False)
        """
        if self.closed:
            return
        self.closed, self.running = True, False
        views = self.__dict__["_views"]
        for view in list(views.values()):
            view.__dict__.clear()
        for name in _LARGE:
            self.__dict__.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        if name in _LARGE and self.__dict__.get("closed"):
            raise RunError("the model has been closed")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _breaking(scenario: Scenario) -> str:
    """Return the first rumor that is told in a closed meeting, a hall or a letter and was not known before."""
    told = [
        rumor
        for event in scenario.events
        if event.kind in ("briefing", "hall", "letter")
        for rumor in scenario.rumors
        if rumor in event.rumors_named()
    ]
    known = {rumor for event in scenario.events if event.kind == "endemic" for rumor in event.rumors_named()}
    return next((rumor for rumor in scenario.rumors if rumor in told and rumor not in known), scenario.rumors[0])
