"""Cells and committees as Mesa agents: who is in them, what was said there, what was written."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rumorsim.abm.members import Member
from rumorsim.abm.views import View
from rumorsim.archive.reports import WAYS
from rumorsim.core import NEVER, Hush
from rumorsim.model import VOICING_KINDS
from rumorsim.party.vocabulary import KINDS, LEVELS
from rumorsim.scenario.words import RUMORS

__all__ = ["PartyCell", "PartyCommittee", "Report", "Voicing"]


class Voicing(NamedTuple):
    """Somebody spoke of a rumor: when, who, which rumor, on what occasion, and whether authority noticed."""

    when: np.datetime64
    member: Member
    rumor: str
    occasion: str
    detected: bool


class Report(NamedTuple):
    """A document: when it was signed, what about, and how it came to be written; `rumorsim.archive` has the words."""

    signed: np.datetime64
    rumor: str
    way: str


class PartyCell(View):
    """A basic organization of the party.

    Examples
    --------
    >>> from rumorsim.abm import PartyModel
    >>> model = PartyModel("classroom", seed=1956)
    >>> cell = model.cell(0)
    >>> cell.kind, len(cell.members) == cell.size, cell.raised("secret_speech")
    ('committee', True, False)
    """

    @property
    def kind(self) -> str:
        """Kind of organization, a word of `rumorsim.party.vocabulary.KINDS`."""
        return KINDS[int(self.model.party.cells["kind"][self.number])]

    @property
    def name(self) -> str:
        """Name."""
        return self.model.party.name_of(self.model.party.cells[self.number])

    @property
    def place(self) -> str:
        """Name of the place."""
        return self.model.party.place_names[int(self.model.party.cells["place"][self.number])]

    @property
    def committee(self) -> PartyCommittee | None:
        """The committee above it; None for cells abroad without one."""
        number = int(self.model.party.cells["committee"][self.number])
        return None if number < 0 else self.model.committee(number)

    @property
    def secretary(self) -> Member:
        """The secretary the party gave it."""
        return self.model.member(int(self.model.party.cells["secretary"][self.number]))

    @property
    def members(self) -> tuple[Member, ...]:
        """Those who belong to it at present, also while they are on a trip."""
        return tuple(self.model.member(int(number)) for number in self.model.in_group("cell", self.number))

    @property
    def size(self) -> int:
        """How many belong to it at present."""
        return len(self.model.in_group("cell", self.number))

    def share_aware(self, rumor: str) -> float:
        """Return the share of its members who know a rumor by now, 0 to 1; 0 without members."""
        rows = self.model.in_group("cell", self.number)
        return float((self.model.column("heard_tick", rumor)[rows] != NEVER).mean()) if len(rows) else 0.0

    def voicings(self, rumor: str | None = None) -> tuple[Voicing, ...]:
        """Return what was said in its meetings, in order of time; of one rumor, or of all."""
        found = self.model.simulation.voicings
        own = (found["group"] == self.number) & (found["occasion"] != VOICING_KINDS.index("hall"))
        if rumor is not None:
            own &= found["rumor"] == self.model.rumor_number(rumor)
        return tuple(
            Voicing(
                self.model.moment(int(row["tick"])),
                self.model.member(int(row["row"])),
                self.model.rumors[row["rumor"]],
                VOICING_KINDS[row["occasion"]],
                bool(row["detected"]),
            )
            for row in found[own]
        )

    def raised(self, rumor: str) -> bool:
        """Return whether somebody has spoken of a rumor in its meetings."""
        return len(self.voicings(rumor)) > 0

    def raised_at(self, rumor: str) -> np.datetime64:
        """Return the start of the tick in which a rumor was first raised, datetime64[s]; NaT if it was not."""
        said = self.voicings(rumor)
        return said[0].when if said else np.datetime64("NaT", "s")

    @property
    def is_silenced(self) -> bool:
        """Whether nobody speaks up in its meetings any more."""
        place = self.model.simulation.meeting_groups("cell", [self.number], np.array([0]))
        return bool(self.model.simulation.hushed(place)[0])

    def silence(self, *, members: bool = False) -> None:
        """Let nobody raise anything in its meetings from now on.

        Its members go on telling in private and may speak in other meetings and in the hall; what is told in its
        meetings by order, such as the letter, is heard as before.

        Parameters
        ----------
        members : bool
            Silence every member as well: they stop telling, and never tell or voice again.
        """
        self.model.intervene(Hush(layer="cell", groups=np.array([self.number])))
        if members:
            self.model.silence_all(self.model.in_group("cell", self.number))

    def __repr__(self) -> str:
        return f"<PartyCell {self.number}, {self.kind}, {self.place}, {self.size} members>"


class PartyCommittee(View):
    """A committee of the party.

    Examples
    --------
    >>> from rumorsim.abm import PartyModel
    >>> model = PartyModel("classroom", seed=1956)
    >>> committee = model.committee("Fier")
    >>> committee.level, committee.place, committee.reports()
    ('district', 'Fier', ())
    """

    @property
    def level(self) -> str:
        """Level, a word of `rumorsim.party.vocabulary.LEVELS`."""
        return LEVELS[int(self.model.party.committees["level"][self.number])]

    @property
    def name(self) -> str:
        """Name."""
        return self.model.party.name_of(self.model.party.committees[self.number])

    @property
    def place(self) -> str:
        """Name of the place it sits in."""
        return self.model.party.place_names[int(self.model.party.committees["place"][self.number])]

    @property
    def staff(self) -> tuple[Member, ...]:
        """Its officials."""
        rows = np.flatnonzero(self.model.party.people["committee"] == self.number)
        return tuple(self.model.member(int(number)) for number in rows)

    @property
    def cells(self) -> tuple[PartyCell, ...]:
        """The cells below it."""
        rows = np.flatnonzero(self.model.party.cells["committee"] == self.number)
        return tuple(self.model.cell(int(number)) for number in rows)

    def reports(self, rumor: str | None = None) -> tuple[Report, ...]:
        """Return the documents it has signed by now, of one rumor or of all, in order of date.

        The archive is written from what has happened so far. It is that of the run once the run has ended; before,
        a date that depends on how something goes on (half of all letter meetings) may still move.
        """
        rows = self.model.ensemble().table("reports")
        own = (rows["committee"] == self.number) & (rows["signed"] <= self.model.date)
        if rumor is not None:
            own &= rows["rumor"] == RUMORS.index(self.model.rumors[self.model.rumor_number(rumor)])
        return tuple(Report(row["signed"], RUMORS[row["rumor"]], WAYS[row["way"]]) for row in rows[own])

    def first_report(self, rumor: str) -> np.datetime64:
        """Return when it signed its first document on a rumor, datetime64[s]; NaT if it has not."""
        found = self.reports(rumor)
        return found[0].signed if found else np.datetime64("NaT", "s")

    def __repr__(self) -> str:
        return f"<PartyCommittee {self.number}, {self.level}, {self.place}>"
