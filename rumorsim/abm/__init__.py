"""The party as a Mesa model: agents that are views of the core's arrays, and a class of ordinary agents beside it."""

from __future__ import annotations

from rumorsim.abm.interventions import CancelTrip, Posting, posting_to
from rumorsim.abm.members import (
    Inhabitant,
    Leader,
    Member,
    Officer,
    ProvincialMember,
    StudentAbroad,
    TiranaFunctionary,
    TiranaMember,
    Trip,
)
from rumorsim.abm.model import PartyModel
from rumorsim.abm.organizations import PartyCell, PartyCommittee, Report, Voicing
from rumorsim.abm.reporters import default_reporters, reporter
from rumorsim.abm.views import View

__all__ = [
    "CancelTrip",
    "Inhabitant",
    "Leader",
    "Member",
    "Officer",
    "PartyCell",
    "PartyCommittee",
    "PartyModel",
    "Posting",
    "ProvincialMember",
    "Report",
    "StudentAbroad",
    "TiranaFunctionary",
    "TiranaMember",
    "Trip",
    "View",
    "Voicing",
    "default_reporters",
    "posting_to",
    "reporter",
]
