"""People of the party as Mesa agents: what they know, from whom, and what can be done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from rumorsim.abm.interventions import posting_to
from rumorsim.abm.views import View
from rumorsim.core import NEVER, Hear, Silence
from rumorsim.errors import RunError
from rumorsim.party.vocabulary import COUNTRIES, FLAGS, ROLES

if TYPE_CHECKING:
    from rumorsim.abm.organizations import PartyCell, PartyCommittee

__all__ = [
    "CLASS_OF_ROLE",
    "Inhabitant",
    "Leader",
    "Member",
    "Officer",
    "ProvincialMember",
    "StudentAbroad",
    "TiranaFunctionary",
    "TiranaMember",
    "Trip",
]


class Trip(NamedTuple):
    """A trip of a member that lies ahead or is under way.

    Attributes
    ----------
    number : int
        Names the trip in `Member.cancel_trip`.
    place : str
        Where the hosts are.
    leaves, returns : datetime64[s]
    """

    number: int
    place: str
    leaves: np.datetime64
    returns: np.datetime64


class Member(View):
    """Somebody in the model: a view of one row of the simulation's arrays.

    Rumors are asked for by name; an unknown name is a QueryError with the nearest right one.

    Examples
    --------
    >>> from rumorsim.abm import PartyModel
    >>> model = PartyModel("classroom", seed=1956)
    >>> member = model.member(0)
    >>> member.role, member.has_heard("secret_speech")
    ('tirana_functionary', False)
    >>> member.hear("secret_speech")
    >>> member.has_heard("secret_speech"), str(member.heard_at("secret_speech"))
    (True, '1956-02-25T00:00:00')
    """

    # ---------------------------------------------------------------- who

    @property
    def role(self) -> str:
        """Role in the party, a word of `rumorsim.party.vocabulary.ROLES`."""
        return ROLES[int(self.model.party.people["role"][self.number])]

    @property
    def flags(self) -> tuple[str, ...]:
        """Words of `rumorsim.party.vocabulary.FLAGS` that apply, such as "SECRETARY" or "TRAVELER"."""
        own = int(self.model.party.people["flags"][self.number])
        return tuple(name for name, bit in FLAGS.items() if own & bit)

    @property
    def boldness(self) -> float:
        """Boldness, 0 to 1; whoever is at least as bold as the bar of the day would speak up."""
        return float(self.model.party.people["boldness"][self.number])

    @property
    def talkativeness(self) -> float:
        """Contacts a day as a multiple of an ordinary member's."""
        return float(self.model.party.people["talk"][self.number]) / 16.0

    @property
    def place(self) -> str:
        """Name of the place of the present post: where the neighborhood is, or the home of a student abroad."""
        group = self.model.home_of("neighborhood", self.number)
        party = self.model.party
        row = party.people["place"][self.number] if group < 0 else party.neighborhoods["place"][group]
        return party.place_names[int(row)]

    @property
    def cell(self) -> PartyCell | None:
        """The cell this person belongs to at present; None without one."""
        number = self.model.home_of("cell", self.number)
        return None if number < 0 else self.model.cell(number)

    @property
    def committee(self) -> PartyCommittee | None:
        """The committee this person works for; None for all but officials."""
        number = int(self.model.party.people["committee"][self.number])
        return None if number < 0 else self.model.committee(number)

    @property
    def visiting(self) -> str | None:
        """Name of the place this person visits now; None for those who are at home."""
        for trip in self.trips:
            if trip.leaves < self.model.date:
                return trip.place
        return None

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Trips that are under way or lie ahead, in order of time."""
        return self.model.trips_of(self.number)

    # ---------------------------------------------------------------- what

    @property
    def rumors(self) -> tuple[str, ...]:
        """Rumors this person knows."""
        return tuple(rumor for rumor in self.model.rumors if self.has_heard(rumor))

    def has_heard(self, rumor: str) -> bool:
        """Return whether this person knows a rumor by now."""
        return bool(self.model.column("heard_tick", rumor)[self.number] != NEVER)

    def heard_at(self, rumor: str) -> np.datetime64:
        """Return when this person heard a rumor, datetime64[s]; NaT if not yet, the start if known from before."""
        return self.model.moment_after(int(self.model.column("heard_tick", rumor)[self.number]))

    def heard_from(self, rumor: str) -> Member | None:
        """Return who told this person; None if nobody did (a broadcast, a briefing, not heard)."""
        teller = int(self.model.column("teller", rumor)[self.number])
        return None if teller < 0 else self.model.member(teller)

    def heard_through(self, rumor: str) -> str | None:
        """Return the channel through which this person first heard; None if not heard, or known from before."""
        channel = int(self.model.column("channel", rumor)[self.number])
        return None if channel < 0 else self.model.simulation.channels[channel]

    def told(self, rumor: str) -> tuple[Member, ...]:
        """Return those who heard a rumor first from this person."""
        teller = self.model.column("teller", rumor)
        return tuple(self.model.member(int(number)) for number in np.flatnonzero(teller == self.number))

    def tells(self, rumor: str) -> bool:
        """Return whether this person passes a rumor on at present."""
        return bool(self.model.column("telling", rumor)[self.number])

    def would_voice(self, rumor: str) -> bool:
        """Return whether this person knows a rumor and would raise it in a meeting: bold, not afraid, not silenced."""
        return self.has_heard(rumor) and bool(self.model.simulation.willing(np.array([self.number]))[0])

    def has_voiced(self, rumor: str) -> bool:
        """Return whether this person has spoken of a rumor in a meeting or in the hall."""
        voicings = self.model.simulation.voicings
        mine = (voicings["row"] == self.number) & (voicings["rumor"] == self.model.rumor_number(rumor))
        return bool(mine.any())

    @property
    def is_afraid(self) -> bool:
        """Whether this person has taken fright."""
        return bool(self.model.simulation.afraid_tick[self.number] != NEVER)

    @property
    def is_silenced(self) -> bool:
        """Whether this person has been silenced, by an event, a punishment or by hand."""
        return bool(self.model.simulation.mute[self.number])

    # ---------------------------------------------------------------- interventions

    def hear(
        self, rumor: str, *, through: str = "conversation", teller: Member | None = None, tells: bool | None = None
    ) -> None:
        """Let this person hear a rumor now; nothing happens if it is known already.

        Parameters
        ----------
        rumor : str
        through : str
            Channel, a word of ``model.simulation.channels``.
        teller : Member, optional
        tells : bool, optional
            Whether the person passes it on for certain, or not; by the person's own chance where left out.
        """
        self.model.intervene(
            Hear(
                rumor=self.model.rumor_number(rumor),
                persons=np.array([self.number]),
                channel=through,
                teller=-1 if teller is None else teller.number,
                tells=tells,
            )
        )

    def silence(self) -> None:
        """Let this person stop telling, and neither tell nor voice again."""
        self.model.intervene(Silence(persons=np.array([self.number])))

    def move_to(self, place: str) -> None:
        """Post this person to a place for good: new workplace, neighborhood and cell; planned trips fall away.

        Which groups, `rumorsim.abm.posting_to` says. Kin and friends stay the same, and so does the class of people
        by which the scenario's events and the observables count.

        Raises
        ------
        PartyError
            When nobody lives there, or there is no cell to join.
        """
        cell = self.cell
        kind = None if cell is None else int(self.model.party.cells["kind"][cell.number])
        self.model.intervene(posting_to(self.model.party, self.number, place, kind=kind))

    def cancel_trip(self, trip: Trip | int | None = None) -> None:
        """Cancel a trip, by default the next one; from one that is under way the person is home at once.

        Raises
        ------
        RunError
            When there is no such trip.
        """
        trips = self.trips
        wanted = trip.number if isinstance(trip, Trip) else trip
        chosen = [one for one in trips if wanted in (None, one.number)]
        if not chosen:
            raise RunError("no such trip", path="trip", given=wanted, allowed=[one.number for one in trips])
        self.model.intervene(self.model.cancellation(chosen[0].number))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number}, {self.place}>"


class Leader(Member):
    """A member of the leadership."""


class TiranaFunctionary(Member):
    """A member who works in a central agency in Tirana."""


class TiranaMember(Member):
    """A member in the capital outside the central agencies."""


class ProvincialMember(Member):
    """A member in the provinces."""


class Officer(Member):
    """An officer of the army or the police."""


class StudentAbroad(Member):
    """A student abroad, in the party or not."""

    @property
    def country(self) -> str:
        """Country of the studies, as in "ussr" or "hungary"."""
        return tuple(COUNTRIES)[int(self.model.party.people["student_country"][self.number])]


class Inhabitant(Member):
    """Somebody who is not in the party, in a scenario of the whole country or of one well-mixed group."""


#: Role -> class of the agents that have it.
CLASS_OF_ROLE: Final[dict[str, Any]] = {
    "leader": Leader,
    "tirana_functionary": TiranaFunctionary,
    "provincial_member": ProvincialMember,
    "officer": Officer,
    "student_abroad": StudentAbroad,
    "inhabitant": Inhabitant,
    "tirana_member": TiranaMember,
}
